//! What an analysis of a report consists of: JSON in whatever form the agent gives it.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::Json;
use crate::invalid::{FieldError, Violation, here};
use crate::json::kind;

/// A JSON object or array.
///
/// ```
/// use strongroom_domain::Json;
/// use strongroom_domain::export::AnalysisData;
///
/// assert!(AnalysisData::of(Json::parse("[1.50]")?).is_ok());
/// assert_eq!(AnalysisData::of(Json::parse("1.50")?).unwrap_err().code(), "invalid_json");
/// # Ok::<(), strongroom_domain::json::JsonError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnalysisData(Json);

/// JSON that is neither an object nor an array. It does not repeat the JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the JSON must be an object or an array")]
pub struct AnalysisDataError;

impl AnalysisData {
    /// Takes JSON of the right kind.
    pub fn of(json: Json) -> Result<Self, AnalysisDataError> {
        if matches!(json.value(), Value::Object(_) | Value::Array(_)) {
            Ok(Self(json))
        } else {
            Err(AnalysisDataError)
        }
    }

    /// The JSON.
    pub fn json(&self) -> &Json {
        &self.0
    }
}

impl AnalysisDataError {
    /// Stable, machine readable.
    pub fn code(&self) -> &'static str {
        "invalid_json"
    }
}

impl FieldError for AnalysisDataError {
    fn violations(&self) -> Vec<Violation> {
        here(self.code(), self)
    }
}

impl Serialize for AnalysisData {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for AnalysisData {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = Json::deserialize(deserializer)?;
        let found = kind(json.value());
        Self::of(json).map_err(|_| D::Error::invalid_type(found, &"an object or an array"))
    }
}
