//! What conversations are made, changed and looked for by, and what they look like in answers.

use chrono::{DateTime, Utc};
use repository::domain::pantry::{
    Conversation, ConversationChanges, Details, NewConversation, User, session_id,
};
use repository::domain::{Id, Invalid, JsonObject, Text};
use serde::{Deserialize, Serialize};
use service::pantry::conversations::ConversationWithMessages;
use utoipa::{IntoParams, ToSchema};

use crate::http::input::fields::{changed, replaced};
use crate::http::input::{Patch, present};
use crate::http::{Located, Versioned};
use crate::pantry::messages::MessageBody;

/// A conversation with the assistant.
#[derive(Serialize, ToSchema)]
pub(super) struct ConversationBody {
    #[schema(value_type = Uuid)]
    id: Id<Conversation>,
    /// Whose it is.
    #[schema(value_type = Uuid)]
    user_id: Id<User>,
    /// What the agent calls it.
    #[schema(value_type = String, example = "default")]
    session_id: Text<100>,
    #[schema(value_type = Option<String>, example = "What to cook tonight")]
    title: Option<Text<255>>,
    /// Whatever the agent keeps with it.
    #[schema(value_type = Object)]
    metadata: Details,
    /// Its newest messages, at most 1,000, the oldest of them first; only where they are asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    messages: Option<Vec<MessageBody>>,
    /// Whether there are older messages; only where messages are asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    more_messages: Option<bool>,
    #[serde(skip)]
    row_version: i64,
    created_at: DateTime<Utc>,
    /// When it was last changed, or a message came.
    updated_at: DateTime<Utc>,
}

impl Located for ConversationBody {
    fn location(&self) -> String {
        format!("/v1/pantry/conversations/{}", self.id)
    }
}

impl Versioned for ConversationBody {
    fn row_version(&self) -> i64 {
        self.row_version
    }
}

impl From<Conversation> for ConversationBody {
    fn from(conversation: Conversation) -> Self {
        let Conversation { id, user_id, session_id, title, metadata, row_version, created_at, updated_at } =
            conversation;
        Self {
            id,
            user_id,
            session_id,
            title,
            metadata,
            messages: None,
            more_messages: None,
            row_version,
            created_at,
            updated_at,
        }
    }
}

impl From<ConversationWithMessages> for ConversationBody {
    fn from(found: ConversationWithMessages) -> Self {
        let ConversationWithMessages { conversation, messages, more_messages } = found;
        let messages = messages.into_iter().map(MessageBody::from).collect();
        Self { messages: Some(messages), more_messages: Some(more_messages), ..conversation.into() }
    }
}

/// A conversation to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "user_id": "00000000-0000-7000-8000-000000000001", "session_id": "telegram-42", "title": "What to cook tonight",
    "metadata": {"channel": "telegram"},
}))]
pub(super) struct CreateConversation {
    #[schema(value_type = Uuid)]
    user_id: String,
    /// What the agent calls it. No two conversations of a user have the same. One is made where it is absent.
    #[schema(min_length = 1, max_length = 100)]
    session_id: Option<String>,
    #[schema(max_length = 255)]
    title: Option<String>,
    /// Whatever the agent keeps with it: at most 64 KiB.
    #[schema(value_type = Option<Object>)]
    metadata: Option<JsonObject>,
}

impl CreateConversation {
    pub(super) fn read(self) -> Result<NewConversation, Invalid> {
        let mut fields = Invalid::collect();
        let user_id = fields.take("/user_id", self.user_id.parse());
        let session_id = fields.take_optional("/session_id", self.session_id.as_deref().map(session_id));
        let title = fields.take_optional("/title", self.title.as_deref().map(str::parse));
        let metadata = fields.take("/metadata", Details::new(self.metadata.unwrap_or_default()));
        fields.build(|| {
            Some(NewConversation {
                user_id: user_id?,
                session_id: session_id?,
                title: title?,
                metadata: metadata?,
            })
        })
    }
}

/// A conversation to be found or, where there is none, to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"user_id": "00000000-0000-7000-8000-000000000001", "session_id": "default"}))]
pub(super) struct FindOrCreateConversation {
    #[schema(value_type = Uuid)]
    user_id: String,
    /// What the agent calls it.
    #[schema(min_length = 1, max_length = 100)]
    session_id: String,
    /// For a new one.
    #[schema(max_length = 255)]
    title: Option<String>,
    /// For a new one: at most 64 KiB.
    #[schema(value_type = Option<Object>)]
    metadata: Option<JsonObject>,
}

impl FindOrCreateConversation {
    pub(super) fn read(self) -> Result<NewConversation, Invalid> {
        let Self { user_id, session_id, title, metadata } = self;
        CreateConversation { user_id, session_id: Some(session_id), title, metadata }.read()
    }
}

/// What to change of a conversation. What is absent stays; null clears.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"title": "What to cook on Sunday"}))]
pub(super) struct UpdateConversation {
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 255)]
    title: Patch<String>,
    /// Replaces what is there. Cannot be cleared.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Object>, nullable = false)]
    metadata: Patch<JsonObject>,
}

impl UpdateConversation {
    pub(super) fn read(self) -> Result<ConversationChanges, Invalid> {
        let mut fields = Invalid::collect();
        let changes = ConversationChanges {
            title: changed(&mut fields, "/title", self.title, |text| text.parse()),
            metadata: replaced(&mut fields, "/metadata", self.metadata, Details::new),
        };
        fields.finish()?;
        Ok(changes)
    }
}

/// Whose conversation to look for, and what the agent calls it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"user_id": "00000000-0000-7000-8000-000000000001", "session_id": "default", "messages": true}))]
pub(super) struct LookupConversation {
    #[schema(value_type = Uuid)]
    user_id: String,
    session_id: String,
    /// Whether its newest messages come with it.
    messages: Option<bool>,
}

impl LookupConversation {
    /// The user, the session id, and whether messages are asked for.
    pub(super) fn read(self) -> Result<(Id<User>, Text<100>, bool), Invalid> {
        let mut fields = Invalid::collect();
        let user = fields.take("/user_id", self.user_id.parse());
        let session_id = fields.take("/session_id", session_id(&self.session_id));
        fields.build(|| Some((user?, session_id?, self.messages.unwrap_or(false))))
    }
}

/// How to show a conversation.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct ShowConversation {
    /// Whether its newest messages come with it, at most 1,000.
    pub(super) messages: Option<bool>,
}
