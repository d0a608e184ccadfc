-- What recipes take: products of the catalogue.

CREATE TABLE pantry.recipe_ingredients (
    id         UUID NOT NULL DEFAULT gen_random_uuid(),
    recipe_id  UUID NOT NULL,
    product_id UUID NOT NULL,
    quantity   NUMERIC(10, 3),
    unit       VARCHAR(50),
    notes      TEXT,
    CONSTRAINT recipe_ingredients_pkey PRIMARY KEY (id),
    CONSTRAINT recipe_ingredients_recipe_fkey FOREIGN KEY (recipe_id) REFERENCES pantry.recipes (id) ON DELETE CASCADE,
    CONSTRAINT recipe_ingredients_product_fkey FOREIGN KEY (product_id) REFERENCES pantry.products (id)
        DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT recipe_ingredients_quantity_positive CHECK (quantity > 0 AND quantity < 'Infinity')
);
COMMENT ON TABLE pantry.recipe_ingredients IS 'Ingredients of recipes, in the order of their ids';
COMMENT ON COLUMN pantry.recipe_ingredients.recipe_id IS 'The recipe';
COMMENT ON COLUMN pantry.recipe_ingredients.product_id IS 'The product, one of the catalogue';
COMMENT ON COLUMN pantry.recipe_ingredients.quantity IS 'How much the recipe takes of it; null: some';
COMMENT ON COLUMN pantry.recipe_ingredients.unit IS 'What the quantity counts, folded; null: pieces';
COMMENT ON COLUMN pantry.recipe_ingredients.notes IS 'Anything else: how it is cut, what replaces it';
SELECT platform.make_table('pantry.recipe_ingredients');
SELECT platform.secure_catalogue('pantry.recipe_ingredients');
CREATE INDEX recipe_ingredients_recipe ON pantry.recipe_ingredients (recipe_id, id);
CREATE INDEX recipe_ingredients_product ON pantry.recipe_ingredients (product_id, recipe_id);
