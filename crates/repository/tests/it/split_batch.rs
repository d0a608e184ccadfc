//! Rows in bulk.

use strongroom_repository::domain::Id;
use strongroom_repository::domain::split::{ContactChanges, NewContact};
use strongroom_repository::split::batch::{self, Stored};
use strongroom_repository::split::{bills, contacts};
use strongroom_repository::testing;

use crate::fixtures::{contact, name, new_bill, phone, user};

#[test]
fn new_contacts_are_made_and_known_ones_are_found() {
    testing::check(|tx| {
        let asha = user(tx, "+919876543210");
        let known = contact(tx, asha.id, "Known", "+919876500001");
        let rows: Vec<NewContact> = (0..2500)
            .map(|n| NewContact {
                user_id: asha.id,
                name: name(&format!("Friend {n}")),
                // The second row is the known contact, the last repeats the first.
                phone_number: phone(&format!("+91987650{:04}", if n == 2499 { 0 } else { n })),
            })
            .collect();
        let stored = batch::insert_contacts(tx, asha.id, &rows).unwrap();
        let Stored::Made(first) = stored[0] else { panic!("{:?}", stored[0]) };
        assert_eq!(contacts::get(tx, first).unwrap().name.expose(), "Friend 0");
        assert_eq!(stored[1], Stored::Found(known.id));
        assert_eq!(stored[2499], Stored::Found(first));
        assert_eq!(stored.iter().filter(|row| matches!(row, Stored::Made(_))).count(), 2498);

        let nobody = batch::insert_contacts(tx, Id::generate(), &rows[..2]).unwrap();
        assert_eq!(nobody, [Stored::Absent, Stored::Absent]);
    });
}

#[test]
fn contacts_are_changed_where_they_are_and_conflicts_are_named() {
    testing::check(|tx| {
        let asha = user(tx, "+919876543210");
        let ravi = contact(tx, asha.id, "Ravi", "+919876543211");
        let meera = contact(tx, asha.id, "Meera", "+919876543212");
        let rename = ContactChanges { name: Some(name("Ravi K")), phone_number: None };
        let take = ContactChanges { name: None, phone_number: Some(phone("+919876543211")) };
        let tara = contact(tx, asha.id, "Tara", "+919876543213");
        let nothing = ContactChanges::default();
        let (nobody, somebody) = (Id::generate(), Id::generate());
        let rows = [
            (ravi.id, rename.clone()),
            (meera.id, take),
            (nobody, rename),
            (tara.id, nothing.clone()),
            (somebody, nothing),
        ];
        let stored = batch::update_contacts(tx, asha.id, &rows).unwrap();
        let [first, second] = [Stored::Made(ravi.id), Stored::Found(ravi.id)];
        assert_eq!(stored, [first, second, Stored::Absent, Stored::Made(tara.id), Stored::Absent]);
        // Also its version stays.
        assert_eq!(contacts::get(tx, tara.id).unwrap(), tara);
        let changed = contacts::get(tx, ravi.id).unwrap();
        assert_eq!((changed.name.expose(), changed.phone_number), ("Ravi K", ravi.phone_number));
        assert_eq!(contacts::get(tx, meera.id).unwrap(), meera);
        assert_eq!(contacts::find_by_name(tx, asha.id, &name("ravi k")).unwrap().len(), 1);
    });
}

#[test]
fn bills_are_made_for_users_who_are_there() {
    testing::check(|tx| {
        let asha = user(tx, "+919876543210");
        let rows = [new_bill(asha.id, "10.00"), new_bill(Id::generate(), "20.00")];
        let stored = batch::insert_bills(tx, &rows).unwrap();
        let Stored::Made(bill) = stored[0] else { panic!("{:?}", stored[0]) };
        assert_eq!(bills::get(tx, bill).unwrap().total_amount.to_string(), "10.00");
        assert_eq!(stored[1], Stored::Absent);
    });
}
