//! Reports.

use strongroom_repository::domain::export::{
    BusinessType, CompanySize, Figures, MonthlyVolume, NewReport, ReportStatus,
};
use strongroom_repository::domain::{Id, JsonObject, WebUrl};
use strongroom_repository::export::{reports, users};
use strongroom_repository::{Error, testing};

use crate::export_fixtures::{exporter, new_report, owned};
use crate::fixtures::text;

#[test]
fn a_report_comes_back_as_it_went_in() {
    testing::check(|tx| {
        let user = exporter(tx, "a@x.example").unwrap().id;
        let new = NewReport {
            product_image_url: Some(WebUrl::parse("https://cdn.example/led.png").unwrap()),
            ingredients: Some(text("Turmeric")),
            bom: Some(text("Jar, label")),
            business_type: Some(BusinessType::Merchant),
            company_size: Some(CompanySize::Medium),
            monthly_volume: Some(MonthlyVolume::new(7).unwrap()),
            price_range: Some(text("2-3 EUR")),
            payment_mode: Some(text("LC")),
            ..new_report(user)
        };
        let stored = reports::insert(tx, new).unwrap();
        assert_eq!(reports::get(tx, stored.summary.id).unwrap(), stored);
        assert_eq!(reports::lock_shared(tx, stored.summary.id).unwrap(), stored.summary);
        assert_eq!(
            (stored.summary.business_type, stored.summary.status),
            (BusinessType::Merchant, ReportStatus::Processing)
        );
        assert_eq!((stored.summary.figures, stored.report_data), (Figures::default(), JsonObject::default()));
    });
}

#[test]
fn what_a_report_lacks_of_the_company_is_the_users() {
    testing::check(|tx| {
        let user = exporter(tx, "a@x.example").unwrap();
        let report = reports::insert(tx, new_report(user.id)).unwrap().summary;
        assert_eq!(
            (report.business_type, report.company_size, report.monthly_volume),
            (user.business_type, user.company_size, user.monthly_volume)
        );
    });
}

#[test]
fn nobody_and_a_deleted_user_get_no_report_and_a_report_goes_with_its_user() {
    testing::check(|tx| {
        let rows = owned(tx, "a@x.example").unwrap();
        users::soft_delete(tx, rows.user, None).unwrap();
        for user in [rows.user, Id::generate()] {
            let refused = reports::insert(tx, new_report(user)).unwrap_err();
            assert!(matches!(refused, Error::NotFound("user")), "{refused:?}");
        }
        let absent = reports::get(tx, rows.report).unwrap_err();
        assert!(matches!(absent, Error::NotFound("report")), "{absent:?}");
        let absent = reports::lock_shared(tx, rows.report).unwrap_err();
        assert!(matches!(absent, Error::NotFound("report")), "{absent:?}");
        users::restore(tx, rows.user).unwrap();
        reports::get(tx, rows.report).unwrap();
    });
}
