//! Wrong input: each gets its status, its code and the place, stores nothing and is not repeated back.

use serde_json::{Value, json};

use crate::world::World;

/// Status, and pointer and code of the first field that is wrong.
fn refused(answer: &strongroom_tests::Answer) -> (u16, String, String) {
    let body: Value =
        serde_json::from_str(&answer.text).unwrap_or_else(|_| panic!("no JSON: {}", answer.text));
    let field = |name: &str| body["errors"][0][name].as_str().unwrap_or_default().to_owned();
    (answer.status, field("pointer"), field("code"))
}

#[test]
fn amounts_that_are_no_money_are_refused() {
    let world = World::with_contacts(2);
    let cases = [
        ("\"0\"", "not_positive"),
        ("0", "not_positive"),
        ("\"-5.00\"", "not_positive"),
        ("\"NaN\"", "invalid_amount"),
        ("\"Infinity\"", "invalid_amount"),
        ("\"1e10\"", "invalid_amount"),
        ("\"1e-200000\"", "invalid_amount"),
        ("\"12.345\"", "too_many_decimals"),
        ("\"1234567890123\"", "too_large"),
        ("\"10000000000.00\"", "too_large"),
        ("1.100000000000000000000000000001", "too_many_decimals"),
        ("\"٣٣\"", "invalid_amount"),
        ("\"\"", "invalid_amount"),
        ("true", "wrong_type"),
    ];
    for (amount, code) in cases {
        let body = format!(r#"{{"user_id": "{}", "total_amount": {amount}}}"#, world.user);
        let answer = world.server.send("POST", "/v1/split/bills", &[], Some(&body));
        let (status, pointer, given) = refused(&answer);
        assert_eq!((status, pointer.as_str()), (422, "/total_amount"), "{amount}: {}", answer.text);
        assert_eq!(given, code, "{amount}: {}", answer.text);
    }
    let listed = world.server.get(&format!("/v1/split/users/{}/bills", world.user)).expect(200);
    assert_eq!(listed["data"], json!([]), "nothing was stored");
}

#[test]
fn splits_that_do_not_fit_say_where_and_by_how_much() {
    let world = World::with_contacts(3);
    let stranger = World::with_contacts(1);
    let [a, b, _] = &world.contacts[..] else { unreachable!() };
    let exact = |x: &str, y: &str| json!({"mode": "exact", "participants": [{"contact_id": a, "amount": x}, {"contact_id": b, "amount": y}]});
    let cases = [
        ("100.00", exact("50.00", "45.00"), "/split/participants", "sum_differs"),
        ("100.00", exact("50.00", "55.00"), "/split/participants", "sum_differs"),
        (
            "100.00",
            json!({"mode": "equal", "participants": []}),
            "/split/participants",
            "nobody_to_split_among",
        ),
        (
            "100.00",
            json!({"mode": "equal", "participants": [{"contact_id": a}, {"contact_id": a}]}),
            "/split/participants/1/contact_id",
            "duplicate_contact",
        ),
        ("0.02", world.equally(), "/split/participants", "too_few_minor_units"),
        ("100.00", stranger.equally(), "/split/participants/0/contact_id", "unknown_contact"),
        ("100.00", json!({"mode": "thirds", "participants": []}), "/split/mode", "unknown_value"),
        (
            "100.00",
            json!({"mode": "percent", "participants": [{"contact_id": a, "percent": "99"}]}),
            "/split/participants",
            "percent_sum_differs",
        ),
        (
            "100.00",
            json!({"mode": "equal", "participants": [{"contact_id": "x"}]}),
            "/split/participants/0/contact_id",
            "invalid_id",
        ),
    ];
    for (total, split, pointer, code) in cases {
        let body = json!({"user_id": world.user, "total_amount": total, "split": split});
        let answer = world.server.post("/v1/split/bills", &body);
        assert_eq!(refused(&answer), (422, pointer.to_owned(), code.to_owned()), "{split}: {}", answer.text);
    }
    let body = json!({"user_id": world.user, "total_amount": "100.00", "split": exact("50.00", "45.00")});
    let said = world.server.post("/v1/split/bills", &body).expect(422)["errors"][0]["detail"].to_string();
    assert!(said.contains("5.00 less"), "{said}");
}

#[test]
fn phones_and_names_are_checked_and_never_repeated() {
    let world = World::with_contacts(0);
    let path = format!("/v1/split/users/{}/contacts", world.user);
    for phone in [
        "",
        "12345",
        "+1",
        "0123456789",
        "+91123",
        "٩٨٧٦٥٤٣٢١٠",
        "98765432101234567890",
        "+999999999999",
        "98765\u{0}43210",
    ] {
        let answer = world.server.post(&path, &json!({"name": "Ravi", "phone_number": phone}));
        let (status, pointer, _) = refused(&answer);
        assert_eq!((status, pointer.as_str()), (422, "/phone_number"), "{phone:?}: {}", answer.text);
        assert!(phone.len() < 5 || !answer.text.contains(phone), "{}", answer.text);
    }
    for name in ["", "   ", "a\u{0}b", &"x".repeat(10_000)] {
        let answer = world.server.post(&path, &json!({"name": name, "phone_number": "+919876543211"}));
        let (status, pointer, _) = refused(&answer);
        assert_eq!((status, pointer.as_str()), (422, "/name"), "{}", answer.text);
    }
    for name in ["A&am=1&pa=x@y", "\"quoted\"", "Zoë 🎉", "O'Brien"] {
        let phone = format!("+9198765433{:02}", name.len());
        let stored = world.server.post(&path, &json!({"name": name, "phone_number": phone})).expect(201);
        assert_eq!(stored["name"], name);
    }
}

#[test]
fn every_wrong_field_is_named_in_one_answer() {
    let world = World::with_contacts(0);
    let body = json!({"phone_number": "x", "name": "", "upi_id": "nobody"});
    let answer = world.server.post("/v1/split/users", &body).expect(422);
    let pointers: Vec<_> =
        answer["errors"].as_array().unwrap().iter().map(|error| error["pointer"].as_str().unwrap()).collect();
    assert_eq!(pointers, ["/phone_number", "/name", "/upi_id"]);
}

#[test]
fn unknown_fields_and_unknown_things_are_refused() {
    let world = World::with_contacts(0);
    let typo =
        world.server.post("/v1/split/users", &json!({"phone_number": "+919876543211", "nmae": "Asha"}));
    assert_eq!(refused(&typo).1, "/nmae");
    let sneaky = json!({"user_id": world.user, "total_amount": "1.00", "status": "completed"});
    assert_eq!(refused(&world.server.post("/v1/split/bills", &sneaky)).1, "/status");
    let currency = json!({"user_id": world.user, "total_amount": "1.00", "currency": "XYZ"});
    assert_eq!(refused(&world.server.post("/v1/split/bills", &currency)).1, "/currency");
    let nobody = json!({"user_id": "00000000-0000-7000-8000-000000000000", "total_amount": "1.00"});
    let answer = world.server.post("/v1/split/bills", &nobody);
    assert_eq!(refused(&answer), (422, "/user_id".to_owned(), "unknown_user".to_owned()));
    let query = world.server.get(&format!("/v1/split/users/{}/bills?stauts=active", world.user));
    assert_eq!(refused(&query).1, "/stauts");
}

#[test]
fn a_body_that_is_not_utf_8_is_malformed() {
    use std::io::{Read as _, Write as _};

    let world = World::with_contacts(0);
    let host = world.server.address().trim_start_matches("http://");
    let mut stream = std::net::TcpStream::connect(host).unwrap();
    let body = b"{\"name\": \"\xff\xfe\"}";
    let head = format!(
        "POST /v1/split/users HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n",
        world.server.key(),
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("malformed_json"), "{answer}");
}
