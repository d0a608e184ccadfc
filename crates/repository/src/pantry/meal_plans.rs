//! What households mean to eat on a day.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel::sql_types::{self, Array, BigInt, Integer, Nullable};
use domain::day::DayRange;
use domain::pantry::{MealPlan, MealPlanChanges, MealType, NewMealPlan, User};
use domain::{Day, DayPosition, Id, Offset, Page, PageRequest, Text, Whole};
use uuid::Uuid;

use super::meal_plan_items::{self, ItemRecord, ItemRecordType};
use super::{references, users};
use crate::database::column_types::{TextColumn, WholeColumn};
use crate::database::statement::{BindNext, statement};
use crate::schema::pantry::meal_plans;
use crate::{Access, Conn, Error, Result, Table, Tx, Verb};

/// What the shared machinery knows of this table.
pub const TABLE: Table = Table {
    access: Access::Owner("user_id"),
    end_users_may: &Verb::ALL,
    clear: &[("notes", "what a household notes of a meal")],
    enums: &["meal_type"],
    ..Table::new("pantry", "meal_plans", "meal plan")
};

const RECIPE_UNIQUE: &str = "meal_plans_recipe_unique";

#[derive(QueryableByName)]
struct MealPlanRow {
    #[diesel(sql_type = sql_types::Uuid)]
    id: Uuid,
    #[diesel(sql_type = sql_types::Uuid)]
    user_id: Uuid,
    #[diesel(sql_type = sql_types::Date)]
    plan_date: NaiveDate,
    #[diesel(sql_type = Nullable<sql_types::Text>)]
    meal_type: Option<TextColumn<MealType>>,
    #[diesel(sql_type = Nullable<sql_types::Uuid>)]
    recipe_id: Option<Uuid>,
    #[diesel(sql_type = Nullable<Integer>)]
    servings: Option<WholeColumn<1, 1_000>>,
    #[diesel(sql_type = Nullable<sql_types::Text>)]
    notes: Option<String>,
    #[diesel(sql_type = Array<ItemRecordType>)]
    items: Vec<ItemRecord>,
    #[diesel(sql_type = sql_types::Timestamptz)]
    created_at: DateTime<Utc>,
    #[diesel(sql_type = sql_types::Timestamptz)]
    updated_at: DateTime<Utc>,
}

impl MealPlanRow {
    fn into_plan(self) -> Result<MealPlan> {
        let Self {
            id,
            user_id,
            plan_date,
            meal_type,
            recipe_id,
            servings,
            notes,
            items,
            created_at,
            updated_at,
        } = self;
        let id = Id::from_uuid(id);
        let items = items.into_iter().map(|record| meal_plan_items::of_record(id, record));
        Ok(MealPlan {
            id,
            user_id: Id::from_uuid(user_id),
            plan_date: Day::from_trusted(plan_date),
            meal_type: meal_type.map(|meal| meal.0),
            recipe_id: recipe_id.map(Id::from_uuid),
            servings: servings.map(|servings| servings.0),
            notes: notes.map(Text::from_trusted),
            items: items.collect::<Result<_>>()?,
            created_at,
            updated_at,
        })
    }
}

/// Stores a new plan with its items: two statements, or one where it has none.
///
/// # Errors
/// [`Error::Conflict`] on `meal_plans_recipe_unique`, with the user's plan of the same day, meal and recipe;
/// [`Error::NotFound`] when there is no such `"user"` or `"recipe"`, and with
/// [`REFERENCE`](meal_plan_items::REFERENCE) when an item refers to something that is not there. The transaction must not be
/// committed then.
pub fn insert(tx: &mut Tx<'_>, new: NewMealPlan) -> Result<MealPlan> {
    let id = Id::generate();
    let NewMealPlan { user_id, plan_date, meal_type, recipe_id, servings, notes, items } = new;
    // The user's row is locked against deletion, so that no plan is left behind a deleted one.
    let stored = statement(
        "WITH owner AS (SELECT id FROM pantry.users WHERE id = ? AND deleted_at IS NULL FOR SHARE)
         INSERT INTO pantry.meal_plans (id, user_id, plan_date, meal_type, recipe_id, servings, notes)
         SELECT ?, owner.id, ?, ?, r.id, ?, ?
           FROM owner CROSS JOIN (SELECT ?::uuid AS recipe_id) asked
           LEFT JOIN pantry.recipes r ON r.id = asked.recipe_id AND r.deleted_at IS NULL
          WHERE asked.recipe_id IS NULL OR r.id IS NOT NULL
         ON CONFLICT (user_id, plan_date, meal_type, recipe_id) WHERE recipe_id IS NOT NULL DO NOTHING",
    )
    .bind::<sql_types::Uuid, _>(user_id.uuid())
    .bind::<sql_types::Uuid, _>(id.uuid())
    .bind::<sql_types::Date, _>(plan_date.date())
    .bind::<Nullable<sql_types::Text>, _>(meal_type.map(MealType::as_str))
    .bind::<Nullable<Integer>, _>(servings.map(Whole::get))
    .bind::<Nullable<sql_types::Text>, _>(notes.as_ref().map(Text::as_str))
    .bind::<Nullable<sql_types::Uuid>, _>(recipe_id.map(Id::uuid))
    .execute(tx.pg)?;
    if stored == 0 {
        return Err(why_not_stored(tx, (user_id, plan_date, meal_type, recipe_id)));
    }
    let items = meal_plan_items::insert_all(tx, user_id, id, &items)?;
    let (created_at, updated_at) = (tx.now, tx.now);
    Ok(MealPlan {
        id,
        user_id,
        plan_date,
        meal_type,
        recipe_id,
        servings,
        notes,
        items,
        created_at,
        updated_at,
    })
}

/// What there is one plan of.
type Meal = (Id<User>, Day, Option<MealType>, Option<Id<domain::pantry::Recipe>>);

fn why_not_stored(tx: &mut Tx<'_>, meal: Meal) -> Error {
    match find_id(tx, meal) {
        Ok(Some(existing)) => is_planned(existing),
        Ok(None) => match users::exists(tx, meal.0) {
            Ok(is_user) => Error::NotFound(if is_user { "recipe" } else { "user" }),
            Err(error) => error,
        },
        Err(error) => error,
    }
}

fn is_planned(existing: Uuid) -> Error {
    Error::Conflict { constraint: RECIPE_UNIQUE.to_owned(), existing: Some(existing) }
}

/// The plan of a day's meal that has this recipe; none without a recipe.
fn find_id(conn: &mut Conn<'_>, (user, day, meal_type, recipe): Meal) -> Result<Option<Uuid>> {
    let Some(recipe) = recipe else { return Ok(None) };
    Ok(meal_plans::table
        .filter(meal_plans::user_id.eq(user.uuid()))
        .filter(meal_plans::plan_date.eq(day.date()))
        .filter(meal_plans::meal_type.is_not_distinct_from(meal_type.map(MealType::as_str)))
        .filter(meal_plans::recipe_id.eq(recipe.uuid()))
        .select(meal_plans::id)
        .first(conn.pg)
        .optional()?)
}

/// The plan with its items, in one statement.
///
/// # Errors
/// [`Error::NotFound`] when there is none, or its user is deleted.
pub fn get(conn: &mut Conn<'_>, id: Id<MealPlan>) -> Result<MealPlan> {
    let row = statement(
        "SELECT m.*, ARRAY(SELECT ROW(i.id, i.recipe_id, i.product_id, i.quantity, i.unit::text, i.position, i.created_at,
                                      i.updated_at)
                             FROM pantry.meal_plan_items i WHERE i.meal_plan_id = m.id ORDER BY i.position, i.id) AS items
           FROM pantry.meal_plans m JOIN pantry.users u ON u.id = m.user_id AND u.deleted_at IS NULL
          WHERE m.id = ?",
    )
    .bind::<sql_types::Uuid, _>(id.uuid())
    .get_result::<MealPlanRow>(conn.pg)
    .optional()?;
    row.ok_or(Error::NotFound("meal plan"))?.into_plan()
}

/// A user's plans for the days of a range with their items, the earliest first, in one statement.
pub fn list_for_user(
    conn: &mut Conn<'_>,
    user: Id<User>,
    range: DayRange,
    page: PageRequest<DayPosition>,
) -> Result<Page<MealPlan, DayPosition>> {
    let after = page.after.map(|after| after.id);
    let from = page.after.and_then(|after| after.day);
    let first = [Some(range.first()), from].into_iter().flatten().max();
    let rows = statement(
        "SELECT m.*, ARRAY(SELECT ROW(i.id, i.recipe_id, i.product_id, i.quantity, i.unit::text, i.position, i.created_at,
                                      i.updated_at)
                             FROM pantry.meal_plan_items i WHERE i.meal_plan_id = m.id ORDER BY i.position, i.id) AS items
           FROM pantry.meal_plans m JOIN pantry.users u ON u.id = m.user_id AND u.deleted_at IS NULL
          WHERE m.user_id = ? AND m.plan_date BETWEEN ? AND ? AND (m.plan_date > coalesce(?, '-infinity') OR m.id > ?)
          ORDER BY m.plan_date, m.id LIMIT ?",
    )
    .bind::<sql_types::Uuid, _>(user.uuid())
    .bind::<Nullable<sql_types::Date>, _>(first.map(Day::date))
    .bind::<sql_types::Date, _>(range.last().date())
    .bind::<Nullable<sql_types::Date>, _>(from.map(Day::date))
    .bind::<Nullable<sql_types::Uuid>, _>(after)
    .bind::<BigInt, _>(page.limit.rows_and_one())
    .load::<MealPlanRow>(conn.pg)?;
    let position =
        |row: &MealPlanRow| DayPosition { day: Some(Day::from_trusted(row.plan_date)), id: row.id };
    Page::of(rows, page.limit, position).try_map(MealPlanRow::into_plan)
}

/// So many plans with their items, oldest first.
pub fn list_from(conn: &mut Conn<'_>, page: Offset) -> Result<Vec<MealPlan>> {
    let rows = statement(
        "SELECT m.*, ARRAY(SELECT ROW(i.id, i.recipe_id, i.product_id, i.quantity, i.unit::text, i.position, i.created_at,
                                      i.updated_at)
                             FROM pantry.meal_plan_items i WHERE i.meal_plan_id = m.id ORDER BY i.position, i.id) AS items
           FROM pantry.meal_plans m ORDER BY m.id OFFSET ? LIMIT ?",
    )
    .bind::<BigInt, _>(page.offset)
    .bind::<BigInt, _>(page.limit.rows())
    .load::<MealPlanRow>(conn.pg)?;
    rows.into_iter().map(MealPlanRow::into_plan).collect()
}

/// Changes the given fields.
///
/// # Errors
/// [`Error::NotFound`] when there is none, or its user is deleted; else as [`insert`].
pub fn update(tx: &mut Tx<'_>, id: Id<MealPlan>, changes: MealPlanChanges) -> Result<MealPlan> {
    lock(tx, id)?;
    let plan = get(tx, id)?;
    if changes.is_empty() {
        return Ok(plan);
    }
    if let Some(Some(recipe)) = changes.recipe_id.filter(|recipe| *recipe != plan.recipe_id) {
        references::must_have_recipe(tx, recipe)?;
    }
    let plan = plan.with(&changes);
    let meal = (plan.user_id, plan.plan_date, plan.meal_type, plan.recipe_id);
    if let Some(existing) = find_id(tx, meal)?.filter(|existing| *existing != id.uuid()) {
        return Err(is_planned(existing));
    }
    diesel::update(meal_plans::table.find(id.uuid()))
        .set((
            meal_plans::plan_date.eq(plan.plan_date.date()),
            meal_plans::meal_type.eq(plan.meal_type.map(MealType::as_str)),
            meal_plans::recipe_id.eq(plan.recipe_id.map(Id::uuid)),
            meal_plans::servings.eq(plan.servings.map(Whole::get)),
            meal_plans::notes.eq(plan.notes.as_ref().map(Text::as_str)),
        ))
        .execute(tx.pg)?;
    if let Some(items) = &changes.items {
        meal_plan_items::delete_all(tx, id)?;
        meal_plan_items::insert_all(tx, plan.user_id, id, items)?;
    }
    get(tx, id)
}

/// Keeps a plan from being changed or deleted until the end of the transaction.
///
/// # Errors
/// [`Error::NotFound`] when there is none.
pub(super) fn lock(tx: &mut Tx<'_>, id: Id<MealPlan>) -> Result<Id<User>> {
    let owner: Option<Uuid> = meal_plans::table
        .find(id.uuid())
        .select(meal_plans::user_id)
        .for_no_key_update()
        .first(tx.pg)
        .optional()?;
    owner.map(Id::from_uuid).ok_or(Error::NotFound("meal plan"))
}

/// Deletes a plan with its items.
///
/// # Errors
/// [`Error::NotFound`] when there is none, or its user is deleted.
pub fn delete(tx: &mut Tx<'_>, id: Id<MealPlan>) -> Result<()> {
    let deleted = statement(
        "DELETE FROM pantry.meal_plans m USING pantry.users u
          WHERE m.id = ? AND u.id = m.user_id AND u.deleted_at IS NULL",
    )
    .bind::<sql_types::Uuid, _>(id.uuid())
    .execute(tx.pg)?;
    if deleted == 0 { Err(Error::NotFound("meal plan")) } else { Ok(()) }
}
