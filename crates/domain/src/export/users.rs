//! Users: exporters, who log in with their e-mail address.

use chrono::{DateTime, Utc};

use crate::identity::PasswordRules;
use crate::whole::Whole;
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

/// What a company ships in a month.
pub type MonthlyVolume = Whole<1, { i32::MAX }>;

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
