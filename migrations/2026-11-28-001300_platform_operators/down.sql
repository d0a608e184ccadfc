-- Takes back all of up.sql. Rows that name the newer actions stay, because rows of the log are not deleted: so the rows that are
-- there are not checked.
REVOKE INSERT, UPDATE, DELETE ON platform.api_keys, platform.sessions, platform.credentials, platform.password_history,
    platform.login_failures FROM strongroom_writer;

DO $$
DECLARE
    target REGCLASS;
BEGIN
    FOR target IN SELECT polrelid FROM pg_policy WHERE polname = 'writer' LOOP
        EXECUTE format('REVOKE INSERT, UPDATE, DELETE ON %s FROM strongroom_writer', target);
        EXECUTE format('DROP POLICY writer ON %s', target);
    END LOOP;
    EXECUTE replace(pg_get_functiondef('platform.secure_programs'::regproc),
        $new$    EXECUTE format('CREATE POLICY writer ON %s TO strongroom_writer USING (true) WITH CHECK (true)', target);
    EXECUTE format('GRANT INSERT, UPDATE, DELETE ON %s TO strongroom_writer', target);
$new$, '');

    FOR target IN SELECT tgrelid FROM pg_trigger WHERE tgname = 'audit_truncate' LOOP
        EXECUTE format('DROP TRIGGER audit_truncate ON %s', target);
    END LOOP;
    EXECUTE replace(pg_get_functiondef('platform.audit_table'::regproc),
        $new$    EXECUTE format('CREATE OR REPLACE TRIGGER audit_truncate BEFORE TRUNCATE ON %s
                    FOR EACH STATEMENT EXECUTE FUNCTION platform.audit_truncate()', target);
$new$, '');
END $$;
DROP FUNCTION platform.audit_truncate();

CREATE FUNCTION platform.record_query(system TEXT, statement TEXT) RETURNS VOID
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
    INSERT INTO platform.audit_log (actor, action, table_name, row_id)
    VALUES (platform.current_actor(), 'query', system, encode(sha256(convert_to(statement, 'UTF8')), 'hex'))
$$;
COMMENT ON FUNCTION platform.record_query(TEXT, TEXT) IS 'Records that an operator is about to read with a statement';
REVOKE ALL ON FUNCTION platform.record_query(TEXT, TEXT) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION platform.record_query(TEXT, TEXT) TO strongroom_app;
DROP FUNCTION platform.record_statement(TEXT, TEXT, TEXT);

COMMENT ON COLUMN platform.audit_log.action IS
    'insert, update, delete, query for a statement that an operator read with, or retire for a part of this log that was dropped';
COMMENT ON COLUMN platform.audit_log.table_name IS 'Schema and table of the changed row; the schema alone for a query';
COMMENT ON COLUMN platform.audit_log.row_id IS
    'Primary key of the changed row; SHA-256 of the text of a query, which may itself name people; the partition that was dropped';

ALTER TABLE platform.audit_log
    DROP CONSTRAINT audit_log_action_known,
    ADD CONSTRAINT audit_log_action_known
        CHECK (action IN ('insert', 'update', 'delete', 'query', 'retire')) NOT VALID;
