//! What happens when several do something to one report at the same moment.

use std::collections::BTreeSet;
use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use domain::Id;
use domain::export::{
    Certification, CertificationChanges, CertificationStatus, DocumentType, Figures, GeneratedDocument,
    NewPlan, Report, ReportStatus, User,
};
use repository::testing::TestDatabase;
use repository::{Actor, Database, Error as RepositoryError, Tx, ops};
use strongroom_service::export::{
    action_plan_progress, certification_progress, reports, user_metrics, users,
};
use strongroom_service::{Error, Result};

use crate::export_fixtures::{
    certification, data, document, exporter, new_certification, new_plan, new_report as new_report_of,
    new_user, report_of,
};
use crate::fixtures::conflict;

fn write<T>(database: &Database, work: impl Fn(&mut Tx<'_>) -> Result<T>) -> Result<T> {
    database.write("test", &Actor::system(), |tx| work(tx))
}

/// Does both at the same moment.
fn both<A: Send, B>(first: impl FnOnce() -> A + Send, second: impl FnOnce() -> B) -> (A, B) {
    let start = Barrier::new(2);
    thread::scope(|scope| {
        let first = scope.spawn(|| {
            start.wait();
            first()
        });
        start.wait();
        let second = second();
        (first.join().unwrap(), second)
    })
}

fn new_report(database: &Database, user: Id<User>) -> Id<Report> {
    write(database, |tx| Ok(report_of(tx, user))).unwrap()
}

fn complete(database: &Database, id: Id<Report>) -> Result<Report> {
    write(database, |tx| reports::complete(tx, id, Figures::default(), data("{}")))
}

fn go(database: &Database, id: Id<Certification>, status: CertificationStatus) -> Result<Certification> {
    let changes = CertificationChanges { status: Some(status), ..CertificationChanges::default() };
    write(database, |tx| certification_progress::update(tx, id, changes.clone()))
}

#[test]
fn fifty_completions_of_a_certificate_at_once_complete_it_once() {
    const CALLERS: usize = 50;
    let test = TestDatabase::new();
    let database = test.database();
    let user = write(&database, |tx| Ok(exporter(tx))).unwrap();
    let report = new_report(&database, user);
    let id = write(&database, |tx| Ok(certification(tx, report, "ce").id)).unwrap();
    let start = Barrier::new(CALLERS);
    let completed_at: BTreeSet<_> = thread::scope(|scope| {
        let call = || {
            start.wait();
            go(&database, id, CertificationStatus::Completed).unwrap().completed_at
        };
        let callers: Vec<_> = (0..CALLERS).map(|_| scope.spawn(call)).collect();
        callers.into_iter().map(|caller| caller.join().unwrap()).collect()
    });
    assert_eq!(completed_at.len(), 1, "all heard of the same completion: {completed_at:?}");
    let metrics = database.read("test", &Actor::system(), |conn| user_metrics::get(conn, user)).unwrap();
    assert_eq!(metrics.certifications_completed, 1);
    assert_eq!(conflict(go(&database, id, CertificationStatus::InProgress)), "illegal_transition");
}

#[test]
fn of_completion_and_failure_one_wins() {
    let test = TestDatabase::new();
    let database = test.database();
    let user = write(&database, |tx| Ok(exporter(tx))).unwrap();
    let mut completions = 0;
    for _ in 0..20 {
        let report = new_report(&database, user);
        let fail = || write(&database, |tx| reports::fail(tx, report, None));
        let (completed, failed) = both(|| complete(&database, report), fail);
        let (won, lost) = if completed.is_ok() { (completed, failed) } else { (failed, completed) };
        let won = won.unwrap();
        assert_eq!(conflict(lost), "illegal_transition");
        assert_eq!(database.read("test", &Actor::system(), |conn| reports::get(conn, report)).unwrap(), won);
        completions += i32::from(won.summary.status == ReportStatus::Completed);
    }
    let metrics = database.read("test", &Actor::system(), |conn| user_metrics::get(conn, user)).unwrap();
    assert_eq!(metrics.reports_generated, completions);
}

#[test]
fn of_two_invoices_with_one_number_at_once_the_later_one_is_warned_of() {
    let test = TestDatabase::new();
    let database = test.database();
    let user = write(&database, |tx| Ok(exporter(tx))).unwrap();
    let invoice = serde_json::json!({"invoice_number": "INV/2026-7"});
    let is_duplicate = |made: GeneratedDocument| {
        made.summary.validation_results.iter().any(|finding| finding.code.as_str() == "duplicate_number")
    };
    for _ in 0..20 {
        let report = new_report(&database, user);
        let make = || {
            write(&database, |tx| document(tx, report, DocumentType::CommercialInvoice, &invoice)).unwrap()
        };
        let (first, second) = both(make, make);
        assert!(is_duplicate(first) ^ is_duplicate(second), "one of the two, and not both");
    }
    let metrics = database.read("test", &Actor::system(), |conn| user_metrics::get(conn, user)).unwrap();
    assert_eq!(metrics.documents_generated, 40);
}

/// A plan whose tasks begin with a letter.
fn plan(letter: &str) -> NewPlan {
    let names: Vec<String> = (1..=7).map(|day| format!("{letter}{day}")).collect();
    let tasks: Vec<_> = names.iter().zip(1_i64..).map(|(name, day)| (name.as_str(), day, letter)).collect();
    new_plan(&tasks)
}

#[test]
fn two_plans_at_once_leave_one_whole_plan() {
    let test = TestDatabase::new();
    let database = test.database();
    let user = write(&database, |tx| Ok(exporter(tx))).unwrap();
    let (a, b) = (plan("a"), plan("b"));
    for _ in 0..20 {
        let report = new_report(&database, user);
        let put =
            |plan: &NewPlan| write(&database, |tx| Ok(action_plan_progress::put(tx, report, plan)?)).unwrap();
        let (first, second) = both(|| put(&a), || put(&b));
        let left =
            database.read("test", &Actor::system(), |conn| action_plan_progress::get(conn, report)).unwrap();
        assert_eq!(left.progress.total, 7);
        assert!(left == first || left == second, "{left:?}");
    }
}

#[test]
fn a_certificate_is_added_before_its_report_is_deleted_or_not_at_all() {
    let test = TestDatabase::new();
    let database = test.database();
    let user = write(&database, |tx| Ok(exporter(tx))).unwrap();
    for _ in 0..20 {
        let report = new_report(&database, user);
        let add = || write(&database, |tx| certification_progress::add(tx, new_certification(report, "ce")));
        let delete = || write(&database, |tx| Ok(reports::delete(tx, report, None)?));
        let (added, deleted) = both(add, delete);
        deleted.unwrap();
        let restored = write(&database, |tx| {
            reports::restore(tx, report)?;
            Ok(certification_progress::summary(tx, report)?)
        });
        let stored = match added {
            Ok((_, true)) => 1,
            Err(Error::Repository(RepositoryError::NotFound("report"))) => 0,
            other => panic!("{other:?}"),
        };
        assert_eq!(restored.unwrap().total(), stored);
    }
}

#[test]
fn a_report_never_gets_more_certificates_than_it_may_have() {
    const CALLERS: usize = 8;
    let test = TestDatabase::new();
    let database = test.database();
    let user = write(&database, |tx| Ok(exporter(tx))).unwrap();
    let report = new_report(&database, user);
    test.sabotage(
        "INSERT INTO export.certification_progress (report_id, user_id, certification_id, certification_name, certification_type)
         SELECT id, user_id, 'c' || n, 'CE', 'CE' FROM export.reports, generate_series(1, 497) n",
    );
    let start = Barrier::new(CALLERS);
    let added: usize = thread::scope(|scope| {
        let (start, database) = (&start, &database);
        let call = |n: usize| {
            start.wait();
            let new = new_certification(report, &format!("new{n}"));
            write(database, |tx| certification_progress::add(tx, new.clone())).is_ok()
        };
        let callers: Vec<_> = (0..CALLERS).map(|n| scope.spawn(move || call(n))).collect();
        callers.into_iter().map(|caller| usize::from(caller.join().unwrap())).sum()
    });
    assert_eq!(added, 3);
}

#[test]
fn an_erasure_leaves_nothing_of_what_was_under_way() {
    let test = TestDatabase::new();
    let database = test.database();
    for n in 0..20 {
        let user = write(&database, |tx| users::create(tx, new_user(&format!("u{n}@x.example")))).unwrap().id;
        let report = new_report(&database, user);
        let id = write(&database, |tx| Ok(certification(tx, report, "ce").id)).unwrap();
        let work = || {
            let done = go(&database, id, CertificationStatus::Completed).map(drop);
            let added =
                write(&database, |tx| certification_progress::add(tx, new_certification(report, "fda")))
                    .map(drop);
            let made = write(&database, |tx| reports::create(tx, new_report_of(user))).map(drop);
            [complete(&database, report).map(drop), done, added, made]
        };
        let (outcomes, erased) = both(work, || write(&database, |tx| users::erase(tx, user, None)));
        assert_eq!(erased.unwrap().count("users"), 1);
        for outcome in outcomes {
            match outcome {
                Ok(()) | Err(Error::Invalid(_) | Error::Repository(RepositoryError::NotFound(_))) => {}
                other => panic!("{other:?}"),
            }
        }
    }
    for table in ["users", "reports", "certification_progress", "user_metrics"] {
        let sql = format!("SELECT count(*) AS n FROM export.{table}");
        let rows =
            ops::query::read(test.url("strongroom_reader"), Duration::from_secs(30), "export", &sql).unwrap();
        assert_eq!(rows.rows[0]["n"], 0, "{table}");
    }
}
