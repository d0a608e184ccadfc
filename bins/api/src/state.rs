//! What handlers work with, and the one asynchronous way to the database.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use actix_web::web;
use repository::codec::Signer;
use repository::{Actor, Conn, Database, Failure, PoolFigures, Tx};
use runtime::settings::SplitSettings;
use service::identity::{Cost, Lifetimes, Passwords, Tokens};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant as TokioInstant, timeout_at};

use crate::cache::Cache;
use crate::http::auth::{Identity, KeyCache, SessionCache};
use crate::http::error::{ApiError, codes};
use crate::http::idempotency::{Change, WriteError};
use crate::http::limits::Limits;
use crate::http::page::ListOf;
use crate::http::respond::Reply;
use crate::platform::health::LastReadiness;
use crate::redis::Redis;

/// The longest a request waits for its turn.
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// Requests that may wait at a time.
const LONGEST_LINE: u32 = 1000;

/// Shared by all workers.
pub(crate) struct State {
    database: Database,
    connections: u32,
    /// A permit stands for a connection that may be opened, so no job ever fights another for one. First come, first
    /// served.
    queue: Arc<Semaphore>,
    /// A permit stands for a processor that may work on a password.
    hashing: Arc<Semaphore>,
    passwords: Arc<Passwords>,
    waiting: Arc<AtomicU32>,
    request_timeout: Duration,
    cursors: Signer,
    pub(crate) keys: KeyCache,
    pub(crate) sessions: SessionCache,
    /// Of end users.
    pub(crate) tokens: Arc<Tokens>,
    pub(crate) limits: Limits,
    pub(crate) cache: Cache,
    /// None where there is none.
    pub(crate) redis: Option<Arc<Redis>>,
    pub(crate) readiness: LastReadiness,
    /// What the Bill Splitting Agent was told.
    pub(crate) split: SplitSettings,
}

impl State {
    /// `connections` is what the pool may open at most.
    ///
    /// # Errors
    /// Passwords cannot be hashed.
    pub(crate) fn new(
        database: Database,
        connections: u32,
        request_timeout: Duration,
        lifetimes: Lifetimes,
        limits: Limits,
        redis: Option<Arc<Redis>>,
        split: SplitSettings,
    ) -> service::Result<Self> {
        let passwords = Passwords::new(Cost::default())?;
        Ok(Self {
            cache: Cache::new(database.clone(), redis.clone()),
            redis,
            cursors: database.cipher().signer("cursor"),
            tokens: Arc::new(Tokens::new(database.cipher(), lifetimes)),
            sessions: SessionCache::default(),
            database,
            connections,
            queue: Arc::new(Semaphore::new(usize::try_from(connections).unwrap_or(Semaphore::MAX_PERMITS))),
            hashing: Arc::new(Semaphore::new(passwords.at_once())),
            passwords: Arc::new(passwords),
            waiting: Arc::default(),
            request_timeout,
            keys: KeyCache::default(),
            limits,
            readiness: LastReadiness::default(),
            split,
        })
    }

    /// Runs `work`, which only reads, on behalf of the caller.
    ///
    /// # Errors
    /// What `work` returns; [`codes::OVERLOADED`] and [`codes::TIMEOUT`] when its turn did not come or the request's time is
    /// over. A job that is stuck keeps its permit until it is done.
    pub(crate) async fn read<T, E>(
        &self,
        operation: &'static str,
        caller: &Identity,
        mut work: impl FnMut(&mut Conn<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, ApiError>
    where
        T: Send + 'static,
        E: Failure + Into<ApiError> + Send + 'static,
    {
        let deadline = caller.deadline(self.request_timeout);
        self.run(caller.actor(), deadline, move |database, actor| database.read(operation, actor, &mut work))
            .await
    }

    /// Runs `work` in a transaction on behalf of the caller, as the request's [`Change`] says: once for a key, or dry.
    ///
    /// `reply` makes the answer of what `work` returns, inside the transaction: the answer to a key is stored with the
    /// change, so that it is found again even if nobody heard of the commit.
    ///
    /// # Errors
    /// What `work` and `reply` return, with nothing stored; those of [`Change::make`]; [`codes::OVERLOADED`] and
    /// [`codes::TIMEOUT`] as for [`read`](Self::read). After a time-out the change may still be made.
    pub(crate) async fn write<T, E>(
        &self,
        operation: &'static str,
        caller: &Identity,
        change: Change,
        mut work: impl FnMut(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
        mut reply: impl FnMut(T) -> Result<Reply, ApiError> + Send + 'static,
    ) -> Result<Reply, ApiError>
    where
        E: Failure + Into<ApiError> + Send + 'static,
    {
        let deadline = caller.deadline(self.request_timeout);
        self.run(caller.actor(), deadline, move |database, actor| {
            change.make(database, operation, actor, |tx| {
                work(tx)
                    .map_err(WriteError::Failed)
                    .and_then(|value| reply(value).map_err(WriteError::Refused))
            })
        })
        .await
    }

    /// Runs a job on a thread that may block, in the current span, until it is done or the deadline has passed.
    pub(crate) async fn run<T, E>(
        &self,
        actor: Actor,
        deadline: Instant,
        job: impl FnOnce(&Database, &Actor) -> Result<T, E> + Send + 'static,
    ) -> Result<T, ApiError>
    where
        T: Send + 'static,
        E: Into<ApiError> + Send + 'static,
    {
        let permit = self.take_turn(&self.queue, deadline).await?;
        let database = self.database.clone();
        block(permit, deadline, move || job(&database, &actor.with_deadline(deadline))).await
    }

    /// Works on a password on a thread that may block, without a connection. As many are worked on at a time as there are
    /// processors, and the others wait without a thread.
    pub(crate) async fn hash<T: Send + 'static>(
        &self,
        deadline: Instant,
        job: impl FnOnce(&Passwords) -> service::Result<T> + Send + 'static,
    ) -> Result<T, ApiError> {
        let permit = self.take_turn(&self.hashing, deadline).await?;
        let passwords = Arc::clone(&self.passwords);
        block(permit, deadline, move || job(&passwords)).await
    }

    async fn take_turn(
        &self,
        queue: &Arc<Semaphore>,
        deadline: Instant,
    ) -> Result<OwnedSemaphorePermit, ApiError> {
        let queue = Arc::clone(queue);
        let until = deadline.min(Instant::now() + LONGEST_WAIT);
        let waiting = Waiting::begin(&self.waiting)?;
        let permit = timeout_at(TokioInstant::from_std(until), queue.acquire_owned()).await;
        drop(waiting);
        match permit {
            Ok(Ok(permit)) => Ok(permit),
            // The queue is never closed, so only the time-out is left.
            Ok(Err(_)) | Err(_) => Err(out_of_time()),
        }
    }

    /// The list of this name that belongs to `owner`, whose cursors are good for no other.
    pub(crate) fn list(&self, name: &'static str, owner: impl ToString) -> ListOf<'_> {
        ListOf::new(&self.cursors, name, owner.to_string())
    }

    /// The longest a request may take.
    pub(crate) fn request_timeout(&self) -> Duration {
        self.request_timeout
    }

    /// Connections that the pool may open at most.
    pub(crate) fn connections(&self) -> u32 {
        self.connections
    }

    /// What the pool is doing now.
    pub(crate) fn pool_figures(&self) -> PoolFigures {
        self.database.pool_figures()
    }

    /// Requests that wait for their turn now.
    pub(crate) fn waiting(&self) -> u32 {
        self.waiting.load(Ordering::Relaxed)
    }
}

/// Runs a job on a thread that may block, in the current span. It keeps its permit until it is done, also when nobody waits
/// for it any more.
async fn block<T, E>(
    permit: OwnedSemaphorePermit,
    deadline: Instant,
    job: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, ApiError>
where
    T: Send + 'static,
    E: Into<ApiError> + Send + 'static,
{
    let span = tracing::Span::current();
    let job = web::block(move || {
        let _until_done = permit;
        span.in_scope(job)
    });
    match timeout_at(TokioInstant::from_std(deadline), job).await {
        Ok(Ok(outcome)) => outcome.map_err(Into::into),
        // The job panicked. The hook has logged where, under this request's id.
        Ok(Err(_)) => Err(ApiError::new(&codes::INTERNAL, "the request failed")),
        Err(_) => Err(out_of_time()),
    }
}

/// The refusal of a request whose deadline has passed.
pub(crate) fn out_of_time() -> ApiError {
    ApiError::new(&codes::TIMEOUT, "the request ran out of time; the same one may succeed later")
}

/// A place in the line, given up when dropped: also when the client has gone away meanwhile.
struct Waiting<'a>(&'a AtomicU32);

impl<'a> Waiting<'a> {
    fn begin(waiting: &'a AtomicU32) -> Result<Self, ApiError> {
        let place = Self(waiting);
        if waiting.fetch_add(1, Ordering::Relaxed) >= LONGEST_LINE {
            return Err(ApiError::new(
                &codes::OVERLOADED,
                "too many requests are waiting; the same one may succeed later",
            ));
        }
        Ok(place)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
