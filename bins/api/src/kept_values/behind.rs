//! In which names Redis is behind: those that were kept or dropped while it was away.

use std::collections::{HashSet, VecDeque};
use std::time::{Duration, Instant};

use redis::aio::MultiplexedConnection;
use redis::{Pipeline, RedisResult};
use tokio::sync::Mutex;
use tokio::time::timeout;

use super::in_process::InProcess;
use super::in_redis::millis;
use super::store::Name;

/// Names that are remembered. What comes of earlier ones is bounded by the time for which values are kept.
const MOST_NAMES: usize = 10_000;

/// Names of one round trip.
const BATCH: usize = 500;

/// The longest that a round trip may take. Nobody waits for it but the start.
const PATIENCE: Duration = Duration::from_secs(1);

/// The names, and the moment at which Redis is used again: whoever holds the lock knows whether that has come.
#[derive(Default)]
pub(super) struct Behind(Mutex<Names>);

#[derive(Default)]
struct Names {
    in_order: VecDeque<Name>,
    known: HashSet<Name>,
}

impl Behind {
    /// Does `here` what Redis has not done, and remembers the names that it changes; nothing if Redis is back.
    pub(super) async fn unless<T>(
        &self,
        is_back: impl Fn() -> bool,
        names: &[Name],
        here: impl AsyncFn() -> T,
    ) -> Option<T> {
        let mut behind = self.0.lock().await;
        if is_back() {
            return None;
        }
        names.iter().for_each(|name| behind.add(name));
        Some(here().await)
    }

    /// Stores in Redis what this process kept under the names, and drops what it has not; then calls `switch`, and empties
    /// the store of this process. Answers whether Redis took all of it.
    pub(super) async fn catch_up(
        &self,
        own: &InProcess,
        connection: MultiplexedConnection,
        switch: impl FnOnce(),
    ) -> bool {
        loop {
            let mut behind = self.0.lock().await;
            let batch = behind.take(BATCH);
            if batch.is_empty() {
                switch();
                own.clear();
                return true;
            }
            drop(behind);
            let request = catching_up(own, &batch);
            let mut connection = connection.clone();
            let stored = timeout(PATIENCE, request.query_async(&mut connection)).await;
            let stored: Option<RedisResult<()>> = stored.ok();
            if !matches!(stored, Some(Ok(()))) {
                let mut behind = self.0.lock().await;
                batch.iter().for_each(|name| behind.add(name));
                return false;
            }
        }
    }
}

fn catching_up(own: &InProcess, names: &[Name]) -> Pipeline {
    let (mut request, now) = (redis::pipe(), Instant::now());
    for name in names {
        match own.get_at(name, now) {
            Some(found) => request.pset_ex(&**name, found.value.as_ref(), millis(found.rest).max(1)).ignore(),
            None => request.del(&**name).ignore(),
        };
    }
    request
}

impl Names {
    fn add(&mut self, name: &Name) {
        if self.known.insert(Name::clone(name)) {
            self.in_order.push_back(Name::clone(name));
        }
        if self.in_order.len() > MOST_NAMES {
            self.take(1);
        }
    }

    /// Takes out the oldest ones.
    fn take(&mut self, most: usize) -> Vec<Name> {
        let count = most.min(self.in_order.len());
        let taken: Vec<Name> = self.in_order.drain(..count).collect();
        for name in &taken {
            self.known.remove(name);
        }
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_ten_thousand_names_are_remembered_once_each() {
        let mut names = Names::default();
        for n in 0..=MOST_NAMES {
            names.add(&Name::from(n.to_string()));
            names.add(&Name::from(n.to_string()));
        }
        assert_eq!((names.in_order.len(), names.known.len()), (MOST_NAMES, MOST_NAMES));
        assert_eq!(names.take(1), [Name::from("1")]);
    }
}
