//! Who owes what of a bill.

use std::collections::HashMap;

use bigdecimal::BigDecimal;
use chrono::{DateTime, Utc};
use codec::Column;
use diesel::prelude::*;
use diesel::sql_types::{self, Array};
use domain::pii::NameKind;
use domain::split::{Bill, NewParticipant, Participant, PaymentStatus};
use domain::{Id, Note};
use uuid::Uuid;

use crate::database::column_types::{Money, TextColumn};
use crate::database::sealed::{Sealed, seal, sql_types as sealed_types};
use crate::database::statement::{BindNext, statement};
use crate::schema::split::bill_participants;
use crate::{Access, Conn, Error, Keep, Result, Rule, SealedColumn, Table, Tx, Verb};

/// What the shared machinery knows of this table.
pub const TABLE: Table = Table {
    access: Access::Owner("user_id"),
    end_users_may: &Verb::ALL,
    sealed: &[SealedColumn::new("undo_reason")],
    enums: &["payment_status"],
    retention: &[Rule {
        name: "replaced-shares",
        about: "shares in whose place a new split came, once their payment requests are gone",
        condition: "t.replaced_at < $1
                    AND NOT EXISTS (SELECT FROM split.payment_requests r WHERE r.bill_participant_id = t.id)",
        keep: Keep::Setting("PAYMENT_REQUEST_RETENTION_DAYS", 30),
    }],
    ..Table::new("split", "bill_participants", "participant")
};

const UNDO_REASON: Column = TABLE.column("undo_reason");

/// A share as `split.bills` brings it along: the columns of [`ParticipantRecord`] in their order.
pub(super) type ParticipantRecordType = sql_types::Record<(
    sql_types::Uuid,
    sql_types::Uuid,
    sealed_types::Sealed,
    sql_types::Bool,
    sql_types::Numeric,
    sql_types::Text,
    sql_types::Nullable<sql_types::Timestamptz>,
    sql_types::Integer,
    sql_types::Nullable<sql_types::Timestamptz>,
    sql_types::Timestamptz,
    sql_types::Timestamptz,
)>;

/// What a share consists of: id, contact, the contact's name, whether the contact was erased, amount, status, paid at, reminders, last reminder,
/// created, updated.
pub(super) type ParticipantRecord = (
    Uuid,
    Uuid,
    Sealed<NameKind>,
    bool,
    Money,
    TextColumn<PaymentStatus>,
    Option<DateTime<Utc>>,
    i32,
    Option<DateTime<Utc>>,
    DateTime<Utc>,
    DateTime<Utc>,
);

pub(super) fn open(conn: &Conn<'_>, bill: Id<Bill>, record: ParticipantRecord) -> Result<Participant> {
    let (
        id,
        contact_id,
        contact_name,
        contact_is_erased,
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
        contact_name: contact_name.open(conn, &super::contacts::NAME, contact_id)?,
        contact_is_erased,
        amount_owed: amount_owed.0,
        payment_status: payment_status.0,
        paid_at,
        reminder_count,
        last_reminder_sent,
        created_at,
        updated_at,
    })
}

/// Stores the shares of a bill that has none and is held by [`bills::lock`](super::bills::lock), in one statement, in the
/// order given.
///
/// # Errors
/// [`Error::NotFound`] when a contact is not a living one of the bill's user, so that the transaction must not be
/// committed; [`Error::Refused`] when an amount is zero; [`Error::Conflict`] on `bill_participants_contact_unique` when
/// a contact stands twice.
pub fn insert_all(tx: &mut Tx<'_>, bill: &Bill, shares: &[NewParticipant]) -> Result<Vec<Participant>> {
    let new = NewShares::of(shares);
    let Names { names } = statement(
        "WITH known AS (SELECT id, name FROM split.contacts
                         WHERE user_id = ? AND deleted_at IS NULL AND id = ANY (?)),
              stored AS (INSERT INTO split.bill_participants (id, bill_id, user_id, contact_id, amount_owed)
                         SELECT s.id, ?, ?, s.contact_id, s.amount_owed
                           FROM unnest(?, ?, ?) AS s (id, contact_id, amount_owed)
                           JOIN known ON known.id = s.contact_id)
         SELECT ARRAY(SELECT ROW(id, name) FROM known) AS names",
    )
    .bind::<sql_types::Uuid, _>(bill.user_id.uuid())
    .bind::<Array<sql_types::Uuid>, _>(&new.contacts)
    .bind::<sql_types::Uuid, _>(bill.id.uuid())
    .bind::<sql_types::Uuid, _>(bill.user_id.uuid())
    .bind::<Array<sql_types::Uuid>, _>(&new.ids)
    .bind::<Array<sql_types::Uuid>, _>(&new.contacts)
    .bind::<Array<sql_types::Numeric>, _>(&new.amounts)
    .get_result::<Names>(tx.pg)?;
    stored(tx, bill.id, &new.ids, shares, names)
}

/// Shares as the arrays that a statement takes.
pub(super) struct NewShares {
    pub(super) ids: Vec<Uuid>,
    pub(super) contacts: Vec<Uuid>,
    pub(super) amounts: Vec<BigDecimal>,
}

impl NewShares {
    pub(super) fn of(shares: &[NewParticipant]) -> Self {
        Self {
            ids: shares.iter().map(|_| Id::<Participant>::generate().uuid()).collect(),
            contacts: shares.iter().map(|share| share.contact_id.uuid()).collect(),
            amounts: shares.iter().map(|share| share.amount_owed.to_bigdecimal()).collect(),
        }
    }
}

/// Who owes a bill whose shares were just stored, where they are contacts of its user.
#[derive(QueryableByName)]
pub(super) struct Names {
    #[diesel(sql_type = Array<sql_types::Record<(sql_types::Uuid, sealed_types::Sealed)>>)]
    pub(super) names: Vec<ContactName>,
}

/// The id and the name of a contact who owes, as found when the share was stored.
pub(super) type ContactName = (Uuid, Sealed<NameKind>);

/// The shares that a statement has just stored. What is known is not read back.
///
/// # Errors
/// [`Error::NotFound`] when a share's contact has no name here: it is not its user's.
pub(super) fn stored(
    tx: &Tx<'_>,
    bill: Id<Bill>,
    ids: &[Uuid],
    shares: &[NewParticipant],
    names: Vec<ContactName>,
) -> Result<Vec<Participant>> {
    let mut names: HashMap<_, _> = names.into_iter().collect();
    let share = |(id, share): (&Uuid, &NewParticipant)| {
        let contact = share.contact_id.uuid();
        let name = names.remove(&contact).ok_or(Error::NotFound("contact"))?;
        Ok(Participant {
            id: Id::from_uuid(*id),
            bill_id: bill,
            contact_id: share.contact_id,
            contact_name: name.open(tx, &super::contacts::NAME, contact)?,
            contact_is_erased: false,
            amount_owed: share.amount_owed,
            payment_status: PaymentStatus::Pending,
            paid_at: None,
            reminder_count: 0,
            last_reminder_sent: None,
            created_at: tx.now,
            updated_at: tx.now,
        })
    };
    ids.iter().zip(shares).map(share).collect()
}

/// Makes room for a new split of a bill. The shares that somebody was asked for stay, marked as replaced, because their
/// payment requests are known outside; the others go. Answers how many there were.
pub fn replace_all(tx: &mut Tx<'_>, bill: Id<Bill>) -> Result<usize> {
    let gone = statement(
        "DELETE FROM split.bill_participants p
          WHERE bill_id = ? AND replaced_at IS NULL
            AND NOT EXISTS (SELECT FROM split.payment_requests r WHERE r.bill_participant_id = p.id)",
    )
    .bind::<sql_types::Uuid, _>(bill.uuid())
    .execute(tx.pg)?;
    let replaced = statement(
        "UPDATE split.bill_participants SET replaced_at = now() WHERE bill_id = ? AND replaced_at IS NULL",
    )
    .bind::<sql_types::Uuid, _>(bill.uuid())
    .execute(tx.pg)?;
    Ok(gone + replaced)
}

/// Marks a share as paid now.
pub fn confirm(tx: &mut Tx<'_>, id: Id<Participant>) -> Result<()> {
    diesel::update(bill_participants::table.find(id.uuid()))
        .set((
            bill_participants::payment_status.eq(PaymentStatus::Confirmed.as_str()),
            bill_participants::paid_at.eq(tx.now),
        ))
        .execute(tx.pg)?;
    Ok(())
}

/// Sets a share's status as far as its delivery decides it: pending, sent or failed.
pub fn set_delivery_status(tx: &mut Tx<'_>, id: Id<Participant>, status: PaymentStatus) -> Result<()> {
    diesel::update(bill_participants::table.find(id.uuid()))
        .filter(bill_participants::payment_status.ne(status.as_str()))
        .set(bill_participants::payment_status.eq(status.as_str()))
        .execute(tx.pg)?;
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
        .execute(tx.pg)?;
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
        .execute(tx.pg)?;
    Ok(())
}
