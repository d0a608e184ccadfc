DROP INDEX platform.audit_log_created_at;
CREATE INDEX audit_log_created_at ON platform.audit_log (created_at);

DO $$
DECLARE
    made REGPROCEDURE;
BEGIN
    FOR made IN
        SELECT oid FROM pg_proc WHERE pronamespace = 'platform'::regnamespace AND proname LIKE 'audit\_%'
    LOOP
        EXECUTE replace(replace(pg_get_functiondef(made),
            E'            ELSIF EXISTS (SELECT FROM new_rows) THEN\n', E'            ELSE\n'),
            $new$coalesce(nullif(current_setting('strongroom.actor', true), ''), 'login:' || session_user)$new$,
            $old$platform.current_actor()$old$);
    END LOOP;
END $$;
