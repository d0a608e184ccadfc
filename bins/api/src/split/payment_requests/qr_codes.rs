//! Payment links as QR codes.

use actix_web::web::Data;
use actix_web::{HttpResponse, get};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use repository::Conn;
use repository::domain::split::PaymentRequest;
use repository::domain::{Id, UpiLink};
use serde::Serialize;
use service::split::{payment_requests, qr_codes};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::http::auth::{Caller, SplitRead};
use crate::http::error::responses::{AuthErrors, NotFoundError};
use crate::http::error::{ApiError, Problem};
use crate::http::input::PathId;
use crate::http::respond::{Reply, ok};
use crate::state::State;

/// The bytes of a picture. `format: binary` is of OpenAPI 3.0, and what code generators know.
struct Picture;

impl PartialSchema for Picture {
    fn schema() -> RefOr<Schema> {
        let format = SchemaFormat::KnownFormat(KnownFormat::Binary);
        ObjectBuilder::new().schema_type(Type::String).format(Some(format)).into()
    }
}

impl ToSchema for Picture {}

/// A payment link as a QR code, for clients that read JSON only.
#[derive(Serialize, ToSchema)]
struct QrCodeBody {
    /// The payment link that is drawn.
    #[schema(example = "upi://pay?pa=asha@okaxis&pn=Asha%20Rao&am=33.34&cu=INR&tn=Dinner%20-%20Ravi&tr=…")]
    upi_link: String,
    /// The picture of `qr.png` as a `data:` URI.
    #[schema(example = "data:image/png;base64,iVBORw0KGgo…")]
    data_uri: String,
}

/// Shows the payment link as a QR code within JSON: the link, and a PNG as a `data:` URI.
#[utoipa::path(
    tag = "split payment requests",
    params(("id" = Uuid, Path, description = "The payment request")),
    responses(
        (status = 200, description = "The QR code, error correction M", body = QrCodeBody),
        (status = 409, body = Problem, content_type = "application/problem+json",
         description = "`already_confirmed`: the share is paid; `request_closed`: the request is closed for another reason"),
        AuthErrors, NotFoundError,
    ),
    security(("api_key" = ["split:read"]))
)]
#[get("/v1/split/payment-requests/{id}/qr")]
pub(super) async fn get_qr_code(
    caller: Caller<SplitRead>,
    state: Data<State>,
    PathId(id): PathId<PaymentRequest>,
) -> Result<Reply, ApiError> {
    let link = find_link(&state, &caller, "split.get_qr_code", id).await?;
    let upi_link = link.expose().to_owned();
    let image = BASE64.encode(png(&state, link).await?);
    ok(QrCodeBody { upi_link, data_uri: format!("data:image/png;base64,{image}") })
}

/// Shows the payment link as a QR code that scales.
#[utoipa::path(
    tag = "split payment requests",
    params(("id" = Uuid, Path, description = "The payment request")),
    responses(
        (status = 200, description = "The QR code, error correction M", body = inline(Picture), content_type = "image/svg+xml"),
        (status = 409, body = Problem, content_type = "application/problem+json",
         description = "`already_confirmed`: the share is paid; `request_closed`: the request is closed for another reason"),
        AuthErrors, NotFoundError,
    ),
    security(("api_key" = ["split:read"]))
)]
#[get("/v1/split/payment-requests/{id}/qr.svg")]
pub(super) async fn get_qr_svg(
    caller: Caller<SplitRead>,
    state: Data<State>,
    PathId(id): PathId<PaymentRequest>,
) -> Result<HttpResponse, ApiError> {
    let link = find_link(&state, &caller, "split.get_qr_svg", id).await?;
    let content = link.clone();
    let drawing = state
        .cache
        .get_or_make("qr.svg", content.expose(), move || qr_codes::svg(&link).map(String::into_bytes));
    Ok(HttpResponse::Ok().content_type("image/svg+xml").body(drawing.await?))
}

/// Shows the payment link as a QR code of pixels, at least 300 wide.
#[utoipa::path(
    tag = "split payment requests",
    params(("id" = Uuid, Path, description = "The payment request")),
    responses(
        (status = 200, description = "The QR code, error correction M", body = inline(Picture), content_type = "image/png"),
        (status = 409, body = Problem, content_type = "application/problem+json",
         description = "`already_confirmed`: the share is paid; `request_closed`: the request is closed for another reason"),
        AuthErrors, NotFoundError,
    ),
    security(("api_key" = ["split:read"]))
)]
#[get("/v1/split/payment-requests/{id}/qr.png")]
pub(super) async fn get_qr_png(
    caller: Caller<SplitRead>,
    state: Data<State>,
    PathId(id): PathId<PaymentRequest>,
) -> Result<HttpResponse, ApiError> {
    let link = find_link(&state, &caller, "split.get_qr_png", id).await?;
    Ok(HttpResponse::Ok().content_type("image/png").body(png(&state, link).await?))
}

async fn png(state: &State, link: UpiLink) -> Result<Vec<u8>, ApiError> {
    let content = link.clone();
    state.cache.get_or_make("qr.png", content.expose(), move || qr_codes::png(&link)).await
}

/// The link to draw, which says that the request is there, open, and the caller's to see.
async fn find_link(
    state: &State,
    caller: &Caller<SplitRead>,
    operation: &'static str,
    id: Id<PaymentRequest>,
) -> Result<UpiLink, ApiError> {
    state.read(operation, caller, move |conn: &mut Conn<'_>| payment_requests::link(conn, id)).await
}
