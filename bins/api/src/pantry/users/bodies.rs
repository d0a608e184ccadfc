//! What users are made, changed and looked for by, and what they look like in answers.

use chrono::{DateTime, Utc};
use repository::domain::pantry::{NewUser, Preferences, User, UserChanges, user_name};
use repository::domain::{Email, Id, Invalid, JsonObject};
use serde::{Deserialize, Serialize};
use service::pantry::users::Lookup;
use utoipa::ToSchema;

use crate::http::input::fields::replaced;
use crate::http::input::{Patch, present};
use crate::http::{Located, Versioned};

/// A household.
#[derive(Serialize, ToSchema)]
pub(super) struct UserBody {
    #[schema(value_type = Uuid)]
    id: Id<User>,
    #[schema(example = "kowalscy")]
    username: String,
    /// As it is stored: one mailbox has one form.
    #[schema(example = "kowalscy@example.com")]
    email: String,
    /// Settings of the assistant. `timezone` says when this household's day begins.
    #[schema(value_type = Object, example = json!({"timezone": "Europe/Warsaw"}))]
    preferences: Preferences,
    #[serde(skip)]
    row_version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl Located for UserBody {
    fn location(&self) -> String {
        format!("/v1/pantry/users/{}", self.id)
    }
}

impl Versioned for UserBody {
    fn row_version(&self) -> i64 {
        self.row_version
    }
}

impl From<User> for UserBody {
    fn from(user: User) -> Self {
        let User { id, username, email, preferences, row_version, created_at, updated_at } = user;
        let (username, email) = (username.expose().to_owned(), email.expose().to_owned());
        Self { id, username, email, preferences, row_version, created_at, updated_at }
    }
}

/// A household to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "username": "kowalscy", "email": "kowalscy@example.com", "preferences": {"timezone": "Europe/Warsaw", "diet": "vegetarian"},
}))]
pub(super) struct CreateUser {
    /// No two households have the same, in whatever case.
    #[schema(min_length = 1, max_length = 50)]
    username: String,
    /// No two households have the same.
    email: String,
    /// Settings of the assistant: at most 64 KiB. `timezone` is the name of an IANA time zone; UTC when absent.
    #[schema(value_type = Option<Object>)]
    preferences: Option<JsonObject>,
}

impl CreateUser {
    pub(super) fn read(self) -> Result<NewUser, Invalid> {
        let mut fields = Invalid::collect();
        let username = fields.take("/username", user_name(&self.username));
        let email = fields.take("/email", Email::parse(&self.email));
        let preferences = Preferences::default().merged(self.preferences.unwrap_or_default());
        let preferences = fields.take("/preferences", preferences);
        fields.build(|| Some(NewUser { username: username?, email: email?, preferences: preferences? }))
    }
}

/// What to change of a household. What is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"preferences": {"timezone": "Asia/Tokyo", "diet": null}}))]
pub(super) struct UpdateUser {
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, nullable = false, min_length = 1, max_length = 50)]
    username: Patch<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, nullable = false)]
    email: Patch<String>,
    /// The named keys are set, those that are named with null are removed, and the others stay.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Object>, nullable = false)]
    preferences: Patch<JsonObject>,
}

impl UpdateUser {
    /// The changes, and keys of the preferences.
    pub(super) fn read(self) -> Result<(UserChanges, Option<JsonObject>), Invalid> {
        let mut fields = Invalid::collect();
        let changes = UserChanges {
            username: replaced(&mut fields, "/username", self.username, |text| user_name(&text)),
            email: replaced(&mut fields, "/email", self.email, |text| Email::parse(&text)),
            preferences: None,
        };
        let preferences = replaced(&mut fields, "/preferences", self.preferences, Ok::<_, Invalid>);
        fields.finish()?;
        Ok((changes, preferences))
    }
}

/// What to look for: a user name in any case, or an e-mail address. One of them.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"username": "Kowalscy"}))]
pub(super) struct LookupUser {
    username: Option<String>,
    email: Option<String>,
}

impl LookupUser {
    pub(super) fn read(self) -> Result<Lookup, Invalid> {
        let mut fields = Invalid::collect();
        let lookup = match (self.username, self.email) {
            (Some(username), None) => fields.take("/username", user_name(&username)).map(Lookup::Username),
            (None, Some(email)) => fields.take("/email", Email::parse(&email)).map(Lookup::Email),
            _ => {
                fields.add("", "one_of", "send one of username and email");
                None
            }
        };
        fields.build(|| lookup)
    }
}
