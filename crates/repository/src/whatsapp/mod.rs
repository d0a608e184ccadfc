//! The WhatsApp bot: one module per table of the PostgreSQL schema `whatsapp`, and one for each question that goes over
//! several of them.

pub mod answers;
pub mod erasure;
pub mod history;
pub mod imports;
pub mod inbound_messages;
pub mod merge;
pub mod message_deliveries;
mod messages;
pub mod statistics;
pub mod userchats;
pub mod users;
pub mod waiting;

use crate::System;

/// The WhatsApp bot.
pub const SYSTEM: System = System {
    name: "whatsapp",
    about: "WhatsApp conversations",
    tables: &[&users::TABLE, &userchats::TABLE, &inbound_messages::TABLE, &message_deliveries::TABLE],
    end_users: Some(&users::TABLE),
};
