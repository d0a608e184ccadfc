//! The one asynchronous way to the database.

use std::time::{Duration, Instant};

use repository::{Actor, Database, PoolFigures};

use crate::http::error::ApiError;
use crate::queue::Queue;

/// The database handle, behind a queue in which a turn stands for a connection that may be opened, so that no job ever
/// fights another for one.
pub(crate) struct AsyncDatabase {
    database: Database,
    queue: Queue,
    connections: u32,
    request_timeout: Duration,
}

impl AsyncDatabase {
    /// `connections` is what the pool may open at most, `request_timeout` the longest that a request may take.
    pub(crate) fn new(database: Database, connections: u32, request_timeout: Duration) -> Self {
        let queue = Queue::new(usize::try_from(connections).unwrap_or(usize::MAX));
        Self { database, queue, connections, request_timeout }
    }

    /// Runs a job on a thread that may block, as soon as its turn comes.
    ///
    /// # Errors
    /// What `job` returns, and those of [`Queue::run`].
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
        let database = self.database.clone();
        self.queue.run(deadline, move || job(&database, &actor.with_deadline(deadline))).await
    }

    /// The longest that a request may take.
    pub(crate) fn request_timeout(&self) -> Duration {
        self.request_timeout
    }

    /// Connections that the pool may open at most.
    pub(crate) fn connections(&self) -> u32 {
        self.connections
    }

    /// The state of the pool now.
    pub(crate) fn pool_figures(&self) -> PoolFigures {
        self.database.pool_figures()
    }

    /// Requests that wait for their turn now.
    pub(crate) fn waiting(&self) -> u32 {
        self.queue.waiting()
    }
}
