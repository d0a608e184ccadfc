//! Which reports and exporters go for good, and when.

use strongroom_repository::export::reports;
use strongroom_repository::ops::cleanup::{self, Plan};
use strongroom_repository::ops::{Session, stats};
use strongroom_repository::testing::TestDatabase;
use strongroom_repository::{Actor, Database, Error, Tx};

use crate::export_fixtures::{exporter, new_report, owned};

fn write<T>(database: &Database, mut work: impl FnMut(&mut Tx<'_>) -> T) -> T {
    database.write::<T, Error>("test", &Actor::system(), |tx| Ok(work(tx))).unwrap()
}

fn clean(database: &Database) -> Vec<(&'static str, usize)> {
    let plan = Plan { system: Some("export"), ..Plan::default() };
    let report = cleanup::run(database, &Actor::system(), &plan, |_| {}).unwrap();
    report.into_iter().map(|cleaned| (cleaned.rule, cleaned.rows)).filter(|(_, rows)| *rows > 0).collect()
}

/// Makes everything so many days older.
fn age(test: &TestDatabase, days: u32) {
    test.sabotage(&format!(
        "SET session_replication_role = replica;
         UPDATE export.reports SET updated_at = updated_at - interval '{days} days', deleted_at = deleted_at - interval '{days} days';
         UPDATE export.users SET deleted_at = deleted_at - interval '{days} days'"
    ));
}

#[test]
fn failed_and_deleted_reports_go_with_what_belongs_to_them() {
    let test = TestDatabase::new();
    let database = test.database();
    let (user, kept) = write(&database, |tx| {
        let [failed, deleted, retried] =
            ["a@x.example", "b@x.example", "c@x.example"].map(|address| owned(tx, address).unwrap());
        reports::fail(tx, failed.report, None).unwrap();
        reports::soft_delete(tx, deleted.report, None).unwrap();
        reports::fail(tx, retried.report, None).unwrap();
        reports::retry(tx, retried.report).unwrap();
        (failed.user, retried.report)
    });
    age(&test, 29);
    assert_eq!(clean(&database), []);
    age(&test, 2);
    assert_eq!(clean(&database), [("failed-reports", 1), ("deleted-reports", 1)]);
    write(&database, |tx| {
        reports::get(tx, kept).unwrap();
        reports::insert(tx, new_report(user)).unwrap();
    });
    let mut session = Session::connect(test.url("strongroom_app"), std::time::Duration::ZERO).unwrap();
    let stats = stats::tables(&mut session).unwrap();
    let rows = |name: &str| stats.iter().find(|table| table.table == name).map(|table| table.rows);
    assert_eq!(
        (rows("export.certification_progress"), rows("export.action_plan_progress")),
        (Some(1), Some(1))
    );
}

#[test]
fn a_deleted_exporter_goes_when_no_report_is_left() {
    let test = TestDatabase::new();
    let database = test.database();
    write(&database, |tx| {
        let rows = owned(tx, "a@x.example").unwrap();
        strongroom_repository::export::users::soft_delete(tx, rows.user, None).unwrap();
        exporter(tx, "b@x.example").unwrap();
    });
    age(&test, 31);
    // As if the report had come in at the very moment of the deletion.
    test.sabotage("UPDATE export.reports SET deleted_at = NULL, deletion_id = NULL");
    assert_eq!(clean(&database), []);
    test.sabotage(
        "UPDATE export.reports SET deleted_at = now() - interval '31 days', deletion_id = gen_random_uuid()",
    );
    assert_eq!(clean(&database), [("deleted-reports", 1), ("deleted-exporters", 1)]);
}

#[test]
fn statistics_break_living_rows_down() {
    let test = TestDatabase::new();
    let database = test.database();
    write(&database, |tx| {
        let [first, second, deleted] =
            ["a@x.example", "b@x.example", "c@x.example"].map(|address| owned(tx, address).unwrap());
        reports::fail(tx, second.report, None).unwrap();
        strongroom_repository::export::users::soft_delete(tx, deleted.user, None).unwrap();
        reports::insert(tx, new_report(first.user)).unwrap();
    });
    let mut session = Session::connect(test.url("strongroom_app"), std::time::Duration::ZERO).unwrap();
    let stats = stats::tables(&mut session).unwrap();
    let by = |name: &str| {
        let table = stats.iter().find(|table| table.table == name).unwrap();
        serde_json::to_string(&table.by).unwrap()
    };
    assert_eq!(by("export.users"), r#"{"business_type":{"SaaS":2}}"#);
    assert_eq!(by("export.reports"), r#"{"status":{"failed":1,"processing":2}}"#);
    assert_eq!(by("export.certification_progress"), r#"{"status":{"not_started":3}}"#);
    assert_eq!(by("export.user_metrics"), "{}");
}
