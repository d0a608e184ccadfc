//! Contacts in bulk, sealed and stored through the handle, beside the owner's `COPY` of as many rows that were sealed
//! before, into the same table with the same triggers.

use std::time::Instant;

use anyhow::Context as _;
use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use repository::codec::{Cipher, Column};
use repository::domain::split::{Contact, NewContact, User};
use repository::domain::{Id, PersonName, PhoneNumber};
use repository::split::batch;
use repository::{Actor, Database};
use uuid::Uuid;

use crate::options::Scale;
use crate::report::{Goal, Report, Row, count, median, rate};
use crate::running::Running;
use crate::world;

const NAME: Column = Column::new("split", "contacts", "name");
const PHONE_NUMBER: Column = Column::new("split", "contacts", "phone_number");

diesel::table! {
    split.contacts (id) {
        id -> Uuid,
        user_id -> Uuid,
        name -> Binary,
        name_bidx -> Binary,
        phone_number -> Binary,
        phone_number_bidx -> Binary,
    }
}

/// A contact as the table holds it.
#[derive(Insertable)]
#[diesel(table_name = contacts, treat_none_as_default_value = false)]
struct SealedContact {
    id: Uuid,
    user_id: Uuid,
    name: Vec<u8>,
    name_bidx: Vec<u8>,
    phone_number: Vec<u8>,
    phone_number_bidx: Vec<u8>,
}

/// Lets both take turns, and reports the median of each.
pub(crate) fn measure(running: &mut Running, report: &mut Report, scale: Scale) -> anyhow::Result<()> {
    let mut rates = [Vec::new(), Vec::new()];
    for _ in 0..scale.rounds {
        running.empty()?;
        let [ours, copy] = &mut rates;
        ours.push(insert(&running.database, scale.bulk)?);
        running.empty()?;
        copy.push(copy_in(running, scale.bulk)?);
    }
    let [ours, copy] = rates.map(median);
    let number = count(scale.bulk as f64);
    report.add(Row::new(format!("bulk insert of {number} contacts, sealing included"), rate(ours)));
    let ratio = ours / copy;
    let row = Row::new("COPY by the owner, rows sealed before", rate(copy)).beside().ratio(ratio);
    report.add(row.goal("ratio", Goal::AtLeast(0.5), ratio));
    Ok(())
}

/// Rows in a second, all of them in one transaction.
fn insert(database: &Database, rows: usize) -> anyhow::Result<f64> {
    let (operation, actor) = ("bench.insert_in_bulk", Actor::system());
    let user = database.write(operation, &actor, world::new_user)?;
    let contacts = world::new_contacts(user, rows);
    let start = Instant::now();
    database.write(operation, &actor, |tx| batch::insert_contacts(tx, user, &contacts))?;
    Ok(rows as f64 / start.elapsed().as_secs_f64())
}

fn copy_in(running: &mut Running, rows: usize) -> anyhow::Result<f64> {
    let user = running.database.write("bench.copy", &Actor::system(), world::new_user)?;
    let contacts = world::new_contacts(user, rows);
    let cipher = running.database.cipher();
    let sealed = contacts.iter().map(|contact| seal(cipher, user, contact));
    let sealed = sealed.collect::<anyhow::Result<Vec<SealedContact>>>()?;
    running.superuser.batch_execute("SET ROLE strongroom_owner")?;
    let start = Instant::now();
    let copied = diesel::copy_from(contacts::table).from_insertable(sealed).execute(&mut running.superuser);
    let took = start.elapsed();
    running.superuser.batch_execute("RESET ROLE")?;
    copied.context("COPY failed")?;
    Ok(rows as f64 / took.as_secs_f64())
}

fn seal(cipher: &Cipher, user: Id<User>, contact: &NewContact) -> anyhow::Result<SealedContact> {
    let id = Id::<Contact>::generate().uuid();
    let NewContact { user_id: _, name, phone_number } = contact;
    let (names, numbers) = (cipher.column(&NAME)?, cipher.column(&PHONE_NUMBER)?);
    Ok(SealedContact {
        id,
        user_id: user.uuid(),
        name: names.seal(id, name.expose().as_bytes())?,
        name_bidx: names.blind_index(&PersonName::index_form(name)).as_bytes().to_vec(),
        phone_number: numbers.seal(id, phone_number.expose().as_bytes())?,
        phone_number_bidx: numbers.blind_index(&PhoneNumber::index_form(phone_number)).as_bytes().to_vec(),
    })
}
