//! Exporters over HTTP: made by programs, found, changed, deleted, brought back, erased; and what is refused.

use serde_json::{Value, json};
use strongroom_tests::Server;

use crate::exporter::{Exporter, PASSWORD, new_user};
use crate::world::{each, id, pointers};

fn create(server: &Server, email: &str) -> Value {
    server.post("/v1/export/users", &new_user(email)).expect(201)
}

#[test]
fn a_program_makes_finds_and_changes_an_exporter() {
    let server = Server::start();
    let made = server.post("/v1/export/users", &new_user(" A.Sen@Example.COM"));
    let user = made.expect(201);
    let path = format!("/v1/export/users/{}", id(&user));
    assert_eq!((made.header("location"), made.header("etag")), (path.as_str(), "\"1\""));
    assert_eq!(
        (&user["email"], &user["business_type"], &user["company_size"], &user["company_name"]),
        (
            &json!("a.sen@example.com"),
            &json!("Merchant"),
            &json!("Small"),
            &json!("Suvarna Spices Pvt. Ltd.")
        )
    );
    assert_eq!((&user["monthly_volume"], &user["last_login"]), (&json!(250), &Value::Null));
    assert!(user.get("password").is_none() && user.get("password_hash").is_none());

    let taken = server.post("/v1/export/users", &new_user("a.sen@EXAMPLE.com")).expect(409);
    assert_eq!((&taken["code"], &taken["existing_id"]), (&json!("conflict"), &user["id"]));
    let lookup = |email: &str| server.post("/v1/export/users/lookup", &json!({"email": email}));
    assert_eq!(lookup("A.SEN@example.com").expect(200), user);
    lookup("nobody@example.com").expect(404);

    let change =
        |tag: &str, body: &Value| server.send("PATCH", &path, &[("if-match", tag)], Some(&body.to_string()));
    let changes = json!({"business_type": "saas", "company_name": null, "monthly_volume": null, "email": "sen@example.com"});
    let changed = change("\"1\"", &changes);
    assert_eq!(changed.header("etag"), "\"2\"");
    let changed = changed.expect(200);
    assert_eq!((&changed["business_type"], &changed["company_size"]), (&json!("SaaS"), &json!("Small")));
    assert_eq!((&changed["company_name"], &changed["monthly_volume"]), (&Value::Null, &Value::Null));
    change("\"1\"", &json!({"company_size": "Medium"})).expect(412);
    assert_eq!(server.get(&path).expect(200), changed);
    lookup("a.sen@example.com").expect(404);
    let other = create(&server, "a.sen@example.com");
    let taken = change("*", &json!({"email": "a.sen@example.com"})).expect(409);
    assert_eq!(taken["existing_id"], other["id"]);
}

#[test]
fn a_list_of_exporters_goes_from_the_newest_to_the_oldest() {
    let server = Server::start();
    let made: Vec<Value> = (0..5).map(|n| create(&server, &format!("user{n}@example.com"))).collect();
    let (mut path, mut listed) = ("/v1/export/users?limit=2".to_owned(), Vec::new());
    loop {
        let page = server.get(&path).expect(200);
        listed.extend(page["data"].as_array().unwrap().clone());
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/v1/export/users?limit=2&cursor={cursor}");
    }
    listed.reverse();
    assert_eq!(listed, made);
}

#[test]
fn every_user_has_counts_from_the_beginning() {
    let server = Server::start();
    let by_program = id(&create(&server, "a.sen@example.com"));
    let registered = Exporter::register(&server, "b.sen@example.com").id;
    for user in [by_program, registered] {
        let path = format!("/v1/export/users/{user}/metrics");
        let metrics = server.get(&path).expect(200);
        for count in [
            "reports_generated",
            "certifications_completed",
            "documents_generated",
            "exports_completed",
            "timeline_reduction_days",
        ] {
            assert_eq!(metrics[count], 0, "{count}");
        }
        assert_eq!((&metrics["cost_savings"], &metrics["last_export_date"]), (&json!("0.00"), &Value::Null));
        assert_eq!(metrics["user_id"], json!(user));
        assert_eq!(server.send("DELETE", &format!("/v1/export/users/{user}"), &[], None).status, 204);
        server.get(&path).expect(404);
    }
}

#[test]
fn a_deleted_exporter_is_absent_until_restored_and_gone_once_erased() {
    let server = Server::start();
    let exporter = Exporter::register(&server, "a.sen@example.com");
    let path = format!("/v1/export/users/{}", exporter.id);
    assert_eq!(server.send("DELETE", &path, &[("if-match", "\"9\"")], None).status, 412);
    assert_eq!(server.send("DELETE", &path, &[], None).status, 204);
    server.get(&path).expect(404);
    server.send("DELETE", &path, &[], None).expect(404);
    server.post("/v1/export/users/lookup", &json!({"email": "a.sen@example.com"})).expect(404);

    let second = create(&server, "a.sen@example.com");
    let refused = server.send("POST", &format!("{path}/restore"), &[], None).expect(409);
    assert_eq!((&refused["code"], &refused["existing_id"]), (&json!("restore_conflict"), &second["id"]));
    server.send("DELETE", &format!("/v1/export/users/{}?erase=true", id(&second)), &[], None).expect(200);
    let restored = server.send("POST", &format!("{path}/restore"), &[], None).expect(200);
    assert_eq!(restored["email"], "a.sen@example.com");

    let erased = server.send("DELETE", &format!("{path}?erase=true"), &[], None).expect(200);
    assert_eq!((&erased["users"], &erased["user_metrics"]), (&json!(1), &json!(1)));
    server.send("POST", &format!("{path}/restore"), &[], None).expect(404);
    server.send("DELETE", &format!("{path}?erase=true"), &[], None).expect(404);
    for table in ["export.users", "export.user_metrics", "platform.sessions", "platform.credentials"] {
        assert_eq!(crate::user_tokens::count(&server, table), 0, "{table}");
    }
}

#[test]
fn what_is_wrong_with_a_field_is_said_at_the_field() {
    let server = Server::start();
    let path = format!("/v1/export/users/{}", id(&create(&server, "a.sen@example.com")));
    let wrong: &[(&str, Value, &str)] = &[
        ("email", json!("a.sen"), "invalid_email"),
        ("email", json!(""), "invalid_email"),
        ("email", json!("a sen@example.com"), "invalid_email"),
        ("email", json!(format!("{}@example.com", "a".repeat(65))), "invalid_email"),
        ("email", json!(7), "wrong_type"),
        ("business_type", json!("Bakery"), "unknown_value"),
        ("business_type", json!(["SaaS"]), "wrong_type"),
        ("company_size", json!("Large"), "unknown_value"),
        ("company_name", json!(" "), "empty"),
        ("company_name", json!("x".repeat(256)), "too_long"),
        ("company_name", json!("a\u{0}b"), "control_character"),
        ("monthly_volume", json!(0), "out_of_range"),
        ("monthly_volume", json!(-5), "out_of_range"),
        ("monthly_volume", json!(2_147_483_648_i64), "out_of_range"),
        ("monthly_volume", json!(2.5), "wrong_type"),
        ("monthly_volume", json!("250"), "wrong_type"),
        ("colour", json!("red"), "unknown_field"),
    ];
    for (field, value, code) in wrong {
        let expected = [(format!("/{field}"), (*code).to_owned())];
        let with = |mut body: Value| {
            body[*field] = value.clone();
            body
        };
        let mut register = new_user("b.sen@example.com");
        register["password"] = json!(PASSWORD);
        let register = server.post("/v1/export/register", &with(register));
        assert_eq!(pointers(&register), expected, "register: {}", register.text);
        let made = server.post("/v1/export/users", &with(new_user("b.sen@example.com")));
        assert_eq!(pointers(&made), expected, "make: {}", made.text);
        let changed = server.send("PATCH", &path, &[], Some(&with(json!({})).to_string()));
        assert_eq!(pointers(&changed), expected, "change: {}", changed.text);
        let text = value.as_str().filter(|text| text.len() > 3).unwrap_or("no such text");
        assert!(!register.text.contains(text), "the input is not repeated: {}", register.text);
    }
    for field in ["email", "business_type", "company_size"] {
        let mut body = new_user("b.sen@example.com");
        body.as_object_mut().unwrap().remove(field);
        assert_eq!(pointers(&server.post("/v1/export/users", &body)).len(), 1, "{field}");
        let cleared = server.send("PATCH", &path, &[], Some(&json!({field: null}).to_string()));
        assert_eq!(pointers(&cleared), [(format!("/{field}"), "not_null".to_owned())]);
    }
    let several = json!({"email": "", "business_type": "x", "company_size": "y", "password": "z"});
    assert_eq!(pointers(&server.post("/v1/export/register", &several)).len(), 4);
}

#[test]
fn another_exporter_is_as_absent_as_one_that_never_was() {
    let server = Server::start();
    let (asha, bina) =
        (Exporter::register(&server, "asha@example.com"), Exporter::register(&server, "bina@example.com"));
    for (method, path) in [("GET", "/v1/export/users"), ("POST", "/v1/export/users")] {
        let body = if method == "GET" { Value::Null } else { new_user("carla@example.com") };
        assert_eq!(asha.send(&server, method, path, &body).expect(403)["code"], "insufficient_scope");
    }
    let lookup =
        |email: &str| asha.send(&server, "POST", "/v1/export/users/lookup", &json!({"email": email}));
    assert_eq!(
        lookup("bina@example.com").expect(404)["detail"],
        lookup("no@example.com").expect(404)["detail"]
    );
    assert_eq!(lookup("asha@example.com").expect(200)["id"], json!(asha.id));
    let untouched = server.get(&format!("/v1/export/users/{}", bina.id)).expect(200);
    assert_eq!(untouched["company_size"], "Small");
    bina.refresh(&server).expect(200);
}

#[test]
fn an_exporter_does_what_is_its_own_and_no_more() {
    let server = Server::start();
    let asha = Exporter::register(&server, "asha@example.com");
    let own = format!("/v1/export/users/{}", asha.id);
    asha.send(&server, "GET", &own, &Value::Null).expect(200);
    asha.send(&server, "GET", &format!("{own}/metrics"), &Value::Null).expect(200);
    let changed = asha.send(&server, "PATCH", &own, &json!({"company_size": "medium"})).expect(200);
    assert_eq!(changed["company_size"], "Medium");
    let moved = asha.send(&server, "PATCH", &own, &json!({"email": "other@example.com"})).expect(403);
    assert_eq!(moved["detail"], "this takes an API key with the scope export:write");
    for (method, path) in [("POST", format!("{own}/tokens")), ("DELETE", format!("{own}?erase=true"))] {
        asha.send(&server, method, &path, &Value::Null).expect(403);
    }
    // A token of one system is worth nothing in another.
    asha.send(&server, "GET", "/v1/split/users/lookup", &Value::Null);
    let split =
        asha.send(&server, "POST", "/v1/split/users/lookup", &json!({"phone_number": "+919876543210"}));
    assert_eq!(split.status, 403);
    assert_eq!(asha.send(&server, "DELETE", &own, &Value::Null).status, 204, "an exporter may go");
    asha.refresh(&server).expect(401);
    let listed = server.get("/v1/export/users").expect(200);
    assert!(each(&listed["data"], "id").is_empty());
}
