//! Codes of the Harmonized System, by which customs classify goods.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::invalid::{FieldError, Violation, here};

/// The code of a product: 6 digits that the whole world shares, or 8 or 10 with a country's own. Dots and spaces between
/// them are taken away.
///
/// ```
/// use strongroom_domain::export::HsCode;
///
/// assert_eq!(HsCode::parse("0910.30.30")?.as_str(), "09103030");
/// assert!(HsCode::parse("85.39.5").is_err());
/// # Ok::<(), strongroom_domain::export::hs_code::HsCodeError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HsCode(String);

/// The beginning of codes: 2 digits name a chapter, 4 a heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HsPrefix(String);

/// Why a code or the beginning of one was refused. It does not repeat the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HsCodeError {
    /// Not 6, 8 or 10 digits.
    #[error("the HS code must have 6, 8 or 10 digits, with or without dots")]
    Code,
    /// Not 2 to 10 digits.
    #[error("the beginning of an HS code must have 2 to 10 digits, with or without dots")]
    Prefix,
}

impl HsCodeError {
    /// Stable, machine readable.
    pub const CODE: &'static str = "invalid_hs_code";
}

impl FieldError for HsCodeError {
    fn violations(&self) -> Vec<Violation> {
        here(Self::CODE, self)
    }
}

/// The digits without dots and spaces; `None` where there is anything else.
fn digits(input: &str) -> Option<String> {
    let digits = input.replace(['.', ' '], "");
    digits.bytes().all(|b| b.is_ascii_digit()).then_some(digits)
}

impl HsCode {
    /// Takes dots and spaces away, and checks the rest.
    pub fn parse(input: &str) -> Result<Self, HsCodeError> {
        digits(input).filter(|digits| [6, 8, 10].contains(&digits.len())).map(Self).ok_or(HsCodeError::Code)
    }

    /// Takes what came out of the store as it is.
    pub fn from_trusted(code: String) -> Self {
        Self(code)
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl HsPrefix {
    /// Takes dots and spaces away, and checks the rest.
    pub fn parse(input: &str) -> Result<Self, HsCodeError> {
        digits(input).filter(|digits| (2..=10).contains(&digits.len())).map(Self).ok_or(HsCodeError::Prefix)
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for HsCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl Serialize for HsCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_6_8_or_10_digits() {
        for (input, code) in [
            ("0910.30.30", "09103030"),
            ("85 39.52", "853952"),
            ("853952", "853952"),
            ("8539.52.00.00", "8539520000"),
        ] {
            assert_eq!(HsCode::parse(input).unwrap().as_str(), code);
        }
        for input in [
            "",
            "85.39.5",
            "8539520",
            "०९१०३०",
            "85-39-52",
            "85395x",
            "8539520000 1",
            "85\t3952",
            "８５３９５２",
        ] {
            assert_eq!(HsCode::parse(input), Err(HsCodeError::Code), "{input}");
        }
    }

    #[test]
    fn a_beginning_has_2_to_10_digits() {
        for (input, prefix) in [("09", "09"), ("09.10", "0910"), ("8539520000", "8539520000")] {
            assert_eq!(HsPrefix::parse(input).unwrap().as_str(), prefix);
        }
        for input in ["", "9", "12345678901", "9%", "09_"] {
            assert_eq!(HsPrefix::parse(input), Err(HsCodeError::Prefix), "{input}");
        }
    }
}
