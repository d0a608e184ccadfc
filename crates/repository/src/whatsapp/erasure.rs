//! Erasing a person for good: every row that is the person's goes.
//!
//! A system's erasure goes by the rows that end users reach, which notes of messages are not; and a person here may have
//! deleted rows beside the living one.

use diesel::prelude::*;
use diesel::sql_types::{self, Array};
use domain::whatsapp::{User, other_spelling};
use domain::{Email, Id, PhoneNumber};
use uuid::Uuid;

use super::{inbound_messages, message_deliveries, userchats, users};
use crate::database::statement::{BindNext, statement};
use crate::erasure::{self, Erased};
use crate::platform::idempotency_keys;
use crate::{Error, Result, Tx};

/// Removes a user, deleted or not, with everything that belongs to it, and deleted users who were the same person. Six
/// statements. The rows of the users are locked first, so that no message of theirs is kept meanwhile.
///
/// # Errors
/// [`Error::NotFound`] when there is no such user.
pub fn erase_user(tx: &mut Tx<'_>, id: Id<User>) -> Result<Erased> {
    let rows = statement(
        "SELECT u.user_id FROM whatsapp.users AS u
           JOIN whatsapp.users AS person ON person.user_id = ?
          WHERE u.user_id = person.user_id
             OR (u.deleted_at IS NOT NULL
                 AND (u.phone_number_bidx = person.phone_number_bidx OR u.whatsapp_id_bidx = person.whatsapp_id_bidx
                      OR u.email_bidx = person.email_bidx))
          ORDER BY u.user_id FOR UPDATE OF u",
    )
    .bind::<sql_types::Uuid, _>(id.uuid())
    .load::<IdRow>(tx.pg)?;
    if rows.is_empty() {
        return Err(Error::NotFound("user"));
    }
    let ids: Vec<Uuid> = rows.into_iter().map(|row| row.user_id).collect();
    erase_all(tx, &ids)
}

fn erase_all(tx: &mut Tx<'_>, ids: &[Uuid]) -> Result<Erased> {
    let mut erased = Erased::default();
    let [deliveries, inbound, chats, people] = [
        (
            message_deliveries::TABLE.name,
            "DELETE FROM whatsapp.message_deliveries WHERE customer_id = ANY (?)",
        ),
        (inbound_messages::TABLE.name, "DELETE FROM whatsapp.inbound_messages WHERE customer_id = ANY (?)"),
        (userchats::TABLE.name, "DELETE FROM whatsapp.userchats WHERE customer_id = ANY (?)"),
        (users::TABLE.name, "DELETE FROM whatsapp.users WHERE user_id = ANY (?)"),
    ]
    .map(|(table, text)| {
        let rows = statement(text).bind::<Array<sql_types::Uuid>, _>(ids).execute(tx.pg);
        rows.map(|rows| (table, rows))
    });
    for counted in [people, chats, inbound, deliveries] {
        let (table, rows) = counted?;
        erased.add(table, rows);
    }
    erased.add("idempotency_keys", idempotency_keys::forget_about(tx, ids)?);
    Ok(erased)
}

/// Removes every user with this number, in either spelling, deleted ones included.
pub fn erase_by_phone(tx: &mut Tx<'_>, phone: &PhoneNumber) -> Result<Erased> {
    let mut erased = Erased::default();
    for spelling in [Some(phone.clone()), other_spelling(phone)].into_iter().flatten() {
        for id in erasure::find_users(tx, &users::TABLE, &users::PHONE_NUMBER, &spelling)? {
            erased.add_all(&erase_all(tx, &[id])?);
        }
    }
    Ok(erased)
}

/// Removes every user with this e-mail address, deleted ones included.
pub fn erase_by_email(tx: &mut Tx<'_>, email: &Email) -> Result<Erased> {
    let mut erased = Erased::default();
    for id in erasure::find_users(tx, &users::TABLE, &users::EMAIL, email)? {
        erased.add_all(&erase_all(tx, &[id])?);
    }
    Ok(erased)
}

#[derive(QueryableByName)]
struct IdRow {
    #[diesel(sql_type = sql_types::Uuid)]
    user_id: Uuid,
}
