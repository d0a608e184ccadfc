//! The body of a request, as the type a handler asks for.

use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpRequest, web};
use serde::de::DeserializeOwned;
use utoipa::ToSchema;
use utoipa::openapi::Required;

use super::{body, decode};
use crate::http::docs::operation::{Describe, OperationDoc};
use crate::http::error::ApiError;

/// A JSON body of type `T`.
///
/// 415 when it is of another type, 413 beyond 1 MiB, 408 when it takes over 15 s to arrive, 400 when it is not JSON, and
/// 422 with the pointer when it does not fit `T`, unknown fields included (`T` says `deny_unknown_fields`). The time
/// it takes to arrive does not count as the request's.
#[derive(Debug)]
pub(crate) struct Json<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest for Json<T> {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = read(request, payload);
        Box::pin(async { decode::json(&body.await?).map(Self) })
    }
}

impl<T: ToSchema> Describe for Json<T> {
    fn describe(operation: &mut OperationDoc) {
        describe::<T>(operation, Required::True);
    }
}

/// A JSON body that may be as long as a batch, 16 MiB: for one that holds a file. The other rules are those of [`Json`]. It is
/// not yet read into `T`, because that is long work.
#[derive(Debug)]
pub(crate) struct LargeJson<T> {
    body: Bytes,
    content: PhantomData<T>,
}

impl<T: DeserializeOwned> LargeJson<T> {
    /// Reads it.
    ///
    /// # Errors
    /// Those of [`Json`] that tell of the content.
    pub(crate) fn read(&self) -> Result<T, ApiError> {
        decode::json(&self.body)
    }
}

impl<T> FromRequest for LargeJson<T> {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let payload = web::Payload::from_request(request, payload).into_inner();
        let request = request.clone();
        Box::pin(async move {
            let payload = payload.map_err(|error| ApiError::fault(&error))?;
            let body = body::read_large_json(&request, payload).await?;
            Ok(Self { body, content: PhantomData })
        })
    }
}

impl<T: ToSchema> Describe for LargeJson<T> {
    fn describe(operation: &mut OperationDoc) {
        operation.problem(413, "`payload_too_large`: the body is longer than 16 MiB");
        describe_content::<T>(operation, Required::True);
    }
}

/// Describes a body, and what can be wrong with one.
pub(super) fn describe<T: ToSchema>(operation: &mut OperationDoc, required: Required) {
    operation.problem(413, "`payload_too_large`: the body is longer than 1 MiB");
    describe_content::<T>(operation, required);
}

fn describe_content<T: ToSchema>(operation: &mut OperationDoc, required: Required) {
    let schema = operation.schema::<T>();
    operation.body([("application/json", schema)], required, None);
    for (status, reason) in [
        (400, "`malformed_json`: the body is not JSON; `bad_request`: the request cannot be understood"),
        (408, "`request_timeout`: the body took over 15 s to arrive"),
        (415, "`unsupported_media_type`: the body is not sent as `application/json`"),
        (422, "`invalid_input`: `errors` names every field that breaks a rule"),
    ] {
        operation.problem(status, reason);
    }
}

/// The body as it came.
pub(super) fn read(
    request: &HttpRequest,
    payload: &mut Payload,
) -> impl Future<Output = Result<Bytes, ApiError>> + use<> {
    let payload = web::Payload::from_request(request, payload).into_inner();
    let request = request.clone();
    async move {
        let payload = payload.map_err(|error| ApiError::fault(&error))?;
        body::read_json(&request, payload).await
    }
}
