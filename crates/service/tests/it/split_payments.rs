//! Asking for shares, and their confirmation.

use std::collections::BTreeSet;

use domain::split::{
    BillFilter, BillStatus, Channel, CloseReason, NewBill, NewUser, Outcome, PaymentRequest, PaymentStatus,
    RequestStatus,
};
use domain::{Currency, Id, Note, PageRequest};
use repository::{Tx, testing};
use strongroom_service::Error;
use strongroom_service::split::deliveries::{self, Report};
use strongroom_service::split::payment_requests::{self, Ask, Asked};
use strongroom_service::split::{bills, contacts, reminders, users};

use crate::fixtures::{
    amount, asha, bill_among, conflict, equal, exact_input, friends, new_bill, owed, phone, upi_id,
    violation, violations,
};

fn links(asked: &Asked) -> Vec<&str> {
    asked.requests.iter().map(|request| request.request.upi_link.as_ref().unwrap().expose()).collect()
}

#[test]
fn everybody_is_asked_for_the_share_that_is_theirs() {
    testing::check(|tx| {
        let details = bill_among(tx, "100.00", 3);
        let asked = payment_requests::request(tx, details.bill.id, &Ask::default()).unwrap();
        assert_eq!((asked.made, asked.skipped.len()), (3, 0));
        for (share, request) in details.participants.iter().zip(&asked.requests) {
            assert_eq!(request.request.participant_id, share.id);
            let link = request.request.upi_link.as_ref().unwrap().expose();
            let (am, tr) =
                (format!("&am={}&", share.amount_owed), format!("&tr={}", request.request.id.reference()));
            assert!(link.starts_with("upi://pay?pa=asha@okaxis&pn=Asha%20Rao&am="), "{link}");
            assert!(link.contains(&am) && link.ends_with(&tr), "{link}");
            assert!(request.message.as_ref().unwrap().expose().ends_with(link));
            assert_eq!(payment_requests::get(tx, request.request.id).unwrap(), *request);
        }
        assert_eq!(payment_requests::list(tx, details.bill.id).unwrap(), asked.requests);
    });
}

#[test]
fn asking_twice_keeps_the_open_request() {
    testing::check(|tx| {
        let bill = bill_among(tx, "100.00", 2).bill;
        let first = payment_requests::request(tx, bill.id, &Ask::default()).unwrap();
        let again = payment_requests::request(tx, bill.id, &Ask::default()).unwrap();
        assert_eq!((again.made, &again.requests), (0, &first.requests));

        let elsewhere = Ask { upi_id: Some(upi_id("asha@ybl")), ..Ask::default() };
        let other = payment_requests::request(tx, bill.id, &elsewhere).unwrap();
        assert_eq!(other.made, 2);
        assert!(links(&other).iter().all(|link| link.contains("pa=asha@ybl&")));
        assert_eq!(payment_requests::list(tx, bill.id).unwrap().len(), 4);
    });
}

fn closed(tx: &mut Tx<'_>, id: Id<PaymentRequest>) -> Option<CloseReason> {
    payment_requests::get(tx, id).unwrap().request.closed.map(|closed| closed.reason)
}

#[test]
fn another_link_supersedes_the_one_that_was_open() {
    testing::check(|tx| {
        let details = bill_among(tx, "100.00", 2);
        let first = payment_requests::request(tx, details.bill.id, &Ask::default()).unwrap();
        let old = first.requests[0].request.id;
        let description = Some(Some(domain::Text::parse("Supper").unwrap()));
        let changes = domain::split::BillChanges { description, ..Default::default() };
        bills::update(tx, details.bill.id, None, changes, None).unwrap();
        let second = payment_requests::request(tx, details.bill.id, &Ask::default()).unwrap();
        assert_eq!((second.made, closed(tx, old)), (2, Some(CloseReason::Superseded)));
        let shown = payment_requests::get(tx, old).unwrap();
        assert!(shown.message.is_none() && shown.request.upi_link == first.requests[0].request.upi_link);

        let report = Report { channel: Channel::Sms, outcome: Outcome::Sent, error: None };
        assert_eq!(conflict(deliveries::record(tx, old, &report)), "request_closed");
        assert_eq!(conflict(deliveries::resend(tx, old)), "request_closed");
        assert_eq!(conflict(payment_requests::link(tx, old)), "request_closed");
        let new = second.requests[0].request.id;
        assert_eq!(
            payment_requests::link(tx, new).unwrap(),
            second.requests[0].request.upi_link.clone().unwrap()
        );

        payment_requests::confirm(tx, details.participants[0].id).unwrap();
        assert_eq!(
            (closed(tx, old), closed(tx, new)),
            (Some(CloseReason::Superseded), Some(CloseReason::Paid))
        );
        assert_eq!(conflict(payment_requests::link(tx, new)), "already_confirmed");
        bills::cancel(tx, details.bill.id).unwrap();
        assert_eq!(closed(tx, second.requests[1].request.id), Some(CloseReason::Cancelled));
        assert_eq!(closed(tx, new), Some(CloseReason::Paid));
    });
}

#[test]
fn every_request_has_a_reference_of_its_own() {
    testing::check(|tx| {
        let details = bill_among(tx, "100.00", 1);
        let share = details.participants[0].id;
        let ask = |tx: &mut Tx<'_>, address: &str| {
            let ask = Ask { upi_id: Some(upi_id(address)), ..Ask::default() };
            payment_requests::request(tx, details.bill.id, &ask).unwrap().requests[0].request.clone()
        };
        let first = ask(tx, "asha@okaxis");
        let elsewhere = ask(tx, "asha@ybl");
        payment_requests::confirm(tx, share).unwrap();
        payment_requests::unconfirm(tx, share, &Note::parse("the transfer bounced").unwrap()).unwrap();
        assert_eq!(closed(tx, elsewhere.id), Some(CloseReason::Undone), "its reference was used");
        let again = ask(tx, "asha@ybl");
        let report = |channel| Report { channel, outcome: Outcome::Failed, error: None };
        for channel in [Channel::Sms, Channel::Whatsapp] {
            deliveries::record(tx, again.id, &report(channel)).unwrap();
        }
        let after_failure = ask(tx, "asha@ybl");

        let requests = [first, elsewhere, again, after_failure];
        let references: BTreeSet<String> = requests.iter().map(|request| request.id.reference()).collect();
        assert_eq!(references.len(), 4);
        for request in requests {
            let link = request.upi_link.unwrap();
            let reference = link.expose().split("&tr=").nth(1).unwrap();
            assert_eq!(Id::from_reference(reference), Ok(request.id));
        }
        assert_eq!(payment_requests::list(tx, details.bill.id).unwrap().len(), 4);
    });
}

#[test]
fn a_payment_that_is_confirmed_again_after_all_is_that_of_the_last_request() {
    testing::check(|tx| {
        let details = bill_among(tx, "100.00", 1);
        let share = details.participants[0].id;
        let request =
            payment_requests::request(tx, details.bill.id, &Ask::default()).unwrap().requests[0].request.id;
        payment_requests::confirm(tx, share).unwrap();
        payment_requests::unconfirm(tx, share, &Note::parse("a mistake").unwrap()).unwrap();
        payment_requests::confirm(tx, share).unwrap();
        let request = payment_requests::get(tx, request).unwrap().request;
        assert_eq!((request.status, request.confirmed_at), (RequestStatus::Confirmed, Some(tx.now)));
        assert_eq!(request.closed.unwrap().reason, CloseReason::Paid);
    });
}

#[test]
fn a_new_split_closes_requests_and_takes_none_away() {
    testing::check(|tx| {
        let details = bill_among(tx, "100.00", 2);
        let (bill, old) = (details.bill.id, &details.participants);
        let only = Ask { only: Some(vec![old[0].id]), ..Ask::default() };
        let request = payment_requests::request(tx, bill, &only).unwrap().requests[0].request.id;
        let people: Vec<_> = old.iter().map(|share| share.contact_id).collect();
        let after =
            bills::set_split(tx, bill, None, &exact_input(&[(people[0], "30"), (people[1], "70")])).unwrap();
        assert_eq!(owed(&after), ["30.00", "70.00"]);
        assert_eq!(closed(tx, request), Some(CloseReason::Superseded));
        assert_eq!(payment_requests::list(tx, bill).unwrap()[0].request.id, request);
        assert_eq!(conflict(payment_requests::confirm(tx, old[0].id)), "share_replaced");
        let never_asked = payment_requests::confirm(tx, old[1].id);
        assert!(matches!(never_asked, Err(Error::Repository(repository::Error::NotFound(_)))));

        let asked = payment_requests::request(tx, bill, &Ask::default()).unwrap();
        assert_eq!(asked.made, 2);
        let paid = after
            .participants
            .iter()
            .map(|share| payment_requests::confirm(tx, share.id).unwrap().bill_status);
        assert_eq!(paid.last(), Some(BillStatus::Completed), "replaced shares count for nothing");
        let page =
            bills::list(tx, details.bill.user_id, &BillFilter::default(), PageRequest::default()).unwrap();
        assert_eq!((page.items[0].participant_count, page.items[0].total_paid), (2, amount("100.00")));
    });
}

#[test]
fn an_erased_payer_is_not_asked_and_can_still_be_confirmed() {
    testing::check(|tx| {
        let details = bill_among(tx, "100.00", 2);
        let (bill, share) = (details.bill.id, &details.participants[0]);
        let request = payment_requests::request(tx, bill, &Ask::default()).unwrap().requests[0].request.id;
        contacts::erase(tx, share.contact_id, None).unwrap();
        let shown = payment_requests::get(tx, request).unwrap();
        assert_eq!((shown.request.upi_link, shown.message), (None, None));
        assert_eq!(closed(tx, request), Some(CloseReason::Erased));
        assert_eq!(conflict(payment_requests::link(tx, request)), "request_closed");

        let asked = payment_requests::request(tx, bill, &Ask::default()).unwrap();
        assert_eq!((asked.made, asked.requests.len()), (0, 1));
        assert_eq!((asked.skipped[0].participant_id, asked.skipped[0].code), (share.id, "payer_erased"));
        let reminders = reminders::of_bill(tx, bill, 3).unwrap();
        assert_eq!(reminders[0].skipped.unwrap().code(), "payer_erased");
        payment_requests::confirm(tx, share.id).unwrap();
        assert_eq!(closed(tx, request), Some(CloseReason::Erased));
    });
}

#[test]
fn only_those_who_are_named_are_asked() {
    testing::check(|tx| {
        let details = bill_among(tx, "100.00", 3);
        let ids: Vec<_> = details.participants.iter().map(|share| share.id).collect();
        payment_requests::confirm(tx, ids[0]).unwrap();
        let ask = Ask { only: Some(vec![ids[2], ids[0], ids[2]]), ..Ask::default() };
        let asked = payment_requests::request(tx, details.bill.id, &ask).unwrap();
        assert_eq!(asked.requests.iter().map(|r| r.request.participant_id).collect::<Vec<_>>(), [ids[2]]);
        let skipped: Vec<_> =
            asked.skipped.iter().map(|skipped| (skipped.participant_id, skipped.code)).collect();
        assert_eq!(skipped, [(ids[0], "already_confirmed")]);

        let unknown = Ask { only: Some(vec![ids[1], domain::Id::generate()]), ..Ask::default() };
        let refused = payment_requests::request(tx, details.bill.id, &unknown);
        assert_eq!(violation(refused), ("/only/1".to_owned(), "unknown_participant"));

        let asked = payment_requests::request(tx, details.bill.id, &Ask::default()).unwrap();
        assert_eq!(
            (asked.made, asked.requests.len(), asked.skipped.len()),
            (1, 2, 0),
            "who has paid is not asked"
        );
    });
}

#[test]
fn a_share_over_the_limit_of_upi_is_skipped_and_the_others_are_asked() {
    testing::check(|tx| {
        let user = asha(tx);
        let people = friends(tx, user.id, 3);
        let bill = bills::create(tx, new_bill(user.id, "250000.01"), None).unwrap().bill;
        let split =
            exact_input(&[(people[0], "100000.01"), (people[1], "100000.00"), (people[2], "50000.00")]);
        let shares = bills::set_split(tx, bill.id, None, &split).unwrap().participants;
        let asked = payment_requests::request(tx, bill.id, &Ask::default()).unwrap();
        assert_eq!(asked.made, 2);
        let skipped: Vec<_> =
            asked.skipped.iter().map(|skipped| (skipped.participant_id, skipped.code)).collect();
        assert_eq!(skipped, [(shares[0].id, "amount_over_upi_limit")]);
    });
}

#[test]
fn the_payee_is_named_by_the_request_the_user_or_the_service() {
    testing::check(|tx| {
        let nobody = NewUser { phone_number: phone("9876543210"), name: None, upi_id: None };
        let user = users::create(tx, nobody).unwrap();
        let people = friends(tx, user.id, 1);
        let bill = bills::create(tx, new_bill(user.id, "10.00"), Some(&equal(&people))).unwrap().bill;
        let refused = payment_requests::request(tx, bill.id, &Ask::default());
        assert_eq!(violation(refused), ("/upi_id".to_owned(), "no_payee"));
        let fallback = Ask { fallback: Some(upi_id("service@okaxis")), ..Ask::default() };
        let asked = payment_requests::request(tx, bill.id, &fallback).unwrap();
        assert!(links(&asked)[0].starts_with("upi://pay?pa=service@okaxis&pn=Bill%20Splitter&"));
        let named = Ask { upi_id: Some(upi_id("asha@okaxis")), ..fallback };
        assert!(
            links(&payment_requests::request(tx, bill.id, &named).unwrap())[0]
                .starts_with("upi://pay?pa=asha@okaxis&")
        );
    });
}

#[test]
fn upi_pays_rupees_only() {
    testing::check(|tx| {
        let user = asha(tx);
        let people = friends(tx, user.id, 1);
        let new = NewBill { currency: Currency::parse("USD").unwrap(), ..new_bill(user.id, "10.00") };
        let bill = bills::create(tx, new, Some(&equal(&people))).unwrap().bill;
        let refused = violations(payment_requests::request(tx, bill.id, &Ask::default()));
        assert_eq!(refused, [(String::new(), "currency_not_inr")]);
    });
}

#[test]
fn confirming_twice_changes_nothing() {
    testing::check(|tx| {
        let details = bill_among(tx, "100.00", 2);
        let share = details.participants[0].id;
        payment_requests::request(tx, details.bill.id, &Ask::default()).unwrap();
        let first = payment_requests::confirm(tx, share).unwrap();
        assert_eq!(first.participant.payment_status, PaymentStatus::Confirmed);
        assert_eq!((first.participant.paid_at, first.bill_status), (Some(tx.now), BillStatus::Active));
        let (bill, requests) =
            (bills::get(tx, details.bill.id).unwrap(), payment_requests::list(tx, details.bill.id).unwrap());
        assert_eq!(payment_requests::confirm(tx, share).unwrap(), first);
        assert_eq!(bills::get(tx, details.bill.id).unwrap(), bill);
        assert_eq!(payment_requests::list(tx, details.bill.id).unwrap(), requests);
    });
}

#[test]
fn the_last_confirmation_completes_the_bill() {
    testing::check(|tx| {
        let details = bill_among(tx, "100.00", 3);
        payment_requests::request(tx, details.bill.id, &Ask::default()).unwrap();
        let statuses = details
            .participants
            .iter()
            .map(|share| payment_requests::confirm(tx, share.id).unwrap().bill_status);
        assert_eq!(
            statuses.collect::<Vec<_>>(),
            [BillStatus::Active, BillStatus::Active, BillStatus::Completed]
        );
        assert_eq!(bills::get(tx, details.bill.id).unwrap().bill.status, BillStatus::Completed);
        let requests = payment_requests::list(tx, details.bill.id).unwrap();
        assert!(requests.iter().all(|r| r.request.status == RequestStatus::Confirmed));
        assert!(requests.iter().all(|r| r.request.confirmed_at == Some(tx.now)));
        let again = payment_requests::confirm(tx, details.participants[0].id).unwrap();
        assert_eq!(again.bill_status, BillStatus::Completed);
    });
}
