//! Reads decimal numbers exactly, without building anything larger than an `i64`.

use bigdecimal::BigDecimal;
use serde::{Deserialize, Deserializer, de::Error};

use super::AmountError;

/// Reads `-?digits(.digits)?`, ASCII digits only, and counts it in units of 10^-`decimals`. There are no
/// exponents, no other signs and no blanks; the length of the input is no danger, because it is only walked
/// over.
pub(crate) fn parse(input: &str, decimals: u32, max: i64) -> Result<i64, AmountError> {
    let (negative, unsigned) = match input.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, input),
    };
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !is_number(whole) || !is_number(fraction) {
        return Err(AmountError::Malformed);
    }
    let places = u32::try_from(fraction.len()).unwrap_or(u32::MAX);
    let missing = match decimals.checked_sub(places) {
        Some(missing) => missing,
        None if unsigned.contains('.') => return Err(AmountError::TooManyDecimals { max: decimals }),
        None => 0,
    };
    let digits =
        whole.trim_start_matches('0').bytes().chain(fraction.bytes().take(places.min(decimals) as usize));
    let scaled = digits
        .chain(std::iter::repeat_n(b'0', missing as usize))
        .try_fold(0_i64, |n, digit| n.checked_mul(10)?.checked_add(i64::from(digit - b'0')))
        .filter(|&n| n <= max)
        .ok_or(AmountError::TooLarge)?;
    Ok(if negative { -scaled } else { scaled })
}

/// Counts a `BigDecimal` in hundredths. Looks at its size before it computes, because a few bytes can stand
/// for a number of a billion digits.
pub(crate) fn hundredths(value: &BigDecimal) -> Result<i128, AmountError> {
    let (digits, scale) = value.as_bigint_and_scale();
    if digits.bits() == 0 {
        return Ok(0);
    }
    let digits = i128::try_from(digits.as_ref()).map_err(|_| AmountError::TooLarge)?;
    // How many places the digits must move left to count hundredths.
    let left =
        scale.checked_neg().and_then(|exponent| exponent.checked_add(2)).ok_or(AmountError::TooLarge)?;
    let power = |places: i64| u32::try_from(places).ok().and_then(|places| 10_i128.checked_pow(places));
    if left >= 0 {
        return power(left).and_then(|p| digits.checked_mul(p)).ok_or(AmountError::TooLarge);
    }
    let too_many = AmountError::TooManyDecimals { max: 2 };
    let power = left.checked_neg().and_then(power).ok_or(too_many)?;
    if digits % power == 0 { Ok(digits / power) } else { Err(too_many) }
}

/// Takes a decimal out of JSON, where it is a string or a number, as the text that stands there.
pub(crate) fn text_of<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    match serde_json::Value::deserialize(deserializer)? {
        serde_json::Value::String(text) => Ok(text),
        serde_json::Value::Number(number) => Ok(number.to_string()),
        _ => Err(D::Error::custom("a decimal must be a string or a number")),
    }
}

/// Writes a count of hundredths with two decimals.
pub(crate) fn write(hundredths: i128, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
    let digits = hundredths.unsigned_abs();
    let text = format!("{}.{:02}", digits / 100, digits % 100);
    f.pad_integral(hundredths >= 0, "", &text)
}
