//! Values in Redis, for all processes.

use std::sync::Arc;
use std::time::Duration;

use actix_web::web::Bytes;
use redis::{AsyncCommands as _, Pipeline, Script};

use super::store::{Found, Name, Store};
use crate::redis::Redis;

/// A store that processes share.
pub(super) struct InRedis {
    redis: Arc<Redis>,
    replace: Script,
    swap: Script,
}

impl InRedis {
    pub(super) fn new(redis: Arc<Redis>) -> Self {
        let (replace, swap) = (include_str!("replace.lua"), include_str!("swap.lua"));
        Self { redis, replace: Script::new(replace), swap: Script::new(swap) }
    }

    /// A value and its rest, both of one moment, after what `first` does there.
    async fn read(&self, name: &Name, first: impl Fn(&mut Pipeline)) -> Option<Option<Found>> {
        let mut request = redis::pipe();
        request.atomic();
        first(&mut request);
        request.get(&**name).pttl(&**name);
        let answer = self.redis.ask(async |mut connection| request.query_async(&mut connection).await);
        let (value, millis): (Option<Vec<u8>>, i64) = answer.await?;
        let rest = u64::try_from(millis).map(Duration::from_millis);
        Some(value.zip(rest.ok()).map(|(value, rest)| Found { value: value.into(), rest }))
    }
}

impl Store for InRedis {
    async fn get(&self, name: &Name) -> Option<Option<Found>> {
        self.read(name, |_| {}).await
    }

    async fn set(&self, name: &Name, value: Bytes, time: Duration) -> Option<()> {
        self.redis
            .ask(async |mut connection| connection.pset_ex(&**name, value.as_ref(), millis(time)).await)
            .await
    }

    async fn replace(&self, name: &Name, value: Bytes, time: Duration) -> Option<Duration> {
        let mut invocation = self.replace.prepare_invoke();
        invocation.key(&**name).arg(value.as_ref()).arg(millis(time));
        let rest = self.redis.ask(async |mut connection| invocation.invoke_async(&mut connection).await);
        rest.await.map(Duration::from_millis)
    }

    async fn swap(&self, name: &Name, old: Option<&Bytes>, new: Bytes, time: Duration) -> Option<bool> {
        let mut invocation = self.swap.prepare_invoke();
        let old = old.map(AsRef::as_ref).unwrap_or_default();
        invocation.key(&**name).arg::<&[u8]>(old).arg(new.as_ref()).arg(millis(time));
        self.redis.ask(async |mut connection| invocation.invoke_async(&mut connection).await).await
    }

    async fn extend(&self, name: &Name, time: Duration) -> Option<Option<Found>> {
        let millis = i64::try_from(millis(time)).unwrap_or(i64::MAX);
        let extend = |request: &mut Pipeline| {
            request.pexpire(&**name, millis).ignore();
        };
        self.read(name, extend).await
    }

    async fn delete(&self, names: &[Name]) -> Option<usize> {
        let names: Vec<&str> = names.iter().map(|name| &**name).collect();
        self.redis.ask(async |mut connection| connection.del(&names).await).await
    }
}

pub(super) fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
