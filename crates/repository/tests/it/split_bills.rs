//! Bills with their shares and payment requests, on a real database.

use crate::fixtures::{amount, contact, new_bill, new_request, text, user};
use strongroom_repository::domain::split::{
    BillChanges, BillFilter, BillStatus, CloseReason, NewParticipant, PaymentStatus, RequestStatus, User,
};
use strongroom_repository::domain::{Day, DayLimit, Id, Limit, PageRequest};
use strongroom_repository::split::bills::{self, WholeBill};
use strongroom_repository::split::{bill_participants, contacts, payment_requests, users};
use strongroom_repository::{Error, Tx, testing};

/// A bill of 100.00, of which Ravi owes 60.00 and Meera 40.00.
fn bill_of_two(tx: &mut Tx<'_>) -> WholeBill {
    let user = user(tx, "+919876543210");
    let shares = [("Ravi", "+919876543211", "60.00"), ("Meera", "+919876543212", "40.00")].map(
        |(name, phone, owed)| NewParticipant {
            contact_id: contact(tx, user.id, name, phone).id,
            amount_owed: amount(owed),
        },
    );
    let bill = bills::insert(tx, new_bill(user.id, "100.00")).unwrap();
    bill_participants::insert_all(tx, &bill, &shares).unwrap();
    bills::get_whole(tx, bill.id).unwrap()
}

fn list(tx: &mut Tx<'_>, user: Id<User>, filter: &BillFilter) -> Vec<bills::WholeBill> {
    let page = bills::list_for_user(tx, user, filter, PageRequest::default()).unwrap();
    page.items.into_iter().map(|summary| bills::get_whole(tx, summary.bill.id).unwrap()).collect()
}

#[test]
fn a_bill_comes_back_with_its_shares_in_the_order_given() {
    testing::check(|tx| {
        let whole = bill_of_two(tx);
        let shares = whole.participants.iter();
        let shares: Vec<_> =
            shares.map(|share| (share.contact_name.expose(), share.amount_owed.to_string())).collect();
        assert_eq!(shares, [("Ravi", "60.00".to_owned()), ("Meera", "40.00".to_owned())]);
        assert_eq!(whole.bill, bills::get(tx, whole.bill.id).unwrap());
        assert_eq!(whole.now, tx.now);
    });
}

#[test]
fn what_a_bill_shows_raises_its_version_and_nothing_else_does() {
    testing::check(|tx| {
        let whole = bill_of_two(tx);
        let version = |tx: &mut Tx<'_>| bills::get(tx, whole.bill.id).unwrap().row_version;
        // Within the transaction that made it a bill has its first version.
        assert_eq!(version(tx), 1);

        let changes = BillChanges { description: Some(None), ..BillChanges::default() };
        let locked = bills::lock(tx, whole.bill.id).unwrap();
        assert_eq!(bills::update(tx, locked, Some(1), changes).unwrap().row_version, 2);

        let locked = bills::lock(tx, whole.bill.id).unwrap();
        let unchanged = bills::update(tx, locked, Some(2), BillChanges::default()).unwrap();
        assert_eq!(unchanged.row_version, 2);

        let locked = bills::lock(tx, whole.bill.id).unwrap();
        let stale = bills::update(tx, locked, Some(1), BillChanges::default());
        assert!(matches!(stale, Err(Error::StaleVersion { current: 2 })), "{stale:?}");
    });
}

#[test]
fn a_change_of_a_share_or_of_a_name_raises_the_version_in_a_later_transaction() {
    let test = testing::TestDatabase::new();
    let database = test.database();
    let actor = strongroom_repository::Actor::system();
    let whole = database.write::<_, Error>("test", &actor, |tx| Ok(bill_of_two(tx))).unwrap();
    let version =
        || database.read("test", &actor, |conn| bills::get(conn, whole.bill.id)).unwrap().row_version;
    assert_eq!(version(), 1);

    let share = &whole.participants[0];
    database.write("test", &actor, |tx| bill_participants::confirm(tx, share.id)).unwrap();
    assert_eq!(version(), 2);

    let rename = |name| strongroom_repository::domain::split::ContactChanges {
        name: Some(crate::fixtures::name(name)),
        phone_number: None,
    };
    database
        .write("test", &actor, |tx| contacts::update(tx, share.contact_id, None, rename("Ravindra")))
        .unwrap();
    assert_eq!(version(), 3);
    let shown = database.read("test", &actor, |conn| bills::get_whole(conn, whole.bill.id)).unwrap();
    assert_eq!(shown.participants[0].contact_name.expose(), "Ravindra");
}

#[test]
fn a_contact_of_another_user_cannot_stand_in_a_bill() {
    testing::check(|tx| {
        let bill = bill_of_two(tx).bill;
        bill_participants::replace_all(tx, bill.id).unwrap();
        let other = user(tx, "+919876543299");
        let stranger = contact(tx, other.id, "Ravi", "+919876543211");
        let shares = [NewParticipant { contact_id: stranger.id, amount_owed: amount("1.00") }];
        let is_unknown = |error| matches!(error, Some(Error::NotFound("contact")));
        assert!(is_unknown(bill_participants::insert_all(tx, &bill, &shares).err()));
        let new = new_bill(bill.user_id, "1.00");
        assert!(is_unknown(bills::insert_with_shares(tx, new, &shares).err()));
        let nobodys = bills::insert_with_shares(tx, new_bill(Id::generate(), "1.00"), &shares);
        assert!(matches!(nobodys, Err(Error::NotFound("user"))));
    });
}

#[test]
fn a_contact_of_another_user_cannot_stand_in_a_bill_by_hand_either() {
    let test = testing::TestDatabase::new();
    let stored = |tx: &mut Tx<'_>| -> Result<_, Error> {
        let other = user(tx, "+919876543299");
        contact(tx, other.id, "Ravi", "+919876543211");
        Ok(bill_of_two(tx))
    };
    test.database().write("test", &strongroom_repository::Actor::system(), stored).unwrap();
    test.sabotage(
        "DO $$ BEGIN
            UPDATE split.bill_participants p SET contact_id = c.id
              FROM split.contacts c WHERE c.user_id <> p.user_id AND p.amount_owed = 60;
            SET CONSTRAINTS ALL IMMEDIATE;
            RAISE 'a stranger stands in a bill';
         EXCEPTION WHEN foreign_key_violation THEN NULL; END $$",
    );
}

#[test]
fn deleting_a_user_by_hand_takes_everything_along() {
    let test = testing::TestDatabase::new();
    let whole = test
        .database()
        .write::<_, Error>("test", &strongroom_repository::Actor::system(), |tx| Ok(bill_of_two(tx)));
    whole.unwrap();
    test.sabotage("DELETE FROM split.users");
    test.sabotage("DO $$ BEGIN ASSERT NOT EXISTS (SELECT FROM split.bill_participants); END $$");
}

#[test]
fn the_last_confirmed_share_completes_the_bill() {
    testing::check(|tx| {
        let whole = bill_of_two(tx);
        let requests = whole.participants.iter().map(|share| new_request(share.id, "upi://pay?x"));
        payment_requests::insert_all(tx, requests.collect()).unwrap();
        for (share, completes) in whole.participants.iter().zip([false, true]) {
            bill_participants::confirm(tx, share.id).unwrap();
            payment_requests::confirm(tx, share.id).unwrap();
            assert_eq!(bills::complete_if_paid(tx, whole.bill.id).unwrap(), completes);
        }
        let whole = bills::get_whole(tx, whole.bill.id).unwrap();
        assert_eq!(whole.bill.status, BillStatus::Completed);
        assert!(whole.participants.iter().all(|share| share.paid_at == Some(tx.now)));
        assert!(whole.participants.iter().all(|share| share.payment_status == PaymentStatus::Confirmed));
        let requests = payment_requests::list_for_bill(tx, whole.bill.id).unwrap();
        assert!(requests.iter().all(|request| request.status == RequestStatus::Confirmed));
        assert_eq!(requests.len(), 2);
    });
}

#[test]
fn a_share_has_one_open_request_and_that_is_confirmed() {
    testing::check(|tx| {
        let whole = bill_of_two(tx);
        let share = whole.participants[0].id;
        let old = payment_requests::insert_all(tx, vec![new_request(share, "upi://pay?old")]).unwrap();
        payment_requests::close(tx, &[old[0].id], CloseReason::Superseded).unwrap();
        let latest = payment_requests::insert_all(tx, vec![new_request(share, "upi://pay?new")]).unwrap();
        payment_requests::confirm(tx, share).unwrap();
        let confirmed: Vec<_> = payment_requests::list_for_bill(tx, whole.bill.id)
            .unwrap()
            .into_iter()
            .filter(|request| request.status == RequestStatus::Confirmed)
            .map(|request| (request.id, request.closed.unwrap().reason))
            .collect();
        assert_eq!(confirmed, [(latest[0].id, CloseReason::Paid)]);
        let (request, bill) = payment_requests::get(tx, latest[0].id).unwrap();
        assert_eq!((request.upi_link.unwrap().expose(), bill), ("upi://pay?new", whole.bill.id));

        payment_requests::insert_all(tx, vec![new_request(share, "upi://pay?third")]).unwrap();
        let second = payment_requests::insert_all(tx, vec![new_request(share, "upi://pay?fourth")]);
        assert!(second.unwrap_err().is_conflict_on("payment_requests_one_open"));
    });
}

#[test]
fn lists_filter_and_count_what_is_paid() {
    testing::check(|tx| {
        let whole = bill_of_two(tx);
        let user = whole.bill.user_id;
        bill_participants::confirm(tx, whole.participants[0].id).unwrap();
        let page = bills::list_for_user(tx, user, &BillFilter::default(), PageRequest::default()).unwrap();
        let [summary] = &page.items[..] else { panic!("one bill, not {}", page.items.len()) };
        assert_eq!((summary.participant_count, summary.paid_count), (2, 1));
        assert_eq!((summary.total_paid, summary.remaining), (amount("60.00"), amount("40.00")));

        let made = DayLimit { day: Day::from_trusted(tx.now.date_naive()), at: tx.now };
        let filters = [
            (BillFilter { status: Some(BillStatus::Active), ..BillFilter::default() }, 1),
            (BillFilter { status: Some(BillStatus::Completed), ..BillFilter::default() }, 0),
            (BillFilter { from: Some(made), ..BillFilter::default() }, 1),
            (BillFilter { to: Some(made), ..BillFilter::default() }, 0),
            (BillFilter { min_amount: Some(amount("100.00")), ..BillFilter::default() }, 1),
            (BillFilter { max_amount: Some(amount("99.99")), ..BillFilter::default() }, 0),
            (BillFilter { merchant: Some(text("Karim's")), ..BillFilter::default() }, 0),
        ];
        for (filter, count) in filters {
            assert_eq!(list(tx, user, &filter).len(), count, "{filter:?}");
        }

        let locked = bills::lock(tx, whole.bill.id).unwrap();
        let named = BillChanges { merchant: Some(Some(text("Karim's Kitchen"))), ..BillChanges::default() };
        bills::update(tx, locked, None, named).unwrap();
        for (held, count) in [("KARIM'S", 1), ("kitchen", 1), ("%", 0), ("Saffron", 0)] {
            let filter = BillFilter { merchant: Some(text(held)), ..BillFilter::default() };
            assert_eq!(list(tx, user, &filter).len(), count, "{held}");
        }
    });
}

#[test]
fn pages_follow_each_other_without_gap_or_repetition() {
    testing::check(|tx| {
        let user = user(tx, "+919876543210");
        let made: Vec<_> =
            (1..=5).map(|n| bills::insert(tx, new_bill(user.id, &format!("{n}.00"))).unwrap().id).collect();
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let request = PageRequest { limit: Limit::new(2).unwrap(), after };
            let page = bills::list_for_user(tx, user.id, &BillFilter::default(), request).unwrap();
            seen.extend(page.items.iter().map(|summary| summary.bill.id));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(seen, made.into_iter().rev().collect::<Vec<_>>());
    });
}

#[test]
fn a_deleted_bill_is_absent_until_it_is_restored() {
    testing::check(|tx| {
        let whole = bill_of_two(tx);
        let new = new_request(whole.participants[0].id, "upi://pay?x");
        let request = payment_requests::insert_all(tx, vec![new]).unwrap().remove(0);
        let stale = bills::soft_delete(tx, whole.bill.id, Some(7));
        assert!(matches!(stale, Err(Error::StaleVersion { current: 1 })), "{stale:?}");
        bills::soft_delete(tx, whole.bill.id, None).unwrap();
        assert!(matches!(bills::get_whole(tx, whole.bill.id), Err(Error::NotFound("bill"))));
        assert!(matches!(payment_requests::get(tx, request.id), Err(Error::NotFound(_))));
        assert!(matches!(bills::lock_of_participant(tx, whole.participants[0].id), Err(Error::NotFound(_))));
        assert!(list(tx, whole.bill.user_id, &BillFilter::default()).is_empty());
        assert_eq!(bills::restore(tx, whole.bill.id).unwrap().participants, whole.participants);
    });
}

#[test]
fn a_bill_of_a_deleted_user_can_neither_be_made_nor_restored() {
    testing::check(|tx| {
        let whole = bill_of_two(tx);
        let user = whole.bill.user_id;
        users::soft_delete(tx, user, None).unwrap();
        assert!(matches!(bills::insert(tx, new_bill(user, "1.00")), Err(Error::NotFound("user"))));
        assert!(matches!(bills::restore(tx, whole.bill.id), Err(Error::NotFound("bill"))));
        users::restore(tx, user).unwrap();
        assert_eq!(bills::get_whole(tx, whole.bill.id).unwrap().participants, whole.participants);
    });
}
