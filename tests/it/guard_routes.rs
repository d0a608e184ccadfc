//! Every route needs a key or is on the list of public ones, and stands in the OpenAPI document.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use strongroom_tests::Server;

use crate::guard_schema::agree;

/// Routes that answer without a key, each with its reason.
const PUBLIC: &[(&str, &str)] = &[
    // Asked by whoever watches the process, before any key could be checked.
    ("GET", "/livez"),
    ("GET", "/readyz"),
    // What the API is, not what it holds.
    ("GET", "/openapi.json"),
    // What the body brings is the key.
    ("POST", "/v1/export/log-in"),
    ("POST", "/v1/export/register"),
    ("POST", "/v1/tokens/refresh"),
    ("POST", "/v1/tokens/revoke"),
    ("POST", "/v1/whatsapp/log-in"),
    // A signature takes the place of a key.
    ("POST", "/v1/whatsapp/webhook/twilio"),
    ("POST", "/v1/whatsapp/webhook/twilio/status"),
];

pub(crate) fn operations(document: &Value) -> Vec<(String, String)> {
    let paths = document["paths"].as_object().unwrap();
    let of_path = |(path, operations): (&String, &Value)| -> Vec<(String, String)> {
        let methods = operations.as_object().unwrap().keys().filter(|key| *key != "parameters");
        methods.map(|method| (method.to_uppercase(), path.clone())).collect()
    };
    paths.iter().flat_map(of_path).collect()
}

#[test]
fn every_documented_route_needs_a_key_or_is_public() {
    let server = Server::start();
    let document = server.send("GET", "/openapi.json", &[("authorization", "")], None).expect(200);
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let operations = operations(&document);
    assert!(operations.len() > 25, "{operations:?}");
    for (method, path) in operations {
        let concrete = path.replace("{id}", "00000000-0000-7000-8000-000000000000");
        let body = matches!(method.as_str(), "POST" | "PUT" | "PATCH").then_some("{}");
        let answer = server.send(&method, &concrete, &[("authorization", "")], body);
        let is_public = PUBLIC.contains(&(method.as_str(), path.as_str()));
        let security = &document["paths"][&path][method.to_lowercase()]["security"];
        assert_eq!(
            *security == json!([{}]),
            is_public,
            "{method} {path} says {security}; what needs no key stands in PUBLIC with the reason"
        );
        if is_public {
            assert_ne!(answer.status, 401, "{method} {path}");
        } else {
            assert_eq!(answer.status, 401, "{method} {path} answers without a key");
        }
    }
}

#[test]
fn every_route_in_the_source_is_documented() {
    let server = Server::start();
    let document = server.get("/openapi.json").expect(200);
    let documented: BTreeSet<String> =
        operations(&document).into_iter().map(|(method, path)| format!("{method} {path}")).collect();
    let mut written = BTreeSet::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("bins/api/src")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            let program = text.split("#[cfg(test)]").next().unwrap();
            let attributes = program.split("#[utoipa::path(").skip(1);
            written.extend(attributes.map(|attribute| {
                let (method, rest) = attribute.split_once(", path = \"").unwrap();
                format!("{} {}", method.to_uppercase(), rest.split('"').next().unwrap())
            }));
        }
    }
    assert!(written.len() > 25, "{written:?}");
    agree(
        "a handler is named in add_routes!, and its file's `routes` called in SECTION",
        &documented,
        &written,
    );
}

/// Tags of sessions that are rows like any other.
const STORED: [&str; 1] = ["market bot sessions"];

/// Tags of operations that change nothing in the database, and so have no transaction to keep an answer in.
pub(crate) const OUTSIDE: [&str; 2] = ["market kept values", "market rate limits"];

/// Whether an operation changes something, by the scopes that the document names.
fn is_change(method: &str, operation: &Value) -> bool {
    let scopes = operation["security"].to_string();
    method != "GET" && (scopes.contains(":write\"") || scopes.contains(":admin\""))
}

#[test]
fn every_change_can_be_repeated_and_run_dry_and_nothing_else() {
    let server = Server::start();
    let document = server.get("/openapi.json").expect(200);
    let mut changes = 0;
    for (method, path) in operations(&document) {
        let operation = &document["paths"][&path][method.to_lowercase()];
        let has = |name: &str| {
            operation["parameters"]
                .as_array()
                .into_iter()
                .flatten()
                .any(|parameter| parameter["name"] == name)
        };
        let concrete = path.replace("{id}", "00000000-0000-7000-8000-000000000000");
        let body = (method != "GET" && method != "DELETE").then_some("{}");
        let send = |query: &str, key: &str| {
            server.send(&method, &format!("{concrete}{query}"), &[("idempotency-key", key)], body)
        };
        // Sessions and passwords take two transactions, or hold secrets of which the database has a hash only.
        let tag = operation["tags"][0].as_str().unwrap();
        let is_about_sessions = tag.ends_with(" sessions") && !STORED.contains(&tag);
        assert!(
            has("dry_run") || !is_change(&method, operation) || is_about_sessions,
            "{method} {path} takes no dry run: its handler begins with a Change or a Removal"
        );
        let must_take_key = is_change(&method, operation)
            && method != "DELETE"
            && !is_about_sessions
            && !OUTSIDE.contains(&tag);
        assert_eq!(
            has("Idempotency-Key"),
            must_take_key,
            "{method} {path}: every change takes a key, except a DELETE, those with a tag that ends in `sessions`, and those of OUTSIDE"
        );
        if !has("dry_run") {
            if path.starts_with("/v1/") && !path.contains("/webhook/") {
                send("?dry_run=true", "").expect(422);
            }
            continue;
        }
        changes += 1;
        let problem = send("?dry_run=maybe", "").expect(422);
        assert_eq!(problem["errors"][0]["pointer"], "/dry_run", "{method} {path}");
        if must_take_key {
            let problem = send("", "two words").expect(400);
            assert!(problem["detail"].as_str().unwrap().starts_with("Idempotency-Key"), "{method} {path}");
            for status in ["400", "409", "422"] {
                assert!(operation["responses"][status].is_object(), "{method} {path} lacks {status}");
            }
        }
    }
    assert!(changes > 20, "{changes}");
}

#[test]
fn the_document_describes_answers_and_errors() {
    let server = Server::start();
    let document = server.get("/openapi.json").expect(200);
    for (method, path) in operations(&document) {
        let operation = &document["paths"][&path][method.to_lowercase()];
        let responses: Vec<&String> = operation["responses"].as_object().unwrap().keys().collect();
        assert!(responses.iter().any(|status| status.starts_with('2')), "{method} {path}: {responses:?}");
        if path.starts_with("/v1/") {
            // Nobody has to be known to register, and what is signed is refused without a signature.
            let refusal = match path.rsplit('/').next() {
                Some("register") => "409",
                Some("twilio" | "status") if path.contains("/webhook/") => "403",
                _ => "401",
            };
            assert!(responses.iter().any(|status| *status == refusal), "{method} {path}: {responses:?}");
            assert!(
                operation["summary"].is_string() || operation["description"].is_string(),
                "{method} {path} says nothing"
            );
        }
    }
}
