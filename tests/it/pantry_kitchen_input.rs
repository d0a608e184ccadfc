//! What is wrong with something at home, a recipe, a planned meal, or a question about them is said at the field, and nothing
//! is stored.

use serde_json::{Value, json};
use strongroom_tests::Server;

use crate::household::{Household, send};
use crate::kitchen::{recipe, shared};
use crate::world::{id, named, pointers};

const NOBODY: &str = "00000000-0000-7000-8000-000000000000";

/// A field, what is wrong in it, and the code.
type Wrong = (&'static str, Value, &'static str);

/// Sends each within a new body and within a change, which refuse it alike.
fn check(server: &Server, (make, new): (&str, &Value), change: &str, wrong: &[Wrong]) {
    let before = server.get(change).expect(200);
    for (field, value, code) in wrong {
        let expected = named(&[(&format!("/{field}"), code)]);
        let mut body = new.clone();
        body[*field] = value.clone();
        let made = server.post(make, &body);
        assert_eq!(pointers(&made), expected, "POST {value:.60}: {:.300}", made.text);
        let changed = send(server, "PATCH", change, &json!({*field: value}));
        assert_eq!(pointers(&changed), expected, "PATCH {value:.60}: {:.300}", changed.text);
    }
    assert_eq!(server.get(change).expect(200), before);
}

fn wrong_quantities(least: &'static str) -> Vec<Wrong> {
    vec![
        ("quantity", json!("-0.5"), least),
        ("quantity", json!("1.2345"), "too_many_decimals"),
        ("quantity", json!("1.234,5"), "invalid_number"),
        ("quantity", json!("1e3"), "invalid_number"),
        ("quantity", json!(10_000_000), "too_large"),
        ("quantity", json!([1]), "wrong_type"),
        ("unit", json!(""), "empty"),
        ("unit", json!("x".repeat(51)), "too_long"),
        ("unit", json!("a\u{0}b"), "control_character"),
        ("unit", json!(7), "wrong_type"),
    ]
}

#[test]
fn what_is_wrong_with_something_at_home_is_said_at_the_field() {
    let server = Server::start();
    let home = Household::new(&server, "kowalscy");
    let milk = shared(&server, "Milk");
    let new = json!({"product_id": milk, "quantity": 1});
    let item = server.post(&home.path("/pantry-items"), &new).expect(201);
    let path = format!("/v1/pantry/pantry-items/{}", id(&item));
    let mut wrong = wrong_quantities("negative");
    wrong.extend([
        ("product_id", json!(NOBODY), "unknown_product"),
        ("product_id", json!("x"), "invalid_id"),
        ("product_id", json!(7), "wrong_type"),
        ("expiry_date", json!("2026-02-30"), "invalid_date"),
        ("expiry_date", json!("2201-01-01"), "out_of_range"),
        ("expiry_date", json!(7), "wrong_type"),
        ("notes", json!(" "), "empty"),
        ("notes", json!("x".repeat(2_001)), "too_long"),
        ("notes", json!(["x"]), "wrong_type"),
        ("colour", json!("red"), "unknown_field"),
    ]);
    check(&server, (&home.path("/pantry-items"), &new), &path, &wrong);
    for (body, pointer, code) in [
        (json!({}), "", "one_of"),
        (json!({"product_id": milk, "product_name": "Milk"}), "", "one_of"),
        (json!({"product_name": ""}), "/product_name", "empty"),
        (json!({"product_name": "x".repeat(256)}), "/product_name", "too_long"),
        (json!({"product_name": "a\u{0}b"}), "/product_name", "control_character"),
        (json!({"product_name": 7}), "/product_name", "wrong_type"),
    ] {
        let refused = server.post(&home.path("/pantry-items"), &body);
        assert_eq!(pointers(&refused), named(&[(pointer, code)]), "{:.300}", refused.text);
    }
    let cleared = send(&server, "PATCH", &path, &json!({"product_id": null}));
    assert_eq!(pointers(&cleared), named(&[("/product_id", "not_null")]));
    for (body, pointer, code) in [
        (json!({}), "", "one_of"),
        (json!({"all": false}), "", "one_of"),
        (json!({"quantity": 1, "all": true}), "", "one_of"),
        (json!({"quantity": 0}), "/quantity", "not_positive"),
        (json!({"quantity": "-1"}), "/quantity", "not_positive"),
        (json!({"quantity": "0.0001"}), "/quantity", "too_many_decimals"),
        (json!({"quantity": {}}), "/quantity", "wrong_type"),
        (json!({"all": "yes"}), "/all", "wrong_type"),
        (json!({"some": true}), "/some", "unknown_field"),
    ] {
        let refused = server.post(&format!("{path}/consume"), &body);
        assert_eq!(pointers(&refused), named(&[(pointer, code)]), "{body}: {:.300}", refused.text);
    }
    for (question, pointer, code) in [
        ("/pantry-items?on=2026-11-20", "/on", "unknown_field"),
        ("/pantry-items/expiring?days=-1", "/days", "out_of_range"),
        ("/pantry-items/expiring?days=366", "/days", "out_of_range"),
        ("/pantry-items/expiring?days=few", "/days", "invalid_value"),
        ("/pantry-items/expiring?on=today", "/on", "invalid_date"),
        ("/pantry-items/expired?on=1969-12-31", "/on", "out_of_range"),
        ("/pantry-items/expired?days=7", "/days", "unknown_field"),
        ("/pantry-items/available?on=2026-02-30", "/on", "invalid_date"),
        ("/pantry-items/statistics?on=", "/on", "invalid_date"),
        ("/pantry-items/statistics?limit=5", "/limit", "unknown_field"),
    ] {
        assert_eq!(pointers(&server.get(&home.path(question))), named(&[(pointer, code)]), "{question}");
    }
    assert_eq!(server.get(&path).expect(200), item);
}

#[test]
fn what_is_wrong_with_a_recipe_is_said_at_the_field() {
    let server = Server::start();
    let milk = shared(&server, "Milk");
    let path = format!("/v1/pantry/recipes/{}", recipe(&server, "Soup", Some(4), &["Milk 1 l"]));
    let thirty_one: Vec<String> = (0..31).map(|n| format!("tag {n}")).collect();
    let wrong: Vec<Wrong> = vec![
        ("title", json!(""), "empty"),
        ("title", json!("x".repeat(256)), "too_long"),
        ("title", json!("a\u{0}b"), "control_character"),
        ("title", json!(7), "wrong_type"),
        ("description", json!("x".repeat(2_001)), "too_long"),
        ("description", json!([]), "wrong_type"),
        ("instructions", json!("x".repeat(20_001)), "too_long"),
        ("instructions", json!(7), "wrong_type"),
        ("category_id", json!(NOBODY), "unknown_category"),
        ("category_id", json!("x"), "invalid_id"),
        ("cooking_time", json!(0), "out_of_range"),
        ("cooking_time", json!(10_081), "out_of_range"),
        ("cooking_time", json!(1.5), "wrong_type"),
        ("servings", json!(0), "out_of_range"),
        ("servings", json!(1_001), "out_of_range"),
        ("servings", json!("4"), "wrong_type"),
        ("difficulty_level", json!(0), "out_of_range"),
        ("difficulty_level", json!(6), "out_of_range"),
        ("tags", json!(thirty_one), "too_many"),
        ("tags", json!("soup"), "wrong_type"),
        ("ingredients", json!(vec![json!({"product_id": milk}); 101]), "too_many"),
        ("ingredients", json!({}), "wrong_type"),
        ("colour", json!("red"), "unknown_field"),
    ];
    check(&server, ("/v1/pantry/recipes", &json!({"title": "Soup"})), &path, &wrong);
    for (tag, code) in [
        (json!(""), "empty"),
        (json!("a,b"), "comma"),
        (json!("x".repeat(51)), "too_long"),
        (json!(7), "wrong_type"),
    ] {
        let refused = server.post("/v1/pantry/recipes", &json!({"title": "Soup", "tags": ["soup", tag]}));
        assert_eq!(pointers(&refused), named(&[("/tags/1", code)]), "{tag}");
    }
    let mut ingredients = wrong_quantities("not_positive");
    ingredients.extend([
        ("quantity", json!(0), "not_positive"),
        ("product_id", json!(NOBODY), "unknown_product"),
        ("product_id", json!("x"), "invalid_id"),
        ("product_id", Value::Null, "wrong_type"),
        ("notes", json!("x".repeat(2_001)), "too_long"),
        ("notes", json!(7), "wrong_type"),
        ("name", json!("Milk"), "unknown_field"),
    ]);
    for (field, value, code) in ingredients {
        let mut ingredient = json!({"product_id": milk});
        ingredient[field] = value.clone();
        let body = json!({"title": "Soup", "ingredients": [{"product_id": milk}, ingredient]});
        let expected = named(&[(&format!("/ingredients/1/{field}"), code)]);
        assert_eq!(pointers(&server.post("/v1/pantry/recipes", &body)), expected, "{value:.60}");
        assert_eq!(pointers(&send(&server, "PATCH", &path, &body)), expected, "{value:.60}");
    }
    for field in ["title", "tags", "ingredients"] {
        let cleared = send(&server, "PATCH", &path, &json!({field: null}));
        assert_eq!(pointers(&cleared), named(&[(&format!("/{field}"), "not_null")]));
    }
    assert_eq!(pointers(&server.post("/v1/pantry/recipes", &json!({}))), named(&[("/title", "missing")]));
    assert_eq!(server.get("/v1/pantry/recipes").expect(200)["data"].as_array().unwrap().len(), 1);
}

#[test]
fn a_question_about_recipes_that_means_nothing_is_refused_at_its_parameter() {
    let server = Server::start();
    let home = Household::new(&server, "kowalscy");
    let eleven = format!("words={}", ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"].join("+"));
    for (filter, pointer, code) in [
        ("tags=", "/tags/0", "empty"),
        ("category=x", "/category", "invalid_id"),
        ("max_cooking_time=0", "/max_cooking_time", "out_of_range"),
        ("max_cooking_time=soon", "/max_cooking_time", "invalid_value"),
        ("difficulty=6", "/difficulty", "out_of_range"),
        ("max_difficulty=0", "/max_difficulty", "out_of_range"),
        ("words=%20-", "/words", "empty"),
        (&eleven, "/words", "too_many_words"),
        ("limit=101", "/limit", "limit_out_of_range"),
        ("title=Soup", "/title", "unknown_field"),
    ] {
        let refused = server.get(&format!("/v1/pantry/recipes?{filter}"));
        assert_eq!(pointers(&refused), named(&[(pointer, code)]), "{filter}");
    }
    for (filter, pointer, code) in [
        ("limit=0", "/limit", "out_of_range"),
        ("limit=51", "/limit", "out_of_range"),
        ("limit=ten", "/limit", "invalid_value"),
        ("tags=a,,b", "/tags/1", "empty"),
        ("max_cooking_time=10081", "/max_cooking_time", "out_of_range"),
        ("on=2026-02-30", "/on", "invalid_date"),
        ("cursor=x", "/cursor", "unknown_field"),
    ] {
        let refused = server.get(&home.path(&format!("/recipe-suggestions?{filter}")));
        assert_eq!(pointers(&refused), named(&[(pointer, code)]), "{filter}");
    }
}

#[test]
fn what_is_wrong_with_a_planned_meal_is_said_at_the_field() {
    let server = Server::start();
    let home = Household::new(&server, "kowalscy");
    let (soup, milk) = (recipe(&server, "Soup", None, &[]), shared(&server, "Milk"));
    let new = json!({"user_id": home.id, "plan_date": "2026-11-21"});
    let plan = server.post("/v1/pantry/meal-plans", &new).expect(201);
    let path = format!("/v1/pantry/meal-plans/{}", id(&plan));
    let wrong: Vec<Wrong> = vec![
        ("plan_date", json!("2026-02-30"), "invalid_date"),
        ("plan_date", json!("2201-01-01"), "out_of_range"),
        ("plan_date", json!(7), "wrong_type"),
        ("meal_type", json!("brunch"), "unknown_value"),
        ("meal_type", json!(1), "wrong_type"),
        ("recipe_id", json!(NOBODY), "unknown_recipe"),
        ("recipe_id", json!("x"), "invalid_id"),
        ("servings", json!(0), "out_of_range"),
        ("servings", json!(1_001), "out_of_range"),
        ("servings", json!("8"), "wrong_type"),
        ("notes", json!(""), "empty"),
        ("notes", json!("x".repeat(2_001)), "too_long"),
        ("notes", json!({}), "wrong_type"),
        ("items", json!(vec![json!({"product_id": milk}); 101]), "too_many"),
        ("items", json!("x"), "wrong_type"),
        ("colour", json!("red"), "unknown_field"),
    ];
    check(&server, ("/v1/pantry/meal-plans", &new), &path, &wrong);
    let mut items: Vec<(Value, String, &str)> = vec![
        (json!({}), String::new(), "one_of"),
        (json!({"recipe_id": soup, "product_id": milk}), String::new(), "one_of"),
        (json!({"recipe_id": NOBODY}), "/recipe_id".to_owned(), "unknown_recipe"),
        (json!({"recipe_id": "x"}), "/recipe_id".to_owned(), "invalid_id"),
        (json!({"product_id": NOBODY}), "/product_id".to_owned(), "unknown_product"),
        (json!({"product_id": milk, "name": "x"}), "/name".to_owned(), "unknown_field"),
        (json!({"product_id": milk, "quantity": 0}), "/quantity".to_owned(), "not_positive"),
    ];
    for (field, value, code) in wrong_quantities("not_positive") {
        items.push((json!({"product_id": milk, field: value}), format!("/{field}"), code));
    }
    for (item, pointer, code) in items {
        let expected = named(&[(&format!("/items/1{pointer}"), code)]);
        let with_items = json!([{"recipe_id": soup}, item]);
        let mut body = new.clone();
        body["items"] = with_items.clone();
        let made = server.post("/v1/pantry/meal-plans", &body);
        assert_eq!(pointers(&made), expected, "{item:.60}: {:.300}", made.text);
        let changed = send(&server, "PATCH", &path, &json!({"items": with_items}));
        assert_eq!(pointers(&changed), expected, "{item:.60}: {:.300}", changed.text);
    }
    for field in ["plan_date", "items"] {
        let cleared = send(&server, "PATCH", &path, &json!({field: null}));
        assert_eq!(pointers(&cleared), named(&[(&format!("/{field}"), "not_null")]));
    }
    for (body, pointer, code) in [
        (json!({"plan_date": "2026-11-21"}), "/user_id", "missing"),
        (json!({"user_id": home.id}), "/plan_date", "missing"),
        (json!({"user_id": NOBODY, "plan_date": "2026-11-21"}), "/user_id", "unknown_user"),
    ] {
        assert_eq!(pointers(&server.post("/v1/pantry/meal-plans", &body)), named(&[(pointer, code)]));
    }
    for list in ["/meal-plans", "/shopping-list"] {
        for (days, pointer, code) in [
            ("", "/start_date", "missing"),
            ("?start_date=2026-11-01", "/end_date", "missing"),
            ("?start_date=x&end_date=2026-11-01", "/start_date", "invalid_date"),
            ("?start_date=2026-11-02&end_date=2026-11-01", "/end_date", "range_reversed"),
            ("?start_date=2026-01-01&end_date=2026-04-03", "/end_date", "range_too_long"),
            ("?start_date=2026-01-01&end_date=2026-04-02&by=day", "/by", "unknown_field"),
        ] {
            let refused = server.get(&home.path(&format!("{list}{days}")));
            assert_eq!(pointers(&refused), named(&[(pointer, code)]), "{list}{days}");
        }
    }
    let refused = server.get(&home.path("/shopping-list?start_date=2026-01-01&end_date=2026-04-02&on=now"));
    assert_eq!(pointers(&refused), named(&[("/on", "invalid_date")]));
    server.get(&home.path("/shopping-list?start_date=2026-01-01&end_date=2026-04-02")).expect(200);
}
