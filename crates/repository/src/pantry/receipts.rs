//! Receipts: what was bought where, as it was printed.

use std::sync::LazyLock;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{self, Array, Bool, Nullable};
use domain::pantry::receipts::with_warnings;
use domain::pantry::{Details, NewReceipt, Receipt, ReceiptChanges, ReceiptItem, WholeReceipt};
use domain::{Confidence, Day, Folded, Id, JsonObject, Offset, Text};
use uuid::Uuid;

use super::receipt_items::{self, ItemRecord, ItemRecordType};
use super::{references, users};
use crate::database::column_types::{DecimalColumn, RatioColumn, StoredJson};
use crate::database::statement::{BindNext, statement};
use crate::root::{Root, check_version};
use crate::schema::pantry::receipts;
use crate::{Access, Conn, Deletion, Error, Keep, Result, Rule, Table, Tx, Verb};

/// What the shared machinery knows of this table.
pub const TABLE: Table = Table {
    access: Access::Owner("user_id"),
    end_users_may: &[Verb::Select, Verb::Insert, Verb::Update],
    clear: &[
        ("store_name", "where households buy"),
        ("store_key", "the same, folded"),
        ("image_path", "where pictures of receipts are"),
        ("metadata", "whatever agents keep with a receipt"),
    ],
    retention: &[Rule {
        name: "deleted-receipts",
        about: "deleted receipts, with their items",
        condition: "t.deleted_at < $1",
        keep: Keep::DELETED,
    }],
    floats: &["ocr_confidence"],
    ..Table::root("pantry", "receipts", "receipt")
};

static ROOT: LazyLock<Root> = LazyLock::new(|| Root::of(&TABLE));

#[derive(HasQuery, QueryableByName)]
#[diesel(table_name = receipts, check_for_backend(Pg), base_query = receipts::table.filter(receipts::deleted_at.is_null()))]
pub(super) struct ReceiptRow {
    pub(super) id: Uuid,
    user_id: Uuid,
    conversation_id: Option<Uuid>,
    store_name: Option<String>,
    total_amount: Option<DecimalColumn<10, 2>>,
    pub(super) purchase_date: Option<NaiveDate>,
    receipt_date: DateTime<Utc>,
    image_path: Option<String>,
    ocr_confidence: Option<RatioColumn<0, 1>>,
    metadata: StoredJson<JsonObject>,
    stocked_at: Option<DateTime<Utc>>,
    row_version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

#[derive(AsChangeset)]
#[diesel(table_name = receipts)]
struct ReceiptChangesRow {
    conversation_id: Option<Option<Uuid>>,
    store_name: Option<Option<String>>,
    store_key: Option<Option<String>>,
    total_amount: Option<Option<bigdecimal::BigDecimal>>,
    purchase_date: Option<Option<NaiveDate>>,
    receipt_date: Option<DateTime<Utc>>,
    image_path: Option<Option<String>>,
    ocr_confidence: Option<Option<f64>>,
    metadata: StoredJson<Details>,
}

#[derive(QueryableByName)]
struct WholeReceiptRow {
    #[diesel(embed)]
    receipt: ReceiptRow,
    #[diesel(sql_type = Array<ItemRecordType>)]
    items: Vec<ItemRecord>,
    #[diesel(sql_type = Bool)]
    is_current: bool,
}

impl From<ReceiptRow> for Receipt {
    fn from(row: ReceiptRow) -> Self {
        let ReceiptRow {
            id,
            user_id,
            conversation_id,
            store_name,
            total_amount,
            purchase_date,
            receipt_date,
            image_path,
            ocr_confidence,
            metadata,
            stocked_at,
            row_version,
            created_at,
            updated_at,
        } = row;
        Self {
            id: Id::from_uuid(id),
            user_id: Id::from_uuid(user_id),
            conversation_id: conversation_id.map(Id::from_uuid),
            store_name: store_name.map(Text::from_trusted),
            total_amount: total_amount.map(|amount| amount.0),
            purchase_date: purchase_date.map(Day::from_trusted),
            receipt_date,
            image_path: image_path.map(Text::from_trusted),
            ocr_confidence: ocr_confidence.map(|confidence| confidence.0),
            metadata: Details::from_trusted(metadata.0),
            stocked_at,
            row_version,
            created_at,
            updated_at,
        }
    }
}

impl From<WholeReceiptRow> for WholeReceipt {
    fn from(WholeReceiptRow { receipt, items, is_current: _ }: WholeReceiptRow) -> Self {
        let receipt = Receipt::from(receipt);
        let items = items.into_iter().map(|record| receipt_items::of_record(receipt.id, record)).collect();
        Self { receipt, items }
    }
}

/// Stores a new receipt with its items, whose prices are as [`priced`](domain::pantry::NewReceiptItem::priced) leaves them:
/// two statements, or one where it has none.
///
/// # Errors
/// [`Error::NotFound`] when there is no such `"user"`, or the `"conversation"` is none of the user's; and with
/// [`REFERENCE`](receipt_items::REFERENCE) when an item refers to something that is not there. The transaction must not be
/// committed then.
pub fn create_with_items(tx: &mut Tx<'_>, new: NewReceipt) -> Result<WholeReceipt> {
    let receipt = insert(tx, &new)?;
    let items = receipt_items::insert_all(tx, receipt.id, &new.items)?;
    Ok(WholeReceipt { receipt, items })
}

fn insert(tx: &mut Tx<'_>, new: &NewReceipt) -> Result<Receipt> {
    let id = Id::generate();
    let prices: Vec<_> = new.items.iter().map(|item| item.total_price).collect();
    let metadata = with_warnings(new.metadata.clone(), new.total_amount, &prices);
    let receipt_date = new.receipt_date.unwrap_or(tx.now);
    // The user's row is locked against deletion, so that no living receipt is left behind one.
    let stored = statement(
        "WITH owner AS (SELECT id FROM pantry.users WHERE id = ? AND deleted_at IS NULL FOR SHARE)
         INSERT INTO pantry.receipts (id, user_id, conversation_id, store_name, store_key, total_amount, purchase_date,
                                      receipt_date, image_path, ocr_confidence, metadata)
         SELECT ?, owner.id, asked.conversation_id, ?, ?, ?, ?, ?, ?, ?, ?
           FROM owner CROSS JOIN (SELECT ?::uuid AS conversation_id) asked
           LEFT JOIN pantry.conversations c
             ON c.id = asked.conversation_id AND c.user_id = owner.id AND c.deleted_at IS NULL
          WHERE asked.conversation_id IS NULL OR c.id IS NOT NULL",
    )
    .bind::<sql_types::Uuid, _>(new.user_id.uuid())
    .bind::<sql_types::Uuid, _>(id.uuid())
    .bind::<Nullable<sql_types::Text>, _>(new.store_name.as_ref().map(Text::as_str))
    .bind::<Nullable<sql_types::Text>, _>(new.store_name.as_ref().map(store_key))
    .bind::<Nullable<sql_types::Numeric>, _>(new.total_amount.map(|amount| amount.to_bigdecimal()))
    .bind::<Nullable<sql_types::Date>, _>(new.purchase_date.map(Day::date))
    .bind::<sql_types::Timestamptz, _>(receipt_date)
    .bind::<Nullable<sql_types::Text>, _>(new.image_path.as_ref().map(Text::as_str))
    .bind::<Nullable<sql_types::Double>, _>(new.ocr_confidence.map(Confidence::get))
    .bind::<sql_types::Jsonb, _>(StoredJson(&metadata))
    .bind::<Nullable<sql_types::Uuid>, _>(new.conversation_id.map(Id::uuid))
    .execute(tx.pg)?;
    if stored == 0 {
        let is_user = users::exists(tx, new.user_id)?;
        return Err(Error::NotFound(if is_user { "conversation" } else { "user" }));
    }
    Ok(Receipt {
        id,
        user_id: new.user_id,
        conversation_id: new.conversation_id,
        store_name: new.store_name.clone(),
        total_amount: new.total_amount,
        purchase_date: new.purchase_date,
        receipt_date,
        image_path: new.image_path.clone(),
        ocr_confidence: new.ocr_confidence,
        metadata,
        stocked_at: None,
        row_version: 1,
        created_at: tx.now,
        updated_at: tx.now,
    })
}

/// The shop as it is compared.
pub(super) fn store_key(name: &Text<255>) -> String {
    Folded::of(name.as_str()).into_string()
}

/// The receipt with its items, in one statement.
///
/// # Errors
/// [`Error::NotFound`] when there is none, or it is deleted.
pub fn get(conn: &mut Conn<'_>, id: Id<Receipt>) -> Result<WholeReceipt> {
    let row = statement(
        "SELECT r.*, true AS is_current,
                ARRAY(SELECT ROW(i.id, i.product_id, i.category_id, i.product_name, i.quantity, i.unit, i.unit_price,
                                 i.total_price, i.created_at, i.updated_at)
                        FROM pantry.receipt_items i WHERE i.receipt_id = r.id ORDER BY i.id) AS items
           FROM pantry.receipts r WHERE r.id = ? AND r.deleted_at IS NULL",
    )
    .bind::<sql_types::Uuid, _>(id.uuid())
    .get_result::<WholeReceiptRow>(conn.pg)
    .optional()?;
    row.map(WholeReceipt::from).ok_or(Error::NotFound("receipt"))
}

/// The receipt with its items, locked until the end of the transaction: whatever changes a receipt or its items begins with
/// this, so that two changes come one after the other.
///
/// Its user's row is locked first, as an erasure does.
///
/// # Errors
/// [`Error::NotFound`] when there is none, or it is deleted; [`Error::Contention`] when it changed while this waited for it.
pub fn lock(tx: &mut Tx<'_>, id: Id<Receipt>) -> Result<WholeReceipt> {
    // The row is the one that the lock was waited for, and the items are those of before: only where the version is the
    // same, they belong together.
    let row = statement(
        "WITH owner AS (SELECT u.id FROM pantry.users u JOIN pantry.receipts r ON r.user_id = u.id
                         WHERE r.id = ? FOR KEY SHARE OF u),
              locked AS (SELECT r.* FROM pantry.receipts r JOIN owner ON owner.id = r.user_id
                          WHERE r.id = ? AND r.deleted_at IS NULL FOR NO KEY UPDATE OF r)
         SELECT l.*, l.row_version = (SELECT r.row_version FROM pantry.receipts r WHERE r.id = l.id) AS is_current,
                ARRAY(SELECT ROW(i.id, i.product_id, i.category_id, i.product_name, i.quantity, i.unit, i.unit_price,
                                 i.total_price, i.created_at, i.updated_at)
                        FROM pantry.receipt_items i WHERE i.receipt_id = l.id ORDER BY i.id) AS items
           FROM locked l",
    )
    .bind::<sql_types::Uuid, _>(id.uuid())
    .bind::<sql_types::Uuid, _>(id.uuid())
    .get_result::<WholeReceiptRow>(tx.pg)
    .optional()?;
    let row = row.ok_or(Error::NotFound("receipt"))?;
    if row.is_current { Ok(row.into()) } else { Err(Error::Contention) }
}

/// So many receipts without their items, oldest first.
pub fn list_from(conn: &mut Conn<'_>, page: Offset) -> Result<Vec<Receipt>> {
    let rows = ReceiptRow::query().order(receipts::id).offset(page.offset).limit(page.limit.rows());
    Ok(rows.load(conn.pg)?.into_iter().map(Receipt::from).collect())
}

/// Changes the given fields of a receipt that [`lock`] holds, and the warnings that follow from them. With `version`, only
/// if the row still has it.
///
/// # Errors
/// [`Error::StaleVersion`]; [`Error::NotFound`] as of [`create_with_items`].
pub fn update(
    tx: &mut Tx<'_>,
    locked: WholeReceipt,
    version: Option<i64>,
    changes: ReceiptChanges,
) -> Result<WholeReceipt> {
    check_version(version, locked.receipt.row_version)?;
    if changes.is_empty() {
        return Ok(locked);
    }
    let WholeReceipt { receipt, mut items } = locked;
    if let Some(Some(conversation)) = changes.conversation_id {
        references::must_have_conversation(tx, receipt.user_id, conversation)?;
    }
    if let Some(new) = &changes.items {
        receipt_items::delete_all(tx, receipt.id)?;
        items = receipt_items::insert_all(tx, receipt.id, new)?;
    }
    let receipt = update_row(tx, receipt, changes, &items)?;
    Ok(WholeReceipt { receipt, items })
}

/// Raises the version of a receipt whose items changed, and has its warnings say what they say now.
pub(super) fn items_changed(tx: &mut Tx<'_>, receipt: Receipt, items: &[ReceiptItem]) -> Result<Receipt> {
    update_row(tx, receipt, ReceiptChanges::default(), items)
}

fn update_row(
    tx: &mut Tx<'_>,
    receipt: Receipt,
    changes: ReceiptChanges,
    items: &[ReceiptItem],
) -> Result<Receipt> {
    let ReceiptChanges {
        conversation_id,
        store_name,
        total_amount,
        purchase_date,
        receipt_date,
        image_path,
        ocr_confidence,
        metadata,
        items: _,
    } = changes;
    let prices: Vec<_> = items.iter().map(|item| item.total_price).collect();
    let total = total_amount.unwrap_or(receipt.total_amount);
    let metadata = with_warnings(metadata.unwrap_or(receipt.metadata), total, &prices);
    let row = ReceiptChangesRow {
        conversation_id: conversation_id.map(|id| id.map(Id::uuid)),
        store_key: store_name.as_ref().map(|name| name.as_ref().map(store_key)),
        store_name: store_name.map(|name| name.map(Text::into_string)),
        total_amount: total_amount.map(|amount| amount.map(|amount| amount.to_bigdecimal())),
        purchase_date: purchase_date.map(|day| day.map(Day::date)),
        receipt_date,
        image_path: image_path.map(|path| path.map(Text::into_string)),
        ocr_confidence: ocr_confidence.map(|confidence| confidence.map(Confidence::get)),
        metadata: StoredJson(metadata),
    };
    let changed = diesel::update(receipts::table.find(receipt.id.uuid()))
        .set(row)
        .returning(ReceiptRow::as_returning())
        .get_result(tx.pg)?;
    Ok(changed.into())
}

/// Deletes a receipt; [`restore`] brings it back until it is purged.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::StaleVersion`] when `version` is given and is not the row's.
pub fn soft_delete(tx: &mut Tx<'_>, id: Id<Receipt>, version: Option<i64>) -> Result<Deletion> {
    ROOT.soft_delete(tx, id.uuid(), version)
}

/// Brings back a deleted receipt. One that is not deleted stays as it is.
///
/// # Errors
/// [`Error::NotFound`], also when its user is deleted.
pub fn restore(tx: &mut Tx<'_>, id: Id<Receipt>) -> Result<WholeReceipt> {
    ROOT.restore_of_owner(tx, id.uuid())?;
    get(tx, id)
}
