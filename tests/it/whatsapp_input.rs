//! Wrong input of every field of every route, each named by its pointer and its rule.

use serde_json::{Value, json};
use strongroom_tests::Server;

use crate::twilio::{ASHA, chat_of, says};
use crate::world::{named, pointers};

struct Route {
    method: &'static str,
    path: String,
    /// A body that is right.
    right: Value,
}

fn routes(user: &str, chat: &str) -> Vec<Route> {
    let route = |method, path: &str, right| Route { method, path: format!("/v1/whatsapp{path}"), right };
    let person = json!({"phone_number": "+12025550150", "full_name": "Asha", "email": "a@example.com"});
    vec![
        route("POST", "/users", person.clone()),
        route("PUT", "/users/by-phone", person),
        route("POST", "/users/lookup", json!({"phone_number": ASHA})),
        route(
            "PATCH",
            &format!("/users/{user}"),
            json!({"full_name": "Asha", "email": "a@example.com", "phone_number": ASHA, "is_active": true}),
        ),
        route("POST", "/chats/lookup", json!({"phone_number": ASHA})),
        route(
            "POST",
            "/messages",
            json!({"message_sid": "SM9", "phone_number": ASHA, "full_name": "Asha", "content": "hi"}),
        ),
        route(
            "POST",
            &format!("/chats/{chat}/answers"),
            json!({"content": "hi", "claim_id": null, "if_message_count": 1}),
        ),
        route("POST", "/answers/preview", json!({"content": "hi"})),
        route("POST", "/waiting/claim", json!({"limit": 1, "lease_seconds": 1})),
        route(
            "POST",
            &format!("/chats/{chat}/release"),
            json!({"claim_id": "00000000-0000-7000-8000-000000000001"}),
        ),
        route("POST", "/chats/deactivate", json!({"days": 30})),
        route("POST", "/log-in", json!({"phone_number": ASHA, "password": "Sparks by the lake 7"})),
        route(
            "PUT",
            &format!("/users/{user}/password"),
            json!({"current_password": "x", "new_password": "Sparks by the lake 7"}),
        ),
        route("POST", &format!("/users/{user}/tokens"), json!({"scope": "read"})),
    ]
}

/// Wrong values of a field, each with its code.
fn wrong(field: &str) -> Vec<(Value, &'static str)> {
    let own: Vec<(Value, &str)> = match field {
        "phone_number" => [
            "",
            "12025550101",
            "+0123456789",
            "+12",
            "whatsapp:",
            "whatsapp:US.1",
            "+1234567890123456",
            "a\u{0}",
        ]
        .into_iter()
        .map(|text| (json!(text), "invalid_phone_number"))
        .collect(),
        "full_name" => vec![
            (json!(""), "empty"),
            (json!("x".repeat(201)), "too_long"),
            (json!("a\u{0}b"), "control_character"),
        ],
        "email" => vec![
            (json!("a@"), "invalid_email"),
            (json!(""), "invalid_email"),
            (json!("a b@x.example"), "invalid_email"),
        ],
        "message_sid" => vec![
            (json!(""), "invalid_message_sid"),
            (json!("a-b"), "invalid_message_sid"),
            (json!("x".repeat(65)), "invalid_message_sid"),
        ],
        "content" => vec![
            (json!(""), "empty"),
            (json!(" \n"), "empty"),
            (json!("x".repeat(20_001)), "too_long"),
            (json!("a\u{0}b"), "control_character"),
        ],
        "limit" => vec![
            (json!(0), "limit_out_of_range"),
            (json!(101), "limit_out_of_range"),
            (json!(-1), "limit_out_of_range"),
        ],
        "lease_seconds" => vec![
            (json!(0), "lease_out_of_range"),
            (json!(601), "lease_out_of_range"),
            (json!(i64::MAX), "lease_out_of_range"),
        ],
        "days" => {
            vec![(json!(0), "out_of_range"), (json!(-30), "out_of_range"), (json!(36_501), "out_of_range")]
        }
        "claim_id" => vec![(json!("none"), "invalid_id"), (json!(""), "invalid_id")],
        "scope" => vec![(json!("admin"), "unknown_value")],
        "is_active" => vec![(Value::Null, "not_null")],
        _ => vec![],
    };
    let other_kind = match field {
        "limit" | "lease_seconds" | "days" | "if_message_count" => json!("1"),
        "is_active" => json!("true"),
        _ => json!(7),
    };
    own.into_iter()
        .chain([(other_kind, "wrong_type"), (json!(["x"]), "wrong_type"), (json!({"a": 1}), "wrong_type")])
        .collect()
}

#[test]
fn what_is_wrong_with_a_field_is_said_there() {
    let server = Server::start();
    says(&server, "SM1", ASHA, "hi");
    let (user, chat) = chat_of(&server, ASHA);
    let mut tried = 0;
    for Route { method, path, right } in routes(&user, &chat) {
        let send = |body: &Value| server.send(method, &path, &[], Some(&body.to_string()));
        for field in right.as_object().unwrap().keys() {
            for (value, code) in wrong(field) {
                let mut body = right.clone();
                body[field] = value;
                let answer = send(&body);
                assert_eq!(
                    pointers(&answer),
                    named(&[(&format!("/{field}"), code)]),
                    "{method} {path} {body:.200}"
                );
                tried += 1;
            }
        }
        let mut body = right.clone();
        body["unheard_of"] = json!(1);
        assert_eq!(pointers(&send(&body)), named(&[("/unheard_of", "unknown_field")]), "{method} {path}");
    }
    assert!(tried > 100, "{tried}");
    assert_eq!(server.get("/v1/whatsapp/statistics").expect(200)["data"][0]["total_messages"], 1);
}

#[test]
fn one_of_two_names_is_needed_and_not_both() {
    let server = Server::start();
    let lookup = |body: Value| pointers(&server.post("/v1/whatsapp/users/lookup", &body));
    assert_eq!(lookup(json!({})), named(&[("/phone_number", "missing")]));
    assert_eq!(
        lookup(json!({"phone_number": ASHA, "email": "a@example.com"})),
        named(&[("/email", "not_alone")])
    );
    let several = json!({"phone_number": "x", "full_name": "", "email": "x"});
    let expected =
        [("/phone_number", "invalid_phone_number"), ("/full_name", "empty"), ("/email", "invalid_email")];
    assert_eq!(pointers(&server.post("/v1/whatsapp/users", &several)), named(&expected));
}

#[test]
fn queries_and_paths_are_checked_too() {
    let server = Server::start();
    says(&server, "SM1", ASHA, "hi");
    let (user, chat) = chat_of(&server, ASHA);
    for (path, pointer, code) in [
        ("/users?is_active=yes", "/is_active", "invalid_value"),
        (&format!("/users/{user}/chats?is_active="), "/is_active", "invalid_value"),
        (&format!("/users/{user}/history?limit=0"), "/limit", "limit_out_of_range"),
        (&format!("/users/{user}/history?limit=101"), "/limit", "limit_out_of_range"),
        (&format!("/users/{user}/history?limit=x"), "/limit", "invalid_value"),
        (&format!("/users/{user}/history?cursor=x"), "/cursor", "unknown_field"),
        (&format!("/chats/{chat}/messages?limit=0"), "/limit", "limit_out_of_range"),
        ("/deliveries?status=lost", "/status", "unknown_value"),
        ("/waiting?foo=1", "/foo", "unknown_field"),
    ] {
        assert_eq!(
            pointers(&server.get(&format!("/v1/whatsapp{path}"))),
            named(&[(pointer, code)]),
            "{path}"
        );
    }
    for path in [
        "/chats/3E1F3ECF80A140F6",
        "/chats/3e1f3ecf80a140f",
        "/chats/%00/messages",
        "/chats/0000000000000000",
        "/deliveries/a-b",
        "/inbound/SM404",
        "/users/none",
    ] {
        server.get(&format!("/v1/whatsapp{path}")).expect(404);
    }
}

#[test]
fn json_that_nobody_can_hold_is_refused_wherever_a_text_stands() {
    let server = Server::start();
    says(&server, "SM1", ASHA, "hi");
    let (user, chat) = chat_of(&server, ASHA);
    let nested = "[".repeat(500_000) + &"]".repeat(500_000);
    for Route { method, path, right } in
        routes(&user, &chat).into_iter().filter(|route| !route.path.ends_with("log-in"))
    {
        for field in right.as_object().unwrap().keys() {
            for value in [nested.as_str(), "1e200000", r#""\ud800""#, r#"{"\u0000": 1}"#] {
                let mut body = right.clone();
                body[field] = json!("PLACE");
                let body = body.to_string().replace("\"PLACE\"", value);
                let answer = server.send(method, &path, &[], Some(&body));
                let found = pointers(&answer);
                assert!(
                    found[0].0.starts_with(&format!("/{field}")),
                    "{method} {path} {field} {value:.30}: {found:?}"
                );
            }
        }
    }
}
