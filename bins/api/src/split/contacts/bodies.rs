//! What contacts are made, changed and looked for by, and what they look like in answers.

use chrono::{DateTime, Utc};
use repository::domain::split::{self, Contact, ContactChanges, NewContact, User};
use repository::domain::{Id, Invalid, PersonName};
use serde::{Deserialize, Serialize};
use service::split::contacts::Lookup;
use utoipa::ToSchema;

use crate::http::input::fields::replaced;
use crate::http::input::{Patch, present};
use crate::http::{Located, Versioned};

/// A contact of a user.
#[derive(Serialize, ToSchema)]
pub(super) struct ContactBody {
    #[schema(value_type = Uuid)]
    id: Id<Contact>,
    /// Whose contact this is.
    #[schema(value_type = Uuid)]
    user_id: Id<User>,
    /// What the user calls this person.
    #[schema(example = "Ravi")]
    name: String,
    /// E.164.
    #[schema(example = "+919876543211")]
    phone_number: String,
    #[serde(skip)]
    row_version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl Located for ContactBody {
    fn location(&self) -> String {
        format!("/v1/split/contacts/{}", self.id)
    }
}

impl Versioned for ContactBody {
    fn row_version(&self) -> i64 {
        self.row_version
    }
}

impl From<Contact> for ContactBody {
    fn from(contact: Contact) -> Self {
        let Contact { id, user_id, name, phone_number, row_version, created_at, updated_at } = contact;
        let (name, phone_number) = (name.expose().to_owned(), phone_number.expose().to_owned());
        Self { id, user_id, name, phone_number, row_version, created_at, updated_at }
    }
}

/// Contacts that match: candidates, newest first.
#[derive(Serialize, ToSchema)]
pub(super) struct FoundContacts {
    data: Vec<ContactBody>,
}

impl From<Vec<Contact>> for FoundContacts {
    fn from(found: Vec<Contact>) -> Self {
        Self { data: found.into_iter().map(ContactBody::from).collect() }
    }
}

/// A contact to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Ravi", "phone_number": "98765 43211"}))]
pub(super) struct CreateContact {
    /// What the user calls this person. Several contacts may have the same name.
    pub(super) name: String,
    /// No two contacts of a user have the same.
    pub(super) phone_number: String,
}

impl CreateContact {
    pub(super) fn read(self, user_id: Id<User>) -> Result<NewContact, Invalid> {
        let mut fields = Invalid::collect();
        let name = fields.take("/name", PersonName::parse(&self.name));
        let phone_number = fields.take("/phone_number", split::phone_number(&self.phone_number));
        fields.build(|| Some(NewContact { user_id, name: name?, phone_number: phone_number? }))
    }
}

/// What to change of a contact. What is absent stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Ravi Kumar"}))]
pub(super) struct UpdateContact {
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, nullable = false)]
    pub(super) name: Patch<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, nullable = false)]
    pub(super) phone_number: Patch<String>,
}

impl UpdateContact {
    pub(super) fn read(self) -> Result<ContactChanges, Invalid> {
        let mut fields = Invalid::collect();
        let phone_number = |text: String| split::phone_number(&text);
        let changes = ContactChanges {
            name: replaced(&mut fields, "/name", self.name, |text| PersonName::parse(&text)),
            phone_number: replaced(&mut fields, "/phone_number", self.phone_number, phone_number),
        };
        fields.finish()?;
        Ok(changes)
    }
}

/// What to look for: a phone number, or a name in any case. One of them.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "ravi"}))]
pub(super) struct LookupContacts {
    phone_number: Option<String>,
    name: Option<String>,
}

impl LookupContacts {
    pub(super) fn read(self) -> Result<Lookup, Invalid> {
        let mut fields = Invalid::collect();
        let lookup = match (self.phone_number, self.name) {
            (Some(phone), None) => {
                fields.take("/phone_number", split::phone_number(&phone)).map(Lookup::Phone)
            }
            (None, Some(name)) => fields.take("/name", PersonName::parse(&name)).map(Lookup::Name),
            _ => {
                fields.add("", "one_of", "send one of phone_number and name");
                None
            }
        };
        fields.build(|| lookup)
    }
}
