//! Planned meals over HTTP, and what has to be bought for them.

use serde_json::{Value, json};
use strongroom_tests::{Answer, Server, db_manage};

use crate::household::{Household, send};
use crate::kitchen::{recipe, shared};
use crate::world::{each, id, named, pointers};

fn plan(server: &Server, home: &Household, day: &str, recipe: &str, more: &Value) -> Answer {
    let mut new = json!({"user_id": home.id, "plan_date": day, "meal_type": "dinner", "recipe_id": recipe});
    new.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    server.post("/v1/pantry/meal-plans", &new)
}

fn path_of(plan: &Value) -> String {
    format!("/v1/pantry/meal-plans/{}", id(plan))
}

/// What is to be bought on the 20th for a week, as `flour 200.000 g`.
fn to_buy(server: &Server, home: &Household) -> Vec<String> {
    let lines = home.list(server, "/shopping-list?start_date=2026-11-20&end_date=2026-11-26&on=2026-11-20");
    let line = |line: &Value| {
        let text = |field: &str| line[field].as_str().unwrap_or("-").to_owned();
        let check = if line["check_pantry"] == true { " check" } else { "" };
        format!("{} {} {}{check}", text("name"), text("to_buy"), text("unit"))
    };
    lines.iter().map(line).collect()
}

#[test]
fn a_plan_is_kept_with_what_comes_with_it_and_changed() {
    let server = Server::start();
    let home = Household::new(&server, "kowalscy");
    let (soup, salad) = (recipe(&server, "Soup", Some(4), &[]), recipe(&server, "Salad", None, &[]));
    let butter = shared(&server, "butter");
    let items =
        json!([{"product_id": butter, "quantity": "200", "unit": "G"}, {"recipe_id": salad, "quantity": 2}]);
    let more = json!({"meal_type": "Lunch", "servings": 8, "notes": "Guests", "items": items});
    let answer = plan(&server, &home, "2026-11-21", &soup, &more);
    let made = answer.expect(201);
    assert_eq!(answer.header("location"), path_of(&made));
    assert_eq!(
        (&made["meal_type"], &made["servings"], &made["notes"]),
        (&json!("lunch"), &json!(8), &json!("Guests"))
    );
    let item = |n: usize| {
        ["recipe_id", "product_id", "quantity", "unit"].map(|field| made["items"][n][field].clone())
    };
    assert_eq!(item(0), [Value::Null, json!(butter), json!("200.000"), json!("g")]);
    assert_eq!(item(1), [json!(salad), Value::Null, json!("2.000"), Value::Null]);
    assert_eq!(server.get(&path_of(&made)).expect(200), made);
    let changes = json!({"plan_date": "2026-11-22", "meal_type": null, "servings": null, "items": []});
    let changed = send(&server, "PATCH", &path_of(&made), &changes).expect(200);
    assert_eq!((&changed["plan_date"], &changed["items"]), (&json!("2026-11-22"), &json!([])));
    assert_eq!((&changed["recipe_id"], &changed["servings"]), (&json!(soup), &Value::Null));
    assert_eq!(server.send("DELETE", &path_of(&made), &[], None).status, 204);
    server.get(&path_of(&made)).expect(404);
}

#[test]
fn a_days_meal_has_a_recipe_once_and_plans_outlive_their_recipes() {
    let server = Server::start();
    let home = Household::new(&server, "kowalscy");
    let (soup, stew) = (recipe(&server, "Soup", None, &[]), recipe(&server, "Stew", None, &[]));
    let first = plan(&server, &home, "2026-11-21", &soup, &json!({})).expect(201);
    let again = plan(&server, &home, "2026-11-21", &soup, &json!({"servings": 2})).expect(409);
    assert_eq!((&again["code"], &again["existing_id"]), (&json!("conflict"), &first["id"]));
    let second = plan(&server, &home, "2026-11-21", &stew, &json!({})).expect(201);
    let meets = send(&server, "PATCH", &path_of(&second), &json!({"recipe_id": soup})).expect(409);
    assert_eq!(meets["existing_id"], first["id"]);
    for recipe in [soup, stew] {
        assert_eq!(server.send("DELETE", &format!("/v1/pantry/recipes/{recipe}"), &[], None).status, 204);
    }
    server.database().sabotage("UPDATE pantry.recipes SET deleted_at = deleted_at - INTERVAL '1000 days'");
    let purged = db_manage(server.database(), &["cleanup", "--rule", "deleted-recipes"]);
    assert_eq!(purged.code, 0, "{purged:?}");
    for plan in [first, second] {
        assert_eq!(server.get(&path_of(&plan)).expect(200)["recipe_id"], Value::Null);
    }
}

#[test]
fn plans_are_listed_by_their_days() {
    let server = Server::start();
    let home = Household::new(&server, "kowalscy");
    let soup = recipe(&server, "Soup", None, &[]);
    for day in ["2026-11-30", "2026-11-01", "2026-11-15", "2026-12-01"] {
        plan(&server, &home, day, &soup, &json!({})).expect(201);
    }
    let days = |rest: &str| {
        let found =
            server.get(&home.path(&format!("/meal-plans?start_date=2026-11-01&end_date=2026-11-30{rest}")));
        let found = found.expect(200);
        (each(&found["data"], "plan_date").join(" "), found["next_cursor"].as_str().map(str::to_owned))
    };
    assert_eq!(days("").0, "2026-11-01 2026-11-15 2026-11-30");
    let (first, cursor) = days("&limit=2");
    assert_eq!(first, "2026-11-01 2026-11-15");
    assert_eq!(days(&format!("&limit=2&cursor={}", cursor.unwrap())), ("2026-11-30".to_owned(), None));
}

#[test]
fn what_is_missing_for_a_week_is_needed_less_what_is_available() {
    let server = Server::start();
    let home = Household::new(&server, "kowalscy");
    let takes = ["eggs 3 szt", "milk 500 ml", "flour 250 g", "salt"];
    let pancakes = recipe(&server, "Pancakes", None, &takes);
    let butter = json!({"items": [{"product_id": shared(&server, "butter"), "quantity": 200, "unit": "g"}]});
    plan(&server, &home, "2026-11-20", &pancakes, &butter).expect(201);
    plan(&server, &home, "2026-11-26", &pancakes, &json!({})).expect(201);
    plan(&server, &home, "2026-11-27", &pancakes, &json!({})).expect(201);
    for (name, parts) in [
        ("eggs", ["4", "szt", ""]),
        ("milk", ["1", "l", ""]),
        ("flour", ["0.3", "kg", ""]),
        ("butter", ["100", "g", "2026-11-19"]),
    ] {
        home.stock(&server, name, parts).expect(201);
    }
    assert_eq!(to_buy(&server, &home), ["butter 200.000 g", "eggs 2.000 szt", "flour 200.000 g", "salt - -"]);
    let lines = home.list(&server, "/shopping-list?start_date=2026-11-20&end_date=2026-11-26&on=2026-11-20");
    assert_eq!(
        lines[2],
        json!({
            "name": "flour", "unit": "g", "needed": "500.000", "in_pantry": "300.000", "to_buy": "200.000", "check_pantry": false,
        })
    );
    let days = "start_date=2026-11-20&end_date=2026-11-26&on=2026-11-19";
    let on_its_last_day = home.list(&server, &format!("/shopping-list?{days}"));
    assert_eq!(
        (&on_its_last_day[0]["name"], &on_its_last_day[0]["to_buy"]),
        (&json!("butter"), &json!("100.000"))
    );
    home.stock(&server, "Salt", ["", "", ""]).expect(201);
    home.stock(&server, "flour", ["1", "pack", ""]).expect(201);
    assert_eq!(to_buy(&server, &home), ["butter 200.000 g", "eggs 2.000 szt", "flour 200.000 g check"]);
    assert_eq!(server.send("DELETE", &format!("/v1/pantry/recipes/{pancakes}"), &[], None).status, 204);
    assert_eq!(to_buy(&server, &home), ["butter 200.000 g"]);
}

#[test]
fn a_meal_for_more_takes_more() {
    let server = Server::start();
    let home = Household::new(&server, "kowalscy");
    let rice = recipe(&server, "Risotto", Some(4), &["rice 400 g"]);
    plan(&server, &home, "2026-11-23", &rice, &json!({"servings": 8})).expect(201);
    let tuesday = plan(&server, &home, "2026-11-24", &rice, &json!({"servings": 2})).expect(201);
    home.stock(&server, "rice", ["300", "g", ""]).expect(201);
    assert_eq!(to_buy(&server, &home), ["rice 700.000 g"]);
    send(&server, "PATCH", &path_of(&tuesday), &json!({"servings": null})).expect(200);
    assert_eq!(to_buy(&server, &home), ["rice 900.000 g"], "as many as the recipe is for");
    send(&server, "PATCH", &format!("/v1/pantry/recipes/{rice}"), &json!({"servings": null})).expect(200);
    assert_eq!(to_buy(&server, &home), ["rice 500.000 g"], "once each");
}

#[test]
fn weights_and_volumes_count_together_and_other_units_stand_alone() {
    let server = Server::start();
    let home = Household::new(&server, "kowalscy");
    let takes = [
        "flour 500 g",
        "flour 0.5 kg",
        "flour 200 G",
        "eggs 2",
        "eggs 3",
        "flour 1 pack",
        "wine 2 dl",
        "wine 5 cl",
    ];
    let bread = recipe(&server, "Bread", None, &takes);
    plan(&server, &home, "2026-11-20", &bread, &json!({})).expect(201);
    home.stock(&server, "flour", ["300", "g", ""]).expect(201);
    let expected = ["eggs 5.000 -", "flour 900.000 g", "flour 1.000 pack check", "wine 250.000 ml"];
    assert_eq!(to_buy(&server, &home), expected);
}

#[test]
fn a_household_reaches_its_own_plans_and_names_its_own_products() {
    let server = Server::start();
    let (home, other) = (Household::new(&server, "kowalscy"), Household::new(&server, "tanaka"));
    let own = json!({"user_id": home.id, "name": "Twaróg"});
    let own = id(&home.send(&server, "POST", "/v1/pantry/products", &own).expect(201));
    let dinner = |user: &Household| json!({"user_id": user.id, "plan_date": "2026-11-21", "items": [{"product_id": own}]});
    let made = home.send(&server, "POST", "/v1/pantry/meal-plans", &dinner(&home)).expect(201);
    let refused = other.send(&server, "POST", "/v1/pantry/meal-plans", &dinner(&other));
    assert_eq!(pointers(&refused), named(&[("/items/0/product_id", "unknown_product")]));
    let refused = other.send(&server, "POST", "/v1/pantry/meal-plans", &dinner(&home));
    assert_eq!(pointers(&refused), named(&[("/user_id", "unknown_user")]));
    for (method, path, body) in [
        ("GET", path_of(&made), Value::Null),
        ("PATCH", path_of(&made), json!({"servings": 2})),
        ("DELETE", path_of(&made), Value::Null),
        ("GET", home.path("/meal-plans?start_date=2026-11-20&end_date=2026-11-26"), Value::Null),
        ("GET", home.path("/shopping-list?start_date=2026-11-20&end_date=2026-11-26"), Value::Null),
    ] {
        assert_eq!(other.send(&server, method, &path, &body).status, 404, "{method} {path}");
    }
    assert_eq!(home.send(&server, "DELETE", &path_of(&made), &Value::Null).status, 204);
}
