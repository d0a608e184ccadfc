//! JSON by rules of our own: numbers exactly as they are written, every key a key, and a bounded depth.
//!
//! serde_json passes exact numbers through serde as an object with a reserved key. Anyone can send an object with that
//! key, and serde_json's own types would take it for a number. So nothing here or above is read by serde_json:
//! [`Reader`] reads every JSON text, from a request or from the database, and reserves no keys. serde_json writes.

mod elements;
mod error;
mod limited;
mod reader;
mod value;

pub use elements::elements;
pub use error::JsonError;
pub use limited::{LimitedObject, ObjectTooLong};
pub use reader::Reader;
pub(crate) use value::kind;
pub use value::{Json, JsonObject, WrittenNumber, decimal_text};

use serde::Deserialize;

/// How deep a value that is stored may be nested.
pub const DEEPEST: usize = 128;

/// The longest number that is stored, in digits, and its largest exponent. A few bytes with a larger one would take
/// megabytes once PostgreSQL has written them out.
pub const MOST_DIGITS: usize = 1_000;

/// Reads a `T` from a text that this program wrote, or that the database answered.
///
/// # Errors
/// When the text is not JSON, or is no `T`.
pub fn from_trusted<'de, T: Deserialize<'de>>(text: &'de str) -> Result<T, JsonError> {
    Reader::trusted(text).read()
}
