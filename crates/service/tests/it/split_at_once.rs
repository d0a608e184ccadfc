//! What happens when several do something to one bill at the same moment.

use std::collections::BTreeSet;
use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use domain::Id;
use domain::split::{Bill, BillStatus, Channel, Outcome, Participant, PaymentStatus};
use repository::testing::TestDatabase;
use repository::{Actor, Database, Tx, ops};
use strongroom_service::split::bills::{self, BillDetails};
use strongroom_service::split::deliveries::{self, Report};
use strongroom_service::split::payment_requests::{self, Ask, Confirmed};
use strongroom_service::{Error, Result};

use crate::fixtures::{bill_among, conflict, equal_input, new_bill};

fn new_shared_bill(database: &Database, count: usize) -> BillDetails {
    database.write::<_, Error>("test", &Actor::system(), |tx| Ok(bill_among(tx, "100.00", count))).unwrap()
}

fn get(database: &Database, id: Id<Bill>) -> BillDetails {
    database.read("test", &Actor::system(), |conn| bills::get(conn, id)).unwrap()
}

/// Another bill for the people of the first.
fn same_again(database: &Database, first: &BillDetails) -> BillDetails {
    let people: Vec<_> = first.participants.iter().map(|share| share.contact_id).collect();
    database
        .write("test", &Actor::system(), |tx| {
            let bill = bills::create(tx, new_bill(first.bill.user_id, "100.00"), None)?.bill;
            bills::set_split(tx, bill.id, None, &equal_input(&people))
        })
        .unwrap()
}

fn confirm(database: &Database, details: &BillDetails) -> Result<Confirmed> {
    let share = details.participants[0].id;
    database.write("test.confirm", &Actor::system(), |tx| payment_requests::confirm(tx, share))
}

/// How many times the audit log saw a change of a table's rows.
fn audited(test: &TestDatabase, table: &str) -> Vec<String> {
    let sql = format!(
        "SELECT new_values::text AS change FROM platform.audit_log WHERE table_name = '{table}' AND action = 'update'"
    );
    let rows =
        ops::query::read(test.url("strongroom_reader"), Duration::from_secs(30), "split", &sql).unwrap();
    rows.rows.iter().map(|row| row["change"].to_string()).collect()
}

#[test]
fn fifty_confirmations_at_once_confirm_once() {
    const CALLERS: usize = 50;
    let test = TestDatabase::new();
    let database = test.database();
    let details = new_shared_bill(&database, 1);
    let start = Barrier::new(CALLERS);
    let outcomes: Vec<Confirmed> = thread::scope(|scope| {
        let callers: Vec<_> = (0..CALLERS)
            .map(|_| {
                scope.spawn(|| {
                    start.wait();
                    confirm(&database, &details).unwrap()
                })
            })
            .collect();
        callers.into_iter().map(|caller| caller.join().unwrap()).collect()
    });

    let paid_at: BTreeSet<_> = outcomes.iter().map(|outcome| outcome.participant.paid_at).collect();
    assert_eq!(paid_at.len(), 1, "all heard of the same payment: {paid_at:?}");
    assert!(outcomes.iter().all(|outcome| outcome.bill_status == BillStatus::Completed));
    let shares = audited(&test, "split.bill_participants");
    assert_eq!(shares.len(), 1, "{shares:?}");
    let completions = audited(&test, "split.bills").into_iter().filter(|change| change.contains("completed"));
    assert_eq!(completions.count(), 1);
}

#[test]
fn of_confirmation_and_cancellation_one_comes_first() {
    let test = TestDatabase::new();
    let database = test.database();
    let mut details = new_shared_bill(&database, 1);
    for _ in 0..20 {
        let id = details.bill.id;
        let start = Barrier::new(2);
        let (confirmed, cancelled) = thread::scope(|scope| {
            let confirming = scope.spawn(|| {
                start.wait();
                confirm(&database, &details)
            });
            start.wait();
            let cancelled = database.write("test.cancel", &Actor::system(), |tx| bills::cancel(tx, id));
            (confirming.join().unwrap(), cancelled)
        });
        let after = get(&database, id);
        let share = after.participants[0].payment_status;
        match confirmed {
            Ok(confirmed) => {
                assert_eq!(confirmed.bill_status, BillStatus::Completed);
                assert_eq!(conflict(cancelled), "illegal_transition");
                assert_eq!((after.bill.status, share), (BillStatus::Completed, PaymentStatus::Confirmed));
            }
            refused => {
                assert_eq!(conflict(refused), "bill_not_active");
                assert_eq!(cancelled.unwrap().bill.status, BillStatus::Cancelled);
                assert_eq!((after.bill.status, share), (BillStatus::Cancelled, PaymentStatus::Pending));
            }
        }
        details = same_again(&database, &details);
    }
}

#[test]
fn of_a_new_split_and_a_delivery_one_comes_first() {
    let test = TestDatabase::new();
    let database = test.database();
    let mut details = new_shared_bill(&database, 2);
    for _ in 0..20 {
        let id = details.bill.id;
        let ask = |tx: &mut Tx<'_>| payment_requests::request(tx, id, &Ask::default());
        let request = database.write("test.ask", &Actor::system(), ask).unwrap().requests[0].request.id;
        let people: Vec<_> = details.participants.iter().rev().map(|share| share.contact_id).collect();
        let report = Report { channel: Channel::Sms, outcome: Outcome::Sent, error: None };
        let start = Barrier::new(2);
        let (sent, divided) = thread::scope(|scope| {
            let sending = scope.spawn(|| {
                start.wait();
                database.write("test.send", &Actor::system(), |tx| deliveries::record(tx, request, &report))
            });
            start.wait();
            let split = equal_input(&people);
            let divide = |tx: &mut Tx<'_>| bills::set_split(tx, id, None, &split);
            let divided = database.write("test.divide", &Actor::system(), divide);
            (sending.join().unwrap(), divided)
        });
        let after = get(&database, id).participants;
        let requests =
            database.read("test", &Actor::system(), |conn| payment_requests::list(conn, id)).unwrap();
        match sent {
            Ok(_) => {
                assert_eq!(conflict(divided), "split_locked");
                let ids = |shares: &[Participant]| shares.iter().map(|share| share.id).collect::<Vec<_>>();
                assert_eq!(ids(&after), ids(&details.participants));
                assert_eq!((after[0].payment_status, requests.len()), (PaymentStatus::Sent, 2));
            }
            refused => {
                assert_eq!(conflict(refused), "request_closed");
                assert_eq!(divided.unwrap().participants, after);
                assert_eq!((after[0].payment_status, requests.len()), (PaymentStatus::Pending, 2));
            }
        }
        details = same_again(&database, &details);
    }
}

#[test]
fn the_last_two_shares_confirmed_at_once_complete_the_bill() {
    let test = TestDatabase::new();
    let database = test.database();
    let mut details = new_shared_bill(&database, 2);
    for _ in 0..20 {
        let start = Barrier::new(2);
        thread::scope(|scope| {
            for share in &details.participants {
                scope.spawn(|| {
                    start.wait();
                    database
                        .write("test.confirm", &Actor::system(), |tx| payment_requests::confirm(tx, share.id))
                        .unwrap()
                });
            }
        });
        assert_eq!(get(&database, details.bill.id).bill.status, BillStatus::Completed);
        details = same_again(&database, &details);
    }
}

#[test]
fn asking_at_once_asks_once() {
    const CALLERS: usize = 8;
    let test = TestDatabase::new();
    let database = test.database();
    let bill = new_shared_bill(&database, 3).bill.id;
    let start = Barrier::new(CALLERS);
    let made: usize = thread::scope(|scope| {
        let callers: Vec<_> = (0..CALLERS)
            .map(|_| {
                scope.spawn(|| {
                    start.wait();
                    let ask =
                        |tx: &mut repository::Tx<'_>| payment_requests::request(tx, bill, &Ask::default());
                    database.write("test.ask", &Actor::system(), ask).unwrap().made
                })
            })
            .collect();
        callers.into_iter().map(|caller| caller.join().unwrap()).sum()
    });
    let requests =
        database.read("test", &Actor::system(), |conn| payment_requests::list(conn, bill)).unwrap();
    assert_eq!((made, requests.len()), (3, 3));
}
