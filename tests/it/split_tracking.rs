//! Following payment requests: delivery, QR codes, pending payments, undone confirmations, reminders.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};
use strongroom_tests::{Answer, Server};

use crate::world::{World, each, id, text};

/// A world with a bill over 100.00 among so many, all of whom were asked.
fn asked(people: usize) -> (World, Value, Vec<String>) {
    asked_with(people, &[])
}

fn asked_with(people: usize, settings: &[(&str, &str)]) -> (World, Value, Vec<String>) {
    let world = World::on(Server::start_with(settings), people);
    let bill = world.bill("100.00");
    let requests = format!("/v1/split/bills/{}/payment-requests", id(&bill));
    let requests = world.server.post(&requests, &json!({})).expect(201);
    let requests = each(&requests["data"], "id").into_iter().map(str::to_owned).collect();
    (world, bill, requests)
}

fn attempt(world: &World, request: &str, channel: &str, outcome: &str) -> Answer {
    let error = (outcome == "failed").then_some("no such number");
    let body = json!({"channel": channel, "outcome": outcome, "error": error});
    world.server.post(&format!("/v1/split/payment-requests/{request}/attempts"), &body)
}

fn payment_status(world: &World, bill: &Value, at: usize) -> String {
    let bill = world.server.get(&format!("/v1/split/bills/{}", id(bill))).expect(200);
    text(&bill, &format!("/participants/{at}/payment_status"))
}

#[test]
fn a_delivery_is_followed_until_the_request_has_arrived() {
    let (world, bill, requests) = asked(2);
    let failed = attempt(&world, &requests[0], "whatsapp", "failed").expect(200);
    assert_eq!((&failed["status"], &failed["delivery_attempts"]), (&json!("pending"), &json!(1)));
    assert_eq!((&failed["whatsapp_failed"], &failed["sms_failed"]), (&json!(true), &json!(false)));
    assert_eq!(failed["delivery_error"], "no such number");
    let sent = attempt(&world, &requests[0], "SMS", "sent").expect(200);
    assert_eq!(
        (&sent["status"], &sent["sms_sent"], &sent["delivery_attempts"]),
        (&json!("sent"), &json!(true), &json!(2))
    );
    assert!(sent["last_delivery_attempt"].is_string() && sent["delivery_error"].is_null(), "{sent}");
    assert_eq!(payment_status(&world, &bill, 0), "sent");
    let delivered = attempt(&world, &requests[0], "sms", "delivered").expect(200);
    assert_eq!((&delivered["status"], &delivered["delivery_attempts"]), (&json!("delivered"), &json!(2)));

    let split = format!("/v1/split/bills/{}/split", id(&bill));
    let split = world.server.send("PUT", &split, &[], Some(&world.equally().to_string()));
    assert_eq!(split.expect(409)["code"], "split_locked");
    assert_eq!(payment_status(&world, &bill, 1), "pending");
}

#[test]
fn when_every_channel_failed_the_request_can_be_sent_again() {
    let (world, bill, requests) = asked(1);
    attempt(&world, &requests[0], "whatsapp", "failed").expect(200);
    let failed = attempt(&world, &requests[0], "sms", "failed").expect(200);
    assert_eq!(failed["status"], "failed");
    assert_eq!(payment_status(&world, &bill, 0), "failed");

    let resend =
        || world.server.post(&format!("/v1/split/payment-requests/{}/resend", requests[0]), &json!({}));
    let again = resend().expect(200);
    assert_eq!((&again["status"], &again["whatsapp_failed"]), (&json!("pending"), &json!(false)));
    assert_eq!((&again["sms_failed"], &again["delivery_error"]), (&json!(false), &Value::Null));
    assert_eq!(payment_status(&world, &bill, 0), "pending");

    let participant = text(&bill, "/participants/0/id");
    world.server.post(&format!("/v1/split/participants/{participant}/confirm"), &json!({})).expect(200);
    assert_eq!(resend().expect(409)["code"], "bill_not_active");
    let late = attempt(&world, &requests[0], "sms", "failed").expect(409);
    assert_eq!(late["code"], "already_confirmed", "what was paid stays confirmed");
}

#[test]
fn a_closed_request_says_why_and_is_not_sent_shown_or_attempted() {
    let (world, bill, requests) = asked(2);
    let path = format!("/v1/split/payment-requests/{}", requests[0]);
    let open = world.server.get(&path).expect(200);
    assert_eq!((&open["closed_reason"], &open["closed_at"]), (&Value::Null, &Value::Null));
    let bill_path = format!("/v1/split/bills/{}", id(&bill));
    let elsewhere = json!({"upi_id": "asha@ybl"});
    let newer = world.server.post(&format!("{bill_path}/payment-requests"), &elsewhere).expect(201);
    assert_ne!(newer["data"][0]["reference"], open["reference"]);

    let closed = world.server.get(&path).expect(200);
    assert_eq!((&closed["closed_reason"], &closed["upi_link"]), (&json!("superseded"), &open["upi_link"]));
    assert!(closed["closed_at"].is_string() && closed["message"].is_null() && closed["app_links"].is_null());
    let refused = [
        attempt(&world, &requests[0], "sms", "sent"),
        world.server.post(&format!("{path}/resend"), &json!({})),
        world.server.get(&format!("{path}/qr.svg")),
        world.server.get(&format!("{path}/qr.png")),
    ];
    for answer in refused {
        assert_eq!(answer.expect(409)["code"], "request_closed");
    }
    let listed = world.server.get(&format!("{bill_path}/payment-requests")).expect(200);
    assert_eq!(listed["data"].as_array().unwrap().len(), 4);
    let lookup = |reference: &Value| {
        world.server.post("/v1/split/payment-requests/lookup", &json!({"reference": reference}))
    };
    assert_eq!(lookup(&json!(text(&open, "/reference").to_uppercase())).expect(200), closed);
    let wrong = lookup(&json!(requests[0])).expect(422);
    assert_eq!(wrong["errors"][0]["code"], "invalid_reference");
    lookup(&json!("0".repeat(32))).expect(404);

    world.server.post(&format!("{bill_path}/cancel"), &json!({})).expect(200);
    let listed = world.server.get(&format!("{bill_path}/payment-requests")).expect(200);
    let mut reasons = each(&listed["data"], "closed_reason");
    reasons.sort_unstable();
    assert_eq!(reasons, ["cancelled", "cancelled", "superseded", "superseded"]);
}

#[test]
fn reports_that_make_no_sense_are_refused() {
    let (world, _, requests) = asked(1);
    let path = format!("/v1/split/payment-requests/{}/attempts", requests[0]);
    for (body, pointer) in [
        (json!({"channel": "pigeon", "outcome": "sent"}), "/channel"),
        (json!({"channel": "sms", "outcome": "eaten"}), "/outcome"),
        (json!({"channel": "sms", "outcome": "sent", "error": "x"}), "/error"),
        (json!({"channel": "sms"}), "/outcome"),
    ] {
        assert_eq!(world.server.post(&path, &body).expect(422)["errors"][0]["pointer"], pointer);
    }
    let unknown = "/v1/split/payment-requests/00000000-0000-7000-8000-000000000000";
    world.server.post(&format!("{unknown}/resend"), &json!({})).expect(404);
    world.server.get(&format!("{unknown}/qr.svg")).expect(404);
}

#[test]
fn a_link_is_drawn_as_a_qr_code() {
    let (world, _, requests) = asked(1);
    let path = format!("/v1/split/payment-requests/{}/qr", requests[0]);
    let svg = world.server.get(&format!("{path}.svg"));
    assert_eq!((svg.status, svg.header("content-type")), (200, "image/svg+xml"));
    assert_eq!(svg.header("cache-control"), "no-store");
    assert!(svg.text.starts_with("<svg ") && svg.text.ends_with("</svg>"), "{}", svg.text);

    let png = ureq::get(format!("{}{path}.png", world.server.address()))
        .header("authorization", format!("Bearer {}", world.server.key()));
    let mut png = png.call().unwrap();
    assert_eq!(png.headers()["content-type"], "image/png");
    assert_eq!(png.headers()["cache-control"], "no-store");
    let png = png.body_mut().read_to_vec().unwrap();
    assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
    let (width, height) = (&png[16..20], &png[20..24]);
    assert_eq!(width, height);
    assert!(u32::from_be_bytes(width.try_into().unwrap()) >= 300);

    let code = world.server.get(&path).expect(200);
    let image = text(&code, "/data_uri");
    let image = image.strip_prefix("data:image/png;base64,").unwrap();
    assert_eq!(BASE64.decode(image).unwrap(), png);
    let request = world.server.get(path.trim_end_matches("/qr")).expect(200);
    assert_eq!(code["upi_link"], request["upi_link"]);
}

#[test]
fn a_payer_is_told_what_is_pending_and_an_undone_payment_is_pending_again() {
    let (world, bill, _) = asked(2);
    let pending = || {
        let found =
            world.server.post("/v1/split/pending-payments/lookup", &json!({"phone_number": "9876544000"}));
        found.expect(200)["data"].clone()
    };
    let found = pending();
    let participant = text(&bill, "/participants/0/id");
    assert_eq!(each(&found, "participant_id"), [participant.as_str()]);
    assert_eq!((&found[0]["amount_owed"], &found[0]["description"]), (&json!("50.00"), &json!("Dinner")));
    assert_eq!((&found[0]["bill_id"], &found[0]["user_id"]), (&bill["id"], &bill["user_id"]));

    for participant in each(&bill["participants"], "id") {
        world.server.post(&format!("/v1/split/participants/{participant}/confirm"), &json!({})).expect(200);
    }
    assert_eq!(pending(), json!([]));
    let undo = |reason: Value| {
        world
            .server
            .post(&format!("/v1/split/participants/{participant}/unconfirm"), &json!({"reason": reason}))
    };
    assert_eq!(undo(json!("")).expect(422)["errors"][0]["pointer"], "/reason");
    let undone = undo(json!("the transfer bounced")).expect(200);
    assert_eq!((&undone["payment_status"], &undone["bill_status"]), (&json!("pending"), &json!("active")));
    assert!(undone["paid_at"].is_null(), "{undone}");
    assert_eq!(undo(json!("again")).expect(409)["code"], "not_confirmed");
    assert_eq!(each(&pending(), "participant_id"), [participant.as_str()]);

    world.server.post(&format!("/v1/split/bills/{}/cancel", id(&bill)), &json!({})).expect(200);
    assert_eq!(pending(), json!([]), "what was called off is not due");
}

#[test]
fn reminders_are_due_a_day_after_the_last_message_and_not_more_than_so_often() {
    let (world, bill, requests) = asked_with(3, &[("MAX_REMINDERS", "1")]);
    let path = format!("/v1/split/bills/{}/reminders", id(&bill));
    let participants = each(&bill["participants"], "id");
    let soon = world.server.get(&path).expect(200);
    assert_eq!((&soon["due"], each(&soon["skipped"], "code")), (&json!([]), vec!["too_soon"; 3]));
    assert!(soon["skipped"][0]["next_at"].is_string(), "{soon}");
    let record = |ids: &[&str]| world.server.post(&path, &json!({"participant_ids": ids}));
    assert_eq!(record(&participants[..1]).expect(409)["code"], "reminder_not_due");

    let a_day_passes = || {
        world.server.database().sabotage(
            "UPDATE split.payment_requests
                SET created_at = created_at - INTERVAL '25 hours',
                    last_delivery_attempt = last_delivery_attempt - INTERVAL '25 hours';
             UPDATE split.bill_participants SET last_reminder_sent = last_reminder_sent - INTERVAL '25 hours'",
        );
    };
    a_day_passes();
    attempt(&world, &requests[2], "sms", "sent").expect(200);
    world.server.post(&format!("/v1/split/participants/{}/confirm", participants[1]), &json!({})).expect(200);
    let due = world.server.get(&path).expect(200);
    assert_eq!(each(&due["due"], "participant_id"), participants[..1]);
    assert_eq!(due["due"][0]["name"], "Friend 0");
    assert_eq!(each(&due["skipped"], "code"), ["already_paid", "too_soon"]);

    // All or nobody.
    assert_eq!(record(&[participants[0], participants[1]]).expect(409)["code"], "reminder_not_due");
    let stranger = record(&["00000000-0000-7000-8000-000000000000"]).expect(422);
    assert_eq!(stranger["errors"][0]["pointer"], "/participant_ids/0");
    let recorded = record(&[participants[0], participants[0]]).expect(200);
    assert_eq!((&recorded["due"], each(&recorded["skipped"], "code")[0]), (&json!([]), "limit_reached"));
    assert_eq!(recorded["skipped"][0]["reminder_count"], 1);

    a_day_passes();
    let of_user = world.server.get(&format!("/v1/split/users/{}/reminders", world.user)).expect(200);
    assert_eq!(each(&of_user["due"], "participant_id"), participants[2..]);
    assert_eq!(each(&of_user["skipped"], "code"), ["limit_reached"], "who has paid is not spoken of");
    for unknown in ["users", "bills"] {
        let path = format!("/v1/split/{unknown}/00000000-0000-7000-8000-000000000000/reminders");
        world.server.get(&path).expect(404);
    }
}
