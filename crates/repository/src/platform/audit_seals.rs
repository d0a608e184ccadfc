//! Seals of the audit log; [`ops::audit`](crate::ops::audit) makes and checks them.

use chrono::{DateTime, Utc};
use diesel::dsl::max;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use crate::database::statement::{BindNext, statement};
use crate::schema::platform::audit_seals;
use crate::{Audit, Conn, Result, Table, Tx};

/// What the shared machinery knows of this table.
pub const TABLE: Table = Table {
    clear: &[
        ("digest", "nothing: a keyed digest"),
        ("entries", "nothing: a keyed digest"),
        ("previous", "nothing: a keyed digest"),
    ],
    audit: Audit::Nothing(
        "checkpoints are the evidence for the audit log; a log of them would need checkpoints of its own",
    ),
    key: "number",
    ..Table::new("platform", "audit_seals", "checkpoint")
};

/// Any number will do, as long as it is always this one: who seals holds it.
const LOCK: i64 = 0x5354_524f_4e47_5345;

diesel::define_sql_function! {
    /// Takes an advisory lock until the end of the transaction, if nobody has it.
    fn pg_try_advisory_xact_lock(key: BigInt) -> Bool;
}
diesel::define_sql_function! {
    /// The last id that any transaction, finished or not, took for an audit row.
    #[sql_name = "platform.last_audit_id"]
    fn last_audit_id() -> BigInt;
}

/// One seal, as it is stored.
#[derive(Clone, Debug, HasQuery, Insertable)]
#[diesel(table_name = audit_seals, check_for_backend(diesel::pg::Pg))]
pub(crate) struct SealRow {
    pub(crate) number: i64,
    pub(crate) after_id: i64,
    pub(crate) last_id: i64,
    pub(crate) row_count: i32,
    pub(crate) entries: Vec<u8>,
    pub(crate) retired_before: Option<DateTime<Utc>>,
    pub(crate) previous: Vec<u8>,
    pub(crate) digest: Vec<u8>,
    pub(crate) created_at: DateTime<Utc>,
}

/// Whether this transaction may seal: no other does until it ends.
pub(crate) fn take_turn(tx: &mut Tx<'_>) -> Result<bool> {
    Ok(diesel::select(pg_try_advisory_xact_lock(LOCK)).get_result(tx.pg)?)
}

/// Waits until this transaction may seal: no other does until it ends.
pub(crate) fn wait_for_turn(tx: &mut Tx<'_>) -> Result<()> {
    statement("SELECT pg_advisory_xact_lock(?)").bind::<BigInt, _>(LOCK).execute(tx.pg)?;
    Ok(())
}

/// The last id that was taken for an audit row.
pub(crate) fn last_taken_id(conn: &mut Conn<'_>) -> Result<i64> {
    Ok(diesel::select(last_audit_id()).get_result(conn.pg)?)
}

/// The newest seal.
pub(crate) fn newest(conn: &mut Conn<'_>) -> Result<Option<SealRow>> {
    Ok(SealRow::query().order(audit_seals::number.desc()).first(conn.pg).optional()?)
}

/// The next seals of the chain, at most `limit`.
pub(crate) fn following(conn: &mut Conn<'_>, number: i64, limit: i64) -> Result<Vec<SealRow>> {
    let following = SealRow::query().filter(audit_seals::number.gt(number));
    Ok(following.order(audit_seals::number).limit(limit).load(conn.pg)?)
}

/// The seals that say that rows were dropped on purpose.
pub(crate) fn retiring(conn: &mut Conn<'_>) -> Result<Vec<SealRow>> {
    Ok(SealRow::query().filter(audit_seals::retired_before.is_not_null()).load(conn.pg)?)
}

/// The greatest number; none when there is no seal.
pub(crate) fn greatest_number(conn: &mut Conn<'_>) -> Result<Option<i64>> {
    Ok(audit_seals::table.select(max(audit_seals::number)).first(conn.pg)?)
}

/// Adds a seal.
pub(crate) fn insert(tx: &mut Tx<'_>, seal: &SealRow) -> Result<()> {
    diesel::insert_into(audit_seals::table).values(seal.clone()).execute(tx.pg)?;
    Ok(())
}
