//! What exporters have done, and where they stand.

use domain::Amount;
use domain::export::{
    CertificationChanges, CertificationStatus, CertificationSummary, DaysSaved, DocumentCounts, DocumentType,
    Figures, NewExport, Progress, ReportCounts, UserMetrics,
};
use repository::{Error as RepositoryError, Tx, testing};
use serde_json::json;
use strongroom_service::export::{
    action_plan_progress, certification_progress, reports, user_metrics, users,
};
use strongroom_service::{Error, Result};

use crate::export_fixtures::{
    certification, data, document, exporter, new_plan, new_user, report_of, task_id, valid_lut,
};
use crate::fixtures::{amount, violations};

fn export(at: Option<&str>, savings: &str, days: i64) -> NewExport {
    NewExport {
        exported_at: at.map(|at| at.parse().unwrap()),
        cost_savings: amount(savings),
        timeline_reduction_days: DaysSaved::new(days).unwrap(),
    }
}

#[test]
fn exports_add_up_and_the_latest_day_counts() {
    testing::check(|tx| {
        let user = exporter(tx);
        let mut mark = |new: NewExport| user_metrics::add_export(tx, user, &new).unwrap();
        mark(export(Some("2026-11-20T00:00:00Z"), "1250.50", 12));
        let metrics = mark(export(Some("2026-11-05T00:00:00Z"), "0.50", 3));
        let UserMetrics {
            exports_completed, cost_savings, timeline_reduction_days, last_export_date, ..
        } = metrics;
        assert_eq!((exports_completed, timeline_reduction_days), (2, 15));
        assert_eq!(cost_savings.to_string(), "1251.00");
        assert_eq!(last_export_date.unwrap().to_rfc3339(), "2026-11-20T00:00:00+00:00");
        let today = mark(export(None, "0", 0));
        assert_eq!((today.exports_completed, today.last_export_date), (3, Some(tx.now)));
        assert_eq!(user_metrics::get(tx, user).unwrap(), today);
    });
}

#[test]
fn what_is_later_than_now_or_more_than_is_stored_is_refused_and_changes_nothing() {
    testing::check(|tx| {
        let user = exporter(tx);
        let later = export(Some("2200-01-01T00:00:00Z"), "0", 0);
        assert_eq!(
            violations(user_metrics::add_export(tx, user, &later)),
            [("/exported_at".to_owned(), "in_future")]
        );
        user_metrics::add_export(tx, user, &export(None, &Amount::MAX.to_string(), 0)).unwrap();
        let too_much = violations(user_metrics::add_export(tx, user, &export(None, "0.01", 0)));
        assert_eq!(too_much, [("/cost_savings".to_owned(), "too_large")]);
        testing::execute(tx, "UPDATE export.user_metrics SET timeline_reduction_days = 2147483647");
        let too_much = violations(user_metrics::add_export(tx, user, &export(None, "0.01", 1)));
        let both =
            [("/cost_savings".to_owned(), "too_large"), ("/timeline_reduction_days".to_owned(), "too_large")];
        assert_eq!(too_much, both);
        assert_eq!(user_metrics::add_export(tx, user, &export(None, "0", 0)).unwrap().exports_completed, 2);
        users::delete(tx, user, None).unwrap();
        let gone = user_metrics::add_export(tx, user, &export(None, "0", 0)).unwrap_err();
        assert!(matches!(gone, Error::Repository(RepositoryError::NotFound("user"))), "{gone:?}");
    });
}

#[test]
fn a_dashboard_shows_what_is_there_and_counts_what_was_done() {
    testing::check(|tx| {
        let user = exporter(tx);
        let other = users::create(tx, new_user("b@x.example")).unwrap().id;
        let empty = user_metrics::dashboard(tx, user).unwrap();
        assert_eq!(
            (empty.reports, empty.certifications),
            (ReportCounts::default(), CertificationSummary::default())
        );
        let complete = |tx: &mut Tx<'_>, id| -> Result<()> {
            let changes = CertificationChanges {
                status: Some(CertificationStatus::Completed),
                ..CertificationChanges::default()
            };
            certification_progress::update(tx, id, changes).map(drop)
        };
        let week = [1, 2, 3, 4, 5, 6, 7]
            .map(|day| (["a", "b", "c", "d", "e", "f", "g"][day - 1], day as i64, "Apply"));
        for (owner, deleted) in [(user, false), (user, true), (other, false)] {
            let report = report_of(tx, owner);
            let ids = ["fda", "ce"].map(|called| certification(tx, report, called).id);
            complete(tx, ids[0]).unwrap();
            action_plan_progress::put(tx, report, &new_plan(&week)).unwrap();
            action_plan_progress::set_completed(tx, report, &task_id("c"), true).unwrap();
            reports::complete(tx, report, Figures::default(), data("{}")).unwrap();
            document(tx, report, DocumentType::GstLut, &valid_lut()).unwrap();
            document(tx, report, DocumentType::GstLut, &json!({})).unwrap();
            if deleted {
                reports::delete(tx, report, None).unwrap();
            }
        }
        let failed = report_of(tx, user);
        reports::fail(tx, failed, None).unwrap();
        report_of(tx, user);
        let dashboard = user_metrics::dashboard(tx, user).unwrap();
        assert_eq!(dashboard.reports, ReportCounts { processing: 1, completed: 1, failed: 1 });
        let certifications =
            CertificationSummary { not_started: 1, completed: 1, ..CertificationSummary::default() };
        assert_eq!(dashboard.certifications, certifications);
        assert_eq!(dashboard.action_plan, Progress { total: 7, completed: 1 });
        assert_eq!(dashboard.documents, DocumentCounts { total: 2, valid: 1 });
        assert_eq!((dashboard.metrics.reports_generated, dashboard.metrics.certifications_completed), (2, 2));
        assert_eq!(dashboard.metrics, user_metrics::get(tx, user).unwrap());
        users::delete(tx, user, None).unwrap();
        assert!(user_metrics::dashboard(tx, user).is_err());
    });
}
