//! The answers that handlers give when all went well.
//!
//! The type of a handler's result says which: [`ApiResult<Found<ContactBody>>`](ApiResult) is a contact with its `ETag`.

pub(crate) mod file;
mod kinds;

use std::marker::PhantomData;

use actix_web::body::BoxBody;
use actix_web::http::header::{ETAG, HeaderName, HeaderValue, LOCATION};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, Responder};
use repository::platform::idempotency_keys::Answer;

pub(crate) use kinds::{
    Created, CreatedOrFound, Found, Located, Made, MadeOrShown, NoContent, Shown, Versioned,
};

use crate::http::docs::operation::{Describe, OperationDoc};
use crate::http::error::ApiError;
use crate::http::etag;

/// On an answer that was given before, to the same request.
pub(crate) const IDEMPOTENT_REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// On an answer to what was tried and taken back.
pub(crate) const DRY_RUN: HeaderName = HeaderName::from_static("dry-run");

/// What a handler returns: an answer of the kind `K`, or why there is none.
pub(crate) type ApiResult<K> = Result<Reply<K>, ApiError>;

/// A kind of answer, with what it shows: its status, its headers and its body.
pub(crate) trait Kind: Describe + 'static {
    /// Writes it.
    fn write(self) -> Result<Answer, ApiError>;
}

/// A kind of answer that can show a `T`.
pub(crate) trait AnswerFor<T>: Kind {
    /// The answer that shows it.
    fn answer_for(value: T) -> Self;
}

/// An answer of the kind `K` that is not on its way yet, so that it can be kept with the change that it tells of.
pub(crate) struct Reply<K> {
    written: WrittenReply,
    kind: PhantomData<K>,
}

/// An answer of any kind.
pub(crate) struct WrittenReply {
    answer: Answer,
    /// Says what is special about it.
    mark: Option<HeaderName>,
}

/// The answer, for a handler to return.
pub(crate) fn answer<K: Kind>(kind: K) -> ApiResult<K> {
    Ok(WrittenReply::new(kind)?.of_kind())
}

impl WrittenReply {
    /// Writes an answer.
    pub(crate) fn new(kind: impl Kind) -> Result<Self, ApiError> {
        Ok(Self { answer: kind.write()?, mark: None })
    }

    /// The part of it that can be kept.
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

    /// As the answer of a handler that answers in this kind only.
    pub(crate) fn of_kind<K>(self) -> Reply<K> {
        Reply { written: self, kind: PhantomData }
    }
}

impl<K: Describe> Describe for Reply<K> {
    fn describe(operation: &mut OperationDoc) {
        K::describe(operation);
    }
}

impl<K> Responder for Reply<K> {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        self.written.respond_to(request)
    }
}

impl Responder for WrittenReply {
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
