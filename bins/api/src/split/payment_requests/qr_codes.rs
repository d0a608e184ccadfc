//! Payment links as QR codes.

use actix_web::web::Data;
use actix_web::{HttpResponse, get};
use repository::Cx;
use repository::domain::split::PaymentRequest;
use repository::domain::{Id, UpiLink};
use service::split::{payments, qr_codes};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::auth::{Caller, SplitRead};
use crate::error::responses::{NamesRow, NeedsKey};
use crate::error::{ApiError, Problem};
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
        (status = 409, body = Problem, content_type = "application/problem+json",
         description = "`already_confirmed`: the share is paid; `request_closed`: the request is closed for another reason"),
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
    let link = find_link(&state, &caller, "split.get_qr_svg", id).await?;
    let content = link.clone();
    let drawing = state
        .cache
        .get_or_make("qr.svg", content.expose(), move || qr_codes::svg(&link).map(String::into_bytes));
    Ok(HttpResponse::Ok().content_type("image/svg+xml").body(drawing.await?))
}

/// Shows the payment link as a QR code of pixels, at least 300 wide.
#[utoipa::path(
    tag = "split",
    params(("id" = Uuid, Path, description = "The payment request")),
    responses(
        (status = 200, description = "The QR code, error correction M", body = inline(PngImage), content_type = "image/png"),
        (status = 409, body = Problem, content_type = "application/problem+json",
         description = "`already_confirmed`: the share is paid; `request_closed`: the request is closed for another reason"),
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
    let link = find_link(&state, &caller, "split.get_qr_png", id).await?;
    let content = link.clone();
    let image = state.cache.get_or_make("qr.png", content.expose(), move || qr_codes::png(&link));
    Ok(HttpResponse::Ok().content_type("image/png").body(image.await?))
}

/// The link to draw, which says that the request is there, open, and the caller's to see.
async fn find_link(
    state: &State,
    caller: &Caller<SplitRead>,
    operation: &'static str,
    id: Id<PaymentRequest>,
) -> Result<UpiLink, ApiError> {
    state.read(operation, caller, move |cx: &mut Cx<'_>| payments::link(cx, id)).await
}
