//! Tampering with the audit log shows, and nobody who writes waits for a seal.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::Text;
use strongroom_repository::codec::{EncryptionKey, KeyRing};
use strongroom_repository::domain::PersonName;
use strongroom_repository::domain::split::UserChanges;
use strongroom_repository::ops::audit::{self, Kind, Sealed, Sealer, Verified};
use strongroom_repository::ops::migrations::Migrator;
use strongroom_repository::split::users;
use strongroom_repository::testing::{self, TestDatabase};
use strongroom_repository::{Actor, Database, Error, PoolOptions};

use crate::fixtures::user;

pub(crate) const MINUTE: Duration = Duration::from_secs(60);

pub(crate) fn write_rows(database: &Database, numbers: std::ops::Range<u32>) {
    for number in numbers {
        let insert = |tx: &mut strongroom_repository::Tx<'_>| {
            user(tx, &format!("+9198765{number:05}"));
            Ok::<_, Error>(())
        };
        database.write("test.write", &Actor::system(), insert).unwrap();
    }
}

pub(crate) fn seal(database: &Database) -> Sealed {
    Sealer::new().run(database, &Actor::system(), MINUTE).unwrap()
}

pub(crate) fn verify(database: &Database) -> Verified {
    audit::verify(database, &Actor::system(), None, |_, _| {}).unwrap()
}

/// Kind, seal and row of each fault.
pub(crate) fn faults(verified: &Verified) -> Vec<(Kind, Option<i64>, Option<i64>)> {
    verified.faults.iter().map(|fault| (fault.kind, fault.seal, fault.row)).collect()
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

pub(crate) fn ask(test: &TestDatabase, sql: &str) -> String {
    let mut conn = PgConnection::establish(&test.url("postgres")).unwrap();
    let lines: Vec<Line> = diesel::sql_query(sql).load(&mut conn).unwrap();
    lines.into_iter().map(|row| row.line).collect::<Vec<_>>().join("\n")
}

fn greatest_id(test: &TestDatabase) -> i64 {
    ask(test, "SELECT max(id)::text AS line FROM platform.audit_log").parse().unwrap()
}

/// A database with two seals of five rows each; and the id of the very last row.
fn two_seals() -> (TestDatabase, Database, i64) {
    let test = TestDatabase::new();
    let database = test.database();
    seal(&database);
    write_rows(&database, 0..5);
    assert_eq!(seal(&database).rows, 5);
    write_rows(&database, 5..10);
    let sealed = seal(&database);
    assert_eq!((sealed.seals, sealed.rows, sealed.waiting), (1, 5, false));
    let last = greatest_id(&test);
    (test, database, last)
}

#[test]
fn a_log_that_nobody_touched_is_clean_and_new_rows_count_as_unsealed() {
    let (_test, database, _) = two_seals();
    assert_eq!(seal(&database), Sealed::default(), "there is nothing left to seal");
    write_rows(&database, 10..13);
    let verified = verify(&database);
    assert_eq!(faults(&verified), []);
    // The first is that of the key, which was registered before.
    assert_eq!((verified.seals, verified.rows, verified.unsealed), (3, 11, 3));
}

#[test]
fn a_changed_an_added_and_a_missing_row_are_named() {
    let (test, database, last) = two_seals();
    let (changed, missing) = (last - 1, last - 7);
    test.sabotage(&format!(
        "UPDATE platform.audit_log SET actor = 'operator:mallory' WHERE id = {changed};
         DELETE FROM platform.audit_log WHERE id = {missing};
         INSERT INTO platform.audit_log (id, actor, action, table_name, row_id) OVERRIDING SYSTEM VALUE
         VALUES ({last}, 'system', 'delete', 'split.users', 'x'), (-3, 'system', 'delete', 'split.users', 'x')"
    ));
    let verified = verify(&database);
    let expected = [
        (Kind::Added, Some(1), Some(-3)),
        (Kind::Missing, Some(2), Some(missing)),
        (Kind::Changed, Some(3), Some(changed)),
        (Kind::Added, Some(3), Some(last)),
    ];
    assert_eq!(faults(&verified), expected);
    assert!(!verified.faults.iter().any(|fault| fault.reason.contains("mallory")), "{verified:?}");
}

#[test]
fn every_column_of_the_log_is_sealed() {
    let (test, database, last) = two_seals();
    let columns = ask(
        &test,
        "SELECT attname::text AS line FROM pg_attribute
          WHERE attrelid = 'platform.audit_log'::regclass AND attnum > 0 AND NOT attisdropped AND attname <> 'id'",
    );
    for column in columns.lines() {
        let other = match column {
            "created_at" => "created_at - interval '1 microsecond'",
            "action" => "'query'",
            "changed_columns" => "array_append(changed_columns, 'x')",
            "old_values" | "new_values" => "'{\"x\": 1}'",
            _ => "coalesce(request_id, '') || 'x'",
        };
        test.sabotage(&format!(
            "CREATE TABLE kept AS SELECT * FROM platform.audit_log WHERE id = {last};
             UPDATE platform.audit_log SET {column} = {other} WHERE id = {last}"
        ));
        assert_eq!(faults(&verify(&database)), [(Kind::Changed, Some(3), Some(last))], "{column}");
        // Put back as it was, the log is clean again.
        test.sabotage(&format!(
            "UPDATE platform.audit_log a SET {column} = kept.{column} FROM kept WHERE a.id = kept.id; DROP TABLE kept"
        ));
        assert_eq!(faults(&verify(&database)), [], "{column}");
    }
}

#[test]
fn seals_cannot_be_changed_dropped_moved_or_made_by_hand() {
    let (test, database, last) = two_seals();
    let sabotaged = |sql: &str, back: &str| {
        test.sabotage(sql);
        let verified = verify(&database);
        test.sabotage(back);
        assert_eq!(faults(&verify(&database)), []);
        faults(&verified)
    };
    let keep = "CREATE TABLE kept AS SELECT * FROM platform.audit_seals; ";
    let back = "DELETE FROM platform.audit_seals; INSERT INTO platform.audit_seals SELECT * FROM kept; DROP TABLE kept";
    let dropped = sabotaged(&format!("{keep} DELETE FROM platform.audit_seals WHERE number = 2"), back);
    assert_eq!(dropped, [(Kind::MissingSeal, Some(2), None)]);
    let changed = sabotaged(
        &format!(
            "{keep} UPDATE platform.audit_seals SET created_at = created_at - interval '1 day' WHERE number = 2"
        ),
        back,
    );
    assert_eq!(changed, [(Kind::ForgedSeal, Some(2), None)]);
    let moved = sabotaged(
        &format!(
            "{keep} UPDATE platform.audit_seals SET number = 5 - number + 10 WHERE number > 1;
                  UPDATE platform.audit_seals SET number = number - 10 WHERE number > 10"
        ),
        back,
    );
    assert_eq!(moved, [(Kind::ForgedSeal, Some(2), None), (Kind::ForgedSeal, Some(3), None)]);
    let made = sabotaged(
        &format!("{keep} INSERT INTO platform.audit_seals (number, after_id, last_id, row_count, entries, previous, digest)
                  SELECT 4, last_id, last_id + 1000, 0, '', digest, digest FROM platform.audit_seals WHERE number = 3"),
        back,
    );
    assert_eq!(made.first(), Some(&(Kind::ForgedSeal, Some(4), None)));
    assert_eq!(greatest_id(&test), last);
}

#[test]
fn nobody_seals_on_top_of_a_forged_seal() {
    let (test, database, _) = two_seals();
    test.sabotage("UPDATE platform.audit_seals SET last_id = last_id + 100 WHERE number = 3");
    write_rows(&database, 10..11);
    let refused = Sealer::new().run(&database, &Actor::system(), MINUTE);
    assert!(
        matches!(&refused, Err(Error::NotReady(reason)) if reason.contains("audit verify")),
        "{refused:?}"
    );
}

/// Whoever takes away the newest seals with their rows leaves a chain that is sound; a head that was noted down tells.
#[test]
fn a_log_that_was_rolled_back_is_told_by_a_head_that_was_noted() {
    let (test, database, last) = two_seals();
    let head = verify(&database).head.unwrap().parse().unwrap();
    let with_head = || faults(&audit::verify(&database, &Actor::system(), Some(&head), |_, _| {}).unwrap());
    assert_eq!(with_head(), []);
    test.sabotage(&format!(
        "DELETE FROM platform.audit_seals WHERE number = 3; DELETE FROM platform.audit_log WHERE id > {last} - 5"
    ));
    assert_eq!(faults(&verify(&database)), []);
    assert_eq!(with_head(), [(Kind::MissingSeal, Some(3), None)]);
    write_rows(&database, 20..21);
    seal(&database);
    assert_eq!(with_head(), [(Kind::BrokenChain, Some(3), None)]);
}

#[test]
fn a_sequence_that_was_set_back_is_told() {
    let (test, database, last) = two_seals();
    test.sabotage("SELECT setval('platform.audit_log_id_seq', 2)");
    assert_eq!(faults(&verify(&database)), [(Kind::Sequence, None, Some(last))]);
}

/// A transaction that began before a seal and commits after it is in the next one, and nobody waits meanwhile.
#[test]
fn a_long_transaction_is_waited_for_by_the_sealer_alone() {
    let (test, database, _) = two_seals();
    let mut long = PgConnection::establish(&test.url("postgres")).unwrap();
    long.batch_execute("BEGIN; UPDATE split.users SET upi_id = phone_number").unwrap();
    write_rows(&database, 10..12);
    let mut sealer = Sealer::new();
    let actor = Actor::system();
    let waiting = Sealed { waiting: true, ..Sealed::default() };
    assert_eq!(sealer.run(&database, &actor, Duration::ZERO).unwrap(), waiting);
    write_rows(&database, 12..13);
    assert_eq!(sealer.run(&database, &actor, Duration::ZERO).unwrap(), waiting);
    assert_eq!(verify(&database).unsealed, 3);
    // Another that begins later is not waited for.
    long.batch_execute("COMMIT").unwrap();
    let mut later = PgConnection::establish(&test.url("postgres")).unwrap();
    later.batch_execute("BEGIN; UPDATE split.users SET upi_id = NULL").unwrap();
    assert_eq!(sealer.run(&database, &actor, Duration::ZERO).unwrap().rows, 12);
    later.batch_execute("COMMIT").unwrap();
    let verified = verify(&database);
    assert_eq!((faults(&verified), verified.unsealed), (Vec::new(), 11));
    assert_eq!(seal(&database).rows, 11);
    assert_eq!(verify(&database).unsealed, 0);
}

/// Twenty who write, two who seal, transactions that roll back, and one that began before the first seal.
#[test]
fn with_many_writers_every_row_ends_in_exactly_one_seal() {
    let test = TestDatabase::new();
    let database = test.database();
    let done = AtomicBool::new(false);
    let mut long = PgConnection::establish(&test.url("postgres")).unwrap();
    write_rows(&database, 9_000..9_001);
    long.batch_execute("BEGIN; UPDATE split.users SET name = NULL, upi_id = phone_number").unwrap();
    thread::scope(|scope| {
        let sealers: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    let mut sealer = Sealer::new();
                    while !done.load(Ordering::Relaxed) {
                        sealer.run(&database, &Actor::system(), Duration::from_millis(50)).unwrap();
                    }
                })
            })
            .collect();
        let writers: Vec<_> = (0..20_u32)
            .map(|writer| {
                let database = &database;
                scope.spawn(move || {
                    for turn in 0..20 {
                        let number = format!("+9198765{:05}", writer * 100 + turn);
                        let outcome = database.write::<_, Error>("test", &Actor::system(), |tx| {
                            let made = user(tx, &number);
                            let name = Some(Some(PersonName::parse("Asha").unwrap()));
                            users::update(tx, made.id, None, UserChanges { name, ..UserChanges::default() })?;
                            if turn % 5 == 0 { Err(Error::NotFound("anything")) } else { Ok(()) }
                        });
                        assert_eq!(outcome.is_err(), turn % 5 == 0);
                    }
                })
            })
            .collect();
        writers.into_iter().for_each(|writer| writer.join().unwrap());
        long.batch_execute("COMMIT").unwrap();
        done.store(true, Ordering::Relaxed);
        sealers.into_iter().for_each(|sealer| sealer.join().unwrap());
    });
    seal(&database);
    let rows: u64 = ask(&test, "SELECT count(*)::text AS line FROM platform.audit_log").parse().unwrap();
    // The key, one user and their change, and two rows for each of the transactions that were not rolled back.
    assert_eq!(rows, 1 + 2 + 20 * 16 * 2);
    let verified = verify(&database);
    assert_eq!((faults(&verified), verified.rows, verified.unsealed), (Vec::new(), rows, 0));
    let entries = ask(
        &test,
        "SELECT encode(substring(entries FROM 1 + 32 * n FOR 8), 'hex') AS line
           FROM platform.audit_seals, generate_series(0, row_count - 1) AS n",
    );
    let distinct: BTreeSet<&str> = entries.lines().collect();
    assert_eq!((distinct.len(), entries.lines().count()), (rows as usize, rows as usize));
}

/// More rows than a batch, as after an import.
#[test]
fn a_great_many_rows_are_sealed_in_batches() {
    let test = TestDatabase::new();
    let database = test.database();
    write_rows(&database, 0..1);
    test.sabotage(
        "INSERT INTO split.conversation_states (user_id, session_id)
         SELECT u.id, 's' || n FROM split.users u, generate_series(1, 2500) AS n",
    );
    let sealed = seal(&database);
    assert_eq!((sealed.seals, sealed.rows), (3, 2502));
    assert_eq!(faults(&verify(&database)), []);
    test.sabotage("DELETE FROM platform.audit_log WHERE id = (SELECT max(id) FROM platform.audit_log)");
    assert_eq!(faults(&verify(&database)).len(), 1);
}

#[test]
fn a_new_encryption_key_breaks_no_seal_and_an_old_one_can_be_given_up() {
    let (test, database, _) = two_seals();
    drop(database);
    let new = EncryptionKey::generate().unwrap().to_base64();
    let parse = || EncryptionKey::parse(&new).unwrap();
    let both = KeyRing::new(parse(), vec![EncryptionKey::parse(testing::KEY).unwrap()]).unwrap();
    Migrator::connect(test.url("postgres"), MINUTE).unwrap().register_key(&both).unwrap();
    let database = Database::connect(PoolOptions::new(test.url("strongroom_app")), &both).unwrap();
    write_rows(&database, 10..12);
    assert_eq!(seal(&database).rows, 3, "two users, and the key");
    assert_eq!(faults(&verify(&database)), []);
    // Once nothing is sealed with it any more, the old key goes.
    drop(database);
    test.sabotage("DELETE FROM platform.encryption_keys WHERE created_at = (SELECT min(created_at) FROM platform.encryption_keys)");
    let only_new = KeyRing::new(parse(), Vec::new()).unwrap();
    let database = Database::connect(PoolOptions::new(test.url("strongroom_app")), &only_new).unwrap();
    let verified = verify(&database);
    assert_eq!((faults(&verified), verified.seals, verified.unsealed), (Vec::new(), 4, 1));
}

#[test]
fn the_service_can_add_seals_and_nothing_else() {
    let (test, _database, _) = two_seals();
    let mut conn = PgConnection::establish(&test.url("strongroom_app")).unwrap();
    for refused in [
        "INSERT INTO platform.audit_log (actor, action, table_name, row_id) VALUES ('x', 'insert', 'x', 'x')",
        "UPDATE platform.audit_log SET actor = 'x'",
        "DELETE FROM platform.audit_log",
        "TRUNCATE platform.audit_log",
        "UPDATE platform.audit_log_default SET actor = 'x'",
        "DROP TABLE platform.audit_log_default",
        "UPDATE platform.audit_seals SET digest = previous",
        "DELETE FROM platform.audit_seals",
        "TRUNCATE platform.audit_seals",
        "SELECT setval('platform.audit_log_id_seq', 1)",
        "ALTER TABLE split.users DISABLE TRIGGER audit_update",
        "SET session_replication_role = replica",
    ] {
        let error = conn.batch_execute(refused).unwrap_err().to_string();
        assert!(error.contains("permission denied") || error.contains("must be owner"), "{refused}: {error}");
    }
}
