//! Wrong input of households, conversations, messages, categories and products, field by field.

use serde_json::{Value, json};
use strongroom_tests::Server;

use crate::bad_json;
use crate::household::{Household, new_conversation, new_user, said, send};
use crate::world::{id, named, pointers};

const ABSENT: &str = "00000000-0000-7000-8000-000000000000";

/// One row of each kind, by its path.
struct World {
    server: Server,
    user: Household,
    conversation: String,
    message: String,
    category: String,
    product: String,
}

impl World {
    fn new() -> Self {
        let server = Server::start();
        let user = Household::new(&server, "asha");
        let post = |path: &str, body: &Value| {
            let answer = server.post(&format!("/v1/pantry{path}"), body);
            answer.expect(201);
            answer.header("location").to_owned()
        };
        let conversation = post("/conversations", &new_conversation(&user.id, "default"));
        let said = server.post(&format!("{conversation}/messages"), &said("mleko"));
        let message = format!("/v1/pantry/messages/{}", id(&said.expect(201)));
        let category = post("/categories", &json!({"name": "Food"}));
        let product = post("/products", &json!({"name": "Milk"}));
        Self { user, conversation, message, category, product, server }
    }

    /// Asserts that a request is refused for each of these values of a field, and that `at` stays as it is.
    fn refuses(&self, method: &str, path: &str, base: &Value, at: &str, wrong: &[(&str, Value, &str)]) {
        let before = self.server.get(at).expect(200);
        for (field, value, code) in wrong {
            let mut body = base.clone();
            body[*field] = value.clone();
            let answer = send(&self.server, method, path, &body);
            let expected = named(&[(&*format!("/{field}"), *code)]);
            assert_eq!(pointers(&answer), expected, "{method} {path} {value:.60}: {:.300}", answer.text);
        }
        assert_eq!(self.server.get(at).expect(200), before, "{method} {path}");
    }

    /// The same for required fields that are absent, and for those that cannot be cleared.
    fn needs(&self, path: &str, new: &Value, required: &[&str]) {
        for field in required {
            let mut body = new.clone();
            body.as_object_mut().unwrap().remove(*field);
            let answer = self.server.post(path, &body);
            assert_eq!(pointers(&answer), named(&[(&*format!("/{field}"), "missing")]), "{path}");
        }
    }

    fn keeps(&self, path: &str, fields: &[&str]) {
        for field in fields {
            let answer = send(&self.server, "PATCH", path, &json!({*field: null}));
            assert_eq!(pointers(&answer), named(&[(&*format!("/{field}"), "not_null")]), "{path}");
        }
    }
}

/// What every text refuses. `longest` is in characters.
fn texts(field: &'static str, longest: usize) -> Vec<(&'static str, Value, &'static str)> {
    vec![
        (field, json!(""), "empty"),
        (field, json!(" \n "), "empty"),
        (field, json!("ł".repeat(longest + 1)), "too_long"),
        (field, json!("a\u{0}b"), "control_character"),
        (field, json!(7), "wrong_type"),
        (field, json!(["x"]), "wrong_type"),
    ]
}

/// What every object refuses.
fn objects(field: &'static str) -> Vec<(&'static str, Value, &'static str)> {
    vec![
        (field, json!([]), "wrong_type"),
        (field, json!("{}"), "wrong_type"),
        (field, json!({"x": "x".repeat(65_536)}), "too_long"),
    ]
}

fn ids(field: &'static str) -> Vec<(&'static str, Value, &'static str)> {
    vec![(field, json!("x"), "invalid_id"), (field, json!(""), "invalid_id"), (field, json!(7), "wrong_type")]
}

#[test]
fn of_a_household() {
    let world = World::new();
    let mut wrong = texts("username", 50);
    wrong.extend([
        ("username", json!("a\nb"), "control_character"),
        ("email", json!(""), "invalid_email"),
        ("email", json!("kowalscy"), "invalid_email"),
        ("email", json!("a b@example.com"), "invalid_email"),
        ("email", json!(7), "wrong_type"),
        ("password", json!("x"), "unknown_field"),
    ]);
    wrong.extend(objects("preferences"));
    let (path, list) = (world.user.path(""), "/v1/pantry/users");
    world.refuses("POST", list, &new_user("new"), list, &wrong);
    world.refuses("PATCH", &path, &json!({}), &path, &wrong);
    world.needs(list, &new_user("new"), &["username", "email"]);
    world.keeps(&path, &["username", "email", "preferences"]);
    let several = json!({"username": "", "email": "", "preferences": {"timezone": 1}});
    let all = named(&[
        ("/username", "empty"),
        ("/email", "invalid_email"),
        ("/preferences/timezone", "unknown_time_zone"),
    ]);
    assert_eq!(pointers(&world.server.post(list, &several)), all);
    bad_json::check(&world.server, "PATCH", &path, "/preferences", |value| {
        format!(r#"{{"preferences": {value}}}"#)
    });
    bad_json::check(&world.server, "POST", list, "/preferences", |value| {
        format!(r#"{{"username": "x", "email": "x@example.com", "preferences": {value}}}"#)
    });
    let scope = world.server.post(&world.user.path("/tokens"), &json!({"scope": "admin"}));
    assert_eq!(pointers(&scope), named(&[("/scope", "unknown_value")]));
    let lookup = format!("{list}/lookup");
    world.refuses("POST", &lookup, &json!({}), list, &texts("username", 50));
}

#[test]
fn of_a_conversation() {
    let world = World::new();
    let (list, new) = ("/v1/pantry/conversations", json!({"user_id": world.user.id, "session_id": "new"}));
    let listed = world.user.path("/conversations");
    let mut wrong = [texts("title", 255), objects("metadata")].concat();
    world.refuses("PATCH", &world.conversation, &json!({}), &world.conversation, &wrong);
    world.refuses(
        "PATCH",
        &world.conversation,
        &json!({}),
        &listed,
        &[("session_id", json!("x"), "unknown_field")],
    );
    wrong.extend([texts("session_id", 100), ids("user_id")].concat());
    wrong.extend([
        ("session_id", json!("a\nb"), "control_character"),
        ("user_id", json!(ABSENT), "unknown_user"),
    ]);
    for (method, path) in [("POST", list.to_owned()), ("PUT", format!("{list}/by-session"))] {
        world.refuses(method, &path, &new, &listed, &wrong);
        bad_json::check(&world.server, method, &path, "/metadata", |value| {
            format!(r#"{{"user_id": "{}", "session_id": "new", "metadata": {value}}}"#, world.user.id)
        });
    }
    bad_json::check(&world.server, "PATCH", &world.conversation, "/metadata", |value| {
        format!(r#"{{"metadata": {value}}}"#)
    });
    world.needs(list, &new, &["user_id"]);
    world.keeps(&world.conversation, &["metadata"]);
    let by_session =
        send(&world.server, "PUT", &format!("{list}/by-session"), &json!({"user_id": world.user.id}));
    assert_eq!(pointers(&by_session), named(&[("/session_id", "missing")]));
    let lookup = format!("{list}/lookup");
    world.refuses("POST", &lookup, &new, &listed, &[ids("user_id"), texts("session_id", 100)].concat());
    world.refuses("POST", &lookup, &new, &listed, &[("messages", json!("yes"), "wrong_type")]);
    let query = world.server.get(&format!("{}?messages=yes", world.conversation));
    assert_eq!(pointers(&query), named(&[("/messages", "invalid_value")]));
}

#[test]
fn of_a_message() {
    let world = World::new();
    let (list, new) = (format!("{}/messages", world.conversation), said("chleb"));
    let mut wrong = [texts("content", 20_000), texts("agent_used", 50), objects("metadata")].concat();
    wrong.extend([
        ("confidence", json!(1.01), "out_of_range"),
        ("confidence", json!(-0.01), "out_of_range"),
        ("confidence", json!("0.5"), "wrong_type"),
        ("confidence", json!(true), "wrong_type"),
        ("conversation_id", json!(ABSENT), "unknown_field"),
    ]);
    world.refuses("PATCH", &world.message, &json!({}), &world.message, &wrong);
    world.refuses(
        "PATCH",
        &world.message,
        &json!({}),
        &world.message,
        &[("role", json!("user"), "unknown_field")],
    );
    wrong.extend([("role", json!("system"), "unknown_value"), ("role", json!(1), "wrong_type")]);
    world.refuses("POST", &list, &new, &list, &wrong);
    world.needs(&list, &new, &["role", "content"]);
    world.keeps(&world.message, &["content", "metadata"]);
    bad_json::check(&world.server, "POST", &list, "/metadata", |value| {
        format!(r#"{{"role": "user", "content": "x", "metadata": {value}}}"#)
    });
    bad_json::check(&world.server, "PATCH", &world.message, "/metadata", |value| {
        format!(r#"{{"metadata": {value}}}"#)
    });
    for number in ["1e200000", "1e400"] {
        let body = format!(r#"{{"confidence": {number}}}"#);
        let answer = world.server.send("PATCH", &world.message, &[], Some(&body));
        assert_eq!(pointers(&answer)[0].0, "/confidence", "{number}: {:.300}", answer.text);
    }

    let lookup = world.user.path("/messages/lookup");
    let eleven = "a b c d e f g h i j k";
    let wrong = [
        ("words", json!(""), "empty"),
        ("words", json!("!?"), "empty"),
        ("words", json!(eleven), "too_many_words"),
        ("words", json!(["mleko"]), "wrong_type"),
        ("conversation_id", json!("x"), "invalid_id"),
        ("conversation_id", json!(ABSENT), "unknown_conversation"),
        ("limit", json!("5"), "wrong_type"),
        ("limit", json!(0), "limit_out_of_range"),
        ("role", json!("user"), "unknown_field"),
    ];
    world.refuses("POST", &lookup, &json!({"words": "chleb"}), &list, &wrong);
    world.needs(&lookup, &json!({"words": "chleb"}), &["words"]);
}

#[test]
fn of_a_category() {
    let world = World::new();
    let (list, new) = ("/v1/pantry/categories", json!({"name": "Drinks"}));
    let mut wrong = [texts("name", 100), texts("description", 2_000), ids("parent_id")].concat();
    wrong
        .extend([("parent_id", json!(ABSENT), "unknown_category"), ("children", json!([]), "unknown_field")]);
    world.refuses("POST", list, &new, list, &wrong);
    world.refuses("PATCH", &world.category, &json!({}), &world.category, &wrong);
    world.needs(list, &new, &["name"]);
    world.keeps(&world.category, &["name"]);
    for (query, pointer, code) in
        [("tree=maybe", "/tree", "invalid_value"), ("tree=true&limit=0", "/limit", "limit_out_of_range")]
    {
        let wrong = world.server.get(&format!("{list}?{query}"));
        assert_eq!(pointers(&wrong), named(&[(pointer, code)]));
    }
    assert_eq!(world.server.get(&format!("{list}?tree=true&cursor=x")).expect(400)["code"], "invalid_cursor");
}

#[test]
fn of_a_product() {
    let world = World::new();
    let (list, new) = ("/v1/pantry/products", json!({"name": "Kefir"}));
    let mut wrong = [
        texts("name", 255),
        objects("nutritional_info"),
        objects("storage_info"),
        ids("category_id"),
        vec![("category_id", json!(ABSENT), "unknown_category")],
        // Each of these characters is eighteen letters when it is folded: too much for an index.
        vec![("name", json!("\u{fdfa}".repeat(255)), "too_long")],
    ]
    .concat();
    world.refuses("PATCH", &world.product, &json!({}), &world.product, &wrong);
    world.refuses("PATCH", &world.product, &json!({}), list, &[("user_id", json!(null), "unknown_field")]);
    wrong.extend(ids("user_id"));
    wrong.push(("user_id", json!(ABSENT), "unknown_user"));
    world.refuses("POST", list, &new, list, &wrong);
    world.needs(list, &new, &["name"]);
    world.keeps(&world.product, &["name", "nutritional_info", "storage_info"]);
    for field in ["nutritional_info", "storage_info"] {
        bad_json::check(&world.server, "POST", list, &format!("/{field}"), |value| {
            format!(r#"{{"name": "x", "{field}": {value}}}"#)
        });
        bad_json::check(&world.server, "PATCH", &world.product, &format!("/{field}"), |value| {
            format!(r#"{{"{field}": {value}}}"#)
        });
    }

    let lookup = format!("{list}/lookup");
    let many = vec!["x"; 101];
    for (body, pointer, code) in [
        (json!({}), "/names", "missing"),
        (json!({"names": "x"}), "/names", "wrong_type"),
        (json!({"names": [7]}), "/names/0", "wrong_type"),
        (json!({"names": ["x", ""]}), "/names/1", "empty"),
        (json!({"names": many}), "/names", "too_many"),
        (json!({"names": [], "user_id": "x"}), "/user_id", "invalid_id"),
        (json!({"names": ["x"], "user_id": ABSENT}), "/user_id", "unknown_user"),
    ] {
        assert_eq!(pointers(&world.server.post(&lookup, &body)), named(&[(pointer, code)]), "{body:.80}");
    }
}
