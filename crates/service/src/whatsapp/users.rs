//! People who write to the bot.

use domain::whatsapp::{NewUser, Sender, User, UserChanges};
use domain::{Email, Id, PersonName, PhoneNumber};
use repository::erasure::Erased;
use repository::whatsapp::{erasure, users};
use repository::{Conn, Error as RepositoryError, Tx};

use crate::Result;
use crate::system::Person;

pub use repository::whatsapp::statistics::{for_user as totals, list as list_totals};
pub use repository::whatsapp::users::{get, insert as create, list, restore, soft_delete as delete, update};

/// What a user is looked for by.
#[derive(Clone, Debug)]
pub enum Lookup {
    /// A number, in either of the spellings that some countries have.
    Phone(PhoneNumber),
    /// An e-mail address.
    Email(Email),
}

impl Lookup {
    /// The name under which attempts to log in are counted.
    pub fn name(&self) -> String {
        match self {
            Self::Phone(phone) => phone.index_form(),
            Self::Email(email) => email.index_form(),
        }
    }
}

/// The user with this number as it is, or a new one; answers whether it was made.
pub fn find_or_create(
    tx: &mut Tx<'_>,
    phone: PhoneNumber,
    full_name: Option<PersonName>,
    email: Option<Email>,
) -> Result<(User, bool)> {
    if let Some(user) = users::find_by_phone(tx, &phone)? {
        return Ok((user, false));
    }
    let full_name_is_set = full_name.is_some();
    let new = NewUser { sender: Sender::of_phone(phone.clone()), email, full_name, full_name_is_set };
    match users::insert(tx, new) {
        Ok(user) => Ok((user, true)),
        // Somebody else made it at the same moment, unless it is the address that another user has.
        Err(error @ RepositoryError::Conflict { .. }) => match users::find_by_phone(tx, &phone)? {
            Some(user) => Ok((user, false)),
            None => Err(error.into()),
        },
        Err(error) => Err(error.into()),
    }
}

/// The user with this number or address, if there is one.
pub fn find(conn: &mut Conn<'_>, lookup: &Lookup) -> Result<Option<User>> {
    Ok(match lookup {
        Lookup::Phone(phone) => users::find_by_phone(conn, phone)?,
        Lookup::Email(email) => users::find_by_email(conn, email)?,
    })
}

/// The user with this number or address.
pub fn lookup(conn: &mut Conn<'_>, lookup: &Lookup) -> Result<User> {
    Ok(find(conn, lookup)?.ok_or(RepositoryError::NotFound("user"))?)
}

/// The user who logs in with this number or address. Somebody who is not active does not.
pub fn find_for_log_in(conn: &mut Conn<'_>, lookup: &Lookup) -> Result<Option<Id<User>>> {
    Ok(find(conn, lookup)?.filter(|user| user.is_active).map(|user| user.user_id))
}

/// Keeps a user from being deleted or erased until the end of the transaction.
///
/// # Errors
/// [`RepositoryError::NotFound`] when there is none.
pub fn lock(tx: &mut Tx<'_>, id: Id<User>) -> repository::Result<()> {
    users::lock_by_id(tx, id).map(drop)
}

/// Keeps a user from being deleted, erased or switched off until the end of the transaction, in which a session is opened.
///
/// # Errors
/// [`RepositoryError::NotFound`] when there is none who is active.
pub fn lock_active(tx: &mut Tx<'_>, id: Id<User>) -> repository::Result<()> {
    if users::lock_by_id(tx, id)?.is_active { Ok(()) } else { Err(RepositoryError::NotFound("user")) }
}

/// Fails unless there is such a user.
pub(super) fn must_exist(conn: &mut Conn<'_>, id: Id<User>) -> Result<()> {
    if users::exists(conn, id)? { Ok(()) } else { Err(RepositoryError::NotFound("user").into()) }
}

/// Erases a user for good, deleted or not, with everything that belongs to it. A version can be named of a living user
/// only.
pub fn erase(tx: &mut Tx<'_>, id: Id<User>, version: Option<i64>) -> Result<Erased> {
    if version.is_some() {
        users::update(tx, id, version, UserChanges::default())?;
    }
    Ok(erasure::erase_user(tx, id)?)
}

/// Erases whoever is named, users that were deleted too.
pub(super) fn erase_person(tx: &mut Tx<'_>, person: &Person) -> Result<Erased> {
    match person {
        Person::Id(id) => Ok(erasure::erase_user(tx, Id::from_uuid(*id))?),
        Person::Phone(phone) => Ok(erasure::erase_by_phone(tx, phone)?),
        Person::Email(email) => Ok(erasure::erase_by_email(tx, email)?),
    }
}
