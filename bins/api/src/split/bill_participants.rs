//! `split.bill_participants`: who owes what of a bill, and whether it was paid.

use chrono::{DateTime, Utc};
use repository::domain::split::{Bill, BillStatus, Contact, Participant, PaymentStatus};
use repository::domain::{Amount, Id, Invalid, Note};
use serde::{Deserialize, Serialize};
use service::split::payment_requests::{self, Confirmed};
use utoipa::ToSchema;

use super::{SplitWrite, schema};
use crate::http::{ApiResult, Change, Json, PathId, Routes, Shown, add_routes};

pub(super) fn routes(routes: &mut Routes) {
    add_routes!(routes, "split participants": confirm_participant, unconfirm_participant);
}

/// Somebody's share of a bill.
#[derive(Serialize, ToSchema)]
pub(super) struct ParticipantBody {
    #[schema(value_type = Uuid)]
    id: Id<Participant>,
    #[schema(value_type = Uuid)]
    contact_id: Id<Contact>,
    /// The contact's name.
    #[schema(example = "Ravi")]
    name: String,
    #[schema(value_type = String, example = "33.34")]
    amount_owed: Amount,
    #[schema(value_type = schema::PaymentStatus)]
    payment_status: PaymentStatus,
    /// When the payment was confirmed.
    paid_at: Option<DateTime<Utc>>,
    /// How many reminders were delivered.
    #[schema(minimum = 0)]
    reminder_count: i32,
    /// When the last one was.
    last_reminder_sent: Option<DateTime<Utc>>,
}

impl From<Participant> for ParticipantBody {
    fn from(participant: Participant) -> Self {
        let Participant {
            id,
            bill_id: _,
            contact_id,
            contact_name,
            contact_is_erased: _,
            amount_owed,
            payment_status,
            paid_at,
            reminder_count,
            last_reminder_sent,
            created_at: _,
            updated_at: _,
        } = participant;
        let name = contact_name.expose().to_owned();
        Self {
            id,
            contact_id,
            name,
            amount_owed,
            payment_status,
            paid_at,
            reminder_count,
            last_reminder_sent,
        }
    }
}

/// A share that was confirmed, or whose confirmation was taken back, and what has become of its bill.
#[derive(Serialize, ToSchema)]
struct ConfirmedBody {
    #[serde(flatten)]
    participant: ParticipantBody,
    #[schema(value_type = Uuid)]
    bill_id: Id<Bill>,
    /// `completed` once the last share is confirmed.
    #[schema(value_type = schema::BillStatus)]
    bill_status: BillStatus,
}

impl From<Confirmed> for ConfirmedBody {
    fn from(confirmed: Confirmed) -> Self {
        let Confirmed { participant, bill_status } = confirmed;
        Self { bill_id: participant.bill_id, participant: participant.into(), bill_status }
    }
}

/// Why a confirmation is taken back.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "the transfer bounced"}))]
struct UndoConfirmation {
    /// At most 2,000 characters; kept with the share.
    #[schema(max_length = 2000)]
    reason: String,
}

impl UndoConfirmation {
    fn read(self) -> Result<Note, Invalid> {
        let mut fields = Invalid::collect();
        let reason = fields.take("/reason", Note::parse(&self.reason));
        fields.build(|| reason)
    }
}

/// Confirms that a share was paid. Confirming again succeeds and changes nothing.
///
/// The share's payment request is closed, and the last share completes its bill.
#[utoipa::path(post, path = "/v1/split/participants/{id}/confirm", responses((
    status = 409,
    description = "`bill_not_active`: the bill is cancelled; `share_replaced`: the bill was split again",
)))]
async fn confirm_participant(
    change: Change<SplitWrite>,
    PathId(id): PathId<Participant>,
) -> ApiResult<Shown<ConfirmedBody>> {
    change.write("split.confirm_participant", move |tx| payment_requests::confirm(tx, id)).await
}

/// Takes back a confirmation: the share is pending again, and a completed bill active.
///
/// Its payment request stays closed. Ask again for one with a reference that no payment has used.
#[utoipa::path(post, path = "/v1/split/participants/{id}/unconfirm", responses((
    status = 409,
    description = "`not_confirmed`: the share is not confirmed; `bill_not_active`: the bill is cancelled; \
                   `share_replaced`: the bill was split again",
)))]
async fn unconfirm_participant(
    change: Change<SplitWrite>,
    PathId(id): PathId<Participant>,
    Json(body): Json<UndoConfirmation>,
) -> ApiResult<Shown<ConfirmedBody>> {
    let reason = body.read()?;
    change.write("split.unconfirm_participant", move |tx| payment_requests::unconfirm(tx, id, &reason)).await
}
