//! Values in the memory of this process.

use std::time::{Duration, Instant};

use actix_web::web::Bytes;
use moka::ops::compute::{CompResult, Op};
use moka::policy::EvictionPolicy;
use moka::sync::Cache;

use super::store::{Found, Name, Store};

/// Values that there is room for.
const MOST_VALUES: u32 = 10_000;

/// Bytes that there is room for.
const ROOM: u64 = 8 * 1024 * 1024;

/// What a value weighs at least, so that there are never more than [`MOST_VALUES`].
const LEAST_WEIGHT: u32 = 8 * 1024 * 1024 / MOST_VALUES + 1;

/// A store that forgets what is least used where there is no room.
pub(super) struct InProcess(Cache<Name, Entry>);

#[derive(Clone)]
struct Entry {
    value: Bytes,
    until: Instant,
}

impl Default for InProcess {
    fn default() -> Self {
        let weight =
            |_: &Name, entry: &Entry| u32::try_from(entry.value.len()).unwrap_or(u32::MAX).max(LEAST_WEIGHT);
        let values =
            Cache::builder().max_capacity(ROOM).weigher(weight).eviction_policy(EvictionPolicy::lru());
        Self(values.build())
    }
}

impl Entry {
    fn new(value: Bytes, time: Duration, now: Instant) -> Self {
        Self { value, until: now + time }
    }

    fn found(&self, now: Instant) -> Option<Found> {
        let rest = self.until.checked_duration_since(now).filter(|rest| !rest.is_zero())?;
        Some(Found { value: self.value.clone(), rest })
    }
}

impl InProcess {
    /// The value of this name at this time.
    pub(super) fn get_at(&self, name: &Name, now: Instant) -> Option<Found> {
        self.0.get(name).and_then(|entry| entry.found(now))
    }

    /// Drops everything.
    pub(super) fn clear(&self) {
        self.0.invalidate_all();
    }
}

impl Store for InProcess {
    async fn get(&self, name: &Name) -> Option<Option<Found>> {
        Some(self.get_at(name, Instant::now()))
    }

    async fn set(&self, name: &Name, value: Bytes, time: Duration) -> Option<()> {
        self.0.insert(Name::clone(name), Entry::new(value, time, Instant::now()));
        Some(())
    }

    async fn replace(&self, name: &Name, value: Bytes, time: Duration) -> Option<Duration> {
        let now = Instant::now();
        let replaced = self.0.entry(Name::clone(name)).and_upsert_with(|entry| {
            let rest = entry.and_then(|entry| entry.value().found(now)).map_or(time, |found| found.rest);
            Entry::new(value, rest, now)
        });
        Some(replaced.value().until - now)
    }

    async fn swap(&self, name: &Name, old: Option<&Bytes>, new: Bytes, time: Duration) -> Option<bool> {
        let now = Instant::now();
        let swapped = self.0.entry(Name::clone(name)).and_compute_with(|entry| {
            let found = entry.and_then(|entry| entry.value().found(now)).map(|found| found.value);
            if found.as_ref() == old { Op::Put(Entry::new(new, time, now)) } else { Op::Nop }
        });
        Some(matches!(swapped, CompResult::Inserted(_) | CompResult::ReplacedWith(_)))
    }

    async fn extend(&self, name: &Name, time: Duration) -> Option<Option<Found>> {
        let now = Instant::now();
        let extended = self.0.entry(Name::clone(name)).and_compute_with(|entry| {
            match entry.and_then(|entry| entry.value().found(now)) {
                Some(found) => Op::Put(Entry::new(found.value, time, now)),
                None => Op::Nop,
            }
        });
        Some(match extended {
            CompResult::ReplacedWith(entry) => entry.value().found(now),
            _ => None,
        })
    }

    async fn delete(&self, names: &[Name]) -> Option<usize> {
        let now = Instant::now();
        let dropped = names.iter().filter_map(|name| self.0.remove(name)?.found(now));
        Some(dropped.count())
    }
}
