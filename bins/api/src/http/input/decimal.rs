//! Decimals as they were written, so that nothing is lost before the domain has seen them.

use std::borrow::Cow;

use repository::domain::json::decimal_text;
use serde::de::{Deserialize, Deserializer};
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
        decimal_text(deserializer).map(Self)
    }
}

impl PartialSchema for DecimalText {
    fn schema() -> RefOr<Schema> {
        use utoipa::openapi::schema::{ObjectBuilder, Type};
        // Numbers are read too. Of two types in one field, generated clients make a class without content or a float.
        let schema = ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some(r"^-?[0-9]+(\.[0-9]+)?$"))
            .description(Some("A decimal as text, so that no digit is lost"))
            .examples(["33.34"]);
        RefOr::T(Schema::Object(schema.build()))
    }
}

impl ToSchema for DecimalText {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("Decimal")
    }
}
