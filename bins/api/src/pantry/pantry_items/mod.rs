//! `pantry.pantry_items`: what is at home.

mod bodies;
mod shelves;

use repository::domain::pantry::{PantryItem, Shelf, User};
use service::pantry::pantry_items;

use super::{PantryRead, PantryWrite};
use crate::http::{
    ApiResult, Caller, Change, Json, List, MadeOrShown, NoContent, Paging, PathId, Routes, Shown, add_routes,
};

use bodies::{AddPantryItem, Consume, ConsumedBody, PantryItemBody, UpdatePantryItem};

pub(super) fn routes(routes: &mut Routes) {
    add_routes!(
        routes,
        "pantry items": add_pantry_item, list_pantry_items, get_pantry_item, update_pantry_item,
        delete_pantry_item, consume_pantry_item
    );
    shelves::routes(routes);
}

/// Adds something to a user's pantry.
///
/// What is there of the same product, unit and expiry becomes more. Together with a quantity that is not known the sum is
/// not known either.
#[utoipa::path(post, path = "/v1/pantry/users/{id}/pantry-items")]
async fn add_pantry_item(
    change: Change<PantryWrite>,
    PathId(user): PathId<User>,
    Json(body): Json<AddPantryItem>,
) -> ApiResult<MadeOrShown<PantryItemBody>> {
    let delivery = body.read()?;
    change.write("pantry.add_pantry_item", move |tx| pantry_items::add(tx, user, delivery.clone())).await
}

/// Lists everything in a user's pantry: soonest expiry first, undated last.
#[utoipa::path(get, path = "/v1/pantry/users/{id}/pantry-items")]
async fn list_pantry_items(
    caller: Caller<PantryRead>,
    PathId(user): PathId<User>,
    paging: Paging,
) -> ApiResult<List<PantryItemBody>> {
    caller
        .list("pantry.list_pantry_items", user, &paging, move |conn, page| {
            pantry_items::list(conn, user, Shelf::All, None, page)
        })
        .await
}

/// Shows something at home.
#[utoipa::path(get, path = "/v1/pantry/pantry-items/{id}")]
async fn get_pantry_item(
    caller: Caller<PantryRead>,
    PathId(id): PathId<PantryItem>,
) -> ApiResult<Shown<PantryItemBody>> {
    caller.read("pantry.get_pantry_item", move |conn| pantry_items::get(conn, id)).await
}

/// Changes something at home.
#[utoipa::path(patch, path = "/v1/pantry/pantry-items/{id}", responses((
    status = 409, description = "`conflict`: `existing_id` has this product, unit and expiry already",
)))]
async fn update_pantry_item(
    change: Change<PantryWrite>,
    PathId(id): PathId<PantryItem>,
    Json(body): Json<UpdatePantryItem>,
) -> ApiResult<Shown<PantryItemBody>> {
    let changes = body.read()?;
    change.write("pantry.update_pantry_item", move |tx| pantry_items::update(tx, id, changes.clone())).await
}

/// Removes something from the pantry.
#[utoipa::path(delete, path = "/v1/pantry/pantry-items/{id}")]
async fn delete_pantry_item(
    change: Change<PantryWrite>,
    PathId(id): PathId<PantryItem>,
) -> ApiResult<NoContent> {
    change.write("pantry.delete_pantry_item", move |tx| pantry_items::delete(tx, id)).await
}

/// Takes some of it, or all. Where nothing is left, the row goes.
#[utoipa::path(post, path = "/v1/pantry/pantry-items/{id}/consume", responses((
    status = 409,
    description = "`not_enough`: there is less; `quantity_unknown`: nobody measured how much there is",
)))]
async fn consume_pantry_item(
    change: Change<PantryWrite>,
    PathId(id): PathId<PantryItem>,
    Json(body): Json<Consume>,
) -> ApiResult<Shown<ConsumedBody>> {
    let taken = body.read()?;
    change.write("pantry.consume_pantry_item", move |tx| pantry_items::consume(tx, id, taken)).await
}
