//! Recipes over HTTP: how they are kept, found, and suggested by what is at home.

use serde_json::{Value, json};
use strongroom_tests::Server;

use crate::household::{Household, send};
use crate::kitchen::{recipe, shared};
use crate::world::{each, id, named, pointers};

fn path_of(recipe: &Value) -> String {
    format!("/v1/pantry/recipes/{}", id(recipe))
}

#[test]
fn a_recipe_is_kept_with_its_ingredients_in_order_and_replaced_as_a_whole() {
    let server = Server::start();
    let [milk, flour, salt] = ["Milk", "Flour", "Salt"].map(|name| shared(&server, name));
    let category = server.post("/v1/pantry/categories", &json!({"name": "Sweets"})).expect(201);
    let new = json!({
        "title": "Naleśniki", "description": "Cienkie", "instructions": "Smaż.", "category_id": category["id"],
        "cooking_time": 30, "servings": 4, "difficulty_level": 2, "tags": ["ŚNIADANIE", "śniadanie", "Słodkie"],
        "ingredients": [
            {"product_id": milk, "quantity": "0,5", "unit": "L", "notes": "whole"},
            {"product_id": flour, "quantity": 250, "unit": "g"},
            {"product_id": salt},
        ],
    });
    let made = server.post("/v1/pantry/recipes", &new);
    let pancakes = made.expect(201);
    let path = path_of(&pancakes);
    assert_eq!((made.header("location"), made.header("etag")), (path.as_str(), "\"1\""));
    assert_eq!(each(&pancakes["ingredients"], "product_name"), ["Milk", "Flour", "Salt"]);
    let first = &pancakes["ingredients"][0];
    assert_eq!(
        (&first["quantity"], &first["unit"], &first["notes"]),
        (&json!("0.500"), &json!("l"), &json!("whole"))
    );
    assert_eq!(pancakes["ingredients"][2]["quantity"], Value::Null);
    assert_eq!(pancakes["tags"], json!(["śniadanie", "słodkie"]));
    assert_eq!((&pancakes["cooking_time"], &pancakes["servings"]), (&json!(30), &json!(4)));
    assert_eq!(server.get(&path).expect(200), pancakes);

    let changes =
        json!({"ingredients": [{"product_id": flour}], "tags": [], "servings": null, "title": "Placki"});
    let changed = server.send("PATCH", &path, &[("if-match", "\"1\"")], Some(&changes.to_string()));
    assert_eq!(changed.header("etag"), "\"2\"");
    let changed = changed.expect(200);
    assert_eq!(
        (each(&changed["ingredients"], "product_name"), &changed["tags"]),
        (vec!["Flour"], &json!([]))
    );
    assert_eq!((&changed["servings"], &changed["title"]), (&Value::Null, &json!("Placki")));
    assert_eq!(changed["description"], "Cienkie");
    server.send("PATCH", &path, &[("if-match", "\"1\"")], Some("{}")).expect(412);

    assert_eq!(server.send("DELETE", &path, &[], None).status, 204);
    server.get(&path).expect(404);
    let restored = server.send("POST", &format!("{path}/restore"), &[], None).expect(200);
    assert_eq!(each(&restored["ingredients"], "product_name"), ["Flour"]);
}

#[test]
fn ingredients_are_products_of_the_catalogue() {
    let server = Server::start();
    let home = Household::new(&server, "kowalscy");
    let own =
        id(&server.post("/v1/pantry/products", &json!({"user_id": home.id, "name": "Twaróg"})).expect(201));
    let ingredients = json!([{"product_id": shared(&server, "Milk")}, {"product_id": own}]);
    let new = json!({"title": "Soup", "ingredients": ingredients, "category_id": null});
    let refused = server.post("/v1/pantry/recipes", &new);
    assert_eq!(pointers(&refused), named(&[("/ingredients/1/product_id", "unknown_product")]));
    let unknown = json!({"title": "Soup", "category_id": "00000000-0000-7000-8000-000000000000"});
    let refused = server.post("/v1/pantry/recipes", &unknown);
    assert_eq!(pointers(&refused), named(&[("/category_id", "unknown_category")]));
    assert_eq!(server.get("/v1/pantry/recipes").expect(200)["data"], json!([]));
}

#[test]
fn households_read_recipes_and_programs_write_them() {
    let server = Server::start();
    let home = Household::new(&server, "kowalscy");
    let path = format!("/v1/pantry/recipes/{}", recipe(&server, "Soup", None, &["Tomatoes"]));
    home.send(&server, "GET", &path, &Value::Null).expect(200);
    let listed = home.send(&server, "GET", "/v1/pantry/recipes", &Value::Null).expect(200);
    assert_eq!(each(&listed["data"], "title"), ["Soup"]);
    let change = json!({"title": "Stew"});
    for (method, path, body) in [
        ("POST", "/v1/pantry/recipes", &change),
        ("PATCH", path.as_str(), &change),
        ("DELETE", &path, &Value::Null),
        ("POST", &format!("{path}/restore"), &Value::Null),
    ] {
        assert_eq!(home.send(&server, method, path, body).status, 403, "{method} {path}");
    }
}

#[test]
fn a_list_has_the_recipes_that_pass_all_filters_newest_first() {
    let server = Server::start();
    let category = id(&server.post("/v1/pantry/categories", &json!({"name": "Soups"})).expect(201));
    for (title, tags, minutes, difficulty, category_id) in [
        ("Żurek na zakwasie", json!(["soup", "polish"]), json!(60), json!(3), json!(category)),
        ("Zupa pomidorowa", json!(["soup", "quick"]), json!(20), json!(1), json!(category)),
        ("Jajecznica", json!(["quick", "polish"]), json!(10), json!(1), Value::Null),
        ("Bigos", json!(["polish"]), Value::Null, Value::Null, Value::Null),
    ] {
        let new = json!({
            "title": title, "tags": tags, "cooking_time": minutes, "difficulty_level": difficulty,
            "category_id": category_id, "description": "Domowe danie",
        });
        server.post("/v1/pantry/recipes", &new).expect(201);
    }
    let titles = |filter: &str| {
        let found = server.get(&format!("/v1/pantry/recipes{filter}")).expect(200);
        each(&found["data"], "title").join(", ")
    };
    assert_eq!(titles(""), "Bigos, Jajecznica, Zupa pomidorowa, Żurek na zakwasie");
    assert_eq!(titles("?tags=SOUP"), "Zupa pomidorowa, Żurek na zakwasie");
    assert_eq!(titles("?tags=polish,quick"), "Jajecznica");
    assert_eq!(titles(&format!("?category={category}")), "Zupa pomidorowa, Żurek na zakwasie");
    assert_eq!(titles("?max_cooking_time=20"), "Jajecznica, Zupa pomidorowa");
    assert_eq!(titles("?difficulty=3"), "Żurek na zakwasie");
    assert_eq!(titles("?max_difficulty=2"), "Jajecznica, Zupa pomidorowa");
    assert_eq!(titles("?words=%C5%BBUR"), "Żurek na zakwasie");
    assert_eq!(titles("?words=dom%20zup"), "Zupa pomidorowa");
    assert_eq!(titles("?words=omowe"), "");
    assert_eq!(titles("?tags=polish&max_cooking_time=60&max_difficulty=3&words=za"), "Żurek na zakwasie");
    let first = server.get("/v1/pantry/recipes?limit=3").expect(200);
    let cursor = first["next_cursor"].as_str().unwrap();
    assert_eq!(titles(&format!("?limit=3&cursor={cursor}")), "Żurek na zakwasie");
}

#[test]
fn recipes_are_suggested_by_what_is_available_and_expires_soonest() {
    let server = Server::start();
    let home = Household::new(&server, "kowalscy");
    recipe(&server, "Fried eggs", None, &["eggs"]);
    recipe(&server, "Omelette", None, &["eggs", "milk"]);
    let pancakes = recipe(&server, "Pancakes", None, &["eggs", "flour", "milk"]);
    recipe(&server, "Shakshuka", None, &["eggs", "onion", "tomatoes"]);
    recipe(&server, "Soup", None, &["tomatoes"]);
    for (name, expiry) in
        [("eggs", "2026-11-22"), ("MILK", "2026-11-21"), ("Flour", ""), ("tomatoes", "2026-11-19")]
    {
        home.stock(&server, name, ["1", "pack", expiry]).expect(201);
    }
    let suggested = |filter: &str| home.list(&server, &format!("/recipe-suggestions?on=2026-11-20{filter}"));
    let shown = |found: &[Value]| -> Vec<String> {
        let line = |found: &Value| {
            let missing = each(&found["missing"], "name").join(", ");
            format!("{} {} {} {missing}", found["recipe"]["title"], found["share"], found["soonest_expiry"])
        };
        found.iter().map(|found| line(found).replace('"', "").trim_end().to_owned()).collect()
    };
    let all = suggested("");
    let expected = [
        "Omelette 1.0000 2026-11-21",
        "Pancakes 1.0000 2026-11-21",
        "Fried eggs 1.0000 2026-11-22",
        "Shakshuka 0.3333 2026-11-22 onion, tomatoes",
    ];
    assert_eq!(shown(&all), expected);
    assert_eq!((&all[3]["have"], &all[3]["needed"]), (&json!(1), &json!(3)));
    assert_eq!(shown(&suggested("&limit=2")), expected[..2]);
    let details = json!({"tags": ["sweet"], "cooking_time": 30});
    send(&server, "PATCH", &format!("/v1/pantry/recipes/{pancakes}"), &details).expect(200);
    assert_eq!(shown(&suggested("&tags=SWEET&max_cooking_time=30")), expected[1..2]);
    assert_eq!(shown(&suggested("&tags=sweet&max_cooking_time=29")), Vec::<String>::new());
    assert_eq!(home.list(&server, "/recipe-suggestions?on=2026-11-23")[0]["recipe"]["title"], "Pancakes");
    server.get("/v1/pantry/users/00000000-0000-7000-8000-000000000000/recipe-suggestions").expect(404);
}
