ALTER TABLE platform.audit_log
    DROP CONSTRAINT audit_log_action_known,
    ADD CONSTRAINT audit_log_action_known
        CHECK (action IN ('insert', 'update', 'delete', 'truncate', 'query', 'write', 'ddl', 'retire')) NOT VALID;
