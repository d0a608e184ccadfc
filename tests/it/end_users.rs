//! Every route of bill splitting by a user's token: what is the user's own is there, and what is another's is as absent
//! as what never was.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use strongroom_tests::{Answer, Server};

use crate::guard_routes::operations;
use crate::world::{id, text};

/// What a route may name of a user, by id.
struct Things {
    user: String,
    contact: String,
    bill: String,
    participant: String,
    request: String,
}

impl Things {
    /// Makes one of each.
    fn of(server: &Server, phone: &str) -> Self {
        let user = json!({"phone_number": phone, "name": "Asha Rao", "upi_id": "asha@okaxis"});
        let user = id(&server.post("/v1/split/users", &user).expect(201));
        let contact = json!({"name": "Ravi", "phone_number": phone});
        let contact = id(&server.post(&format!("/v1/split/users/{user}/contacts"), &contact).expect(201));
        let mut things =
            Self { user, contact, bill: String::new(), participant: String::new(), request: String::new() };
        let bill = server.post("/v1/split/bills", &things.new_bill()).expect(201);
        (things.bill, things.participant) = (id(&bill), text(&bill, "/participants/0/id"));
        let asked = server.post(&format!("/v1/split/bills/{}/payment-requests", things.bill), &json!({}));
        things.request = text(&asked.expect(201), "/data/0/id");
        let session = format!("/v1/split/users/{}/conversations/s1", things.user);
        server.send("PUT", &session, &[], Some(r#"{"step": "initial"}"#)).expect(200);
        things
    }

    /// Ids that nothing has.
    fn absent() -> Self {
        let id = || repository::testing::unique().to_string();
        Self { user: id(), contact: id(), bill: id(), participant: id(), request: id() }
    }

    fn split(&self) -> Value {
        json!({"mode": "equal", "participants": [{"contact_id": self.contact}]})
    }

    fn new_bill(&self) -> Value {
        json!({"user_id": self.user, "total_amount": "100.00", "split": self.split()})
    }

    fn path(&self, pattern: &str) -> String {
        let kind = pattern.split('/').nth(3).unwrap_or_default();
        let id = match kind {
            "users" => &self.user,
            "contacts" => &self.contact,
            "bills" => &self.bill,
            "participants" => &self.participant,
            "payment-requests" => &self.request,
            _ => "",
        };
        pattern.replace("{id}", id).replace("{session_id}", "s1")
    }
}

type Route = (&'static str, &'static str, fn(&Things) -> Value);

/// Every route of the system, what changes a thing before what ends it.
const ROUTES: &[Route] = &[
    ("GET", "/v1/split/users/{id}", |_| Value::Null),
    ("POST", "/v1/split/users", |_| json!({"phone_number": "+919876500001"})),
    ("PUT", "/v1/split/users/by-phone", |_| json!({"phone_number": "+919876500002"})),
    ("POST", "/v1/split/users/lookup", |_| json!({"phone_number": "+919876500003"})),
    ("PATCH", "/v1/split/users/{id}", |_| json!({"name": "Changed"})),
    ("GET", "/v1/split/users/{id}/balances", |_| Value::Null),
    ("GET", "/v1/split/users/{id}/bills", |_| Value::Null),
    ("GET", "/v1/split/users/{id}/contacts", |_| Value::Null),
    ("GET", "/v1/split/users/{id}/reminders", |_| Value::Null),
    ("GET", "/v1/split/users/{id}/statistics", |_| Value::Null),
    ("POST", "/v1/split/users/{id}/contacts", |_| json!({"name": "Meera", "phone_number": "+919876500004"})),
    (
        "POST",
        "/v1/split/users/{id}/contacts/batch",
        |of| json!([{"name": "Tara", "phone_number": "+919876500005"}, {"id": of.contact, "name": "Changed"}]),
    ),
    ("POST", "/v1/split/users/{id}/contacts/lookup", |_| json!({"name": "Ravi"})),
    ("GET", "/v1/split/users/{id}/conversations", |_| Value::Null),
    ("GET", "/v1/split/users/{id}/conversations/{session_id}", |_| Value::Null),
    (
        "PUT",
        "/v1/split/users/{id}/conversations/{session_id}",
        |_| json!({"step": "initial", "context": {"a": 1}}),
    ),
    (
        "POST",
        "/v1/split/users/{id}/conversations/{session_id}/advance",
        |_| json!({"step": "extracting_bill", "context": {"input_type": "text"}}),
    ),
    ("POST", "/v1/split/users/{id}/conversations/{session_id}/errors", |_| json!({"error": "dark"})),
    ("DELETE", "/v1/split/users/{id}/conversations/{session_id}", |_| Value::Null),
    ("POST", "/v1/split/users/{id}/tokens", |_| json!({"scope": "write"})),
    ("DELETE", "/v1/split/users/{id}/tokens", |_| Value::Null),
    ("GET", "/v1/split/contacts/{id}", |_| Value::Null),
    ("PATCH", "/v1/split/contacts/{id}", |_| json!({"name": "Changed"})),
    (
        "POST",
        "/v1/split/preview",
        |of| json!({"user_id": of.user, "total_amount": "100.00", "split": of.split()}),
    ),
    ("POST", "/v1/split/bills", Things::new_bill),
    (
        "POST",
        "/v1/split/bills/batch",
        |of| json!([{"user_id": of.user, "total_amount": "1.00"}, {"id": of.bill, "description": "Changed"}]),
    ),
    ("GET", "/v1/split/bills/{id}", |_| Value::Null),
    ("PATCH", "/v1/split/bills/{id}", |_| json!({"description": "Changed"})),
    ("GET", "/v1/split/bills/{id}/payment-requests", |_| Value::Null),
    ("GET", "/v1/split/bills/{id}/reminders", |_| Value::Null),
    ("POST", "/v1/split/bills/{id}/reminders", |of| json!({"participant_ids": [of.participant]})),
    ("POST", "/v1/split/payment-requests/lookup", |of| json!({"reference": of.request.replace('-', "")})),
    ("GET", "/v1/split/payment-requests/{id}", |_| Value::Null),
    ("GET", "/v1/split/payment-requests/{id}/qr", |_| Value::Null),
    ("GET", "/v1/split/payment-requests/{id}/qr.png", |_| Value::Null),
    ("GET", "/v1/split/payment-requests/{id}/qr.svg", |_| Value::Null),
    ("POST", "/v1/split/payment-requests/{id}/attempts", |_| json!({"channel": "sms", "outcome": "sent"})),
    ("POST", "/v1/split/payment-requests/{id}/resend", |_| json!({})),
    ("POST", "/v1/split/bills/{id}/payment-requests", |_| json!({})),
    ("POST", "/v1/split/pending-payments/lookup", |_| json!({"phone_number": "+919876500006"})),
    ("POST", "/v1/split/participants/{id}/confirm", |_| json!({})),
    ("POST", "/v1/split/participants/{id}/unconfirm", |_| json!({"reason": "It bounced"})),
    ("PUT", "/v1/split/bills/{id}/split", Things::split),
    ("POST", "/v1/split/bills/{id}/cancel", |_| json!({})),
    ("DELETE", "/v1/split/bills/{id}", |_| Value::Null),
    ("POST", "/v1/split/bills/{id}/restore", |_| json!({})),
    ("DELETE", "/v1/split/contacts/{id}", |_| Value::Null),
    ("POST", "/v1/split/contacts/{id}/restore", |_| json!({})),
    ("POST", "/v1/split/users/{id}/restore", |_| json!({})),
    ("DELETE", "/v1/split/users/{id}", |_| Value::Null),
];

/// A server, and Asha's token on it.
struct World {
    server: Server,
    asha: Things,
    token: String,
}

impl World {
    fn new() -> Self {
        let server = Server::start();
        let asha = Things::of(&server, "+919876543210");
        let tokens =
            server.post(&format!("/v1/split/users/{}/tokens", asha.user), &json!({"scope": "write"}));
        let token = format!("Bearer {}", text(&tokens.expect(200), "/access_token"));
        Self { server, asha, token }
    }

    fn by_asha(&self, (method, path, body): Route, of: &Things) -> Answer {
        let body = body(of);
        let body = (!body.is_null()).then(|| body.to_string());
        self.server.send(method, &of.path(path), &[("authorization", &self.token)], body.as_deref())
    }
}

#[test]
fn every_route_is_tried() {
    let document = Server::start().get("/openapi.json").expect(200);
    let documented: BTreeSet<(String, String)> =
        operations(&document).into_iter().filter(|(_, path)| path.starts_with("/v1/split/")).collect();
    let tried = ROUTES.iter().map(|(method, path, _)| ((*method).to_owned(), (*path).to_owned())).collect();
    assert_eq!(documented, tried);
}

#[test]
fn what_is_anothers_is_as_absent_as_what_never_was() {
    let world = World::new();
    let (bina, nothing) = (Things::of(&world.server, "+919876543211"), Things::absent());
    let told = |answer: Answer, of: &Things| {
        let mut text = answer.text.clone();
        // What was asked for may be named again; the request's id is another each time.
        for id in
            [&of.user, &of.contact, &of.bill, &of.participant, &of.request, answer.header("x-request-id")]
        {
            text = text.replace(id, "…");
        }
        (answer.status, text)
    };
    for route in ROUTES {
        // These name nobody, or make something new that is nobody's.
        if route.1.ends_with("/lookup") && !route.1.contains("{id}") || route.1 == "/v1/split/users" {
            continue;
        }
        let foreign = told(world.by_asha(*route, &bina), &bina);
        let absent = told(world.by_asha(*route, &nothing), &nothing);
        assert_eq!(foreign, absent, "{} {}", route.0, route.1);
        assert!(!foreign.1.contains("Changed") && foreign.0 < 500, "{} {}: {foreign:?}", route.0, route.1);
    }
    let bill = world.server.get(&format!("/v1/split/bills/{}", bina.bill)).expect(200);
    assert_eq!((&bill["status"], &bill["description"]), (&json!("active"), &Value::Null));
    let contacts = world.server.get(&format!("/v1/split/users/{}/contacts", bina.user)).expect(200);
    assert_eq!(
        (contacts["data"].as_array().unwrap().len(), &contacts["data"][0]["name"]),
        (1, &json!("Ravi"))
    );
}

#[test]
fn what_is_ones_own_is_there_by_every_route_that_users_have() {
    let world = World::new();
    let mut keys_only = Vec::new();
    // A picture is no text; qr.svg reads the same rows.
    for route in ROUTES.iter().filter(|route| !route.1.ends_with("qr.png")) {
        let answer = world.by_asha(*route, &world.asha);
        let (status, route) = (answer.status, format!("{} {}", route.0, route.1));
        match status {
            403 => keys_only.push(route),
            // A state that does not allow it, which tells that the thing is there.
            200..=204 | 409 => {}
            404 if route.ends_with("users/lookup") => {}
            _ => panic!("{route}: {status} {}", answer.text),
        }
    }
    let expected = [
        "POST /v1/split/users",
        "PUT /v1/split/users/by-phone",
        "POST /v1/split/users/{id}/tokens",
        "DELETE /v1/split/users/{id}/tokens",
    ];
    assert_eq!(keys_only, expected);
}
