//! What is at home: how it merges, is taken, and expires.

use std::sync::Barrier;
use std::thread;

use domain::pantry::{Consumption, DaysAhead, ItemOnDay, PantryItemChanges, Shelf, User, UserChanges};
use domain::{Day, DayPosition, Id, Limit, Offset, PageRequest, Text};
use repository::testing::{TestDatabase, count_statements};
use repository::{Actor, Tx, testing};
use strongroom_service::pantry::pantry_items::{self, Which};
use strongroom_service::pantry::{products, users};
use strongroom_service::{Error, Result};

use crate::fixtures::{conflict, violation};
use crate::pantry_world::{
    add, category, day, delivery, household, is_absent, new_product, object, product, product_name, quantity,
    taken_by,
};

fn take(text: &str) -> Consumption {
    Consumption::Some(quantity(text))
}

fn all() -> PageRequest<DayPosition> {
    PageRequest { limit: Limit::default(), after: None }
}

fn names(items: &[ItemOnDay]) -> String {
    items.iter().map(|seen| seen.item.product_name.as_str()).collect::<Vec<_>>().join(", ")
}

fn shelf(tx: &mut Tx<'_>, user: Id<User>, shelf: Shelf, on: &str) -> Vec<ItemOnDay> {
    pantry_items::list(tx, user, shelf, Some(day(on)), all()).unwrap().items
}

fn expiring(days: i64) -> Shelf {
    Shelf::Expiring(DaysAhead::new(days).unwrap())
}

#[test]
fn the_same_product_unit_and_expiry_becomes_more_and_what_is_taken_less() {
    testing::check(|tx| {
        let user = household(tx, "kowalscy");
        let (milk, is_new) = add(tx, user, "Milk", ["1.5", "l", "2026-11-25"]).unwrap();
        assert!(is_new);
        let (more, is_new) = add(tx, user, "MILK", ["0.5", "L", "2026-11-25"]).unwrap();
        assert_eq!((is_new, more.id, more.quantity), (false, milk.id, Some(quantity("2.000"))));
        assert_eq!(more.added_date, milk.added_date);
        assert!(add(tx, user, "Milk", ["1", "l", ""]).unwrap().1, "another expiry is another row");
        assert!(add(tx, user, "Milk", ["1", "", "2026-11-25"]).unwrap().1, "so is no unit");
        assert!(!add(tx, user, "Milk", ["1", "", "2026-11-25"]).unwrap().1, "no unit equals none");

        assert_eq!(conflict(pantry_items::consume(tx, milk.id, take("2.5"))), "not_enough");
        let left = pantry_items::consume(tx, milk.id, take("0.75")).unwrap();
        assert_eq!((left.removed, left.item.quantity.unwrap().to_string()), (false, "1.250".to_owned()));
        assert_eq!(pantry_items::get(tx, milk.id).unwrap().quantity, left.item.quantity);
        let left = pantry_items::consume(tx, milk.id, take("1.25")).unwrap();
        assert!(left.removed && pantry_items::get(tx, milk.id).is_err());
        assert!(pantry_items::consume(tx, milk.id, take("1")).is_err());
    });
}

#[test]
fn an_unknown_quantity_makes_the_sum_unknown_and_can_only_be_taken_whole() {
    testing::check(|tx| {
        let user = household(tx, "kowalscy");
        add(tx, user, "Flour", ["1", "kg", ""]).unwrap();
        let (flour, _) = add(tx, user, "Flour", ["", "kg", ""]).unwrap();
        assert_eq!(flour.quantity, None);
        let (flour, _) = add(tx, user, "Flour", ["1", "kg", ""]).unwrap();
        assert_eq!(flour.quantity, None);
        assert_eq!(conflict(pantry_items::consume(tx, flour.id, take("0.1"))), "quantity_unknown");
        assert!(pantry_items::consume(tx, flour.id, Consumption::All).unwrap().removed);
    });
}

#[test]
fn given_notes_replace_those_that_were_there() {
    testing::check(|tx| {
        let user = household(tx, "kowalscy");
        let note = |text: &str| Some(Text::parse(text).unwrap());
        let bring = |tx: &mut Tx<'_>, notes| {
            let mut new = delivery(Which::Name(product_name("Milk")), ["1", "l", ""]);
            new.notes = notes;
            pantry_items::add(tx, user, new).unwrap().0.notes
        };
        assert_eq!(bring(tx, note("top shelf")), note("top shelf"));
        assert_eq!(bring(tx, None), note("top shelf"));
        assert_eq!(bring(tx, note("door")), note("door"));
    });
}

#[test]
fn a_product_is_the_users_own_else_the_catalogues_else_a_new_one() {
    testing::check(|tx| {
        let user = household(tx, "kowalscy");
        let shared = product(tx, None, "Milk").unwrap();
        assert_eq!(add(tx, user, "MILK", ["1", "", ""]).unwrap().0.product_id, shared);
        let own = product(tx, Some(user), "milk").unwrap();
        assert_eq!(add(tx, user, "MILK", ["1", "", ""]).unwrap().0.product_id, own);
        let made = add(tx, user, "Twaróg", ["1", "", ""]).unwrap().0;
        let made_product = products::get(tx, made.product_id).unwrap();
        assert_eq!((made_product.user_id, made_product.name.as_str()), (Some(user), "Twaróg"));

        let other = household(tx, "tanaka");
        for id in [made.product_id, Id::generate()] {
            let foreign = pantry_items::add(tx, other, delivery(Which::Id(id), ["1", "", ""]));
            assert_eq!(violation(foreign), ("/product_id".to_owned(), "unknown_product"));
        }
        let by_id = pantry_items::add(tx, other, delivery(Which::Id(shared), ["1", "", ""]));
        assert!(by_id.unwrap().1);
        for which in [Which::Id(shared), Which::Name(product_name("Milk")), Which::Name(product_name("New"))]
        {
            let nobody = pantry_items::add(tx, Id::generate(), delivery(which, ["1", "", ""]));
            assert!(is_absent(nobody));
        }
    });
}

#[test]
fn more_than_the_column_holds_is_refused() {
    let test = TestDatabase::new();
    let outcome = test.database().write("test", &Actor::system(), |tx| {
        let user = household(tx, "kowalscy");
        add(tx, user, "Rice", ["9999999.999", "g", ""])?;
        add(tx, user, "Rice", ["0.001", "g", ""])
    });
    assert_eq!(violation(outcome), ("/quantity".to_owned(), "too_large"));
}

#[test]
fn a_change_that_meets_another_row_names_it() {
    testing::check(|tx| {
        let user = household(tx, "kowalscy");
        let (dated, _) = add(tx, user, "Milk", ["1", "l", "2026-11-25"]).unwrap();
        let (undated, _) = add(tx, user, "Milk", ["1", "l", ""]).unwrap();
        let expire = |day| PantryItemChanges { expiry_date: Some(day), ..PantryItemChanges::default() };
        let met = pantry_items::update(tx, undated.id, expire(dated.expiry_date));
        assert_eq!(taken_by(met), dated.id.uuid());
        let moved = pantry_items::update(tx, undated.id, expire(Some(day("2026-11-26")))).unwrap();
        assert_eq!((moved.expiry_date, moved.quantity), (Some(day("2026-11-26")), undated.quantity));
        let unknown = PantryItemChanges { quantity: Some(None), ..PantryItemChanges::default() };
        assert_eq!(pantry_items::update(tx, dated.id, unknown).unwrap().quantity, None);
        let butter = product(tx, None, "Butter").unwrap();
        let become_butter = PantryItemChanges { product_id: Some(butter), ..PantryItemChanges::default() };
        let changed = pantry_items::update(tx, dated.id, become_butter.clone()).unwrap();
        assert_eq!(changed.product_name.as_str(), "Butter");
        let lost = PantryItemChanges { product_id: Some(Id::generate()), ..become_butter };
        assert_eq!(
            violation(pantry_items::update(tx, dated.id, lost)),
            ("/product_id".to_owned(), "unknown_product")
        );
    });
}

/// On the day that Tokyo has, something has expired that in Los Angeles is still good today.
#[test]
fn something_expires_by_the_day_where_the_household_lives() {
    testing::check(|tx| {
        let user = household(tx, "kowalscy");
        add(tx, user, "Milk", ["1", "l", "2026-11-20"]).unwrap();
        let days_left = |items: Vec<ItemOnDay>| items.iter().map(ItemOnDay::days_left).collect::<Vec<_>>();
        let (tokyo, los_angeles) = ("2026-11-21", "2026-11-20");
        assert_eq!(days_left(shelf(tx, user, Shelf::Expired, tokyo)), [Some(-1)]);
        assert_eq!(days_left(shelf(tx, user, expiring(7), tokyo)), []);
        assert_eq!(days_left(shelf(tx, user, Shelf::Expired, los_angeles)), []);
        assert_eq!(days_left(shelf(tx, user, expiring(0), los_angeles)), [Some(0)]);

        for zone in ["Pacific/Kiritimati", "Pacific/Pago_Pago"] {
            let named = object(&format!(r#"{{"timezone": "{zone}"}}"#));
            let changed = users::update(tx, user, None, UserChanges::default(), Some(named)).unwrap();
            let seen = pantry_items::list(tx, user, Shelf::All, None, all()).unwrap().items;
            assert_eq!(seen[0].on, changed.preferences.local_date(tx.now), "{zone}");
        }
    });
}

#[test]
fn each_part_of_a_pantry_holds_what_it_says_soonest_first() {
    testing::check(|tx| {
        let user = household(tx, "kowalscy");
        for (name, amount, expiry) in [
            ("Tomatoes", "1", "2026-11-19"),
            ("Milk", "1", "2026-11-21"),
            ("Eggs", "", "2026-11-22"),
            ("Butter", "1", "2026-12-20"),
            ("Flour", "1", ""),
            ("Empty jar", "0", "2026-11-21"),
        ] {
            add(tx, user, name, [amount, "", expiry]).unwrap();
        }
        let mut listed = |part| names(&shelf(tx, user, part, "2026-11-20"));
        assert_eq!(listed(Shelf::All), "Tomatoes, Milk, Empty jar, Eggs, Butter, Flour");
        assert_eq!(listed(Shelf::Available), "Milk, Eggs, Butter, Flour");
        assert_eq!(listed(expiring(7)), "Milk, Eggs");
        assert_eq!(listed(expiring(1)), "Milk");
        assert_eq!(listed(expiring(365)), "Milk, Eggs, Butter");
        assert_eq!(listed(Shelf::Expired), "Tomatoes");
    });
}

#[test]
fn a_list_by_expiry_has_pages_with_undated_rows_at_the_end() {
    testing::check(|tx| {
        let user = household(tx, "kowalscy");
        let expiries = ["2026-11-21", "", "2026-11-20", "2026-11-21", "", "2026-11-22"];
        for (n, expiry) in expiries.into_iter().enumerate() {
            add(tx, user, &n.to_string(), ["1", "", expiry]).unwrap();
        }
        let mut request = PageRequest { limit: Limit::new(1).unwrap(), after: None };
        let mut listed = Vec::new();
        loop {
            let page = pantry_items::list(tx, user, Shelf::All, None, request).unwrap();
            listed.push(names(&page.items));
            match page.next {
                Some(next) => request.after = Some(next),
                None => break,
            }
        }
        assert_eq!(listed, ["2", "0", "3", "5", "1", "4"]);
        let from = Offset::new(4, Limit::default()).unwrap();
        let rest = pantry_items::list_from(tx, user, from).unwrap();
        assert_eq!(rest.iter().map(|item| item.product_name.as_str()).collect::<Vec<_>>(), ["4", "5"]);
    });
}

#[test]
fn figures_count_what_there_is() {
    testing::check(|tx| {
        let user = household(tx, "kowalscy");
        let soon = DaysAhead::new(7).unwrap();
        let on = Some(day("2026-11-20"));
        let empty = pantry_items::statistics(tx, user, on, soon).unwrap();
        assert_eq!((empty.total_items, empty.categories_count, empty.last_updated), (0, 0, None));
        let dairy = category(tx, "Dairy", None).unwrap();
        for name in ["Milk", "Cream"] {
            let mut new = new_product(None, name);
            new.category_id = Some(dairy);
            products::create(tx, new).unwrap();
        }
        for (name, amount, expiry) in [
            ("Milk", "1", "2026-11-20"),
            ("Cream", "", "2026-11-27"),
            ("Bread", "1", "2026-11-28"),
            ("Ham", "1", "2026-11-19"),
            ("Salt", "1", ""),
            ("Jar", "0", "2026-11-20"),
        ] {
            add(tx, user, name, [amount, "", expiry]).unwrap();
        }
        let (figures, statements) =
            count_statements(tx, |tx| pantry_items::statistics(tx, user, on, soon).unwrap());
        assert_eq!(statements, 1);
        assert_eq!(
            (figures.total_items, figures.expiring_soon, figures.expired, figures.categories_count),
            (5, 2, 1, 1)
        );
        assert_eq!((figures.on, figures.last_updated), (day("2026-11-20"), Some(tx.now)));
        assert!(pantry_items::statistics(tx, Id::generate(), on, soon).is_err());
    });
}

#[test]
fn adding_taking_and_listing_cost_the_statements_that_they_should() {
    testing::check(|tx| {
        let user = household(tx, "kowalscy");
        let (added, statements) = count_statements(tx, |tx| add(tx, user, "Milk", ["3", "l", ""]).unwrap());
        assert_eq!(statements, 2);
        let by_id = delivery(Which::Id(added.0.product_id), ["1", "l", ""]);
        assert_eq!(count_statements(tx, |tx| pantry_items::add(tx, user, by_id).unwrap()).1, 1);
        let consume = |tx: &mut Tx<'_>, taken| pantry_items::consume(tx, added.0.id, taken).unwrap();
        assert_eq!(count_statements(tx, |tx| consume(tx, take("1"))).1, 2);
        let list = |tx: &mut Tx<'_>| pantry_items::list(tx, user, Shelf::Available, None, all()).unwrap();
        assert_eq!(count_statements(tx, list).1, 1);
        assert_eq!(count_statements(tx, |tx| pantry_items::get(tx, added.0.id).unwrap()).1, 1);
        assert_eq!(count_statements(tx, |tx| consume(tx, Consumption::All)).1, 2);
    });
}

/// Runs the same work fifty times at once.
fn at_once<T: Send>(work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    const CALLERS: usize = 50;
    let start = Barrier::new(CALLERS);
    thread::scope(|scope| {
        let callers: Vec<_> = (0..CALLERS)
            .map(|n| {
                let (start, work) = (&start, &work);
                scope.spawn(move || {
                    start.wait();
                    work(n)
                })
            })
            .collect();
        callers.into_iter().map(|caller| caller.join().unwrap()).collect()
    })
}

#[test]
fn fifty_at_once_take_no_more_than_there_is() {
    let test = TestDatabase::new();
    let database = test.database();
    let item = database
        .write::<_, Error>("test", &Actor::system(), |tx| {
            let user = household(tx, "kowalscy");
            Ok(add(tx, user, "Milk", ["3.050", "l", ""])?.0)
        })
        .unwrap();
    let outcomes: Vec<Result<_>> = at_once(|_| {
        database.write("test", &Actor::system(), |tx| pantry_items::consume(tx, item.id, take("0.1")))
    });
    let (taken, refused): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
    assert_eq!((taken.len(), refused.len()), (30, 20));
    assert!(refused.into_iter().all(|outcome| conflict(outcome) == "not_enough"));
    let left =
        database.read::<_, Error>("test", &Actor::system(), |conn| Ok(pantry_items::get(conn, item.id)?));
    assert_eq!(left.unwrap().quantity.unwrap().to_string(), "0.050");
}

#[test]
fn fifty_at_once_add_to_one_row_of_one_product() {
    let test = TestDatabase::new();
    let database = test.database();
    let user =
        database.write::<_, Error>("test", &Actor::system(), |tx| Ok(household(tx, "kowalscy"))).unwrap();
    // Each writes the name in another way.
    let outcomes = at_once(|n| {
        let name = if n % 2 == 0 { "Żurek" } else { "Z\u{307}UREK" };
        database
            .write::<_, Error>("test", &Actor::system(), |tx| add(tx, user, name, ["0.1", "l", ""]))
            .unwrap()
    });
    assert_eq!(outcomes.iter().filter(|(_, is_new)| *is_new).count(), 1);
    let rows = database.read::<_, Error>("test", &Actor::system(), |conn| {
        pantry_items::list(conn, user, Shelf::All, None, all())
    });
    let rows = rows.unwrap().items;
    assert_eq!((rows.len(), rows[0].item.quantity), (1, Some(quantity("5"))));
}

#[test]
fn a_product_does_not_go_while_it_comes_into_use() {
    let test = TestDatabase::new();
    let database = test.database();
    let user =
        database.write::<_, Error>("test", &Actor::system(), |tx| Ok(household(tx, "kowalscy"))).unwrap();
    for round in 0..20 {
        let name = format!("Milk {round}");
        let milk =
            database.write::<_, Error>("test", &Actor::system(), |tx| product(tx, None, &name)).unwrap();
        let start = Barrier::new(2);
        let (added, removed) = thread::scope(|scope| {
            let add = scope.spawn(|| {
                start.wait();
                database.write::<_, Error>("test", &Actor::system(), |tx| {
                    pantry_items::add(tx, user, delivery(Which::Id(milk), ["1", "", ""]))
                })
            });
            let remove = scope.spawn(|| {
                start.wait();
                database.write::<_, Error>("test", &Actor::system(), |tx| products::delete(tx, milk))
            });
            (add.join().unwrap(), remove.join().unwrap())
        });
        match removed {
            Ok(()) => assert_eq!(violation(added).1, "unknown_product"),
            refused => {
                assert_eq!(conflict(refused), "product_in_use");
                assert!(added.is_ok(), "{added:?}");
            }
        }
    }
}

#[test]
fn days_are_days_of_the_calendar() {
    testing::check(|tx| {
        let user = household(tx, "kowalscy");
        add(tx, user, "Milk", ["1", "", "2028-02-29"]).unwrap();
        let seen = shelf(tx, user, expiring(1), "2028-02-28");
        assert_eq!(seen[0].days_left(), Some(1));
        let last = Day::parse("2200-12-31").unwrap();
        assert!(pantry_items::list(tx, user, expiring(365), Some(last), all()).is_ok());
    });
}
