//! Exporters.

use domain::export::{NewUser, User, UserChanges};
use domain::{Email, Id, Page, PageRequest};
use repository::erasure::Erased;
use repository::export::{user_metrics, users};
use repository::{Conn, Error as RepositoryError, Tx};

use crate::Result;
use crate::system::Person;

/// Makes a user with the row of its counts, for a program: who has the e-mail address already is named.
pub fn create(tx: &mut Tx<'_>, new: NewUser) -> Result<User> {
    let email = new.email.clone();
    match register(tx, new) {
        Err(crate::Error::Repository(RepositoryError::Conflict { constraint, .. })) => {
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

/// The user with this id.
pub fn get(conn: &mut Conn<'_>, id: Id<User>) -> Result<User> {
    Ok(users::get(conn, id)?)
}

/// The user with this e-mail address.
pub fn get_by_email(conn: &mut Conn<'_>, email: &Email) -> Result<User> {
    Ok(users::find_by_email(conn, email)?.ok_or(RepositoryError::NotFound("user"))?)
}

/// The id of the user who logs in with this e-mail address.
pub fn find_id_by_email(conn: &mut Conn<'_>, email: &Email) -> Result<Option<Id<User>>> {
    Ok(users::find_id_by_email(conn, email)?)
}

/// All users, newest first.
pub fn list(conn: &mut Conn<'_>, page: PageRequest) -> Result<Page<User>> {
    Ok(users::list(conn, page)?)
}

/// Keeps a user from being deleted until the end of the transaction.
pub fn lock_shared(tx: &mut Tx<'_>, id: Id<User>) -> Result<()> {
    Ok(users::lock_shared(tx, id)?)
}

/// Notes that a session is opened with the password.
pub fn record_log_in(tx: &mut Tx<'_>, id: Id<User>) -> Result<()> {
    Ok(users::record_log_in(tx, id)?)
}

/// Changes the given fields, if the user still has the given version.
pub fn update(tx: &mut Tx<'_>, id: Id<User>, version: Option<i64>, changes: UserChanges) -> Result<User> {
    Ok(users::update(tx, id, version, changes)?)
}

/// Deletes a user, until restored or purged.
pub fn delete(tx: &mut Tx<'_>, id: Id<User>, version: Option<i64>) -> Result<()> {
    users::soft_delete(tx, id, version)?;
    Ok(())
}

/// Brings back a deleted user.
pub fn restore(tx: &mut Tx<'_>, id: Id<User>) -> Result<User> {
    Ok(users::restore(tx, id)?)
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
