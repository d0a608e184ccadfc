//! T7: transactions that lock the same two rows in opposite orders.

use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use repository::domain::Id;
use repository::domain::split::Bill;
use repository::split::bills;
use repository::testing::TestDatabase;
use repository::{Actor, Database, Error};

use crate::figures::{Figures, scale};
use crate::oracle::Oracle;
use crate::service::Service;

/// The first run and the five that the handle may add.
const TRIES: usize = 6;

#[test]
fn of_two_that_lock_each_other_out_both_finish() {
    let figures = Figures::of("T7");
    let test = TestDatabase::new();
    // PostgreSQL looks for a deadlock only after a while, which would be most of the time of this test.
    Oracle::of(&test.url("postgres"))
        .run("DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET deadlock_timeout = ''5ms''', current_database()); END $$");
    let url = test.url("strongroom_app");
    let service = Service::start(&url, &url, &[]);
    let [one, other] = ["one", "other"].map(|name| service.make_bill(name, None).id().parse().unwrap());
    let database = test.database();
    let pairs = scale(50, 1000);
    let (retried, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
    for _ in 0..pairs {
        let both_hold_one = Barrier::new(2);
        thread::scope(|scope| {
            for order in [[one, other], [other, one]] {
                let (database, both_hold_one, retried, most) = (&database, &both_hold_one, &retried, &most);
                scope.spawn(move || {
                    let tries = lock_in_order(database, order, both_hold_one);
                    retried.fetch_add(tries - 1, Ordering::SeqCst);
                    most.fetch_max(tries, Ordering::SeqCst);
                });
            }
        });
    }
    figures.note("pairs, all of which finished", pairs);
    let retried = retried.into_inner();
    figures.check("deadlocks, each run again", retried, &format!(">= {pairs}"), retried >= pairs);
    figures.at_most("runs of one transaction", most.into_inner(), TRIES);
}

/// Answers how often the transaction ran.
fn lock_in_order(database: &Database, order: [Id<Bill>; 2], both_hold_one: &Barrier) -> usize {
    let mut tries = 0;
    let actor = Actor::system().with_deadline(Instant::now() + Duration::from_secs(30));
    let finished = database.write::<_, Error>("test.lock", &actor, |tx| {
        tries += 1;
        bills::lock(tx, order[0])?;
        if tries == 1 {
            both_hold_one.wait();
        }
        bills::lock(tx, order[1])
    });
    finished.unwrap();
    tries
}

#[test]
fn other_failures_are_not_tried_again() {
    let test = TestDatabase::new();
    let mut tries = 0;
    let absent = Id::<Bill>::generate();
    let refused = test.database().write::<(), Error>("test.lock", &Actor::system(), |tx| {
        tries += 1;
        bills::lock(tx, absent).map(|_| ())
    });
    assert!(matches!(refused, Err(Error::NotFound(_))), "{refused:?}");
    assert_eq!(tries, 1);
}
