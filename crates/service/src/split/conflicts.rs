//! What can stand against a use case of this system.

pub use crate::conflicts::ILLEGAL_TRANSITION;

crate::error::conflicts! {
    /// A new total or currency needs a new split with it.
    SPLIT_REQUIRED = "split_required", "The bill is split";
    /// Somebody was asked for a share, or has paid it.
    SPLIT_LOCKED = "split_locked", "The split cannot change any more";
    /// The bill is completed or cancelled.
    BILL_NOT_ACTIVE = "bill_not_active", "Only an active bill can do this";
    /// The step needs keys that the conversation's context does not have.
    MISSING_CONTEXT_KEYS = "missing_context_keys", "The context lacks what the step needs";
    /// The payment is confirmed, so its request is not sent again.
    ALREADY_CONFIRMED = "already_confirmed", "The payment is confirmed";
    /// The payment request is closed: its link is not to be used any more.
    REQUEST_CLOSED = "request_closed", "The payment request is closed";
    /// A new split took the place of the share.
    SHARE_REPLACED = "share_replaced", "The bill was split again";
    /// The share is not confirmed, so there is nothing to take back.
    NOT_CONFIRMED = "not_confirmed", "The payment is not confirmed";
    /// Somebody was reminded lately, often enough, or has paid.
    REMINDER_NOT_DUE = "reminder_not_due", "A reminder is not due";
}
