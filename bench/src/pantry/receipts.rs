//! Receipts in bulk, stored through the handle, beside the owner's `COPY` of the same rows into the same tables with the same
//! triggers.

use std::time::Instant;

use anyhow::Context as _;
use chrono::NaiveDate;
use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use repository::domain::pantry::{
    Details, NewReceipt, NewReceiptItem, NewUser, Preferences, ProductName, Quantity, Receipt, ReceiptAmount,
    ReceiptItem, UnitPrice, User, user_name,
};
use repository::domain::{Day, Decimal, Email, Id, Text};
use repository::pantry::{receipt_batch, users};
use repository::{Actor, Database};
use uuid::Uuid;

use super::empty;
use crate::options::Scale;
use crate::report::{Goal, Report, Row, count, median, rate};
use crate::running::Running;

/// Lines of a receipt.
const LINES: usize = 10;

diesel::table! {
    pantry.receipts (id) {
        id -> Uuid,
        user_id -> Uuid,
        store_name -> Text,
        store_key -> Text,
        total_amount -> Numeric,
        purchase_date -> Date,
    }
}

diesel::table! {
    pantry.receipt_items (id) {
        id -> Uuid,
        receipt_id -> Uuid,
        product_name -> Text,
        quantity -> Numeric,
        unit_price -> Numeric,
        total_price -> Numeric,
    }
}

#[derive(Insertable)]
#[diesel(table_name = receipts, treat_none_as_default_value = false)]
struct ReceiptRow {
    id: Uuid,
    user_id: Uuid,
    store_name: &'static str,
    store_key: &'static str,
    total_amount: bigdecimal::BigDecimal,
    purchase_date: NaiveDate,
}

#[derive(Insertable)]
#[diesel(table_name = receipt_items, treat_none_as_default_value = false)]
struct ItemRow {
    id: Uuid,
    receipt_id: Uuid,
    product_name: &'static str,
    quantity: bigdecimal::BigDecimal,
    unit_price: bigdecimal::BigDecimal,
    total_price: bigdecimal::BigDecimal,
}

/// What every receipt says.
struct Printed {
    total: ReceiptAmount,
    day: Day,
    quantity: Quantity,
    unit_price: UnitPrice,
    price: ReceiptAmount,
}

/// Lets both take turns, and reports the median of each.
pub(crate) fn measure(running: &mut Running, report: &mut Report, scale: Scale) -> anyhow::Result<()> {
    let printed = Printed {
        total: Decimal::parse("75.30")?,
        day: "2026-11-01".parse()?,
        quantity: Decimal::parse("1")?,
        unit_price: UnitPrice(Decimal::parse("7.53")?),
        price: Decimal::parse("7.53")?,
    };
    let receipts = scale.bulk / LINES;
    let mut rates = [Vec::new(), Vec::new()];
    for _ in 0..scale.rounds {
        empty(running)?;
        let [ours, copy] = &mut rates;
        ours.push(insert(&running.database, receipts, &printed)?);
        empty(running)?;
        copy.push(copy_in(running, receipts, &printed)?);
    }
    empty(running)?;
    let [ours, copy] = rates.map(median);
    let number = count(receipts as f64);
    report.add(Row::new(format!("bulk insert of {number} receipts of {LINES} lines"), rate(ours)));
    let ratio = ours / copy;
    let row = Row::new("COPY by the owner of the same rows", rate(copy)).beside().ratio(ratio);
    report.add(row.goal("ratio", Goal::AtLeast(0.5), ratio));
    Ok(())
}

/// Receipts in a second, all of them in one transaction.
fn insert(database: &Database, receipts: usize, printed: &Printed) -> anyhow::Result<f64> {
    let user = new_user(database)?;
    let item = NewReceiptItem {
        product_id: None,
        category_id: None,
        product_name: ProductName::from_trusted("MLEKO 3,2%".to_owned()),
        quantity: printed.quantity,
        unit: None,
        unit_price: Some(printed.unit_price),
        total_price: Some(printed.price),
    };
    let receipt = NewReceipt {
        user_id: user,
        conversation_id: None,
        store_name: Some(Text::from_trusted("Lidl".to_owned())),
        total_amount: Some(printed.total),
        purchase_date: Some(printed.day),
        receipt_date: None,
        image_path: None,
        ocr_confidence: None,
        metadata: Details::default(),
        items: vec![item; LINES],
    };
    let new = vec![receipt; receipts];
    let start = Instant::now();
    database.write("bench.insert_in_bulk", &Actor::system(), |tx| receipt_batch::insert_all(tx, &new))?;
    Ok(receipts as f64 / start.elapsed().as_secs_f64())
}

fn copy_in(running: &mut Running, receipts: usize, printed: &Printed) -> anyhow::Result<f64> {
    let user = new_user(&running.database)?.uuid();
    let receipt = |_| ReceiptRow {
        id: Id::<Receipt>::generate().uuid(),
        user_id: user,
        store_name: "Lidl",
        store_key: "lidl",
        total_amount: printed.total.to_bigdecimal(),
        purchase_date: printed.day.date(),
    };
    let rows: Vec<ReceiptRow> = (0..receipts).map(receipt).collect();
    let item = |receipt: &ReceiptRow| ItemRow {
        id: Id::<ReceiptItem>::generate().uuid(),
        receipt_id: receipt.id,
        product_name: "MLEKO 3,2%",
        quantity: printed.quantity.to_bigdecimal(),
        unit_price: printed.unit_price.0.to_bigdecimal(),
        total_price: printed.price.to_bigdecimal(),
    };
    let items: Vec<ItemRow> =
        rows.iter().flat_map(|receipt| (0..LINES).map(move |_| item(receipt))).collect();
    running.superuser.batch_execute("SET ROLE strongroom_owner")?;
    let start = Instant::now();
    let copied = running.superuser.transaction(|conn| {
        diesel::copy_from(receipts::table).from_insertable(rows).execute(conn)?;
        diesel::copy_from(receipt_items::table).from_insertable(items).execute(conn)
    });
    let took = start.elapsed();
    running.superuser.batch_execute("RESET ROLE")?;
    copied.context("COPY failed")?;
    Ok(receipts as f64 / took.as_secs_f64())
}

fn new_user(database: &Database) -> anyhow::Result<Id<User>> {
    let new = NewUser {
        username: user_name("bench")?,
        email: Email::parse("bench@pantry.example")?,
        preferences: Preferences::default(),
    };
    Ok(database.write("bench.user", &Actor::system(), |tx| users::insert(tx, new.clone()))?.id)
}
