//! What is asked about many bills at once.

use chrono::{DateTime, Utc};
use repository::domain::split::statistics::{ChannelStatistics, Rate, Statistics};
use repository::domain::split::{
    Balance, Bill, Channel, Contact, Participant, PaymentStatus, User, phone_number,
};
use repository::domain::{Amount, Currency, Id, Invalid, PhoneNumber, SignedAmount, Text};
use repository::split::pending_payments::PendingPayment;
use serde::{Deserialize, Serialize};
use service::split::reports;
use utoipa::{IntoParams, ToSchema};

use super::{SplitRead, schema};
use crate::http::{ApiResult, Caller, Json, PathId, Query, Routes, Shown, add_routes};

/// Days of statistics where nobody says how many.
const DAYS: u32 = 30;

pub(super) fn routes(routes: &mut Routes) {
    add_routes!(routes, "split reports": list_balances, get_statistics, lookup_pending_payments);
}

/// What each contact owes.
#[derive(Serialize, ToSchema)]
struct BalancesBody {
    /// One for each contact and currency, newest contact first.
    data: Vec<BalanceBody>,
}

/// What a contact owes in one currency, over all active bills.
#[derive(Serialize, ToSchema)]
struct BalanceBody {
    #[schema(value_type = Uuid)]
    contact_id: Id<Contact>,
    /// The contact's name.
    #[schema(example = "Ravi")]
    name: String,
    #[schema(value_type = String, example = "INR")]
    currency: Currency,
    /// All shares.
    #[schema(value_type = String, example = "133.34")]
    owed: SignedAmount,
    /// Those that are confirmed.
    #[schema(value_type = String, example = "100.00")]
    paid: SignedAmount,
    /// What is still to be paid.
    #[schema(value_type = String, example = "33.34")]
    open: SignedAmount,
}

impl From<Vec<Balance>> for BalancesBody {
    fn from(balances: Vec<Balance>) -> Self {
        Self { data: balances.into_iter().map(BalanceBody::from).collect() }
    }
}

impl From<Balance> for BalanceBody {
    fn from(balance: Balance) -> Self {
        let open = balance.open();
        let Balance { contact_id, contact_name, currency, owed, paid } = balance;
        Self { contact_id, name: contact_name.expose().to_owned(), currency, owed, paid, open }
    }
}

/// Which days to look at.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct StatisticsQuery {
    /// How many days back, at most `PAYMENT_REQUEST_RETENTION_DAYS`: older requests are not kept. 30 when absent, or fewer
    /// where that setting is lower.
    #[param(minimum = 1, example = 30)]
    days: Option<u32>,
}

/// What became of a user's payment requests.
#[derive(Serialize, ToSchema)]
struct StatisticsBody {
    /// How many days back.
    days: u32,
    /// Requests made.
    requests: u64,
    /// Requests that some channel took, those included that were delivered or confirmed since.
    sent: u64,
    /// Requests that no channel took.
    failed: u64,
    /// Requests that were paid.
    confirmed: u64,
    /// Deliveries by channel and result.
    channels: Vec<ChannelFiguresBody>,
    /// `sent` of `requests`, from 0 to 1.
    #[schema(value_type = String, example = "0.9500")]
    success_rate: Rate,
    /// `confirmed` of `requests`, from 0 to 1.
    #[schema(value_type = String, example = "0.6667")]
    confirmation_rate: Rate,
}

/// How one channel did.
#[derive(Serialize, ToSchema)]
struct ChannelFiguresBody {
    #[schema(value_type = schema::Channel)]
    channel: Channel,
    /// Requests that it took.
    sent: u64,
    /// Requests that it did not take, or lost.
    failed: u64,
}

impl From<Statistics> for StatisticsBody {
    fn from(statistics: Statistics) -> Self {
        let Statistics { days, requests, sent, failed, confirmed, channels, success_rate, confirmation_rate } =
            statistics;
        let channel =
            |ChannelStatistics { channel, sent, failed }| ChannelFiguresBody { channel, sent, failed };
        let channels = channels.into_iter().map(channel).collect();
        Self { days, requests, sent, failed, confirmed, channels, success_rate, confirmation_rate }
    }
}

/// Whose payments to look for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"phone_number": "98765 43211"}))]
struct LookupPendingPayments {
    /// The payer's.
    phone_number: String,
}

impl LookupPendingPayments {
    fn read(self) -> Result<PhoneNumber, Invalid> {
        let mut fields = Invalid::collect();
        let phone = fields.take("/phone_number", phone_number(&self.phone_number));
        fields.build(|| phone)
    }
}

/// What somebody has still to pay.
#[derive(Serialize, ToSchema)]
struct PendingPaymentsBody {
    /// Newest first, at most a hundred.
    data: Vec<PendingPaymentBody>,
}

/// A share that somebody has still to pay.
#[derive(Serialize, ToSchema)]
struct PendingPaymentBody {
    /// What to confirm once it is paid.
    #[schema(value_type = Uuid)]
    participant_id: Id<Participant>,
    #[schema(value_type = Uuid)]
    bill_id: Id<Bill>,
    /// Who is owed.
    #[schema(value_type = Uuid)]
    user_id: Id<User>,
    #[schema(value_type = Uuid)]
    contact_id: Id<Contact>,
    /// What that user calls the payer.
    #[schema(example = "Ravi")]
    name: String,
    #[schema(value_type = String, example = "33.34")]
    amount_owed: Amount,
    #[schema(value_type = String, example = "INR")]
    currency: Currency,
    #[schema(value_type = Option<String>, example = "Dinner")]
    description: Option<Text<2000>>,
    #[schema(value_type = Option<String>, example = "Karim's")]
    merchant: Option<Text<200>>,
    #[schema(value_type = schema::PaymentStatus)]
    payment_status: PaymentStatus,
    created_at: DateTime<Utc>,
}

impl From<Vec<PendingPayment>> for PendingPaymentsBody {
    fn from(payments: Vec<PendingPayment>) -> Self {
        Self { data: payments.into_iter().map(PendingPaymentBody::from).collect() }
    }
}

impl From<PendingPayment> for PendingPaymentBody {
    fn from(payment: PendingPayment) -> Self {
        let PendingPayment { participant, user_id, description, merchant, currency } = payment;
        Self {
            participant_id: participant.id,
            bill_id: participant.bill_id,
            user_id,
            contact_id: participant.contact_id,
            name: participant.contact_name.expose().to_owned(),
            amount_owed: participant.amount_owed,
            currency,
            description,
            merchant,
            payment_status: participant.payment_status,
            created_at: participant.created_at,
        }
    }
}

/// Shows what each contact of a user owes over all active bills.
#[utoipa::path(get, path = "/v1/split/users/{id}/balances")]
async fn list_balances(
    caller: Caller<SplitRead>,
    PathId(user): PathId<User>,
) -> ApiResult<Shown<BalancesBody>> {
    caller.read("split.list_balances", move |conn| reports::balances(conn, user)).await
}

/// Shows what became of a user's payment requests over some days.
#[utoipa::path(get, path = "/v1/split/users/{id}/statistics")]
async fn get_statistics(
    caller: Caller<SplitRead>,
    PathId(user): PathId<User>,
    Query(query): Query<StatisticsQuery>,
) -> ApiResult<Shown<StatisticsBody>> {
    let kept_for = caller.state().split.payment_request_retention_days;
    let days = query.days.unwrap_or(DAYS.min(kept_for));
    caller.read("split.get_statistics", move |conn| reports::statistics(conn, user, days, kept_for)).await
}

/// Finds what the payer with a phone number has still to pay, to whomever.
///
/// Shares of the last 30 days, newest first; those of cancelled bills are not due.
#[utoipa::path(post, path = "/v1/split/pending-payments/lookup")]
async fn lookup_pending_payments(
    caller: Caller<SplitRead>,
    Json(body): Json<LookupPendingPayments>,
) -> ApiResult<Shown<PendingPaymentsBody>> {
    let phone = body.read()?;
    caller.read("split.lookup_pending_payments", move |conn| reports::pending_payments(conn, &phone)).await
}
