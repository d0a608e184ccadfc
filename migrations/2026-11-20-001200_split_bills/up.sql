-- Bills to be shared.

CREATE TABLE split.bills (
    id           UUID NOT NULL DEFAULT gen_random_uuid(),
    user_id      UUID NOT NULL,
    total_amount NUMERIC(12, 2) NOT NULL,
    currency     VARCHAR(3) NOT NULL DEFAULT 'INR',
    description  TEXT,
    merchant     VARCHAR(200),
    bill_date    TIMESTAMPTZ,
    status       VARCHAR(20) NOT NULL DEFAULT 'active',
    items_data   JSONB,
    row_version  BIGINT NOT NULL DEFAULT 1,
    created_at   TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at   TIMESTAMPTZ NOT NULL DEFAULT now(),
    deleted_at   TIMESTAMPTZ,
    deletion_id  UUID,
    CONSTRAINT bills_pkey PRIMARY KEY (id),
    CONSTRAINT bills_id_user_unique UNIQUE (id, user_id),
    CONSTRAINT bills_user_fkey FOREIGN KEY (user_id) REFERENCES split.users (id) ON DELETE CASCADE,
    -- NaN is greater than every number, so the upper bound is what keeps it out.
    CONSTRAINT bills_total_amount_positive CHECK (total_amount > 0 AND total_amount < 'Infinity'),
    CONSTRAINT bills_currency_is_a_code CHECK (currency ~ '^[A-Z]{3}$'),
    CONSTRAINT bills_status_known CHECK (status IN ('active', 'completed', 'cancelled')),
    CONSTRAINT bills_description_length CHECK (char_length(description) <= 2000),
    CONSTRAINT bills_items_data_is_a_list CHECK (jsonb_typeof(items_data) = 'array'),
    CONSTRAINT bills_row_version_positive CHECK (row_version > 0),
    CONSTRAINT bills_deletion_complete CHECK ((deleted_at IS NULL) = (deletion_id IS NULL))
);
CREATE INDEX bills_user_created_at ON split.bills (user_id, created_at, id);
CREATE INDEX bills_bill_date ON split.bills (bill_date);
CREATE INDEX bills_status ON split.bills (status);
CREATE INDEX bills_deleted_at ON split.bills (deleted_at) WHERE deleted_at IS NOT NULL;

COMMENT ON TABLE split.bills IS 'Bills to be shared';
COMMENT ON COLUMN split.bills.id IS 'Primary key';
COMMENT ON COLUMN split.bills.user_id IS 'The organiser';
COMMENT ON COLUMN split.bills.total_amount IS 'What was paid, in the currency''s main unit';
COMMENT ON COLUMN split.bills.currency IS 'ISO 4217 code';
COMMENT ON COLUMN split.bills.description IS 'What it was for; in clear';
COMMENT ON COLUMN split.bills.merchant IS 'Where it was paid; in clear';
COMMENT ON COLUMN split.bills.bill_date IS 'When it was paid';
COMMENT ON COLUMN split.bills.status IS 'active, completed (all shares confirmed) or cancelled';
COMMENT ON COLUMN split.bills.items_data IS 'Lines of the bill: [{name, amount, quantity}]; in clear';
COMMENT ON COLUMN split.bills.row_version IS 'Raised by every change of the bill or of what it shows: the ETag';
COMMENT ON COLUMN split.bills.created_at IS 'When the row was made';
COMMENT ON COLUMN split.bills.updated_at IS 'When the row last changed';
COMMENT ON COLUMN split.bills.deleted_at IS 'When the row was deleted; it can be restored until it is purged';
COMMENT ON COLUMN split.bills.deletion_id IS 'Names the deletion that took this row along: restoring brings back just those';

CREATE TRIGGER touch BEFORE UPDATE ON split.bills FOR EACH ROW EXECUTE FUNCTION platform.touch_version();
SELECT platform.audit_table('split.bills', enums => '{currency,status}');
GRANT SELECT, INSERT, UPDATE, DELETE ON split.bills TO strongroom_app;
GRANT SELECT ON split.bills TO strongroom_reader;
