//! The body of a request that may come without one.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use actix_web::{FromRequest, HttpRequest};
use serde::de::DeserializeOwned;
use utoipa::ToSchema;
use utoipa::openapi::Required;

use super::{decode, json};
use crate::http::docs::operation::{Describe, OperationDoc};
use crate::http::error::ApiError;

/// A [`Json`](super::Json) body, or `T`'s default where there is none, or null. A body that is there keeps all rules of one.
#[derive(Debug)]
pub(crate) struct OptionalJson<T>(pub(crate) T);

impl<T: DeserializeOwned + Default + 'static> FromRequest for OptionalJson<T> {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        if !has_body(request) {
            return Box::pin(async { Ok(Self(T::default())) });
        }
        let body = json::read(request, payload);
        Box::pin(async { decode::json_or_null(&body.await?).map(|body| Self(body.unwrap_or_default())) })
    }
}

impl<T: ToSchema> Describe for OptionalJson<T> {
    fn describe(operation: &mut OperationDoc) {
        json::describe::<T>(operation, Required::False);
    }
}

/// By RFC 9112 a request has a body when one of these headers says so.
pub(super) fn has_body(request: &HttpRequest) -> bool {
    let is_empty = |length: &actix_web::http::header::HeaderValue| length.as_bytes() == b"0";
    request.headers().contains_key(TRANSFER_ENCODING)
        || request.headers().get(CONTENT_LENGTH).is_some_and(|length| !is_empty(length))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn a_body_is_there_when_the_head_says_so() {
        assert!(!has_body(&TestRequest::default().to_http_request()));
        for (name, value, expected) in [
            ("content-length", "0", false),
            ("content-length", "2", true),
            ("transfer-encoding", "chunked", true),
            ("content-type", "application/json", false),
        ] {
            let request = TestRequest::default().insert_header((name, value)).to_http_request();
            assert_eq!(has_body(&request), expected, "{name}: {value}");
        }
    }
}
