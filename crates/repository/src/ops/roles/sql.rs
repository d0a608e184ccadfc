//! The SQL that makes the roles and their rights outside of our schemas. Rights to tables are given by migrations.

/// Settings with which a server does not write what an operator typed into its log: neither statements, nor parameters,
/// nor messages, which may quote a value. Only a superuser, or whom one has allowed to, may change most of them.
macro_rules! quiet_log {
    () => {
        "('log_min_messages', 'log'), ('log_min_error_statement', 'panic'), ('log_error_verbosity', 'terse'),
         ('log_statement', 'none'), ('log_min_duration_statement', '-1'), ('log_min_duration_sample', '-1'),
         ('log_transaction_sample_rate', '0'), ('log_parameter_max_length', '0'),
         ('log_parameter_max_length_on_error', '0')"
    };
}

/// Applies them to this session, where the login may.
pub(crate) const QUIET_LOG: &str = concat!(
    "DO $$
     DECLARE
         setting RECORD;
     BEGIN
         FOR setting IN SELECT * FROM (VALUES ",
    quiet_log!(),
    ") AS all_of_them (name, value) LOOP
             BEGIN
                 PERFORM set_config(setting.name, setting.value, false);
             EXCEPTION WHEN insufficient_privilege THEN NULL;
             END;
         END LOOP;
     END $$"
);

/// What makes the roles. An operator whose login may not create roles can have this run by one who may.
///
/// Running it again changes nothing. It sets no password: `\password strongroom_app` in psql does, or `ALTER ROLE`.
pub const CREATE_ROLES: &str = concat!(
    "\
DO $$
DECLARE
    login   NAME;
    setting RECORD;
BEGIN
    IF to_regrole('strongroom_owner') IS NULL THEN CREATE ROLE strongroom_owner NOLOGIN; END IF;
    IF to_regrole('strongroom_user') IS NULL THEN CREATE ROLE strongroom_user NOLOGIN; END IF;
    IF to_regrole('strongroom_app') IS NULL THEN CREATE ROLE strongroom_app LOGIN; END IF;
    -- Every session may hold as many locks as there are tables, and the server has a table of locks for all sessions.
    IF to_regrole('strongroom_reader') IS NULL THEN CREATE ROLE strongroom_reader LOGIN CONNECTION LIMIT 10; END IF;
    IF to_regrole('strongroom_writer') IS NULL THEN CREATE ROLE strongroom_writer LOGIN; END IF;
    IF to_regrole('strongroom_migrator') IS NULL THEN CREATE ROLE strongroom_migrator LOGIN; END IF;
    IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN RETURN; END IF;
    -- The service tells deadlocks and time-outs by the text of the message; only a superuser may fix its language.
    -- Elsewhere the server's language is English, or those two are reported as plain database errors.
    ALTER ROLE strongroom_app SET lc_messages = 'C';
    ALTER ROLE strongroom_reader SET temp_file_limit = '1GB';
    FOREACH login IN ARRAY ARRAY['strongroom_reader', 'strongroom_writer', 'strongroom_migrator'] LOOP
        EXECUTE format('ALTER ROLE %I SET lc_messages = %L', login, 'C');
        FOR setting IN SELECT * FROM (VALUES ",
    quiet_log!(),
    ") AS all_of_them (name, value) LOOP
            EXECUTE format('ALTER ROLE %I SET %I = %L', login, setting.name, setting.value);
        END LOOP;
    END LOOP;
END $$;
GRANT strongroom_user TO strongroom_app;
GRANT strongroom_reader TO strongroom_writer;
GRANT strongroom_owner TO strongroom_migrator;
-- Behind a pooler in transaction mode these are the only limits of what runs outside a transaction.
ALTER ROLE strongroom_app SET statement_timeout = '30s';
ALTER ROLE strongroom_app SET idle_in_transaction_session_timeout = '30s';
ALTER ROLE strongroom_reader SET default_transaction_read_only = on;
ALTER ROLE strongroom_reader SET statement_timeout = '5s';
ALTER ROLE strongroom_reader SET idle_in_transaction_session_timeout = '30s';
"
);

/// Whether there is nothing left for [`CREATE_ROLES`] to do.
pub(super) const ROLES_EXIST: &str = "\
SELECT NOT EXISTS (SELECT FROM unnest(ARRAY['strongroom_owner', 'strongroom_app', 'strongroom_user', 'strongroom_reader',
                                            'strongroom_writer', 'strongroom_migrator'])
                       AS name WHERE to_regrole(name) IS NULL)
   AND NOT EXISTS (SELECT FROM (VALUES ('strongroom_app', 'strongroom_user'), ('strongroom_writer', 'strongroom_reader'),
                                       ('strongroom_migrator', 'strongroom_owner')) AS membership (member, role)
                    WHERE NOT coalesce(pg_has_role(to_regrole(member)::oid, to_regrole(role)::oid, 'MEMBER'), false)) AS yes";

/// Lets the owner make schemas here and keeps everyone else from making anything.
pub(super) const GRANT: &str = "\
DO $$
BEGIN
    EXECUTE format('GRANT CREATE, CONNECT ON DATABASE %I TO strongroom_owner', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO strongroom_app, strongroom_reader', current_database());
    EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
END $$;
GRANT USAGE, CREATE ON SCHEMA public TO strongroom_owner;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
";

/// Whether there is nothing left for [`GRANT`] to do.
pub(super) const GRANTED: &str = "\
SELECT has_database_privilege('strongroom_owner', current_database(), 'CREATE')
   AND has_database_privilege('strongroom_owner', current_database(), 'CONNECT')
   AND has_database_privilege('strongroom_app', current_database(), 'CONNECT')
   AND has_database_privilege('strongroom_reader', current_database(), 'CONNECT')
   AND NOT has_database_privilege('strongroom_reader', current_database(), 'TEMPORARY')
   AND has_schema_privilege('strongroom_owner', 'public', 'USAGE')
   AND has_schema_privilege('strongroom_owner', 'public', 'CREATE')
   AND NOT has_schema_privilege('strongroom_reader', 'public', 'CREATE') AS yes";

/// Functions of PostgreSQL that everybody may call and with which whoever may only read could disturb everybody else: they
/// take any number of locks, wake listeners, or write to the server's disk.
macro_rules! disturbing {
    () => {
        "pronamespace = 'pg_catalog'::regnamespace
         AND (proname ~ '^pg_(try_)?advisory_(xact_)?lock'
              OR proname IN ('pg_notify', 'pg_logical_emit_message', 'lo_creat', 'lo_create', 'lo_from_bytea'))"
    };
}

/// Takes these functions from everybody but those who need locks. Rights to PostgreSQL's own functions belong to a database,
/// and only a superuser changes them: for another login this does nothing.
pub(super) const RESTRICT: &str = concat!(
    "\
DO $$
DECLARE
    disturbing REGPROCEDURE;
BEGIN
    IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN RETURN; END IF;
    FOR disturbing IN SELECT oid FROM pg_proc WHERE ",
    disturbing!(),
    " LOOP
        EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', disturbing);
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO strongroom_owner, strongroom_app, strongroom_user', disturbing);
    END LOOP;
END $$;
"
);

/// Whether there is nothing left for [`RESTRICT`] to do, or the login could not do it.
pub(super) const RESTRICTED: &str = concat!(
    "SELECT NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)
         OR NOT EXISTS (SELECT FROM pg_proc WHERE ",
    disturbing!(),
    " AND has_function_privilege('strongroom_reader', oid, 'EXECUTE')) AS yes"
);
