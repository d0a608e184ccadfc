//! What is said in a conversation about a report.

use chrono::{DateTime, Utc};
use codec::Column;
use diesel::dsl::exists;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{self, Array, Jsonb, Nullable, Timestamptz};
use domain::export::{ChatMessage, ChatRole, ChatSession, Exchange, Sources};
use domain::pii::MessageKind;
use domain::{Id, Page, PageRequest, Position};
use uuid::Uuid;

use super::chat_sessions;
use crate::database::column_types::{StoredJson, TextColumn};
use crate::database::sealed::{Sealed, seal, sql_types as sealed_types};
use crate::database::statement::{BindNext, statement};
use crate::keyset::after;
use crate::schema::export::{chat_messages, chat_sessions as sessions};
use crate::{Access, Conn, Error, Result, SealedColumn, Table, Tx, Verb};

/// What the shared machinery knows of this table.
pub const TABLE: Table = Table {
    access: Access::Parent("session_id", &chat_sessions::TABLE),
    end_users_may: &[Verb::Select, Verb::Delete],
    sealed: &[SealedColumn::new("content")],
    clear: &[("sources", "what an answer is founded on")],
    enums: &["role"],
    ..Table::new("export", "chat_messages", "chat message")
};

const CONTENT: Column = TABLE.column("content");

#[derive(Queryable, Selectable)]
#[diesel(table_name = chat_messages, check_for_backend(Pg))]
struct MessageRow {
    id: Uuid,
    session_id: Uuid,
    role: TextColumn<ChatRole>,
    content: Sealed<MessageKind>,
    sources: Option<StoredJson<Sources>>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

#[derive(QueryableByName)]
struct TimesRow {
    #[diesel(sql_type = Timestamptz)]
    created_at: DateTime<Utc>,
    #[diesel(sql_type = Timestamptz)]
    updated_at: DateTime<Utc>,
}

impl MessageRow {
    fn open(self, conn: &Conn<'_>) -> Result<ChatMessage> {
        let Self { id, session_id, role, content, sources, created_at, updated_at } = self;
        Ok(ChatMessage {
            id: Id::from_uuid(id),
            session_id: Id::from_uuid(session_id),
            role: role.0,
            content: content.open(conn, &CONTENT, id)?,
            sources: sources.map(|sources| sources.0),
            created_at,
            updated_at,
        })
    }
}

/// Stores a question and its answer, in one statement that holds the conversation. They come after everything that is
/// stored: their time is the database's once the conversation is held, and later than that of any message there.
///
/// # Errors
/// [`Error::NotFound`] when there is no such conversation, it has expired, or its report is deleted.
pub fn insert(tx: &mut Tx<'_>, session: Id<ChatSession>, exchange: Exchange) -> Result<[ChatMessage; 2]> {
    let Exchange { question, answer, sources } = exchange;
    let ids = [Id::<ChatMessage>::generate(), Id::generate()];
    let [question_id, answer_id] = ids;
    let mut sealed = vec![seal(tx, &CONTENT, question_id.uuid(), &question)?];
    sealed.push(seal(tx, &CONTENT, answer_id.uuid(), &answer)?);
    let times = statement(
        "WITH report AS (SELECT r.id FROM export.reports r JOIN export.chat_sessions s ON s.report_id = r.id
                          WHERE s.id = ? AND r.deleted_at IS NULL FOR SHARE OF r),
              session AS (UPDATE export.chat_sessions s
                             SET last_activity = greatest(clock_timestamp(), s.last_activity + interval '1 microsecond')
                            FROM report
                           WHERE s.id = ? AND s.report_id = report.id
                             AND (s.expires_at IS NULL OR s.expires_at > clock_timestamp())
                       RETURNING s.id, s.last_activity)
         INSERT INTO export.chat_messages (id, session_id, role, content, sources, created_at)
         SELECT m.id, session.id, m.role, m.content, m.sources, session.last_activity
           FROM session, unnest(?, ?, ?, ?) AS m (id, role, content, sources)
         RETURNING created_at, updated_at",
    )
    .bind::<sql_types::Uuid, _>(session.uuid())
    .bind::<sql_types::Uuid, _>(session.uuid())
    .bind::<Array<sql_types::Uuid>, _>(ids.map(Id::uuid).to_vec())
    .bind::<Array<sql_types::Text>, _>(vec![ChatRole::User.as_str(), ChatRole::Assistant.as_str()])
    .bind::<Array<sealed_types::Sealed>, _>(sealed)
    .bind::<Array<Nullable<Jsonb>>, _>(vec![None, sources.as_ref().map(StoredJson)])
    .get_result::<TimesRow>(tx.pg)
    .optional()?;
    let TimesRow { created_at, updated_at } = times.ok_or(Error::NotFound("chat session"))?;
    let message = |id, role, content, sources| ChatMessage {
        id,
        session_id: session,
        role,
        content,
        sources,
        created_at,
        updated_at,
    };
    Ok([
        message(question_id, ChatRole::User, question, None),
        message(answer_id, ChatRole::Assistant, answer, sources),
    ])
}

/// A page of a conversation: the newest messages, or those before a position, oldest first. None where the conversation has
/// expired.
pub fn list_for_session(
    conn: &mut Conn<'_>,
    session: Id<ChatSession>,
    page: PageRequest,
) -> Result<Page<ChatMessage>> {
    let mut query = chat_messages::table
        .filter(chat_messages::session_id.eq(session.uuid()))
        .filter(exists(chat_sessions::living().filter(sessions::id.eq(session.uuid()))))
        .order((chat_messages::created_at.desc(), chat_messages::id.desc()))
        .limit(page.limit.rows_and_one())
        .select(MessageRow::as_select())
        .into_boxed();
    if let Some(last) = page.after {
        query = query.filter(after(chat_messages::created_at, chat_messages::id, last));
    }
    let rows: Vec<MessageRow> = query.load(conn.pg)?;
    let mut page = Page::of(rows, page.limit, |row| Position { at: row.created_at, id: row.id })
        .try_map(|row| row.open(conn))?;
    page.items.reverse();
    Ok(page)
}

/// Deletes every message of a conversation for good; the conversation stays.
///
/// # Errors
/// [`Error::NotFound`] when there is no such conversation, it has expired, or its report is deleted.
pub fn clear(tx: &mut Tx<'_>, session: Id<ChatSession>) -> Result<()> {
    chat_sessions::lock(tx, session)?;
    diesel::delete(chat_messages::table.filter(chat_messages::session_id.eq(session.uuid())))
        .execute(tx.pg)?;
    Ok(())
}
