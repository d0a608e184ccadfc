//! People who ask about goods.

use domain::Id;
use domain::market::{Buyer, BuyerChanges, WallapopId};
use repository::erasure::Erased;
use repository::market::{buyers, conversations, erasure};
use repository::{Error as RepositoryError, Tx};

use super::conflicts;
use super::stale::{Changed, Stale};
use crate::system::Person;
use crate::{Error, Result};

pub use repository::market::buyers::{find as lookup, get, is_blocked, list, restore, soft_delete as delete};
pub use repository::market::kept::{Kept, list_for_buyer as data};

/// Notes what the marketplace tells of a person, who is active now: given fields change, the others stay. The answer says
/// whether the buyer is new.
#[doc(alias = "create_or_update_buyer")]
pub fn create_or_update(
    tx: &mut Tx<'_>,
    wallapop_user_id: &WallapopId,
    given: &BuyerChanges,
) -> Result<(Buyer, bool)> {
    match buyers::lock_by_wallapop_user_id(tx, wallapop_user_id)? {
        Some((id, is_anonymised)) => {
            refuse_anonymised(is_anonymised)?;
            Ok((buyers::update(tx, id, given, true)?, false))
        }
        None if given.username.is_none() => {
            Err(Error::invalid("/username", "missing", "a new buyer needs a user name"))
        }
        None => Ok((buyers::insert(tx, wallapop_user_id, given)?, true)),
    }
}

/// Refuses to store anything more of a person who was anonymised.
pub(super) fn refuse_anonymised(is_anonymised: bool) -> Result<()> {
    if !is_anonymised {
        return Ok(());
    }
    let detail = "the buyer was anonymised: PUT /v1/market/buyers/by-wallapop-id makes a new one";
    Err(Error::conflict(&conflicts::BUYER_ANONYMISED, detail))
}

/// Refuses to talk to a buyer who is blocked.
pub(super) fn refuse_blocked(is_blocked: bool) -> Result<()> {
    if !is_blocked {
        return Ok(());
    }
    Err(Error::conflict(&conflicts::BUYER_BLOCKED, "the buyer is blocked: unblock the buyer first"))
}

/// Changes the given fields, if the buyer still has the given version.
pub fn update(tx: &mut Tx<'_>, id: Id<Buyer>, version: Option<i64>, changes: &BuyerChanges) -> Result<Buyer> {
    let buyer = buyers::lock(tx, id, version)?;
    if changes.is_empty() {
        return Ok(buyer);
    }
    refuse_anonymised(buyer.anonymised_at.is_some())?;
    Ok(buyers::update(tx, id, changes, false)?)
}

/// Blocks a buyer and the buyer's active conversations.
pub fn block(tx: &mut Tx<'_>, id: Id<Buyer>) -> Result<Changed<Buyer>> {
    let buyer = buyers::set_blocked(tx, id, true)?;
    let ended = conversations::block_of_buyer(tx, id)?;
    Ok(Stale::default().conversations(ended).after(buyer))
}

/// Unblocks a buyer. No conversation is reopened by that.
pub fn unblock(tx: &mut Tx<'_>, id: Id<Buyer>) -> Result<Buyer> {
    Ok(buyers::set_blocked(tx, id, false)?)
}

/// Overwrites everything that identifies a buyer, once: names, addresses, the marketplace's ids, and the texts of messages.
/// Active conversations are cancelled; counts, times and prices stay.
pub fn anonymise(tx: &mut Tx<'_>, id: Id<Buyer>) -> Result<Changed<Buyer>> {
    let erasure::Anonymised { buyer, conversations } = erasure::anonymise(tx, id)?;
    Ok(Stale::default().conversations(conversations).after(buyer))
}

/// Erases a buyer for good, deleted or not, with the buyer's conversations and messages. A version can be named of a living
/// buyer only.
pub fn erase(tx: &mut Tx<'_>, id: Id<Buyer>, version: Option<i64>) -> Result<Changed<Erased>> {
    if version.is_some() {
        buyers::lock(tx, id, version)?;
    }
    let erasure::Erasure { erased, conversations, .. } = erasure::erase_buyer(tx, id)?;
    Ok(Stale::default().conversations(conversations).after(erased))
}

/// Erases every buyer who is this person, deleted or not.
pub(super) fn erase_person(tx: &mut Tx<'_>, person: &Person) -> Result<Erased> {
    let found = match person {
        Person::Id(id) => vec![Id::from_uuid(*id)],
        Person::Phone(phone) => erasure::find_by_phone(tx, phone)?,
        Person::Email(email) => erasure::find_by_email(tx, email)?,
    };
    let mut erased = Erased::default();
    for buyer in found {
        match erasure::erase_buyer(tx, buyer) {
            Ok(erasure) => erased.add_all(&erasure.erased),
            Err(RepositoryError::NotFound(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(erased)
}
