//! The content of a document.

use std::fmt;

use super::fields::{Fields, given_text};
use crate::pii::{JsonKind, Rule};
use crate::text::fold;
use crate::{JsonObject, Pii, PiiError, PiiKind, json};

/// The content of a document as it is stored: a JSON object as text, at most 256 KiB.
pub type StoredDocument = Pii<DocumentKind>;

/// See [`StoredDocument`].
#[derive(Debug)]
pub enum DocumentKind {}

impl PiiKind for DocumentKind {
    const NAME: &'static str = "document";

    fn normalise(input: &str) -> Result<String, Rule> {
        JsonKind::normalise(input)
    }

    /// The invoice number: invoices are found by it.
    fn index_form(value: &str) -> String {
        let number = json::from_trusted(value).ok().and_then(|object| DocumentData(object).invoice_number());
        number.unwrap_or_default()
    }
}

/// The content of a document: a JSON object of at most 256 KiB, in whatever form the agent gives it. Parties, addresses and
/// tax numbers stand in it, so it never shows itself.
#[derive(Clone, PartialEq, Eq)]
pub struct DocumentData(JsonObject);

impl DocumentData {
    /// Takes a JSON object that was read, unless it is too large.
    ///
    /// # Errors
    /// More than 256 KiB, written without blanks.
    pub fn of(object: JsonObject) -> Result<Self, PiiError> {
        let data = Self(object);
        StoredDocument::parse(data.stored().expose()).map(|_| data)
    }

    /// Reads what was stored.
    ///
    /// # Errors
    /// When it is no JSON object.
    pub fn open(stored: &StoredDocument) -> Result<Self, PiiError> {
        let invalid = |_| PiiError::of::<DocumentKind>(crate::pii::INVALID_JSON);
        json::from_trusted(stored.expose()).map(Self).map_err(invalid)
    }

    /// The form in which it is stored.
    pub fn stored(&self) -> StoredDocument {
        let text = serde_json::to_string(self.fields()).unwrap_or_default();
        StoredDocument::from_trusted(text)
    }

    /// The fields.
    pub fn fields(&self) -> &Fields {
        self.0.fields()
    }

    /// The invoice number as it is compared: trimmed and folded.
    pub fn invoice_number(&self) -> Option<String> {
        given_text(self.fields(), "invoice_number").map(|number| fold(&number))
    }
}

impl fmt::Debug for DocumentData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[document]")
    }
}
