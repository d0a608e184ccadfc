//! The main job, end to end: a bill is shared, asked for, paid and completed.

use serde_json::{Value, json};

use crate::world::{World, each, id, text};

#[test]
fn a_bill_of_a_hundred_among_three_is_asked_for_paid_and_completed() {
    play(&World::with_contacts(3));
}

/// The story, for a user with three contacts and no bill yet.
pub(crate) fn play(world: &World) {
    let server = &world.server;
    let bill = world.bill("100.00");
    assert_eq!(each(&bill["participants"], "amount_owed"), ["33.34", "33.33", "33.33"]);
    assert_eq!(each(&bill["participants"], "name"), ["Friend 0", "Friend 1", "Friend 2"]);
    assert_eq!((&bill["status"], &bill["organiser_share"]), (&json!("active"), &Value::Null));

    let bill_path = format!("/v1/split/bills/{}", id(&bill));
    let requests = server.post(&format!("{bill_path}/payment-requests"), &json!({})).expect(201);
    assert_eq!(requests["skipped"], json!([]));
    for (request, amount) in requests["data"].as_array().unwrap().iter().zip(["33.34", "33.33", "33.33"]) {
        let link = text(request, "/upi_link");
        assert!(link.starts_with("upi://pay?pa=asha@okaxis&pn=Asha%20Rao&"), "{link}");
        assert!(link.contains(&format!("&am={amount}&cu=INR&tn=Dinner%20-%20Friend%20")), "{link}");
        assert!(text(request, "/message").contains(&link));
        assert!(text(request, "/app_links/phonepe").starts_with("phonepe://pay?pa="));
        let same = server.get(&format!("/v1/split/payment-requests/{}", id(request))).expect(200);
        assert_eq!(&same, request);
    }
    let again = server.post(&format!("{bill_path}/payment-requests"), &json!({})).expect(200);
    assert_eq!(again, requests, "asking twice gives nobody two links");

    let participants = each(&bill["participants"], "id");
    for (n, participant) in participants.iter().enumerate() {
        let path = format!("/v1/split/participants/{participant}/confirm");
        let confirmed = server.post(&path, &json!({})).expect(200);
        assert_eq!(confirmed["payment_status"], "confirmed");
        assert_eq!(confirmed["bill_status"], if n == 2 { "completed" } else { "active" });
        assert_eq!(server.post(&path, &json!({})).expect(200), confirmed, "a repeat changes nothing");
    }
    let bill = server.get(&bill_path).expect(200);
    assert_eq!(bill["status"], "completed");
    let listed = server.get(&format!("/v1/split/users/{}/bills", world.user)).expect(200);
    assert_eq!(
        (&listed["data"][0]["paid_count"], &listed["data"][0]["remaining"]),
        (&json!(3), &json!("0.00"))
    );
    assert_eq!(listed["next_cursor"], Value::Null);
}

#[test]
fn splits_of_every_mode_add_up() {
    let world = World::with_contacts(3);
    let [a, b, c] = &world.contacts[..] else { unreachable!() };
    let cases = [
        (
            json!({"mode": "equal", "organiser": {}, "participants": [{"contact_id": a}, {"contact_id": b}]}),
            vec!["33.34", "33.33"],
            json!("33.33"),
        ),
        (
            json!({"mode": "exact", "participants": [{"contact_id": a, "amount": "70"}, {"contact_id": b, "amount": 30.00}]}),
            vec!["70.00", "30.00"],
            Value::Null,
        ),
        (
            json!({"mode": "percent", "participants": [{"contact_id": a, "percent": "50"}, {"contact_id": b, "percent": "25"}, {"contact_id": c, "percent": "25"}]}),
            vec!["50.00", "25.00", "25.00"],
            Value::Null,
        ),
        (
            json!({"mode": "shares", "participants": [{"contact_id": a, "shares": 2}, {"contact_id": b, "shares": 1}]}),
            vec!["66.67", "33.33"],
            Value::Null,
        ),
        (
            json!({"mode": "equal", "participants": [{"contact_id": a, "adjustment": "10.00"}, {"contact_id": b}]}),
            vec!["55.00", "45.00"],
            Value::Null,
        ),
        (
            json!({"mode": "items", "tax": "10.00", "tip": "0", "discount": "0",
                   "participants": [{"contact_id": a}, {"contact_id": b}],
                   "items": [{"name": "Biryani", "amount": "60.00", "quantity": 1, "contact_ids": [a]},
                             {"name": "Kebab", "amount": "30.00", "quantity": 2, "contact_ids": [a, b]}]}),
            vec!["83.33", "16.67"],
            Value::Null,
        ),
    ];
    for (split, amounts, organiser) in cases {
        let preview =
            json!({"user_id": world.user, "total_amount": "100.00", "currency": "INR", "split": split});
        let preview = world.server.post("/v1/split/preview", &preview).expect(200);
        assert_eq!(each(&preview["participants"], "amount_owed"), amounts, "{split}");
        assert_eq!(preview["organiser_share"], organiser, "{split}");

        let bill = json!({"user_id": world.user, "total_amount": "100.00", "split": split});
        let bill = world.server.post("/v1/split/bills", &bill).expect(201);
        assert_eq!(each(&bill["participants"], "amount_owed"), amounts, "{split}");
        assert_eq!(bill["organiser_share"], organiser, "{split}");
    }
}

#[test]
fn a_split_can_change_until_somebody_paid() {
    let world = World::with_contacts(2);
    let bill = world.bill("90.00");
    let path = format!("/v1/split/bills/{}", id(&bill));
    let [a, b] = &world.contacts[..] else { unreachable!() };
    let exact = json!({"mode": "exact", "participants": [{"contact_id": b, "amount": "60.00"}, {"contact_id": a, "amount": "30.00"}]});
    let put =
        |split: &Value| world.server.send("PUT", &format!("{path}/split"), &[], Some(&split.to_string()));
    let bill = put(&exact).expect(200);
    assert_eq!(each(&bill["participants"], "amount_owed"), ["60.00", "30.00"]);

    let new_total = |body: Value| world.server.send("PATCH", &path, &[], Some(&body.to_string()));
    assert_eq!(new_total(json!({"total_amount": "100.00"})).expect(409)["code"], "split_required");
    let bill = new_total(json!({"total_amount": "100.00", "split": world.equally()})).expect(200);
    assert_eq!(each(&bill["participants"], "amount_owed"), ["50.00", "50.00"]);

    let paid = text(&bill, "/participants/0/id");
    world.server.post(&format!("/v1/split/participants/{paid}/confirm"), &json!({})).expect(200);
    assert_eq!(put(&world.equally()).expect(409)["code"], "split_locked");
}

#[test]
fn a_cancelled_bill_stays_cancelled() {
    let world = World::with_contacts(2);
    let bill = world.bill("90.00");
    let path = format!("/v1/split/bills/{}", id(&bill));
    let cancel = || world.server.post(&format!("{path}/cancel"), &json!({}));
    assert_eq!(cancel().expect(200)["status"], "cancelled");
    assert_eq!(cancel().expect(409)["code"], "illegal_transition");
    let participant = text(&bill, "/participants/0/id");
    let confirm = world.server.post(&format!("/v1/split/participants/{participant}/confirm"), &json!({}));
    assert_eq!(confirm.expect(409)["code"], "bill_not_active");
    let ask = world.server.post(&format!("{path}/payment-requests"), &json!({}));
    assert_eq!(ask.expect(409)["code"], "bill_not_active");
}

#[test]
fn people_are_found_by_what_an_agent_hears() {
    let world = World::with_contacts(2);
    let (server, user) = (&world.server, &world.user);
    let found = server.post("/v1/split/users/lookup", &json!({"phone_number": "98765 43210"})).expect(200);
    assert_eq!(&id(&found), user);
    server.post("/v1/split/users/lookup", &json!({"phone_number": "+919876543299"})).expect(404);
    let by = |body: Value| server.post(&format!("/v1/split/users/{user}/contacts/lookup"), &body).expect(200);
    assert_eq!(each(&by(json!({"name": "FRIEND 1"}))["data"], "id"), [&world.contacts[1]]);
    assert_eq!(each(&by(json!({"phone_number": "9876544000"}))["data"], "id"), [&world.contacts[0]]);
    assert_eq!(by(json!({"name": "Nobody"}))["data"], json!([]));
}

#[test]
fn the_same_person_is_not_made_twice() {
    let world = World::with_contacts(1);
    let (server, user) = (&world.server, &world.user);
    let taken = server.post("/v1/split/users", &json!({"phone_number": "+91 98765 43210"})).expect(409);
    assert_eq!(
        (taken["code"].as_str(), taken["existing_id"].as_str()),
        (Some("conflict"), Some(user.as_str()))
    );
    let put = |number: &str| {
        server.send(
            "PUT",
            "/v1/split/users/by-phone",
            &[],
            Some(&json!({"phone_number": number}).to_string()),
        )
    };
    assert_eq!(&id(&put("+919876543210").expect(200)), user);
    let made = put("+919876543211");
    assert_eq!(made.header("location"), format!("/v1/split/users/{}", id(&made.expect(201))));

    let again = json!({"name": "Another name", "phone_number": "+919876544000"});
    let again = server.post(&format!("/v1/split/users/{user}/contacts"), &again).expect(200);
    assert_eq!((id(&again), text(&again, "/name")), (world.contacts[0].clone(), "Friend 0".to_owned()));
}

#[test]
fn what_was_deleted_can_come_back_unless_its_place_is_taken() {
    let world = World::with_contacts(1);
    let (server, user) = (&world.server, &world.user);
    let contact = format!("/v1/split/contacts/{}", world.contacts[0]);
    assert_eq!(server.send("DELETE", &contact, &[], None).status, 204);
    server.get(&contact).expect(404);
    server.post(&format!("{contact}/restore"), &json!({})).expect(200);
    server.get(&contact).expect(200);

    assert_eq!(server.send("DELETE", &contact, &[], None).status, 204);
    let newer = json!({"name": "Newer", "phone_number": "+919876544000"});
    let newer = server.post(&format!("/v1/split/users/{user}/contacts"), &newer).expect(201);
    let refused = server.post(&format!("{contact}/restore"), &json!({})).expect(409);
    assert_eq!(
        (text(&refused, "/code"), text(&refused, "/existing_id")),
        ("restore_conflict".to_owned(), id(&newer))
    );

    let user = format!("/v1/split/users/{user}");
    assert_eq!(server.send("DELETE", &user, &[], None).status, 204);
    server.get(&format!("{user}/contacts")).expect(404);
    server.post(&format!("{user}/restore"), &json!({})).expect(200);
    assert_eq!(server.get(&format!("{user}/contacts")).expect(200)["data"].as_array().unwrap().len(), 1);
}

#[test]
fn whoever_cannot_have_a_link_is_skipped_and_the_others_get_theirs() {
    let world = World::with_contacts(2);
    let [a, b] = &world.contacts[..] else { unreachable!() };
    let split = json!({"mode": "exact", "participants": [{"contact_id": a, "amount": "100000.01"}, {"contact_id": b, "amount": "100000.00"}]});
    let bill = json!({"user_id": world.user, "total_amount": "200000.01", "split": split});
    let bill = world.server.post("/v1/split/bills", &bill).expect(201);
    let requests =
        world.server.post(&format!("/v1/split/bills/{}/payment-requests", id(&bill)), &json!({})).expect(201);
    assert_eq!(requests["data"].as_array().unwrap().len(), 1);
    let skipped = json!([{"participant_id": bill["participants"][0]["id"], "code": "amount_over_upi_limit"}]);
    assert_eq!(requests["skipped"], skipped);
}
