//! Names, numbers, days and UPI addresses as people, address books and other programs write them.

use serde_json::{Value, json};
use strongroom_tests::Answer;

use crate::world::{World, each, id, text};

/// Status, and pointer and code of the first field that is wrong.
fn refused(answer: &Answer) -> (u16, String, String) {
    let body = body(answer);
    let field = |name: &str| body["errors"][0][name].as_str().unwrap_or_default().to_owned();
    (answer.status, field("pointer"), field("code"))
}

fn refusal(pointer: &str, code: &str) -> (u16, String, String) {
    (422, pointer.to_owned(), code.to_owned())
}

fn body(answer: &Answer) -> Value {
    serde_json::from_str(&answer.text).unwrap_or_else(|_| panic!("no JSON: {}", answer.text))
}

impl World {
    fn contact(&self, name: &str, phone: &str) -> Answer {
        let path = format!("/v1/split/users/{}/contacts", self.user);
        self.server.post(&path, &json!({"name": name, "phone_number": phone}))
    }

    fn patch(&self, path: &str, body: &Value) -> Answer {
        self.server.send("PATCH", path, &[], Some(&body.to_string()))
    }

    fn dated(&self, bill_date: &str) -> Answer {
        let body = json!({"user_id": self.user, "total_amount": "10.00", "bill_date": bill_date});
        self.server.post("/v1/split/bills", &body)
    }
}

#[test]
fn marks_that_turn_text_around_are_refused() {
    let world = World::with_contacts(0);
    for mark in "\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2066}\u{2067}\u{2068}\u{2069}".chars() {
        let answer = world.contact(&format!("Ravi{mark}00.05"), "+919876543211");
        assert_eq!(refused(&answer), refusal("/name", "direction_mark"), "{mark:?}: {}", answer.text);
        for field in ["description", "merchant"] {
            let body =
                json!({"user_id": world.user, "total_amount": "10.00", field: format!("Dinner {mark}")});
            let answer = world.server.post("/v1/split/bills", &body);
            assert_eq!(refused(&answer), refusal(&format!("/{field}"), "direction_mark"), "{mark:?}");
        }
    }
}

#[test]
fn text_that_shows_nothing_is_empty() {
    let world = World::with_contacts(0);
    for nothing in
        ["\u{200b}", "\u{3164}", "\u{2800}", "\u{ad}", "\u{fe0f}", "\u{e0020}", " \u{2060} \u{feff}"]
    {
        let answer = world.contact(nothing, "+919876543211");
        assert_eq!(refused(&answer), refusal("/name", "empty"), "{nothing:?}: {}", answer.text);
        let body = json!({"user_id": world.user, "total_amount": "10.00", "description": nothing});
        let answer = world.server.post("/v1/split/bills", &body);
        assert_eq!(refused(&answer), refusal("/description", "empty"), "{nothing:?}: {}", answer.text);
    }
}

#[test]
fn names_of_every_script_come_back_as_they_were_sent() {
    let world = World::with_contacts(0);
    let names =
        ["محمد", "שרה\u{200f}", "👩\u{200d}🍳", "ക്\u{200d}ഷമ", "❤\u{fe0f}", "नी\u{200c}ला", "C++\u{200e}"];
    for (n, name) in names.into_iter().enumerate() {
        assert_eq!(world.contact(name, &format!("+9198765433{n:02}")).expect(201)["name"], name);
    }
}

#[test]
fn a_message_shows_its_amount_in_order_whatever_the_names() {
    let world = World::with_contacts(0);
    let contact = id(&world.contact("محمد", "+919876543211").expect(201));
    let split = json!({"mode": "equal", "participants": [{"contact_id": contact}]});
    let body =
        json!({"user_id": world.user, "total_amount": "10.00", "description": "ארוחה 5", "split": split});
    let bill = id(&world.server.post("/v1/split/bills", &body).expect(201));
    let path = format!("/v1/split/bills/{bill}/payment-requests");
    let message = text(&world.server.post(&path, &json!({})).expect(201), "/data/0/message");
    assert!(
        message.contains("\u{2068}محمد\u{2069}") && message.contains("\u{2068}ארוחה 5\u{2069}"),
        "{message}"
    );
}

#[test]
fn numbers_are_read_as_address_books_and_gateways_write_them() {
    let world = World::with_contacts(0);
    let ravi = world.contact("Ravi", "+919876543211").expect(201);
    let lookup = format!("/v1/split/users/{}/contacts/lookup", world.user);
    for written in [
        "\u{202d}+91 98765 43211\u{202c}",
        "\u{200e}9876543211\u{200b}\u{feff}",
        "98765\u{a0}43211",
        "+91\u{202f}98765\u{2011}43211",
        "98765\u{2013}43211",
        "+91.98765.43211",
        "98765/43211",
        "09876543211",
        "0 98765-43211",
        "+91 (0)98765 43211",
        "00919876543211",
        "0091 98765 43211",
        "whatsapp:+919876543211",
        "WhatsApp:9876543211",
        "tel:+91-98765-43211",
        "919876543211@s.whatsapp.net",
        "919876543211@c.us",
    ] {
        let again = world.contact("Ravi", written);
        assert_eq!(again.status, 200, "{written:?}: {}", again.text);
        assert_eq!(id(&body(&again)), id(&ravi), "{written:?}");
        let found = world.server.post(&lookup, &json!({"phone_number": written})).expect(200);
        assert_eq!(each(&found["data"], "id"), [id(&ravi)], "{written:?}");
    }
    let pending = json!({"phone_number": "whatsapp:+919876543211"});
    world.server.post("/v1/split/pending-payments/lookup", &pending).expect(200);
    let asha = json!({"phone_number": "tel:0091-98765-43210"});
    let found = world.server.post("/v1/split/users/lookup", &asha).expect(200);
    assert_eq!(id(&found), world.user);
}

#[test]
fn a_refused_number_is_told_what_disturbs() {
    let world = World::with_contacts(0);
    for (written, hint) in [
        ("98765x43211", "nothing but digits"),
        ("tel:+919876543211;ext=5", "nothing but digits"),
        ("+9112345678", "country code"),
        ("4915112345678", "country code"),
    ] {
        let answer = world.contact("Ravi", written);
        assert_eq!(refused(&answer), refusal("/phone_number", "invalid_phone_number"), "{written}");
        let detail = text(&body(&answer), "/errors/0/detail");
        assert!(detail.contains(hint) && !detail.contains(written), "{written}: {detail}");
    }
}

#[test]
fn a_bill_has_a_day_and_gives_it_back() {
    let world = World::with_contacts(0);
    for sent in
        ["2026-11-20", "2026-11-20T00:00:00+05:30", "2026-11-20T23:59:59-08:00", "2026-11-20T19:30:00Z"]
    {
        let made = world.dated(sent).expect(201);
        assert_eq!(made["bill_date"], "2026-11-20", "{sent}");
        let path = format!("/v1/split/bills/{}", id(&made));
        assert_eq!(world.server.get(&path).expect(200)["bill_date"], "2026-11-20", "{sent}");
        let moved = world.patch(&path, &json!({"bill_date": "2026-11-21"})).expect(200);
        assert_eq!(moved["bill_date"], "2026-11-21");
    }
    let batch = json!([{"user_id": world.user, "total_amount": "10.00", "bill_date": "2026-11-22"}]);
    world.server.post("/v1/split/bills/batch", &batch).expect(200);
    let path = format!("/v1/split/users/{}/bills?from=2026-11-22", world.user);
    assert_eq!(each(&world.server.get(&path).expect(200)["data"], "bill_date"), ["2026-11-22"]);
    for (sent, code) in [
        ("2026-02-30", "invalid_date"),
        ("2026-11-20T25:00:00Z", "invalid_date"),
        ("2026-11-20T00:00:00", "invalid_date"),
        ("20-11-2026", "invalid_date"),
        ("2026-1-2", "invalid_date"),
        ("0026-11-20", "out_of_range"),
        ("2201-01-01", "out_of_range"),
    ] {
        assert_eq!(refused(&world.dated(sent)), refusal("/bill_date", code), "{sent}");
    }
}

#[test]
fn bills_are_listed_by_their_day() {
    let world = World::with_contacts(0);
    for day in ["2026-11-19", "2026-11-20T00:00:00+05:30", "2026-11-21"] {
        world.dated(day).expect(201);
    }
    let days = |query: &str| {
        let path = format!("/v1/split/users/{}/bills?{query}", world.user);
        let mut days: Vec<_> = each(&world.server.get(&path).expect(200)["data"], "bill_date")
            .into_iter()
            .map(str::to_owned)
            .collect();
        days.sort();
        days
    };
    assert_eq!(days("from=2026-11-20"), ["2026-11-20", "2026-11-21"]);
    assert_eq!(days("from=2026-11-20&to=2026-11-21"), ["2026-11-20"]);
    assert_eq!(
        days("from=2026-11-20T00:00:00%2B05:30&to=2026-11-21T00:00:00%2B05:30"),
        ["2026-11-20"],
        "the day of the offset that is given"
    );
    assert_eq!(days("to=2026-11-20T10:00:00Z"), ["2026-11-19", "2026-11-20"], "the day has begun");
    let wrong = world.server.get(&format!("/v1/split/users/{}/bills?from=yesterday", world.user));
    assert_eq!(refused(&wrong), refusal("/from", "invalid_date"));
}

#[test]
fn a_bill_without_a_date_counts_by_when_it_was_made() {
    let world = World::with_contacts(0);
    let made = world.server.post("/v1/split/bills", &json!({"user_id": world.user, "total_amount": "10.00"}));
    let made_at = text(&made.expect(201), "/created_at");
    let day = made_at.split('T').next().unwrap();
    let count = |query: &str| {
        let path = format!("/v1/split/users/{}/bills?{query}", world.user);
        world.server.get(&path).expect(200)["data"].as_array().unwrap().len()
    };
    assert_eq!(count(&format!("from={day}")), 1);
    assert_eq!(count(&format!("to={day}")), 0);
    assert_eq!(count(&format!("from={made_at}")), 1, "a time is compared as a time");
    assert_eq!(count(&format!("to={made_at}")), 0);
}

#[test]
fn a_upi_handle_has_no_dot() {
    let world = World::with_contacts(0);
    let user = format!("/v1/split/users/{}", world.user);
    for upi in ["asha@gmail.com", "asha@okaxis.", "asha@ok.axis", "asha@.ifsc.npci", "1234@HDFC0000001.npci"]
    {
        let answer = world.patch(&user, &json!({"upi_id": upi}));
        assert_eq!(refused(&answer), refusal("/upi_id", "invalid_upi_id"), "{upi}");
    }
    for upi in ["asha@okaxis", "50100012345678@HDFC0000001.ifsc.npci", "50100012345678@hdfc0000001.IFSC.NPCI"]
    {
        assert_eq!(world.patch(&user, &json!({"upi_id": upi})).expect(200)["upi_id"], upi);
    }
}
