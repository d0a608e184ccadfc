//! What households spent, over HTTP.

use serde_json::{Value, json};
use strongroom_tests::Server;

use crate::household::{Household, send};
use crate::world::id;

fn spending(server: &Server, home: &Household, [start, end]: [&str; 2], by: &str) -> Value {
    server.get(&home.path(&format!("/spending?start_date={start}&end_date={end}{by}"))).expect(200)
}

#[test]
fn receipts_add_up_by_shop_and_by_month() {
    let server = Server::start();
    let home = Household::new(&server, "kowalscy");
    for head in [
        ["Lidl", "2026-11-01", "45.20"],
        ["Biedronka", "2026-11-10", ""],
        ["Biedronka", "2026-11-15", "100.00"],
        ["LIDL", "2026-11-30", "30.11"],
        ["Żabka", "2026-12-01", "9.99"],
        ["Żabka", "", "500.00"],
    ] {
        home.receipt(&server, head, &json!([]));
    }
    let november = ["2026-11-01", "2026-11-30"];
    let figures = json!({"total_spent": "175.31", "receipt_count": 4, "avg_receipt": "58.44"});
    assert_eq!(spending(&server, &home, november, ""), figures);
    let by_store = spending(&server, &home, november, "&by=store");
    let groups = json!([
        {"name": "Biedronka", "total_spent": "100.00", "receipt_count": 2},
        {"name": "LIDL", "total_spent": "75.31", "receipt_count": 2},
    ]);
    assert_eq!((&by_store["groups"], &by_store["total_spent"]), (&groups, &json!("175.31")));
    let by_month = spending(&server, &home, ["2026-11-01", "2026-12-31"], "&by=month");
    let groups = json!([
        {"name": "2026-11", "total_spent": "175.31", "receipt_count": 4},
        {"name": "2026-12", "total_spent": "9.99", "receipt_count": 1},
    ]);
    assert_eq!(by_month["groups"], groups);
    let nothing = json!({"total_spent": "0.00", "receipt_count": 0, "avg_receipt": "0.00"});
    assert_eq!(spending(&server, &home, ["2025-01-01", "2025-12-31"], ""), nothing);
    let nobody = "/v1/pantry/users/00000000-0000-7000-8000-000000000000/spending?start_date=2026-11-01&end_date=2026-11-30";
    server.get(nobody).expect(404);
}

#[test]
fn items_add_up_by_their_category_else_that_of_their_product() {
    let server = Server::start();
    let home = Household::new(&server, "kowalscy");
    let category = |name: &str| id(&server.post("/v1/pantry/categories", &json!({"name": name})).expect(201));
    let (dairy, drinks) = (category("Dairy"), category("Drinks"));
    let milk = json!({"name": "Milk", "category_id": dairy});
    let milk = id(&server.post("/v1/pantry/products", &milk).expect(201));
    let items = json!([
        {"product_name": "Mleko", "product_id": milk, "total_price": "7.50"},
        {"product_name": "Kefir", "category_id": dairy, "total_price": "3.50"},
        {"product_name": "Milk drink", "product_id": milk, "category_id": drinks, "total_price": "12"},
        {"product_name": "Torba", "total_price": "1"},
        {"product_name": "Rabat", "total_price": "2,00-"},
    ]);
    let receipt = home.receipt(&server, ["Lidl", "2026-11-01", "50"], &items);
    let found = spending(&server, &home, ["2026-11-01", "2026-11-30"], "&by=category");
    let groups = json!([
        {"name": "Drinks", "category_id": drinks, "total_spent": "12.00", "item_count": 1},
        {"name": "Dairy", "category_id": dairy, "total_spent": "11.00", "item_count": 2},
        {"name": null, "total_spent": "-1.00", "item_count": 2},
    ]);
    assert_eq!((&found["groups"], &found["total_spent"]), (&groups, &json!("50.00")));
    let path = format!("/v1/pantry/receipts/{}", id(&receipt));
    send(&server, "PATCH", &path, &json!({"purchase_date": "2026-10-31"})).expect(200);
    assert_eq!(spending(&server, &home, ["2026-11-01", "2026-11-30"], "&by=category")["groups"], json!([]));
}
