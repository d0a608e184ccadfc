//! What PostgreSQL raises, as callers hear it. Nothing that passes, and nothing that input causes, is a fault.

use std::time::Duration;

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection};
use strongroom_repository::ops::query;
use strongroom_repository::testing::TestDatabase;
use strongroom_repository::{Actor, Error};

fn kind(error: &Error) -> &'static str {
    match error {
        Error::Conflict { .. } => "conflict",
        Error::Refused { .. } => "refused",
        Error::Unstorable => "unstorable",
        Error::Contention => "contention",
        Error::Locked => "locked",
        Error::Timeout(_) => "timeout",
        Error::Unavailable(_) => "unavailable",
        Error::NotFound(_) => "not found",
        _ => "fault",
    }
}

fn kind_of(conn: &mut PgConnection, sql: &str) -> &'static str {
    let Err(error) = conn.batch_execute(sql) else { return "no error" };
    kind(&Error::from(error))
}

/// Conditions that cannot be made here, or not without others noticing: SQLSTATE, message, and what it is for a caller.
/// A condition's message is PostgreSQL's own.
const RAISED: &[(&str, &str, &str)] = &[
    ("08003", "connection does not exist", "fault"),
    ("08006", "connection failure", "unavailable"),
    ("22003", "value \"9\" is out of range for type integer", "unstorable"),
    ("22008", "date out of range for timestamp", "unstorable"),
    ("22012", "division by zero", "fault"),
    ("22021", "invalid byte sequence for encoding \"UTF8\": 0x00", "unstorable"),
    ("22P05", "unsupported Unicode escape sequence", "unstorable"),
    (
        "23001",
        "update or delete on table \"bills\" violates RESTRICT setting of foreign key constraint",
        "contention",
    ),
    ("23503", "insert or update on table \"bills\" violates foreign key constraint", "contention"),
    ("23P01", "conflicting key value violates exclusion constraint", "conflict"),
    ("25006", "cannot execute INSERT in a read-only transaction", "unavailable"),
    ("25P02", "current transaction is aborted, commands ignored until end of transaction block", "fault"),
    ("25P03", "terminating connection due to idle-in-transaction timeout", "unavailable"),
    ("25P04", "terminating connection due to transaction timeout", "unavailable"),
    ("40001", "could not serialize access due to concurrent update", "contention"),
    ("40001", "canceling statement due to conflict with recovery", "contention"),
    ("40P01", "deadlock detected", "contention"),
    ("53000", "out of file descriptors: Too many open files; release and retry", "unavailable"),
    ("53100", "could not extend file \"base/5/2619\": No space left on device", "unavailable"),
    (
        "53100",
        "could not extend file \"base/5/2619\": wrote only 4096 of 8192 bytes at block 7",
        "unavailable",
    ),
    ("53100", "could not write to file \"pg_wal/xlogtemp.41\": No space left on device", "unavailable"),
    (
        "53100",
        "could not resize shared memory segment \"/PostgreSQL.7\" to 8 bytes: No space left on device",
        "unavailable",
    ),
    ("53200", "out of memory", "unavailable"),
    ("53200", "out of shared memory", "unavailable"),
    ("53300", "sorry, too many clients already", "unavailable"),
    (
        "53300",
        "remaining connection slots are reserved for roles with the SUPERUSER attribute",
        "unavailable",
    ),
    ("53300", "too many connections for role \"strongroom_app\"", "unavailable"),
    ("53400", "temporary file size exceeds \"temp_file_limit\" (1kB)", "unavailable"),
    ("54000", "index row size 2712 exceeds btree version 4 maximum 2704 for index \"x\"", "unstorable"),
    ("54000", "row is too big: size 9000, maximum size 8160", "unstorable"),
    ("54000", "total size of jsonb object elements exceeds the maximum of 268435455 bytes", "unstorable"),
    ("55000", "cannot do that now", "fault"),
    ("55006", "database \"x\" is being accessed by other users", "locked"),
    ("55P03", "canceling statement due to lock timeout", "locked"),
    ("57014", "canceling statement due to user request", "timeout"),
    ("57P01", "terminating connection due to administrator command", "unavailable"),
    ("57P02", "terminating connection because of crash of another server process", "unavailable"),
    ("57P03", "the database system is starting up", "unavailable"),
    ("57P03", "the database system is not accepting connections", "unavailable"),
    ("57P05", "terminating connection due to idle-session timeout", "unavailable"),
    ("58030", "could not read block 7 in file \"base/5/2619\": Input/output error", "unavailable"),
    // Data is missing. Nobody shall be told that it will be there again.
    ("58P01", "could not open file \"base/5/2619\": No such file or directory", "fault"),
    ("XX001", "invalid page in block 7 of relation base/5/2619", "fault"),
];

#[test]
fn every_condition_that_postgresql_raises_has_its_meaning() {
    let test = TestDatabase::new();
    let mut conn = PgConnection::establish(&test.url("strongroom_app")).unwrap();
    let wrong: Vec<String> = RAISED
        .iter()
        .filter_map(|(state, message, expected)| {
            let sql = format!(
                "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{state}', MESSAGE = '{message}'; END $$"
            );
            let found = kind_of(&mut conn, &sql);
            (found != *expected).then(|| format!("{state} {message}: {found} instead of {expected}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_can_be_made_to_happen_has_its_meaning() {
    let test = TestDatabase::new();
    let mut conn = PgConnection::establish(&test.url("strongroom_owner")).unwrap();
    conn.batch_execute(
        "CREATE TEMP TABLE t (id int PRIMARY KEY, n numeric(4, 2) CHECK (n > 0), s varchar(3), span int4range,
                              parent int REFERENCES t, EXCLUDE USING gist (span WITH &&));
         INSERT INTO t VALUES (1, 1, 'a', '[1,5)');
         CREATE FUNCTION pg_temp.deep(n int) RETURNS int LANGUAGE plpgsql AS
             'BEGIN RETURN pg_temp.deep(n + 1); END'",
    )
    .unwrap();
    for (sql, expected) in [
        ("INSERT INTO t VALUES (1)", "conflict"),
        ("INSERT INTO t (id, span) VALUES (2, '[2,3)')", "conflict"),
        ("INSERT INTO t (id, parent) VALUES (2, 7)", "contention"),
        ("INSERT INTO t (id, n) VALUES (2, 0)", "refused"),
        ("INSERT INTO t (id, n) VALUES (2, 100)", "unstorable"),
        ("INSERT INTO t (id, s) VALUES (2, 'abcd')", "unstorable"),
        ("SELECT '{\"a\": \"\\u0000\"}'::jsonb ->> 'a'", "unstorable"),
        ("SELECT 'ab' LIKE 'a\\'", "unstorable"),
        ("SELECT 2147483647 + 1", "unstorable"),
        ("SELECT 1e131072::numeric * 10", "unstorable"),
        ("SELECT pg_temp.deep(1)", "unstorable"),
        ("SELECT 1 / 0", "fault"),
        ("SET statement_timeout = '1ms'; SELECT pg_sleep(60)", "timeout"),
    ] {
        assert_eq!(kind_of(&mut conn, sql), expected, "{sql}");
    }
}

/// An operator's statement is not a request: PostgreSQL's own words say what is wrong with it.
#[test]
fn an_operator_hears_postgresqls_words() {
    let test = TestDatabase::new();
    let read = |sql| query::read(test.url("strongroom_reader"), Duration::ZERO, "split", sql).unwrap_err();
    let write = |sql| {
        query::write(test.url("strongroom_writer"), Duration::ZERO, "split", sql, &Actor::system())
            .unwrap_err()
    };
    for (error, words) in [
        (read("SELECT 'x'::int"), "invalid input syntax for type integer"),
        (read("SELECT 2147483647 + 1"), "integer out of range"),
        (write("UPDATE users SET deleted_at = now() WHERE 2147483647 + 1 > 0"), "integer out of range"),
    ] {
        let said = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
        assert!(said.contains(words), "{words}: {error:?}");
    }
}
