//! What a receipt lists comes into the pantry: once, merged, and with the expiry that its products have.

use std::sync::Barrier;
use std::thread;

use domain::pantry::{NewReceiptItem, PantryItem, ReceiptChanges, Shelf, Stocking, Unit, User, WholeReceipt};
use domain::{Id, Offset, PageRequest};
use repository::testing::{TestDatabase, count_statements};
use repository::{Actor, Error as RepositoryError, Tx, testing};
use strongroom_service::Error;
use strongroom_service::pantry::{pantry_items, products, receipts, stocking};

use crate::fixtures::violation;
use crate::pantry_receipts::{new_item, new_receipt, receipt};
use crate::pantry_world::{add, day, details, household, new_product, product};

/// A product of a user that keeps for as long as the text says.
fn keeps(tx: &mut Tx<'_>, user: Option<Id<User>>, name: &str, shelf_life: &str) {
    let mut new = new_product(user, name);
    new.storage_info = details(&format!(r#"{{"shelf_life_days":{shelf_life}}}"#));
    products::create(tx, new).unwrap();
}

fn stock(tx: &mut Tx<'_>, receipt: &WholeReceipt) -> Stocking {
    stocking::to_pantry(tx, receipt.receipt.id, None).unwrap()
}

/// Names, quantities and expiries of what a user has.
fn pantry(tx: &mut Tx<'_>, user: Id<User>) -> Vec<String> {
    let shown = |item: &PantryItem| {
        let quantity = item.quantity.map_or("?".to_owned(), |quantity| quantity.to_string());
        let unit = item.unit.as_ref().map_or(String::new(), |unit| format!(" {unit}"));
        let expiry = item.expiry_date.map_or(String::new(), |day| format!(" {day}"));
        format!("{} {quantity}{unit}{expiry}", item.product_name)
    };
    let all = PageRequest { limit: Default::default(), after: None };
    let found = pantry_items::list(tx, user, Shelf::All, Some(day("2026-11-20")), all).unwrap();
    found.items.iter().map(|seen| shown(&seen.item)).collect()
}

fn pieces(item: [&str; 4]) -> NewReceiptItem {
    NewReceiptItem { unit: Some(Unit::parse("szt").unwrap()), ..new_item(item) }
}

#[test]
fn equal_lines_are_one_row_that_expires_and_discounts_are_left_out() {
    testing::check(|tx| {
        let user = household(tx, "kowalscy");
        keeps(tx, Some(user), "mleko łaciate", "7");
        let mut new = new_receipt(user, ["Lidl", "2028-02-25", ""], &[]);
        new.items = vec![
            pieces(["MLEKO Łaciate", "1", "", "3.50"]),
            pieces(["MLEKO Łaciate", "1", "", "3.50"]),
            new_item(["Chleb", "", "", ""]),
            new_item(["OPUST", "", "", "-2.00"]),
        ];
        let made = receipts::create(tx, new).unwrap();
        let (first, statements) = count_statements(tx, |tx| stock(tx, &made));
        let expected = Stocking { added: 2, products_created: 1, skipped: 1, ..Stocking::default() };
        assert_eq!((first, statements), (expected, 4));
        assert_eq!(pantry(tx, user), ["mleko łaciate 2.000 szt 2028-03-03", "Chleb 1.000"]);

        let whole = receipts::get(tx, made.receipt.id).unwrap();
        assert_eq!(whole.receipt.stocked_at, Some(tx.now));
        assert_eq!(whole.receipt.row_version, 2);
        let named: Vec<_> = whole.items.iter().map(|item| item.product_id.is_some()).collect();
        assert_eq!(named, [true, true, true, false], "the products are written back");
        let again = stock(tx, &made);
        assert_eq!(again, Stocking { already: true, ..Stocking::default() });
        assert_eq!(pantry(tx, user).len(), 2);
    });
}

#[test]
fn what_is_there_becomes_more() {
    testing::check(|tx| {
        let user = household(tx, "kowalscy");
        keeps(tx, Some(user), "Milk", "7");
        add(tx, user, "Milk", ["1.5", "", "2026-11-08"]).unwrap();
        add(tx, user, "Potatoes", ["", "", ""]).unwrap();
        let lines = [["Milk", "1", "", ""], ["Potatoes", "1.5", "", ""], ["Milk", "1", "", ""]];
        let made = receipt(tx, user, ["", "2026-11-01", ""], &lines);
        assert_eq!(stock(tx, &made), Stocking { merged: 2, ..Stocking::default() });
        assert_eq!(pantry(tx, user), ["Milk 3.500 2026-11-08", "Potatoes ?"]);
    });
}

#[test]
fn a_line_stands_for_its_product_else_the_users_else_the_catalogues() {
    testing::check(|tx| {
        let user = household(tx, "kowalscy");
        keeps(tx, None, "Milk", "9");
        keeps(tx, None, "Bread", "3");
        keeps(tx, Some(user), "milk", "5");
        let oat = product(tx, None, "Oat drink").unwrap();
        let mut new =
            new_receipt(user, ["", "2026-11-01", ""], &[["MILK", "", "", ""], ["BREAD", "", "", ""]]);
        new.items.push(NewReceiptItem { product_id: Some(oat), ..new_item(["MILK", "4", "", ""]) });
        let made = receipts::create(tx, new).unwrap();
        let (done, statements) = count_statements(tx, |tx| stock(tx, &made));
        assert_eq!((done.added, done.products_created, statements), (3, 0, 4));
        assert_eq!(pantry(tx, user), ["Bread 1.000 2026-11-04", "milk 1.000 2026-11-06", "Oat drink 4.000"]);
    });
}

#[test]
fn letters_beyond_ascii_fold_to_one_product() {
    testing::check(|tx| {
        let user = household(tx, "kowalscy");
        product(tx, Some(user), "Śmietana 18%").unwrap();
        let lines = [
            ["ŚMIETANA 18%", "", "", ""],
            ["śmietana  18%", "", "", ""],
            ["Żurek", "", "", ""],
            ["Z\u{307}UREK", "", "", ""],
        ];
        let made = receipt(tx, user, ["", "", ""], &lines);
        assert_eq!(stock(tx, &made), Stocking { added: 2, products_created: 1, ..Stocking::default() });
        assert_eq!(pantry(tx, user), ["Śmietana 18% 2.000", "Żurek 2.000"]);
    });
}

#[test]
fn nothing_expires_where_the_day_or_the_shelf_life_is_no_use() {
    testing::check(|tx| {
        let user = household(tx, "kowalscy");
        for (name, shelf_life) in [("A", "\"7\""), ("B", "-1"), ("C", "1e9"), ("D", "7")] {
            keeps(tx, Some(user), name, shelf_life);
        }
        let lines = [["A", "", "", ""], ["B", "", "", ""], ["C", "", "", ""]];
        let made = receipt(tx, user, ["", "2026-11-01", ""], &lines);
        assert_eq!(stock(tx, &made).unusable_shelf_lives.len(), 3);
        let undated = receipt(tx, user, ["", "", ""], &[["D", "", "", ""]]);
        assert_eq!(stock(tx, &undated).unusable_shelf_lives, []);
        assert_eq!(pantry(tx, user), ["A 1.000", "B 1.000", "C 1.000", "D 1.000"]);
    });
}

#[test]
fn a_replacement_of_the_items_does_not_fill_the_pantry_again() {
    testing::check(|tx| {
        let user = household(tx, "kowalscy");
        let made = receipt(tx, user, ["", "", ""], &[["A", "", "", ""]]);
        stock(tx, &made);
        let changes = ReceiptChanges { items: Some(vec![new_item(["B", "", "", ""])]), ..Default::default() };
        receipts::update(tx, made.receipt.id, None, changes).unwrap();
        assert!(stock(tx, &made).already);
        assert_eq!(pantry(tx, user), ["A 1.000"]);
    });
}

#[test]
fn only_the_chosen_lines_come_in() {
    testing::check(|tx| {
        let user = household(tx, "kowalscy");
        let made = receipt(tx, user, ["", "", ""], &[["A", "", "", ""], ["B", "", "", ""]]);
        let id = made.receipt.id;
        let wrong = stocking::to_pantry(tx, id, Some(&[made.items[1].id, Id::generate()]));
        assert_eq!(violation(wrong), ("/only/1".to_owned(), "unknown_item"));
        let done = stocking::to_pantry(tx, id, Some(&[made.items[1].id])).unwrap();
        assert_eq!((done.added, pantry(tx, user)), (1, vec!["B 1.000".to_owned()]));
        let empty = receipt(tx, user, ["", "", ""], &[]);
        assert_eq!(stock(tx, &empty), Stocking::default(), "a receipt without items is done, too");
        assert!(stock(tx, &empty).already);
        let absent = stocking::to_pantry(tx, Id::generate(), None);
        assert!(matches!(absent, Err(Error::Repository(RepositoryError::NotFound("receipt")))), "{absent:?}");
    });
}

#[test]
fn what_no_row_can_hold_is_refused_and_nothing_comes_in() {
    testing::check(|tx| {
        let user = household(tx, "kowalscy");
        let much = ["A", "9999999.999", "", ""];
        let made = receipt(tx, user, ["", "", ""], &[much, much]);
        assert_eq!(violation(stocking::to_pantry(tx, made.receipt.id, None)), (String::new(), "too_large"));
        assert_eq!(pantry(tx, user), [""; 0]);
    });
    testing::check(|tx| {
        let user = household(tx, "kowalscy");
        add(tx, user, "A", ["1", "", ""]).unwrap();
        let made = receipt(tx, user, ["", "", ""], &[["A", "9999999.999", "", ""]]);
        assert_eq!(
            violation(stocking::to_pantry(tx, made.receipt.id, None)),
            ("/quantity".to_owned(), "too_large")
        );
    });
}

#[test]
fn of_fifty_at_once_one_fills_the_pantry() {
    const CALLERS: usize = 50;
    let test = TestDatabase::new();
    let database = test.database();
    let write = |tx: &mut Tx<'_>| {
        let user = household(tx, "kowalscy");
        Ok::<_, Error>((
            user,
            receipt(tx, user, ["", "", ""], &[["Mleko", "", "", ""], ["Chleb", "2", "", ""]]),
        ))
    };
    let (user, made) = database.write("test", &Actor::system(), write).unwrap();
    let start = Barrier::new(CALLERS);
    let done: Vec<Stocking> = thread::scope(|scope| {
        let call = || {
            start.wait();
            database
                .write("test.stock", &Actor::system(), |tx| stocking::to_pantry(tx, made.receipt.id, None))
                .unwrap()
        };
        let callers: Vec<_> = (0..CALLERS).map(|_| scope.spawn(call)).collect();
        callers.into_iter().map(|caller| caller.join().unwrap()).collect()
    });
    assert_eq!(done.iter().filter(|done| !done.already).count(), 1);
    let found = database.write("test", &Actor::system(), |tx| Ok::<_, Error>(pantry(tx, user))).unwrap();
    assert_eq!(found, ["Mleko 1.000", "Chleb 2.000"]);
}

#[test]
fn receipts_of_the_same_new_products_at_once_make_each_product_once() {
    const CALLERS: usize = 8;
    let test = TestDatabase::new();
    let database = test.database();
    let write = |tx: &mut Tx<'_>| {
        let user = household(tx, "kowalscy");
        let lines = [["Mleko", "", "", ""], ["Chleb", "", "", ""], ["Ser", "", "", ""]];
        let mut receipts = Vec::new();
        for n in 0..CALLERS {
            let mut lines = lines;
            lines.rotate_left(n % 3);
            receipts.push(receipt(tx, user, ["", "", ""], &lines).receipt.id);
        }
        Ok::<_, Error>((user, receipts))
    };
    let (user, receipts) = database.write("test", &Actor::system(), write).unwrap();
    let start = Barrier::new(CALLERS);
    let created: usize = thread::scope(|scope| {
        let call = |id| {
            let (start, database) = (&start, &database);
            move || {
                start.wait();
                database
                    .write("test.stock", &Actor::system(), |tx| stocking::to_pantry(tx, id, None))
                    .unwrap()
            }
        };
        let callers: Vec<_> = receipts.iter().map(|id| scope.spawn(call(*id))).collect();
        callers.into_iter().map(|caller| caller.join().unwrap().products_created).sum()
    });
    let (mut found, products) = database
        .write("test", &Actor::system(), |tx| {
            Ok::<_, Error>((pantry(tx, user), products::list_from(tx, Offset::default())?.len()))
        })
        .unwrap();
    found.sort();
    assert_eq!(found, ["Chleb 8.000", "Mleko 8.000", "Ser 8.000"]);
    assert_eq!((created, products), (3, 3));
}

#[test]
fn a_change_of_the_items_and_their_way_to_the_pantry_come_one_after_the_other() {
    let test = TestDatabase::new();
    let database = test.database();
    for n in 0..20 {
        let write = |tx: &mut Tx<'_>| {
            let user = household(tx, &format!("household{n}"));
            Ok::<_, Error>((user, receipt(tx, user, ["", "", ""], &[["Old", "", "", ""]]).receipt.id))
        };
        let (user, id) = database.write("test", &Actor::system(), write).unwrap();
        let start = Barrier::new(2);
        let changed = thread::scope(|scope| {
            let changing = scope.spawn(|| {
                start.wait();
                let items = Some(vec![new_item(["New", "", "", ""])]);
                let changes = ReceiptChanges { items, ..Default::default() };
                let change = |tx: &mut Tx<'_>| receipts::update(tx, id, None, changes.clone());
                database.write("test.change", &Actor::system(), change).unwrap()
            });
            start.wait();
            database.write("test.stock", &Actor::system(), |tx| stocking::to_pantry(tx, id, None)).unwrap();
            changing.join().unwrap()
        });
        let found = database.write("test", &Actor::system(), |tx| Ok::<_, Error>(pantry(tx, user))).unwrap();
        let came_first = changed.receipt.stocked_at.is_none();
        assert_eq!(found, [if came_first { "New 1.000" } else { "Old 1.000" }], "round {n}");
    }
}
