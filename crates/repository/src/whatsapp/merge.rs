//! Making one user of two who turn out to be one person: by a message that brings the number of one and the id of the other.

use diesel::prelude::*;
use diesel::sql_types::{self, Array, Bool, Jsonb, Nullable, Text, Timestamptz};
use domain::whatsapp::User;
use uuid::Uuid;

use super::messages::StoredMessage;
use super::users;
use crate::database::column_types::StoredJson;
use crate::database::statement::{BindNext, statement};
use crate::platform::idempotency_keys;
use crate::{Conn, Result, Tx};

#[derive(QueryableByName)]
struct MovedRow {
    #[diesel(sql_type = Text)]
    chat_id: String,
    #[diesel(sql_type = Bool)]
    is_active: bool,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    waiting_since: Option<chrono::DateTime<chrono::Utc>>,
    #[diesel(sql_type = Jsonb)]
    messages: StoredJson<Vec<StoredMessage>>,
}

/// Gives a user all that belongs to another: chats, whose contents are sealed for the new owner, and notes of messages. The
/// other is removed, and address and name are taken over where they are lacking. Both rows must be locked.
///
/// Where both have an active chat, the one that moves is closed; what waits in it waits in the other, which continues it
/// unless it continues a chat already.
pub fn merge(tx: &mut Tx<'_>, kept: User, gone: &User) -> Result<User> {
    let (to, from) = (kept.user_id.uuid(), gone.user_id.uuid());
    let moved = statement(
        "SELECT chat_id, is_active, waiting_since, messages FROM whatsapp.userchats WHERE customer_id = ?
          ORDER BY chat_id FOR NO KEY UPDATE",
    )
    .bind::<sql_types::Uuid, _>(from)
    .load::<MovedRow>(tx.pg)?;
    let active = moved.iter().find(|chat| chat.is_active);
    let active = active.map(|chat| (chat.chat_id.clone(), chat.waiting_since));
    move_chats(tx, from, to, moved)?;
    if let Some((chat_id, waiting_since)) = active {
        statement(
            "UPDATE whatsapp.userchats
                SET waiting_since = least(waiting_since, ?), continues_chat_id = coalesce(continues_chat_id, ?)
              WHERE customer_id = ? AND is_active AND chat_id <> ?",
        )
        .bind::<Nullable<Timestamptz>, _>(waiting_since)
        .bind::<Text, _>(&chat_id)
        .bind::<sql_types::Uuid, _>(to)
        .bind::<Text, _>(&chat_id)
        .execute(tx.pg)?;
    }
    for text in [
        "UPDATE whatsapp.inbound_messages SET customer_id = ? WHERE customer_id = ?",
        "UPDATE whatsapp.message_deliveries SET customer_id = ? WHERE customer_id = ?",
    ] {
        statement(text).bind::<sql_types::Uuid, _>(to).bind::<sql_types::Uuid, _>(from).execute(tx.pg)?;
    }
    statement("DELETE FROM whatsapp.users WHERE user_id = ?")
        .bind::<sql_types::Uuid, _>(from)
        .execute(tx.pg)?;
    idempotency_keys::forget_about(tx, &[from])?;
    users::adopt(tx, kept, gone)
}

fn move_chats(tx: &mut Tx<'_>, from: Uuid, to: Uuid, moved: Vec<MovedRow>) -> Result<()> {
    let mut ids = Vec::with_capacity(moved.len());
    let mut contents = Vec::with_capacity(moved.len());
    for chat in moved {
        ids.push(chat.chat_id);
        contents.push(StoredJson(seal_anew(tx, from, to, chat.messages.0)?));
    }
    // A file that was imported for both is known by one of its chats.
    statement(
        "UPDATE whatsapp.userchats AS c
            SET customer_id = ?, messages = r.messages,
                is_active = c.is_active AND NOT EXISTS (
                    SELECT FROM whatsapp.userchats WHERE customer_id = ? AND is_active),
                import_digest = CASE WHEN NOT EXISTS (
                    SELECT FROM whatsapp.userchats k WHERE k.customer_id = ? AND k.import_digest = c.import_digest)
                                     THEN c.import_digest END
           FROM unnest(?, ?) AS r (chat_id, messages)
          WHERE c.chat_id = r.chat_id",
    )
    .bind::<sql_types::Uuid, _>(to)
    .bind::<sql_types::Uuid, _>(to)
    .bind::<sql_types::Uuid, _>(to)
    .bind::<Array<Text>, _>(ids)
    .bind::<Array<Jsonb>, _>(contents)
    .execute(tx.pg)?;
    Ok(())
}

fn seal_anew(
    conn: &Conn<'_>,
    from: Uuid,
    to: Uuid,
    messages: Vec<StoredMessage>,
) -> Result<Vec<StoredMessage>> {
    messages.into_iter().map(|message| message.seal_anew(conn, from, to)).collect()
}
