//! Payment requests: the link that was made for a share, and how its delivery went.

use chrono::{DateTime, Utc};

use super::delivery::{ChannelState, Delivery};
use super::{Participant, PaymentStatus};
use crate::{Id, Note, UpiLink};

closed_set! {
    /// How far a payment request has come.
    RequestStatus, "request status" {
        /// Made, not sent yet.
        Pending = "pending",
        /// Some channel took it.
        Sent = "sent",
        /// Some channel says it arrived.
        Delivered = "delivered",
        /// The payment was confirmed.
        Confirmed = "confirmed",
        /// No channel took it.
        Failed = "failed",
    }
}

/// A request to pay a share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentRequest {
    /// Its id.
    pub id: Id<PaymentRequest>,
    /// Whose share it asks for.
    pub participant_id: Id<Participant>,
    /// The link that starts the payment. It never proves one.
    pub upi_link: UpiLink,
    /// How far it has come.
    pub status: RequestStatus,
    /// Whether WhatsApp took it.
    pub whatsapp_sent: bool,
    /// Whether WhatsApp refused it.
    pub whatsapp_failed: bool,
    /// Whether SMS took it.
    pub sms_sent: bool,
    /// Whether SMS refused it.
    pub sms_failed: bool,
    /// How often it was tried.
    pub delivery_attempts: i32,
    /// When the payment was confirmed.
    pub confirmed_at: Option<DateTime<Utc>>,
    /// When it was last tried.
    pub last_delivery_attempt: Option<DateTime<Utc>>,
    /// What went wrong the last time.
    pub delivery_error: Option<Note>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

impl PaymentRequest {
    /// How its delivery stands.
    pub fn delivery(&self) -> Delivery {
        Delivery {
            status: self.status,
            whatsapp: ChannelState::of(self.whatsapp_sent, self.whatsapp_failed),
            sms: ChannelState::of(self.sms_sent, self.sms_failed),
            attempts: self.delivery_attempts,
        }
    }
}

/// The payment status of a participant whose latest request stands so.
impl From<RequestStatus> for PaymentStatus {
    fn from(request: RequestStatus) -> Self {
        match request {
            RequestStatus::Pending => Self::Pending,
            RequestStatus::Sent | RequestStatus::Delivered => Self::Sent,
            RequestStatus::Confirmed => Self::Confirmed,
            RequestStatus::Failed => Self::Failed,
        }
    }
}
