//! What an operator's query can do, and above all what it cannot.

#![expect(clippy::unwrap_used, reason = "a test that cannot set up its database fails by panicking")]

use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};
use strongroom_repository::domain::split::NewUser;
use strongroom_repository::ops::query::{self, MAX_ROWS};
use strongroom_repository::split::users;
use strongroom_repository::testing::TestDatabase;
use strongroom_repository::{Actor, Error};

use crate::fixtures::phone;

const NOW: Duration = Duration::ZERO;

fn read(test: &TestDatabase, sql: &str) -> Result<query::Rows, Error> {
    query::read(test.url("strongroom_reader"), NOW, "split", sql)
}

fn json(test: &TestDatabase, sql: &str) -> String {
    serde_json::to_string(&read(test, sql).unwrap().rows).unwrap()
}

fn asha() -> Actor {
    Actor::operator("asha")
}

/// A database with one user.
fn with_a_user() -> TestDatabase {
    let test = TestDatabase::new();
    let new = NewUser { phone_number: phone("+919876543210"), name: None, upi_id: None };
    test.database().write("test.insert", &Actor::system(), |tx| users::insert(tx, new.clone())).unwrap();
    test
}

#[test]
fn rows_keep_their_columns_in_order_and_their_numbers_whole() {
    let test = TestDatabase::new();
    assert_eq!(json(&test, "SELECT 1 AS z, 100.50 AS a, NULL AS m;"), r#"[{"z":1,"a":100.50,"m":null}]"#);
    assert_eq!(json(&test, "VALUES (12345678901234567890.123)"), r#"[{"column1":12345678901234567890.123}]"#);
    assert_eq!(json(&test, "SELECT count(*) FROM users -- of split"), r#"[{"count":0}]"#);
    assert_eq!(json(&test, "WITH one AS (SELECT 1 AS x) SELECT x FROM one ;\n"), r#"[{"x":1}]"#);
    let platform =
        query::read(test.url("strongroom_reader"), NOW, "platform", "SELECT count(*) AS n FROM api_keys");
    assert_eq!(platform.unwrap().rows.len(), 1);
}

#[test]
fn more_than_a_thousand_rows_are_cut() {
    let test = TestDatabase::new();
    let rows = |count| read(&test, &format!("SELECT * FROM generate_series(1, {count})")).unwrap();
    assert_eq!((rows(MAX_ROWS).rows.len(), rows(MAX_ROWS).more), (MAX_ROWS, false));
    assert_eq!((rows(MAX_ROWS + 1).rows.len(), rows(MAX_ROWS + 1).more), (MAX_ROWS, true));
}

/// Every way out that is known. None may succeed, and none may leave a trace.
#[test]
fn whatever_is_tried_nothing_changes_and_nothing_else_is_read() {
    let test = with_a_user();
    let state = || {
        json(
            &test,
            "SELECT (SELECT json_agg(u) FROM users u) AS users, (SELECT count(*) FROM platform.audit_log) AS log",
        )
    };
    let before = state();
    for sql in [
        // Writing and defining.
        "INSERT INTO users DEFAULT VALUES",
        "UPDATE users SET name = NULL RETURNING id",
        "DELETE FROM users",
        "TRUNCATE users",
        "DROP TABLE users",
        "CREATE TABLE mine (x INT)",
        "CREATE TEMPORARY TABLE mine (x INT)",
        "WITH gone AS (DELETE FROM users RETURNING id) SELECT * FROM gone",
        "SELECT * FROM users FOR UPDATE",
        "SELECT 1 INTO mine",
        "DO $$ BEGIN DELETE FROM users; END $$",
        "CALL nothing()",
        "EXPLAIN ANALYZE DELETE FROM users",
        // More than one statement, and ways out of the one that it stands in.
        "SELECT 1; DELETE FROM users",
        "SELECT 1; COMMIT; DELETE FROM users",
        "SELECT 1) AS q; DELETE FROM users; SELECT (1",
        "COMMIT",
        "ROLLBACK",
        "",
        // Other roles.
        "SET ROLE strongroom_owner",
        "SELECT set_config('role', 'strongroom_owner', false)",
        "SELECT set_config('role', 'postgres', true)",
        "SELECT set_config('session_authorization', 'postgres', false)",
        "SET SESSION AUTHORIZATION postgres",
        // Out of the read-only transaction.
        "SET TRANSACTION READ WRITE",
        "SELECT set_config('transaction_read_only', 'off', true)",
        "SELECT set_config('transaction_read_only', 'off', false), query_to_xml('DELETE FROM split.users', true, true, '')",
        "SELECT query_to_xml('DELETE FROM split.users', true, true, '')",
        // Files and programs of the server.
        "COPY users TO PROGRAM 'true'",
        "COPY users TO '/tmp/strongroom-users'",
        "COPY (SELECT 1) TO STDOUT",
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT pg_read_binary_file('postgresql.conf')",
        "SELECT pg_ls_dir('.')",
        "SELECT pg_stat_file('postgresql.conf')",
        "SELECT lo_import('/etc/passwd')",
        "SELECT lo_export(1, '/tmp/strongroom-lo')",
        "SELECT current_setting('data_directory')",
        // Functions that do something.
        "SELECT nextval('platform.audit_log_id_seq')",
        "SELECT setval('platform.audit_log_id_seq', 1)",
        "SELECT platform.ensure_audit_partitions(24)",
        "SELECT platform.audit_table('split.users')",
        "SELECT pg_reload_conf()",
        "SELECT pg_switch_wal()",
        "SELECT pg_create_restore_point('x')",
        "SELECT pg_create_logical_replication_slot('x', 'test_decoding')",
        "SELECT pg_stat_reset()",
        "SELECT pg_promote()",
        // What a reader may not see.
        "SELECT * FROM platform.api_keys",
        "SELECT key_hash FROM platform.api_keys",
        "SELECT * FROM platform.encryption_keys",
        "SELECT canary FROM platform.encryption_keys",
        "SELECT rolpassword FROM pg_authid",
        "SELECT * FROM pg_largeobject",
        "SELECT * FROM pg_hba_file_rules",
    ] {
        let outcome = read(&test, sql);
        assert!(matches!(outcome, Err(Error::Database(_))), "{sql}: {outcome:?}");
    }
    assert_eq!(state(), before);
}

/// The login alone is enough to refuse these: without our SELECT around it, and in a transaction that may write.
#[test]
fn the_readers_login_has_no_right_to_change_anything() {
    let test = with_a_user();
    let mut conn = PgConnection::establish(&test.url("strongroom_reader")).unwrap();
    conn.batch_execute("SET default_transaction_read_only = off; SET search_path = split").unwrap();
    for sql in [
        "INSERT INTO users DEFAULT VALUES",
        "UPDATE users SET name = NULL",
        "DELETE FROM users",
        "TRUNCATE users",
        "LOCK TABLE users",
        "SELECT * FROM users FOR SHARE",
        "ALTER TABLE users DISABLE TRIGGER ALL",
        "DROP TABLE users",
        "DROP SCHEMA split CASCADE",
        "CREATE SCHEMA mine",
        "CREATE TABLE mine (x INT)",
        "CREATE TABLE public.mine (x INT)",
        "CREATE TEMPORARY TABLE mine (x INT)",
        "CREATE FUNCTION public.mine() RETURNS INT LANGUAGE sql AS 'SELECT 1'",
        "CREATE ROLE mine",
        "CREATE EXTENSION dblink",
        "ALTER ROLE strongroom_reader SUPERUSER",
        "GRANT strongroom_owner TO strongroom_reader",
        "SET ROLE strongroom_owner",
        "SET ROLE strongroom_app",
        "SET SESSION AUTHORIZATION postgres",
        "COPY users TO PROGRAM 'true'",
        "COPY users TO '/tmp/strongroom-users'",
        "COPY users FROM '/etc/passwd'",
        "DO $$ BEGIN DELETE FROM split.users; END $$",
        "SELECT nextval('platform.audit_log_id_seq')",
        "INSERT INTO platform.audit_log (actor, action, table_name, row_id) VALUES ('x', 'insert', 'x', 'x')",
        "TABLE platform.api_keys",
        "TABLE platform.encryption_keys",
    ] {
        let outcome = conn.batch_execute(sql);
        assert!(outcome.is_err(), "{sql}");
    }
}

/// Locks that nobody else can get past, notices, and bytes on the server's disk. PostgreSQL lets everybody call these, so a
/// session that is not read-only is tried as well.
#[test]
fn the_reader_cannot_disturb_others() {
    let test = with_a_user();
    let mut conn = PgConnection::establish(&test.url("strongroom_reader")).unwrap();
    conn.batch_execute("SET default_transaction_read_only = off").unwrap();
    for call in [
        "pg_advisory_lock(1)",
        "pg_advisory_lock(1, 2)",
        "pg_advisory_lock_shared(1)",
        "pg_advisory_xact_lock(1)",
        "pg_advisory_xact_lock_shared(1, 2)",
        "pg_try_advisory_lock(1)",
        "pg_try_advisory_xact_lock_shared(1)",
        "count(pg_advisory_lock(number)) FROM generate_series(1, 1000000) AS number",
        "query_to_xml('SELECT pg_advisory_lock(1)', true, true, '')",
        "pg_notify('channel', 'hello')",
        "pg_logical_emit_message(false, 'x', 'y')",
        "lo_create(4711)",
        "lo_creat(-1)",
        "lo_from_bytea(0, 'x')",
    ] {
        let sql = format!("SELECT {call}");
        let outcome = read(&test, &sql);
        assert!(matches!(outcome, Err(Error::Database(_))), "{sql}: {outcome:?}");
        let error = conn.batch_execute(&sql).unwrap_err().to_string();
        assert!(error.contains("permission denied for function"), "{sql}: {error}");
    }
    for sql in
        ["SELECT FROM users FOR SHARE", "SELECT FROM users FOR KEY SHARE", "SELECT FROM pg_class FOR SHARE"]
    {
        let outcome = read(&test, sql);
        assert!(matches!(outcome, Err(Error::Database(_))), "{sql}: {outcome:?}");
    }
    // Those who need locks have them.
    for role in ["strongroom_owner", "strongroom_app"] {
        let mut conn = PgConnection::establish(&test.url(role)).unwrap();
        conn.batch_execute("SELECT pg_advisory_lock(1), pg_advisory_unlock(1)").unwrap();
    }
}

/// These are allowed to run, because what they do ends with the session.
#[test]
fn what_is_let_through_leaves_no_trace() {
    let test = TestDatabase::new();
    read(&test, "SELECT set_config('default_transaction_read_only', 'off', false)").unwrap();
    assert_eq!(json(&test, "SELECT current_setting('transaction_read_only') AS ro"), r#"[{"ro":"on"}]"#);
}

#[test]
fn the_sessions_of_others_go_on() {
    let test = with_a_user();
    let database = test.database();
    let count = || {
        database
            .read("test.count", &Actor::system(), |conn| users::find_by_phone(conn, &phone("+919876543210")))
    };
    assert!(count().unwrap().is_some());
    let killed = read(
        &test,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'strongroom_app' AND datname = current_database()",
    );
    assert!(matches!(killed, Err(Error::Database(_))), "{killed:?}");
    assert!(count().unwrap().is_some());
}

#[test]
fn a_long_statement_is_cut_after_five_seconds_whatever_it_sets() {
    let test = TestDatabase::new();
    let outcome = read(&test, "SELECT set_config('statement_timeout', '0', false), pg_sleep(60)");
    assert!(matches!(outcome, Err(Error::Timeout("statement"))), "{outcome:?}");
}

#[test]
fn a_login_that_may_do_more_is_refused() {
    let test = TestDatabase::new();
    for role in ["postgres", "strongroom_app", "strongroom_owner"] {
        let outcome = query::read(test.url(role), NOW, "split", "SELECT 1");
        assert!(matches!(outcome, Err(Error::NotReady(_))), "{role}: {outcome:?}");
    }
    let unknown = query::read(test.url("strongroom_reader"), NOW, "split, pg_temp", "SELECT 1");
    assert!(matches!(unknown, Err(Error::NotReady(_))));
}

#[test]
fn the_address_of_a_login_is_made_of_the_services() {
    let test = TestDatabase::new();
    let url = query::address_for("strongroom_reader", test.url("strongroom_app"));
    let rows = query::read(&url, NOW, "split", "SELECT session_user AS who").unwrap().rows;
    assert_eq!(rows[0]["who"], "strongroom_reader");
}

#[test]
fn writing_commits_counts_and_is_audited() {
    let test = with_a_user();
    let write = |sql: &str| query::write(test.url("strongroom_writer"), NOW, "split", sql, &asha());
    assert_eq!(write("UPDATE users SET deleted_at = now(), deletion_id = gen_random_uuid();").unwrap(), 1);
    let log = "SELECT actor, action, table_name FROM platform.audit_log WHERE action = 'update'";
    assert_eq!(
        json(&test, log),
        r#"[{"actor":"operator:asha","action":"update","table_name":"split.users"}]"#
    );
    assert!(write("DELETE FROM users; DELETE FROM users").is_err(), "one statement, here too");
    assert!(write("UPDATE users SET deleted_at = NULL").is_err(), "checks hold");
    assert_eq!(json(&test, "SELECT count(*) AS n FROM users"), r#"[{"n":1}]"#);
}

#[test]
fn a_login_that_may_do_more_or_less_does_not_write() {
    let test = TestDatabase::new();
    for role in ["postgres", "strongroom_app", "strongroom_owner", "strongroom_migrator"] {
        let outcome = query::write(test.url(role), NOW, "split", "DELETE FROM users", &asha());
        assert!(matches!(outcome, Err(Error::NotReady(_))), "{role}: {outcome:?}");
    }
    for role in ["postgres", "strongroom_app", "strongroom_reader", "strongroom_writer"] {
        let outcome = query::define(test.url(role), NOW, "split", "DELETE FROM users", &asha());
        assert!(matches!(outcome, Err(Error::NotReady(_))), "{role}: {outcome:?}");
    }
    let by_reader = query::write(test.url("strongroom_reader"), NOW, "split", "DELETE FROM users", &asha());
    assert!(matches!(by_reader, Err(Error::Database(_))), "{by_reader:?}");
}

/// The login alone is enough to refuse these, whatever the statement begins with.
#[test]
fn the_writers_login_has_no_right_but_to_rows() {
    let test = with_a_user();
    let mut conn = PgConnection::establish(&test.url("strongroom_writer")).unwrap();
    conn.batch_execute("SET search_path = split").unwrap();
    for sql in [
        "TRUNCATE users CASCADE",
        "ALTER TABLE users DISABLE TRIGGER ALL",
        "DROP TABLE users CASCADE",
        "CREATE TABLE mine (x INT)",
        "CREATE TABLE public.mine (x INT)",
        "CREATE TEMPORARY TABLE mine (x INT)",
        "CREATE SCHEMA mine",
        "CREATE ROLE mine",
        "SET ROLE strongroom_owner",
        "SET ROLE strongroom_app",
        "SET session_replication_role = replica",
        "COPY users TO PROGRAM 'true'",
        "DO $$ BEGIN RESET ROLE; COPY split.users TO PROGRAM 'true'; END $$",
        "DELETE FROM platform.audit_log",
        "UPDATE platform.audit_log SET actor = 'system'",
        "DELETE FROM platform.audit_seals",
        "DELETE FROM platform.encryption_keys",
        "DELETE FROM platform.migration_ledger",
        "TABLE platform.encryption_keys",
        "TABLE platform.api_keys",
        "SELECT platform.record_statement('write', 'split', 'x')",
    ] {
        let error = conn.batch_execute(sql).unwrap_err().to_string();
        let refused = ["permission denied", "must be "].iter().any(|text| error.contains(text));
        assert!(refused, "{sql}: {error}");
    }
    conn.batch_execute("UPDATE users SET name = NULL").unwrap();
}

#[test]
fn sealed_values_stay_sealed() {
    let test = with_a_user();
    let rows = json(&test, "SELECT phone_number, phone_number_bidx FROM users");
    assert!(rows.contains(r#""phone_number":"\\x01"#), "{rows}");
    assert!(!rows.contains("9876543210"));
}
