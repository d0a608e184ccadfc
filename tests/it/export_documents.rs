//! Documents of an export over HTTP: stored whatever the checks find, checked again, listed, and what is refused.

use serde_json::{Value, json};
use strongroom_tests::Server;

use crate::bad_json;
use crate::exporter::{self, Exporter, with_report};
use crate::world::{each, id, named, pointers, text};

pub(crate) fn invoice() -> Value {
    json!({
        "invoice_number": "INV/2026-7", "invoice_date": "2026-11-20", "exporter_name": "Suvarna Spices",
        "exporter_address": "Kochi", "consignee_name": "Gewürzhaus GmbH", "consignee_address": "Speicherstadt 1",
        "destination_country": "Germany", "port_of_discharge": "Hamburg", "total_value": "1176.00", "currency": "EUR",
        "items": [{"quantity": 500, "unit_price": "2.35"}, {"quantity": 3, "unit_price": "0.333"}],
        "payment_terms": "30 days",
    })
}

fn lut() -> Value {
    json!({
        "lut_number": "AD270326000001A", "financial_year": "2026-27", "exporter_name": "Suvarna Spices Pvt. Ltd.",
        "exporter_gstin": "27ABCDE1234F1Z0", "exporter_address": "Kochi", "declaration_date": "2026-04-02",
    })
}

fn shipping_bill() -> Value {
    json!({
        "shipping_bill_number": "7654321", "date": "2026-11-21", "exporter_name": "SUVARNA SPICES PRIVATE LIMITED",
        "exporter_gstin": "27abcde1234f1z0", "exporter_iec": "ABCDE1234F", "consignee_name": "Gewürzhaus GmbH",
        "destination_country": "Germany", "port_of_loading": "Kochi", "port_of_discharge": "Hamburg",
        "items": [{"quantity": 500, "unit_price": "2.35"}], "total_fob_value": 1175, "currency": "EUR",
    })
}

fn with(document: &Value, changes: Value) -> Value {
    let mut document = document.clone();
    let Value::Object(changes) = changes else { panic!("{changes}") };
    document.as_object_mut().unwrap().extend(changes);
    document
}

/// A request to make a document.
pub(crate) fn new_document(document_type: &str, data: &Value) -> Value {
    json!({"document_type": document_type, "document_data": data})
}

/// Field and code of everything that was found in a document.
fn found(body: &Value) -> Vec<(String, String)> {
    let findings = body["validation_results"].as_array().unwrap().iter();
    findings.map(|finding| (text(finding, "/field"), text(finding, "/code"))).collect()
}

/// Paths of a report's documents, and what a server says of them.
struct Desk {
    server: Server,
    user: String,
    documents: String,
}

impl Desk {
    fn new() -> Self {
        let server = Server::start();
        let (user, report) = with_report(&server);
        Self { server, user, documents: format!("{report}/documents") }
    }

    fn make(&self, document_type: &str, data: &Value) -> Value {
        self.server.post(&self.documents, &new_document(document_type, data)).expect(201)
    }

    /// What the checks find in a document that is not stored.
    fn preview(&self, document_type: &str, data: &Value) -> Value {
        let path = format!("{}/preview", self.documents);
        self.server.post(&path, &new_document(document_type, data)).expect(200)
    }

    fn change(&self, document: &Value, changes: &Value) -> Value {
        let path = format!("/v1/export/documents/{}", id(document));
        self.server.send("PATCH", &path, &[], Some(&changes.to_string())).expect(200)
    }

    fn documents_generated(&self) -> Value {
        let path = format!("/v1/export/users/{}/metrics", self.user);
        self.server.get(&path).expect(200)["documents_generated"].clone()
    }
}

#[test]
fn a_document_is_stored_with_its_faults_and_valid_once_they_are_mended() {
    let desk = Desk::new();
    let wrong = json!({
        "port_of_discharge": "", "invoice_number": "INV 2026#7", "currency": "EURO", "total_value": 1176.10,
    });
    let wrong = with(&invoice(), wrong);
    let answer = desk.server.post(&desk.documents, &new_document("Commercial_Invoice", &wrong));
    let made = answer.expect(201);
    let path = format!("/v1/export/documents/{}", id(&made));
    assert_eq!(answer.header("location"), path);
    let expected = [
        ("/port_of_discharge", "missing"),
        ("/invoice_number", "invalid_number"),
        ("/currency", "unknown_currency"),
        ("/total_value", "total_mismatch"),
    ];
    assert_eq!((found(&made), &made["is_valid"]), (named(&expected), &json!(false)));
    assert_eq!((&made["document_type"], &made["document_data"]), (&json!("commercial_invoice"), &wrong));
    assert!(made["validation_results"].as_array().unwrap().iter().all(|one| one["severity"] == "error"));
    let said = made["validation_results"].to_string();
    assert!(!said.contains("2026#7") && !said.contains("EURO"), "{said}");
    assert_eq!(desk.server.get(&path).expect(200), made);

    let right = json!({
        "port_of_discharge": "Hamburg", "invoice_number": "INV/2026-7", "currency": "EUR", "total_value": "1176.00",
    });
    let mended = desk.change(&made, &json!({"document_data": with(&wrong, right)}));
    assert_eq!((found(&mended), &mended["is_valid"]), (vec![], &json!(true)));
    assert_eq!(desk.server.get(&path).expect(200), mended);
    assert_eq!(desk.documents_generated(), 1);

    assert_eq!(desk.server.send("DELETE", &path, &[], None).status, 204);
    desk.server.get(&path).expect(404);
    desk.server.send("DELETE", &path, &[], None).expect(404);
    assert_eq!(desk.documents_generated(), 1, "it was made");
}

#[test]
fn urls_are_set_and_cleared_and_the_type_and_the_content_stay() {
    let desk = Desk::new();
    let mut new = new_document("gst_lut", &lut());
    new["pdf_url"] = json!("https://files.example/lut.pdf");
    let made = desk.server.post(&desk.documents, &new).expect(201);
    assert_eq!(
        (&made["pdf_url"], &made["editable_url"]),
        (&json!("https://files.example/lut.pdf"), &Value::Null)
    );
    let changed =
        desk.change(&made, &json!({"pdf_url": null, "editable_url": "http://x.example/édit?a=1#b"}));
    assert_eq!(
        (&changed["pdf_url"], &changed["editable_url"]),
        (&Value::Null, &json!("http://x.example/édit?a=1#b"))
    );
    assert_eq!((&changed["document_data"], found(&changed)), (&lut(), vec![]));
    let path = format!("/v1/export/documents/{}", id(&made));
    let retyped = desk.server.send("PATCH", &path, &[], Some(r#"{"document_type": "softex"}"#));
    assert_eq!(pointers(&retyped), named(&[("/document_type", "unknown_field")]));
}

#[test]
fn a_lut_and_the_newest_shipping_bill_of_a_report_name_one_exporter() {
    let desk = Desk::new();
    let made = desk.make("gst_lut", &lut());
    let bill = |changes: Value| {
        let bill = with(&shipping_bill(), changes);
        (found(&desk.preview("shipping_bill", &bill)), bill)
    };
    assert_eq!(bill(json!({})).0, []);
    let (other_number, _) = bill(json!({"exporter_gstin": "29ABCDE1234F2ZV"}));
    assert_eq!(other_number, named(&[("/exporter_gstin", "gstin_mismatch")]));
    assert_eq!(
        bill(json!({"exporter_gstin": "27ABCDE1234F1Z1"})).0,
        named(&[("/exporter_gstin", "invalid_gstin")])
    );
    let (other_name, renamed) = bill(json!({"exporter_name": "Suvarna Exports"}));
    assert_eq!(other_name, named(&[("/exporter_name", "name_mismatch")]));

    let stored = desk.make("shipping_bill", &renamed);
    assert_eq!(found(&desk.server.get(&format!("/v1/export/documents/{}", id(&made))).expect(200)), []);
    assert_eq!(found(&desk.change(&made, &json!({}))), named(&[("/exporter_name", "name_mismatch")]));
    desk.change(&stored, &json!({"document_data": shipping_bill()}));
    assert_eq!(found(&desk.change(&made, &json!({}))), []);
}

#[test]
fn a_total_may_be_the_sum_of_rounded_lines_or_the_rounded_sum() {
    let desk = Desk::new();
    let items = vec![json!({"quantity": "3.333", "unit_price": "1.235"}); 12];
    let twelve_lines = |total: &str, charges: Value| {
        let changes = with(&charges, json!({"items": items, "total_value": total}));
        desk.preview("commercial_invoice", &with(&invoice(), changes))
    };
    assert_eq!(found(&twelve_lines("49.44", json!({}))), []);
    let charges = json!({"freight": "100.00", "insurance": "10.00", "discount": "9.44"});
    assert_eq!(found(&twelve_lines("150.00", charges)), []);
    for (total, difference) in [("49.54", "0.10 more"), ("49.30", "0.10 less")] {
        let wrong = twelve_lines(total, json!({}));
        assert_eq!(found(&wrong), named(&[("/total_value", "total_mismatch")]));
        let message = text(&wrong, "/validation_results/0/message");
        assert!(message.contains(difference), "{total}: {message}");
    }
    for (currency, total, is_right) in
        [("JPY", "100", true), ("JPY", "101", false), ("KWD", "100.20", true), ("KWD", "100.21", false)]
    {
        let changes = json!({
            "currency": currency, "total_value": total, "items": [{"quantity": "3", "unit_price": "33.4"}],
        });
        let checked = desk.preview("commercial_invoice", &with(&invoice(), changes));
        assert_eq!(checked["is_valid"], json!(is_right), "{currency} {total}");
    }
}

#[test]
fn every_official_kind_of_gstin_passes_and_a_slip_does_not() {
    let desk = Desk::new();
    let check = |gstin: &str| desk.preview("gst_lut", &with(&lut(), json!({"exporter_gstin": gstin})));
    for good in
        ["27ABCDE1234F1Z0", "29ABCDE1234F2ZV", "27MUMA12345B1D5", "0717USA00001UNB", " 27abcde1234f1z0"]
    {
        assert_eq!(found(&check(good)), [], "{good}");
    }
    for (bad, says) in [
        ("27ABCDE1234F1Z1", "is 0"),
        ("28ABCDE1234F1Z0", "check character"),
        ("27ABCDE1234F1Z", "15 characters"),
        ("२7ABCDE1234F1Z0", "15 characters"),
    ] {
        let checked = check(bad);
        assert_eq!(found(&checked), named(&[("/exporter_gstin", "invalid_gstin")]), "{bad}");
        let message = text(&checked, "/validation_results/0/message");
        assert!(message.contains(says) && !message.contains(bad), "{bad}: {message}");
    }
}

#[test]
fn an_invoice_number_that_the_tax_portal_refuses_is_told() {
    let desk = Desk::new();
    let check = |number: Value| {
        let checked =
            desk.preview("commercial_invoice", &with(&invoice(), json!({"invoice_number": number})));
        let severities = checked["validation_results"].as_array().unwrap().iter();
        let severities: Vec<String> = severities.map(|finding| text(finding, "/severity")).collect();
        (found(&checked).into_iter().map(|(_, code)| code).collect::<Vec<_>>(), severities)
    };
    let one = |code: &str, severity: &str| (vec![code.to_owned()], vec![severity.to_owned()]);
    for good in ["EXP/2026-27/0001", "inv-001 ", "7"] {
        assert_eq!(check(json!(good)), (vec![], vec![]), "{good}");
    }
    for warned in ["INV_001", "/001", "-001"] {
        assert_eq!(check(json!(warned)), one("not_for_gst", "warning"), "{warned}");
    }
    for bad in [json!("EXPORT/2026-27/00001"), json!("INV 1"), json!("ÍNV1"), json!(["INV1"])] {
        assert_eq!(check(bad.clone()), one("invalid_number", "error"), "{bad}");
    }
    let long = desk
        .preview("commercial_invoice", &with(&invoice(), json!({"invoice_number": "EXPORT/2026-27/00001"})));
    assert!(long["validation_results"][0]["suggestion"].is_string());

    let first = desk.make("commercial_invoice", &with(&invoice(), json!({"invoice_number": "inv-001 "})));
    let second = desk.make("commercial_invoice", &with(&invoice(), json!({"invoice_number": "INV-001"})));
    assert_eq!((found(&first), &first["is_valid"]), (vec![], &json!(true)));
    assert_eq!(
        (found(&second), &second["is_valid"]),
        (named(&[("/invoice_number", "duplicate_number")]), &json!(true))
    );

    for (year, is_right) in [("2026-27", true), ("2099-00", true), ("2026-28", false), ("26-27", false)] {
        let checked = desk.preview("gst_lut", &with(&lut(), json!({"financial_year": year})));
        let expected = if is_right { vec![] } else { named(&[("/financial_year", "invalid_year")]) };
        assert_eq!(found(&checked), expected, "{year}");
    }
}

#[test]
fn a_list_shows_documents_without_their_content_newest_first() {
    let desk = Desk::new();
    let made = [
        desk.make("gst_lut", &lut()),
        desk.make("commercial_invoice", &invoice()),
        desk.make("gst_lut", &with(&lut(), json!({"financial_year": "2026"}))),
        desk.make("packing_list", &json!({})),
    ];
    let mut newest_first: Vec<&str> = made.iter().map(|document| document["id"].as_str().unwrap()).collect();
    newest_first.reverse();
    let (mut path, mut listed) = (format!("{}?limit=3", desk.documents), Vec::new());
    loop {
        let page = desk.server.get(&path).expect(200);
        assert!(page["data"].as_array().unwrap().iter().all(|row| row.get("document_data").is_none()));
        listed.extend(each(&page["data"], "id").into_iter().map(str::to_owned));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("{}?limit=3&cursor={cursor}", desk.documents);
    }
    assert_eq!(listed, newest_first);
    for (filter, expected) in [
        ("document_type=GST_LUT", vec![&made[2], &made[0]]),
        ("is_valid=true", vec![&made[1], &made[0]]),
        ("is_valid=false&document_type=gst_lut", vec![&made[2]]),
        ("document_type=softex", vec![]),
    ] {
        let listed = desk.server.get(&format!("{}?{filter}", desk.documents)).expect(200);
        let expected: Vec<&str> = expected.iter().map(|document| document["id"].as_str().unwrap()).collect();
        assert_eq!(each(&listed["data"], "id"), expected, "{filter}");
    }
    for (filter, pointer, code) in [
        ("document_type=receipt", "/document_type", "unknown_value"),
        ("is_valid=yes", "/is_valid", "invalid_value"),
        ("valid=true", "/valid", "unknown_field"),
    ] {
        let refused = desk.server.get(&format!("{}?{filter}", desk.documents));
        assert_eq!(pointers(&refused), named(&[(pointer, code)]));
    }
}

#[test]
fn a_preview_finds_the_same_and_stores_nothing() {
    let desk = Desk::new();
    desk.make("commercial_invoice", &invoice());
    let checked = desk.preview("commercial_invoice", &with(&invoice(), json!({"currency": "EURO"})));
    let expected = [("/currency", "unknown_currency"), ("/invoice_number", "duplicate_number")];
    assert_eq!((found(&checked), &checked["is_valid"]), (named(&expected), &json!(false)));
    assert_eq!(desk.server.get(&desk.documents).expect(200)["data"].as_array().unwrap().len(), 1);
    assert_eq!(desk.documents_generated(), 1);
}

#[test]
fn documents_of_a_deleted_report_are_absent_with_it() {
    let desk = Desk::new();
    let made = desk.make("gst_lut", &lut());
    exporter::delete_report(&desk.server, &text(&made, "/report_id"));
    let path = format!("/v1/export/documents/{}", id(&made));
    desk.server.get(&path).expect(404);
    desk.server.send("PATCH", &path, &[], Some("{}")).expect(404);
    desk.server.send("DELETE", &path, &[], None).expect(404);
    desk.server.get(&desk.documents).expect(404);
    let new = new_document("gst_lut", &lut());
    desk.server.post(&desk.documents, &new).expect(404);
    desk.server.post(&format!("{}/preview", desk.documents), &new).expect(404);
    assert_eq!(desk.documents_generated(), 1);
}

#[test]
fn an_exporter_keeps_documents_of_its_own_reports() {
    let server = Server::start();
    let asha = Exporter::register(&server, "asha@example.com");
    let documents = format!("/v1/export/reports/{}/documents", exporter::report(&server, &asha.id));
    let made = asha.send(&server, "POST", &documents, &new_document("gst_lut", &lut())).expect(201);
    let path = format!("/v1/export/documents/{}", id(&made));
    assert_eq!(asha.send(&server, "GET", &path, &Value::Null).expect(200)["document_data"], lut());
    asha.send(&server, "PATCH", &path, &json!({})).expect(200);
    assert_eq!(asha.send(&server, "DELETE", &path, &Value::Null).status, 204);
    let metrics = asha.send(&server, "GET", &format!("/v1/export/users/{}/metrics", asha.id), &Value::Null);
    assert_eq!(metrics.expect(200)["documents_generated"], 1);
}

#[test]
fn what_is_wrong_with_a_document_is_said_at_the_field_and_nothing_is_stored() {
    let desk = Desk::new();
    let made = desk.make("gst_lut", &lut());
    let path = format!("/v1/export/documents/{}", id(&made));
    let preview = format!("{}/preview", desk.documents);
    let long = format!("https://files.example/{}", "x".repeat(480));
    let wrong: &[(&str, Value, &str)] = &[
        ("document_type", json!("receipt"), "unknown_value"),
        ("document_type", json!(7), "wrong_type"),
        ("document_data", json!([]), "wrong_type"),
        ("document_data", json!("text"), "wrong_type"),
        ("document_data", json!(1.5), "wrong_type"),
        ("document_data", json!({"a": "x".repeat(262_144)}), "too_long"),
        ("pdf_url", json!("files/lut.pdf"), "invalid_url"),
        ("pdf_url", json!(""), "invalid_url"),
        ("pdf_url", json!("javascript:alert(1)"), "invalid_url"),
        ("pdf_url", json!("https://asha:pw@files.example/lut.pdf"), "credentials_in_url"),
        ("pdf_url", json!(long), "too_long"),
        ("pdf_url", json!(["https://files.example"]), "wrong_type"),
        ("editable_url", json!("file:///etc/passwd"), "invalid_url"),
        ("editable_url", json!("https:///x"), "invalid_url"),
        ("editable_url", json!(true), "wrong_type"),
        ("is_valid", json!(true), "unknown_field"),
    ];
    for (field, value, code) in wrong {
        let expected = named(&[(&format!("/{field}"), code)]);
        let mut new = new_document("gst_lut", &lut());
        new[*field] = value.clone();
        for route in [&desk.documents, &preview] {
            let answer = desk.server.post(route, &new);
            assert_eq!(pointers(&answer), expected, "{value:.60}: {:.300}", answer.text);
        }
        if *field != "document_type" {
            let changed = desk.server.send("PATCH", &path, &[], Some(&json!({*field: value}).to_string()));
            assert_eq!(pointers(&changed), expected, "{value:.60}: {:.300}", changed.text);
        }
    }
    for field in ["document_type", "document_data"] {
        let mut new = new_document("gst_lut", &lut());
        new.as_object_mut().unwrap().remove(field);
        let expected = named(&[(&format!("/{field}"), "missing")]);
        assert_eq!(pointers(&desk.server.post(&desk.documents, &new)), expected);
    }
    let cleared = desk.server.send("PATCH", &path, &[], Some(r#"{"document_data": null}"#));
    assert_eq!(pointers(&cleared), named(&[("/document_data", "not_null")]));
    let several = json!({"document_type": "x", "document_data": {}, "pdf_url": "x", "editable_url": "y"});
    assert_eq!(pointers(&desk.server.post(&desk.documents, &several)).len(), 3);

    let in_new = |data: &str| format!(r#"{{"document_type": "softex", "document_data": {data}}}"#);
    for route in [&desk.documents, &preview] {
        bad_json::check(&desk.server, "POST", route, "/document_data", in_new);
    }
    bad_json::check(&desk.server, "PATCH", &path, "/document_data", |data| {
        format!(r#"{{"document_data": {data}}}"#)
    });
    assert_eq!(desk.server.get(&desk.documents).expect(200)["data"].as_array().unwrap().len(), 1);
    assert_eq!(desk.server.get(&path).expect(200), made);
    assert_eq!(desk.documents_generated(), 1);
}
