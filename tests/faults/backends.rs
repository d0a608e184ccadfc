//! T2: PostgreSQL's backends are terminated one after the other.

use std::time::{Duration, Instant};

use repository::testing::TestDatabase;

use crate::figures::{Figures, scale};
use crate::load::{Ledger, for_a_while, while_clients};
use crate::oracle::Oracle;
use crate::service::Service;

/// How often a client sends a request again that was refused for a passing reason.
const RETRIES: usize = 3;

#[test]
fn terminated_backends_cost_next_to_nothing() {
    let mut figures = Figures::of("T2");
    let database = TestDatabase::new();
    let url = database.url("strongroom_app");
    let service = Service::start(&url, &url, &[]);
    let oracle = Oracle::of(&database.url("postgres"));
    let ledger = Ledger::new("backends");
    let end = Instant::now() + scale(Duration::from_secs(5), Duration::from_secs(60));
    let mut random = figures.random.clone();
    let terminated = while_clients(
        8,
        || {
            let mut conn = oracle.connection();
            let mut terminated = 0;
            while Instant::now() < end {
                terminated += oracle.terminate_one(&mut conn, &mut random);
                for_a_while(Duration::from_millis(150));
            }
            terminated
        },
        |client| {
            let description = ledger.next_description();
            let key = service.key_for(&description);
            let mut attempts = 0;
            loop {
                attempts += 1;
                let outcome = if client % 2 == 0 {
                    service.get_user()
                } else {
                    service.make_bill(&description, Some(&key))
                };
                if outcome.is_success() || attempts > RETRIES {
                    return if client % 2 == 0 {
                        ledger.note(&outcome)
                    } else {
                        ledger.note_bill(&description, &outcome)
                    };
                }
                assert!(outcome.is_in_order(), "{outcome:?}");
            }
        },
    );
    figures.random = random;
    let seen = ledger.since(end - Duration::from_secs(3600));
    let failed = seen.iter().filter(|seen| !seen.outcome.is_success()).count();
    figures.note("backends terminated", terminated);
    figures.note("requests", seen.len());
    figures.at_most("requests refused after 3 retries (1 %)", failed, seen.len() / 100);
    oracle.acknowledges(&figures, &ledger);
    figures.exactly("sessions left in a transaction", oracle.count_left_in_transaction(), 0);
}
