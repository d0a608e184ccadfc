//! Sessions of the bot.

pub use repository::market::bot_sessions::{
    LimitEnd, delete, get, get_or_start, lift_limit, limit, list, record_activity,
};
