//! `?dry_run=true`: everything is done, answered, and taken back. That no route stores anything is for
//! `contract/dry_run.rs` to see.

use serde_json::json;

use crate::world::{World, id, text};

#[test]
fn a_dry_run_answers_as_if_and_stores_nothing() {
    let world = World::with_contacts(3);
    let server = &world.server;
    let bill = json!({"user_id": world.user, "total_amount": "100.00", "split": world.equally()});
    let tried = server.post("/v1/split/bills?dry_run=true", &bill);
    assert_eq!((tried.header("dry-run"), tried.header("etag")), ("true", "\"1\""));
    let location = tried.header("location").to_owned();
    let tried = tried.expect(201);
    assert_eq!(tried["participants"][0]["amount_owed"], "33.34");
    assert_eq!(location, format!("/v1/split/bills/{}", id(&tried)));
    server.get(&location).expect(404);

    let made = server.post("/v1/split/bills?dry_run=false", &bill);
    assert_eq!(made.header("dry-run"), "");
    server.get(made.header("location")).expect(200);
}

#[test]
fn a_dry_run_is_refused_for_the_same_reasons() {
    let world = World::with_contacts(1);
    let server = &world.server;
    let taken = server.post("/v1/split/users?dry_run=true", &json!({"phone_number": "9876543210"}));
    assert_eq!(taken.header("dry-run"), "true");
    assert_eq!(taken.expect(409)["existing_id"], json!(world.user));
    let path = format!("/v1/split/contacts/{}?dry_run=true", world.contacts[0]);
    let stale = server.send("PATCH", &path, &[("if-match", "\"9\"")], Some(r#"{"name": "Ravi"}"#));
    stale.expect(412);
    let nobody = "/v1/split/users/00000000-0000-7000-8000-000000000000?dry_run=true";
    assert_eq!(server.send("DELETE", nobody, &[], None).header("dry-run"), "true");
}

#[test]
fn a_dry_run_ignores_a_key() {
    let world = World::with_contacts(0);
    let server = &world.server;
    let bill = json!({"user_id": world.user, "total_amount": "1.00"}).to_string();
    let send = |path: &str| server.send("POST", path, &[("idempotency-key", "k")], Some(&bill));
    for _ in 0..2 {
        let tried = send("/v1/split/bills?dry_run=true");
        assert_eq!((tried.status, tried.header("idempotent-replayed")), (201, ""));
    }
    assert_eq!(send("/v1/split/bills").header("idempotent-replayed"), "");
    let tried = send("/v1/split/bills?dry_run=true");
    assert_eq!((tried.header("dry-run"), tried.header("idempotent-replayed")), ("true", ""));
    assert_eq!(send("/v1/split/bills").header("idempotent-replayed"), "true");
}

#[test]
fn an_erasure_can_be_tried() {
    let world = World::with_contacts(2);
    let server = &world.server;
    let path = format!("/v1/split/users/{}", world.user);
    let tried = server.send("DELETE", &format!("{path}?erase=true&dry_run=true"), &[], None);
    assert_eq!(tried.header("dry-run"), "true");
    assert_eq!(tried.expect(200)["contacts"], 2);
    server.get(&path).expect(200);
    let tried = server.send("DELETE", &format!("{path}?dry_run=true"), &[], None);
    assert_eq!((tried.status, tried.header("dry-run")), (204, "true"));
    server.get(&path).expect(200);
}

#[test]
fn what_cannot_be_tried_says_so() {
    let world = World::with_contacts(0);
    let server = &world.server;
    let user = format!("/v1/split/users/{}", world.user);
    let phone = json!({"phone_number": "9876543210"});
    for refused in [
        server.get(&format!("{user}?dry_run=true")),
        server.get(&format!("{user}/bills?limit=5&dry_run=false")),
        server.post("/v1/split/users/lookup?dry_run=true", &phone),
        server.post("/v1/split/users?dry_run=maybe", &phone),
        server.post("/v1/split/users?dry_run=true&dry_run=true", &phone),
        server.send("DELETE", &format!("{user}?dry_run="), &[], None),
    ] {
        assert_eq!(text(&refused.expect(422), "/errors/0/pointer"), "/dry_run");
    }
    server.get(&user).expect(200);
}
