//! Certificates of a report over HTTP: how far each has come, its documents, their summary, and what is refused.

use std::thread;

use serde_json::{Value, json};
use strongroom_tests::{Answer, Server};

use crate::exporter::{self, Exporter, metrics, send, with_report};
use crate::world::{each, id, named, pointers, text};

fn new_certificate(name: &str) -> Value {
    json!({"certification_id": name, "certification_name": format!("The {name}"), "certification_type": "other"})
}

/// Paths of a report's certificates.
struct Desk {
    server: Server,
    user: String,
    report: String,
    certificates: String,
}

impl Desk {
    fn new() -> Self {
        let server = Server::start();
        let (user, report) = with_report(&server);
        Self { server, user, certificates: format!("{report}/certifications"), report }
    }

    /// The path of a certificate that is added.
    fn add(&self, name: &str) -> String {
        let added = self.server.post(&self.certificates, &new_certificate(name)).expect(201);
        format!("/v1/export/certifications/{}", id(&added))
    }

    fn change(&self, path: &str, changes: &Value) -> Answer {
        send(&self.server, "PATCH", path, changes)
    }

    fn set(&self, path: &str, status: &str) -> Answer {
        self.change(path, &json!({"status": status}))
    }

    fn summary(&self) -> Value {
        self.server.get(&format!("{}/summary", self.certificates)).expect(200)
    }

    fn completed(&self) -> Value {
        metrics(&self.server, &self.user)["certifications_completed"].clone()
    }
}

#[test]
fn a_summary_counts_certificates_and_rounds_half_up() {
    let desk = Desk::new();
    let none = json!({
        "not_started": 0, "in_progress": 0, "completed": 0, "rejected": 0, "total": 0, "completion_percentage": "0.00",
    });
    assert_eq!(desk.summary(), none);
    let paths = ["a", "b", "c", "d", "e", "f", "g"].map(|name| desk.add(name));
    let statuses = ["completed", "completed", "in_progress", "in_progress", "in_progress", "in_progress"];
    for (path, status) in paths.iter().zip(statuses) {
        desk.set(path, status).expect(200);
    }
    desk.set(&paths[5], "rejected").expect(200);
    let expected = json!({
        "not_started": 1, "in_progress": 3, "completed": 2, "rejected": 1, "total": 7, "completion_percentage": "28.57",
    });
    assert_eq!(desk.summary(), expected);
    for path in &paths[3..] {
        assert_eq!(desk.server.send("DELETE", path, &[], None).status, 204);
    }
    let two_of_three = desk.summary();
    assert_eq!(
        (&two_of_three["total"], &two_of_three["completion_percentage"]),
        (&json!(3), &json!("66.67"))
    );
    assert_eq!(desk.server.send("DELETE", &paths[0], &[], None).status, 204);
    desk.server.get(&paths[0]).expect(404);
    desk.server.send("DELETE", &paths[0], &[], None).expect(404);
    assert_eq!(desk.completed(), 2, "what was completed stays counted");
}

#[test]
fn fifty_completions_at_once_count_once_and_are_final() {
    let desk = Desk::new();
    let path = desk.add("fssai");
    let answers: Vec<Answer> = thread::scope(|scope| {
        let sent: Vec<_> = (0..50).map(|_| scope.spawn(|| desk.set(&path, "completed"))).collect();
        sent.into_iter().map(|answer| answer.join().unwrap()).collect()
    });
    let completed = desk.server.get(&path).expect(200);
    assert!(completed["completed_at"].is_string() && completed["started_at"] == completed["completed_at"]);
    for answer in answers {
        assert_eq!(answer.expect(200), completed);
    }
    assert_eq!(desk.completed(), 1);
    for status in ["in_progress", "rejected", "not_started"] {
        assert_eq!(text(&desk.set(&path, status).expect(409), "/code"), "illegal_transition");
    }
    assert_eq!(desk.server.get(&path).expect(200), completed);
}

#[test]
fn a_status_leads_to_some_and_not_to_others() {
    let desk = Desk::new();
    let path = desk.add("reach");
    let fresh = desk.server.get(&path).expect(200);
    assert_eq!((&fresh["status"], &fresh["started_at"]), (&json!("not_started"), &Value::Null));
    let refuses = |statuses: &[&str]| {
        for status in statuses {
            assert_eq!(text(&desk.set(&path, status).expect(409), "/code"), "illegal_transition", "{status}");
        }
    };
    assert_eq!(desk.set(&path, "not_started").expect(200), fresh);
    refuses(&["rejected"]);
    let begun = desk.set(&path, "in_progress").expect(200);
    assert!(begun["started_at"].is_string() && begun["completed_at"].is_null(), "{begun}");
    assert_eq!(desk.set(&path, "in_progress").expect(200), begun);
    refuses(&["not_started"]);
    desk.set(&path, "rejected").expect(200);
    refuses(&["not_started", "completed"]);
    let again = desk.set(&path, "in_progress").expect(200);
    assert_eq!(again["started_at"], begun["started_at"]);
    assert_eq!(desk.completed(), 0);
    let done = desk.set(&path, "Completed").expect(200);
    assert_eq!((&done["started_at"], &done["status"]), (&begun["started_at"], &json!("completed")));
    assert_eq!(desk.completed(), 1);
}

#[test]
fn a_certificate_that_is_there_is_answered_as_it_is() {
    let desk = Desk::new();
    let answer = desk.server.post(&desk.certificates, &new_certificate("fssai"));
    let made = answer.expect(201);
    let path = format!("/v1/export/certifications/{}", id(&made));
    assert_eq!(answer.header("location"), path);
    let changes =
        json!({"certification_name": "FSSAI licence", "certification_type": "bis", "notes": "by post"});
    let changed = desk.change(&path, &changes).expect(200);
    assert_eq!(
        (&changed["certification_name"], &changed["certification_type"], &changed["notes"]),
        (&json!("FSSAI licence"), &json!("BIS"), &json!("by post"))
    );
    assert_eq!(desk.server.post(&desk.certificates, &new_certificate("fssai")).expect(200), changed);
    assert_eq!(desk.change(&path, &json!({"notes": null})).expect(200)["notes"], Value::Null);
    desk.add("FSSAI");
    desk.add("ce");
    let first = desk.server.get(&format!("{}?limit=2", desk.certificates)).expect(200);
    assert_eq!(each(&first["data"], "certification_id"), ["ce", "FSSAI"]);
    let cursor = text(&first, "/next_cursor");
    let rest = desk.server.get(&format!("{}?limit=2&cursor={cursor}", desk.certificates)).expect(200);
    assert_eq!(each(&rest["data"], "certification_id"), ["fssai"]);
}

#[test]
fn documents_are_a_set_in_the_order_of_adding() {
    let desk = Desk::new();
    let path = desk.add("fssai");
    let change = |add: Value, remove: Value| {
        desk.change(&path, &json!({"add_documents": add, "remove_documents": remove}))
    };
    let documents = |answer: &Answer| answer.expect(200)["documents_completed"].clone();
    assert_eq!(
        documents(&change(json!([" Lab report ", "PAN", "PAN"]), json!([]))),
        json!(["Lab report", "PAN"])
    );
    assert_eq!(
        documents(&change(json!(["IEC", "Lab report", "pan"]), json!([]))),
        json!(["Lab report", "PAN", "IEC", "pan"])
    );
    assert_eq!(
        documents(&change(json!(["Lease"]), json!(["PAN", "absent"]))),
        json!(["Lab report", "IEC", "pan", "Lease"])
    );
    let both = change(json!(["Lease", " PAN"]), json!(["x", "PAN "]));
    assert_eq!(pointers(&both), named(&[("/remove_documents/1", "in_both")]));

    let many: Vec<String> = (0..96).map(|n| format!("document {n}")).collect();
    assert_eq!(documents(&change(json!(many), json!([]))).as_array().unwrap().len(), 100);
    assert_eq!(pointers(&change(json!(["one more"]), json!([]))), named(&[("/add_documents", "too_many")]));
    let exchanged = documents(&change(json!(["one more"]), json!(["IEC"])));
    assert_eq!((exchanged.as_array().unwrap().len(), &exchanged[99]), (100, &json!("one more")));

    let path = desk.add("ce");
    thread::scope(|scope| {
        for n in 0..20 {
            let (desk, path) = (&desk, &path);
            scope.spawn(move || {
                desk.change(path, &json!({"add_documents": [format!("d{n:02}")]})).expect(200)
            });
        }
    });
    let all = desk.server.get(&path).expect(200)["documents_completed"].clone();
    let mut all: Vec<&str> = all.as_array().unwrap().iter().filter_map(Value::as_str).collect();
    all.sort_unstable();
    assert_eq!(all, (0..20).map(|n| format!("d{n:02}")).collect::<Vec<_>>(), "none was lost");
}

#[test]
fn a_report_has_at_most_500_certificates() {
    let desk = Desk::new();
    let report = desk.report.rsplit_once('/').unwrap().1;
    let fill = format!(
        "INSERT INTO export.certification_progress (id, user_id, report_id, certification_id, certification_name, certification_type)
         SELECT gen_random_uuid(), '{}', '{report}', 'c' || n, 'C', 'other' FROM generate_series(1, 499) n",
        desk.user
    );
    desk.server.database().sabotage(&fill);
    desk.add("the last");
    let refused = desk.server.post(&desk.certificates, &new_certificate("one more"));
    assert_eq!(pointers(&refused), named(&[("/certification_id", "too_many")]));
    desk.server.post(&desk.certificates, &new_certificate("the last")).expect(200);
    assert_eq!(desk.summary()["total"], 500);
}

#[test]
fn certificates_of_anothers_report_or_of_a_deleted_one_are_absent() {
    let server = Server::start();
    let (asha, bina) =
        (Exporter::register(&server, "asha@example.com"), Exporter::register(&server, "bina@example.com"));
    let report = exporter::report(&server, &asha.id);
    let certificates = format!("/v1/export/reports/{report}/certifications");
    let made = asha.send(&server, "POST", &certificates, &new_certificate("ce")).expect(201);
    let path = format!("/v1/export/certifications/{}", id(&made));
    let requests = [
        ("GET", path.clone(), Value::Null),
        ("PATCH", path.clone(), json!({"status": "completed"})),
        ("GET", certificates.clone(), Value::Null),
        ("GET", format!("{certificates}/summary"), Value::Null),
        ("POST", certificates, new_certificate("fda")),
        ("DELETE", path, Value::Null),
    ];
    for (method, path, body) in &requests {
        bina.send(&server, method, path, body).expect(404);
    }
    assert_eq!(asha.send(&server, "GET", &requests[0].1, &Value::Null).expect(200), made);
    exporter::delete_report(&server, &report);
    for (method, path, body) in &requests {
        asha.send(&server, method, path, body).expect(404);
    }
    assert_eq!(metrics(&server, &asha.id)["certifications_completed"], 0);
}

#[test]
fn what_is_wrong_with_a_certificate_is_said_at_the_field_and_nothing_is_stored() {
    let desk = Desk::new();
    let path = desk.add("fssai");
    let made = desk.server.get(&path).expect(200);
    let in_both: &[(&str, Value, &str)] = &[
        ("certification_name", json!(""), "empty"),
        ("certification_name", json!("न".repeat(256)), "too_long"),
        ("certification_name", json!("a\u{0}b"), "control_character"),
        ("certification_name", json!(7), "wrong_type"),
        ("certification_type", json!("ISO"), "unknown_value"),
        ("certification_type", json!(["CE"]), "wrong_type"),
        ("notes", json!(" "), "empty"),
        ("notes", json!("न".repeat(2_001)), "too_long"),
        ("notes", json!("a\u{0}b"), "control_character"),
        ("notes", json!(7), "wrong_type"),
        ("completed_at", json!("2026-11-20T00:00:00Z"), "unknown_field"),
    ];
    let in_new: &[(&str, Value, &str)] = &[
        ("certification_id", json!(" "), "empty"),
        ("certification_id", json!("x".repeat(101)), "too_long"),
        ("certification_id", json!("a\u{0}b"), "control_character"),
        ("certification_id", json!(7), "wrong_type"),
        ("status", json!("completed"), "unknown_field"),
    ];
    for (field, value, code) in in_both.iter().chain(in_new) {
        let mut new = new_certificate("ce");
        new[*field] = value.clone();
        let answer = desk.server.post(&desk.certificates, &new);
        assert_eq!(
            pointers(&answer),
            named(&[(&format!("/{field}"), code)]),
            "{value:.60}: {:.300}",
            answer.text
        );
    }
    for field in ["certification_id", "certification_name", "certification_type"] {
        let mut new = new_certificate("ce");
        new.as_object_mut().unwrap().remove(field);
        let refused = desk.server.post(&desk.certificates, &new);
        assert_eq!(pointers(&refused), named(&[(&format!("/{field}"), "missing")]));
    }
    for (field, value, code) in in_both {
        let answer = desk.change(&path, &json!({*field: value}));
        assert_eq!(
            pointers(&answer),
            named(&[(&format!("/{field}"), code)]),
            "{value:.60}: {:.300}",
            answer.text
        );
    }
    for (body, pointer, code) in [
        (json!({"certification_name": null}), "/certification_name", "not_null"),
        (json!({"certification_type": null}), "/certification_type", "not_null"),
        (json!({"status": null}), "/status", "not_null"),
        (json!({"status": "granted"}), "/status", "unknown_value"),
        (json!({"status": 7}), "/status", "wrong_type"),
        (json!({"certification_id": "x"}), "/certification_id", "unknown_field"),
        (json!({"add_documents": vec!["PAN"; 101]}), "/add_documents", "too_many"),
        (json!({"remove_documents": vec!["PAN"; 101]}), "/remove_documents", "too_many"),
        (json!({"add_documents": "PAN"}), "/add_documents", "wrong_type"),
        (json!({"add_documents": null}), "/add_documents", "wrong_type"),
        (json!({"add_documents": ["PAN", 7]}), "/add_documents/1", "wrong_type"),
        (json!({"add_documents": ["PAN", " "]}), "/add_documents/1", "empty"),
        (json!({"add_documents": ["न".repeat(201)]}), "/add_documents/0", "too_long"),
        (json!({"add_documents": ["a\u{0}b"]}), "/add_documents/0", "control_character"),
        (json!({"remove_documents": {}}), "/remove_documents", "wrong_type"),
        (json!({"remove_documents": ["PAN", ""]}), "/remove_documents/1", "empty"),
        (json!({"remove_documents": ["x".repeat(201)]}), "/remove_documents/0", "too_long"),
        (json!([]), "", "wrong_type"),
    ] {
        let answer = desk.change(&path, &body);
        assert_eq!(pointers(&answer), named(&[(pointer, code)]), "{:.300}", answer.text);
    }
    let several = json!({
        "certification_name": "", "certification_type": "x", "status": "y", "notes": "", "add_documents": [""],
    });
    assert_eq!(pointers(&desk.change(&path, &several)).len(), 5);
    let listed = desk.server.get(&desk.certificates).expect(200);
    assert_eq!(listed["data"], json!([made]));
}
