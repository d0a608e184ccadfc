DROP TABLE pantry.recipes;
DROP FUNCTION platform.audit_pantry_recipes();
