//! Chats, for agents, people and operators.

use domain::whatsapp::{Chat, ChatId, History, User};
use domain::{Id, Page, PageRequest, Position};
use repository::whatsapp::{history, userchats, users};
use repository::{Conn, Tx};

use super::Rules;
use super::users::must_exist;
use crate::Result;

pub use repository::whatsapp::statistics::activity;
pub use repository::whatsapp::userchats::{close, deactivate, get, list_for_phone, messages};

/// A user's chats, newest first.
pub fn list(
    conn: &mut Conn<'_>,
    user: Id<User>,
    is_active: Option<bool>,
    page: PageRequest<Position<ChatId>>,
) -> Result<Page<Chat, Position<ChatId>>> {
    let found = userchats::list_for_user(conn, user, is_active, page)?;
    if found.items.is_empty() {
        must_exist(conn, user)?;
    }
    Ok(found)
}

/// The last messages of a user's conversation, oldest first: so many as the rules say, or fewer.
pub fn history(conn: &mut Conn<'_>, rules: &Rules, user: Id<User>, most: Option<u32>) -> Result<History> {
    Ok(history::get(conn, user, most.unwrap_or(rules.max_history).min(rules.max_chat_messages))?)
}

/// Closes the active chat of a user; answers whether there was one.
pub fn clear(tx: &mut Tx<'_>, user: Id<User>) -> Result<bool> {
    users::lock_by_id(tx, user)?;
    Ok(userchats::close_active(tx, user)?.is_some())
}
