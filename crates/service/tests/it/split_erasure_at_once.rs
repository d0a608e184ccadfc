//! Erasing somebody while others do something that stores a copy of the name.

use std::sync::Barrier;
use std::thread;

use domain::split::{Contact, ContactChanges, Context, NewContact, Step, User};
use domain::{Id, Text, json};
use repository::erasure::Erased;
use repository::testing::TestDatabase;
use repository::{Actor, Database, Tx, ops};
use strongroom_service::split::bills::{self, BillDetails};
use strongroom_service::split::conversation_states::{self, Rules};
use strongroom_service::split::payment_requests::{self, Ask};
use strongroom_service::split::{contacts, users};
use strongroom_service::{Error, Result};

use crate::fixtures::{asha, equal, equal_input, name, new_bill, phone, upi_id, violations};

const ROUNDS: usize = 40;

/// The name that nothing may open to.
const NAME: &str = "Zebulon Quill";
const NUMBER: &str = "+919876500000";

fn write<T>(database: &Database, work: impl FnMut(&mut Tx<'_>) -> Result<T>) -> Result<T> {
    database.write("test", &Actor::system(), work)
}

fn add(tx: &mut Tx<'_>, user: Id<User>, called: &str, number: &str) -> Result<Id<Contact>> {
    let new = NewContact { user_id: user, name: name(called), phone_number: phone(number) };
    Ok(contacts::create(tx, new)?.0.id)
}

/// A contact who is to be erased, and a bill among that contact and another.
struct Round {
    contact: Id<Contact>,
    other: Id<Contact>,
    bill: BillDetails,
}

fn round(database: &Database, user: Id<User>) -> Round {
    write(database, |tx| {
        let (contact, other) = (add(tx, user, NAME, NUMBER)?, add(tx, user, "Meera", "+919876500001")?);
        let bill = bills::create(tx, new_bill(user, "100.00"), Some(&equal(&[contact, other])))?;
        Ok(Round { contact, other, bill })
    })
    .unwrap()
}

fn erase(database: &Database, contact: Id<Contact>) -> Result<Erased> {
    write(database, |tx| contacts::erase(tx, contact, None))
}

/// Does both at the same moment.
fn at_once<A: Send, B>(one: impl FnOnce() -> A + Send, other: impl FnOnce() -> B) -> (A, B) {
    let start = Barrier::new(2);
    thread::scope(|scope| {
        let one = scope.spawn(|| {
            start.wait();
            one()
        });
        start.wait();
        let other = other();
        (one.join().unwrap(), other)
    })
}

/// The places where the name or the number of the erased can still be read.
fn places_of(test: &TestDatabase) -> Vec<String> {
    let tells = |(_, text): &(String, String)| text.contains("Zebulon") || text.contains(NUMBER);
    test.open_everything().into_iter().filter(tells).map(|(place, _)| place).collect()
}

#[test]
fn no_link_that_was_made_meanwhile_names_the_erased() {
    let test = TestDatabase::new();
    let database = test.database();
    let user = write(&database, |tx| Ok(asha(tx).id)).unwrap();
    for n in 0..ROUNDS {
        let Round { contact, bill, .. } = round(&database, user);
        let ask = Ask { upi_id: Some(upi_id(&format!("asha{n}@okaxis"))), ..Ask::default() };
        let (erased, asked) = at_once(
            || erase(&database, contact),
            || write(&database, |tx| payment_requests::request(tx, bill.bill.id, &ask)),
        );
        assert_eq!(erased.unwrap().count("contacts_overwritten"), 1);
        asked.unwrap();
        assert_eq!(places_of(&test), [""; 0], "round {n}");
    }
}

#[test]
fn a_new_split_or_bill_comes_before_an_erasure_or_does_not_know_the_contact() {
    let test = TestDatabase::new();
    let database = test.database();
    let user = write(&database, |tx| Ok(asha(tx).id)).unwrap();
    for n in 0..ROUNDS {
        let Round { contact, other, bill } = round(&database, user);
        // The contact stands in no bill yet, so that it would go altogether.
        let alone = equal_input(&[other]);
        write(&database, |tx| bills::set_split(tx, bill.bill.id, None, &alone)).unwrap();
        let (erased, divided) = at_once(
            || erase(&database, contact),
            || {
                let people = [contact, other];
                write(&database, |tx| match n % 2 {
                    0 => bills::set_split(tx, bill.bill.id, None, &equal_input(&people)),
                    _ => bills::create(tx, new_bill(user, "10.00"), Some(&equal(&people))),
                })
            },
        );
        let erased = erased.unwrap();
        match divided {
            Ok(_) => assert_eq!((erased.count("contacts"), erased.count("contacts_overwritten")), (0, 1)),
            refused => {
                assert_eq!(violations(refused)[0].1, "unknown_contact");
                assert_eq!((erased.count("contacts"), erased.count("contacts_overwritten")), (1, 0));
            }
        }
        assert_eq!(places_of(&test), [""; 0], "round {n}");
    }
}

#[test]
fn a_conversation_that_may_name_the_erased_goes() {
    let test = TestDatabase::new();
    let database = test.database();
    let user = write(&database, |tx| Ok(asha(tx).id)).unwrap();
    let Round { contact, .. } = round(&database, user);
    let rules = Rules { timeout: chrono::Duration::hours(1), max_retries: 3 };
    let heard = format!(r#"{{"input_type": "text", "heard": [{{"who": "{NAME}"}}, "{NUMBER}"]}}"#);
    write(&database, |tx| {
        let context = Context::from_object(json::from_trusted(&heard).unwrap());
        let session = Text::parse("whatsapp-1").unwrap();
        conversation_states::save(tx, user, &session, Step::ExtractingBill, context, rules)
    })
    .unwrap();
    assert_eq!(erase(&database, contact).unwrap().count("conversation_states"), 1);
    assert_eq!(places_of(&test), [""; 0]);
}

#[test]
fn an_erased_contact_never_comes_back() {
    let test = TestDatabase::new();
    let database = test.database();
    let user = write(&database, |tx| Ok(asha(tx).id)).unwrap();
    let Round { contact, .. } = round(&database, user);
    let is_absent = |outcome: Result<Contact>| {
        matches!(outcome, Err(Error::Repository(repository::Error::NotFound("contact"))))
    };
    write(&database, |tx| Ok(users::delete(tx, user, None)?)).unwrap();
    erase(&database, contact).unwrap();
    write(&database, |tx| Ok(users::restore(tx, user)?)).unwrap();
    assert!(
        is_absent(write(&database, |tx| Ok(contacts::get(tx, contact)?))),
        "it went with the user, then for good"
    );
    assert!(is_absent(write(&database, |tx| Ok(contacts::restore(tx, contact)?))));
    assert!(is_absent(write(&database, |tx| Ok(contacts::update(
        tx,
        contact,
        None,
        ContactChanges::default()
    )?))));
}

#[test]
fn an_erasure_leaves_nothing_that_verification_complains_of() {
    let test = TestDatabase::new();
    let database = test.database();
    let user = write(&database, |tx| Ok(asha(tx).id)).unwrap();
    let Round { contact, bill, .. } = round(&database, user);
    write(&database, |tx| payment_requests::request(tx, bill.bill.id, &Ask::default())).unwrap();
    erase(&database, contact).unwrap();
    let verified = ops::keys::verify(&database, &Actor::system(), |_, _| {}).unwrap();
    assert_eq!(verified.faults, []);
    // Somebody else's index in place of the erased one's is still noticed.
    test.sabotage("UPDATE split.contacts SET name_bidx = sha256('other') WHERE deleted_at IS NOT NULL");
    let verified = ops::keys::verify(&database, &Actor::system(), |_, _| {}).unwrap();
    assert_eq!(verified.faults.len(), 1);
}
