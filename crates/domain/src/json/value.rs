//! JSON values.

use std::fmt;

use serde::de::{Error, MapAccess, SeqAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Number, Value};

use super::{JsonError, Reader};

/// The name under which a [`Json`] asks a [`Reader`] for itself. It stands in the code and never in a text, so no text can
/// pretend to it.
pub(super) const NAME: &str = "strongroom::Json";

/// Any JSON value, its numbers with every digit they are written with. It may hold personal data and never shows itself.
///
/// ```
/// use strongroom_domain::Json;
///
/// let json = Json::parse(r#"{"price": 0.10, "$serde_json::private::Number": "5"}"#)?;
/// assert_eq!(json.to_text(), r#"{"price":0.10,"$serde_json::private::Number":"5"}"#);
/// assert_eq!(format!("{json:?}"), "[JSON]");
/// # Ok::<(), strongroom_domain::json::JsonError>(())
/// ```
///
/// Within a larger document it is deserialised by a [`Reader`] only: other deserialisers cannot tell a number from an
/// object with a reserved key.
#[derive(Clone, PartialEq, Eq)]
pub struct Json(Value);

impl Json {
    /// Reads a whole text by the rules of stored JSON: at most [`DEEPEST`](super::DEEPEST) levels, no U+0000, no lone
    /// surrogate, and no number longer than [`MOST_DIGITS`](super::MOST_DIGITS).
    ///
    /// # Errors
    /// When it is not JSON, or breaks one of the rules.
    pub fn parse(text: &str) -> Result<Self, JsonError> {
        Reader::new(text).read()
    }

    /// The value as serde_json's tree.
    pub fn value(&self) -> &Value {
        &self.0
    }

    /// The tree itself.
    pub fn into_value(self) -> Value {
        self.0
    }

    /// The text without blanks.
    pub fn to_text(&self) -> String {
        self.0.to_string()
    }
}

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[JSON]")
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(NAME, JsonVisitor).map(Self)
    }
}

/// A JSON object, as [`Json`] is any value.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct JsonObject(Map<String, Value>);

impl JsonObject {
    /// The fields.
    pub fn fields(&self) -> &Map<String, Value> {
        &self.0
    }

    /// The fields themselves.
    pub fn into_fields(self) -> Map<String, Value> {
        self.0
    }
}

impl fmt::Debug for JsonObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[JSON object]")
    }
}

impl From<Map<String, Value>> for JsonObject {
    fn from(fields: Map<String, Value>) -> Self {
        Self(fields)
    }
}

impl Serialize for JsonObject {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for JsonObject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Json::deserialize(deserializer)?.0 {
            Value::Object(fields) => Ok(Self(fields)),
            other => Err(D::Error::invalid_type(kind(&other), &"an object")),
        }
    }
}

/// What a value is, without the value.
pub(crate) fn kind(value: &Value) -> Unexpected<'static> {
    match value {
        Value::Null => Unexpected::Unit,
        Value::Bool(_) => Unexpected::Other("a boolean"),
        Value::Number(_) => Unexpected::Other("a number"),
        Value::String(_) => Unexpected::Other("a string"),
        Value::Array(_) => Unexpected::Seq,
        Value::Object(_) => Unexpected::Map,
    }
}

/// A number as it stands in JSON, not yet checked. Texts may write numbers in other ways than JSON does.
#[derive(Clone, PartialEq, Eq)]
pub enum WrittenNumber {
    /// The content of a string.
    Text(String),
    /// A JSON number, digit by digit.
    Number(String),
}

impl<'de> Deserialize<'de> for WrittenNumber {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Json::deserialize(deserializer)?.0 {
            Value::String(text) => Ok(Self::Text(text)),
            Value::Number(number) => Ok(Self::Number(number.to_string())),
            other => Err(D::Error::invalid_type(kind(&other), &"a decimal as a string or a number")),
        }
    }
}

/// Takes a decimal out of JSON, where it is a string or a number, as the text that stands there.
///
/// # Errors
/// When it is neither.
pub fn decimal_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let (WrittenNumber::Text(text) | WrittenNumber::Number(text)) = WrittenNumber::deserialize(deserializer)?;
    Ok(text)
}

/// Builds the tree. A [`Reader`] visits it with the text of a number as bytes, which JSON has no others of.
struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON that Strongroom's own reader reads")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_bytes<E: Error>(self, number: &[u8]) -> Result<Value, E> {
        let text = std::str::from_utf8(number).map_err(E::custom)?;
        text.parse::<Number>().map(Value::Number).map_err(E::custom)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        Ok(Value::String(text.to_owned()))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Value, E> {
        Ok(Value::String(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(Json(value)) = elements.next_element()? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    /// Of fields with the same name the last one counts, as in PostgreSQL.
    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some((name, Json(value))) = fields.next_entry()? {
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::super::from_trusted;
    use super::*;
    use crate::json::DEEPEST;

    fn rule(text: &str) -> &'static str {
        match Json::parse(text) {
            Err(JsonError::Rule(rule)) => rule.code,
            other => panic!("{text:.80}: {other:?}"),
        }
    }

    #[test]
    fn what_is_read_comes_back_as_it_was() {
        for text in [
            "null",
            "[true,false]",
            r#"{"b":0.10,"a":[12345678901234567890123,-0,1e-7,2.50e+10],"":""}"#,
            r#"{"$serde_json::private::Number":"5"}"#,
            r#"{"$serde_json::private::Number":5,"x":1}"#,
            r#"[{"$serde_json::private::RawValue":"[[1"}]"#,
            r#""\u0001\n\"\\é😀""#,
        ] {
            assert_eq!(Json::parse(text).unwrap().to_text(), text);
            assert_eq!(from_trusted::<Json>(text).unwrap().to_text(), text);
        }
        let odd = Json::parse(" {\"\\u0061\" : \"\\ud83d\\uDE00\\/\" , \"a\":2}\n").unwrap();
        assert_eq!(odd.to_text(), r#"{"a":2}"#, "the last field of a name counts");
        assert_eq!(Json::parse("[1E5]").unwrap().to_text(), "[1e+5]", "the same number");
    }

    #[test]
    fn an_object_is_never_a_number() {
        let number = |text| decimal_text(&mut Reader::new(text));
        assert_eq!(number("0.10").unwrap(), "0.10");
        assert_eq!(number("\"0.10\"").unwrap(), "0.10");
        for text in [r#"{"$serde_json::private::Number": "5"}"#, "[5]", "true", "null"] {
            assert!(matches!(number(text), Err(JsonError::Mismatch(_))), "{text}");
        }
    }

    #[test]
    fn only_our_reader_reads_json() {
        let error = serde_json::from_str::<Json>("1").unwrap_err();
        assert!(error.to_string().contains("Strongroom's own reader"), "{error}");
    }

    #[test]
    fn stored_json_has_limits() {
        let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(Json::parse(&nested(DEEPEST)).is_ok());
        assert_eq!(rule(&nested(DEEPEST + 1)), "too_deep");
        assert_eq!(rule(&"{\"a\":".repeat(DEEPEST + 1)), "too_deep");
        for text in ["\"a\\u0000b\"", "{\"a\\u0000\":1}"] {
            assert_eq!(rule(text), "control_character");
        }
        for text in
            [r#""\ud800""#, r#""\udc00""#, r#"{"\ud800x":1}"#, r#""\ud800\u0041""#, r#""\ud800\ud800""#]
        {
            assert_eq!(rule(text), "lone_surrogate");
        }
        let digits = "1".repeat(1_000);
        for fit in [
            digits.as_str(),
            "1e1000",
            "1E-1000",
            "1e+0001000",
            &format!("-{}.{}", &digits[..1], &digits[1..]),
        ] {
            assert!(Json::parse(fit).is_ok(), "{fit}");
        }
        for unfit in
            [&format!("{digits}1"), &format!("0.{digits}"), "1e1001", "1e-1001", "1e99999999999999999999"]
        {
            assert_eq!(rule(unfit), "number_out_of_range");
        }
    }

    #[test]
    fn what_the_database_answers_may_be_longer() {
        let text = format!("[{},\"\\u0000\"]", "1".repeat(5_000));
        assert_eq!(from_trusted::<Json>(&text).unwrap().to_text(), text);
    }

    #[test]
    fn values_never_show_themselves() {
        let object: JsonObject = from_trusted(r#"{"name": "Asha"}"#).unwrap();
        assert_eq!(format!("{object:?} {:?}", Json::parse("\"Asha\"")), "[JSON object] Ok([JSON])");
        for text in ["\"Asha\"", "[\"Asha\"]", "5"] {
            let error = from_trusted::<JsonObject>(text).unwrap_err().to_string();
            assert!(error.ends_with("expected an object") && !error.contains("Asha"), "{error}");
        }
    }
}
