-- Rows that say retire stay, because rows of the log are not deleted: so the rows that are there are not checked.
ALTER TABLE platform.audit_log
    DROP CONSTRAINT audit_log_action_known,
    ADD CONSTRAINT audit_log_action_known CHECK (action IN ('insert', 'update', 'delete', 'query')) NOT VALID;

COMMENT ON COLUMN platform.audit_log.action IS 'insert, update, delete, or query for a statement that an operator read with';
COMMENT ON COLUMN platform.audit_log.row_id IS 'Primary key of the changed row; SHA-256 of the text of a query, which may itself name people';
