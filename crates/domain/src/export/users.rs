//! Users: exporters, who log in with their e-mail address.

use chrono::{DateTime, Utc};

use crate::identity::PasswordRules;
use crate::invalid::{FieldError, Violation, here};
use crate::{CompanyName, Email, Id};

/// What a new password must be like.
pub const PASSWORD_RULES: PasswordRules = PasswordRules { shortest: 8, mixed: true };

closed_set! {
    /// What a company does.
    BusinessType, "business type" {
        /// It makes goods.
        Manufacturing = "Manufacturing",
        /// It sells software as a service.
        SaaS = "SaaS",
        /// It trades in goods of others.
        Merchant = "Merchant",
    }
}

closed_set! {
    /// How large a company is.
    CompanySize, "company size" {
        /// The smallest.
        Micro = "Micro",
        /// Larger than micro.
        Small = "Small",
        /// Larger than small.
        Medium = "Medium",
    }
}

/// What a company ships in a month: a whole number above zero.
///
/// ```
/// use strongroom_domain::export::MonthlyVolume;
///
/// assert_eq!(MonthlyVolume::new(250)?.get(), 250);
/// assert_eq!(MonthlyVolume::new(0).unwrap_err().code(), "out_of_range");
/// # Ok::<(), strongroom_domain::export::users::MonthlyVolumeError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MonthlyVolume(i32);

/// A number that is no monthly volume.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the monthly volume must be a whole number from 1 to {}", i32::MAX)]
pub struct MonthlyVolumeError;

impl MonthlyVolume {
    /// Takes a number that fits the column.
    pub fn new(number: i64) -> Result<Self, MonthlyVolumeError> {
        i32::try_from(number).ok().filter(|number| *number > 0).map(Self).ok_or(MonthlyVolumeError)
    }

    /// The number.
    pub fn get(self) -> i32 {
        self.0
    }
}

impl MonthlyVolumeError {
    /// Stable, machine readable.
    pub fn code(&self) -> &'static str {
        "out_of_range"
    }
}

impl FieldError for MonthlyVolumeError {
    fn violations(&self) -> Vec<Violation> {
        here(self.code(), self)
    }
}

/// An exporter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Its id.
    pub id: Id<User>,
    /// Unique among users that are not deleted.
    pub email: Email,
    /// What the company does.
    pub business_type: BusinessType,
    /// How large it is.
    pub company_size: CompanySize,
    /// What it is called.
    pub company_name: Option<CompanyName>,
    /// What it ships in a month.
    pub monthly_volume: Option<MonthlyVolume>,
    /// When a session was last opened with the password.
    pub last_login: Option<DateTime<Utc>>,
    /// Raised by every change; the ETag.
    pub row_version: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// An exporter to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewUser {
    /// Unique among users that are not deleted.
    pub email: Email,
    /// What the company does.
    pub business_type: BusinessType,
    /// How large it is.
    pub company_size: CompanySize,
    /// What it is called, where that is known.
    pub company_name: Option<CompanyName>,
    /// What it ships in a month, where that is known.
    pub monthly_volume: Option<MonthlyVolume>,
}

/// What to change of an exporter: `None` keeps, `Some(None)` clears.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UserChanges {
    /// A new address.
    pub email: Option<Email>,
    /// Another business.
    pub business_type: Option<BusinessType>,
    /// Another size.
    pub company_size: Option<CompanySize>,
    /// A new name, or none.
    pub company_name: Option<Option<CompanyName>>,
    /// Another volume, or none.
    pub monthly_volume: Option<Option<MonthlyVolume>>,
}

impl UserChanges {
    /// Whether nothing is to change.
    pub fn is_empty(&self) -> bool {
        self == &Self::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_volume_is_what_the_column_holds() {
        for (number, fits) in
            [(0, false), (-1, false), (1, true), (2_147_483_647, true), (2_147_483_648, false)]
        {
            assert_eq!(MonthlyVolume::new(number).is_ok(), fits, "{number}");
        }
    }
}
