//! Division: who owes what of a bill, to the last paisa.
//!
//! All arithmetic is in minor units of the currency. What does not divide evenly goes, one unit each, to
//! those with the largest remainders, ties in the order given and the organiser last, so the parts always add
//! up to the total exactly. An adjustment is added to a person after the rest was divided.
//!
//! [`SplitInput`] reads a split as it was written and names everything that is wrong with its fields;
//! [`Split`] is the result, in which each mode has just what it needs; [`divide`] does the sum.
//!
//! ```
//! use strongroom_domain::split::division::{Part, Split, divide};
//! use strongroom_domain::{Amount, Currency, Id};
//!
//! let parts = (0..3).map(|_| Part::new(Id::generate(), ())).collect();
//! let split = Split::Equal { parts, organiser: false };
//! let division = divide(Amount::parse("100.00")?, Currency::INR, &split)?;
//! let amounts: Vec<_> = division.parts.iter().map(|(_, amount)| amount.to_string()).collect();
//! assert_eq!(amounts, ["33.34", "33.33", "33.33"]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod apportion;
mod divide;
mod error;
mod input;
mod items;
mod quota;

#[cfg(test)]
mod examples;
#[cfg(test)]
mod properties;

pub use divide::divide;
pub use error::DivisionError;
pub use input::{ItemInput, ParticipantInput, ShareInput, SplitInput};
pub use quota::{Percent, QuotaError, Shares};

use super::Contact;
use crate::{Amount, Id, SignedAmount};

/// No bill is divided among more people.
pub const MAX_PEOPLE: usize = 1_000;

closed_set! {
    /// How a bill is divided.
    SplitMode, "split mode" {
        /// Everybody owes the same.
        Equal = "equal",
        /// Everybody owes a given amount.
        Exact = "exact",
        /// Everybody owes a given percentage.
        Percent = "percent",
        /// Everybody owes in proportion to a number of shares.
        Shares = "shares",
        /// Everybody owes what they had.
        Items = "items",
    }
}

/// One person of a split, with what the mode wants to know of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part<V> {
    /// Who.
    pub contact_id: Id<Contact>,
    /// How much, as the mode counts.
    pub value: V,
    /// Added after the rest was divided; may be below zero.
    pub adjustment: SignedAmount,
}

impl<V> Part<V> {
    /// A person without an adjustment.
    pub fn new(contact_id: Id<Contact>, value: V) -> Self {
        Self { contact_id, value, adjustment: SignedAmount::ZERO }
    }
}

/// How a bill is to be divided. The organiser's own share is counted where there is one, and never stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Split {
    /// Everybody owes the same, give or take one minor unit.
    Equal {
        /// Who owes.
        parts: Vec<Part<()>>,
        /// Whether the organiser takes part.
        organiser: bool,
    },
    /// The amounts are given; with the adjustments they must be the total.
    Exact {
        /// Who owes how much.
        parts: Vec<Part<Amount>>,
        /// The organiser's own amount.
        organiser: Option<Amount>,
    },
    /// The percentages are given and must add up to 100.
    Percent {
        /// Who owes which percentage.
        parts: Vec<Part<Percent>>,
        /// The organiser's own percentage.
        organiser: Option<Percent>,
    },
    /// In proportion to shares.
    Shares {
        /// Who has how many.
        parts: Vec<Part<Shares>>,
        /// The organiser's own.
        organiser: Option<Shares>,
    },
    /// By what everybody had. Each item is divided equally among those who had it; tax, tip and discount
    /// follow in proportion. Items, tax and tip less the discount must be the total.
    Items {
        /// Who owes.
        parts: Vec<Part<()>>,
        /// What was had, and by whom.
        items: Vec<SharedItem>,
        /// On top of the items.
        tax: Amount,
        /// On top of the items.
        tip: Amount,
        /// Off the items.
        discount: Amount,
    },
}

/// A line of a bill and those who had it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedItem {
    /// The line's total, above zero.
    pub amount: Amount,
    /// Who had it. The contacts among them stand among the split's parts.
    pub had_by: Vec<Sharer>,
}

/// Somebody who had an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sharer {
    /// A contact.
    Contact(Id<Contact>),
    /// The organiser.
    Organiser,
}

/// A divided bill. The parts and the organiser's share add up to its total.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Division {
    /// Who owes how much, in the order given; every amount is above zero.
    pub parts: Vec<(Id<Contact>, Amount)>,
    /// What the organiser bears, where the organiser takes part.
    pub organiser_share: Option<Amount>,
}

impl Split {
    /// Which mode this is.
    pub fn mode(&self) -> SplitMode {
        match self {
            Self::Equal { .. } => SplitMode::Equal,
            Self::Exact { .. } => SplitMode::Exact,
            Self::Percent { .. } => SplitMode::Percent,
            Self::Shares { .. } => SplitMode::Shares,
            Self::Items { .. } => SplitMode::Items,
        }
    }

    /// Whom it is divided among, the organiser apart, each with the adjustment.
    pub fn people(&self) -> Vec<(Id<Contact>, SignedAmount)> {
        fn of<V>(parts: &[Part<V>]) -> Vec<(Id<Contact>, SignedAmount)> {
            parts.iter().map(|part| (part.contact_id, part.adjustment)).collect()
        }
        match self {
            Self::Equal { parts, .. } | Self::Items { parts, .. } => of(parts),
            Self::Exact { parts, .. } => of(parts),
            Self::Percent { parts, .. } => of(parts),
            Self::Shares { parts, .. } => of(parts),
        }
    }

    /// Whether the organiser bears a share.
    pub fn has_organiser(&self) -> bool {
        match self {
            Self::Equal { organiser, .. } => *organiser,
            Self::Exact { organiser, .. } => organiser.is_some(),
            Self::Percent { organiser, .. } => organiser.is_some(),
            Self::Shares { organiser, .. } => organiser.is_some(),
            Self::Items { items, .. } => items.iter().any(SharedItem::organiser),
        }
    }
}
