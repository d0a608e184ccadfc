//! `split.payment_requests`: UPI links that ask for shares.

mod bodies;
mod deliveries;
mod qr_codes;

use actix_web::web::Data;
use actix_web::{get, post};
use repository::domain::split::{Bill, PaymentRequest};
use repository::{Conn, Tx};
use service::split::payment_requests::{self, Asked, Request};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::http::auth::{Caller, SplitRead, SplitWrite};
use crate::http::error::responses::{AuthErrors, BodyErrors, NotFoundError};
use crate::http::error::{ApiError, Problem};
use crate::http::idempotency::Change;
use crate::http::input::{Json, OptionalJson, PathId, Query};
use crate::http::respond::{Reply, created_unversioned, ok};
use crate::state::State;

use bodies::{
    AskForPayment, AskOnly, AskedBody, LookupPaymentRequest, PaymentRequestBody, PaymentRequestsBody,
};

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(request_payments)
        .service(list_payment_requests)
        .service(lookup_payment_request)
        .service(get_payment_request)
        .service(deliveries::record_delivery)
        .service(deliveries::resend_payment_request)
        .service(qr_codes::get_qr_code)
        .service(qr_codes::get_qr_svg)
        .service(qr_codes::get_qr_png);
}

fn shown(request: Request) -> Result<Reply, ApiError> {
    ok(PaymentRequestBody::from(request))
}

/// Makes a payment request for each unpaid share of an active bill, or for those that are named.
///
/// Whoever has an open request with the same link keeps it, so that asking twice sends nobody two links. Another link, and
/// a request whose delivery failed, is superseded by a new request with a reference of its own.
#[utoipa::path(
    tag = "split payment requests",
    params(("id" = Uuid, Path, description = "The bill"), AskOnly),
    request_body = Option<AskForPayment>,
    responses(
        (status = 200, description = "Nobody needed a new request", body = AskedBody),
        (status = 201, description = "There are new requests", body = AskedBody,
         headers(("Location", description = "The path of the bill's requests"))),
        (status = 409, body = Problem, content_type = "application/problem+json",
         description = "`bill_not_active`: the bill is completed or cancelled"),
        AuthErrors, NotFoundError, BodyErrors,
    ),
    security(("api_key" = ["split:write"]))
)]
#[post("/v1/split/bills/{id}/payment-requests")]
async fn request_payments(
    caller: Caller<SplitWrite>,
    change: Change,
    state: Data<State>,
    PathId(bill): PathId<Bill>,
    Query(query): Query<AskOnly>,
    OptionalJson(body): OptionalJson<AskForPayment>,
) -> Result<Reply, ApiError> {
    let ask = body.read(&query, state.split.default_upi_id.clone())?;
    let request = move |tx: &mut Tx<'_>| payment_requests::request(tx, bill, &ask);
    let answer = move |asked: Asked| {
        if asked.made == 0 {
            return ok(AskedBody::from(asked));
        }
        created_unversioned(format!("/v1/split/bills/{bill}/payment-requests"), AskedBody::from(asked))
    };
    state.write("split.request_payments", &caller, change, request, answer).await
}

/// Lists the payment requests of a bill, closed ones too, in the order of its shares, newest first within each.
#[utoipa::path(
    tag = "split payment requests",
    params(("id" = Uuid, Path, description = "The bill")),
    responses((status = 200, description = "All of them", body = PaymentRequestsBody), AuthErrors, NotFoundError),
    security(("api_key" = ["split:read"]))
)]
#[get("/v1/split/bills/{id}/payment-requests")]
async fn list_payment_requests(
    caller: Caller<SplitRead>,
    state: Data<State>,
    PathId(bill): PathId<Bill>,
) -> Result<Reply, ApiError> {
    let list = move |conn: &mut Conn<'_>| payment_requests::list(conn, bill);
    let requests = state.read("split.list_payment_requests", &caller, list).await?;
    ok(PaymentRequestsBody { data: requests.into_iter().map(PaymentRequestBody::from).collect() })
}

/// Finds the payment request that a bank statement names by its reference.
#[utoipa::path(
    tag = "split payment requests",
    responses((status = 200, description = "The request", body = PaymentRequestBody), AuthErrors, NotFoundError, BodyErrors),
    security(("api_key" = ["split:read"]))
)]
#[post("/v1/split/payment-requests/lookup")]
async fn lookup_payment_request(
    caller: Caller<SplitRead>,
    state: Data<State>,
    Json(body): Json<LookupPaymentRequest>,
) -> Result<Reply, ApiError> {
    let id = body.read()?;
    let found = move |conn: &mut Conn<'_>| payment_requests::get(conn, id);
    shown(state.read("split.lookup_payment_request", &caller, found).await?)
}

/// Shows a payment request.
#[utoipa::path(
    tag = "split payment requests",
    params(("id" = Uuid, Path, description = "The payment request")),
    responses((status = 200, description = "The request", body = PaymentRequestBody), AuthErrors, NotFoundError),
    security(("api_key" = ["split:read"]))
)]
#[get("/v1/split/payment-requests/{id}")]
async fn get_payment_request(
    caller: Caller<SplitRead>,
    state: Data<State>,
    PathId(id): PathId<PaymentRequest>,
) -> Result<Reply, ApiError> {
    let request =
        state.read("split.get_payment_request", &caller, move |conn| payment_requests::get(conn, id)).await?;
    shown(request)
}
