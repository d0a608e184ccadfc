//! Receipts in bulk: two statements for a thousand receipts.
//!
//! `COPY` would be faster, but PostgreSQL refuses it under row security, so rows travel as arrays.

use bigdecimal::BigDecimal;
use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{self, Array, Nullable, Timestamptz};
use domain::pantry::receipts::with_warnings;
use domain::pantry::{Details, NewReceipt, Receipt};
use domain::{Confidence, Day, Decimal, Id, Text};

use super::{receipt_items, receipts::store_key};
use crate::database::column_types::StoredJson;
use crate::database::statement::{BindNext, statement};
use crate::{Result, Tx};

/// Receipts of one statement.
const RECEIPTS: usize = 1_000;
/// Items of one statement.
const ITEMS: usize = 10_000;

/// Stores new receipts with their items, and answers their ids in the order given. Whatever they name is there:
/// [`Found`](super::references::Found) tells.
pub fn insert_all(tx: &mut Tx<'_>, new: &[NewReceipt]) -> Result<Vec<Id<Receipt>>> {
    let mut ids = Vec::with_capacity(new.len());
    for chunk in new.chunks(RECEIPTS) {
        ids.extend(insert_chunk(tx, chunk)?);
    }
    let items: Vec<_> = ids
        .iter()
        .zip(new)
        .flat_map(|(id, receipt)| receipt.items.iter().map(move |item| (*id, item)))
        .collect();
    for chunk in items.chunks(ITEMS) {
        receipt_items::store(tx, chunk.iter().copied())?;
    }
    Ok(ids)
}

fn insert_chunk(tx: &mut Tx<'_>, new: &[NewReceipt]) -> Result<Vec<Id<Receipt>>> {
    let ids: Vec<Id<Receipt>> = new.iter().map(|_| Id::generate()).collect();
    let now = tx.now;
    statement(
        "INSERT INTO pantry.receipts (id, user_id, conversation_id, store_name, store_key, total_amount, purchase_date,
                                      receipt_date, image_path, ocr_confidence, metadata)
         SELECT * FROM unnest(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind::<Array<sql_types::Uuid>, _>(ids.iter().map(|id| id.uuid()).collect::<Vec<_>>())
    .bind::<Array<sql_types::Uuid>, _>(each(new, |new| new.user_id.uuid()))
    .bind::<Array<Nullable<sql_types::Uuid>>, _>(each(new, |new| new.conversation_id.map(Id::uuid)))
    .bind::<Array<Nullable<sql_types::Text>>, _>(each(new, |new| new.store_name.as_ref().map(Text::as_str)))
    .bind::<Array<Nullable<sql_types::Text>>, _>(each(new, |new| new.store_name.as_ref().map(store_key)))
    .bind::<Array<Nullable<sql_types::Numeric>>, _>(each(new, total))
    .bind::<Array<Nullable<sql_types::Date>>, _>(each(new, day))
    .bind::<Array<Timestamptz>, _>(each(new, |new| new.receipt_date.unwrap_or(now)))
    .bind::<Array<Nullable<sql_types::Text>>, _>(each(new, |new| new.image_path.as_ref().map(Text::as_str)))
    .bind::<Array<Nullable<sql_types::Double>>, _>(each(new, |new| new.ocr_confidence.map(Confidence::get)))
    .bind::<Array<sql_types::Jsonb>, _>(each(new, |new| StoredJson(metadata(new))))
    .execute(tx.pg)?;
    Ok(ids)
}

fn each<'a, T>(new: &'a [NewReceipt], value: impl Fn(&'a NewReceipt) -> T) -> Vec<T> {
    new.iter().map(value).collect()
}

fn total(new: &NewReceipt) -> Option<BigDecimal> {
    new.total_amount.map(Decimal::to_bigdecimal)
}

fn day(new: &NewReceipt) -> Option<NaiveDate> {
    new.purchase_date.map(Day::date)
}

fn metadata(new: &NewReceipt) -> Details {
    let prices: Vec<_> = new.items.iter().map(|item| item.total_price).collect();
    with_warnings(new.metadata.clone(), new.total_amount, &prices)
}
