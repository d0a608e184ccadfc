//! `market.messages`: messages of conversations.

mod bodies;
mod queue;

use repository::domain::market::{Conversation, Message};
use service::market::messages;

use super::{MarketRead, MarketWrite};
use crate::http::{
    ApiResult, Caller, Change, Json, List, MadeOrShown, Paging, PathId, Query, Routes, Shown, add_routes,
};

pub(super) use bodies::MessageBody;
use bodies::{CreateMessage, ListMessages};

pub(super) fn routes(routes: &mut Routes) {
    add_routes!(
        routes,
        "market messages": create_message, list_conversation_messages, list_messages, get_message
    );
    queue::routes(routes);
}

/// Stores a message in a conversation, whatever became of that.
///
/// One whose `wallapop_message_id` the conversation has already is answered as it was stored. A message of a buyer who is
/// blocked is stored as processed, so that nobody answers it.
#[utoipa::path(post, path = "/v1/market/conversations/{id}/messages", responses((
    status = 409,
    description = "`conflict`: the message `existing_id` of another conversation has this wallapop_message_id; \
                   `buyer_anonymised`: the buyer was anonymised",
)))]
async fn create_message(
    change: Change<MarketWrite>,
    PathId(conversation): PathId<Conversation>,
    Json(body): Json<CreateMessage>,
) -> ApiResult<MadeOrShown<MessageBody>> {
    let new = body.read()?;
    change.write("market.create_message", move |tx| messages::create(tx, conversation, &new)).await
}

/// Lists the messages of a conversation, newest first.
#[utoipa::path(get, path = "/v1/market/conversations/{id}/messages")]
async fn list_conversation_messages(
    caller: Caller<MarketRead>,
    PathId(conversation): PathId<Conversation>,
    paging: Paging,
) -> ApiResult<List<MessageBody>> {
    caller
        .list("market.list_conversation_messages", conversation, &paging, move |conn, page| {
            messages::list_for_conversation(conn, conversation, page)
        })
        .await
}

/// Lists messages of all conversations, newest first.
#[utoipa::path(get, path = "/v1/market/messages")]
async fn list_messages(
    caller: Caller<MarketRead>,
    Query(query): Query<ListMessages>,
    paging: Paging,
) -> ApiResult<List<MessageBody>> {
    let filter = query.read()?;
    let most = caller.state().market.max_processing_attempts;
    let list = format!("{filter:?}");
    caller
        .list("market.list_messages", list, &paging, move |conn, page| {
            messages::list(conn, filter, most, page)
        })
        .await
}

/// Shows a message.
#[utoipa::path(get, path = "/v1/market/messages/{id}")]
async fn get_message(
    caller: Caller<MarketRead>,
    PathId(id): PathId<Message>,
) -> ApiResult<Shown<MessageBody>> {
    caller.read("market.get_message", move |conn| messages::get(conn, id)).await
}
