//! Payment requests: the link that was made for a share, and how its delivery went.

use chrono::{DateTime, Utc};

use super::delivery::{ChannelState, Delivery};
use super::{Participant, PaymentStatus};
use crate::invalid::{FieldError, Violation, here};
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

closed_set! {
    /// Why a payment request is closed: it is not sent, shown as a code or paid any more.
    CloseReason, "reason" {
        /// The payment was confirmed.
        Paid = "paid",
        /// Another request, or a new split, took its place.
        Superseded = "superseded",
        /// The bill was called off.
        Cancelled = "cancelled",
        /// The confirmation of the payment was taken back. Its reference was used, so the share is asked for anew.
        Undone = "undone",
        /// The payer was erased.
        Erased = "erased",
    }
}

/// When and why a payment request was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Closed {
    /// When.
    pub at: DateTime<Utc>,
    /// Why.
    pub reason: CloseReason,
}

/// A text that is not the reference of a payment. It does not repeat the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the reference must be the 32 hexadecimal digits that a payment link has as tr")]
pub struct InvalidReference;

impl FieldError for InvalidReference {
    fn violations(&self) -> Vec<Violation> {
        here("invalid_reference", self)
    }
}

impl Id<PaymentRequest> {
    /// The transaction reference (`tr`) of the request's link, by which a bank statement names the payment: the id
    /// without hyphens. Payment apps refuse one that was used, so every request has its own.
    ///
    /// ```
    /// use strongroom_domain::{Id, split::PaymentRequest};
    ///
    /// let id: Id<PaymentRequest> = "0190163d-8694-739b-aea5-966c26f8ad91".parse()?;
    /// assert_eq!(id.reference(), "0190163d8694739baea5966c26f8ad91");
    /// assert_eq!(Id::from_reference(" 0190163D8694739BAEA5966C26F8AD91 ")?, id);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn reference(self) -> String {
        self.uuid().simple().to_string()
    }

    /// The request that a reference names, in upper or lower case.
    pub fn from_reference(reference: &str) -> Result<Self, InvalidReference> {
        let digits = reference.trim();
        let is_reference = digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_reference { digits.parse().map_err(|_| InvalidReference) } else { Err(InvalidReference) }
    }
}

/// A request to pay a share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentRequest {
    /// Its id.
    pub id: Id<PaymentRequest>,
    /// Whose share it asks for.
    pub participant_id: Id<Participant>,
    /// The link that starts the payment. It never proves one. None once the payer was erased, whom it named.
    pub upi_link: Option<UpiLink>,
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
    /// When and why it was closed; none while it is open.
    pub closed: Option<Closed>,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_leads_back_to_its_request() {
        let id = Id::<PaymentRequest>::generate();
        assert_eq!(Id::from_reference(&id.reference()), Ok(id));
        assert_eq!(Id::from_reference(&id.reference().to_uppercase()), Ok(id));
        for wrong in ["", "0190163d", &id.to_string(), &"g".repeat(32), &"\u{661}".repeat(16)] {
            assert_eq!(Id::<PaymentRequest>::from_reference(wrong), Err(InvalidReference), "{wrong}");
        }
    }
}
