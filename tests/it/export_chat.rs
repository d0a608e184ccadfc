//! Conversations about a report over HTTP: they expire, their history is read backwards, and what is refused.

use serde_json::{Value, json};
use strongroom_tests::Server;

use crate::bad_json;
use crate::exporter::{self, Exporter, with_report};
use crate::world::{each, id, named, pointers, text};

fn begin(server: &Server, report: &str) -> Value {
    server.post(&format!("{report}/chat-sessions"), &json!({})).expect(201)
}

fn path_of(session: &Value) -> String {
    format!("/v1/export/chat-sessions/{}", id(session))
}

pub(crate) fn exchange(n: usize) -> Value {
    json!({"question": format!("question {n}"), "answer": format!("answer {n}")})
}

#[test]
fn a_page_of_history_is_the_newest_oldest_first() {
    let server = Server::start();
    let (_, report) = with_report(&server);
    let session = begin(&server, &report);
    let messages = format!("{}/messages", path_of(&session));
    for n in 1..=3 {
        let answer = server.post(&messages, &exchange(n));
        let made = answer.expect(201);
        assert_eq!(answer.header("location"), messages);
        assert_eq!(each(&made["data"], "role"), ["user", "assistant"]);
    }
    let page = server.get(&format!("{messages}?limit=3")).expect(200);
    assert_eq!(each(&page["data"], "content"), ["answer 2", "question 3", "answer 3"]);
    let before =
        server.get(&format!("{messages}?limit=3&cursor={}", text(&page, "/next_cursor"))).expect(200);
    assert_eq!(each(&before["data"], "content"), ["question 1", "answer 1", "question 2"]);
    assert_eq!(before["next_cursor"], Value::Null);
    let newest = text(&page, "/data/2/created_at");
    assert_eq!(server.get(&path_of(&session)).expect(200)["last_activity"], json!(newest));

    assert_eq!(server.send("DELETE", &messages, &[], None).status, 204);
    assert_eq!(server.get(&messages).expect(200), json!({"data": [], "next_cursor": null}));
    server.get(&path_of(&session)).expect(200);
}

#[test]
fn an_answer_names_its_sources_and_a_question_has_none() {
    let server = Server::start();
    let (_, report) = with_report(&server);
    let messages = format!("{}/messages", path_of(&begin(&server, &report)));
    let sources = json!([
        {"title": "Import of spices", "source": "Spices Board", "url": "https://x.example/7"},
        {"title": "REACH", "source": "ECHA", "url": null},
    ]);
    let asked = json!({"question": " क्या चाहिए? ", "answer": "One.\n\nAnd another.", "sources": sources});
    let made = server.post(&messages, &asked).expect(201);
    assert_eq!((&made["data"][0]["sources"], &made["data"][1]["sources"]), (&Value::Null, &sources));
    assert_eq!(each(&made["data"], "content"), ["क्या चाहिए?", "One.\n\nAnd another."]);
    assert_eq!(server.get(&messages).expect(200)["data"], made["data"]);

    let key = [("idempotency-key", "asked")];
    let send = || server.send("POST", &messages, &key, Some(&exchange(2).to_string())).expect(201);
    assert_eq!(send(), send());
    assert_eq!(server.get(&messages).expect(200)["data"].as_array().unwrap().len(), 4, "it was stored once");
}

#[test]
fn a_conversation_is_over_some_hours_after_it_began() {
    let server = Server::start_with(&[("CHAT_SESSION_HOURS", "36")]);
    let (_, report) = with_report(&server);
    let (first, second) = (begin(&server, &report), begin(&server, &report));
    let sessions = format!("{report}/chat-sessions");
    let listed = || each(&server.get(&sessions).expect(200)["data"], "id").join(" ");
    assert_eq!(listed(), format!("{} {}", id(&second), id(&first)));

    let path = path_of(&second);
    server.post(&format!("{path}/messages"), &exchange(1)).expect(201);
    // It ends 36 hours after it began, although something was said since.
    let end = format!(
        "UPDATE export.chat_sessions SET expires_at = now()
          WHERE id = '{}' AND expires_at = created_at + INTERVAL '36 hours'",
        id(&second)
    );
    server.database().sabotage(&end);
    assert_eq!(listed(), id(&first));
    for (method, path, body) in [
        ("GET", path.clone(), None),
        ("DELETE", path.clone(), None),
        ("GET", format!("{path}/messages"), None),
        ("DELETE", format!("{path}/messages"), None),
        ("POST", format!("{path}/messages"), Some(exchange(2).to_string())),
    ] {
        server.send(method, &path, &[], body.as_deref()).expect(404);
    }
    let path = path_of(&first);
    assert_eq!(server.send("DELETE", &path, &[], None).status, 204);
    server.get(&path).expect(404);
    assert_eq!(listed(), "");
}

#[test]
fn what_an_agent_is_to_know_gains_what_it_lacks_of_the_report() {
    let server = Server::start();
    let (_, report) = with_report(&server);
    let sessions = format!("{report}/chat-sessions");
    let answer =
        server.post(&sessions, &json!({"context_data": {"hs_code": null, "price": 0.10, "tone": ["kind"]}}));
    let made = answer.expect(201);
    assert_eq!(answer.header("location"), path_of(&made));
    let expected = json!({
        "product_name": "Turmeric powder", "destination_country": "Germany", "business_type": "Merchant",
        "hs_code": null, "price": 0.10, "tone": ["kind"],
    });
    assert_eq!(made["context_data"], expected);
    assert_eq!(server.get(&path_of(&made)).expect(200), made);
    for nothing in ["", "null", "{}", r#"{"context_data": null}"#] {
        let made = server.send("POST", &sessions, &[], Some(nothing)).expect(201);
        assert_eq!(made["context_data"].as_object().unwrap().len(), 3, "{nothing}");
    }
}

#[test]
fn conversations_about_a_deleted_report_are_absent_with_it() {
    let server = Server::start();
    let (_, report) = with_report(&server);
    let session = begin(&server, &report);
    exporter::delete_report(&server, &text(&session, "/report_id"));
    server.get(&path_of(&session)).expect(404);
    server.get(&format!("{}/messages", path_of(&session))).expect(404);
    server.post(&format!("{}/messages", path_of(&session)), &exchange(1)).expect(404);
    server.get(&format!("{report}/chat-sessions")).expect(404);
    server.post(&format!("{report}/chat-sessions"), &json!({})).expect(404);
}

#[test]
fn an_exporter_reads_and_clears_a_conversation_and_an_agent_writes_it() {
    let server = Server::start();
    let asha = Exporter::register(&server, "asha@example.com");
    let report = format!("/v1/export/reports/{}", exporter::report(&server, &asha.id));
    let session = asha.send(&server, "POST", &format!("{report}/chat-sessions"), &json!({})).expect(201);
    let messages = format!("{}/messages", path_of(&session));
    let refused = asha.send(&server, "POST", &messages, &exchange(1)).expect(403);
    assert_eq!(refused["code"], "insufficient_scope");
    server.post(&messages, &exchange(1)).expect(201);
    let history = asha.send(&server, "GET", &messages, &Value::Null).expect(200);
    assert_eq!(each(&history["data"], "content"), ["question 1", "answer 1"]);
    assert_eq!(asha.send(&server, "DELETE", &messages, &Value::Null).status, 204);
    assert_eq!(asha.send(&server, "GET", &messages, &Value::Null).expect(200)["data"], json!([]));
    assert_eq!(asha.send(&server, "DELETE", &path_of(&session), &Value::Null).status, 204);
}

#[test]
fn what_is_wrong_with_an_exchange_is_said_at_the_field_and_nothing_is_stored() {
    let server = Server::start();
    let (_, report) = with_report(&server);
    let messages = format!("{}/messages", path_of(&begin(&server, &report)));
    let source = json!({"title": "t", "source": "s"});
    let with = |field: &str, value: Value| {
        let mut source = source.clone();
        source[field] = value;
        json!([{"title": "t", "source": "s"}, source])
    };
    let wrong: &[(&str, Value, &str, &str)] = &[
        ("question", json!(""), "/question", "empty"),
        ("question", json!(" \n "), "/question", "empty"),
        ("question", json!("न".repeat(1_001)), "/question", "too_long"),
        ("question", json!("a\u{0}b"), "/question", "control_character"),
        ("question", json!(7), "/question", "wrong_type"),
        ("question", json!(null), "/question", "wrong_type"),
        ("answer", json!(""), "/answer", "empty"),
        ("answer", json!("x".repeat(20_001)), "/answer", "too_long"),
        ("answer", json!("a\u{0}b"), "/answer", "control_character"),
        ("answer", json!(["x"]), "/answer", "wrong_type"),
        ("sources", json!({}), "/sources", "wrong_type"),
        ("sources", json!("ECHA"), "/sources", "wrong_type"),
        ("sources", json!(["ECHA"]), "/sources/0", "wrong_type"),
        ("sources", json!([["t", "s"]]), "/sources/0", "wrong_type"),
        ("sources", json!([{"title": "t"}]), "/sources/0/source", "missing"),
        ("sources", json!(vec![source.clone(); 51]), "/sources", "too_many"),
        ("sources", with("title", json!("")), "/sources/1/title", "empty"),
        ("sources", with("title", json!("x".repeat(301))), "/sources/1/title", "too_long"),
        ("sources", with("source", json!("x".repeat(301))), "/sources/1/source", "too_long"),
        ("sources", with("source", json!("a\u{0}b")), "/sources/1/source", "control_character"),
        ("sources", with("url", json!("ftp://x.example")), "/sources/1/url", "invalid_url"),
        ("sources", with("url", json!("https://a:b@x.example")), "/sources/1/url", "credentials_in_url"),
        ("sources", with("author", json!("Asha")), "/sources/1/author", "unknown_field"),
        ("role", json!("user"), "/role", "unknown_field"),
    ];
    for (field, value, pointer, code) in wrong {
        let mut body = exchange(1);
        body[*field] = value.clone();
        let answer = server.post(&messages, &body);
        assert_eq!(pointers(&answer), named(&[(pointer, code)]), "{value:.60}: {:.300}", answer.text);
    }
    for (text, code) in [
        (r#"{"question": "\ud800", "answer": "a"}"#, "lone_surrogate"),
        (r#"{"question": 1e200000, "answer": "a"}"#, "number_out_of_range"),
    ] {
        let answer = server.send("POST", &messages, &[], Some(text));
        assert!(pointers(&answer)[0].0 == "/question", "{code}: {}", answer.text);
    }
    let nested = format!(r#"{{"question": "q", "answer": "a", "sources": {}}}"#, "[".repeat(1_000_000));
    assert_eq!(server.send("POST", &messages, &[], Some(&nested)).status, 422);
    let several = json!({"question": "", "answer": "", "sources": [{"title": "", "source": ""}]});
    assert_eq!(pointers(&server.post(&messages, &several)).len(), 4);
    assert_eq!(server.get(&messages).expect(200)["data"], json!([]));

    let longest =
        json!({"question": "न".repeat(1_000), "answer": "न".repeat(20_000), "sources": vec![source; 50]});
    server.post(&messages, &longest).expect(201);
}

#[test]
fn a_context_that_cannot_be_kept_is_refused() {
    let server = Server::start();
    let (_, report) = with_report(&server);
    let sessions = format!("{report}/chat-sessions");
    let send = |body: &Value| server.post(&sessions, body);
    let context = |length: usize| json!({"context_data": {"a": "x".repeat(length)}});
    for (body, pointer, code) in [
        (json!({"context_data": []}), "/context_data", "wrong_type"),
        (json!({"context_data": "x"}), "/context_data", "wrong_type"),
        (context(65_529), "/context_data", "too_long"),
        (json!({"context": {}}), "/context", "unknown_field"),
        (json!([]), "", "wrong_type"),
    ] {
        assert_eq!(pointers(&send(&body)), named(&[(pointer, code)]));
    }
    bad_json::check(&server, "POST", &sessions, "/context_data", |context| {
        format!(r#"{{"context_data": {context}}}"#)
    });
    assert_eq!(server.get(&sessions).expect(200)["data"], json!([]));
    send(&context(65_528)).expect(201);
}
