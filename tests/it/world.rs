//! A small world made over HTTP, as clients make it.

use serde_json::{Value, json};
use strongroom_tests::{Answer, Server};

/// A user with contacts, whose ids are kept as texts.
pub(crate) struct World {
    pub(crate) server: Server,
    pub(crate) user: String,
    pub(crate) contacts: Vec<String>,
}

impl World {
    /// Asha, who is paid at asha@okaxis, and as many contacts.
    pub(crate) fn with_contacts(count: usize) -> Self {
        Self::on(Server::start(), count)
    }

    pub(crate) fn on(server: Server, count: usize) -> Self {
        let asha = json!({"phone_number": "+919876543210", "name": "Asha Rao", "upi_id": "asha@okaxis"});
        let user = id(&server.post("/v1/split/users", &asha).expect(201));
        let contacts = (0..count).map(|n| {
            let contact =
                json!({"name": format!("Friend {n}"), "phone_number": format!("+9198765440{n:02}")});
            id(&server.post(&format!("/v1/split/users/{user}/contacts"), &contact).expect(201))
        });
        let contacts = contacts.collect();
        Self { server, user, contacts }
    }

    /// A split among all contacts, equally.
    pub(crate) fn equally(&self) -> Value {
        let participants: Vec<Value> = self.contacts.iter().map(|id| json!({"contact_id": id})).collect();
        json!({"mode": "equal", "participants": participants})
    }

    /// A bill over `total`, split equally among all contacts.
    pub(crate) fn bill(&self, total: &str) -> Value {
        let bill = json!({"user_id": self.user, "total_amount": total, "description": "Dinner", "split": self.equally()});
        self.server.post("/v1/split/bills", &bill).expect(201)
    }
}

/// The `id` of a body.
pub(crate) fn id(body: &Value) -> String {
    text(body, "/id")
}

/// The text at a place of a body.
pub(crate) fn text(body: &Value, pointer: &str) -> String {
    body.pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_else(|| panic!("no text at {pointer}: {body}"))
        .to_owned()
}

/// One field of every row of a list.
pub(crate) fn each<'a>(rows: &'a Value, field: &str) -> Vec<&'a str> {
    let rows = rows.as_array().unwrap_or_else(|| panic!("no list: {rows}"));
    rows.iter().map(|row| row[field].as_str().unwrap_or_else(|| panic!("no {field}: {row}"))).collect()
}

/// Place and code of everything that an answer says is wrong with the request.
pub(crate) fn pointers(answer: &Answer) -> Vec<(String, String)> {
    let problem = answer.expect(422);
    let of_error = |error: &Value| (text(error, "/pointer"), text(error, "/code"));
    problem["errors"].as_array().unwrap().iter().map(of_error).collect()
}

/// The same as it is expected.
pub(crate) fn named(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(pointer, code)| ((*pointer).to_owned(), (*code).to_owned())).collect()
}
