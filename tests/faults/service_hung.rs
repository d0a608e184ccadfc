//! T5: a service process that hangs in the middle of its transactions, as one of a machine that was suspended.

use std::thread;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection as _;

use crate::figures::{Figures, scale};
use crate::load::{Ledger, for_a_while, make_until_acknowledged, while_clients};
use crate::oracle::with_oracle;
use crate::service::DEADLINE;
use crate::timeouts::hold_user;

/// What PostgreSQL may take beyond the longest that a transaction may say nothing, which is the requests' deadline.
const SLACK: Duration = Duration::from_millis(200);

/// The longest that the test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(20);

fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < end, "{what}");
        for_a_while(Duration::from_millis(5));
    }
}

#[test]
fn what_it_has_locked_is_free_in_time() {
    let figures = Figures::of("T5");
    let (service, oracle, _database) = with_oracle();
    let mut other = oracle.connection();
    other.batch_execute(&hold_user(&service)).unwrap();
    let (held_for, answered) = thread::scope(|scope| {
        let request = scope.spawn(|| service.make_bill("hung", None));
        wait_until("nobody waits for the row", || oracle.count_waiting() == 1);
        service.signal("STOP");
        // Now the row is the service's, which does not come to hear of it.
        other.batch_execute("ROLLBACK").unwrap();
        wait_until("the row went to nobody", || oracle.count_in_transaction() == 1);
        let start = Instant::now();
        other.batch_execute(&hold_user(&service)).unwrap();
        let held_for = start.elapsed();
        other.batch_execute("ROLLBACK").unwrap();
        service.signal("CONT");
        (held_for, request.join().unwrap())
    });
    figures.within("hung process: its locks are free within", held_for, DEADLINE + SLACK);
    figures.exactly("hung process: status of its request", answered.status.into(), 503);
    assert!(answered.is_in_order(), "{answered:?}");
    let stored = "SELECT count(*) FROM split.bills WHERE description = 'hung'";
    figures.exactly("hung process: rows left", oracle.count(stored), 0);
    figures.exactly("hung process: afterwards", service.make_bill("afterwards", None).status.into(), 201);
}

#[test]
fn under_load_it_loses_nothing_and_leaves_no_transaction() {
    let figures = Figures::of("T5");
    let (service, oracle, _database) = with_oracle();
    let ledger = Ledger::new("hung");
    let rounds = scale(1, 5);
    let (mut left, mut longest) = (0, Duration::ZERO);
    while_clients(
        8,
        || {
            for _ in 0..rounds {
                for_a_while(Duration::from_secs(1));
                service.signal("STOP");
                let stopped = Instant::now();
                left += oracle.count_in_transaction();
                while oracle.count_in_transaction() > 0 && stopped.elapsed() < PATIENCE {
                    for_a_while(Duration::from_millis(20));
                }
                longest = longest.max(stopped.elapsed());
                service.signal("CONT");
                ledger.next_success(Instant::now());
            }
        },
        |_| make_until_acknowledged(&service, &ledger, Duration::from_secs(5)),
    );
    figures.note("hung under load: times", rounds);
    figures.note("hung under load: transactions left open", left);
    figures.within("hung under load: all are ended within", longest, DEADLINE + SLACK);
    let strange = ledger.out_of_order();
    assert!(strange.is_empty(), "{} answers like {:?}", strange.len(), strange.first());
    oracle.acknowledges(&figures, &ledger);
}
