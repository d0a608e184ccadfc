//! Sums and differences of amounts.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, Neg, Sub};
use std::str::FromStr;

use bigdecimal::BigDecimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

use super::{Amount, AmountError, Currency, decimal};
use crate::json::decimal_text;

/// A sum or difference of [`Amount`]s: it may be below zero, and larger than one amount may be.
///
/// Its largest value is so far beyond any sum of amounts (10^34) that its arithmetic simply stops there.
///
/// ```
/// use strongroom_domain::{Amount, SignedAmount};
///
/// let paid = Amount::parse("95.00")?;
/// let total = Amount::parse("100.00")?;
/// assert_eq!(paid.difference(total).to_string(), "-5.00");
/// assert_eq!([paid, total].iter().sum::<SignedAmount>().to_string(), "195.00");
/// # Ok::<(), strongroom_domain::money::AmountError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct SignedAmount {
    hundredths: i128,
}

impl SignedAmount {
    /// Nothing.
    pub const ZERO: Self = Self { hundredths: 0 };

    /// Reads a number that someone wrote: like [`Amount::parse`], and with a minus sign where it is below
    /// zero.
    pub fn parse(input: &str) -> Result<Self, AmountError> {
        let hundredths = decimal::parse(input, 2, Amount::MAX.hundredths())?;
        Ok(Self { hundredths: hundredths.into() })
    }

    /// Whether this is below zero.
    pub fn is_negative(self) -> bool {
        self.hundredths < 0
    }

    /// Whether this is nothing.
    pub fn is_zero(self) -> bool {
        self.hundredths == 0
    }

    /// The same without its sign.
    pub fn abs(self) -> Self {
        Self { hundredths: self.hundredths.saturating_abs() }
    }

    /// How far this is from what it should be, and in which direction: "5.00 less", "5.00 more".
    pub(crate) fn compared_to(self, expected: Amount) -> String {
        let off = self - expected.into();
        format!("{} {}", off.abs(), if off.is_negative() { "less" } else { "more" })
    }

    /// The same, unless it has more decimals than the currency.
    pub fn fits(self, currency: Currency) -> Result<Self, AmountError> {
        self.to_minor(currency).map(|_| self)
    }

    /// In minor units. Fails when the currency has no unit small enough.
    pub fn to_minor(self, currency: Currency) -> Result<i128, AmountError> {
        let unit = i128::from(currency.hundredths_per_minor());
        if self.hundredths % unit == 0 {
            Ok(self.hundredths / unit)
        } else {
            Err(AmountError::TooManyDecimals { max: currency.minor_digits() })
        }
    }

    /// Of so many minor units.
    pub fn from_minor(minor: i128, currency: Currency) -> Self {
        Self { hundredths: minor.saturating_mul(currency.hundredths_per_minor().into()) }
    }

    /// As it comes from the database, where a sum of amounts is a `NUMERIC` without bounds.
    pub fn from_bigdecimal(value: &BigDecimal) -> Result<Self, AmountError> {
        decimal::units(value, 2).map(|hundredths| Self { hundredths })
    }

    /// As the database takes it, with two decimals.
    pub fn to_bigdecimal(self) -> BigDecimal {
        BigDecimal::new(self.hundredths.into(), 2)
    }
}

impl From<Amount> for SignedAmount {
    fn from(amount: Amount) -> Self {
        Self { hundredths: amount.hundredths().into() }
    }
}

impl TryFrom<SignedAmount> for Amount {
    type Error = AmountError;

    fn try_from(sum: SignedAmount) -> Result<Self, AmountError> {
        Self::from_hundredths(sum.hundredths)
    }
}

impl TryFrom<BigDecimal> for SignedAmount {
    type Error = AmountError;

    fn try_from(value: BigDecimal) -> Result<Self, AmountError> {
        Self::from_bigdecimal(&value)
    }
}

impl Add for SignedAmount {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { hundredths: self.hundredths.saturating_add(other.hundredths) }
    }
}

impl Sub for SignedAmount {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self { hundredths: self.hundredths.saturating_sub(other.hundredths) }
    }
}

impl Neg for SignedAmount {
    type Output = Self;

    fn neg(self) -> Self {
        Self::ZERO - self
    }
}

impl Sum for SignedAmount {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

impl Sum<Amount> for SignedAmount {
    fn sum<I: Iterator<Item = Amount>>(amounts: I) -> Self {
        amounts.map(Self::from).sum()
    }
}

impl<'a> Sum<&'a Amount> for SignedAmount {
    fn sum<I: Iterator<Item = &'a Amount>>(amounts: I) -> Self {
        amounts.copied().sum()
    }
}

impl fmt::Display for SignedAmount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        decimal::write(self.hundredths, 2, f)
    }
}

impl fmt::Debug for SignedAmount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for SignedAmount {
    type Err = AmountError;

    fn from_str(input: &str) -> Result<Self, AmountError> {
        Self::parse(input)
    }
}

impl Serialize for SignedAmount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// From a string or a number, the digits of a number taken as they are written.
impl<'de> Deserialize<'de> for SignedAmount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&decimal_text(deserializer)?).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn signed_amounts_are_written_with_their_sign() {
        for (input, output) in [("-5", "-5.00"), ("-0.05", "-0.05"), ("-0", "0.00"), ("7.5", "7.50")] {
            assert_eq!(SignedAmount::parse(input).unwrap().to_string(), output);
        }
        assert_eq!(SignedAmount::parse("+5"), Err(AmountError::Malformed));
        assert_eq!(SignedAmount::parse("-10000000000"), Err(AmountError::TooLarge));
        assert_eq!((-SignedAmount::parse("3.50").unwrap()).to_string(), "-3.50");
        assert_eq!(SignedAmount::parse("-3.50").unwrap().abs().to_string(), "3.50");
    }

    #[test]
    fn sums_may_exceed_one_amount() {
        let sum: SignedAmount = std::iter::repeat_n(Amount::MAX, 1_000).sum();
        assert_eq!(sum.to_string(), "9999999999990.00");
        assert_eq!(Amount::try_from(sum), Err(AmountError::TooLarge));
        assert_eq!(SignedAmount::try_from(sum.to_bigdecimal()), Ok(sum));
    }

    #[test]
    fn the_largest_values_do_not_overflow() {
        let largest = SignedAmount::from_minor(i128::MAX, Currency::INR);
        assert_eq!(largest + largest, largest);
        assert_eq!(SignedAmount::from_minor(i128::MIN, Currency::INR).abs(), largest);
        assert!((-largest - largest).is_negative());
    }

    proptest! {
        #[test]
        fn no_text_panics(input in any::<String>()) {
            let _ = SignedAmount::parse(&input);
        }

        #[test]
        fn every_sum_survives_json(hundredths in -1_000_000_000_i64..1_000_000_000) {
            let sum = SignedAmount { hundredths: hundredths.into() };
            let json = serde_json::to_string(&sum).unwrap();
            prop_assert_eq!(crate::json::from_trusted::<SignedAmount>(&json).unwrap(), sum);
        }
    }
}
