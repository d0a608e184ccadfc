//! Erasing people for good.

use serde_json::json;

use crate::world::{World, id, text};

#[test]
fn an_erased_user_is_gone_with_everything_and_from_the_contacts_of_others() {
    let world = World::with_contacts(2);
    let server = &world.server;
    let bill = world.bill("100.00");
    server.post(&format!("/v1/split/bills/{}/payment-requests", id(&bill)), &json!({})).expect(201);
    let talk = format!("/v1/split/users/{}/conversations/s1/errors", world.user);
    server.post(&talk, &json!({"error": "x"})).expect(200);
    let other = id(&server.post("/v1/split/users", &json!({"phone_number": "+919876543299"})).expect(201));
    let asha = json!({"name": "Asha", "phone_number": "+919876543210"});
    let asha = id(&server.post(&format!("/v1/split/users/{other}/contacts"), &asha).expect(201));

    let path = format!("/v1/split/users/{}", world.user);
    assert_eq!(server.send("DELETE", &format!("{path}?erase=false"), &[], None).status, 204);
    server.get(&path).expect(404);
    let erased = server.send("DELETE", &format!("{path}?erase=true"), &[], None).expect(200);
    let expected = json!({"users": 1, "contacts": 3, "contacts_overwritten": 0, "bills": 1, "bill_participants": 2,
        "payment_requests": 2, "conversation_states": 1, "idempotency_keys": 0});
    assert_eq!(erased, expected);
    server.post(&format!("{path}/restore"), &json!({})).expect(404);
    server.get(&format!("/v1/split/contacts/{asha}")).expect(404);
    assert_eq!(server.send("DELETE", &format!("{path}?erase=true"), &[], None).status, 404);
}

#[test]
fn an_erased_contact_leaves_the_amounts() {
    let world = World::with_contacts(2);
    let server = &world.server;
    let bill = world.bill("100.00");
    server.post(&format!("/v1/split/bills/{}/payment-requests", id(&bill)), &json!({})).expect(201);
    let path = format!("/v1/split/contacts/{}", world.contacts[0]);
    let stale = server.send("DELETE", &format!("{path}?erase=true"), &[("if-match", "\"9\"")], None);
    assert_eq!(stale.expect(412)["code"], "precondition_failed");
    assert_eq!(server.send("DELETE", &path, &[], None).status, 204);
    let erased = server.send("DELETE", &format!("{path}?erase=true"), &[], None).expect(200);
    assert_eq!((&erased["contacts"], &erased["contacts_overwritten"]), (&json!(0), &json!(1)));
    assert_eq!(erased["payment_requests"], 1);
    let after = server.get(&format!("/v1/split/bills/{}", id(&bill))).expect(200);
    assert_eq!(text(&after, "/participants/0/amount_owed"), "50.00");
    let requests = server.get(&format!("/v1/split/bills/{}/payment-requests", id(&bill))).expect(200);
    assert_eq!(requests["data"][0]["closed_reason"], "erased");
    assert!(requests["data"][0]["upi_link"].is_null() && requests["data"][1]["upi_link"].is_string());
    server.post(&format!("{path}/restore"), &json!({})).expect(404);
    let verified = strongroom_tests::db_manage(server.database(), &["keys", "verify"]);
    assert_eq!(verified.code, 0, "{}", verified.stderr);
    assert_ne!(text(&after, "/participants/0/name"), "Friend 0");
}

#[test]
fn only_an_admin_may_erase() {
    let world = World::with_contacts(1);
    let create = ["api-key", "create", "--name", "writer", "--scope", "split:write", "--format", "json"];
    let made = strongroom_tests::db_manage(world.server.database(), &create).json();
    let bearer = format!("Bearer {}", text(&made, "/key"));
    let header = [("authorization", bearer.as_str())];
    for path in
        [format!("/v1/split/users/{}", world.user), format!("/v1/split/contacts/{}", world.contacts[0])]
    {
        let refused = world.server.send("DELETE", &format!("{path}?erase=true"), &header, None);
        assert_eq!(refused.expect(403)["code"], "insufficient_scope");
        let wrong = world.server.send("DELETE", &format!("{path}?erase=perhaps"), &[], None);
        assert_eq!(wrong.expect(422)["errors"][0]["pointer"], "/erase");
        world.server.get(&path).expect(200);
    }
    let contact = format!("/v1/split/contacts/{}", world.contacts[0]);
    assert_eq!(world.server.send("DELETE", &contact, &header, None).status, 204);
}
