//! Conversations of households over HTTP: sessions, messages, pages of history, and the search for words.

use serde_json::{Value, json};
use strongroom_tests::Server;

use crate::household::{Household, new_conversation, said, send};
use crate::world::{each, id, named, pointers, text};

const CONVERSATIONS: &str = "/v1/pantry/conversations";

fn begin(server: &Server, user: &str, session_id: &str) -> String {
    let made = server.post(CONVERSATIONS, &new_conversation(user, session_id)).expect(201);
    format!("{CONVERSATIONS}/{}", id(&made))
}

fn say(server: &Server, conversation: &str, content: &str) {
    server.post(&format!("{conversation}/messages"), &said(content)).expect(201);
}

#[test]
fn a_session_is_one_households_own() {
    let server = Server::start();
    let (asha, bina) = (Household::new(&server, "asha"), Household::new(&server, "bina"));
    let begin = |own: &Household| {
        own.send(&server, "POST", CONVERSATIONS, &new_conversation(&own.id, "default")).expect(201)
    };
    let (of_asha, of_bina) = (begin(&asha), begin(&bina));
    say(&server, &format!("{CONVERSATIONS}/{}", id(&of_asha)), "asha's");
    say(&server, &format!("{CONVERSATIONS}/{}", id(&of_bina)), "bina's");
    let lookup = |by: &Household, user: &str| {
        let body = json!({"user_id": user, "session_id": "default", "messages": true});
        by.send(&server, "POST", &format!("{CONVERSATIONS}/lookup"), &body)
    };
    for (own, words) in [(&asha, "asha's"), (&bina, "bina's")] {
        let found = lookup(own, &own.id).expect(200);
        assert_eq!(
            (each(&found["messages"], "content"), &found["more_messages"]),
            (vec![words], &json!(false))
        );
    }
    lookup(&asha, &bina.id).expect(404);
    asha.send(&server, "GET", &format!("{CONVERSATIONS}/{}", id(&of_bina)), &Value::Null).expect(404);
    let foreign = asha.send(&server, "POST", CONVERSATIONS, &new_conversation(&bina.id, "mine"));
    assert_eq!(pointers(&foreign), named(&[("/user_id", "unknown_user")]));

    let again = server.post(CONVERSATIONS, &new_conversation(&asha.id, "default"));
    assert_eq!(again.expect(409)["existing_id"], of_asha["id"]);
    let by_session = |body: Value| asha.send(&server, "PUT", &format!("{CONVERSATIONS}/by-session"), &body);
    let mut titled = new_conversation(&asha.id, "default");
    titled["title"] = json!("Not for one that is there");
    let found = by_session(titled).expect(200);
    assert_eq!((&found["id"], &found["title"]), (&of_asha["id"], &Value::Null));
    let made = by_session(new_conversation(&asha.id, "other"));
    let location = format!("{CONVERSATIONS}/{}", id(&made.expect(201)));
    assert_eq!(made.header("location"), location);
    let foreign = by_session(new_conversation(&bina.id, "default"));
    assert_eq!(pointers(&foreign), named(&[("/user_id", "unknown_user")]));
}

#[test]
fn a_conversation_without_a_session_id_gets_one() {
    let server = Server::start();
    let user = Household::new(&server, "asha").id;
    let made = server.post(CONVERSATIONS, &json!({"user_id": user})).expect(201);
    assert_eq!(made["session_id"], made["id"]);
    server.post(CONVERSATIONS, &json!({"user_id": user})).expect(201);
}

#[test]
fn a_conversation_is_changed_deleted_and_restored_by_its_version() {
    let server = Server::start();
    let user = Household::new(&server, "asha").id;
    let mut new = new_conversation(&user, "default");
    new["title"] = json!(" Obiad ");
    new["metadata"] = json!({"price": 1.50, "$serde_json::private::Number": [null]});
    let answer = server.post(CONVERSATIONS, &new);
    let made = answer.expect(201);
    let path = format!("{CONVERSATIONS}/{}", id(&made));
    assert_eq!((answer.header("location"), answer.header("etag")), (path.as_str(), "\"1\""));
    assert_eq!((&made["title"], &made["metadata"]), (&json!("Obiad"), &new["metadata"]));
    assert!(made.get("messages").is_none() && made.get("more_messages").is_none());
    assert_eq!(server.get(&path).expect(200), made);

    say(&server, &path, "Kup mleko");
    let patch =
        |tag: &str, body: Value| server.send("PATCH", &path, &[("if-match", tag)], Some(&body.to_string()));
    patch("\"1\"", json!({"title": null})).expect(412);
    let changed = patch("\"2\"", json!({"title": null}));
    assert_eq!((changed.header("etag"), &changed.expect(200)["title"]), ("\"3\"", &Value::Null));
    assert_eq!(changed.expect(200)["metadata"], new["metadata"], "what is absent stays");
    let changed = send(&server, "PATCH", &path, &json!({"metadata": {"other": true}})).expect(200);
    assert_eq!(changed["metadata"], json!({"other": true}));

    assert_eq!(server.send("DELETE", &path, &[("if-match", "\"1\"")], None).status, 412);
    assert_eq!(server.send("DELETE", &path, &[], None).status, 204);
    for (method, path) in
        [("GET", path.clone()), ("DELETE", path.clone()), ("GET", format!("{path}/messages"))]
    {
        server.send(method, &path, &[], None).expect(404);
    }
    server.post(&format!("{path}/messages"), &said("more")).expect(404);
    let other = begin(&server, &user, "default");
    let refused = send(&server, "POST", &format!("{path}/restore"), &Value::Null).expect(409);
    assert_eq!(refused["code"], "restore_conflict");
    assert!(other.ends_with(refused["existing_id"].as_str().unwrap()));
    assert_eq!(server.send("DELETE", &other, &[], None).status, 204);
    send(&server, "POST", &format!("{path}/restore"), &Value::Null).expect(200);
    assert_eq!(each(&server.get(&format!("{path}/messages")).expect(200)["data"], "content"), ["Kup mleko"]);
}

#[test]
fn the_latest_conversation_comes_first_and_what_moves_meanwhile_is_not_shown_again() {
    let server = Server::start();
    let household = Household::new(&server, "asha");
    let paths: Vec<_> = (0..5).map(|n| begin(&server, &household.id, &format!("s{n}"))).collect();
    say(&server, &paths[1], "hello");
    let list = |rest: &str| server.get(&household.path(&format!("/conversations?limit=2{rest}"))).expect(200);
    let first = list("");
    assert_eq!(each(&first["data"], "session_id"), ["s1", "s4"]);
    say(&server, &paths[4], "hello");
    let mut page = list(&format!("&cursor={}", text(&first, "/next_cursor")));
    assert_eq!(each(&page["data"], "session_id"), ["s3", "s2"]);
    page = list(&format!("&cursor={}", text(&page, "/next_cursor")));
    assert_eq!(each(&page["data"], "session_id"), ["s0"]);
    assert_eq!(each(&list("")["data"], "session_id"), ["s4", "s1"]);
}

#[test]
fn history_is_read_backwards_and_a_page_has_the_oldest_first() {
    let server = Server::start();
    let household = Household::new(&server, "asha");
    let conversation = begin(&server, &household.id, "default");
    let messages = format!("{conversation}/messages");
    let new = json!({
        "role": "Assistant", "content": " One.\n\nAnd more. ", "agent_used": "chef", "confidence": 0.75,
        "metadata": {"price": 0.10},
    });
    let answer = server.post(&messages, &new);
    let made = answer.expect(201);
    assert_eq!(answer.header("location"), format!("/v1/pantry/messages/{}", id(&made)));
    assert_eq!((&made["role"], &made["content"]), (&json!("assistant"), &json!("One.\n\nAnd more.")));
    assert_eq!((&made["confidence"], &made["metadata"]), (&json!(0.75), &new["metadata"]));
    assert_eq!(server.get(answer.header("location")).expect(200), made);
    (0..4).for_each(|n| say(&server, &conversation, &n.to_string()));
    let page = |path: &str| household.send(&server, "GET", path, &Value::Null).expect(200);
    let newest = page(&format!("{messages}?limit=3"));
    assert_eq!(each(&newest["data"], "content"), ["1", "2", "3"]);
    let before = page(&format!("{messages}?limit=3&cursor={}", text(&newest, "/next_cursor")));
    assert_eq!(each(&before["data"], "content"), ["One.\n\nAnd more.", "0"]);
    assert_eq!(before["next_cursor"], Value::Null);
    let with_messages = page(&format!("{conversation}?messages=true"));
    assert_eq!(each(&with_messages["messages"], "content").len(), 5);
    assert!(page(&format!("{conversation}?messages=false")).get("messages").is_none());
}

#[test]
fn only_a_program_speaks_for_the_assistant_and_takes_words_back() {
    let server = Server::start();
    let household = Household::new(&server, "asha");
    let conversation = begin(&server, &household.id, "default");
    let messages = format!("{conversation}/messages");
    let made = household.send(&server, "POST", &messages, &said("Kup mleko")).expect(201);
    let message = format!("/v1/pantry/messages/{}", id(&made));
    let answer = json!({"role": "assistant", "content": "Of course."});
    for (method, path, body) in [
        ("POST", &messages, &answer),
        ("POST", &format!("{messages}/batch"), &json!([said("x")])),
        ("PATCH", &message, &json!({"content": "Kup wino"})),
        ("DELETE", &message, &Value::Null),
    ] {
        assert_eq!(household.send(&server, method, path, body).expect(403)["code"], "insufficient_scope");
    }
    assert_eq!(household.send(&server, "GET", &message, &Value::Null).expect(200), made);

    server.post(&messages, &answer).expect(201);
    let changes = json!({"content": "Kup chleb", "agent_used": "ear", "confidence": 1, "metadata": {"a": 1}});
    let changed = send(&server, "PATCH", &message, &changes).expect(200);
    assert_eq!((&changed["content"], &changed["agent_used"]), (&json!("Kup chleb"), &json!("ear")));
    let cleared = json!({"agent_used": null, "confidence": null});
    let cleared = send(&server, "PATCH", &message, &cleared).expect(200);
    assert_eq!((&cleared["agent_used"], &cleared["confidence"]), (&Value::Null, &Value::Null));
    assert_eq!((&cleared["content"], &cleared["metadata"]), (&json!("Kup chleb"), &json!({"a": 1})));
    let found = |words: &str| search(&server, &household, json!({"words": words}));
    assert_eq!((found("mleko"), found("chleb")), (vec![], vec!["Kup chleb".to_owned()]));
    assert_eq!(server.send("DELETE", &message, &[], None).status, 204);
    assert_eq!(server.send("DELETE", &message, &[], None).status, 404);
    assert_eq!(found("chleb"), [""; 0]);
}

#[test]
fn a_batch_keeps_the_order_and_says_what_is_wrong_with_a_row() {
    let server = Server::start();
    let conversation = begin(&server, &Household::new(&server, "asha").id, "default");
    let batch = format!("{conversation}/messages/batch");
    let rows = json!([
        {"role": "user", "content": "1"}, {"role": "cook", "content": "", "confidence": 2},
        {"role": "assistant", "content": "2"}, {"role": "user"}, {"role": "user", "content": "3"},
    ]);
    let answer = server.post(&batch, &rows).expect(200);
    let statuses: Vec<_> = each(&answer["results"], "status");
    assert_eq!(statuses, ["created", "invalid", "created", "invalid", "created"]);
    assert_eq!((&answer["counts"]["created"], &answer["counts"]["invalid"]), (&json!(3), &json!(2)));
    let wrong = &answer["results"][1]["errors"];
    assert_eq!(each(wrong, "pointer"), ["/role", "/content", "/confidence"]);
    let lines: String =
        (4..=1_003).map(|n| format!("{}\n", json!({"role": "user", "content": n.to_string()}))).collect();
    let ndjson = [("content-type", "application/x-ndjson")];
    let answer = server.send("POST", &batch, &ndjson, Some(&lines)).expect(200);
    assert_eq!(answer["counts"]["created"], 1_000);

    let found = server.get(&format!("{conversation}?messages=true")).expect(200);
    let expected: Vec<_> = (4..=1_003).map(|n| n.to_string()).collect();
    assert_eq!(each(&found["messages"], "content"), expected, "the newest 1,000, oldest first");
    assert_eq!(found["more_messages"], true);
    let page = server.get(&format!("{conversation}/messages?limit=2")).expect(200);
    assert_eq!(each(&page["data"], "content"), ["1002", "1003"]);
    let absent = format!("{CONVERSATIONS}/00000000-0000-7000-8000-000000000000/messages/batch");
    server.post(&absent, &json!([said("x")])).expect(404);
    assert_eq!(server.post(&batch, &json!([])).expect(200)["results"], json!([]));
}

/// The contents of the messages that a search finds, as the household itself sees them.
fn search(server: &Server, household: &Household, body: Value) -> Vec<String> {
    let found = household.send(server, "POST", &household.path("/messages/lookup"), &body).expect(200);
    each(&found["data"], "content").into_iter().map(str::to_owned).collect()
}

#[test]
fn a_search_finds_whole_words_in_any_case_and_order_of_living_conversations_of_one_household() {
    let server = Server::start();
    let (asha, bina) = (Household::new(&server, "asha"), Household::new(&server, "bina"));
    let (of_asha, deleted, other) =
        (begin(&server, &asha.id, "a"), begin(&server, &asha.id, "b"), begin(&server, &asha.id, "c"));
    let of_bina = begin(&server, &bina.id, "a");
    for conversation in [&of_asha, &deleted, &of_bina] {
        say(&server, conversation, "Kupiłem mleko łaciate");
    }
    ["Kup ŚMIETANĘ", "how are you", "Z\u{307}urek, mleko!"]
        .iter()
        .for_each(|text| say(&server, &other, text));
    assert_eq!(server.send("DELETE", &deleted, &[], None).status, 204);
    let found = |words: &str| search(&server, &asha, json!({"words": words}));
    assert_eq!(found("ŁACIATE mleko"), ["Kupiłem mleko łaciate"]);
    assert_eq!(found("śmietanę"), ["Kup ŚMIETANĘ"]);
    assert_eq!(found("how are you"), ["how are you"]);
    assert_eq!(found("żurek"), ["Z\u{307}urek, mleko!"]);
    assert_eq!(found("mleko"), ["Z\u{307}urek, mleko!", "Kupiłem mleko łaciate"], "newest first");
    for absent in ["mle", "mleko chleb", "łaciat", "mlekołaciate"] {
        assert_eq!(found(absent), [""; 0], "{absent}");
    }
    let id_of = |path: &str| path.rsplit('/').next().unwrap().to_owned();
    let within = |conversation: &str| json!({"words": "mleko", "conversation_id": id_of(conversation)});
    assert_eq!(search(&server, &asha, within(&of_asha)), ["Kupiłem mleko łaciate"]);
    for foreign in [&of_bina, &deleted] {
        let answer = server.post(&asha.path("/messages/lookup"), &within(foreign));
        assert_eq!(pointers(&answer), named(&[("/conversation_id", "unknown_conversation")]));
    }
    asha.send(&server, "POST", &bina.path("/messages/lookup"), &json!({"words": "mleko"})).expect(404);
}

#[test]
fn what_a_search_finds_comes_in_pages() {
    let server = Server::start();
    let asha = Household::new(&server, "asha");
    let conversation = begin(&server, &asha.id, "default");
    (0..5).for_each(|n| say(&server, &conversation, &format!("mleko {n}")));
    let lookup = |body: Value| server.post(&asha.path("/messages/lookup"), &body);
    let first = lookup(json!({"words": "mleko", "limit": 3})).expect(200);
    assert_eq!(each(&first["data"], "content"), ["mleko 4", "mleko 3", "mleko 2"]);
    let rest = lookup(json!({"words": "MLEKO", "limit": 3, "cursor": first["next_cursor"]})).expect(200);
    assert_eq!(
        (each(&rest["data"], "content"), &rest["next_cursor"]),
        (vec!["mleko 1", "mleko 0"], &Value::Null)
    );
    assert_eq!(lookup(json!({"words": "mleko", "cursor": "x"})).expect(400)["code"], "invalid_cursor");
    for limit in [0, 101] {
        let wrong = lookup(json!({"words": "mleko", "limit": limit}));
        assert_eq!(pointers(&wrong), named(&[("/limit", "limit_out_of_range")]));
    }
    let list = server.get(&format!("{conversation}/messages?cursor={}", text(&first, "/next_cursor")));
    assert_eq!(list.expect(400)["code"], "invalid_cursor", "a cursor is good for its own list");
}

#[test]
fn no_word_of_a_message_stands_in_the_database_or_shows_as_the_same_in_two_households() {
    let server = Server::start();
    for username in ["asha", "bina"] {
        let conversation = begin(&server, &Household::new(&server, username).id, "default");
        say(&server, &conversation, "Kup szafran");
    }
    let shared = "SELECT FROM pantry.messages a JOIN pantry.messages b ON a.id < b.id AND a.words && b.words";
    let clear = "SELECT FROM pantry.messages m
                  WHERE m::text ILIKE '%szafran%' OR position('szafran'::bytea IN m.content::bytea) > 0";
    let indexed = "SELECT FROM pantry.messages WHERE cardinality(words) <> 2";
    for unwanted in [shared, clear, indexed] {
        server.database().sabotage(&format!("DO $$ BEGIN ASSERT NOT EXISTS ({unwanted}); END $$"));
    }
}
