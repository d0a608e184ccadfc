//! Closed sets of this system, as the OpenAPI document names them.

use repository::domain::split;
use utoipa::openapi::Object;

use crate::http::{OneOf, one_of};

/// Where a bill stands.
pub(super) type BillStatus = OneOf<split::BillStatus>;
/// How far a participant's payment has come.
pub(super) type PaymentStatus = OneOf<split::PaymentStatus>;
/// How far a payment request has come.
pub(super) type RequestStatus = OneOf<split::RequestStatus>;
/// Why a payment request is closed.
pub(super) type CloseReason = OneOf<split::CloseReason>;
/// By which a payment request is sent.
pub(super) type Channel = OneOf<split::Channel>;
/// What became of a message on a channel.
pub(super) type Outcome = OneOf<split::Outcome>;
/// How a bill is divided.
pub(super) type SplitMode = OneOf<split::division::SplitMode>;
/// A step of a conversation.
pub(super) type Step = OneOf<split::Step>;

/// What looks wrong about a bill.
pub(super) fn warning_code() -> Object {
    one_of(["items_do_not_add_up", "date_in_future"])
}

/// Why somebody is not asked for a payment.
pub(super) fn not_asked_code() -> Object {
    one_of([
        "amount_over_upi_limit",
        "currency_not_inr",
        "nothing_to_pay",
        "already_confirmed",
        "payer_erased",
    ])
}

/// Why somebody is not due a reminder.
pub(super) fn not_due_code() -> Object {
    one_of(["bill_not_active", "already_paid", "not_requested", "limit_reached", "too_soon"])
}
