//! Reminders: who is due one, and why the others are not.

use chrono::{DateTime, Duration, Utc};
use serde::Serialize;

use super::{BillStatus, PaymentStatus};

/// The least time between two messages to the same person about the same share.
const INTERVAL: Duration = Duration::hours(24);

/// What decides about a reminder for one participant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReminderFacts {
    /// Where the bill stands.
    pub bill_status: BillStatus,
    /// How far the payment has come.
    pub payment_status: PaymentStatus,
    /// Whether the payer was erased.
    pub payer_is_erased: bool,
    /// When the latest payment request was made, or last tried where that was later.
    pub last_request: Option<DateTime<Utc>>,
    /// When the last reminder was delivered.
    pub last_reminder: Option<DateTime<Utc>>,
    /// How many were delivered.
    pub reminder_count: i32,
}

/// Whether a reminder may go out now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reminder {
    /// It may.
    Due,
    /// It may not.
    Skipped(Skipped),
}

/// Why no reminder may go out now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Skipped {
    /// The bill is completed or cancelled.
    BillNotActive,
    /// The share was paid.
    AlreadyPaid,
    /// The payer was erased, so there is nobody to remind.
    PayerErased,
    /// The person was never asked, so there is nothing to be reminded of.
    NotRequested,
    /// As many were delivered as may be.
    LimitReached,
    /// The last request or reminder is less than 24 hours old.
    TooSoon {
        /// When the next one may go out.
        next_at: DateTime<Utc>,
    },
}

impl Skipped {
    /// Stable, machine readable.
    pub fn code(self) -> &'static str {
        match self {
            Self::BillNotActive => "bill_not_active",
            Self::AlreadyPaid => "already_paid",
            Self::PayerErased => "payer_erased",
            Self::NotRequested => "not_requested",
            Self::LimitReached => "limit_reached",
            Self::TooSoon { .. } => "too_soon",
        }
    }
}

/// Whether a participant is due a reminder: unpaid, of an active bill, asked or reminded at least 24 hours
/// ago, and reminded fewer than `max` times.
pub fn due(facts: &ReminderFacts, max: i32, now: DateTime<Utc>) -> Reminder {
    let skipped = Reminder::Skipped;
    if facts.bill_status != BillStatus::Active {
        return skipped(Skipped::BillNotActive);
    }
    if !facts.payment_status.is_unpaid() {
        return skipped(Skipped::AlreadyPaid);
    }
    if facts.payer_is_erased {
        return skipped(Skipped::PayerErased);
    }
    let Some(last) = facts.last_reminder.max(facts.last_request) else {
        return skipped(Skipped::NotRequested);
    };
    if facts.reminder_count >= max {
        return skipped(Skipped::LimitReached);
    }
    let next_at = last.checked_add_signed(INTERVAL).unwrap_or(DateTime::<Utc>::MAX_UTC);
    if next_at > now { skipped(Skipped::TooSoon { next_at }) } else { Reminder::Due }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> ReminderFacts {
        ReminderFacts {
            bill_status: BillStatus::Active,
            payment_status: PaymentStatus::Sent,
            payer_is_erased: false,
            last_request: Some(DateTime::UNIX_EPOCH),
            last_reminder: None,
            reminder_count: 0,
        }
    }

    fn at(hours: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + Duration::hours(hours)
    }

    #[test]
    fn a_reminder_is_due_a_day_after_the_last_message() {
        assert_eq!(due(&facts(), 3, at(24)), Reminder::Due);
        assert_eq!(
            due(&facts(), 3, at(24) - Duration::milliseconds(1)),
            Reminder::Skipped(Skipped::TooSoon { next_at: at(24) })
        );
        let reminded = ReminderFacts { last_reminder: Some(at(30)), reminder_count: 2, ..facts() };
        assert_eq!(due(&reminded, 3, at(53)), Reminder::Skipped(Skipped::TooSoon { next_at: at(54) }));
        assert_eq!(due(&reminded, 3, at(54)), Reminder::Due);
        let asked_again = ReminderFacts { last_request: Some(at(40)), ..reminded };
        assert_eq!(due(&asked_again, 3, at(54)), Reminder::Skipped(Skipped::TooSoon { next_at: at(64) }));
    }

    #[test]
    fn the_reason_of_a_skip_is_named() {
        for (facts, code) in [
            (ReminderFacts { bill_status: BillStatus::Completed, ..facts() }, "bill_not_active"),
            (ReminderFacts { bill_status: BillStatus::Cancelled, ..facts() }, "bill_not_active"),
            (ReminderFacts { payment_status: PaymentStatus::Confirmed, ..facts() }, "already_paid"),
            (ReminderFacts { payer_is_erased: true, ..facts() }, "payer_erased"),
            (ReminderFacts { last_request: None, ..facts() }, "not_requested"),
            (ReminderFacts { reminder_count: 3, ..facts() }, "limit_reached"),
        ] {
            let Reminder::Skipped(reason) = due(&facts, 3, at(1_000)) else { panic!("{facts:?} is due") };
            assert_eq!(reason.code(), code);
            assert_eq!(serde_json::to_value(reason).unwrap()["code"], code);
        }
    }

    #[test]
    fn the_end_of_time_does_not_panic() {
        let late = ReminderFacts { last_request: Some(DateTime::<Utc>::MAX_UTC), ..facts() };
        let next_at = DateTime::<Utc>::MAX_UTC;
        assert_eq!(due(&late, 3, at(0)), Reminder::Skipped(Skipped::TooSoon { next_at }));
    }
}
