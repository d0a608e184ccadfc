//! Seals the audit log, so that tampering with it shows.
//!
//! Every process does; those that find another at it leave it to that one. Nobody who writes ever waits for it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use actix_web::{rt, web};
use repository::Actor;
use repository::ops::audit::Sealer;

use crate::platform::metrics;
use crate::state::State;

/// How often. Rows of the last minute are those that nothing vouches for yet.
const INTERVAL: Duration = Duration::from_secs(60);

/// The longest that transactions which are writing are waited for; the next turn goes on waiting for the same ones.
const PATIENCE: Duration = Duration::from_secs(2);

/// The longest one turn may take, most of which is for what piled up while no process was running.
const LIMIT: Duration = Duration::from_secs(50);

/// Runs every minute, for as long as the process lives.
pub(crate) async fn run(state: web::Data<State>) {
    let sealer = Arc::new(Mutex::new(Sealer::new()));
    loop {
        rt::time::sleep(INTERVAL).await;
        let sealer = Arc::clone(&sealer);
        let sealed = state.database.run(Actor::system(), Instant::now() + LIMIT, move |database, actor| {
            sealer.lock().unwrap_or_else(PoisonError::into_inner).run(database, actor, PATIENCE)
        });
        let sealed = sealed.await;
        metrics::housekeeping("audit_seals", sealed.is_ok());
        match sealed {
            // The digest stands in the log too, which is out of reach for who has only the database.
            Ok(sealed) if sealed.seals > 0 => {
                tracing::info!(
                    seals = sealed.seals,
                    rows = sealed.rows,
                    head = sealed.head,
                    "sealed the audit log"
                );
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "the audit log was not sealed"),
        }
    }
}
