-- Meals that households plan.

CREATE TABLE pantry.meal_plans (
    id        UUID NOT NULL DEFAULT gen_random_uuid(),
    user_id   UUID NOT NULL,
    plan_date DATE NOT NULL,
    meal_type VARCHAR(20),
    recipe_id UUID,
    servings  INTEGER,
    notes     TEXT,
    CONSTRAINT meal_plans_pkey PRIMARY KEY (id),
    CONSTRAINT meal_plans_user_fkey FOREIGN KEY (user_id) REFERENCES pantry.users (id) ON DELETE CASCADE,
    CONSTRAINT meal_plans_recipe_fkey FOREIGN KEY (recipe_id) REFERENCES pantry.recipes (id) ON DELETE SET NULL,
    CONSTRAINT meal_plans_meal_type_known CHECK (meal_type IN ('breakfast', 'lunch', 'dinner', 'snack')),
    CONSTRAINT meal_plans_servings_range CHECK (servings BETWEEN 1 AND 1000)
);
COMMENT ON TABLE pantry.meal_plans IS 'Meals that households plan';
COMMENT ON COLUMN pantry.meal_plans.user_id IS 'Whose meal this is';
COMMENT ON COLUMN pantry.meal_plans.plan_date IS 'The day';
COMMENT ON COLUMN pantry.meal_plans.meal_type IS 'breakfast, lunch, dinner or snack';
COMMENT ON COLUMN pantry.meal_plans.recipe_id IS 'What is cooked';
COMMENT ON COLUMN pantry.meal_plans.servings IS 'For how many people; null: as many as the recipe is for';
COMMENT ON COLUMN pantry.meal_plans.notes IS 'Anything else';
SELECT platform.make_table('pantry.meal_plans', enums => '{meal_type}');
SELECT platform.secure_table('pantry.meal_plans', 'user_id', may => 'SELECT, INSERT, UPDATE, DELETE');
CREATE INDEX meal_plans_user ON pantry.meal_plans (user_id, plan_date, id);
CREATE INDEX meal_plans_recipe ON pantry.meal_plans (recipe_id);
-- Only where there is a recipe: two plans of one meal stay two when their recipes are purged.
CREATE UNIQUE INDEX meal_plans_recipe_unique ON pantry.meal_plans (user_id, plan_date, meal_type, recipe_id)
    NULLS NOT DISTINCT WHERE recipe_id IS NOT NULL;
