//! Many clients split, ask, pay, undo, call off and erase at random and at the same time. Whatever came of it, the books are in
//! order.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use serde_json::{Value, json};
use strongroom_tests::{Answer, Random, Server};

use crate::world::{each, id, text};

const CLIENTS: u64 = 25;
const STEPS: usize = 40;

/// What the clients know of, and share.
struct Table {
    server: Server,
    user: String,
    /// How many contacts there ever were.
    met: AtomicUsize,
    contacts: Mutex<Vec<(String, String)>>,
    bills: Mutex<Vec<String>>,
    /// Requests that were handed out.
    requests: Mutex<BTreeSet<String>>,
    /// Names of people whose erasure was answered with 200.
    erased: Mutex<Vec<String>>,
}

impl Table {
    fn new() -> Self {
        let server = Server::start_with(&[("DEBUG", "false"), ("REQUEST_TIMEOUT", "30")]);
        let asha = json!({"phone_number": "+919876543210", "name": "Asha Rao", "upi_id": "asha@okaxis"});
        let user = id(&server.post("/v1/split/users", &asha).expect(201));
        let table = Self {
            server,
            user,
            met: AtomicUsize::new(0),
            contacts: Mutex::default(),
            bills: Mutex::default(),
            requests: Mutex::default(),
            erased: Mutex::default(),
        };
        for _ in 0..8 {
            table.meet();
        }
        for _ in 0..6 {
            table.dine(&mut Random::new(7, "bills"));
        }
        table
    }

    /// Adds a contact whom nobody else is called like.
    fn meet(&self) {
        let n = self.met.fetch_add(1, Ordering::Relaxed);
        let name = format!("Zebulon {n:04}");
        let contact = json!({"name": name, "phone_number": format!("+91987650{n:04}")});
        let made = self.server.post(&format!("/v1/split/users/{}/contacts", self.user), &contact).expect(201);
        self.contacts.lock().unwrap().push((id(&made), name));
    }

    fn dine(&self, random: &mut Random) {
        let bill = json!({"user_id": self.user, "total_amount": "100.00", "description": "Dinner", "split": self.split(random)});
        let made = self.server.post("/v1/split/bills", &bill);
        // Somebody at the table may just have been erased.
        if made.status != 422 {
            self.bills.lock().unwrap().push(id(&made.expect(201)));
        }
    }

    /// A split among one to four.
    fn split(&self, random: &mut Random) -> Value {
        let contacts = self.contacts.lock().unwrap();
        let (first, count) = (random.below(contacts.len()), 1 + random.below(4));
        let people = contacts.iter().cycle().skip(first).take(count.min(contacts.len()));
        let people: Vec<Value> = people.map(|(id, _)| json!({"contact_id": id})).collect();
        json!({"mode": "equal", "participants": people})
    }

    fn bill(&self, random: &mut Random) -> String {
        let bills = self.bills.lock().unwrap();
        bills[random.below(bills.len())].clone()
    }

    /// A participant of a bill.
    fn participant(&self, random: &mut Random) -> String {
        let bill = self.server.get(&format!("/v1/split/bills/{}", self.bill(random))).expect(200);
        let participants = each(&bill["participants"], "id");
        participants[random.below(participants.len())].to_owned()
    }

    /// A request that was handed out, if there is one.
    fn request(&self, random: &mut Random) -> Option<String> {
        let requests = self.requests.lock().unwrap();
        let at = random.below(requests.len().max(1));
        requests.iter().nth(at).cloned()
    }

    fn step(&self, random: &mut Random) -> Answer {
        let post = |path: String, body: Value| {
            let key = random_key();
            self.server.send("POST", &path, &[("idempotency-key", &key)], Some(&body.to_string()))
        };
        match random.below(100) {
            0..20 => {
                let (path, split) =
                    (format!("/v1/split/bills/{}/split", self.bill(random)), self.split(random));
                self.server.send(
                    "PUT",
                    &path,
                    &[("idempotency-key", &random_key())],
                    Some(&split.to_string()),
                )
            }
            20..45 => {
                let payee = ["asha@okaxis", "asha@ybl", "asha@oksbi"][random.below(3)];
                let path = format!("/v1/split/bills/{}/payment-requests", self.bill(random));
                let asked = post(path, json!({"upi_id": payee}));
                if asked.status < 300 {
                    let body = asked.expect(asked.status);
                    let ids = each(&body["data"], "id").into_iter().map(str::to_owned);
                    self.requests.lock().unwrap().extend(ids);
                }
                asked
            }
            45..60 => match self.request(random) {
                Some(request) if random.below(3) == 0 => {
                    post(format!("/v1/split/payment-requests/{request}/resend"), json!({}))
                }
                Some(request) => {
                    let channel = ["sms", "whatsapp"][random.below(2)];
                    let outcome = ["failed", "failed", "sent"][random.below(3)];
                    let report = json!({"channel": channel, "outcome": outcome});
                    post(format!("/v1/split/payment-requests/{request}/attempts"), report)
                }
                None => self.server.get("/livez"),
            },
            60..75 => post(format!("/v1/split/participants/{}/confirm", self.participant(random)), json!({})),
            75..85 => {
                let path = format!("/v1/split/participants/{}/unconfirm", self.participant(random));
                post(path, json!({"reason": "the transfer bounced"}))
            }
            85..87 => post(format!("/v1/split/bills/{}/cancel", self.bill(random)), json!({})),
            87..92 => {
                self.dine(random);
                self.server.get("/livez")
            }
            92..96 => {
                let (contact, _) = self.contacts.lock().unwrap()[0].clone();
                let path = format!("/v1/split/contacts/{contact}");
                self.server.send("PATCH", &path, &[("idempotency-key", &random_key())], Some("{}"))
            }
            _ => self.erase(random),
        }
    }

    fn erase(&self, random: &mut Random) -> Answer {
        let (contact, name) = {
            let mut contacts = self.contacts.lock().unwrap();
            let at = random.below(contacts.len());
            contacts.remove(at)
        };
        self.meet();
        let erased =
            self.server.send("DELETE", &format!("/v1/split/contacts/{contact}?erase=true"), &[], None);
        if erased.status == 200 {
            self.erased.lock().unwrap().push(name);
        }
        erased
    }
}

fn random_key() -> String {
    repository::testing::unique().to_string()
}

fn amount(text: &Value) -> i64 {
    text.as_str().map_or(0, |text| text.replace('.', "").parse().unwrap())
}

#[test]
fn whatever_many_clients_do_at_once_the_books_are_in_order() {
    let table = Table::new();
    thread::scope(|scope| {
        for client in 0..CLIENTS {
            let table = &table;
            scope.spawn(move || {
                let mut random = Random::new(client, "clients");
                for _ in 0..STEPS {
                    let answer = table.step(&mut random);
                    // Somebody may wait for too long; nothing else is excused.
                    assert!(answer.status < 500 || answer.status == 503, "{}", answer.text);
                }
            });
        }
    });
    let bills = table.bills.lock().unwrap().clone();
    for bill in &bills {
        in_order(&table.server, bill);
    }
    for request in table.requests.lock().unwrap().iter() {
        handed_out_still_answers(&table.server, request);
    }
    let erased = table.erased.lock().unwrap();
    assert!(!erased.is_empty() && !table.requests.lock().unwrap().is_empty());
    for (place, text) in table.server.database().open_everything() {
        assert!(
            !erased.iter().any(|name| text.contains(name)),
            "{place} still names somebody who was erased"
        );
    }
}

/// A bill's parts are its total; a share that is paid, replaced or called off has no open request, and others one at most.
fn in_order(server: &Server, bill: &str) {
    let bill = server.get(&format!("/v1/split/bills/{bill}")).expect(200);
    let shares = bill["participants"].as_array().unwrap();
    let owed: i64 = shares.iter().map(|share| amount(&share["amount_owed"])).sum();
    assert_eq!(owed + amount(&bill["organiser_share"]), amount(&bill["total_amount"]), "{bill}");
    let all_paid = shares.iter().all(|share| share["payment_status"] == "confirmed");
    assert!(bill["status"] == "cancelled" || (bill["status"] == "completed") == all_paid, "{bill}");

    let requests = server.get(&format!("/v1/split/bills/{}/payment-requests", id(&bill))).expect(200);
    let open = requests["data"].as_array().unwrap().iter().filter(|request| request["closed_at"].is_null());
    let open: Vec<&str> = open.map(|request| request["participant_id"].as_str().unwrap()).collect();
    assert_eq!(open.iter().collect::<BTreeSet<_>>().len(), open.len(), "two open requests: {requests}");
    let unpaid: Vec<&str> = shares
        .iter()
        .filter(|share| bill["status"] == "active" && share["payment_status"] != "confirmed")
        .map(|share| share["id"].as_str().unwrap())
        .collect();
    assert!(open.iter().all(|share| unpaid.contains(share)), "an open request of {bill}: {requests}");
}

fn handed_out_still_answers(server: &Server, request: &str) {
    let path = format!("/v1/split/payment-requests/{request}");
    let shown = server.get(&path).expect(200);
    let by_reference = json!({"reference": shown["reference"]});
    assert_eq!(server.post("/v1/split/payment-requests/lookup", &by_reference).expect(200), shown);
    let expected = if shown["closed_at"].is_null() { 200 } else { 409 };
    assert_eq!(server.get(&format!("{path}/qr.svg")).status, expected, "{shown}");
    if let Some(link) = shown["upi_link"].as_str() {
        assert!(link.ends_with(&format!("&tr={}", text(&shown, "/reference"))), "{shown}");
    }
}
