//! Chats that wait for an answer, and agents' claims to them.

use diesel::prelude::*;
use diesel::sql_types::{self, BigInt, Double, Jsonb, Nullable, Text, Timestamptz};
use domain::whatsapp::{ChatId, Lease, WaitingChat};
use domain::{Limit, Page, PageRequest, Position};
use uuid::Uuid;

use super::messages::{self, StoredMessage};
use super::userchats::ChatRow;
use crate::database::column_types::StoredJson;
use crate::database::statement::{BindNext, statement};
use crate::{Conn, Result, Tx};

#[derive(QueryableByName)]
struct WaitingRow {
    #[diesel(embed)]
    chat: ChatRow,
    #[diesel(sql_type = Jsonb)]
    unanswered: StoredJson<Vec<StoredMessage>>,
}

impl WaitingRow {
    fn open(self, conn: &Conn<'_>) -> Result<WaitingChat> {
        let customer = self.chat.customer_id;
        let unanswered = messages::open_all(conn, customer, self.unanswered.0)?;
        Ok(WaitingChat { chat: self.chat.into(), unanswered })
    }
}

/// The chats that wait, oldest first, of users who are active. One statement.
pub fn list(
    conn: &mut Conn<'_>,
    page: PageRequest<Position<ChatId>>,
) -> Result<Page<WaitingChat, Position<ChatId>>> {
    let (at, id) = page.after.map(|Position { at, id }| (at, id.to_string())).unzip();
    let rows = statement(
        "SELECT c.chat_id, c.customer_id, c.is_active, c.message_count, c.continues_chat_id, c.waiting_since,
                c.last_inbound_at, c.claimed_until, c.created_at, c.updated_at,
                (SELECT coalesce(jsonb_agg(m.element ORDER BY m.place), '[]')
                   FROM jsonb_array_elements(coalesce(p.messages, '[]') || c.messages) WITH ORDINALITY AS m (element, place)
                  WHERE m.element ->> 'role' = 'user'
                    AND (m.element ->> 'timestamp')::timestamptz >= c.waiting_since) AS unanswered
           FROM whatsapp.userchats AS c
           JOIN whatsapp.users AS u ON u.user_id = c.customer_id AND u.is_active AND u.deleted_at IS NULL
           LEFT JOIN whatsapp.userchats AS p ON p.chat_id = c.continues_chat_id AND p.customer_id = c.customer_id
          WHERE c.is_active AND c.waiting_since >= coalesce(?, '-infinity'::timestamptz)
            AND (? IS NULL OR c.waiting_since > ? OR c.chat_id > ?)
          ORDER BY c.waiting_since, c.chat_id LIMIT ?",
    )
    .bind::<Nullable<Timestamptz>, _>(at)
    .bind::<Nullable<Timestamptz>, _>(at)
    .bind::<Nullable<Timestamptz>, _>(at)
    .bind::<Nullable<Text>, _>(id)
    .bind::<BigInt, _>(page.limit.rows_and_one())
    .load::<WaitingRow>(conn.pg)?;
    let waiting = rows.into_iter().map(|row| row.open(conn)).collect::<Result<Vec<_>>>()?;
    let position = |waiting: &WaitingChat| Position {
        at: waiting.chat.waiting_since.unwrap_or_default(),
        id: waiting.chat.chat_id,
    };
    Ok(Page::of(waiting, page.limit, position))
}

/// Gives an agent the chats that have waited longest and that no other agent holds, oldest first. One statement, which
/// waits for nobody: a chat that changes just now is left for the next time.
pub fn claim(tx: &mut Tx<'_>, claim: Uuid, limit: Limit, lease: Lease) -> Result<Vec<WaitingChat>> {
    let rows = statement(
        "WITH chosen AS MATERIALIZED (
             SELECT c.chat_id
               FROM whatsapp.userchats AS c
               JOIN whatsapp.users AS u ON u.user_id = c.customer_id AND u.is_active AND u.deleted_at IS NULL
              WHERE c.is_active AND c.waiting_since IS NOT NULL
                AND (c.claimed_until IS NULL OR c.claimed_until <= now())
              ORDER BY c.waiting_since, c.chat_id LIMIT ?
                FOR NO KEY UPDATE OF c SKIP LOCKED),
         claimed AS (
             UPDATE whatsapp.userchats AS c SET claim_id = ?, claimed_until = now() + make_interval(secs => ?)
               FROM chosen WHERE c.chat_id = chosen.chat_id RETURNING c.*)
         SELECT c.chat_id, c.customer_id, c.is_active, c.message_count, c.continues_chat_id, c.waiting_since,
                c.last_inbound_at, c.claimed_until, c.created_at, c.updated_at,
                (SELECT coalesce(jsonb_agg(m.element ORDER BY m.place), '[]')
                   FROM jsonb_array_elements(coalesce(p.messages, '[]') || c.messages) WITH ORDINALITY AS m (element, place)
                  WHERE m.element ->> 'role' = 'user'
                    AND (m.element ->> 'timestamp')::timestamptz >= c.waiting_since) AS unanswered
           FROM claimed AS c
           LEFT JOIN whatsapp.userchats AS p ON p.chat_id = c.continues_chat_id AND p.customer_id = c.customer_id
          ORDER BY c.waiting_since, c.chat_id",
    )
    .bind::<BigInt, _>(limit.rows())
    .bind::<sql_types::Uuid, _>(claim)
    .bind::<Double, _>(lease.time().as_seconds_f64())
    .load::<WaitingRow>(tx.pg)?;
    rows.into_iter().map(|row| row.open(tx)).collect()
}

/// Gives a chat back; answers whether the claim was alive. Where the chat was full meanwhile, the claim has moved along.
pub fn release(tx: &mut Tx<'_>, chat: ChatId, claim: Uuid) -> Result<bool> {
    let released = statement(
        "WITH RECURSIVE chain AS (
             SELECT chat_id FROM whatsapp.userchats WHERE chat_id = ?
             UNION
             SELECT n.chat_id FROM whatsapp.userchats AS n JOIN chain ON n.continues_chat_id = chain.chat_id)
         UPDATE whatsapp.userchats AS c SET claim_id = NULL, claimed_until = NULL
           FROM chain WHERE c.chat_id = chain.chat_id AND c.claim_id = ? AND c.claimed_until > now()",
    )
    .bind::<Text, _>(chat.to_string())
    .bind::<sql_types::Uuid, _>(claim)
    .execute(tx.pg)?;
    Ok(released > 0)
}
