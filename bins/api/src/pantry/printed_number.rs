//! Numbers as receipts and people write them.

use std::borrow::Cow;

use repository::domain::json::WrittenNumber;
use repository::domain::pantry::printed::{self, PrintedError};
use repository::domain::{Decimal, DecimalError};
use serde::{Deserialize, Deserializer};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// A number that is not yet checked. A JSON number is exact, and a text is read as it was printed.
pub(super) struct PrintedNumber(WrittenNumber);

impl PrintedNumber {
    /// As an amount of money, which may have groups of digits.
    pub(super) fn amount<const PRECISION: u32, const SCALE: u32>(
        &self,
    ) -> Result<Decimal<PRECISION, SCALE>, PrintedError> {
        match &self.0 {
            WrittenNumber::Text(text) => printed::amount(text),
            WrittenNumber::Number(number) => Ok(Decimal::parse(number)?),
        }
    }

    /// As a quantity or the price of one, whose only separator is before the decimals.
    pub(super) fn number<const PRECISION: u32, const SCALE: u32>(
        &self,
    ) -> Result<Decimal<PRECISION, SCALE>, DecimalError> {
        match &self.0 {
            WrittenNumber::Text(text) => printed::number(text),
            WrittenNumber::Number(number) => Decimal::parse(number),
        }
    }
}

impl<'de> Deserialize<'de> for PrintedNumber {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        WrittenNumber::deserialize(deserializer).map(Self)
    }
}

impl PartialSchema for PrintedNumber {
    fn schema() -> RefOr<Schema> {
        // Numbers are read too. Of two types in one field, generated clients make a class without content or a float.
        let schema = ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("A decimal as it is printed, with a point or a comma before its decimals"))
            .examples(["12,50"]);
        RefOr::T(Schema::Object(schema.build()))
    }
}

impl ToSchema for PrintedNumber {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("PrintedNumber")
    }
}

#[cfg(test)]
mod tests {
    use repository::domain::json::Reader;

    use super::*;

    fn read(json: &str) -> PrintedNumber {
        Reader::new(json).read().unwrap()
    }

    #[test]
    fn a_number_is_exact_where_a_text_could_be_read_in_two_ways() {
        let amount = |json| read(json).amount::<10, 2>().map_err(PrintedError::code);
        assert_eq!(amount("1.23").unwrap().to_string(), "1.23");
        assert_eq!(amount("1.234"), Err("too_many_decimals"));
        assert_eq!(amount("\"1.234\""), Err("ambiguous_amount"));
        assert_eq!(amount("\"1.234,56\"").unwrap().to_string(), "1234.56");
        assert_eq!(amount("1e3"), Err("invalid_number"));
    }

    #[test]
    fn a_quantity_has_one_separator() {
        let quantity = |json| read(json).number::<10, 3>().map_err(DecimalError::code);
        assert_eq!(quantity("\"0,435\"").unwrap().to_string(), "0.435");
        assert_eq!(quantity("0.435"), quantity("\"0.435\""));
        assert_eq!(quantity("\"1.234,5\""), Err("invalid_number"));
    }
}
