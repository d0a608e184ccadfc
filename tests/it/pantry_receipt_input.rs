//! What is wrong with a receipt, a line of one, or a question about them is said at the field, and nothing is stored.

use serde_json::{Value, json};
use strongroom_tests::Server;

use crate::bad_json;
use crate::household::{Household, send};
use crate::world::{id, named, pointers, text};

const NOBODY: &str = "00000000-0000-7000-8000-000000000000";

/// A field, what is wrong in it, and the code.
type Wrong = (&'static str, Value, &'static str);

/// Fields of a receipt that can also be changed.
fn wrong_in_receipts() -> Vec<Wrong> {
    vec![
        ("conversation_id", json!(NOBODY), "unknown_conversation"),
        ("conversation_id", json!("x"), "invalid_id"),
        ("conversation_id", json!(7), "wrong_type"),
        ("store_name", json!(" "), "empty"),
        ("store_name", json!("x".repeat(256)), "too_long"),
        ("store_name", json!("a\u{0}b"), "control_character"),
        ("store_name", json!(["Lidl"]), "wrong_type"),
        ("total_amount", json!("12,50 zł"), "ambiguous_amount"),
        ("total_amount", json!("1,234"), "ambiguous_amount"),
        ("total_amount", json!("NaN"), "ambiguous_amount"),
        ("total_amount", json!("1.5555"), "too_many_decimals"),
        ("total_amount", json!(100_000_000), "too_large"),
        ("total_amount", json!(-100_000_000), "too_large"),
        ("total_amount", json!(true), "wrong_type"),
        ("total_amount", json!([5]), "wrong_type"),
        ("purchase_date", json!("2026-02-30"), "invalid_date"),
        ("purchase_date", json!("26-2-3"), "invalid_date"),
        ("purchase_date", json!("1969-12-31"), "out_of_range"),
        ("purchase_date", json!("2201-01-01"), "out_of_range"),
        ("purchase_date", json!(20_261_120), "wrong_type"),
        ("receipt_date", json!("yesterday"), "invalid_time"),
        ("receipt_date", json!(7), "wrong_type"),
        ("image_path", json!(""), "empty"),
        ("image_path", json!("x".repeat(501)), "too_long"),
        ("image_path", json!({}), "wrong_type"),
        ("ocr_confidence", json!(-0.01), "out_of_range"),
        ("ocr_confidence", json!(1.01), "out_of_range"),
        ("ocr_confidence", json!("0.5"), "wrong_type"),
        ("metadata", json!([]), "wrong_type"),
        ("metadata", json!("{}"), "wrong_type"),
        ("metadata", json!({"a": "x".repeat(65_536)}), "too_long"),
        ("items", json!({}), "wrong_type"),
        ("items", json!(vec![json!({"product_name": "A"}); 501]), "too_many"),
        ("colour", json!("red"), "unknown_field"),
    ]
}

/// Fields of a line.
fn wrong_in_items() -> Vec<Wrong> {
    vec![
        ("product_name", json!(""), "empty"),
        ("product_name", json!("x".repeat(256)), "too_long"),
        ("product_name", json!("a\u{0}b"), "control_character"),
        ("product_name", json!(7), "wrong_type"),
        ("product_id", json!(NOBODY), "unknown_product"),
        ("product_id", json!("x"), "invalid_id"),
        ("category_id", json!(NOBODY), "unknown_category"),
        ("category_id", json!(""), "invalid_id"),
        ("quantity", json!(0), "not_positive"),
        ("quantity", json!("-1"), "not_positive"),
        ("quantity", json!("1.2345"), "too_many_decimals"),
        ("quantity", json!("1.234,5"), "invalid_number"),
        ("quantity", json!(10_000_000), "too_large"),
        ("quantity", json!({}), "wrong_type"),
        ("unit", json!(" "), "empty"),
        ("unit", json!("x".repeat(51)), "too_long"),
        ("unit", json!("a\nb"), "control_character"),
        ("unit", json!(1), "wrong_type"),
        ("unit_price", json!("0.00955"), "too_many_decimals"),
        ("unit_price", json!("1,234.5"), "invalid_number"),
        ("unit_price", json!(100_000_000), "too_large"),
        ("unit_price", json!(false), "wrong_type"),
        ("total_price", json!("1.234"), "ambiguous_amount"),
        ("total_price", json!("5 PLN"), "ambiguous_amount"),
        ("total_price", json!(0.001), "too_many_decimals"),
        ("total_price", json!("100000000"), "too_large"),
        ("total_price", json!([]), "wrong_type"),
        ("price", json!(5), "unknown_field"),
    ]
}

/// The body with a field set.
fn with(mut body: Value, field: &str, value: &Value) -> Value {
    body[field] = value.clone();
    body
}

#[test]
fn what_is_wrong_with_a_receipt_is_said_at_the_field() {
    let server = Server::start();
    let home = Household::new(&server, "kowalscy");
    let made = home.receipt(&server, ["Lidl", "2026-11-20", "5"], &json!([{"product_name": "Kawa"}]));
    let path = format!("/v1/pantry/receipts/{}", id(&made));
    let new = || home.new_receipt(["Lidl", "2026-11-20", "5"], &json!([]));
    for (field, value, code) in wrong_in_receipts() {
        let expected = named(&[(&format!("/{field}"), code)]);
        let posted = server.post("/v1/pantry/receipts", &with(new(), field, &value));
        assert_eq!(pointers(&posted), expected, "POST {value:.60}: {:.300}", posted.text);
        let patched = send(&server, "PATCH", &path, &with(json!({}), field, &value));
        assert_eq!(pointers(&patched), expected, "PATCH {value:.60}: {:.300}", patched.text);
    }
    for (field, value, code) in [
        ("user_id", json!(NOBODY), "unknown_user"),
        ("user_id", json!("x"), "invalid_id"),
        ("user_id", Value::Null, "wrong_type"),
    ] {
        let posted = server.post("/v1/pantry/receipts", &with(new(), field, &value));
        assert_eq!(pointers(&posted), named(&[("/user_id", code)]));
    }
    for (field, code) in [("receipt_date", "not_null"), ("metadata", "not_null"), ("items", "not_null")] {
        let patched = send(&server, "PATCH", &path, &with(json!({}), field, &Value::Null));
        assert_eq!(pointers(&patched), named(&[(&format!("/{field}"), code)]));
    }
    let patched = send(&server, "PATCH", &path, &json!({"user_id": home.id}));
    assert_eq!(pointers(&patched), named(&[("/user_id", "unknown_field")]));
    assert_eq!(pointers(&server.post("/v1/pantry/receipts", &json!({}))), named(&[("/user_id", "missing")]));
    let several = json!({"user_id": "x", "total_amount": "1.234", "items": [{"product_name": "", "quantity": 0}, {"product_name": "A", "unit": ""}]});
    let expected = [
        ("/user_id", "invalid_id"),
        ("/total_amount", "ambiguous_amount"),
        ("/items/0/product_name", "empty"),
        ("/items/0/quantity", "not_positive"),
        ("/items/1/unit", "empty"),
    ];
    assert_eq!(pointers(&server.post("/v1/pantry/receipts", &several)), named(&expected));
    let user = &home.id;
    let body = |data: &str| format!(r#"{{"user_id": "{user}", "metadata": {data}}}"#);
    bad_json::check(&server, "POST", "/v1/pantry/receipts", "/metadata", body);
    bad_json::check(&server, "PATCH", &path, "/metadata", |data| format!(r#"{{"metadata": {data}}}"#));
    for odd in ["1e200000", "-1e-200000", "1e400"] {
        let body = format!(r#"{{"user_id": "{user}", "total_amount": {odd}}}"#);
        let refused = server.send("POST", "/v1/pantry/receipts", &[], Some(&body));
        assert_eq!(refused.status, 422, "{odd}: {:.300}", refused.text);
    }
    assert_eq!(server.get(&path).expect(200), made);
    assert_eq!(home.list(&server, "/receipts").len(), 1);
}

#[test]
fn what_is_wrong_with_a_line_is_said_at_the_field() {
    let server = Server::start();
    let home = Household::new(&server, "kowalscy");
    let made = home.receipt(&server, ["Lidl", "2026-11-20", "5"], &json!([{"product_name": "Kawa"}]));
    let path = format!("/v1/pantry/receipts/{}", id(&made));
    let item = format!("/v1/pantry/receipt-items/{}", text(&made, "/items/0/id"));
    for (field, value, code) in wrong_in_items() {
        let line = with(json!({"product_name": "Kawa"}), field, &value);
        let expected = named(&[(&format!("/{field}"), code)]);
        let added = server.post(&format!("{path}/items"), &line);
        assert_eq!(pointers(&added), expected, "POST {value:.60}: {:.300}", added.text);
        let changed = send(&server, "PATCH", &item, &with(json!({}), field, &value));
        assert_eq!(pointers(&changed), expected, "PATCH {value:.60}: {:.300}", changed.text);
        let expected = named(&[(&format!("/items/1/{field}"), code)]);
        let items = json!([{"product_name": "Kawa"}, line]);
        let posted = server.post("/v1/pantry/receipts", &home.new_receipt(["", "", ""], &items));
        assert_eq!(pointers(&posted), expected, "{value:.60}: {:.300}", posted.text);
        let replaced = send(&server, "PATCH", &path, &json!({"items": items}));
        assert_eq!(pointers(&replaced), expected, "{value:.60}: {:.300}", replaced.text);
    }
    for field in ["product_name", "quantity"] {
        let changed = send(&server, "PATCH", &item, &with(json!({}), field, &Value::Null));
        assert_eq!(pointers(&changed), named(&[(&format!("/{field}"), "not_null")]));
    }
    let added = server.post(&format!("{path}/items"), &json!({}));
    assert_eq!(pointers(&added), named(&[("/product_name", "missing")]));
    let much = json!({"quantity": "9999999", "unit_price": "99999999"});
    assert_eq!(pointers(&send(&server, "PATCH", &item, &much)), named(&[("/total_price", "too_large")]));
    assert_eq!(server.get(&path).expect(200), made);

    let most: Vec<Value> = (0..500).map(|n| json!({"product_name": format!("Kawa {n}")})).collect();
    send(&server, "PATCH", &path, &json!({"items": most})).expect(200);
    let one_more = server.post(&format!("{path}/items"), &json!({"product_name": "Kawa"}));
    assert_eq!(pointers(&one_more), named(&[("", "too_many")]));
    for (body, pointer, code) in [
        (json!({"only": [NOBODY]}), "/only/0", "unknown_item"),
        (json!({"only": [text(&made, "/items/0/id"), "x"]}), "/only/1", "invalid_id"),
        (json!({"only": "x"}), "/only", "wrong_type"),
        (json!({"only": vec![NOBODY; 501]}), "/only", "too_many"),
        (json!({"all": true}), "/all", "unknown_field"),
    ] {
        let refused = server.post(&format!("{path}/to-pantry"), &body);
        assert_eq!(pointers(&refused), named(&[(pointer, code)]), "{:.300}", refused.text);
    }
}

#[test]
fn a_question_about_receipts_that_means_nothing_is_refused_at_its_parameter() {
    let server = Server::start();
    let home = Household::new(&server, "kowalscy");
    for (question, pointer, code) in [
        ("/receipts?start_date=2026-13-01", "/start_date", "invalid_date"),
        ("/receipts?end_date=now", "/end_date", "invalid_date"),
        ("/receipts?start_date=2026-11-02&end_date=2026-11-01", "/end_date", "range_reversed"),
        ("/receipts?store=", "/store", "empty"),
        ("/receipts?limit=0", "/limit", "limit_out_of_range"),
        ("/receipts?shop=Lidl", "/shop", "unknown_field"),
        ("/spending", "/start_date", "missing"),
        ("/spending?start_date=2026-11-01", "/end_date", "missing"),
        ("/spending?start_date=x&end_date=2026-11-01", "/start_date", "invalid_date"),
        ("/spending?start_date=2026-11-02&end_date=2026-11-01", "/end_date", "range_reversed"),
        ("/spending?start_date=2026-11-01&end_date=2026-11-30&by=week", "/by", "unknown_value"),
        ("/spending?start_date=2026-11-01&end_date=2026-11-30&limit=5", "/limit", "unknown_field"),
    ] {
        assert_eq!(pointers(&server.get(&home.path(question))), named(&[(pointer, code)]), "{question}");
    }
    let forged = server.get(&home.path("/receipts?cursor=AAAA")).expect(400);
    assert_eq!(forged["code"], "invalid_cursor");
}
