//! What receipts look like in answers.

use chrono::{DateTime, Utc};
use repository::domain::pantry::{
    Conversation, Details, Receipt, ReceiptAmount, ReceiptSummary, User, WholeReceipt,
};
use repository::domain::{Confidence, Day, Id, Text};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::{Located, Versioned};
use crate::pantry::receipt_items::ReceiptItemBody;

/// A receipt: its own columns.
#[derive(Serialize, ToSchema)]
pub(super) struct ReceiptColumns {
    #[schema(value_type = Uuid)]
    id: Id<Receipt>,
    #[schema(value_type = Uuid)]
    user_id: Id<User>,
    /// The conversation in which it was sent.
    #[schema(value_type = Option<Uuid>)]
    conversation_id: Option<Id<Conversation>>,
    /// The shop, as the receipt writes it.
    #[schema(value_type = Option<String>, example = "Biedronka")]
    store_name: Option<Text<255>>,
    /// What was paid; below zero where something was returned.
    #[schema(value_type = Option<String>, example = "18.06")]
    total_amount: Option<ReceiptAmount>,
    /// The day on which it was bought.
    #[schema(value_type = Option<NaiveDate>)]
    purchase_date: Option<Day>,
    /// When the receipt came in.
    receipt_date: DateTime<Utc>,
    /// Where its picture is; it is never opened.
    #[schema(value_type = Option<String>)]
    image_path: Option<Text<500>>,
    /// How sure the reading of the picture is, from 0 to 1.
    #[schema(value_type = Option<f64>, minimum = 0, maximum = 1)]
    ocr_confidence: Option<Confidence>,
    /// What the agent keeps with it. `warnings` is there where the prices of the items do not add up to the total, and says
    /// by how much they exceed it.
    #[schema(value_type = Object)]
    metadata: Details,
    /// When its items came into the pantry.
    stocked_at: Option<DateTime<Utc>>,
    #[serde(skip)]
    row_version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<Receipt> for ReceiptColumns {
    fn from(receipt: Receipt) -> Self {
        let Receipt {
            id,
            user_id,
            conversation_id,
            store_name,
            total_amount,
            purchase_date,
            receipt_date,
            image_path,
            ocr_confidence,
            metadata,
            stocked_at,
            row_version,
            created_at,
            updated_at,
        } = receipt;
        Self {
            id,
            user_id,
            conversation_id,
            store_name,
            total_amount,
            purchase_date,
            receipt_date,
            image_path,
            ocr_confidence,
            metadata,
            stocked_at,
            row_version,
            created_at,
            updated_at,
        }
    }
}

/// A receipt with its items.
#[derive(Serialize, ToSchema)]
pub(super) struct ReceiptBody {
    #[serde(flatten)]
    receipt: ReceiptColumns,
    /// In the order given.
    items: Vec<ReceiptItemBody>,
}

impl Located for ReceiptBody {
    fn location(&self) -> String {
        format!("/v1/pantry/receipts/{}", self.receipt.id)
    }
}

impl Versioned for ReceiptBody {
    fn row_version(&self) -> i64 {
        self.receipt.row_version
    }
}

impl From<WholeReceipt> for ReceiptBody {
    fn from(whole: WholeReceipt) -> Self {
        let WholeReceipt { receipt, items } = whole;
        Self { receipt: receipt.into(), items: items.into_iter().map(ReceiptItemBody::from).collect() }
    }
}

/// A receipt as lists show it.
#[derive(Serialize, ToSchema)]
pub(super) struct ReceiptSummaryBody {
    #[serde(flatten)]
    receipt: ReceiptColumns,
    #[schema(minimum = 0)]
    item_count: i64,
}

impl From<ReceiptSummary> for ReceiptSummaryBody {
    fn from(summary: ReceiptSummary) -> Self {
        let ReceiptSummary { receipt, item_count } = summary;
        Self { receipt: receipt.into(), item_count }
    }
}
