//! `pantry.conversations`: conversations of households with the assistant.

mod bodies;

use repository::domain::pantry::{Conversation, User};
use repository::{Conn, Tx};
use service::pantry::conversations;

use super::{PantryRead, PantryWrite};
use crate::http::error::responses::{LooksUp, MayHaveLostPlace, TakesSession};
use crate::http::{
    ApiResult, Caller, Change, Created, CreatedOrFound, Found, IfMatch, Json, List, NoContent, Paging,
    PathId, Query, Routes, add_routes,
};

use bodies::{
    ConversationBody, CreateConversation, FindOrCreateConversation, LookupConversation, ShowConversation,
    UpdateConversation,
};

pub(super) fn routes(routes: &mut Routes) {
    add_routes!(
        routes,
        "pantry conversations": create_conversation, find_or_create_conversation, lookup_conversation,
        list_conversations, get_conversation, update_conversation, delete_conversation, restore_conversation
    );
}

/// Begins a conversation of a household.
#[utoipa::path(post, path = "/v1/pantry/conversations", responses(TakesSession))]
async fn create_conversation(
    change: Change<PantryWrite>,
    Json(body): Json<CreateConversation>,
) -> ApiResult<Created<ConversationBody>> {
    let new = body.read()?;
    change.write("pantry.create_conversation", move |tx| conversations::create(tx, new.clone())).await
}

/// Finds the conversation of a household that an agent calls so, or begins one.
///
/// A conversation that is there stays as it is; `title` and `metadata` are for a new one.
#[utoipa::path(put, path = "/v1/pantry/conversations/by-session")]
async fn find_or_create_conversation(
    change: Change<PantryWrite>,
    Json(body): Json<FindOrCreateConversation>,
) -> ApiResult<CreatedOrFound<ConversationBody>> {
    let new = body.read()?;
    let find_or_create = move |tx: &mut Tx<'_>| conversations::find_or_create(tx, new.clone());
    change.write("pantry.find_or_create_conversation", find_or_create).await
}

/// Finds the conversation of a household that an agent calls so.
#[utoipa::path(post, path = "/v1/pantry/conversations/lookup", responses(LooksUp))]
async fn lookup_conversation(
    caller: Caller<PantryRead>,
    Json(body): Json<LookupConversation>,
) -> ApiResult<Found<ConversationBody>> {
    let (user, session_id, messages) = body.read()?;
    let lookup = move |conn: &mut Conn<'_>| -> service::Result<ConversationBody> {
        let found = conversations::get_by_session_id(conn, user, &session_id)?;
        if messages { Ok(conversations::with_messages(conn, found)?.into()) } else { Ok(found.into()) }
    };
    caller.read("pantry.lookup_conversation", lookup).await
}

/// Lists the conversations of a household, those with the latest message or change first.
#[utoipa::path(get, path = "/v1/pantry/users/{id}/conversations")]
async fn list_conversations(
    caller: Caller<PantryRead>,
    PathId(user): PathId<User>,
    paging: Paging,
) -> ApiResult<List<ConversationBody>> {
    caller
        .list("pantry.list_conversations", user, &paging, move |conn, page| {
            conversations::list(conn, user, page)
        })
        .await
}

/// Shows a conversation.
#[utoipa::path(get, path = "/v1/pantry/conversations/{id}")]
async fn get_conversation(
    caller: Caller<PantryRead>,
    PathId(id): PathId<Conversation>,
    Query(query): Query<ShowConversation>,
) -> ApiResult<Found<ConversationBody>> {
    if query.messages.unwrap_or(false) {
        let get = move |conn: &mut Conn<'_>| conversations::get_conversation_with_messages(conn, id);
        return caller.read("pantry.get_conversation_with_messages", get).await;
    }
    caller.read("pantry.get_conversation", move |conn| conversations::get(conn, id)).await
}

/// Changes a conversation.
#[utoipa::path(patch, path = "/v1/pantry/conversations/{id}")]
async fn update_conversation(
    change: Change<PantryWrite>,
    PathId(id): PathId<Conversation>,
    IfMatch(version): IfMatch,
    Json(body): Json<UpdateConversation>,
) -> ApiResult<Found<ConversationBody>> {
    let changes = body.read()?;
    let update = move |tx: &mut Tx<'_>| conversations::update(tx, id, version, changes.clone());
    change.write("pantry.update_conversation", update).await
}

/// Deletes a conversation with its messages. Restoring brings it back, until it is purged.
#[utoipa::path(delete, path = "/v1/pantry/conversations/{id}")]
async fn delete_conversation(
    change: Change<PantryWrite>,
    PathId(id): PathId<Conversation>,
    IfMatch(version): IfMatch,
) -> ApiResult<NoContent> {
    change.write("pantry.delete_conversation", move |tx| conversations::delete(tx, id, version)).await
}

/// Brings back a deleted conversation.
#[utoipa::path(post, path = "/v1/pantry/conversations/{id}/restore", responses(MayHaveLostPlace))]
async fn restore_conversation(
    change: Change<PantryWrite>,
    PathId(id): PathId<Conversation>,
) -> ApiResult<Found<ConversationBody>> {
    change.write("pantry.restore_conversation", move |tx| conversations::restore(tx, id)).await
}
