//! Two users: whatever one of them asks for of the other is answered as if it were not there.
//!
//! Every operation of the document is sent as it is documented, with a user's token, three times: about rows of the other
//! user, about rows that nobody has, and about the user's own. The first two answers must be the same but for the ids that
//! were sent. A system that hands out no tokens refuses those of all others.

use repository::testing::unique;
use serde_json::Value;
use strongroom_tests::Server;

use super::client::Client;
use super::document::{Document, Operation, Received};
use super::requests::{Request, as_documented, named_kind};
use super::rows::Rows;
use super::systems::{TESTED_SYSTEMS, person, system_of};

struct World {
    server: Server,
    document: Document,
    /// A token of a user of the first system.
    token: String,
}

impl World {
    fn new() -> Self {
        let server = Server::start_with(&[("AUTH_FAILURE_LIMIT", "10000"), ("RATE_LIMIT_REQUESTS", "10000")]);
        let document = Document::of(&server);
        let token = TESTED_SYSTEMS[0].make_rows(&server, &person).token.unwrap();
        Self { server, document, token }
    }

    /// The operations of all systems that need somebody to be known.
    fn operations(&self) -> impl Iterator<Item = Operation<'_>> {
        let is_of_a_system = |operation: &Operation<'_>| {
            TESTED_SYSTEMS.iter().any(|system| operation.path.starts_with(&format!("/v1/{}/", system.name())))
        };
        let operations = self.document.operations().into_iter().filter(is_of_a_system);
        operations.filter(|operation| !operation.is_public())
    }

    fn rows(&self, operation: Operation<'_>) -> Rows {
        let rows = Rows::for_path(&self.server, operation.path);
        let tokens = format!("/v1/{}/users/{{id}}/tokens", system_of(operation.path).name());
        let hands_out_tokens = self.document.0["paths"].get(&tokens).is_some();
        assert_eq!(
            rows.token.is_some(),
            hands_out_tokens,
            "the rows for {operation} have a token where {tokens} has"
        );
        rows
    }

    /// The request of the document, about these rows, in the state that it is for.
    fn request(&self, operation: Operation<'_>, rows: &Rows) -> Request {
        let request = as_documented(&self.document, operation, rows);
        Client::of(&self.server).prepare(operation, &request);
        request
    }

    /// Sends a request as the user whose rows these are, or as a user of another system where it has no tokens.
    fn send_as(&self, user: &Rows, request: &Request) -> Received {
        let mut request = request.clone();
        let token = user.token.as_ref().unwrap_or(&self.token);
        request.headers.push(("authorization", format!("Bearer {token}")));
        Client::of(&self.server).send(&request)
    }

    /// What a user is answered about rows of another user, and about rows that nobody has.
    fn both_answers(&self, user: &Rows, operation: Operation<'_>) -> [(u16, Value); 2] {
        let foreign = self.rows(operation);
        let replaced: Vec<_> = foreign.ids().map(|id| (id.clone(), unique().to_string())).collect();
        let request = self.request(operation, &foreign);
        let of_nobody = absent(operation, &request, &foreign, &replaced);
        let other = said(&self.send_as(user, &request), &replaced);
        [other, said(&self.send_as(user, &of_nobody), &[])]
    }
}

/// Whether no token is good for an operation.
fn takes_no_token(operation: Operation<'_>, rows: &Rows) -> bool {
    operation.is_for_keys_only() || rows.token.is_none()
}

/// The same request about rows that nobody has, by their ids and by whatever else names them.
fn absent(
    operation: Operation<'_>,
    request: &Request,
    rows: &Rows,
    replaced: &[(String, String)],
) -> Request {
    let mut request = request.clone();
    let replace =
        |text: &str| replaced.iter().fold(text.to_owned(), |text, (old, new)| text.replace(old, new));
    request.path = replace(&request.path);
    request.body = request.body.map(|body| replace(&String::from_utf8(body).unwrap()).into_bytes());
    if let Some(mut body) = request.json().filter(|_| operation.path.ends_with("/lookup")) {
        rows.name_in(&mut body, named_kind(operation.path), true);
        request.set_json(&body);
    }
    request
}

/// Status and body, without what differs from request to request.
fn said(answer: &Received, replaced: &[(String, String)]) -> (u16, Value) {
    let body = String::from_utf8_lossy(&answer.body).into_owned();
    let body = replaced.iter().fold(body, |text, (old, new)| text.replace(old, new));
    let mut body = serde_json::from_str(&body).unwrap_or(Value::String(body));
    if let Some(fields) = body.as_object_mut() {
        fields.remove("request_id");
    }
    (answer.status, body)
}

#[test]
fn what_is_another_users_is_as_if_it_were_not_there() {
    let world = World::new();
    for operation in world.operations() {
        let user = world.rows(operation);
        let [other, nobody] = world.both_answers(&user, operation);
        if system_of(operation.path).shared_reads().contains(&operation.to_string().as_str()) {
            assert_eq!(other.0, 200, "{operation}");
            continue;
        }
        assert_eq!(other, nobody, "{operation} tells another user's row from none");
        if takes_no_token(operation, &user) {
            assert_eq!(other.0, 403, "{operation}");
        } else if other.0 < 300 {
            // A preview stores nothing and names nothing; a list of what somebody owes may be empty.
            let is_empty = other.1["data"].as_array().is_some_and(Vec::is_empty);
            let says_nothing =
                is_empty || operation.path.ends_with("/preview") || is_refused_row_by_row(&other.1);
            assert!(says_nothing, "{operation}: {other:?}");
        } else {
            assert!(matches!(other.0, 404 | 422), "{operation}: {other:?}");
        }
    }
}

#[test]
fn a_leak_would_be_found() {
    let world = World::new();
    world.server.database().sabotage("ALTER TABLE split.contacts DISABLE ROW LEVEL SECURITY");
    let leaks = |operation: &Operation<'_>| {
        let [other, nobody] = world.both_answers(&world.rows(*operation), *operation);
        other != nobody
    };
    let of_contacts = world.operations().filter(|operation| operation.path.contains("/split/"));
    let leaking: Vec<_> = of_contacts.filter(leaks).map(|operation| operation.to_string()).collect();
    assert!(leaking.contains(&"GET /v1/split/contacts/{id}".to_owned()), "{leaking:?}");
    assert!(!leaking.contains(&"GET /v1/split/bills/{id}".to_owned()), "{leaking:?}");
}

/// A batch answers 200 and says of each row what became of it.
fn is_refused_row_by_row(body: &Value) -> bool {
    body["results"].as_array().is_some_and(|rows| {
        !rows.is_empty() && rows.iter().all(|row| row.get("id").is_none_or(Value::is_null))
    })
}

#[test]
fn what_is_deleted_of_another_users_cannot_be_brought_back() {
    let world = World::new();
    let mut tried = 0;
    for operation in world.operations().filter(|operation| operation.path.ends_with("/restore")) {
        let user = world.rows(operation);
        let [other, nobody] = world.both_answers(&user, operation);
        let expected = if takes_no_token(operation, &user) { 403 } else { 404 };
        assert_eq!((other.0, &other), (expected, &nobody), "{operation}");
        tried += 1;
    }
    assert!(tried > 3, "{tried}");
}

#[test]
fn what_is_a_users_own_is_there_for_the_user() {
    let world = World::new();
    for operation in world.operations() {
        let own = world.rows(operation);
        let request = world.request(operation, &own);
        let (status, body) = said(&world.send_as(&own, &request), &[]);
        let name = operation.to_string();
        let refused = system_of(operation.path).refused_to_owners();
        let refused = refused.iter().find(|(refused, _)| *refused == name).map(|(_, status)| *status);
        if takes_no_token(operation, &own) {
            assert_eq!(status, 403, "{name}: {body}");
        } else if let Some(expected) = refused {
            assert_eq!(status, expected, "{name}: {body}");
        } else {
            assert!(status < 300, "{name}: {status} {body}");
        }
    }
}
