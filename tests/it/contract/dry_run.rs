//! A dry run of every operation that changes something leaves every table as it was.

use std::collections::BTreeMap;

use diesel::prelude::*;
use repository::system;
use repository::testing::unique;
use strongroom_tests::Server;

use super::Client;
use super::document::Document;
use super::requests::{Request, as_documented};
use super::rows::Rows;
use crate::guard_routes::OUTSIDE;
use ureq::http;

#[derive(QueryableByName)]
struct Content {
    #[diesel(sql_type = diesel::sql_types::Text)]
    content: String,
}

/// What stands in every table, and how many rows: a digest of all of them.
fn content(server: &Server) -> BTreeMap<String, String> {
    let mut conn = PgConnection::establish(&server.database().url("postgres")).unwrap();
    // The use of a key is noted, whatever it is used for.
    let tables =
        system::tables().map(|table| table.qualified_name()).filter(|name| name != "platform.api_keys");
    let digest = |table: String| {
        let sql = format!(
            "SELECT count(*) || ' ' || coalesce(md5(string_agg(t::text, '' ORDER BY t::text)), '') AS content FROM {table} t"
        );
        let found: Content = diesel::sql_query(sql).get_result(&mut conn).unwrap();
        (table, found.content)
    };
    tables.map(digest).collect()
}

#[test]
fn a_dry_run_of_every_change_stores_nothing() {
    let server = Server::start();
    let (client, document) = (Client::of(&server), Document::of(&server));
    let (mut tried, mut unchanged) = (0, Vec::new());
    for operation in document.operations() {
        if !operation.parameters("query").contains(&"dry_run") {
            continue;
        }
        let rows = Rows::for_path(&server, operation.path);
        let example = as_documented(&document, operation, &rows);
        client.prepare(operation, &example);
        let with_key =
            [example.headers.as_slice(), &[("idempotency-key", format!("dry-{}", unique()))]].concat();
        let dry =
            Request { path: format!("{}?dry_run=true", example.path), headers: with_key, ..example.clone() };

        let before = content(&server);
        let answer = client.send(&dry);
        assert!(answer.status < 300, "{dry}\n{}", answer.body.escape_ascii());
        assert_eq!(content(&server), before, "{operation}");
        assert_eq!(answer.headers["dry-run"], "true", "{operation}");

        let real = client.send(&example);
        assert_eq!(real.status, answer.status, "{operation}");
        let is_outside = OUTSIDE.iter().any(|tag| operation.definition["tags"][0] == *tag);
        if !is_outside {
            tried += 1;
            unchanged.extend((content(&server) == before).then(|| operation.to_string()));
        }
        for name in [http::header::LOCATION, http::header::ETAG, http::header::CONTENT_TYPE] {
            let has = |headers: &http::HeaderMap| headers.contains_key(&name);
            assert_eq!(has(&answer.headers), has(&real.headers), "{operation}: {name}");
        }
    }
    // Asking again for what was asked for or begun changes nothing, in earnest neither, and no chat is old enough to be closed.
    assert!(tried > 20 && unchanged.len() <= 6, "{unchanged:?} of {tried} operations change nothing");
}
