//! Households.

use domain::pantry::{User, UserChanges};
use domain::{Email, Id, Invalid, JsonObject, UserName};
use repository::erasure::Erased;
use repository::pantry::users;
use repository::{Conn, Error as RepositoryError, Tx};

use crate::system::Person;
use crate::{Error, Result};

pub use repository::pantry::own_data::page as own_data;
pub use repository::pantry::users::{get, insert as create, list, list_from, restore, soft_delete as delete};

/// What a user is looked for by.
#[derive(Clone, Debug)]
pub enum Lookup {
    /// The name, whatever its case.
    Username(UserName),
    /// The e-mail address.
    Email(Email),
}

/// The user of this name or address.
pub fn lookup(conn: &mut Conn<'_>, lookup: &Lookup) -> Result<User> {
    let found = match lookup {
        Lookup::Username(username) => users::find_by_username(conn, username)?,
        Lookup::Email(email) => users::find_by_email(conn, email)?,
    };
    Ok(found.ok_or(RepositoryError::NotFound("user"))?)
}

/// Changes the given fields, if the user still has the given version. Of the preferences the named keys are set, and those
/// that are named with null removed.
pub fn update(
    tx: &mut Tx<'_>,
    id: Id<User>,
    version: Option<i64>,
    mut changes: UserChanges,
    preferences: Option<JsonObject>,
) -> Result<User> {
    if let Some(named) = preferences {
        let user = users::lock(tx, id)?;
        let mut fields = Invalid::collect();
        let merged = fields.take("/preferences", user.preferences.merged(named));
        changes.preferences = Some(fields.build(|| merged)?);
    }
    Ok(users::update(tx, id, version, changes)?)
}

/// Erases a user for good, deleted or not, with everything that belongs to it. A version can be named of a living user
/// only.
pub fn erase(tx: &mut Tx<'_>, id: Id<User>, version: Option<i64>) -> Result<Erased> {
    if version.is_some() {
        users::update(tx, id, version, UserChanges::default())?;
    }
    Ok(users::erase(tx, id)?)
}

/// Erases whoever is named so, deleted or not.
pub(super) fn erase_person(tx: &mut Tx<'_>, person: &Person) -> Result<Erased> {
    match person {
        Person::Id(id) => Ok(users::erase(tx, Id::from_uuid(*id))?),
        Person::Email(email) => Ok(users::erase_by_email(tx, email)?),
        Person::Phone(_) => Err(person.not_known()),
    }
}

/// Refuses what is asked about a user who is not there.
pub(super) fn must_exist(conn: &mut Conn<'_>, id: Id<User>) -> Result<()> {
    if users::exists(conn, id)? { Ok(()) } else { Err(RepositoryError::NotFound("user").into()) }
}

/// What is said of a user who is named in the input and is not there: the input is wrong, not the address.
pub(super) fn unknown(error: RepositoryError) -> Error {
    match error {
        RepositoryError::NotFound("user") => unknown_user().into(),
        error => error.into(),
    }
}

pub(super) fn unknown_user() -> Invalid {
    Invalid::one("/user_id", "unknown_user", "there is no such user: make one with POST /v1/pantry/users")
}
