//! How people who write to the bot log in, and change their passwords.

use serde_json::{Value, json};
use strongroom_tests::{Answer, Server, db_manage};

use crate::twilio::{ASHA, chat_of, says};
use crate::world::{named, pointers, text};

const PASSWORD: &str = "Sparks by the lake 7";
const NEXT: &str = "Lanterns by the sea 8";

/// Asha with an e-mail address and, set by an administrator, a password: her id.
fn with_password(server: &Server) -> String {
    says(server, "SM1", ASHA, "hi");
    let (asha, _) = chat_of(server, ASHA);
    let path = format!("/v1/whatsapp/users/{asha}");
    server.send("PATCH", &path, &[], Some(r#"{"email": "asha@example.com"}"#)).expect(200);
    assert_eq!(set(server, server.key(), &asha, &json!({"new_password": PASSWORD})).status, 204);
    asha
}

fn set(server: &Server, bearer: &str, user: &str, body: &Value) -> Answer {
    let authorization = format!("Bearer {bearer}");
    let path = format!("/v1/whatsapp/users/{user}/password");
    server.send("PUT", &path, &[("authorization", &authorization)], Some(&body.to_string()))
}

fn log_in(server: &Server, name: &Value, password: &str) -> Answer {
    let mut body = name.clone();
    body["password"] = json!(password);
    server.send("POST", "/v1/whatsapp/log-in", &[("authorization", "")], Some(&body.to_string()))
}

#[test]
fn a_person_logs_in_by_phone_or_mail_and_sees_the_own_chats() {
    let server = Server::start();
    let asha = with_password(&server);
    for name in [
        json!({"phone_number": ASHA}),
        json!({"phone_number": "+12025550101"}),
        json!({"email": "ASHA@example.com"}),
    ] {
        let tokens = log_in(&server, &name, PASSWORD).expect(200);
        let bearer = format!("Bearer {}", text(&tokens, "/access_token"));
        let chats = server.send(
            "GET",
            &format!("/v1/whatsapp/users/{asha}/chats"),
            &[("authorization", &bearer)],
            None,
        );
        assert_eq!(chats.expect(200)["data"][0]["message_count"], 1);
    }
}

#[test]
fn whoever_does_not_get_in_hears_the_same() {
    let server = Server::start();
    let asha = with_password(&server);
    says(&server, "SM2", "whatsapp:+12025550102", "no password");
    let said = |name: Value, password: &str| {
        let mut problem = log_in(&server, &name, password).expect(401);
        problem.as_object_mut().unwrap().remove("request_id");
        problem
    };
    let wrong = said(json!({"phone_number": ASHA}), NEXT);
    for name in [
        json!({"phone_number": "+12025550102"}),
        json!({"phone_number": "+12025550199"}),
        json!({"email": "b@example.com"}),
    ] {
        assert_eq!(said(name.clone(), PASSWORD), wrong, "{name}");
    }
    let path = format!("/v1/whatsapp/users/{asha}");
    server.send("PATCH", &path, &[], Some(r#"{"is_active": false}"#)).expect(200);
    assert_eq!(said(json!({"phone_number": ASHA}), PASSWORD), wrong, "who is not active");
    server.post(&format!("{path}/tokens"), &json!({})).expect(404);
    server.send("PATCH", &path, &[], Some(r#"{"is_active": true}"#)).expect(200);
    log_in(&server, &json!({"phone_number": ASHA}), PASSWORD).expect(200);
    assert_eq!(server.send("DELETE", &path, &[], None).status, 204);
    assert_eq!(said(json!({"phone_number": ASHA}), PASSWORD), wrong, "who is deleted");
}

#[test]
fn a_person_who_is_switched_off_is_logged_out() {
    let server = Server::start();
    let asha = with_password(&server);
    let tokens = log_in(&server, &json!({"phone_number": ASHA}), PASSWORD).expect(200);
    let path = format!("/v1/whatsapp/users/{asha}");
    server.send("PATCH", &path, &[], Some(r#"{"is_active": false}"#)).expect(200);
    let renew = json!({"refresh_token": tokens["refresh_token"]}).to_string();
    let refused = server.send("POST", "/v1/tokens/refresh", &[("authorization", "")], Some(&renew));
    assert_eq!(refused.status, 401);
}

#[test]
fn ten_wrong_passwords_lock_a_name() {
    let server = Server::start();
    with_password(&server);
    for name in [json!({"phone_number": ASHA}), json!({"email": "nobody@example.com"})] {
        for _ in 0..10 {
            log_in(&server, &name, NEXT).expect(401);
        }
        assert_eq!(log_in(&server, &name, PASSWORD).expect(429)["code"], "too_many_attempts");
    }
}

#[test]
fn a_password_is_changed_by_the_present_one_and_an_administrator_sets_the_first() {
    let server = Server::start();
    let asha = with_password(&server);
    let create = ["api-key", "create", "--name", "agent", "--scope", "whatsapp:write", "--format", "json"];
    let writer = text(&db_manage(server.database(), &create).json(), "/key");
    let missing = set(&server, &writer, &asha, &json!({"new_password": NEXT}));
    assert_eq!(pointers(&missing), named(&[("/current_password", "missing")]));
    let wrong = set(&server, &writer, &asha, &json!({"current_password": NEXT, "new_password": NEXT}));
    assert_eq!(pointers(&wrong), named(&[("/current_password", "wrong_password")]));
    let tokens = log_in(&server, &json!({"phone_number": ASHA}), PASSWORD).expect(200);
    let access = text(&tokens, "/access_token");
    let both = json!({"current_password": PASSWORD, "new_password": NEXT});
    assert_eq!(set(&server, &access, &asha, &both).status, 204);
    log_in(&server, &json!({"phone_number": ASHA}), PASSWORD).expect(401);
    log_in(&server, &json!({"phone_number": ASHA}), NEXT).expect(200);
    let before = set(&server, server.key(), &asha, &json!({"new_password": PASSWORD}));
    assert_eq!(pointers(&before), named(&[("/new_password", "password_used_before")]));
    assert_eq!(
        pointers(&set(&server, server.key(), &asha, &json!({"new_password": "short"})))[0].0,
        "/new_password"
    );
}
