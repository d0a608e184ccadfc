//! `split.payment_requests`: UPI links that ask for shares.

use actix_web::http::header::LOCATION;
use actix_web::web::Data;
use actix_web::{HttpResponse, get, post};
use chrono::{DateTime, Utc};
use repository::Cx;
use repository::domain::split::upi::PaymentApp;
use repository::domain::split::{Bill, Participant, PaymentRequest, RequestStatus};
use repository::domain::{Id, Invalid, UpiId, UpiLink};
use serde::{Deserialize, Serialize};
use service::split::payments::{self, Ask, Asked, Request, Skipped};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::schema;
use crate::auth::{Caller, SplitRead, SplitWrite};
use crate::error::responses::{NamesRow, NeedsKey, TakesBody};
use crate::error::{ApiError, Problem};
use crate::input::{OptionalJson, PathId, Query};
use crate::respond::ok;
use crate::state::State;

pub(super) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(request_payments).service(list_payment_requests).service(get_payment_request);
}

/// A link that asks for a share. It starts a payment by the payer; it never proves one.
#[derive(Serialize, ToSchema)]
struct PaymentRequestBody {
    #[schema(value_type = Uuid)]
    id: Id<PaymentRequest>,
    #[schema(value_type = Uuid)]
    participant_id: Id<Participant>,
    /// By NPCI's linking specification 1.6.
    #[schema(example = "upi://pay?pa=asha%40okaxis&pn=Asha%20Rao&am=33.34&cu=INR&tn=Dinner%20-%20Ravi&tr=…")]
    upi_link: String,
    /// The same payment in single apps.
    app_links: AppLinks,
    /// A ready text for the payer, with the link.
    message: String,
    #[schema(schema_with = schema::request_status)]
    status: RequestStatus,
    /// Whether WhatsApp took it.
    whatsapp_sent: bool,
    /// Whether SMS took it.
    sms_sent: bool,
    /// How often it was tried.
    #[schema(minimum = 0)]
    delivery_attempts: i32,
    confirmed_at: Option<DateTime<Utc>>,
    last_delivery_attempt: Option<DateTime<Utc>>,
    /// What went wrong the last time.
    delivery_error: Option<String>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// The same payment in single apps.
#[derive(Serialize, ToSchema)]
struct AppLinks {
    #[schema(example = "gpay://upi/pay?…")]
    gpay: String,
    #[schema(example = "phonepe://pay?…")]
    phonepe: String,
    #[schema(example = "paytmmp://pay?…")]
    paytm: String,
    #[schema(example = "bhim://pay?…")]
    bhim: String,
}

impl From<&UpiLink> for AppLinks {
    fn from(link: &UpiLink) -> Self {
        let link = |app: PaymentApp| app.link(link).expose().to_owned();
        Self {
            gpay: link(PaymentApp::Gpay),
            phonepe: link(PaymentApp::Phonepe),
            paytm: link(PaymentApp::Paytm),
            bhim: link(PaymentApp::Bhim),
        }
    }
}

impl From<Request> for PaymentRequestBody {
    fn from(request: Request) -> Self {
        let Request { request, message } = request;
        let PaymentRequest {
            id,
            participant_id,
            upi_link,
            status,
            whatsapp_sent,
            sms_sent,
            whatsapp_failed: _,
            sms_failed: _,
            delivery_attempts,
            confirmed_at,
            last_delivery_attempt,
            delivery_error,
            created_at,
            updated_at,
        } = request;
        Self {
            id,
            participant_id,
            upi_link: upi_link.expose().to_owned(),
            app_links: AppLinks::from(&upi_link),
            message: message.expose().to_owned(),
            status,
            whatsapp_sent,
            sms_sent,
            delivery_attempts,
            confirmed_at,
            last_delivery_attempt,
            delivery_error: delivery_error.map(|error| error.expose().to_owned()),
            created_at,
            updated_at,
        }
    }
}

/// The requests of a bill.
#[derive(Serialize, ToSchema)]
struct PaymentRequestsBody {
    data: Vec<PaymentRequestBody>,
}

/// What became of asking for a bill.
#[derive(Serialize, ToSchema)]
struct AskedBody {
    /// One request for each who was asked, in the order of the shares.
    data: Vec<PaymentRequestBody>,
    /// Those who cannot be asked.
    skipped: Vec<SkippedBody>,
}

/// Somebody who cannot be asked.
#[derive(Serialize, ToSchema)]
struct SkippedBody {
    #[schema(value_type = Uuid)]
    participant_id: Id<Participant>,
    /// `amount_over_upi_limit`: above 100,000 rupees; `already_confirmed`: the share is paid.
    #[schema(example = "amount_over_upi_limit")]
    code: &'static str,
}

/// Whom to ask, and where they shall pay. Everything may be left out.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"upi_id": "asha@okaxis"}))]
struct AskForPayment {
    /// Where to pay; else the user's own address, else `DEFAULT_UPI_ID`.
    upi_id: Option<String>,
    /// Only these participants; else everybody who has not paid.
    #[schema(value_type = Option<Vec<Uuid>>)]
    only: Option<Vec<String>>,
}

/// Whom to ask, for those who send no body.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct AskOnly {
    /// Only these participants, separated by commas; else everybody who has not paid.
    only: Option<String>,
}

impl AskForPayment {
    fn read(self, query: &AskOnly, fallback: Option<UpiId>) -> Result<Ask, Invalid> {
        let mut fields = Invalid::collect();
        let upi_id = fields.take_optional("/upi_id", self.upi_id.as_deref().map(UpiId::parse));
        let in_query = query.only.as_ref().map(|ids| ids.split(',').map(str::to_owned).collect());
        if in_query.is_some() && self.only.is_some() {
            fields.add("/only", "duplicate", "this stands in the body and in the query: send it once");
        }
        let only: Option<Vec<String>> = self.only.or(in_query);
        let only = only.map(|ids| {
            let ids = ids.iter().enumerate().map(|(n, id)| fields.take(&format!("/only/{n}"), id.parse()));
            ids.flatten().collect()
        });
        fields.build(|| Some(Ask { upi_id: upi_id?, only, fallback }))
    }
}

/// Makes a payment request for each unpaid share of an active bill, or for those that are named.
///
/// Whoever has an open request with the same link keeps it, so that asking twice sends nobody two links.
#[utoipa::path(
    tag = "split",
    params(("id" = Uuid, Path, description = "The bill"), AskOnly),
    request_body = Option<AskForPayment>,
    responses(
        (status = 200, description = "Nobody needed a new request", body = AskedBody),
        (status = 201, description = "There are new requests", body = AskedBody,
         headers(("Location", description = "The path of the bill's requests"))),
        (status = 409, body = Problem, content_type = "application/problem+json",
         description = "`bill_not_active`: the bill is completed or cancelled"),
        NeedsKey, NamesRow, TakesBody,
    ),
    security(("api_key" = ["split:write"]))
)]
#[post("/v1/split/bills/{id}/payment-requests")]
async fn request_payments(
    caller: Caller<SplitWrite>,
    state: Data<State>,
    PathId(bill): PathId<Bill>,
    Query(query): Query<AskOnly>,
    OptionalJson(body): OptionalJson<AskForPayment>,
) -> Result<HttpResponse, ApiError> {
    let ask = body.read(&query, state.split.default_upi_id.clone())?;
    let asked =
        state.write("split.request_payments", &caller, move |tx| payments::request(tx, bill, &ask)).await?;
    let Asked { requests, skipped, made } = asked;
    let skipped =
        skipped.into_iter().map(|Skipped { participant_id, code }| SkippedBody { participant_id, code });
    let body = AskedBody {
        data: requests.into_iter().map(PaymentRequestBody::from).collect(),
        skipped: skipped.collect(),
    };
    if made == 0 {
        return Ok(ok(body));
    }
    let location = format!("/v1/split/bills/{bill}/payment-requests");
    Ok(HttpResponse::Created().insert_header((LOCATION, location)).json(body))
}

/// Lists the payment requests of a bill, in the order of its shares, newest first within each.
#[utoipa::path(
    tag = "split",
    params(("id" = Uuid, Path, description = "The bill")),
    responses((status = 200, description = "All of them", body = PaymentRequestsBody), NeedsKey, NamesRow),
    security(("api_key" = ["split:read"]))
)]
#[get("/v1/split/bills/{id}/payment-requests")]
async fn list_payment_requests(
    caller: Caller<SplitRead>,
    state: Data<State>,
    PathId(bill): PathId<Bill>,
) -> Result<HttpResponse, ApiError> {
    let list = move |cx: &mut Cx<'_>| payments::list(cx, bill);
    let requests = state.read("split.list_payment_requests", &caller, list).await?;
    Ok(ok(PaymentRequestsBody { data: requests.into_iter().map(PaymentRequestBody::from).collect() }))
}

/// Shows a payment request.
#[utoipa::path(
    tag = "split",
    params(("id" = Uuid, Path, description = "The payment request")),
    responses((status = 200, description = "The request", body = PaymentRequestBody), NeedsKey, NamesRow),
    security(("api_key" = ["split:read"]))
)]
#[get("/v1/split/payment-requests/{id}")]
async fn get_payment_request(
    caller: Caller<SplitRead>,
    state: Data<State>,
    PathId(id): PathId<PaymentRequest>,
) -> Result<HttpResponse, ApiError> {
    let request = state.read("split.get_payment_request", &caller, move |cx| payments::get(cx, id)).await?;
    Ok(ok(PaymentRequestBody::from(request)))
}
