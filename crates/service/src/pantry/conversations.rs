//! Conversations of households with the assistant.

use domain::pantry::{Conversation, Message, NewConversation, User};
use domain::{Id, Invalid, Offset, Page, PageRequest, Text};
use repository::pantry::{conversations, messages};
use repository::{Conn, Error as RepositoryError, Tx};

use super::users;
use crate::Result;

pub use repository::pantry::conversations::{
    get, list_for_user_from as get_user_conversations, list_from, restore, soft_delete as delete, update,
};

/// How many messages come with their conversation.
const MESSAGES: usize = 1_000;

/// A conversation with its newest messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConversationWithMessages {
    /// The conversation.
    pub conversation: Conversation,
    /// Its newest messages, at most a thousand, the oldest of them first.
    pub messages: Vec<Message>,
    /// Whether there are older ones.
    pub more_messages: bool,
}

/// Makes a conversation. Its session id must not be that of another conversation of the user.
pub fn create(tx: &mut Tx<'_>, new: NewConversation) -> Result<Conversation> {
    conversations::insert(tx, new).map_err(users::unknown)
}

/// The conversation of a user that the agent calls so, made if there is none. One that is there stays as it is; the answer
/// says whether it was made.
pub fn find_or_create(tx: &mut Tx<'_>, new: NewConversation) -> Result<(Conversation, bool)> {
    if let Some(session_id) = &new.session_id
        && let Some(found) = conversations::find_by_session(tx, new.user_id, session_id)?
    {
        return Ok((found, false));
    }
    match conversations::insert(tx, new) {
        Ok(conversation) => Ok((conversation, true)),
        // Somebody else made it meanwhile.
        Err(RepositoryError::Conflict { existing: Some(existing), .. }) => {
            Ok((conversations::get(tx, Id::from_uuid(existing))?, false))
        }
        Err(error) => Err(users::unknown(error)),
    }
}

/// The conversation of a user that the agent calls so.
pub fn get_by_session_id(
    conn: &mut Conn<'_>,
    user: Id<User>,
    session_id: &Text<100>,
) -> Result<Conversation> {
    let found = conversations::find_by_session(conn, user, session_id)?;
    Ok(found.ok_or(RepositoryError::NotFound("conversation"))?)
}

/// The conversation with its newest messages, in two statements.
pub fn get_conversation_with_messages(
    conn: &mut Conn<'_>,
    id: Id<Conversation>,
) -> Result<ConversationWithMessages> {
    let conversation = conversations::get(conn, id)?;
    with_messages(conn, conversation)
}

/// The conversation, which was just read, with its newest messages.
pub fn with_messages(conn: &mut Conn<'_>, conversation: Conversation) -> Result<ConversationWithMessages> {
    let (messages, more_messages) = messages::newest(conn, conversation.id, MESSAGES)?;
    Ok(ConversationWithMessages { conversation, messages, more_messages })
}

/// A user's conversations, those with the latest message or change first.
pub fn list(conn: &mut Conn<'_>, user: Id<User>, page: PageRequest) -> Result<Page<Conversation>> {
    let found = conversations::list_for_user(conn, user, page)?;
    if found.items.is_empty() {
        users::must_exist(conn, user)?;
    }
    Ok(found)
}

/// A page of the same list, counted from 1.
pub fn get_recent_conversations(
    conn: &mut Conn<'_>,
    user: Id<User>,
    page: i64,
    page_size: i64,
) -> Result<Vec<Conversation>> {
    let mut fields = Invalid::collect();
    let offset = fields.take("/page", Offset::from_page(page, page_size));
    Ok(get_user_conversations(conn, user, fields.build(|| offset)?)?)
}
