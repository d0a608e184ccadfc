//! The lines of receipts.

use bigdecimal::BigDecimal;
use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{self, Array, Nullable};
use domain::pantry::{NewReceiptItem, Receipt, ReceiptItem, Unit, UnitPrice, WholeReceipt};
use domain::{Decimal, Id, Offset, Text};
use uuid::Uuid;

use super::receipts;
use crate::database::column_types::DecimalColumn;
use crate::database::statement::{BindNext, statement};
use crate::schema::pantry::{receipt_items, receipts as receipts_table};
use crate::{Access, Conn, Error, Result, Table, Tx, Verb};

/// What the shared machinery knows of this table.
pub const TABLE: Table = Table {
    access: Access::Parent("receipt_id", &receipts::TABLE),
    end_users_may: &Verb::ALL,
    clear: &[("product_name", "what households buy"), ("unit", "what quantities count")],
    ..Table::new("pantry", "receipt_items", "receipt item")
};

/// What [`Error::NotFound`] names when an item refers to something that is not there.
pub const REFERENCE: &str = "product or category";

#[derive(HasQuery)]
#[diesel(table_name = receipt_items, check_for_backend(Pg))]
struct ReceiptItemRow {
    id: Uuid,
    receipt_id: Uuid,
    product_id: Option<Uuid>,
    category_id: Option<Uuid>,
    product_name: String,
    quantity: DecimalColumn<10, 3>,
    unit: Option<String>,
    unit_price: Option<DecimalColumn<12, 4>>,
    total_price: Option<DecimalColumn<10, 2>>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// A line as `pantry.receipts` brings it along: the columns of [`ItemRecord`] in their order.
pub(super) type ItemRecordType = sql_types::Record<(
    sql_types::Uuid,
    Nullable<sql_types::Uuid>,
    Nullable<sql_types::Uuid>,
    sql_types::Text,
    sql_types::Numeric,
    Nullable<sql_types::Text>,
    Nullable<sql_types::Numeric>,
    Nullable<sql_types::Numeric>,
    sql_types::Timestamptz,
    sql_types::Timestamptz,
)>;

/// What a line consists of: id, product, category, name, quantity, unit, price of one, price of all, created, updated.
pub(super) type ItemRecord = (
    Uuid,
    Option<Uuid>,
    Option<Uuid>,
    String,
    DecimalColumn<10, 3>,
    Option<String>,
    Option<DecimalColumn<12, 4>>,
    Option<DecimalColumn<10, 2>>,
    DateTime<Utc>,
    DateTime<Utc>,
);

pub(super) fn of_record(receipt: Id<Receipt>, record: ItemRecord) -> ReceiptItem {
    let (
        id,
        product_id,
        category_id,
        product_name,
        quantity,
        unit,
        unit_price,
        total_price,
        created_at,
        updated_at,
    ) = record;
    ReceiptItem {
        id: Id::from_uuid(id),
        receipt_id: receipt,
        product_id: product_id.map(Id::from_uuid),
        category_id: category_id.map(Id::from_uuid),
        product_name: Text::from_trusted(product_name),
        quantity: quantity.0,
        unit: unit.map(Unit::from_trusted),
        unit_price: unit_price.map(|price| UnitPrice(price.0)),
        total_price: total_price.map(|price| price.0),
        created_at,
        updated_at,
    }
}

impl From<ReceiptItemRow> for ReceiptItem {
    fn from(row: ReceiptItemRow) -> Self {
        let ReceiptItemRow {
            id,
            receipt_id,
            product_id,
            category_id,
            product_name,
            quantity,
            unit,
            unit_price,
            total_price,
            created_at,
            updated_at,
        } = row;
        let record = (
            id,
            product_id,
            category_id,
            product_name,
            quantity,
            unit,
            unit_price,
            total_price,
            created_at,
            updated_at,
        );
        of_record(Id::from_uuid(receipt_id), record)
    }
}

/// The line with this id.
///
/// # Errors
/// [`Error::NotFound`] when there is none, or its receipt is deleted.
pub fn get(conn: &mut Conn<'_>, id: Id<ReceiptItem>) -> Result<ReceiptItem> {
    let row: Option<ReceiptItemRow> = receipt_items::table
        .inner_join(receipts_table::table)
        .filter(receipt_items::id.eq(id.uuid()))
        .filter(receipts_table::deleted_at.is_null())
        .select(ReceiptItemRow::as_select())
        .first(conn.pg)
        .optional()?;
    row.map(ReceiptItem::from).ok_or(Error::NotFound("receipt item"))
}

/// So many lines, oldest first.
pub fn list_from(conn: &mut Conn<'_>, page: Offset) -> Result<Vec<ReceiptItem>> {
    let rows = ReceiptItemRow::query().order(receipt_items::id).offset(page.offset).limit(page.limit.rows());
    Ok(rows.load(conn.pg)?.into_iter().map(ReceiptItem::from).collect())
}

/// The receipt of a line, locked as by [`receipts::lock`].
///
/// # Errors
/// [`Error::NotFound`] when there is no such line, or its receipt is deleted.
pub fn lock_receipt(tx: &mut Tx<'_>, id: Id<ReceiptItem>) -> Result<WholeReceipt> {
    let receipt = get(tx, id)?.receipt_id;
    let whole = receipts::lock(tx, receipt)?;
    let is_there = whole.items.iter().any(|item| item.id == id);
    if is_there { Ok(whole) } else { Err(Error::NotFound("receipt item")) }
}

/// Adds a line to a receipt that [`receipts::lock`] holds.
///
/// # Errors
/// [`Error::NotFound`] with [`REFERENCE`] when its product is none that the user can use, or its category is not there;
/// the transaction must not be committed then.
pub fn insert(tx: &mut Tx<'_>, locked: WholeReceipt, new: NewReceiptItem) -> Result<ReceiptItem> {
    let WholeReceipt { receipt, mut items } = locked;
    let made = insert_all(tx, receipt.id, &[new])?;
    items.extend(made.iter().cloned());
    receipts::items_changed(tx, receipt, &items)?;
    made.into_iter().next().ok_or(Error::NotFound("receipt item"))
}

/// Replaces what a line says, of a receipt that [`lock_receipt`] holds.
///
/// # Errors
/// [`Error::NotFound`] when the receipt has no such line. A product or category that is not there is
/// [`Error::Contention`]: look for it before.
pub fn update(
    tx: &mut Tx<'_>,
    locked: WholeReceipt,
    id: Id<ReceiptItem>,
    new: NewReceiptItem,
) -> Result<ReceiptItem> {
    let WholeReceipt { receipt, mut items } = locked;
    let item = items.iter_mut().find(|item| item.id == id).ok_or(Error::NotFound("receipt item"))?;
    let NewReceiptItem { product_id, category_id, product_name, quantity, unit, unit_price, total_price } =
        new;
    let changed: ReceiptItemRow = diesel::update(receipt_items::table.find(id.uuid()))
        .set((
            receipt_items::product_id.eq(product_id.map(Id::uuid)),
            receipt_items::category_id.eq(category_id.map(Id::uuid)),
            receipt_items::product_name.eq(product_name.as_str()),
            receipt_items::quantity.eq(quantity.to_bigdecimal()),
            receipt_items::unit.eq(unit.as_ref().map(Unit::as_str)),
            receipt_items::unit_price.eq(unit_price.map(|price| price.0.to_bigdecimal())),
            receipt_items::total_price.eq(total_price.map(Decimal::to_bigdecimal)),
        ))
        .returning(ReceiptItemRow::as_returning())
        .get_result(tx.pg)?;
    *item = changed.into();
    let changed = item.clone();
    receipts::items_changed(tx, receipt, &items)?;
    Ok(changed)
}

/// Deletes a line of a receipt that [`lock_receipt`] holds. Returns whether there was one.
pub fn delete(tx: &mut Tx<'_>, locked: WholeReceipt, id: Id<ReceiptItem>) -> Result<bool> {
    let WholeReceipt { receipt, mut items } = locked;
    let deleted = diesel::delete(receipt_items::table.find(id.uuid()))
        .filter(receipt_items::receipt_id.eq(receipt.id.uuid()))
        .execute(tx.pg)?;
    items.retain(|item| item.id != id);
    receipts::items_changed(tx, receipt, &items)?;
    Ok(deleted > 0)
}

/// Deletes all lines of a receipt.
pub(super) fn delete_all(tx: &mut Tx<'_>, receipt: Id<Receipt>) -> Result<()> {
    diesel::delete(receipt_items::table.filter(receipt_items::receipt_id.eq(receipt.uuid())))
        .execute(tx.pg)?;
    Ok(())
}

/// Stores lines in the order given, in one statement; in none where there are none.
///
/// # Errors
/// [`Error::NotFound`] as of [`insert`].
pub(super) fn insert_all(
    tx: &mut Tx<'_>,
    receipt: Id<Receipt>,
    new: &[NewReceiptItem],
) -> Result<Vec<ReceiptItem>> {
    let ids = store(tx, new.iter().map(|item| (receipt, item)))?;
    let made = |(id, new): (Uuid, &NewReceiptItem)| ReceiptItem {
        id: Id::from_uuid(id),
        receipt_id: receipt,
        product_id: new.product_id,
        category_id: new.category_id,
        product_name: Text::from_trusted(new.product_name.as_str().to_owned()),
        quantity: new.quantity,
        unit: new.unit.clone(),
        unit_price: new.unit_price,
        total_price: new.total_price,
        created_at: tx.now,
        updated_at: tx.now,
    };
    Ok(ids.into_iter().zip(new).map(made).collect())
}

/// Stores lines of any receipts in one statement, and answers their ids, which rise in the order given.
pub(super) fn store<'a>(
    tx: &mut Tx<'_>,
    new: impl Iterator<Item = (Id<Receipt>, &'a NewReceiptItem)>,
) -> Result<Vec<Uuid>> {
    let columns = Columns::of(new);
    if columns.ids.is_empty() {
        return Ok(columns.ids);
    }
    let stored = statement(
        "INSERT INTO pantry.receipt_items (id, receipt_id, product_id, category_id, product_name, quantity, unit,
                                           unit_price, total_price)
         SELECT n.id, r.id, p.id, c.id, n.product_name, n.quantity, n.unit, n.unit_price, n.total_price
           FROM unnest(?, ?, ?, ?, ?, ?, ?, ?, ?)
                AS n (id, receipt_id, product_id, category_id, product_name, quantity, unit, unit_price, total_price)
           JOIN pantry.receipts r ON r.id = n.receipt_id
           LEFT JOIN pantry.products p ON p.id = n.product_id AND (p.user_id IS NULL OR p.user_id = r.user_id)
           LEFT JOIN pantry.categories c ON c.id = n.category_id
          WHERE (n.product_id IS NULL OR p.id IS NOT NULL) AND (n.category_id IS NULL OR c.id IS NOT NULL)",
    )
    .bind::<Array<sql_types::Uuid>, _>(&columns.ids)
    .bind::<Array<sql_types::Uuid>, _>(columns.receipts)
    .bind::<Array<Nullable<sql_types::Uuid>>, _>(columns.products)
    .bind::<Array<Nullable<sql_types::Uuid>>, _>(columns.categories)
    .bind::<Array<sql_types::Text>, _>(columns.names)
    .bind::<Array<sql_types::Numeric>, _>(columns.quantities)
    .bind::<Array<Nullable<sql_types::Text>>, _>(columns.units)
    .bind::<Array<Nullable<sql_types::Numeric>>, _>(columns.unit_prices)
    .bind::<Array<Nullable<sql_types::Numeric>>, _>(columns.total_prices)
    .execute(tx.pg)?;
    if stored < columns.ids.len() { Err(Error::NotFound(REFERENCE)) } else { Ok(columns.ids) }
}

/// Lines as the arrays that a statement takes.
#[derive(Default)]
struct Columns<'a> {
    ids: Vec<Uuid>,
    receipts: Vec<Uuid>,
    products: Vec<Option<Uuid>>,
    categories: Vec<Option<Uuid>>,
    names: Vec<&'a str>,
    quantities: Vec<BigDecimal>,
    units: Vec<Option<&'a str>>,
    unit_prices: Vec<Option<BigDecimal>>,
    total_prices: Vec<Option<BigDecimal>>,
}

impl<'a> Columns<'a> {
    fn of(new: impl Iterator<Item = (Id<Receipt>, &'a NewReceiptItem)>) -> Self {
        let mut columns = Self::default();
        for (receipt, item) in new {
            let NewReceiptItem {
                product_id,
                category_id,
                product_name,
                quantity,
                unit,
                unit_price,
                total_price,
            } = item;
            columns.ids.push(Id::<ReceiptItem>::generate().uuid());
            columns.receipts.push(receipt.uuid());
            columns.products.push(product_id.map(Id::uuid));
            columns.categories.push(category_id.map(Id::uuid));
            columns.names.push(product_name.as_str());
            columns.quantities.push(quantity.to_bigdecimal());
            columns.units.push(unit.as_ref().map(Unit::as_str));
            columns.unit_prices.push(unit_price.map(|price| price.0.to_bigdecimal()));
            columns.total_prices.push(total_price.map(Decimal::to_bigdecimal));
        }
        columns
    }
}
