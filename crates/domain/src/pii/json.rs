//! Private JSON.

use super::{Pii, PiiError, PiiKind, Rule};
use crate::json::{JsonError, JsonObject, Reader};

/// See [`PrivateJson`](super::PrivateJson).
#[derive(Debug)]
pub enum JsonKind {}

pub(crate) const INVALID: Rule = Rule { code: "invalid_json", text: "must be a JSON object" };
const TOO_LONG: Rule = Rule { code: "too_long", text: "must have at most 262,144 bytes" };
const MAX_BYTES: usize = 262_144;

impl PiiKind for JsonKind {
    const NAME: &'static str = "private JSON";

    /// Written without blanks.
    fn normalise(input: &str) -> Result<String, Rule> {
        if input.len() > MAX_BYTES {
            return Err(TOO_LONG);
        }
        let object: JsonObject = Reader::new(input).read().map_err(|error| match error {
            JsonError::Rule(rule) => rule,
            JsonError::Syntax { .. } | JsonError::Mismatch(_) => INVALID,
        })?;
        serde_json::to_string(object.fields()).map_err(|_| INVALID)
    }
}

const NOT_SMALL: Rule = Rule { code: "too_long", text: "must have at most 65,536 bytes" };
const MAX_SMALL_BYTES: usize = 65_536;

impl Pii<JsonKind> {
    /// Takes an object that was read already, of at most 64 KiB as it is stored.
    ///
    /// # Errors
    /// More than that.
    ///
    /// ```
    /// use strongroom_domain::json::{self, JsonObject};
    /// use strongroom_domain::PrivateJson;
    ///
    /// let object: JsonObject = json::from_trusted(r#"{ "city": "Sants" }"#).unwrap();
    /// assert_eq!(PrivateJson::parse_small(&object)?.expose(), r#"{"city":"Sants"}"#);
    /// # Ok::<(), strongroom_domain::PiiError>(())
    /// ```
    pub fn parse_small(object: &JsonObject) -> Result<Self, PiiError> {
        let text = serde_json::to_string(object.fields()).map_err(|_| PiiError::of::<JsonKind>(INVALID))?;
        if text.len() > MAX_SMALL_BYTES {
            return Err(PiiError::of::<JsonKind>(NOT_SMALL));
        }
        Ok(Self::from_trusted(text))
    }
}

#[cfg(test)]
mod tests {
    use crate::PrivateJson;
    use crate::json::{JsonObject, Reader};

    #[test]
    fn a_small_object_has_64_kib_at_most() {
        let object = |bytes: usize| -> JsonObject {
            Reader::new(&format!("{{\"a\":\"{}\"}}", "x".repeat(bytes - 8))).read().unwrap()
        };
        assert_eq!(PrivateJson::parse_small(&object(65_536)).unwrap().expose().len(), 65_536);
        assert_eq!(PrivateJson::parse_small(&object(65_537)).unwrap_err().code(), "too_long");
    }

    #[test]
    fn json_objects_are_kept_exactly() {
        let json = PrivateJson::parse(r#" { "b": 0.10, "a": [12345678901234567890123, null] } "#).unwrap();
        assert_eq!(json.expose(), r#"{"b":0.10,"a":[12345678901234567890123,null]}"#);
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for input in ["", "1", "[]", "null", "{", "{'a':1}", "{\"a\":NaN}"] {
            assert_eq!(PrivateJson::parse(input).unwrap_err().code(), "invalid_json", "{input:?}");
        }
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(200), "]".repeat(200));
        assert_eq!(PrivateJson::parse(&deep).unwrap_err().code(), "too_deep");
        let long = format!("{{\"a\":\"{}\"}}", "x".repeat(300_000));
        assert_eq!(PrivateJson::parse(&long).unwrap_err().code(), "too_long");
    }
}
