//! Contacts.

use domain::split::NewContact;
use domain::{Id, PageRequest};
use repository::testing;
use strongroom_service::Error;
use strongroom_service::split::contacts::{self, Lookup};

use crate::fixtures::{asha, name, phone};

#[test]
fn the_same_phone_number_again_is_the_contact_who_is_there() {
    testing::check(|tx| {
        let user_id = asha(tx).id;
        let new = |called| NewContact { user_id, name: name(called), phone_number: phone("9876543211") };
        let (ravi, is_new) = contacts::create(tx, new("Ravi")).unwrap();
        assert!(is_new);
        assert_eq!(contacts::create(tx, new("Ravindra")).unwrap(), (ravi, false));
    });
}

#[test]
fn several_may_have_a_name_and_all_of_them_are_found() {
    testing::check(|tx| {
        let user_id = asha(tx).id;
        for (called, number) in [("Ravi", "9876543211"), ("ravi ", "9876543212"), ("Meera", "9876543213")] {
            contacts::create(tx, NewContact { user_id, name: name(called), phone_number: phone(number) })
                .unwrap();
        }
        let found = |tx: &mut _, lookup| contacts::lookup(tx, user_id, &lookup).unwrap().len();
        assert_eq!(found(tx, Lookup::Name(name("RAVI"))), 2);
        assert_eq!(found(tx, Lookup::Name(name("Rav"))), 0);
        assert_eq!(found(tx, Lookup::Phone(phone("98765 43213"))), 1);
    });
}

#[test]
fn nobody_has_contacts_who_is_not_there() {
    testing::check(|tx| {
        let (nobody, page) = (Id::generate(), PageRequest::default());
        let not_found = |error| matches!(error, Error::Repository(repository::Error::NotFound("user")));
        assert!(not_found(contacts::list(tx, nobody, page).unwrap_err()));
        assert!(not_found(contacts::lookup(tx, nobody, &Lookup::Name(name("Ravi"))).unwrap_err()));
        let new = NewContact { user_id: nobody, name: name("Ravi"), phone_number: phone("9876543211") };
        assert!(not_found(contacts::create(tx, new).unwrap_err()));
    });
}
