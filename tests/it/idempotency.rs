//! `Idempotency-Key`: a request that is sent again is answered again and not done again.

use std::sync::Barrier;
use std::thread;

use diesel::prelude::*;
use repository::Actor;
use repository::platform::api_keys;
use serde_json::{Value, json};
use strongroom_tests::{Answer, Server};

use crate::world::{World, id, text};

/// Sends a request with a key.
fn keyed(server: &Server, key: &str, method: &str, path: &str, body: &Value) -> Answer {
    server.send(method, path, &[("idempotency-key", key)], Some(&body.to_string()))
}

fn is_replay(answer: &Answer) -> bool {
    answer.header("idempotent-replayed") == "true"
}

/// How many rows there are, by SQL of one number.
fn count(server: &Server, sql: &str) -> i64 {
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        count: i64,
    }
    let mut conn = PgConnection::establish(&server.database().url("postgres")).unwrap();
    diesel::sql_query(sql).get_result::<Count>(&mut conn).unwrap().count
}

fn kept(server: &Server) -> i64 {
    count(server, "SELECT count(*) AS count FROM platform.idempotency_keys")
}

fn bills(server: &Server) -> i64 {
    count(server, "SELECT count(*) AS count FROM split.bills")
}

/// Everything of an answer that a client acts on.
fn answer(answer: &Answer) -> (u16, &str, [&str; 3]) {
    (answer.status, &answer.text, ["location", "etag", "content-type"].map(|name| answer.header(name)))
}

#[test]
fn a_replay_is_the_first_answer_byte_for_byte() {
    let world = World::with_contacts(3);
    let server = &world.server;
    let bill = world.bill("100.00");
    let (path, user) = (format!("/v1/split/bills/{}", id(&bill)), &world.user);
    let talk = format!("/v1/split/users/{user}/conversations/s1");
    let step = json!({"step": "extracting_bill", "context": {"input_type": "text", "said": "कल का खाना"}});
    for (method, path, body) in [
        (
            "POST",
            "/v1/split/bills".to_owned(),
            json!({"user_id": user, "total_amount": "9.99", "split": world.equally()}),
        ),
        ("PATCH", path.clone(), json!({"merchant": "Karim's \"best\"", "description": null})),
        ("PUT", format!("{path}/split"), world.equally()),
        ("POST", format!("{path}/payment-requests"), json!({})),
        ("POST", format!("{path}/cancel"), Value::Null),
        ("PUT", talk.clone(), step.clone()),
        ("POST", format!("{talk}/errors"), json!({"error": "not understood"})),
        (
            "POST",
            format!("/v1/split/users/{user}/contacts/batch"),
            json!([{"name": "", "phone_number": "1"}]),
        ),
    ] {
        let key = format!("{method} {path}").replace(' ', "-");
        let first = keyed(server, &key, method, &path, &body);
        assert!(first.status < 300 && !is_replay(&first), "{method} {path}: {}", first.text);
        let again = keyed(server, &key, method, &path, &body);
        assert!(is_replay(&again), "{method} {path}");
        assert_eq!(answer(&first), answer(&again));
    }
    assert_eq!((bills(server), kept(server)), (2, 8));
    // The error was counted once, though it was reported twice.
    assert_eq!(server.get(&talk).expect(200)["retry_count"], 1);
}

#[test]
fn a_key_belongs_to_one_caller_and_one_request() {
    let world = World::with_contacts(1);
    let server = &world.server;
    let body = json!({"user_id": world.user, "total_amount": "5.00"});
    let first = keyed(server, "k", "POST", "/v1/split/bills", &body).expect(201);

    let mut other = body.clone();
    other["total_amount"] = json!("6.00");
    let patch = format!("/v1/split/bills/{}", id(&first));
    for (method, path, body) in [
        ("POST", "/v1/split/bills", &other),
        ("POST", "/v1/split/bills?dry_run=false", &body),
        ("POST", "/v1/split/users", &json!({"phone_number": "9876543299"})),
        ("PATCH", &patch, &json!({"merchant": "x"})),
    ] {
        let refused = keyed(server, "k", method, path, body).expect(422);
        assert_eq!(
            (&refused["code"], &refused["retryable"]),
            (&json!("idempotency_key_reused"), &json!(false))
        );
    }
    assert_eq!(keyed(server, "K", "POST", "/v1/split/bills", &body).status, 201);

    let scopes = ["split:write".to_owned()];
    let made = server.database().database();
    let (_, token) =
        made.write("test.key", &Actor::system(), |tx| api_keys::insert(tx, "other", &scopes)).unwrap();
    let bearer = format!("Bearer {}", *token.text());
    let headers = [("authorization", bearer.as_str()), ("idempotency-key", "k")];
    let theirs = server.send("POST", "/v1/split/bills", &headers, Some(&other.to_string()));
    assert!(!is_replay(&theirs));
    assert_ne!(id(&theirs.expect(201)), id(&first));
    assert_eq!(bills(server), 3);
}

#[test]
fn twenty_at_once_make_one_bill() {
    let world = World::with_contacts(2);
    let server = &world.server;
    let body = json!({"user_id": world.user, "total_amount": "20.00", "split": world.equally()});
    for round in 0..5 {
        let (key, barrier) = (format!("round-{round}"), Barrier::new(20));
        let answers: Vec<Answer> = thread::scope(|scope| {
            let send = || {
                barrier.wait();
                keyed(server, &key, "POST", "/v1/split/bills", &body)
            };
            let threads: Vec<_> = (0..20).map(|_| scope.spawn(send)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let (done, waiting): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 201);
        assert_eq!(done.iter().filter(|answer| !is_replay(answer)).count(), 1);
        assert!(done.iter().all(|answer| answer.text == done[0].text));
        for answer in waiting {
            assert_eq!(answer.header("retry-after"), "1");
            let problem = answer.expect(409);
            let expected = (&json!("idempotency_key_in_use"), &json!(true));
            assert_eq!((&problem["code"], &problem["retryable"]), expected);
        }
        assert!(is_replay(&keyed(server, &key, "POST", "/v1/split/bills", &body)));
        assert_eq!(bills(server), round + 1);
    }
}

#[test]
fn what_was_refused_is_not_kept() {
    let world = World::with_contacts(0);
    let server = &world.server;
    let contacts = format!("/v1/split/users/{}/contacts", world.user);
    keyed(server, "k", "POST", &contacts, &json!({"name": "Ravi"})).expect(422);
    let nobody = "/v1/split/users/00000000-0000-7000-8000-000000000000/contacts";
    let ravi = json!({"name": "Ravi", "phone_number": "9876543211"});
    keyed(server, "k", "POST", nobody, &ravi).expect(404);
    keyed(server, "k", "POST", "/v1/split/users", &json!({"phone_number": "9876543210"})).expect(409);
    assert_eq!(kept(server), 0);
    let made = keyed(server, "k", "POST", &contacts, &ravi);
    assert!(!is_replay(&made));
    made.expect(201);
}

#[test]
fn a_key_is_free_again_after_a_day() {
    let world = World::with_contacts(0);
    let server = &world.server;
    let body = json!({"user_id": world.user, "total_amount": "5.00"});
    let send = || keyed(server, "k", "POST", "/v1/split/bills", &body);
    let first = id(&send().expect(201));
    let age = |hours: u32| {
        server.database().sabotage(&format!(
            "UPDATE platform.idempotency_keys SET created_at = now() - INTERVAL '{hours} hours'"
        ));
    };
    age(23);
    assert_eq!(id(&send().expect(201)), first);
    age(24);
    let second = send();
    assert!(!is_replay(&second));
    let second = id(&second.expect(201));
    assert_ne!(first, second);
    let replay = send();
    assert!(is_replay(&replay));
    assert_eq!((id(&replay.expect(201)), kept(server)), (second, 1));
    // An old key says nothing of another request either.
    age(24);
    keyed(server, "k", "POST", "/v1/split/users", &json!({"phone_number": "9876543299"})).expect(201);
}

#[test]
fn erasing_somebody_erases_the_answers_that_tell_of_them() {
    let world = World::with_contacts(2);
    let server = &world.server;
    let bill = world.bill("100.00");
    let requests = format!("/v1/split/bills/{}/payment-requests", id(&bill));
    let share = text(&bill, "/participants/0/id");
    let contact = text(&bill, "/participants/0/contact_id");
    let other = json!({"phone_number": "9876543299", "name": "Bina"});
    let other = id(&keyed(server, "other", "POST", "/v1/split/users", &other).expect(201));
    let asked = keyed(server, "asked", "POST", &requests, &json!({})).expect(201);
    let theirs = text(&asked, "/data/0/id");
    let theirs = format!("/v1/split/payment-requests/{theirs}/attempts");
    let sent = json!({"channel": "sms", "outcome": "sent"});
    keyed(server, "sent", "POST", &theirs, &sent).expect(200);
    keyed(server, "paid", "POST", &format!("/v1/split/participants/{share}/confirm"), &Value::Null)
        .expect(200);
    let name = json!({"name": "Friend Zero"});
    keyed(server, "renamed", "PATCH", &format!("/v1/split/contacts/{}", world.contacts[1]), &name)
        .expect(200);
    assert_eq!(kept(server), 5);

    // Both shares were asked for in one answer, so that it goes with the first who is erased.
    let erase = |path: &str| server.send("DELETE", &format!("{path}?erase=true"), &[], None).expect(200);
    assert_eq!(erase(&format!("/v1/split/contacts/{contact}"))["idempotency_keys"], 3);
    let again =
        keyed(server, "paid", "POST", &format!("/v1/split/participants/{share}/confirm"), &Value::Null);
    assert!(!is_replay(&again));
    assert_eq!(erase(&format!("/v1/split/users/{}", world.user))["idempotency_keys"], 2);
    assert_eq!(kept(server), 1);
    assert_eq!(erase(&format!("/v1/split/users/{other}"))["idempotency_keys"], 1);
}

#[test]
fn a_key_that_is_none_is_refused_and_a_delete_needs_none() {
    let world = World::with_contacts(1);
    let server = &world.server;
    let body = json!({"user_id": world.user, "total_amount": "5.00"});
    for key in ["two words", "Schlüssel", &"x".repeat(256)] {
        let refused = keyed(server, key, "POST", "/v1/split/bills", &body).expect(400);
        keyed(server, key, "POST", "/v1/split/bills?dry_run=true", &body).expect(400);
        assert!(text(&refused, "/detail").starts_with("Idempotency-Key must"), "{refused}");
    }
    let contact = format!("/v1/split/contacts/{}", world.contacts[0]);
    assert_eq!(server.send("DELETE", &contact, &[("idempotency-key", "two words")], None).status, 204);
    // What reads takes any: it is as good as none.
    keyed(server, "two words", "POST", "/v1/split/users/lookup", &json!({"phone_number": "9876543210"}))
        .expect(200);
    assert_eq!((kept(server), bills(server)), (0, 0));
}

#[test]
fn keys_and_answers_stand_nowhere_in_clear() {
    let world = World::with_contacts(0);
    let server = &world.server;
    let user = json!({"phone_number": "9876543299", "name": "Zebunnisa"});
    keyed(server, "key-of-zebunnisa", "POST", "/v1/split/users", &user).expect(201);
    let is_shown = "SELECT count(*) AS count FROM platform.idempotency_keys k
                     WHERE encode(convert_to(k::text, 'UTF8'), 'escape') ILIKE '%zebunnisa%'
                        OR encode(answer, 'escape') ILIKE '%zebunnisa%' OR encode(answer, 'escape') LIKE '%9876543299%'";
    assert_eq!((kept(server), count(server, is_shown)), (1, 0));
    assert!(!server.log().contains("key-of-zebunnisa"));
    // A sealed answer is bound to its row.
    server.database().sabotage("UPDATE platform.idempotency_keys SET id = gen_random_uuid()");
    let refused = keyed(server, "key-of-zebunnisa", "POST", "/v1/split/users", &user).expect(500);
    assert_eq!(refused["code"], "internal");
}
