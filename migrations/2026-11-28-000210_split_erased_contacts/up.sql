-- A contact that was erased stays where a bill needs the amounts, and says so: restoring it, or its user, brings nothing
-- back.

ALTER TABLE split.contacts
    ADD COLUMN erased_at TIMESTAMPTZ,
    ADD CONSTRAINT contacts_erased_is_deleted CHECK (erased_at IS NULL OR deleted_at IS NOT NULL);
COMMENT ON COLUMN split.contacts.erased_at IS 'When name and number were overwritten, for good';

SELECT platform.audit_table('split.contacts');
