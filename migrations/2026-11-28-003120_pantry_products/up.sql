-- Products: those of the catalogue, and those that a household named itself.

CREATE TABLE pantry.products (
    id               UUID NOT NULL DEFAULT gen_random_uuid(),
    user_id          UUID,
    name             VARCHAR(255) NOT NULL,
    name_key         TEXT COLLATE "C" NOT NULL,
    category_id      UUID,
    nutritional_info JSONB NOT NULL DEFAULT '{}',
    storage_info     JSONB NOT NULL DEFAULT '{}',
    CONSTRAINT products_pkey PRIMARY KEY (id),
    CONSTRAINT products_name_unique UNIQUE NULLS NOT DISTINCT (user_id, name_key),
    CONSTRAINT products_user_fkey FOREIGN KEY (user_id) REFERENCES pantry.users (id) ON DELETE CASCADE,
    CONSTRAINT products_category_fkey FOREIGN KEY (category_id) REFERENCES pantry.categories (id) ON DELETE SET NULL,
    CONSTRAINT products_nutritional_info_object CHECK (jsonb_typeof(nutritional_info) = 'object'),
    CONSTRAINT products_storage_info_object CHECK (jsonb_typeof(storage_info) = 'object')
);
COMMENT ON TABLE pantry.products IS 'Products of the catalogue and of households';
COMMENT ON COLUMN pantry.products.user_id IS 'Whose product this is; null: it is in the catalogue, for everybody';
COMMENT ON COLUMN pantry.products.name IS 'Name as it is written';
COMMENT ON COLUMN pantry.products.name_key IS 'Name as it is compared: folded';
COMMENT ON COLUMN pantry.products.category_id IS 'Its category';
COMMENT ON COLUMN pantry.products.nutritional_info IS 'What is known of its nutrients, as an object';
COMMENT ON COLUMN pantry.products.storage_info IS 'How it keeps, as an object; shelf_life_days makes the expiry of what was bought';
SELECT platform.make_table('pantry.products');
SELECT platform.secure_shared('pantry.products', 'user_id', 'SELECT, INSERT, UPDATE, DELETE');
CREATE INDEX idx_products_category_id ON pantry.products (category_id);
