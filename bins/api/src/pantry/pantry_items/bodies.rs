//! What is added to a pantry, changed and taken, and what it looks like in answers.

use chrono::{DateTime, Utc};
use repository::domain::pantry::{
    Consumption, ItemOnDay, PantryItem, PantryItemChanges, Product, ProductName, Quantity, Unit, User,
};
use repository::domain::{Day, Decimal, Id, Invalid, Text};
use serde::{Deserialize, Serialize};
use service::pantry::pantry_items::{Consumed, Delivery, Which};
use utoipa::ToSchema;

use crate::http::Located;
use crate::http::input::fields::{changed, replaced};
use crate::http::input::{Patch, present};
use crate::pantry::printed_number::PrintedNumber;

/// Something at home.
#[derive(Serialize, ToSchema)]
pub(in crate::pantry) struct PantryItemBody {
    #[schema(value_type = Uuid)]
    id: Id<PantryItem>,
    #[schema(value_type = Uuid)]
    user_id: Id<User>,
    #[schema(value_type = Uuid)]
    product_id: Id<Product>,
    #[schema(value_type = String, example = "Milk")]
    product_name: Text<255>,
    /// Three decimals; null: there is some, not measured.
    #[schema(value_type = Option<String>, example = "1.500")]
    quantity: Option<Quantity>,
    /// In lower case; null: pieces.
    #[schema(value_type = Option<String>, example = "l")]
    unit: Option<Unit>,
    /// The last day on which it is good.
    #[schema(value_type = Option<NaiveDate>)]
    expiry_date: Option<Day>,
    /// When the first of it was added.
    added_date: DateTime<Utc>,
    #[schema(value_type = Option<String>)]
    notes: Option<Text<2_000>>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl Located for PantryItemBody {
    fn location(&self) -> String {
        format!("/v1/pantry/pantry-items/{}", self.id)
    }
}

impl From<PantryItem> for PantryItemBody {
    fn from(item: PantryItem) -> Self {
        let PantryItem {
            id,
            user_id,
            product_id,
            product_name,
            quantity,
            unit,
            expiry_date,
            added_date,
            notes,
            created_at,
            updated_at,
        } = item;
        Self {
            id,
            user_id,
            product_id,
            product_name,
            quantity,
            unit,
            expiry_date,
            added_date,
            notes,
            created_at,
            updated_at,
        }
    }
}

impl From<ItemOnDay> for PantryItemBody {
    fn from(seen: ItemOnDay) -> Self {
        seen.item.into()
    }
}

/// What became of something that was taken from.
#[derive(Serialize, ToSchema)]
pub(super) struct ConsumedBody {
    #[serde(flatten)]
    item: PantryItemBody,
    /// Whether nothing is left, so that the row is gone.
    removed: bool,
}

impl From<Consumed> for ConsumedBody {
    fn from(consumed: Consumed) -> Self {
        let Consumed { item, removed } = consumed;
        Self { item: item.into(), removed }
    }
}

/// Something that comes into the pantry. It is named by `product_id` or by `product_name`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "product_name": "Milk", "quantity": "1.5", "unit": "l", "expiry_date": "2026-11-25"
}))]
pub(super) struct AddPantryItem {
    /// A product of the catalogue or of the same user.
    #[schema(value_type = Option<Uuid>)]
    product_id: Option<String>,
    /// The user's product of this name, else the catalogue's, else a new one of the user's.
    #[schema(max_length = 255)]
    product_name: Option<String>,
    /// Zero or more, at most three decimals; not measured when absent.
    quantity: Option<PrintedNumber>,
    /// Pieces when absent.
    #[schema(max_length = 50)]
    unit: Option<String>,
    /// The last day on which it is good.
    #[schema(value_type = Option<NaiveDate>)]
    expiry_date: Option<String>,
    #[schema(max_length = 2000)]
    notes: Option<String>,
}

impl AddPantryItem {
    pub(super) fn read(self) -> Result<Delivery, Invalid> {
        let mut fields = Invalid::collect();
        let product = match (self.product_id, self.product_name) {
            (Some(id), None) => fields.take("/product_id", id.parse()).map(Which::Id),
            (None, Some(name)) => fields.take("/product_name", ProductName::parse(&name)).map(Which::Name),
            _ => {
                fields.add("", "one_of", "give either product_id or product_name");
                None
            }
        };
        let quantity = fields.take_optional("/quantity", self.quantity.map(not_negative));
        let unit = fields.take_optional("/unit", self.unit.as_deref().map(Unit::parse));
        let expiry_date = fields.take_optional("/expiry_date", self.expiry_date.as_deref().map(Day::parse));
        let notes = fields.take_optional("/notes", self.notes.as_deref().map(Text::parse));
        fields.build(|| {
            Some(Delivery {
                product: product?,
                quantity: quantity?,
                unit: unit?,
                expiry_date: expiry_date?,
                notes: notes?,
            })
        })
    }
}

fn not_negative(quantity: PrintedNumber) -> Result<Quantity, repository::domain::DecimalError> {
    quantity.number().and_then(Decimal::not_negative)
}

/// What to change of something at home. What is absent stays; null clears.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"quantity": "0.75", "notes": null}))]
pub(super) struct UpdatePantryItem {
    /// Cannot be cleared.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Uuid>)]
    product_id: Patch<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<PrintedNumber>)]
    quantity: Patch<PrintedNumber>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 50)]
    unit: Patch<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<NaiveDate>)]
    expiry_date: Patch<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 2000)]
    notes: Patch<String>,
}

impl UpdatePantryItem {
    pub(super) fn read(self) -> Result<PantryItemChanges, Invalid> {
        let mut fields = Invalid::collect();
        let changes = PantryItemChanges {
            product_id: replaced(&mut fields, "/product_id", self.product_id, |id| id.parse()),
            quantity: changed(&mut fields, "/quantity", self.quantity, not_negative),
            unit: changed(&mut fields, "/unit", self.unit, |text| Unit::parse(&text)),
            expiry_date: changed(&mut fields, "/expiry_date", self.expiry_date, |day| Day::parse(&day)),
            notes: changed(&mut fields, "/notes", self.notes, |text| Text::parse(&text)),
        };
        fields.finish()?;
        Ok(changes)
    }
}

/// How much is taken: `quantity`, or `all` of it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"quantity": "0.5"}))]
pub(super) struct Consume {
    /// Above zero, at most three decimals.
    quantity: Option<PrintedNumber>,
    all: Option<bool>,
}

impl Consume {
    pub(super) fn read(self) -> Result<Consumption, Invalid> {
        let mut fields = Invalid::collect();
        let taken = match (self.quantity, self.all.unwrap_or(false)) {
            (Some(quantity), false) => {
                fields.take("/quantity", quantity.number().and_then(Decimal::positive)).map(Consumption::Some)
            }
            (None, true) => Some(Consumption::All),
            _ => {
                fields.add("", "one_of", "give either a quantity, or true for all");
                None
            }
        };
        fields.build(|| taken)
    }
}
