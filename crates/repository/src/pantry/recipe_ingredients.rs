//! What recipes take: products of the catalogue.

use std::collections::HashMap;

use bigdecimal::BigDecimal;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{self, Array, Nullable};
use domain::pantry::{NewRecipeIngredient, Recipe, RecipeIngredient, RecipeIngredientChanges, Unit};
use domain::{Decimal, Id, Offset, Text};
use uuid::Uuid;

use super::{products, recipes};
use crate::database::column_types::DecimalColumn;
use crate::database::statement::{BindNext, statement};
use crate::schema::pantry::recipe_ingredients;
use crate::{Access, Conn, Error, Result, Table, Tx, Verb};

/// What the shared machinery knows of this table.
pub const TABLE: Table = Table {
    access: Access::Catalogue,
    end_users_may: &[Verb::Select],
    clear: &[("unit", "what quantities count"), ("notes", "anything else about an ingredient")],
    ..Table::new("pantry", "recipe_ingredients", "recipe ingredient")
};

#[derive(QueryableByName)]
struct RecipeIngredientRow {
    #[diesel(sql_type = sql_types::Uuid)]
    id: Uuid,
    #[diesel(sql_type = sql_types::Uuid)]
    recipe_id: Uuid,
    #[diesel(sql_type = sql_types::Uuid)]
    product_id: Uuid,
    #[diesel(sql_type = sql_types::Text)]
    product_name: String,
    #[diesel(sql_type = Nullable<sql_types::Numeric>)]
    quantity: Option<DecimalColumn<10, 3>>,
    #[diesel(sql_type = Nullable<sql_types::Text>)]
    unit: Option<String>,
    #[diesel(sql_type = Nullable<sql_types::Text>)]
    notes: Option<String>,
    #[diesel(sql_type = sql_types::Timestamptz)]
    created_at: DateTime<Utc>,
    #[diesel(sql_type = sql_types::Timestamptz)]
    updated_at: DateTime<Utc>,
}

#[derive(AsChangeset)]
#[diesel(table_name = recipe_ingredients)]
struct RecipeIngredientChangesRow {
    product_id: Option<Uuid>,
    quantity: Option<Option<BigDecimal>>,
    unit: Option<Option<String>>,
    notes: Option<Option<String>>,
}

/// An ingredient as `pantry.recipes` brings it along: the columns of [`IngredientRecord`] in their order.
pub(super) type IngredientRecordType = sql_types::Record<(
    sql_types::Uuid,
    sql_types::Uuid,
    sql_types::Text,
    Nullable<sql_types::Numeric>,
    Nullable<sql_types::Text>,
    Nullable<sql_types::Text>,
    sql_types::Timestamptz,
    sql_types::Timestamptz,
)>;

/// What an ingredient consists of: id, product, its name, quantity, unit, notes, created, updated.
pub(super) type IngredientRecord = (
    Uuid,
    Uuid,
    String,
    Option<DecimalColumn<10, 3>>,
    Option<String>,
    Option<String>,
    DateTime<Utc>,
    DateTime<Utc>,
);

pub(super) fn of_record(recipe: Id<Recipe>, record: IngredientRecord) -> RecipeIngredient {
    let (id, product_id, product_name, quantity, unit, notes, created_at, updated_at) = record;
    RecipeIngredient {
        id: Id::from_uuid(id),
        recipe_id: recipe,
        product_id: Id::from_uuid(product_id),
        product_name: Text::from_trusted(product_name),
        quantity: quantity.map(|quantity| quantity.0),
        unit: unit.map(Unit::from_trusted),
        notes: notes.map(Text::from_trusted),
        created_at,
        updated_at,
    }
}

impl From<RecipeIngredientRow> for RecipeIngredient {
    fn from(row: RecipeIngredientRow) -> Self {
        let RecipeIngredientRow {
            id,
            recipe_id,
            product_id,
            product_name,
            quantity,
            unit,
            notes,
            created_at,
            updated_at,
        } = row;
        let record = (id, product_id, product_name, quantity, unit, notes, created_at, updated_at);
        of_record(Id::from_uuid(recipe_id), record)
    }
}

#[derive(QueryableByName)]
struct KnownRow {
    #[diesel(sql_type = sql_types::Uuid)]
    id: Uuid,
    #[diesel(sql_type = sql_types::Text)]
    name: String,
}

/// Stores ingredients of a recipe that [`recipes::lock`] holds or that is new, in the order given, in one statement; in none
/// where there are none.
///
/// # Errors
/// [`Error::NotFound`] when a `"product"` is not in the catalogue; the transaction must not be committed then.
pub(super) fn insert_all(
    tx: &mut Tx<'_>,
    recipe: Id<Recipe>,
    new: &[NewRecipeIngredient],
) -> Result<Vec<RecipeIngredient>> {
    if new.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = new.iter().map(|_| Id::<RecipeIngredient>::generate().uuid()).collect();
    let products: Vec<Uuid> = new.iter().map(|new| new.product_id.uuid()).collect();
    let known = statement(
        "WITH known AS (SELECT id, name FROM pantry.products WHERE id = ANY (?) AND user_id IS NULL),
              stored AS (INSERT INTO pantry.recipe_ingredients (id, recipe_id, product_id, quantity, unit, notes)
                         SELECT n.id, ?, known.id, n.quantity, n.unit, n.notes
                           FROM unnest(?, ?, ?, ?, ?) AS n (id, product_id, quantity, unit, notes)
                           JOIN known ON known.id = n.product_id)
         SELECT id, name FROM known",
    )
    .bind::<Array<sql_types::Uuid>, _>(&products)
    .bind::<sql_types::Uuid, _>(recipe.uuid())
    .bind::<Array<sql_types::Uuid>, _>(&ids)
    .bind::<Array<sql_types::Uuid>, _>(&products)
    .bind::<Array<Nullable<sql_types::Numeric>>, _>(each(new, |new| new.quantity.map(Decimal::to_bigdecimal)))
    .bind::<Array<Nullable<sql_types::Text>>, _>(each(new, |new| new.unit.as_ref().map(Unit::as_str)))
    .bind::<Array<Nullable<sql_types::Text>>, _>(each(new, |new| new.notes.as_ref().map(Text::as_str)))
    .load::<KnownRow>(tx.pg)?;
    let names: HashMap<Uuid, String> = known.into_iter().map(|row| (row.id, row.name)).collect();
    let made = |(id, new): (Uuid, &NewRecipeIngredient)| {
        let name = names.get(&new.product_id.uuid()).ok_or(Error::NotFound("product"))?;
        Ok(RecipeIngredient {
            id: Id::from_uuid(id),
            recipe_id: recipe,
            product_id: new.product_id,
            product_name: Text::from_trusted(name.clone()),
            quantity: new.quantity,
            unit: new.unit.clone(),
            notes: new.notes.clone(),
            created_at: tx.now,
            updated_at: tx.now,
        })
    };
    ids.into_iter().zip(new).map(made).collect()
}

fn each<'a, T>(new: &'a [NewRecipeIngredient], value: impl Fn(&'a NewRecipeIngredient) -> T) -> Vec<T> {
    new.iter().map(value).collect()
}

/// Deletes all ingredients of a recipe.
pub(super) fn delete_all(tx: &mut Tx<'_>, recipe: Id<Recipe>) -> Result<()> {
    let of_recipe = recipe_ingredients::table.filter(recipe_ingredients::recipe_id.eq(recipe.uuid()));
    diesel::delete(of_recipe).execute(tx.pg)?;
    Ok(())
}

/// Adds an ingredient to a recipe.
///
/// # Errors
/// [`Error::NotFound`] when there is no such recipe, or the `"product"` is not in the catalogue.
pub fn insert(tx: &mut Tx<'_>, recipe: Id<Recipe>, new: NewRecipeIngredient) -> Result<RecipeIngredient> {
    recipes::hold(tx, recipe)?;
    let made = insert_all(tx, recipe, &[new])?;
    recipes::ingredients_changed(tx, recipe)?;
    made.into_iter().next().ok_or(Error::NotFound("recipe ingredient"))
}

/// Changes the given fields of an ingredient.
///
/// # Errors
/// [`Error::NotFound`] when there is none, or its recipe is deleted, or the new `"product"` is not in the catalogue.
pub fn update(
    tx: &mut Tx<'_>,
    id: Id<RecipeIngredient>,
    changes: RecipeIngredientChanges,
) -> Result<RecipeIngredient> {
    let recipe = get(tx, id)?.recipe_id;
    recipes::hold(tx, recipe)?;
    let RecipeIngredientChanges { product_id, quantity, unit, notes } = changes;
    if let Some(product) = product_id {
        products::must_be_usable(tx, None, product)?;
    }
    let row = RecipeIngredientChangesRow {
        product_id: product_id.map(Id::uuid),
        quantity: quantity.map(|quantity| quantity.map(Decimal::to_bigdecimal)),
        unit: unit.map(|unit| unit.map(|unit| unit.as_str().to_owned())),
        notes: notes.map(|notes| notes.map(Text::into_string)),
    };
    diesel::update(recipe_ingredients::table.find(id.uuid()))
        .set(row)
        .execute(tx.pg)
        .optional_empty_changeset()?;
    recipes::ingredients_changed(tx, recipe)?;
    get(tx, id)
}

/// Deletes an ingredient. Returns whether there was one.
pub fn delete(tx: &mut Tx<'_>, id: Id<RecipeIngredient>) -> Result<bool> {
    let of_id = recipe_ingredients::table.find(id.uuid());
    let recipe: Option<Uuid> =
        diesel::delete(of_id).returning(recipe_ingredients::recipe_id).get_result(tx.pg).optional()?;
    if let Some(recipe) = recipe {
        recipes::ingredients_changed(tx, Id::from_uuid(recipe))?;
    }
    Ok(recipe.is_some())
}

/// The ingredient with this id.
///
/// # Errors
/// [`Error::NotFound`] when there is none, or its recipe is deleted.
pub fn get(conn: &mut Conn<'_>, id: Id<RecipeIngredient>) -> Result<RecipeIngredient> {
    let row = statement(
        "SELECT g.*, p.name AS product_name
           FROM pantry.recipe_ingredients g
           JOIN pantry.recipes r ON r.id = g.recipe_id AND r.deleted_at IS NULL
           JOIN pantry.products p ON p.id = g.product_id
          WHERE g.id = ?",
    )
    .bind::<sql_types::Uuid, _>(id.uuid())
    .get_result::<RecipeIngredientRow>(conn.pg)
    .optional()?;
    row.map(RecipeIngredient::from).ok_or(Error::NotFound("recipe ingredient"))
}

/// So many ingredients, oldest first.
pub fn list_from(conn: &mut Conn<'_>, page: Offset) -> Result<Vec<RecipeIngredient>> {
    let rows = statement(
        "SELECT g.*, p.name AS product_name
           FROM pantry.recipe_ingredients g JOIN pantry.products p ON p.id = g.product_id
          ORDER BY g.id OFFSET ? LIMIT ?",
    )
    .bind::<sql_types::BigInt, _>(page.offset)
    .bind::<sql_types::BigInt, _>(page.limit.rows())
    .load::<RecipeIngredientRow>(conn.pg)?;
    Ok(rows.into_iter().map(RecipeIngredient::from).collect())
}
