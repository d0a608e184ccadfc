//! Planned meals, and what has to be bought for them.

use domain::day::DayRange;
use domain::pantry::{
    Dish, MealPlan, MealPlanChanges, MealType, NewMealPlan, NewMealPlanItem, Quantity, Recipe, Servings,
    Unit, User, meal_plans as rules,
};
use domain::{DayPosition, Id, Limit, Offset, PageRequest, Text};
use repository::testing::{TestDatabase, count_statements};
use repository::{Actor, Error as RepositoryError, Tx, ops, testing};
use strongroom_service::pantry::{meal_plans, recipes, shopping_lists, users};
use strongroom_service::{Error, Result};

use crate::fixtures::{violation, violations};
use crate::pantry_receipts::is_absent;
use crate::pantry_recipes::{recipe, shared};
use crate::pantry_world::{add, day, household, product};

fn new_plan(user: Id<User>, date: &str, meal: &str, recipe: Option<Id<Recipe>>) -> NewMealPlan {
    NewMealPlan {
        user_id: user,
        plan_date: day(date),
        meal_type: Some(meal).filter(|meal| !meal.is_empty()).map(|meal| meal.parse().unwrap()),
        recipe_id: recipe,
        servings: None,
        notes: None,
        items: Vec::new(),
    }
}

fn plan(tx: &mut Tx<'_>, new: NewMealPlan) -> MealPlan {
    let (made, statements) = count_statements(tx, |tx| meal_plans::create(tx, new).unwrap());
    assert!(statements <= 2, "{statements} statements");
    made
}

fn item(dish: Dish, quantity: &str, unit: &str) -> NewMealPlanItem {
    let given = |text| Some(text).filter(|text: &&str| !text.is_empty());
    NewMealPlanItem {
        dish,
        quantity: given(quantity).map(|quantity| Quantity::parse(quantity).unwrap()),
        unit: given(unit).map(|unit| Unit::parse(unit).unwrap()),
    }
}

fn days(first: &str, last: &str) -> DayRange {
    rules::range(day(first), day(last)).unwrap()
}

/// What is to be bought on the 20th for the days of a range.
fn to_buy(tx: &mut Tx<'_>, user: Id<User>, range: DayRange) -> Vec<String> {
    let on = Some(day("2026-11-20"));
    let (lines, statements) =
        count_statements(tx, |tx| shopping_lists::for_user(tx, user, range, on).unwrap());
    assert!(statements == 1 || lines.is_empty(), "{statements} statements");
    let shown = |line: domain::pantry::ShoppingLine| {
        let amount = line.to_buy.map_or("null".to_owned(), |amount| amount.to_string());
        let unit = line.unit.map_or(String::new(), |unit| format!(" {unit}"));
        format!("{} {amount}{unit}{}", line.name, if line.check_pantry { " check" } else { "" })
    };
    lines.into_iter().map(shown).collect()
}

fn existing(outcome: Result<MealPlan>) -> Option<Id<MealPlan>> {
    match outcome {
        Err(Error::Repository(RepositoryError::Conflict { existing, .. })) => existing.map(Id::from_uuid),
        other => panic!("a conflict, not {other:?}"),
    }
}

#[test]
fn a_plan_comes_back_with_its_items_in_the_order_given() {
    testing::check(|tx| {
        let user = household(tx, "kowalscy");
        let pancakes = recipe(tx, "Pancakes", Some(4), &["flour 250 g"]);
        let salad = recipe(tx, "Salad", None, &[]);
        let (butter, own) = (shared(tx, "butter"), product(tx, Some(user), "Twaróg").unwrap());
        let new = NewMealPlan {
            servings: Some(Servings::new(8).unwrap()),
            notes: Some(Text::parse("Guests").unwrap()),
            items: vec![
                item(Dish::Product(own), "200", "g"),
                item(Dish::Recipe(salad), "2", ""),
                item(Dish::Product(butter), "", ""),
            ],
            ..new_plan(user, "2026-11-21", "Breakfast", Some(pancakes))
        };
        let made = plan(tx, new);
        let (read, statements) = count_statements(tx, |tx| meal_plans::get(tx, made.id).unwrap());
        assert_eq!((&read, statements), (&made, 1));
        assert_eq!(made.items.iter().map(|item| item.position).collect::<Vec<_>>(), [0, 1, 2]);

        let changes = MealPlanChanges {
            meal_type: Some(None),
            servings: Some(None),
            items: Some(vec![item(Dish::Recipe(salad), "", "")]),
            ..Default::default()
        };
        let changed = meal_plans::update(tx, made.id, changes).unwrap();
        assert_eq!((changed.meal_type, changed.servings, changed.items.len()), (None, None, 1));
        assert_eq!((changed.recipe_id, changed.notes), (made.recipe_id, made.notes));
        assert_eq!(meal_plans::update(tx, made.id, MealPlanChanges::default()).unwrap().items, changed.items);
        meal_plans::delete(tx, made.id).unwrap();
        assert!(is_absent(meal_plans::get(tx, made.id)) && is_absent(meal_plans::delete(tx, made.id)));
        assert!(is_absent(meal_plans::update(tx, made.id, MealPlanChanges::default())));
    });
}

#[test]
fn a_days_meal_has_a_recipe_once() {
    testing::check(|tx| {
        let (user, other) = (household(tx, "kowalscy"), household(tx, "tanaka"));
        let (soup, stew) = (Some(recipe(tx, "Soup", None, &[])), Some(recipe(tx, "Stew", None, &[])));
        let first = plan(tx, new_plan(user, "2026-11-21", "dinner", soup));
        assert_eq!(
            existing(meal_plans::create(tx, new_plan(user, "2026-11-21", "dinner", soup))),
            Some(first.id)
        );
        for different in [
            new_plan(user, "2026-11-22", "dinner", soup),
            new_plan(user, "2026-11-21", "lunch", soup),
            new_plan(user, "2026-11-21", "", soup),
            new_plan(user, "2026-11-21", "dinner", stew),
            new_plan(other, "2026-11-21", "dinner", soup),
            new_plan(user, "2026-11-21", "dinner", None),
            new_plan(user, "2026-11-21", "dinner", None),
        ] {
            plan(tx, different);
        }
        let undecided = meal_plans::create(tx, new_plan(user, "2026-11-21", "", soup));
        assert!(existing(undecided).is_some(), "no meal equals none");
        let second = plan(tx, new_plan(user, "2026-11-23", "dinner", soup));
        let moved = MealPlanChanges { plan_date: Some(day("2026-11-21")), ..Default::default() };
        assert_eq!(existing(meal_plans::update(tx, second.id, moved)), Some(first.id));
        let kept = MealPlanChanges {
            recipe_id: Some(soup),
            meal_type: Some(Some(MealType::Dinner)),
            ..Default::default()
        };
        assert!(meal_plans::update(tx, second.id, kept).is_ok(), "a plan is not in its own way");
    });
}

#[test]
fn what_a_plan_names_must_be_there() {
    testing::check(|tx| {
        let (user, other) = (household(tx, "kowalscy"), household(tx, "tanaka"));
        let gone = recipe(tx, "Gone", None, &[]);
        let kept = plan(tx, new_plan(user, "2026-11-20", "", Some(gone)));
        recipes::delete(tx, gone, None).unwrap();
        let foreign = product(tx, Some(other), "Ryż").unwrap();
        let place = |place: &str, code| (place.to_owned(), code);
        let new = new_plan(user, "2026-11-21", "", Some(gone));
        assert_eq!(violation(meal_plans::create(tx, new)), place("/recipe_id", "unknown_recipe"));
        let mut new = new_plan(user, "2026-11-21", "", None);
        new.items = vec![
            item(Dish::Product(shared(tx, "butter")), "", ""),
            item(Dish::Recipe(gone), "", ""),
            item(Dish::Product(foreign), "", ""),
        ];
        let expected =
            [place("/items/1/recipe_id", "unknown_recipe"), place("/items/2/product_id", "unknown_product")];
        assert_eq!(violations(meal_plans::create(tx, new.clone())), expected);
        let changes = MealPlanChanges { items: Some(new.items), ..Default::default() };
        assert_eq!(violations(meal_plans::update(tx, kept.id, changes)), expected);
        let changes =
            MealPlanChanges { notes: Some(None), recipe_id: Some(Some(gone)), ..Default::default() };
        assert!(
            meal_plans::update(tx, kept.id, changes).is_ok(),
            "a plan may keep a recipe that was deleted since"
        );
        let nobody = new_plan(Id::generate(), "2026-11-21", "", None);
        assert_eq!(violation(meal_plans::create(tx, nobody)), place("/user_id", "unknown_user"));
        let mut many = new_plan(user, "2026-11-21", "", None);
        many.items = vec![item(Dish::Product(shared(tx, "butter")), "", ""); 101];
        assert_eq!(violation(meal_plans::create(tx, many)), place("/items", "too_many"));
    });
}

#[test]
fn plans_are_listed_by_day() {
    testing::check(|tx| {
        let user = household(tx, "kowalscy");
        let dates = ["2026-11-22", "2026-11-20", "2026-11-21", "2026-11-21", "2026-11-23"];
        let made: Vec<_> = dates.iter().map(|date| plan(tx, new_plan(user, date, "", None)).id).collect();
        let expected = [made[1], made[2], made[3], made[0]];
        for limit in 1..=5 {
            let (mut found, mut page) =
                (Vec::new(), PageRequest { limit: Limit::new(limit).unwrap(), after: None });
            loop {
                let next = meal_plans::list(tx, user, days("2026-11-20", "2026-11-22"), page).unwrap();
                found.extend(next.items.into_iter().map(|plan| plan.id));
                page.after = next.next;
                if page.after.is_none() {
                    break;
                }
            }
            assert_eq!(found, expected, "{limit} at a time");
        }
        assert_eq!(rules::range(day("2026-11-20"), day("2027-02-20")).unwrap_err().code(), "range_too_long");
        let all = Offset { offset: 1, limit: Limit::default() };
        assert_eq!(meal_plans::list_from(tx, all).unwrap().len(), 4);
        users::delete(tx, user, None).unwrap();
        let page = PageRequest::<DayPosition> { limit: Limit::default(), after: None };
        let hidden = meal_plans::list(tx, user, days("2026-11-20", "2026-11-22"), page);
        assert!(matches!(hidden, Err(Error::Repository(RepositoryError::NotFound("user")))), "{hidden:?}");
        assert!(meal_plans::get(tx, made[0]).is_err());
    });
}

#[test]
fn a_shopping_list_is_what_the_meals_take_less_what_is_available() {
    testing::check(|tx| {
        let user = household(tx, "kowalscy");
        let pancakes = recipe(tx, "Pancakes", None, &["eggs 3 szt", "milk 500 ml", "flour 250 g", "salt"]);
        plan(tx, new_plan(user, "2026-11-21", "breakfast", Some(pancakes)));
        plan(tx, new_plan(user, "2026-11-22", "breakfast", Some(pancakes)));
        let mut butter = new_plan(user, "2026-11-22", "", None);
        butter.items = vec![item(Dish::Product(shared(tx, "butter")), "200", "g")];
        plan(tx, butter);
        plan(tx, new_plan(user, "2026-11-23", "breakfast", Some(pancakes)));
        for (name, parts) in [
            ("eggs", ["4", "szt", ""]),
            ("milk", ["1", "l", "2026-11-20"]),
            ("flour", ["0.3", "kg", ""]),
            ("butter", ["100", "g", "2026-11-19"]),
        ] {
            add(tx, user, name, parts).unwrap();
        }
        let range = days("2026-11-21", "2026-11-22");
        assert_eq!(
            to_buy(tx, user, range),
            ["butter 200.000 g", "eggs 2.000 szt", "flour 200.000 g", "salt null"]
        );
        recipes::delete(tx, pancakes, None).unwrap();
        assert_eq!(to_buy(tx, user, range), ["butter 200.000 g"], "deleted recipes do not count");
        assert_eq!(to_buy(tx, user, days("2026-12-21", "2026-12-22")), [""; 0]);
        let nobody = shopping_lists::for_user(tx, Id::generate(), range, None);
        assert!(matches!(nobody, Err(Error::Repository(RepositoryError::NotFound("user")))));
    });
}

#[test]
fn a_meal_for_eight_takes_twice_what_one_for_four_does() {
    testing::check(|tx| {
        let user = household(tx, "kowalscy");
        let rice = recipe(tx, "Rice", Some(4), &["rice 400 g"]);
        let sized = |date, servings| NewMealPlan {
            servings: Some(Servings::new(servings).unwrap()),
            ..new_plan(user, date, "", Some(rice))
        };
        plan(tx, sized("2026-11-23", 8));
        plan(tx, sized("2026-11-24", 2));
        add(tx, user, "rice", ["300", "g", ""]).unwrap();
        assert_eq!(to_buy(tx, user, days("2026-11-23", "2026-11-24")), ["rice 700.000 g"]);
        plan(tx, new_plan(user, "2026-11-25", "", Some(rice)));
        assert_eq!(
            to_buy(tx, user, days("2026-11-25", "2026-11-25")),
            ["rice 100.000 g"],
            "as the recipe is"
        );
        let toast = recipe(tx, "Toast", None, &["bread 2"]);
        let mut many = sized("2026-11-26", 8);
        many.recipe_id = Some(toast);
        many.items = vec![item(Dish::Recipe(toast), "1.5", ""), item(Dish::Recipe(rice), "", "")];
        plan(tx, many);
        assert_eq!(to_buy(tx, user, days("2026-11-26", "2026-11-26")), ["bread 5.000", "rice 100.000 g"]);
    });
}

#[test]
fn own_products_count_as_those_of_the_catalogue_and_units_convert() {
    testing::check(|tx| {
        let user = household(tx, "kowalscy");
        let bread =
            recipe(tx, "Bread", None, &["FLOUR 500 g", "FLOUR 0.5 kg", "FLOUR 1 pack", "eggs 2", "eggs 3"]);
        let own = product(tx, Some(user), "flour").unwrap();
        let mut meal = new_plan(user, "2026-11-21", "", Some(bread));
        meal.items = vec![item(Dish::Product(own), "200", "G")];
        plan(tx, meal);
        add(tx, user, "flour", ["300", "g", ""]).unwrap();
        add(tx, user, "flour", ["", "bag", ""]).unwrap();
        let found = to_buy(tx, user, days("2026-11-21", "2026-11-21"));
        assert_eq!(found, ["eggs 5.000", "FLOUR 900.000 g check", "FLOUR 1.000 pack check"]);
    });
}

#[test]
fn today_is_the_day_where_the_household_lives() {
    testing::check(|tx| {
        let user = household(tx, "tanaka");
        let rice = recipe(tx, "Rice", None, &["rice 1 kg"]);
        let (yesterday, today) = (tx.now - chrono::Duration::days(1), tx.now);
        let date = |at: chrono::DateTime<chrono::Utc>| at.date_naive().to_string();
        plan(tx, new_plan(user, &date(today), "", Some(rice)));
        add(tx, user, "rice", ["1", "kg", &date(today)]).unwrap();
        let range = days(&date(today), &date(today));
        assert_eq!(
            shopping_lists::for_user(tx, user, range, None).unwrap(),
            [],
            "good until the end of the day"
        );
        testing::execute(tx, &format!("UPDATE pantry.pantry_items SET expiry_date = '{}'", date(yesterday)));
        assert_eq!(shopping_lists::for_user(tx, user, range, None).unwrap().len(), 1);
    });
}

#[test]
fn two_plans_of_a_meal_stay_two_when_their_recipes_are_purged() {
    let test = TestDatabase::new();
    let database = test.database();
    let made = database.write("test", &Actor::system(), |tx| {
        let user = household(tx, "kowalscy");
        let (soup, stew) = (recipe(tx, "Soup", None, &["salt"]), recipe(tx, "Stew", None, &[]));
        let mut first = new_plan(user, "2026-11-21", "dinner", Some(soup));
        first.items = vec![item(Dish::Recipe(stew), "", "")];
        let plans = [first, new_plan(user, "2026-11-21", "dinner", Some(stew))].map(|new| plan(tx, new).id);
        recipes::delete(tx, soup, None)?;
        recipes::delete(tx, stew, None)?;
        Ok::<_, Error>(plans)
    });
    test.sabotage("UPDATE pantry.recipes SET deleted_at = now() - interval '31 days'");
    let plan = ops::cleanup::Plan { rule: Some("deleted-recipes"), ..Default::default() };
    let cleaned = ops::cleanup::run(&database, &Actor::system(), &plan, |_| {}).unwrap();
    assert_eq!(cleaned[0].rows, 2);
    for id in made.unwrap() {
        let plan = database.read("test", &Actor::system(), |conn| meal_plans::get(conn, id)).unwrap();
        assert_eq!((plan.recipe_id, plan.items.len()), (None, 0));
    }
}
