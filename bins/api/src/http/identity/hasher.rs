//! Hashing of passwords, which takes a processor for a while and no connection.

use std::sync::Arc;
use std::time::Instant;

use service::identity::{Cost, Passwords};

use crate::http::error::ApiError;
use crate::queue::Queue;

/// Works on as many passwords at a time as there are processors for.
pub(crate) struct PasswordHasher {
    passwords: Arc<Passwords>,
    queue: Queue,
}

impl PasswordHasher {
    /// # Errors
    /// Passwords cannot be hashed.
    pub(crate) fn new() -> anyhow::Result<Self> {
        let passwords = Passwords::new(Cost::default())?;
        Ok(Self { queue: Queue::with_threads(passwords.at_once())?, passwords: Arc::new(passwords) })
    }

    /// Runs a job on a thread that may block, as soon as its turn comes.
    ///
    /// # Errors
    /// What `job` returns, and those of [`Queue::run`].
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        deadline: Instant,
        job: impl FnOnce(&Passwords) -> service::Result<T> + Send + 'static,
    ) -> Result<T, ApiError> {
        let passwords = Arc::clone(&self.passwords);
        self.queue.run(deadline, move || job(&passwords)).await
    }
}
