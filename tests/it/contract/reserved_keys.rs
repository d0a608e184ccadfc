//! No key of a body means anything to the libraries that read it.

use serde_json::{Value, json};
use strongroom_tests::Server;

use super::client::Client;
use super::document::Document;
use super::requests::as_documented;
use super::rows::Rows;
use super::systems::system_of;

const KEYS: [&str; 2] = ["$serde_json::private::Number", "$serde_json::private::RawValue"];

/// JSON in texts in JSON. If each text were read where it stands, with a depth of its own, no stack would be deep enough.
fn texts_in_texts() -> String {
    (0..14).fold("1".to_owned(), |inner, _| {
        let object = json!({KEYS[1]: inner}).to_string();
        format!("{}{object}{}", "[".repeat(125), "]".repeat(125))
    })
}

/// Places of all values, as JSON pointers.
fn places(value: &Value, place: String, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(name, field)| places(field, format!("{place}/{name}"), found));
        }
        Value::Array(values) => {
            values.iter().enumerate().for_each(|(n, value)| places(value, format!("{place}/{n}"), found));
        }
        _ => {}
    }
    found.push(place);
}

#[test]
fn an_object_is_never_taken_for_anything_else() {
    let server = Server::start();
    let (client, document) = (Client::of(&server), Document::of(&server));
    let bomb = texts_in_texts();
    let mut tried = 0;
    for operation in document.operations() {
        let rows = Rows::for_path(&server, operation.path);
        let mut request = as_documented(&document, operation, &rows);
        let Some(body) = request.json() else { continue };
        let system = system_of(operation.path);
        let mut found = Vec::new();
        places(&body, String::new(), &mut found);
        for place in found.into_iter().filter(|place| !system.is_free(place)) {
            for odd in [json!({KEYS[0]: "5"}), json!({KEYS[1]: "5"}), json!({KEYS[1]: bomb})] {
                let mut body = body.clone();
                *body.pointer_mut(&place).unwrap() = odd;
                request.set_json(&body);
                let answer = client.send(&request);
                let says = String::from_utf8(answer.body).unwrap();
                // A row of a batch is refused by itself; a route that needs no key takes no long body.
                let is_refused = matches!(answer.status, 413 | 422)
                    || (answer.status == 200 && says.contains(r#""invalid":1"#));
                assert!(is_refused, "{request}\n  -> {} {says}", answer.status);
                tried += 1;
            }
        }
    }
    assert!(tried > 150, "{tried}");
    assert_eq!(server.get("/livez").status, 200);
}

#[test]
fn such_a_key_is_kept_where_any_key_may_stand() {
    let server = Server::start();
    let rows = Rows::for_path(&server, "/v1/split");
    let path = format!("/v1/split/users/{}/conversations/keys", rows.of("users")[0]);
    let bomb = serde_json::to_string(&texts_in_texts()).unwrap();
    for context in [
        format!(r#"{{"{}":"5","price":0.10}}"#, KEYS[0]),
        format!(r#"{{"deep":[{{"{}":12345678901234567890.50}}]}}"#, KEYS[0]),
        format!(r#"{{"deep":{{"{}":"[[1"}}}}"#, KEYS[1]),
        format!(r#"{{"deep":{{"{}":{bomb}}}}}"#, KEYS[1]),
    ] {
        let body = format!(r#"{{"step": "initial", "context": {context}}}"#);
        let saved = server.send("PUT", &path, &[], Some(&body));
        assert!(
            saved.status == 200 && saved.text.contains(&context),
            "{:.300}\n{:.300}",
            context,
            saved.text
        );
        let found = server.get(&path);
        assert!(
            found.status == 200 && found.text.contains(&context),
            "{:.300}\n{:.300}",
            context,
            found.text
        );
    }
}

#[test]
fn an_operator_sees_such_a_key_as_it_is() {
    let server = Server::start();
    for key in KEYS {
        let row = json!({key: "5"}).to_string();
        let sql = format!("SELECT '{row}'::json AS found, 2 ^ 5000::numeric AS large");
        let shown = strongroom_tests::db_manage(server.database(), &["query", &sql, "--format", "ndjson"]);
        assert!(
            shown.code == 0 && shown.stdout.contains(&row),
            "{key}: {} {:.300}",
            shown.code,
            shown.stderr
        );
    }
}

#[test]
fn stored_json_keeps_its_rules() {
    let server = Server::start();
    let rows = Rows::for_path(&server, "/v1/split");
    let path = format!("/v1/split/users/{}/conversations/rules", rows.of("users")[0]);
    let save = |value: &str| {
        let body = format!(r#"{{"step": "initial", "context": {{"a": {value}}}}}"#);
        server.send("PUT", &path, &[], Some(&body))
    };
    // The context itself is one level.
    for fit in [
        &format!("{}{}", "[".repeat(127), "]".repeat(127)),
        &"1".repeat(1_000),
        "1e1000",
        "0.10",
        "\"\\ud83d\\ude00\"",
    ] {
        assert_eq!(save(fit).status, 200, "{fit}");
    }
    for (value, code) in [
        (format!("{}{}", "[".repeat(128), "]".repeat(128)), "too_deep"),
        ("1".repeat(1_001), "number_out_of_range"),
        ("1e131000".to_owned(), "number_out_of_range"),
        ("\"\\u0000\"".to_owned(), "control_character"),
        ("{\"\\u0000\": 1}".to_owned(), "control_character"),
        ("\"\\ud800\"".to_owned(), "lone_surrogate"),
    ] {
        let problem = save(&value).expect(422);
        assert_eq!(problem["errors"][0]["code"], code, "{problem}");
        assert!(problem["errors"][0]["pointer"].as_str().unwrap().starts_with("/context/a"), "{problem}");
    }
}
