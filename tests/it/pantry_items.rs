//! What is at home, over HTTP: how it merges, is taken, and expires.

use repository::domain::Day;
use serde_json::{Value, json};
use strongroom_tests::Server;

use crate::household::{Household, send};
use crate::kitchen::{at_once, product};
use crate::world::{each, id, pointers};

fn path_of(item: &Value) -> String {
    format!("/v1/pantry/pantry-items/{}", id(item))
}

#[test]
fn the_same_product_unit_and_expiry_becomes_more_and_what_is_taken_less() {
    let server = Server::start();
    let home = Household::new(&server, "kowalscy");
    let made = home.stock(&server, "Milk", ["1.5", "l", "2026-11-25"]);
    let milk = made.expect(201);
    assert_eq!(made.header("location"), path_of(&milk));
    assert_eq!((&milk["product_name"], &milk["quantity"]), (&json!("Milk"), &json!("1.500")));
    let more = home.stock(&server, "MILK", ["0,5", "L", "2026-11-25"]).expect(200);
    assert_eq!((&more["id"], &more["quantity"]), (&milk["id"], &json!("2.000")));
    assert_eq!((&more["added_date"], &more["unit"]), (&milk["added_date"], &json!("l")));
    let undated = home.stock(&server, "Milk", ["1", "l", ""]).expect(201);
    assert_eq!(undated["expiry_date"], Value::Null);

    let consume = |body: Value| server.post(&format!("{}/consume", path_of(&milk)), &body);
    assert_eq!(consume(json!({"quantity": 2.5})).expect(409)["code"], "not_enough");
    let left = consume(json!({"quantity": "0.75"})).expect(200);
    assert_eq!((&left["quantity"], &left["removed"]), (&json!("1.250"), &json!(false)));
    assert_eq!(server.get(&path_of(&milk)).expect(200)["quantity"], "1.250");
    let left = consume(json!({"quantity": "1.25"})).expect(200);
    assert_eq!((&left["quantity"], &left["removed"]), (&json!("0.000"), &json!(true)));
    server.get(&path_of(&milk)).expect(404);
    consume(json!({"all": true})).expect(404);
}

#[test]
fn what_nobody_measured_can_only_be_taken_whole() {
    let server = Server::start();
    let home = Household::new(&server, "kowalscy");
    let salt = home.stock(&server, "Salt", ["", "", ""]).expect(201);
    assert_eq!(salt["quantity"], Value::Null);
    assert_eq!(home.stock(&server, "Salt", ["1", "", ""]).expect(200)["quantity"], Value::Null);
    let consume = format!("{}/consume", path_of(&salt));
    assert_eq!(server.post(&consume, &json!({"quantity": 1})).expect(409)["code"], "quantity_unknown");
    assert_eq!(server.post(&consume, &json!({"all": true})).expect(200)["removed"], true);
}

#[test]
fn a_row_is_changed_and_removed_and_never_meets_another() {
    let server = Server::start();
    let home = Household::new(&server, "kowalscy");
    let first = home.stock(&server, "Milk", ["1", "l", "2026-11-25"]).expect(201);
    let second = home.stock(&server, "Milk", ["1", "l", "2026-11-26"]).expect(201);
    let meets = send(&server, "PATCH", &path_of(&second), &json!({"expiry_date": "2026-11-25"})).expect(409);
    assert_eq!((&meets["code"], &meets["existing_id"]), (&json!("conflict"), &first["id"]));
    let changes = json!({"quantity": null, "unit": "cup", "expiry_date": null, "notes": "door", "product_id": product(&server, "Oat milk")});
    let changed = send(&server, "PATCH", &path_of(&second), &changes).expect(200);
    assert_eq!((&changed["quantity"], &changed["unit"]), (&Value::Null, &json!("cup")));
    assert_eq!((&changed["product_name"], &changed["notes"]), (&json!("Oat milk"), &json!("door")));
    assert_eq!(changed["expiry_date"], Value::Null);
    assert_eq!(server.get(&path_of(&second)).expect(200), changed);
    assert_eq!(server.send("DELETE", &path_of(&second), &[], None).status, 204);
    server.get(&path_of(&second)).expect(404);
    server.send("DELETE", &path_of(&second), &[], None).expect(404);
}

#[test]
fn a_sum_that_the_column_does_not_hold_is_refused() {
    let server = Server::start();
    let home = Household::new(&server, "kowalscy");
    let flour = home.stock(&server, "Flour", ["9999999.999", "g", ""]).expect(201);
    let more = home.stock(&server, "Flour", ["0.001", "g", ""]);
    assert_eq!(pointers(&more), [("/quantity".to_owned(), "too_large".to_owned())]);
    assert_eq!(server.get(&path_of(&flour)).expect(200), flour);
}

#[test]
fn fifty_at_once_take_no_more_than_there_is_and_lose_none() {
    let server = Server::start();
    let home = Household::new(&server, "kowalscy");
    let flour = home.stock(&server, "Flour", ["3.050", "kg", ""]).expect(201);
    let consume = format!("{}/consume", path_of(&flour));
    let taken = at_once(50, || server.post(&consume, &json!({"quantity": "0.1"})));
    let count = |status| taken.iter().filter(|answer| answer.status == status).count();
    assert_eq!((count(200), count(409)), (30, 20));
    assert_eq!(server.get(&path_of(&flour)).expect(200)["quantity"], "0.050");
}

#[test]
fn each_part_of_a_pantry_holds_what_it_says_by_the_day_that_is_asked_for() {
    let server = Server::start();
    let home = Household::new(&server, "kowalscy");
    for (name, parts) in [
        ("Ham", ["1", "", "2026-11-19"]),
        ("Milk", ["1", "l", "2026-11-20"]),
        ("Eggs", ["10", "", "2026-11-27"]),
        ("Jam", ["", "", "2026-12-24"]),
        ("Salt", ["", "", ""]),
        ("Gone", ["0", "", "2026-11-20"]),
    ] {
        home.stock(&server, name, parts).expect(201);
    }
    let names = |rest: &str| each(&Value::Array(home.list(&server, rest)), "product_name").join(", ");
    assert_eq!(names("/pantry-items"), "Ham, Milk, Gone, Eggs, Jam, Salt");
    assert_eq!(names("/pantry-items/available?on=2026-11-20"), "Milk, Eggs, Jam, Salt");
    assert_eq!(names("/pantry-items/expired?on=2026-11-20"), "Ham");
    assert_eq!(names("/pantry-items/expiring?on=2026-11-20"), "Milk, Eggs");
    assert_eq!(names("/pantry-items/expiring?on=2026-11-20&days=0"), "Milk");
    assert_eq!(names("/pantry-items/expiring?on=2026-11-20&days=365"), "Milk, Eggs, Jam");
    let days = |rest: &str, field: &str| -> Vec<Value> {
        home.list(&server, rest).iter().map(|item| item[field].clone()).collect()
    };
    let until = days("/pantry-items/available?on=2026-11-20", "days_until_expiry");
    assert_eq!(until, [json!(0), json!(7), json!(34), Value::Null]);
    assert_eq!(days("/pantry-items/expired?on=2026-11-22", "days_expired"), [3, 2]);

    let statistics = server.get(&home.path("/pantry-items/statistics?on=2026-11-20")).expect(200);
    let figures = ["on", "total_items", "expiring_soon", "expired", "categories_count"];
    assert_eq!(
        figures.map(|figure| statistics[figure].clone()),
        [json!("2026-11-20"), json!(5), json!(2), json!(1), json!(0)]
    );
    assert!(statistics["last_updated"].is_string());
    let (mut path, mut listed) = ("/pantry-items?limit=2".to_owned(), Vec::new());
    loop {
        let page = server.get(&home.path(&path)).expect(200);
        listed.extend(each(&page["data"], "product_name").into_iter().map(str::to_owned));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/pantry-items?limit=2&cursor={cursor}");
    }
    assert_eq!(listed.join(", "), "Ham, Milk, Gone, Eggs, Jam, Salt");
}

/// A household in the zone that is first to see a day, and one in the zone that is last, 26 hours apart.
#[test]
fn today_is_the_day_where_the_household_lives() {
    let server = Server::start();
    let days = ["Pacific/Kiritimati", "Etc/GMT+12"].map(|zone| {
        let home = Household::new(&server, &zone.replace(['/', '+'], "_").to_lowercase());
        let preferences = json!({"preferences": {"timezone": zone}});
        send(&server, "PATCH", &home.path(""), &preferences).expect(200);
        let today = server.get(&home.path("/pantry-items/statistics")).expect(200)["on"].clone();
        let today = Day::parse(today.as_str().unwrap()).unwrap().date();
        home.stock(&server, "Milk", ["1", "l", &today.to_string()]).expect(201);
        home.stock(&server, "Ham", ["1", "", &today.pred_opt().unwrap().to_string()]).expect(201);
        (home, today)
    });
    let apart = days[0].1.signed_duration_since(days[1].1).num_days();
    assert!((1..=2).contains(&apart), "{apart}");
    for (home, _) in &days {
        let expiring = home.list(&server, "/pantry-items/expiring?days=0");
        assert_eq!((expiring.len(), &expiring[0]["days_until_expiry"]), (1, &json!(0)));
        let expired = home.list(&server, "/pantry-items/expired");
        assert_eq!((expired.len(), &expired[0]["days_expired"]), (1, &json!(1)));
    }
    // The same row by the day of the other household.
    let expired = days[1].0.list(&server, &format!("/pantry-items/expired?on={}", days[0].1));
    assert_eq!(expired.len(), 2, "{expired:?}");
}

#[test]
fn the_days_of_the_warning_are_a_setting() {
    let server = Server::start_with(&[("EXPIRY_WARNING_DAYS", "2")]);
    let home = Household::new(&server, "kowalscy");
    home.stock(&server, "Milk", ["1", "l", "2026-11-22"]).expect(201);
    home.stock(&server, "Eggs", ["10", "", "2026-11-23"]).expect(201);
    let statistics = server.get(&home.path("/pantry-items/statistics?on=2026-11-20")).expect(200);
    assert_eq!(statistics["expiring_soon"], 1);
    assert_eq!(home.list(&server, "/pantry-items/expiring?on=2026-11-20").len(), 1);
}

#[test]
fn a_household_reaches_its_own_pantry_and_no_other() {
    let server = Server::start();
    let (home, other) = (Household::new(&server, "kowalscy"), Household::new(&server, "tanaka"));
    let added = home.send(&server, "POST", &home.path("/pantry-items"), &json!({"product_name": "Milk"}));
    let milk = added.expect(201);
    home.send(&server, "GET", &path_of(&milk), &Value::Null).expect(200);
    for (method, path, body) in [
        ("GET", path_of(&milk), Value::Null),
        ("PATCH", path_of(&milk), json!({"notes": "mine"})),
        ("DELETE", path_of(&milk), Value::Null),
        ("POST", format!("{}/consume", path_of(&milk)), json!({"all": true})),
        ("GET", home.path("/pantry-items"), Value::Null),
        ("GET", home.path("/pantry-items/available"), Value::Null),
        ("GET", home.path("/pantry-items/statistics"), Value::Null),
        ("POST", home.path("/pantry-items"), json!({"product_name": "Milk"})),
    ] {
        assert_eq!(other.send(&server, method, &path, &body).status, 404, "{method} {path}");
    }
    let foreign = json!({"product_id": milk["product_id"], "quantity": 1});
    let refused = other.send(&server, "POST", &other.path("/pantry-items"), &foreign);
    assert_eq!(pointers(&refused), [("/product_id".to_owned(), "unknown_product".to_owned())]);
}
