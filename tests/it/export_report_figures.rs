//! Figures of a report over HTTP: taken from what the agent wrote, or given beside it, and replaced with it.

use serde_json::{Value, json};
use strongroom_tests::Server;

use crate::exporter::{another, complete, metrics, set_hs_code, with_report};
use crate::world::{named, pointers, text};

#[test]
fn an_hs_code_is_replaced_in_the_figures_and_in_what_the_agent_wrote() {
    let server = Server::start();
    let (user, report) = with_report(&server);
    assert_eq!(
        text(&set_hs_code(&server, &report, "0910.30.30").expect(409), "/code"),
        "report_not_completed"
    );
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
