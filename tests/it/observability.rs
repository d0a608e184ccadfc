//! What operators see of requests: log lines, traces and metrics.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use strongroom_tests::Server;

use crate::metrics_page::{Documented, Printed};
use crate::world::World;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

/// The access log's lines of one request, as JSON.
fn answered(server: &Server, request: &str) -> Vec<Value> {
    let log = server.log();
    let lines = log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.filter(|line| line["span"]["id"] == request && line["target"] == "strongroom::access").collect()
}

#[test]
fn every_request_has_one_line_whatever_became_of_it() {
    let server = Server::start_with(&[("LOG_FORMAT", "json"), ("LOG_LEVEL", "debug")]);
    let key = server.key().to_owned();
    let user = json!({"phone_number": "+919876543210"}).to_string();
    let requests = [
        ("made", "POST", "/v1/split/users", Some(user.as_str()), 201, true),
        ("conflict", "POST", "/v1/split/users", Some(user.as_str()), 409, true),
        ("malformed", "POST", "/v1/split/users", Some("{"), 400, true),
        ("absent", "GET", "/v1/split/users/00000000-0000-7000-8000-000000000000", None, 404, true),
        ("no-route", "GET", "/somewhere/else", None, 404, false),
        ("no-method", "DELETE", "/v1/split/users", None, 405, true),
        ("watched", "GET", "/livez", None, 200, false),
    ];
    for (id, method, path, body, status, has_actor) in requests {
        let answer = server.send(method, path, &[("x-request-id", id)], body);
        assert_eq!(answer.status, status, "{id}: {}", answer.text);
        let lines = answered(&server, id);
        let [line] = lines.as_slice() else { panic!("{id}: {lines:#?}") };
        assert_eq!((&line["message"], &line["method"]), (&json!("answered"), &json!(method)), "{line}");
        assert_eq!((&line["status"], &line["bytes"]), (&json!(status), &json!(answer.text.len())), "{line}");
        assert!(line["micros"].is_u64() && line["route"].is_string(), "{line}");
        let actor = line["actor"].as_str().unwrap_or_default();
        assert_eq!(actor.starts_with("api_key:"), has_actor, "{line}");
        assert!(answer.header("traceparent").contains(line["span"]["trace_id"].as_str().unwrap()), "{line}");
    }
    let refused = server.send("GET", "/metrics", &[("authorization", ""), ("x-request-id", "nobody")], None);
    assert_eq!((refused.status, answered(&server, "nobody").len()), (401, 1));
    assert!(!server.log().contains(&key), "a key is never logged");
}

#[test]
fn a_body_that_breaks_off_has_its_line() {
    let server = Server::start_with(&[("LOG_FORMAT", "json")]);
    let mut client = TcpStream::connect(server.address().trim_start_matches("http://")).unwrap();
    let head = format!(
        "POST /v1/split/users HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\nx-request-id: cut\r\n\
         content-type: application/json\r\ncontent-length: 100\r\n\r\n{{\"name\"",
        server.key()
    );
    client.write_all(head.as_bytes()).unwrap();
    client.shutdown(Shutdown::Write).unwrap();
    // The server answers or closes; either way it is done with the request.
    let _ = client.read_to_end(&mut Vec::new());
    let end = Instant::now() + Duration::from_secs(30);
    while answered(&server, "cut").is_empty() {
        assert!(Instant::now() < end, "{}", server.log());
        std::thread::yield_now();
    }
    assert_eq!(answered(&server, "cut").len(), 1);
}

#[test]
fn a_trace_goes_on_and_is_named_by_the_log_of_a_fault() {
    let world = World::on(Server::start_with(&[("LOG_FORMAT", "json")]), 0);
    let server = &world.server;
    let traceparent = format!("00-{TRACE}-00f067aa0ba902b7-01");
    server.database().sabotage(
        "UPDATE split.users SET name = set_byte(name::bytea, 40, get_byte(name::bytea, 40) # 1)::platform.sealed",
    );
    let path = format!("/v1/split/users/{}", world.user);
    let answer = server.send("GET", &path, &[("traceparent", &traceparent)], None);
    assert_eq!(answer.status, 500);
    let sent = answer.header("traceparent");
    assert!(sent.starts_with(&format!("00-{TRACE}-")) && sent.ends_with("-01"), "{sent}");
    assert!(!sent.contains("00f067aa0ba902b7"), "the span is this service's own: {sent}");

    let log = server.log();
    let of_trace: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .filter(|line| line["span"]["trace_id"] == TRACE || line["spans"][0]["trace_id"] == TRACE)
        .collect();
    assert!(of_trace.iter().any(|line| line["level"] == "ERROR"), "{of_trace:#?}");
    assert!(of_trace.iter().any(|line| line["message"] == "answered"), "{of_trace:#?}");
    let metrics = server.get("/metrics").text;
    assert!(metrics.contains("codec_open_failures_total{column=\"split.users.name\"} 1"), "{metrics}");
}

#[test]
fn a_slow_statement_is_logged_with_its_operation_and_without_its_values() {
    let slow = [("DATABASE_SLOW_STATEMENT", "0.000001"), ("DEBUG", "false"), ("LOG_FORMAT", "json")];
    let server = Server::start_with(&slow);
    let user = json!({"phone_number": "+919876543210"});
    let made = server.send("POST", "/v1/split/users", &[("x-request-id", "slow")], Some(&user.to_string()));
    assert_eq!(made.status, 201);
    let log = server.log();
    let lines = log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let of_request = lines.filter(|line| line["message"] == "a slow statement" && is_of(line, "slow"));
    let (inserts, others): (Vec<Value>, Vec<Value>) =
        of_request.partition(|line| line["statement"].as_str().unwrap().starts_with("INSERT INTO"));
    assert_eq!(inserts.len(), 1, "{others:#?}");
    assert_eq!(inserts[0]["operation"], "split.create_user", "{inserts:#?}");
    assert_eq!(inserts[0]["level"], "WARN");
    assert!(others.iter().any(|line| line["operation"] == "platform.find_api_key"), "{others:#?}");
    assert!(!log.contains("binds"), "{log}");
    let metrics = server.get("/metrics").text;
    assert_eq!(Documented::metrics().complaints(&Printed::of(&metrics)), [""; 0]);
    assert!(metrics.contains("database_slow_statements_total{operation=\"split.create_user\"}"), "{metrics}");
}

/// Whether a line belongs to a request: it is logged in the request's span, or in a span within.
fn is_of(line: &Value, request: &str) -> bool {
    let spans = line["spans"].as_array().into_iter().flatten();
    spans.chain([&line["span"]]).any(|span| span["id"] == request)
}

#[test]
fn statements_are_not_logged_unless_they_are_slow() {
    let world = World::on(Server::start_with(&[("DEBUG", "false")]), 0);
    assert!(!world.server.log().contains("strongroom::sql"), "{}", world.server.log());
}

#[test]
fn a_metric_that_is_not_documented_is_found() {
    let documented = Documented::metrics();
    let printed = |text: &str| documented.complaints(&Printed::of(text));
    assert!(printed("# TYPE codec_seals_total counter\ncodec_seals_total 3\n").is_empty());
    for (wrong, complaint) in [
        ("# TYPE codec_peals_total counter\ncodec_peals_total 3\n", "codec_peals_total is not documented"),
        (
            "# TYPE codec_seals_total gauge\ncodec_seals_total 3\n",
            "codec_seals_total is documented as a counter",
        ),
        (
            "# TYPE codec_seals_total counter\ncodec_seals_total{user=\"1\"} 3\n",
            "codec_seals_total has the labels {\"user\"}",
        ),
    ] {
        let complaints = printed(wrong);
        assert!(complaints.iter().any(|found| found.starts_with(complaint)), "{complaints:?}");
    }
}

#[test]
fn memory_of_the_service_is_not_dumped_and_its_command_line_holds_no_secret() {
    let server = Server::start();
    let proc = |file: &str| fs::read_to_string(format!("/proc/{}/{file}", server.process_id()));
    // Only Linux tells.
    let Ok(limits) = proc("limits") else { return };
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    let limits: Vec<&str> = core.split_whitespace().skip(4).take(2).collect();
    assert_eq!(limits, ["0", "0"]);
    assert!(!proc("cmdline").unwrap().contains(repository::testing::KEY));
}
