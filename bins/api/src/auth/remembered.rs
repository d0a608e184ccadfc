//! What the database said lately, so that it is not asked at every request.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Answers that are believed for a while, by what was asked.
pub(super) struct Remembered<K, V> {
    believed: Duration,
    room: usize,
    entries: Mutex<HashMap<K, Entry<V>>>,
}

struct Entry<V> {
    value: V,
    asked: Instant,
    is_renewed: bool,
}

impl<K: Copy + Eq + Hash, V: Clone> Remembered<K, V> {
    /// An answer is believed for less than `believed`. Of more than `room` answers all are forgotten: a flood of made-up
    /// keys shall not fill memory.
    pub(super) fn new(believed: Duration, room: usize) -> Self {
        Self { believed, room, entries: Mutex::default() }
    }

    /// The answer, while it is believed. When half of that time is over, one caller gets none and so asks again, while
    /// the others go on with what is known: else all of them would ask at once when it is over.
    pub(super) fn get(&self, key: &K, now: Instant) -> Option<V> {
        let mut entries = self.lock();
        let entry = entries.get_mut(key)?;
        let age = now.saturating_duration_since(entry.asked);
        let should_renew = age >= self.believed / 2 && !entry.is_renewed;
        entry.is_renewed |= should_renew;
        (age < self.believed && !should_renew).then(|| entry.value.clone())
    }

    /// Whether there was an answer when it was last asked for, however long ago.
    pub(super) fn knows(&self, key: &K) -> bool {
        self.lock().contains_key(key)
    }

    /// `asked` is when the database was asked, not when it answered: what changed in between was not seen.
    pub(super) fn insert(&self, key: K, value: V, asked: Instant) {
        let mut entries = self.lock();
        if entries.len() >= self.room && !entries.contains_key(&key) {
            entries.clear();
        }
        entries.insert(key, Entry { value, asked, is_renewed: false });
    }

    pub(super) fn remove(&self, key: &K) {
        self.lock().remove(key);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<K, Entry<V>>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn an_answer_is_believed_for_a_while_and_not_longer() {
        let (answers, start) = (Remembered::new(SECOND, 10), Instant::now());
        assert_eq!(answers.get(&1, start), None);
        answers.insert(1, "yes", start);
        assert_eq!(answers.get(&1, start + Duration::from_millis(499)), Some("yes"));
        assert_eq!(answers.get(&1, start + SECOND), None);
        assert!(answers.knows(&1) && !answers.knows(&2));
        answers.remove(&1);
        assert!(answers.get(&1, start).is_none() && !answers.knows(&1));
    }

    #[test]
    fn one_caller_asks_again_before_the_time_is_over() {
        let (answers, start) = (Remembered::new(SECOND, 10), Instant::now());
        answers.insert(1, "yes", start);
        let later = start + SECOND / 2;
        assert_eq!(answers.get(&1, later), None);
        assert_eq!(answers.get(&1, later), Some("yes"));
        assert_eq!(answers.get(&1, start + Duration::from_millis(999)), Some("yes"));
        assert_eq!(answers.get(&1, start + SECOND), None, "whoever asked again got no answer");
        answers.insert(1, "still", later);
        assert_eq!(answers.get(&1, start + SECOND - Duration::from_millis(1)), Some("still"));
        assert_eq!(answers.get(&1, later + SECOND / 2), None);
    }

    #[test]
    fn a_flood_does_not_fill_memory() {
        let (answers, start) = (Remembered::new(SECOND, 10), Instant::now());
        for key in 0..=10 {
            answers.insert(key, "yes", start);
        }
        assert_eq!(answers.lock().len(), 1);
    }
}
