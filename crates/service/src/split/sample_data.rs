//! Three organisers with contacts, and bills in every state.

use domain::split::division::{Part, Split};
use domain::split::{Contact, NewBill, NewContact, NewUser, User};
use domain::{Amount, Currency, Day, Id, PersonName, PhoneNumber, Text, UpiId};
use repository::Tx;

use crate::Result;
use crate::split::payment_requests::Ask;
use crate::split::{bills, contacts, payment_requests, users};
use crate::system::parse;

struct Organiser {
    name: &'static str,
    phone: &'static str,
    upi_id: &'static str,
    contacts: &'static [(&'static str, &'static str)],
    bills: &'static [SampleBill],
}

struct SampleBill {
    description: &'static str,
    merchant: Option<&'static str>,
    total: &'static str,
    organiser_takes_part: bool,
    state: State,
}

/// How far a bill has come.
enum State {
    /// Nobody has been named yet.
    Fresh,
    /// It is divided.
    Split,
    /// Everybody was asked, and so many have paid.
    Asked { paid: usize },
    /// Everybody has paid.
    Completed,
    /// It was a mistake.
    Cancelled,
}

const WORLD: &[Organiser] = &[
    Organiser {
        name: "Asha Rao",
        phone: "+919000000001",
        upi_id: "asha.rao@okaxis",
        contacts: &[
            ("Ravi Kumar", "+919000000011"),
            ("Meera Iyer", "+919000000012"),
            ("Kabir Singh", "+919000000013"),
            ("Fatima Sheikh", "+919000000014"),
        ],
        bills: &[
            bill("Dinner at Karim's", Some("Karim's"), "1860.00", true, State::Asked { paid: 1 }),
            bill("Goa trip, three nights", None, "48250.50", true, State::Asked { paid: 2 }),
            bill("Coffee", Some("Blue Tokai"), "740.00", true, State::Completed),
            bill("Movie tickets", Some("PVR"), "1400.00", true, State::Fresh),
        ],
    },
    Organiser {
        name: "Vikram Nair",
        phone: "+919000000002",
        upi_id: "vikram@ybl",
        contacts: &[
            ("Divya Menon", "+919000000021"),
            ("Arjun Das", "+919000000022"),
            ("Sana Khan", "+919000000023"),
            ("Joseph Mathew", "+919000000024"),
        ],
        bills: &[
            bill("Rent, November", None, "42000.00", true, State::Asked { paid: 3 }),
            bill("Electricity", Some("BESCOM"), "3127.00", true, State::Split),
            bill("Groceries, entered twice", Some("More"), "2210.40", true, State::Cancelled),
        ],
    },
    Organiser {
        name: "Nisha Patel",
        phone: "+919000000003",
        upi_id: "nisha.patel@oksbi",
        contacts: &[
            ("Priya Shah", "+919000000031"),
            ("Rohan Gupta", "+919000000032"),
            ("Ananya Bose", "+919000000033"),
            ("Dev Malhotra", "+919000000034"),
        ],
        bills: &[
            bill("Farewell gift for Leela", Some("FabIndia"), "5999.00", false, State::Completed),
            bill("Office lunch", Some("Saravana Bhavan"), "2345.75", true, State::Asked { paid: 0 }),
        ],
    },
];

const fn bill(
    description: &'static str,
    merchant: Option<&'static str>,
    total: &'static str,
    organiser_takes_part: bool,
    state: State,
) -> SampleBill {
    SampleBill { description, merchant, total, organiser_takes_part, state }
}

/// Loads the sample data, unless it is there; returns whether it did.
pub(super) fn load(tx: &mut Tx<'_>) -> Result<bool> {
    for organiser in WORLD {
        let new = parse(|fields| {
            let phone_number = fields.take("/phone_number", PhoneNumber::parse(organiser.phone));
            let name = fields.take("/name", PersonName::parse(organiser.name));
            let upi_id = fields.take("/upi_id", UpiId::parse(organiser.upi_id));
            Some(NewUser { phone_number: phone_number?, name, upi_id })
        })?;
        let (user, is_new) = users::find_or_create(tx, new)?;
        if !is_new {
            return Ok(false);
        }
        let friends = organiser.contacts.iter().map(|(name, phone)| add_contact(tx, &user, name, phone));
        let friends = friends.collect::<Result<Vec<_>>>()?;
        for bill in organiser.bills {
            add_bill(tx, &user, &friends, bill)?;
        }
    }
    Ok(true)
}

fn add_contact(tx: &mut Tx<'_>, user: &User, name: &str, phone: &str) -> Result<Id<Contact>> {
    let new = parse(|fields| {
        let name = fields.take("/name", PersonName::parse(name));
        let phone_number = fields.take("/phone_number", PhoneNumber::parse(phone));
        Some(NewContact { user_id: user.id, name: name?, phone_number: phone_number? })
    })?;
    Ok(contacts::create(tx, new)?.0.id)
}

fn add_bill(tx: &mut Tx<'_>, user: &User, friends: &[Id<Contact>], sample: &SampleBill) -> Result<()> {
    let bill_date = Some(Day::from_trusted(tx.now.date_naive()));
    let new = parse(|fields| {
        let total_amount = fields.take("/total_amount", Amount::parse_positive(sample.total, Currency::INR));
        let description = fields.take("/description", Text::parse(sample.description));
        let merchant = sample.merchant.and_then(|merchant| fields.take("/merchant", Text::parse(merchant)));
        Some(NewBill {
            user_id: user.id,
            total_amount: total_amount?,
            currency: Currency::INR,
            description,
            merchant,
            bill_date,
            items: Vec::new(),
        })
    })?;
    let parts = friends.iter().map(|friend| Part::new(*friend, ())).collect();
    let split = Split::Equal { parts, organiser: sample.organiser_takes_part };
    let split = if matches!(sample.state, State::Fresh) { None } else { Some(&split) };
    let made = bills::create(tx, new, split)?;
    let paid = match sample.state {
        State::Fresh | State::Split => return Ok(()),
        State::Cancelled => {
            bills::cancel(tx, made.bill.id)?;
            return Ok(());
        }
        State::Asked { paid } => paid,
        State::Completed => made.participants.len(),
    };
    payment_requests::request(tx, made.bill.id, &Ask::default())?;
    for participant in made.participants.iter().take(paid) {
        payment_requests::confirm(tx, participant.id)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use domain::PageRequest;
    use domain::split::{BillFilter, BillStatus};
    use repository::testing;

    use super::*;

    #[test]
    fn it_loads_once_and_shows_every_state() {
        testing::check(|tx| {
            assert!(load(tx).unwrap());
            assert!(!load(tx).unwrap());
            let mut seen = Vec::new();
            for organiser in WORLD {
                let phone = PhoneNumber::parse(organiser.phone).unwrap();
                let user = users::get_by_phone(tx, &phone).unwrap();
                let page = bills::list(tx, user.id, &BillFilter::default(), PageRequest::default()).unwrap();
                assert_eq!(page.items.len(), organiser.bills.len());
                seen.extend(page.items.into_iter().map(|summary| summary.bill.status));
            }
            assert!(BillStatus::ALL.iter().all(|status| seen.contains(status)), "{seen:?}");
        });
    }
}
