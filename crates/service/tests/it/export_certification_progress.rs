//! Certificates: their steps, their documents and what is counted of them.

use domain::export::CertificationStatus::{self, Completed, InProgress, Rejected};
use domain::export::{
    Certification, CertificationChanges, CertificationSummary, DocumentChanges, NewCertification,
};
use domain::{Id, Limit, PageRequest, Text};
use repository::{Tx, testing};
use strongroom_service::Result;
use strongroom_service::export::{certification_progress, reports, user_metrics};

use crate::export_fixtures::{certification, exporter, new_certification, not_found, report, report_of};
use crate::fixtures::{conflict, violation};

fn go(tx: &mut Tx<'_>, id: Id<Certification>, status: CertificationStatus) -> Result<Certification> {
    let changes = CertificationChanges { status: Some(status), ..CertificationChanges::default() };
    certification_progress::update(tx, id, changes)
}

fn documents(
    tx: &mut Tx<'_>,
    id: Id<Certification>,
    add: &[String],
    remove: &[&str],
) -> Result<Certification> {
    let add = add.iter().map(|name| Text::parse(name).unwrap()).collect();
    let remove = remove.iter().map(|name| Text::parse(name).unwrap()).collect();
    let documents = DocumentChanges::new(add, remove)?;
    certification_progress::update(tx, id, CertificationChanges { documents, ..Default::default() })
}

#[test]
fn adding_one_that_is_there_leaves_it_as_it_is() {
    testing::check(|tx| {
        let report = report(tx);
        let (made, new) = certification_progress::add(tx, new_certification(report, "ce")).unwrap();
        assert!(new);
        assert_eq!(certification_progress::get(tx, made.id).unwrap(), made);
        let begun = go(tx, made.id, InProgress).unwrap();
        let again = NewCertification {
            certification_name: Text::parse("Another name").unwrap(),
            ..new_certification(report, "ce")
        };
        assert_eq!(certification_progress::add(tx, again).unwrap(), (begun, false));
        assert!(certification_progress::add(tx, new_certification(report, "CE")).unwrap().1, "to the letter");
    });
}

#[test]
fn a_report_has_at_most_500() {
    testing::check(|tx| {
        let report = report(tx);
        certification(tx, report, "first");
        testing::execute(
            tx,
            "INSERT INTO export.certification_progress (report_id, user_id, certification_id, certification_name, certification_type)
             SELECT id, user_id, 'c' || n, 'CE', 'CE' FROM export.reports, generate_series(1, 498) n",
        );
        certification(tx, report, "last");
        let full = certification_progress::add(tx, new_certification(report, "more"));
        assert_eq!(violation(full), ("/certification_id".to_owned(), "too_many"));
        assert!(!certification_progress::add(tx, new_certification(report, "first")).unwrap().1);
        assert_eq!(certification_progress::summary(tx, report).unwrap().total(), 500);
    });
}

#[test]
fn the_first_completion_counts_and_is_final() {
    testing::check(|tx| {
        let user = exporter(tx);
        let report = report_of(tx, user);
        let id = certification(tx, report, "ce").id;
        let rejected = go(tx, id, Rejected);
        assert_eq!(conflict(rejected), "illegal_transition");
        let begun = go(tx, id, InProgress).unwrap();
        assert_eq!((begun.started_at, begun.completed_at), (Some(tx.now), None));
        go(tx, id, Rejected).unwrap();
        testing::execute(
            tx,
            "UPDATE export.certification_progress SET started_at = started_at - interval '1 day'",
        );
        let before = certification_progress::get(tx, id).unwrap().started_at;
        assert_eq!(go(tx, id, InProgress).unwrap().started_at, before, "the first start stays");
        let completed = go(tx, id, Completed).unwrap();
        assert_eq!((completed.started_at, completed.completed_at), (before, Some(tx.now)));
        assert_eq!(go(tx, id, Completed).unwrap(), completed);
        assert_eq!(conflict(go(tx, id, InProgress)), "illegal_transition");
        documents(tx, id, &["certificate".to_owned()], &[]).unwrap();
        assert_eq!(user_metrics::get(tx, user).unwrap().certifications_completed, 1);
        let at_once = certification(tx, report, "reach").id;
        assert_eq!(go(tx, at_once, Completed).unwrap().started_at, Some(tx.now));
        certification_progress::delete(tx, at_once).unwrap();
        assert_eq!(
            user_metrics::get(tx, user).unwrap().certifications_completed,
            2,
            "what was done stays done"
        );
    });
}

#[test]
fn documents_are_added_and_removed_in_the_stored_set() {
    testing::check(|tx| {
        let report = report(tx);
        let id = certification(tx, report, "ce").id;
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        documents(tx, id, &names(&["b", " a ", "b"]), &[]).unwrap();
        let changed = documents(tx, id, &names(&["c", "A"]), &["b", "x"]).unwrap();
        let stored: Vec<_> = changed.documents_completed.iter().map(Text::as_str).collect();
        assert_eq!(stored, ["a", "c", "A"]);
        assert_eq!(certification_progress::get(tx, id).unwrap(), changed);
        let many: Vec<String> = (0..98).map(|n| n.to_string()).collect();
        let full = documents(tx, id, &many, &[]);
        assert_eq!(violation(full), ("/add_documents".to_owned(), "too_many"));
        let both = documents(tx, id, &names(&["d", "e"]), &["x", "e"]);
        assert_eq!(violation(both), ("/remove_documents/1".to_owned(), "in_both"));
        assert_eq!(certification_progress::get(tx, id).unwrap(), changed, "nothing of it was stored");
    });
}

#[test]
fn a_change_keeps_what_it_does_not_name_and_clears_what_is_null() {
    testing::check(|tx| {
        let report = report(tx);
        let id = certification(tx, report, "ce").id;
        let note = |text: Option<&str>| CertificationChanges {
            notes: Some(text.map(|text| Text::parse(text).unwrap())),
            ..CertificationChanges::default()
        };
        let noted = certification_progress::update(tx, id, note(Some("ask the lab"))).unwrap();
        assert_eq!(noted.notes.as_ref().unwrap().as_str(), "ask the lab");
        assert_eq!(go(tx, id, InProgress).unwrap().notes, noted.notes);
        assert_eq!(certification_progress::update(tx, id, note(None)).unwrap().notes, None);
    });
}

#[test]
fn the_summary_counts_each_status() {
    testing::check(|tx| {
        let report = report(tx);
        assert_eq!(
            certification_progress::summary(tx, report).unwrap().completion_percentage().to_string(),
            "0.00"
        );
        for n in 0..7 {
            let id = certification(tx, report, &format!("c{n}")).id;
            let steps: &[CertificationStatus] = match n {
                0 | 1 => &[Completed],
                2..5 => &[InProgress],
                5 => &[InProgress, Rejected],
                _ => &[],
            };
            for step in steps {
                go(tx, id, *step).unwrap();
            }
        }
        let summary = certification_progress::summary(tx, report).unwrap();
        assert_eq!(
            summary,
            CertificationSummary { not_started: 1, in_progress: 3, completed: 2, rejected: 1 }
        );
        assert_eq!((summary.total(), summary.completion_percentage().to_string()), (7, "28.57".to_owned()));
    });
}

#[test]
fn a_list_goes_from_the_newest_to_the_oldest() {
    testing::check(|tx| {
        let user = exporter(tx);
        let (report, other) = (report_of(tx, user), report_of(tx, user));
        assert!(certification_progress::list(tx, report, PageRequest::default()).unwrap().items.is_empty());
        let made: Vec<_> = (0..3).map(|n| certification(tx, report, &n.to_string()).id).collect();
        certification(tx, other, "0");
        let mut request = PageRequest { limit: Limit::new(2).unwrap(), after: None };
        let first = certification_progress::list(tx, report, request).unwrap();
        request.after = first.next;
        let second = certification_progress::list(tx, report, request).unwrap();
        let listed: Vec<_> = first.items.iter().chain(&second.items).map(|it| it.id).collect();
        assert_eq!((listed, second.next), (vec![made[2], made[1], made[0]], None));
    });
}

#[test]
fn what_hangs_on_a_deleted_report_is_as_absent_as_the_report() {
    testing::check(|tx| {
        let report = report(tx);
        let id = certification(tx, report, "ce").id;
        reports::delete(tx, report, None).unwrap();
        assert_eq!(not_found(certification_progress::get(tx, id)), "certification");
        assert_eq!(not_found(go(tx, id, InProgress)), "certification");
        assert_eq!(not_found(certification_progress::delete(tx, id)), "certification");
        assert_eq!(not_found(certification_progress::add(tx, new_certification(report, "ce"))), "report");
        assert_eq!(not_found(certification_progress::summary(tx, report)), "report");
        assert_eq!(not_found(certification_progress::list(tx, report, PageRequest::default())), "report");
        reports::restore(tx, report).unwrap();
        certification_progress::delete(tx, id).unwrap();
        assert_eq!(not_found(certification_progress::get(tx, id)), "certification");
    });
}
