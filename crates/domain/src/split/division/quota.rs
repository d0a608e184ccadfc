//! Percentages and shares: numbers by which a bill is divided, read exactly.

use std::fmt;
use std::str::FromStr;

use super::error::LEAVE_OUT;
use crate::invalid::{FieldError, Violation, here};
use crate::money::decimal;

/// Both kinds have at most four decimals, and are counted in units of 0.0001.
const DECIMALS: u32 = 4;
const ONE: i64 = 10_000;

/// A percentage from 0 to 100 with at most four decimals.
///
/// ```
/// use strongroom_domain::split::division::Percent;
///
/// assert_eq!(Percent::parse("33.3333")?.to_string(), "33.3333");
/// assert!(Percent::parse("100.01").is_err());
/// # Ok::<(), strongroom_domain::split::division::QuotaError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Percent(u32);

/// A number of shares: above 0, at most 1,000,000, at most four decimals.
///
/// ```
/// use strongroom_domain::split::division::Shares;
///
/// assert_eq!(Shares::parse("1.5")?.to_string(), "1.5");
/// assert!(Shares::parse("0").is_err());
/// # Ok::<(), strongroom_domain::split::division::QuotaError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Shares(u64);

/// Why a percentage or a number of shares was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum QuotaError {
    /// Not a percentage.
    #[error("the percentage must be a number from 0 to 100 with at most 4 decimals, like 33.3333")]
    Percent,
    /// Not a number of shares.
    #[error(
        "the shares must be a number above 0, at most 1000000, with at most 4 decimals, like 1.5{LEAVE_OUT}"
    )]
    Shares,
}

impl QuotaError {
    /// Stable, machine readable.
    pub fn code(self) -> &'static str {
        match self {
            Self::Percent => "invalid_percent",
            Self::Shares => "invalid_shares",
        }
    }
}

impl FieldError for QuotaError {
    fn violations(&self) -> Vec<Violation> {
        here(self.code(), self)
    }
}

impl Percent {
    /// What all percentages of a split add up to, in ten-thousandths.
    pub(super) const HUNDRED: u64 = 100 * ONE.unsigned_abs();

    /// Reads digits with an optional point.
    pub fn parse(input: &str) -> Result<Self, QuotaError> {
        let read = decimal::parse(input, DECIMALS, 100 * ONE).ok();
        read.and_then(|n| u32::try_from(n).ok()).map(Self).ok_or(QuotaError::Percent)
    }

    pub(super) fn ten_thousandths(self) -> u64 {
        self.0.into()
    }
}

impl Shares {
    /// Reads digits with an optional point.
    pub fn parse(input: &str) -> Result<Self, QuotaError> {
        let read = decimal::parse(input, DECIMALS, 1_000_000 * ONE).ok();
        let above_zero = read.and_then(|n| u64::try_from(n).ok()).filter(|&n| n > 0);
        above_zero.map(Self).ok_or(QuotaError::Shares)
    }

    pub(super) fn ten_thousandths(self) -> u64 {
        self.0
    }
}

/// Writes ten-thousandths as a decimal without needless zeros.
pub(super) fn write(ten_thousandths: u64) -> String {
    let one = ONE.unsigned_abs();
    let text = format!("{}.{:04}", ten_thousandths / one, ten_thousandths % one);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&write(self.ten_thousandths()))
    }
}

impl fmt::Display for Shares {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&write(self.ten_thousandths()))
    }
}

impl FromStr for Percent {
    type Err = QuotaError;

    fn from_str(input: &str) -> Result<Self, QuotaError> {
        Self::parse(input)
    }
}

impl FromStr for Shares {
    type Err = QuotaError;

    fn from_str(input: &str) -> Result<Self, QuotaError> {
        Self::parse(input)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn percentages_are_0_to_100() {
        for (input, output) in
            [("0", "0"), ("100", "100"), ("100.0000", "100"), ("12.5", "12.5"), ("0.0001", "0.0001")]
        {
            assert_eq!(Percent::parse(input).unwrap().to_string(), output);
        }
        for input in ["", "-1", "-0.0001", "100.0001", "101", "33.33333", "1e1", "NaN", "33%", "٣٣"] {
            assert_eq!(Percent::parse(input), Err(QuotaError::Percent), "{input}");
        }
    }

    #[test]
    fn shares_are_above_zero_and_bounded() {
        for (input, output) in [("1", "1"), ("2.50", "2.5"), ("1000000", "1000000"), ("0.0001", "0.0001")] {
            assert_eq!(Shares::parse(input).unwrap().to_string(), output);
        }
        for input in ["", "0", "0.0000", "-1", "1000000.0001", "1000001", "1.00001", "1e5", "inf"] {
            assert_eq!(Shares::parse(input), Err(QuotaError::Shares), "{input}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(input in any::<String>()) {
            let _ = (Percent::parse(&input), Shares::parse(&input));
        }
    }
}
