//! Percentages.

use std::fmt;

use bigdecimal::{BigDecimal, RoundingMode};
use serde::{Serialize, Serializer};

use crate::decimal::{Decimal, DecimalError};
use crate::invalid::{FieldError, Violation, here};

/// From 0 to 100 percent with so many decimals, at most three. JSON has it as a string.
///
/// ```
/// use strongroom_domain::Percentage;
///
/// assert_eq!(Percentage::<2>::of(2, 7).to_string(), "28.57");
/// assert_eq!(Percentage::<1>::of(1, 16).to_string(), "6.3");
/// assert_eq!(Percentage::<2>::of(0, 0).to_string(), "0.00");
/// assert_eq!(Percentage::<2>::parse("61.5")?.to_string(), "61.50");
/// # Ok::<(), strongroom_domain::percentage::PercentageError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Percentage<const DECIMALS: u32>(Decimal<6, DECIMALS>);

/// Why a percentage was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PercentageError {
    /// No decimal number, or one with too many decimals.
    #[error(transparent)]
    Number(DecimalError),
    /// Below 0 or above 100.
    #[error("the percentage must be from 0 to 100")]
    OutOfRange,
}

impl PercentageError {
    /// Stable, machine readable.
    pub fn code(self) -> &'static str {
        match self {
            Self::Number(error) => error.code(),
            Self::OutOfRange => "out_of_range",
        }
    }
}

impl FieldError for PercentageError {
    fn violations(&self) -> Vec<Violation> {
        here(self.code(), self)
    }
}

impl From<DecimalError> for PercentageError {
    fn from(error: DecimalError) -> Self {
        if matches!(error, DecimalError::TooLarge { .. }) { Self::OutOfRange } else { Self::Number(error) }
    }
}

impl<const DECIMALS: u32> Percentage<DECIMALS> {
    /// Reads a decimal number. More decimals are refused.
    pub fn parse(input: &str) -> Result<Self, PercentageError> {
        Self::from_bigdecimal(&Decimal::<6, DECIMALS>::parse(input)?.to_bigdecimal())
    }

    /// So many of so many, rounded half up. Nothing of nothing is 0, and a part larger than the whole counts as the whole.
    pub fn of(part: u32, whole: u32) -> Self {
        if whole == 0 {
            return Self::default();
        }
        let percent = BigDecimal::from(u64::from(part.min(whole)) * 100) / BigDecimal::from(whole);
        Self::round(&percent).unwrap_or_default()
    }

    /// A number from 0 to 100 of any length, rounded half up.
    pub fn round(value: &BigDecimal) -> Result<Self, PercentageError> {
        let (least, most) = (BigDecimal::from(0), BigDecimal::from(100));
        if *value < least || *value > most {
            return Err(PercentageError::OutOfRange);
        }
        let rounded = value.with_scale_round(DECIMALS.into(), RoundingMode::HalfUp);
        Ok(Self(Decimal::from_bigdecimal(&rounded)?))
    }

    /// A number as it comes from the database.
    pub fn from_bigdecimal(value: &BigDecimal) -> Result<Self, PercentageError> {
        Decimal::<6, DECIMALS>::from_bigdecimal(value)?;
        Self::round(value)
    }

    /// The number as the database takes it.
    pub fn to_bigdecimal(self) -> BigDecimal {
        self.0.to_bigdecimal()
    }
}

impl<const DECIMALS: u32> fmt::Display for Percentage<DECIMALS> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<const DECIMALS: u32> fmt::Debug for Percentage<DECIMALS> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<const DECIMALS: u32> Serialize for Percentage<DECIMALS> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn parts_of_a_whole_are_rounded_half_up() {
        let two = |part, whole| Percentage::<2>::of(part, whole).to_string();
        for (part, whole, text) in [
            (2, 7, "28.57"),
            (2, 3, "66.67"),
            (0, 0, "0.00"),
            (5, 0, "0.00"),
            (4, 3, "100.00"),
            (1, 1, "100.00"),
        ] {
            assert_eq!(two(part, whole), text, "{part}/{whole}");
        }
        assert_eq!(two(u32::MAX - 1, u32::MAX), "100.00");
        for (part, whole, text) in
            [(3, 8, "37.5"), (1, 16, "6.3"), (1, 2, "50.0"), (0, 9, "0.0"), (1, 2000, "0.1")]
        {
            assert_eq!(Percentage::<1>::of(part, whole).to_string(), text, "{part}/{whole}");
        }
    }

    #[test]
    fn numbers_are_from_0_to_100() {
        let parsed = |text: &str| Percentage::<2>::parse(text).map_err(PercentageError::code);
        assert_eq!(parsed("100").unwrap().to_string(), "100.00");
        for (input, code) in [
            ("100.01", "out_of_range"),
            ("-0.01", "out_of_range"),
            ("99999999", "out_of_range"),
            ("1.234", "too_many_decimals"),
            ("NaN", "invalid_number"),
        ] {
            assert_eq!(parsed(input), Err(code), "{input}");
        }
        let rounded = |text: &str| Percentage::<2>::round(&text.parse().unwrap()).map(|it| it.to_string());
        assert_eq!(rounded("61.005").as_deref(), Ok("61.01"));
        assert_eq!(rounded("1e-900").as_deref(), Ok("0.00"));
        for outside in ["100.0001", "-1e-900", "1e900"] {
            assert_eq!(rounded(outside), Err(PercentageError::OutOfRange), "{outside}");
        }
    }

    proptest! {
        #[test]
        fn a_percentage_is_within_half_a_unit(part in 0_u32..5_000, whole in 1_u32..5_000) {
            let (part, percent) = (part.min(whole), Percentage::<2>::of(part, whole).to_bigdecimal());
            let off = percent * BigDecimal::from(whole) - BigDecimal::from(part * 100);
            let half = BigDecimal::from(whole) / BigDecimal::from(200);
            prop_assert!(off.abs() <= half);
        }
    }
}
