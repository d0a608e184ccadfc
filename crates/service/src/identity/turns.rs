//! A limit on how many threads hash at a time.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// So many turns, each for one thread.
pub(super) struct Turns {
    count: usize,
    free: Mutex<usize>,
    returned: Condvar,
}

/// A turn, given back when dropped.
pub(super) struct Turn<'a>(&'a Turns);

impl Turns {
    pub(super) fn new(count: usize) -> Self {
        let count = count.max(1);
        Self { count, free: Mutex::new(count), returned: Condvar::new() }
    }

    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Waits for a turn, at most until `deadline`.
    pub(super) fn take(&self, deadline: Instant) -> Option<Turn<'_>> {
        let wait = deadline.saturating_duration_since(Instant::now());
        let waited = self.returned.wait_timeout_while(self.lock(), wait, |free| *free == 0);
        let (mut free, _) = waited.unwrap_or_else(PoisonError::into_inner);
        *free = free.checked_sub(1)?;
        Some(Turn(self))
    }

    fn lock(&self) -> MutexGuard<'_, usize> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        *self.0.lock() += 1;
        self.0.returned.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use std::thread;
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_turn_is_had_by_one_at_a_time() {
        let turns = Turns::new(1);
        let now = Instant::now();
        let turn = turns.take(now).unwrap();
        assert!(turns.take(now).is_none());
        drop(turn);
        assert!(turns.take(now).is_some());
    }

    #[test]
    fn who_waits_is_woken() {
        let turns = Turns::new(1);
        let turn = turns.take(Instant::now()).unwrap();
        thread::scope(|scope| {
            let waiting = scope.spawn(|| turns.take(Instant::now() + Duration::from_secs(60)).is_some());
            drop(turn);
            assert!(waiting.join().unwrap());
        });
    }
}
