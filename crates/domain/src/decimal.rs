//! Decimal numbers that are no money, or money of another size than an [`Amount`](crate::Amount).

use std::fmt;
use std::str::FromStr;

use bigdecimal::{BigDecimal, RoundingMode};
use serde::{Serialize, Serializer};

use crate::invalid::{FieldError, Violation, here};
use crate::money::{AmountError, decimal};

/// What a column `NUMERIC(PRECISION, SCALE)` holds: at most `PRECISION` digits, `SCALE` of them decimals, with a sign. At most
/// 18 digits.
///
/// More decimals are refused, never rounded away; [`round`](Self::round) is for what was computed.
///
/// ```
/// use strongroom_domain::decimal::{Decimal, DecimalError};
///
/// type Quantity = Decimal<10, 3>;
///
/// let weighed = Quantity::parse("0.435")?.positive()?;
/// assert_eq!(weighed.checked_add(Quantity::parse("1")?)?.to_string(), "1.435");
/// assert_eq!(Quantity::parse("0.4355"), Err(DecimalError::TooManyDecimals { max: 3 }));
/// assert_eq!(Quantity::MAX.checked_add(weighed).unwrap_err().to_string(), "the number must be from -9999999.999 to 9999999.999");
/// # Ok::<(), DecimalError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Decimal<const PRECISION: u32, const SCALE: u32> {
    /// Counts 10^-`SCALE`.
    units: i64,
}

/// Why a decimal was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecimalError {
    /// Not digits with an optional decimal point: exponents, blanks, other signs, NaN and the like.
    #[error("the number must be a decimal number like 12.5")]
    Malformed,
    /// Below zero where zero is the least.
    #[error("the number must not be below zero")]
    Negative,
    /// Zero or below where something is needed.
    #[error("the number must be above zero")]
    NotPositive,
    /// More decimals than are stored.
    #[error("the number must have at most {max} decimals")]
    TooManyDecimals {
        /// How many there may be.
        max: u32,
    },
    /// More digits before the point than are stored, also of a sum.
    #[error("the number must be from -{0} to {0}", Largest { units: *.units, scale: *.scale })]
    TooLarge {
        /// The largest number, in units of the last decimal.
        units: i64,
        /// How many decimals it has.
        scale: u32,
    },
}

impl DecimalError {
    /// Stable, machine readable.
    pub fn code(self) -> &'static str {
        match self {
            Self::Malformed => "invalid_number",
            Self::Negative => "negative",
            Self::NotPositive => "not_positive",
            Self::TooManyDecimals { .. } => "too_many_decimals",
            Self::TooLarge { .. } => "too_large",
        }
    }
}

impl FieldError for DecimalError {
    fn violations(&self) -> Vec<Violation> {
        here(self.code(), self)
    }
}

impl<const PRECISION: u32, const SCALE: u32> Decimal<PRECISION, SCALE> {
    /// Nothing.
    pub const ZERO: Self = Self { units: 0 };
    /// The largest number that the column holds.
    pub const MAX: Self = {
        assert!(PRECISION >= 1 && PRECISION <= 18, "18 digits fit into 64 bits");
        assert!(SCALE <= PRECISION, "no more decimals than digits");
        Self { units: 10_i64.pow(PRECISION) - 1 }
    };

    /// Reads digits with an optional point and decimals, and a minus sign before them where the number is below zero.
    pub fn parse(input: &str) -> Result<Self, DecimalError> {
        decimal::parse(input, SCALE, Self::MAX.units).map(|units| Self { units }).map_err(Self::refused)
    }

    /// The same number, unless it is below zero.
    pub fn not_negative(self) -> Result<Self, DecimalError> {
        if self.units >= 0 { Ok(self) } else { Err(DecimalError::Negative) }
    }

    /// The same number, unless it is zero or below.
    pub fn positive(self) -> Result<Self, DecimalError> {
        if self.units > 0 { Ok(self) } else { Err(DecimalError::NotPositive) }
    }

    /// The sum, unless the column cannot hold it.
    pub fn checked_add(self, other: Self) -> Result<Self, DecimalError> {
        Self::of_units(i128::from(self.units) + i128::from(other.units))
    }

    /// The difference, unless the column cannot hold it.
    pub fn checked_sub(self, other: Self) -> Result<Self, DecimalError> {
        Self::of_units(i128::from(self.units) - i128::from(other.units))
    }

    /// A number as it comes from the database. Trailing zeros are no decimals.
    pub fn from_bigdecimal(value: &BigDecimal) -> Result<Self, DecimalError> {
        decimal::units(value, SCALE).map_err(Self::refused).and_then(Self::of_units)
    }

    /// A number that was computed exactly, rounded once, half away from zero.
    ///
    /// ```
    /// use strongroom_domain::decimal::Decimal;
    ///
    /// let price = Decimal::<12, 4>::parse("3.80")?.to_bigdecimal();
    /// let line = Decimal::<10, 3>::parse("0.575")?.to_bigdecimal() * price;
    /// assert_eq!(Decimal::<10, 2>::round(&line)?.to_string(), "2.19");
    /// # Ok::<(), strongroom_domain::decimal::DecimalError>(())
    /// ```
    pub fn round(value: &BigDecimal) -> Result<Self, DecimalError> {
        /// A number of a few bytes may have a billion digits. None that is computed from columns comes near this.
        const MOST_PLACES: i64 = 1_000;
        if !(-MOST_PLACES..=MOST_PLACES).contains(&value.as_bigint_and_scale().1) {
            return Err(Self::TOO_LARGE);
        }
        Self::from_bigdecimal(&value.with_scale_round(SCALE.into(), RoundingMode::HalfUp))
    }

    /// The number as the database takes it.
    pub fn to_bigdecimal(self) -> BigDecimal {
        BigDecimal::new(self.units.into(), SCALE.into())
    }

    const TOO_LARGE: DecimalError = DecimalError::TooLarge { units: Self::MAX.units, scale: SCALE };

    fn of_units(units: i128) -> Result<Self, DecimalError> {
        let held =
            i64::try_from(units).ok().filter(|units| (-Self::MAX.units..=Self::MAX.units).contains(units));
        held.map(|units| Self { units }).ok_or(Self::TOO_LARGE)
    }

    fn refused(error: AmountError) -> DecimalError {
        match error {
            AmountError::Malformed => DecimalError::Malformed,
            AmountError::Negative => DecimalError::Negative,
            AmountError::NotPositive => DecimalError::NotPositive,
            AmountError::TooManyDecimals { max } => DecimalError::TooManyDecimals { max },
            AmountError::TooLarge => Self::TOO_LARGE,
        }
    }
}

/// The bound of an error, written with its decimals.
struct Largest {
    units: i64,
    scale: u32,
}

impl fmt::Display for Largest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        decimal::write(self.units.into(), self.scale, f)
    }
}

impl<const PRECISION: u32, const SCALE: u32> fmt::Display for Decimal<PRECISION, SCALE> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        decimal::write(self.units.into(), SCALE, f)
    }
}

impl<const PRECISION: u32, const SCALE: u32> fmt::Debug for Decimal<PRECISION, SCALE> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<const PRECISION: u32, const SCALE: u32> FromStr for Decimal<PRECISION, SCALE> {
    type Err = DecimalError;

    fn from_str(input: &str) -> Result<Self, DecimalError> {
        Self::parse(input)
    }
}

impl<const PRECISION: u32, const SCALE: u32> Serialize for Decimal<PRECISION, SCALE> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Price = Decimal<12, 4>;
    type Percent = Decimal<5, 2>;
    type Whole = Decimal<3, 0>;

    fn big(text: &str) -> BigDecimal {
        text.parse().unwrap()
    }

    #[test]
    fn every_size_has_its_digits() {
        for (input, output) in
            [("1.659", "1.6590"), ("0.0095", "0.0095"), ("-2", "-2.0000"), ("-0", "0.0000")]
        {
            assert_eq!(Price::parse(input).unwrap().to_string(), output);
        }
        assert_eq!(Percent::parse("100").unwrap().to_string(), "100.00");
        assert_eq!(Whole::parse("-999").unwrap().to_string(), "-999");
        assert_eq!(Price::MAX.to_string(), "99999999.9999");
        assert_eq!(Decimal::<2, 2>::MAX.to_string(), "0.99");
        assert_eq!(Decimal::<18, 6>::MAX.to_string(), "999999999999.999999");
    }

    #[test]
    fn what_does_not_fit_is_refused_and_not_rounded() {
        use DecimalError::{Malformed, Negative, NotPositive, TooManyDecimals};
        for input in ["", "-", "1e3", "NaN", "+1", " 1", "1,5", "१", "Infinity"] {
            assert_eq!(Percent::parse(input), Err(Malformed), "{input}");
        }
        assert_eq!(Percent::parse("1.234"), Err(TooManyDecimals { max: 2 }));
        assert_eq!(Whole::parse("1.0"), Err(TooManyDecimals { max: 0 }));
        assert_eq!(
            Percent::parse("1000").unwrap_err().to_string(),
            "the number must be from -999.99 to 999.99"
        );
        assert_eq!(Whole::parse("-1000").unwrap_err().to_string(), "the number must be from -999 to 999");
        assert_eq!(Percent::parse("-1").unwrap().not_negative(), Err(Negative));
        assert_eq!(Percent::ZERO.positive(), Err(NotPositive));
        assert_eq!(Percent::ZERO.not_negative(), Ok(Percent::ZERO));
        assert_eq!(Percent::parse("1000").unwrap_err().code(), "too_large");
    }

    #[test]
    fn the_database_and_arithmetic_keep_the_limits() {
        assert_eq!(Percent::from_bigdecimal(&big("61.500")).unwrap().to_string(), "61.50");
        assert_eq!(Percent::from_bigdecimal(&big("0.001")), Err(DecimalError::TooManyDecimals { max: 2 }));
        for large in ["1000", "1e999999999", "-1e30"] {
            assert_eq!(Percent::from_bigdecimal(&big(large)).unwrap_err().code(), "too_large", "{large}");
        }
        let one = Whole::parse("1").unwrap();
        assert_eq!(Whole::MAX.checked_add(one).unwrap_err().code(), "too_large");
        assert_eq!(Whole::ZERO.checked_sub(one).unwrap().to_string(), "-1");
        let largest = Decimal::<18, 0>::MAX;
        assert_eq!(largest.checked_add(largest).unwrap_err().code(), "too_large");
    }

    #[test]
    fn what_was_computed_is_rounded_half_away_from_zero() {
        let rounded = |text: &str| Percent::round(&big(text)).map(|value| value.to_string());
        for (exact, output) in
            [("2.185", "2.19"), ("-2.185", "-2.19"), ("2.1849999", "2.18"), ("7", "7.00"), ("1e-900", "0.00")]
        {
            assert_eq!(rounded(exact).as_deref(), Ok(output));
        }
        for monstrous in ["999.995", "1e999999999", "1e-999999999"] {
            assert_eq!(rounded(monstrous).unwrap_err().code(), "too_large", "{monstrous}");
        }
    }

    proptest! {
        #[test]
        fn every_number_survives_text_json_and_the_database(units in -Price::MAX.units..=Price::MAX.units) {
            let number = Price { units };
            prop_assert_eq!(Price::parse(&number.to_string()), Ok(number));
            prop_assert_eq!(Price::from_bigdecimal(&number.to_bigdecimal()), Ok(number));
            prop_assert_eq!(Price::round(&number.to_bigdecimal()), Ok(number));
            prop_assert_eq!(serde_json::to_string(&number).unwrap(), format!("\"{number}\""));
        }

        #[test]
        fn a_sum_is_exact_or_refused(a in -999_i64..=999, b in -999_i64..=999) {
            let sum = Whole { units: a }.checked_add(Whole { units: b });
            prop_assert_eq!(sum.map(|sum| sum.units).ok(), Some(a + b).filter(|sum| sum.abs() <= 999));
        }

        #[test]
        fn no_text_panics(input in "[-0-9.eE+]{0,40}|.*") {
            let _ = (Price::parse(&input), Whole::parse(&input));
        }
    }
}
