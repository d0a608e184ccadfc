//! Reports over HTTP: their life, the figures that are taken from them, lists, and what is refused.

use std::thread;

use serde_json::{Value, json};
use strongroom_tests::{Answer, Server};

use crate::bad_json;
use crate::exporter::{self, Exporter, complete, metrics, new_user, send, with_report};
use crate::world::{each, id, named, pointers, text};

/// One more report of an exporter: its path.
fn another(server: &Server, user: &str) -> String {
    format!("/v1/export/reports/{}", exporter::report(server, user))
}

fn set_hs_code(server: &Server, report: &str, code: &str) -> Answer {
    send(server, "PUT", &format!("{report}/hs-code"), &json!({"hs_code": code}))
}

fn conflict(answer: &Answer) -> String {
    text(&answer.expect(409), "/code")
}

#[test]
fn an_hs_code_is_replaced_in_the_figures_and_in_what_the_agent_wrote() {
    let server = Server::start();
    let (user, report) = with_report(&server);
    assert_eq!(conflict(&set_hs_code(&server, &report, "0910.30.30")), "report_not_completed");
    let data = json!({
        "hs_code": {"code": "091099", "confidence": 61.5, "description": "Spices"}, "risk_score": 41,
    });
    let completed = complete(&server, &report, &data).expect(200);
    assert_eq!(
        (&completed["hs_code"], &completed["hs_code_confidence"]),
        (&json!("091099"), &json!("61.50"))
    );

    let answer = set_hs_code(&server, &report, "0910.30.30");
    let replaced = answer.expect(200);
    assert_eq!(
        (&replaced["hs_code"], &replaced["hs_code_confidence"]),
        (&json!("09103030"), &json!("100.00"))
    );
    let expected = json!({
        "hs_code": {"code": "09103030", "confidence": 100, "description": "Spices"}, "risk_score": 41,
    });
    assert_eq!(replaced["report_data"], expected);
    let again = set_hs_code(&server, &report, "09103030");
    assert_eq!((again.expect(200), again.header("etag")), (replaced, answer.header("etag")));

    let replaced = set_hs_code(&server, &report, "85 39.52").expect(200);
    assert_eq!(
        (&replaced["hs_code"], &replaced["report_data"]["hs_code"]["code"]),
        (&json!("853952"), &json!("853952"))
    );
    for wrong in ["85.39.5", "०९१०३०", "", "85-39-52", "8539520", "853952000000"] {
        let refused = set_hs_code(&server, &report, wrong);
        assert_eq!(pointers(&refused), named(&[("/hs_code", "invalid_hs_code")]), "{wrong}");
    }
    assert_eq!(server.get(&report).expect(200), replaced);

    for written in [json!({}), json!({"hs_code": null})] {
        let report = another(&server, &user);
        complete(&server, &report, &written).expect(200);
        let replaced = set_hs_code(&server, &report, "853952").expect(200);
        assert_eq!(replaced["report_data"], json!({"hs_code": {"code": "853952", "confidence": 100}}));
    }
}

#[test]
fn figures_that_are_not_given_are_taken_from_the_report() {
    let server = Server::start();
    let (user, report) = with_report(&server);
    let data = json!({
        "hs_code": {"code": "0910.30.30", "confidence": 92.505}, "risk_score": 41,
        "costs": {"certifications": 45000, "documentation": 5000, "logistics": "30000.01", "total": 80000},
        "timeline": {
            "estimated_days": 45,
            "breakdown": [{"duration_days": 20}, {"duration_days": 15}, {"duration_days": 9}],
        },
    });
    let completed = complete(&server, &report, &data).expect(200);
    let figures =
        ["hs_code", "hs_code_confidence", "risk_score", "estimated_cost", "estimated_timeline_days"];
    let figures_of = |report: &Value| Value::from_iter(figures.map(|figure| report[figure].clone()));
    assert_eq!(figures_of(&completed), json!(["09103030", "92.51", 41, "80000.00", 45]));
    assert_eq!((&completed["status"], &completed["report_data"]), (&json!("completed"), &data));
    assert_eq!(server.get(&report).expect(200), completed);

    let report = another(&server, &user);
    let given = json!({
        "report_data": {"costs": {"total": "80000.00"}}, "hs_code": "85 39.52", "hs_code_confidence": 7,
        "risk_score": 0, "estimated_cost": "80000.01", "estimated_timeline_days": 0,
    });
    let completed = server.post(&format!("{report}/complete"), &given).expect(200);
    assert_eq!(figures_of(&completed), json!(["853952", "7.00", 0, "80000.01", 0]));

    let report = another(&server, &user);
    let completed = complete(&server, &report, &json!({})).expect(200);
    assert_eq!(figures_of(&completed), json!([null, null, null, null, null]));
    assert_eq!(metrics(&server, &user)["reports_generated"], 3);
}

#[test]
fn figures_that_contradict_each_other_are_refused_and_nothing_is_stored() {
    let server = Server::start();
    let (user, report) = with_report(&server);
    let costs = |total: Value| json!({"costs": {"certifications": 45000, "documentation": 5000, "logistics": 30000.01, "total": total}});
    let days = |phases: [u8; 3]| json!({"timeline": {"estimated_days": 45, "breakdown": phases.map(|days| json!({"duration_days": days}))}});
    let wrong: &[(Value, Value, &str, &str)] = &[
        (costs(json!(80000.03)), json!({}), "/report_data/costs/total", "total_mismatch"),
        (costs(json!("79999.99")), json!({}), "/report_data/costs/total", "total_mismatch"),
        (days([20, 15, 8]), json!({}), "/report_data/timeline/estimated_days", "days_mismatch"),
        (days([20, 15, 12]), json!({}), "/report_data/timeline/estimated_days", "days_mismatch"),
        (json!({"risk_score": 41}), json!({"risk_score": 40}), "/risk_score", "disagrees"),
        (json!({"hs_code": {"code": "853952"}}), json!({"hs_code": "853953"}), "/hs_code", "disagrees"),
        (
            json!({"hs_code": {"confidence": 61.5}}),
            json!({"hs_code_confidence": "61.49"}),
            "/hs_code_confidence",
            "disagrees",
        ),
        (costs(json!(80000)), json!({"estimated_cost": "80000.02"}), "/estimated_cost", "disagrees"),
        (days([20, 15, 9]), json!({"estimated_timeline_days": 44}), "/estimated_timeline_days", "disagrees"),
    ];
    for (data, given, pointer, code) in wrong {
        let mut body = given.clone();
        body["report_data"] = data.clone();
        let refused = server.post(&format!("{report}/complete"), &body);
        assert_eq!(pointers(&refused), named(&[(pointer, code)]), "{body}: {}", refused.text);
    }
    let unchanged = server.get(&report).expect(200);
    assert_eq!((&unchanged["status"], &unchanged["report_data"]), (&json!("processing"), &json!({})));
    assert_eq!(metrics(&server, &user)["reports_generated"], 0);
    for right in [costs(json!(80000)), costs(json!(80000.02)), days([20, 15, 9]), days([20, 15, 11])] {
        complete(&server, &another(&server, &user), &right).expect(200);
    }
}

#[test]
fn each_step_leads_from_one_status_to_another_and_nowhere_else() {
    let server = Server::start();
    let (user, report) = with_report(&server);
    let step = |name: &str| match name {
        "complete" => complete(&server, &report, &json!({})),
        "fail" => server.post(&format!("{report}/fail"), &json!({"reason": "the model was down"})),
        _ => server.send("POST", &format!("{report}/{name}"), &[], None),
    };
    let refuses = |steps: &[&str]| {
        for name in steps {
            assert_eq!(conflict(&step(name)), "illegal_transition", "{name}");
        }
    };
    refuses(&["retry"]);
    let failed = step("fail").expect(200);
    assert_eq!(
        (&failed["status"], &failed["failure_reason"]),
        (&json!("failed"), &json!("the model was down"))
    );
    refuses(&["fail", "complete"]);
    let retried = step("retry").expect(200);
    assert_eq!((&retried["status"], &retried["failure_reason"]), (&json!("processing"), &Value::Null));
    refuses(&["retry"]);
    let completed = step("complete").expect(200);
    refuses(&["complete", "fail", "retry"]);
    assert_eq!(server.get(&report).expect(200), completed);
    assert_eq!(metrics(&server, &user)["reports_generated"], 1);

    let report = another(&server, &user);
    for nothing in ["", "{}", r#"{"reason": null}"#] {
        let failed = server.send("POST", &format!("{report}/fail"), &[], Some(nothing)).expect(200);
        assert_eq!(failed["failure_reason"], Value::Null);
        server.send("POST", &format!("{report}/retry"), &[], None).expect(200);
    }
    exporter::delete_report(&server, &id(&server.get(&report).expect(200)));
    complete(&server, &report, &json!({})).expect(404);
    server.post(&format!("{report}/fail"), &json!({})).expect(404);
    server.send("POST", &format!("{report}/retry"), &[], None).expect(404);
    set_hs_code(&server, &report, "853952").expect(404);
}

#[test]
fn of_many_completions_at_once_one_wins() {
    let server = Server::start();
    let (user, report) = with_report(&server);
    let answers: Vec<Answer> = thread::scope(|scope| {
        let send = |n: usize| {
            let (server, report) = (&server, &report);
            scope.spawn(move || complete(server, report, &json!({"n": n})))
        };
        let sent: Vec<_> = (0..8).map(send).collect();
        sent.into_iter().map(|answer| answer.join().unwrap()).collect()
    });
    let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
    assert_eq!((won.len(), lost.len()), (1, 7));
    assert!(lost.iter().all(|answer| conflict(answer) == "illegal_transition"));
    assert_eq!(server.get(&report).expect(200), won[0].expect(200));
    assert_eq!(metrics(&server, &user)["reports_generated"], 1);
}

#[test]
fn the_input_of_a_report_is_the_users_where_absent_and_changes_until_completion() {
    let server = Server::start();
    let user = id(&server.post("/v1/export/users", &new_user("a.sen@example.com")).expect(201));
    let new = json!({
        "user_id": user, "product_name": " हल्दी ", "destination_country": "Germany", "ingredients": "Curcuma longa",
        "bom": "jute bags", "product_image_url": "https://x.example/a.png", "price_range": "200 to 250",
        "payment_mode": "letter of credit",
    });
    let answer = server.post("/v1/export/reports", &new);
    let made = answer.expect(201);
    let report = format!("/v1/export/reports/{}", id(&made));
    assert_eq!((answer.header("location"), answer.header("etag")), (report.as_str(), "\"1\""));
    assert_eq!(
        (&made["status"], &made["report_data"], &made["product_name"]),
        (&json!("processing"), &json!({}), &json!("हल्दी"))
    );
    assert_eq!(
        (&made["business_type"], &made["company_size"], &made["monthly_volume"]),
        (&json!("Merchant"), &json!("Small"), &json!(250))
    );
    for field in ["user_id", "ingredients", "bom", "product_image_url", "price_range", "payment_mode"] {
        assert_eq!(made[field], new[field], "{field}");
    }

    let change = |tag: &str, body: &Value| {
        server.send("PATCH", &report, &[("if-match", tag)], Some(&body.to_string()))
    };
    let changes = json!({
        "product_name": "Turmeric powder", "business_type": "saas", "company_size": "Micro", "monthly_volume": null,
        "ingredients": null, "bom": null, "product_image_url": null, "price_range": null, "payment_mode": null,
    });
    let answer = change("\"1\"", &changes);
    let changed = answer.expect(200);
    assert_eq!(answer.header("etag"), "\"2\"");
    let mut expected = changes;
    expected["business_type"] = json!("SaaS");
    for (field, value) in expected.as_object().unwrap() {
        assert_eq!(&changed[field], value, "{field}");
    }
    assert_eq!(changed["destination_country"], "Germany");
    change("\"1\"", &json!({"bom": "boxes"})).expect(412);

    server.post(&format!("{report}/fail"), &json!({})).expect(200);
    change("*", &json!({"destination_country": "Netherlands"})).expect(200);
    server.send("POST", &format!("{report}/retry"), &[], None).expect(200);
    let completed = complete(&server, &report, &json!({})).expect(200);
    assert_eq!(completed["destination_country"], "Netherlands");
    assert_eq!(conflict(&change("*", &json!({"bom": "boxes"}))), "report_is_final");
    assert_eq!(server.get(&report).expect(200), completed);
}

#[test]
fn a_list_shows_the_newest_first_without_what_makes_a_report_long() {
    let server = Server::start();
    let user = id(&server.post("/v1/export/users", &new_user("a.sen@example.com")).expect(201));
    let other = id(&server.post("/v1/export/users", &new_user("b.sen@example.com")).expect(201));
    let make = |user: &str, country: &str| {
        let new = json!({"user_id": user, "product_name": "Lamps", "destination_country": country});
        server.post("/v1/export/reports", &new).expect(201)
    };
    let made = [make(&user, "Germany"), make(&user, "USA"), make(&user, "Germany"), make(&other, "Germany")];
    let ids = made.each_ref().map(id);
    for (report, code, risk) in [(&ids[0], "09103030", 40), (&ids[1], "853952", 60)] {
        let data = json!({"hs_code": {"code": code}, "risk_score": risk});
        complete(&server, &format!("/v1/export/reports/{report}"), &data).expect(200);
    }
    server.post(&format!("/v1/export/reports/{}/fail", ids[2]), &json!({})).expect(200);
    let (own, all) = (format!("/v1/export/users/{user}/reports"), "/v1/export/reports".to_owned());
    let second = text(&made[1], "/created_at");
    let filters: &[(&str, &[usize])] = &[
        ("", &[2, 1, 0]),
        ("status=completed", &[1, 0]),
        ("status=failed", &[2]),
        ("status=processing", &[]),
        ("hs_code=09", &[0]),
        ("hs_code=0910.3", &[0]),
        ("hs_code=853952", &[1]),
        ("hs_code=85395200", &[]),
        ("destination=Germany", &[2, 0]),
        ("destination=germany", &[]),
        ("destination=German", &[]),
        (&format!("from={second}"), &[2, 1]),
        (&format!("to={second}"), &[0]),
        ("min_risk=40", &[1, 0]),
        ("min_risk=41", &[1]),
        ("max_risk=60", &[1, 0]),
        ("max_risk=59", &[0]),
        ("min_risk=0&max_risk=100", &[1, 0]),
        ("status=completed&hs_code=85&destination=USA&min_risk=60&max_risk=60", &[1]),
        ("status=completed&hs_code=85&destination=Germany", &[]),
    ];
    let listed = |path: &str| {
        let page = server.get(path).expect(200);
        each(&page["data"], "id").into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    for (filter, expected) in filters {
        let expected: Vec<String> = expected.iter().map(|n| ids[*n].clone()).collect();
        assert_eq!(listed(&format!("{own}?{filter}")), expected, "{filter}");
        let among_all: Vec<String> =
            listed(&format!("{all}?{filter}")).into_iter().filter(|id| *id != ids[3]).collect();
        assert_eq!(among_all, expected, "{filter}, of all users");
    }
    assert_eq!(listed(&all), [3, 2, 1, 0].map(|n| ids[n].clone()));
    let page = server.get(&format!("{own}?limit=2&destination=Germany")).expect(200);
    for row in page["data"].as_array().unwrap() {
        assert!(["report_data", "ingredients", "bom"].iter().all(|field| row.get(*field).is_none()), "{row}");
    }

    let (mut path, mut pages) = (format!("{all}?limit=3&destination=Germany"), Vec::new());
    loop {
        let page = server.get(&path).expect(200);
        pages.push(each(&page["data"], "id").join(" "));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("{all}?limit=2&destination=Germany&cursor={cursor}");
    }
    assert_eq!(pages.join(" "), [3, 2, 0].map(|n| ids[n].clone()).join(" "));
    exporter::delete_report(&server, &ids[0]);
    assert_eq!(listed(&format!("{own}?status=completed")), [ids[1].clone()]);
    server.get(&format!("/v1/export/users/{}/reports", ids[0])).expect(404);
}

#[test]
fn a_report_of_nearly_a_mebibyte_comes_back_as_it_was_written() {
    const MOST: usize = 1 << 20;
    let server = Server::start();
    let (user, report) = with_report(&server);
    let row =
        |n: usize| format!(r#"{{"n":{n},"price":0.10,"name":"हल्दी \"7\"","exact":12345678901234567890.50}}"#);
    let rows: Vec<String> = (0..10_000).map(row).collect();
    let start = format!(r#"{{"report_data":{{"rows":[{}],"fill":""#, rows.join(","));
    let body = |length: usize| format!(r#"{start}{}"}}}}"#, "x".repeat(length - start.len() - 3));
    let send = |report: &str, body: &str| server.send("POST", &format!("{report}/complete"), &[], Some(body));
    let longest = body(MOST);
    assert_eq!(longest.len(), MOST);
    assert_eq!(send(&report, &body(MOST + 1)).status, 413);
    let sent: Value = serde_json::from_str(&longest).unwrap();
    let answer = send(&report, &longest).expect(200);
    assert!(answer["report_data"] == sent["report_data"], "the answer has another report");
    let read = server.get(&report);
    assert!(read.expect(200)["report_data"] == sent["report_data"], "the report that is read is another");
    assert_eq!(read.text.matches("12345678901234567890.50").count(), rows.len());
    let listed = server.get(&format!("/v1/export/users/{user}/reports"));
    assert!(listed.text.len() < 5_000, "{} bytes", listed.text.len());
}

#[test]
fn a_deleted_report_is_absent_with_what_hangs_on_it_until_restored() {
    let server = Server::start();
    let (user, report) = with_report(&server);
    let certificate =
        json!({"certification_id": "ce", "certification_name": "CE", "certification_type": "CE"});
    let certificate = server.post(&format!("{report}/certifications"), &certificate).expect(201);
    let certificate = format!("/v1/export/certifications/{}", id(&certificate));
    let made = server.get(&report).expect(200);
    assert_eq!(server.send("DELETE", &report, &[("if-match", "\"9\"")], None).status, 412);
    assert_eq!(server.send("DELETE", &report, &[("if-match", "\"1\"")], None).status, 204);
    for path in [&report, &certificate, &format!("{report}/action-plan"), &format!("{report}/certifications")]
    {
        server.get(path).expect(404);
    }
    send(&server, "PATCH", &report, &json!({"bom": "boxes"})).expect(404);
    server.send("DELETE", &report, &[], None).expect(404);
    assert_eq!(server.get(&format!("/v1/export/users/{user}/reports")).expect(200)["data"], json!([]));

    let restored = server.send("POST", &format!("{report}/restore"), &[], None).expect(200);
    assert_eq!((&restored["id"], &restored["created_at"]), (&made["id"], &made["created_at"]));
    assert_eq!(server.get(&report).expect(200), restored);
    server.get(&certificate).expect(200);
}

#[test]
fn an_exporter_asks_for_reports_and_an_agent_writes_them() {
    let server = Server::start();
    let (asha, bina) =
        (Exporter::register(&server, "asha@example.com"), Exporter::register(&server, "bina@example.com"));
    let new = |user: &str| json!({"user_id": user, "product_name": "Lamps", "destination_country": "USA"});
    let made = asha.send(&server, "POST", "/v1/export/reports", &new(&asha.id)).expect(201);
    let report = format!("/v1/export/reports/{}", id(&made));
    let foreign = asha.send(&server, "POST", "/v1/export/reports", &new(&bina.id));
    assert_eq!(pointers(&foreign), named(&[("/user_id", "unknown_user")]));
    for (method, path, body) in [
        ("GET", "/v1/export/reports".to_owned(), Value::Null),
        ("POST", format!("{report}/complete"), json!({"report_data": {}})),
        ("POST", format!("{report}/fail"), json!({})),
    ] {
        let refused = asha.send(&server, method, &path, &body).expect(403);
        assert_eq!(refused["code"], "insufficient_scope", "{path}");
    }
    complete(&server, &report, &json!({})).expect(200);
    let code = asha.send(&server, "PUT", &format!("{report}/hs-code"), &json!({"hs_code": "853952"}));
    assert_eq!(code.expect(200)["hs_code"], "853952");
    for (method, path, body) in [
        ("GET", report.clone(), Value::Null),
        ("PATCH", report.clone(), json!({"bom": "boxes"})),
        ("DELETE", report.clone(), Value::Null),
        ("PUT", format!("{report}/hs-code"), json!({"hs_code": "853952"})),
        ("GET", format!("/v1/export/users/{}/reports", asha.id), Value::Null),
    ] {
        bina.send(&server, method, &path, &body).expect(404);
    }
    assert_eq!(asha.send(&server, "DELETE", &report, &Value::Null).status, 204);
    asha.send(&server, "POST", &format!("{report}/restore"), &Value::Null).expect(200);
}

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
