//! `market.conversations`: conversations of the bot with a buyer about a product.

mod bodies;

use repository::Tx;
use repository::domain::TextError;
use repository::domain::market::{Conversation, WallapopId};
use service::market::conversations;

use super::{MarketRead, MarketWrite, changes};
use crate::http::{
    ApiResult, Caller, Change, CreatedOrFound, Found, IfMatch, Json, List, OptionalJson, Paging, PathId,
    PathKey, PathText, Query, Routes, Shown, add_routes,
};

pub(super) use bodies::ConversationBody;
use bodies::{CompleteConversation, CreateConversation, ListConversations, MarkedBody, UpdateConversation};

pub(super) fn routes(routes: &mut Routes) {
    add_routes!(
        routes,
        "market conversations": create_conversation, list_conversations, get_conversation,
        get_conversation_by_wallapop_id, update_conversation, complete_conversation, cancel_conversation,
        block_conversation, reopen_conversation, read_conversation
    );
}

/// The `{wallapop_chat_id}` of a route.
struct PathChatId(WallapopId);

impl PathKey for PathChatId {
    type Error = TextError;
    const NAME: &'static str = "wallapop_chat_id";
    const ABOUT: &'static str = "The marketplace's id of the chat";

    fn parse(text: &str) -> Result<Self, TextError> {
        WallapopId::parse(text).map(Self)
    }
}

/// Begins a conversation of a buyer about a product, unless it is there.
///
/// The active one of the two is answered as it is, and so is the one that has the chat id, whatever became of it: a chat goes on
/// under its id, and a cancelled conversation can be reopened.
#[utoipa::path(post, path = "/v1/market/conversations", responses((
    status = 409,
    description = "`conflict`: the conversation `existing_id` of others has this chat id; `buyer_blocked`: the buyer is blocked; \
                   `buyer_anonymised`: the buyer was anonymised; `product_not_available`: the product is reserved, sold or inactive",
)))]
async fn create_conversation(
    change: Change<MarketWrite>,
    Json(body): Json<CreateConversation>,
) -> ApiResult<CreatedOrFound<ConversationBody>> {
    let new = body.read()?;
    change.write("market.create_conversation", move |tx| conversations::create(tx, &new)).await
}

/// Lists conversations, the one that changed last first. Archived ones are left out unless `archived=true`.
#[utoipa::path(get, path = "/v1/market/conversations")]
async fn list_conversations(
    caller: Caller<MarketRead>,
    Query(query): Query<ListConversations>,
    paging: Paging,
) -> ApiResult<List<ConversationBody>> {
    let filter = query.read()?;
    let list = format!("{filter:?}");
    caller
        .list("market.list_conversations", list, &paging, move |conn, page| {
            conversations::list(conn, &filter, page)
        })
        .await
}

/// Shows a conversation.
#[utoipa::path(get, path = "/v1/market/conversations/{id}")]
async fn get_conversation(
    caller: Caller<MarketRead>,
    PathId(id): PathId<Conversation>,
) -> ApiResult<Found<ConversationBody>> {
    caller.read("market.get_conversation", move |conn| conversations::get(conn, id)).await
}

/// Shows the conversation with an id of the marketplace's.
#[utoipa::path(get, path = "/v1/market/conversations/by-wallapop-id/{wallapop_chat_id}", responses((
    status = 404, description = "`not_found`: there is none, or its product or its buyer is deleted",
)))]
async fn get_conversation_by_wallapop_id(
    caller: Caller<MarketRead>,
    PathText(PathChatId(chat)): PathText<PathChatId>,
) -> ApiResult<Found<ConversationBody>> {
    let get = move |conn: &mut repository::Conn<'_>| conversations::get_by_chat_id(conn, &chat);
    caller.read("market.get_conversation_by_wallapop_id", get).await
}

/// Changes an active conversation.
#[utoipa::path(patch, path = "/v1/market/conversations/{id}", responses((
    status = 409, description = "`conversation_not_active`: it has ended",
)))]
async fn update_conversation(
    change: Change<MarketWrite>,
    PathId(id): PathId<Conversation>,
    IfMatch(version): IfMatch,
    Json(body): Json<UpdateConversation>,
) -> ApiResult<Found<ConversationBody>> {
    let changes = body.read()?;
    let update = move |tx: &mut Tx<'_>| conversations::update(tx, id, version, changes.clone());
    change.write("market.update_conversation", update).await
}

/// Ends an active conversation in a sale.
///
/// The product is sold, and its other active conversations are cancelled, which counts against nobody. A completed one stays
/// as it is.
#[utoipa::path(post, path = "/v1/market/conversations/{id}/complete", responses((
    status = 409, description = "`conversation_not_active`: it has ended otherwise",
)))]
async fn complete_conversation(
    change: Change<MarketWrite>,
    PathId(id): PathId<Conversation>,
    OptionalJson(body): OptionalJson<CompleteConversation>,
) -> ApiResult<Found<ConversationBody>> {
    let price = body.read()?;
    let complete = move |tx: &mut Tx<'_>| conversations::complete(tx, id, price);
    changes::write(change, "market.complete_conversation", complete).await
}

/// Cancels an active conversation. A cancelled one stays as it is.
#[utoipa::path(post, path = "/v1/market/conversations/{id}/cancel", responses((
    status = 409, description = "`conversation_not_active`: it has ended otherwise",
)))]
async fn cancel_conversation(
    change: Change<MarketWrite>,
    PathId(id): PathId<Conversation>,
) -> ApiResult<Found<ConversationBody>> {
    changes::write(change, "market.cancel_conversation", move |tx| conversations::cancel(tx, id)).await
}

/// Blocks the buyer of an active conversation, and with the buyer all active conversations. A blocked one stays as it is.
#[utoipa::path(post, path = "/v1/market/conversations/{id}/block", responses((
    status = 409, description = "`conversation_not_active`: it has ended otherwise",
)))]
async fn block_conversation(
    change: Change<MarketWrite>,
    PathId(id): PathId<Conversation>,
) -> ApiResult<Found<ConversationBody>> {
    changes::write(change, "market.block_conversation", move |tx| conversations::block(tx, id)).await
}

/// Takes the cancellation of a conversation back. An active one stays as it is.
#[utoipa::path(post, path = "/v1/market/conversations/{id}/reopen", responses((
    status = 409,
    description = "`conversation_not_active`: it was not cancelled; `product_not_available`: the product is sold or inactive; \
                   `buyer_blocked`: the buyer is blocked; `buyer_anonymised`: the buyer was anonymised; `conflict`: the \
                   conversation `existing_id` of the two is active",
)))]
async fn reopen_conversation(
    change: Change<MarketWrite>,
    PathId(id): PathId<Conversation>,
) -> ApiResult<Found<ConversationBody>> {
    change.write("market.reopen_conversation", move |tx| conversations::reopen(tx, id)).await
}

/// Marks the buyer's messages as read, and answers how many were not.
#[utoipa::path(post, path = "/v1/market/conversations/{id}/read")]
async fn read_conversation(
    change: Change<MarketWrite>,
    PathId(id): PathId<Conversation>,
) -> ApiResult<Shown<MarkedBody>> {
    change.write("market.read_conversation", move |tx| conversations::mark_read(tx, id)).await
}
