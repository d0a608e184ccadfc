//! Analyses of a report's finances and logistics over HTTP: one of each, replaced as a whole.

use serde_json::{Value, json};
use strongroom_tests::Server;

use crate::bad_json;
use crate::exporter::{self, Exporter, with_report};
use crate::world::{pointers, text};

const FINANCE: [&str; 6] = [
    "working_capital_data",
    "pre_shipment_credit_data",
    "rodtep_benefit_data",
    "gst_refund_data",
    "cash_flow_timeline",
    "financing_options",
];

const LOGISTICS: [&str; 5] = [
    "lcl_fcl_comparison",
    "rms_probability_data",
    "route_analysis",
    "freight_estimate",
    "insurance_recommendation",
];

/// Both analyses: the end of their path, and their parts, of which the first suffices.
const ANALYSES: [(&str, &[&str]); 2] = [("finance-analysis", &FINANCE), ("logistics-analysis", &LOGISTICS)];

#[test]
fn an_analysis_is_replaced_as_a_whole() {
    let server = Server::start();
    let (user, report) = with_report(&server);
    for (name, parts) in ANALYSES {
        let path = format!("{report}/{name}");
        let put = |body: &Value| server.send("PUT", &path, &[], Some(&body.to_string()));
        server.get(&path).expect(404);
        let whole: Value = parts.iter().map(|part| ((*part).to_owned(), json!([part, 0.10]))).collect();
        let answer = put(&whole);
        let made = answer.expect(201);
        assert_eq!(answer.header("location"), path);
        assert_eq!(made["user_id"], json!(user));
        assert!(parts.iter().all(|part| made[*part] == whole[*part]), "{made}");
        assert_eq!(server.get(&path).expect(200), made);

        let replaced = put(&json!({parts[0]: {"n": 1}})).expect(200);
        assert_eq!((&replaced["id"], &replaced[parts[0]]), (&made["id"], &json!({"n": 1})));
        assert!(parts.iter().skip(1).all(|part| replaced[*part].is_null()), "{replaced}");
        assert_eq!(server.get(&path).expect(200), replaced);
    }
}

#[test]
fn an_analysis_keeps_numbers_and_keys_as_they_are_written() {
    let server = Server::start();
    let (_, report) = with_report(&server);
    for (name, parts) in ANALYSES {
        let kept = r#"[{"$serde_json::private::Number":"5"},12345678901234567890.50,{}]"#;
        let path = format!("{report}/{name}");
        let put = server.send("PUT", &path, &[], Some(&format!(r#"{{"{}": {kept}}}"#, parts[0])));
        put.expect(201);
        assert!(put.text.contains(kept), "{}", put.text);
        assert!(server.get(&path).text.contains(kept));
    }
}

#[test]
fn an_agent_writes_analyses_and_the_exporter_reads_them() {
    let server = Server::start();
    let asha = Exporter::register(&server, "asha@example.com");
    let report = exporter::report(&server, &asha.id);
    for (name, parts) in ANALYSES {
        let path = format!("/v1/export/reports/{report}/{name}");
        let analysis = json!({parts[0]: {}});
        let refused = asha.send(&server, "PUT", &path, &analysis).expect(403);
        assert_eq!(refused["code"], "insufficient_scope");
        let made = server.send("PUT", &path, &[], Some(&analysis.to_string())).expect(201);
        assert_eq!(asha.send(&server, "GET", &path, &Value::Null).expect(200), made);
    }
    exporter::delete_report(&server, &report);
    for (name, parts) in ANALYSES {
        let path = format!("/v1/export/reports/{report}/{name}");
        server.get(&path).expect(404);
        server.send("PUT", &path, &[], Some(&json!({parts[0]: {}}).to_string())).expect(404);
    }
}

#[test]
fn what_is_no_analysis_is_refused_and_nothing_is_stored() {
    let server = Server::start();
    let (_, report) = with_report(&server);
    for (name, parts) in ANALYSES {
        let path = format!("{report}/{name}");
        let put = |body: &Value| server.send("PUT", &path, &[], Some(&body.to_string()));
        for part in parts {
            for odd in [json!("text"), json!(1), json!(true)] {
                let mut body = json!({parts[0]: {}});
                body[*part] = odd;
                let answer = put(&body);
                let expected = (format!("/{part}"), "wrong_type".to_owned());
                assert_eq!(pointers(&answer), [expected], "{}", answer.text);
                let detail = text(&answer.expect(422), "/errors/0/detail");
                assert!(detail.ends_with("expected an object or an array"), "{detail}");
            }
            bad_json::check(&server, "PUT", &path, &format!("/{part}"), |data| {
                if *part == parts[0] {
                    return format!(r#"{{"{part}": {data}}}"#);
                }
                format!(r#"{{"{}": [], "{part}": {data}}}"#, parts[0])
            });
        }
        let unknown = put(&json!({parts[0]: {}, "report_id": "x"}));
        assert_eq!(pointers(&unknown), [("/report_id".to_owned(), "unknown_field".to_owned())]);
        server.get(&path).expect(404);
    }
    let put = |name: &str, body: &str| server.send("PUT", &format!("{report}/{name}"), &[], Some(body));
    let expected = |pointer: &str, code: &str| [(pointer.to_owned(), code.to_owned())];
    assert_eq!(
        pointers(&put("finance-analysis", r#"{"gst_refund_data": {}}"#)),
        expected("/working_capital_data", "missing")
    );
    assert_eq!(
        pointers(&put("finance-analysis", r#"{"working_capital_data": null}"#)),
        expected("/working_capital_data", "wrong_type")
    );
    for nothing in ["{}", r#"{"route_analysis": null}"#] {
        assert_eq!(pointers(&put("logistics-analysis", nothing)), expected("", "empty"));
    }
}
