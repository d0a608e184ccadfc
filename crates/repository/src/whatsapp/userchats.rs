//! Chats, and the messages in them.

use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{self, BigInt, Bool, Integer, Jsonb, Nullable, Text, Timestamptz};
use domain::whatsapp::{Chat, ChatId, Message, NewMessage, Role, User};
use domain::{Id, Page, PageRequest, PhoneNumber, Position};
use uuid::Uuid;

use super::messages::{self, StoredMessage};
use super::users as people;
use crate::database::column_types::{StoredJson, TextColumn};
use crate::database::statement::{BindNext, statement};
use crate::keyset::after;
use crate::schema::whatsapp::{userchats, users};
use crate::{Access, Audit, Conn, Error, Keep, Result, Rule, SealedColumn, Table, Tx, Verb};

/// What the shared machinery knows of this table.
pub const TABLE: Table = Table {
    key: "chat_id",
    access: Access::Owner("customer_id"),
    end_users_may: &[Verb::Select, Verb::Update],
    sealed: &[SealedColumn::elements("messages", &["content", "location"], "customer_id")],
    clear: &[
        ("chat_id", "nothing: random"),
        (
            "messages",
            "when who wrote, the types of media, and Twilio's names of messages; content and places are sealed",
        ),
        ("continues_chat_id", "which chats are one conversation"),
        ("import_digest", "nothing: a keyed digest"),
    ],
    audit: Audit::Changes { ignored: &["messages"] },
    retention: &[Rule {
        name: "whatsapp-inactive-chats",
        about: "closed chats by the time of their last change",
        condition: "NOT t.is_active AND t.updated_at < $1",
        keep: Keep::UntilAsked,
    }],
    ..Table::new("whatsapp", "userchats", "chat")
};

#[derive(HasQuery, QueryableByName)]
#[diesel(table_name = userchats, check_for_backend(Pg),
         base_query = userchats::table.inner_join(users::table).filter(users::deleted_at.is_null()))]
pub(super) struct ChatRow {
    chat_id: TextColumn<ChatId>,
    pub(super) customer_id: Uuid,
    is_active: bool,
    message_count: i32,
    continues_chat_id: Option<TextColumn<ChatId>>,
    waiting_since: Option<DateTime<Utc>>,
    last_inbound_at: Option<DateTime<Utc>>,
    claimed_until: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<ChatRow> for Chat {
    fn from(row: ChatRow) -> Self {
        let ChatRow {
            chat_id,
            customer_id,
            is_active,
            message_count,
            continues_chat_id,
            waiting_since,
            last_inbound_at,
            claimed_until,
            created_at,
            updated_at,
        } = row;
        Self {
            chat_id: chat_id.0,
            customer_id: Id::from_uuid(customer_id),
            is_active,
            message_count,
            continues_chat_id: continues_chat_id.map(|id| id.0),
            waiting_since,
            last_inbound_at,
            claimed_until,
            created_at,
            updated_at,
        }
    }
}

/// A message that was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The chat as it is now.
    pub chat: Chat,
    /// The message with its time.
    pub message: Message,
}

#[derive(QueryableByName)]
struct KeptRow {
    #[diesel(embed)]
    chat: ChatRow,
    #[diesel(sql_type = Text)]
    kept_at: String,
}

impl KeptRow {
    fn into_kept(self, new: &NewMessage) -> Result<Kept> {
        let message = Message::kept(new.clone(), messages::time(&self.kept_at)?);
        Ok(Kept { chat: self.chat.into(), message })
    }
}

/// Adds a message to the active chat of a user, in one statement that reads no message; `None` where there is no such chat,
/// or it holds `most` messages. A message of the user waits for an answer from then on, and an answer ends that and the
/// claim. The user's row must be locked.
///
/// The time is the database's, and later than that of the message before.
pub fn append(tx: &mut Tx<'_>, user: Id<User>, most: u32, new: &NewMessage) -> Result<Option<Kept>> {
    let row = statement(
        "UPDATE whatsapp.userchats AS c
            SET messages = c.messages || jsonb_build_array(?::jsonb || jsonb_build_object('timestamp', to_char(
                    new.kept_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"+00:00\"'))),
                waiting_since = CASE WHEN ? THEN coalesce(c.waiting_since, new.kept_at) END,
                last_inbound_at = CASE WHEN ? THEN new.kept_at ELSE c.last_inbound_at END,
                claim_id = CASE WHEN ? THEN c.claim_id END,
                claimed_until = CASE WHEN ? THEN c.claimed_until END
           FROM (SELECT chat_id, greatest(clock_timestamp(), (messages -> -1 ->> 'timestamp')::timestamptz
                                                             + interval '1 microsecond') AS kept_at
                   FROM whatsapp.userchats WHERE customer_id = ? AND is_active) AS new
          WHERE c.chat_id = new.chat_id AND c.is_active AND c.message_count < ?
         RETURNING c.chat_id, c.customer_id, c.is_active, c.message_count, c.continues_chat_id, c.waiting_since,
                   c.last_inbound_at, c.claimed_until, c.created_at, c.updated_at,
                   c.messages -> -1 ->> 'timestamp' AS kept_at",
    )
    .bind::<Jsonb, _>(StoredJson(messages::seal(tx, user.uuid(), new)?))
    .bind::<Bool, _>(is_of_user(new))
    .bind::<Bool, _>(is_of_user(new))
    .bind::<Bool, _>(is_of_user(new))
    .bind::<Bool, _>(is_of_user(new))
    .bind::<sql_types::Uuid, _>(user.uuid())
    .bind::<Integer, _>(i32::try_from(most).unwrap_or(i32::MAX))
    .get_result::<KeptRow>(tx.pg)
    .optional()?;
    row.map(|row| row.into_kept(new)).transpose()
}

/// Begins a chat with a message, whose time is the chat's. An active chat, which is full, is closed and continued: what waits, the last message of
/// the user and the claim move along. One statement. The user's row must be locked.
///
/// # Errors
/// [`Error::Contention`] when the new chat's id is in use: run again, the handle takes another.
pub fn open(tx: &mut Tx<'_>, user: Id<User>, new: &NewMessage) -> Result<Kept> {
    let row = statement(
        "WITH old AS MATERIALIZED (
             SELECT chat_id, waiting_since, last_inbound_at, claim_id, claimed_until,
                    (messages -> -1 ->> 'timestamp')::timestamptz AS last_at
               FROM whatsapp.userchats WHERE customer_id = ? AND is_active FOR NO KEY UPDATE),
         closed AS (
             UPDATE whatsapp.userchats AS c
                SET is_active = false, waiting_since = NULL, claim_id = NULL, claimed_until = NULL
               FROM old WHERE c.chat_id = old.chat_id RETURNING c.chat_id),
         new AS MATERIALIZED (
             SELECT greatest(clock_timestamp(), (SELECT last_at FROM old) + interval '1 microsecond') AS kept_at)
         INSERT INTO whatsapp.userchats AS c
                (chat_id, customer_id, messages, continues_chat_id, waiting_since, last_inbound_at, claim_id, claimed_until,
                 created_at, updated_at)
         SELECT ?, ?, jsonb_build_array(?::jsonb || jsonb_build_object('timestamp', to_char(
                    new.kept_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"+00:00\"'))),
                closed.chat_id,
                CASE WHEN ? THEN coalesce(old.waiting_since, new.kept_at) END,
                CASE WHEN ? THEN new.kept_at ELSE old.last_inbound_at END,
                CASE WHEN ? THEN old.claim_id END,
                CASE WHEN ? THEN old.claimed_until END,
                new.kept_at, new.kept_at
           FROM new LEFT JOIN (old JOIN closed USING (chat_id)) ON true
         RETURNING c.chat_id, c.customer_id, c.is_active, c.message_count, c.continues_chat_id, c.waiting_since,
                   c.last_inbound_at, c.claimed_until, c.created_at, c.updated_at,
                   c.messages -> -1 ->> 'timestamp' AS kept_at",
    )
    .bind::<sql_types::Uuid, _>(user.uuid())
    .bind::<Text, _>(ChatId::generate().to_string())
    .bind::<sql_types::Uuid, _>(user.uuid())
    .bind::<Jsonb, _>(StoredJson(messages::seal(tx, user.uuid(), new)?))
    .bind::<Bool, _>(is_of_user(new))
    .bind::<Bool, _>(is_of_user(new))
    .bind::<Bool, _>(is_of_user(new))
    .bind::<Bool, _>(is_of_user(new))
    .get_result::<KeptRow>(tx.pg);
    match row.map_err(Error::from) {
        Ok(row) => row.into_kept(new),
        Err(error) if error.is_conflict_on("userchats_pkey") => Err(Error::Contention),
        Err(error) => Err(error),
    }
}

/// Keeps a message in the active chat of a user, or in a new one that continues it where it is full.
///
/// # Errors
/// As [`open`].
pub fn keep(tx: &mut Tx<'_>, user: Id<User>, most: u32, new: &NewMessage) -> Result<Kept> {
    match append(tx, user, most, new)? {
        Some(kept) => Ok(kept),
        None => open(tx, user, new),
    }
}

fn is_of_user(new: &NewMessage) -> bool {
    new.role == Role::User
}

/// The chat with this id.
///
/// # Errors
/// [`Error::NotFound`] when there is none, or its user is deleted.
pub fn get(conn: &mut Conn<'_>, id: ChatId) -> Result<Chat> {
    let row = ChatRow::query().filter(userchats::chat_id.eq(id.to_string())).first(conn.pg).optional()?;
    row.map(Chat::from).ok_or(Error::NotFound("chat"))
}

/// Whether another chat continues this one.
pub fn is_continued(conn: &mut Conn<'_>, id: ChatId) -> Result<bool> {
    let next = userchats::table.filter(userchats::continues_chat_id.eq(id.to_string()));
    Ok(diesel::select(diesel::dsl::exists(next)).get_result(conn.pg)?)
}

/// A user's chats, newest first; with `is_active`, those that are, or are not. None for a user who is deleted.
pub fn list_for_user(
    conn: &mut Conn<'_>,
    user: Id<User>,
    is_active: Option<bool>,
    page: PageRequest<Position<ChatId>>,
) -> Result<Page<Chat, Position<ChatId>>> {
    let mut query = ChatRow::query()
        .filter(userchats::customer_id.eq(user.uuid()))
        .order((userchats::created_at.desc(), userchats::chat_id.desc()))
        .limit(page.limit.rows_and_one())
        .into_boxed();
    if let Some(is_active) = is_active {
        query = query.filter(userchats::is_active.eq(is_active));
    }
    if let Some(Position { at, id }) = page.after {
        let last = Position { at, id: id.to_string() };
        query = query.filter(after(userchats::created_at, userchats::chat_id, last));
    }
    Ok(page_of(query.load(conn.pg)?, page))
}

/// A chat with all of its messages.
pub type WholeChat = (Chat, Vec<Message>);

/// A user's chats with all of their messages, newest first: for whoever wants everything.
pub fn list_whole(
    conn: &mut Conn<'_>,
    user: Id<User>,
    page: PageRequest<Position<ChatId>>,
) -> Result<Page<WholeChat, Position<ChatId>>> {
    let mut query = userchats::table
        .filter(userchats::customer_id.eq(user.uuid()))
        .order((userchats::created_at.desc(), userchats::chat_id.desc()))
        .limit(page.limit.rows_and_one())
        .select((ChatRow::as_select(), userchats::messages))
        .into_boxed();
    if let Some(Position { at, id }) = page.after {
        let last = Position { at, id: id.to_string() };
        query = query.filter(after(userchats::created_at, userchats::chat_id, last));
    }
    let rows: Vec<(ChatRow, StoredJson<Vec<StoredMessage>>)> = query.load(conn.pg)?;
    let position = |(row, _): &(ChatRow, _)| Position { at: row.created_at, id: row.chat_id.0 };
    Page::of(rows, page.limit, position).try_map(|(row, stored)| {
        let messages = messages::open_all(conn, row.customer_id, stored.0)?;
        Ok((row.into(), messages))
    })
}

/// The chats of the person with this number, newest first.
pub fn list_for_phone(
    conn: &mut Conn<'_>,
    phone: &PhoneNumber,
    page: PageRequest<Position<ChatId>>,
) -> Result<Page<Chat, Position<ChatId>>> {
    let (exact, spellings) = people::spellings(conn, Some(phone))?;
    let (at, id) = page.after.map(|Position { at, id }| (at, id.to_string())).unzip();
    let rows = statement(
        "SELECT c.chat_id, c.customer_id, c.is_active, c.message_count, c.continues_chat_id, c.waiting_since,
                c.last_inbound_at, c.claimed_until, c.created_at, c.updated_at
           FROM whatsapp.userchats AS c
          WHERE c.customer_id = (SELECT user_id FROM whatsapp.users
                                  WHERE phone_number_bidx = ANY (?) AND deleted_at IS NULL
                                  ORDER BY phone_number_bidx = ? DESC LIMIT 1)
            AND c.created_at <= coalesce(?, 'infinity'::timestamptz)
            AND (? IS NULL OR c.created_at < ? OR c.chat_id < ?)
          ORDER BY c.created_at DESC, c.chat_id DESC LIMIT ?",
    )
    .bind::<sql_types::Array<sql_types::Binary>, _>(spellings)
    .bind::<Nullable<sql_types::Binary>, _>(exact)
    .bind::<Nullable<Timestamptz>, _>(at)
    .bind::<Nullable<Timestamptz>, _>(at)
    .bind::<Nullable<Timestamptz>, _>(at)
    .bind::<Nullable<Text>, _>(id)
    .bind::<BigInt, _>(page.limit.rows_and_one())
    .load::<ChatRow>(conn.pg)?;
    Ok(page_of(rows, page))
}

fn page_of(rows: Vec<ChatRow>, page: PageRequest<Position<ChatId>>) -> Page<Chat, Position<ChatId>> {
    Page::of(rows, page.limit, |row| Position { at: row.created_at, id: row.chat_id.0 }).map(Chat::from)
}

#[derive(QueryableByName)]
struct MessagesRow {
    #[diesel(sql_type = sql_types::Uuid)]
    customer_id: Uuid,
    #[diesel(sql_type = Integer)]
    message_count: i32,
    #[diesel(sql_type = Jsonb)]
    messages: StoredJson<Vec<StoredMessage>>,
}

/// The messages of a chat, oldest first. A position is the number of messages before the page.
///
/// # Errors
/// [`Error::NotFound`] when there is no such chat, or its user is deleted.
pub fn messages(conn: &mut Conn<'_>, id: ChatId, page: PageRequest<u32>) -> Result<Page<Message, u32>> {
    let before = page.after.unwrap_or(0);
    let limit = u32::try_from(page.limit.rows()).unwrap_or(u32::MAX);
    let end = before.saturating_add(limit);
    let row = statement(
        "SELECT c.customer_id, c.message_count,
                jsonb_path_query_array(c.messages, '$[$first to $last]', jsonb_build_object('first', ?, 'last', ?)) AS messages
           FROM whatsapp.userchats AS c JOIN whatsapp.users AS u ON u.user_id = c.customer_id
          WHERE c.chat_id = ? AND u.deleted_at IS NULL",
    )
    .bind::<BigInt, _>(i64::from(before))
    .bind::<BigInt, _>(i64::from(end.saturating_sub(1)))
    .bind::<Text, _>(id.to_string())
    .get_result::<MessagesRow>(conn.pg)
    .optional()?;
    let row = row.ok_or(Error::NotFound("chat"))?;
    let next = (i64::from(row.message_count) > i64::from(end)).then_some(end);
    Ok(Page { items: messages::open_all(conn, row.customer_id, row.messages.0)?, next })
}

/// Closes the active chat of a user, if there is one; answers which.
pub fn close_active(tx: &mut Tx<'_>, user: Id<User>) -> Result<Option<ChatId>> {
    let active = userchats::table.filter(userchats::customer_id.eq(user.uuid())).filter(userchats::is_active);
    let closed: Option<TextColumn<ChatId>> = diesel::update(active)
        .set(userchats::is_active.eq(false))
        .returning(userchats::chat_id)
        .get_result(tx.pg)
        .optional()?;
    Ok(closed.map(|id| id.0))
}

/// Closes a chat. One that is closed stays as it is.
///
/// # Errors
/// [`Error::NotFound`] when there is none, or its user is deleted.
pub fn close(tx: &mut Tx<'_>, id: ChatId) -> Result<Chat> {
    let living = users::table.filter(users::deleted_at.is_null()).select(users::user_id);
    diesel::update(userchats::table.find(id.to_string()))
        .filter(userchats::is_active)
        .filter(userchats::customer_id.eq_any(living))
        .set(userchats::is_active.eq(false))
        .execute(tx.pg)?;
    get(tx, id)
}

/// Closes the active chats that began more than so many days ago, by the database's clock; answers how many.
pub fn deactivate(tx: &mut Tx<'_>, days: u32) -> Result<usize> {
    Ok(statement(
        "UPDATE whatsapp.userchats SET is_active = false
          WHERE created_at < now() - make_interval(days => ?) AND is_active",
    )
    .bind::<Integer, _>(i32::try_from(days).unwrap_or(i32::MAX))
    .execute(tx.pg)?)
}
