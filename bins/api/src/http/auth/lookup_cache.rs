//! What the database said of keys and sessions, believed for a second.
//!
//! One look-up serves all who wait for it: else every client of a key would ask at once whenever its second is over, and
//! where the database is slow their questions alone would fill the queue.

use std::hash::Hash;
use std::sync::Arc;
use std::time::{Duration, Instant};

use moka::Expiry;
use moka::future::Cache;
use tokio::time::timeout_at;

use crate::http::error::ApiError;
use crate::queue::out_of_time;

/// How long an answer is believed: what is revoked is dead by then, in every process.
pub(super) const BELIEVED: Duration = Duration::from_secs(1);

/// Answers by what was asked for.
pub(super) struct LookupCache<K, V>(Cache<K, Answer<V>>);

/// An answer, and when the database was asked: what changed before it answered was not seen.
#[derive(Clone)]
pub(super) struct Answer<V> {
    pub(super) value: V,
    pub(super) asked: Instant,
}

/// Why there is no answer.
#[derive(Clone)]
enum LookupError {
    Absent,
    Failed(ApiError),
}

/// Lets an answer go a second after it was asked for, not after it came.
struct SinceAsked;

impl<K, V> Expiry<K, Answer<V>> for SinceAsked {
    fn expire_after_create(&self, _: &K, answer: &Answer<V>, created: Instant) -> Option<Duration> {
        Some(BELIEVED.saturating_sub(created.saturating_duration_since(answer.asked)))
    }
}

impl<K, V> LookupCache<K, V>
where
    K: Copy + Eq + Hash + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// For at most so many: a flood of made-up keys shall not fill memory.
    pub(super) fn new(room: u64) -> Self {
        Self(Cache::builder().max_capacity(room).expire_after(SinceAsked).build())
    }

    /// The answer for `key`, by `ask` unless one is believed. That nothing is there is not remembered.
    ///
    /// # Errors
    /// What `ask` returns, whoever's it was; [`codes::TIMEOUT`](crate::http::error::codes::TIMEOUT) at the deadline.
    pub(super) async fn get(
        &self,
        key: K,
        deadline: Instant,
        ask: impl AsyncFn() -> Result<Option<V>, ApiError>,
    ) -> Result<Option<Answer<V>>, ApiError> {
        let wanted = Instant::now();
        let get = async {
            loop {
                let found = self.0.try_get_with(key, Answer::to(&ask)).await;
                match found.map_err(Arc::unwrap_or_clone) {
                    // Whoever waits for somebody else's question may get an answer that was too old for it from the start.
                    Ok(answer) if answer.is_too_old_at(wanted) => {}
                    Ok(answer) => return Ok(Some(answer)),
                    Err(LookupError::Absent) => return Ok(None),
                    Err(LookupError::Failed(error)) => return Err(error),
                }
            }
        };
        timeout_at(deadline.into(), get).await.unwrap_or_else(|_| Err(out_of_time()))
    }
}

impl<V> Answer<V> {
    async fn to(ask: &impl AsyncFn() -> Result<Option<V>, ApiError>) -> Result<Self, LookupError> {
        let asked = Instant::now();
        match ask().await {
            Ok(Some(value)) => Ok(Self { value, asked }),
            Ok(None) => Err(LookupError::Absent),
            Err(error) => Err(LookupError::Failed(error)),
        }
    }

    fn is_too_old_at(&self, instant: Instant) -> bool {
        instant.saturating_duration_since(self.asked) >= BELIEVED
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use actix_web::rt::task::yield_now;
    use tokio::join;

    use super::*;
    use crate::http::error::codes;

    fn later() -> Instant {
        Instant::now() + Duration::from_secs(60)
    }

    #[actix_web::test]
    async fn one_question_serves_all_who_wait() {
        let (answers, asked) = (LookupCache::new(10), Cell::new(0));
        let ask = async || {
            asked.set(asked.get() + 1);
            yield_now().await;
            Ok(Some("yes"))
        };
        let get = async || answers.get(1, later(), &ask).await.unwrap().unwrap().value;
        assert_eq!(join!(get(), get(), get()), ("yes", "yes", "yes"));
        assert_eq!((get().await, asked.get()), ("yes", 1));
    }

    #[actix_web::test]
    async fn what_is_absent_or_failed_is_asked_for_again() {
        let answers = LookupCache::new(10);
        assert!(answers.get(1, later(), async || Ok(None)).await.unwrap().is_none());
        let failed = answers.get(1, later(), async || Err(out_of_time())).await;
        assert_eq!(failed.err().map(|error| error.kind()), Some(codes::TIMEOUT));
        let found = answers.get(1, later(), async || Ok(Some("yes"))).await.unwrap();
        assert_eq!(found.map(|answer| answer.value), Some("yes"));
    }

    #[actix_web::test]
    async fn nobody_waits_beyond_the_deadline() {
        let answers = LookupCache::<u8, &str>::new(10);
        let late = answers.get(1, Instant::now(), std::future::pending).await;
        assert_eq!(late.err().map(|error| error.kind()), Some(codes::TIMEOUT));
    }

    #[test]
    fn an_answer_that_was_asked_for_long_before_is_too_old() {
        let asked = Instant::now();
        let answer = Answer { value: "yes", asked };
        assert!(!answer.is_too_old_at(asked) && !answer.is_too_old_at(asked + Duration::from_millis(999)));
        assert!(answer.is_too_old_at(asked + BELIEVED));
    }

    #[test]
    fn an_answer_is_believed_for_a_second_from_when_it_was_asked_for() {
        let asked = Instant::now();
        let answer = Answer { value: "yes", asked };
        let left =
            |millis| SinceAsked.expire_after_create(&1, &answer, asked + Duration::from_millis(millis));
        assert_eq!(
            [left(0), left(400), left(1000), left(3000)].map(Option::unwrap),
            [BELIEVED, Duration::from_millis(600), Duration::ZERO, Duration::ZERO]
        );
    }
}
