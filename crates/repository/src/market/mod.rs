//! The Wallapop selling bot: one module per table of the PostgreSQL schema `market`, and one for each question that goes
//! over several of them.
//!
//! A conversation and its messages are hidden while their product or buyer is deleted: they look absent, and nothing of them
//! changes. Whatever changes several rows locks the product first, then the buyer, then conversations by id.

pub mod bot_sessions;
pub mod buyers;
pub mod conversations;
pub mod daily_reports;
pub mod erasure;
pub mod export;
pub mod feed;
pub mod kept;
pub mod maintenance;
pub mod messages;
pub mod products;
pub mod queue;
pub mod statistics;

use crate::System;
use crate::database::column_types::WholeColumn;

/// A column that counts.
type CountColumn = WholeColumn<0, { i32::MAX }>;

/// The Wallapop selling bot.
pub const SYSTEM: System = System {
    name: "market",
    about: "second-hand goods",
    tables: &[
        &products::TABLE,
        &buyers::TABLE,
        &conversations::TABLE,
        &messages::TABLE,
        &bot_sessions::TABLE,
        &daily_reports::TABLE,
    ],
    end_users: None,
};
