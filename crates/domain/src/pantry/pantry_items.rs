//! What is at home, and when it expires.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use serde::{Serialize, Serializer};

use super::{Product, User};
use crate::invalid::{FieldError, Violation, here};
use crate::text::{Form, TextError, fold, read};
use crate::{Day, Decimal, Id, Text};

/// How much there is of something.
pub type Quantity = Decimal<10, 3>;

/// What a quantity counts: 1 to 50 characters, folded, so that "L" and "l" are the same.
///
/// ```
/// use strongroom_domain::pantry::Unit;
///
/// assert_eq!(Unit::parse(" L ")?, Unit::parse("l")?);
/// assert!(Unit::parse("").is_err());
/// # Ok::<(), strongroom_domain::TextError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Unit(String);

impl Unit {
    const LONGEST: usize = 50;

    /// Folds and checks.
    pub fn parse(input: &str) -> Result<Self, TextError> {
        let unit = read(input, Self::LONGEST, Form::Line)?;
        // Folding may make it longer, and the column holds what was folded.
        read(&fold(&unit), Self::LONGEST, Form::Line).map(Self)
    }

    /// Takes what came out of the store as it is.
    pub fn from_trusted(unit: String) -> Self {
        Self(unit)
    }

    /// The unit, folded.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Unit {
    type Err = TextError;

    fn from_str(input: &str) -> Result<Self, TextError> {
        Self::parse(input)
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl Serialize for Unit {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// Something at home.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PantryItem {
    /// Its id.
    pub id: Id<PantryItem>,
    /// Whose it is.
    pub user_id: Id<User>,
    /// What it is.
    pub product_id: Id<Product>,
    /// What that is called.
    pub product_name: Text<255>,
    /// How much there is; none: some, not measured.
    pub quantity: Option<Quantity>,
    /// What the quantity counts; none: pieces.
    pub unit: Option<Unit>,
    /// The last day on which it is good; none: unknown.
    pub expiry_date: Option<Day>,
    /// When the first of it was added.
    pub added_date: DateTime<Utc>,
    /// Free text of the household.
    pub notes: Option<Text<2_000>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// Something that comes into the pantry. What is there of the same product, unit and expiry becomes more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPantryItem {
    /// Whose it is.
    pub user_id: Id<User>,
    /// What it is.
    pub product_id: Id<Product>,
    /// How much it is, zero or more; none: some, not measured.
    pub quantity: Option<Quantity>,
    /// What the quantity counts; none: pieces.
    pub unit: Option<Unit>,
    /// The last day on which it is good; none: unknown.
    pub expiry_date: Option<Day>,
    /// Free text of the household.
    pub notes: Option<Text<2_000>>,
}

/// What to change of something at home: `None` keeps, `Some(None)` clears.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PantryItemChanges {
    /// It is something else.
    pub product_id: Option<Id<Product>>,
    /// Another quantity, zero or more, or an unknown one.
    pub quantity: Option<Option<Quantity>>,
    /// Another unit, or none.
    pub unit: Option<Option<Unit>>,
    /// Another expiry, or none.
    pub expiry_date: Option<Option<Day>>,
    /// New notes, or none.
    pub notes: Option<Option<Text<2_000>>>,
}

impl PantryItemChanges {
    /// Whether nothing is to change.
    pub fn is_empty(&self) -> bool {
        self == &Self::default()
    }

    /// The row after the change.
    pub fn apply(self, item: PantryItem) -> PantryItem {
        let Self { product_id, quantity, unit, expiry_date, notes } = self;
        PantryItem {
            product_id: product_id.unwrap_or(item.product_id),
            quantity: quantity.unwrap_or(item.quantity),
            unit: unit.unwrap_or(item.unit),
            expiry_date: expiry_date.unwrap_or(item.expiry_date),
            notes: notes.unwrap_or(item.notes),
            ..item
        }
    }
}

/// How much of something is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consumption {
    /// So much, above zero.
    Some(Quantity),
    /// Whatever there is.
    All,
}

/// Which part of a pantry is looked at. There is something where the quantity is above zero, or not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shelf {
    /// Every row, also those of which nothing is left.
    All,
    /// What there is and has not expired.
    Available,
    /// What there is and expires within so many days: today is 0.
    Expiring(DaysAhead),
    /// What there is and has expired.
    Expired,
}

/// How many days ahead is looked: 0 to 365.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DaysAhead(u16);

/// A number of days outside 0 to 365.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the number of days must be from 0 to {}", DaysAhead::MOST)]
pub struct DaysAheadError;

impl DaysAhead {
    const MOST: u16 = 365;

    /// Checks the range.
    pub fn new(days: i64) -> Result<Self, DaysAheadError> {
        u16::try_from(days).ok().filter(|days| *days <= Self::MOST).map(Self).ok_or(DaysAheadError)
    }

    /// The number.
    pub fn get(self) -> u16 {
        self.0
    }
}

impl TryFrom<u32> for DaysAhead {
    type Error = DaysAheadError;

    fn try_from(days: u32) -> Result<Self, DaysAheadError> {
        Self::new(days.into())
    }
}

impl DaysAheadError {
    /// Stable, machine readable.
    pub const CODE: &'static str = "out_of_range";
}

impl FieldError for DaysAheadError {
    fn violations(&self) -> Vec<Violation> {
        here(Self::CODE, self)
    }
}

/// Something at home, seen on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemOnDay {
    /// What it is.
    pub item: PantryItem,
    /// The day.
    pub on: Day,
}

impl ItemOnDay {
    /// How many days are left until it expires: 0 on its last day, below zero afterwards; none where that is unknown.
    pub fn days_left(&self) -> Option<i64> {
        let days = |expiry: Day| expiry.date().signed_duration_since(self.on.date()).num_days();
        self.item.expiry_date.map(days)
    }
}

/// What a pantry holds, in figures. Only what there is counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PantryStatistics {
    /// The day on which it is seen.
    pub on: Day,
    /// How many rows there are.
    pub total_items: i64,
    /// How many of them expire soon, today included.
    pub expiring_soon: i64,
    /// How many of them have expired.
    pub expired: i64,
    /// How many different categories their products have.
    pub categories_count: i64,
    /// When one of them last changed.
    pub last_updated: Option<DateTime<Utc>>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_days_ahead_have_a_range() {
        for (days, fits) in [(-1, false), (0, true), (365, true), (366, false), (i64::MAX, false)] {
            assert_eq!(DaysAhead::new(days).is_ok(), fits, "{days}");
        }
    }

    #[test]
    fn units_are_folded_and_bounded() {
        assert_eq!(Unit::parse("  KG ").unwrap().as_str(), "kg");
        assert_eq!(Unit::parse("Ł\u{a0} z").unwrap().as_str(), "ł z");
        assert!(Unit::parse(&"x".repeat(50)).is_ok());
        for long in ["x".repeat(51), "ß".repeat(50)] {
            assert_eq!(Unit::parse(&long), Err(TextError::TooLong { max: 50 }));
        }
        assert_eq!(Unit::parse("a\nb"), Err(TextError::ControlCharacter));
    }

    proptest! {
        #[test]
        fn a_unit_reads_back_as_itself(input in any::<String>()) {
            if let Ok(unit) = Unit::parse(&input) {
                prop_assert_eq!(Unit::parse(unit.as_str()), Ok(unit));
            }
        }
    }
}
