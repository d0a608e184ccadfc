//! Exporters.

use domain::export::{NewUser, User, UserChanges};
use domain::{Email, Id};
use repository::erasure::Erased;
use repository::export::{user_metrics, users};
use repository::{Conn, Error as RepositoryError, Tx};

use crate::system::Person;
use crate::{Error, Result};

pub use repository::export::own_data::page as own_data;
pub(super) use repository::export::users::must_exist;
pub use repository::export::users::{
    find_id_by_email, get, list, lock_shared, record_log_in, restore, soft_delete as delete, update,
};

/// Makes a user with the row of its counts, for a program: who has the e-mail address already is named.
pub fn create(tx: &mut Tx<'_>, new: NewUser) -> Result<User> {
    let email = new.email.clone();
    match register(tx, new) {
        Err(Error::Repository(RepositoryError::Conflict { constraint, .. })) => {
            let existing = users::find_id_by_email(tx, &email)?.map(Id::uuid);
            Err(RepositoryError::Conflict { constraint, existing }.into())
        }
        made => made,
    }
}

/// Makes a user with the row of its counts. Who has the e-mail address already stays unnamed.
pub fn register(tx: &mut Tx<'_>, new: NewUser) -> Result<User> {
    let user = users::insert(tx, new)?;
    user_metrics::insert(tx, user.id)?;
    Ok(user)
}

/// The user with this e-mail address.
pub fn get_by_email(conn: &mut Conn<'_>, email: &Email) -> Result<User> {
    Ok(users::find_by_email(conn, email)?.ok_or(RepositoryError::NotFound("user"))?)
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

/// What is said of a user who is named in the input and is not there: the input is wrong, not the address.
pub(super) fn unknown(error: Error) -> Error {
    match error {
        Error::Repository(RepositoryError::NotFound("user")) => {
            let detail = "there is no such user: make one with POST /v1/export/users";
            Error::invalid("/user_id", "unknown_user", detail)
        }
        error => error,
    }
}
