//! The answers that handlers give when all went well.

use actix_web::body::BoxBody;
use actix_web::http::header::{ETAG, HeaderName, HeaderValue, LOCATION};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, Responder};
use repository::platform::idempotency_keys::Answer;
use serde::Serialize;

use crate::http::error::ApiError;
use crate::http::etag::{self, etag};

/// On an answer that was given before, to the same request.
pub(crate) const IDEMPOTENT_REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// On an answer to what was tried and taken back.
pub(crate) const DRY_RUN: HeaderName = HeaderName::from_static("dry-run");

/// An answer that is not on its way yet, so that it can be kept with the change that it tells of.
pub(crate) struct Reply {
    answer: Answer,
    /// Says what is special about it.
    mark: Option<HeaderName>,
}

impl Reply {
    fn new(status: StatusCode, location: Option<String>, etag: Option<String>, body: String) -> Self {
        Self { answer: Answer { status: status.as_u16(), location, etag, body }, mark: None }
    }

    /// What of it can be kept.
    pub(crate) fn answer(&self) -> &Answer {
        &self.answer
    }

    /// An answer that was kept.
    pub(crate) fn replayed(answer: Answer) -> Self {
        Self { answer, mark: Some(IDEMPOTENT_REPLAYED) }
    }

    /// The same answer, which says that nothing was stored.
    pub(crate) fn of_dry_run(self) -> Self {
        Self { mark: Some(DRY_RUN), ..self }
    }
}

impl Responder for Reply {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let Answer { status, location, etag, body } = self.answer;
        let Ok(status) = StatusCode::from_u16(status) else {
            return HttpResponse::InternalServerError().finish();
        };
        if let Some(etag) = etag.as_deref().filter(|etag| is_unchanged(request, status, etag)) {
            return HttpResponse::NotModified().insert_header((ETAG, etag)).finish();
        }
        let mut response = HttpResponse::build(status);
        for (name, value) in [(LOCATION, location), (ETAG, etag)] {
            if let Some(value) = value {
                response.insert_header((name, value));
            }
        }
        if let Some(mark) = self.mark {
            response.insert_header((mark, HeaderValue::from_static("true")));
        }
        if body.is_empty() {
            return response.finish();
        }
        response.content_type("application/json").body(body)
    }
}

/// Whether this is the answer to a read by a client that has it already.
fn is_unchanged(request: &HttpRequest, status: StatusCode, etag: &str) -> bool {
    let is_read = [Method::GET, Method::HEAD].contains(request.method());
    is_read && status == StatusCode::OK && etag::is_known(request.headers(), etag)
}

/// 200 with a body that has no version.
pub(crate) fn ok(body: impl Serialize) -> Result<Reply, ApiError> {
    Ok(Reply::new(StatusCode::OK, None, None, json(&body)?))
}

/// 200 with a resource and the `ETag` of its version.
pub(crate) fn found(row_version: i64, body: impl Serialize) -> Result<Reply, ApiError> {
    Ok(Reply::new(StatusCode::OK, None, Some(etag(row_version)), json(&body)?))
}

/// 201 with what was made, where it is, and the `ETag` of its version.
pub(crate) fn created(location: String, row_version: i64, body: impl Serialize) -> Result<Reply, ApiError> {
    Ok(Reply::new(StatusCode::CREATED, Some(location), Some(etag(row_version)), json(&body)?))
}

/// 201 with what was made, which has no version, and where it is.
pub(crate) fn created_unversioned(location: String, body: impl Serialize) -> Result<Reply, ApiError> {
    Ok(Reply::new(StatusCode::CREATED, Some(location), None, json(&body)?))
}

/// 204: done, and there is nothing to say.
pub(crate) fn no_content() -> Result<Reply, ApiError> {
    Ok(Reply::new(StatusCode::NO_CONTENT, None, None, String::new()))
}

fn json(body: &impl Serialize) -> Result<String, ApiError> {
    serde_json::to_string(body).map_err(|error| ApiError::fault(&error))
}
