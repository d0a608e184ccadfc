//! Conversations of households with the assistant.

use chrono::{DateTime, Utc};

use super::{Details, User};
use crate::text::{Form, read};
use crate::{Id, Text, TextError};

/// Reads what an agent calls a conversation: one line of at most 100 characters.
///
/// ```
/// use strongroom_domain::pantry::session_id;
///
/// assert_eq!(session_id(" default ")?.as_str(), "default");
/// assert!(session_id("a\nb").is_err());
/// # Ok::<(), strongroom_domain::TextError>(())
/// ```
pub fn session_id(input: &str) -> Result<Text<100>, TextError> {
    read(input, 100, Form::Line).map(Text::from_trusted)
}

/// A conversation, without its messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversation {
    /// Its id.
    pub id: Id<Conversation>,
    /// Whose it is.
    pub user_id: Id<User>,
    /// What the agent calls it: unique among the user's conversations that are not deleted.
    pub session_id: Text<100>,
    /// Its title.
    pub title: Option<Text<255>>,
    /// Whatever the agent keeps with it.
    pub metadata: Details,
    /// Raised by every change, and by every message; the ETag.
    pub row_version: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed, or a message came.
    pub updated_at: DateTime<Utc>,
}

/// A conversation to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewConversation {
    /// Whose it is.
    pub user_id: Id<User>,
    /// What the agent calls it; one is made where it is absent.
    pub session_id: Option<Text<100>>,
    /// Its title.
    pub title: Option<Text<255>>,
    /// Whatever the agent keeps with it.
    pub metadata: Details,
}

/// What to change of a conversation: `None` keeps, `Some(None)` clears.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ConversationChanges {
    /// A new title, or none.
    pub title: Option<Option<Text<255>>>,
    /// Other metadata as a whole.
    pub metadata: Option<Details>,
}

impl ConversationChanges {
    /// Whether nothing is to change.
    pub fn is_empty(&self) -> bool {
        self == &Self::default()
    }
}
