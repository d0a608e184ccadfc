//! API keys that were looked up lately.
//!
//! A key is asked for at every request; remembering it for a second spares the database most of that, and a key that
//! is revoked is dead a second later at most.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use actix_web::{rt, web};
use repository::Actor;
use repository::codec::TokenHash;
use repository::platform::api_keys::{self, ApiKey};
use tracing::Instrument;

use crate::error::ApiError;
use crate::request::RequestContext;
use crate::state::State;

/// How long a key is believed in without asking.
pub(super) const BELIEVED: Duration = Duration::from_secs(1);

/// How often a key's use is recorded at most.
const RECORDED_EVERY: Duration = Duration::from_secs(60);

/// Keys that are remembered at a time. A service has a handful; the limit keeps a flood of keys from filling memory.
const ROOM: usize = 1000;

/// The keys of this process' callers.
#[derive(Default)]
pub(crate) struct KeyCache(Mutex<HashMap<TokenHash, Entry>>);

struct Entry {
    key: Arc<ApiKey>,
    asked: Instant,
    recorded: Option<Instant>,
}

/// The living key with this hash. Its use is recorded, but nobody waits for that.
pub(super) async fn find(
    state: web::Data<State>,
    hash: TokenHash,
    context: &RequestContext,
) -> Result<Option<Arc<ApiKey>>, ApiError> {
    let asked = Instant::now();
    let key = match state.keys.believed(&hash, asked) {
        Some(key) => key,
        None => {
            let actor = Actor::system().with_request_id(context.id());
            let deadline = context.deadline(state.request_timeout());
            let found = state.run(actor, deadline, move |database, actor| {
                database.read("platform.find_api_key", actor, |cx| api_keys::find_by_hash(cx, &hash))
            });
            let Some(key) = found.await?.filter(|key| key.revoked_at.is_none()) else {
                state.keys.forget(&hash);
                return Ok(None);
            };
            state.keys.remember(hash, key, asked)
        }
    };
    if state.keys.is_due(&hash, asked) {
        rt::spawn(record_use(state, Arc::clone(&key)).in_current_span());
    }
    Ok(Some(key))
}

async fn record_use(state: web::Data<State>, key: Arc<ApiKey>) {
    let id = key.id;
    let deadline = Instant::now() + state.request_timeout();
    let recorded = state.run(Actor::api_key(id.uuid()), deadline, move |database, actor| {
        database.write("platform.record_api_key_use", actor, |tx| api_keys::record_use(tx, id))
    });
    if let Err(error) = recorded.await {
        tracing::warn!(%error, "the use of an API key was not recorded");
    }
}

impl KeyCache {
    fn believed(&self, hash: &TokenHash, now: Instant) -> Option<Arc<ApiKey>> {
        let keys = self.lock();
        let entry = keys.get(hash).filter(|entry| now.saturating_duration_since(entry.asked) < BELIEVED)?;
        Some(Arc::clone(&entry.key))
    }

    /// Whether the key was good when it was last asked for, however long ago.
    pub(super) fn knows(&self, hash: &TokenHash) -> bool {
        self.lock().contains_key(hash)
    }

    /// `asked` is when the database was asked, not when it answered: what is revoked in between was not seen.
    fn remember(&self, hash: TokenHash, key: ApiKey, asked: Instant) -> Arc<ApiKey> {
        let mut keys = self.lock();
        if keys.len() >= ROOM && !keys.contains_key(&hash) {
            keys.clear();
        }
        let key = Arc::new(key);
        let recorded = keys.get(&hash).and_then(|entry| entry.recorded);
        keys.insert(hash, Entry { key: Arc::clone(&key), asked, recorded });
        key
    }

    fn forget(&self, hash: &TokenHash) {
        self.lock().remove(hash);
    }

    /// Whether the key's use should be recorded; whoever asks is expected to do it.
    fn is_due(&self, hash: &TokenHash, now: Instant) -> bool {
        let mut keys = self.lock();
        let Some(entry) = keys.get_mut(hash) else { return false };
        let due = entry.recorded.is_none_or(|last| now.saturating_duration_since(last) >= RECORDED_EVERY);
        if due {
            entry.recorded = Some(now);
        }
        due
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<TokenHash, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use repository::codec::Token;
    use repository::domain::Id;

    use super::*;

    fn key() -> (TokenHash, ApiKey) {
        let key = ApiKey {
            id: Id::generate(),
            name: "test".into(),
            scopes: vec!["split:read".into()],
            rate_limit: None,
            last_used_at: None,
            revoked_at: None,
            created_at: DateTime::UNIX_EPOCH,
        };
        (Token::generate().unwrap().hash(), key)
    }

    #[test]
    fn a_key_is_believed_in_for_less_than_a_second() {
        let (cache, (hash, key), start) = (KeyCache::default(), key(), Instant::now());
        assert!(cache.believed(&hash, start).is_none());
        cache.remember(hash, key, start);
        assert!(cache.believed(&hash, start + Duration::from_millis(999)).is_some());
        assert!(cache.believed(&hash, start + BELIEVED).is_none());
        cache.forget(&hash);
        assert!(cache.believed(&hash, start).is_none());
    }

    #[test]
    fn a_use_is_due_once_a_minute_however_often_the_key_is_asked_for() {
        let (cache, (hash, key), start) = (KeyCache::default(), key(), Instant::now());
        cache.remember(hash, key.clone(), start);
        assert!(cache.is_due(&hash, start));
        cache.remember(hash, key, start + BELIEVED);
        assert!(!cache.is_due(&hash, start + Duration::from_secs(59)));
        assert!(cache.is_due(&hash, start + RECORDED_EVERY));
    }

    #[test]
    fn a_flood_of_keys_does_not_fill_memory() {
        let (cache, start) = (KeyCache::default(), Instant::now());
        for _ in 0..=ROOM {
            let (hash, key) = key();
            cache.remember(hash, key, start);
        }
        assert_eq!(cache.lock().len(), 1);
    }
}
