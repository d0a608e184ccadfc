ALTER TABLE split.contacts
    DROP CONSTRAINT contacts_erased_is_deleted,
    DROP COLUMN erased_at;

SELECT platform.audit_table('split.contacts');
