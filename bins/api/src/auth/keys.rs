//! API keys that were looked up lately.
//!
//! A key is asked for at every request; remembering it for a second spares the database most of that, and a key that
//! is revoked is dead a second later at most.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use actix_web::{rt, web};
use repository::Actor;
use repository::codec::TokenHash;
use repository::domain::Id;
use repository::platform::api_keys::{self, ApiKey};
use tracing::Instrument;

use super::remembered::Remembered;
use crate::error::ApiError;
use crate::request::RequestContext;
use crate::state::State;

/// How long a key is believed in without asking.
pub(super) const BELIEVED: Duration = Duration::from_secs(1);

/// How often a key's use is recorded at most.
const RECORDED_EVERY: Duration = Duration::from_secs(60);

/// Keys that are remembered at a time. A service has a handful.
const ROOM: usize = 1000;

/// The keys of this process' callers.
pub(crate) struct KeyCache {
    keys: Remembered<TokenHash, Arc<ApiKey>>,
    uses: Uses,
}

/// When the use of a key was last recorded.
#[derive(Default)]
struct Uses(Mutex<HashMap<Id<ApiKey>, Instant>>);

/// The living key with this hash. Its use is recorded, but nobody waits for that.
pub(super) async fn find(
    state: web::Data<State>,
    hash: TokenHash,
    context: &RequestContext,
) -> Result<Option<Arc<ApiKey>>, ApiError> {
    let asked = Instant::now();
    let key = match state.keys.keys.get(&hash, asked) {
        Some(key) => key,
        None => {
            let actor = Actor::system().with_request_id(context.id());
            let deadline = context.deadline(state.request_timeout());
            let found = state.run(actor, deadline, move |database, actor| {
                database.read("platform.find_api_key", actor, |cx| api_keys::find_by_hash(cx, &hash))
            });
            let Some(key) = found.await?.filter(|key| key.revoked_at.is_none()) else {
                state.keys.keys.remove(&hash);
                return Ok(None);
            };
            let key = Arc::new(key);
            state.keys.keys.insert(hash, Arc::clone(&key), asked);
            key
        }
    };
    if state.keys.uses.is_due(key.id, asked) {
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

impl Default for KeyCache {
    fn default() -> Self {
        Self { keys: Remembered::new(BELIEVED, ROOM), uses: Uses::default() }
    }
}

impl KeyCache {
    /// Whether the key was good when it was last asked for, however long ago.
    pub(super) fn knows(&self, hash: &TokenHash) -> bool {
        self.keys.knows(hash)
    }
}

impl Uses {
    /// Whether the key's use should be recorded; whoever asks is expected to do it. Only keys that are good come here,
    /// so there are no more of them than there are keys.
    fn is_due(&self, key: Id<ApiKey>, now: Instant) -> bool {
        let mut recorded = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due =
            recorded.get(&key).is_none_or(|last| now.saturating_duration_since(*last) >= RECORDED_EVERY);
        if is_due {
            recorded.insert(key, now);
        }
        is_due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_use_is_due_once_a_minute_however_often_the_key_is_asked_for() {
        let (uses, key, start) = (Uses::default(), Id::generate(), Instant::now());
        assert!(uses.is_due(key, start));
        assert!(!uses.is_due(key, start + Duration::from_secs(59)));
        assert!(uses.is_due(Id::generate(), start));
        assert!(uses.is_due(key, start + RECORDED_EVERY));
    }
}
