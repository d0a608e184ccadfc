//! `split.conversation_states`: where an agent stands in a conversation about a bill.

use chrono::{DateTime, Duration, Utc};
use repository::domain::split::{Context, Step, User};
use repository::domain::{Id, Invalid, JsonObject, Note, Text, TextError};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use service::split::conversation_states::{self, Conversation, Rules};
use utoipa::{IntoParams, ToSchema};

use super::{SplitRead, SplitWrite, schema};
use crate::http::{
    Access, ApiResult, Caller, Change, Json, List, NoContent, Paging, PathId, PathKey, PathText, Query,
    Routes, Shown, add_routes,
};

pub(super) fn routes(routes: &mut Routes) {
    add_routes!(
        routes,
        "split conversations": list_conversations, get_conversation, save_conversation, reset_conversation,
        advance_conversation, report_conversation_error
    );
}

/// A conversation, which may not have begun.
#[derive(Serialize, ToSchema)]
struct ConversationBody {
    #[schema(value_type = Uuid)]
    user_id: Id<User>,
    /// The agent's name for it.
    #[schema(value_type = String, example = "whatsapp-42")]
    session_id: Text<100>,
    #[schema(value_type = schema::Step)]
    current_step: Step,
    /// What the agent knows so far.
    #[schema(value_type = Object)]
    context: Map<String, Value>,
    /// Errors since the last success.
    #[schema(minimum = 0)]
    retry_count: i32,
    /// The error reported last.
    last_error: Option<String>,
    /// From then on it reads as fresh; null for one that has not begun.
    expires_at: Option<DateTime<Utc>>,
}

impl From<Conversation> for ConversationBody {
    fn from(conversation: Conversation) -> Self {
        let Conversation { user_id, session_id, current_step, context, retry_count, last_error, expires_at } =
            conversation;
        Self {
            user_id,
            session_id,
            current_step,
            context: context.expose().clone(),
            retry_count,
            last_error: last_error.map(|error| error.expose().to_owned()),
            expires_at,
        }
    }
}

/// A step and what is known with it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"step": "extracting_bill", "context": {"input_type": "photo"}}))]
struct TakeStep {
    /// In any case; `current_step` means the same.
    #[serde(alias = "current_step")]
    #[schema(value_type = schema::Step)]
    step: String,
    /// Empty when absent.
    #[schema(value_type = Option<Object>)]
    context: Option<JsonObject>,
}

impl TakeStep {
    fn read(self) -> Result<(Step, Context), Invalid> {
        let mut fields = Invalid::collect();
        let step = fields.take("/step", self.step.parse());
        fields.build(|| Some((step?, Context::from_object(self.context.unwrap_or_default()))))
    }
}

/// Something that went wrong in the conversation.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"error": "the photo could not be read"}))]
struct ReportError {
    /// At most 2,000 characters.
    #[schema(max_length = 2000)]
    error: String,
}

impl ReportError {
    fn read(self) -> Result<Note, Invalid> {
        let mut fields = Invalid::collect();
        let error = fields.take("/error", Note::parse(&self.error));
        fields.build(|| error)
    }
}

/// Which conversations.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct ListConversations {
    /// Only those that have neither expired nor come to their end.
    active: Option<bool>,
}

/// The `{session_id}` of a route.
struct Session(Text<100>);

impl PathKey for Session {
    type Error = TextError;
    const NAME: &'static str = "session_id";
    const ABOUT: &'static str = "The conversation";

    fn parse(text: &str) -> Result<Self, TextError> {
        Text::parse(text).map(Self)
    }
}

fn rules(access: &Access) -> Rules {
    let settings = &access.state().split;
    Rules {
        timeout: Duration::hours(settings.conversation_timeout_hours.into()),
        max_retries: i32::try_from(settings.max_conversation_retries).unwrap_or(i32::MAX),
    }
}

/// Lists a user's conversations, the one that changed last first.
#[utoipa::path(get, path = "/v1/split/users/{id}/conversations")]
async fn list_conversations(
    caller: Caller<SplitRead>,
    PathId(user): PathId<User>,
    Query(query): Query<ListConversations>,
    paging: Paging,
) -> ApiResult<List<ConversationBody>> {
    let active = query.active.unwrap_or(false);
    caller
        .list("split.list_conversations", user, &paging, move |conn, page| {
            conversation_states::list(conn, user, active, page)
        })
        .await
}

/// Shows a conversation. One that has not begun, or has expired, is fresh.
#[utoipa::path(get, path = "/v1/split/users/{id}/conversations/{session_id}")]
async fn get_conversation(
    caller: Caller<SplitRead>,
    PathId(user): PathId<User>,
    PathText(Session(session)): PathText<Session>,
) -> ApiResult<Shown<ConversationBody>> {
    caller.read("split.get_conversation", move |conn| conversation_states::get(conn, user, &session)).await
}

/// Stores step and context as they are given. Another step must be one that may follow.
#[utoipa::path(put, path = "/v1/split/users/{id}/conversations/{session_id}", responses((
    status = 409,
    description = "`illegal_transition`: the step does not follow; `missing_context_keys`: it needs more context",
)))]
async fn save_conversation(
    change: Change<SplitWrite>,
    PathId(user): PathId<User>,
    PathText(Session(session)): PathText<Session>,
    Json(body): Json<TakeStep>,
) -> ApiResult<Shown<ConversationBody>> {
    let ((step, context), rules) = (body.read()?, rules(&change));
    change
        .write("split.save_conversation", move |tx| {
            conversation_states::save(tx, user, &session, step, context.clone(), rules)
        })
        .await
}

/// Forgets a conversation.
#[utoipa::path(delete, path = "/v1/split/users/{id}/conversations/{session_id}")]
async fn reset_conversation(
    change: Change<SplitWrite>,
    PathId(user): PathId<User>,
    PathText(Session(session)): PathText<Session>,
) -> ApiResult<NoContent> {
    change.write("split.reset_conversation", move |tx| conversation_states::reset(tx, user, &session)).await
}

/// Goes on to a step, and merges what is given into the context: a null removes its key.
#[utoipa::path(post, path = "/v1/split/users/{id}/conversations/{session_id}/advance", responses((
    status = 409,
    description = "`illegal_transition`: the step does not follow; `missing_context_keys`: it needs more context",
)))]
async fn advance_conversation(
    change: Change<SplitWrite>,
    PathId(user): PathId<User>,
    PathText(Session(session)): PathText<Session>,
    Json(body): Json<TakeStep>,
) -> ApiResult<Shown<ConversationBody>> {
    let ((step, context), rules) = (body.read()?, rules(&change));
    change
        .write("split.advance_conversation", move |tx| {
            conversation_states::advance(tx, user, &session, step, context.clone(), rules)
        })
        .await
}

/// Records an error. At `MAX_CONVERSATION_RETRIES` in a row the conversation begins anew, with `error_reset` in its
/// context.
#[utoipa::path(post, path = "/v1/split/users/{id}/conversations/{session_id}/errors")]
async fn report_conversation_error(
    change: Change<SplitWrite>,
    PathId(user): PathId<User>,
    PathText(Session(session)): PathText<Session>,
    Json(body): Json<ReportError>,
) -> ApiResult<Shown<ConversationBody>> {
    let (error, rules) = (body.read()?, rules(&change));
    change
        .write("split.report_conversation_error", move |tx| {
            conversation_states::report_error(tx, user, &session, error.clone(), rules)
        })
        .await
}
