//! Single lines of a receipt. Each change is one of the receipt, whose version it raises and whose warnings it renews.

use domain::pantry::receipts::MOST_ITEMS;
use domain::pantry::{NewReceiptItem, Receipt, ReceiptItem, ReceiptItemChanges};
use domain::{Id, Invalid};
use repository::pantry::references::{Found, Names};
use repository::pantry::{receipt_items, receipts};
use repository::{Error as RepositoryError, Tx};

use super::receipts::{absent, why_refused};
use crate::{Error, Result};

pub use repository::pantry::receipt_items::{get, list_from};

/// Adds a line to a receipt, after those that are there.
pub fn add(tx: &mut Tx<'_>, receipt: Id<Receipt>, new: NewReceiptItem) -> Result<ReceiptItem> {
    let locked = receipts::lock(tx, receipt)?;
    if locked.items.len() >= MOST_ITEMS {
        return Err(Error::invalid(
            "",
            "too_many",
            format!("the receipt has {MOST_ITEMS} items, the most there may be"),
        ));
    }
    let new = priced(new)?;
    let (user, items) = (locked.receipt.user_id, [new.clone()]);
    receipt_items::insert(tx, locked, new)
        .map_err(|error| why_refused(tx, error, Names { user, conversation: None, items: &items }, ""))
}

/// Changes the given fields of a line. A price that is cleared follows from the price of one, where there is one.
pub fn update(tx: &mut Tx<'_>, id: Id<ReceiptItem>, changes: ReceiptItemChanges) -> Result<ReceiptItem> {
    let locked = receipt_items::lock_receipt(tx, id)?;
    let item = locked.items.iter().find(|item| item.id == id).cloned();
    let item = item.ok_or(RepositoryError::NotFound("receipt item"))?;
    if changes.is_empty() {
        return Ok(item);
    }
    let items = [priced(item.with(changes))?];
    let names = Names { user: locked.receipt.user_id, conversation: None, items: &items };
    let found = Found::lock(tx, &[names])?;
    if let Some(invalid) = absent(&found, names, "") {
        return Err(invalid.into());
    }
    let [new] = items;
    Ok(receipt_items::update(tx, locked, id, new)?)
}

/// Removes a line for good.
pub fn delete(tx: &mut Tx<'_>, id: Id<ReceiptItem>) -> Result<()> {
    let locked = receipt_items::lock_receipt(tx, id)?;
    receipt_items::delete(tx, locked, id)?;
    Ok(())
}

fn priced(new: NewReceiptItem) -> Result<NewReceiptItem, Invalid> {
    let mut fields = Invalid::collect();
    let priced = fields.take("/total_price", new.priced());
    fields.build(|| priced)
}
