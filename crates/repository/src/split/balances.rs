//! What a user's contacts owe over all active bills.

use bigdecimal::BigDecimal;
use diesel::prelude::*;
use diesel::sql_types;
use domain::pii::NameKind;
use domain::split::{Balance, User};
use domain::{Currency, Id, SignedAmount};
use uuid::Uuid;

use crate::database::column_types::TextColumn;
use crate::database::sealed::{Sealed, sql_types as sealed_types};
use crate::database::statement::{BindNext, statement};
use crate::{Conn, Error, Result};

#[derive(QueryableByName)]
struct BalanceRow {
    #[diesel(sql_type = sql_types::Uuid)]
    contact_id: Uuid,
    #[diesel(sql_type = sealed_types::Sealed)]
    name: Sealed<NameKind>,
    #[diesel(sql_type = sql_types::Text)]
    currency: TextColumn<Currency>,
    #[diesel(sql_type = sql_types::Numeric)]
    owed: BigDecimal,
    #[diesel(sql_type = sql_types::Numeric)]
    paid: BigDecimal,
}

/// What each contact of a user owes over all active bills, one row for each contact and currency, newest contact first.
pub fn list_for_user(conn: &mut Conn<'_>, user: Id<User>) -> Result<Vec<Balance>> {
    let rows = statement(
        "SELECT c.id AS contact_id, c.name, b.currency, sum(p.amount_owed) AS owed,
                coalesce(sum(p.amount_owed) FILTER (WHERE p.payment_status = 'confirmed'), 0) AS paid
           FROM split.bills b
           JOIN split.bill_participants p ON p.bill_id = b.id AND p.replaced_at IS NULL
           JOIN split.contacts c ON c.id = p.contact_id
          WHERE b.user_id = ? AND b.deleted_at IS NULL AND b.status = 'active'
          GROUP BY c.id, b.currency
          ORDER BY c.id DESC, b.currency",
    )
    .bind::<sql_types::Uuid, _>(user.uuid())
    .load::<BalanceRow>(conn.pg)?;
    let invalid = |error: domain::money::AmountError| Error::Invalid(format!("a balance: {error}"));
    let open = |row: BalanceRow| {
        let BalanceRow { contact_id, name, currency, owed, paid } = row;
        Ok(Balance {
            contact_id: Id::from_uuid(contact_id),
            contact_name: name.open(conn, &super::contacts::NAME, contact_id)?,
            currency: currency.0,
            owed: SignedAmount::from_bigdecimal(&owed).map_err(invalid)?,
            paid: SignedAmount::from_bigdecimal(&paid).map_err(invalid)?,
        })
    };
    rows.into_iter().map(open).collect()
}
