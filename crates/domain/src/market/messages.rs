//! Messages of conversations, those of buyers until they are processed.

use chrono::{DateTime, Utc};

use super::{Buyer, Conversation, Intent, WallapopId};
use crate::{Id, MessageText, Note, PiiError, PrivateJson, Sentiment};

closed_set! {
    /// Who wrote a message.
    MessageType, "message type" {
        /// The buyer.
        UserMessage = "user_message",
        /// The bot.
        BotMessage = "bot_message",
        /// The marketplace, or a program.
        SystemMessage = "system_message",
    }
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its id.
    pub id: Id<Message>,
    /// The marketplace's id; unique.
    pub wallapop_message_id: Option<WallapopId>,
    /// Where it was written.
    pub conversation_id: Id<Conversation>,
    /// The buyer who wrote it.
    pub buyer_id: Option<Id<Buyer>>,
    /// What was written.
    pub content: MessageText,
    /// Who wrote it.
    pub message_type: MessageType,
    /// What the bot thinks is meant.
    pub intent: Option<Intent>,
    /// Names, numbers and places that the bot found in it, an object of at most 64 KiB.
    pub entities: Option<PrivateJson>,
    /// How friendly it is.
    pub sentiment: Option<Sentiment>,
    /// Whether a buyer's message was read.
    pub is_read: bool,
    /// Whether the bot is done with a buyer's message.
    pub is_processed: bool,
    /// Since when.
    pub processed_at: Option<DateTime<Utc>>,
    /// Why processing last failed.
    pub processing_error: Option<Note>,
    /// Until when a worker has it, or it is held back.
    pub claimed_until: Option<DateTime<Utc>>,
    /// How often it was handed out and not released.
    pub attempts: i32,
    /// When it was stored; later than every message before it in the conversation.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// A message to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMessage {
    /// The marketplace's id.
    pub wallapop_message_id: Option<WallapopId>,
    /// The buyer who wrote it: of a buyer's message the conversation's, of others none.
    pub buyer_id: Option<Id<Buyer>>,
    /// What was written.
    pub content: MessageText,
    /// Who wrote it.
    pub message_type: MessageType,
    /// What the bot thinks is meant.
    pub intent: Option<Intent>,
    /// What the bot found in it.
    pub entities: Option<PrivateJson>,
    /// How friendly it is.
    pub sentiment: Option<Sentiment>,
}

/// What processing found out of a message; what is absent stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Processed {
    /// What is meant.
    pub intent: Option<Intent>,
    /// What stands in it.
    pub entities: Option<PrivateJson>,
    /// How friendly it is.
    pub sentiment: Option<Sentiment>,
}

/// Which messages a list of all conversations shows; what is absent does not restrict it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MessageFilter {
    /// Of this type.
    pub message_type: Option<MessageType>,
    /// Only those that processing failed too often for.
    pub failed: bool,
}

impl MessageType {
    /// Reads the text of a message of this type. What a buyer wrote the marketplace has delivered, and it will not be written
    /// again: it is kept as it came.
    ///
    /// # Errors
    /// Nothing at all, or more than 20,000 characters; of the bot's and the system's also characters that do not show.
    pub fn read(self, content: &str) -> Result<MessageText, PiiError> {
        match self {
            Self::UserMessage => MessageText::parse_delivered(content),
            Self::BotMessage | Self::SystemMessage => MessageText::parse(content),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buyers_text_is_kept_as_it_came_and_ours_is_checked() {
        let read = |kind: MessageType| kind.read("hi\0").map(|text| text.expose().to_owned());
        assert_eq!(read(MessageType::UserMessage).as_deref(), Ok("hi\u{fffd}"));
        assert_eq!(read(MessageType::BotMessage).unwrap_err().code(), "control_character");
        assert_eq!(MessageType::SystemMessage.read("").unwrap_err().code(), "empty");
    }
}
