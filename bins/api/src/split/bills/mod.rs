//! `split.bills`: bills to be shared.

mod batch;
mod bodies;
mod requests;

use repository::domain::split::division::SplitInput;
use repository::domain::split::{Bill, User};
use service::split::bills;

use super::sharing::Division;
use super::{SplitRead, SplitWrite};
use crate::http::{
    ApiResult, Caller, Change, Created, Found, IfMatch, Json, List, NoContent, Paging, PathId, Query, Routes,
    add_routes,
};

pub(super) use bodies::WarningBody;
use bodies::{BillBody, BillSummaryBody};
use requests::{CreateBill, ListBills, UpdateBill};

pub(super) fn routes(routes: &mut Routes) {
    add_routes!(
        routes,
        "split bills": create_bill, list_bills, get_bill, update_bill, delete_bill, set_split, cancel_bill,
        restore_bill
    );
    batch::routes(routes);
}

/// Makes a bill and, where a split is given, its shares.
#[utoipa::path(post, path = "/v1/split/bills")]
async fn create_bill(
    change: Change<SplitWrite>,
    Json(body): Json<CreateBill>,
) -> ApiResult<Created<BillBody>> {
    let (new, split) = body.read()?;
    change.write("split.create_bill", move |tx| bills::create(tx, new.clone(), split.as_ref())).await
}

/// Lists a user's bills, newest first, each with what has been paid.
#[utoipa::path(get, path = "/v1/split/users/{id}/bills")]
async fn list_bills(
    caller: Caller<SplitRead>,
    PathId(user): PathId<User>,
    Query(query): Query<ListBills>,
    paging: Paging,
) -> ApiResult<List<BillSummaryBody>> {
    let filter = query.filter()?;
    caller
        .list("split.list_bills", user, &paging, move |conn, page| bills::list(conn, user, &filter, page))
        .await
}

/// Shows a bill with its shares.
#[utoipa::path(get, path = "/v1/split/bills/{id}")]
async fn get_bill(caller: Caller<SplitRead>, PathId(id): PathId<Bill>) -> ApiResult<Found<BillBody>> {
    caller.read("split.get_bill", move |conn| bills::get(conn, id)).await
}

/// Changes a bill and, where a split is given, divides it anew.
///
/// A new total or currency of a bill that is split needs a new split with it.
#[utoipa::path(patch, path = "/v1/split/bills/{id}", responses((
    status = 409,
    description = "`split_required`: the bill is split, and its total or currency cannot change alone; \
                   `split_locked`: somebody was asked or has paid; `bill_not_active`: it is completed or cancelled",
)))]
async fn update_bill(
    change: Change<SplitWrite>,
    PathId(id): PathId<Bill>,
    IfMatch(version): IfMatch,
    Json(body): Json<UpdateBill>,
) -> ApiResult<Found<BillBody>> {
    let (changes, split) = body.read()?;
    change
        .write("split.update_bill", move |tx| bills::update(tx, id, version, changes.clone(), split.as_ref()))
        .await
}

/// Deletes a bill. Restoring brings it back, until it is purged.
#[utoipa::path(delete, path = "/v1/split/bills/{id}")]
async fn delete_bill(
    change: Change<SplitWrite>,
    PathId(id): PathId<Bill>,
    IfMatch(version): IfMatch,
) -> ApiResult<NoContent> {
    change.write("split.delete_bill", move |tx| bills::delete(tx, id, version)).await
}

/// Divides an active bill, anew where it was divided before.
#[utoipa::path(put, path = "/v1/split/bills/{id}/split", responses((
    status = 409,
    description = "`split_locked`: somebody was asked or has paid; `bill_not_active`: it is completed or cancelled",
)))]
async fn set_split(
    change: Change<SplitWrite>,
    PathId(id): PathId<Bill>,
    IfMatch(version): IfMatch,
    Json(body): Json<Division>,
) -> ApiResult<Found<BillBody>> {
    let split = SplitInput::from(body);
    change.write("split.set_split", move |tx| bills::set_split(tx, id, version, &split)).await
}

/// Cancels an active bill. That is final.
#[utoipa::path(post, path = "/v1/split/bills/{id}/cancel", responses((
    status = 409,
    description = "`illegal_transition`: the bill is completed or cancelled",
)))]
async fn cancel_bill(change: Change<SplitWrite>, PathId(id): PathId<Bill>) -> ApiResult<Found<BillBody>> {
    change.write("split.cancel_bill", move |tx| bills::cancel(tx, id)).await
}

/// Brings back a deleted bill.
#[utoipa::path(post, path = "/v1/split/bills/{id}/restore")]
async fn restore_bill(change: Change<SplitWrite>, PathId(id): PathId<Bill>) -> ApiResult<Found<BillBody>> {
    change.write("split.restore_bill", move |tx| bills::restore(tx, id)).await
}
