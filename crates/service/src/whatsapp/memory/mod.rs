//! Conversations in the memory of the process: for a bot that keeps nothing. They are lost when it ends, and no other
//! process knows them.
//!
//! A person is forgotten some time after the last message, with the sids of its messages; numbers and names are sealed here
//! as in the database. A chat holds as many messages as an agent is given, and never continues another.

mod answers;
mod people;
mod session;
mod state;

use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use repository::Database;

use self::state::State;
use super::{Reading, Store};
use crate::Result;

pub use answers::MemorySlot;
pub use session::Session;

/// The longest that an answer to an idempotency key is kept, as in the database.
const KEYS: TimeDelta = TimeDelta::hours(24);

/// What is kept, and for how long.
#[derive(Clone, Copy, Debug)]
pub struct MemoryLimits {
    /// Persons at most: the one who has been silent longest goes.
    pub persons: usize,
    /// For how long after the last message.
    pub timeout: TimeDelta,
}

impl Default for MemoryLimits {
    fn default() -> Self {
        Self { persons: 100_000, timeout: TimeDelta::minutes(30) }
    }
}

/// A store in memory. Calls take turns.
pub struct Memory {
    database: Database,
    clock: fn() -> DateTime<Utc>,
    limits: MemoryLimits,
    state: Mutex<State>,
}

impl Memory {
    /// An empty store. The database lends its keys and nothing else.
    pub fn new(database: Database, limits: MemoryLimits, clock: fn() -> DateTime<Utc>) -> Self {
        Self { database, clock, limits, state: Mutex::new(State::default()) }
    }

    /// Runs `work`, which only reads.
    ///
    /// # Errors
    /// What `work` returns.
    pub fn read<T>(&self, work: impl FnOnce(&mut dyn Reading) -> Result<T>) -> Result<T> {
        self.run(true, |session| work(session.reading()))
    }

    /// Runs `work`: all that it changes is kept, or nothing where it fails.
    ///
    /// # Errors
    /// What `work` returns.
    pub fn write<T>(&self, work: impl FnOnce(&mut dyn Store) -> Result<T>) -> Result<T> {
        self.run(false, |session| work(session))
    }

    /// Runs `work` as [`write`](Self::write) would, and takes all of it back.
    ///
    /// # Errors
    /// What `work` returns.
    pub fn dry_run<T>(&self, work: impl FnOnce(&mut dyn Store) -> Result<T>) -> Result<T> {
        self.run(true, |session| work(session))
    }

    /// Runs `work` with all that a call can do: what it changes is kept, or nothing where it fails or `take_back` says so.
    ///
    /// # Errors
    /// What `work` returns.
    pub fn run<T, E>(
        &self,
        take_back: bool,
        work: impl FnOnce(&mut Session<'_>) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let now = (self.clock)();
        state.forget(now - self.limits.timeout, self.limits.persons);
        state.answers.forget(now - self.limits.timeout.min(KEYS));
        let mut session = Session::new(&mut state, self.database.cipher(), now);
        let outcome = work(&mut session);
        if take_back || outcome.is_err() {
            session.take_back();
        }
        outcome
    }
}

impl std::fmt::Debug for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Memory").field("limits", &self.limits).finish_non_exhaustive()
    }
}
