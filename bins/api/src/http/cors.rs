//! Which pages may use the API in a browser (CORS).
//!
//! It stands before authentication, so that a preflight, which has no key, costs no look-up and counts as no attempt.

use actix_cors::Cors;
use actix_web::http::Method;
use actix_web::http::header::{
    AUTHORIZATION, CONTENT_TYPE, ETAG, HeaderName, IF_MATCH, IF_NONE_MATCH, LOCATION, RETRY_AFTER,
};
use actix_web::middleware::Condition;

use crate::http::context::X_REQUEST_ID;
use crate::http::idempotency::IDEMPOTENCY_KEY;
use crate::http::limits::{RATE_LIMIT, RATE_LIMIT_POLICY};
use crate::http::respond::{DRY_RUN, IDEMPOTENT_REPLAYED};

/// Seconds for which a browser may remember what it was told. Most remember it for two hours at most.
const MAX_AGE: usize = 7200;

/// What a page's script may send.
const ACCEPTED: [HeaderName; 6] =
    [AUTHORIZATION, CONTENT_TYPE, IDEMPOTENCY_KEY, IF_MATCH, IF_NONE_MATCH, X_REQUEST_ID];

/// What a page's script may read, beside what it always may.
const EXPOSED: [HeaderName; 8] =
    [DRY_RUN, ETAG, IDEMPOTENT_REPLAYED, LOCATION, RATE_LIMIT, RATE_LIMIT_POLICY, RETRY_AFTER, X_REQUEST_ID];

/// Tells browsers that pages of these origins, and of no others, may. Without origins it does nothing.
///
/// Tokens are sent by scripts and never by the browser itself, so that no page is allowed credentials.
pub(crate) fn middleware(origins: &[String]) -> Condition<Cors> {
    let cors = Cors::default()
        .allowed_methods([
            Method::GET,
            Method::HEAD,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
        ])
        .allowed_headers(ACCEPTED)
        .expose_headers(EXPOSED)
        .max_age(MAX_AGE);
    let cors = origins.iter().fold(cors, |cors, origin| cors.allowed_origin(origin));
    Condition::new(!origins.is_empty(), cors)
}
