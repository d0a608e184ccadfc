//! Amounts of money.

use std::fmt;
use std::str::FromStr;

use bigdecimal::BigDecimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

use super::{Currency, SignedAmount, decimal};
use crate::invalid::{FieldError, Violation, here};
use crate::json::decimal_text;

/// An amount of money: 0 to 9,999,999,999.99, at most two decimals, in a currency that is known from
/// elsewhere.
///
/// ```
/// use strongroom_domain::{Amount, Currency, money::AmountError};
///
/// assert_eq!(Amount::parse("33.3")?.to_string(), "33.30");
/// assert_eq!(Amount::parse("12.345"), Err(AmountError::TooManyDecimals { max: 2 }));
/// assert_eq!(Amount::parse("1e10"), Err(AmountError::Malformed));
/// assert_eq!(Amount::parse_positive("0", Currency::INR), Err(AmountError::NotPositive));
/// # Ok::<(), AmountError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Amount {
    hundredths: i64,
}

/// Why an amount was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// Not digits with an optional decimal point: exponents, blanks, other signs, NaN and the like.
    #[error("the amount must be a decimal number like 1234.50")]
    Malformed,
    /// Below zero where zero is the least.
    #[error("the amount must not be below zero")]
    Negative,
    /// Zero or below where something is needed.
    #[error("the amount must be above zero")]
    NotPositive,
    /// More decimals than are stored, or than the currency has.
    #[error("the amount must have at most {max} decimals{}", if *max == 2 { ", also in a currency that has 3" } else { "" })]
    TooManyDecimals {
        /// How many there may be.
        max: u32,
    },
    /// Above 9,999,999,999.99.
    #[error("the amount must be at most {}", Amount::MAX)]
    TooLarge,
}

impl AmountError {
    /// Stable, machine readable.
    pub fn code(self) -> &'static str {
        match self {
            Self::Malformed => "invalid_amount",
            Self::Negative => "negative",
            Self::NotPositive => "not_positive",
            Self::TooManyDecimals { .. } => "too_many_decimals",
            Self::TooLarge => "too_large",
        }
    }
}

impl FieldError for AmountError {
    fn violations(&self) -> Vec<Violation> {
        here(self.code(), self)
    }
}

impl Amount {
    /// Nothing.
    pub const ZERO: Self = Self { hundredths: 0 };
    /// 9,999,999,999.99, the most that `NUMERIC(12,2)` holds.
    pub const MAX: Self = Self { hundredths: 999_999_999_999 };

    /// Reads digits with an optional point and one or two decimals. Whether it is above zero and fits its
    /// currency is for [`positive`](Self::positive) and [`fits`](Self::fits).
    pub fn parse(input: &str) -> Result<Self, AmountError> {
        let hundredths = decimal::parse(input, 2, Self::MAX.hundredths)?;
        if input.starts_with('-') { Err(AmountError::Negative) } else { Ok(Self { hundredths }) }
    }

    /// Reads an amount that must be above zero and fit its currency.
    pub fn parse_positive(input: &str, currency: Currency) -> Result<Self, AmountError> {
        match Self::parse(input) {
            Err(AmountError::Negative) => Err(AmountError::NotPositive),
            parsed => parsed?.positive()?.fits(currency),
        }
    }

    /// The same amount, unless it is zero.
    pub fn positive(self) -> Result<Self, AmountError> {
        if self.hundredths > 0 { Ok(self) } else { Err(AmountError::NotPositive) }
    }

    /// The same amount, unless it has more decimals than the currency: there is no half yen.
    pub fn fits(self, currency: Currency) -> Result<Self, AmountError> {
        self.to_minor(currency).map(|_| self)
    }

    /// Whether this is nothing.
    pub fn is_zero(self) -> bool {
        self.hundredths == 0
    }

    /// The amount in minor units (paise, cents, yen). Fails when the currency has no unit small enough.
    pub fn to_minor(self, currency: Currency) -> Result<i64, AmountError> {
        let unit = currency.hundredths_per_minor();
        if self.hundredths % unit == 0 {
            Ok(self.hundredths / unit)
        } else {
            Err(AmountError::TooManyDecimals { max: currency.minor_digits() })
        }
    }

    /// The amount of so many minor units.
    pub fn from_minor(minor: i64, currency: Currency) -> Result<Self, AmountError> {
        let hundredths = minor.checked_mul(currency.hundredths_per_minor());
        hundredths.ok_or(AmountError::TooLarge).map(i128::from).and_then(Self::from_hundredths)
    }

    /// An amount that comes as a `BigDecimal`, as it does from the database. Trailing zeros are no decimals.
    pub fn from_bigdecimal(value: &BigDecimal) -> Result<Self, AmountError> {
        decimal::units(value, 2).and_then(Self::from_hundredths)
    }

    /// The amount as the database takes it, with two decimals.
    pub fn to_bigdecimal(self) -> BigDecimal {
        BigDecimal::new(self.hundredths.into(), 2)
    }

    /// The sum, unless it is too large to be an amount.
    pub fn checked_add(self, other: Self) -> Result<Self, AmountError> {
        Self::from_hundredths(i128::from(self.hundredths) + i128::from(other.hundredths))
    }

    /// What is left, unless more is taken than is there.
    pub fn checked_sub(self, other: Self) -> Result<Self, AmountError> {
        Self::from_hundredths(i128::from(self.hundredths) - i128::from(other.hundredths))
    }

    /// `self − other`, which may be below zero.
    pub fn difference(self, other: Self) -> SignedAmount {
        SignedAmount::from(self) - SignedAmount::from(other)
    }

    pub(super) fn hundredths(self) -> i64 {
        self.hundredths
    }

    pub(super) fn from_hundredths(hundredths: i128) -> Result<Self, AmountError> {
        if hundredths < 0 {
            return Err(AmountError::Negative);
        }
        let hundredths = i64::try_from(hundredths).map_err(|_| AmountError::TooLarge)?;
        if hundredths > Self::MAX.hundredths { Err(AmountError::TooLarge) } else { Ok(Self { hundredths }) }
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        decimal::write(self.hundredths.into(), 2, f)
    }
}

impl fmt::Debug for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Amount {
    type Err = AmountError;

    fn from_str(input: &str) -> Result<Self, AmountError> {
        Self::parse(input)
    }
}

impl TryFrom<BigDecimal> for Amount {
    type Error = AmountError;

    fn try_from(value: BigDecimal) -> Result<Self, AmountError> {
        Self::from_bigdecimal(&value)
    }
}

impl From<Amount> for BigDecimal {
    fn from(amount: Amount) -> Self {
        amount.to_bigdecimal()
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// From a string or a number, the digits of a number taken as they are written.
impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&decimal_text(deserializer)?).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;
    use proptest::prelude::*;

    fn yen() -> Currency {
        Currency::parse("JPY").unwrap()
    }

    #[test]
    fn amounts_are_read_exactly() {
        for (input, output) in [
            ("33.34", "33.34"),
            ("33.3", "33.30"),
            ("33", "33.00"),
            ("0", "0.00"),
            ("0.01", "0.01"),
            ("007.50", "7.50"),
            ("9999999999.99", "9999999999.99"),
            ("0000000000000009", "9.00"),
        ] {
            assert_eq!(Amount::parse(input).unwrap().to_string(), output);
        }
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        use AmountError::{Malformed, Negative, TooLarge, TooManyDecimals};
        let (zeros, nines) = ("0".repeat(100_000), "9".repeat(100_000));
        let decimals = format!("0.{}", "1".repeat(30));
        for (input, error) in [
            ("", Malformed),
            ("-", Malformed),
            (".", Malformed),
            (".5", Malformed),
            ("5.", Malformed),
            ("+33", Malformed),
            ("--1", Malformed),
            ("1-", Malformed),
            (" 1", Malformed),
            ("1 ", Malformed),
            ("1,000", Malformed),
            ("1.2.3", Malformed),
            ("NaN", Malformed),
            ("Infinity", Malformed),
            ("-inf", Malformed),
            ("1e10", Malformed),
            ("1E2", Malformed),
            ("1e-200000", Malformed),
            ("0x10", Malformed),
            ("१२", Malformed),
            ("１２", Malformed),
            ("1\0", Malformed),
            ("₹5", Malformed),
            ("-5", Negative),
            ("-0.01", Negative),
            ("-0", Negative),
            ("12.345", TooManyDecimals { max: 2 }),
            ("12.340", TooManyDecimals { max: 2 }),
            (&decimals, TooManyDecimals { max: 2 }),
            ("10000000000", TooLarge),
            ("9999999999999", TooLarge),
            ("-9999999999999", TooLarge),
            (&nines, TooLarge),
        ] {
            assert_eq!(Amount::parse(input), Err(error), "{:.40}", input);
        }
        assert_eq!(Amount::parse(&zeros), Ok(Amount::ZERO));
    }

    #[test]
    fn a_positive_amount_fits_its_currency() {
        let read = |input, currency| Amount::parse_positive(input, currency);
        assert_eq!(read("10.50", Currency::INR).unwrap().to_string(), "10.50");
        assert_eq!(read("10.00", yen()).unwrap().to_minor(yen()), Ok(10));
        assert_eq!(read("10.50", yen()), Err(AmountError::TooManyDecimals { max: 0 }));
        assert_eq!(read("0", Currency::INR), Err(AmountError::NotPositive));
        assert_eq!(read("-5", Currency::INR), Err(AmountError::NotPositive));
        assert_eq!(AmountError::NotPositive.to_string(), "the amount must be above zero");
        let dinars = read("12.345", Currency::parse("KWD").unwrap()).unwrap_err();
        let expected = "the amount must have at most 2 decimals, also in a currency that has 3";
        assert_eq!(dinars.to_string(), expected);
        let no_sen = read("10.50", yen()).unwrap_err();
        assert_eq!(no_sen.to_string(), "the amount must have at most 0 decimals");
        assert_eq!(AmountError::TooLarge.to_string(), "the amount must be at most 9999999999.99");
    }

    #[test]
    fn sums_stay_amounts_or_fail() {
        let one = Amount::parse("1.00").unwrap();
        assert_eq!(one.checked_add(one).unwrap().to_string(), "2.00");
        assert_eq!(Amount::MAX.checked_add(one), Err(AmountError::TooLarge));
        assert_eq!(Amount::ZERO.checked_sub(one), Err(AmountError::Negative));
        assert_eq!(Amount::ZERO.difference(one).to_string(), "-1.00");
        assert_eq!(Amount::from_minor(i64::MAX, yen()), Err(AmountError::TooLarge));
        assert_eq!(Amount::from_minor(-1, yen()), Err(AmountError::Negative));
    }

    #[test]
    fn monstrous_decimals_are_refused_without_being_built() {
        let big = |text: &str| Amount::from_bigdecimal(&text.parse::<BigDecimal>().unwrap());
        assert_eq!(big("12.340000").unwrap().to_string(), "12.34");
        assert_eq!(big("1e3").unwrap().to_string(), "1000.00");
        assert_eq!(big("0e-999999999").unwrap(), Amount::ZERO);
        assert_eq!(big("1e999999999"), Err(AmountError::TooLarge));
        assert_eq!(big("1e-999999999"), Err(AmountError::TooManyDecimals { max: 2 }));
        assert_eq!(big("0.001"), Err(AmountError::TooManyDecimals { max: 2 }));
        assert_eq!(big("-1"), Err(AmountError::Negative));
        for scale in [i64::MIN, i64::MAX] {
            assert!(Amount::from_bigdecimal(&BigDecimal::new(1.into(), scale)).is_err());
        }
    }

    #[test]
    fn json_numbers_are_read_as_they_are_written() {
        let read = |text: &str| json::from_trusted::<Amount>(text).map_err(|e| e.to_string());
        assert_eq!(read("33.34"), read("\"33.34\""));
        assert_eq!(serde_json::to_string(&read("5").unwrap()).unwrap(), "\"5.00\"");
        assert!(read("0.300000000000000000000000000001").unwrap_err().contains("at most 2 decimals"));
        assert!(read("1e10").unwrap_err().contains("decimal number"));
        assert!(read("true").unwrap_err().contains("string or a number"));
    }

    proptest! {
        #[test]
        fn no_text_panics(input in any::<String>()) {
            let _ = Amount::parse(&input);
        }

        #[test]
        fn text_like_numbers_never_panic(input in "-?[0-9.eE+]{0,40}") {
            let _ = Amount::parse(&input);
        }

        #[test]
        fn every_amount_survives_text_json_and_the_database(hundredths in 0..=Amount::MAX.hundredths) {
            let amount = Amount { hundredths };
            prop_assert_eq!(Amount::parse(&amount.to_string()), Ok(amount));
            prop_assert_eq!(Amount::try_from(amount.to_bigdecimal()), Ok(amount));
            prop_assert_eq!(amount.to_bigdecimal().to_string(), amount.to_string());
            let json = serde_json::to_string(&amount).unwrap();
            prop_assert_eq!(json::from_trusted::<Amount>(&json).unwrap(), amount);
            let minor = amount.to_minor(Currency::INR).unwrap();
            prop_assert_eq!(Amount::from_minor(minor, Currency::INR), Ok(amount));
        }
    }
}
