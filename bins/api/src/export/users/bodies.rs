//! What users are made and changed by, and what they look like in answers.

use chrono::{DateTime, Utc};
use repository::domain::export::{MonthlyVolume, NewUser, User, UserChanges};
use repository::domain::{CompanyName, Email, Id, Invalid};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::export::schema;
use crate::http::input::fields::{changed, replaced};
use crate::http::input::{Patch, present};
use crate::http::{Located, Versioned};

/// An exporter.
#[derive(Serialize, ToSchema)]
pub(in crate::export) struct UserBody {
    #[schema(value_type = Uuid)]
    id: Id<User>,
    /// As it is stored: one mailbox has one form.
    #[schema(example = "a.sen@example.com")]
    email: String,
    #[schema(value_type = schema::BusinessType)]
    business_type: &'static str,
    #[schema(value_type = schema::CompanySize)]
    company_size: &'static str,
    #[schema(example = "Suvarna Spices Pvt. Ltd.")]
    company_name: Option<String>,
    /// What the company ships in a month.
    #[schema(example = 250)]
    monthly_volume: Option<i32>,
    /// When a session was last opened with the password.
    last_login: Option<DateTime<Utc>>,
    #[serde(skip)]
    row_version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl Located for UserBody {
    fn location(&self) -> String {
        format!("/v1/export/users/{}", self.id)
    }
}

impl Versioned for UserBody {
    fn row_version(&self) -> i64 {
        self.row_version
    }
}

impl From<User> for UserBody {
    fn from(user: User) -> Self {
        let User {
            id,
            email,
            business_type,
            company_size,
            company_name,
            monthly_volume,
            last_login,
            row_version,
            created_at,
            updated_at,
        } = user;
        Self {
            id,
            email: email.expose().to_owned(),
            business_type: business_type.as_str(),
            company_size: company_size.as_str(),
            company_name: company_name.map(|name| name.expose().to_owned()),
            monthly_volume: monthly_volume.map(MonthlyVolume::get),
            last_login,
            row_version,
            created_at,
            updated_at,
        }
    }
}

/// An exporter to be made, without a password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "email": "a.sen@example.com", "business_type": "Merchant", "company_size": "Small",
    "company_name": "Suvarna Spices Pvt. Ltd.", "monthly_volume": 250,
}))]
pub(in crate::export) struct CreateUser {
    /// No two exporters have the same.
    pub(in crate::export) email: String,
    #[schema(value_type = schema::BusinessType)]
    pub(in crate::export) business_type: String,
    #[schema(value_type = schema::CompanySize)]
    pub(in crate::export) company_size: String,
    pub(in crate::export) company_name: Option<String>,
    /// What the company ships in a month.
    #[schema(minimum = 1, maximum = 2_147_483_647)]
    pub(in crate::export) monthly_volume: Option<i64>,
}

impl CreateUser {
    pub(super) fn read(self) -> Result<NewUser, Invalid> {
        let mut fields = Invalid::collect();
        let new = self.read_into(&mut fields);
        fields.build(|| new)
    }

    /// Reads the fields beside others of the same body.
    pub(in crate::export) fn read_into(self, fields: &mut Invalid) -> Option<NewUser> {
        let email = fields.take("/email", Email::parse(&self.email));
        let business_type = fields.take("/business_type", self.business_type.parse());
        let company_size = fields.take("/company_size", self.company_size.parse());
        let company_name =
            fields.take_optional("/company_name", self.company_name.as_deref().map(CompanyName::parse));
        let monthly_volume =
            fields.take_optional("/monthly_volume", self.monthly_volume.map(MonthlyVolume::new));
        Some(NewUser {
            email: email?,
            business_type: business_type?,
            company_size: company_size?,
            company_name: company_name?,
            monthly_volume: monthly_volume?,
        })
    }
}

/// What to change of an exporter. What is absent stays; null clears.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"company_size": "Medium", "monthly_volume": null}))]
pub(super) struct UpdateUser {
    /// Cannot be cleared.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    email: Patch<String>,
    /// Cannot be cleared.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<schema::BusinessType>)]
    business_type: Patch<String>,
    /// Cannot be cleared.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<schema::CompanySize>)]
    company_size: Patch<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    company_name: Patch<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 2_147_483_647)]
    monthly_volume: Patch<i64>,
}

impl UpdateUser {
    pub(super) fn read(self) -> Result<UserChanges, Invalid> {
        let mut fields = Invalid::collect();
        let changes = UserChanges {
            email: replaced(&mut fields, "/email", self.email, |text| Email::parse(&text)),
            business_type: replaced(&mut fields, "/business_type", self.business_type, |text| text.parse()),
            company_size: replaced(&mut fields, "/company_size", self.company_size, |text| text.parse()),
            company_name: changed(&mut fields, "/company_name", self.company_name, |text| {
                CompanyName::parse(&text)
            }),
            monthly_volume: changed(&mut fields, "/monthly_volume", self.monthly_volume, MonthlyVolume::new),
        };
        fields.finish()?;
        Ok(changes)
    }
}

/// An e-mail address to look for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"email": "a.sen@example.com"}))]
pub(super) struct LookupUser {
    email: String,
}

impl LookupUser {
    pub(super) fn read(self) -> Result<Email, Invalid> {
        let mut fields = Invalid::collect();
        let email = fields.take("/email", Email::parse(&self.email));
        fields.build(|| email)
    }
}
