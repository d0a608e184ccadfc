//! Sessions of the bot.
//!
//! Which day it is follows from the database's clock and the bot's time zone (`BOT_TIMEZONE`).

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{
    BigInt, Bool, Date, Integer, Nullable, Text as SqlText, Timestamptz, Uuid as SqlUuid,
};
use domain::market::{Activity, BotSession, BotZone, Count, SessionId};
use domain::{Day, Id, Page, PageRequest, Position, Text};
use uuid::Uuid;

use super::CountColumn;
use crate::database::statement::{BindNext, statement};
use crate::schema::market::bot_sessions;
use crate::{Conn, Error, Keep, Result, Rule, Table, Tx};

/// What the shared machinery knows of this table.
pub const TABLE: Table = Table {
    clear: &[("session_id", "what the bot calls its session")],
    retention: &[Rule {
        name: "market-bot-sessions",
        about: "sessions of the bot that have expired, after their last activity",
        condition: "coalesce(t.last_activity_at, t.created_at) < $1 AND t.expires_at <= now()",
        keep: Keep::Setting("BOT_SESSION_RETENTION_DAYS", 7),
    }],
    ..Table::new("market", "bot_sessions", "bot session")
};

/// A row, and what its reading depends on: the time, and which day that is for the bot.
#[derive(Queryable, QueryableByName, Selectable)]
#[diesel(table_name = bot_sessions, check_for_backend(Pg))]
struct SessionRow {
    id: Uuid,
    session_id: String,
    active_conversations_count: CountColumn,
    messages_sent_today: CountColumn,
    counted_on: Option<NaiveDate>,
    last_activity_at: Option<DateTime<Utc>>,
    expires_at: Option<DateTime<Utc>>,
    is_rate_limited: bool,
    rate_limit_expires_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

#[derive(QueryableByName)]
struct SessionNow {
    #[diesel(embed)]
    session: SessionRow,
    #[diesel(sql_type = Timestamptz)]
    now: DateTime<Utc>,
    #[diesel(sql_type = Date)]
    today: NaiveDate,
}

#[derive(QueryableByName)]
struct Opened {
    #[diesel(embed)]
    session: SessionNow,
    #[diesel(sql_type = Bool)]
    is_new: bool,
}

impl From<SessionNow> for BotSession {
    fn from(row: SessionNow) -> Self {
        let SessionNow { session, now, today } = row;
        let SessionRow {
            id,
            session_id,
            active_conversations_count,
            messages_sent_today,
            counted_on,
            last_activity_at,
            expires_at,
            is_rate_limited,
            rate_limit_expires_at,
            created_at,
            updated_at,
        } = session;
        let sent_today = if counted_on == Some(today) { messages_sent_today.0 } else { Count::MIN };
        Self {
            id: Id::from_uuid(id),
            session_id: Text::from_trusted(session_id),
            active_conversations_count: active_conversations_count.0,
            messages_sent_today: sent_today,
            counted_on: counted_on.map(Day::from_trusted),
            last_activity_at,
            expires_at,
            is_rate_limited: is_rate_limited && rate_limit_expires_at.is_some_and(|end| end > now),
            rate_limit_expires_at,
            created_at,
            updated_at,
        }
    }
}

/// The session of this name, made if there is none; answers whether it starts now. One that has expired starts again, with
/// nothing counted.
///
/// # Errors
/// [`Error::Contention`] when somebody else started it meanwhile: run again, it is found then.
pub fn get_or_start(tx: &mut Tx<'_>, session: &SessionId, zone: BotZone) -> Result<(BotSession, bool)> {
    let opened = statement(
        "WITH started AS (
             INSERT INTO market.bot_sessions AS s (id, session_id, expires_at) VALUES (?, ?, now() + INTERVAL '1 day')
             ON CONFLICT ON CONSTRAINT bot_sessions_session_id_unique DO UPDATE
                SET active_conversations_count = 0, messages_sent_today = 0, counted_on = NULL, last_activity_at = NULL,
                    expires_at = excluded.expires_at
              WHERE s.expires_at <= now()
             RETURNING *)
         SELECT s.*, is_new, now() AS now, (now() AT TIME ZONE ?)::date AS today
           FROM (SELECT *, true AS is_new FROM started
                 UNION ALL
                 SELECT *, false FROM market.bot_sessions WHERE session_id = ? AND NOT EXISTS (SELECT FROM started)) AS s",
    )
    .bind::<SqlUuid, _>(Id::<BotSession>::generate().uuid())
    .bind::<SqlText, _>(session.as_str())
    .bind::<SqlText, _>(zone.name())
    .bind::<SqlText, _>(session.as_str())
    .get_result::<Opened>(tx.pg)
    .optional()?;
    let Opened { session, is_new } = opened.ok_or(Error::Contention)?;
    Ok((session.into(), is_new))
}

/// The session of this name, expired or not.
///
/// # Errors
/// [`Error::NotFound`] when there is none.
pub fn get(conn: &mut Conn<'_>, session: &SessionId, zone: BotZone) -> Result<BotSession> {
    let row = statement(
        "SELECT s.*, now() AS now, (now() AT TIME ZONE ?)::date AS today FROM market.bot_sessions s WHERE session_id = ?",
    )
    .bind::<SqlText, _>(zone.name())
    .bind::<SqlText, _>(session.as_str())
    .get_result::<SessionNow>(conn.pg)
    .optional()?;
    row.map(BotSession::from).ok_or(Error::NotFound("bot session"))
}

/// All sessions, newest first.
pub fn list(conn: &mut Conn<'_>, zone: BotZone, page: PageRequest) -> Result<Page<BotSession>> {
    let rows = statement(
        "SELECT s.*, now() AS now, (now() AT TIME ZONE ?)::date AS today FROM market.bot_sessions s
          WHERE (created_at, id) < (coalesce(?, 'infinity'), ?) ORDER BY created_at DESC, id DESC LIMIT ?",
    )
    .bind::<SqlText, _>(zone.name())
    .bind::<Nullable<Timestamptz>, _>(page.after.map(|after| after.at))
    .bind::<SqlUuid, _>(page.after.map_or(Uuid::max(), |after| after.id))
    .bind::<BigInt, _>(page.limit.rows_and_one())
    .load::<SessionNow>(conn.pg)?;
    let page = Page::of(rows, page.limit, |row| Position { at: row.session.created_at, id: row.session.id });
    Ok(page.map(BotSession::from))
}

/// Notes what the bot has done, in one statement, so that the first activity after midnight begins the new day's count for
/// all that come at once. The session lasts a day from now.
///
/// # Errors
/// [`Error::NotFound`] when there is no such session; [`Error::Unstorable`] when more was sent than the column holds.
pub fn record_activity(
    tx: &mut Tx<'_>,
    session: &SessionId,
    activity: Activity,
    zone: BotZone,
) -> Result<BotSession> {
    let row = statement(
        "WITH given AS (SELECT (now() AT TIME ZONE ?)::date AS today)
         UPDATE market.bot_sessions s
            SET messages_sent_today = ? + CASE WHEN s.counted_on = today THEN s.messages_sent_today ELSE 0 END,
                counted_on = today, active_conversations_count = coalesce(?, s.active_conversations_count),
                last_activity_at = now(), expires_at = now() + INTERVAL '1 day'
           FROM given WHERE s.session_id = ? RETURNING s.*, now() AS now, today",
    )
    .bind::<SqlText, _>(zone.name())
    .bind::<Integer, _>(activity.messages_sent.get())
    .bind::<Nullable<Integer>, _>(activity.active_conversations.map(Count::get))
    .bind::<SqlText, _>(session.as_str())
    .get_result::<SessionNow>(tx.pg)
    .optional()?;
    row.map(BotSession::from).ok_or(Error::NotFound("bot session"))
}

/// Until when a session is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitEnd {
    /// So long from now.
    After(TimeDelta),
    /// Until then.
    At(DateTime<Utc>),
}

/// Notes that the marketplace limits the bot.
///
/// # Errors
/// [`Error::NotFound`] when there is no such session.
pub fn limit(tx: &mut Tx<'_>, session: &SessionId, end: LimitEnd, zone: BotZone) -> Result<BotSession> {
    let end = match end {
        LimitEnd::After(time) => tx.now.checked_add_signed(time).ok_or(Error::Unstorable)?,
        LimitEnd::At(at) => at,
    };
    set_limit(tx, session, Some(end), zone)
}

/// Notes that the marketplace does not limit the bot any more.
///
/// # Errors
/// [`Error::NotFound`] when there is no such session.
pub fn lift_limit(tx: &mut Tx<'_>, session: &SessionId, zone: BotZone) -> Result<BotSession> {
    set_limit(tx, session, None, zone)
}

fn set_limit(
    tx: &mut Tx<'_>,
    session: &SessionId,
    end: Option<DateTime<Utc>>,
    zone: BotZone,
) -> Result<BotSession> {
    let row = statement(
        "WITH given (ending) AS (VALUES (?))
         UPDATE market.bot_sessions s SET is_rate_limited = ending IS NOT NULL, rate_limit_expires_at = ending
           FROM given WHERE s.session_id = ? RETURNING s.*, now() AS now, (now() AT TIME ZONE ?)::date AS today",
    )
    .bind::<Nullable<Timestamptz>, _>(end)
    .bind::<SqlText, _>(session.as_str())
    .bind::<SqlText, _>(zone.name())
    .get_result::<SessionNow>(tx.pg)
    .optional()?;
    row.map(BotSession::from).ok_or(Error::NotFound("bot session"))
}

/// Removes a session.
///
/// # Errors
/// [`Error::NotFound`] when there is none.
pub fn delete(tx: &mut Tx<'_>, session: &SessionId) -> Result<()> {
    let deleted = diesel::delete(bot_sessions::table)
        .filter(bot_sessions::session_id.eq(session.as_str()))
        .execute(tx.pg)?;
    if deleted == 0 { Err(Error::NotFound("bot session")) } else { Ok(()) }
}
