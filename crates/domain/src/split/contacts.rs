//! Contacts: the people with whom a user shares bills.

use chrono::{DateTime, Utc};

use super::User;
use crate::{Id, PersonName, PhoneNumber};

/// A contact of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// Its id.
    pub id: Id<Contact>,
    /// Whose contact this is.
    pub user_id: Id<User>,
    /// What the user calls this person. Several contacts may have the same name.
    pub name: PersonName,
    /// Unique among the user's contacts that are not deleted.
    pub phone_number: PhoneNumber,
    /// Raised by every change; the ETag.
    pub row_version: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// A contact to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewContact {
    /// Whose contact this will be.
    pub user_id: Id<User>,
    /// What the user calls this person.
    pub name: PersonName,
    /// Unique among the user's contacts that are not deleted.
    pub phone_number: PhoneNumber,
}

/// What to change of a contact: `None` keeps.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ContactChanges {
    /// A new name.
    pub name: Option<PersonName>,
    /// A new number.
    pub phone_number: Option<PhoneNumber>,
}

impl ContactChanges {
    /// Whether nothing is to change.
    pub fn is_empty(&self) -> bool {
        self == &Self::default()
    }
}
