//! Contacts and bills in bulk.

use serde_json::{Value, json};
use strongroom_tests::Answer;

use crate::world::{World, each, id, text};

fn send(world: &World, path: &str, rows: &[Value]) -> Answer {
    world.server.post(path, &json!(rows))
}

fn statuses(answer: &Value) -> Vec<&str> {
    each(&answer["results"], "status")
}

#[test]
fn valid_contacts_are_stored_and_every_row_has_its_result() {
    let world = World::with_contacts(2);
    let path = format!("/v1/split/users/{}/contacts/batch", world.user);
    let rows = [
        json!({"name": "Ravi", "phone_number": "98765 43211"}),
        json!({"name": "Somebody else", "phone_number": "+919876544000"}),
        json!({"name": "Ravi again", "phone_number": "+919876543211"}),
        json!({"name": "", "phone_number": "12"}),
        json!({"name": "Meera", "phone": "9876543212"}),
        json!({"id": world.contacts[0], "name": "Renamed"}),
        json!({"id": world.contacts[1], "phone_number": "+919876544000"}),
        json!({"id": world.contacts[0], "name": "Twice"}),
        json!({"id": "00000000-0000-7000-8000-000000000000", "name": "Nobody"}),
        json!(7),
    ];
    let stored = send(&world, &path, &rows).expect(200);
    let expected = [
        "created",
        "found",
        "found",
        "invalid",
        "invalid",
        "updated",
        "invalid",
        "invalid",
        "not_found",
        "invalid",
    ];
    assert_eq!(statuses(&stored), expected, "{stored}");
    assert_eq!(
        stored["counts"],
        json!({"created": 1, "found": 2, "updated": 1, "invalid": 5, "not_found": 1})
    );
    let result = |n: usize| &stored["results"][n];
    assert_eq!((&result(1)["id"], &result(2)["id"]), (&json!(world.contacts[0]), &result(0)["id"]));
    assert_eq!(each(&result(3)["errors"], "pointer"), ["/name", "/phone_number"]);
    assert_eq!(each(&result(4)["errors"], "code"), ["unknown_field"]);
    assert_eq!(each(&result(6)["errors"], "code"), ["taken"]);
    assert_eq!(each(&result(7)["errors"], "code"), ["duplicate"]);
    assert_eq!(result(9)["index"], 9);

    let ravi = world.server.get(&format!("/v1/split/contacts/{}", id(result(0)))).expect(200);
    assert_eq!((text(&ravi, "/name"), text(&ravi, "/phone_number")), ("Ravi".into(), "+919876543211".into()));
    let renamed = world.server.get(&format!("/v1/split/contacts/{}", world.contacts[0])).expect(200);
    assert_eq!(
        (text(&renamed, "/name"), text(&renamed, "/phone_number")),
        ("Renamed".into(), "+919876544000".into())
    );
    let nobody = "/v1/split/users/00000000-0000-7000-8000-000000000000/contacts/batch";
    send(&world, nobody, &rows).expect(404);
}

#[test]
fn bills_are_made_and_changed_in_bulk() {
    let world = World::with_contacts(2);
    let split = world.bill("100.00");
    let whole = id(&world
        .server
        .post("/v1/split/bills", &json!({"user_id": world.user, "total_amount": "5", "merchant": "Toit"}))
        .expect(201));
    let cancelled = id(&world
        .server
        .post("/v1/split/bills", &json!({"user_id": world.user, "total_amount": "5"}))
        .expect(201));
    world.server.post(&format!("/v1/split/bills/{cancelled}/cancel"), &json!({})).expect(200);
    let nobody = "00000000-0000-7000-8000-000000000000";
    let rows = [
        json!({"user_id": world.user, "total_amount": 12.5, "description": "Tea", "items": [{"name": "Tea", "amount": 12.5}]}),
        json!({"user_id": nobody, "total_amount": "1"}),
        json!({"user_id": world.user, "total_amount": "1", "split": world.equally()}),
        json!({"id": whole, "total_amount": "7.50", "merchant": null}),
        json!({"id": id(&split), "total_amount": "90"}),
        json!({"id": id(&split), "description": "Twice"}),
        json!({"id": cancelled, "total_amount": "1"}),
        json!({"id": nobody, "merchant": "x"}),
        json!({"user_id": world.user, "total_amount": "1e3"}),
    ];
    let stored = send(&world, "/v1/split/bills/batch", &rows).expect(200);
    let expected =
        ["created", "invalid", "invalid", "updated", "invalid", "invalid", "invalid", "not_found", "invalid"];
    assert_eq!(statuses(&stored), expected, "{stored}");
    let codes: Vec<_> =
        [1, 2, 4, 5, 6, 8].iter().map(|n| text(&stored, &format!("/results/{n}/errors/0/code"))).collect();
    assert_eq!(
        codes,
        [
            "unknown_user",
            "not_in_a_batch",
            "split_required",
            "duplicate",
            "bill_not_active",
            "invalid_amount"
        ]
    );

    let made = world.server.get(&format!("/v1/split/bills/{}", id(&stored["results"][0]))).expect(200);
    assert_eq!((&made["total_amount"], &made["description"]), (&json!("12.50"), &json!("Tea")));
    assert_eq!((&made["items"][0]["amount"], &made["status"]), (&json!("12.50"), &json!("active")));
    let changed = world.server.get(&format!("/v1/split/bills/{whole}")).expect(200);
    assert_eq!((&changed["total_amount"], &changed["merchant"]), (&json!("7.50"), &Value::Null));
    let kept = world.server.get(&format!("/v1/split/bills/{}", id(&split))).expect(200);
    assert_eq!(kept, split);
}

#[test]
fn lines_serve_as_well_as_an_array() {
    let world = World::with_contacts(0);
    let path = format!("/v1/split/users/{}/contacts/batch", world.user);
    let lines = "{\"name\": \"Ravi\", \"phone_number\": \"9876543211\"}\r\n\nnonsense\n{\"name\": \"Meera\", \"phone_number\": \"9876543212\"}";
    let stored = world.server.send("POST", &path, &[("content-type", "application/x-ndjson")], Some(lines));
    let stored = stored.expect(200);
    assert_eq!(statuses(&stored), ["created", "invalid", "created"]);
    assert_eq!(text(&stored, "/results/1/errors/0/code"), "malformed_json");
    assert_eq!(send(&world, &path, &[]).expect(200)["results"], json!([]));
}

#[test]
fn a_batch_has_a_type_and_a_size() {
    let world = World::with_contacts(0);
    let path = format!("/v1/split/users/{}/contacts/batch", world.user);
    let post =
        |kind: &str, body: &str| world.server.send("POST", &path, &[("content-type", kind)], Some(body));
    assert_eq!(post("text/csv", "a,b").expect(415)["code"], "unsupported_media_type");
    assert_eq!(post("application/json", "{}").expect(422)["code"], "invalid_input");
    assert_eq!(post("application/json", "[{}").expect(400)["code"], "malformed_json");
    assert_eq!(post("application/x-ndjson", &"{}\n".repeat(10_001)).expect(413)["code"], "payload_too_large");
    let beyond_a_document = format!("[{}]", " ".repeat(2 << 20));
    assert_eq!(post("application/json", &beyond_a_document).status, 200);
    let beyond_a_batch = format!("[{}]", " ".repeat(16 << 20));
    assert_eq!(post("application/json", &beyond_a_batch).expect(413)["code"], "payload_too_large");
}

#[test]
fn more_rows_than_one_statement_holds_are_stored() {
    let world = World::with_contacts(0);
    let rows: Vec<Value> = (0..1_500)
        .map(|n| json!({"user_id": world.user, "total_amount": "1.00", "description": format!("Tea {n}")}))
        .collect();
    let made = send(&world, "/v1/split/bills/batch", &rows).expect(200);
    assert_eq!(made["counts"]["created"], 1_500);
    let rows: Vec<Value> = each(&made["results"], "id")
        .into_iter()
        .map(|id| json!({"id": id, "total_amount": "2.00"}))
        .collect();
    let changed = send(&world, "/v1/split/bills/batch", &rows).expect(200);
    assert_eq!(changed["counts"]["updated"], 1_500);
    let last = world.server.get(&format!("/v1/split/bills/{}", id(&made["results"][1_499]))).expect(200);
    assert_eq!((&last["total_amount"], &last["description"]), (&json!("2.00"), &json!("Tea 1499")));
}

#[test]
fn a_line_that_cannot_be_read_keeps_no_other_from_being_stored() {
    let world = World::with_contacts(0);
    let path = format!("/v1/split/users/{}/contacts/batch", world.user);
    let deep = format!("{{\"name\": {}{}}}", "[".repeat(200), "]".repeat(200));
    for (n, line) in [&"[".repeat(101), "{\"name\": \"Odd}", "\"", "]", &deep].into_iter().enumerate() {
        let row = |last: usize| json!({"name": "Ravi", "phone_number": format!("+9198765450{n}{last}")});
        let lines = format!("{}\n{line}\n{}\n", row(1), row(2));
        let kind = [("content-type", "application/x-ndjson")];
        let stored = world.server.send("POST", &path, &kind, Some(&lines)).expect(200);
        assert_eq!(statuses(&stored), ["created", "invalid", "created"], "{line}: {stored}");
    }
}
