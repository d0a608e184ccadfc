//! Why a bill cannot be divided as asked.

use crate::invalid::{FieldError, Violation, here};
use crate::money::AmountError;
use crate::{Amount, Currency, SignedAmount};

use super::{MAX_PEOPLE, Percent, quota};

/// What to do about a part of nothing.
pub(super) const LEAVE_OUT: &str = ": leave out whoever owes nothing";

/// Why an amount that somebody should owe was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{error}{}", if *.error == AmountError::NotPositive { LEAVE_OUT } else { "" })]
pub(super) struct OwedError {
    error: AmountError,
}

impl From<AmountError> for OwedError {
    fn from(error: AmountError) -> Self {
        Self { error }
    }
}

impl FieldError for OwedError {
    fn violations(&self) -> Vec<Violation> {
        here(self.error.code(), self)
    }
}

/// Why a bill cannot be divided as asked. Each has a stable [`code`](Self::code), and a
/// [`pointer`](Self::pointer) to the place in the split.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DivisionError {
    /// The total is zero or does not fit its currency.
    #[error("{0}")]
    Total(AmountError),
    /// An amount in the split does not fit the currency, or is zero where it may not be.
    #[error("{error}")]
    Amount {
        /// Where it stands.
        pointer: String,
        /// What is wrong.
        error: AmountError,
    },
    /// There are no participants.
    #[error("there is nobody to split among")]
    Nobody,
    /// More than [`MAX_PEOPLE`] participants.
    #[error("a bill can be split among at most {MAX_PEOPLE} people")]
    TooManyPeople,
    /// The same contact stands there twice.
    #[error("the same contact must not stand there twice")]
    DuplicateContact {
        /// Where it stands the second time.
        pointer: String,
    },
    /// Everybody must owe at least one minor unit, and there are not enough.
    #[error("{total} {currency} cannot be split among {people} people: everybody must owe something")]
    TooFewMinorUnits {
        /// What there is.
        total: Amount,
        /// In which currency.
        currency: Currency,
        /// How many there are, the organiser included.
        people: usize,
    },
    /// The adjustments alone are more than the total.
    #[error("the adjustments add up to {sum}, {} than the total of {total}", .sum.compared_to(*.total))]
    AdjustmentsExceedTotal {
        /// Of the adjustments.
        sum: SignedAmount,
        /// Of the bill.
        total: Amount,
    },
    /// What must be the total is not.
    #[error("{what} add up to {sum}, {} than the total of {total}", .sum.compared_to(*.total))]
    SumDiffers {
        /// Where it was added up.
        pointer: &'static str,
        /// What was added up.
        what: &'static str,
        /// To this.
        sum: SignedAmount,
        /// Instead of this.
        total: Amount,
    },
    /// The percentages are not 100 together.
    #[error("the percentages add up to {}, {} than 100", quota::write(*.ten_thousandths), hundred(*.ten_thousandths))]
    PercentSumDiffers {
        /// Their sum in units of 0.0001.
        ten_thousandths: u64,
    },
    /// A part comes to nothing, or less.
    #[error("the part comes to {amount}, and it must be above zero{LEAVE_OUT}")]
    PartNotPositive {
        /// Whose part.
        pointer: String,
        /// What it comes to.
        amount: SignedAmount,
    },
    /// There are no items to split by.
    #[error("there are no items to split by")]
    NoItems,
    /// Nobody had an item.
    #[error("somebody must have had the item")]
    ItemWithoutContacts {
        /// Which item.
        pointer: String,
    },
    /// Somebody had an item who is not among the participants.
    #[error("the contact is not among the participants of the split")]
    UnknownContact {
        /// Where it stands.
        pointer: String,
    },
}

/// How far percentages are from 100: "5 less", "0.5 more".
fn hundred(ten_thousandths: u64) -> String {
    let direction = if ten_thousandths < Percent::HUNDRED { "less" } else { "more" };
    format!("{} {direction}", quota::write(ten_thousandths.abs_diff(Percent::HUNDRED)))
}

impl DivisionError {
    /// Stable, machine readable.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Total(error) | Self::Amount { error, .. } => error.code(),
            Self::Nobody => "nobody_to_split_among",
            Self::TooManyPeople => "too_many_people",
            Self::DuplicateContact { .. } => "duplicate_contact",
            Self::TooFewMinorUnits { .. } => "too_few_minor_units",
            Self::AdjustmentsExceedTotal { .. } => "adjustments_exceed_total",
            Self::SumDiffers { .. } => "sum_differs",
            Self::PercentSumDiffers { .. } => "percent_sum_differs",
            Self::PartNotPositive { .. } => "part_not_positive",
            Self::NoItems => "no_items",
            Self::ItemWithoutContacts { .. } => "item_without_contacts",
            Self::UnknownContact { .. } => "unknown_contact",
        }
    }

    /// Where in the split, as a JSON pointer that starts at the split.
    pub fn pointer(&self) -> &str {
        match self {
            Self::Total(_) => "",
            Self::Amount { pointer, .. }
            | Self::DuplicateContact { pointer }
            | Self::PartNotPositive { pointer, .. }
            | Self::ItemWithoutContacts { pointer }
            | Self::UnknownContact { pointer } => pointer,
            Self::SumDiffers { pointer, .. } => pointer,
            Self::NoItems => "/items",
            Self::Nobody
            | Self::TooManyPeople
            | Self::TooFewMinorUnits { .. }
            | Self::AdjustmentsExceedTotal { .. }
            | Self::PercentSumDiffers { .. } => "/participants",
        }
    }
}

impl FieldError for DivisionError {
    fn violations(&self) -> Vec<Violation> {
        vec![Violation { pointer: self.pointer().to_owned(), code: self.code(), detail: self.to_string() }]
    }
}
