//! Currencies.

use std::fmt;
use std::str::FromStr;

use crate::invalid::{FieldError, Violation, here};

/// A currency of ISO 4217 that money is kept in. Metals, units of account and test codes are not.
///
/// ```
/// use strongroom_domain::Currency;
///
/// assert_eq!(Currency::parse("inr")?, Currency::INR);
/// assert_eq!(Currency::parse("JPY")?.minor_digits(), 0);
/// # Ok::<(), strongroom_domain::money::CurrencyError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency(iso_currency::Currency);

/// A text that is not the code of a currency. It does not repeat the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the currency must be a code of ISO 4217, like INR")]
pub struct CurrencyError;

impl CurrencyError {
    /// Stable, machine readable.
    pub const CODE: &'static str = "unknown_currency";
}

impl Currency {
    /// The Indian rupee, the default.
    pub const INR: Self = Self(iso_currency::Currency::INR);
    /// The euro.
    pub const EUR: Self = Self(iso_currency::Currency::EUR);

    /// Reads a code in any case.
    pub fn parse(input: &str) -> Result<Self, CurrencyError> {
        if input.len() != 3 {
            return Err(CurrencyError);
        }
        let known = iso_currency::Currency::from_code(&input.to_ascii_uppercase());
        known.filter(|currency| currency.exponent().is_some()).map(Self).ok_or(CurrencyError)
    }

    /// The three letters.
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// The same three letters, by the name that every value stored as text has.
    pub fn as_str(self) -> &'static str {
        self.code()
    }

    /// The sign people write before an amount, for example `₹`; the code where there is none.
    pub fn symbol(self) -> String {
        match self.0.symbol().symbol.as_str() {
            "¤" => format!("{} ", self.code()),
            symbol => symbol.to_owned(),
        }
    }

    /// Decimals of the minor unit: those of ISO 4217, but at most the two that are stored.
    pub fn minor_digits(self) -> u32 {
        self.0.exponent().map_or(2, |digits| u32::from(digits).min(2))
    }

    /// The codes of the currencies that have no decimals, for a statement that checks amounts of many currencies.
    pub fn without_decimals() -> Vec<&'static str> {
        let letters = || 'A'..='Z';
        let codes = letters().flat_map(|a| letters().flat_map(move |b| letters().map(move |c| [a, b, c])));
        let known = codes.filter_map(|code| Self::parse(&String::from_iter(code)).ok());
        known.filter(|currency| currency.minor_digits() == 0).map(Self::code).collect()
    }

    /// How many hundredths one minor unit has: 1 for the paisa, 100 for the yen.
    pub(crate) fn hundredths_per_minor(self) -> i64 {
        10_i64.pow(2 - self.minor_digits())
    }
}

impl Default for Currency {
    fn default() -> Self {
        Self::INR
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

impl FromStr for Currency {
    type Err = CurrencyError;

    fn from_str(input: &str) -> Result<Self, CurrencyError> {
        Self::parse(input)
    }
}

impl FieldError for CurrencyError {
    fn violations(&self) -> Vec<Violation> {
        here(Self::CODE, self)
    }
}

crate::closed_set::serde_as_text!(Currency);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn minor_units_follow_iso_4217_up_to_two_decimals() {
        for (code, digits) in
            [("INR", 2), ("usd", 2), ("JPY", 0), ("KRW", 0), ("BHD", 2), ("KWD", 2), ("CLF", 2)]
        {
            assert_eq!(Currency::parse(code).unwrap().minor_digits(), digits, "{code}");
        }
        assert_eq!(Currency::INR.hundredths_per_minor(), 1);
        assert_eq!(Currency::parse("JPY").unwrap().hundredths_per_minor(), 100);
    }

    #[test]
    fn currencies_without_decimals_are_listed() {
        let codes = Currency::without_decimals();
        assert!(["JPY", "KRW", "CLP", "VND"].iter().all(|code| codes.contains(code)), "{codes:?}");
        assert!(["EUR", "INR", "KWD"].iter().all(|code| !codes.contains(code)), "{codes:?}");
    }

    #[test]
    fn what_is_no_money_is_refused() {
        for code in ["", "IN", "INRR", "ZZZ", "XXX", "XTS", "XAU", "XDR", "₹", "ıNR", " INR", "IN\0"] {
            assert_eq!(Currency::parse(code), Err(CurrencyError), "{code:?}");
        }
    }

    #[test]
    fn a_currency_is_its_code_in_json() {
        assert_eq!(serde_json::to_string(&Currency::INR).unwrap(), "\"INR\"");
        assert_eq!(serde_json::from_str::<Currency>("\"eur\"").unwrap().code(), "EUR");
        assert_eq!(Currency::INR.symbol(), "₹");
        assert_eq!(Currency::default().to_string(), "INR");
    }

    proptest! {
        #[test]
        fn no_input_panics(input in any::<String>()) {
            let _ = Currency::parse(&input);
        }
    }
}
