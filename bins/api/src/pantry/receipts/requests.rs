//! What receipts are made and changed by, and listed for.

use repository::domain::day::DayRange;
use repository::domain::pantry::receipts::MOST_ITEMS;
use repository::domain::pantry::{Details, NewReceipt, NewReceiptItem, ReceiptChanges, ReceiptFilter};
use repository::domain::{Confidence, Day, Folded, Invalid, JsonObject, Text};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::http::input::fields::{changed, replaced};
use crate::http::input::{Patch, optional_objects, present, present_objects, time};
use crate::pantry::printed_number::PrintedNumber;
use crate::pantry::receipt_items::NewItem;

/// A receipt to be made, with its items.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "user_id": "00000000-0000-7000-8000-000000000001", "store_name": "Biedronka", "total_amount": "18,06",
    "purchase_date": "2026-11-20", "ocr_confidence": 0.93, "items": [
        {"product_name": "Ser Gouda", "quantity": "0,452", "unit": "kg", "unit_price": "29,99"},
        {"product_name": "Chleb", "total_price": "4,50"},
    ],
}))]
pub(super) struct CreateReceipt {
    #[schema(value_type = Uuid)]
    user_id: String,
    /// A conversation of the same user.
    #[schema(value_type = Option<Uuid>)]
    conversation_id: Option<String>,
    /// The shop, as the receipt writes it.
    #[schema(max_length = 255)]
    store_name: Option<String>,
    /// What was paid, as it is printed: `1.234,56` and `1,234.56` are the same. Below zero it is a return.
    total_amount: Option<PrintedNumber>,
    /// The day on which it was bought.
    #[schema(value_type = Option<NaiveDate>)]
    purchase_date: Option<String>,
    /// When the receipt came in; now when absent.
    #[schema(value_type = Option<String>, format = DateTime)]
    receipt_date: Option<String>,
    /// Where its picture is; it is never opened.
    #[schema(max_length = 500)]
    image_path: Option<String>,
    /// How sure the reading of the picture is.
    #[schema(minimum = 0, maximum = 1)]
    ocr_confidence: Option<f64>,
    /// Any object of at most 64 KiB. Its key `warnings` is the service's.
    #[schema(value_type = Option<Object>)]
    metadata: Option<JsonObject>,
    #[serde(default, deserialize_with = "optional_objects")]
    #[schema(max_items = 500)]
    items: Option<Vec<NewItem>>,
}

impl CreateReceipt {
    pub(super) fn read(self) -> Result<NewReceipt, Invalid> {
        let mut fields = Invalid::collect();
        let user_id = fields.take("/user_id", self.user_id.parse());
        let conversation = self.conversation_id.as_deref().map(str::parse);
        let conversation_id = fields.take_optional("/conversation_id", conversation);
        let store_name = fields.take_optional("/store_name", self.store_name.as_deref().map(Text::parse));
        let total = self.total_amount.as_ref().map(PrintedNumber::amount);
        let total_amount = fields.take_optional("/total_amount", total);
        let purchase = self.purchase_date.as_deref().map(Day::parse);
        let purchase_date = fields.take_optional("/purchase_date", purchase);
        let receipt_date = fields.take_optional("/receipt_date", self.receipt_date.as_deref().map(time));
        let image_path = fields.take_optional("/image_path", self.image_path.as_deref().map(Text::parse));
        let ocr_confidence =
            fields.take_optional("/ocr_confidence", self.ocr_confidence.map(Confidence::new));
        let metadata = fields.take_optional("/metadata", self.metadata.map(Details::new));
        let items = fields.take("/items", read_items(self.items.unwrap_or_default()));
        fields.build(|| {
            Some(NewReceipt {
                user_id: user_id?,
                conversation_id: conversation_id?,
                store_name: store_name?,
                total_amount: total_amount?,
                purchase_date: purchase_date?,
                receipt_date: receipt_date?,
                image_path: image_path?,
                ocr_confidence: ocr_confidence?,
                metadata: metadata?.unwrap_or_default(),
                items: items?,
            })
        })
    }
}

fn read_items(items: Vec<NewItem>) -> Result<Vec<NewReceiptItem>, Invalid> {
    if items.len() > MOST_ITEMS {
        return Err(Invalid::one("", "too_many", format!("there must be at most {MOST_ITEMS} items")));
    }
    let mut fields = Invalid::collect();
    let read = items.into_iter().enumerate();
    let read = read.filter_map(|(n, item)| fields.take(&format!("/{n}"), item.read())).collect();
    fields.finish()?;
    Ok(read)
}

/// What to change of a receipt. What is absent stays; null clears.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"store_name": "Lidl", "total_amount": "18.06"}))]
pub(super) struct UpdateReceipt {
    /// A conversation of the same user.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Uuid>)]
    conversation_id: Patch<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 255)]
    store_name: Patch<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<PrintedNumber>)]
    total_amount: Patch<PrintedNumber>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<NaiveDate>)]
    purchase_date: Patch<String>,
    /// Cannot be cleared.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, format = DateTime)]
    receipt_date: Patch<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, max_length = 500)]
    image_path: Patch<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<f64>, minimum = 0, maximum = 1)]
    ocr_confidence: Patch<f64>,
    /// In place of the object that is there. Cannot be cleared.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Object>)]
    metadata: Patch<JsonObject>,
    /// In place of all items that are there. Cannot be cleared, but may be empty.
    #[serde(default, deserialize_with = "present_objects")]
    #[schema(value_type = Option<Vec<NewItem>>, max_items = 500)]
    items: Patch<Vec<NewItem>>,
}

impl UpdateReceipt {
    pub(super) fn read(self) -> Result<ReceiptChanges, Invalid> {
        let mut fields = Invalid::collect();
        let (conversation, total) = (self.conversation_id, self.total_amount);
        let changes = ReceiptChanges {
            conversation_id: changed(&mut fields, "/conversation_id", conversation, |id| id.parse()),
            store_name: changed(&mut fields, "/store_name", self.store_name, |text| Text::parse(&text)),
            total_amount: changed(&mut fields, "/total_amount", total, |total| total.amount()),
            purchase_date: changed(&mut fields, "/purchase_date", self.purchase_date, |day| Day::parse(&day)),
            receipt_date: replaced(&mut fields, "/receipt_date", self.receipt_date, |text| time(&text)),
            image_path: changed(&mut fields, "/image_path", self.image_path, |text| Text::parse(&text)),
            ocr_confidence: changed(&mut fields, "/ocr_confidence", self.ocr_confidence, Confidence::new),
            metadata: replaced(&mut fields, "/metadata", self.metadata, Details::new),
            items: replaced(&mut fields, "/items", self.items, read_items),
        };
        fields.finish()?;
        Ok(changes)
    }
}

/// Which receipts.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct ListReceipts {
    /// Bought on this day or later. With this or `end_date`, receipts without a day are left out.
    #[param(value_type = Option<String>, format = Date, example = "2026-11-01")]
    start_date: Option<String>,
    /// Bought on this day or earlier.
    #[param(value_type = Option<String>, format = Date, example = "2026-11-30")]
    end_date: Option<String>,
    /// From this shop, in any case.
    store: Option<String>,
}

impl ListReceipts {
    pub(super) fn filter(&self) -> Result<ReceiptFilter, Invalid> {
        let mut fields = Invalid::collect();
        let start = fields.take_optional("/start_date", self.start_date.as_deref().map(Day::parse));
        let end = fields.take_optional("/end_date", self.end_date.as_deref().map(Day::parse));
        let range = start.flatten().zip(end.flatten());
        fields.take_optional("/end_date", range.map(|(start, end)| DayRange::new(start, end)));
        let store = fields.take_optional("/store", self.store.as_deref().map(Text::<255>::parse));
        fields.build(|| {
            let store = store?.map(|store| Folded::of(store.as_str()));
            Some(ReceiptFilter { start: start?, end: end?, store })
        })
    }
}
