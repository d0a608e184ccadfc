//! Decimals as they were written, so that nothing is lost before the domain has seen them.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// The text of a decimal: the content of a JSON string, or a JSON number digit by digit. Not yet checked: that is for
/// [`Amount::parse`](repository::domain::Amount::parse) and its like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DecimalText(String);

impl DecimalText {
    /// The text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for DecimalText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(DecimalVisitor)
    }
}

struct DecimalVisitor;

impl<'de> Visitor<'de> for DecimalVisitor {
    type Value = DecimalText;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a decimal as a string or a number")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<DecimalText, E> {
        Ok(DecimalText(text.to_owned()))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<DecimalText, E> {
        Ok(DecimalText(number.to_string()))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<DecimalText, E> {
        Ok(DecimalText(number.to_string()))
    }

    /// serde_json hands over a number of any precision as a map, of which it makes a [`serde_json::Number`] itself.
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<DecimalText, A::Error> {
        let number = serde_json::Number::deserialize(serde::de::value::MapAccessDeserializer::new(map));
        number
            .map(|number| DecimalText(number.to_string()))
            .map_err(|_| A::Error::invalid_type(serde::de::Unexpected::Map, &self))
    }
}

impl PartialSchema for DecimalText {
    fn schema() -> RefOr<Schema> {
        use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
        let schema = ObjectBuilder::new()
            .schema_type(SchemaType::from_iter([Type::String, Type::Number]))
            .description(Some("A decimal, exact: a string, or a number that is read digit by digit"))
            .examples(["33.34"]);
        RefOr::T(Schema::Object(schema.build()))
    }
}

impl ToSchema for DecimalText {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Decimal")
    }
}
