//! What may leave the database for a report or another program: no text of a message, no number, no address.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Uuid as SqlUuid};
use domain::market::buyers::masked;
use domain::market::{ConversationStatus, MessageType, Price, ProductStatus};
use domain::pii::UserNameKind;
use serde::Serialize;
use uuid::Uuid;

use super::buyers::USERNAME;
use crate::database::column_types::{DecimalColumn, RatioColumn, TextColumn};
use crate::database::sealed::Sealed;
use crate::database::statement::{BindNext, statement};
use crate::schema::market::{buyers, conversations, messages, products};
use crate::{Conn, Result};

/// Rows of a batch, and the newest messages that are exported.
const BATCH: i64 = 1_000;

/// A product.
#[derive(Debug, Serialize)]
pub struct ExportedProduct {
    id: Uuid,
    wallapop_id: String,
    title: String,
    price: Price,
    status: ProductStatus,
    created_at: DateTime<Utc>,
}

/// A buyer, by a masked user name.
#[derive(Debug, Serialize)]
pub struct ExportedBuyer {
    id: Uuid,
    username: String,
    is_verified: bool,
    is_blocked: bool,
    total_conversations: i32,
    created_at: DateTime<Utc>,
}

/// A conversation.
#[derive(Debug, Serialize)]
pub struct ExportedConversation {
    id: Uuid,
    product_id: Uuid,
    buyer_id: Uuid,
    status: ConversationStatus,
    message_count: i32,
    created_at: DateTime<Utc>,
}

/// A message, without its text.
#[derive(Debug, Serialize)]
pub struct ExportedMessage {
    id: Uuid,
    conversation_id: Uuid,
    message_type: MessageType,
    intent: Option<String>,
    sentiment: Option<f64>,
    created_at: DateTime<Utc>,
}

#[derive(QueryableByName)]
#[diesel(table_name = products)]
struct ProductRow {
    id: Uuid,
    wallapop_id: String,
    title: String,
    price: DecimalColumn<10, 2>,
    status: TextColumn<ProductStatus>,
    created_at: DateTime<Utc>,
}

#[derive(QueryableByName)]
#[diesel(table_name = buyers)]
struct BuyerRow {
    id: Uuid,
    username: Sealed<UserNameKind>,
    is_verified: bool,
    is_blocked: bool,
    total_conversations: i32,
    created_at: DateTime<Utc>,
}

#[derive(QueryableByName)]
#[diesel(table_name = conversations)]
struct ConversationRow {
    id: Uuid,
    product_id: Uuid,
    buyer_id: Uuid,
    status: TextColumn<ConversationStatus>,
    message_count: i32,
    created_at: DateTime<Utc>,
}

#[derive(QueryableByName)]
#[diesel(table_name = messages)]
struct MessageRow {
    id: Uuid,
    conversation_id: Uuid,
    message_type: TextColumn<MessageType>,
    intent: Option<String>,
    sentiment: Option<RatioColumn<-1, 1>>,
    created_at: DateTime<Utc>,
}

/// All products that are not deleted, by their ids.
pub fn products(conn: &mut Conn<'_>) -> Result<Vec<ExportedProduct>> {
    let batch = |conn: &mut Conn<'_>, after| -> Result<Vec<ProductRow>> {
        Ok(statement(
            "SELECT id, wallapop_id, title, price, status, created_at FROM market.products
              WHERE id > ? AND deleted_at IS NULL ORDER BY id LIMIT ?",
        )
        .bind::<SqlUuid, _>(after)
        .bind::<BigInt, _>(BATCH)
        .load(conn.pg)?)
    };
    let rows = all(conn, batch, |row| row.id)?;
    let exported = rows.into_iter().map(|row| {
        let ProductRow { id, wallapop_id, title, price, status, created_at } = row;
        ExportedProduct { id, wallapop_id, title, price: price.0, status: status.0, created_at }
    });
    Ok(exported.collect())
}

/// All buyers that are not deleted, by their ids.
pub fn buyers(conn: &mut Conn<'_>) -> Result<Vec<ExportedBuyer>> {
    let batch = |conn: &mut Conn<'_>, after| -> Result<Vec<BuyerRow>> {
        Ok(statement(
            "SELECT id, username, is_verified, is_blocked, total_conversations, created_at FROM market.buyers
              WHERE id > ? AND deleted_at IS NULL ORDER BY id LIMIT ?",
        )
        .bind::<SqlUuid, _>(after)
        .bind::<BigInt, _>(BATCH)
        .load(conn.pg)?)
    };
    let rows = all(conn, batch, |row| row.id)?;
    let exported = rows.into_iter().map(|row| {
        let BuyerRow { id, username, is_verified, is_blocked, total_conversations, created_at } = row;
        let username = masked(&username.open(conn, &USERNAME, id)?);
        Ok(ExportedBuyer { id, username, is_verified, is_blocked, total_conversations, created_at })
    });
    exported.collect()
}

/// All conversations that are not hidden, by their ids.
pub fn conversations(conn: &mut Conn<'_>) -> Result<Vec<ExportedConversation>> {
    let batch = |conn: &mut Conn<'_>, after| -> Result<Vec<ConversationRow>> {
        Ok(statement(
            "SELECT c.id, c.product_id, c.buyer_id, c.status, c.message_count, c.created_at
               FROM market.conversations c
               JOIN market.products p ON p.id = c.product_id AND p.deleted_at IS NULL
               JOIN market.buyers b ON b.id = c.buyer_id AND b.deleted_at IS NULL
              WHERE c.id > ? ORDER BY c.id LIMIT ?",
        )
        .bind::<SqlUuid, _>(after)
        .bind::<BigInt, _>(BATCH)
        .load(conn.pg)?)
    };
    let rows = all(conn, batch, |row| row.id)?;
    let exported = rows.into_iter().map(|row| {
        let ConversationRow { id, product_id, buyer_id, status, message_count, created_at } = row;
        ExportedConversation { id, product_id, buyer_id, status: status.0, message_count, created_at }
    });
    Ok(exported.collect())
}

/// The newest thousand messages of conversations that are not hidden.
pub fn messages(conn: &mut Conn<'_>) -> Result<Vec<ExportedMessage>> {
    let rows: Vec<MessageRow> = statement(
        "SELECT m.id, m.conversation_id, m.message_type, m.intent, m.sentiment, m.created_at
           FROM market.messages m
           JOIN market.conversations c ON c.id = m.conversation_id
           JOIN market.products p ON p.id = c.product_id AND p.deleted_at IS NULL
           JOIN market.buyers b ON b.id = c.buyer_id AND b.deleted_at IS NULL
          ORDER BY m.created_at DESC, m.id DESC LIMIT ?",
    )
    .bind::<BigInt, _>(BATCH)
    .load(conn.pg)?;
    let exported = rows.into_iter().map(|row| {
        let MessageRow { id, conversation_id, message_type, intent, sentiment, created_at } = row;
        let (message_type, sentiment) = (message_type.0, sentiment.map(|sentiment| sentiment.0.get()));
        ExportedMessage { id, conversation_id, message_type, intent, sentiment, created_at }
    });
    Ok(exported.collect())
}

/// Every row, batch after batch.
fn all<T>(
    conn: &mut Conn<'_>,
    batch: impl Fn(&mut Conn<'_>, Uuid) -> Result<Vec<T>>,
    id: impl Fn(&T) -> Uuid,
) -> Result<Vec<T>> {
    let (mut rows, mut after) = (Vec::new(), Uuid::nil());
    loop {
        let found = batch(conn, after)?;
        match found.last().map(&id) {
            Some(last) => after = last,
            None => return Ok(rows),
        }
        rows.extend(found);
    }
}
