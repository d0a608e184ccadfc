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
        let mut invocation = self.script.prepare_invoke();
        invocation.key([PREFIX, name.as_slice()].concat());
        invocation.arg(quota.requests()).arg(u64::from(quota.seconds()) * 1_000_000);
        let answer = self.redis.ask(async |mut connection| invocation.invoke_async(&mut connection).await);
        let (admitted, remaining, micros): (u8, u32, u64) = answer.await?;
        let more_in = Duration::from_micros(micros);
        Some(Decision { admitted: admitted == 1, remaining, more_in })
    }
}
