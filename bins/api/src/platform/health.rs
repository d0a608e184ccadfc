//! Whether the process lives, and whether it can serve.

use std::time::{Duration, Instant};

use actix_web::{HttpResponse, get, web};
use repository::Actor;
use repository::ops::health;
use serde::Serialize;
use tokio::sync::Mutex;
use utoipa::ToSchema;

use crate::state::State;

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
    pub(crate) async fn get(&self, state: &State) -> Readiness {
        let mut last = self.0.lock().await;
        if let Some((found, readiness)) = *last
            && found.elapsed() < GOOD_FOR
        {
            return readiness;
        }
        let readiness = check(state).await;
        *last = Some((Instant::now(), readiness));
        readiness
    }
}

async fn check(state: &State) -> Readiness {
    let missing = state.run(Actor::system(), Instant::now() + PATIENCE, |database, actor| {
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
    let redis = match &state.redis {
        None => Check::Unused,
        Some(redis) if redis.is_connected() => Check::Ok,
        Some(_) => Check::Degraded,
    };
    Readiness::of(Checks { database, schema, keys: Check::Ok, redis })
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Alive {
    Alive,
}

/// That the process lives.
#[derive(Serialize, ToSchema)]
pub(crate) struct Liveness {
    status: Alive,
}

/// The process lives. Touches nothing, so that a database that is away restarts nobody.
#[utoipa::path(tag = "platform service", responses((status = 200, description = "It does", body = Liveness)), security(()))]
#[get("/livez")]
pub(crate) async fn get_liveness() -> HttpResponse {
    HttpResponse::Ok().json(Liveness { status: Alive::Alive })
}

/// The process can serve: the database answers and is as this version needs it.
#[utoipa::path(
    tag = "platform service",
    responses(
        (status = 200, description = "It can", body = Readiness),
        (status = 503, description = "It cannot, for the reason shown", body = Readiness),
    ),
    security(())
)]
#[get("/readyz")]
pub(crate) async fn get_readiness(state: web::Data<State>) -> HttpResponse {
    let readiness = state.readiness.get(&state).await;
    match readiness.status {
        Status::Ready => HttpResponse::Ok().json(readiness),
        Status::NotReady => {
            HttpResponse::ServiceUnavailable().insert_header(("Retry-After", "1")).json(readiness)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ready_means_that_every_check_but_redis_is_ok() {
        let checks = |database, schema, keys| {
            Readiness::of(Checks { database, schema, keys, redis: Check::Degraded }).status
        };
        assert_eq!(checks(Check::Ok, Check::Ok, Check::Ok), Status::Ready);
        assert_eq!(checks(Check::Failed, Check::Unknown, Check::Ok), Status::NotReady);
        assert_eq!(checks(Check::Ok, Check::Failed, Check::Ok), Status::NotReady);
        assert_eq!(checks(Check::Ok, Check::Ok, Check::Failed), Status::NotReady);
    }
}
