//! The Wallapop selling bot: its listings, buyers, conversations and messages.

pub mod bot_sessions;
pub mod buyers;
pub mod conflicts;
pub mod conversations;
pub mod export;
pub mod feed;
pub mod maintenance;
pub mod messages;
pub mod products;
mod sample_data;
mod stale;
pub mod statistics;

pub use stale::{Changed, Stale};

use crate::System;

/// The Wallapop selling bot.
pub const SYSTEM: System = System {
    name: repository::market::SYSTEM.name,
    conflicts: conflicts::ALL,
    load_sample_data: sample_data::load,
    erase: buyers::erase_person,
};
