//! What bills look like in answers.

use chrono::{DateTime, Utc};
use repository::domain::split::bills::Warning;
use repository::domain::split::{Bill, BillStatus, BillSummary, Item, User};
use repository::domain::{Amount, Currency, Day, Id, Text};
use serde::Serialize;
use service::split::bills::BillDetails;
use utoipa::ToSchema;

use super::super::bill_participants::ParticipantBody;
use crate::http::{Located, Versioned};
use crate::split::schema;

/// A bill: its own columns.
#[derive(Serialize, ToSchema)]
pub(super) struct BillColumns {
    #[schema(value_type = Uuid)]
    id: Id<Bill>,
    /// Who paid it and is owed the shares.
    #[schema(value_type = Uuid)]
    user_id: Id<User>,
    #[schema(value_type = String, example = "100.00")]
    total_amount: Amount,
    /// ISO 4217.
    #[schema(value_type = String, example = "INR")]
    currency: Currency,
    #[schema(value_type = Option<String>, example = "Dinner")]
    description: Option<Text<2000>>,
    #[schema(value_type = Option<String>, example = "Karim's")]
    merchant: Option<Text<200>>,
    /// The day on which it was paid.
    #[schema(value_type = Option<NaiveDate>)]
    bill_date: Option<Day>,
    #[schema(value_type = schema::BillStatus)]
    status: BillStatus,
    items: Vec<ItemBody>,
    #[serde(skip)]
    row_version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<Bill> for BillColumns {
    fn from(bill: Bill) -> Self {
        let Bill {
            id,
            user_id,
            total_amount,
            currency,
            description,
            merchant,
            bill_date,
            status,
            items,
            row_version,
            created_at,
            updated_at,
        } = bill;
        Self {
            id,
            user_id,
            total_amount,
            currency,
            description,
            merchant,
            bill_date,
            status,
            items: items.into_iter().map(ItemBody::from).collect(),
            row_version,
            created_at,
            updated_at,
        }
    }
}

/// A line of a bill.
#[derive(Serialize, ToSchema)]
struct ItemBody {
    #[schema(value_type = String, example = "Masala dosa")]
    name: Text<200>,
    /// The line's total.
    #[schema(value_type = String, example = "60.00")]
    amount: Amount,
    quantity: u32,
}

impl From<Item> for ItemBody {
    fn from(item: Item) -> Self {
        let Item { name, amount, quantity } = item;
        Self { name, amount, quantity }
    }
}

/// A bill with its shares.
#[derive(Serialize, ToSchema)]
pub(super) struct BillBody {
    #[serde(flatten)]
    bill: BillColumns,
    /// Who owes what, in the order given.
    participants: Vec<ParticipantBody>,
    /// What the organiser bears; null while the bill is not split, or when the others bear all of it.
    #[schema(value_type = Option<String>, example = "33.34")]
    organiser_share: Option<Amount>,
    /// What is odd, but not wrong.
    warnings: Vec<WarningBody>,
}

impl Located for BillBody {
    fn location(&self) -> String {
        format!("/v1/split/bills/{}", self.bill.id)
    }
}

impl Versioned for BillBody {
    fn row_version(&self) -> i64 {
        self.bill.row_version
    }
}

impl From<BillDetails> for BillBody {
    fn from(details: BillDetails) -> Self {
        let BillDetails { bill, participants, organiser_share, warnings } = details;
        Self {
            bill: bill.into(),
            participants: participants.into_iter().map(ParticipantBody::from).collect(),
            organiser_share,
            warnings: warnings.into_iter().map(WarningBody::from).collect(),
        }
    }
}

/// Something that is allowed and yet looks wrong.
#[derive(Serialize, ToSchema)]
pub(in crate::split) struct WarningBody {
    /// Stable, machine readable.
    #[schema(schema_with = schema::warning_code)]
    code: &'static str,
    /// For people.
    #[schema(example = "the items add up to 95.00, 5.00 less than the total of 100.00")]
    detail: String,
}

impl From<Warning> for WarningBody {
    fn from(warning: Warning) -> Self {
        let Warning { code, detail } = warning;
        Self { code, detail }
    }
}

/// A bill as lists show it.
#[derive(Serialize, ToSchema)]
pub(super) struct BillSummaryBody {
    #[serde(flatten)]
    bill: BillColumns,
    /// How many people owe a share.
    #[schema(minimum = 0)]
    participant_count: i64,
    /// How many of them have paid.
    #[schema(minimum = 0)]
    paid_count: i64,
    /// What they have paid.
    #[schema(value_type = String, example = "33.33")]
    total_paid: Amount,
    /// What the others still owe. The organiser's own share is in neither.
    #[schema(value_type = String, example = "66.67")]
    remaining: Amount,
}

impl From<BillSummary> for BillSummaryBody {
    fn from(summary: BillSummary) -> Self {
        let BillSummary { bill, participant_count, paid_count, total_paid, remaining } = summary;
        Self { bill: bill.into(), participant_count, paid_count, total_paid, remaining }
    }
}
