//! API keys that were looked up lately.
//!
//! A key is asked for at every request; remembering it for a second spares the database most of that, and a key that
//! is revoked is dead a second later at most.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use actix_web::rt;
use repository::Actor;
use repository::codec::TokenHash;
use repository::platform::api_keys::{self, ApiKey};
use tracing::Instrument;

use super::lookup_cache::LookupCache;
use crate::database::AsyncDatabase;
use crate::http::context::RequestContext;
use crate::http::error::ApiError;

/// How often a key's use is recorded at most.
const RECORDED_EVERY: Duration = Duration::from_secs(60);

/// Keys that are remembered at a time. A service has a handful.
const ROOM: u64 = 1000;

/// The keys of this process' callers.
pub(crate) struct KeyCache {
    keys: LookupCache<TokenHash, Arc<ApiKey>>,
    known: Known,
}

/// Keys that were good when they were last asked for, and when a use of them was last recorded. There are no more of them
/// than there are keys.
#[derive(Default)]
struct Known(Mutex<HashMap<TokenHash, Instant>>);

impl KeyCache {
    /// The living key with this hash. Its use is recorded, but nobody waits for that.
    pub(super) async fn find(
        &self,
        database: &Arc<AsyncDatabase>,
        hash: TokenHash,
        context: &RequestContext,
    ) -> Result<Option<Arc<ApiKey>>, ApiError> {
        let deadline = context.deadline(database.request_timeout());
        let ask = async || ask(database, hash, context).await;
        let Some(found) = self.keys.get(hash, deadline, ask).await? else {
            self.known.forget(&hash);
            return Ok(None);
        };
        if self.known.is_use_due(hash, Instant::now()) {
            rt::spawn(record_use(Arc::clone(database), Arc::clone(&found.value)).in_current_span());
        }
        Ok(Some(found.value))
    }

    /// Whether the key was good when it was last asked for, however long ago.
    pub(super) fn knows(&self, hash: &TokenHash) -> bool {
        self.known.lock().contains_key(hash)
    }
}

async fn ask(
    database: &AsyncDatabase,
    hash: TokenHash,
    context: &RequestContext,
) -> Result<Option<Arc<ApiKey>>, ApiError> {
    let actor = Actor::system().with_request_id(context.id());
    let deadline = context.deadline(database.request_timeout());
    let found = database.run(actor, deadline, move |database, actor| {
        database.read("platform.find_api_key", actor, |conn| api_keys::find_by_hash(conn, &hash))
    });
    Ok(found.await?.filter(|key| key.revoked_at.is_none()).map(Arc::new))
}

async fn record_use(database: Arc<AsyncDatabase>, key: Arc<ApiKey>) {
    let id = key.id;
    let deadline = Instant::now() + database.request_timeout();
    let recorded = database.run(Actor::api_key(id.uuid()), deadline, move |database, actor| {
        database.write("platform.record_api_key_use", actor, |tx| api_keys::record_use(tx, id))
    });
    if let Err(error) = recorded.await {
        tracing::warn!(%error, "the use of an API key was not recorded");
    }
}

impl Default for KeyCache {
    fn default() -> Self {
        Self { keys: LookupCache::new(ROOM), known: Known::default() }
    }
}

impl Known {
    /// Whether the use of a key that is good should be recorded; whoever asks is expected to do it.
    fn is_use_due(&self, key: TokenHash, now: Instant) -> bool {
        let mut recorded = self.lock();
        let is_due =
            recorded.get(&key).is_none_or(|last| now.saturating_duration_since(*last) >= RECORDED_EVERY);
        if is_due {
            recorded.insert(key, now);
        }
        is_due
    }

    fn forget(&self, key: &TokenHash) {
        self.lock().remove(key);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<TokenHash, Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use repository::codec::Token;

    use super::*;

    #[test]
    fn a_use_is_due_once_a_minute_however_often_the_key_is_asked_for() {
        let hash = || Token::generate().unwrap().hash();
        let (known, key, start) = (Known::default(), hash(), Instant::now());
        assert!(known.is_use_due(key, start));
        assert!(!known.is_use_due(key, start + Duration::from_secs(59)));
        assert!(known.is_use_due(hash(), start));
        assert!(known.is_use_due(key, start + RECORDED_EVERY));
        known.forget(&key);
        assert!(known.is_use_due(key, start + RECORDED_EVERY));
    }
}
