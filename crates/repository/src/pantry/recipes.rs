//! Recipes, which every household reads and programs write.

use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use diesel::dsl::sql;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{self, Array, Bool, Nullable};
use domain::pantry::recipes::{index_prefixes, index_words, product_count};
use domain::pantry::{NewRecipe, Recipe, RecipeChanges, RecipeFilter, WholeRecipe};
use domain::{Id, Offset, Page, PageRequest, Position, SearchWords, Tags, Text, Whole};
use uuid::Uuid;

use super::recipe_ingredients::{self, IngredientRecord, IngredientRecordType};
use super::references;
use crate::database::column_types::WholeColumn;
use crate::database::statement::{BindNext, statement};
use crate::keyset::after;
use crate::root::{Root, check_version};
use crate::schema::pantry::recipes;
use crate::{Access, Conn, Deletion, Error, Keep, Result, Rule, Table, Tx, Verb};

/// What the shared machinery knows of this table.
pub const TABLE: Table = Table {
    access: Access::Catalogue,
    end_users_may: &[Verb::Select],
    clear: &[
        ("title", "what recipes are called"),
        ("description", "what they are"),
        ("instructions", "how they are cooked"),
        ("tags", "what they are found by"),
    ],
    retention: &[Rule {
        name: "deleted-recipes",
        about: "deleted recipes, with their ingredients",
        condition: "t.deleted_at < $1",
        keep: Keep::DELETED,
    }],
    ..Table::root("pantry", "recipes", "recipe")
};

static ROOT: LazyLock<Root> = LazyLock::new(|| Root::of(&TABLE));

#[derive(HasQuery, QueryableByName)]
#[diesel(table_name = recipes, check_for_backend(Pg), base_query = recipes::table.filter(recipes::deleted_at.is_null()))]
pub(super) struct RecipeRow {
    id: Uuid,
    title: String,
    description: Option<String>,
    instructions: Option<String>,
    category_id: Option<Uuid>,
    cooking_time: Option<WholeColumn<1, 10_080>>,
    servings: Option<WholeColumn<1, 1_000>>,
    difficulty_level: Option<WholeColumn<1, 5>>,
    tags: Vec<Option<String>>,
    row_version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

#[derive(QueryableByName)]
struct WholeRecipeRow {
    #[diesel(embed)]
    recipe: RecipeRow,
    #[diesel(sql_type = Array<IngredientRecordType>)]
    ingredients: Vec<IngredientRecord>,
}

impl From<RecipeRow> for Recipe {
    fn from(row: RecipeRow) -> Self {
        let RecipeRow {
            id,
            title,
            description,
            instructions,
            category_id,
            cooking_time,
            servings,
            difficulty_level,
            tags,
            row_version,
            created_at,
            updated_at,
        } = row;
        Self {
            id: Id::from_uuid(id),
            title: Text::from_trusted(title),
            description: description.map(Text::from_trusted),
            instructions: instructions.map(Text::from_trusted),
            category_id: category_id.map(Id::from_uuid),
            cooking_time: cooking_time.map(|minutes| minutes.0),
            servings: servings.map(|servings| servings.0),
            difficulty_level: difficulty_level.map(|level| level.0),
            tags: Tags::from_trusted(tags.into_iter().flatten().collect()),
            row_version,
            created_at,
            updated_at,
        }
    }
}

/// Stores a new recipe with its ingredients: two statements, or one where it has none.
///
/// # Errors
/// [`Error::NotFound`] when there is no such `"category"`, or the `"product"` of an ingredient is not in the catalogue; the
/// transaction must not be committed then.
pub fn insert(tx: &mut Tx<'_>, new: NewRecipe) -> Result<WholeRecipe> {
    let id = Id::generate();
    let NewRecipe {
        title,
        description,
        instructions,
        category_id,
        cooking_time,
        servings,
        difficulty_level,
        tags,
        ingredients,
    } = new;
    let stored = statement(
        "INSERT INTO pantry.recipes (id, title, description, instructions, category_id, cooking_time, servings,
                                     difficulty_level, tags, search, product_count)
         SELECT ?, ?, ?, ?, c.id, ?, ?, ?, ?, array_to_tsvector(?), ?
           FROM (SELECT ?::uuid AS category_id) asked LEFT JOIN pantry.categories c ON c.id = asked.category_id
          WHERE asked.category_id IS NULL OR c.id IS NOT NULL",
    )
    .bind::<sql_types::Uuid, _>(id.uuid())
    .bind::<sql_types::Text, _>(title.as_str())
    .bind::<Nullable<sql_types::Text>, _>(description.as_ref().map(Text::as_str))
    .bind::<Nullable<sql_types::Text>, _>(instructions.as_ref().map(Text::as_str))
    .bind::<Nullable<sql_types::Integer>, _>(cooking_time.map(Whole::get))
    .bind::<Nullable<sql_types::Integer>, _>(servings.map(Whole::get))
    .bind::<Nullable<sql_types::Integer>, _>(difficulty_level.map(Whole::get))
    .bind::<Array<sql_types::Text>, _>(tags.as_slice())
    .bind::<Array<sql_types::Text>, _>(index_words(title.as_str(), description.as_ref().map(Text::as_str)))
    .bind::<sql_types::Integer, _>(number(product_count(&ingredients)))
    .bind::<Nullable<sql_types::Uuid>, _>(category_id.map(Id::uuid))
    .execute(tx.pg)?;
    if stored == 0 {
        return Err(Error::NotFound("category"));
    }
    let ingredients = recipe_ingredients::insert_all(tx, id, &ingredients)?;
    let recipe = Recipe {
        id,
        title,
        description,
        instructions,
        category_id,
        cooking_time,
        servings,
        difficulty_level,
        tags,
        row_version: 1,
        created_at: tx.now,
        updated_at: tx.now,
    };
    Ok(WholeRecipe { recipe, ingredients })
}

/// The recipe with its ingredients, in one statement.
///
/// # Errors
/// [`Error::NotFound`] when there is none, or it is deleted.
pub fn get(conn: &mut Conn<'_>, id: Id<Recipe>) -> Result<WholeRecipe> {
    let row = statement(
        "SELECT r.*, ARRAY(SELECT ROW(g.id, g.product_id, p.name::text, g.quantity, g.unit::text, g.notes, g.created_at,
                                      g.updated_at)
                             FROM pantry.recipe_ingredients g JOIN pantry.products p ON p.id = g.product_id
                            WHERE g.recipe_id = r.id ORDER BY g.id) AS ingredients
           FROM pantry.recipes r WHERE r.id = ? AND r.deleted_at IS NULL",
    )
    .bind::<sql_types::Uuid, _>(id.uuid())
    .get_result::<WholeRecipeRow>(conn.pg)
    .optional()?;
    let WholeRecipeRow { recipe, ingredients } = row.ok_or(Error::NotFound("recipe"))?;
    let recipe = Recipe::from(recipe);
    let ingredients =
        ingredients.into_iter().map(|record| recipe_ingredients::of_record(recipe.id, record)).collect();
    Ok(WholeRecipe { recipe, ingredients })
}

/// Recipes that pass the filter, newest first, without their ingredients.
pub fn list(conn: &mut Conn<'_>, filter: &RecipeFilter, page: PageRequest) -> Result<Page<Recipe>> {
    let mut query = RecipeRow::query()
        .order((recipes::created_at.desc(), recipes::id.desc()))
        .limit(page.limit.rows_and_one())
        .into_boxed();
    if let Some(last) = page.after {
        query = query.filter(after(recipes::created_at, recipes::id, last));
    }
    let RecipeFilter { tags, category_id, max_cooking_time, difficulty, max_difficulty, words } = filter;
    if !tags.as_slice().is_empty() {
        query = query.filter(recipes::tags.contains(tags.as_slice()));
    }
    if let Some(category) = category_id {
        query = query.filter(recipes::category_id.eq(category.uuid()));
    }
    if let Some(minutes) = max_cooking_time {
        query = query.filter(recipes::cooking_time.le(minutes.get()));
    }
    if let Some(level) = difficulty {
        query = query.filter(recipes::difficulty_level.eq(level.get()));
    }
    if let Some(level) = max_difficulty {
        query = query.filter(recipes::difficulty_level.le(level.get()));
    }
    if let Some(words) = words {
        let found = sql::<Bool>("search @@ CAST(").bind::<sql_types::Text, _>(prefixes(words));
        query = query.filter(found.sql(" AS tsquery)"));
    }
    let rows: Vec<RecipeRow> = query.load(conn.pg)?;
    Ok(Page::of(rows, page.limit, |row| Position { at: row.created_at, id: row.id }).map(Recipe::from))
}

/// A query of text search for the beginnings of words. They are of letters, digits and marks, so that the quotes are safe.
fn prefixes(words: &SearchWords) -> String {
    let prefixes: Vec<String> = index_prefixes(words).iter().map(|word| format!("'{word}':*")).collect();
    prefixes.join(" & ")
}

/// So many recipes without their ingredients, oldest first.
pub fn list_from(conn: &mut Conn<'_>, page: Offset) -> Result<Vec<Recipe>> {
    let rows = RecipeRow::query()
        .order((recipes::created_at, recipes::id))
        .offset(page.offset)
        .limit(page.limit.rows());
    Ok(rows.load(conn.pg)?.into_iter().map(Recipe::from).collect())
}

/// Changes the given fields. With `version`, only if the row still has it.
///
/// # Errors
/// [`Error::NotFound`], also as of [`insert`]; [`Error::StaleVersion`].
pub fn update(
    tx: &mut Tx<'_>,
    id: Id<Recipe>,
    version: Option<i64>,
    changes: RecipeChanges,
) -> Result<WholeRecipe> {
    let locked = lock(tx, id)?;
    check_version(version, locked.row_version)?;
    if changes.is_empty() {
        return get(tx, id);
    }
    if let Some(Some(category)) = changes.category_id {
        references::must_have_category(tx, category)?;
    }
    let product_count = changes.ingredients.as_deref().map(product_count);
    if let Some(new) = &changes.ingredients {
        recipe_ingredients::delete_all(tx, id)?;
        recipe_ingredients::insert_all(tx, id, new)?;
    }
    store(tx, &locked.with(changes), product_count)?;
    get(tx, id)
}

fn lock(tx: &mut Tx<'_>, id: Id<Recipe>) -> Result<Recipe> {
    let row: Option<RecipeRow> =
        RecipeRow::query().filter(recipes::id.eq(id.uuid())).for_no_key_update().first(tx.pg).optional()?;
    row.map(Recipe::from).ok_or(Error::NotFound("recipe"))
}

fn number(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

/// Stores what a recipe says and, where its ingredients change, how many products they are.
fn store(tx: &mut Tx<'_>, recipe: &Recipe, product_count: Option<usize>) -> Result<()> {
    let description = recipe.description.as_ref().map(Text::as_str);
    statement(
        "UPDATE pantry.recipes
            SET title = ?, description = ?, instructions = ?, category_id = ?, cooking_time = ?, servings = ?,
                difficulty_level = ?, tags = ?, search = array_to_tsvector(?),
                product_count = coalesce(?, product_count)
          WHERE id = ?",
    )
    .bind::<sql_types::Text, _>(recipe.title.as_str())
    .bind::<Nullable<sql_types::Text>, _>(description)
    .bind::<Nullable<sql_types::Text>, _>(recipe.instructions.as_ref().map(Text::as_str))
    .bind::<Nullable<sql_types::Uuid>, _>(recipe.category_id.map(Id::uuid))
    .bind::<Nullable<sql_types::Integer>, _>(recipe.cooking_time.map(Whole::get))
    .bind::<Nullable<sql_types::Integer>, _>(recipe.servings.map(Whole::get))
    .bind::<Nullable<sql_types::Integer>, _>(recipe.difficulty_level.map(Whole::get))
    .bind::<Array<sql_types::Text>, _>(recipe.tags.as_slice())
    .bind::<Array<sql_types::Text>, _>(index_words(recipe.title.as_str(), description))
    .bind::<Nullable<sql_types::Integer>, _>(product_count.map(number))
    .bind::<sql_types::Uuid, _>(recipe.id.uuid())
    .execute(tx.pg)?;
    Ok(())
}

/// Holds a recipe until the end of the transaction.
///
/// # Errors
/// [`Error::NotFound`] when there is none, or it is deleted.
pub(super) fn hold(tx: &mut Tx<'_>, id: Id<Recipe>) -> Result<()> {
    lock(tx, id).map(drop)
}

/// Raises the version of a recipe that [`hold`] holds and whose ingredients changed, and counts their products again.
pub(super) fn ingredients_changed(tx: &mut Tx<'_>, id: Id<Recipe>) -> Result<()> {
    statement(
        "UPDATE pantry.recipes r
            SET product_count = (SELECT count(DISTINCT g.product_id) FROM pantry.recipe_ingredients g
                                  WHERE g.recipe_id = r.id)
          WHERE r.id = ?",
    )
    .bind::<sql_types::Uuid, _>(id.uuid())
    .execute(tx.pg)?;
    Ok(())
}

/// Deletes a recipe; [`restore`] brings it back until it is purged.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::StaleVersion`] when `version` is given and is not the row's.
pub fn soft_delete(tx: &mut Tx<'_>, id: Id<Recipe>, version: Option<i64>) -> Result<Deletion> {
    ROOT.soft_delete(tx, id.uuid(), version)
}

/// Brings back a deleted recipe. One that is not deleted stays as it is.
///
/// # Errors
/// [`Error::NotFound`].
pub fn restore(tx: &mut Tx<'_>, id: Id<Recipe>) -> Result<WholeRecipe> {
    ROOT.restore_of_owner(tx, id.uuid())?;
    get(tx, id)
}
