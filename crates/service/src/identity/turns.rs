//! A limit on how many threads hash at a time, and what each of them works with.

use std::ops::{Deref, DerefMut};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// So many turns, each for one thread. With a turn comes a tool, which nobody else has meanwhile.
pub(super) struct Turns<T> {
    count: usize,
    free: Mutex<Vec<T>>,
    returned: Condvar,
}

/// A turn, given back when dropped.
pub(super) struct Turn<'a, T: Default> {
    turns: &'a Turns<T>,
    tool: T,
}

impl<T: Default> Turns<T> {
    pub(super) fn new(count: usize) -> Self {
        let count = count.max(1);
        let free = std::iter::repeat_with(T::default).take(count).collect();
        Self { count, free: Mutex::new(free), returned: Condvar::new() }
    }

    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Waits for a turn, at most until `deadline`.
    pub(super) fn take(&self, deadline: Instant) -> Option<Turn<'_, T>> {
        let wait = deadline.saturating_duration_since(Instant::now());
        let waited = self.returned.wait_timeout_while(self.lock(), wait, |free| free.is_empty());
        let (mut free, _) = waited.unwrap_or_else(PoisonError::into_inner);
        free.pop().map(|tool| Turn { turns: self, tool })
    }

    fn lock(&self) -> MutexGuard<'_, Vec<T>> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Default> Deref for Turn<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.tool
    }
}

impl<T: Default> DerefMut for Turn<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.tool
    }
}

impl<T: Default> Drop for Turn<'_, T> {
    fn drop(&mut self) {
        self.turns.lock().push(std::mem::take(&mut self.tool));
        self.turns.returned.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use std::thread;
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_turn_is_had_by_one_at_a_time() {
        let turns = Turns::<Vec<u8>>::new(1);
        let now = Instant::now();
        let mut turn = turns.take(now).unwrap();
        turn.push(7);
        assert!(turns.take(now).is_none());
        drop(turn);
        assert_eq!(*turns.take(now).unwrap(), [7], "the tool is the one that was given back");
    }

    #[test]
    fn who_waits_is_woken() {
        let turns = Turns::<()>::new(1);
        let turn = turns.take(Instant::now()).unwrap();
        thread::scope(|scope| {
            let waiting = scope.spawn(|| turns.take(Instant::now() + Duration::from_secs(60)).is_some());
            drop(turn);
            assert!(waiting.join().unwrap());
        });
    }
}
