//! Who the requests are about: enough users that no two requests in flight usually meet in one row, as in real use.

use anyhow::Context as _;
use repository::domain::split::division::Part;
use repository::domain::split::{Bill, Contact, NewBill, NewContact, NewUser, Split, User};
use repository::domain::{Amount, Currency, Id, PersonName, PhoneNumber, Text, UpiId};
use repository::split::batch::{self, Stored};
use repository::split::users;
use repository::{Actor, Database, Tx};
use service::split::bills;

use crate::exporters::{self, Common, Exporter};

/// How many users.
pub(crate) const USERS: usize = 64;

/// Contacts of each: more than a page.
const CONTACTS: usize = 60;

/// Bills of each: so many rows that a plan made for them is one for a table in use.
const BILLS: usize = 20;

/// Those of them who share a bill.
pub(crate) const SHARERS: usize = 5;

/// A user with contacts and a bill, who exports something too.
#[derive(Debug)]
pub(crate) struct Person {
    /// The user.
    pub(crate) user: Id<User>,
    /// Contacts to share bills with.
    pub(crate) sharers: Vec<Id<Contact>>,
    /// A bill that they share.
    pub(crate) bill: Id<Bill>,
    /// The same person as a user of `export`.
    pub(crate) exporter: Exporter,
}

/// What every bill comes to.
pub(crate) const TOTAL: &str = "1234.50";

/// Makes them.
pub(crate) fn settle(database: &Database) -> anyhow::Result<Vec<Person>> {
    let (total, common) = (Amount::parse(TOTAL)?, Common::new()?);
    let settle = |_| database.write("bench.settle", &Actor::system(), |tx| settle_one(tx, total, &common));
    let people: Result<Vec<Person>, service::Error> = (0..USERS).map(settle).collect();
    people.context("the users of the benchmark could not be made")
}

fn settle_one(tx: &mut Tx<'_>, total: Amount, common: &Common) -> Result<Person, service::Error> {
    let user = new_user(tx)?;
    let contacts = batch::insert_contacts(tx, user, &new_contacts(user, CONTACTS))?;
    let made = contacts.into_iter().filter_map(|stored| match stored {
        Stored::Made(id) => Some(id),
        Stored::Found(_) | Stored::Absent => None,
    });
    let sharers: Vec<Id<Contact>> = made.take(SHARERS).collect();
    let parts = sharers.iter().map(|contact| Part::new(*contact, ())).collect();
    let split = Split::Equal { parts, organiser: false };
    let bill = bills::create(tx, new_bill(user, total), Some(&split))?.bill.id;
    for _ in 1..BILLS {
        bills::create(tx, new_bill(user, total), Some(&split))?;
    }
    let exporter = exporters::settle_one(tx, common)?;
    Ok(Person { user, sharers, bill, exporter })
}

/// Stores one more user.
pub(crate) fn new_user(tx: &mut Tx<'_>) -> repository::Result<Id<User>> {
    let phone_number = phone_number(Id::<User>::generate().uuid().as_u128());
    let name = Some(PersonName::from_trusted("Asha Rao".to_owned()));
    let upi_id = Some(UpiId::from_trusted("asha@okaxis".to_owned()));
    Ok(users::insert(tx, NewUser { phone_number, name, upi_id })?.id)
}

/// So many contacts of a user, all different.
pub(crate) fn new_contacts(user_id: Id<User>, number: usize) -> Vec<NewContact> {
    let contact = |n: usize| NewContact {
        user_id,
        name: PersonName::from_trusted(format!("Contact {n:08}")),
        phone_number: phone_number(n as u128),
    };
    (0..number).map(contact).collect()
}

/// A dinner of that user's.
pub(crate) fn new_bill(user_id: Id<User>, total_amount: Amount) -> NewBill {
    NewBill {
        user_id,
        total_amount,
        currency: Currency::INR,
        description: Some(Text::from_trusted("Dinner with the team".to_owned())),
        merchant: Some(Text::from_trusted("Karim's".to_owned())),
        bill_date: None,
        items: Vec::new(),
    }
}

/// A number that nobody else has.
fn phone_number(n: u128) -> PhoneNumber {
    PhoneNumber::from_trusted(format!("+919{:09}", n % 1_000_000_000))
}

#[cfg(test)]
impl Person {
    /// Somebody who stands in no table.
    pub(crate) fn nobody() -> Self {
        Self {
            user: Id::generate(),
            sharers: vec![Id::generate()],
            bill: Id::generate(),
            exporter: Exporter {
                user: Id::generate(),
                email: repository::domain::Email::from_trusted("nobody@example.com".to_owned()),
                report: Id::generate(),
                session: Id::generate(),
            },
        }
    }
}
