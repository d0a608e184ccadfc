//! Error answers as the OpenAPI document shows them. Each type stands for what can go wrong with one trait of a request;
//! a handler lists those that its request has.

use std::collections::BTreeMap;

use utoipa::IntoResponses;
use utoipa::openapi::{Content, Ref, RefOr, Response, ResponseBuilder};

type Responses = BTreeMap<String, RefOr<Response>>;

fn problems<const N: usize>(problems: [(u16, &str); N]) -> Responses {
    let response = |(status, description): (u16, &str)| {
        let content = Content::new(Some(Ref::from_schema_name("Problem")));
        let response =
            ResponseBuilder::new().description(description).content("application/problem+json", content);
        (status.to_string(), response.build().into())
    };
    problems.into_iter().map(response).collect()
}

/// It needs an API key or a user's token, and the database.
pub(crate) struct AuthErrors;

impl IntoResponses for AuthErrors {
    fn responses() -> Responses {
        problems([
            (401, "`unauthenticated`: there is no API key and no token, or it is not known"),
            (403, "`insufficient_scope`: the caller may not do this"),
            (
                503,
                "`overloaded`, `timeout`, `unavailable` or `contention`: the same request may succeed after `Retry-After`",
            ),
        ])
    }
}

/// It needs a refresh token in its body, and the database.
pub(crate) struct NeedsRefreshToken;

impl IntoResponses for NeedsRefreshToken {
    fn responses() -> Responses {
        problems([
            (
                401,
                "`unauthenticated`: the refresh token is not known, was used too long ago, or its session is over",
            ),
            (
                503,
                "`overloaded`, `timeout`, `unavailable` or `contention`: the same request may succeed after `Retry-After`",
            ),
        ])
    }
}

/// Its path names something.
pub(crate) struct NotFoundError;

impl IntoResponses for NotFoundError {
    fn responses() -> Responses {
        problems([(404, "`not_found`: it is not there, or deleted")])
    }
}

/// It carries a JSON body.
pub(crate) struct BodyErrors;

impl IntoResponses for BodyErrors {
    fn responses() -> Responses {
        problems([
            (400, "`malformed_json`: the body is not JSON; `bad_request`: the request cannot be understood"),
            (408, "`request_timeout`: the body took over 15 s to arrive"),
            (413, "`payload_too_large`: the body is longer than 1 MiB"),
            (415, "`unsupported_media_type`: the body is not sent as `application/json`"),
            (422, "`invalid_input`: `errors` names every field that breaks a rule"),
        ])
    }
}

/// It carries the rows of a batch.
pub(crate) struct TakesRows;

impl IntoResponses for TakesRows {
    fn responses() -> Responses {
        problems([
            (
                400,
                "`malformed_json`: the body is no JSON array; `bad_request`: the request cannot be understood",
            ),
            (408, "`request_timeout`: the body took over 15 s to arrive"),
            (413, "`payload_too_large`: the body is longer than 16 MiB, or has more than 10,000 rows"),
            (
                415,
                "`unsupported_media_type`: the body is sent as neither `application/json` nor `application/x-ndjson`",
            ),
            (422, "`invalid_input`: the body is JSON and no array"),
        ])
    }
}

/// It names a conversation, or has a query.
pub(crate) struct TakesParameters;

impl IntoResponses for TakesParameters {
    fn responses() -> Responses {
        problems([(422, "`invalid_input`: `errors` names every parameter that breaks a rule")])
    }
}

/// It asks for a page of a list.
pub(crate) struct TakesPage;

impl IntoResponses for TakesPage {
    fn responses() -> Responses {
        problems([
            (400, "`invalid_cursor`: the cursor is not one of this list"),
            (422, "`invalid_input`: `errors` names every parameter that breaks a rule"),
        ])
    }
}

/// It may name the version it was decided on.
pub(crate) struct TakesVersion;

impl IntoResponses for TakesVersion {
    fn responses() -> Responses {
        problems([
            (400, "`bad_request`: the request, or its `If-Match`, cannot be understood"),
            (412, "`precondition_failed`: it is not the version of `If-Match` any more"),
        ])
    }
}

/// It sets a phone number, which must be nobody else's.
pub(crate) struct MayBeTaken;

impl IntoResponses for MayBeTaken {
    fn responses() -> Responses {
        problems([(409, "`conflict`: `existing_id` has this phone number already")])
    }
}

/// It sets an e-mail address, which must be nobody else's.
pub(crate) struct TakesMail;

impl IntoResponses for TakesMail {
    fn responses() -> Responses {
        problems([(409, "`conflict`: `existing_id` has this e-mail address already")])
    }
}

/// It registers a name, which must be nobody else's.
pub(crate) struct TakesName;

impl IntoResponses for TakesName {
    fn responses() -> Responses {
        problems([(409, "`conflict`: somebody has this name already")])
    }
}

/// It needs a name and a password in its body.
pub(crate) struct NeedsPassword;

impl IntoResponses for NeedsPassword {
    fn responses() -> Responses {
        problems([(401, "`unauthenticated`: the name or the password is wrong")])
    }
}

/// Its failures count as guesses of the address they come from.
pub(crate) struct LimitsGuesses;

impl IntoResponses for LimitsGuesses {
    fn responses() -> Responses {
        problems([
            (
                429,
                "`rate_limited`: too many wrong keys or passwords came from this address; `too_many_attempts`: too many \
                 attempts with this name failed",
            ),
            (
                503,
                "`overloaded`, `timeout`, `unavailable` or `contention`: the same request may succeed after `Retry-After`",
            ),
        ])
    }
}

/// It sets a password.
pub(crate) struct SetsPassword;

impl IntoResponses for SetsPassword {
    fn responses() -> Responses {
        problems([(409, "`password_changed`: another password was set at the same time")])
    }
}

/// It brings back what was deleted.
pub(crate) struct MayHaveLostPlace;

impl IntoResponses for MayHaveLostPlace {
    fn responses() -> Responses {
        problems([(
            409,
            "`restore_conflict`: `existing_id` has taken its phone number or its e-mail address meanwhile",
        )])
    }
}
