//! UPI payment requests.

use chrono::{DateTime, Utc};
use codec::Column;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{self, Array};
use domain::pii::{NoteKind, UpiLinkKind};
use domain::split::delivery::Delivery;
use domain::split::{Bill, Participant, PaymentRequest, RequestStatus};
use domain::{Id, Note, UpiLink};
use uuid::Uuid;

use crate::schema::split::{bill_participants, bills, payment_requests};
use crate::sealed::{Sealed, seal, sql_types as sealed_types};
use crate::statement::{BindNext, statement};
use crate::stored::Parsed;
use crate::{Access, Cx, Error, Keep, Result, Rule, SealedColumn, Table, Tx, Verb};

/// What the shared machinery knows of this table.
pub const TABLE: Table = Table {
    access: Access::Parent("bill_participant_id", &super::bill_participants::TABLE),
    end_users_may: &[Verb::Select, Verb::Insert, Verb::Update],
    sealed: &[SealedColumn::new("upi_link"), SealedColumn::new("delivery_error")],
    enums: &["status"],
    retention: &[Rule {
        name: "payment-requests",
        about: "payment requests that failed or were confirmed",
        condition: "(t.status = 'confirmed' AND t.confirmed_at < $1) OR (t.status = 'failed' AND t.updated_at < $1)",
        keep: Keep::Setting("PAYMENT_REQUEST_RETENTION_DAYS", 30),
    }],
    ..Table::new("split", "payment_requests", "payment request")
};

const UPI_LINK: Column = Column::new("split", "payment_requests", "upi_link");
const DELIVERY_ERROR: Column = Column::new("split", "payment_requests", "delivery_error");

#[derive(HasQuery)]
#[diesel(table_name = payment_requests, check_for_backend(Pg))]
struct PaymentRequestRow {
    id: Uuid,
    bill_participant_id: Uuid,
    upi_link: Sealed<UpiLinkKind>,
    status: Parsed<RequestStatus>,
    whatsapp_sent: bool,
    whatsapp_failed: bool,
    sms_sent: bool,
    sms_failed: bool,
    delivery_attempts: i32,
    confirmed_at: Option<DateTime<Utc>>,
    last_delivery_attempt: Option<DateTime<Utc>>,
    delivery_error: Option<Sealed<NoteKind>>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl PaymentRequestRow {
    fn open(self, cx: &Cx<'_>) -> Result<PaymentRequest> {
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
            created_at,
            updated_at,
        } = self;
        Ok(PaymentRequest {
            id: Id::from_uuid(id),
            participant_id: Id::from_uuid(bill_participant_id),
            upi_link: upi_link.open(cx, &UPI_LINK, id)?,
            status: status.0,
            whatsapp_sent,
            whatsapp_failed,
            sms_sent,
            sms_failed,
            delivery_attempts,
            confirmed_at,
            last_delivery_attempt,
            delivery_error: delivery_error.map(|error| error.open(cx, &DELIVERY_ERROR, id)).transpose()?,
            created_at,
            updated_at,
        })
    }
}

/// Stores one request for each of the given shares, in one statement.
pub fn insert_all(tx: &mut Tx<'_>, links: Vec<(Id<Participant>, UpiLink)>) -> Result<Vec<PaymentRequest>> {
    let ids: Vec<Id<PaymentRequest>> = links.iter().map(|_| Id::generate()).collect();
    let keys: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let participants: Vec<Uuid> = links.iter().map(|(participant, _)| participant.uuid()).collect();
    let sealed = keys.iter().zip(&links).map(|(key, (_, link))| seal(tx, &UPI_LINK, *key, link));
    let sealed = sealed.collect::<Result<Vec<_>>>()?;
    statement(
        "INSERT INTO split.payment_requests (id, bill_participant_id, upi_link)
         SELECT id, bill_participant_id, upi_link
           FROM unnest(?, ?, ?) AS requests (id, bill_participant_id, upi_link)",
    )
    .bind::<Array<sql_types::Uuid>, _>(keys)
    .bind::<Array<sql_types::Uuid>, _>(participants)
    .bind::<Array<sealed_types::Sealed>, _>(sealed)
    .execute(tx.conn)?;
    Ok(ids
        .into_iter()
        .zip(links)
        .map(|(id, (participant_id, upi_link))| PaymentRequest {
            id,
            participant_id,
            upi_link,
            status: RequestStatus::Pending,
            whatsapp_sent: false,
            whatsapp_failed: false,
            sms_sent: false,
            sms_failed: false,
            delivery_attempts: 0,
            confirmed_at: None,
            last_delivery_attempt: None,
            delivery_error: None,
            created_at: tx.now,
            updated_at: tx.now,
        })
        .collect())
}

/// The request with this id, and the bill it belongs to.
///
/// # Errors
/// [`Error::NotFound`] when there is none, or its bill is deleted.
pub fn get(cx: &mut Cx<'_>, id: Id<PaymentRequest>) -> Result<(PaymentRequest, Id<Bill>)> {
    let found: Option<(PaymentRequestRow, Uuid)> = payment_requests::table
        .inner_join(
            bill_participants::table.inner_join(bills::table.on(bills::id.eq(bill_participants::bill_id))),
        )
        .filter(payment_requests::id.eq(id.uuid()))
        .filter(bills::deleted_at.is_null())
        .select((PaymentRequestRow::as_select(), bills::id))
        .first(cx.conn)
        .optional()?;
    let (row, bill) = found.ok_or(Error::NotFound("payment request"))?;
    Ok((row.open(cx)?, Id::from_uuid(bill)))
}

/// The requests of a bill, in the order of its shares, newest first within each.
pub fn list_for_bill(cx: &mut Cx<'_>, bill: Id<Bill>) -> Result<Vec<PaymentRequest>> {
    let rows = PaymentRequestRow::query()
        .inner_join(bill_participants::table)
        .filter(bill_participants::bill_id.eq(bill.uuid()))
        .order((
            payment_requests::bill_participant_id,
            payment_requests::created_at.desc(),
            payment_requests::id.desc(),
        ))
        .load(cx.conn)?;
    rows.into_iter().map(|row| row.open(cx)).collect()
}

/// Marks the latest request for a share, if there is one, as paid now.
pub fn confirm_latest(tx: &mut Tx<'_>, participant: Id<Participant>) -> Result<()> {
    statement(
        "UPDATE split.payment_requests SET status = 'confirmed', confirmed_at = now()
          WHERE id = (SELECT id FROM split.payment_requests WHERE bill_participant_id = ?
                       ORDER BY created_at DESC, id DESC LIMIT 1)",
    )
    .bind::<sql_types::Uuid, _>(participant.uuid())
    .execute(tx.conn)?;
    Ok(())
}

/// Stores how the delivery of a request stands. `attempted` stamps the time; `error` replaces the one that stands
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
        .execute(tx.conn)?;
    Ok(())
}

/// Takes back the confirmation of the latest request for a share: it stands as it was last sent, or pending.
pub fn unconfirm_latest(tx: &mut Tx<'_>, participant: Id<Participant>) -> Result<()> {
    statement(
        "UPDATE split.payment_requests
            SET status = CASE WHEN whatsapp_sent OR sms_sent THEN 'sent' ELSE 'pending' END, confirmed_at = NULL
          WHERE status = 'confirmed'
            AND id = (SELECT id FROM split.payment_requests WHERE bill_participant_id = ?
                       ORDER BY created_at DESC, id DESC LIMIT 1)",
    )
    .bind::<sql_types::Uuid, _>(participant.uuid())
    .execute(tx.conn)?;
    Ok(())
}
