//! What is asked about many bills at once: balances and statistics.

use serde_json::json;
use strongroom_tests::Server;

use crate::world::{World, each, id, text};

#[test]
fn balances_say_what_each_contact_owes_over_all_active_bills() {
    let world = World::with_contacts(2);
    let server = &world.server;
    let balances =
        || server.get(&format!("/v1/split/users/{}/balances", world.user)).expect(200)["data"].clone();
    assert_eq!(balances(), json!([]));
    let first = world.bill("100.00");
    let second = world.bill("50.00");
    let cancelled = world.bill("10.00");
    server.post(&format!("/v1/split/bills/{}/cancel", id(&cancelled)), &json!({})).expect(200);
    let dollars = json!({"user_id": world.user, "total_amount": "8", "currency": "USD",
        "split": {"mode": "equal", "participants": [{"contact_id": world.contacts[0]}]}});
    server.post("/v1/split/bills", &dollars).expect(201);
    let paid = text(&second, "/participants/0/id");
    server.post(&format!("/v1/split/participants/{paid}/confirm"), &json!({})).expect(200);

    let found = balances();
    let rows: Vec<_> = (0..3)
        .map(|n| {
            ["name", "currency", "owed", "paid", "open"]
                .map(|field| found[n][field].as_str().unwrap().to_owned())
        })
        .collect();
    assert_eq!(
        rows,
        [
            ["Friend 1", "INR", "75.00", "0.00", "75.00"],
            ["Friend 0", "INR", "75.00", "25.00", "50.00"],
            ["Friend 0", "USD", "8.00", "0.00", "8.00"],
        ]
    );
    assert_eq!(each(&found, "contact_id"), [&world.contacts[1], &world.contacts[0], &world.contacts[0]]);
    assert_eq!(first["status"], "active");
    server.get("/v1/split/users/00000000-0000-7000-8000-000000000000/balances").expect(404);
}

#[test]
fn statistics_count_what_became_of_the_requests() {
    let world = World::on(Server::start_with(&[("PAYMENT_REQUEST_RETENTION_DAYS", "20")]), 4);
    let server = &world.server;
    let path = format!("/v1/split/users/{}/statistics", world.user);
    let none = server.get(&path).expect(200);
    assert_eq!(
        (&none["days"], &none["requests"], &none["success_rate"]),
        (&json!(20), &json!(0), &json!("0.0000"))
    );

    let bill = world.bill("100.00");
    let requests =
        server.post(&format!("/v1/split/bills/{}/payment-requests", id(&bill)), &json!({})).expect(201);
    let requests = each(&requests["data"], "id");
    for (request, channel, outcome) in [
        (requests[0], "whatsapp", "sent"),
        (requests[0], "sms", "failed"),
        (requests[1], "sms", "sent"),
        (requests[2], "whatsapp", "failed"),
        (requests[2], "sms", "failed"),
    ] {
        let body = json!({"channel": channel, "outcome": outcome});
        server.post(&format!("/v1/split/payment-requests/{request}/attempts"), &body).expect(200);
    }
    let paid = text(&bill, "/participants/0/id");
    server.post(&format!("/v1/split/participants/{paid}/confirm"), &json!({})).expect(200);
    let expected = json!({
        "days": 7, "requests": 4, "sent": 2, "failed": 1, "confirmed": 1,
        "channels": [{"channel": "whatsapp", "sent": 1, "failed": 1}, {"channel": "sms", "sent": 1, "failed": 2}],
        "success_rate": "0.5000", "confirmation_rate": "0.2500",
    });
    assert_eq!(server.get(&format!("{path}?days=7")).expect(200), expected);

    server
        .database()
        .sabotage("UPDATE split.payment_requests SET created_at = created_at - INTERVAL '8 days'");
    assert_eq!(server.get(&format!("{path}?days=7")).expect(200)["requests"], 0);
    assert_eq!(server.get(&path).expect(200)["requests"], 4);
    for days in ["0", "21", "-1", "x"] {
        let refused = server.get(&format!("{path}?days={days}")).expect(422);
        assert_eq!(refused["errors"][0]["pointer"], "/days", "{days}");
    }
}
