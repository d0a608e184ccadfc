//! Lists of receipts, by the day on which something was bought.

use diesel::prelude::*;
use diesel::sql_types::{self, BigInt, Bool, Nullable};
use domain::pantry::{Receipt, ReceiptFilter, ReceiptSummary, User};
use domain::{Day, DayPosition, Folded, Id, Page, PageRequest};

use super::receipts::ReceiptRow;
use crate::database::statement::{BindNext, statement};
use crate::schema::pantry::receipts;
use crate::{Conn, Result};

#[derive(QueryableByName)]
struct ReceiptSummaryRow {
    #[diesel(embed)]
    receipt: ReceiptRow,
    #[diesel(sql_type = BigInt)]
    item_count: i64,
}

/// A user's receipts that pass the filter, in one statement: the latest purchase first, those without a day last.
pub fn for_user(
    conn: &mut Conn<'_>,
    user: Id<User>,
    filter: &ReceiptFilter,
    page: PageRequest<DayPosition>,
) -> Result<Page<ReceiptSummary, DayPosition>> {
    let ReceiptFilter { start, end, store } = filter;
    let store = store.as_ref().map(Folded::as_str);
    let day = page.after.and_then(|after| after.day);
    let (has_dated, has_undated) = (page.after.is_none() || day.is_some(), start.is_none() && end.is_none());
    let last = [day, *end].into_iter().flatten().min();
    let after = page.after.map(|after| after.id);
    let after_undated = after.filter(|_| day.is_none());
    // Two ranges of the index, because no range of it holds both days and what has none.
    let rows = statement(
        "SELECT page.*, (SELECT count(*) FROM pantry.receipt_items i WHERE i.receipt_id = page.id) AS item_count
           FROM ((SELECT r.* FROM pantry.receipts r
                   WHERE ? AND r.user_id = ? AND r.deleted_at IS NULL
                     AND r.purchase_date BETWEEN coalesce(?, '-infinity') AND coalesce(?, 'infinity')
                     AND (r.purchase_date < coalesce(?, 'infinity') OR r.id < ?)
                     AND (?::text IS NULL OR r.store_key = ?)
                   ORDER BY r.purchase_date DESC NULLS LAST, r.id DESC LIMIT ?)
                 UNION ALL
                 (SELECT r.* FROM pantry.receipts r
                   WHERE ? AND r.user_id = ? AND r.deleted_at IS NULL AND r.purchase_date IS NULL
                     AND r.id < coalesce(?, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
                     AND (?::text IS NULL OR r.store_key = ?)
                   ORDER BY r.purchase_date DESC NULLS LAST, r.id DESC LIMIT ?)) page
          ORDER BY page.purchase_date DESC NULLS LAST, page.id DESC LIMIT ?",
    )
    .bind::<Bool, _>(has_dated)
    .bind::<sql_types::Uuid, _>(user.uuid())
    .bind::<Nullable<sql_types::Date>, _>(start.map(Day::date))
    .bind::<Nullable<sql_types::Date>, _>(last.map(Day::date))
    .bind::<Nullable<sql_types::Date>, _>(day.map(Day::date))
    .bind::<Nullable<sql_types::Uuid>, _>(after)
    .bind::<Nullable<sql_types::Text>, _>(store)
    .bind::<Nullable<sql_types::Text>, _>(store)
    .bind::<BigInt, _>(page.limit.rows_and_one())
    .bind::<Bool, _>(has_undated)
    .bind::<sql_types::Uuid, _>(user.uuid())
    .bind::<Nullable<sql_types::Uuid>, _>(after_undated)
    .bind::<Nullable<sql_types::Text>, _>(store)
    .bind::<Nullable<sql_types::Text>, _>(store)
    .bind::<BigInt, _>(page.limit.rows_and_one())
    .bind::<BigInt, _>(page.limit.rows_and_one())
    .load::<ReceiptSummaryRow>(conn.pg)?;
    let position = |row: &ReceiptSummaryRow| DayPosition {
        day: row.receipt.purchase_date.map(Day::from_trusted),
        id: row.receipt.id,
    };
    let summary = |row: ReceiptSummaryRow| {
        let ReceiptSummaryRow { receipt, item_count } = row;
        ReceiptSummary { receipt: receipt.into(), item_count }
    };
    Ok(Page::of(rows, page.limit, position).map(summary))
}

/// All receipts of a user from the day `start` to the day `end`, where those are given, without their items: the latest
/// purchase first.
pub fn get_user_receipts(
    conn: &mut Conn<'_>,
    user: Id<User>,
    start: Option<Day>,
    end: Option<Day>,
) -> Result<Vec<Receipt>> {
    let mut query = ReceiptRow::query()
        .filter(receipts::user_id.eq(user.uuid()))
        .order((receipts::purchase_date.desc().nulls_last(), receipts::id.desc()))
        .into_boxed();
    if let Some(start) = start {
        query = query.filter(receipts::purchase_date.ge(start.date()));
    }
    if let Some(end) = end {
        query = query.filter(receipts::purchase_date.le(end.date()));
    }
    Ok(query.load(conn.pg)?.into_iter().map(Receipt::from).collect())
}
