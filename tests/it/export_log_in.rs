//! How exporters register, log in and out, and change their passwords.

use std::thread;

use serde_json::{Value, json};
use strongroom_tests::{Answer, Server, db_manage};

use crate::exporter::{Exporter, PASSWORD, log_in, new_user, post, register};
use crate::user_tokens::count;
use crate::world::{id, text};

const WRONG: &str = "Turmeric to Hamburg 8";
const NEXT: &str = "Cardamom to Antwerp 8";

/// A key with one scope: the header that carries it.
fn key(server: &Server, scope: &str) -> String {
    let create = ["api-key", "create", "--name", "agent", "--scope", scope, "--format", "json"];
    format!("Bearer {}", text(&db_manage(server.database(), &create).json(), "/key"))
}

fn set_password(server: &Server, bearer: &str, user: &str, body: &Value) -> Answer {
    let path = format!("/v1/export/users/{user}/password");
    server.send("PUT", &path, &[("authorization", bearer)], Some(&body.to_string()))
}

/// What a problem says, without the request's id.
fn said(answer: &Answer, status: u16) -> Value {
    let mut problem = answer.expect(status);
    problem.as_object_mut().unwrap().remove("request_id");
    problem
}

#[test]
fn who_registers_is_logged_in_and_logs_in_again() {
    let server = Server::start();
    let registered = register(&server, " A.Sen@Example.COM");
    let body = registered.expect(201);
    let (user, tokens) = (&body["user"], &body["tokens"]);
    assert_eq!(user["email"], "a.sen@example.com");
    let path = format!("/v1/export/users/{}", id(user));
    assert_eq!((registered.header("location"), registered.header("etag")), (path.as_str(), "\"1\""));
    assert_eq!(
        (&tokens["token_type"], &tokens["expires_in"], &tokens["scope"]),
        (&json!("Bearer"), &json!(900), &json!("write"))
    );
    assert!(!registered.text.contains(PASSWORD) && !registered.text.contains("argon2"));

    let taken = register(&server, "a.sen@EXAMPLE.com").expect(409);
    assert_eq!(
        (&taken["code"], taken.get("existing_id")),
        (&json!("conflict"), None),
        "its owner is not named"
    );

    let tokens = log_in(&server, "A.SEN@example.com", PASSWORD).expect(200);
    let own = server.send(
        "GET",
        &path,
        &[("authorization", &format!("Bearer {}", text(&tokens, "/access_token")))],
        None,
    );
    assert!(own.expect(200)["last_login"].is_string());
    let next = post(&server, "/v1/tokens/refresh", &json!({"refresh_token": tokens["refresh_token"]}));
    let next = json!({"refresh_token": next.expect(200)["refresh_token"]});
    assert_eq!(post(&server, "/v1/tokens/revoke", &next).status, 204);
    post(&server, "/v1/tokens/refresh", &next).expect(401);
}

/// Who has which mailbox.
#[test]
fn one_mailbox_is_one_exporter_however_it_is_written() {
    let server = Server::start();
    for [first, second] in [
        ["\u{dc}nal@x.example", "U\u{308}nal@x.example"],
        ["kim@x.example", "\u{212a}im@x.example"],
        ["info@b\u{fc}cher.example", "info@xn--bcher-kva.example"],
    ] {
        register(&server, first).expect(201);
        register(&server, second).expect(409);
        for spelling in [first, second] {
            log_in(&server, spelling, PASSWORD).expect(200);
        }
    }
    register(&server, "info@strasse.example").expect(201);
    register(&server, "info@stra\u{df}e.example").expect(201);
    assert!(register(&server, "\u{130}lk@x.example").status < 500);
}

#[test]
fn whoever_does_not_get_in_hears_the_same() {
    let server = Server::start();
    Exporter::register(&server, "asha@example.com");
    let deleted = Exporter::register(&server, "deleted@example.com");
    server.send("DELETE", &format!("/v1/export/users/{}", deleted.id), &[], None);
    server.post("/v1/export/users", &new_user("without@example.com")).expect(201);
    let wrong = said(&log_in(&server, "asha@example.com", WRONG), 401);
    assert_eq!(wrong["detail"], "the name or the password is wrong");
    for email in ["unknown@example.com", "deleted@example.com", "without@example.com"] {
        assert_eq!(said(&log_in(&server, email, PASSWORD), 401), wrong, "{email}");
    }
    log_in(&server, "asha@example.com", PASSWORD).expect(200);
}

#[test]
fn ten_wrong_passwords_lock_an_address_whether_anybody_has_it_or_not() {
    let server = Server::start();
    Exporter::register(&server, "a.sen@example.com");
    for email in ["A.Sen@example.com", "nobody@example.com"] {
        for _ in 0..10 {
            log_in(&server, email, WRONG).expect(401);
        }
        let locked = log_in(&server, email, PASSWORD);
        let wait: u32 = locked.header("retry-after").parse().unwrap();
        assert!((1..=900).contains(&wait), "{wait}");
        assert_eq!(locked.expect(429)["code"], "too_many_attempts");
    }
}

#[test]
fn what_fails_counts_as_a_guess_of_its_address() {
    let server = Server::start_with(&[("AUTH_FAILURE_LIMIT", "3"), ("TRUSTED_PROXIES", "127.0.0.0/8")]);
    register(&server, "asha@example.com").expect(201);
    let from = |address: &str, path: &str, body: &Value| {
        let headers = [("authorization", ""), ("x-forwarded-for", address)];
        server.send("POST", path, &headers, Some(&body.to_string()))
    };
    let wrong = json!({"email": "asha@example.com", "password": WRONG});
    let right = json!({"email": "asha@example.com", "password": PASSWORD});
    let mut taken = new_user("asha@example.com");
    taken["password"] = json!(PASSWORD);
    from("203.0.113.1", "/v1/export/log-in", &wrong).expect(401);
    from("203.0.113.1", "/v1/export/register", &taken).expect(409);
    from("203.0.113.1", "/v1/export/log-in", &right).expect(200);
    from("203.0.113.1", "/v1/export/log-in", &wrong).expect(401);
    for (path, body) in [("/v1/export/log-in", &right), ("/v1/export/register", &taken)] {
        let refused = from("203.0.113.1", path, body);
        let wait: u32 = refused.header("retry-after").parse().unwrap();
        assert!((1..=60).contains(&wait), "{wait}");
        assert_eq!(refused.expect(429)["code"], "rate_limited", "{path}");
        assert_ne!(from("203.0.113.2", path, body).status, 429, "another address has a limit of its own");
    }
    assert_eq!(server.get("/v1/export/users").status, 200, "a key that was good goes on");
}

#[test]
fn of_many_who_register_one_address_at_once_one_gets_it() {
    let server = Server::start();
    let answers: Vec<u16> = thread::scope(|scope| {
        let asks: Vec<_> =
            (0..5).map(|_| scope.spawn(|| register(&server, "asha@example.com").status)).collect();
        asks.into_iter().map(|ask| ask.join().unwrap()).collect()
    });
    assert_eq!(answers.iter().filter(|status| **status == 201).count(), 1, "{answers:?}");
    assert_eq!(answers.iter().filter(|status| **status == 409).count(), 4, "{answers:?}");
    for table in ["export.users", "export.user_metrics", "platform.credentials", "platform.sessions"] {
        assert_eq!(count(&server, table), 1, "{table}");
    }
}

#[test]
fn a_change_of_the_password_needs_the_present_one_and_ends_every_session() {
    let server = Server::start();
    let asha = Exporter::register(&server, "asha@example.com");
    let second = log_in(&server, "asha@example.com", PASSWORD).expect(200);
    let bearer = format!("Bearer {}", asha.access);
    let set = |current: &str, new: &str| {
        set_password(&server, &bearer, &asha.id, &json!({"current_password": current, "new_password": new}))
    };
    let error = |answer: Answer| {
        let problem = answer.expect(422);
        (text(&problem, "/errors/0/pointer"), text(&problem, "/errors/0/code"))
    };
    assert_eq!(error(set(WRONG, NEXT)), ("/current_password".into(), "wrong_password".into()));
    assert_eq!(error(set(PASSWORD, PASSWORD)), ("/new_password".into(), "password_used_before".into()));
    // A session that was just renewed.
    asha.refresh(&server).expect(200);
    assert_eq!(set(PASSWORD, NEXT).status, 204);
    asha.refresh(&server).expect(401);
    post(&server, "/v1/tokens/refresh", &json!({"refresh_token": second["refresh_token"]})).expect(401);
    log_in(&server, "asha@example.com", PASSWORD).expect(401);
    log_in(&server, "asha@example.com", NEXT).expect(200);
    let by_user = format!("WHERE actor = 'user:export:{}'", asha.id);
    for (table, action) in [("platform.credentials", "update"), ("platform.sessions", "update")] {
        let rows = format!("platform.audit_log {by_user} AND table_name = '{table}' AND action = '{action}'");
        assert!(count(&server, &rows) > 0, "the audit log names the user: {table}");
    }
}

#[test]
fn a_stolen_token_does_not_serve_to_guess_the_password() {
    let server = Server::start();
    let asha = Exporter::register(&server, "asha@example.com");
    let bearer = format!("Bearer {}", asha.access);
    let guess = json!({"current_password": WRONG, "new_password": NEXT});
    for _ in 0..10 {
        set_password(&server, &bearer, &asha.id, &guess).expect(422);
    }
    let refused = set_password(&server, &bearer, &asha.id, &guess).expect(429);
    assert_eq!(refused["code"], "too_many_attempts");
    log_in(&server, "asha@example.com", PASSWORD).expect(200);
}

#[test]
fn only_an_administrator_sets_a_password_without_the_present_one() {
    let server = Server::start();
    let asha = Exporter::register(&server, "asha@example.com");
    let (write, admin) = (key(&server, "export:write"), key(&server, "export:admin"));
    let user = format!("Bearer {}", asha.access);
    let reset = json!({"new_password": NEXT});
    for bearer in [&write, &user] {
        let problem = set_password(&server, bearer, &asha.id, &reset).expect(422);
        assert_eq!(
            (&problem["errors"][0]["pointer"], &problem["errors"][0]["code"]),
            (&json!("/current_password"), &json!("missing"))
        );
    }
    let both = json!({"current_password": PASSWORD, "new_password": NEXT});
    assert_eq!(set_password(&server, &write, &asha.id, &both).status, 204);
    let again = set_password(&server, &admin, &asha.id, &reset).expect(422);
    assert_eq!(again["errors"][0]["code"], "password_used_before");
    assert_eq!(
        set_password(&server, &admin, &asha.id, &json!({"new_password": "Pepper to Oslo 99"})).status,
        204
    );
    log_in(&server, "asha@example.com", "Pepper to Oslo 99").expect(200);

    let without = id(&server.post("/v1/export/users", &new_user("bina@example.com")).expect(201));
    assert_eq!(set_password(&server, &admin, &without, &reset).status, 204, "the first password of a user");
    log_in(&server, "bina@example.com", NEXT).expect(200);
    let nobody = repository::testing::unique().to_string();
    set_password(&server, &admin, &nobody, &reset).expect(404);
}

#[test]
fn what_is_wrong_with_a_password_is_said_at_the_password() {
    let server = Server::start();
    let asha = Exporter::register(&server, "asha@example.com");
    let admin = key(&server, "export:admin");
    for (password, code) in [
        (json!(""), "empty"),
        (json!("Short7a"), "too_short"),
        (json!("alllower77"), "not_mixed"),
        (json!("Password123"), "common_password"),
        (json!("Aa1".repeat(43)), "too_long"),
        (json!(12_345_678), "wrong_type"),
    ] {
        let mut body = new_user("bina@example.com");
        body["password"] = password.clone();
        let register = post(&server, "/v1/export/register", &body).expect(422);
        let set = set_password(&server, &admin, &asha.id, &json!({"new_password": password})).expect(422);
        for (problem, pointer) in [(register, "/password"), (set, "/new_password")] {
            assert_eq!(
                (&problem["errors"][0]["pointer"], &problem["errors"][0]["code"]),
                (&json!(pointer), &json!(code)),
                "{problem}"
            );
        }
    }
    for (body, pointer) in [
        (json!({"email": "asha", "password": PASSWORD}), "/email"),
        (json!({"email": "asha@example.com", "password": ""}), "/password"),
        (json!({"email": "asha@example.com", "password": "x".repeat(129)}), "/password"),
        (json!({"email": "asha@example.com", "password": PASSWORD, "otp": 1}), "/otp"),
    ] {
        let problem = post(&server, "/v1/export/log-in", &body).expect(422);
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
    }
}

#[test]
fn programs_hand_out_tokens_and_users_end_their_sessions() {
    let server = Server::start();
    let asha = Exporter::register(&server, "asha@example.com");
    let path = format!("/v1/export/users/{}/tokens", asha.id);
    let (write, admin) = (key(&server, "export:write"), key(&server, "export:admin"));
    let send = |method: &str, bearer: &str, body: Option<&str>| {
        server.send(method, &path, &[("authorization", bearer)], body)
    };
    for method in ["POST", "DELETE"] {
        assert_eq!(
            send(method, &write, None).expect(403)["detail"],
            "the API key lacks the scope export:admin"
        );
    }
    let handed_out = send("POST", &admin, Some(r#"{"scope": "read"}"#)).expect(200);
    assert_eq!(handed_out["scope"], "read");
    let wrong = send("POST", &admin, Some(r#"{"scope": "admin"}"#)).expect(422);
    assert_eq!(wrong["errors"][0]["pointer"], "/scope");
    let read_only = format!("Bearer {}", text(&handed_out, "/access_token"));
    assert_eq!(
        send("DELETE", &read_only, None).expect(403)["detail"],
        "the token lacks the scope export:write"
    );
    assert_eq!(asha.send(&server, "DELETE", &path, &Value::Null).status, 204, "logs out everywhere");
    for refresh in [json!(asha.refresh), handed_out["refresh_token"].clone()] {
        post(&server, "/v1/tokens/refresh", &json!({"refresh_token": refresh})).expect(401);
    }
    let named = format!(
        "platform.audit_log WHERE actor = 'user:export:{}' AND table_name = 'platform.sessions'",
        asha.id
    );
    assert!(count(&server, &named) > 0, "the audit log names the user");
    send("POST", &admin, Some("{}")).expect(200);
    assert_eq!(send("DELETE", &admin, None).status, 204);
}

#[test]
fn nothing_of_a_log_in_is_logged_or_stored_in_clear() {
    let server = Server::start_with(&[("DEBUG", "true"), ("DATABASE_ECHO", "true")]);
    let asha = Exporter::register(&server, "kanary.asha@example.com");
    log_in(&server, "kanary.asha@example.com", WRONG).expect(401);
    let bearer = format!("Bearer {}", asha.access);
    let change = json!({"current_password": PASSWORD, "new_password": NEXT});
    assert_eq!(set_password(&server, &bearer, &asha.id, &change).status, 204);
    let (log, metrics) = (server.log(), server.get("/metrics").text);
    assert!(log.contains("platform.log_in") || log.contains("login_failures"), "what is done is logged");
    for secret in ["kanary.asha", PASSWORD, WRONG, NEXT, "argon2id", "Suvarna"] {
        assert!(!log.contains(secret) && !metrics.contains(secret), "{secret}");
        if secret == "argon2id" {
            continue;
        }
        for table in repository::system::tables() {
            let holding = format!("{} t WHERE strpos(t::text, '{secret}') > 0", table.qualified_name());
            assert_eq!(count(&server, &holding), 0, "{}: {secret}", table.qualified_name());
        }
    }
}

#[test]
fn registration_and_log_in_cost_few_statements() {
    let server = Server::start_with(&[("DEBUG", "true")]);
    let statements = |path: &str, body: Value| -> Vec<String> {
        let request = format!("count-{}", repository::testing::unique());
        let headers = [("authorization", ""), ("x-request-id", request.as_str())];
        assert!(server.send("POST", path, &headers, Some(&body.to_string())).status < 300);
        let log = server.log();
        let of_request =
            log.lines().filter(|line| line.contains(&request) && line.contains("strongroom::sql"));
        let own = ["BEGIN", "COMMIT", "set_config"];
        of_request.filter(|line| !own.iter().any(|text| line.contains(text))).map(str::to_owned).collect()
    };
    let mut user = new_user("asha@example.com");
    user["password"] = json!(PASSWORD);
    let registered = statements("/v1/export/register", user);
    assert!((1..=6).contains(&registered.len()), "{registered:#?}");
    let log_in = json!({"email": "asha@example.com", "password": PASSWORD});
    let logged_in = statements("/v1/export/log-in", log_in);
    assert!((1..=7).contains(&logged_in.len()), "{logged_in:#?}");
}
