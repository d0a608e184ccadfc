//! Messages of conversations.

use chrono::{DateTime, Utc};
use codec::Column;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Double, Nullable, Text as SqlText, Uuid as SqlUuid};
use domain::market::{Buyer, Conversation, Message, MessageFilter, MessageType, NewMessage, WallapopId};
use domain::pii::{JsonKind, MessageKind, NoteKind};
use domain::{Id, Page, PageRequest, Position, Sentiment, Text};
use uuid::Uuid;

use crate::database::column_types::{RatioColumn, TextColumn};
use crate::database::sealed::{Sealed, seal, sql_types as sealed_types};
use crate::database::statement::{BindNext, statement};
use crate::keyset::after;
use crate::schema::market::{buyers, conversations, messages, products};
use crate::{Conn, Error, Result, SealedColumn, Table, Tx};

/// What the shared machinery knows of this table.
pub const TABLE: Table = Table {
    sealed: &[
        SealedColumn::new("content"),
        SealedColumn::json("entities"),
        SealedColumn::new("processing_error"),
    ],
    clear: &[
        ("wallapop_message_id", "the marketplace's id of a message"),
        ("intent", "what the bot thinks is meant, in a word"),
    ],
    enums: &["message_type"],
    floats: &["sentiment"],
    ..Table::new("market", "messages", "message")
};

pub(super) const CONTENT: Column = TABLE.column("content");
pub(super) const ENTITIES: Column = TABLE.column("entities");
pub(super) const PROCESSING_ERROR: Column = TABLE.column("processing_error");

#[derive(HasQuery, QueryableByName)]
#[diesel(table_name = messages, check_for_backend(Pg), base_query = messages::table
    .inner_join(conversations::table.on(conversations::id.eq(messages::conversation_id))
        .inner_join(products::table)
        .inner_join(buyers::table))
    .filter(products::deleted_at.is_null())
    .filter(buyers::deleted_at.is_null()))]
pub(super) struct MessageRow {
    id: Uuid,
    wallapop_message_id: Option<String>,
    conversation_id: Uuid,
    buyer_id: Option<Uuid>,
    content: Sealed<MessageKind>,
    message_type: TextColumn<MessageType>,
    intent: Option<String>,
    entities: Option<Sealed<JsonKind>>,
    sentiment: Option<RatioColumn<-1, 1>>,
    is_read: bool,
    is_processed: bool,
    processed_at: Option<DateTime<Utc>>,
    processing_error: Option<Sealed<NoteKind>>,
    claimed_until: Option<DateTime<Utc>>,
    attempts: i32,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// A conversation that is locked to take a message.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// Whose conversation it is.
    pub buyer_id: Id<Buyer>,
    /// Whether the buyer is blocked.
    pub buyer_is_blocked: bool,
    /// Whether the buyer was anonymised.
    pub buyer_is_anonymised: bool,
    /// The message that has the id of the marketplace's, in whichever conversation.
    pub known: Option<Id<Message>>,
}

#[derive(QueryableByName)]
struct PlaceRow {
    #[diesel(sql_type = SqlUuid)]
    buyer_id: Uuid,
    #[diesel(sql_type = Bool)]
    is_blocked: bool,
    #[diesel(sql_type = Bool)]
    is_anonymised: bool,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    known: Option<Uuid>,
}

impl MessageRow {
    pub(super) fn open(self, conn: &Conn<'_>) -> Result<Message> {
        let Self {
            id,
            wallapop_message_id,
            conversation_id,
            buyer_id,
            content,
            message_type,
            intent,
            entities,
            sentiment,
            is_read,
            is_processed,
            processed_at,
            processing_error,
            claimed_until,
            attempts,
            created_at,
            updated_at,
        } = self;
        Ok(Message {
            id: Id::from_uuid(id),
            wallapop_message_id: wallapop_message_id.map(Text::from_trusted),
            conversation_id: Id::from_uuid(conversation_id),
            buyer_id: buyer_id.map(Id::from_uuid),
            content: content.open(conn, &CONTENT, id)?,
            message_type: message_type.0,
            intent: intent.map(Text::from_trusted),
            entities: entities.map(|entities| entities.open(conn, &ENTITIES, id)).transpose()?,
            sentiment: sentiment.map(|sentiment| sentiment.0),
            is_read,
            is_processed,
            processed_at,
            processing_error: processing_error
                .map(|error| error.open(conn, &PROCESSING_ERROR, id))
                .transpose()?,
            claimed_until,
            attempts,
            created_at,
            updated_at,
        })
    }
}

/// A conversation, locked until the end of the transaction, so that its messages come one after the other. Its buyer is locked
/// first, and neither blocked nor anonymised meanwhile. Where `known` is given, a message of this id is looked for as well.
///
/// # Errors
/// [`Error::NotFound`] when there is no such conversation, or its product or buyer is deleted.
pub fn lock_place(
    tx: &mut Tx<'_>,
    conversation: Id<Conversation>,
    known: Option<&WallapopId>,
) -> Result<Place> {
    let row = statement(
        "WITH b AS MATERIALIZED (
             SELECT b.id, b.is_blocked, b.anonymised_at IS NOT NULL AS is_anonymised
               FROM market.buyers b JOIN market.conversations c ON c.buyer_id = b.id
              WHERE c.id = ? AND b.deleted_at IS NULL FOR SHARE OF b)
         SELECT c.buyer_id, b.is_blocked, b.is_anonymised,
                (SELECT id FROM market.messages WHERE wallapop_message_id = ?) AS known
           FROM market.conversations c JOIN b ON b.id = c.buyer_id JOIN market.products p ON p.id = c.product_id
          WHERE c.id = ? AND p.deleted_at IS NULL FOR NO KEY UPDATE OF c",
    )
    .bind::<SqlUuid, _>(conversation.uuid())
    .bind::<Nullable<SqlText>, _>(known.map(Text::as_str))
    .bind::<SqlUuid, _>(conversation.uuid())
    .get_result::<PlaceRow>(tx.pg)
    .optional()?;
    let PlaceRow { buyer_id, is_blocked, is_anonymised, known } =
        row.ok_or(Error::NotFound("conversation"))?;
    Ok(Place {
        buyer_id: Id::from_uuid(buyer_id),
        buyer_is_blocked: is_blocked,
        buyer_is_anonymised: is_anonymised,
        known: known.map(Id::from_uuid),
    })
}

/// Stores a message in a conversation that [`lock_place`] holds, later than every other there, and counts it, in one
/// statement. With `processed`, nobody has to answer it. The conversation is not archived any more.
///
/// None when another message has the marketplace's id.
pub fn insert(
    tx: &mut Tx<'_>,
    conversation: Id<Conversation>,
    new: &NewMessage,
    processed: bool,
) -> Result<Option<Message>> {
    let id = Id::<Message>::generate().uuid();
    let NewMessage { wallapop_message_id, buyer_id, content, message_type, intent, entities, sentiment } =
        new;
    let entities = entities.as_ref().map(|entities| seal(tx, &ENTITIES, id, entities)).transpose()?;
    let made = statement(
        "WITH moment AS (
             SELECT greatest(clock_timestamp(), last_message_at + INTERVAL '1 microsecond') AS at
               FROM market.conversations WHERE id = ?),
         made AS (
             INSERT INTO market.messages (id, wallapop_message_id, conversation_id, buyer_id, content, message_type, intent,
                                          entities, sentiment, is_processed, processed_at, created_at)
             SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, is_processed, CASE WHEN is_processed THEN at END, at
               FROM moment, (VALUES (?)) AS finished (is_processed)
             ON CONFLICT (wallapop_message_id) DO NOTHING RETURNING *),
         counted AS (
             UPDATE market.conversations c
                SET message_count = message_count + 1, last_message_at = made.created_at, archived_at = NULL
               FROM made WHERE c.id = made.conversation_id)
         SELECT * FROM made",
    )
    .bind::<SqlUuid, _>(conversation.uuid())
    .bind::<SqlUuid, _>(id)
    .bind::<Nullable<SqlText>, _>(wallapop_message_id.as_ref().map(Text::as_str))
    .bind::<SqlUuid, _>(conversation.uuid())
    .bind::<Nullable<SqlUuid>, _>(buyer_id.map(Id::uuid))
    .bind::<sealed_types::Sealed, _>(seal(tx, &CONTENT, id, content)?)
    .bind::<SqlText, _>(message_type.as_str())
    .bind::<Nullable<SqlText>, _>(intent.as_ref().map(Text::as_str))
    .bind::<Nullable<sealed_types::Sealed>, _>(entities)
    .bind::<Nullable<Double>, _>(sentiment.map(Sentiment::get))
    .bind::<Bool, _>(processed)
    .get_result::<MessageRow>(tx.pg)
    .optional()?;
    made.map(|row| row.open(tx)).transpose()
}

/// The message with this id.
///
/// # Errors
/// [`Error::NotFound`] when there is none, or the product or buyer of its conversation is deleted.
pub fn get(conn: &mut Conn<'_>, id: Id<Message>) -> Result<Message> {
    let row: Option<MessageRow> =
        MessageRow::query().filter(messages::id.eq(id.uuid())).first(conn.pg).optional()?;
    row.ok_or(Error::NotFound("message"))?.open(conn)
}

/// The message that has this id of the marketplace's, in whichever conversation.
pub fn find_id(conn: &mut Conn<'_>, id: &WallapopId) -> Result<Option<Id<Message>>> {
    let found: Option<Uuid> = messages::table
        .filter(messages::wallapop_message_id.eq(id.as_str()))
        .select(messages::id)
        .first(conn.pg)
        .optional()?;
    Ok(found.map(Id::from_uuid))
}

/// The message with this id, if it stands in this conversation.
pub fn find_in(
    conn: &mut Conn<'_>,
    conversation: Id<Conversation>,
    id: Id<Message>,
) -> Result<Option<Message>> {
    let row: Option<MessageRow> = MessageRow::query()
        .filter(messages::id.eq(id.uuid()))
        .filter(messages::conversation_id.eq(conversation.uuid()))
        .first(conn.pg)
        .optional()?;
    row.map(|row| row.open(conn)).transpose()
}

/// The messages of a conversation, newest first; none of one that is not there.
pub fn list_for_conversation(
    conn: &mut Conn<'_>,
    conversation: Id<Conversation>,
    page: PageRequest,
) -> Result<Page<Message>> {
    let mut query = MessageRow::query()
        .filter(messages::conversation_id.eq(conversation.uuid()))
        .order((messages::created_at.desc(), messages::id.desc()))
        .limit(page.limit.rows_and_one())
        .into_boxed();
    if let Some(last) = page.after {
        query = query.filter(after(messages::created_at, messages::id, last));
    }
    let rows = query.load(conn.pg)?;
    page_of(conn, rows, page)
}

/// Messages of all conversations that pass the filter, newest first. With `failed`, those that were handed out
/// `max_attempts` times in vain.
pub fn list(
    conn: &mut Conn<'_>,
    filter: MessageFilter,
    max_attempts: u32,
    page: PageRequest,
) -> Result<Page<Message>> {
    let mut query = MessageRow::query()
        .order((messages::created_at.desc(), messages::id.desc()))
        .limit(page.limit.rows_and_one())
        .into_boxed();
    if let Some(last) = page.after {
        query = query.filter(after(messages::created_at, messages::id, last));
    }
    let MessageFilter { message_type, failed } = filter;
    // Constants of the indexes are written out: a bound value would keep the planner from them.
    if let Some(message_type) = message_type {
        query = query.filter(diesel::dsl::sql::<Bool>(match message_type {
            MessageType::UserMessage => "messages.message_type = 'user_message'",
            MessageType::BotMessage => "messages.message_type = 'bot_message'",
            MessageType::SystemMessage => "messages.message_type = 'system_message'",
        }));
    }
    if failed {
        let unclaimed = "(messages.claim_id IS NULL OR messages.claimed_until <= now())";
        query = query
            .filter(diesel::dsl::sql::<Bool>(
                "messages.message_type = 'user_message' AND NOT messages.is_processed",
            ))
            .filter(messages::attempts.ge(i32::try_from(max_attempts).unwrap_or(i32::MAX)))
            .filter(diesel::dsl::sql::<Bool>(unclaimed));
    }
    let rows = query.load(conn.pg)?;
    page_of(conn, rows, page)
}

fn page_of(conn: &Conn<'_>, rows: Vec<MessageRow>, page: PageRequest) -> Result<Page<Message>> {
    Page::of(rows, page.limit, |row| Position { at: row.created_at, id: row.id })
        .try_map(|row| row.open(conn))
}

/// Marks the buyer's messages of a conversation as read; answers how many were not.
///
/// # Errors
/// [`Error::NotFound`] when there is no such conversation, or its product or buyer is deleted.
pub fn mark_read(tx: &mut Tx<'_>, conversation: Id<Conversation>) -> Result<usize> {
    lock_place(tx, conversation, None)?;
    Ok(statement(
        "UPDATE market.messages SET is_read = true
          WHERE conversation_id = ? AND message_type = 'user_message' AND NOT is_read",
    )
    .bind::<SqlUuid, _>(conversation.uuid())
    .execute(tx.pg)?)
}
