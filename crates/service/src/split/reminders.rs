//! Who is due a reminder, and recording the ones that were delivered.

use domain::split::reminders::{Reminder, Skipped, due};
use domain::split::{Bill, Participant, User};
use domain::{Currency, Id};
use repository::split::reminders::{self, Remindable};
use repository::split::{bill_participants, bills};
use repository::{Conn, Tx};

use super::{conflicts, users};
use crate::{Error, Result};

/// A share, and whether its owner is due a reminder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The share.
    pub participant: Participant,
    /// Its currency.
    pub currency: Currency,
    /// Why not now; none for one who is due.
    pub skipped: Option<Skipped>,
}

/// The shares of a bill; `max` is how many reminders a person gets.
pub fn of_bill(conn: &mut Conn<'_>, bill: Id<Bill>, max: i32) -> Result<Vec<Entry>> {
    let shares = reminders::list_for_bill(conn, bill)?;
    if shares.is_empty() {
        bills::get(conn, bill)?;
    }
    Ok(judged(shares, max))
}

/// The unpaid shares of all active bills of a user.
pub fn of_user(conn: &mut Conn<'_>, user: Id<User>, max: i32) -> Result<Vec<Entry>> {
    let shares = reminders::list_for_user(conn, user)?;
    if shares.is_empty() {
        users::must_exist(conn, user)?;
    }
    Ok(judged(shares, max))
}

/// Records that these people of a bill were reminded: all of them, or, when one is not due, nobody.
pub fn record(tx: &mut Tx<'_>, bill: Id<Bill>, reminded: &[Id<Participant>], max: i32) -> Result<Vec<Entry>> {
    bills::lock(tx, bill)?;
    let entries = of_bill(tx, bill, max)?;
    for (n, id) in reminded.iter().enumerate() {
        let Some(entry) = entries.iter().find(|entry| entry.participant.id == *id) else {
            let pointer = format!("/participant_ids/{n}");
            return Err(Error::invalid(pointer, "unknown_participant", "is not a participant of this bill"));
        };
        if let Some(skipped) = entry.skipped {
            let detail = format!("participant {id} is not due a reminder: {}", skipped.code());
            return Err(Error::conflict(&conflicts::REMINDER_NOT_DUE, detail));
        }
    }
    bill_participants::record_reminders(tx, reminded)?;
    of_bill(tx, bill, max)
}

fn judged(shares: Vec<Remindable>, max: i32) -> Vec<Entry> {
    let judge = |share: Remindable| {
        let Remindable { participant, currency, facts, now } = share;
        let skipped = match due(&facts, max, now) {
            Reminder::Due => None,
            Reminder::Skipped(skipped) => Some(skipped),
        };
        Entry { participant, currency, skipped }
    };
    shares.into_iter().map(judge).collect()
}
