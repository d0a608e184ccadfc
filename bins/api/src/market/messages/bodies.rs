//! What messages are made and listed by, and what they look like in answers.

use chrono::{DateTime, Utc};
use repository::domain::market::{
    Buyer, Conversation, Intent, Message, MessageFilter, MessageType, NewMessage, WallapopId,
};
use repository::domain::{Id, Invalid, JsonObject, PrivateJson, Sentiment, json};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::http::Located;
use crate::market::schema;

/// A message.
#[derive(Serialize, ToSchema)]
pub(in crate::market) struct MessageBody {
    #[schema(value_type = Uuid)]
    id: Id<Message>,
    /// The marketplace's id.
    #[schema(value_type = Option<String>, example = "m1")]
    wallapop_message_id: Option<WallapopId>,
    #[schema(value_type = Uuid)]
    conversation_id: Id<Conversation>,
    /// The buyer who wrote it; null for messages of the bot and the system.
    #[schema(value_type = Option<Uuid>)]
    buyer_id: Option<Id<Buyer>>,
    #[schema(example = "¡Hola! Me interesa tu iPhone")]
    content: String,
    #[schema(value_type = schema::MessageType)]
    message_type: MessageType,
    /// What the bot thinks is meant.
    #[schema(value_type = Option<String>, example = "greeting")]
    intent: Option<Intent>,
    /// Names, numbers and places that the bot found in it.
    #[schema(value_type = Option<Object>)]
    entities: Option<JsonObject>,
    /// How friendly it is.
    #[schema(value_type = Option<f64>, minimum = -1, maximum = 1)]
    sentiment: Option<Sentiment>,
    /// Of a buyer's message.
    is_read: bool,
    /// Whether the bot is done with a buyer's message.
    is_processed: bool,
    processed_at: Option<DateTime<Utc>>,
    /// Why processing last failed.
    processing_error: Option<String>,
    /// Until when a worker has it, or it is held back.
    claimed_until: Option<DateTime<Utc>>,
    /// How often it was handed out and not released.
    #[schema(minimum = 0)]
    attempts: i32,
    /// Later than every message before it in the conversation.
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl Located for MessageBody {
    fn location(&self) -> String {
        format!("/v1/market/messages/{}", self.id)
    }
}

impl From<Message> for MessageBody {
    fn from(message: Message) -> Self {
        let Message {
            id,
            wallapop_message_id,
            conversation_id,
            buyer_id,
            content,
            message_type,
            intent,
            entities,
            sentiment,
            is_read,
            is_processed,
            processed_at,
            processing_error,
            claimed_until,
            attempts,
            created_at,
            updated_at,
        } = message;
        Self {
            id,
            wallapop_message_id,
            conversation_id,
            buyer_id,
            content: content.expose().to_owned(),
            message_type,
            intent,
            entities: entities.and_then(|entities| json::from_trusted(entities.expose()).ok()),
            sentiment,
            is_read,
            is_processed,
            processed_at,
            processing_error: processing_error.map(|error| error.expose().to_owned()),
            claimed_until,
            attempts,
            created_at,
            updated_at,
        }
    }
}

/// A message to be stored.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "content": "¡Hola! Me interesa tu iPhone", "message_type": "user_message",
    "buyer_id": "00000000-0000-7000-8000-000000000001", "wallapop_message_id": "m1",
}))]
pub(super) struct CreateMessage {
    /// At most 20,000 characters. A buyer's is kept as it came.
    #[schema(max_length = 20000)]
    content: String,
    /// In any case.
    #[schema(value_type = schema::MessageType)]
    message_type: String,
    /// Of a `user_message` the conversation's buyer, of others none.
    #[schema(value_type = Option<Uuid>)]
    buyer_id: Option<String>,
    /// The marketplace's id: a message that is sent again is stored once.
    #[schema(max_length = 50)]
    wallapop_message_id: Option<String>,
    #[schema(max_length = 50)]
    intent: Option<String>,
    /// At most 64 KiB.
    #[schema(value_type = Option<Object>)]
    entities: Option<JsonObject>,
    #[schema(minimum = -1, maximum = 1)]
    sentiment: Option<f64>,
}

impl CreateMessage {
    pub(super) fn read(self) -> Result<NewMessage, Invalid> {
        let mut fields = Invalid::collect();
        let message_type: Option<MessageType> = fields.take("/message_type", self.message_type.parse());
        let content = message_type.and_then(|kind| fields.take("/content", kind.read(&self.content)));
        let buyer_id = fields.take_optional("/buyer_id", self.buyer_id.as_deref().map(str::parse));
        let id = self.wallapop_message_id.as_deref().map(WallapopId::parse);
        let wallapop_message_id = fields.take_optional("/wallapop_message_id", id);
        let intent = fields.take_optional("/intent", self.intent.as_deref().map(Intent::parse));
        let entities =
            fields.take_optional("/entities", self.entities.as_ref().map(PrivateJson::parse_small));
        let sentiment = fields.take_optional("/sentiment", self.sentiment.map(Sentiment::new));
        fields.build(|| {
            Some(NewMessage {
                wallapop_message_id: wallapop_message_id?,
                buyer_id: buyer_id?,
                content: content?,
                message_type: message_type?,
                intent: intent?,
                entities: entities?,
                sentiment: sentiment?,
            })
        })
    }
}

/// Which messages.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct ListMessages {
    /// true: only those that are parked, because they were handed out `MAX_PROCESSING_ATTEMPTS` times in vain.
    failed: Option<bool>,
    /// Of this type, in any case.
    #[param(value_type = Option<schema::MessageType>)]
    message_type: Option<String>,
}

impl ListMessages {
    pub(super) fn read(self) -> Result<MessageFilter, Invalid> {
        let mut fields = Invalid::collect();
        let message_type =
            fields.take_optional("/message_type", self.message_type.as_deref().map(str::parse));
        let failed = self.failed.unwrap_or_default();
        fields.build(|| Some(MessageFilter { message_type: message_type?, failed }))
    }
}
