//! Goods for sale.

use domain::market::products::{ChangeError, fits};
use domain::market::{AddedCounts, NewProduct, Product, ProductChanges, ProductStatus};
use domain::{Id, Invalid};
use repository::Tx;
use repository::erasure::Erased;
use repository::market::products::{self, Added};
use repository::market::{conversations, erasure};

use super::conflicts;
use super::stale::{Changed, Stale};
use crate::{Error, Result};

pub use repository::market::products::{get, get_by_wallapop_id, list, restore};

/// Makes a product. No other that is not deleted may have its id of the marketplace's.
#[doc(alias = "create_product")]
pub fn create(tx: &mut Tx<'_>, new: NewProduct) -> Result<Product> {
    let mut fields = Invalid::collect();
    fields.take("/price", fits(new.price, new.currency));
    fields.finish()?;
    Ok(products::insert(tx, new)?)
}

/// Changes the given fields, if the product still has the given version. Selling it cancels its active conversations, which
/// counts against nobody, and is final.
pub fn update(
    tx: &mut Tx<'_>,
    id: Id<Product>,
    version: Option<i64>,
    changes: ProductChanges,
) -> Result<Changed<Product>> {
    let before = products::lock(tx, id, version)?;
    let next = before.with(changes, tx.now).map_err(refused)?;
    if next == before {
        return Ok(Stale::default().after(before));
    }
    if next.wallapop_id != before.wallapop_id {
        products::ensure_free(tx, &next.wallapop_id)?;
    }
    let is_sold_now = before.status != ProductStatus::Sold && next.status == ProductStatus::Sold;
    let ended = if is_sold_now { conversations::cancel_of_sold(tx, &[id])? } else { Vec::new() };
    let product = products::update(tx, next)?;
    let stale = Stale::default()
        .product(id, &before.wallapop_id)
        .product(id, &product.wallapop_id)
        .conversations(ended);
    Ok(stale.after(product))
}

fn refused(error: ChangeError) -> Error {
    match error {
        ChangeError::Sold => Error::conflict(&conflicts::PRODUCT_SOLD, error.to_string()),
        ChangeError::Invalid(invalid) => Error::Invalid(invalid),
    }
}

/// Adds to the counters of a product, sold or not.
pub fn add_counts(tx: &mut Tx<'_>, id: Id<Product>, added: AddedCounts) -> Result<Changed<Product>> {
    match products::add_counts(tx, id, added)? {
        Added::Stored(product) => Ok(Stale::default().product(id, &product.wallapop_id).after(*product)),
        Added::OutOfRange { views_count, favorites_count } => {
            let mut fields = Invalid::collect();
            for (pointer, before, added) in [
                ("/views", views_count, added.views.get()),
                ("/favorites", favorites_count, added.favorites.get()),
            ] {
                if before.get().checked_add(added).is_none_or(|sum| sum < 0) {
                    let detail =
                        format!("the sum must be from 0 to {}: it is {} now", i32::MAX, before.get());
                    fields.add(pointer, "out_of_range", detail);
                }
            }
            fields.finish()?;
            // It would fit by now: somebody else changed the counters meanwhile.
            Err(repository::Error::Contention.into())
        }
    }
}

/// Deletes a product, until restored or purged. Its conversations are hidden meanwhile.
pub fn delete(tx: &mut Tx<'_>, id: Id<Product>, version: Option<i64>) -> Result<Changed<()>> {
    let product = products::lock(tx, id, version)?;
    products::soft_delete(tx, id, None)?;
    Ok(Stale::default().product(id, &product.wallapop_id).after(()))
}

/// Erases a product for good, deleted or not, with the conversations about it. A version can be named of a living product
/// only.
pub fn erase(tx: &mut Tx<'_>, id: Id<Product>, version: Option<i64>) -> Result<Changed<Erased>> {
    if version.is_some() {
        products::lock(tx, id, version)?;
    }
    let erasure::Erasure { erased, conversations, product } = erasure::erase_product(tx, id)?;
    let stale = Stale::default().conversations(conversations);
    let stale = product.iter().fold(stale, |stale, wallapop_id| stale.product(id, wallapop_id));
    Ok(stale.after(erased))
}
