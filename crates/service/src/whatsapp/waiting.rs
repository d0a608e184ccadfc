//! Chats that wait for an answer.

use domain::whatsapp::{ChatId, Lease, WaitingChat};
use domain::{Id, Limit};
use repository::Tx;
use repository::whatsapp::{userchats, waiting};
use uuid::Uuid;

use super::conflicts;
use crate::{Error, Result};

pub use repository::whatsapp::waiting::list;

/// Chats that one agent holds.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// Names the claim in answers.
    pub claim_id: Uuid,
    /// The chats, those that have waited longest first.
    pub chats: Vec<WaitingChat>,
}

/// Gives an agent chats that wait and that no other agent holds.
pub fn claim(tx: &mut Tx<'_>, limit: Limit, lease: Lease) -> Result<Claimed> {
    let claim_id = Id::<Claimed>::generate().uuid();
    Ok(Claimed { claim_id, chats: waiting::claim(tx, claim_id, limit, lease)? })
}

/// Gives a chat back before its claim has lapsed.
///
/// # Errors
/// The conflict [`CLAIM_LOST`](conflicts::CLAIM_LOST) when it has.
pub fn release(tx: &mut Tx<'_>, chat: ChatId, claim: Uuid) -> Result<()> {
    if waiting::release(tx, chat, claim)? {
        return Ok(());
    }
    userchats::get(tx, chat)?;
    Err(claim_lost())
}

pub(super) fn claim_lost() -> Error {
    Error::conflict(&conflicts::CLAIM_LOST, "the claim is not alive: there is nothing to release")
}
