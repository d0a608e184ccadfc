//! What the bot keeps outside the database: the same answers with Redis and without, and while Redis is away.

use std::thread;

use serde_json::{Map, Value, json};
use strongroom_tests::{Redis, Server};

use crate::redis::wait_until_redis_is;
use crate::seller::{Bot, code};
use crate::world::{named, pointers};

/// A machine that is busy with other tests shall not look like a Redis that is away.
fn with(redis: &Redis) -> Bot {
    let bot = Bot { server: Server::start_with(&[("REDIS_URL", &redis.url()), ("REDIS_TIMEOUT", "10")]) };
    wait_until_redis_is(&bot.server, "ok");
    bot
}

/// Runs a test with Redis and without.
fn both(test: impl Fn(&Bot)) {
    test(&Bot::start());
    let redis = Redis::start();
    test(&with(&redis));
}

fn status(bot: &Bot, path: &str) -> u16 {
    bot.server.get(&format!("/v1/market{path}")).status
}

#[test]
fn a_value_is_kept_for_its_time_and_dropped() {
    both(|bot| {
        let path = "/cache/product:123";
        assert_eq!(status(bot, path), 404);
        let value = json!({"title": "iPhone", "price": 650.00});
        let kept = bot.put(path, &json!({"value": value})).expect(200);
        assert_eq!(kept, json!({"value": value, "expires_in": 3600}));
        let found = bot.get(path);
        assert!(
            found["value"] == value && (3590..=3600).contains(&found["expires_in"].as_u64().unwrap()),
            "{found}"
        );
        let exact = r#"{"value": [null, 0.10, "x"], "ttl_seconds": 86400}"#;
        bot.server.send("PUT", &format!("/v1/market{path}"), &[], Some(exact)).expect(200);
        let text = bot.server.get(&format!("/v1/market{path}")).text;
        assert!(text.starts_with(r#"{"value":[null,0.10,"x"]"#), "every digit as it came: {text}");
        bot.send("DELETE", path, &Value::Null).expect(204);
        assert_eq!(bot.send("DELETE", path, &Value::Null).status, 404);
        assert_eq!(status(bot, path), 404);
    });
}

#[test]
fn a_sessions_time_is_moved_by_extend_alone() {
    both(|bot| {
        let path = "/sessions/session123";
        let first = bot
            .put(path, &json!({"value": {"user_id": 456, "active": true}, "ttl_seconds": 600}))
            .expect(200);
        assert_eq!(first["expires_in"], 600);
        let again = bot.put(path, &json!({"value": {"user_id": 456, "active": false}})).expect(200);
        assert!((590..=600).contains(&again["expires_in"].as_u64().unwrap()), "{again}");
        let extended = bot.act(&format!("{path}/extend")).expect(200);
        assert_eq!(extended, json!({"value": {"user_id": 456, "active": false}, "expires_in": 86_400}));
        assert_eq!(bot.act("/sessions/nobody/extend").status, 404);
        assert_eq!(bot.put("/sessions/other", &json!({"value": 1})).expect(200)["expires_in"], 86_400);
    });
}

#[test]
fn merges_that_come_at_once_all_last_and_a_state_lasts_a_day_from_then() {
    both(|bot| {
        let path = "/conversation-states/chat456";
        bot.put(path, &json!({"value": {"step": "offer", "price": 600}, "ttl_seconds": 60})).expect(200);
        let merged = bot.patch(path, &json!({"value": {"price": null, "place": "Sants"}})).expect(200);
        assert_eq!(merged, json!({"value": {"step": "offer", "place": "Sants"}, "expires_in": 86_400}));
        thread::scope(|scope| {
            for n in 0..50 {
                scope.spawn(move || {
                    let merged = bot.patch(path, &json!({"value": {format!("key-{n}"): n}})).expect(200);
                    assert_eq!(merged["expires_in"], 86_400);
                });
            }
        });
        let state = bot.get(path);
        let mut expected = Map::from_iter((0..50).map(|n| (format!("key-{n}"), json!(n))));
        expected.extend([("step".to_owned(), json!("offer")), ("place".to_owned(), json!("Sants"))]);
        assert_eq!(state["value"], Value::Object(expected));
        assert!((86_390..=86_400).contains(&state["expires_in"].as_u64().unwrap()), "{state}");

        let fresh =
            bot.patch("/conversation-states/fresh", &json!({"value": {"a": 1, "b": null}})).expect(200);
        assert_eq!(fresh["value"], json!({"a": 1}), "a state that is not there counts as empty");
    });
}

#[test]
fn two_processes_merge_into_one_state() {
    let redis = Redis::start();
    let one = with(&redis);
    let other = Bot { server: one.server.beside(&[("REDIS_URL", &redis.url()), ("REDIS_TIMEOUT", "10")]) };
    wait_until_redis_is(&other.server, "ok");
    let merge = |bot: &Bot, name: &str, n: u32| {
        // Where the other process came between again and again, the program tries again.
        while bot.patch("/conversation-states/shared", &json!({"value": {format!("{name}-{n}"): n}})).status
            == 503
        {}
    };
    thread::scope(|scope| {
        for (bot, name) in [(&one, "one"), (&other, "other")] {
            scope.spawn(move || (0..25).for_each(|n| merge(bot, name, n)));
        }
    });
    assert_eq!(one.get("/conversation-states/shared")["value"].as_object().unwrap().len(), 50);
    assert_eq!(
        other.get("/conversation-states/shared")["value"],
        one.get("/conversation-states/shared")["value"]
    );
}

#[test]
fn what_a_change_makes_wrong_is_dropped_with_it_and_not_by_a_dry_run() {
    both(|bot| {
        let (product, _, chat) = bot.talk("a");
        let cached = [format!("/cache/product:{product}"), "/cache/product:p-a".to_owned()];
        let states = [format!("/conversation-states/{chat}"), "/conversation-states/c-a".to_owned()];
        let keep = || {
            for path in cached.iter().chain(&states) {
                bot.put(path, &json!({"value": {}})).expect(200);
            }
        };
        let kept = |paths: &[String]| paths.iter().map(|path| status(bot, path)).collect::<Vec<_>>();
        keep();
        bot.patch(&format!("/products/{product}?dry_run=true"), &json!({"price": "1"})).expect(200);
        bot.act(&format!("/conversations/{chat}/cancel?dry_run=true")).expect(200);
        assert_eq!((kept(&cached), kept(&states)), (vec![200, 200], vec![200, 200]));
        bot.patch(&format!("/products/{product}"), &json!({"price": "600"})).expect(200);
        assert_eq!((kept(&cached), kept(&states)), (vec![404, 404], vec![200, 200]));
        bot.post("/products/batch", &json!([{"wallapop_id": "p-a", "price": "600"}])).expect(200);
        keep();
        bot.post("/products/batch", &json!([{"wallapop_id": "p-a", "price": "590"}])).expect(200);
        assert_eq!(kept(&cached), [404, 404]);
        bot.act(&format!("/conversations/{chat}/complete")).expect(200);
        assert_eq!(kept(&states), [404, 404]);
        keep();
        bot.send("DELETE", &format!("/products/{product}?erase=true"), &Value::Null).expect(200);
        assert_eq!((kept(&cached), kept(&states)), (vec![404, 404], vec![404, 404]));
    });
}

#[test]
fn a_dry_run_keeps_moves_and_drops_nothing() {
    both(|bot| {
        let (session, state) = ("/sessions/s", "/conversation-states/s");
        assert_eq!(
            bot.put(&format!("{session}?dry_run=true"), &json!({"value": 1})).header("dry-run"),
            "true"
        );
        assert_eq!(status(bot, session), 404);
        bot.put(session, &json!({"value": 1, "ttl_seconds": 60})).expect(200);
        let tried = bot.act(&format!("{session}/extend?dry_run=true")).expect(200);
        assert_eq!(tried["expires_in"], 86_400);
        bot.send("DELETE", &format!("{session}?dry_run=true"), &Value::Null).expect(204);
        assert!(bot.get(session)["expires_in"].as_u64().unwrap() <= 60);
        bot.patch(&format!("{state}?dry_run=true"), &json!({"value": {"a": 1}})).expect(200);
        assert_eq!(status(bot, state), 404);
    });
}

#[test]
fn redis_learns_neither_what_is_kept_nor_what_it_is_called() {
    let redis = Redis::start();
    let bot = with(&redis);
    let state = json!({"value": {"step": "offer", "place": "Sants"}});
    bot.put("/conversation-states/chat456", &state).expect(200);
    bot.put("/sessions/session123", &state).expect(200);
    bot.put("/cache/product:123", &state).expect(200);
    let limit = json!({"identifier": "user456", "limit": 10, "window_seconds": 60});
    bot.post("/rate-limits/check", &limit).expect(200);
    let dump = redis.dump();
    for kind in ["session", "state", "cache"] {
        assert_eq!(dump.matches(&format!("strongroom:market:{kind}:")).count(), 1, "{dump}");
    }
    for clear in ["Sants", "offer", "chat456", "session123", "product:123", "user456"] {
        assert!(!dump.contains(clear), "{clear} stands in {dump}");
    }
    redis.flush();
    assert_eq!(status(&bot, "/conversation-states/chat456"), 404);
    let fresh = bot.patch("/conversation-states/chat456", &json!({"value": {"a": 1}})).expect(200);
    assert_eq!(fresh["value"], json!({"a": 1}));
}

/// Redis goes away, the process serves by itself, and what was kept and dropped meanwhile is so in Redis when it is back.
fn serves_meanwhile(break_it: impl FnOnce(&Redis), mend_it: impl FnOnce(&mut Redis)) {
    let mut redis = Redis::start();
    let bot = Bot { server: Server::start_with(&[("REDIS_URL", &redis.url())]) };
    wait_until_redis_is(&bot.server, "ok");
    let keep = |name: &str, value: u32| {
        drop(bot.put(&format!("/cache/{name}"), &json!({"value": value})).expect(200))
    };
    let found = |name: &str| bot.server.get(&format!("/v1/market/cache/{name}"));
    keep("before", 1);
    keep("changed", 1);
    keep("dropped", 1);
    break_it(&redis);
    wait_until_redis_is(&bot.server, "degraded");
    assert_eq!(found("before").status, 404, "a value from before is a miss");
    keep("changed", 2);
    keep("meanwhile", 3);
    keep("dropped", 2);
    bot.send("DELETE", "/cache/dropped", &Value::Null).expect(204);
    bot.patch("/conversation-states/s", &json!({"value": {"a": 1}})).expect(200);
    mend_it(&mut redis);
    wait_until_redis_is(&bot.server, "ok");
    for (name, value) in [("changed", 2), ("meanwhile", 3)] {
        assert_eq!(found(name).expect(200)["value"], value, "{name}");
    }
    assert_eq!(found("dropped").status, 404);
    assert_eq!(bot.get("/conversation-states/s")["value"], json!({"a": 1}));
}

#[test]
fn a_redis_that_is_killed_loses_nothing_of_what_was_kept_meanwhile() {
    serves_meanwhile(Redis::kill, Redis::restart);
}

#[test]
fn a_redis_that_hangs_is_brought_up_to_date_before_it_is_used() {
    serves_meanwhile(Redis::stop, |redis| redis.resume());
}

#[test]
fn wrong_input_is_named() {
    let bot = Bot::start();
    let long = "x".repeat(65_537);
    for (method, path, body, pointer, what) in [
        ("PUT", "/cache/a", json!({"value": long}), "/value", "too_long"),
        ("PUT", "/sessions/a", json!({"value": [long]}), "/value", "too_long"),
        ("PUT", "/conversation-states/a", json!({"value": {"a": long}}), "/value", "too_long"),
        ("PUT", "/conversation-states/a", json!({"value": []}), "/value", "wrong_type"),
        ("PUT", "/cache/a", json!({}), "/value", "missing"),
        ("PUT", "/cache/a", json!({"value": 1, "ttl": 5}), "/ttl", "unknown_field"),
        ("PUT", "/cache/a", json!({"value": 1, "ttl_seconds": 0}), "/ttl_seconds", "out_of_range"),
        ("PUT", "/cache/a", json!({"value": 1, "ttl_seconds": 86_401}), "/ttl_seconds", "out_of_range"),
        ("PUT", "/cache/a", json!({"value": 1, "ttl_seconds": "60"}), "/ttl_seconds", "wrong_type"),
        ("PUT", "/cache/juan@correo.example", json!({"value": 1}), "/key", "invalid_key"),
        ("GET", "/cache/%2B34612345678", Value::Null, "/key", "invalid_key"),
        ("DELETE", "/sessions/a%20b", Value::Null, "/id", "invalid_key"),
        ("POST", "/sessions/a/extend", json!({"ttl_seconds": -1}), "/ttl_seconds", "out_of_range"),
        ("PATCH", "/conversation-states/a", json!({"value": {"a": long}}), "", "too_long"),
        ("PATCH", "/conversation-states/a", json!({"value": 7}), "/value", "wrong_type"),
        ("PATCH", "/conversation-states/a", json!({"a": 7}), "/a", "unknown_field"),
    ] {
        let refused = bot.send(method, path, &body);
        let found = pointers(&refused);
        assert!(found.contains(&named(&[(pointer, what)])[0]), "{method} {path}: {:.200}", refused.text);
    }
    for (method, path) in [
        ("PUT", "/v1/market/cache/a"),
        ("PUT", "/v1/market/conversation-states/a"),
        ("PATCH", "/v1/market/conversation-states/a"),
    ] {
        crate::bad_json::check(&bot.server, method, path, "/value", |object| {
            format!(r#"{{"value": {object}}}"#)
        });
    }
    let half = json!({"value": {"a": "x".repeat(40_000)}});
    bot.patch("/conversation-states/b", &half).expect(200);
    let refused = bot.patch("/conversation-states/b", &json!({"value": {"b": "x".repeat(40_000)}}));
    assert_eq!(code(&refused, 422), "invalid_input");
    assert_eq!(bot.get("/conversation-states/b")["value"], half["value"]);
}
