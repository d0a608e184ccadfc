//! `split.payment_requests`: UPI links that ask for shares.

mod bodies;
mod deliveries;
mod qr_codes;

use repository::Tx;
use repository::domain::split::{Bill, PaymentRequest};
use service::split::payment_requests::{self, Asked};

use super::{SplitRead, SplitWrite};
use crate::http::error::responses::LooksUp;
use crate::http::{
    ApiResult, Caller, Change, Json, MadeOrShown, OptionalJson, PathId, Query, Routes, Shown, add_routes,
};

use bodies::{
    AskForPayment, AskOnly, AskedBody, LookupPaymentRequest, PaymentRequestBody, PaymentRequestsBody,
};

pub(super) fn routes(routes: &mut Routes) {
    add_routes!(
        routes,
        "split payment requests": request_payments, list_payment_requests, lookup_payment_request,
        get_payment_request
    );
    deliveries::routes(routes);
    qr_codes::routes(routes);
}

/// Makes a payment request for each unpaid share of an active bill, or for those that are named.
///
/// Whoever has an open request with the same link keeps it, so that asking twice sends nobody two links. Another link, and
/// a request whose delivery failed, is superseded by a new request with a reference of its own.
#[utoipa::path(post, path = "/v1/split/bills/{id}/payment-requests", responses((
    status = 409,
    description = "`bill_not_active`: the bill is completed or cancelled",
)))]
async fn request_payments(
    change: Change<SplitWrite>,
    PathId(bill): PathId<Bill>,
    Query(query): Query<AskOnly>,
    OptionalJson(body): OptionalJson<AskForPayment>,
) -> ApiResult<MadeOrShown<AskedBody>> {
    let ask = body.read(&query, change.state().split.default_upi_id.clone())?;
    let request = move |tx: &mut Tx<'_>| payment_requests::request(tx, bill, &ask);
    let answer = move |asked: Asked| {
        let is_new = asked.made > 0;
        let body = AskedBody::of(bill, asked);
        if is_new { MadeOrShown::Made(body) } else { MadeOrShown::Shown(body) }
    };
    change.write_as("split.request_payments", request, answer).await
}

/// Lists the payment requests of a bill, closed ones too, in the order of its shares, newest first within each.
#[utoipa::path(get, path = "/v1/split/bills/{id}/payment-requests")]
async fn list_payment_requests(
    caller: Caller<SplitRead>,
    PathId(bill): PathId<Bill>,
) -> ApiResult<Shown<PaymentRequestsBody>> {
    caller.read("split.list_payment_requests", move |conn| payment_requests::list(conn, bill)).await
}

/// Finds the payment request that a bank statement names by its reference.
#[utoipa::path(post, path = "/v1/split/payment-requests/lookup", responses(LooksUp))]
async fn lookup_payment_request(
    caller: Caller<SplitRead>,
    Json(body): Json<LookupPaymentRequest>,
) -> ApiResult<Shown<PaymentRequestBody>> {
    let id = body.read()?;
    caller.read("split.lookup_payment_request", move |conn| payment_requests::get(conn, id)).await
}

/// Shows a payment request.
#[utoipa::path(get, path = "/v1/split/payment-requests/{id}")]
async fn get_payment_request(
    caller: Caller<SplitRead>,
    PathId(id): PathId<PaymentRequest>,
) -> ApiResult<Shown<PaymentRequestBody>> {
    caller.read("split.get_payment_request", move |conn| payment_requests::get(conn, id)).await
}
