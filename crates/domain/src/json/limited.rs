//! JSON objects with a limit of size.

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use super::JsonObject;
use crate::invalid::{FieldError, Violation, here};

/// A JSON object whose text without blanks has at most `MAX` bytes.
///
/// ```
/// use strongroom_domain::json::{JsonObject, LimitedObject, Reader};
///
/// let object = |text| Reader::new(text).read::<JsonObject>();
/// assert!(LimitedObject::<10>::new(object(r#"{ "a": 1.50 }"#)?).is_ok());
/// assert!(LimitedObject::<10>::new(object(r#"{"a": 1.505}"#)?).is_err());
/// # Ok::<(), strongroom_domain::json::JsonError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LimitedObject<const MAX: usize>(JsonObject);

/// An object with more bytes than are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the object must have at most {max} bytes")]
pub struct ObjectTooLong {
    max: usize,
}

impl ObjectTooLong {
    /// Stable, machine readable.
    pub const CODE: &'static str = "too_long";
}

impl FieldError for ObjectTooLong {
    fn violations(&self) -> Vec<Violation> {
        here(Self::CODE, self)
    }
}

impl<const MAX: usize> LimitedObject<MAX> {
    /// Checks the size.
    pub fn new(object: JsonObject) -> Result<Self, ObjectTooLong> {
        let text = serde_json::to_string(object.fields()).map_err(|_| ObjectTooLong { max: MAX })?;
        if text.len() <= MAX { Ok(Self(object)) } else { Err(ObjectTooLong { max: MAX }) }
    }

    /// Takes what came out of the store as it is.
    pub fn from_trusted(object: JsonObject) -> Self {
        Self(object)
    }

    /// The fields.
    pub fn fields(&self) -> &Map<String, Value> {
        self.0.fields()
    }

    /// The object.
    pub fn into_object(self) -> JsonObject {
        self.0
    }
}

impl<const MAX: usize> Serialize for LimitedObject<MAX> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::from_trusted;

    #[test]
    fn the_limit_counts_bytes_as_they_are_stored() {
        let object = |text| LimitedObject::<10>::new(from_trusted(text).unwrap());
        assert_eq!(object(r#" { "a" : "ab" } "#).unwrap().fields().len(), 1);
        assert_eq!(object(r#"{"a":"aé"}"#).unwrap_err().to_string(), "the object must have at most 10 bytes");
        assert_eq!(serde_json::to_string(&object(r#"{"a":0.10}"#).unwrap()).unwrap(), r#"{"a":0.10}"#);
        assert_eq!(format!("{:?}", object("{}").unwrap()), "LimitedObject([JSON object])");
    }
}
