//! Takes a body off the wire: not too long, and not too slowly.

use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use actix_web::web::{Bytes, Payload};

use crate::error::{ApiError, codes};

/// The longest body: 1 MiB.
pub(crate) const LIMIT: usize = 1024 * 1024;

/// The longest time a body may take to arrive.
const PATIENCE: Duration = Duration::from_secs(15);

/// The whole body of a request that says it is JSON.
pub(super) async fn read_json(request: &HttpRequest, payload: Payload) -> Result<Bytes, ApiError> {
    check_media_type(request)?;
    let announced = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    if announced.is_some_and(|length: usize| length > LIMIT) {
        return Err(too_large());
    }
    match tokio::time::timeout(PATIENCE, payload.to_bytes_limited(LIMIT)).await {
        Ok(Ok(Ok(body))) => Ok(body),
        Ok(Ok(Err(_))) => Err(ApiError::new(&codes::BAD_REQUEST, "the body ended before it was complete")),
        Ok(Err(_)) => Err(too_large()),
        Err(_) => Err(ApiError::new(&codes::REQUEST_TIMEOUT, "the body must arrive within 15 seconds")),
    }
}

fn check_media_type(request: &HttpRequest) -> Result<(), ApiError> {
    let header = |name| request.headers().get(name).map(|value| value.to_str().unwrap_or("?"));
    if header(CONTENT_ENCODING).is_some_and(|encoding| !encoding.eq_ignore_ascii_case("identity")) {
        return Err(ApiError::new(&codes::UNSUPPORTED_MEDIA_TYPE, "the body must not be compressed"));
    }
    if header(CONTENT_TYPE).is_some_and(is_json) {
        return Ok(());
    }
    Err(ApiError::new(
        &codes::UNSUPPORTED_MEDIA_TYPE,
        "the body must be JSON, sent with `Content-Type: application/json`",
    ))
}

/// `application/json`, or another type of the form `application/…+json`, in UTF-8.
fn is_json(media_type: &str) -> bool {
    let mut parts = media_type.split(';').map(|part| part.trim().to_ascii_lowercase());
    let essence = parts.next().unwrap_or_default();
    let json =
        essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"));
    let other_charset = |part: String| {
        part.strip_prefix("charset=")
            .is_some_and(|charset| !matches!(charset.trim_matches('"'), "utf-8" | "utf8"))
    };
    json && !parts.any(other_charset)
}

fn too_large() -> ApiError {
    ApiError::new(&codes::PAYLOAD_TOO_LARGE, "the body must be at most 1 MiB long")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_told_from_other_types() {
        for json in [
            "application/json",
            "Application/JSON",
            "application/json; charset=utf-8",
            "application/json;charset=\"UTF-8\"",
            "application/merge-patch+json",
        ] {
            assert!(is_json(json), "{json}");
        }
        for other in
            ["", "text/plain", "application/jsonp", "application/json; charset=latin1", "text/json", "json"]
        {
            assert!(!is_json(other), "{other}");
        }
    }
}
