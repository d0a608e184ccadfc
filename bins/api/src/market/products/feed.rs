//! Products in bulk, as the marketplace lists them.

use repository::Tx;
use repository::domain::Invalid;
use repository::domain::market::{FeedRow, WallapopId};
use serde::Deserialize;
use service::market::feed;
use utoipa::ToSchema;

use super::bodies::UpdateProduct;
use crate::http::batch::{Asked, BatchBody, Sorted, sort};
use crate::http::input::{DecimalText, Patch, present};
use crate::http::{ApiResult, Change, Routes, Rows, Shown, add_routes};
use crate::market::changes::ToDrop;
use crate::market::{MarketWrite, schema};

pub(super) fn routes(routes: &mut Routes) {
    add_routes!(routes, "market products": store_products);
}

/// A product as the marketplace lists it. What is absent stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"wallapop_id": "12345", "title": "iPhone 13 Pro", "price": "650.00", "status": "available"}))]
struct ProductRow {
    /// Of which product.
    #[schema(max_length = 50)]
    wallapop_id: String,
    /// Required for a new one.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, nullable = false, max_length = 200)]
    title: Patch<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 2000)]
    description: Patch<String>,
    /// Required for a new one.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<DecimalText>, nullable = false)]
    price: Patch<DecimalText>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, nullable = false)]
    currency: Patch<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<schema::ProductStatus>, nullable = false)]
    status: Patch<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 100)]
    category: Patch<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 100)]
    location: Patch<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<schema::Condition>)]
    condition: Patch<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<i64>, nullable = false, minimum = 0, maximum = 2147483647)]
    views_count: Patch<i64>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<i64>, nullable = false, minimum = 0, maximum = 2147483647)]
    favorites_count: Patch<i64>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<DateTime<Utc>>, nullable = false)]
    listed_at: Patch<String>,
}

impl ProductRow {
    fn read(self) -> Result<Asked<FeedRow, ()>, Invalid> {
        let Self {
            wallapop_id,
            title,
            description,
            price,
            currency,
            status,
            category,
            location,
            condition,
            views_count,
            favorites_count,
            listed_at,
        } = self;
        let mut fields = Invalid::collect();
        let wallapop_id = fields.take("/wallapop_id", WallapopId::parse(&wallapop_id));
        let changes = UpdateProduct {
            wallapop_id: None,
            title,
            description,
            price,
            currency,
            status,
            category,
            location,
            condition,
            views_count,
            favorites_count,
            listed_at,
        };
        let changes = fields.take("", changes.read());
        fields.build(|| Some(Asked::New(FeedRow { wallapop_id: wallapop_id?, changes: changes? })))
    }
}

/// Stores products as the marketplace lists them: a JSON array, or NDJSON, of at most 10,000 rows and 16 MiB.
///
/// A row names its product by `wallapop_id`: a new one is made, and of one that is there the fields change that the row has.
/// `found` means that nothing differs. A row that cannot be stored is `invalid`, among them one of a product that is sold
/// (`product_sold`), and the second one of a product (`duplicate_in_batch`). What a sale ends is cancelled.
#[utoipa::path(post, path = "/v1/market/products/batch")]
async fn store_products(change: Change<MarketWrite>, rows: Rows<ProductRow>) -> ApiResult<Shown<BatchBody>> {
    let Sorted { new, places, .. } = sort(rows, ProductRow::read).await?;
    let (to_drop, values) = (ToDrop::default(), change.in_earnest().map(|state| state.kept_values.clone()));
    let noted = to_drop.clone();
    let store = move |tx: &mut Tx<'_>| feed::store(tx, &new).map(|changed| noted.note(changed));
    let answer = move |stored| Shown(BatchBody::of(&places, stored, Vec::new()));
    let made = change.write_as("market.store_products", store, answer).await;
    to_drop.after(made, values).await
}
