-- Old months of the audit log can be dropped, and the log says so: with one row for each part of it that went.
-- docs/audit.md tells how.

-- Not checked against the rows that are there, which keep to the narrower list anyway: nobody who writes waits for that.
-- The next migration checks it, without a lock that would be in the way.
ALTER TABLE platform.audit_log
    DROP CONSTRAINT audit_log_action_known,
    ADD CONSTRAINT audit_log_action_known
        CHECK (action IN ('insert', 'update', 'delete', 'query', 'retire')) NOT VALID;

COMMENT ON COLUMN platform.audit_log.action IS
    'insert, update, delete, query for a statement that an operator read with, or retire for a part of this log that was dropped';
COMMENT ON COLUMN platform.audit_log.row_id IS
    'Primary key of the changed row; SHA-256 of the text of a query, which may itself name people; the partition that was dropped';
