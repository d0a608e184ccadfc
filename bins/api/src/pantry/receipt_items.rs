//! `pantry.receipt_items`: the lines of a receipt.

use chrono::{DateTime, Utc};
use repository::domain::pantry::{
    Category, NewReceiptItem, Product, ProductName, Quantity, Receipt, ReceiptAmount, ReceiptItem,
    ReceiptItemChanges, Unit, UnitPrice,
};
use repository::domain::{Decimal, DecimalError, Id, Invalid, Text};
use serde::{Deserialize, Serialize};
use service::pantry::receipt_items;
use utoipa::ToSchema;

use super::printed_number::PrintedNumber;
use super::{PantryRead, PantryWrite};
use crate::http::input::fields::{changed, replaced};
use crate::http::input::{Patch, present};
use crate::http::{
    ApiResult, Caller, Change, Json, Located, Made, NoContent, PathId, Routes, Shown, add_routes,
};

pub(super) fn routes(routes: &mut Routes) {
    add_routes!(
        routes,
        "pantry receipt items": add_receipt_item, get_receipt_item, update_receipt_item, delete_receipt_item
    );
}

/// A line of a receipt.
#[derive(Serialize, ToSchema)]
pub(super) struct ReceiptItemBody {
    #[schema(value_type = Uuid)]
    id: Id<ReceiptItem>,
    #[schema(value_type = Uuid)]
    receipt_id: Id<Receipt>,
    /// The product that it stands for, where that is known.
    #[schema(value_type = Option<Uuid>)]
    product_id: Option<Id<Product>>,
    /// Its category, where it has one of its own.
    #[schema(value_type = Option<Uuid>)]
    category_id: Option<Id<Category>>,
    /// What it is, as the receipt writes it.
    #[schema(value_type = String, example = "Ser Gouda")]
    product_name: Text<255>,
    /// Three decimals.
    #[schema(value_type = String, example = "0.452")]
    quantity: Quantity,
    /// In lower case; null: pieces.
    #[schema(value_type = Option<String>, example = "kg")]
    unit: Option<Unit>,
    /// What one of them costs, with two to four decimals.
    #[schema(value_type = Option<String>, example = "29.99")]
    unit_price: Option<UnitPrice>,
    /// What all of it costs; below zero it is a discount or a return.
    #[schema(value_type = Option<String>, example = "13.56")]
    total_price: Option<ReceiptAmount>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl Located for ReceiptItemBody {
    fn location(&self) -> String {
        format!("/v1/pantry/receipt-items/{}", self.id)
    }
}

impl From<ReceiptItem> for ReceiptItemBody {
    fn from(item: ReceiptItem) -> Self {
        let ReceiptItem {
            id,
            receipt_id,
            product_id,
            category_id,
            product_name,
            quantity,
            unit,
            unit_price,
            total_price,
            created_at,
            updated_at,
        } = item;
        Self {
            id,
            receipt_id,
            product_id,
            category_id,
            product_name,
            quantity,
            unit,
            unit_price,
            total_price,
            created_at,
            updated_at,
        }
    }
}

/// A line to be added to a receipt.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"product_name": "Masło", "quantity": "2", "unit": "szt", "unit_price": "6,49"}))]
pub(super) struct NewItem {
    /// What it is, as the receipt writes it.
    #[schema(max_length = 255)]
    product_name: String,
    /// The product that it stands for: of the catalogue or of the same user.
    #[schema(value_type = Option<Uuid>)]
    product_id: Option<String>,
    /// Above zero, at most three decimals; 1 when absent. Its only separator is before the decimals.
    quantity: Option<PrintedNumber>,
    /// Pieces when absent.
    #[schema(max_length = 50)]
    unit: Option<String>,
    /// What one of them costs, at most four decimals. Its only separator is before the decimals.
    unit_price: Option<PrintedNumber>,
    /// What all of it costs, as it is printed; below zero it is a discount or a return. Quantity times `unit_price` when
    /// absent.
    total_price: Option<PrintedNumber>,
    /// Where it has one of its own.
    #[schema(value_type = Option<Uuid>)]
    category_id: Option<String>,
}

impl NewItem {
    pub(super) fn read(self) -> Result<NewReceiptItem, Invalid> {
        let mut fields = Invalid::collect();
        let product_name = fields.take("/product_name", ProductName::parse(&self.product_name));
        let product_id = fields.take_optional("/product_id", self.product_id.as_deref().map(str::parse));
        let quantity = fields.take_optional("/quantity", self.quantity.map(positive));
        let unit = fields.take_optional("/unit", self.unit.as_deref().map(Unit::parse));
        let unit_price = fields.take_optional("/unit_price", self.unit_price.map(price_of_one));
        let total = self.total_price.as_ref().map(PrintedNumber::amount);
        let total_price = fields.take_optional("/total_price", total);
        let category_id = fields.take_optional("/category_id", self.category_id.as_deref().map(str::parse));
        fields.build(|| {
            Some(NewReceiptItem {
                product_id: product_id?,
                category_id: category_id?,
                product_name: product_name?,
                quantity: quantity?.map_or_else(|| Quantity::parse("1").ok(), Some)?,
                unit: unit?,
                unit_price: unit_price?,
                total_price: total_price?,
            })
        })
    }
}

fn positive(quantity: PrintedNumber) -> Result<Quantity, DecimalError> {
    quantity.number().and_then(Decimal::positive)
}

fn price_of_one(price: PrintedNumber) -> Result<UnitPrice, DecimalError> {
    price.number().map(UnitPrice)
}

/// What to change of a line. What is absent stays; null clears.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"quantity": "0,5", "total_price": null}))]
struct UpdateReceiptItem {
    /// Cannot be cleared.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 255)]
    product_name: Patch<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Uuid>)]
    product_id: Patch<String>,
    /// Cannot be cleared.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<PrintedNumber>)]
    quantity: Patch<PrintedNumber>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 50)]
    unit: Patch<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<PrintedNumber>)]
    unit_price: Patch<PrintedNumber>,
    /// Cleared, it is quantity times `unit_price` again, where there is one.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<PrintedNumber>)]
    total_price: Patch<PrintedNumber>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Uuid>)]
    category_id: Patch<String>,
}

impl UpdateReceiptItem {
    fn read(self) -> Result<ReceiptItemChanges, Invalid> {
        let mut fields = Invalid::collect();
        let (name, total) = (self.product_name, self.total_price);
        let changes = ReceiptItemChanges {
            product_id: changed(&mut fields, "/product_id", self.product_id, |id| id.parse()),
            category_id: changed(&mut fields, "/category_id", self.category_id, |id| id.parse()),
            product_name: replaced(&mut fields, "/product_name", name, |name| ProductName::parse(&name)),
            quantity: replaced(&mut fields, "/quantity", self.quantity, positive),
            unit: changed(&mut fields, "/unit", self.unit, |unit| Unit::parse(&unit)),
            unit_price: changed(&mut fields, "/unit_price", self.unit_price, price_of_one),
            total_price: changed(&mut fields, "/total_price", total, |total| total.amount()),
        };
        fields.finish()?;
        Ok(changes)
    }
}

/// Adds a line to a receipt, after those that are there.
#[utoipa::path(post, path = "/v1/pantry/receipts/{id}/items")]
async fn add_receipt_item(
    change: Change<PantryWrite>,
    PathId(receipt): PathId<Receipt>,
    Json(body): Json<NewItem>,
) -> ApiResult<Made<ReceiptItemBody>> {
    let new = body.read()?;
    change.write("pantry.add_receipt_item", move |tx| receipt_items::add(tx, receipt, new.clone())).await
}

/// Shows a line of a receipt.
#[utoipa::path(get, path = "/v1/pantry/receipt-items/{id}")]
async fn get_receipt_item(
    caller: Caller<PantryRead>,
    PathId(id): PathId<ReceiptItem>,
) -> ApiResult<Shown<ReceiptItemBody>> {
    caller.read("pantry.get_receipt_item", move |conn| receipt_items::get(conn, id)).await
}

/// Changes a line of a receipt.
#[utoipa::path(patch, path = "/v1/pantry/receipt-items/{id}")]
async fn update_receipt_item(
    change: Change<PantryWrite>,
    PathId(id): PathId<ReceiptItem>,
    Json(body): Json<UpdateReceiptItem>,
) -> ApiResult<Shown<ReceiptItemBody>> {
    let changes = body.read()?;
    change.write("pantry.update_receipt_item", move |tx| receipt_items::update(tx, id, changes.clone())).await
}

/// Removes a line of a receipt for good.
#[utoipa::path(delete, path = "/v1/pantry/receipt-items/{id}")]
async fn delete_receipt_item(
    change: Change<PantryWrite>,
    PathId(id): PathId<ReceiptItem>,
) -> ApiResult<NoContent> {
    change.write("pantry.delete_receipt_item", move |tx| receipt_items::delete(tx, id)).await
}
