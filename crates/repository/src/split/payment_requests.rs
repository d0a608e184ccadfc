//! UPI payment requests.

use chrono::{DateTime, Utc};
use codec::Column;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{self, Array};
use domain::pii::{NoteKind, UpiLinkKind};
use domain::split::delivery::Delivery;
use domain::split::{Bill, CloseReason, Closed, Contact, Participant, PaymentRequest, RequestStatus};
use domain::{Id, Note, UpiLink};
use uuid::Uuid;

use crate::database::column_types::TextColumn;
use crate::database::sealed::{ERASED, Sealed, seal, seal_erased, sql_types as sealed_types};
use crate::database::statement::{BindNext, statement};
use crate::schema::split::{bill_participants, bills, payment_requests};
use crate::{Access, Conn, Error, Keep, Result, Rule, SealedColumn, Table, Tx, Verb};

/// What the shared machinery knows of this table.
pub const TABLE: Table = Table {
    access: Access::Parent("bill_participant_id", &super::bill_participants::TABLE),
    end_users_may: &[Verb::Select, Verb::Insert, Verb::Update],
    sealed: &[SealedColumn::new("upi_link"), SealedColumn::new("delivery_error")],
    enums: &["status", "closed_reason"],
    retention: &[Rule {
        name: "payment-requests",
        about: "payment requests that failed or are closed",
        condition: "t.closed_at < $1 OR (t.status = 'failed' AND t.updated_at < $1)",
        keep: Keep::Setting("PAYMENT_REQUEST_RETENTION_DAYS", 30),
    }],
    ..Table::new("split", "payment_requests", "payment request")
};

const UPI_LINK: Column = TABLE.column("upi_link");
const DELIVERY_ERROR: Column = TABLE.column("delivery_error");

#[derive(HasQuery)]
#[diesel(table_name = payment_requests, check_for_backend(Pg))]
struct PaymentRequestRow {
    id: Uuid,
    bill_participant_id: Uuid,
    upi_link: Sealed<UpiLinkKind>,
    status: TextColumn<RequestStatus>,
    whatsapp_sent: bool,
    whatsapp_failed: bool,
    sms_sent: bool,
    sms_failed: bool,
    delivery_attempts: i32,
    confirmed_at: Option<DateTime<Utc>>,
    last_delivery_attempt: Option<DateTime<Utc>>,
    delivery_error: Option<Sealed<NoteKind>>,
    closed_at: Option<DateTime<Utc>>,
    closed_reason: Option<TextColumn<CloseReason>>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl PaymentRequestRow {
    fn open(self, conn: &Conn<'_>) -> Result<PaymentRequest> {
        let Self {
            id,
            bill_participant_id,
            upi_link,
            status,
            whatsapp_sent,
            whatsapp_failed,
            sms_sent,
            sms_failed,
            delivery_attempts,
            confirmed_at,
            last_delivery_attempt,
            delivery_error,
            closed_at,
            closed_reason,
            created_at,
            updated_at,
        } = self;
        let upi_link = upi_link.open(conn, &UPI_LINK, id)?;
        Ok(PaymentRequest {
            id: Id::from_uuid(id),
            participant_id: Id::from_uuid(bill_participant_id),
            upi_link: Some(upi_link).filter(|link| link.expose() != ERASED),
            status: status.0,
            whatsapp_sent,
            whatsapp_failed,
            sms_sent,
            sms_failed,
            delivery_attempts,
            confirmed_at,
            last_delivery_attempt,
            delivery_error: delivery_error.map(|error| error.open(conn, &DELIVERY_ERROR, id)).transpose()?,
            closed: closed_at.zip(closed_reason).map(|(at, reason)| Closed { at, reason: reason.0 }),
            created_at,
            updated_at,
        })
    }
}

/// A request to be stored. Its link holds its id, so that the id is made first.
#[derive(Clone, Debug)]
pub struct NewPaymentRequest {
    /// Its id.
    pub id: Id<PaymentRequest>,
    /// Whose share it asks for. It must have no open request.
    pub participant_id: Id<Participant>,
    /// The link.
    pub upi_link: UpiLink,
}

/// Stores requests, in one statement.
///
/// # Errors
/// [`Error::Conflict`] on `payment_requests_one_open` when a share has an open request.
pub fn insert_all(tx: &mut Tx<'_>, requests: Vec<NewPaymentRequest>) -> Result<Vec<PaymentRequest>> {
    let keys: Vec<Uuid> = requests.iter().map(|new| new.id.uuid()).collect();
    let participants: Vec<Uuid> = requests.iter().map(|new| new.participant_id.uuid()).collect();
    let sealed = requests.iter().map(|new| seal(tx, &UPI_LINK, new.id.uuid(), &new.upi_link));
    let sealed = sealed.collect::<Result<Vec<_>>>()?;
    statement(
        "INSERT INTO split.payment_requests (id, bill_participant_id, upi_link)
         SELECT id, bill_participant_id, upi_link
           FROM unnest(?, ?, ?) AS requests (id, bill_participant_id, upi_link)",
    )
    .bind::<Array<sql_types::Uuid>, _>(keys)
    .bind::<Array<sql_types::Uuid>, _>(participants)
    .bind::<Array<sealed_types::Sealed>, _>(sealed)
    .execute(tx.pg)?;
    Ok(requests
        .into_iter()
        .map(|NewPaymentRequest { id, participant_id, upi_link }| PaymentRequest {
            id,
            participant_id,
            upi_link: Some(upi_link),
            status: RequestStatus::Pending,
            whatsapp_sent: false,
            whatsapp_failed: false,
            sms_sent: false,
            sms_failed: false,
            delivery_attempts: 0,
            confirmed_at: None,
            last_delivery_attempt: None,
            delivery_error: None,
            closed: None,
            created_at: tx.now,
            updated_at: tx.now,
        })
        .collect())
}

/// The request with this id, and the bill it belongs to.
///
/// # Errors
/// [`Error::NotFound`] when there is none, or its bill is deleted.
pub fn get(conn: &mut Conn<'_>, id: Id<PaymentRequest>) -> Result<(PaymentRequest, Id<Bill>)> {
    let found: Option<(PaymentRequestRow, Uuid)> = payment_requests::table
        .inner_join(
            bill_participants::table.inner_join(bills::table.on(bills::id.eq(bill_participants::bill_id))),
        )
        .filter(payment_requests::id.eq(id.uuid()))
        .filter(bills::deleted_at.is_null())
        .select((PaymentRequestRow::as_select(), bills::id))
        .first(conn.pg)
        .optional()?;
    let (row, bill) = found.ok_or(Error::NotFound("payment request"))?;
    Ok((row.open(conn)?, Id::from_uuid(bill)))
}

/// The requests of a bill, in the order of its shares, newest first within each.
pub fn list_for_bill(conn: &mut Conn<'_>, bill: Id<Bill>) -> Result<Vec<PaymentRequest>> {
    let rows = PaymentRequestRow::query()
        .inner_join(bill_participants::table)
        .filter(bill_participants::bill_id.eq(bill.uuid()))
        .order((
            payment_requests::bill_participant_id,
            payment_requests::created_at.desc(),
            payment_requests::id.desc(),
        ))
        .load(conn.pg)?;
    rows.into_iter().map(|row| row.open(conn)).collect()
}

/// Marks the request of a share as paid now: the open one, or else the last whose confirmation was taken back.
pub fn confirm(tx: &mut Tx<'_>, participant: Id<Participant>) -> Result<()> {
    statement(
        "UPDATE split.payment_requests
            SET status = 'confirmed', confirmed_at = now(), closed_at = now(), closed_reason = 'paid'
          WHERE id = (SELECT id FROM split.payment_requests
                       WHERE bill_participant_id = ? AND (closed_at IS NULL OR closed_reason = 'undone')
                       ORDER BY closed_at DESC NULLS FIRST, id DESC LIMIT 1)",
    )
    .bind::<sql_types::Uuid, _>(participant.uuid())
    .execute(tx.pg)?;
    Ok(())
}

/// Takes back that a share was paid. Its request stands as it was last sent, or pending, and stays closed.
pub fn unconfirm(tx: &mut Tx<'_>, participant: Id<Participant>) -> Result<()> {
    statement(
        "UPDATE split.payment_requests
            SET status = CASE WHEN whatsapp_sent OR sms_sent THEN 'sent' ELSE 'pending' END,
                confirmed_at = NULL, closed_at = now(), closed_reason = 'undone'
          WHERE bill_participant_id = ? AND status = 'confirmed'",
    )
    .bind::<sql_types::Uuid, _>(participant.uuid())
    .execute(tx.pg)?;
    Ok(())
}

/// Closes those of these requests that are open.
pub fn close(tx: &mut Tx<'_>, ids: &[Id<PaymentRequest>], reason: CloseReason) -> Result<()> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    statement(
        "UPDATE split.payment_requests SET closed_at = now(), closed_reason = ?
          WHERE id = ANY (?) AND closed_at IS NULL",
    )
    .bind::<sql_types::Text, _>(reason.as_str())
    .bind::<Array<sql_types::Uuid>, _>(ids)
    .execute(tx.pg)?;
    Ok(())
}

/// Closes every open request of a bill.
pub fn close_all(tx: &mut Tx<'_>, bill: Id<Bill>, reason: CloseReason) -> Result<()> {
    statement(
        "UPDATE split.payment_requests r SET closed_at = now(), closed_reason = ?
           FROM split.bill_participants p
          WHERE p.id = r.bill_participant_id AND p.bill_id = ? AND r.closed_at IS NULL",
    )
    .bind::<sql_types::Text, _>(reason.as_str())
    .bind::<sql_types::Uuid, _>(bill.uuid())
    .execute(tx.pg)?;
    Ok(())
}

/// Takes from every request of a contact what names the contact, and closes those that are open; answers how many
/// requests there are.
pub(super) fn erase(tx: &mut Tx<'_>, contact: Id<Contact>) -> Result<usize> {
    let ids: Vec<Uuid> = payment_requests::table
        .inner_join(bill_participants::table)
        .filter(bill_participants::contact_id.eq(contact.uuid()))
        .select(payment_requests::id)
        .load(tx.pg)?;
    let links = ids.iter().map(|id| seal_erased::<UpiLinkKind>(tx, &UPI_LINK, *id));
    let links = links.collect::<Result<Vec<_>>>()?;
    Ok(statement(
        "UPDATE split.payment_requests r
            SET upi_link = erased.link, delivery_error = NULL,
                closed_at = coalesce(closed_at, now()), closed_reason = coalesce(closed_reason, 'erased')
           FROM unnest(?, ?) AS erased (id, link) WHERE r.id = erased.id",
    )
    .bind::<Array<sql_types::Uuid>, _>(ids)
    .bind::<Array<sealed_types::Sealed>, _>(links)
    .execute(tx.pg)?)
}

/// Stores how the delivery of an open request stands. `attempted` stamps the time; `error` replaces the one that stands
/// there.
pub fn set_delivery(
    tx: &mut Tx<'_>,
    id: Id<PaymentRequest>,
    delivery: Delivery,
    attempted: bool,
    error: Option<&Note>,
) -> Result<()> {
    let error = error.map(|error| seal(tx, &DELIVERY_ERROR, id.uuid(), error)).transpose()?;
    diesel::update(payment_requests::table.find(id.uuid()))
        .set((
            payment_requests::status.eq(delivery.status.as_str()),
            payment_requests::whatsapp_sent.eq(delivery.whatsapp.is_sent()),
            payment_requests::whatsapp_failed.eq(delivery.whatsapp.is_failed()),
            payment_requests::sms_sent.eq(delivery.sms.is_sent()),
            payment_requests::sms_failed.eq(delivery.sms.is_failed()),
            payment_requests::delivery_attempts.eq(delivery.attempts),
            payment_requests::delivery_error.eq(error),
            attempted.then(|| payment_requests::last_delivery_attempt.eq(tx.now)),
        ))
        .execute(tx.pg)?;
    Ok(())
}
