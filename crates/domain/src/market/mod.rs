//! `market`: the Wallapop selling bot. Types of its tables and the rules that need no database.

pub mod bot_sessions;
pub mod buyers;
pub mod conversations;
pub mod counts;
pub mod daily_reports;
pub mod kept_values;
pub mod messages;
pub mod products;

pub use bot_sessions::{Activity, BotSession, BotZone, SessionId};
pub use buyers::{Buyer, BuyerChanges, BuyerLookup, phone_number};
pub use conversations::{
    ClosedReason, Conversation, ConversationChanges, ConversationFilter, ConversationStatus, NewConversation,
};
pub use counts::{AddedCounts, AddedFavorites, AddedViews, Count};
pub use daily_reports::{DailyReport, Figures};
pub use kept_values::{KeptError, KeptKey, KeptValue};
pub use messages::{Message, MessageFilter, MessageType, NewMessage, Processed};
pub use products::{
    Condition, FeedRow, NewProduct, Price, Product, ProductChanges, ProductFilter, ProductStatus,
};

/// An id that the marketplace gave: of a listing, a user, a chat or a message.
pub type WallapopId = crate::Text<50>;

/// What a message or a conversation is about, in a word of the bot's.
pub type Intent = crate::Text<50>;
