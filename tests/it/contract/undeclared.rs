//! No operation passes over what it does not read: an unknown query parameter, or a body where it takes none.

use strongroom_tests::Server;

use super::client::Client;
use super::document::{Document, Operation, Received};
use super::requests::{Request, as_documented};
use super::rows::Rows;

/// What of an answer is not a refusal of this kind.
fn complaints(
    document: &Document,
    operation: Operation<'_>,
    answer: &Received,
    (status, code, pointer): (u16, &str, &str),
) -> Vec<String> {
    let mut complaints = document.complaints(operation, answer);
    let body = String::from_utf8_lossy(&answer.body);
    let names_field = pointer.is_empty() || body.contains(&format!(r#""pointer":"{pointer}""#));
    if answer.status != status || !body.contains(&format!(r#""code":"{code}""#)) || !names_field {
        complaints.push(format!("not {status} {code} at {pointer}: {} {body}", answer.status));
    }
    complaints
}

fn with_query(request: &Request, pair: &str) -> Request {
    Request { path: request.path_with(pair), ..request.clone() }
}

fn with_body(request: &Request, body: &str) -> Request {
    let headers = vec![("content-type", "application/json".to_owned())];
    Request { headers, body: Some(body.as_bytes().to_vec()), ..request.clone() }
}

#[test]
fn an_unknown_parameter_is_refused_everywhere() {
    let server = Server::start();
    let (client, document) = (Client::of(&server), Document::of(&server));
    let mut failures = Vec::new();
    for operation in document.operations().into_iter().filter(|operation| !operation.takes_any_parameter()) {
        let rows = Rows::for_path(&server, operation.path);
        let example = as_documented(&document, operation, &rows);
        for (pair, pointer) in
            [("dryrun=true", "/dryrun"), ("foo=1", "/foo"), ("foo", "/foo"), ("%66oo=", "/foo")]
        {
            let request = with_query(&example, pair);
            let refusal = (422, "unknown_field", pointer);
            let found = complaints(&document, operation, &client.send(&request), refusal);
            failures.extend(found.into_iter().map(|complaint| format!("{request}\n  {complaint}")));
        }
    }
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn a_body_is_refused_where_none_is_taken() {
    let server = Server::start();
    let (client, document) = (Client::of(&server), Document::of(&server));
    let (mut failures, mut tried) = (Vec::new(), 0);
    for operation in document.operations().into_iter().filter(|operation| document.body(*operation).is_none())
    {
        let rows = Rows::for_path(&server, operation.path);
        let example = as_documented(&document, operation, &rows);
        client.prepare(operation, &example);
        for (body, refusal) in [
            (r#"{"amount": "20.00"}"#, (422, "unknown_field", "/amount")),
            (r#"{"a": {"$serde_json::private::Number": "5"}}"#, (422, "unknown_field", "/a")),
            ("[1]", (422, "wrong_type", "")),
            ("amount=20.00", (400, "malformed_json", "")),
            ("{", (400, "malformed_json", "")),
        ] {
            let request = with_body(&example, body);
            let found = complaints(&document, operation, &client.send(&request), refusal);
            failures.extend(found.into_iter().map(|complaint| format!("{request}\n  {complaint}")));
        }
        for body in ["", "{}", "null"] {
            let rows = Rows::for_path(&server, operation.path);
            let example = as_documented(&document, operation, &rows);
            client.prepare(operation, &example);
            let request = with_body(&example, body);
            let answer = client.send(&request);
            if answer.status >= 300 {
                failures.push(format!("{request}\n  -> {} {}", answer.status, answer.body.escape_ascii()));
            }
        }
        tried += 1;
    }
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
    assert!(tried > 15, "{tried}");
}

#[test]
fn who_may_not_ask_hears_nothing_else() {
    let server = Server::start();
    let path = "/v1/split/users/00000000-0000-7000-8000-000000000000?foo=1";
    let refused = server.send("GET", path, &[("authorization", "")], Some("{\"a\": 1}"));
    assert_eq!(refused.expect(401)["code"], "unauthenticated");
}
