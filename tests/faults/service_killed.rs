//! T8: the service is told to stop, or killed, while clients make bills and repeat what was not answered.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use repository::testing::TestDatabase;

use crate::figures::{Figures, scale};
use crate::load::{Ledger, for_a_while};
use crate::oracle::Oracle;
use crate::service::Service;

/// The longest that running requests have to finish.
const DRAIN: Duration = Duration::from_secs(10);

/// The longest that a client repeats a request.
const PATIENCE: Duration = Duration::from_secs(120);

#[test]
fn every_bill_is_made_once_however_often_the_service_ends() {
    let mut figures = Figures::of("T8");
    let database = TestDatabase::new();
    let url = database.url("strongroom_app");
    let mut service = Service::start(&url, &url, &[]);
    let ledger = Ledger::new("service");
    let (bills, kills) = (scale(200, 2000), scale(4, 10));
    let (next, repeated) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let mut api = service.take_api();
    let mut drained = Duration::ZERO;
    let mut random = figures.random.clone();
    let service = &service;
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                while next.fetch_add(1, Ordering::SeqCst) < bills {
                    let description = ledger.next_description();
                    let key = service.key_for(&description);
                    let end = Instant::now() + PATIENCE;
                    loop {
                        let outcome = service.make_bill(&description, Some(&key));
                        ledger.note_bill(&description, &outcome);
                        if outcome.is_success() {
                            break;
                        }
                        assert!(Instant::now() < end, "{description} was never made: {outcome:?}");
                        repeated.fetch_add(1, Ordering::SeqCst);
                        for_a_while(Duration::from_millis(20));
                    }
                }
            });
        }
        for kill in 1..=kills {
            while ledger.acknowledged_so_far() < bills * kill / (kills + 1) {
                for_a_while(Duration::from_millis(5));
            }
            for_a_while(Duration::from_millis(u64::try_from(random.below(30)).unwrap()));
            let signal = if kill % 2 == 0 { "TERM" } else { "KILL" };
            let told = Instant::now();
            api.signal(signal);
            let code = api.wait();
            if signal == "TERM" {
                assert_eq!(code, Some(0), "{}", api.log());
                drained = drained.max(told.elapsed());
            }
            api.start_again();
        }
    });
    figures.random = random;
    figures.note("kills, every other one a SIGTERM", kills);
    figures.note("requests repeated", repeated.into_inner());
    figures.within("SIGTERM drained within", drained, DRAIN);
    let oracle = Oracle::of(&database.url("postgres"));
    figures.exactly("bills", oracle.count("SELECT count(*) FROM split.bills"), bills);
    oracle.acknowledges(&figures, &ledger);
}
