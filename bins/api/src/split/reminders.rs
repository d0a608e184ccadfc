//! Reminders: who is due one, and recording those that were delivered.

use chrono::{DateTime, Utc};
use repository::domain::split::reminders::Skipped;
use repository::domain::split::{Bill, Contact, Participant, PaymentStatus, User};
use repository::domain::{Amount, Currency, Id, Invalid};
use serde::{Deserialize, Serialize};
use service::split::reminders::{self, Entry};
use utoipa::ToSchema;

use super::{SplitRead, SplitWrite, schema};
use crate::http::{Access, ApiResult, Caller, Change, Json, PathId, Routes, Shown, add_routes};

pub(super) fn routes(routes: &mut Routes) {
    add_routes!(routes, "split reminders": list_bill_reminders, record_reminders, list_user_reminders);
}

/// Who is due a reminder now, and who is not.
#[derive(Serialize, ToSchema)]
struct RemindersBody {
    /// Those to remind: unpaid, asked or reminded at least 24 hours ago, and reminded fewer than `MAX_REMINDERS` times.
    due: Vec<RemindableBody>,
    /// The others, each with the reason.
    skipped: Vec<NotDueBody>,
}

/// A share that is owed.
#[derive(Serialize, ToSchema)]
struct RemindableBody {
    #[schema(value_type = Uuid)]
    participant_id: Id<Participant>,
    #[schema(value_type = Uuid)]
    bill_id: Id<Bill>,
    #[schema(value_type = Uuid)]
    contact_id: Id<Contact>,
    /// The contact's name.
    #[schema(example = "Ravi")]
    name: String,
    #[schema(value_type = String, example = "33.34")]
    amount_owed: Amount,
    #[schema(value_type = String, example = "INR")]
    currency: Currency,
    #[schema(value_type = schema::PaymentStatus)]
    payment_status: PaymentStatus,
    /// How many reminders were delivered.
    #[schema(minimum = 0)]
    reminder_count: i32,
    /// When the last one was.
    last_reminder_sent: Option<DateTime<Utc>>,
}

/// Somebody who is not due a reminder.
#[derive(Serialize, ToSchema)]
struct NotDueBody {
    #[serde(flatten)]
    share: RemindableBody,
    /// `bill_not_active`, `already_paid`, `payer_erased`, `not_requested`: never asked, `limit_reached`: reminded often enough, or
    /// `too_soon`.
    #[schema(schema_with = schema::not_due_code)]
    code: &'static str,
    /// When the next one may go out; with `too_soon`.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_at: Option<DateTime<Utc>>,
}

impl RemindableBody {
    fn of(participant: Participant, currency: Currency) -> Self {
        Self {
            participant_id: participant.id,
            bill_id: participant.bill_id,
            contact_id: participant.contact_id,
            name: participant.contact_name.expose().to_owned(),
            amount_owed: participant.amount_owed,
            currency,
            payment_status: participant.payment_status,
            reminder_count: participant.reminder_count,
            last_reminder_sent: participant.last_reminder_sent,
        }
    }
}

impl From<Vec<Entry>> for RemindersBody {
    fn from(entries: Vec<Entry>) -> Self {
        let mut body = Self { due: Vec::new(), skipped: Vec::new() };
        for Entry { participant, currency, skipped } in entries {
            let share = RemindableBody::of(participant, currency);
            match skipped {
                None => body.due.push(share),
                Some(reason) => {
                    let next_at =
                        if let Skipped::TooSoon { next_at } = reason { Some(next_at) } else { None };
                    body.skipped.push(NotDueBody { share, code: reason.code(), next_at });
                }
            }
        }
        body
    }
}

/// Whom a reminder has reached.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"participant_ids": ["00000000-0000-7000-8000-000000000001"]}))]
struct RecordReminders {
    /// Participants of the bill, all of whom are due.
    #[schema(value_type = Vec<Uuid>)]
    participant_ids: Vec<String>,
}

impl RecordReminders {
    fn read(self) -> Result<Vec<Id<Participant>>, Invalid> {
        let mut fields = Invalid::collect();
        let place = |n: usize| format!("/participant_ids/{n}");
        let ids = self.participant_ids.iter().enumerate();
        let ids = ids.filter_map(|(n, id)| fields.take(&place(n), id.parse())).collect();
        fields.finish()?;
        Ok(ids)
    }
}

/// Lists who of a bill is due a reminder, and who is not.
#[utoipa::path(get, path = "/v1/split/bills/{id}/reminders")]
async fn list_bill_reminders(
    caller: Caller<SplitRead>,
    PathId(bill): PathId<Bill>,
) -> ApiResult<Shown<RemindersBody>> {
    let max = max_reminders(&caller);
    caller.read("split.list_bill_reminders", move |conn| reminders::of_bill(conn, bill, max)).await
}

/// Records reminders that were delivered: all of them or, when one was not due, none.
#[utoipa::path(post, path = "/v1/split/bills/{id}/reminders", responses((
    status = 409,
    description = "`reminder_not_due`: somebody was reminded lately, often enough, or has paid",
)))]
async fn record_reminders(
    change: Change<SplitWrite>,
    PathId(bill): PathId<Bill>,
    Json(body): Json<RecordReminders>,
) -> ApiResult<Shown<RemindersBody>> {
    let (reminded, max) = (body.read()?, max_reminders(&change));
    change.write("split.record_reminders", move |tx| reminders::record(tx, bill, &reminded, max)).await
}

/// Lists the unpaid shares of a user's active bills by whether a reminder is due, oldest first, at most a thousand.
#[utoipa::path(get, path = "/v1/split/users/{id}/reminders")]
async fn list_user_reminders(
    caller: Caller<SplitRead>,
    PathId(user): PathId<User>,
) -> ApiResult<Shown<RemindersBody>> {
    let max = max_reminders(&caller);
    caller.read("split.list_user_reminders", move |conn| reminders::of_user(conn, user, max)).await
}

fn max_reminders(access: &Access) -> i32 {
    i32::try_from(access.state().split.max_reminders).unwrap_or(i32::MAX)
}
