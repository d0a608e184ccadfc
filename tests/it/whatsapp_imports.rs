//! Imports over HTTP: exports as phones make them, and what is refused of them.

use serde_json::{Value, json};
use strongroom_tests::{Answer, Server};

use crate::twilio::{chat_of, messages, told};
use crate::world::{each, named, pointers, text};

const PHONE: &str = "+919876543210";

/// Somebody without chats: the path of imports.
fn person(server: &Server) -> String {
    let user = server.post("/v1/whatsapp/users", &json!({"phone_number": PHONE})).expect(201);
    format!("/v1/whatsapp/users/{}/imports", text(&user, "/user_id"))
}

fn export(text: &str, assistant: &str, timezone: &str) -> Value {
    json!({"format": "txt", "text": text, "assistant": assistant, "timezone": timezone})
}

fn kept(server: &Server) -> Value {
    messages(server, &chat_of(server, PHONE).1)
}

fn refused(answer: &Answer, pointer: &str, code: &str) {
    assert_eq!(pointers(answer), named(&[(pointer, code)]));
}

#[test]
fn an_export_of_ios_becomes_a_closed_chat_with_its_times() {
    let server = Server::start();
    let path = person(&server);
    let file = "[19/10/2025, 11:37:20] Asha: What is Spark?\r\n[19/10/2025, 11:37:22] Bot: An engine.\r\nIt is fast.\r\n\
                \u{200e}[19/10/2025, 11:38:01] Asha: \u{200e}<attached: 00000012-PHOTO.jpg>\r\n\
                [19/10/2025, 11:38:02] Asha: \u{200e}You deleted this message.\r\n";
    let body = export(file, "Bot", "Asia/Kolkata");
    let brought = server.post(&path, &body).expect(200);
    assert_eq!(
        brought,
        json!({
            "chats": 1, "messages": 3, "attachments": 1, "system_lines": 1, "other_senders": 0, "date_order": "day_first",
            "first_at": "2025-10-19T06:07:20Z", "last_at": "2025-10-19T06:08:01Z", "results": [],
        })
    );
    let kept = kept(&server);
    assert_eq!(
        told(&kept),
        ["user What is Spark?", "assistant An engine.\nIt is fast.", "user <attached: 00000012-PHOTO.jpg>"]
    );
    assert_eq!(
        each(&kept, "timestamp"),
        [
            "2025-10-19T06:07:20.000000+00:00",
            "2025-10-19T06:07:22.000000+00:00",
            "2025-10-19T06:08:01.000000+00:00"
        ]
    );
    let (user, chat) = chat_of(&server, PHONE);
    let chat = server.get(&format!("/v1/whatsapp/chats/{chat}")).expect(200);
    assert_eq!((&chat["is_active"], &chat["created_at"]), (&json!(false), &json!("2025-10-19T06:07:20Z")));
    assert_eq!(server.get("/v1/whatsapp/waiting").expect(200)["data"], json!([]));
    assert_eq!(server.get(&format!("/v1/whatsapp/users/{user}/history")).expect(200)["data"], json!([]));
    let again = server.post(&path, &body).expect(200);
    assert_eq!((&again["chats"], &again["messages"]), (&json!(0), &json!(0)));
}

#[test]
fn an_export_of_android_is_read_by_its_month_and_keeps_the_order_within_a_minute() {
    let server = Server::start();
    let path = person(&server);
    let file = "10/19/25, 12:05\u{202f}AM - Messages and calls are end-to-end encrypted.\n\
                10/19/25, 12:05\u{202f}AM - Asha: hi\n10/19/25, 12:05\u{202f}AM - Bot: hello: you\n";
    let brought = server.post(&path, &export(file, "Bot", "America/New_York")).expect(200);
    assert_eq!((&brought["system_lines"], &brought["date_order"]), (&json!(1), &json!("month_first")));
    let kept = kept(&server);
    assert_eq!(told(&kept), ["user hi", "assistant hello: you"]);
    assert_eq!(
        each(&kept, "timestamp"),
        ["2025-10-19T04:05:00.000000+00:00", "2025-10-19T04:05:00.000001+00:00"]
    );
    let file = "01/02/25, 10:00 - Asha: hi\n02/02/25, 10:00 - Asha: hi";
    refused(&server.post(&path, &export(file, "Bot", "America/New_York")), "/text", "ambiguous_dates");
}

/// Each of these was an empty file, or somebody called `p. m. - Ben`, to another program.
#[test]
fn lines_of_every_phone_are_read() {
    let server = Server::start();
    let path = person(&server);
    for (file, expected, system_lines) in [
        (
            "1/4/23, 7:02\u{202f}PM - Messages and calls are end-to-end encrypted.\n1/4/23, 7:03\u{202f}PM - Asha: <Media omitted>\n\
          13/4/23, 7:03\u{202f}PM - Asha: x",
            vec!["user <Media omitted>", "user x"],
            1,
        ),
        ("20/6/2017 8:28 p.\u{a0}m. - Ben: time: 20:30?", vec!["assistant time: 20:30?"], 0),
        (
            "[07.03.26, 21:22:39] ~\u{202f}Asha: first line\nsecond line\r\n\u{200e}[07.03.26, 21:28:10] Ben: \u{200e}image omitted\r\n",
            vec!["user first line\nsecond line", "assistant image omitted"],
            0,
        ),
        ("\u{feff}2024/12/02, 4:09 pm - Asha: hello", vec!["user hello"], 0),
    ] {
        let brought = server.post(&path, &export(file, "Ben", "Europe/Madrid")).expect(200);
        assert_eq!(brought["system_lines"], system_lines, "{file}");
        let (user, _) = chat_of(&server, PHONE);
        let chats = server.get(&format!("/v1/whatsapp/users/{user}/chats")).expect(200);
        let first_at = text(&brought, "/first_at");
        let chat =
            chats["data"].as_array().unwrap().iter().find(|chat| chat["created_at"] == first_at.as_str());
        assert_eq!(told(&messages(&server, &text(chat.unwrap(), "/chat_id"))), expected, "{file}");
    }
    for file in ["", "hello\nworld", "99/99/2025, 10:00 - Asha: hi"] {
        refused(&server.post(&path, &export(file, "Ben", "Europe/Madrid")), "/text", "not_an_export");
    }
}

#[test]
fn a_second_import_brings_what_is_new_and_names_nobody() {
    let server = Server::start();
    let path = person(&server);
    let mut body = export("2/4/23, 10:35 PM - Asha: hi", "Shop", "Asia/Kolkata");
    refused(&server.post(&path, &body), "/text", "ambiguous_dates");
    body["date_order"] = json!("month_first");
    let first = server.post(&path, &body).expect(200);
    assert_eq!((&first["messages"], &first["first_at"]), (&json!(1), &json!("2023-02-04T17:05:00Z")));
    assert_eq!(server.post(&path, &body).expect(200)["messages"], 0);
    let longer = "2/4/23, 10:35 PM - Asha: hi\n2/4/23, 10:36 PM - Asha: ok\n2/4/23, 10:36 PM - Asha: ok\n2/4/23, 10:37 PM - Shop: fine";
    body["text"] = json!(longer);
    assert_eq!(server.post(&path, &body).expect(200)["messages"], 3, "two equal ones of a minute both stay");
    body["text"] = json!(format!("{longer}\n2/4/23, 10:38 PM - Mallory: psst"));
    let third = server.post(&path, &body);
    refused(&third, "/text", "third_sender");
    assert!(third.text.contains("line 5") && !third.text.contains("Mallory"), "{}", third.text);
    body["user"] = json!("Asha");
    let passed = server.post(&path, &body).expect(200);
    assert_eq!((&passed["messages"], &passed["other_senders"]), (&json!(0), &json!(1)));
}

#[test]
fn rows_bring_their_own_times_and_wrong_ones_are_told_by_line() {
    let server = Server::start();
    let path = person(&server);
    let rows = [
        r#"{"role": "user", "content": "one", "timestamp": "2025-10-19T11:37:20+05:30"}"#,
        r#"{"role": "bot", "content": "x", "timestamp": "2025-10-19T11:37:21+05:30"}"#,
        r#"{"role": "assistant", "content": "two\u0000", "timestamp": "2025-10-19T06:07:20Z"}"#,
        r#"{"role": "user", "content": "late", "timestamp": "2024-01-01T00:00:00Z"}"#,
        r#"{"role": "user", "content": "no zone", "timestamp": "2025-10-19T11:37:20"}"#,
        "not JSON",
    ];
    let body = json!({"format": "ndjson", "text": rows.join("\n")});
    let brought = server.post(&path, &body).expect(200);
    assert_eq!((&brought["messages"], &brought["date_order"]), (&json!(2), &Value::Null));
    assert_eq!(
        brought["results"],
        json!([
            {"line": 2, "code": "unknown_value"}, {"line": 4, "code": "out_of_order"},
            {"line": 5, "code": "invalid_timestamp"}, {"line": 6, "code": "invalid_row"},
        ])
    );
    assert_eq!(told(&kept(&server)), ["user one", "assistant two\u{fffd}"]);
    assert_eq!(server.post(&path, &body).expect(200)["messages"], 0);
}

#[test]
fn a_long_file_is_kept_in_full_chats_that_continue_one_another() {
    let server = Server::start();
    let path = person(&server);
    let line = |n: u32| format!("[19/10/2025, {:02}:{:02}:{:02}] Asha: {n}\n", n / 3600, n / 60 % 60, n % 60);
    let file: String = (0..450).map(line).collect();
    let brought = server.post(&path, &export(&file, "Bot", "Asia/Kolkata")).expect(200);
    assert_eq!((&brought["chats"], &brought["messages"]), (&json!(3), &json!(450)));
    let (user, last) = chat_of(&server, PHONE);
    let chats = server.get(&format!("/v1/whatsapp/users/{user}/chats")).expect(200)["data"].clone();
    let counts: Vec<_> = chats.as_array().unwrap().iter().map(|chat| chat["message_count"].clone()).collect();
    assert_eq!(counts, [json!(50), json!(200), json!(200)]);
    assert_eq!((&chats[0]["chat_id"], &chats[0]["continues_chat_id"]), (&json!(last), &chats[1]["chat_id"]));
    // Longer than any other body may be.
    let huge = format!("[19/10/2025, 12:00:00] Asha: {}\n{}", "x".repeat(19_000), "y".repeat(2 << 20));
    let brought = server.post(&path, &export(&huge, "Bot", "Asia/Kolkata")).expect(200);
    assert_eq!(brought["results"], json!([{"line": 1, "code": "too_long"}]));
}

#[test]
fn what_is_wrong_with_a_file_is_said_at_its_field() {
    let server = Server::start();
    let path = person(&server);
    let whole = export("[19/10/2025, 11:37:20] Asha: hi", "Bot", "Asia/Kolkata");
    for (field, value, code) in [
        ("format", json!("csv"), "unknown_value"),
        ("format", json!(1), "wrong_type"),
        ("text", json!(null), "wrong_type"),
        ("assistant", json!(""), "empty"),
        ("assistant", Value::Null, "missing"),
        ("user", json!(" "), "empty"),
        ("timezone", Value::Null, "missing"),
        ("timezone", json!("Kolkata"), "unknown_timezone"),
        ("date_order", json!("dmy"), "unknown_value"),
        ("dateorder", json!("auto"), "unknown_field"),
    ] {
        let mut body = whole.clone();
        body[field] = value.clone();
        refused(&server.post(&path, &body), &format!("/{field}"), code);
    }
    let mixed = "19/10/2025, 11:37 - Asha: hi\n10/19/2025, 11:37 - Asha: hi";
    refused(&server.post(&path, &export(mixed, "Bot", "Asia/Kolkata")), "/text", "mixed_dates");
    for option in ["assistant", "user", "timezone", "date_order"] {
        let body = json!({"format": "ndjson", "text": "", option: "auto"});
        refused(&server.post(&path, &body), &format!("/{option}"), "not_for_format");
    }
    server.post("/v1/whatsapp/users/00000000-0000-7000-8000-000000000000/imports", &whole).expect(404);
    assert_eq!(server.get("/v1/whatsapp/statistics").expect(200)["data"][0]["total_chats"], 0);
}
