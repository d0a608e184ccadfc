//! Two users: whatever one of them asks for of the other is answered as if it were not there.
//!
//! Every operation of the document is sent as it is documented, with a user's token, three times: about rows of the other
//! user, about rows that nobody has, and about the user's own. The first two answers must be the same but for the ids that
//! were sent.

use repository::testing::unique;
use serde_json::{Value, json};
use strongroom_tests::Server;

use super::document::{Document, Operation};
use super::requests::{Request, as_documented};
use super::rows::{Rows, person};
use super::{Client, Received};
use crate::world::text;

/// What no token of a user is good for, each with its reason.
const KEYS_ONLY: &[&str] = &[
    // Looks after users.
    "POST /v1/split/users",
    "PUT /v1/split/users/by-phone",
    "POST /v1/split/users/{id}/tokens",
    "DELETE /v1/split/users/{id}/tokens",
];

/// What answers with 404 to a user about rows of its own, because the user has what the document's example asks for no
/// longer, or never had it.
const NOTHING_OF_ITS_OWN: &[&str] = &["POST /v1/split/users/{id}/restore"];

struct World {
    server: Server,
    document: Document,
    bearer: String,
}

impl World {
    fn client(&self) -> Client<'_> {
        Client::of(&self.server)
    }

    /// Sends a request as the user.
    fn send(&self, request: &Request) -> Received {
        let mut request = request.clone();
        request.headers.push(("authorization", self.bearer.clone()));
        self.client().send(&request)
    }

    /// The request of the document, about these rows; a look-up is about the phone number that they have.
    fn request(&self, operation: Operation<'_>, rows: &Rows) -> Request {
        let request = as_documented(&self.document, operation, rows);
        self.client().prepare(operation, &request);
        if operation.path.ends_with("/lookup") {
            let user = self.server.get(&format!("/v1/split/users/{}", rows.of("users")[0])).expect(200);
            let contact =
                self.server.get(&format!("/v1/split/contacts/{}", rows.of("contacts")[0])).expect(200);
            let owner = if operation.path == "/v1/split/users/lookup" { user } else { contact };
            return with_body(request, |body| {
                for field in ["phone_number", "name"] {
                    if body.get(field).is_some() {
                        body[field] = owner[field].clone();
                    }
                }
            });
        }
        request
    }
}

fn with_body(mut request: Request, change: impl FnOnce(&mut Value)) -> Request {
    let mut body = serde_json::from_slice(request.body.as_deref().unwrap()).unwrap();
    change(&mut body);
    request.body = Some(body.to_string().into_bytes());
    request
}

/// The same request about rows that nobody has, and about a phone number that nobody has.
fn absent(request: &Request, replaced: &[(String, String)]) -> Request {
    let mut request = request.clone();
    let replace =
        |text: &str| replaced.iter().fold(text.to_owned(), |text, (old, new)| text.replace(old, new));
    request.path = replace(&request.path);
    request.body = request.body.map(|body| replace(&String::from_utf8(body).unwrap()).into_bytes());
    if request.path.ends_with("/lookup") {
        return with_body(request, |body| {
            if body.get("phone_number").is_some() {
                body["phone_number"] = person()["phone_number"].clone();
            }
            if body.get("reference").is_some() {
                body["reference"] = json!(unique().simple().to_string());
            }
            if body.get("name").is_some() {
                body["name"] = json!("Nobody at all");
            }
        });
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

fn world() -> (World, Rows) {
    let server = Server::start();
    let document = Document::of(&server);
    let own = Rows::on(&server);
    let tokens =
        server.post(&format!("/v1/split/users/{}/tokens", own.of("users")[0]), &json!({})).expect(200);
    let bearer = format!("Bearer {}", text(&tokens, "/access_token"));
    (World { server, document, bearer }, own)
}

fn of_split(document: &Document) -> impl Iterator<Item = Operation<'_>> {
    document.operations().into_iter().filter(|operation| operation.path.starts_with("/v1/split/"))
}

/// What is answered about rows of another user, and about rows that nobody has.
fn both_answers(world: &World, operation: Operation<'_>) -> [(u16, Value); 2] {
    let foreign = Rows::on(&world.server);
    let replaced: Vec<_> = foreign.ids().map(|id| (id.clone(), unique().to_string())).collect();
    let request = world.request(operation, &foreign);
    let other = said(&world.send(&request), &replaced);
    [other, said(&world.send(&absent(&request, &replaced)), &[])]
}

#[test]
fn what_is_another_users_is_as_if_it_were_not_there() {
    let (world, _) = world();
    for operation in of_split(&world.document) {
        let [other, nobody] = both_answers(&world, operation);
        assert_eq!(other, nobody, "{operation} tells another user's row from none");
        if KEYS_ONLY.contains(&operation.to_string().as_str()) {
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
    let (world, _) = world();
    world.server.database().sabotage("ALTER TABLE split.contacts DISABLE ROW LEVEL SECURITY");
    let leaks = |operation: &Operation<'_>| {
        let [other, nobody] = both_answers(&world, *operation);
        other != nobody
    };
    let leaking: Vec<_> =
        of_split(&world.document).filter(leaks).map(|operation| operation.to_string()).collect();
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
    let (world, _) = world();
    let foreign = Rows::on(&world.server);
    for path in [
        format!("/v1/split/bills/{}", foreign.of("bills")[0]),
        format!("/v1/split/contacts/{}", foreign.of("contacts")[0]),
        format!("/v1/split/users/{}", foreign.of("users")[0]),
    ] {
        assert_eq!(world.server.send("DELETE", &path, &[], None).status, 204, "{path}");
        let restore = |path: &str| {
            let headers = [("authorization", world.bearer.as_str())];
            let answer = world.server.send("POST", &format!("{path}/restore"), &headers, Some("{}"));
            let mut body = answer.expect(404);
            body.as_object_mut().unwrap().remove("request_id");
            body
        };
        let (folder, _) = path.rsplit_once('/').unwrap();
        assert_eq!(restore(&path), restore(&format!("{folder}/{}", unique())), "{path}");
        world.server.get(&path).expect(404);
    }
}

#[test]
fn what_is_a_users_own_is_there_for_the_user() {
    let (world, _) = world();
    for operation in of_split(&world.document) {
        let own = Rows::on(&world.server);
        let tokens = world
            .server
            .post(&format!("/v1/split/users/{}/tokens", own.of("users")[0]), &json!({}))
            .expect(200);
        let mut request = world.request(operation, &own);
        request.headers.push(("authorization", format!("Bearer {}", text(&tokens, "/access_token"))));
        let answer = world.client().send(&request);
        let (status, body) = said(&answer, &[]);
        let name = operation.to_string();
        if KEYS_ONLY.contains(&name.as_str()) {
            assert_eq!(status, 403, "{name}: {body}");
        } else if NOTHING_OF_ITS_OWN.contains(&name.as_str()) {
            assert_eq!(status, 401, "{name}: {body}");
        } else {
            assert!(status < 300, "{name}: {status} {body}");
        }
    }
}
