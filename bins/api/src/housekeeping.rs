//! What the service does by itself, once a day.

use std::time::{Duration, Instant};

use actix_web::{rt, web};
use repository::Actor;
use repository::ops::cleanup::{self, Plan};
use repository::platform::audit_log;

use crate::metrics;
use crate::state::State;

/// How often.
const INTERVAL: Duration = Duration::from_secs(24 * 60 * 60);

/// How soon again when it failed: the database may be back by then.
const RETRY: Duration = Duration::from_secs(60);

/// The longest one run may take.
const LIMIT: Duration = Duration::from_secs(60);

/// Runs at once and then every day, for as long as the process lives.
pub(crate) async fn run(state: web::Data<State>) {
    loop {
        let deadline = Instant::now() + LIMIT;
        let partitions = state.run(Actor::system(), deadline, |database, actor| {
            database.write("platform.ensure_audit_partitions", actor, audit_log::ensure_partitions)
        });
        let partitions = partitions.await;
        metrics::housekeeping("audit_partitions", partitions.is_ok());
        // Answers are kept for a day, also where nobody runs `db-manage cleanup`.
        let answers = state.run(Actor::system(), deadline, |database, actor| {
            let plan = Plan { rule: Some("idempotency-keys"), ..Plan::default() };
            cleanup::run(database, actor, plan, |_| {})
        });
        let answers = answers.await;
        metrics::housekeeping("idempotency_keys", answers.is_ok());
        let next = match answers.and(partitions) {
            Ok(0) => INTERVAL,
            Ok(made) => {
                tracing::info!(made, "made partitions of the audit log");
                INTERVAL
            }
            Err(error) => {
                tracing::warn!(%error, "the audit log's partitions or old idempotency keys were not looked after");
                RETRY
            }
        };
        rt::time::sleep(next).await;
    }
}
