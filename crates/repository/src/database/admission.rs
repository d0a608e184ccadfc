//! The queue in front of the pool: fair, bounded, and slow to open more connections.
//!
//! Left to themselves, threads fight for connections and the pool answers by opening more, which on a busy machine
//! makes the slowest requests hundreds of times slower than the others. Here they stand in line: whoever came first
//! goes first, and an overflow connection is opened only when the head of the line has waited for a while.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long the head of the line waits before it may use an overflow connection.
const PATIENCE: Duration = Duration::from_millis(50);

/// Hands out permits, each of which stands for one connection.
pub(crate) struct FairSemaphore {
    size: usize,
    overflow: usize,
    line: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Permits that are out.
    running: usize,
    waiting: VecDeque<Arc<Waiter>>,
}

/// One thread in line.
#[derive(Default)]
struct Waiter {
    called: Condvar,
    admitted: Mutex<bool>,
}

/// Why nobody was let in.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum AcquireError {
    /// The line is as long as it may be.
    Full,
    /// The wait took longer than was allowed.
    TimedOut,
}

/// The right to use one connection; gives it back when dropped.
pub(crate) struct Permit<'a> {
    semaphore: &'a FairSemaphore,
}

impl FairSemaphore {
    /// `size` permits at any time, `overflow` more after a wait, and at most `line` threads waiting.
    pub(crate) fn new(size: usize, overflow: usize, line: usize) -> Self {
        Self { size, overflow, line, state: Mutex::default() }
    }

    /// Waits in line for at most `patience`.
    pub(crate) fn enter(&self, patience: Duration) -> Result<Permit<'_>, AcquireError> {
        let give_up = Instant::now() + patience;
        let waiter = {
            let mut state = self.lock();
            if state.waiting.is_empty() && state.running < self.size {
                state.running += 1;
                return Ok(Permit { semaphore: self });
            }
            if state.waiting.len() >= self.line {
                return Err(AcquireError::Full);
            }
            let waiter = Arc::new(Waiter::default());
            state.waiting.push_back(Arc::clone(&waiter));
            waiter
        };
        self.wait(&waiter, give_up)
    }

    fn wait(&self, waiter: &Arc<Waiter>, give_up: Instant) -> Result<Permit<'_>, AcquireError> {
        let mut look_for_overflow = Instant::now() + PATIENCE;
        loop {
            let until = look_for_overflow.min(give_up);
            let admitted = waiter.admitted.lock().unwrap_or_else(PoisonError::into_inner);
            let wait = until.saturating_duration_since(Instant::now());
            let (admitted, _) = waiter
                .called
                .wait_timeout_while(admitted, wait, |admitted| !*admitted)
                .unwrap_or_else(PoisonError::into_inner);
            if *admitted {
                return Ok(Permit { semaphore: self });
            }
            drop(admitted);

            // The state is locked before a waiter is admitted, so here it is either still in line or just admitted.
            let mut state = self.lock();
            let Some(place) = state.waiting.iter().position(|other| Arc::ptr_eq(other, waiter)) else {
                return Ok(Permit { semaphore: self });
            };
            let now = Instant::now();
            if now >= give_up {
                state.waiting.remove(place);
                return Err(AcquireError::TimedOut);
            }
            if place == 0 && state.running < self.size + self.overflow {
                state.waiting.pop_front();
                state.running += 1;
                return Ok(Permit { semaphore: self });
            }
            look_for_overflow = now + PATIENCE;
        }
    }

    /// Permits that are out now.
    pub(crate) fn running(&self) -> usize {
        self.lock().running
    }

    /// Threads in line now.
    pub(crate) fn waiting(&self) -> usize {
        self.lock().waiting.len()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Permit<'_> {
    /// Whether the connection is one more than the pool should keep: it came by overflow and nobody waits for it.
    pub(crate) fn is_surplus(&self) -> bool {
        let state = self.semaphore.lock();
        state.running > self.semaphore.size && state.waiting.is_empty()
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        let mut state = self.semaphore.lock();
        match state.waiting.pop_front() {
            // The permit goes straight to the head of the line.
            Some(next) => {
                *next.admitted.lock().unwrap_or_else(PoisonError::into_inner) = true;
                next.called.notify_one();
            }
            None => state.running -= 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    /// Returns when so many threads stand in line.
    fn until_waiting(semaphore: &FairSemaphore, threads: usize) {
        while semaphore.waiting() < threads {
            thread::yield_now();
        }
    }

    #[test]
    fn the_line_is_served_in_order() {
        let semaphore = FairSemaphore::new(1, 0, 100);
        let order = Mutex::new(Vec::new());
        let (semaphore, order) = (&semaphore, &order);
        thread::scope(|scope| {
            let first = semaphore.enter(LONG).unwrap();
            for n in 0..20 {
                scope.spawn(move || {
                    let _permit = semaphore.enter(LONG).unwrap();
                    order.lock().unwrap().push(n);
                });
                until_waiting(semaphore, n + 1);
            }
            drop(first);
        });
        assert_eq!(*order.lock().unwrap(), (0..20).collect::<Vec<_>>());
        assert_eq!((semaphore.running(), semaphore.waiting()), (0, 0));
    }

    #[test]
    fn never_more_run_than_there_are_permits() {
        let semaphore = FairSemaphore::new(3, 2, 1000);
        let (running, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        thread::scope(|scope| {
            for _ in 0..50 {
                scope.spawn(|| {
                    for _ in 0..100 {
                        let _permit = semaphore.enter(LONG).unwrap();
                        most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                        thread::yield_now();
                        running.fetch_sub(1, Ordering::SeqCst);
                    }
                });
            }
        });
        assert!((3..=5).contains(&most.into_inner()));
        assert_eq!((semaphore.running(), semaphore.waiting()), (0, 0));
    }

    #[test]
    fn who_gives_up_leaves_the_line() {
        let semaphore = FairSemaphore::new(1, 0, 1);
        let first = semaphore.enter(LONG).unwrap();
        assert_eq!(semaphore.enter(Duration::ZERO).err(), Some(AcquireError::TimedOut));
        assert_eq!(semaphore.waiting(), 0);
        drop(first);
        assert!(semaphore.enter(Duration::ZERO).is_ok());
    }

    #[test]
    fn a_line_that_is_full_takes_nobody() {
        let semaphore = FairSemaphore::new(1, 0, 0);
        let _first = semaphore.enter(LONG).unwrap();
        assert_eq!(semaphore.enter(LONG).err(), Some(AcquireError::Full));
    }

    #[test]
    fn the_head_of_the_line_gets_overflow_and_it_is_surplus() {
        let semaphore = FairSemaphore::new(1, 1, 10);
        let first = semaphore.enter(LONG).unwrap();
        let second = semaphore.enter(LONG).unwrap();
        assert!(second.is_surplus());
        drop(second);
        assert!(!first.is_surplus());
    }
}
