//! Contacts and bills in bulk. What is wrong with one row does not keep the others from being stored.

use std::collections::{HashMap, HashSet};

use domain::split::{Bill, BillChanges, Contact, ContactChanges, NewBill, NewContact, User};
use domain::{Id, Invalid};
use repository::Tx;
use repository::split::batch::{self, LockedBill, Stored};

use super::bills::must_allow;
use super::users;
use crate::batch::Outcome;
use crate::{Error, Result};

/// Adds contacts to a user. One whose phone number the user has already is found, and keeps its name.
pub fn create_contacts(
    tx: &mut Tx<'_>,
    user: Id<User>,
    rows: &[NewContact],
) -> Result<Vec<Outcome<Contact>>> {
    users::must_exist(tx, user)?;
    let stored = batch::insert_contacts(tx, user, rows)?;
    Ok(stored.into_iter().map(|stored| created(stored, || Outcome::NotFound)).collect())
}

/// Changes contacts of a user.
pub fn update_contacts(
    tx: &mut Tx<'_>,
    user: Id<User>,
    rows: &[(Id<Contact>, ContactChanges)],
) -> Result<Vec<Outcome<Contact>>> {
    users::must_exist(tx, user)?;
    let mut once = Once::default();
    let first: Vec<_> = rows.iter().filter(|(id, _)| once.is_first(*id)).cloned().collect();
    let stored = batch::update_contacts(tx, user, &first).map_err(|error| match error {
        // Somebody else took a phone number between two statements: the next attempt sees who has it.
        repository::Error::Conflict { .. } => repository::Error::Contention,
        error => error,
    })?;
    let changed = first.iter().zip(stored).map(|((id, _), stored)| (*id, stored));
    let mut outcomes: HashMap<_, _> = changed
        .map(|(id, stored)| match stored {
            Stored::Made(_) => (id, Outcome::Updated(id)),
            Stored::Found(other) => (id, Outcome::Invalid(phone_taken(other))),
            Stored::Absent => (id, Outcome::NotFound),
        })
        .collect();
    Ok(rows.iter().map(|(id, _)| outcomes.remove(id).unwrap_or_else(again)).collect())
}

/// Makes bills without shares.
pub fn create_bills(tx: &mut Tx<'_>, rows: &[NewBill]) -> Result<Vec<Outcome<Bill>>> {
    let stored = batch::insert_bills(tx, rows)?;
    let unknown_user = || Outcome::Invalid(users::unknown_user());
    Ok(stored.into_iter().map(|stored| created(stored, unknown_user)).collect())
}

/// Changes bills; their shares stay as they are.
pub fn update_bills(tx: &mut Tx<'_>, rows: &[(Id<Bill>, BillChanges)]) -> Result<Vec<Outcome<Bill>>> {
    let ids: Vec<_> = rows.iter().map(|(id, _)| *id).collect();
    let locked = batch::lock_bills(tx, &ids)?;
    let mut locked: HashMap<_, _> = locked.into_iter().map(|locked| (locked.bill.id, locked)).collect();
    let (mut once, mut changed) = (Once::default(), Vec::new());
    let mut judge = |(id, changes): &(Id<Bill>, BillChanges)| {
        if !once.is_first(*id) {
            return Ok(again());
        }
        let Some(LockedBill { bill, is_split }) = locked.remove(id) else { return Ok(Outcome::NotFound) };
        match must_allow(&bill, changes, is_split) {
            Ok(()) if changes.is_empty() => {}
            Ok(()) => changed.push(bill.with(changes.clone())),
            Err(Error::Invalid(invalid)) => return Ok(Outcome::Invalid(invalid)),
            Err(Error::Conflict { kind, detail }) => {
                return Ok(Outcome::Invalid(Invalid::one("", kind.code, detail)));
            }
            Err(error) => return Err(error),
        }
        Ok(Outcome::Updated(*id))
    };
    let outcomes = rows.iter().map(&mut judge).collect::<Result<Vec<_>>>()?;
    batch::update_bills(tx, &changed)?;
    Ok(outcomes)
}

fn created<T>(stored: Stored<T>, absent: impl Fn() -> Outcome<T>) -> Outcome<T> {
    match stored {
        Stored::Made(id) => Outcome::Created(id),
        Stored::Found(id) => Outcome::Found(id),
        Stored::Absent => absent(),
    }
}

fn phone_taken(by: Id<Contact>) -> Invalid {
    Invalid::one("/phone_number", "taken", format!("contact {by} of this user has this phone number"))
}

fn again<T>() -> Outcome<T> {
    Outcome::Invalid(Invalid::one("/id", "duplicate", "an earlier row of this batch changes the same"))
}

/// Tells the first row of each id from those after it: one statement changes a row once.
struct Once<T>(HashSet<Id<T>>);

impl<T> Once<T> {
    fn is_first(&mut self, id: Id<T>) -> bool {
        self.0.insert(id)
    }
}

impl<T> Default for Once<T> {
    fn default() -> Self {
        Self(HashSet::new())
    }
}
