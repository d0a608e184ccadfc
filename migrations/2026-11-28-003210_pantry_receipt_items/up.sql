-- The lines of receipts.

CREATE TABLE pantry.receipt_items (
    id           UUID NOT NULL DEFAULT gen_random_uuid(),
    receipt_id   UUID NOT NULL,
    product_id   UUID,
    category_id  UUID,
    product_name VARCHAR(255) NOT NULL,
    quantity     NUMERIC(10, 3) NOT NULL DEFAULT 1,
    unit         VARCHAR(50),
    unit_price   NUMERIC(12, 4),
    total_price  NUMERIC(10, 2),
    CONSTRAINT receipt_items_pkey PRIMARY KEY (id),
    CONSTRAINT receipt_items_receipt_fkey FOREIGN KEY (receipt_id) REFERENCES pantry.receipts (id) ON DELETE CASCADE,
    -- At the commit: an erased user's products go before what refers to them.
    CONSTRAINT receipt_items_product_fkey FOREIGN KEY (product_id) REFERENCES pantry.products (id)
        DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT receipt_items_category_fkey FOREIGN KEY (category_id) REFERENCES pantry.categories (id) ON DELETE SET NULL,
    CONSTRAINT receipt_items_quantity_positive CHECK (quantity > 0 AND quantity < 'Infinity'),
    CONSTRAINT receipt_items_unit_price_finite CHECK (unit_price > '-Infinity' AND unit_price < 'Infinity'),
    CONSTRAINT receipt_items_total_price_finite CHECK (total_price > '-Infinity' AND total_price < 'Infinity')
);
COMMENT ON TABLE pantry.receipt_items IS 'Lines of receipts, in the order of their ids';
COMMENT ON COLUMN pantry.receipt_items.receipt_id IS 'The receipt';
COMMENT ON COLUMN pantry.receipt_items.product_id IS 'The product it stands for, where that is known';
COMMENT ON COLUMN pantry.receipt_items.category_id IS 'A category of its own, in place of its product''s';
COMMENT ON COLUMN pantry.receipt_items.product_name IS 'What it is, as the receipt writes it';
COMMENT ON COLUMN pantry.receipt_items.quantity IS 'How much was bought';
COMMENT ON COLUMN pantry.receipt_items.unit IS 'What the quantity counts, folded; null: pieces';
COMMENT ON COLUMN pantry.receipt_items.unit_price IS 'What one of them costs';
COMMENT ON COLUMN pantry.receipt_items.total_price IS 'What all of it costs; below zero it is a discount or a return';
SELECT platform.make_table('pantry.receipt_items');
SELECT platform.secure_table('pantry.receipt_items', 'receipt_id', 'pantry.receipts', may => 'SELECT, INSERT, UPDATE, DELETE');
CREATE INDEX idx_receipt_items_receipt_id ON pantry.receipt_items (receipt_id, id);
CREATE INDEX receipt_items_product ON pantry.receipt_items (product_id);
CREATE INDEX receipt_items_category ON pantry.receipt_items (category_id);
