//! What tests need and do not care about.

use domain::split::division::{Part, ParticipantInput, ShareInput, SplitInput};
use domain::split::{self, Contact, NewBill, NewContact, NewUser, Split, User};
use domain::{Amount, Currency, Id, PersonName, PhoneNumber, Text, UpiId};
use repository::Tx;
use strongroom_service::split::bills::{self, BillDetails};
use strongroom_service::split::{contacts, users};
use strongroom_service::{Error, Result};

pub(crate) fn phone(text: &str) -> PhoneNumber {
    split::phone_number(text).unwrap()
}

pub(crate) fn name(text: &str) -> PersonName {
    PersonName::parse(text).unwrap()
}

pub(crate) fn amount(text: &str) -> Amount {
    Amount::parse(text).unwrap()
}

pub(crate) fn upi_id(text: &str) -> UpiId {
    UpiId::parse(text).unwrap()
}

/// Asha, who can be paid.
pub(crate) fn asha(tx: &mut Tx<'_>) -> User {
    let upi_id = Some(upi_id("asha@okaxis"));
    users::create(tx, NewUser { phone_number: phone("9876543210"), name: Some(name("Asha Rao")), upi_id })
        .unwrap()
}

/// So many contacts of a user, at most nine.
pub(crate) fn friends(tx: &mut Tx<'_>, user: Id<User>, count: usize) -> Vec<Id<Contact>> {
    let friend = |n| {
        let phone_number = phone(&format!("987654322{n}"));
        contacts::create(tx, NewContact { user_id: user, name: name(&format!("Friend {n}")), phone_number })
            .unwrap()
            .0
            .id
    };
    (1..=count).map(friend).collect()
}

pub(crate) fn new_bill(user: Id<User>, total: &str) -> NewBill {
    NewBill {
        user_id: user,
        total_amount: amount(total),
        currency: Currency::INR,
        description: Some(Text::parse("Dinner").unwrap()),
        merchant: None,
        bill_date: None,
        items: Vec::new(),
    }
}

/// Everybody owes the same, the organiser apart.
pub(crate) fn equal(people: &[Id<Contact>]) -> Split {
    Split::Equal { parts: people.iter().map(|id| Part::new(*id, ())).collect(), organiser: false }
}

/// The same as somebody writes it.
pub(crate) fn equal_input(people: &[Id<Contact>]) -> SplitInput {
    let participants =
        people.iter().map(|id| ParticipantInput { contact_id: id.to_string(), ..Default::default() });
    SplitInput { mode: "equal".to_owned(), participants: participants.collect(), ..Default::default() }
}

/// Everybody owes a given amount.
pub(crate) fn exact_input(shares: &[(Id<Contact>, &str)]) -> SplitInput {
    let participants = shares.iter().map(|(id, amount)| ParticipantInput {
        contact_id: id.to_string(),
        share: ShareInput { amount: Some((*amount).to_owned()), ..Default::default() },
        adjustment: None,
    });
    SplitInput { mode: "exact".to_owned(), participants: participants.collect(), ..Default::default() }
}

/// A bill of Asha's, divided equally among so many friends.
pub(crate) fn bill_among(tx: &mut Tx<'_>, total: &str, count: usize) -> BillDetails {
    let user = asha(tx);
    let people = friends(tx, user.id, count);
    bills::create(tx, new_bill(user.id, total), Some(&equal(&people))).unwrap()
}

pub(crate) fn owed(details: &BillDetails) -> Vec<String> {
    details.participants.iter().map(|share| share.amount_owed.to_string()).collect()
}

/// The code of a conflict.
pub(crate) fn conflict<T: std::fmt::Debug>(outcome: Result<T>) -> &'static str {
    match outcome {
        Err(Error::Conflict { kind, .. }) => kind.code,
        other => panic!("a conflict, not {other:?}"),
    }
}

/// Place and code of what is wrong with the input.
pub(crate) fn violations<T: std::fmt::Debug>(outcome: Result<T>) -> Vec<(String, &'static str)> {
    match outcome {
        Err(Error::Invalid(invalid)) => {
            invalid.violations().iter().map(|violation| (violation.pointer.clone(), violation.code)).collect()
        }
        other => panic!("violations, not {other:?}"),
    }
}

/// The only one of them.
pub(crate) fn violation<T: std::fmt::Debug>(outcome: Result<T>) -> (String, &'static str) {
    let mut found = violations(outcome);
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}
