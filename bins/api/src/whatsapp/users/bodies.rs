//! What users are made and changed by, and what they look like in answers.

use chrono::{DateTime, Utc};
use repository::domain::whatsapp::{NewUser, Sender, User, UserChanges, phone_number};
use repository::domain::{Email, Id, Invalid, PersonName, PhoneNumber};
use serde::{Deserialize, Serialize};
use service::whatsapp::users::Lookup;
use utoipa::ToSchema;

use crate::http::input::fields::{changed, replaced};
use crate::http::input::{Patch, present};
use crate::http::{Located, Versioned};

/// A person who writes to the bot.
#[derive(Serialize, ToSchema)]
pub(in crate::whatsapp) struct UserBody {
    #[schema(value_type = Uuid)]
    user_id: Id<User>,
    #[schema(example = "asha@example.com")]
    email: Option<String>,
    /// E.164, as WhatsApp last delivered it; null where WhatsApp does not show it.
    #[schema(example = "+12025550101")]
    phone_number: Option<String>,
    /// The business-scoped id that WhatsApp gives a person, where it named one.
    #[schema(example = "US.1234567890")]
    whatsapp_id: Option<String>,
    /// The name of the WhatsApp profile, or one that was set here.
    #[schema(example = "Asha")]
    full_name: Option<String>,
    /// Whether messages are kept, and the person may log in.
    is_active: bool,
    #[serde(skip)]
    row_version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl Located for UserBody {
    fn location(&self) -> String {
        format!("/v1/whatsapp/users/{}", self.user_id)
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
            user_id,
            email,
            phone_number,
            whatsapp_id,
            full_name,
            full_name_is_set: _,
            is_active,
            row_version,
            created_at,
            updated_at,
        } = user;
        Self {
            user_id,
            email: email.map(|email| email.expose().to_owned()),
            phone_number: phone_number.map(|phone| phone.expose().to_owned()),
            whatsapp_id: whatsapp_id.map(|id| id.expose().to_owned()),
            full_name: full_name.map(|name| name.expose().to_owned()),
            is_active,
            row_version,
            created_at,
            updated_at,
        }
    }
}

/// A user to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"phone_number": "+12025550101", "full_name": "Asha", "email": "asha@example.com"}))]
pub(super) struct CreateUser {
    /// `+…` or `whatsapp:+…`. No two users have the same.
    phone_number: String,
    /// Stays, whatever the WhatsApp profile says.
    full_name: Option<String>,
    /// No two users have the same.
    email: Option<String>,
}

/// What a user is made of.
#[derive(Clone)]
pub(super) struct Person {
    pub(super) phone_number: PhoneNumber,
    pub(super) full_name: Option<PersonName>,
    pub(super) email: Option<Email>,
}

impl CreateUser {
    pub(super) fn read(self) -> Result<Person, Invalid> {
        let mut fields = Invalid::collect();
        let phone = fields.take("/phone_number", phone_number(&self.phone_number));
        let full_name = fields.take_optional("/full_name", self.full_name.as_deref().map(PersonName::parse));
        let email = fields.take_optional("/email", self.email.as_deref().map(Email::parse));
        fields.build(|| Some(Person { phone_number: phone?, full_name: full_name?, email: email? }))
    }
}

impl From<Person> for NewUser {
    fn from(person: Person) -> Self {
        let Person { phone_number, full_name, email } = person;
        let full_name_is_set = full_name.is_some();
        Self { sender: Sender::of_phone(phone_number), email, full_name, full_name_is_set }
    }
}

/// What to change of a user. What is absent stays; null clears.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"full_name": "Asha Rao", "email": null}))]
pub(super) struct UpdateUser {
    /// Stays, whatever the WhatsApp profile says; null lets the profile name the person again.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    full_name: Patch<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    email: Patch<String>,
    /// Cannot be cleared. Takes an API key.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    phone_number: Patch<String>,
    /// Cannot be cleared. Takes an API key.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<bool>)]
    is_active: Patch<bool>,
}

impl UpdateUser {
    pub(super) fn read(self) -> Result<UserChanges, Invalid> {
        let mut fields = Invalid::collect();
        let changes = UserChanges {
            full_name: changed(&mut fields, "/full_name", self.full_name, |text| PersonName::parse(&text)),
            email: changed(&mut fields, "/email", self.email, |text| Email::parse(&text)),
            phone_number: replaced(&mut fields, "/phone_number", self.phone_number, |text| {
                phone_number(&text)
            }),
            is_active: replaced(&mut fields, "/is_active", self.is_active, Ok::<_, Invalid>),
        };
        fields.finish()?;
        Ok(changes)
    }
}

/// A phone number or an e-mail address to look for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"phone_number": "whatsapp:+12025550101"}))]
pub(super) struct LookupUser {
    /// `+…` or `whatsapp:+…`. It or `email` must be there, and not both.
    phone_number: Option<String>,
    email: Option<String>,
}

impl LookupUser {
    pub(super) fn read(self) -> Result<Lookup, Invalid> {
        let mut fields = Invalid::collect();
        let lookup = read_lookup(&mut fields, self.phone_number.as_deref(), self.email.as_deref());
        fields.build(|| lookup)
    }
}

/// Reads one of the two by which a user is known.
pub(in crate::whatsapp) fn read_lookup(
    fields: &mut Invalid,
    phone: Option<&str>,
    email: Option<&str>,
) -> Option<Lookup> {
    match (phone, email) {
        (Some(phone), None) => fields.take("/phone_number", phone_number(phone)).map(Lookup::Phone),
        (None, Some(email)) => fields.take("/email", Email::parse(email)).map(Lookup::Email),
        (None, None) => {
            fields.add("/phone_number", "missing", "this field or `email` is required");
            None
        }
        (Some(_), Some(_)) => {
            fields.add("/email", "not_alone", "this field must not stand beside `phone_number`");
            None
        }
    }
}
