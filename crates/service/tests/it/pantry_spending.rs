//! What households spent: together, and by shop, month and category.

use domain::day::DayRange;
use domain::pantry::{NewReceiptItem, Spending, SpendingBy, SpendingGroups, User};
use domain::{Id, SignedAmount};
use repository::testing::count_statements;
use repository::{Error as RepositoryError, Tx, testing};
use strongroom_service::Error;
use strongroom_service::pantry::{products, receipts, spending};

use crate::pantry_receipts::{new_item, new_receipt, receipt};
use crate::pantry_world::{category, day, household, new_product};

fn days(first: &str, last: &str) -> DayRange {
    DayRange::new(day(first), day(last)).unwrap()
}

fn figures(spending: &Spending) -> (String, i64, String) {
    (spending.total_spent.to_string(), spending.receipt_count, spending.avg_receipt.to_string())
}

fn expected(total: &str, receipts: i64, average: &str) -> (String, i64, String) {
    (total.to_owned(), receipts, average.to_owned())
}

fn amount(text: &str) -> SignedAmount {
    SignedAmount::parse(text).unwrap()
}

/// One statement, and its answer.
fn ask(
    tx: &mut Tx<'_>,
    user: Id<User>,
    range: DayRange,
    by: Option<SpendingBy>,
) -> (Spending, Option<SpendingGroups>) {
    let (answer, statements) = count_statements(tx, |tx| spending::of_user(tx, user, range, by).unwrap());
    assert!(statements == 1 || answer.0.receipt_count == 0, "{statements} statements");
    answer
}

fn november(tx: &mut Tx<'_>) -> Id<User> {
    let user = household(tx, "kowalscy");
    for head in [
        ["Lidl", "2026-11-01", "45.20"],
        ["Biedronka", "2026-11-10", ""],
        ["Biedronka", "2026-11-15", "100.00"],
        ["LIDL", "2026-11-30", "30.11"],
        ["Żabka", "2026-12-01", "9.99"],
        ["", "", "500.00"],
    ] {
        receipt(tx, user, head, &[]);
    }
    let other = household(tx, "tanaka");
    receipt(tx, other, ["Lidl", "2026-11-02", "7.00"], &[]);
    let deleted = receipt(tx, user, ["Lidl", "2026-11-02", "7.00"], &[]);
    receipts::delete(tx, deleted.receipt.id, None).unwrap();
    user
}

#[test]
fn receipts_of_the_days_are_summed_and_the_average_is_of_those_with_a_total() {
    testing::check(|tx| {
        let user = november(tx);
        let (spending, groups) = ask(tx, user, days("2026-11-01", "2026-11-30"), None);
        assert_eq!((figures(&spending), groups), (expected("175.31", 4, "58.44"), None));
        let (spending, _) = ask(tx, user, days("2025-01-01", "2025-12-31"), None);
        assert_eq!(figures(&spending), expected("0.00", 0, "0.00"));
        let nobody = spending::of_user(tx, Id::generate(), days("2025-01-01", "2025-12-31"), None);
        assert!(matches!(nobody, Err(Error::Repository(RepositoryError::NotFound("user")))), "{nobody:?}");
    });
}

#[test]
fn shops_are_one_whatever_the_case_and_shown_as_the_newest_receipt_writes_them() {
    testing::check(|tx| {
        let user = november(tx);
        let (spending, groups) = ask(tx, user, days("2026-11-01", "2026-11-30"), Some(SpendingBy::Store));
        assert_eq!(figures(&spending), expected("175.31", 4, "58.44"));
        let Some(SpendingGroups::Stores(stores)) = groups else { panic!("{groups:?}") };
        let shown: Vec<_> =
            stores.iter().map(|s| (s.store_name.as_deref(), s.total_spent, s.receipt_count)).collect();
        assert_eq!(shown, [(Some("Biedronka"), amount("100.00"), 2), (Some("LIDL"), amount("75.31"), 2)]);
    });
}

#[test]
fn equal_sums_go_by_name_and_receipts_without_a_shop_come_last() {
    testing::check(|tx| {
        let user = household(tx, "kowalscy");
        for store in ["b", "", "A", "ż"] {
            receipt(tx, user, [store, "2026-11-01", "1"], &[]);
        }
        let (_, groups) = ask(tx, user, days("2026-11-01", "2026-11-01"), Some(SpendingBy::Store));
        let Some(SpendingGroups::Stores(stores)) = groups else { panic!("{groups:?}") };
        let shown: Vec<_> = stores.iter().map(|store| store.store_name.as_deref()).collect();
        assert_eq!(shown, [Some("A"), Some("b"), Some("ż"), None]);
    });
}

#[test]
fn months_with_receipts_come_in_their_order() {
    testing::check(|tx| {
        let user = november(tx);
        let (spending, groups) = ask(tx, user, days("2026-11-01", "2026-12-31"), Some(SpendingBy::Month));
        assert_eq!(figures(&spending), expected("185.30", 5, "46.33"));
        let Some(SpendingGroups::Months(months)) = groups else { panic!("{groups:?}") };
        let shown: Vec<_> =
            months.iter().map(|m| (m.month.as_str(), m.total_spent, m.receipt_count)).collect();
        assert_eq!(shown, [("2026-11", amount("175.31"), 4), ("2026-12", amount("9.99"), 1)]);
    });
}

#[test]
fn a_return_is_spent_below_zero() {
    testing::check(|tx| {
        let user = household(tx, "kowalscy");
        receipt(tx, user, ["Market", "2026-11-03", "8.99"], &[]);
        receipt(tx, user, ["Market", "2026-11-04", "-10.99"], &[]);
        let (spending, _) = ask(tx, user, days("2026-11-01", "2026-11-30"), Some(SpendingBy::Month));
        assert_eq!(figures(&spending), expected("-2.00", 2, "-1.00"));
    });
}

#[test]
fn an_item_counts_for_its_category_else_for_its_products() {
    testing::check(|tx| {
        let user = household(tx, "kowalscy");
        let (dairy, snacks) = (category(tx, "Dairy", None).unwrap(), category(tx, "Snacks", None).unwrap());
        let cheese = products::create(
            tx,
            domain::pantry::NewProduct { category_id: Some(dairy), ..new_product(None, "Cheese") },
        );
        let cheese = Some(cheese.unwrap().id);
        let item = |category_id, product_id, price| NewReceiptItem {
            category_id,
            product_id,
            ..new_item(["A", "", "", price])
        };
        let mut new = new_receipt(user, ["", "2026-11-01", "99"], &[]);
        new.items = vec![
            item(None, cheese, "5.00"),
            item(Some(snacks), cheese, "2.00"),
            item(Some(dairy), None, "1.00"),
            item(None, None, "4.00"),
            item(None, None, ""),
        ];
        receipts::create(tx, new).unwrap();
        receipt(tx, user, ["", "2026-12-01", ""], &[["A", "", "", "100"]]);
        let (spending, groups) = ask(tx, user, days("2026-11-01", "2026-11-30"), Some(SpendingBy::Category));
        assert_eq!(figures(&spending), expected("99.00", 1, "99.00"));
        let Some(SpendingGroups::Categories(found)) = groups else { panic!("{groups:?}") };
        let shown: Vec<_> =
            found.iter().map(|c| (c.category_id, c.name.as_deref(), c.total_spent, c.item_count)).collect();
        let expected = [
            (Some(dairy), Some("Dairy"), amount("6.00"), 2),
            (None, None, amount("4.00"), 2),
            (Some(snacks), Some("Snacks"), amount("2.00"), 1),
        ];
        assert_eq!(shown, expected);
        let (_, none) = ask(tx, user, days("2025-11-01", "2025-11-30"), Some(SpendingBy::Category));
        assert_eq!(none, Some(SpendingGroups::Categories(Vec::new())));
    });
}
