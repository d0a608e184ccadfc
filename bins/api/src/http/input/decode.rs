//! JSON to a type, with an error that says where and what, but never repeats what was sent.

use repository::domain::json::{JsonError, Reader};
use serde::de::DeserializeOwned;
use serde_path_to_error::{Path, Segment};

use super::object::Object;
use crate::http::error::{ApiError, codes};

/// Reads a whole document, which is an object.
pub(crate) fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    document(body).map(|Object(value)| value)
}

/// Reads a whole document, which is an object or null.
pub(super) fn json_or_null<T: DeserializeOwned>(body: &[u8]) -> Result<Option<T>, ApiError> {
    document::<Option<Object<T>>>(body).map(|object| object.map(|Object(value)| value))
}

/// Reads a whole document of any type.
pub(super) fn document<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    let mut reader = Reader::new(text(body)?);
    let value = serde_path_to_error::deserialize(&mut reader)
        .map_err(|error| unreadable(error.path(), error.inner()))?;
    reader.end().map_err(|error| not_json(&error))?;
    Ok(value)
}

/// The text of a body.
pub(super) fn text(body: &[u8]) -> Result<&str, ApiError> {
    std::str::from_utf8(body).map_err(|_| malformed("the body is not UTF-8"))
}

fn unreadable(path: &Path, error: &JsonError) -> ApiError {
    match error {
        JsonError::Syntax { .. } => not_json(error),
        JsonError::Rule(rule) => {
            ApiError::invalid(pointer(path), rule.code, format!("this value {}", rule.text))
        }
        JsonError::Mismatch(message) => violation(path, message),
    }
}

/// For a body that could not be read to its end.
pub(super) fn not_json(error: &JsonError) -> ApiError {
    malformed(&match error {
        JsonError::Syntax { line, column } => format!("the body is not JSON (line {line}, column {column})"),
        JsonError::Rule(_) | JsonError::Mismatch(_) => "the body is not JSON".to_owned(),
    })
}

fn malformed(detail: &str) -> ApiError {
    ApiError::new(&codes::MALFORMED_JSON, detail)
}

/// The field that does not fit, from what serde says of it.
pub(super) fn violation(path: &Path, message: &str) -> ApiError {
    let pointer = pointer(path);
    // The name of a missing or repeated field is one of ours.
    let name = message.split('`').nth(1).unwrap_or_default();
    if message.starts_with("missing field") {
        return ApiError::invalid(format!("{pointer}/{name}"), "missing", "this field is required");
    }
    if message.starts_with("duplicate field") {
        return ApiError::invalid(format!("{pointer}/{name}"), "duplicate", "this field is given twice");
    }
    if message.starts_with("unknown field") {
        return ApiError::invalid(
            pointer,
            "unknown_field",
            with_expected("this field is not known", message),
        );
    }
    if message.starts_with("unknown variant") {
        return ApiError::invalid(
            pointer,
            "unknown_value",
            with_expected("this value is not known", message),
        );
    }
    if message.starts_with("invalid type")
        || message.starts_with("invalid value")
        || message.starts_with("invalid length")
    {
        return ApiError::invalid(
            pointer,
            "wrong_type",
            with_expected("this value is of a wrong type", message),
        );
    }
    if message.starts_with("UUID parsing failed") {
        return ApiError::invalid(pointer, "invalid_id", "the id must be a UUID");
    }
    // What is left are the messages of our own types and of times, neither of which repeats the value.
    ApiError::invalid(pointer, "invalid_value", message)
}

/// serde's messages begin with what was sent and end with what was expected. The end is ours, and helps.
fn with_expected(what: &str, message: &str) -> String {
    match message.rsplit_once(", expected ") {
        Some((_, expected)) => format!("{what}; expected {}", in_json(expected)),
        None => what.to_owned(),
    }
}

/// serde names types of Rust; whoever writes JSON knows others.
fn in_json(expected: &str) -> &str {
    match expected.split_whitespace().next() {
        Some("struct" | "internally" | "adjacently") => "an object",
        Some("u8" | "u16" | "u32" | "u64" | "i8" | "i16" | "i32" | "i64" | "usize") => "a whole number",
        _ if expected == "a sequence" => "an array",
        _ if expected == "a map" => "an object",
        _ => expected,
    }
}

/// A field of the whole document as a JSON pointer.
pub(super) fn pointer_to(field: &str) -> String {
    format!("/{}", field.replace('~', "~0").replace('/', "~1"))
}

/// A path as a JSON pointer (RFC 6901).
fn pointer(path: &Path) -> String {
    path.iter().fold(String::new(), |pointer, segment| match segment {
        Segment::Seq { index } => format!("{pointer}/{index}"),
        Segment::Map { key } => pointer + &pointer_to(key),
        // The variant of an enum is a choice, not a place; what is unknown is where the path ends.
        Segment::Enum { .. } | Segment::Unknown => pointer,
    })
}

#[cfg(test)]
mod tests {
    use repository::domain::Json;
    use serde::Deserialize;
    use uuid::Uuid;

    use super::*;
    use crate::http::error::FieldProblem;
    use crate::http::input::{DecimalText, optional_object, optional_objects};

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Bill {
        #[expect(dead_code, reason = "only its errors are looked at")]
        id: Option<Uuid>,
        name: String,
        #[serde(default, deserialize_with = "optional_objects")]
        items: Option<Vec<Item>>,
        #[expect(dead_code, reason = "only its errors are looked at")]
        #[serde(default, deserialize_with = "optional_object")]
        tip: Option<Item>,
        extra: Option<Json>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Item {
        amount: DecimalText,
        #[expect(dead_code, reason = "only its errors are looked at")]
        quantity: Option<u32>,
        #[expect(dead_code, reason = "only its errors are looked at")]
        mode: Option<Mode>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Mode {
        Equal,
        Exact,
    }

    fn error(body: &str) -> (&'static str, Vec<FieldProblem>) {
        let error = json::<Bill>(body.as_bytes()).unwrap_err();
        (error.kind().code, error.problem("").errors)
    }

    #[test]
    fn a_field_that_does_not_fit_is_named_by_its_pointer() {
        for (body, pointer, code, detail) in [
            (r#"{}"#, "/name", "missing", "this field is required"),
            (r#"{"name": "a", "name": "b"}"#, "/name", "duplicate", "this field is given twice"),
            (r#"{"name": 7}"#, "/name", "wrong_type", "this value is of a wrong type; expected a string"),
            (r#"{"name": null}"#, "/name", "wrong_type", "this value is of a wrong type; expected a string"),
            (
                r#"{"name": "a", "na/me~": 1}"#,
                "/na~1me~0",
                "unknown_field",
                "this field is not known; expected one of `id`, `name`, `items`, `tip`, `extra`",
            ),
            (
                r#"{"name": "a", "items": [{"amount": "1"}, {}]}"#,
                "/items/1/amount",
                "missing",
                "this field is required",
            ),
            (
                r#"{"name": "a", "items": [{"amount": "1", "quantity": -1}]}"#,
                "/items/0/quantity",
                "wrong_type",
                "this value is of a wrong type; expected a whole number",
            ),
            (
                r#"{"name": "a", "items": [{"amount": "1", "mode": "+91987, expected"}]}"#,
                "/items/0/mode",
                "unknown_value",
                "this value is not known; expected `equal` or `exact`",
            ),
            (
                r#"{"name": "a", "items": [{"amount": true}]}"#,
                "/items/0/amount",
                "wrong_type",
                "this value is of a wrong type; expected a decimal as a string or a number",
            ),
            (r#"{"name": "a", "id": "xyz"}"#, "/id", "invalid_id", "the id must be a UUID"),
            (r#"[]"#, "", "wrong_type", "this value is of a wrong type; expected an object"),
            (r#""Asha""#, "", "wrong_type", "this value is of a wrong type; expected an object"),
        ] {
            let expected = FieldProblem { pointer: pointer.into(), code: code.into(), detail: detail.into() };
            assert_eq!(error(body), ("invalid_input", vec![expected]), "{body}");
        }
    }

    #[test]
    fn what_is_no_json_is_malformed() {
        for body in ["", " ", "{", "nul", r#"{"name": "a"} x"#, r#"{"name": "\x"}"#, r#"{'name': 1}"#] {
            assert_eq!(error(body), ("malformed_json", vec![]), "{body}");
        }
        assert_eq!(json::<Bill>(b"{\"name\": \"\xff\"}").unwrap_err().kind().code, "malformed_json");
    }

    #[test]
    fn the_rules_of_json_are_told_by_the_place() {
        let deep = format!(r#"{{"name": "a", "extra": {{"b": {}1{}}}}}"#, "[".repeat(200), "]".repeat(200));
        for (body, pointer, code) in [
            (deep.as_str(), format!("/extra/b{}", "/0".repeat(127)), "too_deep"),
            (r#"{"name": "a", "extra": {"b": [1, "\u0000"]}}"#, "/extra/b/1".to_owned(), "control_character"),
            (r#"{"name": "a", "extra": {"b": 1e131000}}"#, "/extra/b".to_owned(), "number_out_of_range"),
            (r#"{"name": "\ud800"}"#, "/name".to_owned(), "lone_surrogate"),
        ] {
            let (kind, problems) = error(body);
            let found = (kind, problems[0].pointer.as_str(), problems[0].code.as_str());
            assert_eq!(found, ("invalid_input", pointer.as_str(), code));
        }
    }

    #[test]
    fn no_key_of_a_body_means_anything_to_a_library() {
        for key in ["$serde_json::private::RawValue", "$serde_json::private::Number"] {
            let extra = format!(r#"{{"b":{{"{key}":"[5]"}},"{key}":"7"}}"#);
            let bill: Bill = json(format!(r#"{{"name": "a", "extra": {extra}}}"#).as_bytes()).unwrap();
            assert_eq!(bill.extra.unwrap().to_text(), extra);
            let (_, problems) =
                error(&format!(r#"{{"name": "a", "items": [{{"amount": {{"{key}": "5"}}}}]}}"#));
            let problem = (problems[0].pointer.as_str(), problems[0].code.as_str());
            assert_eq!(problem, ("/items/0/amount", "wrong_type"));
        }
    }

    /// A worker's stack has 2 MiB, of which a handler may have used some.
    #[test]
    fn the_deepest_body_needs_little_stack() {
        let deepest = format!(r#"{{"name": "a", "extra": {}{}}}"#, "[".repeat(128), "]".repeat(128));
        let read = move || drop(json::<Bill>(deepest.as_bytes()).unwrap().extra.unwrap().to_text());
        std::thread::Builder::new().stack_size(1 << 20).spawn(read).unwrap().join().unwrap();
    }

    #[test]
    fn an_array_is_no_object() {
        assert_eq!(error(r#" [null, "a", []]"#), error("7"));
        for (body, pointer) in [
            (r#"{"name": "a", "items": [{"amount": "1"}, ["1", null, null]]}"#, "/items/1"),
            (r#"{"name": "a", "tip": ["1", null, null]}"#, "/tip"),
        ] {
            let detail = "this value is of a wrong type; expected an object".to_owned();
            let wrong = FieldProblem { pointer: pointer.to_owned(), code: "wrong_type".into(), detail };
            assert_eq!(error(body), ("invalid_input", vec![wrong]));
        }
        assert!(json::<Bill>(br#"{"name": "a", "items": null, "tip": null}"#).is_ok());
    }

    #[test]
    fn brackets_in_strings_do_not_count() {
        let name = format!("{}\\\"{}", "[".repeat(500), "{".repeat(500));
        let bill: Bill = json(format!(r#"{{"name": "{name}"}}"#).as_bytes()).unwrap();
        assert_eq!(bill.name.len(), 1001);
    }

    #[test]
    fn decimals_are_exact() {
        let amounts = r#"{"name": "a", "items": [{"amount": "33.340"}, {"amount": 0.10}, {"amount": 123456789012345678901234567890.5}]}"#;
        let bill: Bill = json(amounts.as_bytes()).unwrap();
        let texts: Vec<&str> = bill.items.iter().flatten().map(|item| item.amount.as_str()).collect();
        assert_eq!(texts, ["33.340", "0.10", "123456789012345678901234567890.5"]);
    }
}
