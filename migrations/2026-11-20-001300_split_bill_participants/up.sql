-- Who owes what of a bill.

CREATE TABLE split.bill_participants (
    id                 UUID NOT NULL DEFAULT gen_random_uuid(),
    bill_id            UUID NOT NULL,
    user_id            UUID NOT NULL,
    contact_id         UUID NOT NULL,
    amount_owed        NUMERIC(12, 2) NOT NULL,
    payment_status     VARCHAR(20) NOT NULL DEFAULT 'pending',
    paid_at            TIMESTAMPTZ,
    last_reminder_sent TIMESTAMPTZ,
    reminder_count     INTEGER NOT NULL DEFAULT 0,
    undo_reason        platform.sealed,
    created_at         TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at         TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT bill_participants_pkey PRIMARY KEY (id),
    CONSTRAINT bill_participants_contact_unique UNIQUE (bill_id, contact_id),
    -- Both keys carry the user: a bill can only be shared with contacts of its own organiser.
    CONSTRAINT bill_participants_bill_fkey FOREIGN KEY (bill_id, user_id)
        REFERENCES split.bills (id, user_id) ON DELETE CASCADE,
    -- No cascade: a contact that still stands in a bill cannot be purged. Checked at the commit, because deleting a user
    -- reaches the contacts before the bills.
    CONSTRAINT bill_participants_contact_fkey FOREIGN KEY (contact_id, user_id)
        REFERENCES split.contacts (id, user_id) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT bill_participants_amount_owed_positive CHECK (amount_owed > 0 AND amount_owed < 'Infinity'),
    CONSTRAINT bill_participants_payment_status_known CHECK (payment_status IN ('pending', 'sent', 'confirmed', 'failed')),
    CONSTRAINT bill_participants_paid_when_confirmed CHECK ((payment_status = 'confirmed') = (paid_at IS NOT NULL)),
    CONSTRAINT bill_participants_reminder_count_not_negative CHECK (reminder_count >= 0)
);
CREATE INDEX bill_participants_bill ON split.bill_participants (bill_id, user_id);
CREATE INDEX bill_participants_contact ON split.bill_participants (contact_id, user_id);
CREATE INDEX bill_participants_payment_status ON split.bill_participants (payment_status);

COMMENT ON TABLE split.bill_participants IS 'Shares of a bill';
COMMENT ON COLUMN split.bill_participants.id IS 'Primary key; the transaction reference of the payment link';
COMMENT ON COLUMN split.bill_participants.bill_id IS 'The bill';
COMMENT ON COLUMN split.bill_participants.user_id IS 'The bill''s organiser, so that bill and contact cannot disagree';
COMMENT ON COLUMN split.bill_participants.contact_id IS 'Who owes';
COMMENT ON COLUMN split.bill_participants.amount_owed IS 'How much, in the bill''s currency';
COMMENT ON COLUMN split.bill_participants.payment_status IS 'pending, sent, confirmed or failed';
COMMENT ON COLUMN split.bill_participants.paid_at IS 'When the payment was confirmed';
COMMENT ON COLUMN split.bill_participants.last_reminder_sent IS 'When a reminder was last delivered';
COMMENT ON COLUMN split.bill_participants.reminder_count IS 'Reminders delivered';
COMMENT ON COLUMN split.bill_participants.undo_reason IS 'Why a confirmation was last undone; sealed';
COMMENT ON COLUMN split.bill_participants.created_at IS 'When the row was made';
COMMENT ON COLUMN split.bill_participants.updated_at IS 'When the row last changed';

CREATE TRIGGER touch BEFORE UPDATE ON split.bill_participants FOR EACH ROW EXECUTE FUNCTION platform.touch();
SELECT platform.audit_table('split.bill_participants', enums => '{payment_status}');

-- A bill shows its shares and the names of those who owe, so a change there raises the bill's version. A bill whose
-- row this transaction has written already has its new version.
CREATE FUNCTION split.raise_bill_version() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    UPDATE split.bills b SET row_version = b.row_version
     WHERE b.id IN (SELECT bill_id FROM changed_rows) AND b.xmin <> pg_current_xact_id()::xid;
    RETURN NULL;
END $$;
COMMENT ON FUNCTION split.raise_bill_version() IS 'Raises the version of bills whose shares changed';
REVOKE ALL ON FUNCTION split.raise_bill_version() FROM PUBLIC;
CREATE TRIGGER raise_bill_version_insert AFTER INSERT ON split.bill_participants REFERENCING NEW TABLE AS changed_rows
    FOR EACH STATEMENT EXECUTE FUNCTION split.raise_bill_version();
CREATE TRIGGER raise_bill_version_update AFTER UPDATE ON split.bill_participants REFERENCING NEW TABLE AS changed_rows
    FOR EACH STATEMENT EXECUTE FUNCTION split.raise_bill_version();
CREATE TRIGGER raise_bill_version_delete AFTER DELETE ON split.bill_participants REFERENCING OLD TABLE AS changed_rows
    FOR EACH STATEMENT EXECUTE FUNCTION split.raise_bill_version();

CREATE FUNCTION split.raise_bill_version_for_contact() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    UPDATE split.bills b SET row_version = b.row_version
     WHERE b.id IN (SELECT p.bill_id
                      FROM old_rows o
                      JOIN new_rows n USING (id)
                      JOIN split.bill_participants p ON p.contact_id = n.id
                     WHERE o.name IS DISTINCT FROM n.name)
       AND b.xmin <> pg_current_xact_id()::xid;
    RETURN NULL;
END $$;
COMMENT ON FUNCTION split.raise_bill_version_for_contact() IS 'Raises the version of bills that show a contact whose name changed';
REVOKE ALL ON FUNCTION split.raise_bill_version_for_contact() FROM PUBLIC;
CREATE TRIGGER raise_bill_version AFTER UPDATE ON split.contacts REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION split.raise_bill_version_for_contact();

GRANT SELECT, INSERT, UPDATE, DELETE ON split.bill_participants TO strongroom_app;
GRANT SELECT ON split.bill_participants TO strongroom_reader;
