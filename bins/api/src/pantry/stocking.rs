//! What a receipt lists comes into the pantry.

use repository::domain::pantry::receipts::MOST_ITEMS;
use repository::domain::pantry::{Product, Receipt, ReceiptItem, Stocking};
use repository::domain::{Id, Invalid};
use serde::{Deserialize, Serialize};
use service::pantry::stocking;
use utoipa::ToSchema;

use super::PantryWrite;
use crate::http::{ApiResult, Change, OptionalJson, PathId, Routes, Shown, add_routes};

pub(super) fn routes(routes: &mut Routes) {
    add_routes!(routes, "pantry receipts": stock_receipt);
}

/// Which lines of the receipt.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"only": ["00000000-0000-7000-8000-000000000001"]}))]
struct StockReceipt {
    /// Its items; all of them when absent.
    #[schema(value_type = Option<Vec<Uuid>>, max_items = 500)]
    only: Option<Vec<String>>,
}

impl StockReceipt {
    fn read(self) -> Result<Option<Vec<Id<ReceiptItem>>>, Invalid> {
        let Some(only) = self.only else { return Ok(None) };
        if only.len() > MOST_ITEMS {
            return Err(Invalid::one(
                "/only",
                "too_many",
                format!("there must be at most {MOST_ITEMS} items"),
            ));
        }
        let mut fields = Invalid::collect();
        let read = only.iter().enumerate();
        let ids = read.filter_map(|(n, id)| fields.take(&format!("/only/{n}"), id.parse())).collect();
        fields.finish()?;
        Ok(Some(ids))
    }
}

/// What came of it.
#[derive(Serialize, ToSchema)]
struct StockingBody {
    /// Whether it was done before, so that nothing changed.
    already: bool,
    /// How many rows are new in the pantry.
    added: usize,
    /// How many rows of the pantry have more now.
    merged: usize,
    /// How many products the user did not have.
    products_created: usize,
    /// How many lines are no goods: discounts and returns.
    skipped: usize,
    /// Products whose `shelf_life_days` is no whole number from 0 to 3,650, so that their expiry is not known.
    #[schema(value_type = Vec<Uuid>)]
    unusable_shelf_lives: Vec<Id<Product>>,
}

impl From<Stocking> for StockingBody {
    fn from(stocking: Stocking) -> Self {
        let Stocking { already, added, merged, products_created, skipped, unusable_shelf_lives } = stocking;
        Self { already, added, merged, products_created, skipped, unusable_shelf_lives }
    }
}

/// Puts what a receipt lists into the user's pantry, once: asked again, it changes nothing.
///
/// A line stands for its product, else for the user's or the catalogue's of the same name, else for a new one of the user's.
/// It expires as many days after the purchase as `storage_info.shelf_life_days` of the product says. Lines below zero are
/// discounts and returns.
#[utoipa::path(post, path = "/v1/pantry/receipts/{id}/to-pantry")]
async fn stock_receipt(
    change: Change<PantryWrite>,
    PathId(receipt): PathId<Receipt>,
    OptionalJson(body): OptionalJson<StockReceipt>,
) -> ApiResult<Shown<StockingBody>> {
    let only = body.read()?;
    change.write("pantry.stock_receipt", move |tx| stocking::to_pantry(tx, receipt, only.as_deref())).await
}
