//! A fair, bounded line of jobs that block their thread.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use actix_web::rt::task::spawn_blocking;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout_at;

use crate::http::error::{ApiError, codes};

/// The longest that a job waits for its turn.
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// Jobs that may wait at a time.
const LONGEST_LINE: u32 = 1000;

/// Runs so many jobs at a time, first come, first served. The others wait without a thread.
pub(crate) struct Queue {
    permits: Arc<Semaphore>,
    waiting: AtomicU32,
    /// Threads of its own; else those that every worker has for jobs that block.
    threads: Option<Runtime>,
}

impl Queue {
    /// `at_once` jobs run at a time.
    pub(crate) fn new(at_once: usize) -> Self {
        let permits = at_once.min(Semaphore::MAX_PERMITS);
        Self { permits: Arc::new(Semaphore::new(permits)), waiting: AtomicU32::default(), threads: None }
    }

    /// The same, on threads of its own, which are as many and live as long as the queue. An allocator keeps freed memory for the
    /// thread that used it: jobs that need much would leave that much behind on every thread that the workers have.
    ///
    /// # Errors
    /// The threads cannot be started.
    pub(crate) fn with_threads(at_once: usize) -> io::Result<Self> {
        let mut threads = Builder::new_current_thread();
        let threads =
            threads.max_blocking_threads(at_once.max(1)).thread_keep_alive(Duration::MAX).build()?;
        let mut queue = Self::new(at_once);
        queue.threads = Some(threads);
        Ok(queue)
    }

    /// Runs a job on a thread that may block, in the current span, until it is done or the deadline has passed.
    ///
    /// # Errors
    /// What `job` returns; [`codes::OVERLOADED`] when the line is full, [`codes::TIMEOUT`] when its turn did not come or the
    /// deadline has passed. A job that is stuck keeps its permit until it is done.
    pub(crate) async fn run<T, E>(
        &self,
        deadline: Instant,
        job: impl FnOnce() -> Result<T, E> + Send + 'static,
    ) -> Result<T, ApiError>
    where
        T: Send + 'static,
        E: Into<ApiError> + Send + 'static,
    {
        let permit = self.take_turn(deadline).await?;
        let span = tracing::Span::current();
        let job = move || {
            let _until_done = permit;
            span.in_scope(job)
        };
        let job = match &self.threads {
            Some(threads) => threads.spawn_blocking(job),
            None => spawn_blocking(job),
        };
        match timeout_at(deadline.into(), job).await {
            Ok(Ok(outcome)) => outcome.map_err(Into::into),
            // The job panicked. The hook has logged where, under this request's id.
            Ok(Err(_)) => Err(ApiError::new(&codes::INTERNAL, "the request failed")),
            Err(_) => Err(out_of_time()),
        }
    }

    async fn take_turn(&self, deadline: Instant) -> Result<OwnedSemaphorePermit, ApiError> {
        let until = deadline.min(Instant::now() + LONGEST_WAIT);
        let waiting = Waiting::begin(&self.waiting)?;
        let permit = timeout_at(until.into(), Arc::clone(&self.permits).acquire_owned()).await;
        drop(waiting);
        match permit {
            Ok(Ok(permit)) => Ok(permit),
            // The semaphore is never closed, so only the time-out is left.
            Ok(Err(_)) | Err(_) => Err(out_of_time()),
        }
    }

    /// Jobs that wait for their turn now.
    pub(crate) fn waiting(&self) -> u32 {
        self.waiting.load(Ordering::Relaxed)
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        // Dropping it would wait for its jobs, which an asynchronous thread may not.
        if let Some(threads) = self.threads.take() {
            threads.shutdown_background();
        }
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
