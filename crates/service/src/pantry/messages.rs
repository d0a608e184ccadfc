//! What households and the assistant say to each other.

use domain::pantry::{Conversation, Message, NewMessage, User};
use domain::text::SearchWords;
use domain::{Id, Page, PageRequest};
use repository::pantry::{conversations, messages};
use repository::{Conn, Error as RepositoryError, Tx};

use super::users;
use crate::{Error, Result};

pub use repository::pantry::messages::{delete, get, insert as add_messages, update};

/// Adds a message to a conversation, which moves to the top of the user's list.
pub fn add_message(tx: &mut Tx<'_>, conversation: Id<Conversation>, new: NewMessage) -> Result<Message> {
    let stored = messages::insert(tx, conversation, &[new])?;
    Ok(stored.into_iter().next().ok_or(RepositoryError::NotFound("conversation"))?)
}

/// The newest messages of a conversation, the oldest of them first; the next page has those before.
pub fn history(
    conn: &mut Conn<'_>,
    conversation: Id<Conversation>,
    page: PageRequest,
) -> Result<Page<Message>> {
    let found = messages::history(conn, conversation, page)?;
    if found.items.is_empty() {
        conversations::get(conn, conversation)?;
    }
    Ok(found)
}

/// The messages of a user, or of one of the user's conversations, that hold all the words, newest first.
pub fn search(
    conn: &mut Conn<'_>,
    user: Id<User>,
    conversation: Option<Id<Conversation>>,
    words: &SearchWords,
    page: PageRequest,
) -> Result<Page<Message>> {
    let found = messages::search(conn, user, conversation, words, page)?;
    if found.items.is_empty() && found.next.is_none() {
        users::must_exist(conn, user)?;
        if let Some(conversation) = conversation {
            must_be_of(conn, conversation, user)?;
        }
    }
    Ok(found)
}

fn must_be_of(conn: &mut Conn<'_>, conversation: Id<Conversation>, user: Id<User>) -> Result<()> {
    match conversations::get(conn, conversation) {
        Ok(found) if found.user_id == user => Ok(()),
        Ok(_) | Err(RepositoryError::NotFound(_)) => Err(Error::invalid(
            "/conversation_id",
            "unknown_conversation",
            "the user has no such conversation",
        )),
        Err(error) => Err(error.into()),
    }
}
