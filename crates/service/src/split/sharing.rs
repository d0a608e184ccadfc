//! Who owes what: a split worked out, checked against a user's contacts, and shown before it is stored.

use std::collections::HashMap;

use domain::split::bills::Warning;
use domain::split::division::{Sharer, SplitInput};
use domain::split::{
    Bill, Contact, Division, DivisionError, Item, NewParticipant, Participant, PaymentStatus, Split, User,
    divide,
};
use domain::{Amount, Currency, Id, Invalid, PersonName, SignedAmount, Text};
use repository::split::{bill_participants, contacts};
use repository::{Cx, Tx};

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
    cx: &mut Cx<'_>,
    user: Option<Id<User>>,
    total: Amount,
    currency: Currency,
    split: &Split,
) -> Result<Preview> {
    let division = work_out(total, currency, split, FIELD)?;
    let mut names = match user {
        Some(user) => names_of(cx, user, split, &division, FIELD).map_err(users::unknown)?,
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
/// discount is none, because a line is above zero; the bill then warns that its items come to more than its total.
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

/// The shares of a bill to store, each with the contact's name, once every contact has proved to be its user's.
pub(super) fn shares_of(
    cx: &mut Cx<'_>,
    bill: &Bill,
    split: &Split,
    place: &str,
) -> Result<Vec<(NewParticipant, PersonName)>> {
    let division = work_out(bill.total_amount, bill.currency, split, place)?;
    let mut names = names_of(cx, bill.user_id, split, &division, place)?;
    let share = |(contact_id, amount_owed)| {
        Some((NewParticipant { contact_id, amount_owed }, names.remove(&contact_id)?))
    };
    Ok(division.parts.into_iter().filter_map(share).collect())
}

/// Stores the shares of a bill that has none. What was just stored is known, so it is not read back.
pub(super) fn store(
    tx: &mut Tx<'_>,
    bill: &Bill,
    shares: Vec<(NewParticipant, PersonName)>,
) -> Result<Vec<Participant>> {
    let (shares, names): (Vec<_>, Vec<_>) = shares.into_iter().unzip();
    let ids = bill_participants::insert_all(tx, bill, &shares)?;
    let stored = ids.into_iter().zip(shares).zip(names).map(|((id, share), contact_name)| Participant {
        id,
        bill_id: bill.id,
        contact_id: share.contact_id,
        contact_name,
        amount_owed: share.amount_owed,
        payment_status: PaymentStatus::Pending,
        paid_at: None,
        reminder_count: 0,
        last_reminder_sent: None,
        created_at: tx.now,
        updated_at: tx.now,
    });
    Ok(stored.collect())
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
    cx: &mut Cx<'_>,
    user: Id<User>,
    split: &Split,
    division: &Division,
    place: &str,
) -> Result<HashMap<Id<Contact>, PersonName>> {
    let ids: Vec<Id<Contact>> = division.parts.iter().map(|(contact_id, _)| *contact_id).collect();
    let found = contacts::find_many(cx, user, &ids)?;
    let names: HashMap<_, _> = found.into_iter().map(|contact| (contact.id, contact.name)).collect();
    let mut unknown = Invalid::collect();
    for (n, id) in ids.iter().enumerate().filter(|(_, id)| !names.contains_key(id)) {
        let detail = "is not a contact of this user: add it with POST /v1/split/users/{id}/contacts";
        unknown.add(format!("{place}{}", place_of(split, n, *id)), "unknown_contact", detail);
    }
    if !unknown.is_empty() {
        users::must_exist(cx, user)?;
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
