//! Receipts: what they keep of what was printed, how they change, and how they are listed.

use domain::pantry::{
    Details, NewReceipt, NewReceiptItem, Receipt, ReceiptChanges, ReceiptFilter, ReceiptItemChanges,
    UnitPrice, User, WholeReceipt, printed,
};
use domain::{DayPosition, Decimal, Folded, Id, Limit, Offset, PageRequest, Text};
use repository::testing::count_statements;
use repository::{Error as RepositoryError, Tx, testing};
use strongroom_service::Error;
use strongroom_service::pantry::{conversations, receipt_batch, receipt_items, receipts, users};

use crate::fixtures::{violation, violations};
use crate::pantry_world::{category, conversation, day, details, household, product, product_name};

/// A receipt as it is printed: shop, day and total, each of which may be left out as `""`, and its lines.
pub(crate) fn new_receipt(
    user: Id<User>,
    [store, date, total]: [&str; 3],
    items: &[[&str; 4]],
) -> NewReceipt {
    NewReceipt {
        user_id: user,
        conversation_id: None,
        store_name: some(store).map(|store| Text::parse(store).unwrap()),
        total_amount: some(total).map(|total| printed::amount(total).unwrap()),
        purchase_date: some(date).map(day),
        receipt_date: None,
        image_path: None,
        ocr_confidence: None,
        metadata: Details::default(),
        items: items.iter().map(|item| new_item(*item)).collect(),
    }
}

/// A line as it is printed: name, quantity, price of one, price of all.
pub(crate) fn new_item([name, quantity, unit_price, total_price]: [&str; 4]) -> NewReceiptItem {
    NewReceiptItem {
        product_id: None,
        category_id: None,
        product_name: product_name(name),
        quantity: some(quantity)
            .map_or(Decimal::parse("1").unwrap(), |quantity| printed::number(quantity).unwrap()),
        unit: None,
        unit_price: some(unit_price).map(|price| UnitPrice(printed::number(price).unwrap())),
        total_price: some(total_price).map(|price| printed::amount(price).unwrap()),
    }
}

fn some(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

pub(crate) fn receipt(tx: &mut Tx<'_>, user: Id<User>, head: [&str; 3], items: &[[&str; 4]]) -> WholeReceipt {
    receipts::create(tx, new_receipt(user, head, items)).unwrap()
}

/// Whether something is not found.
pub(crate) fn is_absent<T, E: Into<Error>>(outcome: std::result::Result<T, E>) -> bool {
    matches!(outcome.map_err(Into::into), Err(Error::Repository(RepositoryError::NotFound(_))))
}

fn prices(whole: &WholeReceipt) -> Vec<String> {
    whole
        .items
        .iter()
        .map(|item| item.total_price.map_or("none".to_owned(), |price| price.to_string()))
        .collect()
}

fn warnings(receipt: &Receipt) -> String {
    receipt.metadata.fields().get("warnings").map_or(String::new(), ToString::to_string)
}

fn differs(by: &str) -> String {
    format!(r#"[{{"code":"items_do_not_add_up","difference":"{by}"}}]"#)
}

#[test]
fn a_receipt_comes_back_as_it_was_printed_in_the_order_of_its_lines() {
    testing::check(|tx| {
        let user = household(tx, "kowalscy");
        let conversation_id = Some(conversation(tx, user, "default"));
        let new = NewReceipt {
            conversation_id,
            metadata: details(r#"{"rotated":true}"#),
            ..new_receipt(
                user,
                ["Lidl", "2026-11-03", "1.234,56"],
                &[
                    ["Kawa", "0,452", "29,99", ""],
                    ["Benzyna", "41.23", "1.659", ""],
                    ["Pieczywo", "", "", "4,50"],
                ],
            )
        };
        let (made, statements) = count_statements(tx, |tx| receipts::create(tx, new).unwrap());
        assert!(statements <= 2, "{statements} statements");
        assert_eq!(prices(&made), ["13.56", "68.40", "4.50"]);
        assert_eq!(made.receipt.total_amount.unwrap().to_string(), "1234.56");
        assert_eq!(made.items[1].unit_price.unwrap().to_string(), "1.659");
        assert_eq!((made.receipt.row_version, made.receipt.stocked_at), (1, None));
        let (read, statements) = count_statements(tx, |tx| receipts::get(tx, made.receipt.id).unwrap());
        assert_eq!(statements, 1);
        assert_eq!(read, made);
        assert_eq!(receipt_items::get(tx, made.items[2].id).unwrap(), made.items[2]);
    });
}

#[test]
fn a_missing_price_is_rounded_once_half_away_from_zero() {
    testing::check(|tx| {
        let user = household(tx, "kowalscy");
        let lines = [["A", "0.575", "3.80", ""], ["B", "160", "0.0095", ""], ["C", "41.23", "1.659", ""]];
        assert_eq!(prices(&receipt(tx, user, ["", "", ""], &lines)), ["2.19", "1.52", "68.40"]);
        let twice = [["D", "1.100", "0.05", ""], ["D", "1.100", "0.05", ""]];
        let made = receipt(tx, user, ["", "", "0.12"], &twice);
        assert_eq!(
            (prices(&made), warnings(&made.receipt)),
            (vec!["0.06".into(), "0.06".into()], String::new())
        );
    });
}

#[test]
fn coupons_and_returns_count_below_zero_and_add_up() {
    testing::check(|tx| {
        let user = household(tx, "kowalscy");
        let bought = [["Coffee", "1", "", "10.99"], ["Coupon", "1", "", "2.00-"]];
        let made = receipt(tx, user, ["Market", "2026-11-03", "8.99"], &bought);
        assert_eq!(
            (prices(&made), warnings(&made.receipt)),
            (vec!["10.99".into(), "-2.00".into()], String::new())
        );
        let back = receipt(tx, user, ["Market", "2026-11-03", "-10.99"], &[["Coffee", "1", "", "-10.99"]]);
        assert_eq!(
            (back.receipt.total_amount.unwrap().to_string(), warnings(&back.receipt)),
            ("-10.99".into(), String::new())
        );
    });
}

#[test]
fn items_that_do_not_add_up_are_told_until_they_do() {
    testing::check(|tx| {
        let user = household(tx, "kowalscy");
        let mut new =
            new_receipt(user, ["", "", "18,00"], &[["A", "0,452", "29,99", ""], ["B", "", "", "4,50"]]);
        new.metadata = details(r#"{"a":0.10,"warnings":"mine"}"#);
        let made = receipts::create(tx, new).unwrap();
        let id = made.receipt.id;
        assert_eq!(warnings(&made.receipt), differs("0.06"));
        assert_eq!(receipts::get(tx, id).unwrap(), made);

        let total = |text: &str| ReceiptChanges {
            total_amount: Some(Some(printed::amount(text).unwrap())),
            ..Default::default()
        };
        let changed = receipts::update(tx, id, None, total("18.06")).unwrap();
        assert_eq!(serde_json::to_string(&changed.receipt.metadata).unwrap(), r#"{"a":0.10}"#);
        assert_eq!((changed.receipt.row_version, &changed.items), (2, &made.items));

        let added = receipt_items::add(tx, id, new_item(["C", "2", "1.00", ""])).unwrap();
        let whole = receipts::get(tx, id).unwrap();
        assert_eq!((warnings(&whole.receipt), whole.receipt.row_version), (differs("2.00"), 3));
        assert_eq!(whole.items.last(), Some(&added));
        let three = ReceiptItemChanges {
            quantity: Some(Decimal::parse("3").unwrap()),
            total_price: Some(None),
            ..Default::default()
        };
        assert_eq!(
            receipt_items::update(tx, added.id, three).unwrap().total_price.unwrap().to_string(),
            "3.00"
        );
        assert_eq!(warnings(&receipts::get(tx, id).unwrap().receipt), differs("3.00"));
        receipt_items::delete(tx, added.id).unwrap();
        let whole = receipts::get(tx, id).unwrap();
        assert_eq!(
            (warnings(&whole.receipt), whole.receipt.row_version, whole.items),
            (String::new(), 5, made.items)
        );

        let sent_back = ReceiptChanges {
            metadata: Some(details(&format!(r#"{{"warnings":{}}}"#, differs("9")))),
            ..Default::default()
        };
        let kept = receipts::update(tx, id, None, sent_back).unwrap();
        assert_eq!(serde_json::to_string(&kept.receipt.metadata).unwrap(), "{}", "the key is ours");
        let none = ReceiptChanges { items: Some(Vec::new()), ..total("99") };
        assert_eq!(warnings(&receipts::update(tx, id, None, none).unwrap().receipt), "", "nothing was read");
    });
}

#[test]
fn given_items_replace_those_that_were_there() {
    testing::check(|tx| {
        let user = household(tx, "kowalscy");
        let made = receipt(tx, user, ["", "", ""], &[["A", "", "", "1"], ["B", "", "", "2"]]);
        let id = made.receipt.id;
        let changes = ReceiptChanges {
            store_name: Some(Some(Text::parse("Żabka").unwrap())),
            purchase_date: Some(Some(day("2026-11-03"))),
            items: Some(vec![new_item(["C", "3", "", "4"])]),
            ..Default::default()
        };
        let changed = receipts::update(tx, id, Some(1), changes.clone()).unwrap();
        assert_eq!(prices(&changed), ["4.00"]);
        assert_eq!(changed, receipts::get(tx, id).unwrap());
        assert!(receipt_items::get(tx, made.items[0].id).is_err());
        let stale = receipts::update(tx, id, Some(1), changes);
        assert!(
            matches!(stale, Err(Error::Repository(RepositoryError::StaleVersion { current: 2 }))),
            "{stale:?}"
        );
        let same = receipts::update(tx, id, Some(2), ReceiptChanges::default()).unwrap();
        assert_eq!(same.receipt.row_version, 2, "nothing changed");
        let cleared =
            ReceiptChanges { store_name: Some(None), purchase_date: Some(None), ..Default::default() };
        let cleared = receipts::update(tx, id, None, cleared).unwrap().receipt;
        assert_eq!((cleared.store_name, cleared.purchase_date), (None, None));
    });
}

#[test]
fn what_an_input_names_must_be_the_users_or_everybodys() {
    testing::check(|tx| {
        let (user, other) = (household(tx, "kowalscy"), household(tx, "tanaka"));
        let foreign = product(tx, Some(other), "Ryż").unwrap();
        let (own, shared) = (product(tx, Some(user), "Mleko").unwrap(), product(tx, None, "Milk").unwrap());
        let dairy = category(tx, "Dairy", None).unwrap();
        let with = |product_id, category_id| NewReceiptItem {
            product_id,
            category_id,
            ..new_item(["A", "", "", ""])
        };
        let wrong = NewReceipt {
            conversation_id: Some(conversation(tx, other, "default")),
            items: vec![
                with(Some(own), None),
                with(Some(foreign), Some(Id::generate())),
                with(Some(shared), Some(dairy)),
            ],
            ..new_receipt(user, ["", "", ""], &[])
        };
        let unknown = |place: &str, what| (place.to_owned(), what);
        assert_eq!(
            violations(receipts::create(tx, wrong.clone()))[0],
            unknown("/conversation_id", "unknown_conversation")
        );
        let mine = conversation(tx, user, "default");
        let wrong = NewReceipt { conversation_id: Some(mine), ..wrong };
        let expected = [
            unknown("/items/1/product_id", "unknown_product"),
            unknown("/items/1/category_id", "unknown_category"),
        ];
        assert_eq!(violations(receipts::create(tx, wrong.clone())), expected);
        let right =
            NewReceipt { items: vec![wrong.items[0].clone(), wrong.items[2].clone()], ..wrong.clone() };
        let made = receipts::create(tx, right).unwrap();

        let moved = ReceiptChanges { conversation_id: Some(Some(Id::generate())), ..Default::default() };
        assert_eq!(
            violation(receipts::update(tx, made.receipt.id, None, moved)),
            unknown("/conversation_id", "unknown_conversation")
        );
        let id = made.items[0].id;
        let changes = ReceiptItemChanges { product_id: Some(Some(foreign)), ..Default::default() };
        assert_eq!(
            violation(receipt_items::update(tx, id, changes)),
            unknown("/product_id", "unknown_product")
        );
        let added = receipt_items::add(tx, made.receipt.id, with(None, Some(Id::generate())));
        assert_eq!(violation(added), unknown("/category_id", "unknown_category"));
        conversations::delete(tx, mine, None).unwrap();
        let late = NewReceipt { conversation_id: Some(mine), ..new_receipt(user, ["", "", ""], &[]) };
        assert_eq!(
            violation(receipts::create(tx, late)),
            unknown("/conversation_id", "unknown_conversation")
        );
        let changes = ReceiptChanges { items: Some(wrong.items.clone()), ..Default::default() };
        assert_eq!(violations(receipts::update(tx, made.receipt.id, None, changes)), expected);
        let nobody = new_receipt(Id::generate(), ["", "", ""], &[]);
        assert_eq!(violation(receipts::create(tx, nobody)), unknown("/user_id", "unknown_user"));
    });
}

#[test]
fn what_costs_or_counts_too_much_is_refused_by_its_place() {
    testing::check(|tx| {
        let user = household(tx, "kowalscy");
        let dear = ["A", "9999999.999", "99999999.9999", ""];
        let new = new_receipt(user, ["", "", ""], &[["B", "", "", "1"], dear]);
        assert_eq!(violation(receipts::create(tx, new)), ("/items/1/total_price".to_owned(), "too_large"));
        let many = new_receipt(user, ["", "", ""], &[["A", "", "", "1"]; 501]);
        assert_eq!(violation(receipts::create(tx, many)), ("/items".to_owned(), "too_many"));
        let full = receipt(tx, user, ["", "", ""], &[["A", "", "", "1"]; 500]);
        let more = receipt_items::add(tx, full.receipt.id, new_item(["B", "", "", ""]));
        assert_eq!(violation(more), (String::new(), "too_many"));
        let dearer = ReceiptItemChanges {
            quantity: Some(Decimal::MAX),
            unit_price: Some(Some(UnitPrice(Decimal::MAX))),
            total_price: Some(None),
            ..Default::default()
        };
        assert_eq!(
            violation(receipt_items::update(tx, full.items[0].id, dearer)),
            ("/total_price".to_owned(), "too_large")
        );
    });
}

fn page(limit: i64, after: Option<DayPosition>) -> PageRequest<DayPosition> {
    PageRequest { limit: Limit::new(limit).unwrap(), after }
}

/// Days and shops of all pages of a list.
fn listed(tx: &mut Tx<'_>, user: Id<User>, filter: &ReceiptFilter, limit: i64) -> Vec<String> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let next = receipts::list(tx, user, filter, page(limit, after)).unwrap();
        found.extend(next.items.into_iter().map(|summary| {
            let Receipt { purchase_date, store_name, .. } = summary.receipt;
            let day = purchase_date.map_or("undated".to_owned(), |day| day.to_string());
            format!("{day} {} {}", store_name.map_or(String::new(), Text::into_string), summary.item_count)
        }));
        after = next.next;
        if after.is_none() {
            return found;
        }
    }
}

#[test]
fn lists_go_from_the_latest_purchase_to_those_without_a_day() {
    testing::check(|tx| {
        let (user, other) = (household(tx, "kowalscy"), household(tx, "tanaka"));
        for (store, date) in [
            ("Lidl", "2026-11-01"),
            ("A", ""),
            ("Biedronka", "2026-11-10"),
            ("LIDL", "2026-11-10"),
            ("B", ""),
            ("Żabka", "2026-12-01"),
        ] {
            receipt(tx, user, [store, date, ""], &[["A", "", "", ""]]);
        }
        receipt(tx, other, ["Lidl", "2026-11-02", ""], &[]);
        let all = [
            "2026-12-01 Żabka 1",
            "2026-11-10 LIDL 1",
            "2026-11-10 Biedronka 1",
            "2026-11-01 Lidl 1",
            "undated B 1",
            "undated A 1",
        ];
        for limit in 1..=7 {
            assert_eq!(listed(tx, user, &ReceiptFilter::default(), limit), all, "{limit} at a time");
        }
        let filter = |start: &str, end: &str, store: &str| ReceiptFilter {
            start: some(start).map(day),
            end: some(end).map(day),
            store: some(store).map(Folded::of),
        };
        for limit in [1, 50] {
            assert_eq!(listed(tx, user, &filter("2026-11-10", "", ""), limit), all[..3], "{limit} at a time");
            assert_eq!(listed(tx, user, &filter("", "2026-11-10", ""), limit), all[1..4]);
            assert_eq!(listed(tx, user, &filter("2026-11-10", "2026-11-10", "lidl"), limit), all[1..2]);
            assert_eq!(listed(tx, user, &filter("", "", "LiDl"), limit), [all[1], all[3]]);
            assert_eq!(listed(tx, user, &filter("", "", "ŻABKA"), limit), all[..1]);
            assert_eq!(listed(tx, user, &filter("", "", "a"), limit), all[5..]);
        }
        let (_, statements) = count_statements(tx, |tx| {
            receipts::list(tx, user, &ReceiptFilter::default(), page(2, None)).unwrap()
        });
        assert_eq!(statements, 1);
        let found = receipts::get_user_receipts(tx, user, Some(day("2026-11-10")), None).unwrap();
        assert_eq!(found.len(), 3);
        assert_eq!(receipts::get_user_receipts(tx, user, None, None).unwrap().len(), 6);
        assert_eq!(receipts::list_from(tx, Offset { offset: 5, limit: Limit::default() }).unwrap().len(), 2);
        let nobody = receipts::list(tx, Id::generate(), &ReceiptFilter::default(), page(1, None));
        assert!(matches!(nobody, Err(Error::Repository(RepositoryError::NotFound("user")))), "{nobody:?}");
    });
}

#[test]
fn a_deleted_receipt_is_gone_until_it_is_restored() {
    testing::check(|tx| {
        let user = household(tx, "kowalscy");
        let made = receipt(tx, user, ["Lidl", "2026-11-01", "1"], &[["A", "", "", "1"]]);
        let (id, item) = (made.receipt.id, made.items[0].id);
        receipts::delete(tx, id, Some(1)).unwrap();
        assert!(is_absent(receipts::get(tx, id)) && is_absent(receipts::delete(tx, id, None)));
        assert!(is_absent(receipts::update(tx, id, None, ReceiptChanges::default())));
        assert!(is_absent(receipt_items::get(tx, item)) && is_absent(receipt_items::delete(tx, item)));
        assert!(is_absent(receipt_items::add(tx, id, new_item(["B", "", "", ""]))));
        assert_eq!(listed(tx, user, &ReceiptFilter::default(), 50), [""; 0]);
        assert_eq!(receipts::restore(tx, id).unwrap().items, made.items);
        assert!(receipts::restore(tx, id).is_ok(), "it is back already");
        assert!(is_absent(receipts::restore(tx, Id::generate())));

        users::delete(tx, user, None).unwrap();
        assert!(is_absent(receipts::get(tx, id)), "it went with its user");
        assert!(is_absent(receipts::restore(tx, id)), "and does not come back alone");
        users::restore(tx, user).unwrap();
        assert_eq!(receipts::get(tx, id).unwrap().items, made.items);
        let erased = users::erase(tx, user, None).unwrap();
        assert_eq!((erased.count("receipts"), erased.count("receipt_items")), (1, 1));
    });
}

#[test]
fn a_batch_stores_what_is_right_and_names_what_is_wrong() {
    testing::check(|tx| {
        let (user, other) = (household(tx, "kowalscy"), household(tx, "tanaka"));
        let own = Some(product(tx, Some(other), "Ryż").unwrap());
        let with_product = |user| NewReceipt {
            items: vec![
                new_item(["B", "", "", ""]),
                NewReceiptItem { product_id: own, ..new_item(["A", "2", "1.50", ""]) },
            ],
            ..new_receipt(user, ["Lidl", "2026-11-01", "4"], &[])
        };
        let rows = vec![
            with_product(other),
            with_product(user),
            new_receipt(Id::generate(), ["", "", ""], &[]),
            new_receipt(user, ["", "", ""], &[["A", "9999999", "99999999", ""]]),
            new_receipt(user, ["", "", "2"], &[["A", "", "", "1"]]),
        ];
        let ((outcomes, mut many), statements) = count_statements(tx, |tx| {
            (
                receipt_batch::create(tx, rows).unwrap(),
                vec![new_receipt(user, ["", "", ""], &[["A", "", "", ""]]); 999],
            )
        });
        assert!(statements <= 6, "{statements} statements");
        let wrong = |n: usize| {
            let invalid = outcomes[n].clone().unwrap_err();
            (invalid.violations()[0].pointer.clone(), invalid.violations()[0].code)
        };
        assert_eq!(wrong(1), ("/items/1/product_id".to_owned(), "unknown_product"));
        assert_eq!(wrong(2), ("/user_id".to_owned(), "unknown_user"));
        assert_eq!(wrong(3), ("/items/0/total_price".to_owned(), "too_large"));
        let first = receipts::get(tx, *outcomes[0].as_ref().unwrap()).unwrap();
        assert_eq!((prices(&first), first.receipt.user_id), (vec!["none".into(), "3.00".into()], other));
        let last = receipts::get(tx, *outcomes[4].as_ref().unwrap()).unwrap();
        assert_eq!(warnings(&last.receipt), differs("-1.00"));
        assert_eq!(last, receipts::get(tx, last.receipt.id).unwrap());

        many.push(new_receipt(user, ["", "", ""], &[]));
        many.push(new_receipt(user, ["", "", ""], &[]));
        let stored = receipt_batch::create(tx, many).unwrap();
        assert_eq!(stored.iter().flatten().count(), 1_001, "more than one statement takes");
        assert!(stored.iter().flatten().is_sorted(), "in the order given");
        assert_eq!(receipt_batch::create(tx, Vec::new()).unwrap(), []);
    });
}
