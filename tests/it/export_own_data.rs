//! What an exporter has done and everything that is kept of it, over HTTP: marks of exports, the dashboard, own data, and
//! reports that a deletion took along.

use std::thread;

use serde_json::{Value, json};
use strongroom_tests::{Answer, Server};

use crate::exporter::{self, DAYS, Exporter, PASSWORD, complete, metrics, new_user, plan, send};
use crate::world::{each, id, named, pointers, text};
use crate::{export_chat, export_documents};

fn make(server: &Server, email: &str) -> String {
    id(&server.post("/v1/export/users", &new_user(email)).expect(201))
}

fn mark(server: &Server, user: &str, export: &Value) -> Answer {
    server.post(&format!("/v1/export/users/{user}/exports"), export)
}

/// Everything that is kept of an exporter, and how many rows each page has.
fn own_data(server: &Server, user: &str, limit: usize) -> (Vec<Value>, Vec<usize>) {
    let start = format!("/v1/export/users/{user}/data?limit={limit}");
    let (mut path, mut rows, mut pages) = (start.clone(), Vec::new(), Vec::new());
    loop {
        let page = server.get(&path).expect(200);
        let on_page = page["data"].as_array().unwrap();
        rows.extend(on_page.clone());
        pages.push(on_page.len());
        let Some(cursor) = page["next_cursor"].as_str() else { return (rows, pages) };
        path = format!("{start}&cursor={cursor}");
    }
}

/// A report with a row of everything that hangs on one: its id.
fn full_report(server: &Server, user: &str) -> String {
    let id_of_report = exporter::report(server, user);
    let report = format!("/v1/export/reports/{id_of_report}");
    let certificate =
        json!({"certification_id": "ce", "certification_name": "CE", "certification_type": "CE"});
    server.post(&format!("{report}/certifications"), &certificate).expect(201);
    let document = export_documents::new_document("commercial_invoice", &export_documents::invoice());
    server.post(&format!("{report}/documents"), &document).expect(201);
    send(server, "PUT", &format!("{report}/action-plan"), &plan(&DAYS)).expect(200);
    let session = id(&server.post(&format!("{report}/chat-sessions"), &json!({})).expect(201));
    let messages = format!("/v1/export/chat-sessions/{session}/messages");
    server.post(&messages, &export_chat::exchange(1)).expect(201);
    for (name, part) in
        [("finance-analysis", "working_capital_data"), ("logistics-analysis", "route_analysis")]
    {
        send(server, "PUT", &format!("{report}/{name}"), &json!({part: [0.10]})).expect(201);
    }
    id_of_report
}

#[test]
fn marks_of_exports_add_up_and_the_latest_date_stays() {
    let server = Server::start();
    let user = make(&server, "a.sen@example.com");
    let first = json!({"exported_at": "2026-11-20T00:00:00Z", "cost_savings": "1250.50", "timeline_reduction_days": 12});
    let after = mark(&server, &user, &first).expect(200);
    assert_eq!(after, metrics(&server, &user));
    let second =
        json!({"exported_at": "2026-11-05T00:00:00Z", "cost_savings": 0.50, "timeline_reduction_days": 3});
    let after = mark(&server, &user, &second).expect(200);
    assert_eq!(
        (&after["exports_completed"], &after["cost_savings"], &after["timeline_reduction_days"]),
        (&json!(2), &json!("1251.00"), &json!(15))
    );
    assert_eq!(after["last_export_date"], "2026-11-20T00:00:00Z");
    assert_eq!(metrics(&server, &user), after);

    let path = format!("/v1/export/users/{user}/exports");
    let keyed = || server.send("POST", &path, &[("idempotency-key", "lamps")], Some("{}")).expect(200);
    let third = keyed();
    assert_eq!(third["exports_completed"], 3);
    assert!(text(&third, "/last_export_date").as_str() > "2026-11-20", "now, where none is given");
    assert_eq!(keyed(), third);
    assert_eq!(metrics(&server, &user), third, "it was counted once");
}

#[test]
fn marks_at_once_are_all_counted() {
    let server = Server::start();
    let user = make(&server, "a.sen@example.com");
    thread::scope(|scope| {
        for _ in 0..20 {
            scope.spawn(|| mark(&server, &user, &json!({"cost_savings": "0.01"})).expect(200));
        }
    });
    let metrics = metrics(&server, &user);
    assert_eq!((&metrics["exports_completed"], &metrics["cost_savings"]), (&json!(20), &json!("0.20")));
}

#[test]
fn a_mark_that_cannot_be_counted_is_refused_at_the_field() {
    let server = Server::start();
    let user = make(&server, "a.sen@example.com");
    let largest = json!({"cost_savings": "9999999999.99", "timeline_reduction_days": 3_650});
    let marked = mark(&server, &user, &largest).expect(200);
    assert_eq!(marked["cost_savings"], "9999999999.99");
    for (body, pointer, code) in [
        (json!({"cost_savings": "0.01"}), "/cost_savings", "too_large"),
        (json!({"cost_savings": "10000000000.00"}), "/cost_savings", "too_large"),
        (json!({"cost_savings": "-0.01"}), "/cost_savings", "negative"),
        (json!({"cost_savings": "0.001"}), "/cost_savings", "too_many_decimals"),
        (json!({"cost_savings": "NaN"}), "/cost_savings", "invalid_amount"),
        (json!({"cost_savings": []}), "/cost_savings", "wrong_type"),
        (json!({"timeline_reduction_days": 3_651}), "/timeline_reduction_days", "out_of_range"),
        (json!({"timeline_reduction_days": -1}), "/timeline_reduction_days", "out_of_range"),
        (json!({"timeline_reduction_days": 1.5}), "/timeline_reduction_days", "wrong_type"),
        (json!({"timeline_reduction_days": "3"}), "/timeline_reduction_days", "wrong_type"),
        (json!({"exported_at": "9999-01-01T00:00:00Z"}), "/exported_at", "in_future"),
        (json!({"exported_at": "2026-11-20"}), "/exported_at", "invalid_time"),
        (json!({"exported_at": 7}), "/exported_at", "wrong_type"),
        (json!({"exports_completed": 9}), "/exports_completed", "unknown_field"),
        (json!([]), "", "wrong_type"),
    ] {
        let answer = mark(&server, &user, &body);
        assert_eq!(pointers(&answer), named(&[(pointer, code)]), "{body}: {:.300}", answer.text);
    }
    let several = json!({"exported_at": "x", "cost_savings": "x", "timeline_reduction_days": -1});
    assert_eq!(pointers(&mark(&server, &user, &several)).len(), 3);
    assert_eq!(metrics(&server, &user), marked);
    let nobody = "00000000-0000-7000-8000-000000000000";
    for path in ["exports", "metrics", "dashboard", "data"] {
        let method = if path == "exports" { "POST" } else { "GET" };
        let body = (method == "POST").then_some("{}");
        server.send(method, &format!("/v1/export/users/{nobody}/{path}"), &[], body).expect(404);
    }
}

#[test]
fn a_dashboard_counts_over_living_reports() {
    let server = Server::start();
    let user = make(&server, "a.sen@example.com");
    let dashboard = || server.get(&format!("/v1/export/users/{user}/dashboard")).expect(200);
    let none = json!({
        "metrics": metrics(&server, &user), "reports": {"processing": 0, "completed": 0, "failed": 0},
        "certifications": {
            "not_started": 0, "in_progress": 0, "completed": 0, "rejected": 0, "total": 0,
            "completion_percentage": "0.00",
        },
        "action_plan": {"total": 0, "completed": 0, "progress_percentage": "0.0"},
        "documents": {"total": 0, "valid": 0},
    });
    assert_eq!(dashboard(), none);
    let reports = [(); 3].map(|()| format!("/v1/export/reports/{}", full_report(&server, &user)));
    full_report(&server, &make(&server, "b.sen@example.com"));
    complete(&server, &reports[0], &json!({})).expect(200);
    server.post(&format!("{}/fail", reports[1]), &json!({})).expect(200);
    let certificate = server.get(&format!("{}/certifications", reports[0])).expect(200);
    let certificate = format!("/v1/export/certifications/{}", text(&certificate, "/data/0/id"));
    send(&server, "PATCH", &certificate, &json!({"status": "completed"})).expect(200);
    send(&server, "PATCH", &format!("{}/action-plan/t1", reports[1]), &json!({"completed": true}))
        .expect(200);
    server
        .post(&format!("{}/documents", reports[0]), &export_documents::new_document("softex", &json!({})))
        .expect(201);
    let all = json!({
        "metrics": metrics(&server, &user), "reports": {"processing": 1, "completed": 1, "failed": 1},
        "certifications": {
            "not_started": 2, "in_progress": 0, "completed": 1, "rejected": 0, "total": 3,
            "completion_percentage": "33.33",
        },
        "action_plan": {"total": 21, "completed": 1, "progress_percentage": "4.8"},
        "documents": {"total": 4, "valid": 3},
    });
    assert_eq!(dashboard(), all);

    assert_eq!(server.send("DELETE", &reports[0], &[], None).status, 204);
    let two = dashboard();
    assert_eq!(two["metrics"], all["metrics"], "what was done stays counted");
    assert_eq!(two["reports"], json!({"processing": 1, "completed": 0, "failed": 1}));
    assert_eq!((&two["certifications"]["total"], &two["action_plan"]["total"]), (&json!(2), &json!(14)));
    assert_eq!(two["documents"], json!({"total": 2, "valid": 2}));
}

#[test]
fn own_data_is_everything_in_pages_deleted_reports_included_and_no_password() {
    let server = Server::start();
    let asha = Exporter::register(&server, "asha@example.com");
    full_report(&server, &make(&server, "b.sen@example.com"));
    let reports = [(); 2].map(|()| full_report(&server, &asha.id));
    exporter::delete_report(&server, &reports[0]);
    let (rows, pages) = own_data(&server, &asha.id, 100);
    let expected: Vec<&str> = [
        ("users", 1),
        ("reports", 2),
        ("certification_progress", 2),
        ("generated_documents", 2),
        ("action_plan_progress", 14),
        ("chat_sessions", 2),
        ("chat_messages", 4),
        ("finance_analysis", 2),
        ("logistics_analysis", 2),
        ("user_metrics", 1),
    ]
    .iter()
    .flat_map(|(table, count)| vec![*table; *count])
    .collect();
    assert_eq!((each(&json!(rows), "table"), pages), (expected, vec![32]));
    let of_table = |table: &str| {
        let rows = rows.iter().filter(|row| row["table"] == table).map(|row| &row["row"]);
        rows.collect::<Vec<_>>()
    };
    assert_eq!(
        (&of_table("users")[0]["email"], &of_table("users")[0]["company_name"]),
        (&json!("asha@example.com"), &json!("Suvarna Spices Pvt. Ltd."))
    );
    let [deleted, living] = of_table("reports")[..] else { panic!("two reports") };
    assert_eq!((&deleted["id"], deleted["deleted_at"].is_string()), (&json!(reports[0]), true));
    assert_eq!((&living["id"], &living["deleted_at"]), (&json!(reports[1]), &Value::Null));
    let document = of_table("generated_documents")[0];
    assert_eq!(document["document_data"], export_documents::invoice());
    assert_eq!(of_table("chat_messages")[0]["content"], "question 1");
    let whole = json!(rows).to_string();
    for secret in ["argon2", "password", "_bidx", "deletion_id", PASSWORD, "b.sen@example.com"] {
        assert!(!whole.contains(secret), "{secret}: {whole}");
    }

    let (in_sevens, pages) = own_data(&server, &asha.id, 7);
    assert_eq!((in_sevens, pages), (rows.clone(), vec![7, 7, 7, 7, 4]));
    let own = format!("/v1/export/users/{}/data", asha.id);
    assert_eq!(asha.send(&server, "GET", &own, &Value::Null).expect(200)["data"], json!(rows));
    for limit in ["0", "101"] {
        let refused = server.get(&format!("{own}?limit={limit}"));
        assert_eq!(pointers(&refused), named(&[("/limit", "limit_out_of_range")]));
    }
    let bina = Exporter::register(&server, "bina@example.com");
    for path in ["data", "metrics", "dashboard"] {
        let foreign = format!("/v1/export/users/{}/{path}", asha.id);
        bina.send(&server, "GET", &foreign, &Value::Null).expect(404);
    }
}

#[test]
fn a_page_of_own_data_ends_at_eight_mebibytes() {
    let server = Server::start();
    let user = make(&server, "a.sen@example.com");
    let data = json!({"text": "x".repeat(1_000_000)});
    for _ in 0..10 {
        let report = format!("/v1/export/reports/{}", exporter::report(&server, &user));
        complete(&server, &report, &data).expect(200);
    }
    let (rows, pages) = own_data(&server, &user, 100);
    // The user and eight reports; two reports and the metrics.
    assert_eq!((rows.len(), pages), (12, vec![9, 3]));
}

#[test]
fn a_restored_user_brings_back_its_reports_but_none_that_was_deleted_before() {
    let server = Server::start();
    let user = make(&server, "a.sen@example.com");
    let [a, b] = [(); 2].map(|()| full_report(&server, &user));
    let (path, reports) = (format!("/v1/export/users/{user}"), format!("/v1/export/users/{user}/reports"));
    exporter::delete_report(&server, &a);
    assert_eq!(server.send("DELETE", &path, &[], None).status, 204);
    for absent in [&path, &reports, &format!("/v1/export/reports/{b}"), &format!("{path}/data")] {
        server.get(absent).expect(404);
    }
    server.send("POST", &format!("/v1/export/reports/{a}/restore"), &[], None).expect(404);
    assert_eq!(server.get("/v1/export/reports").expect(200)["data"], json!([]));

    server.send("POST", &format!("{path}/restore"), &[], None).expect(200);
    let listed = || each(&server.get(&reports).expect(200)["data"], "id").join(" ");
    assert_eq!(listed(), b);
    server.get(&format!("/v1/export/reports/{b}/finance-analysis")).expect(200);
    server.get(&format!("/v1/export/reports/{a}")).expect(404);
    server.send("POST", &format!("/v1/export/reports/{a}/restore"), &[], None).expect(200);
    assert_eq!(listed(), format!("{b} {a}"));
}
