//! What the service does by itself, once a day.

use std::time::{Duration, Instant};

use actix_web::{rt, web};
use repository::Actor;
use repository::ops::cleanup::{self, Plan};

use crate::platform::metrics;
use crate::state::State;

/// How often.
const INTERVAL: Duration = Duration::from_secs(24 * 60 * 60);

/// How soon again when it failed: the database may be back by then.
const RETRY: Duration = Duration::from_secs(10);

/// The longest one run may take.
const LIMIT: Duration = Duration::from_secs(60);

/// Runs at once and then every day, for as long as the process lives.
pub(crate) async fn run(state: web::Data<State>) {
    loop {
        // Also where nobody runs `db-manage cleanup`. Partitions of the audit log are made on the way.
        let cleaned = state.database.run(Actor::system(), Instant::now() + LIMIT, |database, actor| {
            let plan = Plan { system: Some("platform"), ..Plan::default() };
            cleanup::run(database, actor, &plan, |_| {})
        });
        let cleaned = cleaned.await;
        metrics::housekeeping("platform_cleanup", cleaned.is_ok());
        let next = cleaned.map_or_else(
            |error| {
                tracing::warn!(%error, "housekeeping failed, and is tried again in {} s", RETRY.as_secs());
                RETRY
            },
            |_| INTERVAL,
        );
        rt::time::sleep(next).await;
    }
}
