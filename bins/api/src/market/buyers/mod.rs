//! `market.buyers`: people who write to the bot.

mod bodies;
mod data;

use std::sync::Arc;

use repository::Tx;
use repository::domain::market::Buyer;
use service::market::buyers;

use super::changes::{self, ToDrop};
use super::{Market, MarketAdmin, MarketRead, MarketWrite};
use crate::http::{
    ApiResult, Caller, Change, CreatedOrFound, Found, IfMatch, Json, List, Paging, PathId, Query, Removal,
    Removed, Routes, Shown, add_routes,
};

use bodies::{
    AskWhetherBlocked, BlockedBody, BuyerBody, FoundBuyers, ListBuyers, LookupBuyers, SaveBuyer, UpdateBuyer,
};

pub(super) fn routes(routes: &mut Routes) {
    add_routes!(
        routes,
        "market buyers": save_buyer, lookup_buyers, is_buyer_blocked, list_buyers, get_buyer, update_buyer,
        delete_buyer, restore_buyer, block_buyer, unblock_buyer, anonymise_buyer
    );
    data::routes(routes);
}

/// Notes what the marketplace tells of a person, who is active now.
///
/// Given fields change, null clears, absent ones stay. A new buyer needs a `username`.
#[utoipa::path(put, path = "/v1/market/buyers/by-wallapop-id", responses((
    status = 409, description = "`buyer_anonymised`: nothing is stored of this person any more",
)))]
async fn save_buyer(
    change: Change<MarketWrite>,
    Json(body): Json<SaveBuyer>,
) -> ApiResult<CreatedOrFound<BuyerBody>> {
    let (wallapop_user_id, given) = body.read()?;
    let save = move |tx: &mut Tx<'_>| buyers::create_or_update(tx, &wallapop_user_id, &given);
    change.write("market.save_buyer", save).await
}

/// Finds buyers by a phone number, an e-mail address, a user name or the marketplace's id.
///
/// Several may have the same: they are candidates. At most a hundred are answered, newest first.
#[utoipa::path(post, path = "/v1/market/buyers/lookup")]
async fn lookup_buyers(
    caller: Caller<MarketRead>,
    Json(body): Json<LookupBuyers>,
) -> ApiResult<Shown<FoundBuyers>> {
    let lookup = body.read()?;
    caller.read("market.lookup_buyers", move |conn| buyers::lookup(conn, &lookup)).await
}

/// Tells whether a person is blocked. Who is not known is not.
#[utoipa::path(post, path = "/v1/market/buyers/is-blocked")]
async fn is_buyer_blocked(
    caller: Caller<MarketRead>,
    Json(body): Json<AskWhetherBlocked>,
) -> ApiResult<Shown<BlockedBody>> {
    let id = body.read()?;
    caller.read("market.is_buyer_blocked", move |conn| buyers::is_blocked(conn, &id)).await
}

/// Lists buyers, newest first.
#[utoipa::path(get, path = "/v1/market/buyers")]
async fn list_buyers(
    caller: Caller<MarketRead>,
    Query(query): Query<ListBuyers>,
    paging: Paging,
) -> ApiResult<List<BuyerBody>> {
    let is_blocked = query.is_blocked;
    let list = format!("{is_blocked:?}");
    caller
        .list("market.list_buyers", list, &paging, move |conn, page| buyers::list(conn, is_blocked, page))
        .await
}

/// Shows a buyer.
#[utoipa::path(get, path = "/v1/market/buyers/{id}")]
async fn get_buyer(caller: Caller<MarketRead>, PathId(id): PathId<Buyer>) -> ApiResult<Found<BuyerBody>> {
    caller.read("market.get_buyer", move |conn| buyers::get(conn, id)).await
}

/// Changes a buyer.
#[utoipa::path(patch, path = "/v1/market/buyers/{id}", responses((
    status = 409, description = "`buyer_anonymised`: nothing is stored of this person any more",
)))]
async fn update_buyer(
    change: Change<MarketWrite>,
    PathId(id): PathId<Buyer>,
    IfMatch(version): IfMatch,
    Json(body): Json<UpdateBuyer>,
) -> ApiResult<Found<BuyerBody>> {
    let changes = body.read()?;
    change.write("market.update_buyer", move |tx| buyers::update(tx, id, version, &changes)).await
}

/// Deletes a buyer. The buyer's conversations and their messages are hidden until the buyer is restored.
///
/// With `erase=true` the buyer goes for good, with conversations, messages and what is kept of them elsewhere, also if deleted.
#[utoipa::path(delete, path = "/v1/market/buyers/{id}")]
async fn delete_buyer(
    removal: Removal<Market>,
    PathId(id): PathId<Buyer>,
    IfMatch(version): IfMatch,
) -> ApiResult<Removed> {
    let (to_drop, values) =
        (ToDrop::default(), removal.in_earnest().map(|state| Arc::clone(&state.kept_values)));
    let erased = to_drop.clone();
    let delete = move |tx: &mut Tx<'_>| buyers::delete(tx, id, version);
    let erase = move |tx: &mut Tx<'_>| buyers::erase(tx, id, version).map(|changed| erased.note(changed));
    let removed = removal.make("market.delete_buyer", delete, "market.erase_buyer", erase).await;
    to_drop.after(removed, values).await
}

/// Brings back a deleted buyer, and shows the buyer's conversations again.
#[utoipa::path(post, path = "/v1/market/buyers/{id}/restore", responses((
    status = 409, description = "`restore_conflict`: the buyer `existing_id` has the wallapop_user_id by now",
)))]
async fn restore_buyer(
    change: Change<MarketWrite>,
    PathId(id): PathId<Buyer>,
) -> ApiResult<Found<BuyerBody>> {
    change.write("market.restore_buyer", move |tx| buyers::restore(tx, id)).await
}

/// Blocks a buyer, and with the buyer all active conversations.
#[utoipa::path(post, path = "/v1/market/buyers/{id}/block")]
async fn block_buyer(change: Change<MarketWrite>, PathId(id): PathId<Buyer>) -> ApiResult<Found<BuyerBody>> {
    changes::write(change, "market.block_buyer", move |tx| buyers::block(tx, id)).await
}

/// Unblocks a buyer. No conversation is reopened by that.
#[utoipa::path(post, path = "/v1/market/buyers/{id}/unblock")]
async fn unblock_buyer(
    change: Change<MarketWrite>,
    PathId(id): PathId<Buyer>,
) -> ApiResult<Found<BuyerBody>> {
    change.write("market.unblock_buyer", move |tx| buyers::unblock(tx, id)).await
}

/// Overwrites everything that identifies a buyer, and the texts of the messages. Counts, times, prices and intents stay.
///
/// Active conversations are cancelled, which counts against nobody. It is done once, and cannot be undone.
#[utoipa::path(post, path = "/v1/market/buyers/{id}/anonymise")]
async fn anonymise_buyer(
    change: Change<MarketAdmin>,
    PathId(id): PathId<Buyer>,
) -> ApiResult<Found<BuyerBody>> {
    changes::write(change, "market.anonymise_buyer", move |tx| buyers::anonymise(tx, id)).await
}
