//! What products are made, changed and listed by, and what they look like in answers.

use chrono::{DateTime, Utc};
use repository::domain::market::products::price;
use repository::domain::market::{
    AddedCounts, Condition, Count, NewProduct, Price, Product, ProductChanges, ProductFilter, ProductStatus,
};
use repository::domain::{Currency, Id, Invalid, Text};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::http::input::fields::{changed, replaced};
use crate::http::input::{DecimalText, Patch, present, time};
use crate::http::{Located, Versioned};
use crate::market::schema;

/// A product.
#[derive(Serialize, ToSchema)]
pub(super) struct ProductBody {
    #[schema(value_type = Uuid)]
    id: Id<Product>,
    /// The marketplace's id; no two products have the same, except deleted ones.
    #[schema(value_type = String, example = "12345")]
    wallapop_id: Text<50>,
    #[schema(value_type = String, example = "iPhone 13 Pro")]
    title: Text<200>,
    #[schema(value_type = Option<String>)]
    description: Option<Text<2000>>,
    #[schema(value_type = String, example = "650.00")]
    price: Price,
    /// ISO 4217.
    #[schema(value_type = String, example = "EUR")]
    currency: Currency,
    #[schema(value_type = schema::ProductStatus)]
    status: ProductStatus,
    #[schema(value_type = Option<String>)]
    category: Option<Text<100>>,
    #[schema(value_type = Option<String>)]
    location: Option<Text<100>>,
    #[schema(value_type = Option<schema::Condition>)]
    condition: Option<Condition>,
    #[schema(value_type = i32, minimum = 0)]
    views_count: Count,
    #[schema(value_type = i32, minimum = 0)]
    favorites_count: Count,
    /// Since when it is for sale.
    listed_at: Option<DateTime<Utc>>,
    /// When it was sold; null unless it is.
    sold_at: Option<DateTime<Utc>>,
    #[serde(skip)]
    row_version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl Located for ProductBody {
    fn location(&self) -> String {
        format!("/v1/market/products/{}", self.id)
    }
}

impl Versioned for ProductBody {
    fn row_version(&self) -> i64 {
        self.row_version
    }
}

impl From<Product> for ProductBody {
    fn from(product: Product) -> Self {
        let Product {
            id,
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
            sold_at,
            row_version,
            created_at,
            updated_at,
        } = product;
        Self {
            id,
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
            sold_at,
            row_version,
            created_at,
            updated_at,
        }
    }
}

/// A product to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "wallapop_id": "12345", "title": "iPhone 13 Pro", "price": "650.00", "category": "phones", "location": "Barcelona",
    "condition": "like_new",
}))]
pub(super) struct CreateProduct {
    /// The marketplace's id; no two products have the same, except deleted ones.
    #[schema(max_length = 50)]
    wallapop_id: String,
    #[schema(max_length = 200)]
    title: String,
    #[schema(max_length = 2000)]
    description: Option<String>,
    /// From 0 to 99999999.99, with the decimals that the currency has.
    price: DecimalText,
    /// ISO 4217, in any case; EUR when absent.
    currency: Option<String>,
    /// In any case; available when absent.
    #[schema(value_type = Option<schema::ProductStatus>)]
    status: Option<String>,
    #[schema(max_length = 100)]
    category: Option<String>,
    #[schema(max_length = 100)]
    location: Option<String>,
    /// In any case.
    #[schema(value_type = Option<schema::Condition>)]
    condition: Option<String>,
    /// 0 when absent.
    #[schema(minimum = 0, maximum = 2147483647)]
    views_count: Option<i64>,
    /// 0 when absent.
    #[schema(minimum = 0, maximum = 2147483647)]
    favorites_count: Option<i64>,
    /// Since when it is for sale; when absent, the time at which it is first available.
    #[schema(value_type = Option<DateTime<Utc>>)]
    listed_at: Option<String>,
}

impl CreateProduct {
    pub(super) fn read(self) -> Result<NewProduct, Invalid> {
        let mut fields = Invalid::collect();
        let wallapop_id = fields.take("/wallapop_id", Text::parse(&self.wallapop_id));
        let title = fields.take("/title", Text::parse(&self.title));
        let description = fields.take_optional("/description", self.description.as_deref().map(Text::parse));
        let price = fields.take("/price", price(self.price.as_str()));
        let currency = self.currency.as_deref().map_or(Ok(Currency::EUR), Currency::parse);
        let currency = fields.take("/currency", currency);
        let status = self.status.as_deref().map_or(Ok(ProductStatus::Available), str::parse);
        let status = fields.take("/status", status);
        let category = fields.take_optional("/category", self.category.as_deref().map(Text::parse));
        let location = fields.take_optional("/location", self.location.as_deref().map(Text::parse));
        let condition = fields.take_optional("/condition", self.condition.as_deref().map(str::parse));
        let views = fields.take("/views_count", Count::new(self.views_count.unwrap_or_default()));
        let favorites = fields.take("/favorites_count", Count::new(self.favorites_count.unwrap_or_default()));
        let listed_at = fields.take_optional("/listed_at", self.listed_at.as_deref().map(time));
        fields.build(|| {
            Some(NewProduct {
                wallapop_id: wallapop_id?,
                title: title?,
                description: description?,
                price: price?,
                currency: currency?,
                status: status?,
                category: category?,
                location: location?,
                condition: condition?,
                views_count: views?,
                favorites_count: favorites?,
                listed_at: listed_at?,
            })
        })
    }
}

/// What to change of a product. What is absent stays.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"price": "620.00", "status": "reserved"}))]
pub(super) struct UpdateProduct {
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, nullable = false, max_length = 50)]
    pub(super) wallapop_id: Patch<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, nullable = false, max_length = 200)]
    pub(super) title: Patch<String>,
    /// Null clears it.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 2000)]
    pub(super) description: Patch<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<DecimalText>, nullable = false)]
    pub(super) price: Patch<DecimalText>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, nullable = false)]
    pub(super) currency: Patch<String>,
    /// `sold` is final.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<schema::ProductStatus>, nullable = false)]
    pub(super) status: Patch<String>,
    /// Null clears it.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 100)]
    pub(super) category: Patch<String>,
    /// Null clears it.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 100)]
    pub(super) location: Patch<String>,
    /// Null clears it.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<schema::Condition>)]
    pub(super) condition: Patch<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<i64>, nullable = false, minimum = 0, maximum = 2147483647)]
    pub(super) views_count: Patch<i64>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<i64>, nullable = false, minimum = 0, maximum = 2147483647)]
    pub(super) favorites_count: Patch<i64>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<DateTime<Utc>>, nullable = false)]
    pub(super) listed_at: Patch<String>,
}

impl UpdateProduct {
    pub(super) fn read(self) -> Result<ProductChanges, Invalid> {
        let mut fields = Invalid::collect();
        let changes = ProductChanges {
            wallapop_id: replaced(&mut fields, "/wallapop_id", self.wallapop_id, |it| Text::parse(&it)),
            title: replaced(&mut fields, "/title", self.title, |it| Text::parse(&it)),
            description: changed(&mut fields, "/description", self.description, |it| Text::parse(&it)),
            price: replaced(&mut fields, "/price", self.price, |it| price(it.as_str())),
            currency: replaced(&mut fields, "/currency", self.currency, |it| Currency::parse(&it)),
            status: replaced(&mut fields, "/status", self.status, |it| it.parse()),
            category: changed(&mut fields, "/category", self.category, |it| Text::parse(&it)),
            location: changed(&mut fields, "/location", self.location, |it| Text::parse(&it)),
            condition: changed(&mut fields, "/condition", self.condition, |it| it.parse()),
            views_count: replaced(&mut fields, "/views_count", self.views_count, Count::new),
            favorites_count: replaced(&mut fields, "/favorites_count", self.favorites_count, Count::new),
            listed_at: replaced(&mut fields, "/listed_at", self.listed_at, |it| time(&it)),
        };
        fields.finish()?;
        Ok(changes)
    }
}

/// What is added to the counters of a product.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"views": 12, "favorites": 3}))]
pub(super) struct AddCounts {
    /// None when absent.
    #[schema(minimum = 0, maximum = 1000000)]
    views: Option<i64>,
    /// None when absent; below 0, so many are taken back.
    #[schema(minimum = -1000000, maximum = 1000000)]
    favorites: Option<i64>,
}

impl AddCounts {
    pub(super) fn read(self) -> Result<AddedCounts, Invalid> {
        AddedCounts::new(self.views.unwrap_or_default(), self.favorites.unwrap_or_default())
    }
}

/// Which products.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct ListProducts {
    /// In this status, in any case.
    #[param(value_type = Option<schema::ProductStatus>)]
    status: Option<String>,
    /// Of exactly this category.
    #[param(max_length = 100)]
    category: Option<String>,
    /// Of at least this price, whatever the currency.
    #[param(example = "100.00")]
    min_price: Option<String>,
    /// Of at most this price, whatever the currency.
    #[param(example = "700.00")]
    max_price: Option<String>,
}

impl ListProducts {
    pub(super) fn read(self) -> Result<ProductFilter, Invalid> {
        let mut fields = Invalid::collect();
        let status = fields.take_optional("/status", self.status.as_deref().map(str::parse));
        let category = fields.take_optional("/category", self.category.as_deref().map(Text::parse));
        let min_price = fields.take_optional("/min_price", self.min_price.as_deref().map(price));
        let max_price = fields.take_optional("/max_price", self.max_price.as_deref().map(price));
        fields.build(|| {
            Some(ProductFilter {
                status: status?,
                category: category?,
                min_price: min_price?,
                max_price: max_price?,
            })
        })
    }
}
