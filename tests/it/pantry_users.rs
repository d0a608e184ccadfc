//! Households over HTTP: names and addresses, preferences, tokens, own data, and how they go and come back.

use serde_json::{Value, json};
use strongroom_tests::{Answer, Server};

use crate::household::{Household, new_conversation, new_user, said, send};
use crate::world::{each, id, named, pointers, text};

const USERS: &str = "/v1/pantry/users";

#[test]
fn a_household_is_found_by_its_name_in_any_case_and_by_its_address() {
    let server = Server::start();
    let preferences = json!({"timezone": "Europe/Warsaw", "budget": 0.10, "diet": null});
    let new =
        json!({"username": " Kowalscy  Łódź ", "email": "Kowalscy@Example.COM", "preferences": preferences});
    let answer = server.post(USERS, &new);
    let made = answer.expect(201);
    let path = format!("{USERS}/{}", id(&made));
    assert_eq!((answer.header("location"), answer.header("etag")), (path.as_str(), "\"1\""));
    assert_eq!(
        (&made["username"], &made["email"]),
        (&json!("Kowalscy  Łódź"), &json!("kowalscy@example.com"))
    );
    assert_eq!(made["preferences"], json!({"timezone": "Europe/Warsaw", "budget": 0.10}));
    assert_eq!(server.get(&path).expect(200), made);

    let lookup = |body: Value| server.post(&format!("{USERS}/lookup"), &body);
    for found in [json!({"username": "KOWALSCY ŁÓDŹ"}), json!({"email": "kowalscy@EXAMPLE.com"})] {
        assert_eq!(lookup(found).expect(200), made);
    }
    for absent in [json!({"username": "nobody"}), json!({"email": "nobody@example.com"})] {
        lookup(absent).expect(404);
    }
    for not_one in [json!({}), json!({"username": "a", "email": "a@example.com"})] {
        assert_eq!(pointers(&lookup(not_one)), named(&[("", "one_of")]));
    }
    for taken in [("username", json!("kowalscy łódź")), ("email", json!("kowalscy@example.com"))] {
        let mut other = new_user("nowakowie");
        other[taken.0] = taken.1;
        assert_eq!(server.post(USERS, &other).expect(409)["existing_id"], made["id"]);
    }
    let second = server.post(USERS, &new_user("nowakowie")).expect(201);
    let refused = send(&server, "PATCH", &path, &json!({"username": "Nowakowie"})).expect(409);
    assert_eq!(refused["existing_id"], second["id"]);
    let page = server.get(&format!("{USERS}?limit=1")).expect(200);
    assert_eq!(each(&page["data"], "id"), [id(&second)], "newest first");
    let next = server.get(&format!("{USERS}?limit=1&cursor={}", text(&page, "/next_cursor"))).expect(200);
    assert_eq!((each(&next["data"], "id"), &next["next_cursor"]), (vec![&*id(&made)], &Value::Null));
}

#[test]
fn preferences_are_merged_and_null_removes_a_key() {
    let server = Server::start();
    let household = Household::new(&server, "kowalscy");
    let path = household.path("");
    let change = |preferences: Value| {
        send(&server, "PATCH", &path, &json!({"preferences": preferences})).expect(200)["preferences"].clone()
    };
    assert_eq!(
        change(json!({"diet": {"vegan": true}, "price": 1.50})),
        json!({"timezone": "Europe/Warsaw", "diet": {"vegan": true}, "price": 1.50})
    );
    assert_eq!(change(json!({"timezone": null, "diet": []})), json!({"diet": [], "price": 1.50}));
    assert_eq!(change(json!({"gone": null})), json!({"diet": [], "price": 1.50}));
    for zone in [json!("Warsaw"), json!("FOO+3"), json!(""), json!(1), json!({})] {
        let wrong = named(&[("/preferences/timezone", "unknown_time_zone")]);
        let body = json!({"preferences": {"timezone": zone, "diet": "any"}});
        assert_eq!(pointers(&send(&server, "PATCH", &path, &body)), wrong);
        let new = json!({"username": "a", "email": "a@example.com", "preferences": {"timezone": zone}});
        assert_eq!(pointers(&server.post(USERS, &new)), wrong);
    }
    assert_eq!(server.get(&path).expect(200)["preferences"], json!({"diet": [], "price": 1.50}));

    let etag = server.get(&path).header("etag").to_owned();
    let versioned = |tag: &str| {
        let body = json!({"preferences": {"a": 1}}).to_string();
        server.send("PATCH", &path, &[("if-match", tag)], Some(&body)).status
    };
    assert_eq!((versioned(&etag), versioned(&etag)), (200, 412));
}

#[test]
fn a_household_changes_its_preferences_and_not_who_it_is() {
    let server = Server::start();
    let (own, other) = (Household::new(&server, "kowalscy"), Household::new(&server, "tanaka"));
    let change = |path: &str, body: &Value| own.send(&server, "PATCH", path, body);
    change(&own.path(""), &json!({"preferences": {"timezone": "Asia/Tokyo"}})).expect(200);
    for who in [json!({"username": "others"}), json!({"email": "tanaka@example.com", "preferences": {}})] {
        assert_eq!(change(&own.path(""), &who).expect(403)["code"], "insufficient_scope");
    }
    assert_eq!(server.get(&own.path("")).expect(200)["username"], "kowalscy");
    for (method, path, body) in [
        ("GET", other.path(""), Value::Null),
        ("PATCH", other.path(""), json!({"preferences": {}})),
        ("DELETE", other.path(""), Value::Null),
        ("GET", other.path("/data"), Value::Null),
        ("GET", other.path("/conversations"), Value::Null),
        ("POST", other.path("/messages/lookup"), json!({"words": "mleko"})),
        ("POST", format!("{USERS}/lookup"), json!({"username": "tanaka"})),
    ] {
        own.send(&server, method, &path, &body).expect(404);
    }
    for (method, path, body) in [
        ("GET", USERS.to_owned(), Value::Null),
        ("POST", USERS.to_owned(), new_user("new")),
        ("POST", own.path("/tokens"), json!({})),
        ("DELETE", own.path("?erase=true"), Value::Null),
    ] {
        own.send(&server, method, &path, &body).expect(403);
    }
    let found = own.send(&server, "POST", &format!("{USERS}/lookup"), &json!({"username": "kowalscy"}));
    assert_eq!(id(&found.expect(200)), own.id);
}

#[test]
fn tokens_are_for_reading_or_writing_and_end_when_they_are_revoked() {
    let server = Server::start();
    let household = Household::new(&server, "kowalscy");
    let session = server.post(&household.path("/tokens"), &json!({"scope": "read"})).expect(200);
    let reader = Household { token: text(&session, "/access_token"), ..household.clone() };
    reader.send(&server, "GET", &reader.path(""), &Value::Null).expect(200);
    reader.send(&server, "PATCH", &reader.path(""), &json!({"preferences": {}})).expect(403);
    household.send(&server, "PATCH", &household.path(""), &json!({"preferences": {}})).expect(200);
    assert_eq!(server.send("DELETE", &household.path("/tokens"), &[], None).status, 204);
    let refreshed = json!({"refresh_token": session["refresh_token"]});
    server.send("POST", "/v1/tokens/refresh", &[], Some(&refreshed.to_string())).expect(401);
    let absent = format!("{USERS}/00000000-0000-7000-8000-000000000000/tokens");
    server.post(&absent, &json!({})).expect(404);
    assert_eq!(server.send("DELETE", &absent, &[], None).status, 404);
}

/// A household with two conversations of which the second is deleted, and a product of its own.
fn with_rows(server: &Server) -> (Household, [String; 2], String) {
    let household = Household::new(server, "kowalscy");
    let conversations = ["default", "old"].map(|session| {
        let new = new_conversation(&household.id, session);
        let made = id(&server.post("/v1/pantry/conversations", &new).expect(201));
        let path = format!("/v1/pantry/conversations/{made}");
        server.post(&format!("{path}/messages"), &said(&format!("mleko, {session}"))).expect(201);
        path
    });
    assert_eq!(server.send("DELETE", &conversations[1], &[], None).status, 204);
    let product =
        json!({"name": "Śmietana", "user_id": household.id, "storage_info": {"shelf_life_days": 7}});
    let product = id(&server.post("/v1/pantry/products", &product).expect(201));
    (household, conversations, format!("/v1/pantry/products/{product}"))
}

#[test]
fn own_data_has_every_row_in_clear_page_by_page_deleted_ones_included() {
    let server = Server::start();
    let (household, ..) = with_rows(&server);
    server.post("/v1/pantry/products", &json!({"name": "Milk"})).expect(201);
    let mut rows = Vec::new();
    let mut cursor = String::new();
    loop {
        let path = household.path(&format!("/data?limit=2{cursor}"));
        let page = household.send(&server, "GET", &path, &Value::Null).expect(200);
        rows.extend(page["data"].as_array().unwrap().clone());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let tables = each(&Value::from(rows.clone()), "table").join(" ");
    assert_eq!(tables, "users products conversations conversations messages messages");
    assert_eq!(rows[0]["row"]["username"], "kowalscy");
    assert_eq!(rows[1]["row"]["storage_info"], json!({"shelf_life_days": 7}));
    assert!(rows[2]["row"]["deleted_at"].is_null() && rows[3]["row"]["deleted_at"].is_string());
    assert_eq!(rows[5]["row"]["content"], "mleko, old");
    assert!(rows.iter().all(|row| row["row"].get("username_bidx").is_none()), "{rows:?}");
}

fn status(answer: &Answer) -> u16 {
    answer.status
}

#[test]
fn a_deleted_household_hides_its_rows_and_comes_back_with_what_went_along() {
    let server = Server::start();
    let (household, [kept, deleted], product) = with_rows(&server);
    assert_eq!(server.send("DELETE", &household.path(""), &[("if-match", "\"7\"")], None).status, 412);
    assert_eq!(server.send("DELETE", &household.path(""), &[], None).status, 204);
    household.send(&server, "GET", &household.path(""), &Value::Null).expect(401);
    for path in
        [&household.path(""), &household.path("/data"), &household.path("/conversations"), &kept, &product]
    {
        server.get(path).expect(404);
    }
    let listed = server.get(&format!("/v1/pantry/products?user_id={}", household.id)).expect(200);
    assert_eq!(listed["data"], json!([]));
    let lookup = json!({"names": ["śmietana"], "user_id": household.id});
    let lookup = server.post("/v1/pantry/products/lookup", &lookup);
    assert_eq!(pointers(&lookup), named(&[("/user_id", "unknown_user")]));
    let new = server.post("/v1/pantry/conversations", &new_conversation(&household.id, "new"));
    assert_eq!(pointers(&new), named(&[("/user_id", "unknown_user")]));

    let restored = send(&server, "POST", &household.path("/restore"), &Value::Null).expect(200);
    assert_eq!(id(&restored), household.id);
    assert_eq!((status(&server.get(&kept)), status(&server.get(&product))), (200, 200));
    server.get(&deleted).expect(404);
    send(&server, "POST", &format!("{deleted}/restore"), &Value::Null).expect(200);
}

#[test]
fn a_household_whose_name_was_taken_meanwhile_does_not_come_back() {
    let server = Server::start();
    let household = Household::new(&server, "kowalscy");
    assert_eq!(server.send("DELETE", &household.path(""), &[], None).status, 204);
    let mut other = new_user("KOWALSCY");
    other["email"] = json!("other@example.com");
    let other = server.post(USERS, &other).expect(201);
    let refused = send(&server, "POST", &household.path("/restore"), &Value::Null).expect(409);
    assert_eq!((&refused["code"], &refused["existing_id"]), (&json!("restore_conflict"), &other["id"]));
}

#[test]
fn an_erasure_takes_everything_and_says_what_went() {
    let server = Server::start();
    let (household, [kept, deleted], product) = with_rows(&server);
    let erased = server.send("DELETE", &household.path("?erase=true"), &[], None).expect(200);
    let counts = json!({"users": 1, "conversations": 2, "messages": 2, "products": 1});
    for (table, count) in counts.as_object().unwrap() {
        assert_eq!(&erased[table], count, "{erased}");
    }
    for path in [&household.path(""), &kept, &product] {
        server.get(path).expect(404);
    }
    for path in [household.path(""), deleted] {
        send(&server, "POST", &format!("{path}/restore"), &Value::Null).expect(404);
    }
}
