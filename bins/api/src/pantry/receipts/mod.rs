//! `pantry.receipts`: what was bought where, as it was printed.

mod batch;
mod bodies;
mod requests;

use repository::domain::pantry::{Receipt, User};
use service::pantry::receipts;

use super::{PantryRead, PantryWrite};
use crate::http::{
    ApiResult, Caller, Change, Created, Found, IfMatch, Json, List, NoContent, Paging, PathId, Query, Routes,
    add_routes,
};

use bodies::{ReceiptBody, ReceiptSummaryBody};
use requests::{CreateReceipt, ListReceipts, UpdateReceipt};

pub(super) fn routes(routes: &mut Routes) {
    add_routes!(
        routes,
        "pantry receipts": create_receipt, list_receipts, get_receipt, update_receipt, delete_receipt,
        restore_receipt
    );
    batch::routes(routes);
}

/// Makes a receipt with its items.
///
/// Amounts are read as they are printed; one that can be read in two ways is refused. The price of an item that lacks one is
/// its quantity times the price of one, rounded once, half away from zero.
#[utoipa::path(post, path = "/v1/pantry/receipts")]
async fn create_receipt(
    change: Change<PantryWrite>,
    Json(body): Json<CreateReceipt>,
) -> ApiResult<Created<ReceiptBody>> {
    let new = body.read()?;
    change.write("pantry.create_receipt", move |tx| receipts::create(tx, new.clone())).await
}

/// Lists a user's receipts without their items: the latest purchase first, those without a day last.
#[utoipa::path(get, path = "/v1/pantry/users/{id}/receipts")]
async fn list_receipts(
    caller: Caller<PantryRead>,
    PathId(user): PathId<User>,
    Query(query): Query<ListReceipts>,
    paging: Paging,
) -> ApiResult<List<ReceiptSummaryBody>> {
    let filter = query.filter()?;
    caller
        .list("pantry.list_receipts", user, &paging, move |conn, page| {
            receipts::list(conn, user, &filter, page)
        })
        .await
}

/// Shows a receipt with its items.
#[utoipa::path(get, path = "/v1/pantry/receipts/{id}")]
async fn get_receipt(
    caller: Caller<PantryRead>,
    PathId(id): PathId<Receipt>,
) -> ApiResult<Found<ReceiptBody>> {
    caller.read("pantry.get_receipt", move |conn| receipts::get(conn, id)).await
}

/// Changes a receipt and, where items are given, replaces those that are there.
///
/// What came into the pantry stays as it is.
#[utoipa::path(patch, path = "/v1/pantry/receipts/{id}")]
async fn update_receipt(
    change: Change<PantryWrite>,
    PathId(id): PathId<Receipt>,
    IfMatch(version): IfMatch,
    Json(body): Json<UpdateReceipt>,
) -> ApiResult<Found<ReceiptBody>> {
    let changes = body.read()?;
    change.write("pantry.update_receipt", move |tx| receipts::update(tx, id, version, changes.clone())).await
}

/// Deletes a receipt. Restoring brings it back, until it is purged.
#[utoipa::path(delete, path = "/v1/pantry/receipts/{id}")]
async fn delete_receipt(
    change: Change<PantryWrite>,
    PathId(id): PathId<Receipt>,
    IfMatch(version): IfMatch,
) -> ApiResult<NoContent> {
    change.write("pantry.delete_receipt", move |tx| receipts::delete(tx, id, version)).await
}

/// Brings back a deleted receipt.
#[utoipa::path(post, path = "/v1/pantry/receipts/{id}/restore")]
async fn restore_receipt(
    change: Change<PantryWrite>,
    PathId(id): PathId<Receipt>,
) -> ApiResult<Found<ReceiptBody>> {
    change.write("pantry.restore_receipt", move |tx| receipts::restore(tx, id)).await
}
