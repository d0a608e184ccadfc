//! Putting what a receipt lists into the pantry. The rules are in [`domain::pantry::stocking`].

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel::sql_types::{self, Array, Bool, Nullable};
use domain::pantry::products::{ShelfLife, shelf_life};
use domain::pantry::{
    Details, Product, ProductName, Quantity, Receipt, ReceiptAmount, ReceiptItem, Unit, User,
};
use domain::{Day, Id, JsonObject};
use uuid::Uuid;

use crate::database::column_types::{DecimalColumn, StoredJson};
use crate::database::statement::{BindNext, statement};
use crate::{Error, Result, Tx};

/// A receipt that is locked to be put into the pantry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockedReceipt {
    /// Whose receipt this is.
    pub user_id: Id<User>,
    /// The day on which it was bought.
    pub purchase_date: Option<Day>,
    /// When it was put into the pantry before.
    pub stocked_at: Option<DateTime<Utc>>,
    /// Its lines, in their order.
    pub lines: Vec<Line>,
}

/// A line of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The line.
    pub id: Id<ReceiptItem>,
    /// What it is, as the receipt writes it.
    pub name: ProductName,
    /// How much was bought.
    pub quantity: Quantity,
    /// What the quantity counts.
    pub unit: Option<Unit>,
    /// What all of it costs.
    pub total_price: Option<ReceiptAmount>,
    /// The product it stands for, where that is known, and for how long it keeps.
    pub product: Option<(Id<Product>, ShelfLife)>,
}

type LineRecordType = sql_types::Record<(
    sql_types::Uuid,
    sql_types::Text,
    sql_types::Numeric,
    Nullable<sql_types::Text>,
    Nullable<sql_types::Numeric>,
    Nullable<sql_types::Uuid>,
    Nullable<sql_types::Jsonb>,
)>;

/// What a line consists of: id, name, quantity, unit, price, product, how the product keeps.
type LineRecord = (
    Uuid,
    String,
    DecimalColumn<10, 3>,
    Option<String>,
    Option<DecimalColumn<10, 2>>,
    Option<Uuid>,
    Option<StoredJson<JsonObject>>,
);

#[derive(QueryableByName)]
struct LockedReceiptRow {
    #[diesel(sql_type = sql_types::Uuid)]
    user_id: Uuid,
    #[diesel(sql_type = Nullable<sql_types::Date>)]
    purchase_date: Option<NaiveDate>,
    #[diesel(sql_type = Nullable<sql_types::Timestamptz>)]
    stocked_at: Option<DateTime<Utc>>,
    #[diesel(sql_type = Array<LineRecordType>)]
    lines: Vec<LineRecord>,
    #[diesel(sql_type = Bool)]
    is_current: bool,
}

fn line(record: LineRecord) -> Line {
    let (id, name, quantity, unit, total_price, product, storage_info) = record;
    let keeps = storage_info.map(|info| shelf_life(&Details::from_trusted(info.0)));
    Line {
        id: Id::from_uuid(id),
        name: ProductName::from_trusted(name),
        quantity: quantity.0,
        unit: unit.map(Unit::from_trusted),
        total_price: total_price.map(|price| price.0),
        product: product.map(|id| (Id::from_uuid(id), keeps.unwrap_or(ShelfLife::Unknown))),
    }
}

/// The receipt with its lines and their products, locked as by [`receipts::lock`](super::receipts::lock).
///
/// # Errors
/// As there.
pub fn lock(tx: &mut Tx<'_>, id: Id<Receipt>) -> Result<LockedReceipt> {
    // As in `receipts::lock`, the lines are those of the receipt only where its version is the same.
    let row = statement(
        "WITH owner AS (SELECT u.id FROM pantry.users u JOIN pantry.receipts r ON r.user_id = u.id
                         WHERE r.id = ? FOR KEY SHARE OF u),
              locked AS (SELECT r.* FROM pantry.receipts r JOIN owner ON owner.id = r.user_id
                          WHERE r.id = ? AND r.deleted_at IS NULL FOR NO KEY UPDATE OF r)
         SELECT l.user_id, l.purchase_date, l.stocked_at,
                l.row_version = (SELECT r.row_version FROM pantry.receipts r WHERE r.id = l.id) AS is_current,
                ARRAY(SELECT ROW(i.id, i.product_name, i.quantity, i.unit, i.total_price, p.id, p.storage_info)
                        FROM pantry.receipt_items i LEFT JOIN pantry.products p ON p.id = i.product_id
                       WHERE i.receipt_id = l.id ORDER BY i.id) AS lines
           FROM locked l",
    )
    .bind::<sql_types::Uuid, _>(id.uuid())
    .bind::<sql_types::Uuid, _>(id.uuid())
    .get_result::<LockedReceiptRow>(tx.pg)
    .optional()?;
    let LockedReceiptRow { user_id, purchase_date, stocked_at, lines, is_current } =
        row.ok_or(Error::NotFound("receipt"))?;
    if !is_current {
        return Err(Error::Contention);
    }
    Ok(LockedReceipt {
        user_id: Id::from_uuid(user_id),
        purchase_date: purchase_date.map(Day::from_trusted),
        stocked_at,
        lines: lines.into_iter().map(line).collect(),
    })
}

/// Notes that a receipt was put into the pantry now, and for which products its lines stand, in one statement.
pub fn finish(
    tx: &mut Tx<'_>,
    receipt: Id<Receipt>,
    products: &[(Id<ReceiptItem>, Id<Product>)],
) -> Result<()> {
    let (items, products): (Vec<Uuid>, Vec<Uuid>) =
        products.iter().map(|(item, product)| (item.uuid(), product.uuid())).unzip();
    statement(
        "WITH named AS (
             UPDATE pantry.receipt_items i SET product_id = n.product_id
               FROM unnest(?, ?) AS n (id, product_id) WHERE i.id = n.id)
         UPDATE pantry.receipts SET stocked_at = now() WHERE id = ?",
    )
    .bind::<Array<sql_types::Uuid>, _>(items)
    .bind::<Array<sql_types::Uuid>, _>(products)
    .bind::<sql_types::Uuid, _>(receipt.uuid())
    .execute(tx.pg)?;
    Ok(())
}
