//! The OpenAPI document against the server: every operation answers its example with success, and whatever it is sent
//! as the document describes.
//!
//! A short form of `make test-contract`. Requests are made from a seed: `CONTRACT_SEED=7 make test` sends others, and
//! `CONTRACT_CASES` more of them.

mod arrays;
pub(crate) mod client;
pub(crate) mod document;
mod dry_run;
pub(crate) mod requests;
mod reserved_keys;
pub(crate) mod rows;
mod schema;
mod scopes;
pub(crate) mod systems;
mod targets;
mod two_users;
mod undeclared;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::thread;

use repository::{SYSTEMS, System};
use serde_json::json;
use strongroom_tests::{Random, Server};

use client::Client;
use document::{Document, Operation, Received};
use requests::{Request, as_documented, odd};
use rows::Rows;

/// How many odd requests an operation with a body is sent.
const CASES: u64 = 30;

/// How many failures are shown.
const SHOWN: usize = 20;

#[test]
fn every_answer_is_as_the_document_describes_it() {
    let (seed, cases) = (setting("CONTRACT_SEED", 1), setting("CONTRACT_CASES", CASES));
    // Shown when the test fails, in whatever way.
    println!("CONTRACT_SEED={seed} CONTRACT_CASES={cases}");
    // Odd log-ins are wrong guesses, more than an address has.
    let server = Server::start_with(&[("AUTH_FAILURE_LIMIT", "10000")]);
    let document = Document::of(&server);
    let failures = Mutex::new(Vec::new());
    let operations = Mutex::new(document.operations().into_iter());
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let client = Client::of(&server);
                let next = || operations.lock().unwrap().next();
                while let Some(operation) = next() {
                    let found = check(&client, &document, operation, seed, cases);
                    failures.lock().unwrap().extend(found);
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    let shown = failures.iter().take(SHOWN).cloned().collect::<Vec<_>>().join("\n\n");
    assert!(failures.is_empty(), "{} failures:\n\n{shown}", failures.len());
}

/// utoipa keeps one of two schemas of a section with the same name, and shows it in the place of the other.
#[test]
fn no_two_schemas_have_the_same_name() {
    let mut names = Vec::new();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("bins/api/src");
    let mut folders = vec![source.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            for after_derive in fs::read_to_string(&path).unwrap().split("ToSchema)]\n").skip(1) {
                let mut words =
                    after_derive.split_whitespace().skip_while(|word| !["struct", "enum"].contains(word));
                let name = words.nth(1).unwrap().split(['<', '(', ';']).next().unwrap();
                let is_of = |system: &&&System| path.starts_with(source.join(system.name));
                let section = SYSTEMS.iter().find(is_of).map_or("platform", |system| system.name);
                names.push((section, name.to_owned()));
            }
        }
    }
    assert!(names.len() > 20, "{names:?}");
    names.sort_unstable();
    let twice: Vec<_> = names.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| &pair[0]).collect();
    assert!(twice.is_empty(), "each of these names stands for two types: {twice:?}");
}

#[test]
fn an_answer_that_is_not_described_is_found() {
    let server = Server::start();
    let document = Document::of(&server);
    let rows = Rows::for_path(&server, "/v1/split");
    let operations = document.operations();
    let operation =
        *operations.iter().find(|operation| operation.to_string() == "GET /v1/split/users/{id}").unwrap();
    let request = as_documented(&document, operation, &rows);
    let answer = || Client::of(&server).send(&request);
    assert!(document.complaints(operation, &answer()).is_empty());

    let at = |place: &str| format!("/paths/~1v1~1split~1users~1{{id}}/get/responses{place}");
    for (place, instead, complaint) in [
        (at(""), json!({}), "the status 200 is not described"),
        (
            at("/200/content"),
            json!({"text/plain": {}}),
            "the content type \"application/json\" is not described",
        ),
        (at("/200/content"), json!({}), "there is a body, and none is described"),
        (at("/200/headers"), json!({"Location": {}}), "the header Location is missing"),
        ("/components/schemas/SplitUser/required".to_owned(), json!(["age"]), "the body lacks the field age"),
        (
            "/components/schemas/SplitUser/properties/name/type".to_owned(),
            json!("integer"),
            "the body/name is not of",
        ),
    ] {
        let mut other = document.0.clone();
        *other.pointer_mut(&place).unwrap_or_else(|| panic!("{place} is not there")) = instead;
        let other = Document(other);
        let operations = other.operations();
        let operation = operations.iter().find(|found| found.to_string() == operation.to_string()).unwrap();
        let complaints = other.complaints(*operation, &answer());
        assert!(complaints.iter().any(|found| found.starts_with(complaint)), "{place}: {complaints:?}");
    }
    let broken = Received { status: 500, ..answer() };
    assert!(!document.complaints(operation, &broken).is_empty());
}

/// Sends an operation its example and then odd requests, and tells what is wrong with the answers.
fn check(
    client: &Client,
    document: &Document,
    operation: Operation<'_>,
    seed: u64,
    cases: u64,
) -> Vec<String> {
    let mut random = Random::new(seed, &operation.to_string());
    let (mut failures, mut seen) = (Vec::new(), BTreeSet::new());
    let mut judge = |request: &Request, is_example: bool| {
        let answer = client.send(request);
        let mut complaints = document.complaints(operation, &answer);
        if is_example && answer.status >= 300 {
            complaints.push(format!("the example of the document is answered with {}", answer.status));
        }
        // One request is enough to see a mistake.
        complaints.retain(|complaint| seen.insert(without_numbers(complaint)));
        if !complaints.is_empty() {
            let body = answer.body.escape_ascii().to_string();
            failures.push(format!(
                "{request}\n  -> {} {body:.1000}\n  {}",
                answer.status,
                complaints.join("\n  ")
            ));
        }
        answer.status < 300
    };

    let rows_of_its_own = || Rows::for_path(client.server, operation.path);
    let mut rows = rows_of_its_own();
    let example = as_documented(document, operation, &rows);
    client.prepare(operation, &example);
    judge(&example, true);
    let without_key = [example.headers.as_slice(), &[("authorization", String::new())]].concat();
    judge(&Request { headers: without_key, ..example }, false);

    // A key is all that a request without parameters or a body can be wrong about.
    let has = |place| !operation.parameters(place).is_empty();
    let cases = match (document.body(operation), has("query"), has("path")) {
        (Some(_), ..) => cases,
        (None, true, _) => cases / 2,
        (None, false, true) => cases / 4,
        (None, false, false) => 2,
    };
    for _ in 0..cases {
        let request = odd(document, operation, &rows, &mut random);
        let succeeded = judge(&request, false);
        // What deletes its rows leaves none to ask for.
        if succeeded && request.method == "DELETE" {
            rows = rows_of_its_own();
        }
    }
    failures
}

/// The same for a mistake in the first and in the second row of a list, and whatever the value is.
fn without_numbers(complaint: &str) -> String {
    let what = complaint.split_once(": ").map_or(complaint, |(what, _)| what);
    what.chars().filter(|sign| !sign.is_ascii_digit()).collect()
}

#[expect(clippy::disallowed_methods, reason = "a seed that failed is given to try it again")]
fn setting(name: &str, otherwise: u64) -> u64 {
    let given = std::env::var(name).ok();
    given.map_or(otherwise, |text| text.parse().unwrap_or_else(|_| panic!("{name} must be a whole number")))
}
