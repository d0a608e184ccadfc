//! The last messages of a conversation, for a language model.

use diesel::prelude::*;
use diesel::sql_types::{self, Integer, Jsonb};
use domain::Id;
use domain::whatsapp::{History, User};
use uuid::Uuid;

use super::messages::{self, StoredMessage};
use crate::database::column_types::StoredJson;
use crate::database::statement::{BindNext, statement};
use crate::{Conn, Error, Result};

#[derive(QueryableByName)]
struct HistoryRow {
    #[diesel(sql_type = sql_types::Uuid)]
    user_id: Uuid,
    #[diesel(sql_type = Jsonb)]
    messages: StoredJson<Vec<StoredMessage>>,
}

/// The last `most` messages, oldest first, of the active chat and, where that has fewer, of the chat that it continues.
/// Nothing without an active chat. One statement, which brings no other messages.
///
/// # Errors
/// [`Error::NotFound`] when there is no such user, or it is deleted.
pub fn get(conn: &mut Conn<'_>, user: Id<User>, most: u32) -> Result<History> {
    let most = i32::try_from(most.max(1)).unwrap_or(i32::MAX);
    let row = statement(
        "SELECT u.user_id, coalesce(jsonb_path_query_array(
                    CASE WHEN p.chat_id IS NULL OR a.message_count >= ? THEN a.messages ELSE p.messages || a.messages END,
                    '$[last - $n to last]', jsonb_build_object('n', ?)), '[]') AS messages
           FROM whatsapp.users AS u
           LEFT JOIN whatsapp.userchats AS a ON a.customer_id = u.user_id AND a.is_active
           LEFT JOIN whatsapp.userchats AS p ON p.chat_id = a.continues_chat_id AND p.customer_id = u.user_id
          WHERE u.user_id = ? AND u.deleted_at IS NULL",
    )
    .bind::<Integer, _>(most)
    .bind::<Integer, _>(most - 1)
    .bind::<sql_types::Uuid, _>(user.uuid())
    .get_result::<HistoryRow>(conn.pg)
    .optional()?;
    let HistoryRow { user_id, messages } = row.ok_or(Error::NotFound("user"))?;
    let opened = messages::open_all(conn, user_id, messages.0)?;
    Ok(opened.into_iter().map(|message| (message.role, message.content)).collect())
}
