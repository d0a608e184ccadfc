//! What households and the assistant say to each other.
//!
//! Whatever adds, changes or removes a message first changes its conversation, which moves that to the top of the list and
//! raises its version. So the messages of one conversation come one after the other.

use chrono::{DateTime, Utc};
use codec::Column;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{self, Array, Nullable};
use domain::pantry::{Conversation, Details, Message, MessageChanges, MessageRole, NewMessage, User};
use domain::pii::MessageKind;
use domain::text::{SearchWords, words};
use domain::{Id, JsonObject, MessageText, Page, PageRequest, Position, Ratio, Text};
use uuid::Uuid;

use super::SYSTEM;
use crate::database::column_types::{RatioColumn, StoredJson, TextColumn};
use crate::database::sealed::{Sealed, seal, sql_types as sealed_types, word_index};
use crate::database::statement::{BindNext, statement};
use crate::keyset::after;
use crate::schema::pantry::{conversations, messages};
use crate::{Access, Breakdown, Conn, Error, Result, SealedColumn, Table, Tx, Verb, Who};

/// What the shared machinery knows of this table.
pub const TABLE: Table = Table {
    access: Access::Parent("conversation_id", &super::conversations::TABLE),
    end_users_may: &[Verb::Select, Verb::Insert],
    sealed: &[SealedColumn::new("content").searched_by("words")],
    clear: &[("agent_used", "which agent answered"), ("metadata", "whatever agents keep with a message")],
    enums: &["role"],
    breakdowns: &[Breakdown::new("role", "t.role")],
    floats: &["confidence"],
    ..Table::new("pantry", "messages", "message")
};

const CONTENT: Column = TABLE.column("content");

/// Rows of one statement.
const ROWS: usize = 1000;

#[derive(Queryable, Selectable, QueryableByName)]
#[diesel(table_name = messages, check_for_backend(Pg))]
struct MessageRow {
    id: Uuid,
    conversation_id: Uuid,
    role: TextColumn<MessageRole>,
    content: Sealed<MessageKind>,
    agent_used: Option<String>,
    confidence: Option<RatioColumn<0, 1>>,
    metadata: StoredJson<JsonObject>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

#[derive(AsChangeset, Default)]
#[diesel(table_name = messages)]
struct MessageChangesRow {
    content: Option<Sealed<MessageKind>>,
    words: Option<Vec<i64>>,
    agent_used: Option<Option<String>>,
    confidence: Option<Option<f64>>,
    metadata: Option<StoredJson<Details>>,
}

#[derive(QueryableByName)]
struct OwnerRow {
    #[diesel(sql_type = sql_types::Uuid)]
    user_id: Uuid,
}

impl MessageRow {
    fn open(self, conn: &Conn<'_>) -> Result<Message> {
        let Self {
            id,
            conversation_id,
            role,
            content,
            agent_used,
            confidence,
            metadata,
            created_at,
            updated_at,
        } = self;
        Ok(Message {
            id: Id::from_uuid(id),
            conversation_id: Id::from_uuid(conversation_id),
            role: role.0,
            content: content.open(conn, &CONTENT, id)?,
            agent_used: agent_used.map(Text::from_trusted),
            confidence: confidence.map(|confidence| confidence.0),
            metadata: Details::from_trusted(metadata.0),
            created_at,
            updated_at,
        })
    }
}

/// Adds messages to a conversation, in the order given: one statement for a thousand; and one before them that asks whose
/// the conversation is, unless that user acts.
///
/// # Errors
/// [`Error::NotFound`] when there is no such conversation, or it is deleted.
pub fn insert(tx: &mut Tx<'_>, conversation: Id<Conversation>, new: &[NewMessage]) -> Result<Vec<Message>> {
    let owner = owner(tx, conversation)?;
    let mut stored = Vec::with_capacity(new.len());
    for chunk in new.chunks(ROWS) {
        stored.extend(insert_chunk(tx, conversation, owner, chunk)?);
    }
    Ok(stored)
}

/// Whose messages a transaction adds to: words are indexed by user.
fn owner(tx: &mut Tx<'_>, conversation: Id<Conversation>) -> Result<Id<User>> {
    if let Who::EndUser { system, id } = tx.actor.who()
        && *system == SYSTEM.name
    {
        return Ok(Id::from_uuid(*id));
    }
    let user: Option<Uuid> = conversations::table
        .find(conversation.uuid())
        .select(conversations::user_id)
        .first(tx.pg)
        .optional()?;
    user.map(Id::from_uuid).ok_or(Error::NotFound("conversation"))
}

fn insert_chunk(
    tx: &mut Tx<'_>,
    conversation: Id<Conversation>,
    owner: Id<User>,
    new: &[NewMessage],
) -> Result<Vec<Message>> {
    let ids: Vec<Id<Message>> = new.iter().map(|_| Id::generate()).collect();
    let (mut contents, mut indexes) = (vec![], vec![]);
    for (message, id) in new.iter().zip(&ids) {
        contents.push(seal(tx, &CONTENT, id.uuid(), &message.content)?);
        indexes.push(array_text(&index_of_text(tx, owner, &message.content)?));
    }
    // Arrays of arrays have rows of one length, so each index comes as a text.
    let stored = statement(
        "WITH conversation AS (
             UPDATE pantry.conversations SET updated_at = now()
              WHERE id = ? AND user_id = ? AND deleted_at IS NULL RETURNING id)
         INSERT INTO pantry.messages (id, conversation_id, role, content, words, agent_used, confidence, metadata)
         SELECT n.id, c.id, n.role, n.content, n.words::bigint[], n.agent_used, n.confidence, n.metadata
           FROM conversation c, unnest(?, ?, ?, ?, ?, ?, ?)
                AS n (id, role, content, words, agent_used, confidence, metadata)",
    )
    .bind::<sql_types::Uuid, _>(conversation.uuid())
    .bind::<sql_types::Uuid, _>(owner.uuid())
    .bind::<Array<sql_types::Uuid>, _>(ids.iter().map(|id| id.uuid()).collect::<Vec<_>>())
    .bind::<Array<sql_types::Text>, _>(each(new, |message| message.role.as_str()))
    .bind::<Array<sealed_types::Sealed>, _>(contents)
    .bind::<Array<sql_types::Text>, _>(indexes)
    .bind::<Array<Nullable<sql_types::Text>>, _>(each(new, |message| {
        message.agent_used.as_ref().map(Text::as_str)
    }))
    .bind::<Array<Nullable<sql_types::Double>>, _>(each(new, |message| message.confidence.map(Ratio::get)))
    .bind::<Array<sql_types::Jsonb>, _>(each(new, |message| StoredJson(&message.metadata)))
    .execute(tx.pg)?;
    if stored == 0 && !new.is_empty() {
        return Err(Error::NotFound("conversation"));
    }
    Ok(new.iter().cloned().zip(ids).map(|(new, id)| made(tx, conversation, id, new)).collect())
}

/// A message that was stored just now.
fn made(tx: &Tx<'_>, conversation_id: Id<Conversation>, id: Id<Message>, new: NewMessage) -> Message {
    let NewMessage { role, content, agent_used, confidence, metadata } = new;
    let (created_at, updated_at) = (tx.now, tx.now);
    Message { id, conversation_id, role, content, agent_used, confidence, metadata, created_at, updated_at }
}

fn each<'a, T>(new: &'a [NewMessage], value: impl Fn(&'a NewMessage) -> T) -> Vec<T> {
    new.iter().map(value).collect()
}

/// The index of all words of a text, in the order of the numbers, which tells nothing of the order of the words.
fn index_of_text(conn: &Conn<'_>, owner: Id<User>, text: &MessageText) -> Result<Vec<i64>> {
    index_of_words(conn, owner, words(text.expose()).iter().map(String::as_str))
}

fn index_of_words<'a>(
    conn: &Conn<'_>,
    owner: Id<User>,
    words: impl Iterator<Item = &'a str>,
) -> Result<Vec<i64>> {
    let mut index =
        words.map(|word| word_index(conn, &CONTENT, owner.uuid(), word)).collect::<Result<Vec<_>>>()?;
    index.sort_unstable();
    Ok(index)
}

fn array_text(numbers: &[i64]) -> String {
    let numbers: Vec<String> = numbers.iter().map(i64::to_string).collect();
    format!("{{{}}}", numbers.join(","))
}

/// The message with this id.
///
/// # Errors
/// [`Error::NotFound`] when there is none, or its conversation is deleted.
pub fn get(conn: &mut Conn<'_>, id: Id<Message>) -> Result<Message> {
    let row = messages::table
        .inner_join(conversations::table)
        .filter(messages::id.eq(id.uuid()))
        .filter(conversations::deleted_at.is_null())
        .select(MessageRow::as_select())
        .first(conn.pg)
        .optional()?;
    row.ok_or(Error::NotFound("message"))?.open(conn)
}

/// The newest messages of a conversation before a position, the oldest of them first; `next` leads to those before.
pub fn history(
    conn: &mut Conn<'_>,
    conversation: Id<Conversation>,
    page: PageRequest,
) -> Result<Page<Message>> {
    let mut query = messages::table
        .inner_join(conversations::table)
        .filter(messages::conversation_id.eq(conversation.uuid()))
        .filter(conversations::deleted_at.is_null())
        .order((messages::created_at.desc(), messages::id.desc()))
        .limit(page.limit.rows_and_one())
        .select(MessageRow::as_select())
        .into_boxed();
    if let Some(last) = page.after {
        query = query.filter(after(messages::created_at, messages::id, last));
    }
    let rows = query.load(conn.pg)?;
    let mut page = Page::of(rows, page.limit, position).try_map(|row| row.open(conn))?;
    page.items.reverse();
    Ok(page)
}

fn position(row: &MessageRow) -> Position {
    Position { at: row.created_at, id: row.id }
}

/// The newest messages of a conversation, at most `most`, the oldest of them first; and whether there are more.
pub fn newest(
    conn: &mut Conn<'_>,
    conversation: Id<Conversation>,
    most: usize,
) -> Result<(Vec<Message>, bool)> {
    let limit = i64::try_from(most).unwrap_or(i64::MAX).saturating_add(1);
    let mut rows: Vec<MessageRow> = messages::table
        .filter(messages::conversation_id.eq(conversation.uuid()))
        .order((messages::created_at.desc(), messages::id.desc()))
        .limit(limit)
        .select(MessageRow::as_select())
        .load(conn.pg)?;
    let more = rows.len() > most;
    rows.truncate(most);
    let newest = rows.into_iter().rev().map(|row| row.open(conn)).collect::<Result<_>>()?;
    Ok((newest, more))
}

/// The messages of a user's living conversations, or of one of them, that hold all the words, newest first. What the index
/// finds is opened and compared, so a page may have fewer messages than its limit though others follow.
pub fn search(
    conn: &mut Conn<'_>,
    user: Id<User>,
    conversation: Option<Id<Conversation>>,
    words: &SearchWords,
    page: PageRequest,
) -> Result<Page<Message>> {
    let mut query = messages::table
        .inner_join(conversations::table)
        .filter(conversations::user_id.eq(user.uuid()))
        .filter(conversations::deleted_at.is_null())
        .filter(messages::words.contains(index_of_words(conn, user, words.iter())?))
        .order((messages::created_at.desc(), messages::id.desc()))
        .limit(page.limit.rows_and_one())
        .select(MessageRow::as_select())
        .into_boxed();
    if let Some(conversation) = conversation {
        query = query.filter(messages::conversation_id.eq(conversation.uuid()));
    }
    if let Some(last) = page.after {
        query = query.filter(after(messages::created_at, messages::id, last));
    }
    let rows = query.load(conn.pg)?;
    let mut found = Page::of(rows, page.limit, position).try_map(|row| row.open(conn))?;
    found.items.retain(|message| words.are_in(message.content.expose()));
    Ok(found)
}

/// Changes the given fields.
///
/// # Errors
/// [`Error::NotFound`] when there is no such message, or its conversation is deleted.
pub fn update(tx: &mut Tx<'_>, id: Id<Message>, changes: MessageChanges) -> Result<Message> {
    if changes.is_empty() {
        return get(tx, id);
    }
    let owner = touch_conversation(tx, id)?;
    let MessageChanges { content, agent_used, confidence, metadata } = changes;
    let mut row = MessageChangesRow {
        agent_used: agent_used.map(|agent| agent.map(Text::into_string)),
        confidence: confidence.map(|confidence| confidence.map(Ratio::get)),
        metadata: metadata.map(StoredJson),
        ..MessageChangesRow::default()
    };
    if let Some(content) = &content {
        row.content = Some(seal(tx, &CONTENT, id.uuid(), content)?);
        row.words = Some(index_of_text(tx, owner, content)?);
    }
    let changed = diesel::update(messages::table.find(id.uuid()))
        .set(row)
        .returning(MessageRow::as_returning())
        .get_result(tx.pg)
        .optional()?;
    changed.ok_or(Error::NotFound("message"))?.open(tx)
}

/// Removes a message for good.
///
/// # Errors
/// [`Error::NotFound`] when there is no such message, or its conversation is deleted.
pub fn delete(tx: &mut Tx<'_>, id: Id<Message>) -> Result<()> {
    touch_conversation(tx, id)?;
    let removed = diesel::delete(messages::table.find(id.uuid())).execute(tx.pg)?;
    if removed == 0 { Err(Error::NotFound("message")) } else { Ok(()) }
}

/// Raises the version of a message's conversation; answers whose it is.
fn touch_conversation(tx: &mut Tx<'_>, message: Id<Message>) -> Result<Id<User>> {
    let owner = statement(
        "UPDATE pantry.conversations c SET updated_at = now() FROM pantry.messages m
          WHERE m.id = ? AND c.id = m.conversation_id AND c.deleted_at IS NULL RETURNING c.user_id",
    )
    .bind::<sql_types::Uuid, _>(message.uuid())
    .get_result::<OwnerRow>(tx.pg)
    .optional()?;
    owner.map(|row| Id::from_uuid(row.user_id)).ok_or(Error::NotFound("message"))
}
