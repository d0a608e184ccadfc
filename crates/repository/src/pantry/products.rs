//! Products: those of the catalogue, and those that a household named itself.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{self, Array, Nullable};
use domain::pantry::products::{ShelfLife, shelf_life};
use domain::pantry::{Details, NewProduct, Product, ProductChanges, ProductFilter, ProductName, User};
use domain::{Folded, Id, JsonObject, NamePosition, Offset, Page, PageRequest};
use uuid::Uuid;

use crate::database::column_types::StoredJson;
use crate::database::statement::{BindNext, statement};
use crate::schema::pantry::products;
use crate::{Access, Conn, Error, Result, Table, Tx, Verb};

/// What the shared machinery knows of this table.
pub const TABLE: Table = Table {
    access: Access::Shared("user_id"),
    end_users_may: &Verb::ALL,
    clear: &[
        ("name", "what households buy and eat"),
        ("name_key", "the same, folded"),
        ("nutritional_info", "nutrients"),
        ("storage_info", "how products keep"),
    ],
    ..Table::new("pantry", "products", "product")
};

#[derive(HasQuery, QueryableByName)]
#[diesel(table_name = products, check_for_backend(Pg))]
struct ProductRow {
    id: Uuid,
    user_id: Option<Uuid>,
    name: String,
    category_id: Option<Uuid>,
    nutritional_info: StoredJson<JsonObject>,
    storage_info: StoredJson<JsonObject>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<ProductRow> for Product {
    fn from(row: ProductRow) -> Self {
        let ProductRow {
            id,
            user_id,
            name,
            category_id,
            nutritional_info,
            storage_info,
            created_at,
            updated_at,
        } = row;
        Self {
            id: Id::from_uuid(id),
            user_id: user_id.map(Id::from_uuid),
            name: ProductName::from_trusted(name),
            category_id: category_id.map(Id::from_uuid),
            nutritional_info: Details::from_trusted(nutritional_info.0),
            storage_info: Details::from_trusted(storage_info.0),
            created_at,
            updated_at,
        }
    }
}

#[derive(AsChangeset)]
#[diesel(table_name = products)]
struct ProductChangesRow<'a> {
    name: Option<&'a str>,
    name_key: Option<&'a str>,
    category_id: Option<Option<Uuid>>,
    nutritional_info: Option<StoredJson<Details>>,
    storage_info: Option<StoredJson<Details>>,
}

/// A product that was found by its name, or made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The product.
    pub id: Id<Product>,
    /// For how long it keeps.
    pub shelf_life: ShelfLife,
    /// Whether it was made.
    pub is_new: bool,
}

#[derive(QueryableByName)]
struct NamedRow {
    #[diesel(sql_type = sql_types::Uuid)]
    id: Uuid,
    #[diesel(sql_type = sql_types::Text)]
    name_key: String,
    #[diesel(sql_type = sql_types::Jsonb)]
    storage_info: StoredJson<JsonObject>,
    #[diesel(sql_type = sql_types::Bool)]
    is_new: bool,
}

/// Stores a new product, of a user or of the catalogue.
///
/// # Errors
/// [`Error::Conflict`] on `products_name_unique`, with the product of this name of the same user, or of the catalogue;
/// [`Error::NotFound`] when there is no such user. A category that is not there is [`Error::Contention`]: look for it
/// before.
pub fn insert(tx: &mut Tx<'_>, new: NewProduct) -> Result<Product> {
    let id = Id::generate();
    let NewProduct { user_id, name, category_id, nutritional_info, storage_info } = new;
    // A user's row is locked against deletion; the catalogue needs none.
    let stored = statement(
        "WITH owner AS (SELECT id FROM pantry.users WHERE id = ? AND deleted_at IS NULL FOR SHARE)
         INSERT INTO pantry.products (id, user_id, name, name_key, category_id, nutritional_info, storage_info)
         SELECT ?, owner.id, ?, ?, ?, ?, ? FROM (SELECT ?::uuid AS id) asked LEFT JOIN owner USING (id)
          WHERE asked.id IS NULL OR owner.id IS NOT NULL
         ON CONFLICT (user_id, name_key) DO NOTHING",
    )
    .bind::<Nullable<sql_types::Uuid>, _>(user_id.map(Id::uuid))
    .bind::<sql_types::Uuid, _>(id.uuid())
    .bind::<sql_types::Text, _>(name.as_str())
    .bind::<sql_types::Text, _>(name.key().as_str())
    .bind::<Nullable<sql_types::Uuid>, _>(category_id.map(Id::uuid))
    .bind::<sql_types::Jsonb, _>(StoredJson(&nutritional_info))
    .bind::<sql_types::Jsonb, _>(StoredJson(&storage_info))
    .bind::<Nullable<sql_types::Uuid>, _>(user_id.map(Id::uuid))
    .execute(tx.pg)?;
    if stored == 0 {
        return Err(match find_id_by_name(tx, user_id, &name)? {
            Some(existing) => name_is_taken(existing),
            None => Error::NotFound("user"),
        });
    }
    let (created_at, updated_at) = (tx.now, tx.now);
    Ok(Product { id, user_id, name, category_id, nutritional_info, storage_info, created_at, updated_at })
}

/// The product with this id, whoever's it is.
///
/// # Errors
/// [`Error::NotFound`] when there is none, or its user is deleted.
pub fn get(conn: &mut Conn<'_>, id: Id<Product>) -> Result<Product> {
    let row = statement(
        "SELECT p.* FROM pantry.products p LEFT JOIN pantry.users u ON u.id = p.user_id
          WHERE p.id = ? AND u.deleted_at IS NULL",
    )
    .bind::<sql_types::Uuid, _>(id.uuid())
    .get_result::<ProductRow>(conn.pg)
    .optional()?;
    row.map(Product::from).ok_or(Error::NotFound("product"))
}

/// Which of these are products that a user can use: the user's own and the catalogue's; without a user the catalogue's
/// alone.
pub fn usable(
    conn: &mut Conn<'_>,
    user: Option<Id<User>>,
    ids: &[Id<Product>],
) -> Result<HashSet<Id<Product>>> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let is_usable = products::user_id.is_null().or(products::user_id.nullable().eq(user.map(Id::uuid)));
    let found: Vec<Uuid> = products::table
        .filter(products::id.eq_any(ids))
        .filter(is_usable.assume_not_null())
        .select(products::id)
        .load(conn.pg)?;
    Ok(found.into_iter().map(Id::from_uuid).collect())
}

/// Refuses a product that is none of [`usable`].
pub(super) fn must_be_usable(conn: &mut Conn<'_>, user: Option<Id<User>>, id: Id<Product>) -> Result<()> {
    if usable(conn, user, &[id])?.contains(&id) { Ok(()) } else { Err(Error::NotFound("product")) }
}

/// The products of these names, in the order given: of a user who is not deleted, else of the catalogue.
pub fn find_by_names(
    conn: &mut Conn<'_>,
    user: Option<Id<User>>,
    names: &[ProductName],
) -> Result<Vec<Option<Product>>> {
    let rows = statement(
        "SELECT p.* FROM pantry.products p
          WHERE p.name_key = ANY (?)
            AND (p.user_id IS NULL OR p.user_id = (SELECT id FROM pantry.users WHERE id = ? AND deleted_at IS NULL))
          ORDER BY p.user_id NULLS FIRST",
    )
    .bind::<Array<sql_types::Text>, _>(names.iter().map(|name| name.key().as_str()).collect::<Vec<_>>())
    .bind::<Nullable<sql_types::Uuid>, _>(user.map(Id::uuid))
    .load::<ProductRow>(conn.pg)?;
    // The user's own come last and take the place of the catalogue's.
    let found: HashMap<Folded, Product> =
        rows.into_iter().map(Product::from).map(|product| (product.name.key().clone(), product)).collect();
    Ok(names.iter().map(|name| found.get(name.key()).cloned()).collect())
}

/// Products by name: those of the catalogue, and of a user where the filter names one.
pub fn list(
    conn: &mut Conn<'_>,
    filter: &ProductFilter,
    page: &PageRequest<NamePosition>,
) -> Result<Page<Product, NamePosition>> {
    let (from, until) = name_range(filter.prefix.as_ref(), page.after.as_ref());
    let (after, after_id) = page.after.as_ref().map_or(("", Uuid::nil()), |at| (&at.name, at.id));
    let limit = page.limit.rows_and_one();
    let rows = if let Some(category) = filter.category_id {
        statement(
            "SELECT * FROM pantry.products
              WHERE category_id = ?
                AND (user_id IS NULL OR user_id = (SELECT id FROM pantry.users WHERE id = ? AND deleted_at IS NULL))
                AND name_key >= ? AND name_key < ? AND (name_key, id) > (?, ?)
              ORDER BY name_key, id LIMIT ?",
        )
        .bind::<sql_types::Uuid, _>(category.uuid())
        .bind::<Nullable<sql_types::Uuid>, _>(filter.user_id.map(Id::uuid))
        .bind::<sql_types::Text, _>(from)
        .bind::<sql_types::Text, _>(until)
        .bind::<sql_types::Text, _>(after)
        .bind::<sql_types::Uuid, _>(after_id)
        .bind::<sql_types::BigInt, _>(limit)
        .load::<ProductRow>(conn.pg)?
    } else {
        // Each part is read in the order of its index, and no further than the longest page: the planner sees this limit, and
        // sees the index's order only where the order names the column that is null.
        statement(
            "WITH wanted (user_id, first, last, after, after_id) AS (
                 VALUES ((SELECT id FROM pantry.users WHERE id = ? AND deleted_at IS NULL), ?, ?, ?, ?))
             SELECT p.* FROM wanted, LATERAL (
                 (SELECT * FROM pantry.products
                   WHERE user_id = wanted.user_id AND name_key >= first AND name_key < last
                     AND (name_key, id) > (after, after_id) ORDER BY name_key LIMIT 101)
                 UNION ALL
                 (SELECT * FROM pantry.products
                   WHERE user_id IS NULL AND name_key >= first AND name_key < last
                     AND (name_key, id) > (after, after_id) ORDER BY user_id, name_key LIMIT 101)) p
              ORDER BY p.name_key, p.id LIMIT ?",
        )
        .bind::<Nullable<sql_types::Uuid>, _>(filter.user_id.map(Id::uuid))
        .bind::<sql_types::Text, _>(from)
        .bind::<sql_types::Text, _>(until)
        .bind::<sql_types::Text, _>(after)
        .bind::<sql_types::Uuid, _>(after_id)
        .bind::<sql_types::BigInt, _>(limit)
        .load::<ProductRow>(conn.pg)?
    };
    let position = |product: &Product| NamePosition {
        name: product.name.key().as_str().to_owned(),
        id: product.id.uuid(),
    };
    Ok(Page::of(rows.into_iter().map(Product::from).collect(), page.limit, position))
}

/// From which folded name on, and before which, those of a page are that begin with the prefix. A range is what an index
/// serves; LIKE is none for an end user, because it is not leakproof.
fn name_range(prefix: Option<&Folded>, after: Option<&NamePosition>) -> (String, String) {
    let prefix = prefix.map_or("", Folded::as_str);
    let from = after.map_or(prefix, |after| prefix.max(&after.name));
    // No text has a character beyond this one.
    (from.to_owned(), format!("{prefix}\u{10ffff}"))
}

/// So many products, of the catalogue and of all users, oldest first.
pub fn list_from(conn: &mut Conn<'_>, page: Offset) -> Result<Vec<Product>> {
    let query = ProductRow::query().order(products::id).offset(page.offset).limit(page.limit.rows());
    Ok(query.load(conn.pg)?.into_iter().map(Product::from).collect())
}

/// Changes the given fields.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Conflict`] on `products_name_unique`, with the product that has the name already. A category
/// that is not there is [`Error::Contention`]: look for it before.
pub fn update(tx: &mut Tx<'_>, id: Id<Product>, changes: ProductChanges) -> Result<Product> {
    let there = get(tx, id)?;
    if changes.is_empty() {
        return Ok(there);
    }
    let ProductChanges { name, category_id, nutritional_info, storage_info } = changes;
    if let Some(name) = &name {
        let holder = find_id_by_name(tx, there.user_id, name)?.filter(|holder| *holder != id.uuid());
        holder.map_or(Ok(()), |holder| Err(name_is_taken(holder)))?;
    }
    let row = ProductChangesRow {
        name: name.as_ref().map(ProductName::as_str),
        name_key: name.as_ref().map(|name| name.key().as_str()),
        category_id: category_id.map(|category| category.map(Id::uuid)),
        nutritional_info: nutritional_info.map(StoredJson),
        storage_info: storage_info.map(StoredJson),
    };
    let changed = diesel::update(products::table.find(id.uuid()))
        .set(row)
        .returning(ProductRow::as_returning())
        .get_result(tx.pg)
        .optional()?;
    changed.map(Product::from).ok_or(Error::NotFound("product"))
}

/// Removes a product for good, unless it is in use; says whether it was removed.
///
/// # Errors
/// [`Error::NotFound`] when there is none, or its user is deleted.
pub fn delete(tx: &mut Tx<'_>, id: Id<Product>) -> Result<bool> {
    get(tx, id)?;
    // What begins to use it meanwhile is noticed at the commit, and this looks again.
    let removed = statement(
        "DELETE FROM pantry.products p WHERE p.id = ?
            AND NOT EXISTS (SELECT FROM pantry.pantry_items WHERE product_id = p.id)
            AND NOT EXISTS (SELECT FROM pantry.receipt_items WHERE product_id = p.id)
            AND NOT EXISTS (SELECT FROM pantry.recipe_ingredients WHERE product_id = p.id)
            AND NOT EXISTS (SELECT FROM pantry.meal_plan_items WHERE product_id = p.id)",
    )
    .bind::<sql_types::Uuid, _>(id.uuid())
    .execute(tx.pg)?;
    Ok(removed > 0)
}

/// The products of these names that a user can use, in the order given: the user's own, else the catalogue's, else new
/// ones of the user's. One statement, however many they are.
///
/// # Errors
/// [`Error::NotFound`] when there is no such user and a product would have to be made.
pub fn find_or_insert(tx: &mut Tx<'_>, user: Id<User>, names: &[ProductName]) -> Result<Vec<Named>> {
    let ids: Vec<Uuid> = names.iter().map(|_| Id::<Product>::generate().uuid()).collect();
    // A conflict is with a product that somebody else made since the statement began: the update only brings it here. It
    // sets no column of a key, which would hold up the commit of everybody who refers to the product.
    let rows = statement(
        "WITH wanted AS (
             SELECT DISTINCT ON (name_key) id, name, name_key
               FROM unnest(?, ?, ?) WITH ORDINALITY AS w (id, name, name_key, position)
              ORDER BY name_key, position),
         there AS (
             SELECT coalesce(own.id, shared.id) AS id, w.name_key,
                    CASE WHEN own.id IS NULL THEN shared.storage_info ELSE own.storage_info END AS storage_info
               FROM wanted w
               LEFT JOIN pantry.products own ON own.user_id = ? AND own.name_key = w.name_key
               LEFT JOIN pantry.products shared ON shared.user_id IS NULL AND shared.name_key = w.name_key
              WHERE own.id IS NOT NULL OR shared.id IS NOT NULL),
         owner AS (SELECT id FROM pantry.users WHERE id = ? AND deleted_at IS NULL FOR SHARE),
         made AS (
             INSERT INTO pantry.products (id, user_id, name, name_key)
             SELECT w.id, owner.id, w.name, w.name_key FROM wanted w, owner
              WHERE w.name_key NOT IN (SELECT name_key FROM there)
              ORDER BY w.name_key
             ON CONFLICT (user_id, name_key) DO UPDATE SET name = products.name
             RETURNING id, name_key, storage_info)
         SELECT id, name_key, storage_info, false AS is_new FROM there
         UNION ALL
         SELECT m.id, m.name_key, m.storage_info, w.id IS NOT NULL FROM made m LEFT JOIN wanted w ON w.id = m.id",
    )
    .bind::<Array<sql_types::Uuid>, _>(&ids)
    .bind::<Array<sql_types::Text>, _>(names.iter().map(ProductName::as_str).collect::<Vec<_>>())
    .bind::<Array<sql_types::Text>, _>(names.iter().map(|name| name.key().as_str()).collect::<Vec<_>>())
    .bind::<sql_types::Uuid, _>(user.uuid())
    .bind::<sql_types::Uuid, _>(user.uuid())
    .load::<NamedRow>(tx.pg)?;
    let found: HashMap<String, Named> = rows.into_iter().map(NamedRow::named).collect();
    let of_name = |name: &ProductName| found.get(name.key().as_str()).cloned();
    names.iter().map(|name| of_name(name).ok_or(Error::NotFound("user"))).collect()
}

impl NamedRow {
    fn named(self) -> (String, Named) {
        let Self { id, name_key, storage_info, is_new } = self;
        let shelf_life = shelf_life(&Details::from_trusted(storage_info.0));
        (name_key, Named { id: Id::from_uuid(id), shelf_life, is_new })
    }
}

fn find_id_by_name(conn: &mut Conn<'_>, user: Option<Id<User>>, name: &ProductName) -> Result<Option<Uuid>> {
    let key = products::name_key.eq(name.key().as_str());
    let named = products::table.filter(key).select(products::id).into_boxed();
    let named = match user {
        Some(user) => named.filter(products::user_id.eq(user.uuid())),
        None => named.filter(products::user_id.is_null()),
    };
    Ok(named.first(conn.pg).optional()?)
}

fn name_is_taken(existing: Uuid) -> Error {
    Error::Conflict { constraint: "products_name_unique".to_owned(), existing: Some(existing) }
}
