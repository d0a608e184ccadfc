//! Single ingredients of recipes and single items of plans and receipts, as a program changes them that uses the library.

use std::sync::Barrier;
use std::thread;

use strongroom_repository::domain::pantry::{
    Dish, MealPlanItemChanges, NewMealPlanItem, NewReceipt, NewRecipeIngredient, Recipe,
    RecipeIngredientChanges, Unit,
};
use strongroom_repository::domain::{Decimal, Id, Limit, Offset, Text};
use strongroom_repository::pantry::{
    meal_plan_items, meal_plans, receipt_items, receipts, recipe_ingredients, recipes,
};
use strongroom_repository::testing::{self, TestDatabase};
use strongroom_repository::{Actor, Error, Result, Tx};

use crate::pantry_world::{new_plan, new_receipt, product, quantity, recipe, user};

fn version(tx: &mut Tx<'_>, id: Id<Recipe>) -> i64 {
    recipes::get(tx, id).unwrap().recipe.row_version
}

fn is_absent<T>(outcome: &Result<T>, what: &str) -> bool {
    matches!(outcome, Err(Error::NotFound(found)) if *found == what)
}

#[test]
fn an_ingredient_is_added_changed_and_removed_and_its_recipe_gets_a_new_version() {
    testing::check(|tx| {
        let soup = recipe(tx).unwrap();
        let (salt, pepper) = (product(tx, None, "Salt"), product(tx, None, "Pepper"));
        let own = {
            let user = user(tx, "kowalscy");
            product(tx, Some(user), "Twaróg")
        };
        let new = |product_id| NewRecipeIngredient { product_id, quantity: None, unit: None, notes: None };
        let added = recipe_ingredients::insert(tx, soup, new(salt)).unwrap();
        assert_eq!((added.product_name.as_str(), version(tx, soup)), ("Salt", 2));
        assert_eq!(recipe_ingredients::get(tx, added.id).unwrap(), added);
        let changes = RecipeIngredientChanges {
            product_id: Some(pepper),
            quantity: Some(Some(quantity("2.5"))),
            unit: Some(Some(Unit::parse("g").unwrap())),
            notes: Some(Some(Text::parse("ground").unwrap())),
        };
        let changed = recipe_ingredients::update(tx, added.id, changes).unwrap();
        assert_eq!((changed.product_name.as_str(), changed.quantity), ("Pepper", Some(quantity("2.5"))));
        let cleared = RecipeIngredientChanges { unit: Some(None), ..Default::default() };
        let cleared = recipe_ingredients::update(tx, added.id, cleared).unwrap();
        assert_eq!((cleared.unit, cleared.notes, version(tx, soup)), (None, changed.notes, 4));
        assert!(recipe_ingredients::update(tx, added.id, RecipeIngredientChanges::default()).is_ok());
        let all = Offset { offset: 1, limit: Limit::default() };
        assert_eq!(recipe_ingredients::list_from(tx, all).unwrap()[0].id, added.id);

        let foreign = RecipeIngredientChanges { product_id: Some(own), ..Default::default() };
        assert!(is_absent(&recipe_ingredients::update(tx, added.id, foreign), "product"));
        assert!(recipe_ingredients::delete(tx, added.id).unwrap());
        assert!(!recipe_ingredients::delete(tx, added.id).unwrap());
        assert!(is_absent(&recipe_ingredients::get(tx, added.id), "recipe ingredient"));
        assert!(is_absent(&recipe_ingredients::insert(tx, Id::generate(), new(salt)), "recipe"));
        assert!(is_absent(&recipe_ingredients::insert(tx, soup, new(own)), "product"));
    });
}

#[test]
fn an_item_of_a_plan_is_added_changed_and_removed() {
    testing::check(|tx| {
        let (soup, milk) = (recipe(tx).unwrap(), product(tx, None, "Milk"));
        let (user, other) = (user(tx, "kowalscy"), user(tx, "tanaka"));
        let (own, foreign) = (product(tx, Some(user), "Twaróg"), product(tx, Some(other), "Ryż"));
        let plan = meal_plans::insert(tx, new_plan(user, soup, &[Dish::Product(milk)])).unwrap();
        let new = |dish| NewMealPlanItem { dish, quantity: Some(quantity("2")), unit: None };
        let added = meal_plan_items::insert(tx, plan.id, new(Dish::Product(own))).unwrap();
        assert_eq!((added.position, meal_plan_items::get(tx, added.id).unwrap()), (1, added.clone()));
        assert_eq!(meal_plans::get(tx, plan.id).unwrap().items.last(), Some(&added));
        let changes =
            MealPlanItemChanges { dish: Some(Dish::Recipe(soup)), position: Some(7), ..Default::default() };
        let changed = meal_plan_items::update(tx, added.id, changes).unwrap();
        assert_eq!(
            (changed.dish, changed.quantity, changed.position),
            (Dish::Recipe(soup), Some(quantity("2")), 7)
        );
        assert_eq!(meal_plan_items::insert(tx, plan.id, new(Dish::Recipe(soup))).unwrap().position, 8);
        assert!(meal_plan_items::update(tx, added.id, MealPlanItemChanges::default()).is_ok());
        let all = Offset { offset: 2, limit: Limit::default() };
        assert_eq!(meal_plan_items::list_from(tx, all).unwrap().len(), 1);

        let not_ours = MealPlanItemChanges { dish: Some(Dish::Product(foreign)), ..Default::default() };
        assert!(is_absent(&meal_plan_items::update(tx, added.id, not_ours), "product"));
        let unknown = MealPlanItemChanges { dish: Some(Dish::Recipe(Id::generate())), ..Default::default() };
        assert!(is_absent(&meal_plan_items::update(tx, added.id, unknown), "recipe"));
        assert!(is_absent(
            &meal_plan_items::insert(tx, plan.id, new(Dish::Product(foreign))),
            meal_plan_items::REFERENCE
        ));
        assert!(
            meal_plan_items::delete(tx, added.id).unwrap() && !meal_plan_items::delete(tx, added.id).unwrap()
        );
        assert!(is_absent(&meal_plan_items::get(tx, added.id), "meal plan item"));
    });
}

#[test]
fn lines_are_listed_in_the_order_in_which_they_were_made() {
    testing::check(|tx| {
        let user = user(tx, "kowalscy");
        let names = ["c", "a", "b"];
        receipts::create_with_items(tx, new_receipt(user, &names)).unwrap();
        let found =
            receipt_items::list_from(tx, Offset { offset: 1, limit: Limit::new(5).unwrap() }).unwrap();
        assert_eq!(found.iter().map(|item| item.product_name.as_str()).collect::<Vec<_>>(), names[1..]);
    });
}

/// Two that add a line each to the same receipt: the one that waited for the other must see its line.
#[test]
fn lines_that_are_added_at_once_are_all_there_and_each_raised_the_version() {
    const CALLERS: usize = 8;
    let test = TestDatabase::new();
    let database = test.database();
    let made = database
        .write("test", &Actor::system(), |tx| {
            let user = user(tx, "kowalscy");
            let total_amount = Some(Decimal::parse("8").unwrap());
            receipts::create_with_items(tx, NewReceipt { total_amount, ..new_receipt(user, &[]) })
        })
        .unwrap();
    let id = made.receipt.id;
    let start = Barrier::new(CALLERS);
    thread::scope(|scope| {
        for n in 0..CALLERS {
            let (start, database) = (&start, &database);
            scope.spawn(move || {
                start.wait();
                let name = n.to_string();
                let add = |tx: &mut Tx<'_>| {
                    let locked = receipts::lock(tx, id)?;
                    let mut new = new_receipt(locked.receipt.user_id, &[&name]).items.remove(0);
                    new.total_price = Some(Decimal::parse("1").unwrap());
                    receipt_items::insert(tx, locked, new)
                };
                database.write("test.add", &Actor::system(), add).unwrap()
            });
        }
    });
    let whole = database.read("test", &Actor::system(), |conn| receipts::get(conn, id)).unwrap();
    assert_eq!((whole.items.len(), whole.receipt.row_version), (CALLERS, 9));
    assert!(whole.receipt.metadata.fields().is_empty(), "the last one saw all lines, which add up");
}
