//! What is at home, and when it expires.

use std::collections::HashMap;

use bigdecimal::BigDecimal;
use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel::sql_types::{self, Array, Nullable};
use domain::pantry::{NewPantryItem, PantryItem, Product, Quantity, Unit, User};
use domain::{Day, Id, Offset, Text};
use uuid::Uuid;

use crate::database::column_types::DecimalColumn;
use crate::database::statement::{BindNext, statement};
use crate::schema::pantry::pantry_items;
use crate::{Access, Breakdown, Conn, Error, Result, Table, Tx, Verb};

/// What the shared machinery knows of this table.
pub const TABLE: Table = Table {
    access: Access::Owner("user_id"),
    end_users_may: &Verb::ALL,
    clear: &[("unit", "what quantities count"), ("notes", "what a household notes of what it has")],
    breakdowns: &[Breakdown::new(
        "expiry",
        "CASE WHEN t.expiry_date < current_date THEN 'expired' WHEN t.expiry_date IS NULL THEN 'unknown' ELSE 'good' END",
    )],
    ..Table::new("pantry", "pantry_items", "pantry item")
};

#[derive(QueryableByName)]
pub(super) struct PantryItemRow {
    #[diesel(sql_type = sql_types::Uuid)]
    id: Uuid,
    #[diesel(sql_type = sql_types::Uuid)]
    user_id: Uuid,
    #[diesel(sql_type = sql_types::Uuid)]
    product_id: Uuid,
    #[diesel(sql_type = sql_types::Text)]
    product_name: String,
    #[diesel(sql_type = Nullable<sql_types::Numeric>)]
    quantity: Option<DecimalColumn<10, 3>>,
    #[diesel(sql_type = Nullable<sql_types::Text>)]
    unit: Option<String>,
    #[diesel(sql_type = Nullable<sql_types::Date>)]
    expiry_date: Option<NaiveDate>,
    #[diesel(sql_type = sql_types::Timestamptz)]
    added_date: DateTime<Utc>,
    #[diesel(sql_type = Nullable<sql_types::Text>)]
    notes: Option<String>,
    #[diesel(sql_type = sql_types::Timestamptz)]
    created_at: DateTime<Utc>,
    #[diesel(sql_type = sql_types::Timestamptz)]
    updated_at: DateTime<Utc>,
}

impl From<PantryItemRow> for PantryItem {
    fn from(row: PantryItemRow) -> Self {
        let PantryItemRow {
            id,
            user_id,
            product_id,
            product_name,
            quantity,
            unit,
            expiry_date,
            added_date,
            notes,
            created_at,
            updated_at,
        } = row;
        Self {
            id: Id::from_uuid(id),
            user_id: Id::from_uuid(user_id),
            product_id: Id::from_uuid(product_id),
            product_name: Text::from_trusted(product_name),
            quantity: quantity.map(|quantity| quantity.0),
            unit: unit.map(Unit::from_trusted),
            expiry_date: expiry_date.map(Day::from_trusted),
            added_date,
            notes: notes.map(Text::from_trusted),
            created_at,
            updated_at,
        }
    }
}

/// What became of something that came into the pantry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Added {
    /// The row as it is now.
    pub item: PantryItem,
    /// Whether it is a new row. Otherwise one of the same product, unit and expiry became more.
    pub is_new: bool,
}

/// Adds to what a user has, in one statement: quantities of the same product, unit and expiry are added, an unknown one
/// makes the sum unknown, and given notes replace what was noted. Answers in the order given; absent where the product is
/// none that the user can use.
///
/// No two of `items` may have the same product, unit and expiry.
///
/// # Errors
/// [`Error::NotFound`] when there is no such user; [`Error::Unstorable`] when a sum is more than the column holds.
pub fn add(tx: &mut Tx<'_>, user: Id<User>, items: &[NewPantryItem]) -> Result<Vec<Option<Added>>> {
    let ids: Vec<Uuid> = items.iter().map(|_| Id::<PantryItem>::generate().uuid()).collect();
    // Always in the same order, so that two batches wait for each other and never deadlock.
    let rows = statement(
        "WITH owner AS (SELECT id FROM pantry.users WHERE id = ? AND deleted_at IS NULL FOR SHARE),
         added AS (
             INSERT INTO pantry.pantry_items (id, user_id, product_id, quantity, unit, expiry_date, notes)
             SELECT n.id, owner.id, n.product_id, n.quantity, n.unit, n.expiry_date, n.notes
               FROM owner, unnest(?, ?, ?, ?, ?, ?) AS n (id, product_id, quantity, unit, expiry_date, notes)
               JOIN pantry.products p ON p.id = n.product_id
              WHERE p.user_id IS NULL OR p.user_id = owner.id
              ORDER BY n.product_id, n.unit, n.expiry_date
             ON CONFLICT (user_id, product_id, unit, expiry_date) DO UPDATE
                SET quantity = pantry_items.quantity + excluded.quantity,
                    notes = coalesce(excluded.notes, pantry_items.notes)
             RETURNING *)
         SELECT a.*, p.name AS product_name FROM added a JOIN pantry.products p ON p.id = a.product_id",
    )
    .bind::<sql_types::Uuid, _>(user.uuid())
    .bind::<Array<sql_types::Uuid>, _>(&ids)
    .bind::<Array<sql_types::Uuid>, _>(items.iter().map(|item| item.product_id.uuid()).collect::<Vec<_>>())
    .bind::<Array<Nullable<sql_types::Numeric>>, _>(each(items, |item| item.quantity.map(number)))
    .bind::<Array<Nullable<sql_types::Text>>, _>(each(items, |item| item.unit.as_ref().map(Unit::as_str)))
    .bind::<Array<Nullable<sql_types::Date>>, _>(each(items, |item| item.expiry_date.map(Day::date)))
    .bind::<Array<Nullable<sql_types::Text>>, _>(each(items, |item| item.notes.as_ref().map(Text::as_str)))
    .load::<PantryItemRow>(tx.pg)?;
    if rows.is_empty() && !super::users::exists(tx, user)? {
        return Err(Error::NotFound("user"));
    }
    let mut added: HashMap<Batch, PantryItem> =
        rows.into_iter().map(PantryItem::from).map(|item| (Batch::of(&item), item)).collect();
    let outcome = |(new, id): (&NewPantryItem, Uuid)| {
        let item = added.remove(&Batch::of_new(new))?;
        let is_new = item.id.uuid() == id;
        Some(Added { item, is_new })
    };
    Ok(items.iter().zip(ids).map(outcome).collect())
}

/// What rows are one and the same by.
#[derive(PartialEq, Eq, Hash)]
struct Batch(Id<Product>, Option<Unit>, Option<Day>);

impl Batch {
    fn of(item: &PantryItem) -> Self {
        Self(item.product_id, item.unit.clone(), item.expiry_date)
    }

    fn of_new(new: &NewPantryItem) -> Self {
        Self(new.product_id, new.unit.clone(), new.expiry_date)
    }
}

fn each<'a, T>(items: &'a [NewPantryItem], value: impl Fn(&'a NewPantryItem) -> T) -> Vec<T> {
    items.iter().map(value).collect()
}

fn number(quantity: Quantity) -> BigDecimal {
    quantity.to_bigdecimal()
}

/// What this id names.
///
/// # Errors
/// [`Error::NotFound`] when there is none, or its user is deleted.
pub fn get(conn: &mut Conn<'_>, id: Id<PantryItem>) -> Result<PantryItem> {
    let row = statement(
        "SELECT i.*, p.name AS product_name
           FROM pantry.pantry_items i
           JOIN pantry.users u ON u.id = i.user_id AND u.deleted_at IS NULL
           JOIN pantry.products p ON p.id = i.product_id
          WHERE i.id = ?",
    )
    .bind::<sql_types::Uuid, _>(id.uuid())
    .get_result::<PantryItemRow>(conn.pg)
    .optional()?;
    row.map(PantryItem::from).ok_or(Error::NotFound("pantry item"))
}

/// The same, locked until the end of the transaction.
///
/// # Errors
/// [`Error::NotFound`] when there is none, or its user is deleted.
pub fn lock(tx: &mut Tx<'_>, id: Id<PantryItem>) -> Result<PantryItem> {
    let row = statement(
        "SELECT i.*, p.name AS product_name
           FROM pantry.pantry_items i
           JOIN pantry.users u ON u.id = i.user_id AND u.deleted_at IS NULL
           JOIN pantry.products p ON p.id = i.product_id
          WHERE i.id = ? FOR UPDATE OF i",
    )
    .bind::<sql_types::Uuid, _>(id.uuid())
    .get_result::<PantryItemRow>(tx.pg)
    .optional()?;
    row.map(PantryItem::from).ok_or(Error::NotFound("pantry item"))
}

/// So many rows of a user, oldest first.
pub fn list_for_user_from(conn: &mut Conn<'_>, user: Id<User>, page: Offset) -> Result<Vec<PantryItem>> {
    let rows = statement(
        "SELECT i.*, p.name AS product_name
           FROM pantry.pantry_items i
           JOIN pantry.users u ON u.id = i.user_id AND u.deleted_at IS NULL
           JOIN pantry.products p ON p.id = i.product_id
          WHERE i.user_id = ? ORDER BY i.id OFFSET ? LIMIT ?",
    )
    .bind::<sql_types::Uuid, _>(user.uuid())
    .bind::<sql_types::BigInt, _>(page.offset)
    .bind::<sql_types::BigInt, _>(page.limit.rows())
    .load::<PantryItemRow>(conn.pg)?;
    Ok(rows.into_iter().map(PantryItem::from).collect())
}

/// Stores what [`lock`] holds as it is given, but for its user.
///
/// # Errors
/// [`Error::Conflict`] on `pantry_items_batch_unique`, with the row that has the same product, unit and expiry already.
pub fn store(tx: &mut Tx<'_>, item: &PantryItem) -> Result<PantryItem> {
    if let Some(existing) = find_same(tx, item)? {
        let constraint = "pantry_items_batch_unique".to_owned();
        return Err(Error::Conflict { constraint, existing: Some(existing) });
    }
    let row = statement(
        "WITH changed AS (
             UPDATE pantry.pantry_items SET product_id = ?, quantity = ?, unit = ?, expiry_date = ?, notes = ?
              WHERE id = ? RETURNING *)
         SELECT c.*, p.name AS product_name FROM changed c JOIN pantry.products p ON p.id = c.product_id",
    )
    .bind::<sql_types::Uuid, _>(item.product_id.uuid())
    .bind::<Nullable<sql_types::Numeric>, _>(item.quantity.map(number))
    .bind::<Nullable<sql_types::Text>, _>(item.unit.as_ref().map(Unit::as_str))
    .bind::<Nullable<sql_types::Date>, _>(item.expiry_date.map(Day::date))
    .bind::<Nullable<sql_types::Text>, _>(item.notes.as_ref().map(Text::as_str))
    .bind::<sql_types::Uuid, _>(item.id.uuid())
    .get_result::<PantryItemRow>(tx.pg)
    .optional()?;
    row.map(PantryItem::from).ok_or(Error::NotFound("pantry item"))
}

/// Another row of the same user, product, unit and expiry.
fn find_same(conn: &mut Conn<'_>, item: &PantryItem) -> Result<Option<Uuid>> {
    Ok(pantry_items::table
        .filter(pantry_items::user_id.eq(item.user_id.uuid()))
        .filter(pantry_items::product_id.eq(item.product_id.uuid()))
        .filter(pantry_items::unit.is_not_distinct_from(item.unit.as_ref().map(Unit::as_str)))
        .filter(pantry_items::expiry_date.is_not_distinct_from(item.expiry_date.map(Day::date)))
        .filter(pantry_items::id.ne(item.id.uuid()))
        .select(pantry_items::id)
        .first(conn.pg)
        .optional()?)
}

/// Leaves so much of what [`lock`] holds.
pub fn leave(tx: &mut Tx<'_>, id: Id<PantryItem>, quantity: Quantity) -> Result<()> {
    diesel::update(pantry_items::table.find(id.uuid()))
        .set(pantry_items::quantity.eq(number(quantity)))
        .execute(tx.pg)?;
    Ok(())
}

/// Removes what this id names for good.
///
/// # Errors
/// [`Error::NotFound`] when there is none, or its user is deleted.
pub fn delete(tx: &mut Tx<'_>, id: Id<PantryItem>) -> Result<()> {
    let removed = statement(
        "DELETE FROM pantry.pantry_items i USING pantry.users u
          WHERE i.id = ? AND u.id = i.user_id AND u.deleted_at IS NULL",
    )
    .bind::<sql_types::Uuid, _>(id.uuid())
    .execute(tx.pg)?;
    if removed == 0 { Err(Error::NotFound("pantry item")) } else { Ok(()) }
}
