//! What households mean to eat on a day.

use domain::day::DayRange;
use domain::pantry::meal_plans::MOST_ITEMS;
use domain::pantry::{Dish, MealPlan, MealPlanChanges, NewMealPlan, NewMealPlanItem, User};
use domain::{DayPosition, Id, Invalid, Page, PageRequest};
use repository::pantry::{meal_plan_items, meal_plans, products, references};
use repository::{Conn, Error as RepositoryError, Tx};

use super::users;
use crate::{Error, Result};

pub use repository::pantry::meal_plans::{delete, get, list_from};

/// Plans a meal. A day's meal has a recipe once: another plan of the same is a conflict with it.
pub fn create(tx: &mut Tx<'_>, new: NewMealPlan) -> Result<MealPlan> {
    must_be_few(&new.items)?;
    let (user, items) = (new.user_id, new.items.clone());
    meal_plans::insert(tx, new).map_err(|error| why_refused(tx, error, user, &items))
}

/// A user's plans for the days of a range, the earliest first.
pub fn list(
    conn: &mut Conn<'_>,
    user: Id<User>,
    range: DayRange,
    page: PageRequest<DayPosition>,
) -> Result<Page<MealPlan, DayPosition>> {
    let found = meal_plans::list_for_user(conn, user, range, page)?;
    if found.items.is_empty() {
        users::must_exist(conn, user)?;
    }
    Ok(found)
}

/// Changes the given fields and, where items are given, replaces those there are.
pub fn update(tx: &mut Tx<'_>, id: Id<MealPlan>, changes: MealPlanChanges) -> Result<MealPlan> {
    let items = changes.items.clone().unwrap_or_default();
    must_be_few(&items)?;
    let user = meal_plans::get(tx, id)?.user_id;
    meal_plans::update(tx, id, changes).map_err(|error| why_refused(tx, error, user, &items))
}

fn must_be_few(items: &[NewMealPlanItem]) -> Result<()> {
    if items.len() <= MOST_ITEMS {
        return Ok(());
    }
    Err(Error::invalid("/items", "too_many", format!("there must be at most {MOST_ITEMS} items")))
}

/// Tells why the database did not take a plan.
fn why_refused(tx: &mut Tx<'_>, error: RepositoryError, user: Id<User>, items: &[NewMealPlanItem]) -> Error {
    match error {
        RepositoryError::NotFound("recipe") => {
            Error::invalid("/recipe_id", "unknown_recipe", "there is no such recipe")
        }
        RepositoryError::NotFound(meal_plan_items::REFERENCE) => match absent(tx, user, items) {
            Ok(Some(invalid)) => invalid.into(),
            Ok(None) => RepositoryError::Contention.into(),
            Err(error) => error.into(),
        },
        error => users::unknown(error),
    }
}

/// The items whose recipes are not there, or whose products the user cannot use.
fn absent(
    tx: &mut Tx<'_>,
    user: Id<User>,
    items: &[NewMealPlanItem],
) -> Result<Option<Invalid>, RepositoryError> {
    let living = references::living_recipes(tx, items.iter().filter_map(|item| item.dish.recipe()))?;
    let named: Vec<_> = items.iter().filter_map(|item| item.dish.product()).collect();
    let usable = products::usable(tx, Some(user), &named)?;
    let mut fields = Invalid::collect();
    for (n, item) in items.iter().enumerate() {
        match item.dish {
            Dish::Recipe(id) if !living.contains(&id) => {
                fields.add(format!("/items/{n}/recipe_id"), "unknown_recipe", "there is no such recipe");
            }
            Dish::Product(id) if !usable.contains(&id) => {
                let detail = "there is no such product of the user or in the catalogue";
                fields.add(format!("/items/{n}/product_id"), "unknown_product", detail);
            }
            Dish::Recipe(_) | Dish::Product(_) => {}
        }
    }
    Ok(fields.finish().err())
}
