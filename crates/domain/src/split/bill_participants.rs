//! Participants: who owes what of a bill.

use chrono::{DateTime, Utc};

use super::{Bill, BillStatus, Contact};
use crate::{Amount, Id, PersonName};

closed_set! {
    /// How far a participant's payment has come.
    PaymentStatus, "payment status" {
        /// Nothing was sent yet.
        Pending = "pending",
        /// A payment request reached at least one channel.
        Sent = "sent",
        /// The share was paid.
        Confirmed = "confirmed",
        /// No channel took the payment request.
        Failed = "failed",
    }
}

/// A contact's share of a bill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Participant {
    /// Its id.
    pub id: Id<Participant>,
    /// The bill.
    pub bill_id: Id<Bill>,
    /// Who owes the share; at most once in a bill.
    pub contact_id: Id<Contact>,
    /// The contact's name.
    pub contact_name: PersonName,
    /// Whether the contact was erased: the name says no more than that, and nobody can be asked.
    pub contact_is_erased: bool,
    /// The share, above zero.
    pub amount_owed: Amount,
    /// How far the payment has come.
    pub payment_status: PaymentStatus,
    /// When the payment was confirmed.
    pub paid_at: Option<DateTime<Utc>>,
    /// How many reminders were delivered.
    pub reminder_count: i32,
    /// When the last one was.
    pub last_reminder_sent: Option<DateTime<Utc>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// A share to be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewParticipant {
    /// Who owes it.
    pub contact_id: Id<Contact>,
    /// How much, above zero.
    pub amount_owed: Amount,
}

/// Why a payment cannot be confirmed, or its confirmation not undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ConfirmationError {
    /// The bill was called off.
    #[error("the bill is {status}")]
    BillNotActive {
        /// Where it stands.
        status: BillStatus,
    },
    /// There is nothing to undo.
    #[error("the payment is not confirmed")]
    NotConfirmed,
}

impl ConfirmationError {
    /// Stable, machine readable.
    pub fn code(self) -> &'static str {
        match self {
            Self::BillNotActive { .. } => "bill_not_active",
            Self::NotConfirmed => "not_confirmed",
        }
    }
}

impl PaymentStatus {
    /// Whether a payment is still open.
    pub fn is_unpaid(self) -> bool {
        self != Self::Confirmed
    }

    /// After a payment was confirmed: what to store, or nothing when it was confirmed before, which is no
    /// error.
    pub fn confirm(self, bill: BillStatus) -> Result<Option<Self>, ConfirmationError> {
        match (self, bill) {
            (Self::Confirmed, _) => Ok(None),
            (_, BillStatus::Active) => Ok(Some(Self::Confirmed)),
            (_, status) => Err(ConfirmationError::BillNotActive { status }),
        }
    }

    /// After a confirmation was undone: pending again. The bill follows by [`BillStatus::reopen`].
    pub fn undo_confirmation(self, bill: BillStatus) -> Result<Self, ConfirmationError> {
        match (self, bill) {
            (Self::Confirmed, BillStatus::Cancelled) => {
                Err(ConfirmationError::BillNotActive { status: bill })
            }
            (Self::Confirmed, _) => Ok(Self::Pending),
            _ => Err(ConfirmationError::NotConfirmed),
        }
    }

    /// Whether this share keeps the bill's split from being changed: its request was sent, or it was paid.
    pub fn fixes_split(self) -> bool {
        matches!(self, Self::Sent | Self::Confirmed)
    }
}

#[cfg(test)]
mod tests {
    use super::ConfirmationError::{BillNotActive, NotConfirmed};
    use super::PaymentStatus::{self, Confirmed, Failed, Pending, Sent};
    use crate::split::BillStatus::{Active, Cancelled, Completed};

    #[test]
    fn a_payment_is_confirmed_once_and_a_repeat_is_no_error() {
        for status in [Pending, Sent, Failed] {
            assert_eq!(status.confirm(Active), Ok(Some(Confirmed)));
            assert_eq!(status.confirm(Cancelled), Err(BillNotActive { status: Cancelled }));
            assert_eq!(status.undo_confirmation(Active), Err(NotConfirmed));
        }
        for bill in [Active, Completed, Cancelled] {
            assert_eq!(Confirmed.confirm(bill), Ok(None));
        }
    }

    #[test]
    fn an_undone_confirmation_is_pending_again() {
        assert_eq!(Confirmed.undo_confirmation(Active), Ok(Pending));
        assert_eq!(Confirmed.undo_confirmation(Completed), Ok(Pending));
        let error = Confirmed.undo_confirmation(Cancelled).unwrap_err();
        assert_eq!((error.code(), error.to_string().as_str()), ("bill_not_active", "the bill is cancelled"));
    }

    #[test]
    fn a_split_locked_once_something_was_sent_or_paid() {
        let fixing: Vec<_> = PaymentStatus::ALL.iter().copied().filter(|s| s.fixes_split()).collect();
        assert_eq!(fixing, [Sent, Confirmed]);
        let unpaid: Vec<_> = PaymentStatus::ALL.iter().copied().filter(|s| s.is_unpaid()).collect();
        assert_eq!(unpaid, [Pending, Sent, Failed]);
    }
}
