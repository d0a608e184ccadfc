//! `split.bills`: bills to be shared.

mod batch;
mod bodies;
mod requests;

use actix_web::web::Data;
use actix_web::{delete, get, patch, post, put};
use repository::Tx;
use repository::domain::split::division::SplitInput;
use repository::domain::split::{Bill, User};
use service::split::bills::{self, BillDetails};
use utoipa_actix_web::service_config::ServiceConfig;

use super::sharing::Division;
use crate::http::auth::{Caller, SplitRead, SplitWrite};
use crate::http::error::responses::{AuthErrors, BodyErrors, NotFoundError, TakesPage, TakesVersion};
use crate::http::error::{ApiError, Problem};
use crate::http::etag::IfMatch;
use crate::http::idempotency::Change;
use crate::http::input::{Json, PathId, Query};
use crate::http::page::List;
use crate::http::respond::{Reply, created, found, no_content, ok};
use crate::state::State;

pub(super) use bodies::WarningBody;
use bodies::{BillBody, BillSummaryBody};
use requests::{CreateBill, ListBills, UpdateBill};

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(batch::store_bills)
        .service(create_bill)
        .service(list_bills)
        .service(get_bill)
        .service(update_bill)
        .service(delete_bill)
        .service(set_split)
        .service(cancel_bill)
        .service(restore_bill);
}

fn made(details: BillDetails) -> Result<Reply, ApiError> {
    let location = format!("/v1/split/bills/{}", details.bill.id);
    created(location, details.bill.row_version, BillBody::from(details))
}

fn shown(details: BillDetails) -> Result<Reply, ApiError> {
    found(details.bill.row_version, BillBody::from(details))
}

/// Makes a bill and, where a split is given, its shares.
#[utoipa::path(
    tag = "split bills",
    responses(
        (status = 201, description = "The bill", body = BillBody,
         headers(("Location", description = "Its path"), ("ETag", description = "Its version"))),
        AuthErrors, BodyErrors,
    ),
    security(("api_key" = ["split:write"]))
)]
#[post("/v1/split/bills")]
async fn create_bill(
    caller: Caller<SplitWrite>,
    change: Change,
    state: Data<State>,
    Json(body): Json<CreateBill>,
) -> Result<Reply, ApiError> {
    let (new, split) = body.read()?;
    let create = move |tx: &mut Tx<'_>| bills::create(tx, new.clone(), split.as_ref());
    state.write("split.create_bill", &caller, change, create, made).await
}

/// Lists a user's bills, newest first, each with what has been paid.
#[utoipa::path(
    tag = "split bills",
    params(("id" = Uuid, Path, description = "The user"), ListBills),
    responses((status = 200, description = "A page", body = List<BillSummaryBody>), AuthErrors, NotFoundError, TakesPage),
    security(("api_key" = ["split:read"]))
)]
#[get("/v1/split/users/{id}/bills")]
async fn list_bills(
    caller: Caller<SplitRead>,
    state: Data<State>,
    PathId(user): PathId<User>,
    Query(query): Query<ListBills>,
) -> Result<Reply, ApiError> {
    let list = state.list("split.bills", user);
    let (filter, page) = (query.filter()?, list.request(query.limit, query.cursor.as_deref())?);
    let found =
        state.read("split.list_bills", &caller, move |conn| bills::list(conn, user, &filter, page)).await?;
    ok(list.answer(found, BillSummaryBody::from))
}

/// Shows a bill with its shares.
#[utoipa::path(
    tag = "split bills",
    params(("id" = Uuid, Path, description = "The bill")),
    responses(
        (status = 200, description = "The bill", body = BillBody, headers(("ETag", description = "Its version"))),
        AuthErrors, NotFoundError,
    ),
    security(("api_key" = ["split:read"]))
)]
#[get("/v1/split/bills/{id}")]
async fn get_bill(
    caller: Caller<SplitRead>,
    state: Data<State>,
    PathId(id): PathId<Bill>,
) -> Result<Reply, ApiError> {
    let details = state.read("split.get_bill", &caller, move |conn| bills::get(conn, id)).await?;
    shown(details)
}

/// Changes a bill and, where a split is given, divides it anew.
///
/// A new total or currency of a bill that is split needs a new split with it.
#[utoipa::path(
    tag = "split bills",
    params(("id" = Uuid, Path, description = "The bill"), IfMatch),
    responses(
        (status = 200, description = "The bill", body = BillBody, headers(("ETag", description = "Its new version"))),
        (status = 409, body = Problem, content_type = "application/problem+json",
         description = "`split_required`: the bill is split, and its total or currency cannot change alone; \
                        `split_locked`: somebody was asked or has paid; `bill_not_active`: it is completed or cancelled"),
        AuthErrors, NotFoundError, BodyErrors, TakesVersion,
    ),
    security(("api_key" = ["split:write"]))
)]
#[patch("/v1/split/bills/{id}")]
async fn update_bill(
    caller: Caller<SplitWrite>,
    change: Change,
    state: Data<State>,
    PathId(id): PathId<Bill>,
    IfMatch(version): IfMatch,
    Json(body): Json<UpdateBill>,
) -> Result<Reply, ApiError> {
    let (changes, split) = body.read()?;
    let update = move |tx: &mut Tx<'_>| bills::update(tx, id, version, changes.clone(), split.as_ref());
    state.write("split.update_bill", &caller, change, update, shown).await
}

/// Deletes a bill. Restoring brings it back, until it is purged.
#[utoipa::path(
    tag = "split bills",
    params(("id" = Uuid, Path, description = "The bill"), IfMatch),
    responses((status = 204, description = "The bill is deleted"), AuthErrors, NotFoundError, TakesVersion),
    security(("api_key" = ["split:write"]))
)]
#[delete("/v1/split/bills/{id}")]
async fn delete_bill(
    caller: Caller<SplitWrite>,
    change: Change,
    state: Data<State>,
    PathId(id): PathId<Bill>,
    IfMatch(version): IfMatch,
) -> Result<Reply, ApiError> {
    let delete = move |tx: &mut Tx<'_>| bills::delete(tx, id, version);
    state.write("split.delete_bill", &caller, change, delete, |_| no_content()).await
}

/// Divides an active bill, anew where it was divided before.
#[utoipa::path(
    tag = "split bills",
    params(("id" = Uuid, Path, description = "The bill"), IfMatch),
    responses(
        (status = 200, description = "The bill", body = BillBody, headers(("ETag", description = "Its new version"))),
        (status = 409, body = Problem, content_type = "application/problem+json",
         description = "`split_locked`: somebody was asked or has paid; `bill_not_active`: it is completed or cancelled"),
        AuthErrors, NotFoundError, BodyErrors, TakesVersion,
    ),
    security(("api_key" = ["split:write"]))
)]
#[put("/v1/split/bills/{id}/split")]
async fn set_split(
    caller: Caller<SplitWrite>,
    change: Change,
    state: Data<State>,
    PathId(id): PathId<Bill>,
    IfMatch(version): IfMatch,
    Json(body): Json<Division>,
) -> Result<Reply, ApiError> {
    let split = SplitInput::from(body);
    let set = move |tx: &mut Tx<'_>| bills::set_split(tx, id, version, &split);
    state.write("split.set_split", &caller, change, set, shown).await
}

/// Cancels an active bill. That is final.
#[utoipa::path(
    tag = "split bills",
    params(("id" = Uuid, Path, description = "The bill")),
    responses(
        (status = 200, description = "The bill", body = BillBody, headers(("ETag", description = "Its new version"))),
        (status = 409, body = Problem, content_type = "application/problem+json",
         description = "`illegal_transition`: the bill is completed or cancelled"),
        AuthErrors, NotFoundError,
    ),
    security(("api_key" = ["split:write"]))
)]
#[post("/v1/split/bills/{id}/cancel")]
async fn cancel_bill(
    caller: Caller<SplitWrite>,
    change: Change,
    state: Data<State>,
    PathId(id): PathId<Bill>,
) -> Result<Reply, ApiError> {
    state.write("split.cancel_bill", &caller, change, move |tx| bills::cancel(tx, id), shown).await
}

/// Brings back a deleted bill.
#[utoipa::path(
    tag = "split bills",
    params(("id" = Uuid, Path, description = "The bill")),
    responses(
        (status = 200, description = "The bill", body = BillBody, headers(("ETag", description = "Its new version"))),
        AuthErrors, NotFoundError,
    ),
    security(("api_key" = ["split:write"]))
)]
#[post("/v1/split/bills/{id}/restore")]
async fn restore_bill(
    caller: Caller<SplitWrite>,
    change: Change,
    state: Data<State>,
    PathId(id): PathId<Bill>,
) -> Result<Reply, ApiError> {
    state.write("split.restore_bill", &caller, change, move |tx| bills::restore(tx, id), shown).await
}
