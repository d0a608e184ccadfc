//! What comes with planned meals: other recipes, or products as they are.

use bigdecimal::BigDecimal;
use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{self, Array, Nullable};
use domain::pantry::{Dish, MealPlan, MealPlanItem, MealPlanItemChanges, NewMealPlanItem, Unit, User};
use domain::{Decimal, Id, Offset};
use uuid::Uuid;

use super::{meal_plans, products, references};
use crate::database::column_types::DecimalColumn;
use crate::database::statement::{BindNext, statement};
use crate::schema::pantry::meal_plan_items;
use crate::{Access, Conn, Error, Result, Table, Tx, Verb};

/// What the shared machinery knows of this table.
pub const TABLE: Table = Table {
    access: Access::Parent("meal_plan_id", &meal_plans::TABLE),
    end_users_may: &Verb::ALL,
    clear: &[("unit", "what quantities count")],
    ..Table::new("pantry", "meal_plan_items", "meal plan item")
};

/// What [`Error::NotFound`] names when an item refers to something that is not there.
pub const REFERENCE: &str = "recipe or product";

#[derive(HasQuery)]
#[diesel(table_name = meal_plan_items, check_for_backend(Pg))]
struct MealPlanItemRow {
    id: Uuid,
    meal_plan_id: Uuid,
    recipe_id: Option<Uuid>,
    product_id: Option<Uuid>,
    quantity: Option<DecimalColumn<10, 3>>,
    unit: Option<String>,
    position: i32,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

#[derive(AsChangeset)]
#[diesel(table_name = meal_plan_items)]
struct MealPlanItemChangesRow {
    recipe_id: Option<Option<Uuid>>,
    product_id: Option<Option<Uuid>>,
    quantity: Option<Option<BigDecimal>>,
    unit: Option<Option<String>>,
    position: Option<i32>,
}

/// An item as `pantry.meal_plans` brings it along: the columns of [`ItemRecord`] in their order.
pub(super) type ItemRecordType = sql_types::Record<(
    sql_types::Uuid,
    Nullable<sql_types::Uuid>,
    Nullable<sql_types::Uuid>,
    Nullable<sql_types::Numeric>,
    Nullable<sql_types::Text>,
    sql_types::Integer,
    sql_types::Timestamptz,
    sql_types::Timestamptz,
)>;

/// What an item consists of: id, recipe, product, quantity, unit, position, created, updated.
pub(super) type ItemRecord = (
    Uuid,
    Option<Uuid>,
    Option<Uuid>,
    Option<DecimalColumn<10, 3>>,
    Option<String>,
    i32,
    DateTime<Utc>,
    DateTime<Utc>,
);

pub(super) fn of_record(plan: Id<MealPlan>, record: ItemRecord) -> Result<MealPlanItem> {
    let (id, recipe, product, quantity, unit, position, created_at, updated_at) = record;
    let dish = Dish::one_of(recipe.map(Id::from_uuid), product.map(Id::from_uuid));
    Ok(MealPlanItem {
        id: Id::from_uuid(id),
        meal_plan_id: plan,
        dish: dish.map_err(|error| Error::Invalid(error.to_string()))?,
        quantity: quantity.map(|quantity| quantity.0),
        unit: unit.map(Unit::from_trusted),
        position,
        created_at,
        updated_at,
    })
}

impl MealPlanItemRow {
    fn into_item(self) -> Result<MealPlanItem> {
        let Self {
            id,
            meal_plan_id,
            recipe_id,
            product_id,
            quantity,
            unit,
            position,
            created_at,
            updated_at,
        } = self;
        let record = (id, recipe_id, product_id, quantity, unit, position, created_at, updated_at);
        of_record(Id::from_uuid(meal_plan_id), record)
    }
}

/// Stores items of a plan in the order given, in one statement; in none where there are none.
///
/// # Errors
/// [`Error::NotFound`] with [`REFERENCE`] when a recipe is not there, or a product is none that the user can use; the
/// transaction must not be committed then.
pub(super) fn insert_all(
    tx: &mut Tx<'_>,
    user: Id<User>,
    plan: Id<MealPlan>,
    new: &[NewMealPlanItem],
) -> Result<Vec<MealPlanItem>> {
    insert_from(tx, user, plan, 0, new)
}

fn insert_from(
    tx: &mut Tx<'_>,
    user: Id<User>,
    plan: Id<MealPlan>,
    first: i32,
    new: &[NewMealPlanItem],
) -> Result<Vec<MealPlanItem>> {
    if new.is_empty() {
        return Ok(Vec::new());
    }
    let made = |(position, new): (i32, &NewMealPlanItem)| MealPlanItem {
        id: Id::generate(),
        meal_plan_id: plan,
        dish: new.dish,
        quantity: new.quantity,
        unit: new.unit.clone(),
        position,
        created_at: tx.now,
        updated_at: tx.now,
    };
    let items: Vec<MealPlanItem> = (first..).zip(new).map(made).collect();
    let stored = statement(
        "INSERT INTO pantry.meal_plan_items (id, meal_plan_id, recipe_id, product_id, quantity, unit, position)
         SELECT n.id, ?, r.id, p.id, n.quantity, n.unit, n.position
           FROM unnest(?, ?, ?, ?, ?, ?) AS n (id, recipe_id, product_id, quantity, unit, position)
           LEFT JOIN pantry.recipes r ON r.id = n.recipe_id AND r.deleted_at IS NULL
           LEFT JOIN pantry.products p ON p.id = n.product_id AND (p.user_id IS NULL OR p.user_id = ?)
          WHERE r.id IS NOT NULL OR p.id IS NOT NULL",
    )
    .bind::<sql_types::Uuid, _>(plan.uuid())
    .bind::<Array<sql_types::Uuid>, _>(each(&items, |item| item.id.uuid()))
    .bind::<Array<Nullable<sql_types::Uuid>>, _>(each(&items, |item| item.dish.recipe().map(Id::uuid)))
    .bind::<Array<Nullable<sql_types::Uuid>>, _>(each(&items, |item| item.dish.product().map(Id::uuid)))
    .bind::<Array<Nullable<sql_types::Numeric>>, _>(each(&items, |item| item.quantity.map(Decimal::to_bigdecimal)))
    .bind::<Array<Nullable<sql_types::Text>>, _>(each(&items, |item| item.unit.as_ref().map(Unit::as_str)))
    .bind::<Array<sql_types::Integer>, _>(each(&items, |item| item.position))
    .bind::<sql_types::Uuid, _>(user.uuid())
    .execute(tx.pg)?;
    if stored < items.len() { Err(Error::NotFound(REFERENCE)) } else { Ok(items) }
}

fn each<'a, T>(items: &'a [MealPlanItem], value: impl Fn(&'a MealPlanItem) -> T) -> Vec<T> {
    items.iter().map(value).collect()
}

/// Deletes all items of a plan.
pub(super) fn delete_all(tx: &mut Tx<'_>, plan: Id<MealPlan>) -> Result<()> {
    let of_plan = meal_plan_items::table.filter(meal_plan_items::meal_plan_id.eq(plan.uuid()));
    diesel::delete(of_plan).execute(tx.pg)?;
    Ok(())
}

/// Adds an item to a plan, after those that are there.
///
/// # Errors
/// [`Error::NotFound`] when there is no such plan, and with [`REFERENCE`] as of [`meal_plans::insert`].
pub fn insert(tx: &mut Tx<'_>, plan: Id<MealPlan>, new: NewMealPlanItem) -> Result<MealPlanItem> {
    let user = meal_plans::lock(tx, plan)?;
    let last = meal_plans::get(tx, plan)?.items.last().map(|item| item.position);
    let position = last.map_or(0, |last| last.saturating_add(1));
    let made = insert_from(tx, user, plan, position, &[new])?;
    made.into_iter().next().ok_or(Error::NotFound("meal plan item"))
}

/// The item with this id.
///
/// # Errors
/// [`Error::NotFound`] when there is none.
pub fn get(conn: &mut Conn<'_>, id: Id<MealPlanItem>) -> Result<MealPlanItem> {
    let row = MealPlanItemRow::query().filter(meal_plan_items::id.eq(id.uuid())).first(conn.pg).optional()?;
    row.ok_or(Error::NotFound("meal plan item"))?.into_item()
}

/// So many items, oldest first.
pub fn list_from(conn: &mut Conn<'_>, page: Offset) -> Result<Vec<MealPlanItem>> {
    let rows =
        MealPlanItemRow::query().order(meal_plan_items::id).offset(page.offset).limit(page.limit.rows());
    rows.load(conn.pg)?.into_iter().map(MealPlanItemRow::into_item).collect()
}

/// Changes the given fields of an item.
///
/// # Errors
/// [`Error::NotFound`] when there is none, or the new `"recipe"` or `"product"` is none that the user can use.
pub fn update(tx: &mut Tx<'_>, id: Id<MealPlanItem>, changes: MealPlanItemChanges) -> Result<MealPlanItem> {
    let item = get(tx, id)?;
    let user = meal_plans::lock(tx, item.meal_plan_id)?;
    let MealPlanItemChanges { dish, quantity, unit, position } = changes;
    match dish {
        Some(Dish::Recipe(recipe)) => references::must_have_recipe(tx, recipe)?,
        Some(Dish::Product(product)) => products::must_be_usable(tx, Some(user), product)?,
        None => {}
    }
    let row = MealPlanItemChangesRow {
        recipe_id: dish.map(|dish| dish.recipe().map(Id::uuid)),
        product_id: dish.map(|dish| dish.product().map(Id::uuid)),
        quantity: quantity.map(|quantity| quantity.map(Decimal::to_bigdecimal)),
        unit: unit.map(|unit| unit.map(|unit| unit.as_str().to_owned())),
        position,
    };
    let changed = diesel::update(meal_plan_items::table.find(id.uuid())).set(row);
    changed.execute(tx.pg).optional_empty_changeset()?;
    get(tx, id)
}

/// Deletes an item. Returns whether there was one.
pub fn delete(tx: &mut Tx<'_>, id: Id<MealPlanItem>) -> Result<bool> {
    Ok(diesel::delete(meal_plan_items::table.find(id.uuid())).execute(tx.pg)? > 0)
}
