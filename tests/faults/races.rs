//! T9: many clients do the same thing at the same time.

use std::sync::Barrier;
use std::thread;

use serde_json::{Value, json};

use crate::figures::{Figures, scale};
use crate::oracle::with_oracle;
use crate::service::Outcome;

/// What came of as many requests at a time.
fn at_once(request: impl Fn(usize) -> Outcome + Sync) -> Vec<Outcome> {
    let clients = scale(20, 50);
    let start = Barrier::new(clients);
    let (start, request) = (&start, &request);
    thread::scope(|scope| {
        let threads: Vec<_> = (0..clients)
            .map(|client| {
                scope.spawn(move || {
                    start.wait();
                    request(client)
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

#[test]
fn a_payment_is_confirmed_once() {
    let figures = Figures::of("T9");
    let (service, oracle, _database) = with_oracle();
    let rounds = scale(10, 200);
    let mut wrong = 0;
    for round in 0..rounds {
        let bill = service.make_bill(&format!("confirm-{round}"), None);
        let participant = bill.body["participants"][0]["id"].as_str().unwrap().to_owned();
        let path = format!("/v1/split/participants/{participant}/confirm");
        let confirmed = at_once(|_| service.post(&path, None, &Value::Null));
        let first = confirmed.iter().find(|outcome| outcome.is_success()).unwrap().body["paid_at"].clone();
        let again = service.post(&path, None, &Value::Null);
        let is_fixed = confirmed.iter().chain([&again]).all(|outcome| {
            outcome.is_in_order() && (!outcome.is_success() || outcome.body["paid_at"] == first)
        });
        let audited = format!(
            "SELECT count(*) FROM platform.audit_log
              WHERE table_name LIKE '%bill_participants' AND row_id = '{participant}' AND action = 'update'"
        );
        wrong += usize::from(!is_fixed || oracle.count(&audited) != 1);
    }
    figures.note("confirm: rounds", rounds);
    figures.exactly("confirm: with another time or audit row", wrong, 0);
    oracle.is_sound(&figures);
}

#[test]
fn a_bill_is_split_in_one_way() {
    let figures = Figures::of("T9");
    let (service, oracle, _database) = with_oracle();
    let rounds = scale(10, 200);
    let mut wrong = 0;
    for round in 0..rounds {
        let bill = service.make_bill(&format!("split-{round}"), None).id();
        let path = format!("/v1/split/bills/{bill}/split");
        let split =
            at_once(|client| service.send("PUT", &path, None, Some(&service.split_among(client % 3 + 1))));
        let unequal = split.iter().filter(|outcome| !outcome.is_in_order()).count();
        let shares =
            oracle.count(&format!("SELECT count(*) FROM split.bill_participants WHERE bill_id = '{bill}'"));
        let people = "SELECT count(DISTINCT contact_id) FROM split.bill_participants";
        let people = oracle.count(&format!("{people} WHERE bill_id = '{bill}'"));
        wrong += unequal + usize::from(shares != people || !(1..=3).contains(&shares));
    }
    figures.note("split: rounds", rounds);
    figures.exactly("split: with mixed shares or odd answers", wrong, 0);
    oracle.is_sound(&figures);
}

#[test]
fn a_phone_number_has_one_user() {
    let figures = Figures::of("T9");
    let (service, oracle, _database) = with_oracle();
    let rounds = scale(10, 200);
    let before = oracle.count("SELECT count(*) FROM split.users");
    let mut wrong = 0;
    for round in 0..rounds {
        let user = json!({"phone_number": format!("+91987000{round:04}")});
        let made = at_once(|_| service.post("/v1/split/users", None, &user));
        let of_status = |status| made.iter().filter(|outcome| outcome.status == status).count();
        let unavailable =
            made.iter().filter(|outcome| outcome.status == 503 && outcome.is_in_order()).count();
        wrong += usize::from(of_status(201) != 1 || of_status(409) + unavailable != made.len() - 1);
    }
    let after = oracle.count("SELECT count(*) FROM split.users");
    figures.note("phone: rounds", rounds);
    figures.exactly("phone: rounds with another outcome", wrong, 0);
    figures.exactly("phone: users", after - before, rounds);
}
