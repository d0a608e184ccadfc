//! What households and the assistant say to each other.

use chrono::{DateTime, Utc};

use super::{Conversation, Details};
use crate::{Confidence, Id, MessageText, Text};

closed_set! {
    /// Who wrote a message.
    MessageRole, "role" {
        /// Somebody of the household.
        User = "user",
        /// The assistant.
        Assistant = "assistant",
    }
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its id.
    pub id: Id<Message>,
    /// The conversation.
    pub conversation_id: Id<Conversation>,
    /// Who wrote it.
    pub role: MessageRole,
    /// What was written.
    pub content: MessageText,
    /// The agent that answered.
    pub agent_used: Option<Text<50>>,
    /// How sure that agent was.
    pub confidence: Option<Confidence>,
    /// Whatever the agent keeps with it.
    pub metadata: Details,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// A message to be added to a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMessage {
    /// Who wrote it.
    pub role: MessageRole,
    /// What was written.
    pub content: MessageText,
    /// The agent that answered.
    pub agent_used: Option<Text<50>>,
    /// How sure that agent was.
    pub confidence: Option<Confidence>,
    /// Whatever the agent keeps with it.
    pub metadata: Details,
}

/// What to change of a message: `None` keeps, `Some(None)` clears.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MessageChanges {
    /// Another text.
    pub content: Option<MessageText>,
    /// Another agent, or none.
    pub agent_used: Option<Option<Text<50>>>,
    /// Another confidence, or none.
    pub confidence: Option<Option<Confidence>>,
    /// Other metadata as a whole.
    pub metadata: Option<Details>,
}

impl MessageChanges {
    /// Whether nothing is to change.
    pub fn is_empty(&self) -> bool {
        self == &Self::default()
    }
}
