//! What somebody has still to pay, found by phone number.

use diesel::prelude::*;
use diesel::sql_types;
use domain::split::{Participant, User};
use domain::{Currency, Id, PhoneNumber, Text};
use uuid::Uuid;

use super::bill_participants::{self, ParticipantRecord, ParticipantRecordType};
use crate::database::column_types::TextColumn;
use crate::database::sealed::blind_index;
use crate::database::statement::{BindNext, statement};
use crate::{Conn, Result};

/// A share that somebody with a phone number has still to pay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingPayment {
    /// The share.
    pub participant: Participant,
    /// Whose bill it is.
    pub user_id: Id<User>,
    /// What it was for.
    pub description: Option<Text<2000>>,
    /// Where it was.
    pub merchant: Option<Text<200>>,
    /// Currency of the share.
    pub currency: Currency,
}

#[derive(QueryableByName)]
struct PendingRow {
    #[diesel(sql_type = sql_types::Uuid)]
    bill_id: Uuid,
    #[diesel(sql_type = sql_types::Uuid)]
    user_id: Uuid,
    #[diesel(sql_type = sql_types::Nullable<sql_types::Text>)]
    description: Option<String>,
    #[diesel(sql_type = sql_types::Nullable<sql_types::Text>)]
    merchant: Option<String>,
    #[diesel(sql_type = sql_types::Text)]
    currency: TextColumn<Currency>,
    #[diesel(sql_type = ParticipantRecordType)]
    participant: ParticipantRecord,
}

/// What the payer with this phone number has still to pay, to whomever, of the last thirty days and not of cancelled
/// bills; newest first, at most a hundred.
pub fn list_by_phone(conn: &mut Conn<'_>, phone: &PhoneNumber) -> Result<Vec<PendingPayment>> {
    let bidx = blind_index(conn, &super::contacts::PHONE_NUMBER, phone)?;
    let rows = statement(
        "SELECT b.id AS bill_id, b.user_id, b.description, b.merchant, b.currency,
                ROW(p.id, p.contact_id, c.name, c.erased_at IS NOT NULL, p.amount_owed, p.payment_status, p.paid_at,
                    p.reminder_count, p.last_reminder_sent, p.created_at, p.updated_at) AS participant
           FROM split.contacts c
           JOIN split.bill_participants p ON p.contact_id = c.id AND p.replaced_at IS NULL
           JOIN split.bills b ON b.id = p.bill_id
          WHERE c.phone_number_bidx = ? AND c.deleted_at IS NULL
            AND b.deleted_at IS NULL AND b.status <> 'cancelled'
            AND p.payment_status <> 'confirmed' AND p.created_at > now() - INTERVAL '30 days'
          ORDER BY p.id DESC
          LIMIT 100",
    )
    .bind::<sql_types::Binary, _>(bidx)
    .load::<PendingRow>(conn.pg)?;
    let open = |row: PendingRow| {
        let PendingRow { bill_id, user_id, description, merchant, currency, participant } = row;
        Ok(PendingPayment {
            participant: bill_participants::open(conn, Id::from_uuid(bill_id), participant)?,
            user_id: Id::from_uuid(user_id),
            description: description.map(Text::from_trusted),
            merchant: merchant.map(Text::from_trusted),
            currency: currency.0,
        })
    };
    rows.into_iter().map(open).collect()
}
