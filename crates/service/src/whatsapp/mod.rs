//! The WhatsApp bot: what Twilio's webhooks bring, what agents ask for, and what operators look up.
//!
//! The use cases that serve agents are also those of [`Store`], which keeps conversations in the database or, where that is
//! wanted, in the [`Memory`] of the process. The others need the database.

pub mod answers;
pub mod conflicts;
pub mod data;
pub mod imports;
pub mod inbound_messages;
mod memory;
pub mod message_deliveries;
mod sample_data;
mod store;
pub mod userchats;
pub mod users;
pub mod waiting;
pub mod webhook;

pub use memory::{Memory, MemoryLimits, MemorySlot, Session as MemorySession};
pub use store::{Chats, Reading, Store};

use crate::System;

/// The WhatsApp bot.
pub const SYSTEM: System = System {
    name: repository::whatsapp::SYSTEM.name,
    conflicts: conflicts::ALL,
    load_sample_data: sample_data::load,
    erase: users::erase_person,
};

/// How conversations are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Messages of a chat at most; the next one begins a chat that continues it.
    pub max_chat_messages: u32,
    /// Messages that an agent is given, at most `max_chat_messages`.
    pub max_history: u32,
}

impl Default for Rules {
    fn default() -> Self {
        Self { max_chat_messages: 200, max_history: 10 }
    }
}
