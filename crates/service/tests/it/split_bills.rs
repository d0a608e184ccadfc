//! Bills, from the first total to the end of their life.

use domain::split::division::{ItemInput, SplitInput};
use domain::split::{BillChanges, BillFilter, BillStatus, Item};
use domain::{Currency, Id, PageRequest, Text};
use repository::testing;
use strongroom_service::Error;
use strongroom_service::split::payment_requests::{self, Ask};
use strongroom_service::split::{bills, contacts};

use crate::fixtures::{
    amount, asha, bill_among, conflict, equal, equal_input, exact_input, friends, new_bill, owed, violation,
    violations,
};

#[test]
fn a_hundred_among_three_is_shared_to_the_last_paisa() {
    testing::check(|tx| {
        let details = bill_among(tx, "100.00", 3);
        assert_eq!(owed(&details), ["33.34", "33.33", "33.33"]);
        assert_eq!(details.organiser_share, None);
        assert_eq!(details, bills::get(tx, details.bill.id).unwrap());
    });
}

#[test]
fn a_bill_needs_a_user_who_is_there() {
    testing::check(|tx| {
        let refused = bills::create(tx, new_bill(Id::generate(), "100.00"), None);
        assert_eq!(violation(refused), ("/user_id".to_owned(), "unknown_user"));
        let listed = bills::list(tx, Id::generate(), &BillFilter::default(), PageRequest::default());
        assert!(matches!(listed, Err(Error::Repository(repository::Error::NotFound("user")))), "{listed:?}");
    });
}

#[test]
fn a_new_total_of_a_bill_that_is_split_needs_a_new_split() {
    testing::check(|tx| {
        let details = bill_among(tx, "100.00", 3);
        let id = details.bill.id;
        let people: Vec<_> = details.participants.iter().map(|share| share.contact_id).collect();
        let total = |total| BillChanges { total_amount: Some(amount(total)), ..BillChanges::default() };
        assert_eq!(conflict(bills::update(tx, id, None, total("200.00"), None)), "split_required");
        let usd = BillChanges { currency: Some(Currency::parse("USD").unwrap()), ..BillChanges::default() };
        assert_eq!(conflict(bills::update(tx, id, None, usd, None)), "split_required");
        let same = bills::update(tx, id, None, total("100"), None).unwrap();
        assert_eq!(same.participants, details.participants, "it is no new total");

        let changed = bills::update(tx, id, None, total("200.00"), Some(&equal_input(&people[..2]))).unwrap();
        assert_eq!(owed(&changed), ["100.00", "100.00"]);
        let refused = bills::update(tx, id, None, total("90"), Some(&exact_input(&[(people[0], "95")])));
        assert_eq!(violation(refused), ("/split/participants".to_owned(), "sum_differs"));
    });
}

#[test]
fn a_bill_that_is_not_split_takes_a_new_total() {
    testing::check(|tx| {
        let user = asha(tx);
        let bill = bills::create(tx, new_bill(user.id, "100.00"), None).unwrap().bill;
        let changes = BillChanges { total_amount: Some(amount("120.50")), ..BillChanges::default() };
        let details = bills::update(tx, bill.id, None, changes, None).unwrap();
        assert_eq!((details.bill.total_amount, details.participants), (amount("120.50"), Vec::new()));
    });
}

#[test]
fn amounts_fit_the_currency_that_the_bill_will_have() {
    testing::check(|tx| {
        let user = asha(tx);
        let item = Item { name: Text::parse("Tea").unwrap(), amount: amount("10.50"), quantity: 1 };
        let new = domain::split::NewBill { items: vec![item.clone()], ..new_bill(user.id, "10.50") };
        let bill = bills::create(tx, new, None).unwrap().bill;
        let yen = BillChanges { currency: Some(Currency::parse("JPY").unwrap()), ..BillChanges::default() };
        let whole_total = BillChanges { total_amount: Some(amount("11")), ..yen.clone() };
        let new_items = BillChanges { items: Some(vec![item]), ..whole_total.clone() };
        let no_items = BillChanges { items: Some(Vec::new()), ..whole_total.clone() };
        let wrong = |place: &str| (place.to_owned(), "too_many_decimals");
        assert_eq!(violations(bills::update(tx, bill.id, None, yen, None))[0], wrong("/currency"));
        assert_eq!(violation(bills::update(tx, bill.id, None, whole_total, None)), wrong("/currency"));
        assert_eq!(violation(bills::update(tx, bill.id, None, new_items, None)), wrong("/items/0/amount"));
        assert_eq!(bills::update(tx, bill.id, None, no_items, None).unwrap().bill.currency.code(), "JPY");
        let half = BillChanges { total_amount: Some(amount("0.50")), ..BillChanges::default() };
        assert_eq!(violation(bills::update(tx, bill.id, None, half, None)), wrong("/total_amount"));
    });
}

#[test]
fn a_split_locked_once_somebody_has_paid() {
    testing::check(|tx| {
        let details = bill_among(tx, "100.00", 3);
        let id = details.bill.id;
        let split = equal_input(&[details.participants[0].contact_id]);
        assert_eq!(owed(&bills::set_split(tx, id, None, &split).unwrap()), ["100.00"]);

        let people: Vec<_> = details.participants.iter().map(|share| share.contact_id).collect();
        let details = bills::set_split(tx, id, None, &equal_input(&people)).unwrap();
        payment_requests::confirm(tx, details.participants[1].id).unwrap();
        assert_eq!(conflict(bills::set_split(tx, id, None, &split)), "split_locked");
        let total = BillChanges { total_amount: Some(amount("1")), ..BillChanges::default() };
        assert_eq!(conflict(bills::update(tx, id, None, total, Some(&split))), "split_locked");
        let text =
            BillChanges { merchant: Some(Some(Text::parse("Karim's").unwrap())), ..BillChanges::default() };
        assert!(bills::update(tx, id, None, text, None).is_ok(), "what is no money can change");
    });
}

#[test]
fn an_old_version_is_refused_before_anything_else() {
    testing::check(|tx| {
        let details = bill_among(tx, "100.00", 3);
        let id = details.bill.id;
        bills::cancel(tx, id).unwrap();
        let stale =
            |outcome| matches!(outcome, Err(Error::Repository(repository::Error::StaleVersion { .. })));
        let total = BillChanges { total_amount: Some(amount("1")), ..BillChanges::default() };
        assert!(stale(bills::update(tx, id, Some(99), total, None)));
        assert!(stale(bills::set_split(tx, id, Some(99), &equal_input(&[]))));
    });
}

#[test]
fn the_items_of_a_split_become_those_of_a_bill_that_names_none() {
    testing::check(|tx| {
        let user = asha(tx);
        let people = friends(tx, user.id, 2);
        let item = |name: &str, amount: &str, by: &str| ItemInput {
            name: name.to_owned(),
            amount: amount.to_owned(),
            quantity: Some(2),
            contact_ids: vec![by.to_owned()],
        };
        let dosa = item("Dosa", "60", &people[0].to_string());
        let split = |items| SplitInput { mode: "items".to_owned(), items, ..SplitInput::default() };
        let bill = bills::create(tx, new_bill(user.id, "60.00"), None).unwrap().bill;

        let details = bills::set_split(tx, bill.id, None, &split(vec![dosa])).unwrap();
        assert_eq!(owed(&details), ["60.00"]);
        let names = |items: &[Item]| items.iter().map(|item| item.name.to_string()).collect::<Vec<_>>();
        assert_eq!(
            (names(&details.bill.items), details.bill.items[0].quantity),
            (vec!["Dosa".to_owned()], 2)
        );
        assert_eq!(details.warnings, []);

        let idli = item("Idli", "60", &people[1].to_string());
        let details = bills::set_split(tx, bill.id, None, &split(vec![idli])).unwrap();
        assert_eq!(names(&details.bill.items), ["Dosa"], "the bill has items of its own by now");
        assert_eq!(details.participants[0].contact_id, people[1]);
    });
}

#[test]
fn a_cancelled_bill_is_final() {
    testing::check(|tx| {
        let details = bill_among(tx, "100.00", 3);
        let id = details.bill.id;
        assert_eq!(bills::cancel(tx, id).unwrap().bill.status, BillStatus::Cancelled);
        let split = equal_input(&[details.participants[0].contact_id]);
        assert_eq!(conflict(bills::cancel(tx, id)), "illegal_transition");
        assert_eq!(conflict(bills::set_split(tx, id, None, &split)), "bill_not_active");
        assert_eq!(conflict(payment_requests::request(tx, id, &Ask::default())), "bill_not_active");
        assert_eq!(conflict(payment_requests::confirm(tx, details.participants[0].id)), "bill_not_active");
        let total = BillChanges { total_amount: Some(amount("1")), ..BillChanges::default() };
        assert_eq!(conflict(bills::update(tx, id, None, total, Some(&split))), "bill_not_active");
    });
}

#[test]
fn a_deleted_contact_stays_in_its_bills_and_enters_no_other() {
    testing::check(|tx| {
        let details = bill_among(tx, "100.00", 2);
        let gone = details.participants[0].contact_id;
        contacts::delete(tx, gone, None).unwrap();
        assert_eq!(owed(&bills::get(tx, details.bill.id).unwrap()), ["50.00", "50.00"]);
        let refused = bills::create(tx, new_bill(details.bill.user_id, "1.00"), Some(&equal(&[gone])));
        assert_eq!(violation(refused), ("/split/participants/0/contact_id".to_owned(), "unknown_contact"));
    });
}
