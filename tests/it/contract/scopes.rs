//! The scope that the document names for an operation is the one that it needs: a key one level below is refused.

use std::collections::BTreeMap;

use strongroom_tests::{Server, db_manage};

use super::client::Client;
use super::document::Document;
use super::requests::{Request, as_documented};
use super::rows::Rows;
use crate::world::text;

/// Keys with one scope each, made when they are first needed.
struct Keys<'a> {
    server: &'a Server,
    made: BTreeMap<String, String>,
}

impl Keys<'_> {
    fn bearer(&mut self, scope: &str) -> String {
        let make = || {
            let command = ["api-key", "create", "--name", scope, "--scope", scope, "--format", "json"];
            text(&db_manage(self.server.database(), &command).json(), "/key")
        };
        format!("Bearer {}", self.made.entry(scope.to_owned()).or_insert_with(make))
    }
}

/// The scope one level below; a scope of another system for one that has none below.
fn below(scope: &str) -> String {
    match scope.split_once(':') {
        // The audit log is open to whoever looks after a system.
        Some(("platform", _)) => "split:write".to_owned(),
        Some((system, "admin")) => format!("{system}:write"),
        Some((system, "write")) => format!("{system}:read"),
        _ => "platform:admin".to_owned(),
    }
}

#[test]
fn a_key_one_level_below_the_documented_scope_is_refused() {
    let server = Server::start_with(&[("AUTH_FAILURE_LIMIT", "10000")]);
    let (client, document) = (Client::of(&server), Document::of(&server));
    let mut keys = Keys { server: &server, made: BTreeMap::new() };
    let mut tried = 0;
    for operation in document.operations() {
        let scopes = operation.scopes();
        // An operation with two does more for the higher one.
        let Some(lowest) = scopes.first() else { continue };
        let rows = Rows::for_path(&server, operation.path);
        let example = as_documented(&document, operation, &rows);
        client.prepare(operation, &example);
        let mut send = |scope: &str| {
            let headers = [example.headers.as_slice(), &[("authorization", keys.bearer(scope))]].concat();
            client.send(&Request { headers, ..example.clone() })
        };
        let refused = send(&below(lowest));
        assert_eq!(refused.status, 403, "{operation} with {}", below(lowest));
        let answer = send(lowest);
        assert!(answer.status < 300, "{operation} with {lowest} is answered with {}", answer.status);
        tried += 1;
    }
    assert!(tried > 50, "{tried}");
}
