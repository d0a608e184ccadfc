//! Payment links as QR codes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use repository::domain::split::PaymentRequest;
use repository::domain::{Id, UpiLink};
use serde::Serialize;
use service::split::{payment_requests, qr_codes};
use utoipa::ToSchema;

use crate::http::{
    Access, ApiError, ApiResult, Caller, File, MediaType, PathId, Routes, Shown, add_routes, answer,
};
use crate::split::SplitRead;
use crate::state::State;

pub(super) fn routes(routes: &mut Routes) {
    add_routes!(routes, "split payment requests": get_qr_code, get_qr_svg, get_qr_png);
}

/// Why there is no link to draw.
const CLOSED: &str =
    "`already_confirmed`: the share is paid; `request_closed`: the request is closed for another reason";

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

struct Svg;

impl MediaType for Svg {
    const NAME: &'static str = "image/svg+xml";
    const ABOUT: &'static str = "The QR code, error correction M";
}

struct Png;

impl MediaType for Png {
    const NAME: &'static str = "image/png";
    const ABOUT: &'static str = "The QR code, error correction M";
}

/// Shows the payment link as a QR code within JSON: the link, and a PNG as a `data:` URI.
#[utoipa::path(get, path = "/v1/split/payment-requests/{id}/qr", responses((status = 409, description = CLOSED)))]
async fn get_qr_code(
    caller: Caller<SplitRead>,
    PathId(id): PathId<PaymentRequest>,
) -> ApiResult<Shown<QrCodeBody>> {
    let link = find_link(&caller, "split.get_qr_code", id).await?;
    let upi_link = link.expose().to_owned();
    let image = BASE64.encode(png(caller.state(), link).await?);
    answer(Shown(QrCodeBody { upi_link, data_uri: format!("data:image/png;base64,{image}") }))
}

/// Shows the payment link as a QR code that scales.
#[utoipa::path(get, path = "/v1/split/payment-requests/{id}/qr.svg", responses((status = 409, description = CLOSED)))]
async fn get_qr_svg(
    caller: Caller<SplitRead>,
    PathId(id): PathId<PaymentRequest>,
) -> Result<File<Svg>, ApiError> {
    let link = find_link(&caller, "split.get_qr_svg", id).await?;
    let content = link.clone();
    let draw = move || qr_codes::svg(&link).map(String::into_bytes);
    Ok(File::new(caller.state().cache.get_or_make("qr.svg", content.expose(), draw).await?))
}

/// Shows the payment link as a QR code of pixels, at least 300 wide.
#[utoipa::path(get, path = "/v1/split/payment-requests/{id}/qr.png", responses((status = 409, description = CLOSED)))]
async fn get_qr_png(
    caller: Caller<SplitRead>,
    PathId(id): PathId<PaymentRequest>,
) -> Result<File<Png>, ApiError> {
    let link = find_link(&caller, "split.get_qr_png", id).await?;
    Ok(File::new(png(caller.state(), link).await?))
}

async fn png(state: &State, link: UpiLink) -> Result<Vec<u8>, ApiError> {
    let content = link.clone();
    state.cache.get_or_make("qr.png", content.expose(), move || qr_codes::png(&link)).await
}

/// The link to draw, which says that the request is there, open, and the caller's to see.
async fn find_link(
    access: &Access,
    operation: &'static str,
    id: Id<PaymentRequest>,
) -> Result<UpiLink, ApiError> {
    access.load(operation, move |conn| payment_requests::link(conn, id)).await
}
