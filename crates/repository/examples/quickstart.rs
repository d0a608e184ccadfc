#![allow(
    missing_docs,
    clippy::print_stdout,
    reason = "a program that prints, shown in the documentation as it is"
)]

use strongroom_repository::codec::{EncryptionKey, KeyRing};
use strongroom_repository::domain::split::{NewContact, NewUser};
use strongroom_repository::domain::{PageRequest, PersonName, PhoneNumber};
use strongroom_repository::split::{contacts, users};
use strongroom_repository::{Actor, Database, Error, PoolOptions};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let [_, url, key] = std::env::args()
        .collect::<Vec<_>>()
        .try_into()
        .map_err(|_| "give DATABASE_URL and ENCRYPTION_KEY")?;
    let keys = KeyRing::new(EncryptionKey::parse(&key)?, Vec::new())?;
    let database = Database::connect(PoolOptions::new(url), &keys)?;

    let asha = NewUser { phone_number: PhoneNumber::parse("+91 98765 43210")?, name: None, upi_id: None };
    let (name, phone_number) = (PersonName::parse("Ravi")?, PhoneNumber::parse("+91 98765 43211")?);
    let user = database.write::<_, Error>("quickstart.add", &Actor::system(), |tx| {
        let user = users::insert(tx, asha.clone())?;
        contacts::insert(
            tx,
            NewContact { user_id: user.id, name: name.clone(), phone_number: phone_number.clone() },
        )?;
        Ok(user)
    })?;

    let list = |conn: &mut strongroom_repository::Conn<'_>| {
        contacts::list_for_user(conn, user.id, PageRequest::default())
    };
    for contact in database.read("quickstart.list", &Actor::system(), list)?.items {
        println!("{}: {}", contact.name.expose(), contact.phone_number.expose());
    }
    Ok(())
}
