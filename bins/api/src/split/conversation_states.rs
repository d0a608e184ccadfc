//! `split.conversation_states`: where an agent stands in a conversation about a bill.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::web::{Data, Path};
use actix_web::{FromRequest, HttpRequest, delete, get, post, put};
use chrono::{DateTime, Duration, Utc};
use repository::domain::split::{Context, Step, User};
use repository::domain::{Id, Invalid, JsonObject, Note, Text};
use repository::{Conn, Tx};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use service::split::conversation_states::{self, Conversation, Rules};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::schema;
use crate::http::auth::{Caller, SplitRead, SplitWrite};
use crate::http::error::responses::{AuthErrors, BodyErrors, NotFoundError, TakesPage, TakesParameters};
use crate::http::error::{ApiError, Problem};
use crate::http::idempotency::Change;
use crate::http::input::{Json, PathId, Query};
use crate::http::page::List;
use crate::http::respond::{Reply, no_content, ok};
use crate::state::State;

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(list_conversations)
        .service(get_conversation)
        .service(save_conversation)
        .service(reset_conversation)
        .service(advance_conversation)
        .service(report_conversation_error);
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

/// Which conversations, and which page of them.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListConversations {
    /// Only those that have neither expired nor come to their end.
    active: Option<bool>,
    /// At most so many, 1 to 100; 50 when absent.
    #[param(minimum = 1, maximum = 100, example = 20)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// The `{session_id}` of a route.
struct Session(Text<100>);

impl FromRequest for Session {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        #[derive(Deserialize)]
        struct Segment {
            session_id: String,
        }
        let segment = Path::<Segment>::extract(request).into_inner();
        let mut fields = Invalid::collect();
        let session =
            segment.ok().and_then(|segment| fields.take("/session_id", Text::parse(&segment.session_id)));
        ready(fields.build(|| session).map(Self).map_err(ApiError::from))
    }
}

fn shown(conversation: Conversation) -> Result<Reply, ApiError> {
    ok(ConversationBody::from(conversation))
}

fn rules(state: &State) -> Rules {
    Rules {
        timeout: Duration::hours(state.split.conversation_timeout_hours.into()),
        max_retries: i32::try_from(state.split.max_conversation_retries).unwrap_or(i32::MAX),
    }
}

/// Lists a user's conversations, the one that changed last first.
#[utoipa::path(
    tag = "split conversations",
    params(("id" = Uuid, Path, description = "The user"), ListConversations),
    responses((status = 200, description = "A page", body = List<ConversationBody>), AuthErrors, NotFoundError, TakesPage),
    security(("api_key" = ["split:read"]))
)]
#[get("/v1/split/users/{id}/conversations")]
async fn list_conversations(
    caller: Caller<SplitRead>,
    state: Data<State>,
    PathId(user): PathId<User>,
    Query(query): Query<ListConversations>,
) -> Result<Reply, ApiError> {
    let list = state.list("split.conversations", user);
    let (active, page) = (query.active.unwrap_or(false), list.request(query.limit, query.cursor.as_deref())?);
    let read = move |conn: &mut Conn<'_>| conversation_states::list(conn, user, active, page);
    let found = state.read("split.list_conversations", &caller, read).await?;
    ok(list.answer(found, ConversationBody::from))
}

/// Shows a conversation. One that has not begun, or has expired, is fresh.
#[utoipa::path(
    tag = "split conversations",
    params(("id" = Uuid, Path, description = "The user"), ("session_id" = String, Path, description = "The conversation")),
    responses(
        (status = 200, description = "The conversation", body = ConversationBody),
        AuthErrors, NotFoundError, TakesParameters,
    ),
    security(("api_key" = ["split:read"]))
)]
#[get("/v1/split/users/{id}/conversations/{session_id}")]
async fn get_conversation(
    caller: Caller<SplitRead>,
    state: Data<State>,
    PathId(user): PathId<User>,
    Session(session): Session,
) -> Result<Reply, ApiError> {
    let get = move |conn: &mut Conn<'_>| conversation_states::get(conn, user, &session);
    shown(state.read("split.get_conversation", &caller, get).await?)
}

/// Stores step and context as they are given. Another step must be one that may follow.
#[utoipa::path(
    tag = "split conversations",
    params(("id" = Uuid, Path, description = "The user"), ("session_id" = String, Path, description = "The conversation")),
    responses(
        (status = 200, description = "The conversation", body = ConversationBody),
        (status = 409, body = Problem, content_type = "application/problem+json",
         description = "`illegal_transition`: the step does not follow; `missing_context_keys`: it needs more context"),
        AuthErrors, NotFoundError, BodyErrors,
    ),
    security(("api_key" = ["split:write"]))
)]
#[put("/v1/split/users/{id}/conversations/{session_id}")]
async fn save_conversation(
    caller: Caller<SplitWrite>,
    change: Change,
    state: Data<State>,
    PathId(user): PathId<User>,
    Session(session): Session,
    Json(body): Json<TakeStep>,
) -> Result<Reply, ApiError> {
    let ((step, context), rules) = (body.read()?, rules(&state));
    let save =
        move |tx: &mut Tx<'_>| conversation_states::save(tx, user, &session, step, context.clone(), rules);
    state.write("split.save_conversation", &caller, change, save, shown).await
}

/// Forgets a conversation.
#[utoipa::path(
    tag = "split conversations",
    params(("id" = Uuid, Path, description = "The user"), ("session_id" = String, Path, description = "The conversation")),
    responses((status = 204, description = "It is fresh"), AuthErrors, NotFoundError, TakesParameters),
    security(("api_key" = ["split:write"]))
)]
#[delete("/v1/split/users/{id}/conversations/{session_id}")]
async fn reset_conversation(
    caller: Caller<SplitWrite>,
    change: Change,
    state: Data<State>,
    PathId(user): PathId<User>,
    Session(session): Session,
) -> Result<Reply, ApiError> {
    let reset = move |tx: &mut Tx<'_>| conversation_states::reset(tx, user, &session);
    state.write("split.reset_conversation", &caller, change, reset, |_| no_content()).await
}

/// Goes on to a step, and merges what is given into the context: a null removes its key.
#[utoipa::path(
    tag = "split conversations",
    params(("id" = Uuid, Path, description = "The user"), ("session_id" = String, Path, description = "The conversation")),
    responses(
        (status = 200, description = "The conversation", body = ConversationBody),
        (status = 409, body = Problem, content_type = "application/problem+json",
         description = "`illegal_transition`: the step does not follow; `missing_context_keys`: it needs more context"),
        AuthErrors, NotFoundError, BodyErrors,
    ),
    security(("api_key" = ["split:write"]))
)]
#[post("/v1/split/users/{id}/conversations/{session_id}/advance")]
async fn advance_conversation(
    caller: Caller<SplitWrite>,
    change: Change,
    state: Data<State>,
    PathId(user): PathId<User>,
    Session(session): Session,
    Json(body): Json<TakeStep>,
) -> Result<Reply, ApiError> {
    let ((step, context), rules) = (body.read()?, rules(&state));
    let advance =
        move |tx: &mut Tx<'_>| conversation_states::advance(tx, user, &session, step, context.clone(), rules);
    state.write("split.advance_conversation", &caller, change, advance, shown).await
}

/// Records an error. At `MAX_CONVERSATION_RETRIES` in a row the conversation begins anew, with `error_reset` in its
/// context.
#[utoipa::path(
    tag = "split conversations",
    params(("id" = Uuid, Path, description = "The user"), ("session_id" = String, Path, description = "The conversation")),
    responses((status = 200, description = "The conversation", body = ConversationBody), AuthErrors, NotFoundError, BodyErrors),
    security(("api_key" = ["split:write"]))
)]
#[post("/v1/split/users/{id}/conversations/{session_id}/errors")]
async fn report_conversation_error(
    caller: Caller<SplitWrite>,
    change: Change,
    state: Data<State>,
    PathId(user): PathId<User>,
    Session(session): Session,
    Json(body): Json<ReportError>,
) -> Result<Reply, ApiError> {
    let mut fields = Invalid::collect();
    let error = fields.take("/error", Note::parse(&body.error));
    let (error, rules) = (fields.build(|| error)?, rules(&state));
    let report =
        move |tx: &mut Tx<'_>| conversation_states::report_error(tx, user, &session, error.clone(), rules);
    state.write("split.report_conversation_error", &caller, change, report, shown).await
}
