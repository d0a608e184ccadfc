//! Who owes what of a bill.

use chrono::{DateTime, Utc};
use codec::Column;
use diesel::prelude::*;
use diesel::sql_types::{self, Array};
use domain::pii::NameKind;
use domain::split::{Bill, NewParticipant, Participant, PaymentStatus};
use domain::{Id, Note};
use uuid::Uuid;

use crate::schema::split::bill_participants;
use crate::sealed::{Sealed, seal, sql_types as sealed_types};
use crate::statement::{BindNext, statement};
use crate::stored::{Money, Parsed};
use crate::{Cx, Result, Table, Tx};

/// What the shared machinery knows of this table.
pub const TABLE: Table = Table {
    schema: "split",
    name: "bill_participants",
    sealed: &["undo_reason"],
    indexed: &[],
    soft_delete: false,
    audited: true,
};

const UNDO_REASON: Column = Column::new("split", "bill_participants", "undo_reason");

/// A share as `split.bills` brings it along: the columns of [`ParticipantRecord`] in their order.
pub(super) type ParticipantRecordType = sql_types::Record<(
    sql_types::Uuid,
    sql_types::Uuid,
    sealed_types::Sealed,
    sql_types::Numeric,
    sql_types::Text,
    sql_types::Nullable<sql_types::Timestamptz>,
    sql_types::Integer,
    sql_types::Nullable<sql_types::Timestamptz>,
    sql_types::Timestamptz,
    sql_types::Timestamptz,
)>;

/// What a share consists of: id, contact, the contact's name, amount, status, paid at, reminders, last reminder,
/// created, updated.
pub(super) type ParticipantRecord = (
    Uuid,
    Uuid,
    Sealed<NameKind>,
    Money,
    Parsed<PaymentStatus>,
    Option<DateTime<Utc>>,
    i32,
    Option<DateTime<Utc>>,
    DateTime<Utc>,
    DateTime<Utc>,
);

pub(super) fn open(cx: &Cx<'_>, bill: Id<Bill>, record: ParticipantRecord) -> Result<Participant> {
    let (
        id,
        contact_id,
        contact_name,
        amount_owed,
        payment_status,
        paid_at,
        reminder_count,
        last_reminder_sent,
        created_at,
        updated_at,
    ) = record;
    Ok(Participant {
        id: Id::from_uuid(id),
        bill_id: bill,
        contact_id: Id::from_uuid(contact_id),
        contact_name: contact_name.open(cx, &super::contacts::NAME, contact_id)?,
        amount_owed: amount_owed.0,
        payment_status: payment_status.0,
        paid_at,
        reminder_count,
        last_reminder_sent,
        created_at,
        updated_at,
    })
}

/// Stores the shares of a bill that has none, in one statement, in the order given.
///
/// # Errors
/// [`Error::Refused`](crate::Error::Refused) when a contact is not one of the bill's user, or an amount is zero;
/// [`Error::Conflict`](crate::Error::Conflict) on `bill_participants_contact_unique` when a contact stands twice.
pub fn insert_all(tx: &mut Tx<'_>, bill: &Bill, shares: &[NewParticipant]) -> Result<Vec<Id<Participant>>> {
    let ids: Vec<Id<Participant>> = shares.iter().map(|_| Id::generate()).collect();
    let keys: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let contacts: Vec<Uuid> = shares.iter().map(|share| share.contact_id.uuid()).collect();
    let amounts: Vec<_> = shares.iter().map(|share| share.amount_owed.to_bigdecimal()).collect();
    statement(
        "INSERT INTO split.bill_participants (id, bill_id, user_id, contact_id, amount_owed)
         SELECT id, ?, ?, contact_id, amount_owed
           FROM unnest(?, ?, ?) AS shares (id, contact_id, amount_owed)",
    )
    .bind::<sql_types::Uuid, _>(bill.id.uuid())
    .bind::<sql_types::Uuid, _>(bill.user_id.uuid())
    .bind::<Array<sql_types::Uuid>, _>(keys)
    .bind::<Array<sql_types::Uuid>, _>(contacts)
    .bind::<Array<sql_types::Numeric>, _>(amounts)
    .execute(tx.conn)?;
    Ok(ids)
}

/// Removes all shares of a bill, with their payment requests; answers how many there were.
pub fn delete_all(tx: &mut Tx<'_>, bill: Id<Bill>) -> Result<usize> {
    Ok(diesel::delete(bill_participants::table.filter(bill_participants::bill_id.eq(bill.uuid())))
        .execute(tx.conn)?)
}

/// Marks a share as paid now.
pub fn confirm(tx: &mut Tx<'_>, id: Id<Participant>) -> Result<()> {
    diesel::update(bill_participants::table.find(id.uuid()))
        .set((
            bill_participants::payment_status.eq(PaymentStatus::Confirmed.as_str()),
            bill_participants::paid_at.eq(tx.now),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Sets a share's status as far as its delivery decides it: pending, sent or failed.
pub fn set_delivery_status(tx: &mut Tx<'_>, id: Id<Participant>, status: PaymentStatus) -> Result<()> {
    diesel::update(bill_participants::table.find(id.uuid()))
        .filter(bill_participants::payment_status.ne(status.as_str()))
        .set(bill_participants::payment_status.eq(status.as_str()))
        .execute(tx.conn)?;
    Ok(())
}

/// Takes back a confirmation: the share is pending again, and keeps why.
pub fn unconfirm(tx: &mut Tx<'_>, id: Id<Participant>, reason: &Note) -> Result<()> {
    let reason = seal(tx, &UNDO_REASON, id.uuid(), reason)?;
    diesel::update(bill_participants::table.find(id.uuid()))
        .set((
            bill_participants::payment_status.eq(PaymentStatus::Pending.as_str()),
            bill_participants::paid_at.eq(None::<DateTime<Utc>>),
            bill_participants::undo_reason.eq(reason),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// Records that reminders for these shares were delivered now, in one statement.
pub fn record_reminders(tx: &mut Tx<'_>, ids: &[Id<Participant>]) -> Result<()> {
    let ids = ids.iter().map(|id| id.uuid());
    diesel::update(bill_participants::table.filter(bill_participants::id.eq_any(ids)))
        .set((
            bill_participants::reminder_count.eq(bill_participants::reminder_count + 1),
            bill_participants::last_reminder_sent.eq(tx.now),
        ))
        .execute(tx.conn)?;
    Ok(())
}
