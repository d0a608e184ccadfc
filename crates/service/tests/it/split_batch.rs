//! Contacts and bills in bulk.

use domain::split::{BillChanges, ContactChanges, NewBill, NewContact};
use domain::{Currency, Id};
use repository::testing;
use strongroom_service::Error;
use strongroom_service::batch::Outcome;
use strongroom_service::split::batch;
use strongroom_service::split::{bills, contacts};

use crate::fixtures::{amount, asha, bill_among, friends, name, new_bill, phone};

/// The code of what is wrong with a row.
fn code<T: std::fmt::Debug>(outcome: &Outcome<T>) -> &'static str {
    match outcome {
        Outcome::Invalid(invalid) => invalid.violations()[0].code,
        other => panic!("something wrong, not {other:?}"),
    }
}

#[test]
fn a_contact_is_made_once_and_changed_once() {
    testing::check(|tx| {
        let user_id = asha(tx).id;
        let people = friends(tx, user_id, 2);
        let new = |number| NewContact { user_id, name: name("Ravi"), phone_number: phone(number) };
        let rows = [new("9876543211"), new("9876543221"), new("9876543211")];
        let made = batch::create_contacts(tx, user_id, &rows).unwrap();
        let Outcome::Created(ravi) = made[0] else { panic!("{made:?}") };
        assert_eq!(made[1..], [Outcome::Found(people[0]), Outcome::Found(ravi)]);
        assert_eq!(contacts::get(tx, people[0]).unwrap().name, name("Friend 1"));

        let called = |text| ContactChanges { name: Some(name(text)), ..Default::default() };
        let with_phone = |text| ContactChanges { phone_number: Some(phone(text)), ..Default::default() };
        let rows = [
            (ravi, called("Ravi K")),
            (people[1], with_phone("9876543211")),
            (ravi, called("Ravi again")),
            (Id::generate(), called("Nobody")),
            (people[0], with_phone("9876543230")),
        ];
        let changed = batch::update_contacts(tx, user_id, &rows).unwrap();
        assert_eq!((code(&changed[1]), code(&changed[2])), ("taken", "duplicate"));
        let rest = [&changed[0], &changed[3], &changed[4]];
        assert_eq!(rest, [&Outcome::Updated(ravi), &Outcome::NotFound, &Outcome::Updated(people[0])]);
        assert_eq!(contacts::get(tx, ravi).unwrap().name, name("Ravi K"));
        assert_eq!(contacts::get(tx, people[0]).unwrap().phone_number, phone("9876543230"));
    });
}

#[test]
fn nobody_has_contacts_who_is_not_there() {
    testing::check(|tx| {
        let nobody = Id::generate();
        let refused = [
            batch::create_contacts(tx, nobody, &[]).unwrap_err(),
            batch::update_contacts(tx, nobody, &[]).unwrap_err(),
        ];
        for error in refused {
            assert!(matches!(error, Error::Repository(repository::Error::NotFound("user"))), "{error:?}");
        }
    });
}

#[test]
fn a_bill_is_changed_as_far_as_it_allows() {
    testing::check(|tx| {
        let split = bill_among(tx, "100.00", 2);
        let user = split.bill.user_id;
        let rows = [new_bill(user, "10.50"), NewBill { user_id: Id::generate(), ..new_bill(user, "1.00") }];
        let made = batch::create_bills(tx, &rows).unwrap();
        let Outcome::Created(whole) = made[0] else { panic!("{made:?}") };
        assert_eq!(code(&made[1]), "unknown_user");

        let total = |text| BillChanges { total_amount: Some(amount(text)), ..BillChanges::default() };
        let yen = BillChanges { currency: Some(Currency::parse("JPY").unwrap()), ..BillChanges::default() };
        let renamed = BillChanges { description: Some(None), ..BillChanges::default() };
        let mut change =
            |id, changes: &BillChanges| batch::update_bills(tx, &[(id, changes.clone())]).unwrap().remove(0);
        assert_eq!(code(&change(split.bill.id, &total("90.00"))), "split_required");
        assert_eq!(change(split.bill.id, &renamed), Outcome::Updated(split.bill.id));
        assert_eq!(code(&change(whole, &yen)), "too_many_decimals");
        assert_eq!(change(whole, &total("20.00")), Outcome::Updated(whole));
        assert_eq!(change(whole, &BillChanges::default()), Outcome::Updated(whole));
        assert_eq!(change(Id::generate(), &renamed), Outcome::NotFound);

        let after = bills::get(tx, whole).unwrap().bill;
        assert_eq!(
            (after.total_amount, after.row_version),
            (amount("20.00"), 2),
            "nothing changed it in vain"
        );
        let after = bills::get(tx, split.bill.id).unwrap();
        assert_eq!((after.bill.description, after.participants), (None, split.participants));

        bills::cancel(tx, whole).unwrap();
        let late = batch::update_bills(tx, &[(whole, total("30.00")), (whole, renamed)]).unwrap();
        assert_eq!((code(&late[0]), code(&late[1])), ("bill_not_active", "duplicate"));
    });
}
