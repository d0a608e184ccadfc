//! Counts of chats and messages.

use diesel::prelude::*;
use diesel::sql_types::{self, BigInt, Nullable, Timestamptz};
use domain::whatsapp::{User, UserTotals};
use domain::{Id, Page, PageRequest, Position};
use uuid::Uuid;

use crate::database::statement::{BindNext, statement};
use crate::{Conn, Error, Result};

/// The totals of one user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OfUser {
    /// Whose.
    pub user_id: Id<User>,
    /// How much.
    pub totals: UserTotals,
}

/// What goes on now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Activity {
    /// Chats that are active.
    pub active_sessions: i64,
    /// Those of them that wait for an answer.
    pub waiting: i64,
}

#[derive(QueryableByName)]
struct TotalsRow {
    #[diesel(sql_type = sql_types::Uuid)]
    user_id: Uuid,
    #[diesel(sql_type = Timestamptz)]
    created_at: chrono::DateTime<chrono::Utc>,
    #[diesel(sql_type = BigInt)]
    total_chats: i64,
    #[diesel(sql_type = BigInt)]
    total_messages: i64,
}

#[derive(QueryableByName)]
struct ActivityRow {
    #[diesel(sql_type = BigInt)]
    active_sessions: i64,
    #[diesel(sql_type = BigInt)]
    waiting: i64,
}

/// The totals of a user.
///
/// # Errors
/// [`Error::NotFound`] when there is no such user, or it is deleted.
pub fn for_user(conn: &mut Conn<'_>, user: Id<User>) -> Result<UserTotals> {
    let row = statement(
        "SELECT u.user_id, u.created_at, count(c.chat_id) AS total_chats,
                coalesce(sum(c.message_count), 0) AS total_messages
           FROM whatsapp.users AS u LEFT JOIN whatsapp.userchats AS c ON c.customer_id = u.user_id
          WHERE u.user_id = ? AND u.deleted_at IS NULL GROUP BY u.user_id",
    )
    .bind::<sql_types::Uuid, _>(user.uuid())
    .get_result::<TotalsRow>(conn.pg)
    .optional()?;
    row.map(|row| row.totals()).ok_or(Error::NotFound("user"))
}

impl TotalsRow {
    fn totals(&self) -> UserTotals {
        UserTotals { total_chats: self.total_chats, total_messages: self.total_messages }
    }
}

/// The totals of every user, newest users first. One statement.
pub fn list(conn: &mut Conn<'_>, page: PageRequest) -> Result<Page<OfUser>> {
    let (at, id) = page.after.map(|Position { at, id }| (at, id)).unzip();
    let rows = statement(
        "SELECT u.user_id, u.created_at, t.total_chats, t.total_messages
           FROM (SELECT user_id, created_at FROM whatsapp.users
                  WHERE deleted_at IS NULL AND created_at <= coalesce(?, 'infinity'::timestamptz)
                    AND (? IS NULL OR created_at < ? OR user_id < ?)
                  ORDER BY created_at DESC, user_id DESC LIMIT ?) AS u
          CROSS JOIN LATERAL (SELECT count(*) AS total_chats, coalesce(sum(message_count), 0) AS total_messages
                                FROM whatsapp.userchats WHERE customer_id = u.user_id) AS t
          ORDER BY u.created_at DESC, u.user_id DESC",
    )
    .bind::<Nullable<Timestamptz>, _>(at)
    .bind::<Nullable<Timestamptz>, _>(at)
    .bind::<Nullable<Timestamptz>, _>(at)
    .bind::<Nullable<sql_types::Uuid>, _>(id)
    .bind::<BigInt, _>(page.limit.rows_and_one())
    .load::<TotalsRow>(conn.pg)?;
    let position = |row: &TotalsRow| Position { at: row.created_at, id: row.user_id };
    let of_user = |row: TotalsRow| OfUser { user_id: Id::from_uuid(row.user_id), totals: row.totals() };
    Ok(Page::of(rows, page.limit, position).map(of_user))
}

/// How many chats are active, and how many wait.
pub fn activity(conn: &mut Conn<'_>) -> Result<Activity> {
    let row = statement(
        "SELECT count(*) AS active_sessions, count(c.waiting_since) FILTER (WHERE u.is_active) AS waiting
           FROM whatsapp.userchats AS c
           JOIN whatsapp.users AS u ON u.user_id = c.customer_id AND u.deleted_at IS NULL
          WHERE c.is_active",
    )
    .get_result::<ActivityRow>(conn.pg)?;
    let ActivityRow { active_sessions, waiting } = row;
    Ok(Activity { active_sessions, waiting })
}
