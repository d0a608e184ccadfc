//! Conversations of the bot with a buyer about a product.

use bigdecimal::BigDecimal;
use chrono::{DateTime, Utc};
use codec::Column;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Nullable, Numeric, Text as SqlText, Uuid as SqlUuid};
use domain::market::{
    Buyer, ClosedReason, Conversation, ConversationChanges, ConversationFilter, ConversationStatus,
    NewConversation, Price, Product, ProductStatus, WallapopId,
};
use domain::pii::PlaceKind;
use domain::{Confidence, Currency, Id, Page, PageRequest, Position, Sentiment, Text};
use uuid::Uuid;

use super::buyers::sealed;
use crate::database::column_types::{DecimalColumn, RatioColumn, TextColumn};
use crate::database::sealed::Sealed;
use crate::database::statement::{BindNext, statement};
use crate::keyset::after;
use crate::root::check_version;
use crate::schema::market::{buyers, conversations, products};
use crate::{Audit, Conn, Error, Result, SealedColumn, Table, Tx};

/// What the shared machinery knows of this table.
pub const TABLE: Table = Table {
    sealed: &[SealedColumn::new("meeting_location")],
    clear: &[
        ("wallapop_chat_id", "the marketplace's id of a chat"),
        ("intent_detected", "what the bot thinks a buyer wants, in a word"),
    ],
    enums: &["status", "closed_reason"],
    floats: &["sentiment_score", "bot_confidence"],
    versioned: true,
    audit: Audit::Changes { ignored: &["message_count", "last_message_at"] },
    ..Table::new("market", "conversations", "conversation")
};

const MEETING_LOCATION: Column = TABLE.column("meeting_location");

#[derive(HasQuery, QueryableByName)]
#[diesel(table_name = conversations, check_for_backend(Pg), base_query = conversations::table
    .inner_join(products::table)
    .inner_join(buyers::table)
    .filter(products::deleted_at.is_null())
    .filter(buyers::deleted_at.is_null()))]
pub(super) struct ConversationRow {
    id: Uuid,
    wallapop_chat_id: String,
    product_id: Uuid,
    buyer_id: Uuid,
    status: TextColumn<ConversationStatus>,
    closed_reason: Option<TextColumn<ClosedReason>>,
    last_message_at: Option<DateTime<Utc>>,
    message_count: i32,
    negotiated_price: Option<DecimalColumn<10, 2>>,
    meeting_location: Option<Sealed<PlaceKind>>,
    meeting_time: Option<DateTime<Utc>>,
    intent_detected: Option<String>,
    sentiment_score: Option<RatioColumn<-1, 1>>,
    bot_confidence: Option<RatioColumn<0, 1>>,
    completed_at: Option<DateTime<Utc>>,
    archived_at: Option<DateTime<Utc>>,
    row_version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

#[derive(AsChangeset)]
#[diesel(table_name = conversations)]
struct ConversationChangesRow {
    negotiated_price: Option<Option<BigDecimal>>,
    meeting_location: Option<Option<Sealed<PlaceKind>>>,
    meeting_time: Option<Option<DateTime<Utc>>>,
    intent_detected: Option<Option<String>>,
    sentiment_score: Option<Option<f64>>,
    bot_confidence: Option<Option<f64>>,
}

/// A conversation that is locked, and what decides what may become of it.
#[derive(Clone, Debug)]
pub struct Locked {
    /// The conversation.
    pub conversation: Conversation,
    /// The marketplace's id of its product.
    pub product_wallapop_id: WallapopId,
    /// How its product stands.
    pub product_status: ProductStatus,
    /// What its product is paid in.
    pub currency: Currency,
    /// Whether its buyer is blocked.
    pub buyer_is_blocked: bool,
    /// Whether its buyer was anonymised.
    pub buyer_is_anonymised: bool,
}

#[derive(QueryableByName)]
struct LockedRow {
    #[diesel(embed)]
    conversation: ConversationRow,
    #[diesel(sql_type = SqlText)]
    wallapop_id: String,
    #[diesel(sql_type = SqlText)]
    product_status: TextColumn<ProductStatus>,
    #[diesel(sql_type = SqlText)]
    currency: TextColumn<Currency>,
    #[diesel(sql_type = Bool)]
    is_blocked: bool,
    #[diesel(sql_type = Bool)]
    is_anonymised: bool,
}

/// How product and buyer of a conversation that is to begin stand.
#[derive(Clone, Copy, Debug)]
pub struct Pair {
    /// How the product stands.
    pub product_status: ProductStatus,
    /// Whether the buyer is blocked.
    pub buyer_is_blocked: bool,
    /// Whether the buyer was anonymised.
    pub buyer_is_anonymised: bool,
}

#[derive(QueryableByName)]
struct PairRow {
    #[diesel(sql_type = Nullable<SqlText>)]
    status: Option<TextColumn<ProductStatus>>,
    #[diesel(sql_type = Nullable<Bool>)]
    is_blocked: Option<bool>,
    #[diesel(sql_type = Nullable<Bool>)]
    is_anonymised: Option<bool>,
}

/// A conversation that is not active any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// Which one.
    pub id: Id<Conversation>,
    /// The marketplace's id of it.
    pub wallapop_chat_id: WallapopId,
}

#[derive(QueryableByName)]
struct EndedRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = SqlText)]
    wallapop_chat_id: String,
}

impl ConversationRow {
    pub(super) fn open(self, conn: &Conn<'_>) -> Result<Conversation> {
        let Self {
            id,
            wallapop_chat_id,
            product_id,
            buyer_id,
            status,
            closed_reason,
            last_message_at,
            message_count,
            negotiated_price,
            meeting_location,
            meeting_time,
            intent_detected,
            sentiment_score,
            bot_confidence,
            completed_at,
            archived_at,
            row_version,
            created_at,
            updated_at,
        } = self;
        Ok(Conversation {
            id: Id::from_uuid(id),
            wallapop_chat_id: Text::from_trusted(wallapop_chat_id),
            product_id: Id::from_uuid(product_id),
            buyer_id: Id::from_uuid(buyer_id),
            status: status.0,
            closed_reason: closed_reason.map(|reason| reason.0),
            last_message_at,
            message_count,
            negotiated_price: negotiated_price.map(|price| price.0),
            meeting_location: meeting_location
                .map(|place| place.open(conn, &MEETING_LOCATION, id))
                .transpose()?,
            meeting_time,
            intent_detected: intent_detected.map(Text::from_trusted),
            sentiment_score: sentiment_score.map(|score| score.0),
            bot_confidence: bot_confidence.map(|confidence| confidence.0),
            completed_at,
            archived_at,
            row_version,
            created_at,
            updated_at,
        })
    }
}

impl From<EndedRow> for Ended {
    fn from(row: EndedRow) -> Self {
        let EndedRow { id, wallapop_chat_id } = row;
        Self { id: Id::from_uuid(id), wallapop_chat_id: Text::from_trusted(wallapop_chat_id) }
    }
}

/// Product and buyer of a conversation that is to begin, locked until the end of the transaction: the product is not sold and
/// the buyer not blocked meanwhile, and nobody else begins one for the two.
///
/// # Errors
/// [`Error::NotFound`] when there is no such `"product"` or `"buyer"`, or it is deleted.
pub fn lock_pair(tx: &mut Tx<'_>, product: Id<Product>, buyer: Id<Buyer>) -> Result<Pair> {
    let PairRow { status, is_blocked, is_anonymised } = statement(
        "WITH p AS MATERIALIZED (
             SELECT status FROM market.products WHERE id = ? AND deleted_at IS NULL FOR SHARE),
         b AS MATERIALIZED (
             SELECT b.is_blocked, b.anonymised_at IS NOT NULL AS is_anonymised
               FROM market.buyers b CROSS JOIN (SELECT count(*) FROM p) AS locked_first
              WHERE b.id = ? AND b.deleted_at IS NULL FOR NO KEY UPDATE OF b)
         SELECT (SELECT status FROM p), (SELECT is_blocked FROM b), (SELECT is_anonymised FROM b)",
    )
    .bind::<SqlUuid, _>(product.uuid())
    .bind::<SqlUuid, _>(buyer.uuid())
    .get_result(tx.pg)?;
    Ok(Pair {
        product_status: status.ok_or(Error::NotFound("product"))?.0,
        buyer_is_blocked: is_blocked.ok_or(Error::NotFound("buyer"))?,
        buyer_is_anonymised: is_anonymised.ok_or(Error::NotFound("buyer"))?,
    })
}

/// The conversations that stand in the way of a new one: the active one of its product and buyer, and the one with its chat id.
pub fn find_like(tx: &mut Tx<'_>, new: &NewConversation) -> Result<Vec<Conversation>> {
    let rows = statement(
        "SELECT * FROM market.conversations
          WHERE wallapop_chat_id = ? OR (product_id = ? AND buyer_id = ? AND status = 'active')",
    )
    .bind::<SqlText, _>(new.wallapop_chat_id.as_str())
    .bind::<SqlUuid, _>(new.product_id.uuid())
    .bind::<SqlUuid, _>(new.buyer_id.uuid())
    .load::<ConversationRow>(tx.pg)?;
    rows.into_iter().map(|row| row.open(tx)).collect()
}

/// Stores a new conversation of a pair that [`lock_pair`] holds, and counts it for the buyer, in one statement.
///
/// # Errors
/// [`Error::Contention`] when another conversation got the chat id meanwhile: run again, it is found then.
pub fn insert(tx: &mut Tx<'_>, new: &NewConversation) -> Result<Conversation> {
    let made = statement(
        "WITH made AS (
             INSERT INTO market.conversations (id, wallapop_chat_id, product_id, buyer_id) VALUES (?, ?, ?, ?)
             ON CONFLICT DO NOTHING RETURNING *),
         counted AS (
             UPDATE market.buyers b SET total_conversations = total_conversations + 1 FROM made WHERE b.id = made.buyer_id)
         SELECT * FROM made",
    )
    .bind::<SqlUuid, _>(Id::<Conversation>::generate().uuid())
    .bind::<SqlText, _>(new.wallapop_chat_id.as_str())
    .bind::<SqlUuid, _>(new.product_id.uuid())
    .bind::<SqlUuid, _>(new.buyer_id.uuid())
    .get_result::<ConversationRow>(tx.pg)
    .optional()?;
    made.ok_or(Error::Contention)?.open(tx)
}

/// The conversation with this id.
///
/// # Errors
/// [`Error::NotFound`] when there is none, or its product or buyer is deleted.
pub fn get(conn: &mut Conn<'_>, id: Id<Conversation>) -> Result<Conversation> {
    let row: Option<ConversationRow> =
        ConversationRow::query().filter(conversations::id.eq(id.uuid())).first(conn.pg).optional()?;
    row.ok_or(Error::NotFound("conversation"))?.open(conn)
}

/// The conversation with this id of the marketplace's.
///
/// # Errors
/// [`Error::NotFound`] when there is none, or its product or buyer is deleted.
pub fn get_by_chat_id(conn: &mut Conn<'_>, chat: &WallapopId) -> Result<Conversation> {
    let of_chat = conversations::wallapop_chat_id.eq(chat.as_str());
    let row: Option<ConversationRow> = ConversationRow::query().filter(of_chat).first(conn.pg).optional()?;
    row.ok_or(Error::NotFound("conversation"))?.open(conn)
}

/// Conversations that pass the filter, the one that changed last first.
pub fn list(
    conn: &mut Conn<'_>,
    filter: &ConversationFilter,
    page: PageRequest,
) -> Result<Page<Conversation>> {
    // Only the conditions that are asked for stand in the statement, so that the planner knows which index serves it.
    let mut query = ConversationRow::query()
        .order((conversations::updated_at.desc(), conversations::id.desc()))
        .limit(page.limit.rows_and_one())
        .into_boxed();
    if let Some(last) = page.after {
        query = query.filter(after(conversations::updated_at, conversations::id, last));
    }
    let ConversationFilter { status, product_id, buyer_id, archived } = filter;
    if let Some(status) = status {
        query = query.filter(conversations::status.eq(status.as_str()));
    }
    if let Some(product) = product_id {
        query = query.filter(conversations::product_id.eq(product.uuid()));
    }
    if let Some(buyer) = buyer_id {
        query = query.filter(conversations::buyer_id.eq(buyer.uuid()));
    }
    if !archived {
        query = query.filter(conversations::archived_at.is_null());
    }
    let rows: Vec<ConversationRow> = query.load(conn.pg)?;
    Page::of(rows, page.limit, |row| Position { at: row.updated_at, id: row.id })
        .try_map(|row| row.open(conn))
}

/// The conversation with this id, locked until the end of the transaction after its product and its buyer. With `version`,
/// only if the row still has it.
///
/// # Errors
/// [`Error::NotFound`] when there is none, or its product or buyer is deleted; [`Error::StaleVersion`].
pub fn lock(tx: &mut Tx<'_>, id: Id<Conversation>, version: Option<i64>) -> Result<Locked> {
    let row = statement(
        "WITH p AS MATERIALIZED (
             SELECT p.id, p.wallapop_id, p.status, p.currency FROM market.products p JOIN market.conversations c ON c.product_id = p.id
              WHERE c.id = ? AND p.deleted_at IS NULL FOR NO KEY UPDATE OF p),
         b AS MATERIALIZED (
             SELECT b.id, b.is_blocked, b.anonymised_at IS NOT NULL AS is_anonymised
               FROM market.buyers b JOIN market.conversations c ON c.buyer_id = b.id JOIN p ON p.id = c.product_id
              WHERE c.id = ? AND b.deleted_at IS NULL FOR NO KEY UPDATE OF b)
         SELECT c.*, p.wallapop_id, p.status AS product_status, p.currency, b.is_blocked, b.is_anonymised
           FROM market.conversations c JOIN p ON p.id = c.product_id JOIN b ON b.id = c.buyer_id
          WHERE c.id = ? FOR NO KEY UPDATE OF c",
    )
    .bind::<SqlUuid, _>(id.uuid())
    .bind::<SqlUuid, _>(id.uuid())
    .bind::<SqlUuid, _>(id.uuid())
    .get_result::<LockedRow>(tx.pg)
    .optional()?;
    let LockedRow { conversation, wallapop_id, product_status, currency, is_blocked, is_anonymised } =
        row.ok_or(Error::NotFound("conversation"))?;
    check_version(version, conversation.row_version)?;
    Ok(Locked {
        conversation: conversation.open(tx)?,
        product_wallapop_id: Text::from_trusted(wallapop_id),
        product_status: product_status.0,
        currency: currency.0,
        buyer_is_blocked: is_blocked,
        buyer_is_anonymised: is_anonymised,
    })
}

/// Changes the given fields of a conversation that [`lock`] holds.
pub fn update(tx: &mut Tx<'_>, id: Id<Conversation>, changes: ConversationChanges) -> Result<Conversation> {
    let ConversationChanges {
        negotiated_price,
        meeting_location,
        meeting_time,
        intent_detected,
        sentiment_score,
        bot_confidence,
    } = changes;
    let row = ConversationChangesRow {
        negotiated_price: negotiated_price.map(|price| price.map(Price::to_bigdecimal)),
        meeting_location: sealed(tx, &MEETING_LOCATION, id.uuid(), &meeting_location)?,
        meeting_time,
        intent_detected: intent_detected.map(|intent| intent.map(Text::into_string)),
        sentiment_score: sentiment_score.map(|score| score.map(Sentiment::get)),
        bot_confidence: bot_confidence.map(|confidence| confidence.map(Confidence::get)),
    };
    diesel::update(conversations::table.find(id.uuid()))
        .set(row)
        .returning(ConversationRow::as_returning())
        .get_result(tx.pg)?
        .open(tx)
}

/// Completes an active conversation that [`lock`] holds. Without a price, the one agreed on before stays.
pub fn complete(tx: &mut Tx<'_>, id: Id<Conversation>, price: Option<Price>) -> Result<Conversation> {
    statement(
        "UPDATE market.conversations SET status = 'completed', completed_at = now(), negotiated_price = coalesce(?, negotiated_price)
          WHERE id = ? RETURNING *",
    )
    .bind::<Nullable<Numeric>, _>(price.map(Price::to_bigdecimal))
    .bind::<SqlUuid, _>(id.uuid())
    .get_result::<ConversationRow>(tx.pg)?
    .open(tx)
}

/// Sets the status of a conversation that [`lock`] holds, from active to cancelled or back. Whether the step is legal is for
/// the caller to say.
pub fn set_status(tx: &mut Tx<'_>, id: Id<Conversation>, status: ConversationStatus) -> Result<Conversation> {
    statement("UPDATE market.conversations SET status = ?, closed_reason = NULL WHERE id = ? RETURNING *")
        .bind::<SqlText, _>(status.as_str())
        .bind::<SqlUuid, _>(id.uuid())
        .get_result::<ConversationRow>(tx.pg)?
        .open(tx)
}

/// The active conversation of a product and a buyer that are locked.
pub fn find_active(
    tx: &mut Tx<'_>,
    product: Id<Product>,
    buyer: Id<Buyer>,
) -> Result<Option<Id<Conversation>>> {
    let found: Option<Uuid> = conversations::table
        .filter(conversations::product_id.eq(product.uuid()))
        .filter(conversations::buyer_id.eq(buyer.uuid()))
        .filter(conversations::status.eq(ConversationStatus::Active.as_str()))
        .select(conversations::id)
        .first(tx.pg)
        .optional()?;
    Ok(found.map(Id::from_uuid))
}

/// Cancels the active conversations of products that are locked and were sold; it counts against nobody.
pub fn cancel_of_sold(tx: &mut Tx<'_>, products: &[Id<Product>]) -> Result<Vec<Ended>> {
    let rows = statement(
        "WITH active AS MATERIALIZED (
             SELECT id FROM market.conversations WHERE product_id = ANY (?) AND status = 'active'
              ORDER BY id FOR NO KEY UPDATE)
         UPDATE market.conversations c SET status = 'cancelled', closed_reason = 'sold_to_other'
           FROM active WHERE c.id = active.id RETURNING c.id, c.wallapop_chat_id",
    )
    .bind::<Array<SqlUuid>, _>(products.iter().map(|id| id.uuid()).collect::<Vec<_>>())
    .load::<EndedRow>(tx.pg)?;
    Ok(rows.into_iter().map(Ended::from).collect())
}

/// Turns the active conversations of a buyer who is locked to blocked.
pub fn block_of_buyer(tx: &mut Tx<'_>, buyer: Id<Buyer>) -> Result<Vec<Ended>> {
    let rows = statement(
        "WITH active AS MATERIALIZED (
             SELECT id FROM market.conversations WHERE buyer_id = ? AND status = 'active' ORDER BY id FOR NO KEY UPDATE)
         UPDATE market.conversations c SET status = 'blocked'
           FROM active WHERE c.id = active.id RETURNING c.id, c.wallapop_chat_id",
    )
    .bind::<SqlUuid, _>(buyer.uuid())
    .load::<EndedRow>(tx.pg)?;
    Ok(rows.into_iter().map(Ended::from).collect())
}
