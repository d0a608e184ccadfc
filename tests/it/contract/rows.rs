//! Rows to ask for, made over HTTP as clients make them.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};
use strongroom_tests::Server;

use crate::exporter;
use crate::world::{each, id, text};

/// A user with contacts and bills: the ids by the name of their kind in paths.
#[derive(Default)]
pub(crate) struct Rows(BTreeMap<&'static str, Vec<String>>);

impl Rows {
    /// Two bills whose shares are asked for, one with shares that are too much for UPI, and one that is not split.
    pub(crate) fn on(server: &Server) -> Self {
        Self::of_people(server, person)
    }

    /// The same with these users and contacts, each of whom has a number of its own.
    pub(crate) fn of_people(server: &Server, person: impl Fn() -> Value) -> Self {
        let post = |path: &str, body: &Value| server.post(&format!("/v1/split{path}"), body).expect(201);
        let user = id(&post("/users", &person()));
        let contact = |_| id(&post(&format!("/users/{user}/contacts"), &person()));
        let contacts: Vec<String> = (0..3).map(contact).collect();

        let owing: Vec<Value> = contacts.iter().map(|contact| json!({"contact_id": contact})).collect();
        let split = json!({"mode": "equal", "organiser": {}, "participants": owing});
        let bill = |total: &str, split: &Value| {
            let bill =
                json!({"user_id": user, "total_amount": total, "description": "Dinner", "split": split});
            post("/bills", &bill)
        };
        let bills =
            [bill("100.00", &split), bill("99.99", &split), bill("999999", &split), bill("5", &Value::Null)];
        let ask = |bill: &Value| {
            let path = format!("/bills/{}/payment-requests", id(bill));
            post(&path, &json!({"upi_id": "asha@okaxis"}))["data"].clone()
        };
        let asked = [ask(&bills[0]), ask(&bills[1])];

        let session = server.post(&format!("/v1/split/users/{user}/tokens"), &json!({})).expect(200);
        let address = new_address();
        let exporter = exporter::register(server, &address).expect(201);
        let ids = |rows: &Value| each(rows, "id").into_iter().map(str::to_owned).collect::<Vec<_>>();
        let participants = bills.iter().flat_map(|bill| ids(&bill["participants"])).collect();
        let asked = asked.iter().flat_map(ids).collect();
        Self(BTreeMap::from([
            ("users", vec![user]),
            ("contacts", contacts),
            ("bills", bills.iter().map(id).collect()),
            ("participants", participants),
            ("payment-requests", asked),
            ("refresh-tokens", vec![text(&session, "/refresh_token")]),
            ("exporters", vec![text(&exporter, "/user/id")]),
            ("addresses", vec![address]),
        ]))
    }

    /// The ids of one kind.
    pub(crate) fn of(&self, kind: &str) -> &[String] {
        self.0.get(kind).unwrap_or_else(|| panic!("no rows of {kind} are made for this test"))
    }

    /// The ids of all rows.
    pub(super) fn ids(&self) -> impl Iterator<Item = &String> {
        self.0
            .iter()
            .filter(|(kind, _)| !["refresh-tokens", "addresses"].contains(kind))
            .flat_map(|(_, ids)| ids)
    }

    /// An example of the document, about these rows: its ids stand for the first, second, … row of what a field names.
    pub(crate) fn put_into(&self, example: &mut Value, kind: &str) {
        match example {
            Value::Object(fields) => {
                for (name, field) in fields {
                    if name == "refresh_token" {
                        *field = json!(self.of("refresh-tokens")[0]);
                        continue;
                    }
                    if name == "reference" {
                        *field = json!(self.of("payment-requests")[0].replace('-', ""));
                        continue;
                    }
                    if name == "email" {
                        *field = json!(self.of("addresses")[0]);
                        continue;
                    }
                    let kind = match name.as_str() {
                        "user_id" => "users",
                        "contact_id" | "contact_ids" => "contacts",
                        "only" | "participant_id" | "participant_ids" => "participants",
                        _ => kind,
                    };
                    self.put_into(field, kind);
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.put_into(item, kind)),
            Value::String(text) if text.starts_with("00000000-0000-7000-8000-") => {
                let number: usize = text[24..].parse().unwrap_or_default();
                let rows = self.of(kind);
                rows[number.saturating_sub(1) % rows.len()].clone_into(text);
            }
            _ => {}
        }
    }
}

/// An e-mail address that nobody else has.
pub(crate) fn new_address() -> String {
    format!("{}@example.com", repository::testing::unique())
}

/// Somebody whose phone number nobody else has.
pub(crate) fn person() -> Value {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    json!({"name": "Asha Rao", "phone_number": format!("+9198{number:08}")})
}
