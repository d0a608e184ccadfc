//! Values that take a while to make and are always the same for the same content, kept for an hour: by this process, and
//! in Redis for all processes where there is one.
//!
//! A value is called by a digest of what it is made of, so that none is ever out of date and nothing must be dropped when
//! rows change. Who may see it was decided before: whoever asks has the content. What is kept is sealed in both
//! places. Without Redis, or while it is away, each process makes its own.

use std::sync::Arc;
use std::time::Duration;

use actix_web::rt;
use actix_web::web::{self, Bytes};
use moka::sync::Cache as Memory;
use redis::AsyncCommands as _;
use repository::{CachedValue, Database};
use uuid::Uuid;

use crate::http::error::{ApiError, codes};
use crate::redis::Redis;

/// How long a value is kept.
const KEPT: Duration = Duration::from_secs(3600);

/// Bytes that this process keeps at most.
const ROOM: u64 = 4 * 1024 * 1024;

/// What the names of our keys begin with, so that an operator knows them.
const PREFIX: &str = "strongroom:cache:";

/// The cache of this process.
pub(crate) struct Cache {
    database: Database,
    memory: Memory<Uuid, Bytes>,
    redis: Option<Arc<Redis>>,
}

impl Cache {
    /// An empty one. The database's keys seal what it keeps.
    pub(crate) fn new(database: Database, redis: Option<Arc<Redis>>) -> Self {
        let memory = Memory::builder()
            .max_capacity(ROOM)
            .weigher(|_, value: &Bytes| u32::try_from(value.len()).unwrap_or(u32::MAX))
            .time_to_live(KEPT)
            .build();
        Self { database, memory, redis }
    }

    /// The value of this kind that is made of `content`, by `make` on a thread that may block where nobody has it.
    ///
    /// # Errors
    /// What `make` returns; nothing is kept then.
    pub(crate) async fn get_or_make<E>(
        &self,
        kind: &'static str,
        content: &str,
        make: impl FnOnce() -> Result<Vec<u8>, E> + Send + 'static,
    ) -> Result<Vec<u8>, ApiError>
    where
        E: Into<ApiError> + Send + 'static,
    {
        let place = CachedValue::of(self.database.cipher(), kind, content.as_bytes())?;
        if let Some(value) = self.memory.get(&place.name()).and_then(|sealed| place.open(sealed.into())) {
            count(kind, "memory");
            return Ok(value);
        }
        if let Some(sealed) = self.ask_redis(place.name()).await
            && let Some(value) = place.open(sealed.clone())
        {
            count(kind, "redis");
            self.memory.insert(place.name(), sealed.into());
            return Ok(value);
        }
        count(kind, "miss");
        let made = web::block(make).await;
        // It panicked. The hook has logged where.
        let value = made.map_err(|_| ApiError::new(&codes::INTERNAL, "the request failed"))?;
        let value = value.map_err(Into::into)?;
        let sealed = Bytes::from(place.seal(&value)?);
        self.memory.insert(place.name(), sealed.clone());
        self.tell_redis(place.name(), sealed);
        Ok(value)
    }

    async fn ask_redis(&self, name: Uuid) -> Option<Vec<u8>> {
        let redis = self.redis.as_ref()?;
        let found: Option<Vec<u8>> =
            redis.ask(async |mut connection| connection.get(key(name)).await).await?;
        found
    }

    /// Nobody waits for that.
    fn tell_redis(&self, name: Uuid, sealed: Bytes) {
        let Some(redis) = self.redis.clone() else { return };
        rt::spawn(async move {
            let store = async |mut connection: redis::aio::MultiplexedConnection| {
                connection.set_ex(key(name), sealed.as_ref(), KEPT.as_secs()).await
            };
            let _: Option<()> = redis.ask(store).await;
        });
    }
}

fn key(name: Uuid) -> String {
    format!("{PREFIX}{}", name.simple())
}

fn count(kind: &'static str, result: &'static str) {
    metrics::counter!("cache_requests_total", "kind" => kind, "result" => result).increment(1);
}
