//! Receipts in bulk.

use repository::Tx;
use repository::domain::pantry::Receipt;
use repository::domain::{Id, Invalid};
use service::batch::Outcome;
use service::pantry::receipt_batch;

use super::requests::CreateReceipt;
use crate::http::batch::{Asked, BatchBody, Sorted, sort};
use crate::http::{ApiResult, Change, Routes, Rows, Shown, add_routes};
use crate::pantry::PantryWrite;

pub(super) fn routes(routes: &mut Routes) {
    add_routes!(routes, "pantry receipts": store_receipts);
}

/// Makes many receipts with their items: a JSON array, or NDJSON, of at most 10,000 rows and 16 MiB.
///
/// Valid rows are stored, all of them or none; the result says what became of each.
#[utoipa::path(post, path = "/v1/pantry/receipts/batch")]
async fn store_receipts(
    change: Change<PantryWrite>,
    rows: Rows<CreateReceipt>,
) -> ApiResult<Shown<BatchBody>> {
    let read = |row: CreateReceipt| row.read().map(Asked::<_, ()>::New);
    let Sorted { new, places, .. } = sort(rows, read).await?;
    let store = move |tx: &mut Tx<'_>| receipt_batch::create(tx, new.clone());
    let answer = move |stored: Vec<Result<Id<Receipt>, Invalid>>| {
        let stored = stored.into_iter().map(Outcome::from).collect();
        Shown(BatchBody::of(&places, stored, Vec::new()))
    };
    change.write_as("pantry.store_receipts", store, answer).await
}
