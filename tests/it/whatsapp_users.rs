//! People who write to the bot: how they are made, changed, deleted, brought back and erased, and what is kept of them.

use diesel::prelude::*;
use serde_json::{Value, json};
use strongroom_tests::{Answer, Server};

use crate::twilio::{ASHA, answer, chat_of, messages, report, says};
use crate::user_tokens::count;
use crate::world::{each, text};

fn make(server: &Server, phone: &str) -> Value {
    let new = json!({"phone_number": phone, "full_name": "Asha Rao", "email": "Asha@Example.com"});
    server.post("/v1/whatsapp/users", &new).expect(201)
}

fn path(user: &Value) -> String {
    format!("/v1/whatsapp/users/{}", text(user, "/user_id"))
}

fn send(server: &Server, method: &str, path: &str, body: &Value) -> Answer {
    server.send(method, path, &[], (!body.is_null()).then(|| body.to_string()).as_deref())
}

#[test]
fn a_user_is_made_found_and_changed() {
    let server = Server::start();
    let made = server.post(
        "/v1/whatsapp/users",
        &json!({"phone_number": "whatsapp:+12025550101", "full_name": "Asha", "email": "Asha@Example.com"}),
    );
    let user = made.expect(201);
    assert_eq!((made.header("location"), made.header("etag")), (path(&user).as_str(), "\"1\""));
    assert_eq!((&user["phone_number"], &user["email"]), (&json!("+12025550101"), &json!("asha@example.com")));
    assert_eq!((&user["whatsapp_id"], &user["is_active"]), (&Value::Null, &json!(true)));
    for lookup in [json!({"phone_number": ASHA}), json!({"email": "ASHA@example.com"})] {
        let found = server.post("/v1/whatsapp/users/lookup", &lookup);
        assert_eq!((found.header("etag"), found.expect(200)), ("\"1\"", user.clone()));
    }
    for (field, value) in [("phone_number", json!("+12025550101")), ("email", json!("asha@example.com"))] {
        let mut other = json!({"phone_number": "+12025550102", "email": "b@example.com"});
        other[field] = value;
        let taken = server.post("/v1/whatsapp/users", &other).expect(409);
        assert_eq!(
            (&taken["code"], &taken["existing_id"]),
            (&json!("conflict"), &user["user_id"]),
            "{field}"
        );
    }
    let stale = [("if-match", "\"7\"")];
    assert_eq!(server.send("PATCH", &path(&user), &stale, Some(r#"{"email": null}"#)).status, 412);
    let changed = send(&server, "PATCH", &path(&user), &json!({"email": null, "full_name": "Asha Rao"}));
    assert_eq!(changed.header("etag"), "\"2\"");
    let changed = changed.expect(200);
    assert_eq!((&changed["email"], &changed["full_name"]), (&Value::Null, &json!("Asha Rao")));
    let found =
        send(&server, "PUT", "/v1/whatsapp/users/by-phone", &json!({"phone_number": ASHA, "full_name": "X"}));
    assert_eq!(found.expect(200)["full_name"], "Asha Rao", "who is there stays as it is");
    let new = send(&server, "PUT", "/v1/whatsapp/users/by-phone", &json!({"phone_number": "+12025550109"}));
    assert_eq!(new.header("location"), path(&new.expect(201)));
}

#[test]
fn a_deleted_person_takes_the_chats_along_and_brings_them_back() {
    let server = Server::start();
    says(&server, "SM1", ASHA, "hi");
    let (asha, chat) = chat_of(&server, ASHA);
    let user = format!("/v1/whatsapp/users/{asha}");
    assert_eq!(server.send("DELETE", &user, &[("if-match", "\"9\"")], None).status, 412);
    assert_eq!(send(&server, "DELETE", &user, &Value::Null).status, 204);
    for hidden in [
        user.clone(),
        format!("{user}/chats"),
        format!("{user}/history"),
        format!("{user}/statistics"),
        format!("{user}/data"),
        format!("/v1/whatsapp/chats/{chat}"),
        format!("/v1/whatsapp/chats/{chat}/messages"),
    ] {
        server.get(&hidden).expect(404);
    }
    answer(&server, &chat, &json!({"content": "x"})).expect(404);
    assert_eq!(server.get("/v1/whatsapp/waiting").expect(200)["data"], json!([]));
    let restore = |user: &str| server.post(&format!("{user}/restore"), &Value::Null);
    assert_eq!(restore(&user).expect(200)["phone_number"], "+12025550101");
    assert_eq!(messages(&server, &chat)[0]["content"], "hi");

    // A message of a deleted person makes a new one, whose number the deleted one cannot have back.
    assert_eq!(send(&server, "DELETE", &user, &Value::Null).status, 204);
    says(&server, "SM2", ASHA, "hi again");
    let (other, _) = chat_of(&server, ASHA);
    let lost = restore(&user).expect(409);
    assert_eq!((&lost["code"], &lost["existing_id"]), (&json!("restore_conflict"), &json!(other)));
}

#[test]
fn all_that_is_kept_of_a_person_is_handed_out_and_erased() {
    let server = Server::start();
    let user = make(&server, ASHA);
    says(&server, "SM1", ASHA, "clear");
    for n in 0..12 {
        says(&server, &format!("SMa{n}"), ASHA, &format!("hi {n}"));
        says(&server, &format!("SMb{n}"), ASHA, "clear");
    }
    report(&server, "SMc", ASHA, "sent");
    let (asha, _) = chat_of(&server, ASHA);
    let mut rows = Vec::new();
    let mut next = format!("{}/data?limit=20", path(&user));
    loop {
        let page = server.get(&next).expect(200);
        rows.extend(page["data"].as_array().unwrap().clone());
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        next = format!("{}/data?limit=20&cursor={cursor}", path(&user));
    }
    let of = |table: &str| rows.iter().filter(|row| row["table"] == table).collect::<Vec<_>>();
    assert_eq!((of("users").len(), of("userchats").len()), (1, 12));
    assert_eq!((of("inbound_messages").len(), of("message_deliveries").len()), (25, 1));
    assert_eq!(of("users")[0]["row"]["email"], "asha@example.com");
    assert_eq!(of("userchats")[0]["row"]["messages"][0]["content"], "hi 11");
    assert!(!Value::from(rows).to_string().contains("argon2"));

    let key = [("idempotency-key", "k")];
    server.send("PATCH", &path(&user), &key, Some(r#"{"full_name": "A"}"#)).expect(200);
    let erase = format!("{}?erase=true", path(&user));
    let counts = json!({"users": 1, "userchats": 12, "inbound_messages": 25, "message_deliveries": 1, "idempotency_keys": 1});
    let dry = send(&server, "DELETE", &format!("{erase}&dry_run=true"), &Value::Null).expect(200);
    assert_eq!(dry, counts);
    assert_eq!(send(&server, "DELETE", &erase, &Value::Null).expect(200), counts);
    server.get(&format!("/v1/whatsapp/users/{asha}")).expect(404);
    for table in ["users", "userchats", "inbound_messages", "message_deliveries"] {
        assert_eq!(count(&server, &format!("whatsapp.{table}")), 0, "{table}");
    }
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = diesel::sql_types::Text)]
    line: String,
}

/// What operators write, as it is documented, with the schema before the tables.
#[test]
fn the_statements_of_operators_run_and_count_as_the_service_does() {
    let server = Server::start();
    for n in 0..3 {
        says(&server, &format!("SM{n}"), ASHA, "a secret");
    }
    server.post("/v1/whatsapp/users", &json!({"phone_number": "+12025550102"})).expect(201);
    let (_, chat) = chat_of(&server, ASHA);
    let mut conn = PgConnection::establish(&server.database().url("postgres")).unwrap();
    let mut lines = |sql: &str| -> Vec<String> {
        let sql = format!("SELECT row_to_json(q)::text AS line FROM ({sql}) q");
        let found: Vec<Line> = diesel::sql_query(sql).load(&mut conn).unwrap();
        found.into_iter().map(|line| line.line).collect()
    };
    let users = lines(
        "SELECT user_id, phone_number, full_name, created_at FROM whatsapp.users ORDER BY created_at DESC",
    );
    assert_eq!(users.len(), 2);
    assert!(users.iter().all(|user| user.contains(r#""phone_number":"\\x"#)), "{users:?}");
    let of_nobody = lines(
        "SELECT c.chat_id, c.is_active, c.created_at, jsonb_array_length(c.messages) as message_count
           FROM whatsapp.userchats c JOIN whatsapp.users u ON c.customer_id = u.user_id
          WHERE u.phone_number = convert_to('whatsapp:+12025550101', 'UTF8') ORDER BY c.created_at DESC",
    );
    assert_eq!(of_nobody, [""; 0], "sealed numbers are found by db-manage and the API");
    let messages = lines(&format!(
        "SELECT chat_id, jsonb_array_elements(messages) as message FROM whatsapp.userchats WHERE chat_id = '{chat}'"
    ));
    assert_eq!(messages.len(), 3);
    assert!(messages.iter().all(|message| message.contains(r#""role":"user""#.replace(':', ": ").as_str())
        || message.contains(r#""role":"user""#)));
    assert!(!messages.concat().contains("secret"));
    let totals = lines(
        "SELECT u.phone_number, u.full_name, COUNT(DISTINCT c.chat_id) as total_chats,
                SUM(jsonb_array_length(c.messages)) as total_messages
           FROM whatsapp.users u LEFT JOIN whatsapp.userchats c ON u.user_id = c.customer_id
          GROUP BY u.user_id, u.phone_number, u.full_name ORDER BY u.created_at DESC",
    );
    assert!(totals[0].contains(r#""total_chats":0,"total_messages":null"#), "{totals:?}");
    assert!(totals[1].contains(r#""total_chats":1,"total_messages":3"#), "{totals:?}");
    let ours = server.get("/v1/whatsapp/statistics").expect(200);
    let counts =
        |row: &Value| (row["total_chats"].as_i64().unwrap(), row["total_messages"].as_i64().unwrap());
    let ours: Vec<_> = ours["data"].as_array().unwrap().iter().map(counts).collect();
    assert_eq!(ours, [(0, 0), (1, 3)]);
    let closed = diesel::sql_query(
        "UPDATE whatsapp.userchats SET is_active = false WHERE created_at < NOW() - INTERVAL '30 days' AND is_active = true",
    );
    assert_eq!(closed.execute(&mut conn).unwrap(), 0);
}

#[test]
fn an_end_user_reaches_its_own_and_may_not_change_who_it_is() {
    let server = Server::start();
    says(&server, "SM1", ASHA, "hi");
    says(&server, "SM2", "whatsapp:+12025550102", "hi");
    let ((asha, chat), (ravi, other_chat)) = (chat_of(&server, ASHA), chat_of(&server, "+12025550102"));
    let tokens = server.post(&format!("/v1/whatsapp/users/{asha}/tokens"), &json!({})).expect(200);
    let bearer = format!("Bearer {}", text(&tokens, "/access_token"));
    let send = |method: &str, path: &str, body: Option<&str>| {
        server.send(method, path, &[("authorization", &bearer)], body)
    };
    for (rest, status) in
        [("", 200), ("/chats", 200), ("/history", 200), ("/statistics", 200), ("/data", 200)]
    {
        assert_eq!(send("GET", &format!("/v1/whatsapp/users/{asha}{rest}"), None).status, status, "{rest}");
        assert_eq!(send("GET", &format!("/v1/whatsapp/users/{ravi}{rest}"), None).status, 404, "{rest}");
    }
    assert_eq!(send("GET", &format!("/v1/whatsapp/chats/{chat}/messages"), None).status, 200);
    assert_eq!(send("GET", &format!("/v1/whatsapp/chats/{other_chat}/messages"), None).status, 404);
    assert_eq!(send("POST", &format!("/v1/whatsapp/chats/{other_chat}/close"), None).status, 404);
    let path = format!("/v1/whatsapp/users/{asha}");
    send("PATCH", &path, Some(r#"{"full_name": "Asha Rao"}"#)).expect(200);
    for change in [r#"{"phone_number": "+12025550199"}"#, r#"{"is_active": false}"#] {
        assert_eq!(send("PATCH", &path, Some(change)).expect(403)["code"], "insufficient_scope");
    }
    let taken = send("PATCH", &path, Some(r#"{"email": "asha@example.com"}"#)).expect(200);
    assert_eq!(taken["email"], "asha@example.com");
    for keys_only in
        ["/v1/whatsapp/users", "/v1/whatsapp/waiting", "/v1/whatsapp/statistics", "/v1/whatsapp/deliveries"]
    {
        assert_eq!(send("GET", keys_only, None).status, 403, "{keys_only}");
    }
    assert_eq!(send("POST", &format!("{path}/clear"), None).expect(200)["closed"], 1);
    assert_eq!(send("DELETE", &path, None).status, 204);
    let gone = send("GET", &path, None).status;
    assert!(
        [401, 404].contains(&gone),
        "a session is looked up once a second, and the row is hidden at once: {gone}"
    );
    let newest = server.get("/v1/whatsapp/users").expect(200);
    assert_eq!(each(&newest["data"], "user_id"), [ravi.as_str()]);
}
