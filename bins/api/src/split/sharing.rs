//! Splits: the body that says how a bill is to be shared, and the preview that stores nothing.

use repository::domain::split::division::{ItemInput, ParticipantInput, ShareInput, SplitInput};
use repository::domain::split::{Contact, Split, User};
use repository::domain::{Amount, Currency, Id, Invalid};
use serde::{Deserialize, Serialize};
use service::split::sharing::{self, Preview, Share};
use utoipa::ToSchema;

use super::bills::WarningBody;
use super::{SplitRead, schema};
use crate::http::input::{object, optional_object, optional_objects};
use crate::http::{ApiResult, Caller, DecimalText, Json, Routes, Shown, add_routes};

pub(super) fn routes(routes: &mut Routes) {
    add_routes!(routes, "split bills": preview_split);
}

/// How a bill is shared. The parts always add up to its total, to the last minor unit.
///
/// `equal` needs participants alone; `exact`, `percent` and `shares` need the field of that name with each of them;
/// `items` divides each item equally among those who had it, and tax, tip and discount in proportion.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"mode": "equal", "participants": [
    {"contact_id": "00000000-0000-7000-8000-000000000001"}, {"contact_id": "00000000-0000-7000-8000-000000000002"}
]}))]
pub(super) struct Division {
    /// In any case.
    #[schema(value_type = schema::SplitMode)]
    mode: String,
    /// Who owes. In items mode it may be left out: then it is everybody who had an item.
    #[serde(default, deserialize_with = "optional_objects")]
    participants: Option<Vec<DivisionParticipant>>,
    /// The organiser's own share, which is counted and not stored; `{}` takes part in equal mode. In items mode the
    /// organiser stands as "organiser" among an item's contact_ids instead.
    #[serde(default, deserialize_with = "optional_object")]
    organiser: Option<DivisionOrganiser>,
    /// What was had, in items mode. They become the bill's items where it has none.
    #[serde(default, deserialize_with = "optional_objects")]
    items: Option<Vec<DivisionItem>>,
    /// On top of the items.
    tax: Option<DecimalText>,
    /// On top of the items.
    tip: Option<DecimalText>,
    /// Off the items.
    discount: Option<DecimalText>,
}

/// Somebody who owes.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DivisionParticipant {
    #[schema(value_type = Uuid)]
    contact_id: String,
    /// In exact mode.
    amount: Option<DecimalText>,
    /// In percent mode; together with the organiser's they are 100.
    percent: Option<DecimalText>,
    /// In shares mode.
    shares: Option<DecimalText>,
    /// Added after the rest was divided; may be below zero.
    adjustment: Option<DecimalText>,
}

/// The organiser's own share: the one field that the mode uses.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DivisionOrganiser {
    /// In exact mode.
    amount: Option<DecimalText>,
    /// In percent mode.
    percent: Option<DecimalText>,
    /// In shares mode.
    shares: Option<DecimalText>,
}

/// Something that was had.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DivisionItem {
    #[schema(example = "Masala dosa")]
    name: String,
    /// The line's total.
    amount: DecimalText,
    /// 1 when absent.
    #[schema(minimum = 1)]
    quantity: Option<i64>,
    /// Contacts, and "organiser".
    contact_ids: Vec<String>,
}

fn text(decimal: Option<DecimalText>) -> Option<String> {
    decimal.map(|decimal| decimal.as_str().to_owned())
}

impl From<Division> for SplitInput {
    fn from(body: Division) -> Self {
        let Division { mode, participants, organiser, items, tax, tip, discount } = body;
        let participant = |participant: DivisionParticipant| {
            let DivisionParticipant { contact_id, amount, percent, shares, adjustment } = participant;
            let share = ShareInput { amount: text(amount), percent: text(percent), shares: text(shares) };
            ParticipantInput { contact_id, share, adjustment: text(adjustment) }
        };
        let organiser_share = |DivisionOrganiser { amount, percent, shares }| ShareInput {
            amount: text(amount),
            percent: text(percent),
            shares: text(shares),
        };
        let item = |DivisionItem { name, amount, quantity, contact_ids }| ItemInput {
            name,
            amount: amount.as_str().to_owned(),
            quantity,
            contact_ids,
        };
        Self {
            mode,
            participants: participants.into_iter().flatten().map(participant).collect(),
            organiser: organiser.map(organiser_share),
            items: items.into_iter().flatten().map(item).collect(),
            tax: text(tax),
            tip: text(tip),
            discount: text(discount),
        }
    }
}

/// A split to try.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"total_amount": "100.00", "currency": "INR", "split": {"mode": "equal", "participants": [
    {"contact_id": "00000000-0000-7000-8000-000000000001"}, {"contact_id": "00000000-0000-7000-8000-000000000002"},
    {"contact_id": "00000000-0000-7000-8000-000000000003"}
]}}))]
struct PreviewSplit {
    /// Whose contacts these are. When absent they are not looked up, and have no names.
    #[schema(value_type = Option<Uuid>)]
    user_id: Option<String>,
    total_amount: DecimalText,
    /// ISO 4217; INR when absent.
    #[schema(example = "INR")]
    currency: Option<String>,
    #[serde(deserialize_with = "object")]
    split: Division,
}

struct Trial {
    user_id: Option<Id<User>>,
    total_amount: Amount,
    currency: Currency,
    split: Split,
}

impl PreviewSplit {
    fn read(self) -> Result<Trial, Invalid> {
        let mut fields = Invalid::collect();
        let user_id = fields.take_optional("/user_id", self.user_id.as_deref().map(str::parse));
        let currency = fields.take_optional("/currency", self.currency.as_deref().map(Currency::parse));
        // A wrong currency is reported, and the amounts are judged by the default one, which has most decimals.
        let currency = currency.flatten().unwrap_or_default();
        let total_amount =
            fields.take("/total_amount", Amount::parse_positive(self.total_amount.as_str(), currency));
        let split = fields.take("/split", SplitInput::from(self.split).check(currency));
        fields
            .build(|| Some(Trial { user_id: user_id?, total_amount: total_amount?, currency, split: split? }))
    }
}

/// What a split comes to.
#[derive(Serialize, ToSchema)]
struct PreviewBody {
    /// In the order given.
    participants: Vec<PreviewShareBody>,
    /// What the organiser bears.
    #[schema(value_type = Option<String>, example = "33.33")]
    organiser_share: Option<Amount>,
    /// What is odd, but not wrong.
    warnings: Vec<WarningBody>,
}

/// What somebody would owe.
#[derive(Serialize, ToSchema)]
struct PreviewShareBody {
    #[schema(value_type = Uuid)]
    contact_id: Id<Contact>,
    /// Where the contact was looked up.
    #[schema(example = "Ravi")]
    name: Option<String>,
    #[schema(value_type = String, example = "33.34")]
    amount_owed: Amount,
}

impl From<Preview> for PreviewBody {
    fn from(preview: Preview) -> Self {
        let Preview { shares, organiser_share, warnings } = preview;
        let share = |Share { contact_id, name, amount_owed }| PreviewShareBody {
            contact_id,
            name: name.map(|name| name.expose().to_owned()),
            amount_owed,
        };
        Self {
            participants: shares.into_iter().map(share).collect(),
            organiser_share,
            warnings: warnings.into_iter().map(WarningBody::from).collect(),
        }
    }
}

/// Works out a split and stores nothing.
#[utoipa::path(post, path = "/v1/split/preview")]
async fn preview_split(
    caller: Caller<SplitRead>,
    Json(body): Json<PreviewSplit>,
) -> ApiResult<Shown<PreviewBody>> {
    let Trial { user_id, total_amount, currency, split } = body.read()?;
    caller
        .read("split.preview_split", move |conn| {
            sharing::preview(conn, user_id, total_amount, currency, &split)
        })
        .await
}
