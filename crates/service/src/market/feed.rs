//! Products as the marketplace lists them, in bulk. What is wrong with one row does not keep the others from being stored.

use std::collections::HashSet;

use domain::Invalid;
use domain::market::{FeedRow, Product};
use repository::Tx;
use repository::market::conversations;
use repository::market::feed::{self, Fed};

use super::conflicts;
use super::stale::{Changed, Stale};
use crate::Result;
use crate::batch::Outcome;

/// Makes products that are not there, and changes those that differ. What a row does not name stays as it is.
///
/// A thousand rows take one statement, and one more where a product is sold by them: its active conversations are cancelled.
pub fn store(tx: &mut Tx<'_>, rows: &[FeedRow]) -> Result<Changed<Vec<Outcome<Product>>>> {
    let mut seen = HashSet::new();
    let is_first: Vec<bool> = rows.iter().map(|row| seen.insert(&row.wallapop_id)).collect();
    let first: Vec<FeedRow> =
        rows.iter().zip(&is_first).filter(|(_, first)| **first).map(|(row, _)| row.clone()).collect();
    let stored = feed::store(tx, &first)?;
    let mut stale = Stale::default();
    for (row, fed) in first.iter().zip(&stored.rows) {
        if let Fed::Updated(id) = fed {
            stale = stale.product(*id, &row.wallapop_id);
        }
    }
    if !stored.sold.is_empty() {
        stale = stale.conversations(conversations::cancel_of_sold(tx, &stored.sold)?);
    }
    let mut fed = stored.rows.into_iter();
    let outcomes = is_first.into_iter().map(|is_first| match is_first.then(|| fed.next()).flatten() {
        Some(fed) => outcome(fed),
        None => Outcome::Invalid(Invalid::one(
            "/wallapop_id",
            "duplicate_in_batch",
            "an earlier row of this batch is of the same product",
        )),
    });
    Ok(stale.after(outcomes.collect()))
}

fn outcome(fed: Fed) -> Outcome<Product> {
    match fed {
        Fed::Created(id) => Outcome::Created(id),
        Fed::Updated(id) => Outcome::Updated(id),
        Fed::Found(id) => Outcome::Found(id),
        Fed::ProductSold(_) => {
            let detail = "the product is sold: only its counters can change";
            Outcome::Invalid(Invalid::one("", conflicts::PRODUCT_SOLD.code, detail))
        }
        Fed::Incomplete => {
            let detail = "a new product needs a title and a price";
            Outcome::Invalid(Invalid::one("", "missing", detail))
        }
        Fed::PriceDoesNotFit => {
            let detail = "the product's currency has no decimals";
            Outcome::Invalid(Invalid::one("/price", "too_many_decimals", detail))
        }
    }
}
