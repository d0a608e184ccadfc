//! Every code an error answer may carry. Codes are stable: programs act on them.

use actix_web::http::StatusCode;
use service::Conflict;

/// One kind of error, as clients know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Code {
    /// Stable, machine readable.
    pub(crate) code: &'static str,
    /// Its HTTP status.
    pub(crate) status: StatusCode,
    /// The same in words, for every occurrence.
    pub(crate) title: &'static str,
    /// Whether the same request may succeed later.
    pub(crate) retryable: bool,
}

impl Code {
    /// An error that the same request will meet again.
    pub(crate) const fn new(code: &'static str, status: StatusCode, title: &'static str) -> Self {
        Self { code, status, title, retryable: false }
    }

    /// An error that passes.
    pub(crate) const fn retryable(code: &'static str, status: StatusCode, title: &'static str) -> Self {
        Self { code, status, title, retryable: true }
    }

    /// The code of a way in which a system can refuse.
    pub(crate) const fn of_conflict(conflict: &Conflict) -> Self {
        Self::new(conflict.code, StatusCode::CONFLICT, conflict.title)
    }

    /// The RFC 9457 type.
    pub(crate) fn uri(&self) -> String {
        format!("urn:strongroom:problem:{}", self.code)
    }
}

/// The request cannot be understood.
pub(crate) static BAD_REQUEST: Code =
    Code::new("bad_request", StatusCode::BAD_REQUEST, "The request cannot be understood");
/// The body is not JSON.
pub(crate) static MALFORMED_JSON: Code =
    Code::new("malformed_json", StatusCode::BAD_REQUEST, "The body is not JSON");
/// The cursor was not made by this list.
pub(crate) static INVALID_CURSOR: Code =
    Code::new("invalid_cursor", StatusCode::BAD_REQUEST, "The cursor is not one of this list");
/// No key and no token, or none that is known.
pub(crate) static UNAUTHENTICATED: Code =
    Code::new("unauthenticated", StatusCode::UNAUTHORIZED, "An API key or a user's token is needed");
/// A key or a token that may not do this.
pub(crate) static INSUFFICIENT_SCOPE: Code =
    Code::new("insufficient_scope", StatusCode::FORBIDDEN, "The caller may not do this");
/// What a signature should have shown.
pub(crate) static INVALID_SIGNATURE: Code =
    Code::new("invalid_signature", StatusCode::FORBIDDEN, "The request is not signed as it must be");
/// Nothing there, or not the caller's.
pub(crate) static NOT_FOUND: Code = Code::new("not_found", StatusCode::NOT_FOUND, "Not found");
/// The path is there, the method is not.
pub(crate) static METHOD_NOT_ALLOWED: Code =
    Code::new("method_not_allowed", StatusCode::METHOD_NOT_ALLOWED, "The resource has no such method");
/// The body came too slowly.
pub(crate) static REQUEST_TIMEOUT: Code =
    Code::retryable("request_timeout", StatusCode::REQUEST_TIMEOUT, "The request took too long to arrive");
/// Something with the same unique value is there.
pub(crate) static CONFLICT: Code = Code::new("conflict", StatusCode::CONFLICT, "Already exists");
/// What was deleted cannot come back.
pub(crate) static RESTORE_CONFLICT: Code =
    Code::new("restore_conflict", StatusCode::CONFLICT, "Unique value now in use");
/// `If-Match` named another version.
pub(crate) static PRECONDITION_FAILED: Code =
    Code::new("precondition_failed", StatusCode::PRECONDITION_FAILED, "It changed meanwhile");
/// The body is too long.
pub(crate) static PAYLOAD_TOO_LARGE: Code =
    Code::new("payload_too_large", StatusCode::PAYLOAD_TOO_LARGE, "The body is too long");
/// The body is no JSON document by its own account.
pub(crate) static UNSUPPORTED_MEDIA_TYPE: Code =
    Code::new("unsupported_media_type", StatusCode::UNSUPPORTED_MEDIA_TYPE, "The body must be JSON");
/// Too many wrong passwords.
pub(crate) static TOO_MANY_ATTEMPTS: Code =
    Code::retryable("too_many_attempts", StatusCode::TOO_MANY_REQUESTS, "Too many attempts to log in failed");
/// More requests than the caller may make, or more wrong keys.
pub(crate) static RATE_LIMITED: Code =
    Code::retryable("rate_limited", StatusCode::TOO_MANY_REQUESTS, "Too many requests");
/// A rule is broken; `errors` says where.
pub(crate) static INVALID_INPUT: Code =
    Code::new("invalid_input", StatusCode::UNPROCESSABLE_ENTITY, "The input breaks a rule");
/// The same request is being done.
pub(crate) static IDEMPOTENCY_KEY_IN_USE: Code = Code::retryable(
    "idempotency_key_in_use",
    StatusCode::CONFLICT,
    "A request with this Idempotency-Key is being done now",
);
/// Another request was done under the same key.
pub(crate) static IDEMPOTENCY_KEY_REUSED: Code = Code::new(
    "idempotency_key_reused",
    StatusCode::UNPROCESSABLE_ENTITY,
    "The Idempotency-Key was used for another request",
);
/// Something that was not foreseen. The log has more, under the request id.
pub(crate) static INTERNAL: Code = Code::new(
    "internal",
    StatusCode::INTERNAL_SERVER_ERROR,
    "Something went wrong; the log tells the operator what, under the request's id",
);
/// More requests wait than can be served.
pub(crate) static OVERLOADED: Code =
    Code::retryable("overloaded", StatusCode::SERVICE_UNAVAILABLE, "Too many requests are waiting");
/// The answer took too long.
pub(crate) static TIMEOUT: Code =
    Code::retryable("timeout", StatusCode::SERVICE_UNAVAILABLE, "The answer took too long");
/// The database is away.
pub(crate) static UNAVAILABLE: Code =
    Code::retryable("unavailable", StatusCode::SERVICE_UNAVAILABLE, "The database cannot be reached");
/// Other changes came between, again and again.
pub(crate) static CONTENTION: Code =
    Code::retryable("contention", StatusCode::SERVICE_UNAVAILABLE, "Other changes came between");

/// All of the above: what every system may answer.
pub(crate) static COMMON: &[&Code] = &[
    &BAD_REQUEST,
    &MALFORMED_JSON,
    &INVALID_CURSOR,
    &UNAUTHENTICATED,
    &INSUFFICIENT_SCOPE,
    &INVALID_SIGNATURE,
    &NOT_FOUND,
    &METHOD_NOT_ALLOWED,
    &REQUEST_TIMEOUT,
    &CONFLICT,
    &RESTORE_CONFLICT,
    &PRECONDITION_FAILED,
    &PAYLOAD_TOO_LARGE,
    &UNSUPPORTED_MEDIA_TYPE,
    &TOO_MANY_ATTEMPTS,
    &INVALID_INPUT,
    &IDEMPOTENCY_KEY_IN_USE,
    &IDEMPOTENCY_KEY_REUSED,
    &RATE_LIMITED,
    &INTERNAL,
    &OVERLOADED,
    &TIMEOUT,
    &UNAVAILABLE,
    &CONTENTION,
];

/// The codes of all systems: those above, and the conflicts that log-in and each system know.
pub(crate) fn all() -> impl Iterator<Item = Code> {
    COMMON.iter().map(|code| **code).chain(service::system::conflicts().map(Code::of_conflict))
}

/// The code for a status that actix-web chose by itself.
pub(crate) fn for_status(status: StatusCode) -> &'static Code {
    let same_status = |code: &&&'static Code| code.status == status;
    let fallback = if status.is_server_error() { &INTERNAL } else { &BAD_REQUEST };
    COMMON.iter().find(same_status).copied().unwrap_or(fallback)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn codes_are_unique_snake_case_and_errors() {
        let codes: BTreeSet<&str> = all().map(|code| code.code).collect();
        assert_eq!(codes.len(), all().count());
        for code in all() {
            assert!(code.code.chars().all(|c| c.is_ascii_lowercase() || c == '_'), "{}", code.code);
            assert!(code.status.is_client_error() || code.status.is_server_error());
            let passes = matches!(code.status.as_u16(), 408 | 429 | 503) || code == IDEMPOTENCY_KEY_IN_USE;
            assert_eq!(code.retryable, passes, "{}", code.code);
        }
    }

    #[test]
    fn a_status_of_actix_finds_its_code() {
        assert_eq!(for_status(StatusCode::NOT_FOUND), &NOT_FOUND);
        assert_eq!(for_status(StatusCode::PAYLOAD_TOO_LARGE), &PAYLOAD_TOO_LARGE);
        assert_eq!(for_status(StatusCode::EXPECTATION_FAILED), &BAD_REQUEST);
        assert_eq!(for_status(StatusCode::BAD_GATEWAY), &INTERNAL);
    }
}
