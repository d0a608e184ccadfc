//! `whatsapp`: the Twilio WhatsApp bot. Types of its tables and the rules that need no database.

pub mod answers;
pub mod form;
pub mod imports;
pub mod inbound_messages;
pub mod message_deliveries;
pub mod numbers;
pub mod twiml;
pub mod userchats;
pub mod users;

pub use answers::{FREE_FORM, Outbound, OutboundSettings, parts};
pub use form::Form;
pub use inbound_messages::{
    CLEARED, InboundContent, InboundMessage, InboundOutcome, MessageSid, MessageSidError, is_clear_command,
};
pub use message_deliveries::{Delivery, DeliveryReport, DeliveryStatus};
pub use numbers::other_spelling;
pub use userchats::{
    Chat, ChatId, History, InvalidChatId, Lease, Location, Message, NewMessage, Role, WaitingChat,
};
pub use users::{NewUser, PASSWORD_RULES, Sender, User, UserChanges, UserTotals, phone_number};
