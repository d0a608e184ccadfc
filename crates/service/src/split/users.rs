//! Organisers.

use domain::split::{NewUser, User, UserChanges};
use domain::{Id, Invalid, PhoneNumber};
use repository::erasure::Erased;
use repository::split::{erasure, users};
use repository::{Conn, Tx};

use crate::system::Person;
use crate::{Error, Result};

pub(super) use repository::split::users::must_exist;
pub use repository::split::users::{get, insert as create, restore, soft_delete as delete, update};

/// The user who has this phone number, made if there is none. A user who is there stays as it is; the answer says
/// whether it was made.
pub fn find_or_create(tx: &mut Tx<'_>, new: NewUser) -> Result<(User, bool)> {
    if let Some(user) = users::find_by_phone(tx, &new.phone_number)? {
        match users::lock_shared(tx, user.id) {
            Ok(()) => return Ok((user, false)),
            // The user was deleted or erased between the two statements.
            Err(repository::Error::NotFound(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let phone = new.phone_number.clone();
    match users::insert(tx, new) {
        Ok(user) => Ok((user, true)),
        // Somebody else made the user between the two statements.
        Err(error) => match users::find_by_phone(tx, &phone)? {
            Some(user) => Ok((user, false)),
            None => Err(error.into()),
        },
    }
}

/// The user with this phone number.
pub fn get_by_phone(conn: &mut Conn<'_>, phone: &PhoneNumber) -> Result<User> {
    Ok(users::find_by_phone(conn, phone)?.ok_or(repository::Error::NotFound("user"))?)
}

/// Erases a user for good, deleted or not, with everything that belongs to it. A version can be named of a living user
/// only.
pub fn erase(tx: &mut Tx<'_>, id: Id<User>, version: Option<i64>) -> Result<Erased> {
    if version.is_some() {
        users::update(tx, id, version, UserChanges::default())?;
    }
    Ok(erasure::erase_user(tx, id)?)
}

/// Erases whoever is named so: a user, deleted or not, and the contacts of others with this phone number.
pub(super) fn erase_person(tx: &mut Tx<'_>, person: &Person) -> Result<Erased> {
    match person {
        Person::Id(id) => Ok(erasure::erase_user(tx, Id::from_uuid(*id))?),
        Person::Phone(phone) => Ok(erasure::erase_people(tx, phone)?),
        Person::Email(_) => Err(person.not_known()),
    }
}

/// What is said of a user who is named in the input and is not there: the input is wrong, not the address.
pub(super) fn unknown(error: Error) -> Error {
    match error {
        Error::Repository(repository::Error::NotFound("user")) => Error::Invalid(unknown_user()),
        error => error,
    }
}

pub(super) fn unknown_user() -> Invalid {
    Invalid::one("/user_id", "unknown_user", "there is no such user: make one with POST /v1/split/users")
}
