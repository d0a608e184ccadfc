//! What products are made, changed and looked for by, and what they look like in answers.

use chrono::{DateTime, Utc};
use repository::domain::pantry::{
    Category, Details, NewProduct, Product, ProductChanges, ProductFilter, ProductName, User,
};
use repository::domain::{Id, Invalid, JsonObject};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::http::Located;
use crate::http::input::fields::{changed, replaced};
use crate::http::input::{Patch, present};

/// How many names one request may look for.
const MOST_NAMES: usize = 100;

/// A product of the catalogue, or of a household.
#[derive(Serialize, ToSchema)]
pub(super) struct ProductBody {
    #[schema(value_type = Uuid)]
    id: Id<Product>,
    /// Whose it is; null: it is in the catalogue, for everybody.
    #[schema(value_type = Option<Uuid>)]
    user_id: Option<Id<User>>,
    #[schema(example = "Mleko łaciate")]
    name: String,
    #[schema(value_type = Option<Uuid>)]
    category_id: Option<Id<Category>>,
    /// What is known of its nutrients.
    #[schema(value_type = Object)]
    nutritional_info: Details,
    /// How it keeps.
    #[schema(value_type = Object, example = json!({"shelf_life_days": 7}))]
    storage_info: Details,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl Located for ProductBody {
    fn location(&self) -> String {
        format!("/v1/pantry/products/{}", self.id)
    }
}

impl From<Product> for ProductBody {
    fn from(product: Product) -> Self {
        let Product {
            id,
            user_id,
            name,
            category_id,
            nutritional_info,
            storage_info,
            created_at,
            updated_at,
        } = product;
        let name = name.as_str().to_owned();
        Self { id, user_id, name, category_id, nutritional_info, storage_info, created_at, updated_at }
    }
}

/// What was found by names.
#[derive(Serialize, ToSchema)]
pub(super) struct FoundProducts {
    /// For each name, in the order given, the product or null.
    data: Vec<Option<ProductBody>>,
}

impl From<Vec<Option<Product>>> for FoundProducts {
    fn from(found: Vec<Option<Product>>) -> Self {
        Self { data: found.into_iter().map(|product| product.map(ProductBody::from)).collect() }
    }
}

/// A product to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "user_id": "00000000-0000-7000-8000-000000000001", "name": "Śmietana 18%",
    "category_id": "00000000-0000-7000-8000-000000000001", "nutritional_info": {"kcal": 184},
    "storage_info": {"shelf_life_days": 21},
}))]
pub(super) struct CreateProduct {
    /// No two products of a household, and no two of the catalogue, have the same, in whatever case.
    #[schema(max_length = 255)]
    name: String,
    /// Whose it is. Without one it goes to the catalogue, which takes an API key.
    #[schema(value_type = Option<Uuid>)]
    user_id: Option<String>,
    #[schema(value_type = Option<Uuid>)]
    category_id: Option<String>,
    /// What is known of its nutrients: at most 64 KiB.
    #[schema(value_type = Option<Object>)]
    nutritional_info: Option<JsonObject>,
    /// How it keeps: at most 64 KiB. `shelf_life_days`, a whole number up to 3,650, is for how long after it was bought.
    #[schema(value_type = Option<Object>)]
    storage_info: Option<JsonObject>,
}

impl CreateProduct {
    pub(super) fn read(self) -> Result<NewProduct, Invalid> {
        let mut fields = Invalid::collect();
        let name = fields.take("/name", ProductName::parse(&self.name));
        let user_id = fields.take_optional("/user_id", self.user_id.as_deref().map(str::parse));
        let category_id = fields.take_optional("/category_id", self.category_id.as_deref().map(str::parse));
        let nutritional_info =
            fields.take("/nutritional_info", Details::new(self.nutritional_info.unwrap_or_default()));
        let storage_info = fields.take("/storage_info", Details::new(self.storage_info.unwrap_or_default()));
        fields.build(|| {
            Some(NewProduct {
                user_id: user_id?,
                name: name?,
                category_id: category_id?,
                nutritional_info: nutritional_info?,
                storage_info: storage_info?,
            })
        })
    }
}

/// What to change of a product. What is absent stays; null clears.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Śmietana 30%", "category_id": null, "storage_info": {"shelf_life_days": 14}}))]
pub(super) struct UpdateProduct {
    /// Cannot be cleared.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, nullable = false, max_length = 255)]
    name: Patch<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Uuid>)]
    category_id: Patch<String>,
    /// Replaces what is there. Cannot be cleared.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Object>, nullable = false)]
    nutritional_info: Patch<JsonObject>,
    /// Replaces what is there. Cannot be cleared.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Object>, nullable = false)]
    storage_info: Patch<JsonObject>,
}

impl UpdateProduct {
    pub(super) fn read(self) -> Result<ProductChanges, Invalid> {
        let mut fields = Invalid::collect();
        let changes = ProductChanges {
            name: replaced(&mut fields, "/name", self.name, |text| ProductName::parse(&text)),
            category_id: changed(&mut fields, "/category_id", self.category_id, |text| text.parse()),
            nutritional_info: replaced(&mut fields, "/nutritional_info", self.nutritional_info, Details::new),
            storage_info: replaced(&mut fields, "/storage_info", self.storage_info, Details::new),
        };
        fields.finish()?;
        Ok(changes)
    }
}

/// Names to look for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"names": ["ŚMIETANA 18%", "Milk"], "user_id": "00000000-0000-7000-8000-000000000001"}))]
pub(super) struct LookupProducts {
    /// At most 100, in whatever case.
    #[schema(max_items = 100)]
    names: Vec<String>,
    /// Whose own products come before those of the catalogue.
    #[schema(value_type = Option<Uuid>)]
    user_id: Option<String>,
}

impl LookupProducts {
    pub(super) fn read(self) -> Result<(Option<Id<User>>, Vec<ProductName>), Invalid> {
        let mut fields = Invalid::collect();
        if self.names.len() > MOST_NAMES {
            fields.add("/names", "too_many", format!("there can be at most {MOST_NAMES} names"));
        }
        let names = self.names.iter().take(MOST_NAMES).enumerate();
        let names =
            names.filter_map(|(n, name)| fields.take(&format!("/names/{n}"), ProductName::parse(name)));
        let names = names.collect();
        let user = fields.take_optional("/user_id", self.user_id.as_deref().map(str::parse));
        fields.build(|| Some((user?, names)))
    }
}

/// Which products to list.
#[derive(Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct ListProducts {
    /// Those of this household too; without it those of the catalogue alone.
    #[param(value_type = Option<Uuid>)]
    user_id: Option<String>,
    /// Those of this category.
    #[param(value_type = Option<Uuid>)]
    category: Option<String>,
    /// Those whose name begins so, in whatever case.
    #[param(example = "mle")]
    name: Option<String>,
}

impl ListProducts {
    pub(super) fn read(&self) -> Result<ProductFilter, Invalid> {
        let mut fields = Invalid::collect();
        let user_id = fields.take_optional("/user_id", self.user_id.as_deref().map(str::parse));
        let category_id = fields.take_optional("/category", self.category.as_deref().map(str::parse));
        let prefix = fields.take_optional("/name", self.name.as_deref().map(ProductName::parse));
        fields.build(|| {
            let prefix = prefix?.map(|name| name.key().clone());
            Some(ProductFilter { user_id: user_id?, category_id: category_id?, prefix })
        })
    }
}
