//! Products that are found or made by their names, and what is added of many of them at once.

use strongroom_repository::domain::pantry::ShelfLife;
use strongroom_repository::domain::pantry::{NewProduct, ProductName};
use strongroom_repository::pantry::{pantry_items, products};
use strongroom_repository::testing::{self, count_statements};

use crate::pantry_world::{details, new_item, new_product, product, product_name, quantity, user};

#[test]
fn products_of_many_names_are_found_or_made_in_one_statement() {
    testing::check(|tx| {
        let (asha, bina) = (user(tx, "asha"), user(tx, "bina"));
        let storage_info = details(r#"{"shelf_life_days": 7}"#);
        let new = NewProduct { storage_info, ..new_product(Some(asha), "mleko łaciate") };
        let milk = products::insert(tx, new).unwrap().id;
        product(tx, None, "Mleko Łaciate");
        product(tx, Some(bina), "Chleb");
        let salt = product(tx, None, "Sól");
        let names = ["MLEKO Łaciate", "Chleb", "sól", "CHLEB", "Nowe"].map(product_name);

        let (found, statements) =
            count_statements(tx, |tx| products::find_or_insert(tx, asha, &names).unwrap());
        assert_eq!(statements, 1);
        let [of_milk, bread, of_salt, same_bread, new] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!((of_milk.id, of_milk.shelf_life, of_milk.is_new), (milk, ShelfLife::Days(7), false));
        assert_eq!((of_salt.id, of_salt.shelf_life), (salt, ShelfLife::Unknown));
        assert_eq!((bread, bread.is_new, new.is_new), (same_bread, true, true));
        let bread = products::get(tx, bread.id).unwrap();
        assert_eq!((bread.user_id, bread.name.as_str()), (Some(asha), "Chleb"), "as it came first");

        let again = products::find_or_insert(tx, asha, &names).unwrap();
        assert!(again.iter().all(|product| !product.is_new));
        assert!(again.iter().map(|product| product.id).eq(found.iter().map(|product| product.id)));
        assert_eq!(products::find_or_insert(tx, asha, &[]).unwrap(), []);
    });
}

#[test]
fn many_things_are_added_in_one_statement_and_what_cannot_be_used_is_left_out() {
    testing::check(|tx| {
        let (asha, bina) = (user(tx, "asha"), user(tx, "bina"));
        let milk = product(tx, None, "Milk");
        let natto = product(tx, Some(bina), "Natto");
        let items = [
            new_item(asha, milk, ["1", "l", "2026-11-25"]),
            new_item(asha, natto, ["1", "", ""]),
            new_item(asha, milk, ["", "l", ""]),
        ];
        let (added, statements) = count_statements(tx, |tx| pantry_items::add(tx, asha, &items).unwrap());
        assert_eq!(statements, 1);
        let [dated, foreign, undated] = added.as_slice() else { panic!("{added:?}") };
        assert!(dated.as_ref().unwrap().is_new && undated.as_ref().unwrap().is_new);
        assert_eq!(foreign, &None);
        let again = pantry_items::add(tx, asha, &items).unwrap();
        let more = again[0].as_ref().unwrap();
        assert_eq!((more.is_new, more.item.quantity), (false, Some(quantity("2"))));
        assert_eq!(pantry_items::add(tx, asha, &[]).unwrap(), []);
    });
}

#[test]
fn a_name_comes_back_as_it_was_written() {
    testing::check(|tx| {
        let user = user(tx, "asha");
        let made = products::insert(tx, new_product(Some(user), "ŚMIETANA  18%")).unwrap();
        assert_eq!(products::get(tx, made.id).unwrap(), made);
        assert_eq!(made.name, ProductName::parse("ŚMIETANA  18%").unwrap());
    });
}
