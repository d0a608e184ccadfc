-- What is at home, and when it expires.

CREATE TABLE pantry.pantry_items (
    id          UUID NOT NULL DEFAULT gen_random_uuid(),
    user_id     UUID NOT NULL,
    product_id  UUID NOT NULL,
    quantity    NUMERIC(10, 3),
    unit        VARCHAR(50),
    expiry_date DATE,
    added_date  TIMESTAMPTZ NOT NULL DEFAULT now(),
    notes       TEXT,
    CONSTRAINT pantry_items_pkey PRIMARY KEY (id),
    CONSTRAINT pantry_items_batch_unique UNIQUE NULLS NOT DISTINCT (user_id, product_id, unit, expiry_date),
    CONSTRAINT pantry_items_user_fkey FOREIGN KEY (user_id) REFERENCES pantry.users (id) ON DELETE CASCADE,
    -- At the commit: an erased user's products go before what refers to them.
    CONSTRAINT pantry_items_product_fkey FOREIGN KEY (product_id) REFERENCES pantry.products (id)
        DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT pantry_items_quantity_not_negative CHECK (quantity >= 0 AND quantity < 'Infinity')
);
COMMENT ON TABLE pantry.pantry_items IS 'What households have at home';
COMMENT ON COLUMN pantry.pantry_items.user_id IS 'Whose it is';
COMMENT ON COLUMN pantry.pantry_items.product_id IS 'What it is';
COMMENT ON COLUMN pantry.pantry_items.quantity IS 'How much there is; null: some, not measured';
COMMENT ON COLUMN pantry.pantry_items.unit IS 'What the quantity counts, folded; null: pieces';
COMMENT ON COLUMN pantry.pantry_items.expiry_date IS 'The last day on which it is good; null: unknown';
COMMENT ON COLUMN pantry.pantry_items.added_date IS 'When the first of it was added';
COMMENT ON COLUMN pantry.pantry_items.notes IS 'Free text of the household';
SELECT platform.make_table('pantry.pantry_items');
SELECT platform.secure_table('pantry.pantry_items', 'user_id', may => 'SELECT, INSERT, UPDATE, DELETE');
CREATE INDEX idx_pantry_items_user_id ON pantry.pantry_items (user_id, expiry_date, id);
CREATE INDEX idx_pantry_items_expiry_date ON pantry.pantry_items (expiry_date);
CREATE INDEX pantry_items_product ON pantry.pantry_items (product_id);
