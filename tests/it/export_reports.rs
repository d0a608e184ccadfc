//! Reports over HTTP: their life, their input, lists, and what becomes of deleted ones.

use std::thread;

use serde_json::{Value, json};
use strongroom_tests::{Answer, Server};

use crate::exporter::{self, Exporter, another, complete, metrics, new_user, send, set_hs_code, with_report};
use crate::world::{each, id, named, pointers, text};

fn conflict(answer: &Answer) -> String {
    text(&answer.expect(409), "/code")
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
