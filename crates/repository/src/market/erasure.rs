//! Taking a person out of what is kept: [`anonymise`] overwrites what identifies the buyer and keeps the figures,
//! [`erase_buyer`] removes the rows.
//!
//! Both lock the buyer, so that no conversation begins, and then the conversations, so that no message comes, before they look
//! at the messages in a statement of its own: what came before the locks is seen, and nothing comes after them.

use diesel::prelude::*;
use diesel::sql_types::{Array, Text as SqlText, Uuid as SqlUuid};
use domain::market::{Buyer, Product, WallapopId};
use domain::pii::{JsonKind, MessageKind};
use domain::{Email, Id, MessageText, PhoneNumber, PrivateJson, Text, UserName};
use uuid::Uuid;

use super::buyers::{self, EMAIL, PHONE, PROFILE_DATA, USERNAME};
use super::conversations::Ended;
use super::messages::CONTENT;
use crate::database::sealed::{Sealed, blind_index, seal, sql_types as sealed_types};
use crate::database::statement::{BindNext, statement};
use crate::erasure::{self, Erased};
use crate::platform::idempotency_keys;
use crate::{Error, Result, Tx};

/// What stands in place of the text of a message.
const REMOVED: &str = "[removed]";

#[derive(QueryableByName)]
struct IdRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

#[derive(QueryableByName)]
struct ProductRow {
    #[diesel(sql_type = SqlText)]
    wallapop_id: String,
}

#[derive(QueryableByName)]
struct ChatRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = SqlText)]
    wallapop_chat_id: String,
}

impl From<ChatRow> for Ended {
    fn from(ChatRow { id, wallapop_chat_id }: ChatRow) -> Self {
        Self { id: Id::from_uuid(id), wallapop_chat_id: Text::from_trusted(wallapop_chat_id) }
    }
}

/// A buyer that was anonymised, and the conversations that it has, by the chat ids that they had.
#[derive(Clone, Debug)]
pub struct Anonymised {
    /// The buyer.
    pub buyer: Buyer,
    /// All conversations of the buyer. None where the buyer was anonymous before.
    pub conversations: Vec<Ended>,
}

/// Rows that were erased, and the conversations among them.
#[derive(Clone, Debug, Default)]
pub struct Erasure {
    /// How many rows of which table.
    pub erased: Erased,
    /// The conversations.
    pub conversations: Vec<Ended>,
    /// The marketplace's id of the product, where one was erased.
    pub product: Option<WallapopId>,
}

/// Overwrites everything that identifies a buyer: names, addresses, profile and the marketplace's ids, and the texts of the
/// messages. Active conversations are cancelled, which counts against nobody, and nothing waits for an answer any more.
/// Counts, times, prices and intents stay. A buyer that is anonymous stays as it is.
///
/// # Errors
/// [`Error::NotFound`] when there is no such buyer, or it is deleted.
pub fn anonymise(tx: &mut Tx<'_>, id: Id<Buyer>) -> Result<Anonymised> {
    let buyer = buyers::lock(tx, id, None)?;
    if buyer.anonymised_at.is_some() {
        return Ok(Anonymised { buyer, conversations: Vec::new() });
    }
    let anonymous = Buyer {
        wallapop_user_id: Text::from_trusted(format!("anonymous_{}", id.uuid().simple())),
        username: UserName::from_trusted(format!("anonymous_{id}")),
        display_name: None,
        phone: None,
        email: None,
        profile_data: Some(PrivateJson::from_trusted("{}".to_owned())),
        anonymised_at: Some(tx.now),
        row_version: buyer.row_version + 1,
        updated_at: tx.now,
        ..buyer
    };
    let conversations = overwrite_buyer(tx, &anonymous)?;
    let mut named: Vec<Uuid> = conversations.iter().map(|conversation| conversation.id.uuid()).collect();
    let messages = statement("SELECT id FROM market.messages WHERE conversation_id = ANY (?)")
        .bind::<Array<SqlUuid>, _>(&named)
        .load::<IdRow>(tx.pg)?;
    let messages: Vec<Uuid> = messages.into_iter().map(|row| row.id).collect();
    overwrite_messages(tx, &messages)?;
    named.extend(messages);
    named.push(id.uuid());
    idempotency_keys::forget_about(tx, &named)?;
    Ok(Anonymised { buyer: anonymous, conversations })
}

/// Stores an anonymous buyer, and makes the buyer's conversations anonymous: one statement.
fn overwrite_buyer(tx: &mut Tx<'_>, buyer: &Buyer) -> Result<Vec<Ended>> {
    let id = buyer.id.uuid();
    let profile: Sealed<JsonKind> = seal(tx, &PROFILE_DATA, id, &PrivateJson::from_trusted("{}".to_owned()))?;
    let rows = statement(
        "WITH person AS (
             UPDATE market.buyers
                SET wallapop_user_id = ?, username = ?, username_bidx = ?, display_name = NULL, phone = NULL, phone_bidx = NULL,
                    email = NULL, email_bidx = NULL, profile_data = ?, anonymised_at = now()
              WHERE id = ?),
         theirs AS MATERIALIZED (
             SELECT id, wallapop_chat_id FROM market.conversations WHERE buyer_id = ? ORDER BY id FOR UPDATE)
         UPDATE market.conversations c
            SET wallapop_chat_id = 'anonymous_' || replace(c.id::text, '-', ''), meeting_location = NULL,
                closed_reason = CASE WHEN c.status = 'active' THEN 'anonymised' ELSE c.closed_reason END,
                status = CASE WHEN c.status = 'active' THEN 'cancelled' ELSE c.status END
           FROM theirs WHERE c.id = theirs.id RETURNING c.id, theirs.wallapop_chat_id",
    )
    .bind::<SqlText, _>(buyer.wallapop_user_id.as_str())
    .bind::<sealed_types::Sealed, _>(seal(tx, &USERNAME, id, &buyer.username)?)
    .bind::<diesel::sql_types::Binary, _>(blind_index(tx, &USERNAME, &buyer.username)?)
    .bind::<sealed_types::Sealed, _>(profile)
    .bind::<SqlUuid, _>(id)
    .bind::<SqlUuid, _>(id)
    .load::<ChatRow>(tx.pg)?;
    Ok(rows.into_iter().map(Ended::from).collect())
}

fn overwrite_messages(tx: &mut Tx<'_>, messages: &[Uuid]) -> Result<()> {
    let removed = MessageText::from_trusted(REMOVED.to_owned());
    let contents = messages.iter().map(|id| seal(tx, &CONTENT, *id, &removed));
    let contents: Vec<Sealed<MessageKind>> = contents.collect::<Result<_>>()?;
    statement(
        "UPDATE market.messages m
            SET content = r.content, entities = NULL, processing_error = NULL, wallapop_message_id = NULL,
                is_processed = m.message_type = 'user_message',
                processed_at = CASE WHEN m.message_type = 'user_message' THEN coalesce(m.processed_at, now()) END,
                claim_id = NULL, claimed_until = NULL
           FROM unnest(?, ?) AS r (id, content) WHERE m.id = r.id",
    )
    .bind::<Array<SqlUuid>, _>(messages)
    .bind::<Array<sealed_types::Sealed>, _>(contents)
    .execute(tx.pg)?;
    Ok(())
}

/// Removes a buyer, deleted or not, with the buyer's conversations, their messages, and the answers kept for idempotency keys
/// that name one of them.
///
/// # Errors
/// [`Error::NotFound`] when there is no such buyer.
pub fn erase_buyer(tx: &mut Tx<'_>, id: Id<Buyer>) -> Result<Erasure> {
    statement("SELECT id FROM market.buyers WHERE id = ? FOR UPDATE")
        .bind::<SqlUuid, _>(id.uuid())
        .get_result::<IdRow>(tx.pg)
        .optional()?
        .ok_or(Error::NotFound("buyer"))?;
    let conversations = statement(
        "SELECT id, wallapop_chat_id FROM market.conversations WHERE buyer_id = ? ORDER BY id FOR UPDATE",
    )
    .bind::<SqlUuid, _>(id.uuid())
    .load::<ChatRow>(tx.pg)?;
    remove(tx, "buyers", "DELETE FROM market.buyers WHERE id = ?", id.uuid(), conversations)
}

/// Removes a product, deleted or not, with the conversations about it, their messages, and the answers kept for idempotency
/// keys that name one of them.
///
/// # Errors
/// [`Error::NotFound`] when there is no such product.
pub fn erase_product(tx: &mut Tx<'_>, id: Id<Product>) -> Result<Erasure> {
    let ProductRow { wallapop_id } =
        statement("SELECT wallapop_id FROM market.products WHERE id = ? FOR UPDATE")
            .bind::<SqlUuid, _>(id.uuid())
            .get_result(tx.pg)
            .optional()?
            .ok_or(Error::NotFound("product"))?;
    let conversations = statement(
        "SELECT id, wallapop_chat_id FROM market.conversations WHERE product_id = ? ORDER BY id FOR UPDATE",
    )
    .bind::<SqlUuid, _>(id.uuid())
    .load::<ChatRow>(tx.pg)?;
    let erasure =
        remove(tx, "products", "DELETE FROM market.products WHERE id = ?", id.uuid(), conversations)?;
    Ok(Erasure { product: Some(Text::from_trusted(wallapop_id)), ..erasure })
}

/// Removes conversations that are locked, and the row of `table` that they belong to.
fn remove(
    tx: &mut Tx<'_>,
    table: &'static str,
    delete: &'static str,
    id: Uuid,
    conversations: Vec<ChatRow>,
) -> Result<Erasure> {
    let mut named: Vec<Uuid> = conversations.iter().map(|row| row.id).collect();
    let messages = statement("DELETE FROM market.messages WHERE conversation_id = ANY (?) RETURNING id")
        .bind::<Array<SqlUuid>, _>(&named)
        .load::<IdRow>(tx.pg)?;
    statement("DELETE FROM market.conversations WHERE id = ANY (?)")
        .bind::<Array<SqlUuid>, _>(&named)
        .execute(tx.pg)?;
    let mut erased = Erased::default();
    erased.add(table, statement(delete).bind::<SqlUuid, _>(id).execute(tx.pg)?);
    erased.add("conversations", conversations.len());
    erased.add("messages", messages.len());
    named.extend(messages.into_iter().map(|row| row.id));
    named.push(id);
    erased.add("idempotency_keys", idempotency_keys::forget_about(tx, &named)?);
    Ok(Erasure { erased, conversations: conversations.into_iter().map(Ended::from).collect(), product: None })
}

/// The buyers with this phone number, deleted ones included.
pub fn find_by_phone(tx: &mut Tx<'_>, phone: &PhoneNumber) -> Result<Vec<Id<Buyer>>> {
    let found = erasure::find_users(tx, &buyers::TABLE, &PHONE, phone)?;
    Ok(found.into_iter().map(Id::from_uuid).collect())
}

/// The buyers with this e-mail address, deleted ones included.
pub fn find_by_email(tx: &mut Tx<'_>, email: &Email) -> Result<Vec<Id<Buyer>>> {
    let found = erasure::find_users(tx, &buyers::TABLE, &EMAIL, email)?;
    Ok(found.into_iter().map(Id::from_uuid).collect())
}
