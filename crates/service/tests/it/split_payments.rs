//! Asking for shares, and their confirmation.

use domain::Currency;
use domain::split::{BillStatus, NewBill, NewUser, PaymentStatus, RequestStatus};
use repository::testing;
use strongroom_service::split::payments::{self, Ask, Asked};
use strongroom_service::split::{bills, users};

use crate::fixtures::{
    asha, bill_among, equal, exact_input, friends, new_bill, phone, upi_id, violation, violations,
};

fn links(asked: &Asked) -> Vec<&str> {
    asked.requests.iter().map(|request| request.request.upi_link.expose()).collect()
}

#[test]
fn everybody_is_asked_for_the_share_that_is_theirs() {
    testing::check(|tx| {
        let details = bill_among(tx, "100.00", 3);
        let asked = payments::request(tx, details.bill.id, &Ask::default()).unwrap();
        assert_eq!((asked.made, asked.skipped.len()), (3, 0));
        for (share, request) in details.participants.iter().zip(&asked.requests) {
            assert_eq!(request.request.participant_id, share.id);
            let link = request.request.upi_link.expose();
            let (am, tr) =
                (format!("&am={}&", share.amount_owed), format!("&tr={}", share.id.uuid().simple()));
            assert!(link.starts_with("upi://pay?pa=asha@okaxis&pn=Asha%20Rao&am="), "{link}");
            assert!(link.contains(&am) && link.ends_with(&tr), "{link}");
            assert!(request.message.expose().ends_with(link));
            assert_eq!(payments::get(tx, request.request.id).unwrap(), *request);
        }
        assert_eq!(payments::list(tx, details.bill.id).unwrap(), asked.requests);
    });
}

#[test]
fn asking_twice_keeps_the_open_request() {
    testing::check(|tx| {
        let bill = bill_among(tx, "100.00", 2).bill;
        let first = payments::request(tx, bill.id, &Ask::default()).unwrap();
        let again = payments::request(tx, bill.id, &Ask::default()).unwrap();
        assert_eq!((again.made, &again.requests), (0, &first.requests));

        let elsewhere = Ask { upi_id: Some(upi_id("asha@ybl")), ..Ask::default() };
        let other = payments::request(tx, bill.id, &elsewhere).unwrap();
        assert_eq!(other.made, 2);
        assert!(links(&other).iter().all(|link| link.contains("pa=asha@ybl&")));
        assert_eq!(payments::list(tx, bill.id).unwrap().len(), 4);
    });
}

#[test]
fn only_those_who_are_named_are_asked() {
    testing::check(|tx| {
        let details = bill_among(tx, "100.00", 3);
        let ids: Vec<_> = details.participants.iter().map(|share| share.id).collect();
        payments::confirm(tx, ids[0]).unwrap();
        let ask = Ask { only: Some(vec![ids[2], ids[0], ids[2]]), ..Ask::default() };
        let asked = payments::request(tx, details.bill.id, &ask).unwrap();
        assert_eq!(asked.requests.iter().map(|r| r.request.participant_id).collect::<Vec<_>>(), [ids[2]]);
        let skipped: Vec<_> =
            asked.skipped.iter().map(|skipped| (skipped.participant_id, skipped.code)).collect();
        assert_eq!(skipped, [(ids[0], "already_confirmed")]);

        let unknown = Ask { only: Some(vec![ids[1], domain::Id::generate()]), ..Ask::default() };
        let refused = payments::request(tx, details.bill.id, &unknown);
        assert_eq!(violation(refused), ("/only/1".to_owned(), "unknown_participant"));

        let asked = payments::request(tx, details.bill.id, &Ask::default()).unwrap();
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
        let asked = payments::request(tx, bill.id, &Ask::default()).unwrap();
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
        let refused = payments::request(tx, bill.id, &Ask::default());
        assert_eq!(violation(refused), ("/upi_id".to_owned(), "no_payee"));
        let fallback = Ask { fallback: Some(upi_id("service@okaxis")), ..Ask::default() };
        let asked = payments::request(tx, bill.id, &fallback).unwrap();
        assert!(links(&asked)[0].starts_with("upi://pay?pa=service@okaxis&pn=Bill%20Splitter&"));
        let named = Ask { upi_id: Some(upi_id("asha@okaxis")), ..fallback };
        assert!(
            links(&payments::request(tx, bill.id, &named).unwrap())[0]
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
        let refused = violations(payments::request(tx, bill.id, &Ask::default()));
        assert_eq!(refused, [(String::new(), "currency_not_inr")]);
    });
}

#[test]
fn confirming_twice_changes_nothing() {
    testing::check(|tx| {
        let details = bill_among(tx, "100.00", 2);
        let share = details.participants[0].id;
        payments::request(tx, details.bill.id, &Ask::default()).unwrap();
        let first = payments::confirm(tx, share).unwrap();
        assert_eq!(first.participant.payment_status, PaymentStatus::Confirmed);
        assert_eq!((first.participant.paid_at, first.bill_status), (Some(tx.now), BillStatus::Active));
        let (bill, requests) =
            (bills::get(tx, details.bill.id).unwrap(), payments::list(tx, details.bill.id).unwrap());
        assert_eq!(payments::confirm(tx, share).unwrap(), first);
        assert_eq!(bills::get(tx, details.bill.id).unwrap(), bill);
        assert_eq!(payments::list(tx, details.bill.id).unwrap(), requests);
    });
}

#[test]
fn the_last_confirmation_completes_the_bill() {
    testing::check(|tx| {
        let details = bill_among(tx, "100.00", 3);
        payments::request(tx, details.bill.id, &Ask::default()).unwrap();
        let statuses =
            details.participants.iter().map(|share| payments::confirm(tx, share.id).unwrap().bill_status);
        assert_eq!(
            statuses.collect::<Vec<_>>(),
            [BillStatus::Active, BillStatus::Active, BillStatus::Completed]
        );
        assert_eq!(bills::get(tx, details.bill.id).unwrap().bill.status, BillStatus::Completed);
        let requests = payments::list(tx, details.bill.id).unwrap();
        assert!(requests.iter().all(|r| r.request.status == RequestStatus::Confirmed));
        assert!(requests.iter().all(|r| r.request.confirmed_at == Some(tx.now)));
        let again = payments::confirm(tx, details.participants[0].id).unwrap();
        assert_eq!(again.bill_status, BillStatus::Completed);
    });
}
