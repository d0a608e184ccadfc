//! Rows that tests need and do not care about.

use strongroom_repository::Tx;
use strongroom_repository::domain::split::{Contact, NewBill, NewContact, NewUser, User};
use strongroom_repository::domain::{Amount, Currency, Id, PersonName, PhoneNumber, Text};
use strongroom_repository::split::{contacts, users};

pub(crate) fn phone(text: &str) -> PhoneNumber {
    PhoneNumber::parse(text).unwrap()
}

pub(crate) fn name(text: &str) -> PersonName {
    PersonName::parse(text).unwrap()
}

pub(crate) fn amount(text: &str) -> Amount {
    Amount::parse(text).unwrap()
}

pub(crate) fn text<const MAX: usize>(text: &str) -> Text<MAX> {
    Text::parse(text).unwrap()
}

pub(crate) fn user(tx: &mut Tx<'_>, number: &str) -> User {
    users::insert(tx, NewUser { phone_number: phone(number), name: None, upi_id: None }).unwrap()
}

pub(crate) fn contact(tx: &mut Tx<'_>, user: Id<User>, called: &str, number: &str) -> Contact {
    let new = NewContact { user_id: user, name: name(called), phone_number: phone(number) };
    contacts::insert(tx, new).unwrap()
}

pub(crate) fn new_bill(user: Id<User>, total: &str) -> NewBill {
    NewBill {
        user_id: user,
        total_amount: amount(total),
        currency: Currency::INR,
        description: Some(text("Dinner")),
        merchant: None,
        bill_date: None,
        items: Vec::new(),
    }
}
