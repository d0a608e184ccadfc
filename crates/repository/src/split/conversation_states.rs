//! Where an agent stands in a conversation about a bill.

use chrono::{DateTime, Utc};
use codec::Column;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{self, Nullable};
use diesel::upsert::excluded;
use domain::pii::{JsonKind, NoteKind};
use domain::split::{Context, ConversationState, Step, User};
use domain::{Id, Note, Page, PageRequest, Position, Text};
use uuid::Uuid;

use crate::database::column_types::TextColumn;
use crate::database::sealed::{Sealed, seal};
use crate::keyset::after;
use crate::schema::split::{conversation_states, users};
use crate::{Access, Conn, Error, Keep, Result, Rule, SealedColumn, Table, Tx, Verb};

/// What the shared machinery knows of this table.
pub const TABLE: Table = Table {
    access: Access::Owner("user_id"),
    end_users_may: &Verb::ALL,
    sealed: &[SealedColumn::json("context"), SealedColumn::new("last_error")],
    clear: &[("session_id", "what the agent calls the conversation")],
    enums: &["current_step"],
    retention: &[Rule {
        name: "conversation-states",
        about: "conversation states that have expired",
        condition: "t.expires_at < $1",
        keep: Keep::Days(0),
    }],
    ..Table::new("split", "conversation_states", "conversation")
};

const CONTEXT: Column = TABLE.column("context");
const LAST_ERROR: Column = TABLE.column("last_error");

#[derive(HasQuery)]
#[diesel(table_name = conversation_states, check_for_backend(Pg))]
struct StateRow {
    id: Uuid,
    user_id: Uuid,
    session_id: String,
    current_step: TextColumn<Step>,
    context: Option<Sealed<JsonKind>>,
    retry_count: i32,
    last_error: Option<Sealed<NoteKind>>,
    expires_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// What a state is saved as.
#[derive(Clone, Debug)]
pub struct Saved {
    /// The step.
    pub current_step: Step,
    /// What the agent knows so far.
    pub context: Context,
    /// Errors since the last success.
    pub retry_count: i32,
    /// The error reported last.
    pub last_error: Option<Note>,
    /// From then on the state reads as fresh.
    pub expires_at: DateTime<Utc>,
}

impl StateRow {
    fn open(self, conn: &Conn<'_>) -> Result<ConversationState> {
        let Self {
            id,
            user_id,
            session_id,
            current_step,
            context,
            retry_count,
            last_error,
            expires_at,
            created_at,
            updated_at,
        } = self;
        let context = context.map(|context| context.open(conn, &CONTEXT, id)).transpose()?;
        let context = context.as_ref().map(Context::open).transpose();
        Ok(ConversationState {
            id: Id::from_uuid(id),
            user_id: Id::from_uuid(user_id),
            session_id: Text::from_trusted(session_id),
            current_step: current_step.0,
            context: context
                .map_err(|error| Error::Invalid(format!("context of {id}: {error}")))?
                .unwrap_or_default(),
            retry_count,
            last_error: last_error.map(|error| error.open(conn, &LAST_ERROR, id)).transpose()?,
            expires_at,
            created_at,
            updated_at,
        })
    }
}

/// The state of a conversation, unless it has expired.
pub fn find(conn: &mut Conn<'_>, user: Id<User>, session: &Text<100>) -> Result<Option<ConversationState>> {
    let row = StateRow::query()
        .filter(conversation_states::user_id.eq(user.uuid()))
        .filter(conversation_states::session_id.eq(session.as_str()))
        .filter(
            conversation_states::expires_at
                .gt(diesel::dsl::now.into_sql::<Nullable<sql_types::Timestamptz>>()),
        )
        .first(conn.pg)
        .optional()?;
    row.map(|row| row.open(conn)).transpose()
}

/// The state of a conversation, unless it has expired, locked until the end of the transaction. The lock is on the user,
/// so that it also holds for a conversation that has no state yet.
///
/// # Errors
/// [`Error::NotFound`] when there is no such user.
pub fn lock(tx: &mut Tx<'_>, user: Id<User>, session: &Text<100>) -> Result<Option<ConversationState>> {
    let living: Option<Uuid> = users::table
        .filter(users::id.eq(user.uuid()))
        .filter(users::deleted_at.is_null())
        .select(users::id)
        .for_no_key_update()
        .first(tx.pg)
        .optional()?;
    living.ok_or(Error::NotFound("user"))?;
    find(tx, user, session)
}

/// Stores a state, over the one that is there.
pub fn save(
    tx: &mut Tx<'_>,
    user: Id<User>,
    session: &Text<100>,
    state: &Saved,
) -> Result<ConversationState> {
    let existing = conversation_states::table
        .filter(conversation_states::user_id.eq(user.uuid()))
        .filter(conversation_states::session_id.eq(session.as_str()))
        .select(conversation_states::id)
        .first(tx.pg)
        .optional()?;
    let id = existing.unwrap_or_else(|| Id::<ConversationState>::generate().uuid());
    let json =
        state.context.to_json().map_err(|error| Error::Invalid(format!("context of {id}: {error}")))?;
    let last_error = state.last_error.as_ref().map(|error| seal(tx, &LAST_ERROR, id, error)).transpose()?;
    diesel::insert_into(conversation_states::table)
        .values((
            conversation_states::id.eq(id),
            conversation_states::user_id.eq(user.uuid()),
            conversation_states::session_id.eq(session.as_str()),
            conversation_states::current_step.eq(state.current_step.as_str()),
            conversation_states::context.eq(Some(seal(tx, &CONTEXT, id, &json)?)),
            conversation_states::retry_count.eq(state.retry_count),
            conversation_states::last_error.eq(last_error),
            conversation_states::expires_at.eq(state.expires_at),
        ))
        .on_conflict(conversation_states::id)
        .do_update()
        .set((
            conversation_states::current_step.eq(excluded(conversation_states::current_step)),
            conversation_states::context.eq(excluded(conversation_states::context)),
            conversation_states::retry_count.eq(excluded(conversation_states::retry_count)),
            conversation_states::last_error.eq(excluded(conversation_states::last_error)),
            conversation_states::expires_at.eq(excluded(conversation_states::expires_at)),
        ))
        .returning(StateRow::as_returning())
        .get_result(tx.pg)?
        .open(tx)
}

/// Removes a state; answers whether there was one.
pub fn delete(tx: &mut Tx<'_>, user: Id<User>, session: &Text<100>) -> Result<bool> {
    let deleted = diesel::delete(conversation_states::table)
        .filter(conversation_states::user_id.eq(user.uuid()))
        .filter(conversation_states::session_id.eq(session.as_str()))
        .execute(tx.pg)?;
    Ok(deleted > 0)
}

/// A user's conversations, the one that changed last first; with `active`, those that have neither expired nor come to
/// their end.
pub fn list_for_user(
    conn: &mut Conn<'_>,
    user: Id<User>,
    active: bool,
    page: PageRequest,
) -> Result<Page<ConversationState>> {
    let mut query = StateRow::query()
        .filter(conversation_states::user_id.eq(user.uuid()))
        .order((conversation_states::updated_at.desc(), conversation_states::id.desc()))
        .limit(page.limit.rows_and_one())
        .into_boxed();
    if active {
        let now = diesel::dsl::now.into_sql::<Nullable<sql_types::Timestamptz>>();
        query = query
            .filter(conversation_states::expires_at.gt(now))
            .filter(conversation_states::current_step.ne(Step::Completed.as_str()));
    }
    if let Some(last) = page.after {
        query = query.filter(after(conversation_states::updated_at, conversation_states::id, last));
    }
    let rows = query.load(conn.pg)?;
    Page::of(rows, page.limit, |row| Position { at: row.updated_at, id: row.id })
        .try_map(|row| row.open(conn))
}
