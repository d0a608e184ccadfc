//! Users.

use domain::split::NewUser;
use repository::testing;
use strongroom_service::split::users;

use crate::fixtures::{asha, name, phone};

#[test]
fn a_phone_number_belongs_to_one_user() {
    testing::check(|tx| {
        let asha = asha(tx);
        let again =
            NewUser { phone_number: phone("+91 98765 43210"), name: Some(name("Other")), upi_id: None };
        let refused = users::create(tx, again.clone());
        let is_asha = |id| id == Some(asha.id.uuid());
        assert!(
            matches!(&refused, Err(repository::Error::Conflict { existing, .. }) if is_asha(*existing)),
            "{refused:?}"
        );
        assert_eq!(users::find_or_create(tx, again).unwrap(), (asha.clone(), false));
        assert_eq!(users::get_by_phone(tx, &phone("9876543210")).unwrap(), asha);
    });
}

#[test]
fn a_user_who_is_not_there_is_made() {
    testing::check(|tx| {
        let new = NewUser { phone_number: phone("9876543210"), name: None, upi_id: None };
        let (user, is_new) = users::find_or_create(tx, new.clone()).unwrap();
        assert!(is_new);
        assert_eq!(users::find_or_create(tx, new).unwrap(), (user, false));
    });
}
