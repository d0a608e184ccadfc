//! Wrong input of reports, field by field.

use serde_json::{Value, json};
use strongroom_tests::Server;

use crate::bad_json;
use crate::exporter::{metrics, send, with_report};
use crate::world::{each, id, named, pointers};

/// Wrong input of a report, which is refused alike whether the report is made or changed.
fn wrong_input() -> Vec<(&'static str, Value, &'static str)> {
    let mut wrong = vec![
        ("product_image_url", json!("files/a.png"), "invalid_url"),
        ("product_image_url", json!("ftp://x.example/a.png"), "invalid_url"),
        ("product_image_url", json!("https://asha:pw@x.example"), "credentials_in_url"),
        ("product_image_url", json!(format!("https://x.example/{}", "x".repeat(483))), "too_long"),
        ("business_type", json!("Bakery"), "unknown_value"),
        ("company_size", json!("Large"), "unknown_value"),
        ("monthly_volume", json!(0), "out_of_range"),
        ("monthly_volume", json!(-1), "out_of_range"),
        ("monthly_volume", json!(2_147_483_648_i64), "out_of_range"),
        ("monthly_volume", json!(2.5), "wrong_type"),
        ("monthly_volume", json!("250"), "wrong_type"),
        ("status", json!("completed"), "unknown_field"),
        ("report_data", json!({}), "unknown_field"),
    ];
    for (text, longest) in [
        ("product_name", 200),
        ("destination_country", 100),
        ("ingredients", 2_000),
        ("bom", 2_000),
        ("price_range", 100),
        ("payment_mode", 100),
    ] {
        wrong.extend([
            (text, json!(""), "empty"),
            (text, json!(" \n "), "empty"),
            (text, json!("न".repeat(longest + 1)), "too_long"),
            (text, json!("a\u{0}b"), "control_character"),
        ]);
    }
    for field in [
        "product_name",
        "destination_country",
        "ingredients",
        "bom",
        "product_image_url",
        "business_type",
        "company_size",
        "price_range",
        "payment_mode",
    ] {
        wrong.extend([(field, json!(7), "wrong_type"), (field, json!(["x"]), "wrong_type")]);
    }
    wrong
}

#[test]
fn what_is_wrong_with_the_input_is_said_at_the_field_and_nothing_is_stored() {
    let server = Server::start();
    let (user, report) = with_report(&server);
    let new = json!({"user_id": user, "product_name": "Lamps", "destination_country": "USA"});
    let make = |field: &str, value: &Value| {
        let mut new = new.clone();
        new[field] = value.clone();
        server.post("/v1/export/reports", &new)
    };
    let made = server.get(&report).expect(200);
    for (field, value, code) in wrong_input() {
        let expected = named(&[(&format!("/{field}"), code)]);
        for answer in [make(field, &value), send(&server, "PATCH", &report, &json!({field: value}))] {
            assert_eq!(pointers(&answer), expected, "{value:.60}: {:.300}", answer.text);
        }
    }
    for (user, code) in
        [(json!("x"), "invalid_id"), (json!(7), "wrong_type"), (made["id"].clone(), "unknown_user")]
    {
        assert_eq!(pointers(&make("user_id", &user)), named(&[("/user_id", code)]));
    }
    for field in ["user_id", "product_name", "destination_country"] {
        let mut new = new.clone();
        new.as_object_mut().unwrap().remove(field);
        let refused = server.post("/v1/export/reports", &new);
        assert_eq!(pointers(&refused), named(&[(&format!("/{field}"), "missing")]));
    }
    for field in ["product_name", "destination_country", "business_type", "company_size"] {
        let cleared = send(&server, "PATCH", &report, &json!({field: null}));
        assert_eq!(pointers(&cleared), named(&[(&format!("/{field}"), "not_null")]));
    }
    let exponent = server.send("PATCH", &report, &[], Some(r#"{"monthly_volume": 1e2}"#));
    assert_eq!(pointers(&exponent), named(&[("/monthly_volume", "wrong_type")]));
    let several = json!({"user_id": "x", "product_name": "", "destination_country": "", "bom": "", "company_size": "x"});
    assert_eq!(pointers(&server.post("/v1/export/reports", &several)).len(), 5);
    let several = json!({"product_name": "", "destination_country": "", "bom": "", "company_size": "x"});
    assert_eq!(pointers(&send(&server, "PATCH", &report, &several)).len(), 4);
    let listed = server.get(&format!("/v1/export/users/{user}/reports")).expect(200);
    assert_eq!(each(&listed["data"], "id"), [id(&made)]);
    assert_eq!(server.get(&report).expect(200), made);
}

#[test]
fn what_is_wrong_with_an_outcome_is_said_at_the_field_and_nothing_is_stored() {
    let server = Server::start();
    let (user, report) = with_report(&server);
    let made = server.get(&report).expect(200);
    let written = |data: Value, pointer: &'static str| ("report_data", data, pointer, "wrong_type");
    let wrong: &[(&str, Value, &str, &str)] = &[
        ("report_data", json!([]), "/report_data", "wrong_type"),
        ("report_data", json!("text"), "/report_data", "wrong_type"),
        ("report_data", Value::Null, "/report_data", "wrong_type"),
        ("hs_code", json!("85.39.5"), "/hs_code", "invalid_hs_code"),
        ("hs_code", json!(853_952), "/hs_code", "wrong_type"),
        ("hs_code_confidence", json!("100.01"), "/hs_code_confidence", "out_of_range"),
        ("hs_code_confidence", json!("-1"), "/hs_code_confidence", "out_of_range"),
        ("hs_code_confidence", json!("1.234"), "/hs_code_confidence", "too_many_decimals"),
        ("hs_code_confidence", json!("NaN"), "/hs_code_confidence", "invalid_number"),
        ("hs_code_confidence", json!(true), "/hs_code_confidence", "wrong_type"),
        ("risk_score", json!(101), "/risk_score", "out_of_range"),
        ("risk_score", json!(-1), "/risk_score", "out_of_range"),
        ("risk_score", json!(1.5), "/risk_score", "wrong_type"),
        ("risk_score", json!("40"), "/risk_score", "wrong_type"),
        ("estimated_cost", json!("-0.01"), "/estimated_cost", "negative"),
        ("estimated_cost", json!("1.234"), "/estimated_cost", "too_many_decimals"),
        ("estimated_cost", json!("10000000000.00"), "/estimated_cost", "too_large"),
        ("estimated_cost", json!("Infinity"), "/estimated_cost", "invalid_amount"),
        ("estimated_cost", json!({}), "/estimated_cost", "wrong_type"),
        ("estimated_timeline_days", json!(-1), "/estimated_timeline_days", "out_of_range"),
        ("estimated_timeline_days", json!(2_147_483_648_i64), "/estimated_timeline_days", "out_of_range"),
        ("estimated_timeline_days", json!(1.5), "/estimated_timeline_days", "wrong_type"),
        ("status", json!("completed"), "/status", "unknown_field"),
        written(json!({"hs_code": "853952"}), "/report_data/hs_code"),
        written(json!({"hs_code": {"code": 853_952}}), "/report_data/hs_code/code"),
        written(json!({"hs_code": {"confidence": true}}), "/report_data/hs_code/confidence"),
        written(json!({"risk_score": "41"}), "/report_data/risk_score"),
        written(json!({"costs": []}), "/report_data/costs"),
        written(json!({"costs": {"total": "dear"}}), "/report_data/costs/total"),
        written(json!({"costs": {"logistics": []}}), "/report_data/costs/logistics"),
        written(json!({"timeline": 45}), "/report_data/timeline"),
        written(json!({"timeline": {"estimated_days": "45"}}), "/report_data/timeline/estimated_days"),
        written(json!({"timeline": {"breakdown": {}}}), "/report_data/timeline/breakdown"),
        written(json!({"timeline": {"breakdown": [{}, 7]}}), "/report_data/timeline/breakdown/1"),
        written(
            json!({"timeline": {"breakdown": [{"duration_days": "9"}]}}),
            "/report_data/timeline/breakdown/0/duration_days",
        ),
        ("report_data", json!({"hs_code": {"code": "8539"}}), "/report_data/hs_code/code", "invalid_hs_code"),
        ("report_data", json!({"risk_score": 101}), "/report_data/risk_score", "out_of_range"),
        ("report_data", json!({"costs": {"total": -1}}), "/report_data/costs/total", "negative"),
    ];
    let path = format!("{report}/complete");
    for (field, value, pointer, code) in wrong {
        let mut body = json!({"report_data": {}});
        body[*field] = value.clone();
        let answer = server.post(&path, &body);
        assert_eq!(pointers(&answer), named(&[(pointer, code)]), "{value:.60}: {:.300}", answer.text);
    }
    assert_eq!(pointers(&server.post(&path, &json!({}))), named(&[("/report_data", "missing")]));
    bad_json::check(&server, "POST", &path, "/report_data", |data| format!(r#"{{"report_data": {data}}}"#));
    for (body, pointer, code) in [
        (json!({"reason": ""}), "/reason", "empty"),
        (json!({"reason": "न".repeat(2_001)}), "/reason", "too_long"),
        (json!({"reason": "a\u{0}b"}), "/reason", "control_character"),
        (json!({"reason": 7}), "/reason", "wrong_type"),
        (json!({"why": "x"}), "/why", "unknown_field"),
        (json!([]), "", "wrong_type"),
    ] {
        let answer = server.post(&format!("{report}/fail"), &body);
        assert_eq!(pointers(&answer), named(&[(pointer, code)]), "{:.300}", answer.text);
    }
    for (body, pointer, code) in [
        (json!({}), "/hs_code", "missing"),
        (json!({"hs_code": 853_952}), "/hs_code", "wrong_type"),
        (json!({"hs_code": null}), "/hs_code", "wrong_type"),
        (json!({"hs_code": "853952", "confidence": 100}), "/confidence", "unknown_field"),
    ] {
        let answer = send(&server, "PUT", &format!("{report}/hs-code"), &body);
        assert_eq!(pointers(&answer), named(&[(pointer, code)]), "{:.300}", answer.text);
    }
    assert_eq!(server.get(&report).expect(200), made);
    assert_eq!(metrics(&server, &user)["reports_generated"], 0);
}

#[test]
fn a_filter_that_means_nothing_is_refused_at_its_name() {
    let server = Server::start();
    let (user, _) = with_report(&server);
    for list in [format!("/v1/export/users/{user}/reports"), "/v1/export/reports".to_owned()] {
        for (filter, pointer, code) in [
            ("status=done", "/status", "unknown_value"),
            ("hs_code=9", "/hs_code", "invalid_hs_code"),
            ("hs_code=09%25", "/hs_code", "invalid_hs_code"),
            ("hs_code=12345678901", "/hs_code", "invalid_hs_code"),
            ("destination=", "/destination", "empty"),
            ("from=yesterday", "/from", "invalid_time"),
            ("to=2026-11-20", "/to", "invalid_time"),
            ("min_risk=101", "/min_risk", "out_of_range"),
            ("max_risk=-1", "/max_risk", "out_of_range"),
            ("min_risk=high", "/min_risk", "invalid_value"),
            ("limit=0", "/limit", "limit_out_of_range"),
            ("risk=1", "/risk", "unknown_field"),
        ] {
            assert_eq!(
                pointers(&server.get(&format!("{list}?{filter}"))),
                named(&[(pointer, code)]),
                "{filter}"
            );
        }
    }
}
