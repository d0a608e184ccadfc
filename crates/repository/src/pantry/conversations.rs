//! Conversations of households with the assistant.

use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{self, Bool, Nullable};
use domain::pantry::{Conversation, ConversationChanges, Details, NewConversation, User};
use domain::{Id, JsonObject, Offset, Page, PageRequest, Position, Text};
use uuid::Uuid;

use crate::database::column_types::StoredJson;
use crate::database::statement::{BindNext, statement};
use crate::keyset::after;
use crate::root::{Root, check_version, ensure_not_taken};
use crate::schema::pantry::conversations;
use crate::{Access, Breakdown, Conn, Deletion, Error, Keep, Result, Rule, Table, Tx, Verb};

/// What the shared machinery knows of this table.
pub const TABLE: Table = Table {
    access: Access::Owner("user_id"),
    end_users_may: &[Verb::Select, Verb::Insert, Verb::Update],
    clear: &[
        ("session_id", "what agents call their conversations"),
        ("title", "what a conversation is about"),
        ("metadata", "whatever agents keep with a conversation"),
    ],
    retention: &[Rule {
        name: "deleted-conversations",
        about: "deleted conversations, with their messages",
        condition: "t.deleted_at < $1",
        keep: Keep::DELETED,
    }],
    breakdowns: &[Breakdown::new("state", "'living'")],
    ..Table::root("pantry", "conversations", "conversation")
};

static ROOT: LazyLock<Root> = LazyLock::new(|| Root::of(&TABLE));

const SESSION_UNIQUE: &str = "conversations_session_unique";

#[derive(HasQuery)]
#[diesel(table_name = conversations, check_for_backend(Pg),
         base_query = conversations::table.filter(conversations::deleted_at.is_null()))]
struct ConversationRow {
    id: Uuid,
    user_id: Uuid,
    session_id: String,
    title: Option<String>,
    metadata: StoredJson<JsonObject>,
    row_version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

#[derive(AsChangeset)]
#[diesel(table_name = conversations)]
struct ConversationChangesRow {
    title: Option<Option<String>>,
    metadata: Option<StoredJson<Details>>,
}

impl From<ConversationRow> for Conversation {
    fn from(row: ConversationRow) -> Self {
        let ConversationRow { id, user_id, session_id, title, metadata, row_version, created_at, updated_at } =
            row;
        Self {
            id: Id::from_uuid(id),
            user_id: Id::from_uuid(user_id),
            session_id: Text::from_trusted(session_id),
            title: title.map(Text::from_trusted),
            metadata: Details::from_trusted(metadata.0),
            row_version,
            created_at,
            updated_at,
        }
    }
}

/// Stores a new conversation, in one statement. Without a session id it gets its own id for one.
///
/// # Errors
/// [`Error::Conflict`] on `conversations_session_unique`, with the user's conversation that has the session id;
/// [`Error::NotFound`] when there is no such user.
pub fn insert(tx: &mut Tx<'_>, new: NewConversation) -> Result<Conversation> {
    let id = Id::generate();
    let NewConversation { user_id, session_id, title, metadata } = new;
    let session_id = session_id.unwrap_or_else(|| Text::from_trusted(id.to_string()));
    // The user's row is locked against deletion, so that no living conversation is left behind one.
    let stored = statement(
        "INSERT INTO pantry.conversations (id, user_id, session_id, title, metadata)
         SELECT ?, id, ?, ?, ? FROM pantry.users WHERE id = ? AND deleted_at IS NULL FOR SHARE
         ON CONFLICT (user_id, session_id) WHERE deleted_at IS NULL DO NOTHING",
    )
    .bind::<sql_types::Uuid, _>(id.uuid())
    .bind::<sql_types::Text, _>(session_id.as_str())
    .bind::<Nullable<sql_types::Text>, _>(title.as_ref().map(Text::as_str))
    .bind::<sql_types::Jsonb, _>(StoredJson(&metadata))
    .bind::<sql_types::Uuid, _>(user_id.uuid())
    .execute(tx.pg)?;
    if stored == 0 {
        return Err(match find_by_session(tx, user_id, &session_id)? {
            Some(existing) => session_is_taken(existing.id.uuid()),
            None => Error::NotFound("user"),
        });
    }
    let (created_at, updated_at) = (tx.now, tx.now);
    Ok(Conversation { id, user_id, session_id, title, metadata, row_version: 1, created_at, updated_at })
}

/// The conversation with this id.
///
/// # Errors
/// [`Error::NotFound`] when there is none, or it is deleted.
pub fn get(conn: &mut Conn<'_>, id: Id<Conversation>) -> Result<Conversation> {
    let row = ConversationRow::query().filter(conversations::id.eq(id.uuid())).first(conn.pg).optional()?;
    row.map(Conversation::from).ok_or(Error::NotFound("conversation"))
}

/// The conversation of a user that the agent calls so.
pub fn find_by_session(
    conn: &mut Conn<'_>,
    user: Id<User>,
    session_id: &Text<100>,
) -> Result<Option<Conversation>> {
    let row = ConversationRow::query()
        .filter(conversations::user_id.eq(user.uuid()))
        .filter(conversations::session_id.eq(session_id.as_str()))
        .first(conn.pg)
        .optional()?;
    Ok(row.map(Conversation::from))
}

/// A user's conversations, those with the latest message or change first. One that moves to the top while pages are read is
/// not shown again.
pub fn list_for_user(conn: &mut Conn<'_>, user: Id<User>, page: PageRequest) -> Result<Page<Conversation>> {
    let mut query = ConversationRow::query()
        .filter(conversations::user_id.eq(user.uuid()))
        .order((conversations::updated_at.desc(), conversations::id.desc()))
        .limit(page.limit.rows_and_one())
        .into_boxed();
    if let Some(last) = page.after {
        query = query.filter(after(conversations::updated_at, conversations::id, last));
    }
    let rows = query.load(conn.pg)?;
    Ok(Page::of(rows, page.limit, |row| Position { at: row.updated_at, id: row.id }).map(Conversation::from))
}

/// The same list from so many rows on.
pub fn list_for_user_from(conn: &mut Conn<'_>, user: Id<User>, page: Offset) -> Result<Vec<Conversation>> {
    let rows = ConversationRow::query()
        .filter(conversations::user_id.eq(user.uuid()))
        .order((conversations::updated_at.desc(), conversations::id.desc()))
        .offset(page.offset)
        .limit(page.limit.rows())
        .load(conn.pg)?;
    Ok(rows.into_iter().map(Conversation::from).collect())
}

/// So many conversations of all users, oldest first.
pub fn list_from(conn: &mut Conn<'_>, page: Offset) -> Result<Vec<Conversation>> {
    let rows = ConversationRow::query()
        .order(conversations::id)
        .offset(page.offset)
        .limit(page.limit.rows())
        .load(conn.pg)?;
    Ok(rows.into_iter().map(Conversation::from).collect())
}

/// How many there are of all users: for a health check, which runs without a [`Conn`].
pub(crate) fn count(pg: &mut PgConnection) -> Result<i64> {
    Ok(conversations::table.filter(conversations::deleted_at.is_null()).count().get_result(pg)?)
}

/// Changes the given fields. With `version`, only if the row still has it.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::StaleVersion`].
pub fn update(
    tx: &mut Tx<'_>,
    id: Id<Conversation>,
    version: Option<i64>,
    changes: ConversationChanges,
) -> Result<Conversation> {
    if changes.is_empty() {
        let conversation = get(tx, id)?;
        check_version(version, conversation.row_version)?;
        return Ok(conversation);
    }
    let ConversationChanges { title, metadata } = changes;
    let row = ConversationChangesRow {
        title: title.map(|title| title.map(Text::into_string)),
        metadata: metadata.map(StoredJson),
    };
    let changed = diesel::update(conversations::table)
        .filter(conversations::id.eq(id.uuid()))
        .filter(conversations::deleted_at.is_null())
        .filter(
            version
                .is_none()
                .into_sql::<Bool>()
                .or(conversations::row_version.eq(version.unwrap_or_default())),
        )
        .set(row)
        .returning(ConversationRow::as_returning())
        .get_result(tx.pg)
        .optional()?;
    changed.map(Conversation::from).ok_or_else(|| ROOT.stale_or_missing(tx, id.uuid()))
}

/// Deletes a conversation with its messages; [`restore`] brings it back until it is purged.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::StaleVersion`] when `version` is given and is not the row's.
pub fn soft_delete(tx: &mut Tx<'_>, id: Id<Conversation>, version: Option<i64>) -> Result<Deletion> {
    ROOT.soft_delete(tx, id.uuid(), version)
}

/// Brings back a deleted conversation. One that is not deleted stays as it is.
///
/// # Errors
/// [`Error::NotFound`], also when its user is deleted; [`Error::RestoreConflict`] when another conversation of the user has
/// the session id by now.
pub fn restore(tx: &mut Tx<'_>, id: Id<Conversation>) -> Result<Conversation> {
    let deleted: Option<(Uuid, String)> = conversations::table
        .filter(conversations::id.eq(id.uuid()))
        .filter(conversations::deleted_at.is_not_null())
        .select((conversations::user_id, conversations::session_id))
        .first(tx.pg)
        .optional()?;
    if let Some((user, session_id)) = deleted {
        let taken_by = find_by_session(tx, Id::from_uuid(user), &Text::from_trusted(session_id))?;
        ensure_not_taken(SESSION_UNIQUE, taken_by.map(|conversation| conversation.id.uuid()))?;
    }
    ROOT.restore_of_owner(tx, id.uuid())?;
    get(tx, id)
}

fn session_is_taken(existing: Uuid) -> Error {
    Error::Conflict { constraint: SESSION_UNIQUE.to_owned(), existing: Some(existing) }
}
