//! Wrong input of the selling bot, field by field.

use serde_json::{Value, json};

use crate::bad_json;
use crate::seller::{Bot, code};
use crate::world::{id, named, pointers};

/// What is wrong with a field: the value, and the rule that it breaks.
type Wrong = (&'static str, Value, &'static str);

fn texts(field: &'static str, longest: usize) -> Vec<Wrong> {
    vec![
        (field, json!(""), "empty"),
        (field, json!(" \n "), "empty"),
        (field, json!("ñ".repeat(longest + 1)), "too_long"),
        (field, json!("a\u{0}b"), "control_character"),
        (field, json!(7), "wrong_type"),
        (field, json!(["x"]), "wrong_type"),
        (field, json!({"x": "y"}), "wrong_type"),
    ]
}

fn counts(field: &'static str) -> Vec<Wrong> {
    vec![
        (field, json!(-1), "out_of_range"),
        (field, json!(2_147_483_648_i64), "out_of_range"),
        (field, json!(1.5), "wrong_type"),
        (field, json!("1"), "wrong_type"),
        (field, json!(1e30), "wrong_type"),
    ]
}

fn ratios(field: &'static str, least: f64) -> Vec<Wrong> {
    vec![
        (field, json!(1.000_001), "out_of_range"),
        (field, json!(least - 0.000_001), "out_of_range"),
        (field, json!("0.5"), "wrong_type"),
        (field, json!([0.5]), "wrong_type"),
    ]
}

fn prices(field: &'static str) -> Vec<Wrong> {
    vec![
        (field, json!("-0.01"), "negative"),
        (field, json!(-1), "negative"),
        (field, json!("100000000"), "too_large"),
        (field, json!("1.005"), "too_many_decimals"),
        (field, json!("NaN"), "invalid_number"),
        (field, json!("Infinity"), "invalid_number"),
        (field, json!(true), "wrong_type"),
        (field, json!([]), "wrong_type"),
    ]
}

fn times(field: &'static str) -> Vec<Wrong> {
    vec![
        (field, json!("yesterday"), "invalid_time"),
        (field, json!("2026-13-01T00:00:00Z"), "invalid_time"),
        (field, json!("2026-03-02T10:00:00"), "invalid_time"),
        (field, json!(0), "wrong_type"),
    ]
}

fn ids(field: &'static str) -> Vec<Wrong> {
    vec![(field, json!("x"), "invalid_id"), (field, json!(7), "wrong_type")]
}

fn sets(field: &'static str) -> Vec<Wrong> {
    vec![
        (field, json!("unheard_of"), "unknown_value"),
        (field, json!(""), "unknown_value"),
        (field, json!(1), "wrong_type"),
    ]
}

/// Sends each wrong value in the place of a right one, and finds the field named and nothing else.
fn refused(bot: &Bot, method: &str, path: &str, right: &Value, wrong: Vec<Wrong>) {
    for (field, value, what) in wrong {
        let mut body = right.clone();
        body[field] = value.clone();
        let answer = bot.send(method, path, &body);
        let expected = named(&[(&format!("/{field}"), what)]);
        assert_eq!(
            pointers(&answer),
            expected,
            "{method} {path} {field} = {value:.60}: {:.200}",
            answer.text
        );
    }
}

/// Numbers that no column can hold, and texts in other shapes, do not bring anything down.
fn odd_numbers(bot: &Bot, method: &str, path: &str, field: &str, rest: &str) {
    for number in ["1e200000", "-1e-200000", &"9".repeat(2_000), "1e400"] {
        let body = format!(r#"{{"{field}": {number}{rest}}}"#);
        let answer = bot.server.send(method, &format!("/v1/market{path}"), &[], Some(&body));
        assert!(
            pointers(&answer).iter().any(|(pointer, _)| *pointer == format!("/{field}")),
            "{body:.60}: {}",
            answer.text
        );
    }
}

#[test]
fn of_products() {
    let bot = Bot::start();
    let right = json!({"wallapop_id": "1", "title": "Bicycle", "price": "420.00"});
    let product = bot.product("p");
    let path = format!("/products/{product}");
    let mut wrong =
        [texts("wallapop_id", 50), texts("title", 200), texts("category", 100), texts("location", 100)]
            .concat();
    wrong.extend(texts("description", 2_000).into_iter().filter(|(_, _, what)| *what != "control_character"));
    wrong.extend([prices("price"), sets("status"), sets("condition"), times("listed_at")].concat());
    wrong.extend([counts("views_count"), counts("favorites_count")].concat());
    wrong.extend([
        ("currency", json!("EURO"), "unknown_currency"),
        ("currency", json!("XXX"), "unknown_currency"),
        ("currency", json!(978), "wrong_type"),
        ("sold_at", json!("2026-03-02T10:00:00Z"), "unknown_field"),
        ("id", json!(product), "unknown_field"),
    ]);
    refused(&bot, "POST", "/products", &right, wrong.clone());
    let shown = bot.get(&path);
    refused(&bot, "PATCH", &path, &json!({}), wrong);
    for field in
        ["wallapop_id", "title", "price", "currency", "status", "views_count", "favorites_count", "listed_at"]
    {
        let answer = bot.patch(&path, &json!({field: null}));
        assert_eq!(pointers(&answer), named(&[(&format!("/{field}"), "not_null")]));
    }
    for field in ["wallapop_id", "title", "price"] {
        let mut body = right.clone();
        body.as_object_mut().unwrap().remove(field);
        assert_eq!(pointers(&bot.post("/products", &body)), named(&[(&format!("/{field}"), "missing")]));
    }
    let yen = json!({"wallapop_id": "1", "title": "Lamp", "price": "10.50", "currency": "jpy"});
    assert_eq!(pointers(&bot.post("/products", &yen)), named(&[("/price", "too_many_decimals")]));
    assert_eq!(
        pointers(&bot.patch(&path, &json!({"price": "0.5", "currency": "JPY"}))),
        named(&[("/price", "too_many_decimals")])
    );
    odd_numbers(&bot, "POST", "/products", "price", r#", "title": "x", "wallapop_id": "x""#);
    odd_numbers(&bot, "PATCH", &path, "views_count", "");
    let several = json!({"wallapop_id": "", "title": "", "price": "x", "status": "x", "condition": "x", "views_count": -1});
    assert_eq!(pointers(&bot.post("/products", &several)).len(), 6);
    let counters = format!("{path}/counters");
    refused(
        &bot,
        "POST",
        &counters,
        &json!({}),
        vec![
            ("views", json!(-1), "out_of_range"),
            ("views", json!(1_000_001), "out_of_range"),
            ("favorites", json!(-1_000_001), "out_of_range"),
            ("favorites", json!("1"), "wrong_type"),
            ("likes", json!(1), "unknown_field"),
        ],
    );
    assert_eq!(bot.get(&path), shown, "nothing was stored");
    for (query, pointer, what) in [
        ("status=gone", "/status", "unknown_value"),
        ("min_price=x", "/min_price", "invalid_number"),
        ("max_price=-1", "/max_price", "negative"),
        ("category=", "/category", "empty"),
        ("limit=0", "/limit", "limit_out_of_range"),
        ("colour=red", "/colour", "unknown_field"),
    ] {
        let answer = bot.server.get(&format!("/v1/market/products?{query}"));
        assert_eq!(pointers(&answer), named(&[(pointer, what)]), "{query}");
    }
    assert_eq!(bot.server.get("/v1/market/products?cursor=x").status, 400);
    let batch = bot
        .post(
            "/products/batch",
            &json!([{"wallapop_id": "", "price": "x"}, 7, {"wallapop_id": "9", "title": null}]),
        )
        .expect(200);
    assert_eq!(batch["counts"]["invalid"], 3);
    assert_eq!(batch["results"][0]["errors"].as_array().map(Vec::len), Some(2));
    assert_eq!(batch["results"][2]["errors"][0]["pointer"], "/title");
}

#[test]
fn of_buyers() {
    let bot = Bot::start();
    let buyer = bot.buyer("b");
    let path = format!("/buyers/{buyer}");
    let right = json!({"wallapop_user_id": "b2", "username": "juan"});
    let mut wrong: Vec<Wrong> = Vec::new();
    for field in ["username", "display_name"] {
        wrong.extend([
            (field, json!(""), "empty"),
            (field, json!("x".repeat(201)), "too_long"),
            (field, json!(7), "wrong_type"),
        ]);
    }
    wrong.extend([
        ("phone", json!("12"), "invalid_phone_number"),
        ("phone", json!(612_345_678), "wrong_type"),
        ("email", json!("juan"), "invalid_email"),
        ("email", json!([]), "wrong_type"),
        ("is_verified", json!("yes"), "wrong_type"),
        ("profile_data", json!([]), "wrong_type"),
        ("profile_data", json!("x"), "wrong_type"),
        ("profile_data", json!({"a": "x".repeat(65_536)}), "too_long"),
        ("trust_score", json!(1), "unknown_field"),
        ("total_conversations", json!(1), "unknown_field"),
        ("is_blocked", json!(true), "unknown_field"),
    ]);
    let shown = bot.get(&path);
    refused(
        &bot,
        "PUT",
        "/buyers/by-wallapop-id",
        &right,
        [wrong.clone(), texts("wallapop_user_id", 50)].concat(),
    );
    refused(&bot, "PATCH", &path, &json!({}), wrong);
    refused(&bot, "PATCH", &path, &json!({}), vec![("wallapop_user_id", json!("x"), "unknown_field")]);
    for field in ["username", "is_verified"] {
        assert_eq!(
            pointers(&bot.patch(&path, &json!({field: null}))),
            named(&[(&format!("/{field}"), "not_null")])
        );
    }
    let nameless = bot.put("/buyers/by-wallapop-id", &json!({"wallapop_user_id": "new"}));
    assert_eq!(pointers(&nameless), named(&[("/username", "missing")]));
    for (body, pointer, what) in [
        (json!({}), "", "one_of"),
        (json!({"phone": "612345678", "email": "a@b.example"}), "", "one_of"),
        (json!({"phone": "12"}), "/phone", "invalid_phone_number"),
        (json!({"email": "x"}), "/email", "invalid_email"),
        (json!({"username": ""}), "/username", "empty"),
        (json!({"wallapop_user_id": ""}), "/wallapop_user_id", "empty"),
        (json!({"name": "x"}), "/name", "unknown_field"),
    ] {
        assert_eq!(pointers(&bot.post("/buyers/lookup", &body)), named(&[(pointer, what)]), "{body}");
    }
    refused(&bot, "POST", "/buyers/is-blocked", &json!({}), texts("wallapop_user_id", 50));
    assert_eq!(
        pointers(&bot.server.get("/v1/market/buyers?is_blocked=maybe")),
        named(&[("/is_blocked", "invalid_value")])
    );
    bad_json::check(&bot.server, "PATCH", &format!("/v1/market{path}"), "/profile_data", |object| {
        format!(r#"{{"profile_data": {object}}}"#)
    });
    assert_eq!(bot.get(&path), shown, "nothing was stored");
}

#[test]
fn of_conversations() {
    let bot = Bot::start();
    let (product, buyer, chat) = bot.talk("a");
    let path = format!("/conversations/{chat}");
    let right = Bot::new_conversation("c", &product, &buyer);
    refused(
        &bot,
        "POST",
        "/conversations",
        &right,
        [texts("wallapop_chat_id", 50), ids("product_id"), ids("buyer_id")].concat(),
    );
    for (field, what) in [("product_id", "unknown_product"), ("buyer_id", "unknown_buyer")] {
        let mut body = right.clone();
        body[field] = json!(chat);
        assert_eq!(pointers(&bot.post("/conversations", &body)), named(&[(&format!("/{field}"), what)]));
    }
    let mut wrong =
        [prices("negotiated_price"), times("meeting_time"), texts("intent_detected", 50)].concat();
    wrong.extend([ratios("sentiment_score", -1.0), ratios("bot_confidence", 0.0)].concat());
    wrong.extend([
        ("meeting_location", json!(""), "empty"),
        ("meeting_location", json!(7), "wrong_type"),
        ("status", json!("completed"), "unknown_field"),
        ("message_count", json!(1), "unknown_field"),
    ]);
    let shown = bot.get(&path);
    refused(&bot, "PATCH", &path, &json!({}), wrong);
    refused(&bot, "POST", &format!("{path}/complete"), &json!({}), prices("negotiated_price"));
    odd_numbers(&bot, "PATCH", &path, "negotiated_price", "");
    assert_eq!(bot.get(&path), shown, "nothing was stored");
    for (query, pointer, what) in [
        ("status=gone", "/status", "unknown_value"),
        ("product_id=x", "/product_id", "invalid_id"),
        ("buyer_id=x", "/buyer_id", "invalid_id"),
        ("archived=perhaps", "/archived", "invalid_value"),
    ] {
        assert_eq!(
            pointers(&bot.server.get(&format!("/v1/market/conversations?{query}"))),
            named(&[(pointer, what)])
        );
    }
    for (method, action) in [("POST", "/cancel"), ("POST", "/block"), ("POST", "/reopen"), ("POST", "/read")]
    {
        let refused = bot.send(method, &format!("{path}{action}"), &json!({"x": 1}));
        assert_eq!(pointers(&refused), named(&[("/x", "unknown_field")]), "{action}");
    }
    for gone in ["00000000-0000-7000-8000-00000000dead", "x"] {
        let absent = bot.act(&format!("/conversations/{gone}/complete"));
        assert_eq!(code(&absent, 404), "not_found");
    }
    let long = format!("/v1/market/conversations/by-wallapop-id/{}", "x".repeat(51));
    assert_eq!(pointers(&bot.server.get(&long)), named(&[("/wallapop_chat_id", "too_long")]));
    let long = format!("/v1/market/products/by-wallapop-id/{}", "x".repeat(51));
    assert_eq!(pointers(&bot.server.get(&long)), named(&[("/wallapop_id", "too_long")]));
}

#[test]
fn of_messages() {
    let bot = Bot::start();
    let (_, buyer, chat) = bot.talk("a");
    let path = format!("/conversations/{chat}/messages");
    let right = json!({"content": "Dime.", "message_type": "bot_message"});
    let mut wrong = [sets("message_type"), texts("wallapop_message_id", 50), texts("intent", 50)].concat();
    wrong.extend([ratios("sentiment", -1.0), ids("buyer_id")].concat());
    wrong.extend([
        ("content", json!(""), "empty"),
        ("content", json!("x".repeat(20_001)), "too_long"),
        ("content", json!("a\u{0}"), "control_character"),
        ("content", json!(7), "wrong_type"),
        ("entities", json!([]), "wrong_type"),
        ("entities", json!({"a": "x".repeat(65_536)}), "too_long"),
        ("is_processed", json!(true), "unknown_field"),
    ]);
    refused(&bot, "POST", &path, &right, wrong);
    for (body, what) in [
        (json!({"content": "x", "message_type": "user_message"}), "missing"),
        (json!({"content": "x", "message_type": "user_message", "buyer_id": chat}), "wrong_buyer"),
        (json!({"content": "x", "message_type": "system_message", "buyer_id": buyer}), "not_allowed"),
    ] {
        assert_eq!(pointers(&bot.post(&path, &body)), named(&[("/buyer_id", what)]));
    }
    let body =
        |object: &str| format!(r#"{{"content": "x", "message_type": "bot_message", "entities": {object}}}"#);
    bad_json::check(&bot.server, "POST", &format!("/v1/market{path}"), "/entities", body);
    assert_eq!(bot.get(&path)["data"], json!([]), "nothing was stored");

    let message = id(&bot.post(&path, &Bot::new_message(&buyer, "¡Hola!")).expect(201));
    let row = format!("/messages/{message}");
    refused(
        &bot,
        "POST",
        "/messages/claim",
        &json!({"limit": 1}),
        vec![
            ("limit", json!(0), "out_of_range"),
            ("limit", json!(101), "out_of_range"),
            ("limit", json!("1"), "wrong_type"),
            ("lease_seconds", json!(0), "out_of_range"),
            ("lease_seconds", json!(3_601), "out_of_range"),
            ("worker", json!("w1"), "unknown_field"),
        ],
    );
    assert_eq!(pointers(&bot.post("/messages/claim", &json!({}))), named(&[("/limit", "missing")]));
    let mut wrong = [ids("claim_id"), texts("intent", 50), ratios("sentiment", -1.0)].concat();
    wrong.push(("entities", json!("x"), "wrong_type"));
    refused(&bot, "POST", &format!("{row}/processed"), &json!({}), wrong);
    refused(
        &bot,
        "POST",
        &format!("{row}/failed"),
        &json!({"error": "x"}),
        vec![
            ("error", json!(""), "empty"),
            ("error", json!("x".repeat(2_001)), "too_long"),
            ("error", json!(7), "wrong_type"),
            ("retry_after_seconds", json!(-1), "out_of_range"),
            ("retry_after_seconds", json!(86_401), "out_of_range"),
            ("claim_id", json!("x"), "invalid_id"),
        ],
    );
    refused(&bot, "POST", &format!("{row}/release"), &json!({}), ids("claim_id"));
    assert_eq!(
        pointers(&bot.post(&format!("{row}/release"), &json!({}))),
        named(&[("/claim_id", "missing")])
    );
    assert_eq!(
        pointers(&bot.post(&format!("{row}/requeue"), &json!({"x": 1}))),
        named(&[("/x", "unknown_field")])
    );
    assert_eq!(
        pointers(&bot.server.get("/v1/market/messages?failed=7")),
        named(&[("/failed", "invalid_value")])
    );
    assert_eq!(
        pointers(&bot.server.get("/v1/market/messages?message_type=x")),
        named(&[("/message_type", "unknown_value")])
    );
    assert_eq!(bot.get(&row)["attempts"], 0);
}

#[test]
fn of_bot_sessions_and_reports() {
    let bot = Bot::start();
    bot.put("/bot-sessions/bot-1", &Value::Null).expect(201);
    let activity = [counts("messages_sent"), counts("active_conversations")].concat();
    refused(&bot, "POST", "/bot-sessions/bot-1/activity", &json!({}), activity);
    let limit = "/bot-sessions/bot-1/rate-limit";
    for (body, pointer, what) in [
        (json!({}), "", "one_of"),
        (json!({"seconds": 5, "until": "2026-03-02T10:00:00Z"}), "", "one_of"),
        (json!({"seconds": 0}), "/seconds", "out_of_range"),
        (json!({"seconds": 86_401}), "/seconds", "out_of_range"),
        (json!({"until": "soon"}), "/until", "invalid_time"),
        (json!({"for": 5}), "/for", "unknown_field"),
    ] {
        assert_eq!(pointers(&bot.put(limit, &body)), named(&[(pointer, what)]), "{body}");
    }
    let long = bot.put(&format!("/bot-sessions/{}", "x".repeat(101)), &Value::Null);
    assert_eq!(pointers(&long), named(&[("/session_id", "too_long")]));
    for (path, pointer, what) in [
        ("statistics/daily?date=yesterday", "/date", "invalid_date"),
        ("reports/daily?from=x", "/from", "invalid_date"),
        ("reports/daily?to=x", "/to", "invalid_date"),
        ("stats?x=1", "/x", "unknown_field"),
    ] {
        assert_eq!(
            pointers(&bot.server.get(&format!("/v1/market/{path}"))),
            named(&[(pointer, what)]),
            "{path}"
        );
    }
}
