//! Where an agent stands in a conversation about a bill.

use chrono::{DateTime, Duration, Utc};
use domain::split::conversation_states::{AfterError, StepError, after_error, expires_at};
use domain::split::{Context, ConversationState, Step, User};
use domain::{Id, Invalid, Note, Page, PageRequest, Text};
use repository::split::conversation_states::{self, Saved};
use repository::{Conn, Tx};

use super::{conflicts, users};
use crate::{Error, Result};

/// How long states live and how many errors they bear.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// A state that was not saved for so long reads as fresh (`CONVERSATION_TIMEOUT_HOURS`).
    pub timeout: Duration,
    /// At so many errors in a row the conversation begins anew (`MAX_CONVERSATION_RETRIES`).
    pub max_retries: i32,
}

/// A conversation, which may not have begun.
#[derive(Clone, Debug, PartialEq)]
pub struct Conversation {
    /// Whose it is.
    pub user_id: Id<User>,
    /// The agent's name for it.
    pub session_id: Text<100>,
    /// The step it is at.
    pub current_step: Step,
    /// What the agent knows so far.
    pub context: Context,
    /// Errors since the last success.
    pub retry_count: i32,
    /// The error reported last.
    pub last_error: Option<Note>,
    /// From then on it reads as fresh; none for one that is.
    pub expires_at: Option<DateTime<Utc>>,
}

/// The conversation, or a fresh one.
pub fn get(conn: &mut Conn<'_>, user: Id<User>, session: &Text<100>) -> Result<Conversation> {
    match conversation_states::find(conn, user, session)? {
        Some(state) => Ok(state.into()),
        None => {
            users::must_exist(conn, user)?;
            Ok(Conversation::fresh(user, session.clone()))
        }
    }
}

/// A user's conversations, the one that changed last first.
pub fn list(
    conn: &mut Conn<'_>,
    user: Id<User>,
    active: bool,
    page: PageRequest,
) -> Result<Page<Conversation>> {
    let found = conversation_states::list_for_user(conn, user, active, page)?;
    if found.items.is_empty() {
        users::must_exist(conn, user)?;
    }
    Ok(found.map(Conversation::from))
}

/// Stores step and context as given. Another step must be one that may follow; storing the same step again changes its
/// context only.
pub fn save(
    tx: &mut Tx<'_>,
    user: Id<User>,
    session: &Text<100>,
    step: Step,
    context: Context,
    rules: Rules,
) -> Result<Conversation> {
    let current = locked(tx, user, session)?;
    if step != current.current_step || step.repeats() {
        current.current_step.enter(step, &context).map_err(refused)?;
    }
    store(tx, user, session, Saved { current_step: step, context, ..success(tx, rules) })
}

/// Merges `changes` into the context and goes on to `step`.
pub fn advance(
    tx: &mut Tx<'_>,
    user: Id<User>,
    session: &Text<100>,
    step: Step,
    changes: Context,
    rules: Rules,
) -> Result<Conversation> {
    let current = locked(tx, user, session)?;
    let mut context = current.context;
    context.merge(changes);
    current.current_step.enter(step, &context).map_err(refused)?;
    store(tx, user, session, Saved { current_step: step, context, ..success(tx, rules) })
}

/// Records an error; after too many in a row the conversation begins anew and says so in its context.
pub fn report_error(
    tx: &mut Tx<'_>,
    user: Id<User>,
    session: &Text<100>,
    error: Note,
    rules: Rules,
) -> Result<Conversation> {
    let current = locked(tx, user, session)?;
    let saved = Saved { last_error: Some(error), ..success(tx, rules) };
    let saved = match after_error(current.retry_count, rules.max_retries) {
        AfterError::Retry { retry_count } => {
            Saved { current_step: current.current_step, context: current.context, retry_count, ..saved }
        }
        AfterError::Reset => Saved { context: Context::after_reset(), ..saved },
    };
    store(tx, user, session, saved)
}

/// Forgets a conversation.
pub fn reset(tx: &mut Tx<'_>, user: Id<User>, session: &Text<100>) -> Result<()> {
    users::must_exist(tx, user)?;
    conversation_states::delete(tx, user, session)?;
    Ok(())
}

impl Conversation {
    fn fresh(user_id: Id<User>, session_id: Text<100>) -> Self {
        Self {
            user_id,
            session_id,
            current_step: Step::Initial,
            context: Context::default(),
            retry_count: 0,
            last_error: None,
            expires_at: None,
        }
    }
}

impl From<ConversationState> for Conversation {
    fn from(state: ConversationState) -> Self {
        Self {
            user_id: state.user_id,
            session_id: state.session_id,
            current_step: state.current_step,
            context: state.context,
            retry_count: state.retry_count,
            last_error: state.last_error,
            expires_at: state.expires_at,
        }
    }
}

fn locked(tx: &mut Tx<'_>, user: Id<User>, session: &Text<100>) -> Result<Conversation> {
    let state = conversation_states::lock(tx, user, session)?;
    Ok(state.map_or_else(|| Conversation::fresh(user, session.clone()), Conversation::from))
}

/// What every save has: a new expiry, and no errors.
fn success(tx: &Tx<'_>, rules: Rules) -> Saved {
    Saved {
        current_step: Step::Initial,
        context: Context::default(),
        retry_count: 0,
        last_error: None,
        expires_at: expires_at(tx.now, rules.timeout),
    }
}

fn store(tx: &mut Tx<'_>, user: Id<User>, session: &Text<100>, saved: Saved) -> Result<Conversation> {
    let mut fields = Invalid::collect();
    fields.take("/context", saved.context.to_json());
    fields.finish()?;
    Ok(conversation_states::save(tx, user, session, &saved)?.into())
}

fn refused(error: StepError) -> Error {
    let kind = match error {
        StepError::IllegalTransition { .. } => &conflicts::ILLEGAL_TRANSITION,
        StepError::MissingKeys { .. } => &conflicts::MISSING_CONTEXT_KEYS,
    };
    Error::conflict(kind, error.to_string())
}
