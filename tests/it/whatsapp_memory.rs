//! `STORAGE_BACKEND=memory`: conversations that are stored nowhere.

use serde_json::{Value, json};
use strongroom_tests::Server;

use crate::contract::document::Document;
use crate::twilio::{
    ASHA, NOTHING, answer, chat_of, form_of, history, messages, post, post_signed, says, told,
};
use crate::user_tokens::count;
use crate::world::text;

const IN_MEMORY: (&str, &str) = ("STORAGE_BACKEND", "memory");

#[test]
fn a_conversation_goes_its_way_and_nothing_of_it_is_stored() {
    let server = Server::start_with(&[IN_MEMORY, ("MAX_CONVERSATION_HISTORY", "2")]);
    for _ in 0..2 {
        assert_eq!(says(&server, "SM1", ASHA, "one"), NOTHING);
    }
    let (asha, chat) = chat_of(&server, ASHA);
    let claim = server.post("/v1/whatsapp/waiting/claim", &json!({})).expect(200);
    assert_eq!(claim["data"][0]["chat"]["chat_id"], chat.as_str());
    assert_eq!(answer(&server, &chat, &json!({"content": "x"})).expect(409)["code"], "claimed");
    let mine = json!({"content": "two", "claim_id": claim["claim_id"]});
    answer(&server, &chat, &mine).expect(201);
    says(&server, "SM2", ASHA, "three");
    assert_eq!(history(&server, &asha), ["assistant two", "user three"]);
    assert_eq!(told(&messages(&server, &chat)), ["assistant two", "user three"]);
    assert_eq!(server.get(&format!("/v1/whatsapp/users/{asha}/statistics")).expect(200)["total_messages"], 3);
    let stats = server.get("/v1/whatsapp/stats").expect(200);
    assert_eq!((&stats["storage"], &stats["waiting"]), (&json!("memory"), &json!(1)));
    let made =
        json!({"message_sid": "SM3", "phone_number": "+12025550102", "full_name": "Ravi", "content": "hi"});
    let made = server.post("/v1/whatsapp/messages", &made).expect(201);
    let users = server.get("/v1/whatsapp/users?limit=1").expect(200);
    assert_eq!(users["data"][0]["user_id"], made["customer_id"]);
    let next = format!("/v1/whatsapp/users?cursor={}", text(&users, "/next_cursor"));
    assert_eq!(server.get(&next).expect(200)["data"][0]["user_id"], asha.as_str());
    let user = server.get(&format!("/v1/whatsapp/users/{}", text(&made, "/customer_id")));
    assert_eq!((user.header("etag"), user.expect(200)["full_name"].clone()), ("\"1\"", json!("Ravi")));
    let release =
        server.post(&format!("/v1/whatsapp/chats/{chat}/release"), &json!({"claim_id": claim["claim_id"]}));
    assert_eq!(release.expect(409)["code"], "claim_lost");
    assert!(says(&server, "SM4", ASHA, "clear").contains("cleared"));
    assert_eq!(server.post("/v1/whatsapp/chats/deactivate", &json!({})).expect(200)["deactivated"], 0);
    let closed = server.post(&format!("/v1/whatsapp/chats/{chat}/close"), &Value::Null).expect(200);
    assert_eq!(closed["is_active"], false);
    for table in
        ["whatsapp.users", "whatsapp.userchats", "whatsapp.inbound_messages", "platform.idempotency_keys"]
    {
        assert_eq!(count(&server, table), 0, "{table}");
    }
}

#[test]
fn keys_and_dry_runs_work_in_memory_too() {
    let server = Server::start_with(&[IN_MEMORY]);
    let body = json!({"phone_number": ASHA, "full_name": "Asha"}).to_string();
    let send = |query: &str, key: &str, body: &str| {
        let path = format!("/v1/whatsapp/users/by-phone{query}");
        server.send("PUT", &path, &[("idempotency-key", key)], Some(body))
    };
    let dry = send("?dry_run=true", "k", &body);
    assert_eq!((dry.status, dry.header("dry-run")), (201, "true"));
    assert_eq!(server.get("/v1/whatsapp/users").expect(200)["data"], json!([]));
    let first = send("", "k", &body);
    let again = send("", "k", &body);
    assert_eq!((first.status, again.status, again.header("idempotent-replayed")), (201, 201, "true"));
    assert_eq!((&first.text, first.header("location")), (&again.text, again.header("location")));
    assert_eq!(send("", "k2", &body).status, 200);
    let other = body.replace("Asha", "Ravi");
    assert_eq!(send("", "k", &other).expect(422)["code"], "idempotency_key_reused");
    // A refusal is not kept, and neither is what was done before it.
    let wrong = json!({"phone_number": "+12025550102", "email": "a@example.com"}).to_string();
    send("", "k3", &wrong).expect(201);
    let taken = json!({"phone_number": "+12025550103", "email": "a@example.com"}).to_string();
    for _ in 0..2 {
        assert_eq!(send("", "k4", &taken).expect(409)["code"], "conflict");
    }
    // Another caller has keys of its own.
    let create = ["api-key", "create", "--name", "b", "--scope", "whatsapp:write", "--format", "json"];
    let key = text(&strongroom_tests::db_manage(server.database(), &create).json(), "/key");
    let headers = [("idempotency-key", "k"), ("authorization", &*format!("Bearer {key}"))];
    assert_eq!(server.send("PUT", "/v1/whatsapp/users/by-phone", &headers, Some(&other)).status, 200);
}

#[test]
fn whatever_needs_the_database_says_so_and_the_document_says_which_that_is() {
    let server = Server::start_with(&[IN_MEMORY]);
    let document = Document::of(&server);
    let mut refused = Vec::new();
    for operation in
        document.operations().into_iter().filter(|operation| operation.path.contains("/whatsapp/"))
    {
        let described = operation.definition["responses"]["409"]["description"].as_str().unwrap_or_default();
        if !described.contains("needs_database") || operation.path.contains("/webhook/") {
            continue;
        }
        let path = operation
            .path
            .replace("{id}", "00000000-0000-7000-8000-000000000000")
            .replace("{message_sid}", "SM1");
        let body = (!["get", "delete"].contains(&operation.method)).then_some("{}");
        let answer = server.send(&operation.method.to_uppercase(), &path, &[], body);
        assert_eq!(answer.expect(409)["code"], "needs_database", "{operation}");
        refused.push(operation.to_string());
    }
    assert_eq!(refused.len(), 13, "{refused:#?}");
    let status = form_of(&[("MessageSid", "SM1"), ("MessageStatus", "read"), ("To", ASHA)]);
    let path = "/v1/whatsapp/webhook/twilio/status";
    assert_eq!(post(&server, path, &status, "x").status, 403, "whoever cannot sign hears nothing else");
    let answer = post_signed(&server, path, &status);
    assert_eq!(answer.expect(409)["code"], "needs_database");
}

#[test]
fn the_process_says_where_conversations_are_and_whether_twilio_can_call() {
    let server = Server::start();
    let of = |server: &Server| {
        let ready = server.send("GET", "/readyz", &[("authorization", "")], None).expect(200);
        (ready["checks"]["storage"].clone(), ready["checks"]["twilio"].clone())
    };
    assert_eq!(of(&server), (json!("database"), json!("ok")));
    let other = server.beside(&[IN_MEMORY, ("TWILIO_AUTH_TOKEN", "")]);
    assert_eq!(of(&other), (json!("memory"), json!("unused")));
}

#[test]
fn a_token_of_the_database_reaches_nobody_in_memory() {
    let server = Server::start();
    says(&server, "SM1", ASHA, "hi");
    let (asha, chat) = chat_of(&server, ASHA);
    let tokens = server.post(&format!("/v1/whatsapp/users/{asha}/tokens"), &json!({})).expect(200);
    let bearer = format!("Bearer {}", text(&tokens, "/access_token"));
    let memory = server.beside(&[IN_MEMORY]);
    says(&memory, "SM1", ASHA, "hi");
    let (_, in_memory) = chat_of(&memory, ASHA);
    for (method, path) in [
        ("GET", format!("/v1/whatsapp/users/{asha}")),
        ("GET", format!("/v1/whatsapp/chats/{chat}")),
        ("GET", format!("/v1/whatsapp/chats/{in_memory}/messages")),
        ("POST", format!("/v1/whatsapp/chats/{in_memory}/close")),
    ] {
        assert_eq!(memory.send(method, &path, &[("authorization", &bearer)], None).status, 404, "{path}");
    }
}
