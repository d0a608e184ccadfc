//! What a receipt lists comes into the pantry, over HTTP: once, whatever is asked at the same time.

use serde_json::{Value, json};
use strongroom_tests::{Answer, Server};

use crate::household::{Household, send};
use crate::kitchen::at_once;
use crate::world::{each, id, named, pointers, text};

fn keeps(server: &Server, user: &Value, name: &str, days: Value) -> String {
    let new = json!({"user_id": user, "name": name, "storage_info": {"shelf_life_days": days}});
    id(&server.post("/v1/pantry/products", &new).expect(201))
}

fn to_pantry(server: &Server, receipt: &Value, body: &Value) -> Answer {
    server.post(&format!("/v1/pantry/receipts/{}/to-pantry", id(receipt)), body)
}

/// Name, quantity, unit and expiry of everything at home.
fn at_home(server: &Server, home: &Household) -> Vec<[Value; 4]> {
    let fields = ["product_name", "quantity", "unit", "expiry_date"];
    home.list(server, "/pantry-items").iter().map(|item| fields.map(|field| item[field].clone())).collect()
}

fn milk_and_bread() -> Value {
    json!([
        {"product_name": "MLEKO Łaciate", "quantity": 1, "unit": "szt", "total_price": "3,99"},
        {"product_name": "MLEKO Łaciate", "quantity": 1, "unit": "szt", "total_price": "3,99"},
        {"product_name": "Chleb", "total_price": "4,50"},
        {"product_name": "OPUST", "total_price": "2,00-"},
    ])
}

#[test]
fn a_receipt_fills_the_pantry_once() {
    let server = Server::start();
    let home = Household::new(&server, "kowalscy");
    let milk = keeps(&server, &json!(home.id), "mleko łaciate", json!(7));
    let receipt = home.receipt(&server, ["Lidl", "2028-02-25", ""], &milk_and_bread());
    let came = to_pantry(&server, &receipt, &Value::Null).expect(200);
    let expected = json!({
        "already": false, "added": 2, "merged": 0, "products_created": 1, "skipped": 1, "unusable_shelf_lives": [],
    });
    assert_eq!(came, expected);
    let rows = [
        [json!("mleko łaciate"), json!("2.000"), json!("szt"), json!("2028-03-03")],
        [json!("Chleb"), json!("1.000"), Value::Null, Value::Null],
    ];
    assert_eq!(at_home(&server, &home), rows);
    let path = format!("/v1/pantry/receipts/{}", id(&receipt));
    let stocked = server.get(&path).expect(200);
    assert_eq!(stocked["items"][0]["product_id"], json!(milk));
    assert!(stocked["stocked_at"].is_string() && stocked["items"][2]["product_id"].is_string());
    assert_eq!(stocked["items"][3]["product_id"], Value::Null);

    let again = to_pantry(&server, &receipt, &json!({})).expect(200);
    assert_eq!((&again["already"], &again["added"]), (&json!(true), &json!(0)));
    let items = json!({"items": [{"product_name": "Masło", "total_price": "7"}]});
    send(&server, "PATCH", &path, &items).expect(200);
    assert_eq!(to_pantry(&server, &receipt, &Value::Null).expect(200)["already"], true);
    assert_eq!(at_home(&server, &home), rows);
}

#[test]
fn of_fifty_at_once_one_fills_it() {
    let server = Server::start();
    let home = Household::new(&server, "kowalscy");
    let receipt = home.receipt(&server, ["Lidl", "2026-11-20", ""], &milk_and_bread());
    let answers = at_once(50, || to_pantry(&server, &receipt, &Value::Null));
    let done: Vec<Value> = answers.iter().map(|answer| answer.expect(200)).collect();
    assert_eq!(done.iter().filter(|came| came["already"] == false).count(), 1);
    let milk = [json!("MLEKO Łaciate"), json!("2.000"), json!("szt"), Value::Null];
    assert_eq!(at_home(&server, &home)[0], milk);
}

#[test]
fn only_the_chosen_lines_come_in_and_what_is_there_becomes_more() {
    let server = Server::start();
    let home = Household::new(&server, "kowalscy");
    home.stock(&server, "Chleb", ["2", "", ""]).expect(201);
    let receipt = home.receipt(&server, ["Lidl", "2026-11-20", ""], &milk_and_bread());
    let foreign = home.receipt(&server, ["Aldi", "2026-11-20", ""], &milk_and_bread());
    let refused = to_pantry(&server, &receipt, &json!({"only": [text(&foreign, "/items/0/id")]}));
    assert_eq!(pointers(&refused), named(&[("/only/0", "unknown_item")]));
    let came = to_pantry(&server, &receipt, &json!({"only": [text(&receipt, "/items/2/id")]})).expect(200);
    assert_eq!(
        (&came["added"], &came["merged"], &came["products_created"]),
        (&json!(0), &json!(1), &json!(0))
    );
    assert_eq!(at_home(&server, &home), [[json!("Chleb"), json!("3.000"), Value::Null, Value::Null]]);
}

#[test]
fn an_unusable_shelf_life_is_none_and_is_told() {
    let server = Server::start();
    let home = Household::new(&server, "kowalscy");
    let odd = [json!("7"), json!(-1), json!(1e9), json!(7.5)];
    let mut products: Vec<String> = (0..odd.len())
        .map(|n| keeps(&server, &json!(home.id), &format!("Milk {n}"), odd[n].clone()))
        .collect();
    let items: Vec<Value> = (0..odd.len()).map(|n| json!({"product_name": format!("MILK {n}")})).collect();
    let receipt = home.receipt(&server, ["Lidl", "2026-11-01", ""], &json!(items));
    let came = to_pantry(&server, &receipt, &Value::Null).expect(200);
    products.sort_unstable();
    assert_eq!(came["unusable_shelf_lives"], json!(products));
    assert!(at_home(&server, &home).iter().all(|row| row[3].is_null()));
    keeps(&server, &json!(home.id), "Milk", json!(7));
    let undated = home.receipt(&server, ["Lidl", "", ""], &json!([{"product_name": "Milk"}]));
    assert_eq!(to_pantry(&server, &undated, &Value::Null).expect(200)["unusable_shelf_lives"], json!([]));
    assert!(at_home(&server, &home).iter().all(|row| row[3].is_null()), "nobody knows when it was bought");
}

#[test]
fn letters_fold_outside_ascii_too() {
    let server = Server::start();
    let home = Household::new(&server, "kowalscy");
    let names = ["Śmietana 18%", "Żurek"];
    let known = names.map(|name| keeps(&server, &Value::Null, name, json!(5)));
    let items = json!([
        {"product_name": "ŚMIETANA  18%"}, {"product_name": "śmietana 18%"}, {"product_name": "Z\u{307}urek"},
    ]);
    let receipt = home.receipt(&server, ["Lidl", "2026-11-01", ""], &items);
    let came = to_pantry(&server, &receipt, &Value::Null).expect(200);
    assert_eq!((&came["added"], &came["products_created"]), (&json!(2), &json!(0)));
    let mut found = home.list(&server, "/pantry-items");
    found.sort_by_key(|item| text(item, "/product_name"));
    let found = Value::Array(found);
    assert_eq!(each(&found, "product_id"), known.each_ref().map(String::as_str));
    assert_eq!(each(&found, "quantity"), ["2.000", "1.000"]);
}
