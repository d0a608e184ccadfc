//! Erasing a person for good: rows that are the person's go, and what others need to keep loses its name.
//!
//! Copies of a person's name, number and address stand in payment links, in answers that are kept for idempotency keys and
//! in the contexts of conversations. So that none is made while they are taken away, an erasure locks the row of the user
//! whose rows they are against everybody else, and whatever stores a copy locks that row first and reads then:
//! [`bills::lock`](super::bills::lock) and the like.

use diesel::prelude::*;
use diesel::sql_types;
use domain::pii::{NameKind, PhoneKind};
use domain::split::{Contact, User};
use domain::{Id, Json, PhoneNumber, json};
use uuid::Uuid;

use super::{contacts, payment_requests, users};
use crate::database::sealed::{blind_index, index_erased, seal_erased, sql_types as sealed_types};
use crate::database::statement::{BindNext, statement};
use crate::erasure::{self, Erased};
use crate::platform::idempotency_keys;
use crate::{Error, Result, Tx};

/// Contacts whose name and number were overwritten, because a bill still needs the row.
const OVERWRITTEN: &str = "contacts_overwritten";

/// Erases a user, deleted or not, with everything that belongs to it, and the same person among the contacts of others.
///
/// # Errors
/// [`Error::NotFound`] when there is no such user.
pub fn erase_user(tx: &mut Tx<'_>, id: Id<User>) -> Result<Erased> {
    let phone = users::phone_of_any(tx, id)?;
    let mut erased = erasure::erase_user(tx, &users::TABLE, id.uuid())?;
    for contact in find_contacts(tx, &phone)? {
        lock_owner(tx, contact)?;
    }
    // Before the locks a contact may have got another number.
    for contact in find_contacts(tx, &phone)? {
        erase_one(tx, contact, &mut erased)?;
    }
    Ok(erased)
}

/// Erases whoever has this phone number: users, deleted or not, and contacts of users.
pub fn erase_people(tx: &mut Tx<'_>, phone: &PhoneNumber) -> Result<Erased> {
    let mut erased = Erased::default();
    for user in erasure::find_users(tx, &users::TABLE, &users::PHONE_NUMBER, phone)? {
        erased.add_all(&erase_user(tx, Id::from_uuid(user))?);
    }
    for contact in find_contacts(tx, phone)? {
        erase_one(tx, contact, &mut erased)?;
    }
    Ok(erased)
}

/// Erases a contact, deleted or not. One that stands in a bill is overwritten and deleted: the amounts stay.
///
/// # Errors
/// [`Error::NotFound`] when there is no such contact.
pub fn erase_contact(tx: &mut Tx<'_>, id: Id<Contact>) -> Result<Erased> {
    let mut erased = Erased::default();
    erase_one(tx, id, &mut erased)?;
    if erased.count("contacts") + erased.count(OVERWRITTEN) == 0 {
        return Err(Error::NotFound("contact"));
    }
    Ok(erased)
}

/// The rows by which an answer that tells of the contact can name it.
fn rows_of_contact(tx: &mut Tx<'_>, id: Id<Contact>) -> Result<Vec<Uuid>> {
    let rows = statement(
        "WITH person (id) AS (VALUES (?))
         SELECT id FROM person
         UNION ALL SELECT id FROM split.bill_participants WHERE contact_id IN (SELECT id FROM person)
         UNION ALL SELECT r.id FROM split.payment_requests r
                     JOIN split.bill_participants p ON p.id = r.bill_participant_id
                    WHERE p.contact_id IN (SELECT id FROM person)",
    )
    .bind::<sql_types::Uuid, _>(id.uuid())
    .load::<IdRow>(tx.pg)?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// The contacts with this phone number, whoever's they are: in the order in which their users are locked, so that two
/// erasures wait for each other and do not deadlock.
fn find_contacts(tx: &mut Tx<'_>, phone: &PhoneNumber) -> Result<Vec<Id<Contact>>> {
    let rows = statement("SELECT id FROM split.contacts WHERE phone_number_bidx = ? ORDER BY user_id, id")
        .bind::<sql_types::Binary, _>(blind_index(tx, &contacts::PHONE_NUMBER, phone)?)
        .load::<IdRow>(tx.pg)?;
    Ok(rows.into_iter().map(|row| Id::from_uuid(row.id)).collect())
}

/// Locks the user of a contact against whatever stores a copy of something of that user's; none where there is no such
/// contact.
fn lock_owner(tx: &mut Tx<'_>, contact: Id<Contact>) -> Result<Option<Uuid>> {
    let owner = statement(
        "SELECT u.id FROM split.users u JOIN split.contacts c ON c.user_id = u.id WHERE c.id = ? FOR UPDATE OF u",
    )
    .bind::<sql_types::Uuid, _>(contact.uuid())
    .get_result::<IdRow>(tx.pg)
    .optional()?;
    Ok(owner.map(|row| row.id))
}

fn erase_one(tx: &mut Tx<'_>, id: Id<Contact>, erased: &mut Erased) -> Result<()> {
    let Some(owner) = lock_owner(tx, id)? else { return Ok(()) };
    let named = rows_of_contact(tx, id)?;
    erased.add("payment_requests", payment_requests::erase(tx, id)?);
    statement("UPDATE split.bill_participants SET undo_reason = NULL WHERE contact_id = ? AND undo_reason IS NOT NULL")
        .bind::<sql_types::Uuid, _>(id.uuid())
        .execute(tx.pg)?;
    erased.add(OVERWRITTEN, overwrite(tx, id)?);
    let contacts = statement(
        "DELETE FROM split.contacts c
          WHERE id = ? AND NOT EXISTS (SELECT FROM split.bill_participants WHERE contact_id = c.id)",
    )
    .bind::<sql_types::Uuid, _>(id.uuid())
    .execute(tx.pg)?;
    erased.add("contacts", contacts);
    let conversations = statement("DELETE FROM split.conversation_states WHERE user_id = ?")
        .bind::<sql_types::Uuid, _>(owner)
        .execute(tx.pg)?;
    erased.add("conversation_states", conversations);
    let answers = idempotency_keys::forget_about(tx, &named)?
        + idempotency_keys::forget_those(tx, owner, tells_of_a_conversation)?;
    erased.add("idempotency_keys", answers);
    Ok(())
}

/// Overwrites a contact that stands in a bill, and deletes it by a deletion of its own, so that restoring its user does not
/// bring it back.
fn overwrite(tx: &mut Tx<'_>, id: Id<Contact>) -> Result<usize> {
    Ok(statement(
        "UPDATE split.contacts
            SET name = ?, name_bidx = ?, phone_number = ?, phone_number_bidx = ?,
                deleted_at = coalesce(deleted_at, now()), deletion_id = ?, erased_at = coalesce(erased_at, now())
          WHERE id = ? AND EXISTS (SELECT FROM split.bill_participants p WHERE p.contact_id = contacts.id)",
    )
    .bind::<sealed_types::Sealed, _>(seal_erased::<NameKind>(tx, &contacts::NAME, id.uuid())?)
    .bind::<sql_types::Binary, _>(index_erased(tx, &contacts::NAME, id.uuid())?)
    .bind::<sealed_types::Sealed, _>(seal_erased::<PhoneKind>(tx, &contacts::PHONE_NUMBER, id.uuid())?)
    .bind::<sql_types::Binary, _>(index_erased(tx, &contacts::PHONE_NUMBER, id.uuid())?)
    .bind::<sql_types::Uuid, _>(Id::<Erased>::generate().uuid())
    .bind::<sql_types::Uuid, _>(id.uuid())
    .execute(tx.pg)?)
}

/// Whether the body of an answer shows a conversation, whose context may name anybody.
fn tells_of_a_conversation(body: &str) -> bool {
    json::from_trusted::<Json>(body).is_ok_and(|body| body.value().get("session_id").is_some())
}

#[derive(QueryableByName)]
struct IdRow {
    #[diesel(sql_type = sql_types::Uuid)]
    id: Uuid,
}
