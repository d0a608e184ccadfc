//! What happens to a share after it was asked for.

use domain::split::{BillStatus, Channel, Outcome, PaymentStatus, RequestStatus};
use domain::{Id, Note};
use repository::testing;
use strongroom_service::split::deliveries::{self, Report};
use strongroom_service::split::payment_requests::{self, Ask, Request};
use strongroom_service::split::{bills, contacts, reminders, users};

use crate::fixtures::{bill_among, conflict, violation};

fn report(channel: Channel, outcome: Outcome) -> Report {
    Report {
        channel,
        outcome,
        error: (outcome == Outcome::Failed).then(|| Note::parse("no such number").unwrap()),
    }
}

#[test]
fn request_and_share_follow_the_delivery() {
    testing::check(|tx| {
        let bill = bill_among(tx, "100.00", 2).bill.id;
        let asked = payment_requests::request(tx, bill, &Ask::default()).unwrap().requests;
        let id = asked[0].request.id;
        let mut record = |channel, outcome| {
            let Request { request, .. } = deliveries::record(tx, id, &report(channel, outcome)).unwrap();
            let share = bills::get(tx, bill).unwrap().participants.remove(0);
            (request.status, share.payment_status, request.delivery_error.is_some())
        };
        let (pending, failed) = (RequestStatus::Pending, RequestStatus::Failed);
        assert_eq!(record(Channel::Whatsapp, Outcome::Failed), (pending, PaymentStatus::Pending, true));
        assert_eq!(record(Channel::Sms, Outcome::Failed), (failed, PaymentStatus::Failed, true));
        assert_eq!(record(Channel::Sms, Outcome::Sent), (RequestStatus::Sent, PaymentStatus::Sent, false));
        let again = deliveries::resend(tx, id).unwrap().request;
        assert_eq!((again.status, again.sms_sent, again.delivery_attempts), (pending, false, 3));
        assert_eq!(payment_requests::get(tx, asked[1].request.id).unwrap(), asked[1]);
    });
}

#[test]
fn what_is_paid_or_called_off_is_not_sent_again() {
    testing::check(|tx| {
        let details = bill_among(tx, "100.00", 2);
        let asked = payment_requests::request(tx, details.bill.id, &Ask::default()).unwrap().requests;
        payment_requests::confirm(tx, asked[0].request.participant_id).unwrap();
        assert_eq!(conflict(deliveries::resend(tx, asked[0].request.id)), "already_confirmed");
        bills::cancel(tx, details.bill.id).unwrap();
        assert_eq!(conflict(deliveries::resend(tx, asked[1].request.id)), "bill_not_active");
    });
}

#[test]
fn an_undone_confirmation_opens_share_and_bill_again() {
    testing::check(|tx| {
        let details = bill_among(tx, "100.00", 1);
        let (bill, share) = (details.bill.id, details.participants[0].id);
        let reason = Note::parse("the transfer bounced").unwrap();
        let request = payment_requests::request(tx, bill, &Ask::default()).unwrap().requests[0].request.id;
        assert_eq!(conflict(payment_requests::unconfirm(tx, share, &reason)), "not_confirmed");
        deliveries::record(tx, request, &report(Channel::Sms, Outcome::Sent)).unwrap();
        payment_requests::confirm(tx, share).unwrap();
        let undone = payment_requests::unconfirm(tx, share, &reason).unwrap();
        assert_eq!(
            (undone.participant.payment_status, undone.bill_status),
            (PaymentStatus::Pending, BillStatus::Active)
        );
        let request = payment_requests::get(tx, request).unwrap().request;
        assert_eq!((request.status, request.confirmed_at), (RequestStatus::Sent, None));
        assert_eq!(payment_requests::confirm(tx, share).unwrap().bill_status, BillStatus::Completed);
    });
}

#[test]
fn nobody_is_reminded_who_was_never_asked() {
    testing::check(|tx| {
        let details = bill_among(tx, "100.00", 1);
        let (bill, share) = (details.bill.id, details.participants[0].id);
        let entries = reminders::of_bill(tx, bill, 3).unwrap();
        assert_eq!(entries[0].skipped.unwrap().code(), "not_requested");
        assert_eq!(reminders::of_user(tx, details.bill.user_id, 3).unwrap(), entries);
        assert_eq!(conflict(reminders::record(tx, bill, &[share], 3)), "reminder_not_due");
        let refused = reminders::record(tx, bill, &[Id::generate()], 3);
        assert_eq!(violation(refused), ("/participant_ids/0".to_owned(), "unknown_participant"));
    });
}

#[test]
fn erasing_on_an_old_version_is_refused() {
    testing::check(|tx| {
        let details = bill_among(tx, "100.00", 1);
        let (user, contact) = (details.bill.user_id, details.participants[0].contact_id);
        assert!(users::erase(tx, user, Some(9)).is_err() && contacts::erase(tx, contact, Some(9)).is_err());
        assert_eq!(contacts::erase(tx, contact, Some(1)).unwrap().count("contacts_overwritten"), 1);
        assert_eq!(users::erase(tx, user, None).unwrap().count("users"), 1);
        assert!(users::erase(tx, user, None).is_err());
    });
}
