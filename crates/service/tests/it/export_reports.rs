//! Reports: what becomes of them, and what is derived from what the agent wrote.

use domain::export::{
    Figures, HsCode, HsPrefix, ReportChanges, ReportFilter, ReportStatus, ReportSummary, RiskScore,
};
use domain::{Amount, Id, Limit, Note, Page, PageRequest, Text};
use repository::{Error as RepositoryError, Tx, testing};
use strongroom_service::Error;
use strongroom_service::export::{reports, user_metrics, users};

use crate::export_fixtures::{completed, data, exporter, new_report, not_found, report, report_of};
use crate::fixtures::{conflict, violation};

fn code(text: &str) -> HsCode {
    HsCode::parse(text).unwrap()
}

#[test]
fn a_report_of_nobody_is_refused_at_the_field() {
    testing::check(|tx| {
        let outcome = reports::create(tx, new_report(Id::generate()));
        assert_eq!(violation(outcome), ("/user_id".to_owned(), "unknown_user"));
    });
}

#[test]
fn each_step_leads_from_one_status_to_another_and_nowhere_else() {
    testing::check(|tx| {
        let complete = |tx: &mut Tx<'_>, id| reports::complete(tx, id, Figures::default(), data("{}"));
        let id = report(tx);
        assert_eq!(conflict(reports::retry(tx, id)), "illegal_transition");
        let failed =
            reports::fail(tx, id, Some(&Note::parse("the model was down").unwrap())).unwrap().summary;
        assert_eq!((failed.status, failed.row_version), (ReportStatus::Failed, 2));
        assert_eq!(failed.failure_reason.as_ref().unwrap().expose(), "the model was down");
        assert_eq!(conflict(reports::fail(tx, id, None)), "illegal_transition");
        assert_eq!(conflict(complete(tx, id)), "illegal_transition");
        let retried = reports::retry(tx, id).unwrap().summary;
        assert_eq!((retried.status, retried.failure_reason), (ReportStatus::Processing, None));
        assert_eq!(conflict(reports::retry(tx, id)), "illegal_transition");
        assert_eq!(complete(tx, id).unwrap().summary.status, ReportStatus::Completed);
        assert_eq!(conflict(complete(tx, id)), "illegal_transition");
        assert_eq!(conflict(reports::fail(tx, id, None)), "illegal_transition");
        assert_eq!(conflict(reports::retry(tx, id)), "illegal_transition");
        reports::delete(tx, id, None).unwrap();
        assert_eq!(not_found(complete(tx, id)), "report");
        assert_eq!(not_found(reports::retry(tx, Id::generate())), "report");
    });
}

#[test]
fn completion_stores_the_report_and_its_figures_and_counts_once() {
    testing::check(|tx| {
        let user = exporter(tx);
        let id = report_of(tx, user);
        let text = r#"{"hs_code": {"code": "0910.30.30", "confidence": 92.505},
                       "costs": {"total": 80000, "certifications": 45000, "documentation": 5000, "logistics": 30000.01},
                       "timeline": {"estimated_days": 45, "breakdown": [{"duration_days": 20}, {"duration_days": 15}, {"duration_days": 9}]},
                       "exact": 12345678901234567890.10, "b": [null, {}]}"#;
        let given = Figures { risk_score: RiskScore::new(40).ok(), ..Figures::default() };
        let report = reports::complete(tx, id, given, data(text)).unwrap();
        let Figures { hs_code, hs_code_confidence, risk_score, estimated_cost, estimated_timeline_days } =
            report.summary.figures.clone();
        assert_eq!(
            (hs_code.unwrap().as_str(), hs_code_confidence.unwrap().to_string().as_str()),
            ("09103030", "92.51")
        );
        assert_eq!(
            (risk_score.unwrap().get(), estimated_cost.unwrap().to_string().as_str()),
            (40, "80000.00")
        );
        assert_eq!(estimated_timeline_days.unwrap().get(), 45);
        assert_eq!(report.report_data, data(text));
        assert_eq!(reports::get(tx, id).unwrap(), report);
        assert!(reports::complete(tx, id, Figures::default(), data("{}")).is_err());
        assert_eq!(user_metrics::get(tx, user).unwrap().reports_generated, 1);
    });
}

#[test]
fn what_contradicts_itself_is_not_stored() {
    testing::check(|tx| {
        let user = exporter(tx);
        let id = report_of(tx, user);
        let mut refused =
            |given: Figures, text: &str| violation(reports::complete(tx, id, given, data(text)));
        let costs = r#"{"costs": {"total": 80000.03, "certifications": 45000, "documentation": 5000, "logistics": 30000.01}}"#;
        let expected = ("/report_data/costs/total".to_owned(), "total_mismatch");
        assert_eq!(refused(Figures::default(), costs), expected);
        let days = r#"{"timeline": {"estimated_days": 45, "breakdown": [{"duration_days": 20}, {"duration_days": 15}, {"duration_days": 8}]}}"#;
        let expected = ("/report_data/timeline/estimated_days".to_owned(), "days_mismatch");
        assert_eq!(refused(Figures::default(), days), expected);
        let risk = Figures { risk_score: RiskScore::new(40).ok(), ..Figures::default() };
        assert_eq!(refused(risk, r#"{"risk_score": 41}"#), ("/risk_score".to_owned(), "disagrees"));
        assert_eq!(reports::get(tx, id).unwrap().summary.row_version, 1);
        assert_eq!(user_metrics::get(tx, user).unwrap().reports_generated, 0);
    });
}

#[test]
fn the_hs_code_of_a_completed_report_is_replaced_for_certain() {
    testing::check(|tx| {
        let id = report(tx);
        let replacement = code("0910.30.30");
        assert_eq!(conflict(reports::set_hs_code(tx, id, &replacement)), "report_not_completed");
        let before = completed(
            tx,
            id,
            r#"{"hs_code": {"code": "091099", "confidence": 61.5, "description": "Spices"}, "x": 0.10}"#,
        );
        assert_eq!(before.summary.figures.hs_code, Some(code("091099")));
        let after = reports::set_hs_code(tx, id, &replacement).unwrap();
        assert_eq!(
            after.report_data,
            data(
                r#"{"hs_code": {"code": "09103030", "confidence": 100, "description": "Spices"}, "x": 0.10}"#
            )
        );
        assert_eq!(after.summary.figures.hs_code, Some(replacement.clone()));
        assert_eq!(after.summary.figures.hs_code_confidence.unwrap().to_string(), "100.00");
        assert_eq!(after.summary.row_version, before.summary.row_version + 1);
        assert_eq!(
            reports::set_hs_code(tx, id, &replacement).unwrap(),
            after,
            "the same again changes nothing"
        );
        assert_eq!(reports::get(tx, id).unwrap(), after);
        let other = reports::set_hs_code(tx, id, &code("85 39.52")).unwrap();
        assert_eq!(other.summary.figures.hs_code.unwrap().as_str(), "853952");
    });
}

#[test]
fn what_a_report_is_made_from_changes_until_it_is_completed() {
    testing::check(|tx| {
        let id = report(tx);
        let changes = ReportChanges {
            destination_country: Text::parse("Kenya").ok(),
            bom: Some(Text::parse("Jar").ok()),
            ..ReportChanges::default()
        };
        let changed = reports::update(tx, id, Some(1), changes.clone()).unwrap();
        assert_eq!(changed.summary.destination_country.as_str(), "Kenya");
        assert_eq!((changed.bom.unwrap().as_str(), changed.summary.row_version), ("Jar", 2));
        let cleared = ReportChanges { bom: Some(None), ..ReportChanges::default() };
        assert_eq!(reports::update(tx, id, None, cleared).unwrap().bom, None);
        let stale = reports::update(tx, id, Some(1), changes.clone());
        assert!(
            matches!(stale, Err(Error::Repository(RepositoryError::StaleVersion { current: 3 }))),
            "{stale:?}"
        );
        reports::fail(tx, id, None).unwrap();
        reports::update(tx, id, None, changes.clone()).unwrap();
        reports::retry(tx, id).unwrap();
        let report = completed(tx, id, "{}");
        assert_eq!(conflict(reports::update(tx, id, None, changes.clone())), "report_is_final");
        assert_eq!(reports::update(tx, id, None, ReportChanges::default()).unwrap(), report);
        let stale = reports::update(tx, id, Some(1), changes);
        assert!(matches!(stale, Err(Error::Repository(RepositoryError::StaleVersion { .. }))), "{stale:?}");
    });
}

#[test]
fn lists_show_what_passes_every_filter_newest_first() {
    testing::check(|tx| {
        let user = exporter(tx);
        let mut made = Vec::new();
        for (n, destination) in ["Germany", "Kenya", "germany", "Germany", "Peru"].into_iter().enumerate() {
            let new = domain::export::NewReport {
                destination_country: Text::parse(destination).unwrap(),
                ..new_report(user)
            };
            let id = reports::create(tx, new).unwrap().summary.id;
            testing::execute(
                tx,
                &format!(
                    "UPDATE export.reports SET created_at = '2026-11-0{} 12:00:00+00' WHERE id = '{id}'",
                    n + 1
                ),
            );
            made.push(id);
        }
        completed(tx, made[0], r#"{"hs_code": {"code": "091030"}, "risk_score": 20}"#);
        completed(tx, made[1], r#"{"hs_code": {"code": "09103030"}, "risk_score": 60}"#);
        completed(tx, made[4], r#"{"hs_code": {"code": "853952"}}"#);
        reports::fail(tx, made[2], None).unwrap();
        let page = |tx: &mut Tx<'_>, filter: &ReportFilter, request: PageRequest| -> Page<ReportSummary> {
            let of_all = reports::list(tx, filter, request).unwrap();
            let of_user = reports::list_for_user(tx, user, filter, request).unwrap();
            assert!(of_user.items.iter().all(|report| of_all.items.contains(report)));
            of_user
        };
        let mut listed = |filter: ReportFilter| -> Vec<usize> {
            let found = page(tx, &filter, PageRequest::default()).items;
            found.iter().map(|report| made.iter().position(|id| *id == report.id).unwrap()).collect()
        };
        let none = ReportFilter::default;
        assert_eq!(listed(none()), [4, 3, 2, 1, 0]);
        assert_eq!(listed(ReportFilter { status: Some(ReportStatus::Completed), ..none() }), [4, 1, 0]);
        for (prefix, found) in
            [("09", vec![1, 0]), ("0910303", vec![1]), ("091030", vec![1, 0]), ("10", vec![])]
        {
            assert_eq!(
                listed(ReportFilter { hs_code: HsPrefix::parse(prefix).ok(), ..none() }),
                found,
                "{prefix}"
            );
        }
        assert_eq!(listed(ReportFilter { destination: Text::parse("Germany").ok(), ..none() }), [3, 0]);
        let day = |text: &str| Some(text.parse().unwrap());
        let (from, to) = (day("2026-11-02T12:00:00Z"), day("2026-11-04T12:00:00Z"));
        assert_eq!(listed(ReportFilter { from, to, ..none() }), [2, 1]);
        let risk = |score| RiskScore::new(score).ok();
        for (min_risk, max_risk, found) in [
            (risk(20), None, vec![1, 0]),
            (risk(21), None, vec![1]),
            (None, risk(60), vec![1, 0]),
            (None, risk(59), vec![0]),
            (risk(0), risk(100), vec![1, 0]),
            (risk(30), risk(40), vec![]),
        ] {
            assert_eq!(listed(ReportFilter { min_risk, max_risk, ..none() }), found);
        }
        let both = ReportFilter { hs_code: HsPrefix::parse("09").ok(), max_risk: risk(20), ..none() };
        assert_eq!(listed(both), [0]);

        let mut request = PageRequest { limit: Limit::new(3).unwrap(), after: None };
        let first = page(tx, &none(), request);
        request.after = first.next;
        let second = page(tx, &none(), request);
        assert_eq!((first.items.len(), second.items.len(), second.next), (3, 2, None));
        assert_eq!(second.items[1].id, made[0]);
    });
}

#[test]
fn an_empty_list_is_told_from_that_of_nobody() {
    testing::check(|tx| {
        let user = exporter(tx);
        let list = |tx: &mut Tx<'_>, user| {
            reports::list_for_user(tx, user, &ReportFilter::default(), PageRequest::default())
        };
        assert!(list(tx, user).unwrap().items.is_empty());
        assert_eq!(not_found(list(tx, Id::generate())), "user");
        users::delete(tx, user, None).unwrap();
        assert_eq!(not_found(list(tx, user)), "user");
    });
}

#[test]
fn restoring_a_user_brings_back_what_went_along_and_a_report_deleted_before_only_by_itself() {
    testing::check(|tx| {
        let user = exporter(tx);
        let (a, b) = (report_of(tx, user), report_of(tx, user));
        reports::delete(tx, a, Some(1)).unwrap();
        assert_eq!(not_found(reports::delete(tx, a, None)), "report");
        users::delete(tx, user, None).unwrap();
        assert_eq!(not_found(reports::restore(tx, a)), "report");
        assert_eq!(not_found(reports::get(tx, b)), "report");
        users::restore(tx, user).unwrap();
        reports::get(tx, b).unwrap();
        assert_eq!(not_found(reports::get(tx, a)), "report");
        assert_eq!(reports::restore(tx, a).unwrap().summary.id, a);
        assert_eq!(
            reports::restore(tx, a).unwrap(),
            reports::get(tx, a).unwrap(),
            "a living one stays as it is"
        );
        assert_eq!(not_found(reports::restore(tx, Id::generate())), "report");
    });
}

#[test]
fn a_cost_that_no_column_holds_is_refused() {
    testing::check(|tx| {
        let id = report(tx);
        let most = completed(tx, id, &format!(r#"{{"costs": {{"total": "{}"}}}}"#, Amount::MAX));
        assert_eq!(most.summary.figures.estimated_cost, Some(Amount::MAX));
        let id = report_of(tx, most.summary.user_id);
        let more =
            reports::complete(tx, id, Figures::default(), data(r#"{"costs": {"total": 9999999999.995}}"#));
        assert_eq!(violation(more), ("/report_data/costs/total".to_owned(), "too_large"));
    });
}
