//! `whatsapp.userchats`: conversations and their messages.

mod bodies;

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use chrono::DateTime;
use repository::domain::whatsapp::{ChatId, User};
use repository::domain::{Invalid, Limit, Position};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa::openapi::path::ParameterIn;

use super::{WhatsAppRead, WhatsAppWrite, store};
use crate::http::docs::operation::{Describe, OperationDoc};
use crate::http::input::query;
use crate::http::{
    ApiError, ApiResult, Caller, Change, CursorPosition, Json, KeysOnly, List, OptionalJson, Paging, PathId,
    PathName, PathNamed, Query, Routes, Shown, add_routes,
};

pub(super) use bodies::{ChatBody, MessageBody, WholeChatBody};
use bodies::{ClearedBody, DeactivateChats, DeactivatedBody, HistoryBody, LookupChats};

pub(super) fn routes(routes: &mut Routes) {
    add_routes!(
        routes,
        "whatsapp chats": list_chats, lookup_chats, get_chat, list_messages, get_history, clear_chat, close_chat,
        deactivate_chats
    );
}

impl PathName for ChatId {
    const NAME: &'static str = "chat_id";
    const ABOUT: &'static str = "The chat: 16 hexadecimal digits";
    const NOUN: &'static str = "chat";

    fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

/// The time in microseconds, and the digits of the chat.
impl CursorPosition for Position<ChatId> {
    fn to_bytes(&self) -> Vec<u8> {
        [&self.at.timestamp_micros().to_be_bytes(), self.id.to_string().as_bytes()].concat()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (at, id) = bytes.split_first_chunk()?;
        let at = DateTime::from_timestamp_micros(i64::from_be_bytes(*at))?;
        Some(Self { at, id: std::str::from_utf8(id).ok()?.parse().ok()? })
    }
}

/// The number of messages before the page.
impl CursorPosition for u32 {
    fn to_bytes(&self) -> Vec<u8> {
        self.to_be_bytes().to_vec()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self::from_be_bytes)
    }
}

/// Which chats to list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct ChatFilter {
    /// Only those that are active, or only those that are closed.
    is_active: Option<bool>,
}

/// How many messages an agent wants.
#[derive(Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct HistoryLength {
    /// At most so many, 1 to 100; `MAX_CONVERSATION_HISTORY` when absent, and never more than `MAX_CHAT_MESSAGES`.
    #[param(minimum = 1, maximum = 100, example = 10)]
    limit: Option<i64>,
}

impl FromRequest for HistoryLength {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(query::parse(request.query_string(), |name| name == "limit"))
    }
}

impl Describe for HistoryLength {
    fn describe(operation: &mut OperationDoc) {
        operation.parameters(Self::into_params(|| Some(ParameterIn::Query)));
        operation.problem(422, query::BROKEN_RULE);
    }
}

impl HistoryLength {
    fn read(self) -> Result<Option<u32>, Invalid> {
        let mut fields = Invalid::collect();
        let limit = fields.take_optional("/limit", self.limit.map(Limit::new));
        fields.build(|| Some(limit?.and_then(|limit| u32::try_from(limit.rows()).ok())))
    }
}

/// Lists the chats of a user, newest first, without their messages.
#[utoipa::path(get, path = "/v1/whatsapp/users/{id}/chats")]
async fn list_chats(
    caller: Caller<WhatsAppRead>,
    PathId(user): PathId<User>,
    Query(filter): Query<ChatFilter>,
    paging: Paging,
) -> ApiResult<List<ChatBody>> {
    let ChatFilter { is_active } = filter;
    let owner = format!("{user} {is_active:?}");
    store::list(&caller, "whatsapp.list_chats", owner, &paging, move |store, page| {
        store.chats(user, is_active, page)
    })
    .await
}

/// Lists the chats of whoever has a phone number, newest first, without their messages.
#[utoipa::path(post, path = "/v1/whatsapp/chats/lookup")]
async fn lookup_chats(
    caller: Caller<KeysOnly<WhatsAppRead>>,
    paging: Paging,
    Json(body): Json<LookupChats>,
) -> ApiResult<List<ChatBody>> {
    let phone = body.read()?;
    let owner = phone.index_form();
    store::list(&caller, "whatsapp.lookup_chats", owner, &paging, move |store, page| {
        store.chats_of_phone(&phone, page)
    })
    .await
}

/// Shows a chat, without its messages.
#[utoipa::path(get, path = "/v1/whatsapp/chats/{chat_id}")]
async fn get_chat(
    caller: Caller<WhatsAppRead>,
    PathNamed(id): PathNamed<ChatId>,
) -> ApiResult<Shown<ChatBody>> {
    store::read(&caller, "whatsapp.get_chat", move |store| store.chat(id)).await
}

/// Lists the messages of a chat, oldest first.
#[utoipa::path(get, path = "/v1/whatsapp/chats/{chat_id}/messages")]
async fn list_messages(
    caller: Caller<WhatsAppRead>,
    PathNamed(id): PathNamed<ChatId>,
    paging: Paging,
) -> ApiResult<List<MessageBody>> {
    store::list(&caller, "whatsapp.list_messages", id, &paging, move |store, page| store.messages(id, page))
        .await
}

/// Shows the last messages of a user's conversation, for a language model.
///
/// A conversation goes on where a full chat is continued by another, and ends where it was cleared or closed.
#[utoipa::path(get, path = "/v1/whatsapp/users/{id}/history")]
async fn get_history(
    caller: Caller<WhatsAppRead>,
    PathId(user): PathId<User>,
    length: HistoryLength,
) -> ApiResult<Shown<HistoryBody>> {
    let (most, rules) = (length.read()?, caller.state().bot.rules);
    store::read(&caller, "whatsapp.get_history", move |store| store.history(&rules, user, most)).await
}

/// Closes the active chat of a user, as the command `clear` does. Its messages stay.
#[utoipa::path(post, path = "/v1/whatsapp/users/{id}/clear")]
async fn clear_chat(
    change: Change<WhatsAppWrite>,
    PathId(user): PathId<User>,
) -> ApiResult<Shown<ClearedBody>> {
    store::write(change, "whatsapp.clear_chat", move |store| store.clear(user)).await
}

/// Closes a chat. One that is closed stays as it is.
#[utoipa::path(post, path = "/v1/whatsapp/chats/{chat_id}/close")]
async fn close_chat(
    change: Change<WhatsAppWrite>,
    PathNamed(id): PathNamed<ChatId>,
) -> ApiResult<Shown<ChatBody>> {
    store::write(change, "whatsapp.close_chat", move |store| store.close(id)).await
}

/// Closes the active chats that began some days ago or earlier.
#[utoipa::path(post, path = "/v1/whatsapp/chats/deactivate")]
async fn deactivate_chats(
    change: Change<KeysOnly<WhatsAppWrite>>,
    OptionalJson(body): OptionalJson<DeactivateChats>,
) -> ApiResult<Shown<DeactivatedBody>> {
    let days = body.read()?;
    store::write(change, "whatsapp.deactivate_chats", move |store| store.deactivate(days)).await
}
