//! How the checks read the fields of a document.

use std::borrow::Cow;

use bigdecimal::{BigDecimal, Signed};
use serde_json::{Map, Value};

use crate::text::shows_nothing;

/// What a document says.
pub(super) type Fields = Map<String, Value>;

/// Digits before the point of a number in a document.
const WHOLE_DIGITS: usize = 15;
/// Digits after it.
const DECIMALS: usize = 6;

/// The value of a field, unless the field is absent, null, blank or an empty list.
pub(super) fn given<'a>(fields: &'a Fields, name: &str) -> Option<&'a Value> {
    fields.get(name).filter(|value| match value {
        Value::Null => false,
        Value::String(text) => !text.chars().all(shows_nothing),
        Value::Array(elements) => !elements.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => true,
    })
}

/// The text of a value, trimmed. A number is the text that it is written as; what is neither has none.
pub(super) fn text(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(text.trim().into()),
        Value::Number(number) => Some(number.to_string().into()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The text of a field that is given.
pub(super) fn given_text<'a>(fields: &'a Fields, name: &str) -> Option<Cow<'a, str>> {
    given(fields, name).and_then(text)
}

/// A decimal number of at most 15 digits before the point and 6 after it, without an exponent.
pub(super) fn decimal(value: &Value) -> Option<BigDecimal> {
    let text = text(value)?;
    let unsigned = text.strip_prefix('-').unwrap_or(&text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    let is_number =
        |part: &str, most| (1..=most).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    if is_number(whole, WHOLE_DIGITS) && is_number(fraction, DECIMALS) { text.parse().ok() } else { None }
}

/// Such a number that is not below zero.
pub(super) fn unsigned_decimal(value: &Value) -> Option<BigDecimal> {
    decimal(value).filter(|number| !number.is_negative())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn nothing_that_shows_nothing_is_given() {
        let fields = json!({"a": null, "b": " \u{200b}\n", "c": [], "d": {}, "e": false, "f": 0, "g": [null], "h": "x"});
        let fields = fields.as_object().unwrap();
        let found: Vec<_> = fields.keys().filter(|name| given(fields, name).is_some()).collect();
        assert_eq!(found, ["d", "e", "f", "g", "h"]);
    }

    #[test]
    fn a_number_has_fifteen_digits_and_six_decimals_at_most() {
        for (written, is_number) in [
            (json!("0"), true),
            (json!(" 12.50 "), true),
            (json!(3), true),
            (json!("999999999999999.999999"), true),
            (json!("1000000000000000"), false),
            (json!("0.0000001"), false),
            (json!("1e3"), false),
            (json!("1,000"), false),
            (json!("-1"), false),
            (json!("-0.00"), true),
            (json!("+1"), false),
            (json!(".5"), false),
            (json!("5."), false),
            (json!("१"), false),
            (json!("NaN"), false),
            (json!(true), false),
            (json!([1]), false),
            (json!({"$serde_json::private::Number": "1"}), false),
        ] {
            assert_eq!(unsigned_decimal(&written).is_some(), is_number, "{written}");
        }
        assert_eq!(decimal(&json!("-0.49")), Some("-0.49".parse().unwrap()));
    }
}
