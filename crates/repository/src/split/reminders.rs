//! Shares with what decides about reminding of them.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types;
use domain::split::reminders::ReminderFacts;
use domain::split::{Bill, BillStatus, Participant, User};
use domain::{Currency, Id};
use uuid::Uuid;

use super::bill_participants::{self, ParticipantRecord, ParticipantRecordType};
use crate::database::column_types::TextColumn;
use crate::database::statement::{BindNext, statement};
use crate::{Conn, Result};

/// A share with what decides about a reminder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remindable {
    /// The share.
    pub participant: Participant,
    /// Its bill's currency.
    pub currency: Currency,
    /// What the rule looks at.
    pub facts: ReminderFacts,
    /// The database's time of the statement.
    pub now: DateTime<Utc>,
}

#[derive(QueryableByName)]
struct RemindableRow {
    #[diesel(sql_type = sql_types::Uuid)]
    bill_id: Uuid,
    #[diesel(sql_type = sql_types::Text)]
    status: TextColumn<BillStatus>,
    #[diesel(sql_type = sql_types::Text)]
    currency: TextColumn<Currency>,
    #[diesel(sql_type = ParticipantRecordType)]
    participant: ParticipantRecord,
    #[diesel(sql_type = sql_types::Nullable<sql_types::Timestamptz>)]
    last_request: Option<DateTime<Utc>>,
    #[diesel(sql_type = sql_types::Timestamptz)]
    now: DateTime<Utc>,
}

/// The shares of a bill with what decides about a reminder, in one statement.
pub fn list_for_bill(conn: &mut Conn<'_>, bill: Id<Bill>) -> Result<Vec<Remindable>> {
    let rows = statement(
        "SELECT b.id AS bill_id, b.status, b.currency, now() AS now,
                ROW(p.id, p.contact_id, c.name, c.erased_at IS NOT NULL, p.amount_owed, p.payment_status, p.paid_at,
                    p.reminder_count, p.last_reminder_sent, p.created_at, p.updated_at) AS participant,
                (SELECT max(greatest(r.created_at, r.last_delivery_attempt))
                   FROM split.payment_requests r WHERE r.bill_participant_id = p.id) AS last_request
           FROM split.bills b
           JOIN split.bill_participants p ON p.bill_id = b.id AND p.replaced_at IS NULL
           JOIN split.contacts c ON c.id = p.contact_id
          WHERE b.id = ? AND b.deleted_at IS NULL
          ORDER BY p.id",
    )
    .bind::<sql_types::Uuid, _>(bill.uuid())
    .load::<RemindableRow>(conn.pg)?;
    rows.into_iter().map(|row| row.open(conn)).collect()
}

/// The unpaid shares of a user's active bills with what decides about a reminder, at most a thousand, oldest first.
pub fn list_for_user(conn: &mut Conn<'_>, user: Id<User>) -> Result<Vec<Remindable>> {
    let rows = statement(
        "SELECT b.id AS bill_id, b.status, b.currency, now() AS now,
                ROW(p.id, p.contact_id, c.name, c.erased_at IS NOT NULL, p.amount_owed, p.payment_status, p.paid_at,
                    p.reminder_count, p.last_reminder_sent, p.created_at, p.updated_at) AS participant,
                (SELECT max(greatest(r.created_at, r.last_delivery_attempt))
                   FROM split.payment_requests r WHERE r.bill_participant_id = p.id) AS last_request
           FROM split.bills b
           JOIN split.bill_participants p ON p.bill_id = b.id AND p.replaced_at IS NULL
           JOIN split.contacts c ON c.id = p.contact_id
          WHERE b.user_id = ? AND b.deleted_at IS NULL AND b.status = 'active' AND p.payment_status <> 'confirmed'
          ORDER BY p.id
          LIMIT 1000",
    )
    .bind::<sql_types::Uuid, _>(user.uuid())
    .load::<RemindableRow>(conn.pg)?;
    rows.into_iter().map(|row| row.open(conn)).collect()
}

impl RemindableRow {
    fn open(self, conn: &Conn<'_>) -> Result<Remindable> {
        let Self { bill_id, status, currency, participant, last_request, now } = self;
        let participant = bill_participants::open(conn, Id::from_uuid(bill_id), participant)?;
        let facts = ReminderFacts {
            bill_status: status.0,
            payment_status: participant.payment_status,
            payer_is_erased: participant.contact_is_erased,
            last_request,
            last_reminder: participant.last_reminder_sent,
            reminder_count: participant.reminder_count,
        };
        Ok(Remindable { participant, currency: currency.0, facts, now })
    }
}
