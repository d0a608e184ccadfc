//! What chats and messages look like in answers, and what requests about them bring.

use chrono::{DateTime, Utc};
use repository::domain::whatsapp::{
    Chat, ChatId, History, Location, Message, MessageSid, Role, User, phone_number,
};
use repository::domain::{Id, Invalid, PhoneNumber};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::ApiError;
use crate::whatsapp::schema;

/// Days after which chats are closed, where none are named.
const OLD: u32 = 30;

/// The most that can be named: a hundred years.
const MOST_DAYS: i64 = 36_500;

/// A conversation, without its messages.
#[derive(Serialize, ToSchema)]
pub(in crate::whatsapp) struct ChatBody {
    #[schema(value_type = String, example = "3e1f3ecf80a140f6")]
    chat_id: ChatId,
    /// The person who writes.
    #[schema(value_type = Uuid)]
    customer_id: Id<User>,
    /// Whether messages are still added. A person has at most one such chat.
    is_active: bool,
    #[schema(example = 12)]
    message_count: i32,
    /// The chat that was full and continues here.
    #[schema(value_type = Option<String>, example = "9c0f4e2b71d85a36")]
    continues_chat_id: Option<ChatId>,
    /// When the first message came that has no answer yet.
    waiting_since: Option<DateTime<Utc>>,
    /// When the person last wrote.
    last_inbound_at: Option<DateTime<Utc>>,
    /// Until when one agent alone may answer.
    claimed_until: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<Chat> for ChatBody {
    fn from(chat: Chat) -> Self {
        let Chat {
            chat_id,
            customer_id,
            is_active,
            message_count,
            continues_chat_id,
            waiting_since,
            last_inbound_at,
            claimed_until,
            created_at,
            updated_at,
        } = chat;
        Self {
            chat_id,
            customer_id,
            is_active,
            message_count,
            continues_chat_id,
            waiting_since,
            last_inbound_at,
            claimed_until,
            created_at,
            updated_at,
        }
    }
}

/// A chat with its messages, for whoever wants everything.
#[derive(Serialize)]
pub(in crate::whatsapp) struct WholeChatBody {
    #[serde(flatten)]
    chat: ChatBody,
    messages: Vec<MessageBody>,
}

impl From<(Chat, Vec<Message>)> for WholeChatBody {
    fn from((chat, messages): (Chat, Vec<Message>)) -> Self {
        Self { chat: chat.into(), messages: messages.into_iter().map(MessageBody::from).collect() }
    }
}

/// A message of a chat.
#[derive(Serialize, ToSchema)]
pub(in crate::whatsapp) struct MessageBody {
    #[schema(value_type = schema::Role)]
    role: Role,
    /// The text, or what stands in its place: `[image/jpeg]`, `[location]`.
    #[schema(example = "What is Apache Spark?")]
    content: String,
    /// Later than that of the message before.
    #[schema(example = "2025-10-19T11:37:20.759678+00:00")]
    timestamp: String,
    /// The types of what was attached. Twilio hands it out by `message_sid`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = json!(["image/jpeg"]))]
    media: Option<Vec<String>>,
    /// What Twilio calls the message; only of one with media.
    #[serde(skip_serializing_if = "Option::is_none")]
    message_sid: Option<String>,
    /// Where the person was, if the message said so.
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<LocationBody>,
}

/// A place, in degrees as WhatsApp writes them.
#[derive(Serialize, ToSchema)]
struct LocationBody {
    #[schema(example = "19.07")]
    latitude: String,
    #[schema(example = "72.87")]
    longitude: String,
}

impl From<Message> for MessageBody {
    fn from(message: Message) -> Self {
        let timestamp = message.timestamp_text();
        let Message { role, content, timestamp: _, media, location, message_sid } = message;
        let location = location.map(|Location { latitude, longitude }| LocationBody { latitude, longitude });
        Self {
            role,
            content: content.expose().to_owned(),
            timestamp,
            media: Some(media).filter(|media| !media.is_empty()),
            message_sid: message_sid.as_ref().map(MessageSid::to_string),
            location,
        }
    }
}

/// The last messages of a conversation, oldest first, as language models take them.
#[derive(Serialize, ToSchema)]
pub(super) struct HistoryBody {
    data: Vec<HistoryMessageBody>,
}

/// A message, as language models take it.
#[derive(Serialize, ToSchema)]
struct HistoryMessageBody {
    #[schema(value_type = schema::Role)]
    role: Role,
    #[schema(example = "What is Apache Spark?")]
    content: String,
}

impl From<History> for HistoryBody {
    fn from(history: History) -> Self {
        let message = |(role, content): (Role, _)| HistoryMessageBody { role, content: exposed(&content) };
        Self { data: history.into_iter().map(message).collect() }
    }
}

fn exposed(content: &repository::domain::MessageText) -> String {
    content.expose().to_owned()
}

/// A phone number to look for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"phone_number": "whatsapp:+12025550101"}))]
pub(super) struct LookupChats {
    /// `+…` or `whatsapp:+…`.
    phone_number: String,
}

impl LookupChats {
    pub(super) fn read(self) -> Result<PhoneNumber, Invalid> {
        let mut fields = Invalid::collect();
        let phone = fields.take("/phone_number", phone_number(&self.phone_number));
        fields.build(|| phone)
    }
}

/// How old a chat must be to be closed.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"days": 30}))]
pub(super) struct DeactivateChats {
    /// Days since it began; 30 when absent.
    #[schema(minimum = 1, maximum = 36_500)]
    days: Option<i64>,
}

impl DeactivateChats {
    pub(super) fn read(self) -> Result<u32, ApiError> {
        let Some(days) = self.days else { return Ok(OLD) };
        let fits = (1..=MOST_DAYS).contains(&days);
        let days = u32::try_from(days).ok().filter(|_| fits);
        days.ok_or_else(|| ApiError::invalid("/days", "out_of_range", "the days must be from 1 to 36500"))
    }
}

/// How many chats were closed.
#[derive(Serialize, ToSchema)]
pub(super) struct DeactivatedBody {
    deactivated: usize,
}

impl From<usize> for DeactivatedBody {
    fn from(deactivated: usize) -> Self {
        Self { deactivated }
    }
}

/// Whether there was a chat to be closed.
#[derive(Serialize, ToSchema)]
pub(super) struct ClearedBody {
    /// 1, or 0 where no chat was active.
    #[schema(minimum = 0, maximum = 1)]
    closed: u8,
}

impl From<bool> for ClearedBody {
    fn from(closed: bool) -> Self {
        Self { closed: closed.into() }
    }
}
