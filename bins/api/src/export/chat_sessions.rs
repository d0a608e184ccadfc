//! `export.chat_sessions`: conversations about a report, each of which ends some hours after it began.

use chrono::{DateTime, TimeDelta, Utc};
use repository::domain::export::{ChatContext, ChatSession, NewChatSession, Report, User};
use repository::domain::{Id, Invalid, JsonObject};
use serde::{Deserialize, Serialize};
use service::export::chat_sessions;
use utoipa::ToSchema;

use super::{ExportRead, ExportWrite};
use crate::http::{
    ApiResult, Caller, Change, List, Located, Made, NoContent, OptionalJson, Paging, PathId, Routes, Shown,
    add_routes,
};

pub(super) fn routes(routes: &mut Routes) {
    add_routes!(
        routes,
        "export chat": create_chat_session, list_chat_sessions, get_chat_session, delete_chat_session
    );
}

/// A conversation about a report.
#[derive(Serialize, ToSchema)]
struct ChatSessionBody {
    #[schema(value_type = Uuid)]
    id: Id<ChatSession>,
    #[schema(value_type = Uuid)]
    user_id: Id<User>,
    #[schema(value_type = Uuid)]
    report_id: Id<Report>,
    /// What the agent is to know.
    #[schema(value_type = Object)]
    context_data: JsonObject,
    /// When something was last said.
    last_activity: DateTime<Utc>,
    /// From then on it is absent, whatever is said meanwhile; null: it does not expire.
    expires_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl Located for ChatSessionBody {
    fn location(&self) -> String {
        format!("/v1/export/chat-sessions/{}", self.id)
    }
}

impl From<ChatSession> for ChatSessionBody {
    fn from(session: ChatSession) -> Self {
        let ChatSession {
            id,
            user_id,
            report_id,
            context_data,
            last_activity,
            expires_at,
            created_at,
            updated_at,
        } = session;
        Self { id, user_id, report_id, context_data, last_activity, expires_at, created_at, updated_at }
    }
}

/// A conversation to be begun.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"context_data": {"language": "hi"}}))]
struct CreateChatSession {
    /// What the agent is to know: at most 64 KiB, written without blanks. `product_name`, `destination_country`,
    /// `business_type` and `hs_code` of the report are added where they are absent.
    #[schema(value_type = Option<Object>)]
    context_data: Option<JsonObject>,
}

impl CreateChatSession {
    fn read(self, report_id: Id<Report>) -> Result<NewChatSession, Invalid> {
        let mut fields = Invalid::collect();
        let context = fields.take("/context_data", ChatContext::of(self.context_data.unwrap_or_default()));
        fields.build(|| Some(NewChatSession { report_id, context: context? }))
    }
}

/// Begins a conversation about a report. It expires after `CHAT_SESSION_HOURS`.
#[utoipa::path(post, path = "/v1/export/reports/{id}/chat-sessions")]
async fn create_chat_session(
    change: Change<ExportWrite>,
    PathId(report): PathId<Report>,
    OptionalJson(body): OptionalJson<CreateChatSession>,
) -> ApiResult<Made<ChatSessionBody>> {
    let new = body.read(report)?;
    let lifetime = TimeDelta::hours(change.state().export.chat_session_hours.into());
    change
        .write("export.create_chat_session", move |tx| chat_sessions::create(tx, new.clone(), lifetime))
        .await
}

/// Lists the conversations about a report that have not expired, newest first.
#[utoipa::path(get, path = "/v1/export/reports/{id}/chat-sessions")]
async fn list_chat_sessions(
    caller: Caller<ExportRead>,
    PathId(report): PathId<Report>,
    paging: Paging,
) -> ApiResult<List<ChatSessionBody>> {
    caller
        .list("export.list_chat_sessions", report, &paging, move |conn, page| {
            chat_sessions::list(conn, report, page)
        })
        .await
}

/// Shows a conversation.
#[utoipa::path(get, path = "/v1/export/chat-sessions/{id}")]
async fn get_chat_session(
    caller: Caller<ExportRead>,
    PathId(id): PathId<ChatSession>,
) -> ApiResult<Shown<ChatSessionBody>> {
    caller.read("export.get_chat_session", move |conn| chat_sessions::get(conn, id)).await
}

/// Deletes a conversation for good, with its messages.
#[utoipa::path(delete, path = "/v1/export/chat-sessions/{id}")]
async fn delete_chat_session(
    change: Change<ExportWrite>,
    PathId(id): PathId<ChatSession>,
) -> ApiResult<NoContent> {
    change.write("export.delete_chat_session", move |tx| chat_sessions::delete(tx, id)).await
}
