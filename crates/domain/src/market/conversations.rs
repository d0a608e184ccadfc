//! Conversations: one active one for each buyer and product.

use chrono::{DateTime, Utc};

use super::{Buyer, Intent, Price, Product, WallapopId};
use crate::{Confidence, Id, Place, Sentiment};

closed_set! {
    /// How a conversation stands.
    ConversationStatus, "conversation status" {
        /// It goes on.
        Active = "active",
        /// It ended in a sale.
        Completed = "completed",
        /// It came to nothing.
        Cancelled = "cancelled",
        /// Its buyer was blocked.
        Blocked = "blocked",
    }
}

closed_set! {
    /// Why a cancellation counts against nobody.
    ClosedReason, "reason" {
        /// Somebody else bought the product.
        SoldToOther = "sold_to_other",
        /// The buyer was anonymised.
        Anonymised = "anonymised",
    }
}

/// A conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversation {
    /// Its id.
    pub id: Id<Conversation>,
    /// The marketplace's id of the chat; unique.
    pub wallapop_chat_id: WallapopId,
    /// What it is about.
    pub product_id: Id<Product>,
    /// Who asks.
    pub buyer_id: Id<Buyer>,
    /// How it stands.
    pub status: ConversationStatus,
    /// Why its cancellation counts against nobody.
    pub closed_reason: Option<ClosedReason>,
    /// When its newest message was stored.
    pub last_message_at: Option<DateTime<Utc>>,
    /// How many messages it has.
    pub message_count: i32,
    /// What was agreed on, in the product's currency.
    pub negotiated_price: Option<Price>,
    /// Where the product changes hands.
    pub meeting_location: Option<Place>,
    /// When it does.
    pub meeting_time: Option<DateTime<Utc>>,
    /// What the bot thinks the buyer wants.
    pub intent_detected: Option<Intent>,
    /// How friendly the buyer is.
    pub sentiment_score: Option<Sentiment>,
    /// How sure the bot is.
    pub bot_confidence: Option<Confidence>,
    /// When it ended in a sale: there exactly while it is completed.
    pub completed_at: Option<DateTime<Utc>>,
    /// When maintenance took it out of the usual lists.
    pub archived_at: Option<DateTime<Utc>>,
    /// Raised by every change; the ETag.
    pub row_version: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// A conversation to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewConversation {
    /// The marketplace's id of the chat.
    pub wallapop_chat_id: WallapopId,
    /// What it is about.
    pub product_id: Id<Product>,
    /// Who asks.
    pub buyer_id: Id<Buyer>,
}

/// What to change of a conversation: `None` keeps, `Some(None)` clears.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ConversationChanges {
    /// Another price, or none.
    pub negotiated_price: Option<Option<Price>>,
    /// Another place, or none.
    pub meeting_location: Option<Option<Place>>,
    /// Another time, or none.
    pub meeting_time: Option<Option<DateTime<Utc>>>,
    /// Another intent, or none.
    pub intent_detected: Option<Option<Intent>>,
    /// Another mood, or none.
    pub sentiment_score: Option<Option<Sentiment>>,
    /// Another confidence, or none.
    pub bot_confidence: Option<Option<Confidence>>,
}

/// Which conversations a list shows; what is absent does not restrict it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ConversationFilter {
    /// In this status.
    pub status: Option<ConversationStatus>,
    /// About this product.
    pub product_id: Option<Id<Product>>,
    /// With this buyer.
    pub buyer_id: Option<Id<Buyer>>,
    /// Archived ones too.
    pub archived: bool,
}

impl ConversationChanges {
    /// Whether nothing is to change.
    pub fn is_empty(&self) -> bool {
        self == &Self::default()
    }
}
