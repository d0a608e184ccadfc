//! Conversations about goods, from the first message to the sale.

use domain::market::products::fits;
use domain::market::{
    Conversation, ConversationChanges, ConversationStatus, NewConversation, Price, ProductStatus,
};
use domain::{Currency, Id, Invalid};
use repository::market::conversations::{self, Ended, Locked};
use repository::market::{buyers, products};
use repository::{Error as RepositoryError, Tx};

use super::buyers::{refuse_anonymised, refuse_blocked};
use super::conflicts;
use super::stale::{Changed, Stale};
use crate::{Error, Result};

pub use repository::market::conversations::{get, get_by_chat_id, list};
pub use repository::market::messages::mark_read;

/// Begins a conversation, unless it is there: the active one of product and buyer, or the one that has the chat id, whatever
/// became of it. The answer says whether it is new.
#[doc(alias = "create_conversation")]
pub fn create(tx: &mut Tx<'_>, new: &NewConversation) -> Result<(Conversation, bool)> {
    let pair = conversations::lock_pair(tx, new.product_id, new.buyer_id).map_err(unknown)?;
    let is_theirs =
        |found: &Conversation| (found.product_id, found.buyer_id) == (new.product_id, new.buyer_id);
    let mut like = conversations::find_like(tx, new)?;
    // The active one goes before the one with the chat id.
    like.sort_by_key(|found| !(is_theirs(found) && found.status == ConversationStatus::Active));
    if let Some(found) = like.into_iter().next() {
        return if is_theirs(&found) { Ok((found, false)) } else { Err(chat_is_taken(&found)) };
    }
    refuse_anonymised(pair.buyer_is_anonymised)?;
    refuse_blocked(pair.buyer_is_blocked)?;
    if pair.product_status != ProductStatus::Available {
        return Err(not_available(pair.product_status));
    }
    Ok((conversations::insert(tx, new)?, true))
}

fn chat_is_taken(by: &Conversation) -> Error {
    let constraint = "conversations_wallapop_chat_id_unique".to_owned();
    RepositoryError::Conflict { constraint, existing: Some(by.id.uuid()) }.into()
}

fn not_available(status: ProductStatus) -> Error {
    Error::conflict(&conflicts::PRODUCT_NOT_AVAILABLE, format!("the product is {status}"))
}

/// A product or buyer that is named in the input and is not there makes the input wrong, not the address.
fn unknown(error: RepositoryError) -> Error {
    match error {
        RepositoryError::NotFound("product") => {
            Error::invalid("/product_id", "unknown_product", "there is no such product")
        }
        RepositoryError::NotFound("buyer") => {
            Error::invalid("/buyer_id", "unknown_buyer", "there is no such buyer")
        }
        error => error.into(),
    }
}

/// Changes the given fields of an active conversation, if it still has the given version.
pub fn update(
    tx: &mut Tx<'_>,
    id: Id<Conversation>,
    version: Option<i64>,
    changes: ConversationChanges,
) -> Result<Conversation> {
    let Locked { conversation, currency, .. } = conversations::lock(tx, id, version)?;
    if changes.is_empty() {
        return Ok(conversation);
    }
    must_be_active(&conversation)?;
    must_fit(changes.negotiated_price.flatten(), currency)?;
    Ok(conversations::update(tx, id, changes)?)
}

/// Ends an active conversation in a sale: the product is sold, and other active conversations about it are cancelled, which
/// counts against nobody. One that is completed stays as it is.
pub fn complete(
    tx: &mut Tx<'_>,
    id: Id<Conversation>,
    price: Option<Price>,
) -> Result<Changed<Conversation>> {
    let locked = conversations::lock(tx, id, None)?;
    let Locked { conversation, product_wallapop_id, currency, .. } = locked;
    if conversation.status == ConversationStatus::Completed {
        return Ok(Stale::default().after(conversation));
    }
    must_be_active(&conversation)?;
    must_fit(price, currency)?;
    let completed = conversations::complete(tx, id, price)?;
    let product = completed.product_id;
    buyers::count_ended(tx, completed.buyer_id, 1, 0)?;
    products::sell(tx, product)?;
    let others = conversations::cancel_of_sold(tx, &[product])?;
    let stale = Stale::default()
        .product(product, &product_wallapop_id)
        .conversations([ended(&completed)])
        .conversations(others);
    Ok(stale.after(completed))
}

/// Cancels an active conversation. One that is cancelled stays as it is.
pub fn cancel(tx: &mut Tx<'_>, id: Id<Conversation>) -> Result<Changed<Conversation>> {
    let Locked { conversation, .. } = conversations::lock(tx, id, None)?;
    if conversation.status == ConversationStatus::Cancelled {
        return Ok(Stale::default().after(conversation));
    }
    must_be_active(&conversation)?;
    let cancelled = conversations::set_status(tx, id, ConversationStatus::Cancelled)?;
    buyers::count_ended(tx, cancelled.buyer_id, 0, 1)?;
    Ok(Stale::default().conversations([ended(&cancelled)]).after(cancelled))
}

/// Blocks the buyer of an active conversation, and with the buyer all active conversations. One that is blocked stays as it
/// is.
pub fn block(tx: &mut Tx<'_>, id: Id<Conversation>) -> Result<Changed<Conversation>> {
    let Locked { conversation, .. } = conversations::lock(tx, id, None)?;
    if conversation.status == ConversationStatus::Blocked {
        return Ok(Stale::default().after(conversation));
    }
    must_be_active(&conversation)?;
    buyers::set_blocked(tx, conversation.buyer_id, true)?;
    let blocked = conversations::block_of_buyer(tx, conversation.buyer_id)?;
    let conversation = Conversation {
        status: ConversationStatus::Blocked,
        row_version: conversation.row_version + 1,
        updated_at: tx.now,
        ..conversation
    };
    Ok(Stale::default().conversations(blocked).after(conversation))
}

/// Takes a cancellation back, while the product can still be had, the buyer is not blocked, and no other conversation of the
/// two is active. One that is active stays as it is.
pub fn reopen(tx: &mut Tx<'_>, id: Id<Conversation>) -> Result<Conversation> {
    let Locked { conversation, product_status, buyer_is_blocked, buyer_is_anonymised, .. } =
        conversations::lock(tx, id, None)?;
    if conversation.status == ConversationStatus::Active {
        return Ok(conversation);
    }
    if conversation.status != ConversationStatus::Cancelled {
        return Err(not_active(&conversation, "only a cancelled one can be reopened"));
    }
    refuse_anonymised(buyer_is_anonymised)?;
    refuse_blocked(buyer_is_blocked)?;
    if !matches!(product_status, ProductStatus::Available | ProductStatus::Reserved) {
        return Err(not_available(product_status));
    }
    if let Some(active) = conversations::find_active(tx, conversation.product_id, conversation.buyer_id)? {
        let constraint = "conversations_one_active".to_owned();
        return Err(RepositoryError::Conflict { constraint, existing: Some(active.uuid()) }.into());
    }
    if conversation.closed_reason.is_none() {
        buyers::count_ended(tx, conversation.buyer_id, 0, -1)?;
    }
    Ok(conversations::set_status(tx, id, ConversationStatus::Active)?)
}

fn ended(conversation: &Conversation) -> Ended {
    Ended { id: conversation.id, wallapop_chat_id: conversation.wallapop_chat_id.clone() }
}

fn must_fit(price: Option<Price>, currency: Currency) -> Result<()> {
    let mut fields = Invalid::collect();
    fields.take_optional("/negotiated_price", price.map(|price| fits(price, currency)));
    Ok(fields.finish()?)
}

fn must_be_active(conversation: &Conversation) -> Result<()> {
    match conversation.status {
        ConversationStatus::Active => Ok(()),
        _ => Err(not_active(conversation, "only an active one changes")),
    }
}

fn not_active(conversation: &Conversation, rule: &str) -> Error {
    let detail = format!("the conversation is {}: {rule}", conversation.status);
    Error::conflict(&conflicts::CONVERSATION_NOT_ACTIVE, detail)
}
