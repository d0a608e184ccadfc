//! Conversations about a report.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{self, Jsonb, Timestamptz};
use domain::export::{ChatSession, NewChatSession, Report};
use domain::{Id, JsonObject, Page, PageRequest, Position};
use uuid::Uuid;

use super::reports::owner_of_living;
use crate::database::column_types::StoredJson;
use crate::database::statement::{BindNext, statement};
use crate::keyset::after;
use crate::schema::export::{chat_sessions, reports};
use crate::{Access, Audit, Breakdown, Conn, Error, Keep, Result, Rule, Table, Tx, Verb};

/// What the shared machinery knows of this table.
pub const TABLE: Table = Table {
    access: Access::Owner("user_id"),
    end_users_may: &Verb::ALL,
    clear: &[("context_data", "product, destination, and whatever else the agent is to know")],
    breakdowns: &[Breakdown::new("state", "CASE WHEN t.expires_at <= now() THEN 'expired' ELSE 'open' END")],
    audit: Audit::Changes { ignored: &["last_activity"] },
    retention: &[Rule {
        name: "chat-sessions",
        about: "conversations about a report that have expired, with their messages",
        condition: "t.expires_at < $1",
        keep: Keep::Days(0),
    }],
    ..Table::new("export", "chat_sessions", "chat session")
};

#[derive(Queryable, Selectable, QueryableByName)]
#[diesel(table_name = chat_sessions, check_for_backend(Pg))]
struct SessionRow {
    id: Uuid,
    user_id: Uuid,
    report_id: Uuid,
    context_data: Option<StoredJson<JsonObject>>,
    last_activity: DateTime<Utc>,
    expires_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<SessionRow> for ChatSession {
    fn from(row: SessionRow) -> Self {
        let SessionRow {
            id,
            user_id,
            report_id,
            context_data,
            last_activity,
            expires_at,
            created_at,
            updated_at,
        } = row;
        Self {
            id: Id::from_uuid(id),
            user_id: Id::from_uuid(user_id),
            report_id: Id::from_uuid(report_id),
            context_data: context_data.map(|context| context.0).unwrap_or_default(),
            last_activity,
            expires_at,
            created_at,
            updated_at,
        }
    }
}

/// Begins a conversation that expires after `lifetime`, in one statement. What its context lacks is taken from the report.
///
/// # Errors
/// [`Error::NotFound`] when there is no such report, or it is deleted.
pub fn insert(tx: &mut Tx<'_>, new: NewChatSession, lifetime: TimeDelta) -> Result<ChatSession> {
    let expires_at = tx.now.checked_add_signed(lifetime).unwrap_or(DateTime::<Utc>::MAX_UTC);
    // The report's row is locked against deletion, so that nothing living is left behind a deleted one.
    let row = statement(
        "INSERT INTO export.chat_sessions (id, user_id, report_id, context_data, expires_at)
         SELECT ?, user_id, id,
                jsonb_strip_nulls(jsonb_build_object('product_name', product_name, 'hs_code', hs_code,
                    'destination_country', destination_country, 'business_type', business_type)) || ?,
                ?
           FROM export.reports WHERE id = ? AND deleted_at IS NULL FOR SHARE
         RETURNING id, user_id, report_id, context_data, last_activity, expires_at, created_at, updated_at",
    )
    .bind::<sql_types::Uuid, _>(Id::<ChatSession>::generate().uuid())
    .bind::<Jsonb, _>(StoredJson(new.context.object()))
    .bind::<Timestamptz, _>(expires_at)
    .bind::<sql_types::Uuid, _>(new.report_id.uuid())
    .get_result::<SessionRow>(tx.pg)
    .optional()?;
    row.map(ChatSession::from).ok_or(Error::NotFound("report"))
}

/// The conversation with this id.
///
/// # Errors
/// [`Error::NotFound`] when there is none, it has expired, or its report is deleted.
pub fn get(conn: &mut Conn<'_>, id: Id<ChatSession>) -> Result<ChatSession> {
    let row: Option<SessionRow> = living()
        .filter(chat_sessions::id.eq(id.uuid()))
        .select(SessionRow::as_select())
        .first(conn.pg)
        .optional()?;
    row.map(ChatSession::from).ok_or(Error::NotFound("chat session"))
}

/// The conversations about a report that have not expired, newest first. None where the report is deleted.
pub fn list_for_report(
    conn: &mut Conn<'_>,
    report: Id<Report>,
    page: PageRequest,
) -> Result<Page<ChatSession>> {
    let mut query = chat_sessions::table
        .filter(chat_sessions::report_id.eq(report.uuid()))
        .filter(chat_sessions::user_id.nullable().eq(owner_of_living(report.uuid())))
        .filter(chat_sessions::expires_at.is_null().or(chat_sessions::expires_at.gt(diesel::dsl::now)))
        .order((chat_sessions::created_at.desc(), chat_sessions::id.desc()))
        .limit(page.limit.rows_and_one())
        .select(SessionRow::as_select())
        .into_boxed();
    if let Some(last) = page.after {
        query = query.filter(after(chat_sessions::created_at, chat_sessions::id, last));
    }
    let rows = query.load(conn.pg)?;
    Ok(Page::of(rows, page.limit, |row| Position { at: row.created_at, id: row.id }).map(ChatSession::from))
}

/// Deletes a conversation for good, with its messages.
///
/// # Errors
/// [`Error::NotFound`] when there is none, it has expired, or its report is deleted.
pub fn delete(tx: &mut Tx<'_>, id: Id<ChatSession>) -> Result<()> {
    let deleted = statement(
        "WITH report AS (SELECT r.id FROM export.reports r JOIN export.chat_sessions s ON s.report_id = r.id
                          WHERE s.id = ? AND r.deleted_at IS NULL FOR SHARE OF r)
         DELETE FROM export.chat_sessions s USING report
          WHERE s.id = ? AND s.report_id = report.id AND (s.expires_at IS NULL OR s.expires_at > now())",
    )
    .bind::<sql_types::Uuid, _>(id.uuid())
    .bind::<sql_types::Uuid, _>(id.uuid())
    .execute(tx.pg)?;
    if deleted == 0 { Err(Error::NotFound("chat session")) } else { Ok(()) }
}

/// Holds a conversation until the end of the transaction, and keeps its report from being deleted.
///
/// # Errors
/// [`Error::NotFound`] when there is none, it has expired, or its report is deleted.
pub fn lock(tx: &mut Tx<'_>, id: Id<ChatSession>) -> Result<()> {
    let held = statement(
        "SELECT FROM export.reports r JOIN export.chat_sessions s ON s.report_id = r.id
          WHERE s.id = ? AND (s.expires_at IS NULL OR s.expires_at > now()) AND r.deleted_at IS NULL
            FOR SHARE OF r FOR UPDATE OF s",
    )
    .bind::<sql_types::Uuid, _>(id.uuid())
    .execute(tx.pg)?;
    if held == 0 { Err(Error::NotFound("chat session")) } else { Ok(()) }
}

/// Conversations that have not expired, about reports that are not deleted.
#[diesel::dsl::auto_type]
pub(super) fn living() -> _ {
    chat_sessions::table
        .inner_join(reports::table.on(reports::id.eq(chat_sessions::report_id)))
        .filter(chat_sessions::expires_at.is_null().or(chat_sessions::expires_at.gt(diesel::dsl::now)))
        .filter(reports::deleted_at.is_null())
}
