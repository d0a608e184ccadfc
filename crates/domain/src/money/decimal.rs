//! Reads decimal numbers exactly, without building anything larger than an `i64`.

use bigdecimal::BigDecimal;

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

/// Counts a `BigDecimal` in units of 10^-`decimals`. Looks at its size before it computes, because a few bytes can
/// stand for a number of a billion digits.
pub(crate) fn units(value: &BigDecimal, decimals: u32) -> Result<i128, AmountError> {
    let (digits, scale) = value.as_bigint_and_scale();
    if digits.bits() == 0 {
        return Ok(0);
    }
    let digits = i128::try_from(digits.as_ref()).map_err(|_| AmountError::TooLarge)?;
    // How many places the digits must move left to count units.
    let left = i64::from(decimals).checked_sub(scale).ok_or(AmountError::TooLarge)?;
    let power = |places: i64| u32::try_from(places).ok().and_then(|places| 10_i128.checked_pow(places));
    if left >= 0 {
        return power(left).and_then(|p| digits.checked_mul(p)).ok_or(AmountError::TooLarge);
    }
    let too_many = AmountError::TooManyDecimals { max: decimals };
    let power = left.checked_neg().and_then(power).ok_or(too_many)?;
    if digits % power == 0 { Ok(digits / power) } else { Err(too_many) }
}

/// Writes a count of units of 10^-`decimals`.
pub(crate) fn write(units: i128, decimals: u32, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
    let places = decimals as usize;
    let digits = format!("{:0width$}", units.unsigned_abs(), width = places + 1);
    let (whole, fraction) = digits.split_at(digits.len() - places);
    let point = if places == 0 { "" } else { "." };
    f.pad_integral(units >= 0, "", &format!("{whole}{point}{fraction}"))
}
