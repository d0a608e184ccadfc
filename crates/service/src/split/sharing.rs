//! Who owes what: a split worked out, checked against a user's contacts, and shown before it is stored.

use std::collections::HashMap;

use domain::split::bills::Warning;
use domain::split::division::{Sharer, SplitInput};
use domain::split::{Contact, Division, DivisionError, Item, NewParticipant, Split, User, divide};
use domain::{Amount, Currency, Id, Invalid, PersonName, SignedAmount, Text};
use repository::Conn;
use repository::split::contacts;

use super::users;
use crate::{Error, Result};

/// Where a split stands in a request that holds more. What is wrong with it is reported below this place.
pub(super) const FIELD: &str = "/split";

/// What somebody would owe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// Who.
    pub contact_id: Id<Contact>,
    /// The contact's name, where it was looked up.
    pub name: Option<PersonName>,
    /// How much.
    pub amount_owed: Amount,
}

/// A split that was worked out and not stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// Who would owe what, in the order given.
    pub shares: Vec<Share>,
    /// What the organiser bears.
    pub organiser_share: Option<Amount>,
    /// What is odd, but not wrong.
    pub warnings: Vec<Warning>,
}

/// Works out a split without storing anything. With a user, its people must be contacts of that user, and are named.
pub fn preview(
    conn: &mut Conn<'_>,
    user: Option<Id<User>>,
    total: Amount,
    currency: Currency,
    split: &Split,
) -> Result<Preview> {
    let division = work_out(total, currency, split, FIELD)?;
    let mut names = match user {
        Some(user) => {
            let contacts: Vec<Id<Contact>> = division.parts.iter().map(|(contact, _)| *contact).collect();
            names_of(conn, user, split, &contacts, FIELD).map_err(users::unknown)?
        }
        None => HashMap::new(),
    };
    let shares = division.parts.into_iter().map(|(contact_id, amount_owed)| Share {
        contact_id,
        name: names.remove(&contact_id),
        amount_owed,
    });
    Ok(Preview { shares: shares.collect(), organiser_share: division.organiser_share, warnings: Vec::new() })
}

/// The lines that an item-wise split names: those of a bill that names none itself. Tax and tip are lines of their own. A
/// discount is none, because a line is above zero; the bill then warns that its items come to more than its total, and why
/// that may be.
///
/// # Errors
/// The violations, their pointers starting at the split.
pub fn items_of(split: &SplitInput, currency: Currency) -> Result<Vec<Item>, Invalid> {
    let mut fields = Invalid::collect();
    let lines = split.items.iter().enumerate().filter_map(|(n, item)| {
        fields.take(&format!("/items/{n}"), Item::parse(&item.name, &item.amount, item.quantity, currency))
    });
    let mut lines: Vec<Item> = lines.collect();
    for (place, name, amount) in [("/tax", "Tax", &split.tax), ("/tip", "Tip", &split.tip)] {
        let amount =
            amount.as_deref().map(|text| Amount::parse(text).and_then(|amount| amount.fits(currency)));
        let amount = fields.take_optional(place, amount).flatten().filter(|amount| !amount.is_zero());
        let line =
            amount.map(|amount| Item { name: Text::from_trusted(name.to_owned()), amount, quantity: 1 });
        lines.extend(line);
    }
    fields.finish()?;
    Ok(lines)
}

/// Reads a split in the currency of its bill. `place` is where the split stands in the request.
pub(super) fn read(split: &SplitInput, currency: Currency, place: &str) -> Result<Split> {
    let mut fields = Invalid::collect();
    let split = fields.take(place, split.check(currency));
    Ok(fields.build(|| split)?)
}

/// The shares of a bill to store.
pub(super) fn shares_of(
    total: Amount,
    currency: Currency,
    split: &Split,
    place: &str,
) -> Result<Vec<NewParticipant>> {
    let parts = work_out(total, currency, split, place)?.parts.into_iter();
    Ok(parts.map(|(contact_id, amount_owed)| NewParticipant { contact_id, amount_owed }).collect())
}

/// Why shares of this user's bill were not stored: which of those who owe are not contacts of the user, if that is it.
pub(super) fn why_not_stored(
    conn: &mut Conn<'_>,
    error: repository::Error,
    user: Id<User>,
    (split, shares): (&Split, &[NewParticipant]),
    place: &str,
) -> Error {
    let unknown = match error {
        repository::Error::NotFound("contact") => {
            let contacts: Vec<Id<Contact>> = shares.iter().map(|share| share.contact_id).collect();
            names_of(conn, user, split, &contacts, place).err()
        }
        _ => None,
    };
    unknown.unwrap_or_else(|| users::unknown(error.into()))
}

fn work_out(total: Amount, currency: Currency, split: &Split, place: &str) -> Result<Division> {
    divide(total, currency, split).map_err(|error| {
        // What is wrong with the total is wrong outside the split.
        let pointer = match error {
            DivisionError::Total(_) => "/total_amount".to_owned(),
            _ => format!("{place}{}", error.pointer()),
        };
        Error::invalid(pointer, error.code(), error.to_string())
    })
}

/// The names of all who owe, in one statement. A contact of another user is as unknown as one that never was.
fn names_of(
    conn: &mut Conn<'_>,
    user: Id<User>,
    split: &Split,
    ids: &[Id<Contact>],
    place: &str,
) -> Result<HashMap<Id<Contact>, PersonName>> {
    let found = contacts::find_many(conn, user, ids)?;
    let names: HashMap<_, _> = found.into_iter().map(|contact| (contact.id, contact.name)).collect();
    let mut unknown = Invalid::collect();
    for (n, id) in ids.iter().enumerate().filter(|(_, id)| !names.contains_key(id)) {
        let detail = "is not a contact of this user: add it with POST /v1/split/users/{id}/contacts";
        unknown.add(format!("{place}{}", place_of(split, n, *id)), "unknown_contact", detail);
    }
    if !unknown.is_empty() {
        users::must_exist(conn, user)?;
    }
    unknown.finish()?;
    Ok(names)
}

/// Where the `n`th of those who owe is named: among the participants, or with the first item it had, because an
/// item-wise split may name its people there alone.
fn place_of(split: &Split, n: usize, contact: Id<Contact>) -> String {
    let items = if let Split::Items { items, .. } = split { items.as_slice() } else { &[] };
    let had_by = |sharer: &Sharer| *sharer == Sharer::Contact(contact);
    let with_item =
        items.iter().enumerate().find_map(|(k, item)| Some((k, item.had_by.iter().position(had_by)?)));
    match with_item {
        Some((k, j)) => format!("/items/{k}/contact_ids/{j}"),
        None => format!("/participants/{n}/contact_id"),
    }
}

/// What the organiser bears of a stored bill: whatever nobody owes.
pub(super) fn organiser_share(total: Amount, owed: impl Iterator<Item = Amount>) -> Option<Amount> {
    let owed: SignedAmount = owed.sum();
    Amount::try_from(SignedAmount::from(total) - owed).ok().filter(|rest| !rest.is_zero())
}
