//! Receipts, from the reading of a picture to the end of their life.

use domain::pantry::receipts::MOST_ITEMS;
use domain::pantry::{
    NewReceipt, NewReceiptItem, Receipt, ReceiptChanges, ReceiptFilter, ReceiptSummary, User, WholeReceipt,
};
use domain::{DayPosition, Id, Invalid, Page, PageRequest};
use repository::pantry::references::{Found, Names};
use repository::pantry::{receipt_items, receipt_lists, receipts};
use repository::{Conn, Error as RepositoryError, Tx};

use super::users;
use crate::{Error, Result};

pub use repository::pantry::receipt_lists::get_user_receipts;
pub use repository::pantry::receipts::{get, list_from, restore, soft_delete as delete};

/// Where the items stand in the input of a receipt.
const ITEMS: &str = "/items";

/// Makes a receipt with its items.
pub fn create(tx: &mut Tx<'_>, new: NewReceipt) -> Result<WholeReceipt> {
    let new = priced(new)?;
    let copy = new.clone();
    receipts::create_with_items(tx, new).map_err(|error| why_refused(tx, error, Names::from(&copy), ITEMS))
}

/// The same with the prices that its items lack.
///
/// # Errors
/// When it has too many items, or one costs too much.
pub(super) fn priced(new: NewReceipt) -> Result<NewReceipt, Invalid> {
    let items = priced_items(new.items)?;
    Ok(NewReceipt { items, ..new })
}

fn priced_items(items: Vec<NewReceiptItem>) -> Result<Vec<NewReceiptItem>, Invalid> {
    if items.len() > MOST_ITEMS {
        return Err(Invalid::one(ITEMS, "too_many", format!("there must be at most {MOST_ITEMS} items")));
    }
    let mut fields = Invalid::collect();
    let priced =
        |(n, item): (usize, NewReceiptItem)| fields.take(&format!("{ITEMS}/{n}/total_price"), item.priced());
    let priced: Option<Vec<_>> = items.into_iter().enumerate().map(priced).collect();
    fields.build(|| priced)
}

/// Tells why the database did not take a receipt or its items. `place` is where the items stand in the input.
pub(super) fn why_refused(tx: &mut Tx<'_>, error: RepositoryError, names: Names<'_>, place: &str) -> Error {
    match error {
        RepositoryError::NotFound("user" | "conversation" | receipt_items::REFERENCE) => {
            match Found::lock(tx, &[names]) {
                Ok(found) => {
                    absent(&found, names, place).map_or(RepositoryError::Contention.into(), Error::from)
                }
                Err(error) => error.into(),
            }
        }
        error => error.into(),
    }
}

/// What a receipt names that is not there; none where all of it is.
pub(super) fn absent(found: &Found, names: Names<'_>, place: &str) -> Option<Invalid> {
    let Names { user, conversation, items } = names;
    if !found.has_user(user) {
        return Some(users::unknown_user());
    }
    let mut fields = Invalid::collect();
    if conversation.is_some_and(|id| !found.has_conversation(user, id)) {
        fields.add("/conversation_id", "unknown_conversation", "the user has no such conversation");
    }
    for (n, item) in items.iter().enumerate() {
        let place = if place.is_empty() { String::new() } else { format!("{place}/{n}") };
        if item.product_id.is_some_and(|id| !found.has_product(user, id)) {
            let detail = "there is no such product of the user or in the catalogue";
            fields.add(format!("{place}/product_id"), "unknown_product", detail);
        }
        if item.category_id.is_some_and(|id| !found.has_category(id)) {
            fields.add(format!("{place}/category_id"), "unknown_category", "there is no such category");
        }
    }
    fields.finish().err()
}

/// A user's receipts that pass the filter: the latest purchase first, those without a day last.
pub fn list(
    conn: &mut Conn<'_>,
    user: Id<User>,
    filter: &ReceiptFilter,
    page: PageRequest<DayPosition>,
) -> Result<Page<ReceiptSummary, DayPosition>> {
    let found = receipt_lists::for_user(conn, user, filter, page)?;
    if found.items.is_empty() {
        users::must_exist(conn, user)?;
    }
    Ok(found)
}

/// Changes the given fields and, where items are given, replaces those there are, if the receipt still has the given
/// version.
pub fn update(
    tx: &mut Tx<'_>,
    id: Id<Receipt>,
    version: Option<i64>,
    mut changes: ReceiptChanges,
) -> Result<WholeReceipt> {
    let locked = receipts::lock(tx, id)?;
    changes.items = changes.items.map(priced_items).transpose()?;
    let (user, conversation) = (locked.receipt.user_id, changes.conversation_id.flatten());
    let items = changes.items.clone().unwrap_or_default();
    let names = Names { user, conversation, items: &items };
    receipts::update(tx, locked, version, changes).map_err(|error| why_refused(tx, error, names, ITEMS))
}
