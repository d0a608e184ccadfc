//! Organisers.

use strongroom_repository::domain::Id;
use strongroom_repository::domain::UpiId;
use strongroom_repository::domain::split::{NewUser, UserChanges};
use strongroom_repository::split::{bills, contacts, users};
use strongroom_repository::{Error, testing};

use crate::fixtures::{contact, name, new_bill, phone, user};

#[test]
fn a_user_comes_back_as_it_went_in() {
    testing::check(|tx| {
        let new = NewUser {
            phone_number: phone("98765 43210"),
            name: Some(name("  Asha Rao ")),
            upi_id: Some(UpiId::parse("asha@okaxis").unwrap()),
        };
        let stored = users::insert(tx, new).unwrap();
        assert_eq!(stored.phone_number.expose(), "+919876543210");
        assert_eq!(stored.created_at, tx.now);
        assert_eq!(users::get(tx, stored.id).unwrap(), stored);
        assert_eq!(users::find_by_phone(tx, &phone("+91 98765-43210")).unwrap(), Some(stored));
        assert_eq!(users::find_by_phone(tx, &phone("+919876543211")).unwrap(), None);
    });
}

#[test]
fn an_absent_user_is_not_found() {
    testing::check(|tx| {
        assert!(matches!(users::get(tx, Id::generate()), Err(Error::NotFound("user"))));
        let changed =
            users::update(tx, Id::generate(), None, UserChanges { name: Some(None), ..Default::default() });
        assert!(matches!(changed, Err(Error::NotFound("user"))));
        assert!(matches!(users::soft_delete(tx, Id::generate(), None), Err(Error::NotFound("user"))));
        assert!(matches!(users::restore(tx, Id::generate()), Err(Error::NotFound("user"))));
    });
}

#[test]
fn a_phone_number_belongs_to_one_user_at_a_time() {
    testing::check(|tx| {
        let (first, second) = (user(tx, "+919876543210"), user(tx, "+919876543211"));
        let again =
            users::insert(tx, NewUser { phone_number: phone("+919876543210"), name: None, upi_id: None });
        assert_conflict(again, first.id.uuid());
        let take = UserChanges { phone_number: Some(phone("+919876543210")), ..Default::default() };
        assert_conflict(users::update(tx, second.id, None, take.clone()), first.id.uuid());

        // One's own number is no conflict, and a deleted user's is free.
        users::update(tx, first.id, None, take.clone()).unwrap();
        users::soft_delete(tx, first.id, None).unwrap();
        users::update(tx, second.id, None, take).unwrap();
        let restored = users::restore(tx, first.id);
        assert!(
            matches!(&restored, Err(Error::RestoreConflict { existing, .. }) if *existing == second.id.uuid()),
            "{restored:?}"
        );
    });
}

fn assert_conflict<T: std::fmt::Debug>(result: Result<T, Error>, with: uuid::Uuid) {
    match result {
        Err(Error::Conflict { constraint, existing }) => {
            assert_eq!((constraint.as_str(), existing), ("users_phone_unique", Some(with)));
        }
        other => panic!("a conflict, not {other:?}"),
    }
}

#[test]
fn a_change_keeps_what_it_does_not_name_and_clears_what_is_null() {
    testing::check(|tx| {
        let new = NewUser { phone_number: phone("+919876543210"), name: Some(name("Asha")), upi_id: None };
        let user = users::insert(tx, new).unwrap();
        let upi_id = UpiId::parse("asha@okaxis").unwrap();
        let changes = UserChanges { upi_id: Some(Some(upi_id.clone())), ..Default::default() };
        let changed = users::update(tx, user.id, Some(1), changes).unwrap();
        assert_eq!((changed.name, changed.upi_id, changed.row_version), (user.name, Some(upi_id), 2));

        let cleared =
            users::update(tx, user.id, Some(2), UserChanges { name: Some(None), ..Default::default() });
        assert_eq!(cleared.unwrap().name, None);
        let stale =
            users::update(tx, user.id, Some(2), UserChanges { name: Some(None), ..Default::default() });
        assert!(matches!(stale, Err(Error::StaleVersion { current: 3 })), "{stale:?}");
    });
}

#[test]
fn restoring_brings_back_just_what_the_deletion_took() {
    testing::check(|tx| {
        let user = user(tx, "+919876543210");
        let kept = contact(tx, user.id, "Ravi", "+919876543211");
        let gone_before = contact(tx, user.id, "Meera", "+919876543212");
        contacts::soft_delete(tx, gone_before.id, None).unwrap();
        let bill = bills::insert(tx, new_bill(user.id, "100.00")).unwrap();

        let deletion = users::soft_delete(tx, user.id, None).unwrap();
        assert_eq!(deletion.rows, 3);
        assert!(matches!(users::get(tx, user.id), Err(Error::NotFound("user"))));
        assert!(matches!(contacts::get(tx, kept.id), Err(Error::NotFound("contact"))));
        assert!(matches!(bills::get(tx, bill.id), Err(Error::NotFound("bill"))));
        assert!(matches!(contacts::restore(tx, kept.id), Err(Error::NotFound("contact"))));

        users::restore(tx, user.id).unwrap();
        assert_eq!(contacts::get(tx, kept.id).unwrap().name.expose(), "Ravi");
        assert_eq!(bills::get(tx, bill.id).unwrap().id, bill.id);
        assert!(matches!(contacts::get(tx, gone_before.id), Err(Error::NotFound("contact"))));

        // Again changes nothing.
        let version = users::get(tx, user.id).unwrap().row_version;
        assert_eq!(users::restore(tx, user.id).unwrap().row_version, version);
    });
}
