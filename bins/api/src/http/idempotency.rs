//! Requests that change something: done once however often they are sent, or only tried.
//!
//! A handler asks for a [`Change`] and hands it to [`State::write`](crate::state::State::write), which takes no change
//! without one. `Idempotency-Key` and `?dry_run` are thus understood by every route that changes something, and stand in
//! the OpenAPI document of each (see [`docs`](crate::http::docs)).

use std::future::{Ready, ready};
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpRequest};
use repository::platform::idempotency_keys::{self, Claim, Request};
use repository::{Actor, Database, Error as RepositoryError, Failure, Tx};
use url::form_urlencoded;

use crate::http::error::{ApiError, codes};
use crate::http::request::{ReceivedBody, RequestContext};
use crate::http::respond::{DRY_RUN, Reply};

/// Names a change, so that it is made once.
pub(crate) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The query parameter that asks for a dry run.
pub(crate) const DRY_RUN_PARAMETER: &str = "dry_run";

/// The longest key. UUIDs have 36 characters.
pub(crate) const LONGEST_KEY: usize = 255;

/// Whether the changes of a route take a key. A DELETE that is sent again finds nothing, which says that it was done, and
/// answers with tokens are not kept: they hold secrets of which the database has a hash.
pub(crate) fn takes_key(method: &str, route: &str) -> bool {
    !method.eq_ignore_ascii_case("delete") && !route.ends_with("/tokens")
}

/// How a change is to be made.
pub(crate) struct Change(WriteMode);

enum WriteMode {
    /// As it is.
    Plain,
    /// Once for a key.
    Once(Box<Keyed>),
    /// Not in earnest.
    DryRun,
}

/// A request with a key, and what tells it from others with the same key.
struct Keyed {
    key: String,
    method: Method,
    path: String,
    query: String,
    /// Filled by whoever reads the body: parameters of a handler are read side by side.
    body: Arc<ReceivedBody>,
}

impl FromRequest for Change {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(request))
    }
}

impl Change {
    fn of(request: &HttpRequest) -> Result<Self, ApiError> {
        let route = request.match_pattern().unwrap_or_default();
        let takes_key = takes_key(request.method().as_str(), &route);
        let key = if takes_key { key(request.headers())? } else { None };
        // A dry run needs no key, but says what is wrong with one: the run in earnest will refuse it.
        if wants_dry_run(request.query_string())? {
            return Ok(Self(WriteMode::DryRun));
        }
        let keyed = |key| Keyed {
            key,
            method: request.method().clone(),
            path: request.path().to_owned(),
            query: request.query_string().to_owned(),
            body: RequestContext::of(request).body(),
        };
        Ok(Self(key.map_or(WriteMode::Plain, |key| WriteMode::Once(Box::new(keyed(key))))))
    }

    /// Makes the change on a thread that may block. `work` makes the answer inside the transaction, so that both are
    /// stored or neither.
    ///
    /// # Errors
    /// What `work` returns; [`codes::IDEMPOTENCY_KEY_IN_USE`] and [`codes::IDEMPOTENCY_KEY_REUSED`].
    pub(crate) fn make<E>(
        &self,
        database: &Database,
        operation: &'static str,
        actor: &Actor,
        mut work: impl FnMut(&mut Tx<'_>) -> Result<Reply, WriteError<E>>,
    ) -> Result<Reply, ApiError>
    where
        E: Failure + Into<ApiError>,
    {
        let made = match &self.0 {
            WriteMode::Plain => database.write(operation, actor, work),
            WriteMode::Once(keyed) => database.write(operation, actor, |tx| keyed.once(tx, &mut work)),
            WriteMode::DryRun => {
                let tried = database.dry_run(operation, actor, work).map(Reply::of_dry_run);
                return tried.map_err(|stopped| {
                    stopped.into_error().with_header(DRY_RUN, HeaderValue::from_static("true"))
                });
            }
        };
        made.map_err(WriteError::into_error)
    }
}

impl Keyed {
    fn once<E: Failure>(
        &self,
        tx: &mut Tx<'_>,
        work: &mut impl FnMut(&mut Tx<'_>) -> Result<Reply, WriteError<E>>,
    ) -> Result<Reply, WriteError<E>> {
        let request = Request {
            key: &self.key,
            method: self.method.as_str(),
            path: &self.path,
            query: &self.query,
            body: self.body.get().map_or(&[], Bytes::as_ref),
        };
        match idempotency_keys::claim(tx, &request)? {
            Claim::Answered(answer) => Ok(Reply::replayed(answer)),
            Claim::Running => Err(WriteError::Refused(ApiError::new(
                &codes::IDEMPOTENCY_KEY_IN_USE,
                "a request with this Idempotency-Key is being done now: send it again to hear what became of it",
            ))),
            Claim::OtherRequest => Err(WriteError::Refused(ApiError::new(
                &codes::IDEMPOTENCY_KEY_REUSED,
                "another request was done with this Idempotency-Key: send this one with a key of its own",
            ))),
            Claim::Free(slot) => {
                let reply = work(tx)?;
                idempotency_keys::store(tx, &slot, reply.answer())?;
                Ok(reply)
            }
        }
    }
}

/// Why a transaction did not come to its end.
pub(crate) enum WriteError<E> {
    /// The work failed.
    Failed(E),
    /// It was not begun, or its answer could not be written.
    Refused(ApiError),
}

impl<E: Into<ApiError>> WriteError<E> {
    fn into_error(self) -> ApiError {
        match self {
            Self::Failed(error) => error.into(),
            Self::Refused(error) => error,
        }
    }
}

impl<E: Failure> From<RepositoryError> for WriteError<E> {
    fn from(error: RepositoryError) -> Self {
        Self::Failed(error.into())
    }
}

impl<E: Failure> Failure for WriteError<E> {
    fn repository(&self) -> Option<&RepositoryError> {
        match self {
            Self::Failed(error) => error.repository(),
            Self::Refused(_) => None,
        }
    }
}

/// The key of a request, if it has one.
fn key(headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    let mut given = headers.get_all(IDEMPOTENCY_KEY);
    let (Some(value), None) = (given.next(), given.next()) else {
        return if headers.contains_key(IDEMPOTENCY_KEY) { Err(malformed_key()) } else { Ok(None) };
    };
    let is_fit = |key: &&str| {
        (1..=LONGEST_KEY).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic())
    };
    let key = value.to_str().ok().filter(is_fit).ok_or_else(malformed_key)?;
    Ok(Some(key.to_owned()))
}

fn malformed_key() -> ApiError {
    let detail =
        "Idempotency-Key must be sent once and have 1 to 255 visible ASCII characters, such as a UUID";
    ApiError::new(&codes::BAD_REQUEST, detail)
}

/// Whether a query says anything of a dry run, right or wrong.
pub(crate) fn speaks_of_dry_run(query: &str) -> bool {
    form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == DRY_RUN_PARAMETER)
}

fn wants_dry_run(query: &str) -> Result<bool, ApiError> {
    let pairs = form_urlencoded::parse(query.as_bytes());
    let mut values = pairs.filter(|(name, _)| name == DRY_RUN_PARAMETER).map(|(_, value)| value);
    let wrong = |code, detail: &str| Err(ApiError::invalid(format!("/{DRY_RUN_PARAMETER}"), code, detail));
    match (values.next().as_deref(), values.next()) {
        (_, Some(_)) => wrong("duplicate", "this field is given twice"),
        (None, _) | (Some("false"), None) => Ok(false),
        (Some("true"), None) => Ok(true),
        (Some(_), None) => wrong("invalid_value", "must be true or false"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key_of(values: &[&str]) -> Result<Option<String>, &'static str> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(IDEMPOTENCY_KEY, HeaderValue::from_str(value).unwrap());
        }
        key(&headers).map_err(|error| error.kind().code)
    }

    #[test]
    fn a_key_is_visible_ascii_and_given_once() {
        assert_eq!(key_of(&[]), Ok(None));
        for fit in ["1", "\"quoted\"", &"x".repeat(255)] {
            assert_eq!(key_of(&[fit]), Ok(Some(fit.to_owned())));
        }
        for unfit in ["", "two words", "Å", &"x".repeat(256)] {
            assert_eq!(key_of(&[unfit]), Err("bad_request"), "{unfit}");
        }
        assert_eq!(key_of(&["a", "a"]), Err("bad_request"));
    }

    #[test]
    fn a_dry_run_is_asked_for_in_two_words_only() {
        for (query, expected) in
            [("", false), ("a=b", false), ("dry_run=false", false), ("a=b&dry_run=true", true)]
        {
            assert_eq!(wants_dry_run(query).unwrap(), expected, "{query}");
        }
        for query in ["dry_run", "dry_run=", "dry_run=True", "dry_run=1", "dry_run=true&dry_run=true"] {
            let problem = wants_dry_run(query).unwrap_err().problem("");
            assert_eq!((problem.status, problem.errors[0].pointer.as_str()), (422, "/dry_run"), "{query}");
        }
        assert!(speaks_of_dry_run("a=b&dry%5Frun=x") && !speaks_of_dry_run("dryrun=true"));
    }
}
