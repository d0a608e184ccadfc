//! Splits: whose share is whose, and where a request says what is wrong.

use domain::split::division::{ItemInput, Part, ShareInput, SplitInput};
use domain::split::{Contact, NewContact, NewUser, Split};
use domain::{Amount, Currency, Id};
use repository::testing;
use strongroom_service::split::sharing::{self, Preview};
use strongroom_service::split::{bills, contacts, users};

use crate::fixtures::{
    amount, asha, bill_among, equal, equal_input, exact_input, friends, name, new_bill, owed, phone,
    violation, violations,
};

fn shares(preview: &Preview) -> Vec<(Option<&str>, String)> {
    let shares = preview.shares.iter();
    shares
        .map(|share| (share.name.as_ref().map(|name| name.expose()), share.amount_owed.to_string()))
        .collect()
}

#[test]
fn a_contact_of_somebody_else_is_unknown() {
    testing::check(|tx| {
        let user = asha(tx);
        let other =
            users::create(tx, NewUser { phone_number: phone("9876543219"), name: None, upi_id: None })
                .unwrap();
        let new = NewContact { user_id: other.id, name: name("Ravi"), phone_number: phone("9876543211") };
        let stranger = contacts::create(tx, new).unwrap().0.id;
        let mine = friends(tx, user.id, 1)[0];

        let refused =
            bills::create(tx, new_bill(user.id, "100.00"), Some(&equal(&[mine, stranger, Id::generate()])));
        let unknown = |place: &str| (place.to_owned(), "unknown_contact");
        let expected =
            [unknown("/split/participants/1/contact_id"), unknown("/split/participants/2/contact_id")];
        assert_eq!(violations(refused), expected);

        let bill = bills::create(tx, new_bill(user.id, "100.00"), None).unwrap().bill;
        let refused = bills::set_split(tx, bill.id, None, &equal_input(&[mine, stranger]));
        assert_eq!(violation(refused), unknown("/participants/1/contact_id"), "the body is the split");
        let by_items = SplitInput {
            mode: "items".to_owned(),
            items: vec![ItemInput {
                name: "Dosa".to_owned(),
                amount: "100".to_owned(),
                quantity: None,
                contact_ids: vec![mine.to_string(), stranger.to_string()],
            }],
            ..SplitInput::default()
        };
        assert_eq!(
            violation(bills::set_split(tx, bill.id, None, &by_items)),
            unknown("/items/0/contact_ids/1")
        );
    });
}

#[test]
fn what_is_wrong_with_a_split_is_named_at_its_place() {
    testing::check(|tx| {
        let details = bill_among(tx, "100.00", 2);
        let id = details.bill.id;
        let people: Vec<_> = details.participants.iter().map(|share| share.contact_id).collect();
        let mut wrong = |split: &SplitInput| violation(bills::set_split(tx, id, None, split));
        let at = |place: &str, code| (place.to_owned(), code);
        assert_eq!(
            wrong(&exact_input(&[(people[0], "60"), (people[1], "30")])),
            at("/participants", "sum_differs")
        );
        assert_eq!(
            wrong(&exact_input(&[(people[0], "100"), (people[1], "0")])),
            at("/participants/1/amount", "not_positive")
        );
        assert_eq!(
            wrong(&equal_input(&[people[0], people[0]])),
            at("/participants/1/contact_id", "duplicate_contact")
        );
        assert_eq!(wrong(&equal_input(&[])), at("/participants", "nobody_to_split_among"));
        assert_eq!(
            wrong(&SplitInput { mode: "half".into(), ..equal_input(&people) }),
            at("/mode", "unknown_value")
        );
        assert_eq!(bills::get(tx, id).unwrap(), details, "nothing has changed");
    });
}

#[test]
fn the_organiser_bears_what_nobody_owes() {
    testing::check(|tx| {
        let user = asha(tx);
        let people = friends(tx, user.id, 3);
        let parts = people.iter().map(|id| Part::new(*id, ())).collect();
        let with_organiser = Split::Equal { parts, organiser: true };
        let details = bills::create(tx, new_bill(user.id, "100.01"), Some(&with_organiser)).unwrap();
        assert_eq!(owed(&details), ["25.01", "25.00", "25.00"]);
        assert_eq!(details.organiser_share, Some(amount("25.00")));

        let organiser = ShareInput { amount: Some("40.01".to_owned()), ..ShareInput::default() };
        let exact = SplitInput { organiser: Some(organiser), ..exact_input(&[(people[0], "60")]) };
        let details = bills::set_split(tx, details.bill.id, None, &exact).unwrap();
        assert_eq!(
            (owed(&details), details.organiser_share),
            (vec!["60.00".to_owned()], Some(amount("40.01")))
        );
    });
}

#[test]
fn a_preview_stores_nothing_and_names_the_contacts_of_a_user() {
    testing::check(|tx| {
        let user = asha(tx);
        let people = friends(tx, user.id, 2);
        let preview = |tx: &mut _, user, split: &Split| {
            sharing::preview(tx, user, Amount::parse("100.01").unwrap(), Currency::INR, split)
        };
        let named = preview(tx, Some(user.id), &equal(&people)).unwrap();
        let halves = ["50.01".to_owned(), "50.00".to_owned()];
        let [first, second] = halves.clone();
        assert_eq!(shares(&named), [(Some("Friend 1"), first), (Some("Friend 2"), second)]);
        assert_eq!(named.organiser_share, None);

        let strangers = equal(&[Id::generate(), Id::generate()]);
        let unnamed = preview(tx, None, &strangers).unwrap();
        assert_eq!(shares(&unnamed), halves.map(|half| (None, half)));
        let refused = violations(preview(tx, Some(user.id), &strangers));
        assert_eq!(refused.len(), 2);
        assert_eq!(
            violation(preview(tx, Some(Id::generate()), &strangers)),
            ("/user_id".to_owned(), "unknown_user")
        );
    });
}

#[test]
fn tax_and_tip_of_an_item_wise_split_are_lines_of_the_bill() {
    testing::check(|tx| {
        let user = asha(tx);
        let people = friends(tx, user.id, 2);
        let item = |name: &str, amount: &str, contact: Id<Contact>| ItemInput {
            name: name.to_owned(),
            amount: amount.to_owned(),
            quantity: None,
            contact_ids: vec![contact.to_string()],
        };
        let split = SplitInput {
            mode: "items".to_owned(),
            items: vec![item("Dosa", "60.00", people[0]), item("Idli", "30.00", people[1])],
            tax: Some("4.50".to_owned()),
            tip: Some("5.50".to_owned()),
            discount: Some("0".to_owned()),
            ..SplitInput::default()
        };
        let bill = bills::create(tx, new_bill(user.id, "100.00"), None).unwrap().bill;
        let details = bills::set_split(tx, bill.id, None, &split).unwrap();
        let lines: Vec<_> =
            details.bill.items.iter().map(|item| (item.name.as_str(), item.amount.to_string())).collect();
        let expected = [("Dosa", "60.00"), ("Idli", "30.00"), ("Tax", "4.50"), ("Tip", "5.50")];
        assert_eq!(lines, expected.map(|(name, amount)| (name, amount.to_owned())));
        assert_eq!(details.warnings, []);

        // A discount is no line, so that the lines come to more than the total, and the bill says so.
        let split = SplitInput { discount: Some("10".to_owned()), ..split };
        let bill = bills::create(tx, new_bill(user.id, "90.00"), None).unwrap().bill;
        let details = bills::set_split(tx, bill.id, None, &split).unwrap();
        assert_eq!(details.bill.items.len(), 4);
        assert_eq!(details.warnings[0].code, "items_do_not_add_up");
    });
}
