//! Rows of `export` that tests need and do not care about.

use strongroom_repository::domain::export::{
    BusinessType, CompanySize, MonthlyVolume, NewReport, NewUser, Report, User,
};
use strongroom_repository::domain::{CompanyName, Email, Id};
use strongroom_repository::export::{reports, user_metrics, users};
use strongroom_repository::{Result, Tx};

use crate::fixtures::text;

pub(crate) fn email(text: &str) -> Email {
    Email::parse(text).unwrap()
}

pub(crate) fn new_user(address: &str) -> NewUser {
    NewUser {
        email: email(address),
        business_type: BusinessType::SaaS,
        company_size: CompanySize::Micro,
        company_name: Some(CompanyName::parse("Suvarna Spices").unwrap()),
        monthly_volume: Some(MonthlyVolume::new(250).unwrap()),
    }
}

/// A user with the row of counts that every user has.
pub(crate) fn exporter(tx: &mut Tx<'_>, address: &str) -> Result<User> {
    let user = users::insert(tx, new_user(address))?;
    user_metrics::insert(tx, user.id)?;
    Ok(user)
}

pub(crate) fn new_report(user: Id<User>) -> NewReport {
    NewReport {
        user_id: user,
        product_name: text("Turmeric powder"),
        destination_country: text("Germany"),
        product_image_url: None,
        ingredients: None,
        bom: None,
        business_type: None,
        company_size: None,
        monthly_volume: None,
        price_range: None,
        payment_mode: None,
    }
}

/// One row in every table of `export`.
pub(crate) struct Owned {
    pub(crate) user: Id<User>,
    pub(crate) report: Id<Report>,
}

/// Makes them for the exporter with this address.
pub(crate) fn owned(tx: &mut Tx<'_>, address: &str) -> Result<Owned> {
    let user = exporter(tx, address)?.id;
    let report = reports::insert(tx, new_report(user))?.summary.id;
    Ok(Owned { user, report })
}
