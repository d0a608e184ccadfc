//! Everything that is kept of a buyer.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use domain::market::{Buyer, Conversation, Message};
use domain::{Id, Page, PageRequest, Position};
use uuid::Uuid;

use super::buyers;
use super::conversations::ConversationRow;
use super::messages::MessageRow;
use crate::database::statement::{BindNext, statement};
use crate::{Conn, Error, Result};

/// A row that is kept of a buyer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// The buyer's own.
    Buyer(Box<Buyer>),
    /// A conversation of the buyer's.
    Conversation(Box<Conversation>),
    /// A message of such a conversation, whoever wrote it.
    Message(Box<Message>),
}

#[derive(QueryableByName)]
struct Place {
    #[diesel(sql_type = Text)]
    place: String,
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Timestamptz)]
    created_at: DateTime<Utc>,
}

/// The rows that are kept of a buyer, oldest first: the buyer, and its conversations and messages as they came, those about
/// deleted products too.
///
/// # Errors
/// [`Error::NotFound`] when there is no such buyer, or it is deleted.
pub fn list_for_buyer(conn: &mut Conn<'_>, id: Id<Buyer>, page: PageRequest) -> Result<Page<Kept>> {
    let buyer = buyers::get(conn, id)?;
    let places = statement(
        "WITH mine AS (SELECT id, created_at FROM market.conversations WHERE buyer_id = ?)
         SELECT place, id, created_at FROM (
                SELECT 'buyer' AS place, id, created_at FROM market.buyers WHERE id = ?
                UNION ALL SELECT 'conversation', id, created_at FROM mine
                UNION ALL SELECT 'message', m.id, m.created_at FROM market.messages m JOIN mine ON mine.id = m.conversation_id
              ) AS kept
          WHERE (created_at, id) > (coalesce(?, '-infinity'), ?) ORDER BY created_at, id LIMIT ?",
    )
    .bind::<SqlUuid, _>(id.uuid())
    .bind::<SqlUuid, _>(id.uuid())
    .bind::<Nullable<Timestamptz>, _>(page.after.map(|after| after.at))
    .bind::<SqlUuid, _>(page.after.map_or(Uuid::nil(), |after| after.id))
    .bind::<BigInt, _>(page.limit.rows_and_one())
    .load::<Place>(conn.pg)?;
    let places = Page::of(places, page.limit, |place| Position { at: place.created_at, id: place.id });
    let ids = |wanted: &str| -> Vec<Uuid> {
        places.items.iter().filter(|place| place.place == wanted).map(|place| place.id).collect()
    };
    let mut conversations = conversations(conn, &ids("conversation"))?;
    let mut messages = messages(conn, &ids("message"))?;
    places.try_map(|Place { place, id, created_at: _ }| {
        let found = match place.as_str() {
            "conversation" => {
                let at = conversations.iter().position(|conversation| conversation.id.uuid() == id);
                at.map(|at| Kept::Conversation(Box::new(conversations.swap_remove(at))))
            }
            "message" => {
                let at = messages.iter().position(|message| message.id.uuid() == id);
                at.map(|at| Kept::Message(Box::new(messages.swap_remove(at))))
            }
            _ => Some(Kept::Buyer(Box::new(buyer.clone()))),
        };
        // A row that went between the statements: the page is read again.
        found.ok_or(Error::Contention)
    })
}

fn conversations(conn: &mut Conn<'_>, ids: &[Uuid]) -> Result<Vec<Conversation>> {
    let rows = statement("SELECT * FROM market.conversations WHERE id = ANY (?)")
        .bind::<Array<SqlUuid>, _>(ids)
        .load::<ConversationRow>(conn.pg)?;
    rows.into_iter().map(|row| row.open(conn)).collect()
}

fn messages(conn: &mut Conn<'_>, ids: &[Uuid]) -> Result<Vec<Message>> {
    let rows = statement("SELECT * FROM market.messages WHERE id = ANY (?)")
        .bind::<Array<SqlUuid>, _>(ids)
        .load::<MessageRow>(conn.pg)?;
    rows.into_iter().map(|row| row.open(conn)).collect()
}
