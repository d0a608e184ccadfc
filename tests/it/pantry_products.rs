//! Categories and products over HTTP: the catalogue, which every household reads, and what a household names itself.

use serde_json::{Value, json};
use strongroom_tests::Server;

use crate::household::{Household, send};
use crate::world::{each, id, named, pointers, text};

const CATEGORIES: &str = "/v1/pantry/categories";
const PRODUCTS: &str = "/v1/pantry/products";

fn category(server: &Server, name: &str, parent: Option<&str>) -> String {
    id(&server.post(CATEGORIES, &json!({"name": name, "parent_id": parent})).expect(201))
}

fn product(server: &Server, name: &str, user: Option<&str>) -> String {
    id(&server.post(PRODUCTS, &json!({"name": name, "user_id": user})).expect(201))
}

/// The categories of a tree: `Food(Dairy(Cheese))`.
fn outline(trees: &Value) -> String {
    let one = |tree: &Value| match outline(&tree["children"]) {
        within if within.is_empty() => text(tree, "/name"),
        within => format!("{}({within})", text(tree, "/name")),
    };
    trees.as_array().unwrap().iter().map(one).collect::<Vec<_>>().join(" ")
}

fn tree(server: &Server, query: &str) -> Value {
    server.get(&format!("{CATEGORIES}?tree=true{query}")).expect(200)
}

#[test]
fn a_category_that_goes_hands_those_within_it_to_its_parent() {
    let server = Server::start();
    let food = category(&server, "Food", None);
    let dairy = category(&server, "Dairy", Some(&food));
    let cheese = category(&server, "Cheese", Some(&dairy));
    let milk = json!({"name": "Milk", "category_id": dairy});
    let milk = format!("{PRODUCTS}/{}", id(&server.post(PRODUCTS, &milk).expect(201)));
    assert_eq!(outline(&tree(&server, "")["data"]), "Food(Dairy(Cheese))");

    let same_name = category(&server, "Cheese", Some(&food));
    let path = format!("{CATEGORIES}/{dairy}");
    assert_eq!(server.send("DELETE", &path, &[], None).expect(409)["existing_id"], json!(same_name));
    assert_eq!(server.send("DELETE", &format!("{CATEGORIES}/{same_name}"), &[], None).status, 204);
    assert_eq!(server.send("DELETE", &path, &[], None).status, 204);
    assert_eq!(outline(&tree(&server, "")["data"]), "Food(Cheese)");
    assert_eq!(server.get(&milk).expect(200)["category_id"], Value::Null);
    let into =
        |parent: &str| send(&server, "PATCH", &format!("{CATEGORIES}/{food}"), &json!({"parent_id": parent}));
    assert_eq!(pointers(&into(&cheese)), named(&[("/parent_id", "cycle")]));
    assert_eq!(pointers(&into(&food)), named(&[("/parent_id", "cycle")]));
    assert_eq!(pointers(&into(&dairy)), named(&[("/parent_id", "unknown_category")]));
    server.send("DELETE", &path, &[], None).expect(404);
}

#[test]
fn there_are_at_most_ten_levels() {
    let server = Server::start();
    let top = category(&server, "Food", None);
    let tenth = (2..=10).fold(top, |parent, n| category(&server, &format!("Level {n}"), Some(&parent)));
    let below = server.post(CATEGORIES, &json!({"name": "Level 11", "parent_id": tenth}));
    assert_eq!(pointers(&below), named(&[("/parent_id", "too_deep")]));
    let other = category(&server, "Other", None);
    let moved = send(&server, "PATCH", &format!("{CATEGORIES}/{other}"), &json!({"parent_id": tenth}));
    assert_eq!(pointers(&moved), named(&[("/parent_id", "too_deep")]));
}

#[test]
fn categories_are_listed_by_name_and_trees_by_those_at_the_top() {
    let server = Server::start();
    let made = server.post(CATEGORIES, &json!({"name": " Food ", "description": "What is eaten"}));
    let food = made.expect(201);
    assert_eq!(made.header("location"), format!("{CATEGORIES}/{}", id(&food)));
    assert_eq!((&food["name"], &food["parent_id"]), (&json!("Food"), &Value::Null));
    assert_eq!(server.get(made.header("location")).expect(200), food);
    let drinks = category(&server, "Drinks", None);
    ["Tea", "Coffee"].iter().for_each(|name| drop(category(&server, name, Some(&drinks))));
    category(&server, "Baby", None);
    let taken = server.post(CATEGORIES, &json!({"name": "Food"})).expect(409);
    assert_eq!(taken["existing_id"], food["id"]);
    category(&server, "Food", Some(&drinks));

    let list = |query: &str| server.get(&format!("{CATEGORIES}{query}")).expect(200);
    let page = list("?limit=4");
    assert_eq!(each(&page["data"], "name"), ["Baby", "Coffee", "Drinks", "Food"]);
    let rest = list(&format!("?limit=4&cursor={}", text(&page, "/next_cursor")));
    assert_eq!((each(&rest["data"], "name"), &rest["next_cursor"]), (vec!["Food", "Tea"], &Value::Null));
    assert!(rest["data"][0].get("children").is_none());

    let page = tree(&server, "&limit=2");
    assert_eq!(outline(&page["data"]), "Baby Drinks(Coffee Food Tea)");
    let rest = tree(&server, &format!("&limit=2&cursor={}", text(&page, "/next_cursor")));
    assert_eq!((outline(&rest["data"]), &rest["next_cursor"]), ("Food".to_owned(), &Value::Null));

    let path = format!("{CATEGORIES}/{}", id(&food));
    let changed = send(&server, "PATCH", &path, &json!({"name": "Meals", "description": null})).expect(200);
    assert_eq!((&changed["name"], &changed["description"]), (&json!("Meals"), &Value::Null));
    let taken = send(&server, "PATCH", &path, &json!({"name": "Baby"})).expect(409);
    assert_eq!(taken["code"], "conflict");
}

#[test]
fn a_household_reads_categories_and_writes_none() {
    let server = Server::start();
    let household = Household::new(&server, "asha");
    let food = format!("{CATEGORIES}/{}", category(&server, "Food", None));
    for path in [CATEGORIES, &food, "/v1/pantry/categories?tree=true"] {
        household.send(&server, "GET", path, &Value::Null).expect(200);
    }
    for (method, path, body) in [
        ("POST", CATEGORIES, json!({"name": "Mine"})),
        ("PATCH", &food, json!({"name": "Mine"})),
        ("DELETE", &food, Value::Null),
    ] {
        household.send(&server, method, path, &body).expect(403);
    }
}

#[test]
fn a_household_sees_the_catalogue_and_writes_its_own_products_only() {
    let server = Server::start();
    let (asha, bina) = (Household::new(&server, "asha"), Household::new(&server, "bina"));
    let ask = |method: &str, path: &str, body: &Value| asha.send(&server, method, path, body);
    let milk = format!("{PRODUCTS}/{}", product(&server, "Milk", None));
    let natto = format!("{PRODUCTS}/{}", product(&server, "Natto", Some(&bina.id)));

    assert_eq!(ask("GET", &milk, &Value::Null).expect(200)["user_id"], Value::Null);
    for (method, path, body) in [
        ("PATCH", milk.as_str(), json!({"name": "Water"})),
        ("PATCH", &milk, json!({})),
        ("DELETE", &milk, Value::Null),
        ("POST", PRODUCTS, json!({"name": "Everybody's"})),
        ("POST", PRODUCTS, json!({"name": "Everybody's", "user_id": null})),
    ] {
        assert_eq!(ask(method, path, &body).expect(403)["code"], "insufficient_scope", "{method} {path}");
    }
    for (method, body) in [("GET", Value::Null), ("PATCH", json!({"name": "x"})), ("DELETE", Value::Null)] {
        ask(method, &natto, &body).expect(404);
    }
    let names = |user: Option<&str>| json!({"names": ["Natto", "MILK"], "user_id": user});
    let found = ask("POST", &format!("{PRODUCTS}/lookup"), &names(Some(&asha.id))).expect(200);
    assert_eq!((&found["data"][0], &found["data"][1]["name"]), (&Value::Null, &json!("Milk")));
    let foreign = ask("POST", &format!("{PRODUCTS}/lookup"), &names(Some(&bina.id)));
    assert_eq!(pointers(&foreign), named(&[("/user_id", "unknown_user")]));
    let listed = ask("GET", &format!("{PRODUCTS}?user_id={}", bina.id), &Value::Null).expect(200);
    assert_eq!(each(&listed["data"], "name"), ["Milk"]);
    let foreign = ask("POST", PRODUCTS, &json!({"name": "Natto", "user_id": bina.id}));
    assert_eq!(pointers(&foreign), named(&[("/user_id", "unknown_user")]));

    let own = ask("POST", PRODUCTS, &json!({"name": "Natto", "user_id": asha.id})).expect(201);
    let own = format!("{PRODUCTS}/{}", id(&own));
    ask("PATCH", &own, &json!({"name": "Tofu"})).expect(200);
    assert_eq!(ask("DELETE", &own, &Value::Null).status, 204);
    server.get(&own).expect(404);
}

#[test]
fn letters_outside_ascii_fold_and_the_own_product_comes_before_the_catalogues() {
    let server = Server::start();
    let user = Household::new(&server, "asha").id;
    let cream = server.post(PRODUCTS, &json!({"name": "Śmietana 18%"})).expect(201);
    let again = server.post(PRODUCTS, &json!({"name": "ŚMIETANA  18%"})).expect(409);
    assert_eq!((&again["code"], &again["existing_id"]), (&json!("conflict"), &cream["id"]));
    let soup = product(&server, "Z\u{307}urek", None);
    let lookup = |names: &[&str], user: Option<&str>| {
        let found = server.post(&format!("{PRODUCTS}/lookup"), &json!({"names": names, "user_id": user}));
        found.expect(200)["data"].clone()
    };
    let found = lookup(&["żurek", "nothing", "ŚMIETANA 18%", "ŻUREK"], None);
    assert_eq!((&found[0]["id"], &found[1], &found[2]["id"]), (&json!(soup), &Value::Null, &cream["id"]));
    assert_eq!(found[3], found[0]);
    let own = product(&server, "śmietana 18%", Some(&user));
    assert_eq!(lookup(&["Śmietana 18%"], Some(&user))[0]["id"], json!(own));
    assert_eq!(lookup(&["Śmietana 18%"], None)[0]["id"], cream["id"]);
    assert_eq!(lookup(&[], Some(&user)), json!([]));
    let renamed = send(&server, "PATCH", &format!("{PRODUCTS}/{soup}"), &json!({"name": "śmietana 18%"}));
    assert_eq!(renamed.expect(409)["existing_id"], cream["id"]);
}

#[test]
fn products_are_listed_by_name_category_and_prefix() {
    let server = Server::start();
    let user = Household::new(&server, "asha").id;
    let dairy = category(&server, "Dairy", None);
    for (name, category_id, user_id) in [
        ("Mleko", Some(&dairy), None),
        ("MLEKO łaciate", Some(&dairy), Some(&user)),
        ("Masło", Some(&dairy), None),
        ("Mąka", None, None),
        ("Zupa", None, Some(&user)),
    ] {
        let new = json!({"name": name, "category_id": category_id, "user_id": user_id});
        server.post(PRODUCTS, &new).expect(201);
    }
    let list = |query: &str| server.get(&format!("{PRODUCTS}?{query}")).expect(200);
    let names = |query: &str| each(&list(query)["data"], "name").join(", ");
    assert_eq!(names(""), "Masło, Mleko, Mąka");
    assert_eq!(names(&format!("user_id={user}")), "Masło, Mleko, MLEKO łaciate, Mąka, Zupa");
    assert_eq!(names(&format!("user_id={user}&category={dairy}")), "Masło, Mleko, MLEKO łaciate");
    assert_eq!(names(&format!("user_id={user}&name=ML")), "Mleko, MLEKO łaciate");
    assert_eq!(names("name=m%C4%84"), "Mąka");
    assert_eq!(names("name=%25"), "");
    assert_eq!(names("category=00000000-0000-7000-8000-000000000000"), "");
    for filter in [format!("user_id={user}"), format!("user_id={user}&category={dairy}")] {
        let first = list(&format!("limit=2&{filter}"));
        let rest = list(&format!("{filter}&cursor={}", text(&first, "/next_cursor")));
        let both = [each(&first["data"], "name"), each(&rest["data"], "name")].concat();
        assert_eq!(both.join(", "), names(&filter));
    }
    for (query, pointer, code) in [
        ("user_id=x", "/user_id", "invalid_id"),
        ("category=x", "/category", "invalid_id"),
        ("name=", "/name", "empty"),
        ("name=a%00", "/name", "control_character"),
        ("limit=0", "/limit", "limit_out_of_range"),
        ("page=1", "/page", "unknown_field"),
    ] {
        let wrong = server.get(&format!("{PRODUCTS}?{query}"));
        assert_eq!(pointers(&wrong), named(&[(pointer, code)]), "{query}");
    }
}

#[test]
fn a_product_is_changed_field_by_field() {
    let server = Server::start();
    let dairy = category(&server, "Dairy", None);
    let storage = json!({"shelf_life_days": 21, "at": [4, 0.10]});
    let new = json!({"name": "Kefir", "category_id": dairy, "nutritional_info": {"kcal": 51}, "storage_info": storage});
    let answer = server.post(PRODUCTS, &new);
    let made = answer.expect(201);
    assert_eq!(answer.header("location"), format!("{PRODUCTS}/{}", id(&made)));
    assert_eq!(made["storage_info"], storage);
    let path = answer.header("location");
    assert_eq!(server.get(path).expect(200), made);
    assert_eq!(send(&server, "PATCH", path, &json!({})).expect(200), made);
    let changed =
        send(&server, "PATCH", path, &json!({"category_id": null, "nutritional_info": {}})).expect(200);
    assert_eq!((&changed["category_id"], &changed["nutritional_info"]), (&Value::Null, &json!({})));
    assert_eq!((&changed["name"], &changed["storage_info"]), (&json!("Kefir"), &storage));
    assert_eq!(server.send("DELETE", path, &[], None).status, 204);
    server.get(path).expect(404);
}
