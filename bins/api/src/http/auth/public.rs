//! Who calls a public route that holds nothing of anybody.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};

use crate::http::docs::operation::{Describe, Gate, OperationDoc};
use crate::http::error::ApiError;

/// Nobody has to be known, and nothing of the service is reached.
pub(crate) struct Public;

impl FromRequest for Public {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(_: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self))
    }
}

impl Describe for Public {
    fn describe(operation: &mut OperationDoc) {
        operation.is_public();
    }
}

impl Gate for Public {}
