//! Whether the process can serve.

use std::time::{Duration, Instant};

use repository::Actor;
use repository::ops::health;
use serde::Serialize;
use tokio::sync::Mutex;
use utoipa::ToSchema;

use crate::bot::Bot;
use crate::database::AsyncDatabase;
use crate::redis::Redis;

/// The longest that the check may take: no answer in time is an answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long an answer is good for. Anyone may ask, and not everyone shall reach the database.
const GOOD_FOR: Duration = Duration::from_secs(1);

/// Whether this process can serve, and what of it cannot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Readiness {
    status: Status,
    checks: Checks,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Status {
    Ready,
    NotReady,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
struct Checks {
    /// The database answers.
    database: Check,
    /// It has the tables and migrations of this version.
    schema: Check,
    /// The encryption keys are those of the database. A process with wrong ones does not start.
    keys: Check,
    /// Redis answers, where there is one. Without it the process serves by its own count.
    redis: Check,
    /// Where conversations of the WhatsApp bot are kept.
    storage: Storage,
    /// Webhooks of the WhatsApp bot can be told from forged ones: `unused` without `TWILIO_AUTH_TOKEN`.
    twilio: Check,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Storage {
    Database,
    Memory,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Check {
    Ok,
    Failed,
    /// It is away, and the process goes on without it.
    Degraded,
    /// There is none.
    Unused,
    /// Not looked at, because an earlier check failed.
    Unknown,
}

impl Readiness {
    fn of(checks: Checks) -> Self {
        let ready = [checks.database, checks.schema, checks.keys].iter().all(|check| *check == Check::Ok);
        Self { status: if ready { Status::Ready } else { Status::NotReady }, checks }
    }

    /// Whether the process can serve.
    pub(crate) fn is_ready(&self) -> bool {
        self.status == Status::Ready
    }
}

/// The last answer, and when it was found. The lock also keeps several that ask from checking at once.
#[derive(Default)]
pub(crate) struct LastReadiness(Mutex<Option<(Instant, Readiness)>>);

impl LastReadiness {
    /// The last answer, or a new one where that is too old.
    pub(crate) async fn get(&self, database: &AsyncDatabase, redis: Option<&Redis>, bot: &Bot) -> Readiness {
        let mut last = self.0.lock().await;
        if let Some((found, readiness)) = *last
            && found.elapsed() < GOOD_FOR
        {
            return readiness;
        }
        let readiness = check(database, redis, bot).await;
        *last = Some((Instant::now(), readiness));
        readiness
    }
}

async fn check(database: &AsyncDatabase, redis: Option<&Redis>, bot: &Bot) -> Readiness {
    let missing = database.run(Actor::system(), Instant::now() + PATIENCE, |database, actor| {
        database.read("platform.check_readiness", actor, health::missing)
    });
    let (database, schema) = match missing.await {
        Ok(missing) if missing.is_empty() => (Check::Ok, Check::Ok),
        Ok(missing) => {
            tracing::warn!(?missing, "the schema is not that of this version: run `db-manage migrate up`");
            (Check::Ok, Check::Failed)
        }
        // The conversion of the error has logged why.
        Err(_) => (Check::Failed, Check::Unknown),
    };
    // The database was opened with these keys, and they do not change while the process lives.
    let redis = match redis {
        None => Check::Unused,
        Some(redis) if redis.is_connected() => Check::Ok,
        Some(_) => Check::Degraded,
    };
    let storage = if bot.memory.is_some() { Storage::Memory } else { Storage::Database };
    let twilio = if bot.webhook.tokens.is_empty() { Check::Unused } else { Check::Ok };
    Readiness::of(Checks { database, schema, keys: Check::Ok, redis, storage, twilio })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ready_means_that_every_check_but_redis_is_ok() {
        let checks = |database, schema, keys| {
            let (redis, storage, twilio) = (Check::Degraded, Storage::Memory, Check::Unused);
            Readiness::of(Checks { database, schema, keys, redis, storage, twilio }).status
        };
        assert_eq!(checks(Check::Ok, Check::Ok, Check::Ok), Status::Ready);
        assert_eq!(checks(Check::Failed, Check::Unknown, Check::Ok), Status::NotReady);
        assert_eq!(checks(Check::Ok, Check::Failed, Check::Ok), Status::NotReady);
        assert_eq!(checks(Check::Ok, Check::Ok, Check::Failed), Status::NotReady);
    }
}
