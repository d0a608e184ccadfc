-- What operators do by hand leaves more traces, and can do less: a login that changes rows and nothing else, a record of
-- every statement before it runs, and a record of every table that is emptied by TRUNCATE.

-- Not checked against the rows that are there, which keep to the narrower list anyway: nobody who writes waits for that.
-- The next migration checks it, without a lock that would be in the way.
ALTER TABLE platform.audit_log
    DROP CONSTRAINT audit_log_action_known,
    ADD CONSTRAINT audit_log_action_known
        CHECK (action IN ('insert', 'update', 'delete', 'truncate', 'query', 'write', 'ddl', 'retire')) NOT VALID;

COMMENT ON COLUMN platform.audit_log.action IS
    'insert, update, delete, truncate; query, write or ddl for a statement that an operator was about to run; retire for a part of this log that was dropped';
COMMENT ON COLUMN platform.audit_log.table_name IS
    'Schema and table of the changed row; the schema alone for a statement of an operator';
COMMENT ON COLUMN platform.audit_log.row_id IS
    'Primary key of the changed row; * for a truncate; SHA-256 of the text of an operator''s statement, which may itself name people; the partition that was dropped';

CREATE FUNCTION platform.record_statement(action TEXT, system TEXT, statement TEXT) RETURNS VOID
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog AS $$
    INSERT INTO platform.audit_log (actor, action, table_name, row_id)
    VALUES (platform.current_actor(), action, system, encode(sha256(convert_to(statement, 'UTF8')), 'hex'))
$$;
COMMENT ON FUNCTION platform.record_statement(TEXT, TEXT, TEXT) IS 'Records that an operator is about to run a statement';
REVOKE ALL ON FUNCTION platform.record_statement(TEXT, TEXT, TEXT) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION platform.record_statement(TEXT, TEXT, TEXT) TO strongroom_app;
DROP FUNCTION platform.record_query(TEXT, TEXT);

-- One function serves all tables: the rows are not to be had any more, only their number.
CREATE FUNCTION platform.audit_truncate() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    rows BIGINT;
BEGIN
    EXECUTE format('SELECT count(*) FROM %s', TG_RELID::regclass) INTO rows;
    INSERT INTO platform.audit_log (actor, request_id, action, table_name, row_id, old_values)
    VALUES (platform.current_actor(), nullif(current_setting('strongroom.request_id', true), ''), 'truncate',
            TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME, '*', jsonb_build_object('rows', rows));
    RETURN NULL;
END $$;
COMMENT ON FUNCTION platform.audit_truncate() IS 'Writes the audit log for a TRUNCATE of any table';
REVOKE ALL ON FUNCTION platform.audit_truncate() FROM PUBLIC;

-- The functions that every table's migration calls do more from now on, and what they made is brought up to them,
-- whichever tables there are, so that a system that was dropped is not missed here.
DO $$
DECLARE
    target REGCLASS;
BEGIN
    EXECUTE replace(pg_get_functiondef('platform.audit_table'::regproc),
        $old$    EXECUTE format('CREATE OR REPLACE TRIGGER audit_delete$old$,
        $new$    EXECUTE format('CREATE OR REPLACE TRIGGER audit_truncate BEFORE TRUNCATE ON %s
                    FOR EACH STATEMENT EXECUTE FUNCTION platform.audit_truncate()', target);
    EXECUTE format('CREATE OR REPLACE TRIGGER audit_delete$new$);
    FOR target IN SELECT tgrelid FROM pg_trigger WHERE tgname = 'audit_delete' LOOP
        EXECUTE format('CREATE TRIGGER audit_truncate BEFORE TRUNCATE ON %s
                        FOR EACH STATEMENT EXECUTE FUNCTION platform.audit_truncate()', target);
    END LOOP;

    EXECUTE replace(pg_get_functiondef('platform.secure_programs'::regproc),
        $old$    EXECUTE format('CREATE POLICY reader$old$,
        $new$    EXECUTE format('CREATE POLICY writer ON %s TO strongroom_writer USING (true) WITH CHECK (true)', target);
    EXECUTE format('GRANT INSERT, UPDATE, DELETE ON %s TO strongroom_writer', target);
    EXECUTE format('CREATE POLICY reader$new$);
    FOR target IN SELECT polrelid FROM pg_policy WHERE polname = 'service' LOOP
        EXECUTE format('CREATE POLICY writer ON %s TO strongroom_writer USING (true) WITH CHECK (true)', target);
        EXECUTE format('GRANT INSERT, UPDATE, DELETE ON %s TO strongroom_writer', target);
    END LOOP;
END $$;

-- The writer is a member of the reader, and so sees what that sees. Of the platform's tables it changes those that hold
-- nothing which vouches for the rest: not the keys, not the audit log and its seals, not the list of migrations.
GRANT INSERT, UPDATE, DELETE ON platform.api_keys, platform.sessions, platform.credentials, platform.password_history,
    platform.login_failures TO strongroom_writer;
