//! Goods for sale.

use std::sync::LazyLock;

use bigdecimal::BigDecimal;
use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use domain::market::products::listed_at;
use domain::market::{
    AddedCounts, Condition, Count, NewProduct, Price, Product, ProductFilter, ProductStatus, WallapopId,
};
use domain::{Currency, Id, Page, PageRequest, Position, Text};
use uuid::Uuid;

use super::CountColumn;
use crate::database::column_types::{DecimalColumn, TextColumn};
use crate::database::statement::{BindNext, statement};
use crate::keyset::after;
use crate::root::{Root, check_version, ensure_not_taken};
use crate::schema::market::products;
use crate::{Conn, Deletion, Error, Keep, Result, Rule, Table, Tx};

/// What the shared machinery knows of this table.
pub const TABLE: Table = Table {
    clear: &[
        ("wallapop_id", "the marketplace's id of a listing"),
        ("title", "what is for sale"),
        ("description", "what is said about it, as everybody reads it on the marketplace"),
        ("category", "the marketplace's category"),
        ("location", "where it can be had, as everybody reads it on the marketplace"),
    ],
    enums: &["currency", "status", "condition"],
    retention: &[Rule {
        name: "market-deleted-products",
        about: "deleted products, with their conversations and messages",
        condition: "t.deleted_at < $1",
        keep: Keep::DELETED,
    }],
    ..Table::root("market", "products", "product")
};

static ROOT: LazyLock<Root> = LazyLock::new(|| Root::of(&TABLE));

const WALLAPOP_ID_UNIQUE: &str = "products_wallapop_id_unique";

#[derive(HasQuery, QueryableByName)]
#[diesel(table_name = products, check_for_backend(Pg), base_query = products::table.filter(products::deleted_at.is_null()))]
struct ProductRow {
    id: Uuid,
    wallapop_id: String,
    title: String,
    description: Option<String>,
    price: DecimalColumn<10, 2>,
    currency: TextColumn<Currency>,
    status: TextColumn<ProductStatus>,
    category: Option<String>,
    location: Option<String>,
    condition: Option<TextColumn<Condition>>,
    views_count: CountColumn,
    favorites_count: CountColumn,
    listed_at: Option<DateTime<Utc>>,
    sold_at: Option<DateTime<Utc>>,
    row_version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// The columns that a change stores, all of them: null clears.
#[derive(AsChangeset, Insertable)]
#[diesel(table_name = products, treat_none_as_null = true)]
struct ProductColumns {
    wallapop_id: String,
    title: String,
    description: Option<String>,
    price: BigDecimal,
    currency: &'static str,
    status: &'static str,
    category: Option<String>,
    location: Option<String>,
    condition: Option<&'static str>,
    views_count: i32,
    favorites_count: i32,
    listed_at: Option<DateTime<Utc>>,
    sold_at: Option<DateTime<Utc>>,
}

impl From<ProductRow> for Product {
    fn from(row: ProductRow) -> Self {
        let ProductRow {
            id,
            wallapop_id,
            title,
            description,
            price,
            currency,
            status,
            category,
            location,
            condition,
            views_count,
            favorites_count,
            listed_at,
            sold_at,
            row_version,
            created_at,
            updated_at,
        } = row;
        Self {
            id: Id::from_uuid(id),
            wallapop_id: Text::from_trusted(wallapop_id),
            title: Text::from_trusted(title),
            description: description.map(Text::from_trusted),
            price: price.0,
            currency: currency.0,
            status: status.0,
            category: category.map(Text::from_trusted),
            location: location.map(Text::from_trusted),
            condition: condition.map(|condition| condition.0),
            views_count: views_count.0,
            favorites_count: favorites_count.0,
            listed_at,
            sold_at,
            row_version,
            created_at,
            updated_at,
        }
    }
}

impl From<Product> for ProductColumns {
    fn from(product: Product) -> Self {
        let Product {
            id: _,
            wallapop_id,
            title,
            description,
            price,
            currency,
            status,
            category,
            location,
            condition,
            views_count,
            favorites_count,
            listed_at,
            sold_at,
            row_version: _,
            created_at: _,
            updated_at: _,
        } = product;
        Self {
            wallapop_id: wallapop_id.into_string(),
            title: title.into_string(),
            description: description.map(Text::into_string),
            price: price.to_bigdecimal(),
            currency: currency.as_str(),
            status: status.as_str(),
            category: category.map(Text::into_string),
            location: location.map(Text::into_string),
            condition: condition.map(Condition::as_str),
            views_count: views_count.get(),
            favorites_count: favorites_count.get(),
            listed_at,
            sold_at,
        }
    }
}

/// Stores a new product, in one statement. One that is sold was sold now.
///
/// # Errors
/// [`Error::Conflict`] on `products_wallapop_id_unique`, with the product that has the id.
pub fn insert(tx: &mut Tx<'_>, new: NewProduct) -> Result<Product> {
    let product = made(tx, new);
    let wallapop_id = product.wallapop_id.clone();
    let stored = diesel::insert_into(products::table)
        .values((products::id.eq(product.id.uuid()), ProductColumns::from(product.clone())))
        .on_conflict(products::wallapop_id)
        .filter_target(products::deleted_at.is_null())
        .do_nothing()
        .execute(tx.pg)?;
    if stored == 0 {
        return Err(wallapop_id_is_taken(find_id(tx, &wallapop_id)?));
    }
    Ok(product)
}

/// A product that is stored just now.
fn made(tx: &Tx<'_>, new: NewProduct) -> Product {
    let NewProduct {
        wallapop_id,
        title,
        description,
        price,
        currency,
        status,
        category,
        location,
        condition,
        views_count,
        favorites_count,
        listed_at: given,
    } = new;
    Product {
        id: Id::generate(),
        wallapop_id,
        title,
        description,
        price,
        currency,
        status,
        category,
        location,
        condition,
        views_count,
        favorites_count,
        listed_at: listed_at(given, status, tx.now),
        sold_at: (status == ProductStatus::Sold).then_some(tx.now),
        row_version: 1,
        created_at: tx.now,
        updated_at: tx.now,
    }
}

/// The product with this id.
///
/// # Errors
/// [`Error::NotFound`] when there is none, or it is deleted.
pub fn get(conn: &mut Conn<'_>, id: Id<Product>) -> Result<Product> {
    let row = ProductRow::query().filter(products::id.eq(id.uuid())).first(conn.pg).optional()?;
    row.map(Product::from).ok_or(Error::NotFound("product"))
}

/// The product with this id of the marketplace's.
///
/// # Errors
/// [`Error::NotFound`] when there is none, or it is deleted.
pub fn get_by_wallapop_id(conn: &mut Conn<'_>, wallapop_id: &WallapopId) -> Result<Product> {
    let of_id = products::wallapop_id.eq(wallapop_id.as_str());
    let row = ProductRow::query().filter(of_id).first(conn.pg).optional()?;
    row.map(Product::from).ok_or(Error::NotFound("product"))
}

/// Refuses an id of the marketplace's that another product has.
///
/// # Errors
/// [`Error::Conflict`] on `products_wallapop_id_unique`, with the product that has it.
pub fn ensure_free(conn: &mut Conn<'_>, wallapop_id: &WallapopId) -> Result<()> {
    match find_id(conn, wallapop_id)? {
        Some(existing) => Err(wallapop_id_is_taken(Some(existing))),
        None => Ok(()),
    }
}

fn find_id(conn: &mut Conn<'_>, wallapop_id: &WallapopId) -> Result<Option<Uuid>> {
    Ok(products::table
        .filter(products::wallapop_id.eq(wallapop_id.as_str()))
        .filter(products::deleted_at.is_null())
        .select(products::id)
        .first(conn.pg)
        .optional()?)
}

fn wallapop_id_is_taken(existing: Option<Uuid>) -> Error {
    Error::Conflict { constraint: WALLAPOP_ID_UNIQUE.to_owned(), existing }
}

/// The product with this id, locked until the end of the transaction: no conversation about it begins or ends meanwhile. With
/// `version`, only if the row still has it.
///
/// # Errors
/// [`Error::NotFound`] when there is none, or it is deleted; [`Error::StaleVersion`].
pub fn lock(tx: &mut Tx<'_>, id: Id<Product>, version: Option<i64>) -> Result<Product> {
    let living = products::table.filter(products::id.eq(id.uuid())).filter(products::deleted_at.is_null());
    let row: Option<ProductRow> =
        living.select(ProductRow::as_select()).for_no_key_update().first(tx.pg).optional()?;
    let product = row.map(Product::from).ok_or(Error::NotFound("product"))?;
    check_version(version, product.row_version)?;
    Ok(product)
}

/// Products that pass the filter, newest first.
pub fn list(conn: &mut Conn<'_>, filter: &ProductFilter, page: PageRequest) -> Result<Page<Product>> {
    // Only the conditions that are asked for stand in the statement, so that the planner knows which index serves it.
    let mut query = ProductRow::query()
        .order((products::created_at.desc(), products::id.desc()))
        .limit(page.limit.rows_and_one())
        .into_boxed();
    if let Some(last) = page.after {
        query = query.filter(after(products::created_at, products::id, last));
    }
    let ProductFilter { status, category, min_price, max_price } = filter;
    if let Some(status) = status {
        query = query.filter(products::status.eq(status.as_str()));
    }
    if let Some(category) = category {
        query = query.filter(products::category.eq(category.as_str()));
    }
    if let Some(least) = min_price {
        query = query.filter(products::price.ge(Price::to_bigdecimal(*least)));
    }
    if let Some(most) = max_price {
        query = query.filter(products::price.le(Price::to_bigdecimal(*most)));
    }
    let rows: Vec<ProductRow> = query.load(conn.pg)?;
    let page = Page::of(rows, page.limit, |row| Position { at: row.created_at, id: row.id });
    Ok(page.map(Product::from))
}

/// Stores a product that [`lock`] holds as it is given, but for its version and its times.
///
/// # Errors
/// [`Error::Conflict`] on `products_wallapop_id_unique`, which names nobody.
pub fn update(tx: &mut Tx<'_>, product: Product) -> Result<Product> {
    Ok(diesel::update(products::table.find(product.id.uuid()))
        .set(ProductColumns::from(product))
        .returning(ProductRow::as_returning())
        .get_result::<ProductRow>(tx.pg)?
        .into())
}

/// Sells a product that is locked, unless it is sold.
pub fn sell(tx: &mut Tx<'_>, id: Id<Product>) -> Result<()> {
    diesel::update(products::table.find(id.uuid()))
        .filter(products::status.ne(ProductStatus::Sold.as_str()))
        .set((products::status.eq(ProductStatus::Sold.as_str()), products::sold_at.eq(tx.now)))
        .execute(tx.pg)?;
    Ok(())
}

/// What became of counters.
#[derive(Debug, PartialEq, Eq)]
pub enum Added {
    /// They were added.
    Stored(Box<Product>),
    /// A sum would be below zero, or more than the column holds. Nothing was added.
    OutOfRange {
        /// Views as they are.
        views_count: Count,
        /// Favourites as they are.
        favorites_count: Count,
    },
}

/// Adds to the counters, in one statement, so that nothing is lost when many add at once.
///
/// # Errors
/// [`Error::NotFound`] when there is no such product, or it is deleted.
pub fn add_counts(tx: &mut Tx<'_>, id: Id<Product>, added: AddedCounts) -> Result<Added> {
    let stored = statement(
        "WITH added (views, favorites) AS (VALUES (?, ?))
         UPDATE market.products p
            SET views_count = (p.views_count::bigint + views)::integer,
                favorites_count = (p.favorites_count::bigint + favorites)::integer
           FROM added
          WHERE p.id = ? AND p.deleted_at IS NULL
            AND p.views_count::bigint + views BETWEEN 0 AND 2147483647
            AND p.favorites_count::bigint + favorites BETWEEN 0 AND 2147483647
      RETURNING p.*",
    )
    .bind::<BigInt, _>(i64::from(added.views.get()))
    .bind::<BigInt, _>(i64::from(added.favorites.get()))
    .bind::<diesel::sql_types::Uuid, _>(id.uuid())
    .get_result::<ProductRow>(tx.pg)
    .optional()?;
    match stored {
        Some(row) => Ok(Added::Stored(Box::new(row.into()))),
        None => {
            let Product { views_count, favorites_count, .. } = get(tx, id)?;
            Ok(Added::OutOfRange { views_count, favorites_count })
        }
    }
}

/// Deletes a product, so that [`restore`] brings it back until it is purged. Its conversations are hidden meanwhile.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::StaleVersion`] when `version` is given and is not the row's.
pub fn soft_delete(tx: &mut Tx<'_>, id: Id<Product>, version: Option<i64>) -> Result<Deletion> {
    ROOT.soft_delete(tx, id.uuid(), version)
}

/// Brings back a deleted product. One that is not deleted stays as it is.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::RestoreConflict`] when another product has the marketplace's id by now.
pub fn restore(tx: &mut Tx<'_>, id: Id<Product>) -> Result<Product> {
    let row: Option<(Option<Uuid>, String)> = products::table
        .find(id.uuid())
        .select((products::deletion_id, products::wallapop_id))
        .for_no_key_update()
        .first(tx.pg)
        .optional()?;
    let (deletion, wallapop_id) = row.ok_or(Error::NotFound("product"))?;
    if let Some(deletion) = deletion {
        ensure_not_taken(WALLAPOP_ID_UNIQUE, find_id(tx, &Text::from_trusted(wallapop_id))?)?;
        ROOT.restore(tx, id.uuid(), deletion)?;
    }
    get(tx, id)
}
