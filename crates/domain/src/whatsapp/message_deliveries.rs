//! What becomes of messages that were sent.

use chrono::{DateTime, Utc};

use super::{Form, MessageSid, Sender, User};
use crate::{Id, Invalid};

closed_set! {
    /// How far a message that was sent has come.
    DeliveryStatus, "delivery status" {
        /// Twilio has it.
        Accepted = "accepted",
        /// It is to be sent later.
        Scheduled = "scheduled",
        /// It waits at Twilio.
        Queued = "queued",
        /// It is being sent.
        Sending = "sending",
        /// WhatsApp has it.
        Sent = "sent",
        /// It did not arrive.
        Undelivered = "undelivered",
        /// It could not be sent.
        Failed = "failed",
        /// It was taken back before it was sent.
        Canceled = "canceled",
        /// It arrived.
        Delivered = "delivered",
        /// Some of it arrived.
        PartiallyDelivered = "partially_delivered",
        /// It was read.
        Read = "read",
    }
}

impl DeliveryStatus {
    /// The statuses that give way to this one. A message never goes back, so neither the order nor a repetition of reports
    /// matters.
    ///
    /// ```
    /// use strongroom_domain::whatsapp::DeliveryStatus::{Delivered, Failed, Read};
    ///
    /// assert!(Delivered.replaces().any(|status| status == Failed));
    /// assert!(!Delivered.replaces().any(|status| status == Read || status == Delivered));
    /// ```
    pub fn replaces(self) -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(move |status| status.rank() < self.rank())
    }

    fn rank(self) -> u8 {
        match self {
            Self::Accepted | Self::Scheduled => 0,
            Self::Queued => 1,
            Self::Sending => 2,
            Self::Sent => 3,
            Self::Undelivered | Self::Failed | Self::Canceled => 4,
            Self::Delivered | Self::PartiallyDelivered => 5,
            Self::Read => 6,
        }
    }
}

/// A message that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// What Twilio calls it.
    pub message_sid: MessageSid,
    /// To whom.
    pub customer_id: Id<User>,
    /// How far it has come.
    pub status: DeliveryStatus,
    /// Twilio's number of what went wrong.
    pub error_code: Option<i32>,
    /// When its first status was reported.
    pub created_at: DateTime<Utc>,
    /// When its status last changed.
    pub updated_at: DateTime<Utc>,
}

/// What a status callback says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryReport {
    /// Of which message.
    pub message_sid: MessageSid,
    /// To whom it was sent.
    pub to: Sender,
    /// How far it has come.
    pub status: DeliveryStatus,
    /// Twilio's number of what went wrong.
    pub error_code: Option<i32>,
}

impl DeliveryReport {
    /// Reads the form of a callback; `None` for a status that is not known here.
    ///
    /// # Errors
    /// [`Invalid`] at `/MessageSid` or `/To`.
    pub fn read(form: &Form) -> Result<Option<Self>, Invalid> {
        let mut fields = Invalid::collect();
        let message_sid = fields.take("/MessageSid", MessageSid::of(form));
        let to = fields.take("/To", Sender::parse(form.get("To").unwrap_or_default(), None));
        let (message_sid, to) = fields.build(|| Some((message_sid?, to?)))?;
        let status = form.get("MessageStatus").or_else(|| form.get("SmsStatus")).unwrap_or_default();
        let error_code = form.get("ErrorCode").and_then(|code| code.parse().ok()).filter(|code| *code > 0);
        Ok(status.parse().ok().map(|status| Self { message_sid, to, status, error_code }))
    }
}

#[cfg(test)]
mod tests {
    use super::DeliveryStatus::*;
    use super::*;
    use proptest::prelude::*;

    fn settle(reports: impl IntoIterator<Item = DeliveryStatus>) -> Option<DeliveryStatus> {
        reports.into_iter().fold(None, |there, report| match there {
            Some(status) if !report.replaces().any(|lower| lower == status) => Some(status),
            _ => Some(report),
        })
    }

    #[test]
    fn a_message_never_goes_back() {
        assert_eq!(settle([Read, Sent, Delivered]), Some(Read));
        assert_eq!(settle([Failed, Delivered]), Some(Delivered));
        assert_eq!(settle([Failed, Undelivered]), Some(Failed));
        assert_eq!(settle([Queued, Sending, Sent, Delivered, Read]), Some(Read));
    }

    #[test]
    fn a_report_names_message_receiver_and_status() {
        let read = |form: &str| DeliveryReport::read(&Form::parse(form.as_bytes()).unwrap());
        let report = read("MessageSid=SM1&To=whatsapp:%2B12025550101&MessageStatus=failed&ErrorCode=63016");
        let report = report.unwrap().unwrap();
        assert_eq!((report.status, report.error_code), (Failed, Some(63_016)));
        assert_eq!(report.to.phone_number().unwrap().expose(), "+12025550101");
        assert_eq!(read("MessageSid=SM1&To=whatsapp:%2B12025550101&MessageStatus=lost").unwrap(), None);
        let invalid = read("MessageStatus=sent").unwrap_err();
        let pointers: Vec<_> = invalid.violations().iter().map(|v| v.pointer.as_str()).collect();
        assert_eq!(pointers, ["/MessageSid", "/To"]);
    }

    proptest! {
        #[test]
        fn the_order_of_reports_does_not_matter(places in proptest::collection::vec(0..11_usize, 1..8)) {
            let reports: Vec<_> = places.iter().map(|&place| DeliveryStatus::ALL[place]).collect();
            let backwards = settle(reports.iter().rev().copied());
            prop_assert_eq!(settle(reports).map(DeliveryStatus::rank), backwards.map(DeliveryStatus::rank));
        }
    }
}
