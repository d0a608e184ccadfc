DROP TABLE pantry.recipe_ingredients;
DROP FUNCTION platform.audit_pantry_recipe_ingredients();
