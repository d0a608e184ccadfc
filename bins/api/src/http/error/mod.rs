//! Errors as HTTP answers: the one place where a status and a code are chosen.
//!
//! A handler fails with an [`ApiError`]; errors of the layers below turn into one here. What the database or another
//! source says is logged here, once, and never sent. The answer's body is written by
//! [`request::middleware`](crate::http::request::middleware), which knows the request's id; it turns what actix-web answers
//! by itself into the same shape.

pub(crate) mod codes;
mod problem;
pub(crate) mod responses;

use std::error::Error as StdError;
use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{HttpResponse, ResponseError};
use repository::Error as RepositoryError;
use repository::domain::{Invalid, Violation};
use service::{Conflict, Error as ServiceError};
use uuid::Uuid;

pub(crate) use codes::Code;
pub(crate) use problem::{FieldProblem, Problem};

/// Seconds after which a client may try again what has failed for a passing reason.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("1");

/// Why a request was not done, as the client hears it.
#[derive(Clone, Debug)]
pub(crate) struct ApiError(Box<Inner>);

#[derive(Clone, Debug)]
struct Inner {
    kind: Code,
    detail: String,
    errors: Vec<FieldProblem>,
    existing_id: Option<Uuid>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl ApiError {
    /// An error of this kind. `detail` is sent, so it must hold neither personal data nor words of a source.
    pub(crate) fn new(kind: &Code, detail: impl Into<String>) -> Self {
        let passes = kind.status == StatusCode::SERVICE_UNAVAILABLE || *kind == codes::IDEMPOTENCY_KEY_IN_USE;
        let headers = if passes { vec![(header::RETRY_AFTER, RETRY_AFTER)] } else { Vec::new() };
        let detail = detail.into();
        Self(Box::new(Inner { kind: *kind, detail, errors: Vec::new(), existing_id: None, headers }))
    }

    /// What is asked for cannot be done as things are (409), in one of the ways that a system knows.
    pub(crate) fn conflict(kind: &Conflict, detail: impl Into<String>) -> Self {
        Self::new(&Code::of_conflict(kind), detail)
    }

    /// One field that breaks a rule.
    pub(crate) fn invalid(pointer: impl Into<String>, code: &'static str, detail: impl Into<String>) -> Self {
        Invalid::one(pointer, code, detail).into()
    }

    /// Names what is there already.
    #[must_use]
    pub(crate) fn with_existing(mut self, id: Option<Uuid>) -> Self {
        self.0.existing_id = id;
        self
    }

    /// Adds a header to the answer.
    #[must_use]
    pub(crate) fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers.push((name, value));
        self
    }

    /// What kind it is.
    #[cfg(test)]
    pub(crate) fn kind(&self) -> Code {
        self.0.kind
    }

    /// The body, for the request of this id.
    pub(crate) fn problem(&self, request_id: &str) -> Problem {
        let Inner { kind, detail, errors, existing_id, headers: _ } = &*self.0;
        Problem {
            r#type: kind.uri(),
            title: kind.title,
            status: kind.status.as_u16(),
            detail: detail.clone(),
            code: kind.code,
            request_id: request_id.to_owned(),
            retryable: kind.retryable,
            errors: errors.clone(),
            existing_id: *existing_id,
        }
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.0.kind.code, self.0.detail)
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.0.kind.status
    }

    /// The head alone. The error travels along, for the middleware to write the body.
    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::new(self.status_code());
        for (name, value) in &self.0.headers {
            response.headers_mut().append(name.clone(), value.clone());
        }
        response.extensions_mut().insert(self.clone());
        response
    }
}

impl From<Invalid> for ApiError {
    fn from(invalid: Invalid) -> Self {
        let field = |violation: &Violation| FieldProblem {
            pointer: violation.pointer.clone(),
            code: violation.code.to_owned(),
            detail: violation.detail.clone(),
        };
        let errors: Vec<FieldProblem> = invalid.violations().iter().map(field).collect();
        let detail = match errors.as_slice() {
            [only] if only.pointer.is_empty() => only.detail.clone(),
            [only] => format!("{}: {}", only.pointer, only.detail),
            several => format!("{} fields are wrong", several.len()),
        };
        let mut error = Self::new(&codes::INVALID_INPUT, detail);
        error.0.errors = errors;
        error
    }
}

impl From<ServiceError> for ApiError {
    fn from(error: ServiceError) -> Self {
        match error {
            ServiceError::Invalid(invalid) => invalid.into(),
            ServiceError::Conflict { kind, detail } => Self::conflict(kind, detail),
            ServiceError::Unauthenticated(detail) => Self::new(&codes::UNAUTHENTICATED, detail).with_header(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static("Bearer realm=\"strongroom\""),
            ),
            ServiceError::NotAllowed(detail) => Self::new(&codes::INSUFFICIENT_SCOPE, detail),
            ServiceError::TooManyAttempts { retry_after } => {
                Self::new(&codes::TOO_MANY_ATTEMPTS, "too many attempts failed: wait before the next")
                    .with_header(header::RETRY_AFTER, HeaderValue::from(retry_after.num_seconds().max(0) + 1))
            }
            ServiceError::Repository(error) => error.into(),
        }
    }
}

impl From<RepositoryError> for ApiError {
    fn from(error: RepositoryError) -> Self {
        match error {
            RepositoryError::NotFound(what) => Self::new(&codes::NOT_FOUND, format!("{what} not found")),
            RepositoryError::Conflict { existing, .. } => {
                Self::new(&codes::CONFLICT, "something with the same unique value is there already")
                    .with_existing(existing)
            }
            RepositoryError::RestoreConflict { existing, .. } => {
                Self::new(&codes::RESTORE_CONFLICT, "something else has taken its unique value meanwhile")
                    .with_existing(Some(existing))
            }
            RepositoryError::StaleVersion { .. } => {
                Self::new(&codes::PRECONDITION_FAILED, "it has another version by now: read it again")
            }
            RepositoryError::Unstorable => {
                tracing::warn!("the database cannot hold what a request brought");
                Self::invalid(
                    "",
                    "unstorable",
                    "a value is too large, or of a kind that cannot be stored: send a smaller or simpler one",
                )
            }
            RepositoryError::Timeout(waited_for) => {
                tracing::warn!(waited_for, "a request ran out of time");
                Self::new(&codes::TIMEOUT, "the request ran out of time; the same one may succeed later")
            }
            RepositoryError::Locked => {
                tracing::warn!("another transaction holds what a request needs");
                Self::new(
                    &codes::CONTENTION,
                    "another change holds what this one needs; the same request may succeed later",
                )
            }
            RepositoryError::Contention => Self::new(
                &codes::CONTENTION,
                "other changes came between; the same request may succeed later",
            ),
            RepositoryError::Unavailable(reason) => {
                tracing::warn!(reason, "the database is not available");
                Self::new(
                    &codes::UNAVAILABLE,
                    "the database cannot be reached now; the same request may succeed later",
                )
            }
            fault @ (RepositoryError::Refused { .. }
            | RepositoryError::Corrupt { .. }
            | RepositoryError::Invalid(_)
            | RepositoryError::NotReady(_)
            | RepositoryError::Database(_)) => Self::fault(&fault),
        }
    }
}

impl ApiError {
    /// Something that should not have happened: the log has it with its sources, the client hears that it did.
    pub(crate) fn fault(error: &dyn StdError) -> Self {
        tracing::error!(error = with_sources(error), "a request failed");
        Self::new(&codes::INTERNAL, "the request failed")
    }
}

/// An error and what caused it, in one line.
fn with_sources(error: &dyn StdError) -> String {
    let sources = std::iter::successors(error.source(), |error| (*error).source());
    sources.fold(error.to_string(), |line, source| format!("{line}: {source}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status_and_code(error: RepositoryError) -> (u16, &'static str) {
        let error = ApiError::from(error);
        (error.status_code().as_u16(), error.kind().code)
    }

    #[test]
    fn every_error_of_the_database_has_its_answer() {
        let id = Uuid::from_u128(1);
        let constraint = || "users_phone_number_unique".to_owned();
        for (error, expected) in [
            (RepositoryError::NotFound("user"), (404, "not_found")),
            (RepositoryError::Conflict { constraint: constraint(), existing: None }, (409, "conflict")),
            (
                RepositoryError::RestoreConflict { constraint: constraint(), existing: id },
                (409, "restore_conflict"),
            ),
            (RepositoryError::StaleVersion { current: 3 }, (412, "precondition_failed")),
            (RepositoryError::Unstorable, (422, "invalid_input")),
            (RepositoryError::Timeout("connection"), (503, "timeout")),
            (RepositoryError::Locked, (503, "contention")),
            (RepositoryError::Contention, (503, "contention")),
            (RepositoryError::Unavailable("host db1".into()), (503, "unavailable")),
            (RepositoryError::Refused { constraint: constraint() }, (500, "internal")),
            (RepositoryError::Invalid("x".into()), (500, "internal")),
            (RepositoryError::NotReady("x".into()), (500, "internal")),
        ] {
            assert_eq!(status_and_code(error), expected);
        }
    }

    #[test]
    fn a_use_case_names_its_own_conflict() {
        let kind = &service::split::conflicts::BILL_NOT_ACTIVE;
        let conflict = ServiceError::Conflict { kind, detail: "the bill is completed".into() };
        let problem = ApiError::from(conflict).problem("r");
        assert_eq!((problem.status, problem.code), (409, "bill_not_active"));
        assert_eq!(problem.r#type, "urn:strongroom:problem:bill_not_active");
        assert_eq!((problem.title, problem.detail.as_str()), (kind.title, "the bill is completed"));
    }

    #[test]
    fn who_is_locked_out_hears_for_how_long() {
        let retry_after = chrono::TimeDelta::milliseconds(1_500);
        let refused = ApiError::from(ServiceError::TooManyAttempts { retry_after });
        assert_eq!((refused.status_code().as_u16(), refused.kind().code), (429, "too_many_attempts"));
        assert_eq!(refused.error_response().headers().get(header::RETRY_AFTER).unwrap(), "2");
        let unknown = ApiError::from(ServiceError::Unauthenticated("the name or the password is wrong"));
        assert_eq!((unknown.status_code().as_u16(), unknown.kind().code), (401, "unauthenticated"));
    }

    #[test]
    fn the_words_of_the_database_are_not_sent() {
        for error in [
            RepositoryError::Unavailable("secret".into()),
            RepositoryError::Refused { constraint: "secret".into() },
            RepositoryError::Conflict { constraint: "secret".into(), existing: None },
            RepositoryError::Invalid("secret".into()),
        ] {
            let body = serde_json::to_string(&ApiError::from(error).problem("r")).unwrap();
            assert!(!body.contains("secret"), "{body}");
        }
    }

    #[test]
    fn a_problem_says_where_and_what_and_for_which_request() {
        let mut invalid = Invalid::one("/name", "empty", "the name must not be empty");
        invalid.add("/phone_number", "not_a_phone_number", "must be a phone number");
        let problem = serde_json::to_value(ApiError::from(invalid).problem("req-1")).unwrap();
        assert_eq!(
            problem,
            serde_json::json!({
                "type": "urn:strongroom:problem:invalid_input",
                "title": "The input breaks a rule",
                "status": 422,
                "detail": "2 fields are wrong",
                "code": "invalid_input",
                "request_id": "req-1",
                "retryable": false,
                "errors": [
                    {"pointer": "/name", "code": "empty", "detail": "the name must not be empty"},
                    {"pointer": "/phone_number", "code": "not_a_phone_number", "detail": "must be a phone number"},
                ],
            })
        );
    }

    #[test]
    fn what_passes_says_when_to_try_again() {
        let response = ApiError::from(RepositoryError::Contention).error_response();
        assert_eq!(response.headers().get(header::RETRY_AFTER).unwrap(), "1");
        assert!(ApiError::from(RepositoryError::NotFound("x")).error_response().headers().is_empty());
        let taken = RepositoryError::Conflict { constraint: "c".into(), existing: Some(Uuid::from_u128(7)) };
        assert_eq!(ApiError::from(taken).problem("r").existing_id, Some(Uuid::from_u128(7)));
    }
}
