//! What is said in a conversation about a report.

use domain::export::{ChatMessage, ChatSession};
use domain::{Id, Page, PageRequest};
use repository::Conn;
use repository::export::{chat_messages, chat_sessions};

use crate::Result;

pub use repository::export::chat_messages::{clear, insert as add};

/// A page of a conversation: the newest messages, or those before a position, oldest first.
pub fn list(conn: &mut Conn<'_>, session: Id<ChatSession>, page: PageRequest) -> Result<Page<ChatMessage>> {
    let found = chat_messages::list_for_session(conn, session, page)?;
    if found.items.is_empty() {
        chat_sessions::get(conn, session)?;
    }
    Ok(found)
}
