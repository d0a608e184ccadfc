//! T3: a network that is slow, silent, resetting or cutting.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use repository::testing::TestDatabase;
use strongroom_tests::Mode;

use crate::figures::{Figures, scale};
use crate::load::{Ledger, for_a_while, under_load, while_clients};
use crate::oracle::Oracle;
use crate::service::{DEADLINE, Service};

/// What an answer may take beyond the deadline.
const SLACK: Duration = Duration::from_millis(500);

/// The longest that a process which lives may take to say so.
const LIVENESS: Duration = Duration::from_millis(100);

/// How soon all is well once the network is.
const RECOVERY: Duration = Duration::from_secs(5);

/// How long all must be well.
const AFTERWARDS: Duration = Duration::from_secs(8);

fn survives_mode(name: &str, mode: Mode, clients: usize) {
    let (service, proxy, database) = Service::behind_proxy(&[]);
    survives(name, &service, &database, clients, |is_broken| {
        proxy.set(if is_broken { mode } else { Mode::Ok });
    });
}

/// Breaks the way to the database and mends it, again and again, under load.
pub(crate) fn survives(
    name: &str,
    service: &Service,
    database: &TestDatabase,
    clients: usize,
    set_broken: impl Fn(bool),
) {
    let figures = Figures::of("T3");
    let is_broken = AtomicBool::new(false);
    let ledger = Ledger::new("network");
    let start = Instant::now();
    let liveness = Mutex::new(Duration::ZERO);
    let ask_whether_it_lives = |_| {
        let alive = service.get("/livez");
        assert_eq!(alive.status, 200);
        if is_broken.load(Ordering::SeqCst) {
            let mut slowest = liveness.lock().unwrap();
            *slowest = alive.took.max(*slowest);
        }
        for_a_while(Duration::from_millis(20));
    };
    let healed = under_load(service, &ledger, clients, || {
        while_clients(
            1,
            || {
                // Again and again: what the service loses in one must not be missing in the next.
                for _ in 0..4 {
                    for_a_while(Duration::from_secs(1));
                    set_broken(true);
                    is_broken.store(true, Ordering::SeqCst);
                    for_a_while(scale(Duration::from_secs(1), Duration::from_secs(5)));
                    is_broken.store(false, Ordering::SeqCst);
                    set_broken(false);
                }
                let healed = Instant::now();
                for_a_while(AFTERWARDS);
                healed
            },
            ask_whether_it_lives,
        )
    });
    let strange = ledger.out_of_order();
    assert!(strange.is_empty(), "{} answers like {:?}", strange.len(), strange.first());
    figures.within(&format!("{name}: answered within"), ledger.slowest_since(start), DEADLINE + SLACK);
    figures.within(&format!("{name}: alive within"), liveness.into_inner().unwrap(), LIVENESS);
    let failed = ledger.since(start).iter().filter(|seen| !seen.outcome.is_success()).count();
    figures.note(&format!("{name}: refused meanwhile"), failed);
    figures.within(
        &format!("{name}: last failure after it ended"),
        ledger.last_failure_after(healed),
        RECOVERY,
    );
    let succeeded = ledger.since(healed + RECOVERY).iter().filter(|seen| seen.outcome.is_success()).count();
    if succeeded < 10 {
        println!("{}", service.log_tail());
    }
    figures.check(&format!("{name}: done afterwards"), succeeded, ">= 10", succeeded >= 10);
    Oracle::of(&database.url("postgres")).acknowledges(&figures, &ledger);
}

#[test]
fn a_hole_is_answered_in_time_and_left_behind() {
    // More than there are connections, so that all of them fall into it.
    survives_mode("hole", Mode::Hole, 40);
}

#[test]
fn resets_are_left_behind() {
    survives_mode("reset", Mode::Reset, 8);
}

#[test]
fn latency_is_waited_for() {
    survives_mode("latency 400 ms", Mode::Latency(Duration::from_millis(400)), 8);
}

#[test]
fn connections_that_are_cut_are_left_behind() {
    survives_mode("cut after 3000 bytes", Mode::Cut(3000), 8);
}
