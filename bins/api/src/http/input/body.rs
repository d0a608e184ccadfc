//! Takes a body off the wire: not too long, and not too slowly.

use std::future::poll_fn;
use std::pin::Pin;
use std::time::{Duration, Instant};

use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use actix_web::web::{Bytes, Payload};
use actix_web::{HttpRequest, web};
use futures_core::Stream as _;

use super::body_memory::{BodyBuffer, BodyMemory, OutOfMemory};
use crate::http::context::RequestContext;
use crate::http::error::{ApiError, codes};

const KIBIBYTE: usize = 1024;

const MEBIBYTE: usize = 1024 * KIBIBYTE;

/// The longest body on a route that needs no key: clients that nobody knows shall not use up the memory for bodies.
const LONGEST_WITHOUT_KEY: usize = 8 * KIBIBYTE;

/// The longest body of one document.
const LONGEST_DOCUMENT: usize = MEBIBYTE;

/// The longest body of a batch.
const LONGEST_BATCH: usize = 16 * MEBIBYTE;

/// The longest body that a signature goes with: a sender who is to be known by it reads no database before.
const LONGEST_SIGNED: usize = 256 * KIBIBYTE;

/// The longest time a body may take to arrive.
const PATIENCE: Duration = Duration::from_secs(15);

/// The form in which rows are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// One JSON array.
    Array,
    /// A JSON document on every line.
    Lines,
}

/// How the parameters of a request stand in its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FormFormat {
    /// `application/x-www-form-urlencoded`.
    Form,
    /// `application/json`.
    Json,
}

/// The whole body of a request that says it is JSON.
pub(super) async fn read_json(request: &HttpRequest, payload: Payload) -> Result<Bytes, ApiError> {
    read_long_json(request, payload, LONGEST_DOCUMENT).await
}

/// The same, as long as a batch may be.
pub(super) async fn read_large_json(request: &HttpRequest, payload: Payload) -> Result<Bytes, ApiError> {
    read_long_json(request, payload, LONGEST_BATCH).await
}

async fn read_long_json(request: &HttpRequest, payload: Payload, longest: usize) -> Result<Bytes, ApiError> {
    if !media_type(request)?.is_some_and(is_json) {
        return Err(unsupported("the body must be JSON, sent with `Content-Type: application/json`"));
    }
    read(request, payload, longest).await
}

/// The whole body of a request that will be known by its signature, and how its parameters stand there.
pub(crate) async fn read_signed(
    request: &HttpRequest,
    payload: Payload,
) -> Result<(Bytes, FormFormat), ApiError> {
    let format = media_type(request)?.and_then(form_format).ok_or_else(|| {
        unsupported(
            "the body must be sent as `application/x-www-form-urlencoded` or `application/json`, in UTF-8",
        )
    })?;
    Ok((read_up_to(request, payload, LONGEST_SIGNED).await?, format))
}

/// The whole body of a request that says it is a batch, and the form of its rows.
pub(super) async fn read_batch(request: &HttpRequest, payload: Payload) -> Result<(Bytes, Format), ApiError> {
    let format = media_type(request)?.and_then(batch_format).ok_or_else(|| {
        unsupported("the body must be an array of `application/json`, or lines of `application/x-ndjson`")
    })?;
    Ok((read(request, payload, LONGEST_BATCH).await?, format))
}

/// The whole body of a request to a route that takes none, whatever it says that it is.
pub(super) async fn read_undeclared(request: &HttpRequest, payload: Payload) -> Result<Bytes, ApiError> {
    read(request, payload, LONGEST_DOCUMENT).await
}

async fn read(request: &HttpRequest, payload: Payload, longest: usize) -> Result<Bytes, ApiError> {
    let is_public = RequestContext::of(request).is_public();
    read_up_to(request, payload, if is_public { longest.min(LONGEST_WITHOUT_KEY) } else { longest }).await
}

async fn read_up_to(request: &HttpRequest, payload: Payload, limit: usize) -> Result<Bytes, ApiError> {
    let announced = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    if announced.is_some_and(|length: usize| length > limit) {
        return Err(too_large(limit));
    }
    let memory = request.app_data::<web::Data<BodyMemory>>();
    let memory = memory.ok_or_else(|| ApiError::new(&codes::INTERNAL, "the service is not set up"))?;
    let start = Instant::now();
    let buffer = memory.buffer(announced.unwrap_or(limit));
    let Ok(body) = tokio::time::timeout(PATIENCE, collect(payload, buffer, limit)).await else {
        return Err(ApiError::new(&codes::REQUEST_TIMEOUT, "the body must arrive within 15 seconds"));
    };
    let body = body?;
    RequestContext::of(request).receive(&body, start.elapsed());
    Ok(body)
}

async fn collect(mut payload: Payload, mut buffer: BodyBuffer, limit: usize) -> Result<Bytes, ApiError> {
    while let Some(chunk) = poll_fn(|context| Pin::new(&mut payload).poll_next(context)).await {
        let ended = |_| ApiError::new(&codes::BAD_REQUEST, "the body ended before it was complete");
        let chunk = chunk.map_err(ended)?;
        if buffer.len() + chunk.len() > limit {
            return Err(too_large(limit));
        }
        buffer.push(&chunk).map_err(|OutOfMemory| {
            let detail = "the bodies of other requests take all the memory for bodies: send this one again";
            ApiError::new(&codes::OVERLOADED, detail)
        })?;
    }
    Ok(buffer.into_bytes())
}

/// The type that the body is said to be of, which must not be compressed.
fn media_type(request: &HttpRequest) -> Result<Option<&str>, ApiError> {
    let header = |name| request.headers().get(name).map(|value| value.to_str().unwrap_or("?"));
    if header(CONTENT_ENCODING).is_some_and(|encoding| !encoding.eq_ignore_ascii_case("identity")) {
        return Err(unsupported("the body must not be compressed"));
    }
    Ok(header(CONTENT_TYPE))
}

fn unsupported(detail: &str) -> ApiError {
    ApiError::new(&codes::UNSUPPORTED_MEDIA_TYPE, detail)
}

fn form_format(media_type: &str) -> Option<FormFormat> {
    match essence(media_type).as_str() {
        "application/x-www-form-urlencoded" => is_utf_8(media_type).then_some(FormFormat::Form),
        _ => is_json(media_type).then_some(FormFormat::Json),
    }
}

fn batch_format(media_type: &str) -> Option<Format> {
    match essence(media_type).as_str() {
        "application/x-ndjson" | "application/ndjson" => Some(Format::Lines),
        _ => is_json(media_type).then_some(Format::Array),
    }
}

/// `application/json`, or another type of the form `application/…+json`, in UTF-8.
fn is_json(media_type: &str) -> bool {
    let essence = essence(media_type);
    let json =
        essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"));
    json && is_utf_8(media_type)
}

/// A media type without its parameters.
fn essence(media_type: &str) -> String {
    media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Whether a media type names no other charset.
fn is_utf_8(media_type: &str) -> bool {
    let mut parameters = media_type.split(';').skip(1).map(|part| part.trim().to_ascii_lowercase());
    let other_charset = |part: String| {
        part.strip_prefix("charset=")
            .is_some_and(|charset| !matches!(charset.trim_matches('"'), "utf-8" | "utf8"))
    };
    !parameters.any(other_charset)
}

fn too_large(limit: usize) -> ApiError {
    let most = if limit < MEBIBYTE {
        format!("{} KiB", limit / KIBIBYTE)
    } else {
        format!("{} MiB", limit / MEBIBYTE)
    };
    let detail = format!("the body must be at most {most} long");
    ApiError::new(&codes::PAYLOAD_TOO_LARGE, detail)
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
            assert_eq!(batch_format(other), None, "{other}");
            assert_eq!(form_format(other), None, "{other}");
        }
    }

    #[test]
    fn parameters_are_a_form_or_json() {
        for form in ["application/x-www-form-urlencoded", "Application/X-WWW-Form-Urlencoded; charset=UTF-8"]
        {
            assert_eq!(form_format(form), Some(FormFormat::Form), "{form}");
        }
        assert_eq!(form_format("application/json"), Some(FormFormat::Json));
        assert_eq!(form_format("application/x-www-form-urlencoded; charset=latin1"), None);
    }

    #[test]
    fn a_batch_is_an_array_or_lines() {
        assert_eq!(batch_format("application/json"), Some(Format::Array));
        assert_eq!(batch_format("Application/X-NDJSON; charset=utf-8"), Some(Format::Lines));
    }
}
