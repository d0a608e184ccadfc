//! Old months of the audit log go on purpose only: a seal says so first, and whatever else is gone is missed.

use std::time::Duration;

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use strongroom_repository::ops::audit::Kind;
use strongroom_repository::ops::audit::retire::{self, Declared, Month, Plan};
use strongroom_repository::ops::migrations::Migrator;
use strongroom_repository::testing::TestDatabase;
use strongroom_repository::{Actor, Database, Error};

use crate::audit_seals::{MINUTE, ask, faults, seal, verify, write_rows};

/// Rows of January and February 2020 in partitions of their own, as they were made then, and of 2019 in none.
const OLD_ROWS: &str = "
    SET ROLE strongroom_owner;
    CREATE TABLE platform.audit_log_2020_01 PARTITION OF platform.audit_log FOR VALUES FROM ('2020-01-01Z') TO ('2020-02-01Z');
    CREATE TABLE platform.audit_log_2020_02 PARTITION OF platform.audit_log FOR VALUES FROM ('2020-02-01Z') TO ('2020-03-01Z');
    RESET ROLE;
    INSERT INTO platform.audit_log (created_at, actor, action, table_name, row_id)
    SELECT day, 'system', 'insert', 'split.users', day::text
      FROM generate_series('2019-12-30Z'::timestamptz, '2020-02-29Z', '1 day') AS day";

fn operator() -> Actor {
    Actor::operator("asha")
}

fn month(text: &str) -> Month {
    text.parse().unwrap()
}

/// A sealed log with two old rows in the default partition, 31 of January, 29 of February 2020, and six of today.
fn old_log() -> (TestDatabase, Database) {
    let test = TestDatabase::new();
    test.sabotage(OLD_ROWS);
    let database = test.database();
    write_rows(&database, 0..5);
    assert_eq!(seal(&database).rows, 2 + 31 + 29 + 6);
    (test, database)
}

fn migrator(test: &TestDatabase) -> Migrator {
    Migrator::connect(test.url("postgres"), MINUTE).unwrap()
}

fn declare(database: &Database, before: &str) -> Result<Declared, Error> {
    retire::declare(database, &operator(), month(before), |_, _| {})
}

fn drop_declared(test: &TestDatabase, declared: &Declared) -> Result<Plan, Error> {
    retire::drop_declared(&mut migrator(test), &operator(), declared, Duration::ZERO, |_| {})
}

/// What goes, as `partition rows whole`.
fn told(plan: &Plan) -> Vec<String> {
    let line = |part: &retire::OldPart| format!("{} {} {}", part.partition, part.rows, part.whole);
    plan.partitions.iter().map(line).collect()
}

fn count(test: &TestDatabase, condition: &str) -> String {
    ask(test, &format!("SELECT count(*)::text AS line FROM platform.audit_log WHERE {condition}"))
}

/// Says why, in an error that tells what to do.
fn refused<T: std::fmt::Debug>(outcome: Result<T, Error>) -> String {
    match outcome {
        Err(Error::NotReady(reason)) => reason,
        outcome => panic!("it is not refused: {outcome:?}"),
    }
}

#[test]
fn what_goes_is_counted_recorded_and_never_missed() {
    let (test, database) = old_log();
    let planned = retire::plan(&database, &operator(), month("2020-02")).unwrap();
    let expected = ["platform.audit_log_2020_01 31 true", "platform.audit_log_default 2 false"];
    assert_eq!((planned.rows, told(&planned)), (33, expected.map(str::to_owned).to_vec()));
    assert!(planned.partitions.iter().all(|part| part.size_bytes > 0), "{planned:?}");

    let declared = declare(&database, "2020-02").unwrap();
    let gone = drop_declared(&test, &declared).unwrap();
    assert_eq!(gone, planned);
    assert_eq!(count(&test, "created_at < '2020-02-01Z'"), "0");
    let partition = "SELECT (to_regclass('platform.audit_log_2020_01') IS NULL)::text AS line";
    assert_eq!(ask(&test, partition), "true");

    let recorded = ask(
        &test,
        "SELECT concat_ws(' ', actor, action, table_name, row_id, old_values) AS line FROM platform.audit_log
          WHERE action = 'retire' ORDER BY id",
    );
    let record = |part: &str, rows| {
        format!(
            "operator:asha retire platform.audit_log platform.{part} \
             {{\"rows\": {rows}, \"seal\": 2, \"retired_before\": \"2020-02-01T00:00:00+00:00\"}}"
        )
    };
    let expected = [record("audit_log_2020_01", 31), record("audit_log_default", 2)];
    assert_eq!(recorded.lines().collect::<Vec<_>>(), expected);

    assert_eq!(seal(&database).rows, 2, "the two records");
    let verified = verify(&database);
    assert_eq!((faults(&verified), verified.retired, verified.rows), (vec![], 33, 29 + 6 + 2));
}

#[test]
fn a_row_that_is_taken_from_a_later_month_is_missing_all_the_same() {
    let (test, database) = old_log();
    drop_declared(&test, &declare(&database, "2020-02").unwrap()).unwrap();
    let first =
        ask(&test, "SELECT min(id)::text AS line FROM platform.audit_log WHERE created_at >= '2020-02-01Z'");
    test.sabotage(&format!("DELETE FROM platform.audit_log WHERE id = {first}"));
    let verified = verify(&database);
    assert_eq!(faults(&verified), [(Kind::Missing, Some(1), Some(first.parse().unwrap()))]);
    assert_eq!(verified.retired, 33);
}

/// A seal speaks for what was sealed before it. A row that comes later is missed, however old it says it is.
#[test]
fn a_row_that_comes_after_the_seal_is_missing_however_old_it_is() {
    let (test, database) = old_log();
    drop_declared(&test, &declare(&database, "2020-02").unwrap()).unwrap();
    test.sabotage(
        "INSERT INTO platform.audit_log (created_at, actor, action, table_name, row_id)
         VALUES ('2020-01-15Z', 'system', 'insert', 'split.users', 'late')",
    );
    seal(&database);
    assert_eq!(faults(&verify(&database)), []);
    test.sabotage("DELETE FROM platform.audit_log WHERE row_id = 'late'");
    assert_eq!(verify(&database).faults.first().map(|fault| fault.kind), Some(Kind::Missing));
}

/// As if it were killed between the two steps, and between two partitions.
#[test]
fn it_can_be_interrupted_anywhere_and_done_again() {
    let (test, database) = old_log();
    declare(&database, "2020-03").unwrap();
    let verified = verify(&database);
    assert_eq!((faults(&verified), verified.retired, verified.rows), (vec![], 0, 2 + 31 + 29 + 6));

    let declared = declare(&database, "2020-03").unwrap();
    test.sabotage("BEGIN; DROP TABLE platform.audit_log_2020_01; COMMIT");
    let verified = verify(&database);
    assert_eq!((faults(&verified), verified.retired), (vec![], 31));

    assert_eq!(drop_declared(&test, &declared).unwrap().rows, 29 + 2);
    let again = declare(&database, "2020-03").unwrap();
    assert_eq!(drop_declared(&test, &again).unwrap().rows, 0, "nothing is left");
    seal(&database);
    let verified = verify(&database);
    assert_eq!((faults(&verified), verified.retired), (vec![], 62));
    assert_eq!(retire::plan(&database, &operator(), month("2020-03")).unwrap().rows, 0);
}

#[test]
fn the_month_that_is_not_over_and_later_ones_stay() {
    let (_test, database) = old_log();
    let this = retire::this_month(&database, &operator()).unwrap();
    for wrong in [this.to_string(), "2999-01".to_owned()] {
        let reason = refused(declare(&database, &wrong));
        assert!(reason.contains("is not over") && reason.contains(&this.earlier(1).to_string()), "{reason}");
    }
    assert!(declare(&database, &this.earlier(1).to_string()).is_ok());
}

#[test]
fn rows_that_are_not_sealed_stay_until_they_are() {
    let (test, database) = old_log();
    let late = "INSERT INTO platform.audit_log (created_at, actor, action, table_name, row_id)
                VALUES ('2020-01-15Z', 'system', 'insert', 'split.users', 'late'),
                       ('2019-12-15Z', 'system', 'insert', 'split.users', 'late')";
    test.sabotage(late);
    let reason = refused(declare(&database, "2020-02"));
    assert!(
        reason.contains("2 rows of before 2020-02 are not sealed") && reason.contains("audit verify"),
        "{reason}"
    );
    assert_eq!(verify(&database).seals, 1, "no seal was made");
    assert!(declare(&database, "2019-12").is_ok(), "they are not concerned");

    // The same between the two steps.
    seal(&database);
    let declared = declare(&database, "2020-02").unwrap();
    test.sabotage(late);
    let reason = refused(drop_declared(&test, &declared));
    assert!(reason.contains("run the same command again"), "{reason}");
    assert_eq!(count(&test, "created_at < '2020-02-01Z'"), "37", "nothing went");
    seal(&database);
    assert_eq!(drop_declared(&test, &declare(&database, "2020-02").unwrap()).unwrap().rows, 37);
    seal(&database);
    assert_eq!(faults(&verify(&database)), []);
}

#[test]
fn rows_of_the_default_partition_that_are_not_sealed_stay() {
    let (test, database) = old_log();
    let declared = declare(&database, "2020-01").unwrap();
    test.sabotage(
        "INSERT INTO platform.audit_log (created_at, actor, action, table_name, row_id)
         VALUES ('2019-12-15Z', 'system', 'insert', 'split.users', 'late')",
    );
    assert_eq!(drop_declared(&test, &declared).unwrap().rows, 2);
    assert_eq!(count(&test, "row_id = 'late'"), "1");
    seal(&database);
    assert_eq!(faults(&verify(&database)), []);
}

#[test]
fn what_was_tampered_with_stays_to_be_seen() {
    let forms = [
        "UPDATE platform.audit_log SET actor = 'x' WHERE created_at = '2020-01-02Z'",
        "DELETE FROM platform.audit_log WHERE created_at = '2020-01-02Z'",
        "INSERT INTO platform.audit_log (id, created_at, actor, action, table_name, row_id) OVERRIDING SYSTEM VALUE
         VALUES (-1, '2020-01-02Z', 'x', 'insert', 'x', 'x')",
        // From a month that stays into one that goes.
        "UPDATE platform.audit_log SET created_at = '2020-01-02Z' WHERE created_at = '2020-02-02Z'",
        // Behind more rows of today than a verification lists.
        "INSERT INTO platform.audit_log (id, actor, action, table_name, row_id) OVERRIDING SYSTEM VALUE
         SELECT -n, 'x', 'insert', 'x', 'x' FROM generate_series(1, 1100) AS n;
         UPDATE platform.audit_log SET actor = 'x' WHERE created_at = '2020-01-02Z'",
        "UPDATE platform.audit_seals SET created_at = created_at - interval '1 day'",
    ];
    for form in forms {
        let (test, database) = old_log();
        test.sabotage(form);
        let reason = refused(declare(&database, "2020-02"));
        let rows = count(&test, "created_at < '2020-02-01Z'");
        assert!(
            reason.contains("retiring would hide it") && reason.contains("audit verify"),
            "{form}: {reason}"
        );
        assert!(rows.parse::<u32>().unwrap() >= 32, "{form}: {rows}");
    }
}

#[test]
fn what_was_tampered_with_in_a_later_month_is_not_in_the_way() {
    let (test, database) = old_log();
    test.sabotage("UPDATE platform.audit_log SET actor = 'x' WHERE created_at = '2020-02-02Z'");
    drop_declared(&test, &declare(&database, "2020-02").unwrap()).unwrap();
    let verified = verify(&database);
    assert_eq!(verified.faults.iter().map(|fault| fault.kind).collect::<Vec<_>>(), [Kind::Changed]);
    refused(declare(&database, "2020-03"));
}

/// Whoever has a partition made over other ranges loses nothing but what goes.
#[test]
fn of_a_partition_that_reaches_further_only_the_old_rows_go() {
    let test = TestDatabase::new();
    test.sabotage(
        &OLD_ROWS
            .replace("TO ('2020-02-01Z')", "TO ('2020-01-20Z')")
            .replace("FROM ('2020-02-01Z')", "FROM ('2020-01-20Z')"),
    );
    let database = test.database();
    seal(&database);
    let gone = drop_declared(&test, &declare(&database, "2020-02").unwrap()).unwrap();
    let expected = [
        "platform.audit_log_2020_01 19 true",
        "platform.audit_log_2020_02 12 false",
        "platform.audit_log_default 2 false",
    ];
    assert_eq!(told(&gone), expected);
    assert_eq!(count(&test, "created_at < '2020-03-01Z'"), "29");
    assert_eq!(faults(&verify(&database)), []);
}

#[test]
fn a_log_in_use_is_left_alone_and_writers_go_on() {
    let (test, database) = old_log();
    let declared = declare(&database, "2020-02").unwrap();
    let mut reader = PgConnection::establish(&test.url("postgres")).unwrap();
    reader.batch_execute("BEGIN; SELECT FROM platform.audit_log LIMIT 1").unwrap();
    let reason = refused(drop_declared(&test, &declared));
    assert!(reason.contains("Run the same command again") && reason.contains("--wait"), "{reason}");
    write_rows(&database, 10..11);
    assert_eq!(count(&test, "created_at < '2020-02-01Z' OR action = 'retire'"), "33");
    reader.batch_execute("COMMIT").unwrap();
    assert_eq!(drop_declared(&test, &declared).unwrap().rows, 33);
}

#[test]
fn the_service_can_declare_and_drop_nothing() {
    let (test, database) = old_log();
    declare(&database, "2020-02").unwrap();
    let Err(Error::NotReady(reason)) = Migrator::connect(test.url("strongroom_app"), MINUTE) else {
        panic!("the service may act as the owner");
    };
    assert!(reason.contains("DATABASE_ADMIN_URL"), "{reason}");
    let mut conn = PgConnection::establish(&test.url("strongroom_app")).unwrap();
    for refused in [
        "DROP TABLE platform.audit_log_2020_01",
        "ALTER TABLE platform.audit_log DETACH PARTITION platform.audit_log_2020_01",
        "TRUNCATE platform.audit_log_2020_01",
        "DELETE FROM platform.audit_log_default",
        "INSERT INTO platform.audit_log (actor, action, table_name, row_id) VALUES ('x', 'retire', 'x', 'x')",
    ] {
        let error = conn.batch_execute(refused).unwrap_err().to_string();
        assert!(error.contains("permission denied") || error.contains("must be owner"), "{refused}: {error}");
    }
    assert_eq!(count(&test, "created_at < '2020-02-01Z'"), "33");
}

/// Who has the database and no key makes a seal that says what it likes, and that nobody believes.
#[test]
fn a_seal_that_is_not_signed_retires_nothing() {
    let (test, database) = old_log();
    test.sabotage(
        "INSERT INTO platform.audit_seals (number, after_id, last_id, row_count, entries, retired_before, previous, digest)
         SELECT 2, last_id, last_id, 0, '', '2020-02-01Z', digest, digest FROM platform.audit_seals;
         DROP TABLE platform.audit_log_2020_01",
    );
    let verified = verify(&database);
    assert_eq!((verified.retired, verified.faults.len()), (0, 31 + 1));
}
