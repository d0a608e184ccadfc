//! What an exporter does with its own token: everything to its own rows, and nothing to those of another.

use domain::PageRequest;
use domain::export::{CertificationChanges, CertificationStatus, ReportChanges, ReportFilter};
use repository::Actor;
use repository::testing::TestDatabase;
use strongroom_service::export::{
    action_plan_progress, certification_progress, reports, user_metrics, users,
};
use strongroom_service::{Error, Result};

use crate::export_fixtures::{
    certification, new_certification, new_plan, new_report, new_user, not_found, report_of, task_id,
};

#[test]
fn an_end_user_works_on_its_own_reports_and_finds_no_others() {
    let test = TestDatabase::new();
    let database = test.database();
    let rows = database.write::<_, Error>("test", &Actor::system(), |tx| {
        ["asha@x.example", "bina@x.example"]
            .map(|address| {
                let user = users::create(tx, new_user(address))?.id;
                let report = report_of(tx, user);
                Ok((user, report, certification(tx, report, "ce").id))
            })
            .into_iter()
            .collect::<Result<Vec<_>>>()
    });
    let [(asha, own, own_certificate), (bina, other, others_certificate)] = rows.unwrap()[..] else {
        panic!("two users")
    };
    let week =
        [1, 2, 3, 4, 5, 6, 7].map(|day| (["a", "b", "c", "d", "e", "f", "g"][day - 1], day as i64, "Apply"));
    let completed = CertificationChanges {
        status: Some(CertificationStatus::Completed),
        ..CertificationChanges::default()
    };
    let (filter, page) = (ReportFilter::default(), PageRequest::default());
    let as_asha = Actor::end_user("export", asha.uuid());
    let done = database.write("test", &as_asha, |tx| {
        let made = reports::create(tx, new_report(asha))?.summary.id;
        reports::update(tx, made, None, ReportChanges { bom: Some(None), ..ReportChanges::default() })?;
        certification_progress::update(tx, own_certificate, completed.clone())?;
        certification_progress::add(tx, new_certification(own, "fda"))?;
        certification_progress::delete(tx, own_certificate)?;
        action_plan_progress::put(tx, own, &new_plan(&week))?;
        action_plan_progress::set_completed(tx, own, &task_id("a"), true)?;
        reports::delete(tx, made, None)?;
        reports::restore(tx, made)?;
        assert_eq!(reports::list(tx, &filter, page)?.items.len(), 2, "those of all users are its own");
        let dashboard = user_metrics::dashboard(tx, asha)?;
        assert_eq!((dashboard.metrics.certifications_completed, dashboard.action_plan.completed), (1, 1));

        not_found(reports::get(tx, other));
        not_found(reports::update(tx, other, None, ReportChanges::default()));
        not_found(reports::delete(tx, other, None));
        not_found(reports::restore(tx, other));
        not_found(reports::retry(tx, other));
        not_found(reports::list_for_user(tx, bina, &filter, page));
        not_found(certification_progress::get(tx, others_certificate));
        not_found(certification_progress::list(tx, other, page));
        not_found(certification_progress::summary(tx, other));
        not_found(certification_progress::update(tx, others_certificate, completed.clone()));
        not_found(certification_progress::delete(tx, others_certificate));
        not_found(certification_progress::add(tx, new_certification(other, "fda")));
        not_found(action_plan_progress::get(tx, other));
        not_found(action_plan_progress::put(tx, other, &new_plan(&week)));
        not_found(action_plan_progress::set_completed(tx, other, &task_id("a"), true));
        not_found(user_metrics::dashboard(tx, bina));
        let for_another = reports::create(tx, new_report(bina));
        assert!(matches!(for_another, Err(Error::Invalid(_))), "{for_another:?}");
        Ok::<_, Error>(())
    });
    done.unwrap();
}
