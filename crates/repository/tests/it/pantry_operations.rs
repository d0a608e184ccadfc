//! What operators ask of households: everything that is kept of one, figures, and folding anew.

use std::time::Duration;

use strongroom_repository::domain::pantry::{NewReceipt, RecipeFilter};
use strongroom_repository::domain::{PageRequest, SearchWords};
use strongroom_repository::ops::{Session, health, stats};
use strongroom_repository::pantry::fold::{self, Refolded};
use strongroom_repository::pantry::{conversations, own_data, products, receipts, recipes};
use strongroom_repository::testing::{self, TestDatabase, key_ring};
use strongroom_repository::{Actor, Error, PoolOptions};

use crate::pantry_world::{household, new_receipt, product, product_name, recipe, user};

#[test]
fn own_data_has_every_row_of_a_household_opened_and_no_index() {
    testing::check(|tx| {
        let user = household(tx, "kowalscy").unwrap();
        household(tx, "tanaka").unwrap();
        testing::execute(tx, "UPDATE pantry.messages SET confidence = 0.25");
        let rows = own_data::page(tx, user, PageRequest::default()).unwrap().items;
        let tables: Vec<_> = rows.iter().map(|row| row.table).collect();
        let expected = [
            ["users", "products", "pantry_items"],
            ["conversations", "messages", "receipts"],
            ["receipt_items", "meal_plans", "meal_plan_items"],
        ];
        assert_eq!(tables, expected.concat());
        let value = |row: usize, name: &str| rows[row].row.fields().get(name).map(ToString::to_string);
        assert_eq!(value(0, "email").as_deref(), Some("\"kowalscy@pantry.example\""));
        assert_eq!(value(2, "quantity").as_deref(), Some("\"1.500\""));
        assert_eq!(value(4, "content").as_deref(), Some("\"Kup mleko\""));
        assert_eq!(value(4, "confidence").as_deref(), Some("0.25"));
        assert_eq!((value(0, "username_bidx"), value(4, "words")), (None, None));
    });
}

#[test]
fn figures_tell_of_living_conversations_of_roles_and_of_what_expired() {
    let test = TestDatabase::new();
    let database = test.database();
    database
        .write::<_, Error>("test", &Actor::system(), |tx| {
            household(tx, "kowalscy")?;
            let tanaka = household(tx, "tanaka")?;
            let all = conversations::list_for_user(tx, tanaka, PageRequest::default())?;
            conversations::soft_delete(tx, all.items[0].id, None).map(drop)
        })
        .unwrap();
    test.sabotage("UPDATE pantry.pantry_items SET expiry_date = current_date - 1 WHERE user_id = (SELECT min(user_id::text)::uuid FROM pantry.pantry_items)");
    test.sabotage(
        "UPDATE pantry.pantry_items SET expiry_date = current_date WHERE expiry_date <> current_date - 1",
    );
    let mut session = Session::connect(test.url("strongroom_app"), Duration::ZERO).unwrap();
    let tables = stats::tables(&mut session).unwrap();
    let by = |table: &str, name: &str| {
        let of_table = tables.iter().find(|of_table| of_table.table == table).unwrap();
        of_table.by.get(name).cloned().unwrap_or_default().into_iter().collect::<Vec<_>>()
    };
    assert_eq!(by("pantry.conversations", "state"), [("living".to_owned(), 1)]);
    assert_eq!(by("pantry.messages", "role"), [("user".to_owned(), 2)]);
    assert_eq!(by("pantry.pantry_items", "expiry"), [("expired".to_owned(), 1), ("good".to_owned(), 1)]);
    let options = PoolOptions::new(test.url("strongroom_app"));
    let health = health::check(options, Some(&key_ring()), Duration::ZERO);
    assert_eq!(health.conversation_count, Some(1));
}

#[test]
fn names_are_folded_anew_where_they_differ_and_none_becomes_another() {
    let test = TestDatabase::new();
    let database = test.database();
    let milk = database
        .write::<_, Error>("test", &Actor::system(), |tx| {
            let asha = user(tx, "asha");
            product(tx, Some(asha), "Chleb");
            product(tx, None, "Chleb");
            let shopped = NewReceipt { store_name: Some("LIDL".parse().unwrap()), ..new_receipt(asha, &[]) };
            receipts::create_with_items(tx, shopped)?;
            recipe(tx)?;
            Ok(product(tx, Some(asha), "MLEKO"))
        })
        .unwrap();
    test.sabotage(
        "UPDATE pantry.products SET name_key = 'MLEKO' WHERE name = 'MLEKO';
         INSERT INTO pantry.products (user_id, name, name_key)
         SELECT user_id, 'CHLEB', 'CHLEB' FROM pantry.products WHERE name = 'MLEKO';
         UPDATE pantry.receipts SET store_key = 'LIDL';
         UPDATE pantry.recipes SET tags = '{QUICK,quick,warm}', search = array_to_tsvector('{SOUP}')",
    );
    let actor = Actor::operator("test");
    let run = |dry_run| {
        let found: Vec<Refolded> = fold::run(&database, &actor, dry_run).unwrap();
        found.into_iter().map(|found| (found.table, found.changed, found.kept)).collect::<Vec<_>>()
    };
    let once = [("pantry.products", 1, 1), ("pantry.receipts", 1, 0), ("pantry.recipes", 1, 0)];
    assert_eq!(run(true), once);
    assert_eq!(run(false), once);
    assert_eq!(run(false), [("pantry.products", 0, 1), ("pantry.receipts", 0, 0), ("pantry.recipes", 0, 0)]);
    database
        .read::<_, Error>("test", &actor, |conn| {
            let asha = products::get(conn, milk)?.user_id;
            let by_name = products::find_by_names(conn, asha, &[product_name("mleko")])?;
            assert_eq!(by_name[0].as_ref().map(|product| product.id), Some(milk));
            let words = Some(SearchWords::parse("soup").unwrap());
            let soups = recipes::list(
                conn,
                &RecipeFilter { words, ..RecipeFilter::default() },
                PageRequest::default(),
            )?;
            assert_eq!(soups.items[0].tags.as_slice(), ["quick", "warm"]);
            Ok(())
        })
        .unwrap();
    test.sabotage(
        "DO $$ BEGIN ASSERT (SELECT count(*) FROM pantry.receipts WHERE store_key = 'lidl') = 1; END $$",
    );
}
