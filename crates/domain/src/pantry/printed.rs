//! Numbers as receipts print them.

use crate::invalid::{FieldError, Violation, here};
use crate::{Decimal, DecimalError};

/// Why a printed number was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PrintedError {
    /// It could be read in two ways, or in none: nothing tells whether `1.234` has three decimals or is a thousand.
    #[error(
        "the amount can be read in more than one way, or is no amount: write two decimals, like 1234.56 or 1.234,56"
    )]
    Ambiguous,
    /// It can be read, and is no number for its column.
    #[error(transparent)]
    Number(#[from] DecimalError),
}

impl PrintedError {
    /// Stable, machine readable.
    pub fn code(self) -> &'static str {
        match self {
            Self::Ambiguous => "ambiguous_amount",
            Self::Number(error) => error.code(),
        }
    }
}

impl FieldError for PrintedError {
    fn violations(&self) -> Vec<Violation> {
        here(self.code(), self)
    }
}

/// Reads an amount of money: a point or a comma before the decimals, a minus before or after, and groups of three digits
/// where a second separator makes it certain that they are groups.
///
/// ```
/// use strongroom_domain::pantry::printed;
///
/// for text in ["1.234,56", "1 234,56", "1'234.56", "1,234.56", "1234.56"] {
///     assert_eq!(printed::amount::<10, 2>(text)?.to_string(), "1234.56");
/// }
/// assert_eq!(printed::amount::<10, 2>("2,00-")?.to_string(), "-2.00");
/// assert_eq!(printed::amount::<10, 2>("1.234").unwrap_err().code(), "ambiguous_amount");
/// # Ok::<(), printed::PrintedError>(())
/// ```
pub fn amount<const PRECISION: u32, const SCALE: u32>(
    text: &str,
) -> Result<Decimal<PRECISION, SCALE>, PrintedError> {
    let (minus, digits) = sign(text);
    let plain = without_groups(digits).ok_or(PrintedError::Ambiguous)?;
    Ok(Decimal::parse(&format!("{minus}{plain}"))?)
}

/// Reads a quantity or a price of one: it has at most one separator, a point or a comma, and that is the one before its
/// decimals.
///
/// ```
/// use strongroom_domain::pantry::printed;
///
/// assert_eq!(printed::number::<10, 3>("0,435")?.to_string(), "0.435");
/// assert_eq!(printed::number::<10, 3>("1.234")?.to_string(), "1.234");
/// # Ok::<(), strongroom_domain::DecimalError>(())
/// ```
pub fn number<const PRECISION: u32, const SCALE: u32>(
    text: &str,
) -> Result<Decimal<PRECISION, SCALE>, DecimalError> {
    let (minus, digits) = sign(text);
    Decimal::parse(&format!("{minus}{}", digits.replacen(',', ".", 1)))
}

/// The minus of a number, which stands before or after it, and the rest.
fn sign(text: &str) -> (&str, &str) {
    let minus = ['-', '\u{2212}'];
    match text.strip_prefix(minus).or_else(|| text.strip_suffix(minus)) {
        Some(rest) => ("-", rest),
        None => ("", text),
    }
}

/// The number with a point before its decimals and nothing between its other digits; none where that is not certain.
fn without_groups(text: &str) -> Option<String> {
    let separators: Vec<(usize, char)> = text.char_indices().filter(|(_, c)| !c.is_ascii_digit()).collect();
    let (&(last_at, last), others) = match separators.split_last() {
        Some(split) => split,
        None => return Some(text.to_owned()),
    };
    let (whole, rest) = text.split_at_checked(last_at)?;
    let decimals = rest.get(last.len_utf8()..)?;
    let is_decimal = |c| c == '.' || c == ',';
    match others.first() {
        None if is_decimal(last) && decimals.len() != 3 => Some(format!("{whole}.{decimals}")),
        None => None,
        Some(&(_, first)) if first == last => ungrouped(text, first),
        Some(&(_, first)) if is_decimal(last) => Some(format!("{}.{decimals}", ungrouped(whole, first)?)),
        Some(_) => None,
    }
}

/// The digits of a number whose groups of three stand apart by `separator`.
fn ungrouped(text: &str, separator: char) -> Option<String> {
    if !matches!(separator, '.' | ',' | '\'' | '’' | ' ' | '\u{a0}' | '\u{202f}') {
        return None;
    }
    let mut groups = text.split(separator);
    let is_first = |group: &&str| (1..=3).contains(&group.len()) && !group.starts_with('0');
    let mut digits = groups.next().filter(is_first)?.to_owned();
    for group in groups {
        digits.push_str(Some(group).filter(|group| group.len() == 3)?);
    }
    digits.bytes().all(|byte| byte.is_ascii_digit()).then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Result<String, &'static str> {
        amount::<10, 2>(text).map(|amount| amount.to_string()).map_err(PrintedError::code)
    }

    #[test]
    fn amounts_are_read_as_they_are_printed() {
        for (text, expected) in [
            ("12,5", "12.50"),
            ("12.5", "12.50"),
            ("7", "7.00"),
            ("0,05", "0.05"),
            ("1.234,56", "1234.56"),
            ("1 234,56", "1234.56"),
            ("1\u{a0}234,56", "1234.56"),
            ("1\u{202f}234,56", "1234.56"),
            ("1'234.56", "1234.56"),
            ("1’234.56", "1234.56"),
            ("1,234.56", "1234.56"),
            ("12.345.678,9", "12345678.90"),
            ("1.234.567", "1234567.00"),
            ("1 234 567", "1234567.00"),
            ("-2,00", "-2.00"),
            ("2.00-", "-2.00"),
            ("−2.00", "-2.00"),
            ("-1.234,56", "-1234.56"),
            ("-0", "0.00"),
        ] {
            assert_eq!(read(text), Ok(expected.to_owned()), "{text:?}");
        }
    }

    #[test]
    fn what_can_be_read_in_two_ways_or_none_is_refused() {
        for text in [
            "1.234",
            "1,234",
            "3.000",
            "0.435",
            "1.2.3",
            "12,50 zł",
            "1 234",
            "1'234",
            "1.23.456",
            "1.234.56",
            "1234.567,89",
            "12,34.56",
            "0.123,45",
            "1 234.567 89",
            "1,234,56",
            "1-234.56",
            "PLN 5",
            "1.234,56,78",
            "１.２３４,５６",
            "1e3,45.6",
            " 5",
            "5 ",
            "1..5",
        ] {
            assert_eq!(read(text), Err("ambiguous_amount"), "{text:?}");
        }
        for (text, code) in [
            ("", "invalid_number"),
            ("-", "invalid_number"),
            ("--5", "ambiguous_amount"),
            ("-5-", "ambiguous_amount"),
            (".5", "invalid_number"),
            ("5,", "invalid_number"),
            ("1.2345", "too_many_decimals"),
            ("1,234.567", "too_many_decimals"),
            ("100000000", "too_large"),
        ] {
            assert_eq!(read(text), Err(code), "{text:?}");
        }
    }

    #[test]
    fn quantities_and_unit_prices_have_one_separator() {
        let read = |text| number::<12, 4>(text).map(|number| number.to_string());
        assert_eq!(read("1,659").unwrap(), "1.6590");
        assert_eq!(read("0.0095").unwrap(), "0.0095");
        assert_eq!(read("4,50-").unwrap(), "-4.5000");
        for text in ["1.234,5", "1,234,5", "1 2", "1e3", ""] {
            assert_eq!(read(text), Err(DecimalError::Malformed), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn an_amount_is_the_same_in_every_way_to_print_it(hundredths in 0..=9_999_999_999_i64, style in 0..6_usize, minus in 0..3_usize) {
            let (group, point) = [("", "."), ("", ","), (".", ","), (",", "."), ("\u{202f}", ","), ("'", ".")][style];
            let digits = (hundredths / 100).to_string();
            let mut whole = String::new();
            for (n, digit) in digits.chars().enumerate() {
                if n > 0 && (digits.len() - n) % 3 == 0 {
                    whole.push_str(group);
                }
                whole.push(digit);
            }
            let (before, after) = [("", ""), ("-", ""), ("", "-")][minus];
            let printed = format!("{before}{whole}{point}{:02}{after}", hundredths % 100);
            let sign = if minus == 0 || hundredths == 0 { "" } else { "-" };
            prop_assert_eq!(read(&printed), Ok(format!("{sign}{digits}.{:02}", hundredths % 100)));
        }

        #[test]
        fn no_text_panics(text in any::<String>(), digits in "-?[0-9.,' ]{0,20}-?") {
            let _ = (read(&text), read(&digits), number::<10, 3>(&text));
        }
    }
}
