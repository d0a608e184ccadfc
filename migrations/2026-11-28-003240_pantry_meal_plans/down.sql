DROP TABLE pantry.meal_plans;
DROP FUNCTION platform.audit_pantry_meal_plans();
