//! The answers that handlers give when all went well.

use actix_web::HttpResponse;
use actix_web::http::header::{ETAG, LOCATION};
use serde::Serialize;

use crate::etag::etag;

/// 200 with a body that has no version.
pub(crate) fn ok(body: impl Serialize) -> HttpResponse {
    HttpResponse::Ok().json(body)
}

/// 200 with a resource and the `ETag` of its version.
pub(crate) fn found(row_version: i64, body: impl Serialize) -> HttpResponse {
    HttpResponse::Ok().insert_header((ETAG, etag(row_version))).json(body)
}

/// 201 with what was made, where it is, and the `ETag` of its version.
pub(crate) fn created(location: String, row_version: i64, body: impl Serialize) -> HttpResponse {
    HttpResponse::Created()
        .insert_header((LOCATION, location))
        .insert_header((ETAG, etag(row_version)))
        .json(body)
}

/// 204: done, and there is nothing to say.
pub(crate) fn no_content() -> HttpResponse {
    HttpResponse::NoContent().finish()
}
