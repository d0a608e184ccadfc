//! Balances: what a user's contacts owe over all active bills.

use super::Contact;
use crate::{Currency, Id, PersonName, SignedAmount};

/// What one contact owes in one currency, over all of the user's active bills. A contact with bills in two
/// currencies has two balances, because amounts of different currencies cannot be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Balance {
    /// Who owes.
    pub contact_id: Id<Contact>,
    /// The contact's name.
    pub contact_name: PersonName,
    /// The currency of the three sums.
    pub currency: Currency,
    /// All shares.
    pub owed: SignedAmount,
    /// Those that are confirmed.
    pub paid: SignedAmount,
}

impl Balance {
    /// What is still to be paid.
    pub fn open(&self) -> SignedAmount {
        self.owed - self.paid
    }
}
