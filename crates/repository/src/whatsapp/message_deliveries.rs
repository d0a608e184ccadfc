//! What became of messages that were sent.

use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Array, Binary, Integer, Nullable, Text};
use domain::whatsapp::{Delivery, DeliveryReport, DeliveryStatus, MessageSid, User};
use domain::{Id, Page, PageRequest, Position};
use uuid::Uuid;

use super::users::{self, WHATSAPP_ID};
use crate::database::column_types::TextColumn;
use crate::database::sealed::blind_index;
use crate::database::statement::{BindNext, statement};
use crate::keyset::after;
use crate::schema::whatsapp::message_deliveries;
use crate::{Access, Audit, Conn, Error, Keep, Result, Rule, Table, Tx, Verb};

/// What the shared machinery knows of this table.
pub const TABLE: Table = Table {
    key: "message_sid",
    access: Access::Owner("customer_id"),
    end_users_may: &[Verb::Select],
    clear: &[("message_sid", "what Twilio calls a message")],
    enums: &["status"],
    audit: Audit::Nothing("there are several reports for each message, and each comes signed from Twilio"),
    retention: &[Rule {
        name: "whatsapp-deliveries",
        about: "what became of messages that were sent",
        condition: "t.created_at < $1",
        keep: Keep::Days(30),
    }],
    ..Table::new("whatsapp", "message_deliveries", "delivery")
};

#[derive(HasQuery)]
#[diesel(table_name = message_deliveries, check_for_backend(Pg))]
struct DeliveryRow {
    message_sid: String,
    customer_id: Uuid,
    status: TextColumn<DeliveryStatus>,
    error_code: Option<i32>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<DeliveryRow> for Delivery {
    fn from(row: DeliveryRow) -> Self {
        let DeliveryRow { message_sid, customer_id, status, error_code, created_at, updated_at } = row;
        Self {
            message_sid: MessageSid::from_trusted(message_sid),
            customer_id: Id::from_uuid(customer_id),
            status: status.0,
            error_code,
            created_at,
            updated_at,
        }
    }
}

/// Notes how far a message has come, if it has not come further; answers whether anything was noted. One statement.
///
/// Nothing is noted of a message to somebody who is not a user.
pub fn record(tx: &mut Tx<'_>, report: &DeliveryReport) -> Result<bool> {
    let (exact, spellings) = users::spellings(tx, report.to.phone_number())?;
    let whatsapp_id = report.to.whatsapp_id().map(|id| blind_index(tx, &WHATSAPP_ID, id)).transpose()?;
    let lower: Vec<&str> = report.status.replaces().map(DeliveryStatus::as_str).collect();
    let noted = statement(
        "INSERT INTO whatsapp.message_deliveries AS d (message_sid, customer_id, status, error_code)
         SELECT ?, user_id, ?, ?
           FROM (SELECT user_id FROM whatsapp.users
                  WHERE (phone_number_bidx = ANY (?) OR whatsapp_id_bidx = ?) AND deleted_at IS NULL
                  ORDER BY coalesce(phone_number_bidx = ?, false) DESC LIMIT 1) AS receiver
         ON CONFLICT (message_sid) DO UPDATE SET status = excluded.status, error_code = excluded.error_code
          WHERE d.status = ANY (?)",
    )
    .bind::<Text, _>(report.message_sid.as_str())
    .bind::<Text, _>(report.status.as_str())
    .bind::<Nullable<Integer>, _>(report.error_code)
    .bind::<Array<Binary>, _>(spellings)
    .bind::<Nullable<Binary>, _>(whatsapp_id)
    .bind::<Nullable<Binary>, _>(exact)
    .bind::<Array<Text>, _>(lower)
    .execute(tx.pg)?;
    Ok(noted > 0)
}

/// What became of one message.
///
/// # Errors
/// [`Error::NotFound`] when no report spoke of it.
pub fn get(conn: &mut Conn<'_>, sid: &MessageSid) -> Result<Delivery> {
    let row = DeliveryRow::query().find(sid.as_str()).first(conn.pg).optional()?;
    row.map(Delivery::from).ok_or(Error::NotFound("delivery"))
}

/// Which messages to list; all where nothing is given.
#[derive(Clone, Copy, Debug, Default)]
pub struct DeliveryFilter {
    /// Those that have come so far.
    pub status: Option<DeliveryStatus>,
    /// Those to this user.
    pub user: Option<Id<User>>,
}

/// The messages that were sent, newest first.
pub fn list(
    conn: &mut Conn<'_>,
    filter: DeliveryFilter,
    page: PageRequest<Position<MessageSid>>,
) -> Result<Page<Delivery, Position<MessageSid>>> {
    let mut query = DeliveryRow::query()
        .order((message_deliveries::created_at.desc(), message_deliveries::message_sid.desc()))
        .limit(page.limit.rows_and_one())
        .into_boxed();
    if let Some(status) = filter.status {
        query = query.filter(message_deliveries::status.eq(status.as_str()));
    }
    if let Some(user) = filter.user {
        query = query.filter(message_deliveries::customer_id.eq(user.uuid()));
    }
    if let Some(Position { at, id }) = page.after {
        let last = Position { at, id: id.as_str().to_owned() };
        query = query.filter(after(message_deliveries::created_at, message_deliveries::message_sid, last));
    }
    let rows = query.load(conn.pg)?;
    let position = |row: &DeliveryRow| Position {
        at: row.created_at,
        id: MessageSid::from_trusted(row.message_sid.clone()),
    };
    Ok(Page::of(rows, page.limit, position).map(Delivery::from))
}
