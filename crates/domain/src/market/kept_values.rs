//! Values that the bot keeps outside the database, for a day at most.

use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use crate::invalid::{FieldError, Violation, here};
use crate::{Json, JsonObject};

/// The longest name of a value.
const LONGEST_KEY: usize = 200;

/// The most bytes of a value, as it is stored.
const MOST_BYTES: usize = 65_536;

/// The name that the bot gives a value: 1 to 200 letters, digits and `:._-`, so that no e-mail address can stand there, and no
/// phone number as it is usually written.
///
/// ```
/// use strongroom_domain::market::KeptKey;
///
/// assert_eq!(KeptKey::parse("product:123")?.as_str(), "product:123");
/// assert!(KeptKey::parse("juan@correo.example").is_err());
/// # Ok::<(), strongroom_domain::market::KeptError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptKey(String);

/// Why something cannot be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeptError {
    /// It is no name of a value.
    #[error("must have 1 to {LONGEST_KEY} characters, of A-Z, a-z, 0-9 and `:._-`")]
    Key,
    /// It has more than 64 KiB.
    #[error("must have at most 65,536 bytes")]
    TooLong,
}

impl KeptError {
    /// Stable, machine readable.
    pub fn code(self) -> &'static str {
        match self {
            Self::Key => "invalid_key",
            Self::TooLong => "too_long",
        }
    }
}

impl FieldError for KeptError {
    fn violations(&self) -> Vec<Violation> {
        here(self.code(), self)
    }
}

impl KeptKey {
    /// Reads a name.
    ///
    /// # Errors
    /// [`KeptError::Key`].
    pub fn parse(text: &str) -> Result<Self, KeptError> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b":._-".contains(&byte);
        let is_key = (1..=LONGEST_KEY).contains(&text.len()) && text.bytes().all(fits);
        if is_key { Ok(Self(text.to_owned())) } else { Err(KeptError::Key) }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A value that is kept: JSON of at most 64 KiB. It may hold personal data and never shows itself.
#[derive(Clone, PartialEq, Eq)]
pub struct KeptValue(Value);

impl KeptValue {
    /// Takes a value that was read already.
    ///
    /// # Errors
    /// [`KeptError::TooLong`].
    pub fn new(value: Json) -> Result<Self, KeptError> {
        Self::small(value.into_value())
    }

    /// Takes an object that was read already.
    ///
    /// # Errors
    /// [`KeptError::TooLong`].
    pub fn of_object(object: JsonObject) -> Result<Self, KeptError> {
        Self::small(Value::Object(object.into_fields()))
    }

    /// Takes what was kept.
    pub fn from_trusted(value: Json) -> Self {
        Self(value.into_value())
    }

    /// The text without blanks.
    pub fn to_text(&self) -> String {
        self.0.to_string()
    }

    /// An object with these fields in the place of its own: null removes one. What is no object counts as an empty one.
    ///
    /// # Errors
    /// [`KeptError::TooLong`].
    ///
    /// ```
    /// use strongroom_domain::market::KeptValue;
    /// use strongroom_domain::json::from_trusted;
    ///
    /// let state = KeptValue::from_trusted(from_trusted(r#"{"step":"offer","price":600}"#).unwrap());
    /// let changes = from_trusted(r#"{"price":null,"step":"agreed"}"#).unwrap();
    /// assert_eq!(KeptValue::merged(Some(state), &changes)?.to_text(), r#"{"step":"agreed"}"#);
    /// # Ok::<(), strongroom_domain::market::KeptError>(())
    /// ```
    pub fn merged(before: Option<Self>, changes: &JsonObject) -> Result<Self, KeptError> {
        let mut fields = match before {
            Some(Self(Value::Object(fields))) => fields,
            _ => Map::new(),
        };
        for (name, value) in changes.fields() {
            match value {
                Value::Null => drop(fields.remove(name)),
                value => drop(fields.insert(name.clone(), value.clone())),
            }
        }
        Self::small(Value::Object(fields))
    }

    fn small(value: Value) -> Result<Self, KeptError> {
        let value = Self(value);
        if value.to_text().len() > MOST_BYTES { Err(KeptError::TooLong) } else { Ok(value) }
    }
}

impl fmt::Debug for KeptValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[kept value]")
    }
}

impl Serialize for KeptValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_no_character_of_an_address_and_is_not_long() {
        for key in ["", " ", "+34612345678", "juan@x", "a b", "a/b", "ñ", "a\0", &"x".repeat(201)] {
            assert_eq!(KeptKey::parse(key), Err(KeptError::Key), "{key}");
        }
        assert!(KeptKey::parse(&"x".repeat(200)).is_ok() && KeptKey::parse("A9:._-").is_ok());
    }

    #[test]
    fn a_value_has_64_kib_at_most_also_once_it_is_merged() {
        let text = |bytes: usize| Json::parse(&format!("\"{}\"", "x".repeat(bytes - 2))).unwrap();
        assert!(KeptValue::new(text(65_536)).is_ok());
        assert_eq!(KeptValue::new(text(65_537)), Err(KeptError::TooLong));
        let object = |name: &str| {
            JsonObject::from(Map::from_iter([(name.to_owned(), Value::from("x".repeat(40_000)))]))
        };
        let half = KeptValue::merged(None, &object("a")).unwrap();
        assert_eq!(KeptValue::merged(Some(half), &object("b")), Err(KeptError::TooLong));
    }
}
