//! Values that programs keep for a day at most: sessions, states of conversations, and whatever else is worth caching. They
//! are in Redis where there is one, for all processes, and else in this process.
//!
//! Redis and its stand-in are two [`Store`]s with the same answers. While Redis is away, the stand-in serves: what was kept
//! before is a miss, and what is kept or dropped meanwhile is stored or dropped in Redis before Redis is used again. A value is
//! called by a keyed digest and sealed under it, so that neither place tells what is kept.

mod behind;
mod in_process;
mod in_redis;
mod store;
#[cfg(test)]
mod tests;

use std::hash::{BuildHasher as _, RandomState};
use std::slice;
use std::sync::Arc;
use std::time::Duration;

use actix_web::web::Bytes;
use redis::aio::MultiplexedConnection;
use repository::domain::market::{KeptError, KeptValue};
use repository::domain::{Invalid, JsonObject, json};
use repository::{CachedValue, Database};
use tokio::sync::Mutex;

use self::behind::Behind;
use self::in_process::InProcess;
use self::in_redis::InRedis;
use self::store::{Found, Name, Store};
use crate::http::error::{ApiError, codes};
use crate::redis::Redis;

/// The longest that anything is kept, and how long a state is.
pub(crate) const DAY: Duration = Duration::from_secs(86_400);

/// How often a state is merged again when another process changed it meanwhile.
const MERGES: usize = 5;

/// How often Redis is asked again, if it is there whenever it has just gone away.
const ASKED: usize = 3;

/// Lines in which merges of one name wait for each other; names share them.
const LINES: usize = 64;

/// What a value is to the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// What a program knows of one of its sessions.
    Session,
    /// Where a conversation stands.
    State,
    /// Anything that can be made again.
    Cache,
}

impl Kind {
    /// Its name in Redis.
    fn name(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::State => "state",
            Self::Cache => "cache",
        }
    }

    /// Its name among sealed values.
    fn sealed_as(self) -> &'static str {
        match self {
            Self::Session => "market.session",
            Self::State => "market.state",
            Self::Cache => "market.cache",
        }
    }
}

/// A value, and how long it is kept from now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) value: KeptValue,
    pub(crate) rest: Duration,
}

/// The values of this process, and of all where there is a Redis.
pub(crate) struct KeptValues {
    database: Database,
    own: InProcess,
    shared: Option<Shared>,
    lines: [Mutex<()>; LINES],
    hasher: RandomState,
}

struct Shared {
    redis: Arc<Redis>,
    store: InRedis,
    behind: Behind,
}

/// Where a value is, and what seals it.
struct Place {
    name: Name,
    sealed: CachedValue,
}

/// Asks Redis, or this process while Redis is away: `ask!(self, names, |store| store.get(name))`. The names are those that
/// change.
macro_rules! ask {
    ($self:ident, $names:expr, |$store:ident| $request:expr) => {
        $self
            .ask($names, async |$store: &InRedis| $request.await, async |$store: &InProcess| $request.await)
            .await
    };
}

impl KeptValues {
    /// Nothing yet. The database's keys seal what is kept.
    pub(crate) fn new(database: Database, redis: Option<Arc<Redis>>) -> Self {
        let shared = redis.map(|redis| Shared {
            store: InRedis::new(Arc::clone(&redis)),
            redis,
            behind: Behind::default(),
        });
        Self {
            database,
            own: InProcess::default(),
            shared,
            lines: std::array::from_fn(|_| Mutex::default()),
            hasher: RandomState::new(),
        }
    }

    /// The value that is kept under this name.
    #[doc(alias = "get_cache")]
    #[doc(alias = "get_session")]
    #[doc(alias = "get_conversation_state")]
    pub(crate) async fn get(&self, kind: Kind, key: &str) -> Result<Option<Kept>, ApiError> {
        let place = self.place(kind, key)?;
        let found = ask!(self, &[], |store| store.get(&place.name));
        Ok(found.and_then(|found| place.open(found)))
    }

    /// Keeps a value under this name for so long.
    #[doc(alias = "set_cache")]
    #[doc(alias = "set_conversation_state")]
    pub(crate) async fn set(
        &self,
        kind: Kind,
        key: &str,
        value: &KeptValue,
        time: Duration,
    ) -> Result<(), ApiError> {
        let place = self.place(kind, key)?;
        let sealed = place.seal(value)?;
        ask!(self, slice::from_ref(&place.name), |store| store.set(&place.name, sealed.clone(), time));
        Ok(())
    }

    /// Keeps a value in place of the one that is there, for the time that this one has left, and else for so long; answers for
    /// how long.
    #[doc(alias = "set_session")]
    pub(crate) async fn replace(
        &self,
        kind: Kind,
        key: &str,
        value: &KeptValue,
        time: Duration,
    ) -> Result<Duration, ApiError> {
        let place = self.place(kind, key)?;
        let sealed = place.seal(value)?;
        Ok(ask!(self, slice::from_ref(&place.name), |store| store.replace(&place.name, sealed.clone(), time)))
    }

    /// Keeps the value of this name for so long from now.
    #[doc(alias = "extend_session")]
    pub(crate) async fn extend(
        &self,
        kind: Kind,
        key: &str,
        time: Duration,
    ) -> Result<Option<Kept>, ApiError> {
        let place = self.place(kind, key)?;
        let found = ask!(self, slice::from_ref(&place.name), |store| store.extend(&place.name, time));
        Ok(found.and_then(|found| place.open(found)))
    }

    /// Merges fields into the state of this name, which counts as empty where there is none, and keeps it for a day from now.
    /// Merges that come at once all last.
    ///
    /// # Errors
    /// 422 when the state would have more than 64 KiB; [`codes::CONTENTION`] when other processes came between again and again.
    pub(crate) async fn merge(&self, key: &str, changes: &JsonObject) -> Result<KeptValue, ApiError> {
        let place = self.place(Kind::State, key)?;
        let line = usize::try_from(self.hasher.hash_one(&place.name)).unwrap_or_default() % LINES;
        let _turn = match self.lines.get(line) {
            Some(line) => Some(line.lock().await),
            None => None,
        };
        for _ in 0..MERGES {
            let found = ask!(self, &[], |store| store.get(&place.name));
            let old = found.as_ref().map(|found| found.value.clone());
            let before = found.and_then(|found| place.open(found)).map(|kept| kept.value);
            let merged = merged(before, changes)?;
            let new = place.seal(&merged)?;
            if ask!(self, slice::from_ref(&place.name), |store| store.swap(
                &place.name,
                old.as_ref(),
                new.clone(),
                DAY
            )) {
                return Ok(merged);
            }
        }
        Err(ApiError::new(&codes::CONTENTION, "other processes change this state at the same time"))
    }

    /// Drops the value of this name; answers whether there was one.
    #[doc(alias = "delete_session")]
    pub(crate) async fn delete(&self, kind: Kind, key: &str) -> Result<bool, ApiError> {
        let names = [self.place(kind, key)?.name];
        Ok(ask!(self, &names, |store| store.delete(&names)) > 0)
    }

    /// Drops values that are wrong by now, where they are kept.
    pub(crate) async fn forget(&self, keys: impl Iterator<Item = (Kind, String)>) -> Result<(), ApiError> {
        let names = keys.map(|(kind, key)| Ok(self.place(kind, &key)?.name));
        let names: Vec<Name> = names.collect::<Result<_, ApiError>>()?;
        if !names.is_empty() {
            ask!(self, &names, |store| store.delete(&names));
        }
        Ok(())
    }

    /// Brings Redis up to date by a connection that nobody else uses yet, and calls `switch` once it is. Answers whether it was.
    pub(crate) async fn catch_up(&self, connection: MultiplexedConnection, switch: impl FnOnce()) -> bool {
        match &self.shared {
            Some(shared) => shared.behind.catch_up(&self.own, connection, switch).await,
            None => false,
        }
    }

    async fn ask<T>(
        &self,
        names: &[Name],
        in_redis: impl AsyncFn(&InRedis) -> Option<T>,
        here: impl AsyncFn(&InProcess) -> Option<T>,
    ) -> T
    where
        T: Default,
    {
        if let Some(Shared { redis, store, behind }) = &self.shared {
            for _ in 0..ASKED {
                if let Some(answer) = in_redis(store).await {
                    return answer;
                }
                let own = async || here(&self.own).await.unwrap_or_default();
                if let Some(answer) = behind.unless(|| redis.is_connected(), names, own).await {
                    return answer;
                }
            }
        }
        here(&self.own).await.unwrap_or_default()
    }

    fn place(&self, kind: Kind, key: &str) -> Result<Place, ApiError> {
        let sealed = CachedValue::of(self.database.cipher(), kind.sealed_as(), key.as_bytes())?;
        let name = Name::from(format!("strongroom:market:{}:{}", kind.name(), sealed.name().simple()));
        Ok(Place { name, sealed })
    }
}

impl Place {
    fn seal(&self, value: &KeptValue) -> Result<Bytes, ApiError> {
        Ok(self.sealed.seal(value.to_text().as_bytes())?.into())
    }

    /// The value, unless it was sealed by a key that is not held any more: then it is as good as not there.
    fn open(&self, Found { value, rest }: Found) -> Option<Kept> {
        let text = String::from_utf8(self.sealed.open(value.into())?).ok()?;
        Some(Kept { value: KeptValue::from_trusted(json::from_trusted(&text).ok()?), rest })
    }
}

/// A state with these fields, or why it cannot be kept.
pub(crate) fn merged(before: Option<KeptValue>, changes: &JsonObject) -> Result<KeptValue, ApiError> {
    let refused = |error: KeptError| Invalid::one("", "too_long", format!("the state {error}"));
    KeptValue::merged(before, changes).map_err(|error| ApiError::from(refused(error)))
}
