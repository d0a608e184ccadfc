//! Delivery of payment requests: what an attempt or a report from a channel does to a request and to its
//! participant.

use super::{PaymentStatus, RequestStatus};

closed_set! {
    /// By which a payment request is sent.
    Channel, "channel" {
        /// WhatsApp.
        Whatsapp = "whatsapp",
        /// SMS.
        Sms = "sms",
    }
}

closed_set! {
    /// What became of a message on a channel.
    Outcome, "outcome" {
        /// The channel took it.
        Sent = "sent",
        /// It arrived, as the channel reports later.
        Delivered = "delivered",
        /// The channel did not take it, or reports later that it did not arrive.
        Failed = "failed",
    }
}

/// What one channel did with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ChannelState {
    /// It was not tried.
    #[default]
    Untried,
    /// It took the message.
    Sent,
    /// It did not take the message, or lost it.
    Failed,
}

impl ChannelState {
    /// Out of two flags as they are stored: whether the channel has the message, and whether it failed.
    pub fn of(sent: bool, failed: bool) -> Self {
        match (sent, failed) {
            (true, _) => Self::Sent,
            (false, true) => Self::Failed,
            (false, false) => Self::Untried,
        }
    }

    /// The first flag.
    pub fn is_sent(self) -> bool {
        self == Self::Sent
    }

    /// The second flag.
    pub fn is_failed(self) -> bool {
        self == Self::Failed
    }
}

/// How the delivery of a payment request stands.
///
/// ```
/// use strongroom_domain::split::{Channel, Delivery, Outcome, PaymentStatus, RequestStatus};
///
/// let made = Delivery::default();
/// let (one_failed, payment) = made.record(PaymentStatus::Pending, Channel::Whatsapp, Outcome::Failed);
/// assert_eq!(one_failed.status, RequestStatus::Pending);
/// let (both_failed, payment) = one_failed.record(payment, Channel::Sms, Outcome::Failed);
/// assert_eq!((both_failed.status, payment), (RequestStatus::Failed, PaymentStatus::Failed));
/// let (sent, payment) = both_failed.record(payment, Channel::Sms, Outcome::Sent);
/// assert_eq!((sent.status, payment), (RequestStatus::Sent, PaymentStatus::Sent));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delivery {
    /// The request's status.
    pub status: RequestStatus,
    /// What WhatsApp did.
    pub whatsapp: ChannelState,
    /// What SMS did.
    pub sms: ChannelState,
    /// How often it was tried, over all channels.
    pub attempts: i32,
}

impl Default for Delivery {
    fn default() -> Self {
        let untried = ChannelState::Untried;
        Self { status: RequestStatus::Pending, whatsapp: untried, sms: untried, attempts: 0 }
    }
}

/// A confirmed request is not sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the payment is confirmed, so its request is not sent again")]
pub struct AlreadyConfirmed;

impl AlreadyConfirmed {
    /// Stable, machine readable.
    pub const CODE: &'static str = "already_confirmed";
}

impl Delivery {
    /// What one channel did.
    pub fn channel(&self, channel: Channel) -> ChannelState {
        match channel {
            Channel::Whatsapp => self.whatsapp,
            Channel::Sms => self.sms,
        }
    }

    /// After something became known of a message, with the participant's payment status before it; gives both
    /// after it.
    ///
    /// `Sent`, and `Failed` of a channel that does not have the message, are attempts and raise `attempts`.
    /// `Delivered`, and `Failed` of a channel that took it, are later reports of the channel. The request and
    /// the participant are sent when some channel has the message. Both are failed when no channel is left
    /// that has it: all were tried in vain, or it was lost on the way. What has arrived stays delivered and
    /// what was paid stays confirmed, whatever is still reported.
    pub fn record(
        mut self,
        participant: PaymentStatus,
        channel: Channel,
        outcome: Outcome,
    ) -> (Self, PaymentStatus) {
        let has_it = self.channel(channel) == ChannelState::Sent;
        if outcome == Outcome::Sent || (outcome == Outcome::Failed && !has_it) {
            self.attempts = self.attempts.saturating_add(1);
        }
        let arrived = self.status == RequestStatus::Delivered;
        match outcome {
            Outcome::Sent | Outcome::Delivered => self.set(channel, ChannelState::Sent),
            Outcome::Failed if arrived && has_it => {}
            Outcome::Failed => self.set(channel, ChannelState::Failed),
        }
        if self.status == RequestStatus::Confirmed || participant == PaymentStatus::Confirmed {
            return (self, participant);
        }
        self.status = match outcome {
            _ if arrived => RequestStatus::Delivered,
            Outcome::Delivered => RequestStatus::Delivered,
            Outcome::Sent | Outcome::Failed => self.settled(),
        };
        let participant =
            if self.status == RequestStatus::Pending { participant } else { self.status.into() };
        (self, participant)
    }

    /// Starts again: no channel counts as tried. The participant of a failed request is pending again; one
    /// who has the request stays sent, because a second message does not take the first one back.
    pub fn resend(self, participant: PaymentStatus) -> Result<(Self, PaymentStatus), AlreadyConfirmed> {
        if self.status == RequestStatus::Confirmed || participant == PaymentStatus::Confirmed {
            return Err(AlreadyConfirmed);
        }
        let participant = match participant {
            PaymentStatus::Failed => PaymentStatus::Pending,
            other => other,
        };
        Ok((Self { attempts: self.attempts, ..Self::default() }, participant))
    }

    fn set(&mut self, channel: Channel, state: ChannelState) {
        match channel {
            Channel::Whatsapp => self.whatsapp = state,
            Channel::Sms => self.sms = state,
        }
    }

    /// The status that follows from what the channels did, before anything has arrived.
    fn settled(&self) -> RequestStatus {
        let all = |state| Channel::ALL.iter().all(|&channel| self.channel(channel) == state);
        let someone_has_it = Channel::ALL.iter().any(|&channel| self.channel(channel) == ChannelState::Sent);
        if someone_has_it {
            RequestStatus::Sent
        } else if self.status == RequestStatus::Sent || all(ChannelState::Failed) {
            RequestStatus::Failed
        } else {
            self.status
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Channel::{Sms, Whatsapp};
    use proptest::prelude::*;

    use Outcome::{Delivered, Failed, Sent};

    const PENDING: PaymentStatus = PaymentStatus::Pending;

    fn after(steps: &[(Channel, Outcome)]) -> (Delivery, PaymentStatus) {
        steps.iter().fold((Delivery::default(), PENDING), |(delivery, participant), &(channel, outcome)| {
            delivery.record(participant, channel, outcome)
        })
    }

    #[test]
    fn both_statuses_follow_what_the_channels_did() {
        use RequestStatus as Status;
        for (steps, status, attempts) in [
            (&[][..], Status::Pending, 0),
            (&[(Whatsapp, Sent)], Status::Sent, 1),
            (&[(Whatsapp, Failed)], Status::Pending, 1),
            (&[(Whatsapp, Failed), (Whatsapp, Failed)], Status::Pending, 2),
            (&[(Whatsapp, Failed), (Sms, Failed)], Status::Failed, 2),
            (&[(Whatsapp, Failed), (Sms, Failed), (Sms, Sent)], Status::Sent, 3),
            (&[(Whatsapp, Failed), (Sms, Sent)], Status::Sent, 2),
            (&[(Sms, Sent), (Whatsapp, Failed)], Status::Sent, 2),
            // Reports that come later are no attempts.
            (&[(Whatsapp, Sent), (Whatsapp, Delivered)], Status::Delivered, 1),
            (&[(Whatsapp, Sent), (Whatsapp, Failed)], Status::Failed, 1),
            (&[(Whatsapp, Sent), (Sms, Sent), (Sms, Failed)], Status::Sent, 2),
            (&[(Whatsapp, Sent), (Sms, Sent), (Sms, Failed), (Whatsapp, Failed)], Status::Failed, 2),
            (&[(Whatsapp, Sent), (Whatsapp, Failed), (Sms, Failed)], Status::Failed, 2),
            // What has arrived stays delivered.
            (&[(Whatsapp, Sent), (Whatsapp, Delivered), (Whatsapp, Failed)], Status::Delivered, 1),
            (&[(Whatsapp, Sent), (Whatsapp, Delivered), (Sms, Failed)], Status::Delivered, 2),
            (&[(Whatsapp, Sent), (Whatsapp, Delivered), (Sms, Sent)], Status::Delivered, 2),
            (&[(Sms, Delivered)], Status::Delivered, 0),
        ] {
            let (delivery, participant) = after(steps);
            assert_eq!((delivery.status, delivery.attempts), (status, attempts), "{steps:?}");
            assert_eq!(participant, PaymentStatus::from(status), "{steps:?}");
        }
    }

    #[test]
    fn the_flags_say_which_channel_has_it() {
        let (delivery, _) = after(&[(Whatsapp, Sent), (Sms, Failed)]);
        assert_eq!((delivery.whatsapp, delivery.sms), (ChannelState::Sent, ChannelState::Failed));
        let (delivery, _) = after(&[(Sms, Sent), (Sms, Failed)]);
        assert_eq!((delivery.whatsapp, delivery.sms), (ChannelState::Untried, ChannelState::Failed));
        let (delivery, _) = after(&[(Sms, Sent), (Sms, Delivered), (Sms, Failed)]);
        assert_eq!(delivery.sms, ChannelState::Sent);
    }

    #[test]
    fn a_channel_survives_its_two_flags() {
        for state in [ChannelState::Untried, ChannelState::Sent, ChannelState::Failed] {
            assert_eq!(ChannelState::of(state.is_sent(), state.is_failed()), state);
        }
    }

    #[test]
    fn resending_starts_again_unless_it_was_paid() {
        let (failed, participant) = after(&[(Whatsapp, Failed), (Sms, Failed)]);
        let (again, participant) = failed.resend(participant).unwrap();
        assert_eq!(again, Delivery { attempts: 2, ..Delivery::default() });
        assert_eq!(participant, PENDING);
        let (sent, participant) = after(&[(Sms, Sent)]);
        let (again, participant) = sent.resend(participant).unwrap();
        assert_eq!((again.status, again.sms), (RequestStatus::Pending, ChannelState::Untried));
        assert_eq!(participant, PaymentStatus::Sent);
        assert_eq!(again.record(participant, Sms, Failed).1, PaymentStatus::Sent, "one channel is left");
        let paid = Delivery { status: RequestStatus::Confirmed, ..sent };
        assert_eq!(paid.resend(PaymentStatus::Sent), Err(AlreadyConfirmed));
        assert_eq!(sent.resend(PaymentStatus::Confirmed), Err(AlreadyConfirmed));
    }

    proptest! {
        #[test]
        fn a_confirmed_payment_stays_confirmed(steps in proptest::collection::vec((0..2_usize, 0..3_usize), 0..20)) {
            let paid = Delivery { status: RequestStatus::Confirmed, ..Delivery::default() };
            let start = (paid, PaymentStatus::Confirmed);
            let (delivery, participant) = steps.into_iter().fold(start, |(delivery, participant), (channel, outcome)| {
                delivery.record(participant, Channel::ALL[channel], Outcome::ALL[outcome])
            });
            prop_assert_eq!(delivery.status, RequestStatus::Confirmed);
            prop_assert_eq!(participant, PaymentStatus::Confirmed);
        }
    }
}
