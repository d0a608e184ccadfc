//! Receipts over HTTP: what they keep of what was printed, how they change, and how they are listed.

use serde_json::{Value, json};
use strongroom_tests::Server;

use crate::household::{Household, send};
use crate::kitchen::product;
use crate::world::{each, id, named, pointers, text};

fn path_of(receipt: &Value) -> String {
    format!("/v1/pantry/receipts/{}", id(receipt))
}

fn difference(receipt: &Value) -> Option<&str> {
    receipt.pointer("/metadata/warnings/0/difference").and_then(Value::as_str)
}

#[test]
fn a_receipt_is_kept_as_it_was_printed_with_its_lines_in_order() {
    let server = Server::start();
    let home = Household::new(&server, "kowalscy");
    let conversation = json!({"user_id": home.id, "session_id": "default"});
    let conversation = id(&server.post("/v1/pantry/conversations", &conversation).expect(201));
    let mut new = home.new_receipt(
        ["Lidl", "2026-11-03", "18,00"],
        &json!([
            {"product_name": "Ser Gouda", "quantity": "0,452", "unit": "KG", "unit_price": "29,99"},
            {"product_name": "Chleb", "total_price": "4,50"},
        ]),
    );
    new["conversation_id"] = json!(conversation);
    new["receipt_date"] = json!("2026-11-03T19:30:00+01:00");
    new["image_path"] = json!("/scans/7.jpg");
    new["ocr_confidence"] = json!(0.93);
    new["metadata"] = json!({"rotated": true, "warnings": "none"});
    let answer = server.post("/v1/pantry/receipts", &new);
    let receipt = answer.expect(201);
    assert_eq!((answer.header("location"), answer.header("etag")), (path_of(&receipt).as_str(), "\"1\""));
    assert_eq!(each(&receipt["items"], "total_price"), ["13.56", "4.50"]);
    assert_eq!(each(&receipt["items"], "quantity"), ["0.452", "1.000"]);
    assert_eq!(
        (&receipt["items"][0]["unit"], &receipt["items"][0]["unit_price"]),
        (&json!("kg"), &json!("29.99"))
    );
    assert_eq!((&receipt["total_amount"], &receipt["ocr_confidence"]), (&json!("18.00"), &json!(0.93)));
    assert_eq!((&receipt["conversation_id"], &receipt["stocked_at"]), (&json!(conversation), &Value::Null));
    assert_eq!(text(&receipt, "/receipt_date"), "2026-11-03T18:30:00Z");
    let warnings = json!([{"code": "items_do_not_add_up", "difference": "0.06"}]);
    assert_eq!(receipt["metadata"], json!({"rotated": true, "warnings": warnings}));
    assert_eq!(server.get(&path_of(&receipt)).expect(200), receipt);

    let mended = send(&server, "PATCH", &path_of(&receipt), &json!({"total_amount": 18.06}));
    assert_eq!(mended.header("etag"), "\"2\"");
    assert_eq!(mended.expect(200)["metadata"], json!({"rotated": true}));
}

#[test]
fn separators_of_amounts_are_told_apart_or_refused() {
    let server = Server::start();
    let home = Household::new(&server, "kowalscy");
    let total = |written: Value| {
        let mut new = home.new_receipt(["Lidl", "", ""], &json!([]));
        new["total_amount"] = written;
        server.post("/v1/pantry/receipts", &new)
    };
    for (written, read) in [
        (json!("12,5"), "12.50"),
        (json!("1.234,56"), "1234.56"),
        (json!("1 234,56"), "1234.56"),
        (json!("1\u{a0}234,56"), "1234.56"),
        (json!("1\u{202f}234,56"), "1234.56"),
        (json!("1'234.56"), "1234.56"),
        (json!("1,234.56"), "1234.56"),
        (json!("-2,00"), "-2.00"),
        (json!("2.00-"), "-2.00"),
        (json!(1234.5), "1234.50"),
        (json!(7), "7.00"),
        (json!(-0.1), "-0.10"),
        (json!("99.999.999,99"), "99999999.99"),
    ] {
        assert_eq!(total(written.clone()).expect(201)["total_amount"], read, "{written}");
    }
    let stored = home.list(&server, "/receipts?limit=100").len();
    for (written, code) in [
        (json!("1.234"), "ambiguous_amount"),
        (json!("1,234"), "ambiguous_amount"),
        (json!("3.000"), "ambiguous_amount"),
        (json!("1.2.3"), "ambiguous_amount"),
        (json!("12,50 zł"), "ambiguous_amount"),
        (json!("1e3"), "ambiguous_amount"),
        (json!(1.234), "too_many_decimals"),
        (json!("100.000.000,00"), "too_large"),
        (json!(""), "invalid_number"),
    ] {
        assert_eq!(pointers(&total(written.clone())), named(&[("/total_amount", code)]), "{written}");
        let item = json!([{"product_name": "Kawa"}, {"product_name": "Kawa", "total_price": written}]);
        let refused = server.post("/v1/pantry/receipts", &home.new_receipt(["Lidl", "", ""], &item));
        assert_eq!(pointers(&refused), named(&[("/items/1/total_price", code)]), "{written}");
    }
    assert_eq!(home.list(&server, "/receipts?limit=100").len(), stored);
    let items =
        json!([{"product_name": "Kawa", "quantity": "0,435"}, {"product_name": "Kawa", "quantity": "1.234"}]);
    let weighed = home.receipt(&server, ["Lidl", "", ""], &items);
    assert_eq!(each(&weighed["items"], "quantity"), ["0.435", "1.234"]);
}

#[test]
fn a_missing_price_is_multiplied_exactly_and_rounded_once() {
    let server = Server::start();
    let home = Household::new(&server, "kowalscy");
    for (quantity, price, total, shown) in [
        ("0.575", "3.80", "2.19", "3.80"),
        ("160", "0.0095", "1.52", "0.0095"),
        ("41.23", "1.659", "68.40", "1.659"),
    ] {
        let items = json!([{"product_name": "A", "quantity": quantity, "unit_price": price}]);
        let made = home.receipt(&server, ["", "", ""], &items);
        assert_eq!(each(&made["items"], "total_price"), [total]);
        assert_eq!(each(&made["items"], "unit_price"), [shown]);
    }
    let line = json!({"product_name": "D", "quantity": "1.100", "unit_price": "0.05"});
    let made = home.receipt(&server, ["", "", "0.12"], &json!([line, line]));
    assert_eq!((each(&made["items"], "total_price"), difference(&made)), (vec!["0.06", "0.06"], None));
    let much = json!([{"product_name": "A", "quantity": "9999999.999", "unit_price": "99999999.9999"}]);
    let refused = server.post("/v1/pantry/receipts", &home.new_receipt(["", "", ""], &much));
    assert_eq!(pointers(&refused), named(&[("/items/0/total_price", "too_large")]));
}

#[test]
fn returns_and_coupons_count_below_zero() {
    let server = Server::start();
    let home = Household::new(&server, "kowalscy");
    let coupon = json!([
        {"product_name": "Coffee", "quantity": "1", "total_price": "10.99"},
        {"product_name": "Coupon", "quantity": "1", "total_price": "2.00-"},
    ]);
    let bought = home.receipt(&server, ["Market", "2026-11-03", "8.99"], &coupon);
    assert_eq!((each(&bought["items"], "total_price"), difference(&bought)), (vec!["10.99", "-2.00"], None));
    let back = json!([{"product_name": "Coffee", "quantity": "1", "total_price": "-10.99"}]);
    let back = home.receipt(&server, ["Market", "2026-11-04", "-10.99"], &back);
    assert_eq!((&back["total_amount"], difference(&back)), (&json!("-10.99"), None));
    let spending = home.path("/spending?start_date=2026-11-01&end_date=2026-11-30");
    let spending = server.get(&spending).expect(200);
    assert_eq!(spending, json!({"total_spent": "-2.00", "receipt_count": 2, "avg_receipt": "-1.00"}));
}

#[test]
fn items_are_replaced_as_a_whole_or_changed_one_by_one() {
    let server = Server::start();
    let home = Household::new(&server, "kowalscy");
    let items =
        json!([{"product_name": "Kawa", "total_price": "20"}, {"product_name": "Chleb", "total_price": "4"}]);
    let receipt = home.receipt(&server, ["Lidl", "2026-11-03", "24"], &items);
    let path = path_of(&receipt);
    let milk = json!({"product_name": "Mleko", "quantity": 2, "unit_price": "3,50", "product_id": product(&server, "Mleko")});
    let replaced = send(&server, "PATCH", &path, &json!({"items": [milk]})).expect(200);
    assert_eq!(
        (each(&replaced["items"], "total_price"), difference(&replaced)),
        (vec!["7.00"], Some("-17.00"))
    );

    let added = server.post(&format!("{path}/items"), &json!({"product_name": "Kawa", "total_price": "17"}));
    let coffee = added.expect(201);
    let coffee_path = format!("/v1/pantry/receipt-items/{}", id(&coffee));
    assert_eq!((added.header("location"), &coffee["receipt_id"]), (coffee_path.as_str(), &receipt["id"]));
    let now = server.get(&path);
    assert_eq!(now.header("etag"), "\"3\"");
    let now = now.expect(200);
    assert_eq!((each(&now["items"], "product_name"), difference(&now)), (vec!["Mleko", "Kawa"], None));

    let milk_path = format!("/v1/pantry/receipt-items/{}", text(&now, "/items/0/id"));
    let changes = json!({"quantity": "3", "total_price": null, "unit": "szt", "product_id": null});
    let changed = send(&server, "PATCH", &milk_path, &changes).expect(200);
    assert_eq!((&changed["total_price"], &changed["unit"]), (&json!("10.50"), &json!("szt")));
    assert_eq!(changed["product_id"], Value::Null);
    assert_eq!(server.get(&milk_path).expect(200), changed);
    assert_eq!(difference(&server.get(&path).expect(200)), Some("3.50"));
    assert_eq!(server.send("DELETE", &coffee_path, &[], None).status, 204);
    server.get(&coffee_path).expect(404);
    let emptied = send(&server, "PATCH", &path, &json!({"items": [], "store_name": null})).expect(200);
    assert_eq!(
        (&emptied["items"], difference(&emptied), &emptied["store_name"]),
        (&json!([]), None, &Value::Null)
    );
}

#[test]
fn a_change_needs_the_version_that_was_seen() {
    let server = Server::start();
    let home = Household::new(&server, "kowalscy");
    let path = path_of(&home.receipt(&server, ["Lidl", "", ""], &json!([])));
    server.post(&format!("{path}/items"), &json!({"product_name": "Kawa"})).expect(201);
    let change =
        |tag: &str| server.send("PATCH", &path, &[("if-match", tag)], Some(r#"{"store_name": "Aldi"}"#));
    change("\"1\"").expect(412);
    change("\"2\"").expect(200);
    assert_eq!(server.send("DELETE", &path, &[("if-match", "\"1\"")], None).status, 412);
}

#[test]
fn a_deleted_receipt_is_absent_until_restored() {
    let server = Server::start();
    let home = Household::new(&server, "kowalscy");
    let receipt = home.receipt(&server, ["Lidl", "2026-11-03", "5"], &json!([{"product_name": "Kawa"}]));
    let (path, item) = (path_of(&receipt), text(&receipt, "/items/0/id"));
    let item = format!("/v1/pantry/receipt-items/{item}");
    assert_eq!(server.send("DELETE", &path, &[], None).status, 204);
    server.get(&path).expect(404);
    server.get(&item).expect(404);
    server.post(&format!("{path}/to-pantry"), &Value::Null).expect(404);
    server.post(&format!("{path}/items"), &json!({"product_name": "Kawa"})).expect(404);
    assert_eq!(home.list(&server, "/receipts"), Vec::<Value>::new());
    let restored = server.send("POST", &format!("{path}/restore"), &[], None).expect(200);
    assert_eq!((&restored["items"], &restored["id"]), (&receipt["items"], &receipt["id"]));
    server.get(&item).expect(200);
}

#[test]
fn a_list_has_the_latest_purchase_first_and_what_was_bought_on_no_day_last() {
    let server = Server::start();
    let home = Household::new(&server, "kowalscy");
    for (store, day) in
        [("A", "2026-11-30"), ("b", ""), ("LIDL", "2026-11-01"), ("Lidl", "2026-11-15"), ("", "2026-12-01")]
    {
        home.receipt(&server, [store, day, ""], &json!([{"product_name": "Kawa"}]));
    }
    let days = |filter: &str| -> Vec<String> {
        let found = home.list(&server, &format!("/receipts{filter}"));
        assert!(found.iter().all(|receipt| receipt["item_count"] == 1 && receipt.get("items").is_none()));
        found.iter().map(|receipt| receipt["purchase_date"].as_str().unwrap_or("none").to_owned()).collect()
    };
    let all = ["2026-12-01", "2026-11-30", "2026-11-15", "2026-11-01", "none"];
    assert_eq!(days(""), all);
    assert_eq!(days("?start_date=2026-11-15"), all[..3]);
    assert_eq!(days("?end_date=2026-11-15"), all[2..4]);
    assert_eq!(days("?start_date=2026-11-30&end_date=2026-11-30"), all[1..2]);
    assert_eq!(days("?store=lidl"), all[2..4]);
    assert_eq!(days("?store=B"), all[4..]);
    let (mut path, mut listed) = ("?limit=2".to_owned(), Vec::new());
    loop {
        let page = server.get(&home.path(&format!("/receipts{path}"))).expect(200);
        listed.extend(page["data"].as_array().unwrap().iter().map(id));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("?limit=2&cursor={cursor}");
    }
    listed.dedup();
    assert_eq!(listed.len(), all.len());
    server.get("/v1/pantry/users/00000000-0000-7000-8000-000000000000/receipts").expect(404);
}

#[test]
fn valid_rows_of_a_batch_are_stored_and_every_row_has_its_result() {
    let server = Server::start();
    let (home, other) = (Household::new(&server, "kowalscy"), Household::new(&server, "tanaka"));
    let good = |store: &str| {
        home.new_receipt([store, "2026-11-03", "5"], &json!([{"product_name": "Kawa", "unit_price": "5"}]))
    };
    let mut foreign = good("C");
    let conversation = json!({"user_id": other.id, "session_id": "default"});
    foreign["conversation_id"] =
        server.post("/v1/pantry/conversations", &conversation).expect(201)["id"].clone();
    let mut nobody = good("D");
    nobody["user_id"] = json!("00000000-0000-7000-8000-000000000000");
    let ambiguous =
        home.new_receipt(["E", "2026-13-01", "1.234"], &json!([{"quantity": 1, "product_name": " "}]));
    let rows = [good("A"), foreign, nobody, ambiguous, json!(7), good("B")];
    let array = server.post("/v1/pantry/receipts/batch", &json!(rows));
    let lines: String = rows.iter().map(|row| format!("{row}\n")).collect();
    let ndjson = [("content-type", "application/x-ndjson")];
    let lines = server.send("POST", "/v1/pantry/receipts/batch", &ndjson, Some(&lines));
    for answer in [array, lines] {
        let stored = answer.expect(200);
        let statuses = ["created", "invalid", "invalid", "invalid", "invalid", "created"];
        assert_eq!(each(&stored["results"], "status"), statuses, "{stored}");
        let of_row = |n: usize| each(&stored["results"][n]["errors"], "pointer");
        assert_eq!(of_row(1), ["/conversation_id"]);
        assert_eq!(of_row(2), ["/user_id"]);
        assert_eq!(of_row(3), ["/total_amount", "/purchase_date", "/items/0/product_name"]);
        let made = server.get(&path_of(&stored["results"][0])).expect(200);
        assert_eq!((&made["store_name"], &made["items"][0]["total_price"]), (&json!("A"), &json!("5.00")));
    }
    assert_eq!(home.list(&server, "/receipts").len(), 4);
}

#[test]
fn a_household_reaches_its_own_receipts_and_no_other() {
    let server = Server::start();
    let (home, other) = (Household::new(&server, "kowalscy"), Household::new(&server, "tanaka"));
    let new = home.new_receipt(["Lidl", "2026-11-03", "5"], &json!([{"product_name": "Kawa"}]));
    let receipt = home.send(&server, "POST", "/v1/pantry/receipts", &new).expect(201);
    let refused = other.send(&server, "POST", "/v1/pantry/receipts", &new);
    assert_eq!(pointers(&refused), named(&[("/user_id", "unknown_user")]));
    let (path, item) =
        (path_of(&receipt), format!("/v1/pantry/receipt-items/{}", text(&receipt, "/items/0/id")));
    let name = json!({"product_name": "Herbata"});
    for (method, path, body) in [
        ("GET", path.clone(), Value::Null),
        ("PATCH", path.clone(), json!({"store_name": "Aldi"})),
        ("POST", format!("{path}/items"), name.clone()),
        ("POST", format!("{path}/to-pantry"), json!({})),
        ("GET", item.clone(), Value::Null),
        ("PATCH", item.clone(), name),
        ("DELETE", item, Value::Null),
        ("DELETE", path, Value::Null),
        ("GET", home.path("/receipts"), Value::Null),
        ("GET", home.path("/spending?start_date=2026-11-01&end_date=2026-11-30"), Value::Null),
    ] {
        assert_eq!(other.send(&server, method, &path, &body).status, 404, "{method} {path}");
        let own = home.send(&server, method, &path, &body).status;
        assert!(own < 300, "{method} {path}: {own}");
    }
}
