//! Fields of a PATCH: absent keeps, null clears, a value sets.

use serde::{Deserialize, Deserializer};

/// `None`: absent. `Some(None)`: null. `Some(Some(value))`: a value.
///
/// A field of this type needs `#[serde(default, deserialize_with = "present")]`; without it null would mean absent.
pub(crate) type Patch<T> = Option<Option<T>>;

/// For a [`Patch`] field that is there.
pub(crate) fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Patch<T>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Changes {
        #[serde(default, deserialize_with = "present")]
        name: Patch<String>,
    }

    #[test]
    fn absent_null_and_a_value_are_three_things() {
        for (body, name) in
            [("{}", None), (r#"{"name":null}"#, Some(None)), (r#"{"name":"a"}"#, Some(Some("a".to_owned())))]
        {
            assert_eq!(serde_json::from_str::<Changes>(body).unwrap(), Changes { name });
        }
    }
}
