//! Payment links as QR codes.

use actix_web::web::Data;
use actix_web::{HttpResponse, get};
use repository::Cx;
use repository::domain::split::PaymentRequest;
use service::split::{payments, qr_codes};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::auth::{Caller, SplitRead};
use crate::error::ApiError;
use crate::error::responses::{NamesRow, NeedsKey};
use crate::input::PathId;
use crate::state::State;

/// The bytes of an image, which OpenAPI 3.1 calls a string of another media type.
struct PngImage;

impl PartialSchema for PngImage {
    fn schema() -> RefOr<Schema> {
        let bytes = ObjectBuilder::new().schema_type(Type::String).content_media_type("image/png");
        RefOr::T(Schema::Object(bytes.build()))
    }
}

impl ToSchema for PngImage {}

/// Shows the payment link as a QR code that scales.
#[utoipa::path(
    tag = "split",
    params(("id" = Uuid, Path, description = "The payment request")),
    responses(
        (status = 200, description = "The QR code, error correction M", body = String, content_type = "image/svg+xml"),
        NeedsKey, NamesRow,
    ),
    security(("api_key" = ["split:read"]))
)]
#[get("/v1/split/payment-requests/{id}/qr.svg")]
pub(super) async fn qr_svg(
    caller: Caller<SplitRead>,
    state: Data<State>,
    PathId(id): PathId<PaymentRequest>,
) -> Result<HttpResponse, ApiError> {
    let draw = move |cx: &mut Cx<'_>| qr_codes::svg(&payments::get(cx, id)?.request.upi_link);
    let drawing = state.read("split.get_qr_svg", &caller, draw).await?;
    Ok(HttpResponse::Ok().content_type("image/svg+xml").body(drawing))
}

/// Shows the payment link as a QR code of pixels, at least 300 wide.
#[utoipa::path(
    tag = "split",
    params(("id" = Uuid, Path, description = "The payment request")),
    responses(
        (status = 200, description = "The QR code, error correction M", body = inline(PngImage), content_type = "image/png"),
        NeedsKey, NamesRow,
    ),
    security(("api_key" = ["split:read"]))
)]
#[get("/v1/split/payment-requests/{id}/qr.png")]
pub(super) async fn qr_png(
    caller: Caller<SplitRead>,
    state: Data<State>,
    PathId(id): PathId<PaymentRequest>,
) -> Result<HttpResponse, ApiError> {
    let draw = move |cx: &mut Cx<'_>| qr_codes::png(&payments::get(cx, id)?.request.upi_link);
    let image = state.read("split.get_qr_png", &caller, draw).await?;
    Ok(HttpResponse::Ok().content_type("image/png").body(image))
}
