//! Messages, and the queue of those that wait for the bot.

use domain::market::{Conversation, Message, MessageType, NewMessage, Processed};
use domain::{Id, Invalid, Note, Page, PageRequest};
use repository::market::messages::{self, Place};
use repository::market::{conversations, queue};
use repository::{Conn, Error as RepositoryError, Tx};
use uuid::Uuid;

use super::buyers::refuse_anonymised;
use super::conflicts;
use crate::{Error, Result};

pub use repository::market::messages::{get, list};

/// Messages that were handed out to a worker.
#[derive(Clone, Debug)]
pub struct Claim {
    /// Names the claim, to end it.
    pub claim_id: Uuid,
    /// The messages, oldest first.
    pub messages: Vec<Message>,
}

/// Stores a message in a conversation, whatever became of that. One whose id of the marketplace's the conversation has already
/// is answered as it was stored, and not counted again; the answer says whether it is new.
#[doc(alias = "create_message")]
pub fn create(tx: &mut Tx<'_>, conversation: Id<Conversation>, new: &NewMessage) -> Result<(Message, bool)> {
    let place = messages::lock_place(tx, conversation, new.wallapop_message_id.as_ref())?;
    if let Some(known) = place.known {
        return Ok((known_message(tx, conversation, known)?, false));
    }
    must_be_from(new, &place)?;
    refuse_anonymised(place.buyer_is_anonymised)?;
    // Nobody answers a buyer who is blocked.
    let processed = place.buyer_is_blocked && new.message_type == MessageType::UserMessage;
    if let Some(message) = messages::insert(tx, conversation, new, processed)? {
        return Ok((message, true));
    }
    // Somebody else stored the message between the two statements.
    let known = match &new.wallapop_message_id {
        Some(id) => messages::find_id(tx, id)?,
        None => None,
    };
    let known = known.ok_or(RepositoryError::Contention)?;
    Ok((known_message(tx, conversation, known)?, false))
}

fn known_message(tx: &mut Tx<'_>, conversation: Id<Conversation>, id: Id<Message>) -> Result<Message> {
    let found = messages::find_in(tx, conversation, id)?;
    let constraint = "messages_wallapop_message_id_unique".to_owned();
    Ok(found.ok_or(RepositoryError::Conflict { constraint, existing: Some(id.uuid()) })?)
}

/// A buyer's message is by the conversation's buyer, and others are by none.
fn must_be_from(new: &NewMessage, place: &Place) -> Result<()> {
    let refuse = |code, detail| Err(Error::invalid("/buyer_id", code, detail));
    match (new.message_type, new.buyer_id) {
        (MessageType::UserMessage, Some(buyer)) if buyer == place.buyer_id => Ok(()),
        (MessageType::UserMessage, Some(_)) => {
            refuse("wrong_buyer", "the conversation is with another buyer")
        }
        (MessageType::UserMessage, None) => {
            refuse("missing", "a user_message is by the conversation's buyer")
        }
        (_, None) => Ok(()),
        (_, Some(_)) => refuse("not_allowed", "only a user_message is by a buyer"),
    }
}

/// The messages of a conversation, newest first.
pub fn list_for_conversation(
    conn: &mut Conn<'_>,
    conversation: Id<Conversation>,
    page: PageRequest,
) -> Result<Page<Message>> {
    let found = messages::list_for_conversation(conn, conversation, page)?;
    if found.items.is_empty() {
        conversations::get(conn, conversation)?;
    }
    Ok(found)
}

/// Hands out what waits for the bot, oldest first and at most one message of a conversation, for so many seconds.
pub fn claim(tx: &mut Tx<'_>, limit: u32, lease_seconds: u32, max_attempts: u32) -> Result<Claim> {
    let claim_id = Id::<Claim>::generate().uuid();
    let messages = queue::claim(tx, claim_id, limit, lease_seconds, max_attempts)?;
    Ok(Claim { claim_id, messages })
}

/// Ends a message as processed: one that the claim holds, or, without a claim, one that is not out. One that is processed
/// stays as it is.
pub fn processed(
    tx: &mut Tx<'_>,
    id: Id<Message>,
    claim: Option<Uuid>,
    found: &Processed,
) -> Result<Message> {
    match queue::finish(tx, id, claim, found)? {
        Some(message) => Ok(message),
        None => match messages::get(tx, id)? {
            message if message.is_processed => Ok(message),
            message => Err(not_held(&message, claim)),
        },
    }
}

/// Notes that processing failed, and holds the message back for so many seconds: one that the claim holds, or, without a
/// claim, one that is not out.
pub fn failed(
    tx: &mut Tx<'_>,
    id: Id<Message>,
    claim: Option<Uuid>,
    error: &Note,
    retry_after_seconds: u32,
) -> Result<Message> {
    match queue::fail(tx, id, claim, error, retry_after_seconds)? {
        Some(message) => Ok(message),
        None => Err(not_held(&messages::get(tx, id)?, claim)),
    }
}

/// Gives a message back that the claim holds, as if it had not been handed out.
pub fn release(tx: &mut Tx<'_>, id: Id<Message>, claim: Uuid) -> Result<Message> {
    match queue::release(tx, id, claim)? {
        Some(message) => Ok(message),
        None => Err(not_held(&messages::get(tx, id)?, Some(claim))),
    }
}

/// Lets a message that failed be handed out again, from its first attempt. One that is processed stays as it is.
pub fn requeue(tx: &mut Tx<'_>, id: Id<Message>) -> Result<Message> {
    match queue::requeue(tx, id)? {
        Some(message) => Ok(message),
        None => match messages::get(tx, id)? {
            message if message.is_processed => Ok(message),
            message => Err(not_held(&message, None)),
        },
    }
}

/// Why a message cannot be ended so.
fn not_held(message: &Message, claim: Option<Uuid>) -> Error {
    if message.message_type != MessageType::UserMessage {
        let detail = "only a user_message is processed";
        return Error::Invalid(Invalid::one("", "not_a_user_message", detail));
    }
    if claim.is_some() || message.is_processed {
        let detail = "the claim is over, or holds another message: claim again";
        return Error::conflict(&conflicts::CLAIM_LOST, detail);
    }
    Error::conflict(&conflicts::CLAIMED, "a worker has the message: only its claim can end it")
}
