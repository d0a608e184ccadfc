//! The people an organiser shares bills with.

use strongroom_repository::domain::split::{ContactChanges, NewContact};
use strongroom_repository::domain::{Id, Limit, PageRequest};
use strongroom_repository::split::contacts;
use strongroom_repository::{Error, testing};

use crate::fixtures::{contact, name, phone, user};

#[test]
fn a_contact_is_found_by_phone_and_by_name_whatever_its_case() {
    testing::check(|tx| {
        let (asha, bela) = (user(tx, "+919876543210"), user(tx, "+919876543219"));
        let ravi = contact(tx, asha.id, "Ravi Kumar", "+919876543211");
        let namesake = contact(tx, asha.id, "RAVI  kumar", "+919876543212");
        contact(tx, bela.id, "Ravi Kumar", "+919876543211");

        assert_eq!(contacts::get(tx, ravi.id).unwrap(), ravi);
        let by_phone = contacts::find_by_phone(tx, asha.id, &phone("9876543211")).unwrap();
        assert_eq!(by_phone.map(|contact| contact.id), Some(ravi.id));
        let by_name = contacts::find_by_name(tx, asha.id, &name("ravi kumar")).unwrap();
        let by_name: Vec<_> = by_name.into_iter().map(|contact| contact.id).collect();
        assert_eq!(by_name, [namesake.id, ravi.id]);
        assert!(contacts::find_by_name(tx, asha.id, &name("Ravi")).unwrap().is_empty());
    });
}

#[test]
fn a_phone_number_stands_once_among_a_users_contacts() {
    testing::check(|tx| {
        let asha = user(tx, "+919876543210");
        let ravi = contact(tx, asha.id, "Ravi", "+919876543211");
        let meera = contact(tx, asha.id, "Meera", "+919876543212");
        let again =
            NewContact { user_id: asha.id, name: name("Ravi again"), phone_number: phone("+919876543211") };
        let taken = |result: Result<_, Error>| match result {
            Err(Error::Conflict { constraint, existing }) => {
                assert_eq!((constraint.as_str(), existing), ("contacts_phone_unique", Some(ravi.id.uuid())));
            }
            other => panic!("a conflict, not {other:?}"),
        };
        taken(contacts::insert(tx, again.clone()));
        let take = ContactChanges { name: None, phone_number: Some(phone("+919876543211")) };
        taken(contacts::update(tx, meera.id, None, take));

        contacts::soft_delete(tx, ravi.id, None).unwrap();
        let newer = contacts::insert(tx, again).unwrap();
        let restored = contacts::restore(tx, ravi.id);
        assert!(
            matches!(&restored, Err(Error::RestoreConflict { existing, .. }) if *existing == newer.id.uuid()),
            "{restored:?}"
        );
    });
}

#[test]
fn a_contact_of_nobody_cannot_be_made() {
    testing::check(|tx| {
        let new =
            NewContact { user_id: Id::generate(), name: name("Ravi"), phone_number: phone("+919876543211") };
        assert!(matches!(contacts::insert(tx, new), Err(Error::NotFound("user"))));
    });
}

#[test]
fn a_change_names_version_and_fields() {
    testing::check(|tx| {
        let asha = user(tx, "+919876543210");
        let ravi = contact(tx, asha.id, "Ravi", "+919876543211");
        let rename = ContactChanges { name: Some(name("Ravi K")), phone_number: None };
        let changed = contacts::update(tx, ravi.id, Some(1), rename.clone()).unwrap();
        assert_eq!(
            (changed.name.expose(), changed.phone_number, changed.row_version),
            ("Ravi K", ravi.phone_number, 2)
        );
        let stale = contacts::update(tx, ravi.id, Some(1), rename);
        assert!(matches!(stale, Err(Error::StaleVersion { current: 2 })), "{stale:?}");
        let found = contacts::find_by_name(tx, asha.id, &name("ravi k")).unwrap();
        assert_eq!(found.len(), 1, "the look-up follows the new name");
    });
}

#[test]
fn pages_are_newest_first_and_complete() {
    testing::check(|tx| {
        let asha = user(tx, "+919876543210");
        let made: Vec<_> =
            (0..5).map(|n| contact(tx, asha.id, "Somebody", &format!("+91987654322{n}")).id).collect();
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let request = PageRequest { limit: Limit::new(2).unwrap(), after };
            let page = contacts::list_for_user(tx, asha.id, request).unwrap();
            seen.extend(page.items.iter().map(|contact| contact.id));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(seen, made.into_iter().rev().collect::<Vec<_>>());
    });
}
