DROP TABLE pantry.meal_plan_items;
DROP FUNCTION platform.audit_pantry_meal_plan_items();
