//! Conversations about a report, each of which ends some hours after it was begun.

use chrono::{DateTime, Utc};

use super::{Report, User};
use crate::invalid::{FieldError, Violation, here};
use crate::{Id, JsonObject};

/// A conversation about a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatSession {
    /// Its id.
    pub id: Id<ChatSession>,
    /// The exporter.
    pub user_id: Id<User>,
    /// The report it is about.
    pub report_id: Id<Report>,
    /// What the agent is to know.
    pub context_data: JsonObject,
    /// When something was last said.
    pub last_activity: DateTime<Utc>,
    /// From then on it is absent; never where there is none.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was begun.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// A conversation to be begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewChatSession {
    /// The report it is about.
    pub report_id: Id<Report>,
    /// What the agent is to know; what the report says of the product, the destination, the business and the HS code is
    /// added where it has no such key.
    pub context: ChatContext,
}

/// What an agent is to know in a conversation: a JSON object of at most 64 KiB, written without blanks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ChatContext(JsonObject);

/// A context that is too large.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the context must have at most 65,536 bytes, written without blanks")]
pub struct ChatContextError;

impl ChatContext {
    /// The largest, in bytes.
    pub const MOST_BYTES: usize = 65_536;

    /// Takes an object that is not too large.
    pub fn of(object: JsonObject) -> Result<Self, ChatContextError> {
        let size = serde_json::to_string(object.fields()).map(|text| text.len());
        if size.is_ok_and(|bytes| bytes <= Self::MOST_BYTES) {
            Ok(Self(object))
        } else {
            Err(ChatContextError)
        }
    }

    /// The object.
    pub fn object(&self) -> &JsonObject {
        &self.0
    }
}

impl ChatContextError {
    /// Stable, machine readable.
    pub fn code(&self) -> &'static str {
        "too_long"
    }
}

impl FieldError for ChatContextError {
    fn violations(&self) -> Vec<Violation> {
        here(self.code(), self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Reader;

    #[test]
    fn a_context_has_64_kib_at_most() {
        let read = |length: usize| {
            let text = format!("{{\"a\": \"{}\"}}", "x".repeat(length));
            ChatContext::of(Reader::new(&text).read().unwrap())
        };
        assert!(read(65_528).is_ok());
        assert_eq!(read(65_529).unwrap_err().code(), "too_long");
        assert_eq!(format!("{:?}", read(1).unwrap()), "ChatContext([JSON object])");
    }
}
