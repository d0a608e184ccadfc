//! Erasing a person for good: rows that are the person's go, and what others need to keep loses its name.

use diesel::prelude::*;
use diesel::sql_types;
use domain::pii::Pii;
use domain::split::{Contact, User};
use domain::{Id, PersonName, PhoneNumber};
use uuid::Uuid;

use super::{contacts, users};
use crate::platform::idempotency_keys;
use crate::sealed::{blind_index, seal, sql_types as sealed_types};
use crate::statement::{BindNext, statement};
use crate::{Error, Result, Tx};

/// Rows that went, or lost what named a person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Erased {
    /// Users removed.
    pub users: usize,
    /// Contacts removed.
    pub contacts: usize,
    /// Contacts whose name and number were overwritten, because a bill still needs the row.
    pub contacts_overwritten: usize,
    /// Bills removed.
    pub bills: usize,
    /// Shares removed.
    pub bill_participants: usize,
    /// Payment requests removed: their links name the payer.
    pub payment_requests: usize,
    /// Conversations removed.
    pub conversation_states: usize,
    /// Answers removed that were kept for idempotency keys.
    pub idempotency_keys: usize,
}

/// What stands where a name and a number were.
const ERASED: &str = "erased";

/// Erases a user, deleted or not, with everything that belongs to it, and the same person among the contacts of others.
///
/// # Errors
/// [`Error::NotFound`] when there is no such user.
pub fn erase_user(tx: &mut Tx<'_>, id: Id<User>) -> Result<Erased> {
    let phone = users::phone_of_any(tx, id)?;
    let mut named = rows_of_user(tx, id)?;
    let of_user = |tx: &mut Tx<'_>, text: &'static str| -> Result<usize> {
        Ok(statement(text).bind::<sql_types::Uuid, _>(id.uuid()).execute(tx.conn)?)
    };
    let mut erased = Erased {
        payment_requests: of_user(
            tx,
            "DELETE FROM split.payment_requests r USING split.bill_participants p
              WHERE p.id = r.bill_participant_id AND p.user_id = ?",
        )?,
        bill_participants: of_user(tx, "DELETE FROM split.bill_participants WHERE user_id = ?")?,
        bills: of_user(tx, "DELETE FROM split.bills WHERE user_id = ?")?,
        contacts: of_user(tx, "DELETE FROM split.contacts WHERE user_id = ?")?,
        conversation_states: of_user(tx, "DELETE FROM split.conversation_states WHERE user_id = ?")?,
        users: of_user(tx, "DELETE FROM split.users WHERE id = ?")?,
        contacts_overwritten: 0,
        idempotency_keys: 0,
    };
    for contact in find_contacts(tx, &phone)? {
        named.append(&mut rows_of_contact(tx, contact)?);
        erase_one(tx, contact, &mut erased)?;
    }
    erased.idempotency_keys = idempotency_keys::forget_about(tx, &named)?;
    Ok(erased)
}

/// Erases a contact, deleted or not. One that stands in a bill is overwritten and deleted: the amounts stay.
///
/// # Errors
/// [`Error::NotFound`] when there is no such contact.
pub fn erase_contact(tx: &mut Tx<'_>, id: Id<Contact>) -> Result<Erased> {
    let named = rows_of_contact(tx, id)?;
    let mut erased = Erased::default();
    erase_one(tx, id, &mut erased)?;
    if erased.contacts + erased.contacts_overwritten == 0 {
        return Err(Error::NotFound("contact"));
    }
    erased.idempotency_keys = idempotency_keys::forget_about(tx, &named)?;
    Ok(erased)
}

/// The rows by which an answer that tells of the user's affairs can name them. What is made from now on has to wait for
/// the user's row, and names the user.
fn rows_of_user(tx: &mut Tx<'_>, id: Id<User>) -> Result<Vec<Uuid>> {
    let rows = statement(
        "WITH owner (id) AS (VALUES (?))
         SELECT id FROM owner
         UNION ALL SELECT id FROM split.contacts WHERE user_id IN (SELECT id FROM owner)
         UNION ALL SELECT id FROM split.bills WHERE user_id IN (SELECT id FROM owner)
         UNION ALL SELECT id FROM split.bill_participants WHERE user_id IN (SELECT id FROM owner)
         UNION ALL SELECT r.id FROM split.payment_requests r
                     JOIN split.bill_participants p ON p.id = r.bill_participant_id
                    WHERE p.user_id IN (SELECT id FROM owner)",
    )
    .bind::<sql_types::Uuid, _>(id.uuid())
    .load::<IdRow>(tx.conn)?;
    Ok(rows.into_iter().map(|row| row.id).collect())
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
    .load::<IdRow>(tx.conn)?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// The contacts with this phone number, whoever's they are.
fn find_contacts(tx: &mut Tx<'_>, phone: &PhoneNumber) -> Result<Vec<Id<Contact>>> {
    let rows = statement("SELECT id FROM split.contacts WHERE phone_number_bidx = ? ORDER BY id FOR UPDATE")
        .bind::<sql_types::Binary, _>(blind_index(tx, &contacts::PHONE_NUMBER, phone)?)
        .load::<IdRow>(tx.conn)?;
    Ok(rows.into_iter().map(|row| Id::from_uuid(row.id)).collect())
}

fn erase_one(tx: &mut Tx<'_>, id: Id<Contact>, erased: &mut Erased) -> Result<()> {
    let (name, phone): (PersonName, PhoneNumber) =
        (Pii::from_trusted(ERASED.to_owned()), Pii::from_trusted(ERASED.to_owned()));
    erased.payment_requests += statement(
        "DELETE FROM split.payment_requests r USING split.bill_participants p
          WHERE p.id = r.bill_participant_id AND p.contact_id = ?",
    )
    .bind::<sql_types::Uuid, _>(id.uuid())
    .execute(tx.conn)?;
    statement("UPDATE split.bill_participants SET undo_reason = NULL WHERE contact_id = ? AND undo_reason IS NOT NULL")
        .bind::<sql_types::Uuid, _>(id.uuid())
        .execute(tx.conn)?;
    // Random index bytes: an erased person is found by nothing, and two of them are not alike.
    erased.contacts_overwritten += statement(
        "UPDATE split.contacts
            SET name = ?, phone_number = ?,
                name_bidx = sha256(convert_to(gen_random_uuid()::text, 'UTF8')),
                phone_number_bidx = sha256(convert_to(gen_random_uuid()::text, 'UTF8')),
                deleted_at = coalesce(deleted_at, now()), deletion_id = coalesce(deletion_id, ?)
          WHERE id = ? AND EXISTS (SELECT FROM split.bill_participants p WHERE p.contact_id = contacts.id)",
    )
    .bind::<sealed_types::Sealed, _>(seal(tx, &contacts::NAME, id.uuid(), &name)?)
    .bind::<sealed_types::Sealed, _>(seal(tx, &contacts::PHONE_NUMBER, id.uuid(), &phone)?)
    .bind::<sql_types::Uuid, _>(Id::<Erased>::generate().uuid())
    .bind::<sql_types::Uuid, _>(id.uuid())
    .execute(tx.conn)?;
    erased.contacts += statement(
        "DELETE FROM split.contacts c
          WHERE id = ? AND NOT EXISTS (SELECT FROM split.bill_participants WHERE contact_id = c.id)",
    )
    .bind::<sql_types::Uuid, _>(id.uuid())
    .execute(tx.conn)?;
    Ok(())
}

#[derive(QueryableByName)]
struct IdRow {
    #[diesel(sql_type = sql_types::Uuid)]
    id: Uuid,
}
