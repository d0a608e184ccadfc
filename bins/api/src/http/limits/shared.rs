//! The windows that all processes share, in Redis.

use std::sync::Arc;
use std::time::Duration;

use redis::Script;
use repository::codec::Signer;
use repository::domain::rate_limit::{Decision, Quota};

use crate::redis::Redis;

/// What the names of our keys begin with, so that an operator knows them.
const PREFIX: &[u8] = b"strongroom:limit:";

/// Windows in Redis.
pub(super) struct Shared {
    redis: Arc<Redis>,
    script: Script,
}

impl Shared {
    pub(super) fn new(redis: Arc<Redis>) -> Self {
        Self { redis, script: Script::new(include_str!("take.lua")) }
    }

    /// Counts a request in the window of all processes; nothing where Redis does not answer in time.
    pub(super) async fn take(&self, name: &[u8; Signer::TAG], quota: Quota) -> Option<Decision> {
        self.ask(name, quota, true).await
    }

    /// How a caller stands in the window of all processes; nothing where Redis does not answer in time.
    pub(super) async fn look(&self, name: &[u8; Signer::TAG], quota: Quota) -> Option<Decision> {
        self.ask(name, quota, false).await
    }

    async fn ask(&self, name: &[u8; Signer::TAG], quota: Quota, counts: bool) -> Option<Decision> {
        let mut invocation = self.script.prepare_invoke();
        invocation.key([PREFIX, name.as_slice()].concat());
        invocation.arg(quota.requests()).arg(u64::from(quota.seconds()) * 1_000_000).arg(u8::from(counts));
        let answer = self.redis.ask(async |mut connection| invocation.invoke_async(&mut connection).await);
        let (admitted, used, micros): (u8, u32, u64) = answer.await?;
        let (remaining, more_in) = (quota.requests().saturating_sub(used), Duration::from_micros(micros));
        Some(Decision { admitted: admitted == 1, used, remaining, more_in })
    }
}
