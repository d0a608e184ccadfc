//! The people an organiser shares bills with.

use domain::split::{Contact, ContactChanges, NewContact, User};
use domain::{Id, Page, PageRequest, PersonName, PhoneNumber};
use repository::erasure::Erased;
use repository::split::contacts;
use repository::split::erasure;
use repository::{Conn, Tx};

use super::users;
use crate::Result;

pub use repository::split::contacts::{get, restore, soft_delete as delete, update};

/// What a contact is looked for by.
#[derive(Clone, Debug)]
pub enum Lookup {
    /// At most one contact of a user has a phone number.
    Phone(PhoneNumber),
    /// Several may have a name.
    Name(PersonName),
}

/// Adds a contact to a user. Where the user has a contact with this phone number it is returned as it is, with its
/// name; the answer says whether the contact was made.
pub fn create(tx: &mut Tx<'_>, new: NewContact) -> Result<(Contact, bool)> {
    match contacts::insert(tx, new) {
        Ok(contact) => Ok((contact, true)),
        Err(repository::Error::Conflict { existing: Some(existing), .. }) => {
            Ok((contacts::get(tx, Id::from_uuid(existing))?, false))
        }
        Err(error) => Err(error.into()),
    }
}

/// A user's contacts, newest first.
pub fn list(conn: &mut Conn<'_>, user: Id<User>, page: PageRequest) -> Result<Page<Contact>> {
    let found = contacts::list_for_user(conn, user, page)?;
    if found.items.is_empty() {
        users::must_exist(conn, user)?;
    }
    Ok(found)
}

/// The contacts of a user with this phone number or name: candidates, never a guess.
pub fn lookup(conn: &mut Conn<'_>, user: Id<User>, lookup: &Lookup) -> Result<Vec<Contact>> {
    let found = match lookup {
        Lookup::Phone(phone) => contacts::find_by_phone(conn, user, phone)?.into_iter().collect(),
        Lookup::Name(name) => contacts::find_by_name(conn, user, name)?,
    };
    if found.is_empty() {
        users::must_exist(conn, user)?;
    }
    Ok(found)
}

/// Erases a contact for good, deleted or not; bills keep the amounts. A version can be named of a living contact only.
pub fn erase(tx: &mut Tx<'_>, id: Id<Contact>, version: Option<i64>) -> Result<Erased> {
    if version.is_some() {
        contacts::update(tx, id, version, ContactChanges::default())?;
    }
    Ok(erasure::erase_contact(tx, id)?)
}
