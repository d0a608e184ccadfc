//! Messages that were delivered once already.

use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use domain::whatsapp::{ChatId, InboundMessage, InboundOutcome, MessageSid, User};
use domain::{Id, Page, PageRequest, Position};
use uuid::Uuid;

use crate::database::column_types::TextColumn;
use crate::keyset::after;
use crate::schema::whatsapp::inbound_messages;
use crate::{Audit, Conn, Error, Keep, Result, Rule, Table, Tx};

/// What the shared machinery knows of this table.
pub const TABLE: Table = Table {
    key: "message_sid",
    clear: &[
        ("message_sid", "what Twilio calls a message"),
        ("chat_id", "in which chat a message stands"),
        ("idempotency_token", "what Twilio calls a delivery"),
    ],
    enums: &["outcome"],
    audit: Audit::Nothing("what a message causes is audited"),
    retention: &[Rule {
        name: "whatsapp-inbound-messages",
        about: "what was delivered, so that a repeated delivery is known",
        condition: "t.created_at < $1",
        keep: Keep::Days(30),
    }],
    ..Table::new("whatsapp", "inbound_messages", "inbound message")
};

/// A message that was delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivered {
    /// What Twilio calls it.
    pub message_sid: MessageSid,
    /// Who wrote it.
    pub customer_id: Id<User>,
    /// Where it was kept.
    pub chat_id: Option<ChatId>,
    /// What became of it.
    pub outcome: InboundOutcome,
    /// That of the first delivery.
    pub idempotency_token: Option<String>,
    /// When it was first delivered.
    pub created_at: DateTime<Utc>,
}

#[derive(HasQuery)]
#[diesel(table_name = inbound_messages, check_for_backend(Pg))]
struct DeliveredRow {
    message_sid: String,
    customer_id: Uuid,
    chat_id: Option<TextColumn<ChatId>>,
    outcome: TextColumn<InboundOutcome>,
    idempotency_token: Option<String>,
    created_at: DateTime<Utc>,
}

impl From<DeliveredRow> for Delivered {
    fn from(row: DeliveredRow) -> Self {
        let DeliveredRow { message_sid, customer_id, chat_id, outcome, idempotency_token, created_at } = row;
        Self {
            message_sid: MessageSid::from_trusted(message_sid),
            customer_id: Id::from_uuid(customer_id),
            chat_id: chat_id.map(|id| id.0),
            outcome: outcome.0,
            idempotency_token,
            created_at,
        }
    }
}

/// The message of this sid, if it was delivered.
pub fn find(conn: &mut Conn<'_>, sid: &MessageSid) -> Result<Option<Delivered>> {
    let row = DeliveredRow::query().find(sid.as_str()).first(conn.pg).optional()?;
    Ok(row.map(Delivered::from))
}

/// The message of this sid.
///
/// # Errors
/// [`Error::NotFound`] when it was not delivered.
pub fn get(conn: &mut Conn<'_>, sid: &MessageSid) -> Result<Delivered> {
    find(conn, sid)?.ok_or(Error::NotFound("inbound message"))
}

/// What was delivered of a user, newest first.
pub fn list_for_user(
    conn: &mut Conn<'_>,
    user: Id<User>,
    page: PageRequest<Position<MessageSid>>,
) -> Result<Page<Delivered, Position<MessageSid>>> {
    let mut query = DeliveredRow::query()
        .filter(inbound_messages::customer_id.eq(user.uuid()))
        .order((inbound_messages::created_at.desc(), inbound_messages::message_sid.desc()))
        .limit(page.limit.rows_and_one())
        .into_boxed();
    if let Some(Position { at, id }) = page.after {
        let last = Position { at, id: id.as_str().to_owned() };
        query = query.filter(after(inbound_messages::created_at, inbound_messages::message_sid, last));
    }
    let rows = query.load(conn.pg)?;
    let position = |row: &DeliveredRow| Position {
        at: row.created_at,
        id: MessageSid::from_trusted(row.message_sid.clone()),
    };
    Ok(Page::of(rows, page.limit, position).map(Delivered::from))
}

/// Notes that a message was delivered, and what became of it.
///
/// # Errors
/// [`Error::Contention`] when it was noted meanwhile: run again, the handle finds it.
pub fn insert(
    tx: &mut Tx<'_>,
    message: &InboundMessage,
    user: Id<User>,
    outcome: InboundOutcome,
    chat: Option<ChatId>,
) -> Result<()> {
    let stored = diesel::insert_into(inbound_messages::table)
        .values((
            inbound_messages::message_sid.eq(message.message_sid.as_str()),
            inbound_messages::customer_id.eq(user.uuid()),
            inbound_messages::chat_id.eq(chat.map(|id| id.to_string())),
            inbound_messages::outcome.eq(outcome.as_str()),
            inbound_messages::idempotency_token.eq(message.idempotency_token.as_deref()),
        ))
        .on_conflict_do_nothing()
        .execute(tx.pg)?;
    if stored == 0 { Err(Error::Contention) } else { Ok(()) }
}
