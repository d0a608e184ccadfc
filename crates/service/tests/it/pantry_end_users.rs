//! What a household's own token may do with receipts, recipes and plans, and that it sees those of no other household.

use domain::day::DayRange;
use domain::pantry::{
    Dish, MealPlanChanges, NewMealPlan, NewMealPlanItem, NewReceiptItem, ReceiptChanges, ReceiptFilter,
    ReceiptItemChanges, SpendingBy, SuggestionRequest, User,
};
use domain::{Id, PageRequest};
use repository::testing::TestDatabase;
use repository::{Actor, Database, Error as RepositoryError, Tx};
use strongroom_service::pantry::{
    meal_plans, receipt_batch, receipt_items, receipts, recipes, shopping_lists, spending, stocking,
    suggestions,
};
use strongroom_service::{Error, Result};

use crate::fixtures::violation;
use crate::pantry_receipts::{is_absent, new_item, new_receipt, receipt};
use crate::pantry_recipes::{new_recipe, recipe, shared};
use crate::pantry_world::{day, household, product};

fn program<T>(database: &Database, work: impl FnMut(&mut Tx<'_>) -> Result<T>) -> T {
    database.write("test", &Actor::system(), work).unwrap()
}

fn as_user<T>(database: &Database, user: Id<User>, work: impl FnMut(&mut Tx<'_>) -> Result<T>) -> Result<T> {
    database.write("test", &Actor::end_user("pantry", user.uuid()), work)
}

fn november() -> DayRange {
    DayRange::new(day("2026-11-01"), day("2026-11-30")).unwrap()
}

fn new_plan(user: Id<User>, dishes: &[Dish]) -> NewMealPlan {
    let item = |dish: &Dish| NewMealPlanItem { dish: *dish, quantity: None, unit: None };
    NewMealPlan {
        user_id: user,
        plan_date: day("2026-11-21"),
        meal_type: None,
        recipe_id: dishes.iter().find_map(|dish| dish.recipe()),
        servings: None,
        notes: None,
        items: dishes.iter().map(item).collect(),
    }
}

#[test]
fn a_household_does_all_of_it_with_its_own_rows() {
    let test = TestDatabase::new();
    let database = test.database();
    let (user, soup, milk, bread) = program(&database, |tx| {
        let user = household(tx, "kowalscy");
        let bread = product(tx, Some(user), "Chleb")?;
        Ok((user, recipe(tx, "Soup", None, &["milk"]), shared(tx, "milk"), bread))
    });
    let done = as_user(&database, user, |tx| {
        let mut new = new_receipt(user, ["Lidl", "2026-11-03", "5"], &[["Masło", "", "", "3"]]);
        new.items.push(NewReceiptItem { product_id: Some(milk), ..new_item(["Mleko", "", "", "2"]) });
        let made = receipts::create(tx, new.clone())?;
        let id = made.receipt.id;
        let added = receipt_items::add(tx, id, new_item(["Chleb", "", "", "4"]))?;
        receipt_items::update(
            tx,
            added.id,
            ReceiptItemChanges { total_price: Some(None), ..Default::default() },
        )?;
        let stocked = stocking::to_pantry(tx, id, None)?;
        assert_eq!((stocked.added, stocked.products_created), (3, 1));
        receipt_items::delete(tx, added.id)?;
        receipts::update(
            tx,
            id,
            Some(5),
            ReceiptChanges { items: Some(new.items.clone()), ..Default::default() },
        )?;
        assert!(receipt_batch::create(tx, vec![new.clone(), new])?.iter().all(std::result::Result::is_ok));
        assert_eq!(
            receipts::list(tx, user, &ReceiptFilter::default(), PageRequest::default())?.items.len(),
            3
        );
        for by in [None, Some(SpendingBy::Store), Some(SpendingBy::Month), Some(SpendingBy::Category)] {
            assert_eq!(spending::of_user(tx, user, november(), by)?.0.total_spent.to_string(), "15.00");
        }

        let found = suggestions::for_user(tx, user, &SuggestionRequest::default())?;
        assert_eq!((found.len(), found[0].recipe.id), (1, soup));
        assert_eq!(recipes::get(tx, soup)?.ingredients.len(), 1);
        let plan = meal_plans::create(tx, new_plan(user, &[Dish::Recipe(soup), Dish::Product(bread)]))?;
        let items = Some(vec![NewMealPlanItem { dish: Dish::Product(bread), quantity: None, unit: None }]);
        meal_plans::update(tx, plan.id, MealPlanChanges { items, ..Default::default() })?;
        assert_eq!(shopping_lists::for_user(tx, user, november(), None)?, [], "all of it is at home");
        meal_plans::delete(tx, plan.id)?;
        receipts::delete(tx, id, None)?;
        Ok(receipts::restore(tx, id)?)
    });
    assert_eq!(done.unwrap().items.len(), 2);
}

#[test]
fn another_household_sees_nothing_of_it() {
    let test = TestDatabase::new();
    let database = test.database();
    let (own, other, made, plan, bread) = program(&database, |tx| {
        let (own, other) = (household(tx, "kowalscy"), household(tx, "tanaka"));
        let made = receipt(tx, own, ["Lidl", "2026-11-03", "5"], &[["Chleb", "", "", "5"]]);
        let bread = product(tx, Some(own), "Chleb")?;
        let plan = meal_plans::create(tx, new_plan(own, &[Dish::Product(bread)]))?;
        Ok((own, other, made, plan.id, bread))
    });
    let (id, item) = (made.receipt.id, made.items[0].id);
    as_user(&database, other, |tx| {
        assert!(is_absent(receipts::get(tx, id)) && is_absent(receipts::restore(tx, id)));
        assert!(is_absent(receipts::update(tx, id, None, ReceiptChanges::default())));
        assert!(is_absent(receipts::delete(tx, id, None)) && is_absent(stocking::to_pantry(tx, id, None)));
        assert!(is_absent(receipt_items::get(tx, item)) && is_absent(receipt_items::delete(tx, item)));
        assert!(is_absent(receipt_items::update(tx, item, ReceiptItemChanges::default())));
        assert!(is_absent(receipt_items::add(tx, id, new_item(["Ser", "", "", ""]))));
        assert!(is_absent(receipts::list(tx, own, &ReceiptFilter::default(), PageRequest::default())));
        assert!(is_absent(spending::of_user(tx, own, november(), None)));
        assert!(is_absent(suggestions::for_user(tx, own, &SuggestionRequest::default())));
        assert!(is_absent(meal_plans::get(tx, plan)) && is_absent(meal_plans::delete(tx, plan)));
        assert!(is_absent(meal_plans::update(tx, plan, MealPlanChanges::default())));
        assert!(is_absent(meal_plans::list(tx, own, november(), PageRequest::default())));
        assert!(is_absent(shopping_lists::for_user(tx, own, november(), None)));
        Ok(())
    })
    .unwrap();
    let place = |place: &str, code| (place.to_owned(), code);
    let refused = as_user(&database, other, |tx| receipts::create(tx, new_receipt(own, ["", "", ""], &[])));
    assert_eq!(violation(refused), place("/user_id", "unknown_user"));
    let refused = as_user(&database, other, |tx| {
        let mut new = new_receipt(other, ["", "", ""], &[["A", "", "", ""]]);
        new.items.iter_mut().for_each(|item| item.product_id = Some(bread));
        receipts::create(tx, new)
    });
    assert_eq!(violation(refused), place("/items/0/product_id", "unknown_product"));
    let refused =
        as_user(&database, other, |tx| meal_plans::create(tx, new_plan(other, &[Dish::Product(bread)])));
    assert_eq!(violation(refused), place("/items/0/product_id", "unknown_product"));
}

#[test]
fn no_household_writes_the_catalogue_of_recipes() {
    let test = TestDatabase::new();
    let database = test.database();
    let (user, soup) =
        program(&database, |tx| Ok((household(tx, "kowalscy"), recipe(tx, "Soup", None, &["milk"]))));
    let refused =
        |outcome: Result<()>| matches!(outcome, Err(Error::Repository(RepositoryError::Database(_))));
    assert!(refused(as_user(&database, user, |tx| {
        let new = new_recipe(tx, "Mine", &["milk"]);
        recipes::create(tx, new).map(drop)
    })));
    assert!(refused(as_user(&database, user, |tx| Ok(recipes::delete(tx, soup, None).map(drop)?))));
}
