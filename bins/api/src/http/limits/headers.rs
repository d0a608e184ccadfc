//! How a caller hears of its limit: `RateLimit`, `RateLimit-Policy` and `Retry-After`, as the IETF's draft has them.

use std::time::Duration;

use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use repository::domain::rate_limit::{Decision, Quota};
use utoipa::openapi::schema::{ObjectBuilder, Type};

use crate::http::docs::operation::{self, OperationDoc};
use crate::http::error::{ApiError, codes};

/// How many requests may follow now.
pub(crate) const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
/// The limit.
pub(crate) const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// A request of somebody who has a limit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limited {
    /// The limit.
    pub(crate) quota: Quota,
    /// How the caller stands after this request.
    pub(crate) standing: Decision,
}

impl Limited {
    /// Tells the caller how it stands.
    pub(crate) fn add_to(self, headers: &mut HeaderMap) {
        let Decision { remaining, more_in, .. } = self.standing;
        let policy = format!("\"default\";q={};w={}", self.quota.requests(), self.quota.seconds());
        let limit = format!("\"default\";r={remaining};t={}", whole_seconds(more_in));
        for (name, value) in [(RATE_LIMIT_POLICY, policy), (RATE_LIMIT, limit)] {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(name, value);
            }
        }
    }

    /// The refusal, if the request is one too many.
    pub(crate) fn refusal(self) -> Option<ApiError> {
        let Decision { admitted, more_in, .. } = self.standing;
        (!admitted).then(|| {
            let (requests, seconds) = (self.quota.requests(), self.quota.seconds());
            refuse(&format!("{requests} requests may be made within {seconds} s"), more_in)
        })
    }
}

/// The refusal of somebody who may go on after this time.
pub(crate) fn refuse(rule: &str, more_in: Duration) -> ApiError {
    let seconds = whole_seconds(more_in);
    ApiError::new(&codes::RATE_LIMITED, format!("{rule}: try again in {seconds} s"))
        .with_header(header::RETRY_AFTER, HeaderValue::from(seconds))
}

/// Whoever waits so many seconds has waited long enough.
fn whole_seconds(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}

/// Adds the refusal to an operation of the OpenAPI document.
pub(crate) fn describe(doc: &mut OperationDoc) {
    let response = doc.problem(
        429,
        "`rate_limited`: the rate limit of the API key or of the user is used up, or too many wrong keys or passwords came from this address",
    );
    for (name, kind, about) in [
        ("Retry-After", Type::Integer, "Seconds after which the same request will pass"),
        (
            "RateLimit",
            Type::String,
            "How many requests may follow now, and in how many seconds more may: `\"default\";r=0;t=17`. Every answer to a caller with a limit has it",
        ),
        ("RateLimit-Policy", Type::String, "The limit, as requests and seconds: `\"default\";q=100;w=60`"),
    ] {
        let mut header = operation::header(about);
        header.schema = Some(ObjectBuilder::new().schema_type(kind).into());
        response.headers.insert(name.to_owned(), header.into());
    }
}

#[cfg(test)]
mod tests {
    use actix_web::ResponseError as _;

    use super::*;

    fn limited(admitted: bool, remaining: u32, millis: u64) -> Limited {
        let used = 100 - remaining;
        let standing = Decision { admitted, used, remaining, more_in: Duration::from_millis(millis) };
        Limited { quota: Quota::new(100, 60).unwrap(), standing }
    }

    #[test]
    fn headers_have_the_form_of_the_draft() {
        let mut headers = HeaderMap::new();
        limited(true, 42, 16_200).add_to(&mut headers);
        assert_eq!(headers.get("RateLimit-Policy").unwrap(), "\"default\";q=100;w=60");
        assert_eq!(headers.get("RateLimit").unwrap(), "\"default\";r=42;t=17");
        assert!(limited(true, 0, 1).refusal().is_none());
    }

    #[test]
    fn a_refusal_says_when_to_come_back() {
        let refusal = limited(false, 0, 1001).refusal().unwrap();
        assert_eq!(refusal.kind(), codes::RATE_LIMITED);
        assert_eq!(refusal.error_response().headers().get("Retry-After").unwrap(), "2");
        let problem = refusal.problem("r");
        assert!(problem.retryable && problem.status == 429, "{problem:?}");
        assert_eq!(problem.detail, "100 requests may be made within 60 s: try again in 2 s");
    }
}
