//! `market.products`: what is for sale.

mod bodies;
mod feed;

use std::sync::Arc;

use repository::Tx;
use repository::domain::market::Product;
use service::market::products;

use super::changes::{self, ToDrop};
use super::{Market, MarketRead, MarketWrite, PathWallapopId};
use crate::http::{
    ApiResult, Caller, Change, Created, Found, IfMatch, Json, List, Paging, PathId, PathText, Query, Removal,
    Removed, Routes, add_routes,
};

use bodies::{AddCounts, CreateProduct, ListProducts, ProductBody, UpdateProduct};

pub(super) fn routes(routes: &mut Routes) {
    add_routes!(
        routes,
        "market products": create_product, list_products, get_product, get_product_by_wallapop_id,
        update_product, add_product_counts, delete_product, restore_product
    );
    feed::routes(routes);
}

/// Adds a product.
///
/// Several may be sold under one title. `listed_at` is the time at which it is first available, unless it is given.
#[utoipa::path(post, path = "/v1/market/products", responses((
    status = 409, description = "`conflict`: the product `existing_id` has this wallapop_id already",
)))]
async fn create_product(
    change: Change<MarketWrite>,
    Json(body): Json<CreateProduct>,
) -> ApiResult<Created<ProductBody>> {
    let new = body.read()?;
    change.write("market.create_product", move |tx| products::create(tx, new.clone())).await
}

/// Lists products, newest first.
#[utoipa::path(get, path = "/v1/market/products")]
async fn list_products(
    caller: Caller<MarketRead>,
    Query(query): Query<ListProducts>,
    paging: Paging,
) -> ApiResult<List<ProductBody>> {
    let filter = query.read()?;
    let list = format!("{filter:?}");
    caller
        .list("market.list_products", list, &paging, move |conn, page| products::list(conn, &filter, page))
        .await
}

/// Shows a product.
#[utoipa::path(get, path = "/v1/market/products/{id}")]
async fn get_product(
    caller: Caller<MarketRead>,
    PathId(id): PathId<Product>,
) -> ApiResult<Found<ProductBody>> {
    caller.read("market.get_product", move |conn| products::get(conn, id)).await
}

/// Shows the product with an id of the marketplace's.
#[utoipa::path(get, path = "/v1/market/products/by-wallapop-id/{wallapop_id}", responses((
    status = 404, description = "`not_found`: there is none, or it is deleted",
)))]
async fn get_product_by_wallapop_id(
    caller: Caller<MarketRead>,
    PathText(PathWallapopId(id)): PathText<PathWallapopId>,
) -> ApiResult<Found<ProductBody>> {
    caller
        .read("market.get_product_by_wallapop_id", move |conn| products::get_by_wallapop_id(conn, &id))
        .await
}

/// Changes a product.
///
/// Once it is sold, which cancels its active conversations, only its counters change.
#[utoipa::path(patch, path = "/v1/market/products/{id}", responses((
    status = 409,
    description = "`product_sold`: it is sold; `conflict`: the product `existing_id` has this wallapop_id already",
)))]
async fn update_product(
    change: Change<MarketWrite>,
    PathId(id): PathId<Product>,
    IfMatch(version): IfMatch,
    Json(body): Json<UpdateProduct>,
) -> ApiResult<Found<ProductBody>> {
    let changes = body.read()?;
    let update = move |tx: &mut Tx<'_>| products::update(tx, id, version, changes.clone());
    changes::write(change, "market.update_product", update).await
}

/// Adds to the counters of a product, sold or not.
#[utoipa::path(post, path = "/v1/market/products/{id}/counters")]
async fn add_product_counts(
    change: Change<MarketWrite>,
    PathId(id): PathId<Product>,
    Json(body): Json<AddCounts>,
) -> ApiResult<Found<ProductBody>> {
    let added = body.read()?;
    let add = move |tx: &mut Tx<'_>| products::add_counts(tx, id, added);
    changes::write(change, "market.add_product_counts", add).await
}

/// Deletes a product. Its conversations and their messages are hidden until it is restored.
///
/// With `erase=true` it goes for good, with its conversations and their messages, also if it is deleted.
#[utoipa::path(delete, path = "/v1/market/products/{id}")]
async fn delete_product(
    removal: Removal<Market>,
    PathId(id): PathId<Product>,
    IfMatch(version): IfMatch,
) -> ApiResult<Removed> {
    let (to_drop, values) =
        (ToDrop::default(), removal.in_earnest().map(|state| Arc::clone(&state.kept_values)));
    let (deleted, erased) = (to_drop.clone(), to_drop.clone());
    let delete =
        move |tx: &mut Tx<'_>| products::delete(tx, id, version).map(|changed| deleted.note(changed));
    let erase = move |tx: &mut Tx<'_>| products::erase(tx, id, version).map(|changed| erased.note(changed));
    let removed = removal.make("market.delete_product", delete, "market.erase_product", erase).await;
    to_drop.after(removed, values).await
}

/// Brings back a deleted product, and shows its conversations again.
#[utoipa::path(post, path = "/v1/market/products/{id}/restore", responses((
    status = 409, description = "`restore_conflict`: the product `existing_id` has its wallapop_id by now",
)))]
async fn restore_product(
    change: Change<MarketWrite>,
    PathId(id): PathId<Product>,
) -> ApiResult<Found<ProductBody>> {
    change.write("market.restore_product", move |tx| products::restore(tx, id)).await
}
