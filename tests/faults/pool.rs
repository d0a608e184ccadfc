//! T4: many more clients than connections, and a slow network.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use strongroom_tests::Mode;

use crate::figures::{Figures, scale};
use crate::load::{Ledger, for_a_while, while_clients};
use crate::oracle::Oracle;
use crate::service::{DEADLINE, Service};

const CONNECTIONS: usize = 4;

/// What an answer may take beyond the deadline.
const SLACK: Duration = Duration::from_millis(500);

#[test]
fn clients_beyond_the_pool_are_served_or_sent_away_in_time() {
    let figures = Figures::of("T4");
    let pool = [("DATABASE_POOL_SIZE", "4"), ("DATABASE_MAX_OVERFLOW", "0")];
    let (service, proxy, database) = Service::behind_proxy(&pool);
    proxy.set(Mode::Latency(Duration::from_millis(200)));
    let ledger = Ledger::new("pool");
    let start = Instant::now();
    let most = AtomicUsize::new(0);
    let clients = scale(60, 200);
    while_clients(
        clients,
        || {
            while start.elapsed() < scale(Duration::from_secs(5), Duration::from_secs(30)) {
                most.fetch_max(proxy.open(), Ordering::SeqCst);
                for_a_while(Duration::from_millis(10));
            }
        },
        |client| {
            if client % 4 == 0 {
                let description = ledger.next_description();
                ledger.note_bill(&description, &service.make_bill(&description, None));
            } else {
                ledger.note(&service.get_user());
            }
        },
    );
    proxy.set(Mode::Ok);
    let strange = ledger.out_of_order();
    assert!(strange.is_empty(), "{} answers like {:?}", strange.len(), strange.first());
    let seen = ledger.since(start);
    let done = seen.iter().filter(|seen| seen.outcome.is_success()).count();
    figures.note("clients", clients);
    figures.check("requests done", done, ">= 10", done >= 10);
    figures.note("requests sent away", seen.len() - done);
    figures.within("answered within", ledger.slowest_since(start), DEADLINE + SLACK);
    figures.at_most("connections", most.into_inner(), CONNECTIONS);
    // Requests that were answered by their deadline may still be at work.
    let idle = Instant::now() + Duration::from_secs(10);
    while service.metric("database_connections_active") > 0 && Instant::now() < idle {
        for_a_while(Duration::from_millis(100));
    }
    figures.exactly("connections in use afterwards", service.metric("database_connections_active"), 0);
    Oracle::of(&database.url("postgres")).acknowledges(&figures, &ledger);
}
