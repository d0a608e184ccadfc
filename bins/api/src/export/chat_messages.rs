//! `export.chat_messages`: what is said in a conversation about a report.

use chrono::{DateTime, Utc};
use repository::domain::export::chat_messages::parse_question;
use repository::domain::export::{ChatMessage, ChatRole, ChatSession, Exchange, Source, Sources};
use repository::domain::{Id, Invalid, MessageText, Text, WebUrl};
use serde::{Deserialize, Serialize};
use service::export::chat_messages;
use utoipa::ToSchema;

use super::{ExportRead, ExportWrite, schema};
use crate::http::input::optional_objects;
use crate::http::{
    ApiResult, Caller, Change, Json, KeysOnly, List, Located, Made, NoContent, Paging, PathId, Routes,
    add_routes,
};

pub(super) fn routes(routes: &mut Routes) {
    add_routes!(
        routes,
        "export chat": add_chat_messages, list_chat_messages, clear_chat_messages
    );
}

/// A question or an answer.
#[derive(Serialize, ToSchema)]
struct ChatMessageBody {
    #[schema(value_type = Uuid)]
    id: Id<ChatMessage>,
    #[schema(value_type = Uuid)]
    session_id: Id<ChatSession>,
    #[schema(value_type = schema::ChatRole)]
    role: ChatRole,
    #[schema(example = "Which certificates does turmeric need?")]
    content: String,
    /// What an answer is founded on; null for a question.
    sources: Option<Vec<SourceBody>>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<ChatMessage> for ChatMessageBody {
    fn from(message: ChatMessage) -> Self {
        let ChatMessage { id, session_id, role, content, sources, created_at, updated_at } = message;
        Self {
            id,
            session_id,
            role,
            content: content.expose().to_owned(),
            sources: sources
                .map(|sources| sources.as_slice().iter().cloned().map(SourceBody::from).collect()),
            created_at,
            updated_at,
        }
    }
}

/// One source of an answer.
#[derive(Serialize, ToSchema)]
struct SourceBody {
    #[schema(value_type = String, example = "Import of spices into the EU")]
    title: Text<300>,
    #[schema(value_type = String, example = "Spices Board, circular 7")]
    source: Text<300>,
    /// Where it can be read.
    #[schema(value_type = Option<String>)]
    url: Option<WebUrl>,
}

impl From<Source> for SourceBody {
    fn from(source: Source) -> Self {
        let Source { title, source, url } = source;
        Self { title, source, url }
    }
}

/// A question and its answer.
#[derive(Serialize, ToSchema)]
struct ExchangeBody {
    #[serde(skip)]
    session_id: Id<ChatSession>,
    /// The question, and then the answer.
    data: Vec<ChatMessageBody>,
}

impl Located for ExchangeBody {
    fn location(&self) -> String {
        format!("/v1/export/chat-sessions/{}/messages", self.session_id)
    }
}

impl From<[ChatMessage; 2]> for ExchangeBody {
    fn from([question, answer]: [ChatMessage; 2]) -> Self {
        Self { session_id: question.session_id, data: vec![question.into(), answer.into()] }
    }
}

/// A question and its answer, to be stored together.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "question": "Which certificates does turmeric need?", "answer": "A phytosanitary certificate.",
    "sources": [{"title": "Import of spices into the EU", "source": "Spices Board, circular 7"}],
}))]
struct AddChatMessages {
    #[schema(max_length = 1_000)]
    question: String,
    #[schema(max_length = 20_000)]
    answer: String,
    /// What the answer is founded on: at most 50.
    #[serde(default, deserialize_with = "optional_objects")]
    sources: Option<Vec<SourceInput>>,
}

/// One source of an answer.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SourceInput {
    #[schema(max_length = 300)]
    title: String,
    #[schema(max_length = 300)]
    source: String,
    /// Where it can be read: an `http` or `https` address, which is never fetched.
    #[schema(max_length = 500)]
    url: Option<String>,
}

impl AddChatMessages {
    fn read(self) -> Result<Exchange, Invalid> {
        let mut fields = Invalid::collect();
        let question = fields.take("/question", parse_question(&self.question));
        let answer = fields.take("/answer", MessageText::parse(&self.answer));
        let sources = fields.take_optional("/sources", self.sources.map(|sources| read_sources(&sources)));
        fields.build(|| Some(Exchange { question: question?, answer: answer?, sources: sources? }))
    }
}

fn read_sources(given: &[SourceInput]) -> Result<Sources, Invalid> {
    let mut fields = Invalid::collect();
    let read = given.iter().enumerate().filter_map(|(n, SourceInput { title, source, url })| {
        fields.take(&format!("/{n}"), Source::parse(title, source, url.as_deref()))
    });
    let read = read.collect();
    fields.finish()?;
    Sources::of(read)
}

/// Stores a question and its answer.
#[utoipa::path(post, path = "/v1/export/chat-sessions/{id}/messages")]
async fn add_chat_messages(
    change: Change<KeysOnly<ExportWrite>>,
    PathId(session): PathId<ChatSession>,
    Json(body): Json<AddChatMessages>,
) -> ApiResult<Made<ExchangeBody>> {
    let exchange = body.read()?;
    change
        .write("export.add_chat_messages", move |tx| chat_messages::add(tx, session, exchange.clone()))
        .await
}

/// Lists the newest messages of a conversation, the oldest of them first. The next page has those before.
#[utoipa::path(get, path = "/v1/export/chat-sessions/{id}/messages")]
async fn list_chat_messages(
    caller: Caller<ExportRead>,
    PathId(session): PathId<ChatSession>,
    paging: Paging,
) -> ApiResult<List<ChatMessageBody>> {
    caller
        .list("export.list_chat_messages", session, &paging, move |conn, page| {
            chat_messages::list(conn, session, page)
        })
        .await
}

/// Deletes all messages of a conversation for good. The conversation stays.
#[utoipa::path(delete, path = "/v1/export/chat-sessions/{id}/messages")]
async fn clear_chat_messages(
    change: Change<ExportWrite>,
    PathId(session): PathId<ChatSession>,
) -> ApiResult<NoContent> {
    change.write("export.clear_chat_messages", move |tx| chat_messages::clear(tx, session)).await
}
