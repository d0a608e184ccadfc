//! Categories of products and recipes.

use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types;
use domain::pantry::{Category, CategoryChanges, NewCategory};
use domain::{Id, NamePosition, Offset, Page, PageRequest, Text};
use uuid::Uuid;

use crate::database::statement::{BindNext, statement};
use crate::schema::pantry::categories;
use crate::{Access, Conn, Error, Result, Table, Tx, Verb};

/// What the shared machinery knows of this table.
pub const TABLE: Table = Table {
    access: Access::Catalogue,
    end_users_may: &[Verb::Select],
    clear: &[("name", "what products are sorted into"), ("description", "what belongs in a category")],
    ..Table::new("pantry", "categories", "category")
};

#[derive(HasQuery)]
#[diesel(table_name = categories, check_for_backend(Pg))]
struct CategoryRow {
    id: Uuid,
    name: String,
    parent_id: Option<Uuid>,
    description: Option<String>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

#[derive(AsChangeset)]
#[diesel(table_name = categories)]
struct CategoryChangesRow {
    name: Option<String>,
    parent_id: Option<Option<Uuid>>,
    description: Option<Option<String>>,
}

#[derive(QueryableByName)]
struct IdRow {
    #[diesel(sql_type = sql_types::Uuid)]
    id: Uuid,
}

impl From<CategoryRow> for Category {
    fn from(row: CategoryRow) -> Self {
        let CategoryRow { id, name, parent_id, description, created_at, updated_at } = row;
        Self {
            id: Id::from_uuid(id),
            name: Text::from_trusted(name),
            parent_id: parent_id.map(Id::from_uuid),
            description: description.map(Text::from_trusted),
            created_at,
            updated_at,
        }
    }
}

/// Stores a new category.
///
/// # Errors
/// [`Error::Conflict`] on `categories_name_unique`, with the category of this name within the same parent;
/// [`Error::Refused`] by `categories_ten_levels` when the parent is at the tenth level. A parent that is not there is
/// [`Error::Contention`] at the commit: look for it before.
pub fn insert(tx: &mut Tx<'_>, new: NewCategory) -> Result<Category> {
    let id = Id::generate();
    let NewCategory { name, parent_id, description } = new;
    let stored = diesel::insert_into(categories::table)
        .values((
            categories::id.eq(id.uuid()),
            categories::name.eq(name.as_str()),
            categories::parent_id.eq(parent_id.map(Id::uuid)),
            categories::description.eq(description.as_ref().map(Text::as_str)),
        ))
        .on_conflict((categories::parent_id, categories::name))
        .do_nothing()
        .execute(tx.pg)?;
    if stored == 0 {
        return Err(name_is_taken(find_by_name(tx, parent_id, &name)?));
    }
    Ok(Category { id, name, parent_id, description, created_at: tx.now, updated_at: tx.now })
}

/// The category with this id.
///
/// # Errors
/// [`Error::NotFound`] when there is none.
pub fn get(conn: &mut Conn<'_>, id: Id<Category>) -> Result<Category> {
    let row = CategoryRow::query().find(id.uuid()).first(conn.pg).optional()?;
    row.map(Category::from).ok_or(Error::NotFound("category"))
}

/// Categories by name, whatever their parents.
pub fn list(conn: &mut Conn<'_>, page: &PageRequest<NamePosition>) -> Result<Page<Category, NamePosition>> {
    let mut query = CategoryRow::query()
        .order((categories::name, categories::id))
        .limit(page.limit.rows_and_one())
        .into_boxed();
    if let Some(NamePosition { name, id }) = &page.after {
        query =
            query.filter(categories::name.gt(name).or(categories::name.eq(name).and(categories::id.gt(*id))));
    }
    let rows = query.load(conn.pg)?;
    let position = |row: &CategoryRow| NamePosition { name: row.name.clone(), id: row.id };
    Ok(Page::of(rows, page.limit, position).map(Category::from))
}

/// So many categories, oldest first.
pub fn list_from(conn: &mut Conn<'_>, page: Offset) -> Result<Vec<Category>> {
    let query = CategoryRow::query().order(categories::id).offset(page.offset).limit(page.limit.rows());
    Ok(query.load(conn.pg)?.into_iter().map(Category::from).collect())
}

/// All categories, in no particular order.
pub fn all(conn: &mut Conn<'_>) -> Result<Vec<Category>> {
    Ok(CategoryRow::query().load(conn.pg)?.into_iter().map(Category::from).collect())
}

/// Changes the given fields.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Conflict`] on `categories_name_unique`; [`Error::Refused`] by `categories_no_cycle` or
/// `categories_ten_levels`. A parent that is not there is [`Error::Contention`]: look for it before.
pub fn update(tx: &mut Tx<'_>, id: Id<Category>, changes: CategoryChanges) -> Result<Category> {
    let there = get(tx, id)?;
    if changes.is_empty() {
        return Ok(there);
    }
    let CategoryChanges { name, parent_id, description } = changes;
    let (new_name, new_parent) = (name.as_ref().unwrap_or(&there.name), parent_id.unwrap_or(there.parent_id));
    let holder = find_by_name(tx, new_parent, new_name)?.filter(|holder| *holder != id.uuid());
    if holder.is_some() {
        return Err(name_is_taken(holder));
    }
    let row = CategoryChangesRow {
        name: name.map(Text::into_string),
        parent_id: parent_id.map(|parent| parent.map(Id::uuid)),
        description: description.map(|description| description.map(Text::into_string)),
    };
    let changed = diesel::update(categories::table.find(id.uuid()))
        .set(row)
        .returning(CategoryRow::as_returning())
        .get_result(tx.pg)
        .optional()?;
    changed.map(Category::from).ok_or(Error::NotFound("category"))
}

/// Removes a category and hands those within it to its parent, in one statement. Products and recipes lose it.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Conflict`] on `categories_name_unique`, with the category of the parent that has the name
/// of one that would be handed over.
pub fn delete(tx: &mut Tx<'_>, id: Id<Category>) -> Result<()> {
    if let Some(taken) = name_within_the_parent(tx, id)? {
        return Err(name_is_taken(Some(taken)));
    }
    // The category goes first, so that one within it may have its name.
    let gone = statement(
        "WITH gone AS (DELETE FROM pantry.categories WHERE id = ? RETURNING id, parent_id),
         moved AS (UPDATE pantry.categories c SET parent_id = gone.parent_id FROM gone WHERE c.parent_id = gone.id)
         SELECT id FROM gone",
    )
    .bind::<sql_types::Uuid, _>(id.uuid())
    .get_result::<IdRow>(tx.pg)
    .optional()?;
    gone.map(|_| ()).ok_or(Error::NotFound("category"))
}

/// A category beside this one that has the name of one within it.
fn name_within_the_parent(conn: &mut Conn<'_>, id: Id<Category>) -> Result<Option<Uuid>> {
    let taken = statement(
        "SELECT beside.id
           FROM pantry.categories gone
           JOIN pantry.categories child ON child.parent_id = gone.id
           JOIN pantry.categories beside ON beside.parent_id IS NOT DISTINCT FROM gone.parent_id
                AND beside.name = child.name AND beside.id <> gone.id
          WHERE gone.id = ? LIMIT 1",
    )
    .bind::<sql_types::Uuid, _>(id.uuid())
    .get_result::<IdRow>(conn.pg)
    .optional()?;
    Ok(taken.map(|row| row.id))
}

fn find_by_name(conn: &mut Conn<'_>, parent: Option<Id<Category>>, name: &Text<100>) -> Result<Option<Uuid>> {
    Ok(categories::table
        .filter(categories::parent_id.is_not_distinct_from(parent.map(Id::uuid)))
        .filter(categories::name.eq(name.as_str()))
        .select(categories::id)
        .first(conn.pg)
        .optional()?)
}

fn name_is_taken(existing: Option<Uuid>) -> Error {
    Error::Conflict { constraint: "categories_name_unique".to_owned(), existing }
}
