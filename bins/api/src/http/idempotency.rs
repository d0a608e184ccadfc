//! Requests that change something: done once however often they are sent, or only tried.
//!
//! A handler that changes something begins with a [`Change`], which understands `Idempotency-Key` and `?dry_run`, and without
//! which nothing is changed.

use std::future::{Ready, ready};
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpRequest};
use repository::platform::idempotency_keys::{self, Answer, Claim, Request, Slot};
use repository::{Actor, Database, Error as RepositoryError, Failure, Tx};
use url::form_urlencoded;
use utoipa::openapi::path::{HttpMethod, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};

use crate::http::auth::caller::Caller;
use crate::http::auth::scope::Scope;
use crate::http::context::{ReceivedBody, RequestContext};
use crate::http::docs::operation::{Describe, Gate, OperationDoc};
use crate::http::error::{ApiError, codes};
use crate::http::input::query::DRY_RUN_PARAMETER;
use crate::http::respond::{AnswerFor, ApiResult, DRY_RUN, Kind, WrittenReply};
use crate::state::State;

/// Names a change, so that it is made once.
pub(crate) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The longest key. UUIDs have 36 characters.
const LONGEST_KEY: usize = 255;

/// Whether a change can be repeated with a key: [`Keyed`] or [`Unkeyed`].
pub(crate) trait Repetition: 'static {
    /// Whether it takes one.
    const TAKES_KEY: bool;
}

/// A change that takes a key. A DELETE takes none: one that is sent again finds nothing, which says that it was done.
pub(crate) struct Keyed;

/// A change whose answer is not kept, because it holds secrets of which the database has a hash.
pub(crate) struct Unkeyed;

impl Repetition for Keyed {
    const TAKES_KEY: bool = true;
}

impl Repetition for Unkeyed {
    const TAKES_KEY: bool = false;
}

/// A caller who has the scope `S`, and how a change is to be made.
pub(crate) struct Change<S, R = Keyed> {
    caller: Caller<S>,
    mode: WriteMode,
    repetition: PhantomData<R>,
}

/// How a change is to be made.
pub(crate) enum WriteMode {
    /// As it is.
    Plain,
    /// Once for a key.
    Once(Box<KeyedRequest>),
    /// Not in earnest.
    DryRun,
}

/// A request with a key, and what tells it from others with the same key.
pub(crate) struct KeyedRequest {
    key: String,
    method: Method,
    path: String,
    query: String,
    /// Filled by whoever reads the body: parameters of a handler are read side by side.
    body: Arc<ReceivedBody>,
}

/// Where answers are kept, with the changes that they tell of.
pub(crate) trait KeepsAnswers {
    /// The place of an answer that is not there yet.
    type Slot;

    /// Asks for the key of a request.
    fn claim(&mut self, request: &Request<'_>) -> Result<Claim<Self::Slot>, RepositoryError>;

    /// Keeps an answer in its place.
    fn keep(&mut self, slot: &Self::Slot, answer: &Answer) -> Result<(), RepositoryError>;
}

impl KeepsAnswers for Tx<'_> {
    type Slot = Slot;

    fn claim(&mut self, request: &Request<'_>) -> Result<Claim, RepositoryError> {
        idempotency_keys::claim(self, request)
    }

    fn keep(&mut self, slot: &Slot, answer: &Answer) -> Result<(), RepositoryError> {
        idempotency_keys::store(self, slot, answer)
    }
}

impl<S, R> Deref for Change<S, R> {
    type Target = Caller<S>;

    fn deref(&self) -> &Caller<S> {
        &self.caller
    }
}

impl<S: Scope, R: Repetition> FromRequest for Change<S, R> {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(request))
    }
}

impl<S: Scope, R: Repetition> Change<S, R> {
    /// The change that a request asks for.
    pub(super) fn of(request: &HttpRequest) -> Result<Self, ApiError> {
        let caller = Caller::of(request)?;
        let takes_key = R::TAKES_KEY && request.method() != Method::DELETE;
        Ok(Self { caller, mode: WriteMode::of(request, takes_key)?, repetition: PhantomData })
    }

    /// The caller and how the change is to be made, for one that is made elsewhere than in the database.
    pub(crate) fn into_parts(self) -> (Caller<S>, WriteMode) {
        (self.caller, self.mode)
    }

    /// What handlers share, for what follows from a change; nothing for a dry run, from which nothing follows.
    pub(crate) fn in_earnest(&self) -> Option<&State> {
        (!matches!(self.mode, WriteMode::DryRun)).then(|| self.caller.state())
    }

    /// Answers a change of what is not in the database.
    pub(crate) fn answer<K: Kind>(&self, kind: K) -> ApiResult<K> {
        let written = WrittenReply::new(kind)?;
        let written = if self.in_earnest().is_some() { written } else { written.of_dry_run() };
        Ok(written.of_kind())
    }

    /// Runs `work` in a transaction on behalf of the caller: once for a key, or dry. What it returns is answered, and the
    /// answer is kept with the key in the same transaction. It may run more than once, when other changes come between.
    ///
    /// # Errors
    /// Those of [`write_as`](Self::write_as).
    pub(crate) async fn write<T, E, K>(
        self,
        operation: &'static str,
        work: impl FnMut(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    ) -> ApiResult<K>
    where
        T: 'static,
        E: Failure + Into<ApiError> + Send + 'static,
        K: AnswerFor<T>,
    {
        self.write_as(operation, work, K::answer_for).await
    }

    /// Like [`write`](Self::write), with an answer that needs more than the value.
    ///
    /// # Errors
    /// What `work` returns, and those of [`AsyncDatabase::run`](crate::database::AsyncDatabase::run);
    /// [`codes::IDEMPOTENCY_KEY_IN_USE`] and [`codes::IDEMPOTENCY_KEY_REUSED`].
    pub(crate) async fn write_as<T, E, K>(
        self,
        operation: &'static str,
        mut work: impl FnMut(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
        mut answer: impl FnMut(T) -> K + Send + 'static,
    ) -> ApiResult<K>
    where
        E: Failure + Into<ApiError> + Send + 'static,
        K: Kind,
    {
        let Self { caller, mode, .. } = self;
        let made = caller.state().database.run(caller.actor(), caller.deadline(), move |database, actor| {
            mode.make(database, operation, actor, |tx| {
                let value = work(tx).map_err(WriteError::Failed)?;
                WrittenReply::new(answer(value)).map_err(WriteError::Refused)
            })
        });
        made.await.map(WrittenReply::of_kind)
    }
}

impl<S: Scope, R: Repetition> Describe for Change<S, R> {
    fn describe(operation: &mut OperationDoc) {
        Caller::<S>::describe(operation);
        operation.parameter(
            DRY_RUN_PARAMETER,
            ParameterIn::Query,
            "true: do all of it, answer what would be answered, and store nothing",
            ObjectBuilder::new().schema_type(Type::Boolean),
        );
        operation.mark("Dry-Run", "`true` on the answer to a dry run");
        operation.problem(422, "`invalid_input`: `dry_run` is neither true nor false");
        if R::TAKES_KEY && operation.method != HttpMethod::Delete {
            describe_key(operation);
        }
    }
}

fn describe_key(operation: &mut OperationDoc) {
    let schema = ObjectBuilder::new()
        .schema_type(Type::String)
        .min_length(Some(1))
        .max_length(Some(LONGEST_KEY))
        .pattern(Some("^[!-~]+$"));
    operation.parameter(
        "Idempotency-Key",
        ParameterIn::Header,
        "Chosen by the client, a UUID for instance. The same request with the same key is done once within 24 hours, and \
         answered alike",
        schema,
    );
    operation.mark("Idempotent-Replayed", "`true` on an answer that was given before");
    operation.problem(400, "`bad_request`: the `Idempotency-Key` is malformed");
    operation.problem(409, "`idempotency_key_in_use`: the same request is being done now");
    operation.problem(422, "`idempotency_key_reused`: another request was done with this key");
}

impl<S: Scope, R: Repetition> Gate for Change<S, R> {}

impl WriteMode {
    fn of(request: &HttpRequest, takes_key: bool) -> Result<Self, ApiError> {
        let key = if takes_key { key(request.headers())? } else { None };
        // A dry run needs no key, but says what is wrong with one: the run in earnest will refuse it.
        if wants_dry_run(request.query_string())? {
            return Ok(Self::DryRun);
        }
        let keyed = |key| KeyedRequest {
            key,
            method: request.method().clone(),
            path: request.path().to_owned(),
            query: request.query_string().to_owned(),
            body: RequestContext::of(request).body(),
        };
        Ok(key.map_or(Self::Plain, |key| Self::Once(Box::new(keyed(key)))))
    }

    /// Makes the change on a thread that may block. `work` makes the answer inside the transaction, so that both are
    /// stored or neither.
    ///
    /// # Errors
    /// What `work` returns; [`codes::IDEMPOTENCY_KEY_IN_USE`] and [`codes::IDEMPOTENCY_KEY_REUSED`].
    fn make<E>(
        &self,
        database: &Database,
        operation: &'static str,
        actor: &Actor,
        mut work: impl FnMut(&mut Tx<'_>) -> Result<WrittenReply, WriteError<E>>,
    ) -> Result<WrittenReply, ApiError>
    where
        E: Failure + Into<ApiError>,
    {
        let made = match self {
            Self::Plain => database.write(operation, actor, work),
            Self::Once(keyed) => database.write(operation, actor, |tx| keyed.once(tx, &mut work)),
            Self::DryRun => return of_dry_run(database.dry_run(operation, actor, work)),
        };
        made.map_err(WriteError::into_error)
    }
}

/// What a dry run answers.
pub(crate) fn of_dry_run<E: Into<ApiError>>(
    tried: Result<WrittenReply, WriteError<E>>,
) -> Result<WrittenReply, ApiError> {
    tried
        .map(WrittenReply::of_dry_run)
        .map_err(|stopped| stopped.into_error().with_header(DRY_RUN, HeaderValue::from_static("true")))
}

impl KeyedRequest {
    /// Does the work, unless the request was done before.
    ///
    /// # Errors
    /// What `work` returns; [`codes::IDEMPOTENCY_KEY_IN_USE`] and [`codes::IDEMPOTENCY_KEY_REUSED`].
    pub(crate) fn once<P: KeepsAnswers, E: Failure>(
        &self,
        place: &mut P,
        work: impl FnOnce(&mut P) -> Result<WrittenReply, WriteError<E>>,
    ) -> Result<WrittenReply, WriteError<E>> {
        let request = Request {
            key: &self.key,
            method: self.method.as_str(),
            path: &self.path,
            query: &self.query,
            body: self.body.get().map_or(&[], Bytes::as_ref),
        };
        match place.claim(&request)? {
            Claim::Answered(answer) => Ok(WrittenReply::replayed(answer)),
            Claim::Running => Err(WriteError::Refused(ApiError::new(
                &codes::IDEMPOTENCY_KEY_IN_USE,
                "a request with this Idempotency-Key is being done now: send it again to hear what became of it",
            ))),
            Claim::OtherRequest => Err(WriteError::Refused(ApiError::new(
                &codes::IDEMPOTENCY_KEY_REUSED,
                "another request was done with this Idempotency-Key: send this one with a key of its own",
            ))),
            Claim::Free(slot) => {
                let reply = work(place)?;
                place.keep(&slot, reply.answer())?;
                Ok(reply)
            }
        }
    }
}

/// Why a change did not come to its end.
pub(crate) enum WriteError<E> {
    /// The work failed.
    Failed(E),
    /// It was not begun, or its answer could not be written.
    Refused(ApiError),
}

impl<E: Into<ApiError>> WriteError<E> {
    /// As the client hears it.
    pub(crate) fn into_error(self) -> ApiError {
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
    }
}
