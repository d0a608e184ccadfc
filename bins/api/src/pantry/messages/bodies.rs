//! What messages are added, changed and looked for by, and what they look like in answers.

use chrono::{DateTime, Utc};
use repository::domain::pantry::{Conversation, Details, Message, MessageChanges, MessageRole, NewMessage};
use repository::domain::text::SearchWords;
use repository::domain::{Confidence, Id, Invalid, JsonObject, MessageText, Text};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::input::fields::{changed, replaced};
use crate::http::input::{Patch, present};
use crate::http::{Located, Paging};
use crate::pantry::schema;

/// What somebody of a household, or the assistant, said.
#[derive(Serialize, ToSchema)]
pub(in crate::pantry) struct MessageBody {
    #[schema(value_type = Uuid)]
    id: Id<Message>,
    #[schema(value_type = Uuid)]
    conversation_id: Id<Conversation>,
    #[schema(value_type = schema::MessageRole)]
    role: MessageRole,
    #[schema(example = "What can I cook tonight?")]
    content: String,
    /// The agent that answered.
    #[schema(value_type = Option<String>, example = "chef")]
    agent_used: Option<Text<50>>,
    /// How sure that agent was.
    #[schema(value_type = Option<f64>, minimum = 0, maximum = 1, example = 0.9)]
    confidence: Option<Confidence>,
    /// Whatever the agent keeps with it.
    #[schema(value_type = Object)]
    metadata: Details,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl Located for MessageBody {
    fn location(&self) -> String {
        format!("/v1/pantry/messages/{}", self.id)
    }
}

impl From<Message> for MessageBody {
    fn from(message: Message) -> Self {
        let Message {
            id,
            conversation_id,
            role,
            content,
            agent_used,
            confidence,
            metadata,
            created_at,
            updated_at,
        } = message;
        let content = content.expose().to_owned();
        Self { id, conversation_id, role, content, agent_used, confidence, metadata, created_at, updated_at }
    }
}

/// A message to be added to a conversation.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"role": "user", "content": "What can I cook tonight?", "metadata": {"channel": "telegram"}}))]
pub(super) struct CreateMessage {
    /// In any case. `assistant` takes an API key.
    #[schema(value_type = schema::MessageRole)]
    role: String,
    #[schema(min_length = 1, max_length = 20_000)]
    content: String,
    /// The agent that answered.
    #[schema(max_length = 50)]
    agent_used: Option<String>,
    /// How sure that agent was.
    #[schema(minimum = 0, maximum = 1)]
    confidence: Option<f64>,
    /// Whatever the agent keeps with it: at most 64 KiB.
    #[schema(value_type = Option<Object>)]
    metadata: Option<JsonObject>,
}

impl CreateMessage {
    pub(super) fn read(self) -> Result<NewMessage, Invalid> {
        let mut fields = Invalid::collect();
        let role = fields.take("/role", self.role.parse());
        let content = fields.take("/content", MessageText::parse(&self.content));
        let agent_used = fields.take_optional("/agent_used", self.agent_used.as_deref().map(str::parse));
        let confidence = fields.take_optional("/confidence", self.confidence.map(Confidence::new));
        let metadata = fields.take("/metadata", Details::new(self.metadata.unwrap_or_default()));
        fields.build(|| {
            Some(NewMessage {
                role: role?,
                content: content?,
                agent_used: agent_used?,
                confidence: confidence?,
                metadata: metadata?,
            })
        })
    }
}

/// What to change of a message. What is absent stays; null clears.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"content": "You can cook an omelette.", "confidence": 0.95}))]
pub(super) struct UpdateMessage {
    /// Cannot be cleared.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, nullable = false, min_length = 1, max_length = 20_000)]
    content: Patch<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 50)]
    agent_used: Patch<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<f64>, minimum = 0, maximum = 1)]
    confidence: Patch<f64>,
    /// Replaces what is there. Cannot be cleared.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Object>, nullable = false)]
    metadata: Patch<JsonObject>,
}

impl UpdateMessage {
    pub(super) fn read(self) -> Result<MessageChanges, Invalid> {
        let mut fields = Invalid::collect();
        let changes = MessageChanges {
            content: replaced(&mut fields, "/content", self.content, |text| MessageText::parse(&text)),
            agent_used: changed(&mut fields, "/agent_used", self.agent_used, |text| text.parse()),
            confidence: changed(&mut fields, "/confidence", self.confidence, Confidence::new),
            metadata: replaced(&mut fields, "/metadata", self.metadata, Details::new),
        };
        fields.finish()?;
        Ok(changes)
    }
}

/// Words to look for in the messages of a household.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"words": "cook tonight", "limit": 20}))]
pub(super) struct LookupMessages {
    /// One to ten words, in any case. Each must occur as a whole word; their order does not matter.
    words: String,
    /// In this conversation alone.
    #[schema(value_type = Option<Uuid>)]
    conversation_id: Option<String>,
    /// At most so many messages, 1 to 100; 50 when absent.
    #[schema(minimum = 1, maximum = 100)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

impl LookupMessages {
    /// The words, the conversation, and the page.
    pub(super) fn read(self) -> Result<(SearchWords, Option<Id<Conversation>>, Paging), Invalid> {
        let mut fields = Invalid::collect();
        let words = fields.take("/words", SearchWords::parse(&self.words));
        let conversation =
            fields.take_optional("/conversation_id", self.conversation_id.as_deref().map(str::parse));
        let (words, conversation) = fields.build(|| Some((words?, conversation?)))?;
        Ok((words, conversation, Paging::of(self.limit, self.cursor)))
    }
}
