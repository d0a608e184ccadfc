-- What comes with a planned meal: other recipes, or products as they are.

CREATE TABLE pantry.meal_plan_items (
    id           UUID NOT NULL DEFAULT gen_random_uuid(),
    meal_plan_id UUID NOT NULL,
    recipe_id    UUID,
    product_id   UUID,
    quantity     NUMERIC(10, 3),
    unit         VARCHAR(50),
    position     INTEGER NOT NULL DEFAULT 0,
    CONSTRAINT meal_plan_items_pkey PRIMARY KEY (id),
    CONSTRAINT meal_plan_items_plan_fkey FOREIGN KEY (meal_plan_id) REFERENCES pantry.meal_plans (id) ON DELETE CASCADE,
    CONSTRAINT meal_plan_items_recipe_fkey FOREIGN KEY (recipe_id) REFERENCES pantry.recipes (id) ON DELETE CASCADE,
    CONSTRAINT meal_plan_items_product_fkey FOREIGN KEY (product_id) REFERENCES pantry.products (id)
        DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT meal_plan_items_one_of CHECK ((recipe_id IS NULL) <> (product_id IS NULL)),
    CONSTRAINT meal_plan_items_quantity_positive CHECK (quantity > 0 AND quantity < 'Infinity')
);
COMMENT ON TABLE pantry.meal_plan_items IS 'What comes with planned meals';
COMMENT ON COLUMN pantry.meal_plan_items.meal_plan_id IS 'The meal';
COMMENT ON COLUMN pantry.meal_plan_items.recipe_id IS 'A recipe; null where it is a product';
COMMENT ON COLUMN pantry.meal_plan_items.product_id IS 'A product; null where it is a recipe';
COMMENT ON COLUMN pantry.meal_plan_items.quantity IS 'How much of a product, or how many times a recipe; null: some, or once';
COMMENT ON COLUMN pantry.meal_plan_items.unit IS 'What the quantity of a product counts, folded; null: pieces';
COMMENT ON COLUMN pantry.meal_plan_items.position IS 'Where it stands in the meal, counted from zero';
SELECT platform.make_table('pantry.meal_plan_items');
SELECT platform.secure_table('pantry.meal_plan_items', 'meal_plan_id', 'pantry.meal_plans', may => 'SELECT, INSERT, UPDATE, DELETE');
CREATE INDEX meal_plan_items_plan ON pantry.meal_plan_items (meal_plan_id, position, id);
CREATE INDEX meal_plan_items_recipe ON pantry.meal_plan_items (recipe_id);
CREATE INDEX meal_plan_items_product ON pantry.meal_plan_items (product_id);
