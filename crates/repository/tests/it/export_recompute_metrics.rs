//! Counts that are not what the stored rows come to.

use std::sync::mpsc;
use std::thread;

use diesel::{Connection as _, PgConnection, RunQueryDsl as _};
use strongroom_repository::domain::export::{Figures, User};
use strongroom_repository::domain::{Id, JsonObject};
use strongroom_repository::export::recompute_metrics::{self, Outcome};
use strongroom_repository::export::{generated_documents, reports, user_metrics, users};
use strongroom_repository::testing::{TestDatabase, execute};
use strongroom_repository::{Actor, Database, Error, Tx};

use crate::export_fixtures::{exporter, new_document, new_report};

fn write<T>(database: &Database, mut work: impl FnMut(&mut Tx<'_>) -> T) -> T {
    database.write::<T, Error>("test", &Actor::system(), |tx| Ok(work(tx))).unwrap()
}

/// A user with two completed reports, one of them deleted, and what the counts say.
fn user(tx: &mut Tx<'_>, address: &str, counted: usize) -> Id<User> {
    let user = exporter(tx, address).unwrap().id;
    for _ in 0..2 {
        completed(tx, user);
    }
    let deleted = reports::insert(tx, new_report(user)).unwrap().summary.id;
    reports::soft_delete(tx, deleted, None).unwrap();
    for _ in 0..counted {
        user_metrics::count_report(tx, user).unwrap();
    }
    user
}

fn completed(tx: &mut Tx<'_>, user: Id<User>) {
    let report = reports::insert(tx, new_report(user)).unwrap().summary.id;
    reports::complete(tx, report, Figures::default(), JsonObject::default()).unwrap().unwrap();
}

fn run(database: &Database, lower: bool, dry_run: bool) -> Vec<(Id<User>, i32, i64, Outcome)> {
    let drifts = recompute_metrics::run(database, &Actor::system(), lower, dry_run).unwrap();
    assert!(drifts.iter().all(|drift| drift.metric == "reports_generated"));
    drifts.into_iter().map(|it| (Id::from_uuid(it.user_id), it.stored, it.counted, it.outcome)).collect()
}

fn counts(database: &Database, users: &[Id<User>]) -> Vec<i32> {
    let count = |user: &Id<User>| {
        let read = database.read("test", &Actor::system(), |conn| user_metrics::get_for_user(conn, *user));
        read.unwrap().reports_generated
    };
    users.iter().map(count).collect()
}

#[test]
fn what_is_too_low_is_raised_and_what_is_too_high_is_lowered_on_demand() {
    let test = TestDatabase::new();
    let database = test.database();
    let made = write(&database, |tx| {
        [user(tx, "a@x.example", 0), user(tx, "b@x.example", 2), user(tx, "c@x.example", 5)]
    });
    let [low, _, high] = made;
    let raised = vec![(low, 0, 2, Outcome::Raised), (high, 5, 2, Outcome::Kept)];
    assert_eq!(run(&database, false, true), raised);
    assert_eq!(counts(&database, &made), [0, 2, 5], "a dry run changes nothing");
    assert_eq!(run(&database, false, false), raised);
    assert_eq!(counts(&database, &made), [2, 2, 5]);
    assert_eq!(run(&database, true, false), [(high, 5, 2, Outcome::Lowered)]);
    assert_eq!(counts(&database, &made), [2, 2, 2]);
    assert_eq!(run(&database, true, false), []);
}

#[test]
fn documents_are_counted_like_reports() {
    let test = TestDatabase::new();
    let database = test.database();
    write(&database, |tx| {
        let user = exporter(tx, "a@x.example").unwrap().id;
        let report = reports::insert(tx, new_report(user)).unwrap().summary.id;
        for _ in 0..2 {
            generated_documents::insert(tx, new_document(report), Vec::new()).unwrap();
        }
        execute(tx, "UPDATE export.user_metrics SET documents_generated = documents_generated - 1");
    });
    let drifts = || recompute_metrics::run(&database, &Actor::system(), false, false).unwrap();
    let drift = &drifts()[0];
    assert_eq!((drift.metric.as_str(), drift.stored, drift.counted), ("documents_generated", 1, 2));
    assert_eq!((drift.outcome, drifts()), (Outcome::Raised, vec![]));
}

#[test]
fn deleted_users_and_their_reports_count_too() {
    let test = TestDatabase::new();
    let database = test.database();
    let made = write(&database, |tx| {
        let made = [
            user(tx, "a@x.example", 0),
            exporter(tx, "b@x.example").unwrap().id,
            exporter(tx, "c@x.example").unwrap().id,
        ];
        users::soft_delete(tx, made[0], None).unwrap();
        made
    });
    run(&database, true, false);
    write(&database, |tx| users::restore(tx, made[0]).unwrap());
    assert_eq!(counts(&database, &made), [2, 0, 0]);
}

/// Whether somebody waits for a lock in this database.
fn somebody_waits(test: &TestDatabase) -> bool {
    let mut conn = PgConnection::establish(&test.url("postgres")).unwrap();
    let waiting =
        "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    diesel::sql_query(waiting).execute(&mut conn).unwrap() > 0
}

#[test]
fn an_event_that_is_under_way_counts_once() {
    let test = TestDatabase::new();
    let database = test.database();
    let made = write(&database, |tx| {
        [user(tx, "a@x.example", 5), user(tx, "b@x.example", 2), user(tx, "c@x.example", 2)]
    });
    let (stored, waits) = mpsc::channel();
    let (go_on, waiting) = mpsc::channel();
    thread::scope(|scope| {
        let database = &database;
        scope.spawn(move || {
            write(database, |tx| {
                completed(tx, made[0]);
                user_metrics::count_report(tx, made[0]).unwrap();
                stored.send(()).unwrap();
                waiting.recv().unwrap();
            });
        });
        waits.recv().unwrap();
        let recomputing = scope.spawn(|| run(database, true, false));
        while !recomputing.is_finished() && !somebody_waits(&test) {}
        go_on.send(()).unwrap();
        assert_eq!(recomputing.join().unwrap(), [(made[0], 6, 3, Outcome::Lowered)]);
    });
    assert_eq!(counts(&database, &made), [3, 2, 2]);
}
