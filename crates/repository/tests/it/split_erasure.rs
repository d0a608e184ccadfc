//! Erasing a person.

use strongroom_repository::domain::split::{CloseReason, NewParticipant};
use strongroom_repository::split::{bill_participants, bills, contacts, erasure, payment_requests, users};
use strongroom_repository::{Error, testing};

use crate::fixtures::{amount, contact, new_bill, new_request, phone, user};

#[test]
fn a_contact_in_a_bill_loses_its_name_and_the_amount_stays() {
    testing::check(|tx| {
        let asha = user(tx, "+919876543210");
        let ravi = contact(tx, asha.id, "Ravi", "+919876543211");
        let bill = bills::insert(tx, new_bill(asha.id, "60.00")).unwrap();
        let share = NewParticipant { contact_id: ravi.id, amount_owed: amount("60.00") };
        let shares = bill_participants::insert_all(tx, &bill, &[share]).unwrap();
        payment_requests::insert_all(tx, vec![new_request(shares[0].id, "upi://pay?tn=Ravi")]).unwrap();

        let erased = erasure::erase_contact(tx, ravi.id).unwrap();
        assert_eq!(
            ["contacts", "contacts_overwritten", "payment_requests"].map(|table| erased.count(table)),
            [0, 1, 1]
        );
        let shown = bills::get_whole(tx, bill.id).unwrap().participants;
        assert_eq!((shown[0].contact_name.expose(), shown[0].amount_owed), ("erased", amount("60.00")));
        assert_eq!(contacts::find_by_phone(tx, asha.id, &phone("+919876543211")).unwrap(), None);
        let requests = payment_requests::list_for_bill(tx, bill.id).unwrap();
        assert_eq!(requests[0].upi_link, None, "it named the payer");
        assert_eq!(requests[0].closed.unwrap().reason, CloseReason::Erased);
        // The number is free for another contact.
        contact(tx, asha.id, "Another", "+919876543211");
    });
}

#[test]
fn a_contact_in_no_bill_goes() {
    testing::check(|tx| {
        let asha = user(tx, "+919876543210");
        let ravi = contact(tx, asha.id, "Ravi", "+919876543211");
        assert_eq!(erasure::erase_contact(tx, ravi.id).unwrap().count("contacts"), 1);
        assert!(matches!(erasure::erase_contact(tx, ravi.id), Err(Error::NotFound("contact"))));
    });
}

#[test]
fn a_user_goes_with_everything_and_from_the_contacts_of_others() {
    testing::check(|tx| {
        let (asha, bela) = (user(tx, "+919876543210"), user(tx, "+919876543219"));
        let of_bela = contact(tx, bela.id, "Asha", "+919876543210");
        let ravi = contact(tx, asha.id, "Ravi", "+919876543211");
        let bill = bills::insert(tx, new_bill(asha.id, "60.00")).unwrap();
        let share = NewParticipant { contact_id: ravi.id, amount_owed: amount("60.00") };
        bill_participants::insert_all(tx, &bill, &[share]).unwrap();
        users::soft_delete(tx, asha.id, None).unwrap();

        let erased = erasure::erase_user(tx, asha.id).unwrap();
        assert_eq!(
            ["users", "bills", "bill_participants", "contacts"].map(|table| erased.count(table)),
            [1, 1, 1, 2]
        );
        assert!(matches!(users::restore(tx, asha.id), Err(Error::NotFound("user"))));
        assert!(matches!(contacts::get(tx, of_bela.id), Err(Error::NotFound("contact"))));
        assert!(matches!(erasure::erase_user(tx, asha.id), Err(Error::NotFound("user"))));
    });
}
