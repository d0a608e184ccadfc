//! Receipts in bulk. What is wrong with one does not keep the others from being stored.

use domain::pantry::{NewReceipt, Receipt};
use domain::{Id, Invalid};
use repository::Tx;
use repository::pantry::receipt_batch;
use repository::pantry::references::{Found, Names};

use super::receipts::{absent, priced};
use crate::Result;

/// Makes receipts with their items. Answers for each its id, or what is wrong with it.
pub fn create(tx: &mut Tx<'_>, rows: Vec<NewReceipt>) -> Result<Vec<Result<Id<Receipt>, Invalid>>> {
    let rows: Vec<Result<NewReceipt, Invalid>> = rows.into_iter().map(priced).collect();
    let names: Vec<Names<'_>> = rows.iter().flatten().map(Names::from).collect();
    let found = Found::lock(tx, &names)?;
    let judged = rows.into_iter().map(|row| {
        let new = row?;
        match absent(&found, Names::from(&new), "/items") {
            Some(invalid) => Err(invalid),
            None => Ok(new),
        }
    });
    let (mut good, mut outcomes) = (Vec::new(), Vec::new());
    for row in judged {
        outcomes.push(row.map(|new| good.push(new)));
    }
    let mut ids = receipt_batch::insert_all(tx, &good)?.into_iter();
    let stored = |outcome: Result<(), Invalid>| {
        outcome.and_then(|()| {
            ids.next().ok_or_else(|| Invalid::one("", "incomplete", "the receipt was not stored"))
        })
    };
    Ok(outcomes.into_iter().map(stored).collect())
}
