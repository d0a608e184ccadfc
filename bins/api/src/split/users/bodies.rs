//! What users are made and changed by, and what they look like in answers.

use chrono::{DateTime, Utc};
use repository::domain::split::{self, NewUser, User, UserChanges};
use repository::domain::{Id, Invalid, PersonName, PhoneNumber, UpiId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::input::fields::{changed, replaced};
use crate::http::input::{Patch, present};
use crate::http::{Located, Versioned};

/// A user.
#[derive(Serialize, ToSchema)]
pub(super) struct UserBody {
    #[schema(value_type = Uuid)]
    id: Id<User>,
    /// E.164.
    #[schema(example = "+919876543210")]
    phone_number: String,
    /// Stands as the payee's name in payment links.
    #[schema(example = "Asha Rao")]
    name: Option<String>,
    /// Where this user is paid.
    #[schema(example = "asha@okaxis")]
    upi_id: Option<String>,
    #[serde(skip)]
    row_version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl Located for UserBody {
    fn location(&self) -> String {
        format!("/v1/split/users/{}", self.id)
    }
}

impl Versioned for UserBody {
    fn row_version(&self) -> i64 {
        self.row_version
    }
}

impl From<User> for UserBody {
    fn from(user: User) -> Self {
        let User { id, phone_number, name, upi_id, row_version, created_at, updated_at } = user;
        Self {
            id,
            phone_number: phone_number.expose().to_owned(),
            name: name.map(|name| name.expose().to_owned()),
            upi_id: upi_id.map(|upi_id| upi_id.expose().to_owned()),
            row_version,
            created_at,
            updated_at,
        }
    }
}

/// A user to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"phone_number": "+91 98765 43210", "name": "Asha Rao", "upi_id": "asha@okaxis"}))]
pub(super) struct CreateUser {
    /// With a country code, or as people write it in India. No two users have the same.
    phone_number: String,
    name: Option<String>,
    /// Where this user is paid.
    upi_id: Option<String>,
}

impl CreateUser {
    pub(super) fn read(self) -> Result<NewUser, Invalid> {
        let mut fields = Invalid::collect();
        let phone_number = fields.take("/phone_number", split::phone_number(&self.phone_number));
        let name = fields.take_optional("/name", self.name.as_deref().map(PersonName::parse));
        let upi_id = fields.take_optional("/upi_id", self.upi_id.as_deref().map(UpiId::parse));
        fields.build(|| Some(NewUser { phone_number: phone_number?, name: name?, upi_id: upi_id? }))
    }
}

/// What to change of a user. What is absent stays; null clears.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Asha R. Rao", "upi_id": null}))]
pub(super) struct UpdateUser {
    /// Cannot be cleared.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    phone_number: Patch<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    name: Patch<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    upi_id: Patch<String>,
}

impl UpdateUser {
    pub(super) fn read(self) -> Result<UserChanges, Invalid> {
        let mut fields = Invalid::collect();
        let phone_number = |text: String| split::phone_number(&text);
        let changes = UserChanges {
            phone_number: replaced(&mut fields, "/phone_number", self.phone_number, phone_number),
            name: changed(&mut fields, "/name", self.name, |text| PersonName::parse(&text)),
            upi_id: changed(&mut fields, "/upi_id", self.upi_id, |text| UpiId::parse(&text)),
        };
        fields.finish()?;
        Ok(changes)
    }
}

/// A phone number to look for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"phone_number": "98765 43210"}))]
pub(super) struct LookupUser {
    phone_number: String,
}

impl LookupUser {
    pub(super) fn read(self) -> Result<PhoneNumber, Invalid> {
        let mut fields = Invalid::collect();
        let phone = fields.take("/phone_number", split::phone_number(&self.phone_number));
        fields.build(|| phone)
    }
}
