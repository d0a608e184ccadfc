//! Whole numbers within bounds.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::invalid::{FieldError, Violation, here};

/// A whole number from `MIN` to `MAX`, as a column `INTEGER` holds it. JSON has it as a number.
///
/// ```
/// use strongroom_domain::whole::Whole;
///
/// type Score = Whole<0, 100>;
///
/// assert_eq!(Score::new(41)?.get(), 41);
/// let error = Score::new(101).unwrap_err();
/// assert_eq!(error.to_string(), "the number must be a whole number from 0 to 100");
/// # Ok::<(), strongroom_domain::whole::WholeError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Whole<const MIN: i32, const MAX: i32>(i32);

/// A number outside the bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the number must be a whole number from {min} to {max}")]
pub struct WholeError {
    min: i32,
    max: i32,
}

impl WholeError {
    /// Stable, machine readable.
    pub const CODE: &'static str = "out_of_range";

    /// The same as [`CODE`](Self::CODE).
    pub fn code(self) -> &'static str {
        Self::CODE
    }
}

impl FieldError for WholeError {
    fn violations(&self) -> Vec<Violation> {
        here(Self::CODE, self)
    }
}

impl<const MIN: i32, const MAX: i32> Whole<MIN, MAX> {
    /// The smallest number.
    pub const MIN: Self = Self(MIN);
    /// The largest number.
    pub const MAX: Self = Self(MAX);

    /// Checks the bounds.
    pub fn new(number: i64) -> Result<Self, WholeError> {
        let held = i32::try_from(number).ok().filter(|number| (MIN..=MAX).contains(number));
        held.map(Self).ok_or(Self::OUTSIDE)
    }

    /// Reads an integer as JSON writes it: digits, with a minus sign where it is below zero. There is neither a fraction nor an
    /// exponent.
    pub fn parse(input: &str) -> Result<Self, WholeError> {
        let digits = input.strip_prefix('-').unwrap_or(input);
        let read = if digits.bytes().all(|b| b.is_ascii_digit()) { input.parse().ok() } else { None };
        read.ok_or(Self::OUTSIDE).and_then(Self::new)
    }

    /// The number.
    pub fn get(self) -> i32 {
        self.0
    }

    const OUTSIDE: WholeError = WholeError { min: MIN, max: MAX };
}

impl<const MIN: i32, const MAX: i32> fmt::Display for Whole<MIN, MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<const MIN: i32, const MAX: i32> fmt::Debug for Whole<MIN, MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<const MIN: i32, const MAX: i32> Serialize for Whole<MIN, MAX> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i32(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Score = Whole<0, 100>;
    type Volume = Whole<1, { i32::MAX }>;

    #[test]
    fn numbers_are_within_the_bounds() {
        for (number, fits) in [(-1, false), (0, true), (100, true), (101, false), (i64::MIN, false)] {
            assert_eq!(Score::new(number).is_ok(), fits, "{number}");
        }
        for (number, fits) in [(0, false), (1, true), (2_147_483_647, true), (2_147_483_648, false)] {
            assert_eq!(Volume::new(number).is_ok(), fits, "{number}");
        }
    }

    #[test]
    fn integers_have_neither_fraction_nor_exponent() {
        assert_eq!(Score::parse("41"), Score::new(41));
        assert_eq!(Whole::<-5, 5>::parse("-5").map(Whole::get), Ok(-5));
        for input in ["", "-", "+1", "1.0", "1e1", " 1", "१", "--1", "99999999999999999999"] {
            assert_eq!(Score::parse(input).unwrap_err().code(), "out_of_range", "{input}");
        }
        assert_eq!(serde_json::to_string(&Score::MAX).unwrap(), "100");
    }
}
