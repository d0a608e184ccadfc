-- Receipts of households, as they were printed.

CREATE TABLE pantry.receipts (
    id              UUID NOT NULL DEFAULT gen_random_uuid(),
    user_id         UUID NOT NULL,
    conversation_id UUID,
    store_name      VARCHAR(255),
    store_key       TEXT COLLATE "C",
    total_amount    NUMERIC(10, 2),
    purchase_date   DATE,
    receipt_date    TIMESTAMPTZ NOT NULL DEFAULT now(),
    image_path      VARCHAR(500),
    ocr_confidence  FLOAT8,
    metadata        JSONB NOT NULL DEFAULT '{}',
    stocked_at      TIMESTAMPTZ,
    CONSTRAINT receipts_pkey PRIMARY KEY (id),
    CONSTRAINT receipts_user_fkey FOREIGN KEY (user_id) REFERENCES pantry.users (id) ON DELETE CASCADE,
    -- With the user, so that a receipt and its conversation cannot belong to two.
    CONSTRAINT receipts_conversation_fkey FOREIGN KEY (conversation_id, user_id)
        REFERENCES pantry.conversations (id, user_id) ON DELETE SET NULL (conversation_id),
    CONSTRAINT receipts_store_complete CHECK ((store_name IS NULL) = (store_key IS NULL)),
    CONSTRAINT receipts_total_amount_finite CHECK (total_amount > '-Infinity' AND total_amount < 'Infinity'),
    CONSTRAINT receipts_ocr_confidence_range CHECK (ocr_confidence BETWEEN 0 AND 1),
    CONSTRAINT receipts_metadata_object CHECK (jsonb_typeof(metadata) = 'object')
);
COMMENT ON TABLE pantry.receipts IS 'Receipts of what households bought';
COMMENT ON COLUMN pantry.receipts.user_id IS 'Whose receipt this is';
COMMENT ON COLUMN pantry.receipts.conversation_id IS 'The conversation in which it was sent';
COMMENT ON COLUMN pantry.receipts.store_name IS 'The shop, as the receipt writes it';
COMMENT ON COLUMN pantry.receipts.store_key IS 'The shop as it is compared: folded';
COMMENT ON COLUMN pantry.receipts.total_amount IS 'What was paid; below zero where something was returned';
COMMENT ON COLUMN pantry.receipts.purchase_date IS 'The day on which it was bought';
COMMENT ON COLUMN pantry.receipts.receipt_date IS 'When the receipt came in';
COMMENT ON COLUMN pantry.receipts.image_path IS 'Where its picture is; never opened';
COMMENT ON COLUMN pantry.receipts.ocr_confidence IS 'How sure the reading of the picture is, from 0 to 1';
COMMENT ON COLUMN pantry.receipts.metadata IS 'Whatever the agent keeps with it, as an object; its key warnings is ours';
COMMENT ON COLUMN pantry.receipts.stocked_at IS 'When its items were put into the pantry, which happens once';
SELECT platform.make_table('pantry.receipts', versioned => true, soft_delete => true);
SELECT platform.secure_table('pantry.receipts', 'user_id', may => 'SELECT, INSERT, UPDATE');
CREATE INDEX idx_receipts_user_id ON pantry.receipts (user_id, purchase_date DESC NULLS LAST, id DESC);
CREATE INDEX idx_receipts_purchase_date ON pantry.receipts (purchase_date);
CREATE INDEX receipts_conversation ON pantry.receipts (conversation_id, user_id);
