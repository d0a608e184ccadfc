//! `If-None-Match`: a client that has the version already is told so, on every route whose answer has an `ETag`.

use serde_json::json;
use strongroom_tests::Server;

use crate::contract::client::Client;
use crate::contract::document::Document;
use crate::contract::requests::as_documented;
use crate::contract::rows::Rows;
use crate::world::{World, id};

#[test]
fn every_read_with_an_etag_takes_if_none_match() {
    let server = Server::start();
    let (document, client) = (Document::of(&server), Client::of(&server));
    let mut conditional = 0;
    for operation in document.operations().into_iter().filter(|operation| operation.method == "get") {
        let rows = Rows::for_path(&server, operation.path);
        let request = as_documented(&document, operation, &rows);
        client.prepare(operation, &request);
        let found = client.send(&request);
        let etag = found.headers.get("etag").map(|value| value.to_str().unwrap().to_owned());
        let is_documented = operation.parameters("header").contains(&"If-None-Match");
        assert_eq!(etag.is_some(), is_documented, "{operation} is answered with {}", found.status);
        let Some(etag) = etag else { continue };
        conditional += 1;
        for (tag, status) in
            [(etag.as_str(), 304), (&format!("\"0\", W/{etag}"), 304), ("*", 304), ("\"0\"", 200)]
        {
            let mut again = request.clone();
            again.headers.push(("If-None-Match", tag.to_owned()));
            let answer = client.send(&again);
            assert_eq!(answer.status, status, "{operation} with {tag}");
            assert_eq!(answer.headers["etag"], etag.as_str(), "{operation} with {tag}");
            assert_eq!(answer.body.is_empty(), status == 304, "{operation} with {tag}");
            assert!(document.complaints(operation, &answer).is_empty(), "{operation} with {tag}");
        }
    }
    assert!(conditional >= 3, "{conditional}");
}

#[test]
fn a_change_makes_the_old_tag_an_old_one() {
    let world = World::with_contacts(1);
    let bill = format!("/v1/split/bills/{}", id(&world.bill("100.00")));
    let etag = world.server.get(&bill).header("etag").to_owned();
    let read = || world.server.send("GET", &bill, &[("if-none-match", &etag)], None);
    assert_eq!(read().status, 304);
    // The bill shows the name.
    let contact = format!("/v1/split/contacts/{}", world.contacts[0]);
    world.server.send("PATCH", &contact, &[], Some(&json!({"name": "Renamed"}).to_string())).expect(200);
    let changed = read();
    assert_eq!(changed.expect(200)["participants"][0]["name"], "Renamed");
    assert_ne!(changed.header("etag"), etag);
    // A change is made, whatever its client has read.
    let tags = [("if-none-match", changed.header("etag"))];
    world.server.send("PATCH", &bill, &tags, Some(&json!({"merchant": "Saffron"}).to_string())).expect(200);
}
