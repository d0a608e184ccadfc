//! The rules that every route keeps: versions, pages, request ids, errors, keys.

use serde_json::{Value, json};

use crate::world::{World, each, id};

#[test]
fn a_change_on_an_old_version_is_refused() {
    let world = World::with_contacts(0);
    let path = format!("/v1/split/users/{}", world.user);
    let first = world.server.get(&path);
    let tag = first.header("etag").to_owned();
    let rename = |tag: &str, name: &str| {
        world.server.send("PATCH", &path, &[("if-match", tag)], Some(&json!({"name": name}).to_string()))
    };
    let renamed = rename(&tag, "Asha R");
    renamed.expect(200);
    assert_ne!(renamed.header("etag"), tag);
    assert_eq!(rename(&tag, "Asha Q").expect(412)["code"], "precondition_failed");
    assert_eq!(world.server.send("DELETE", &path, &[("if-match", &tag)], None).status, 412);
    assert_eq!(world.server.send("DELETE", &path, &[("if-match", renamed.header("etag"))], None).status, 204);
}

#[test]
fn pages_follow_each_other_and_cursors_are_good_for_one_list() {
    let world = World::with_contacts(5);
    let path = format!("/v1/split/users/{}/contacts", world.user);
    let (mut seen, mut query) = (Vec::new(), "?limit=2".to_owned());
    let mut pages = 0;
    loop {
        let page = world.server.get(&format!("{path}{query}")).expect(200);
        seen.extend(each(&page["data"], "id").into_iter().map(str::to_owned));
        pages += 1;
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        query = format!("?limit=2&cursor={cursor}");
    }
    let newest_first: Vec<String> = world.contacts.iter().rev().cloned().collect();
    assert_eq!((seen, pages), (newest_first, 3));

    let cursor = query.split("cursor=").nth(1).unwrap();
    let bills = world.server.get(&format!("/v1/split/users/{}/bills?cursor={cursor}", world.user));
    assert_eq!(bills.expect(400)["code"], "invalid_cursor");
    for limit in ["0", "101", "-1"] {
        let refused = world.server.get(&format!("{path}?limit={limit}")).expect(422);
        assert_eq!(refused["errors"][0]["pointer"], "/limit");
    }
}

#[test]
fn null_clears_and_absence_keeps() {
    let world = World::with_contacts(0);
    let path = format!("/v1/split/users/{}", world.user);
    let patch = |body: Value| world.server.send("PATCH", &path, &[], Some(&body.to_string())).expect(200);
    let changed = patch(json!({"name": null}));
    assert_eq!((&changed["name"], &changed["upi_id"]), (&Value::Null, &json!("asha@okaxis")));
    let unchanged = patch(json!({}));
    assert_eq!(unchanged["updated_at"], changed["updated_at"]);
}

#[test]
fn a_request_id_comes_back_and_stands_in_the_audit_log() {
    let world = World::with_contacts(0);
    let path = format!("/v1/split/users/{}", world.user);
    let body = json!({"name": "Asha R"}).to_string();
    let answer = world.server.send("PATCH", &path, &[("x-request-id", "req-audit-7")], Some(&body));
    assert_eq!(answer.header("x-request-id"), "req-audit-7");
    let query = [
        "query",
        "SELECT actor, changed_columns FROM platform.audit_log WHERE request_id = 'req-audit-7'",
        "--format",
        "json",
    ];
    let rows = strongroom_tests::db_manage(world.server.database(), &query).json();
    assert_eq!(rows[0]["changed_columns"], json!(["name"]), "{rows}");
    assert!(rows[0]["actor"].as_str().unwrap().starts_with("api_key:"), "{rows}");
    assert!(world.server.log().contains("req-audit-7"));
    // One that does not fit is replaced, not refused.
    let replaced = world.server.send("GET", &path, &[("x-request-id", "two words")], None);
    assert!(replaced.status == 200 && replaced.header("x-request-id") != "two words");
}

#[test]
fn without_a_good_key_nothing_is_told() {
    let world = World::with_contacts(0);
    let path = format!("/v1/split/users/{}", world.user);
    let unknown = format!("Bearer sr_{}", "A".repeat(43));
    for key in ["", "Bearer", "Bearer nonsense", "Basic dXNlcjpwYXNz", &unknown] {
        let refused = world.server.send("GET", &path, &[("authorization", key)], None);
        assert_eq!(refused.expect(401)["code"], "unauthenticated", "{key}");
        assert!(refused.header("www-authenticate").starts_with("Bearer"), "{key}");
        // Not even whether the body would do.
        let with_body = world.server.send("PATCH", &path, &[("authorization", key)], Some("{\"nmae\": 1}"));
        assert_eq!(with_body.status, 401, "{key}: {}", with_body.text);
    }
}

#[test]
fn a_key_may_do_what_its_scopes_say_until_it_is_revoked() {
    let world = World::with_contacts(0);
    let database = world.server.database();
    let create = ["api-key", "create", "--name", "reader", "--scope", "split:read", "--format", "json"];
    let made = strongroom_tests::db_manage(database, &create).json();
    let bearer = format!("Bearer {}", made["key"].as_str().unwrap());
    let header = [("authorization", bearer.as_str())];
    let path = format!("/v1/split/users/{}", world.user);
    assert_eq!(world.server.send("GET", &path, &header, None).status, 200);
    let refused = world.server.send("PATCH", &path, &header, Some("{}")).expect(403);
    assert_eq!(refused["code"], "insufficient_scope");
    assert_eq!(
        world.server.send("PATCH", &path, &header, Some("nonsense")).status,
        403,
        "the key comes first"
    );

    let revoked = strongroom_tests::db_manage(database, &["api-key", "revoke", &id(&made)]);
    assert_eq!(revoked.code, 0, "{revoked:?}");
    // Every process asks the database at least once a second.
    let end = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while world.server.send("GET", &path, &header, None).status != 401 {
        assert!(std::time::Instant::now() < end, "the key still works");
        std::thread::yield_now();
    }
}

#[test]
fn errors_are_problems_with_a_request_id() {
    let world = World::with_contacts(0);
    let cases = [
        ("GET", "/nowhere", None, 404, "not_found"),
        ("GET", "/v1/split/users/not-an-id", None, 404, "not_found"),
        ("GET", "/v1/split/users/00000000-0000-7000-8000-000000000000", None, 404, "not_found"),
        ("TRACE", "/v1/split/users", None, 405, "method_not_allowed"),
        ("POST", "/v1/split/users", Some("{"), 400, "malformed_json"),
        ("POST", "/v1/split/users", Some("[]"), 422, "invalid_input"),
    ];
    for (method, path, body, status, code) in cases {
        let answer = world.server.send(method, path, &[], body);
        let problem = answer.expect(status);
        assert_eq!(problem["code"], code, "{method} {path}");
        assert_eq!(answer.header("content-type"), "application/problem+json");
        assert_eq!(problem["request_id"], answer.header("x-request-id"));
        assert_eq!(problem["status"], status);
        assert!(
            problem["type"].is_string() && problem["title"].is_string() && problem["retryable"] == false,
            "{problem}"
        );
    }
}

#[test]
fn bodies_have_a_type_and_a_size() {
    let world = World::with_contacts(0);
    let send = |kind: &str, body: &str| {
        world.server.send("POST", "/v1/split/users", &[("content-type", kind)], Some(body))
    };
    assert_eq!(send("text/plain", "{}").expect(415)["code"], "unsupported_media_type");
    let long = json!({"name": "x".repeat(1 << 20)}).to_string();
    assert_eq!(send("application/json", &long).expect(413)["code"], "payload_too_large");
    let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
    assert_eq!(send("application/json", &deep).expect(422)["errors"][0]["code"], "wrong_type");
}
