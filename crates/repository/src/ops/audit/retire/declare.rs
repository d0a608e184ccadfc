//! The first step: a seal that says what is dropped.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Timestamptz};

use super::Month;
use crate::database::statement::{BindNext, statement};
use crate::ops::audit::digest::Keys;
use crate::ops::audit::verify::{Verified, micros_since_2000};
use crate::ops::audit::{Head, seal, verify};
use crate::platform::audit_seals::{self, SealRow};
use crate::{Actor, Conn, Database, Error, Result, Tx};

/// That a seal says it. Nothing is dropped without.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    /// The month: everything before it is dropped.
    pub before: Month,
    /// Number of the seal.
    pub seal: i64,
    /// The seal, as `number:digest`.
    pub head: Option<String>,
    /// Rows up to this id are sealed.
    pub(super) last_id: i64,
}

/// Adds a seal which says that the rows of before a month are dropped on purpose. Tells `progress` how much of the log is
/// checked.
///
/// # Errors
/// As for [`check`]; else what the database says.
pub fn declare(
    database: &Database,
    actor: &Actor,
    before: Month,
    progress: impl FnMut(u64, u64),
) -> Result<Declared> {
    check(database, actor, before, progress)?;
    let keys = Keys::of(database.cipher());
    database.write("platform.declare_audit_retirement", actor, |tx| add_seal(tx, &keys, before))
}

/// Says why the rows of before a month may not be dropped, if they may not. Changes nothing.
///
/// # Errors
/// [`Error::NotReady`] when the month is this one or a later one, when rows of before it are not sealed, or when there are
/// faults among them, which would be dropped with them.
pub fn check(
    database: &Database,
    actor: &Actor,
    before: Month,
    progress: impl FnMut(u64, u64),
) -> Result<()> {
    refuse_recent(before, super::this_month(database, actor)?)?;
    refuse_faults(before, &verify(database, actor, None, progress)?)?;
    database.read("platform.find_unsealed_rows", actor, |conn| {
        let last_id = audit_seals::newest(conn)?.map_or(i64::MIN, |seal| seal.last_id);
        refuse_unsealed(conn, before, last_id)
    })
}

/// Once more in the transaction that adds the seal: others seal meanwhile, and a transaction that began long ago may end.
fn add_seal(tx: &mut Tx<'_>, keys: &Keys, before: Month) -> Result<Declared> {
    refuse_recent(before, Month::of(tx.now))?;
    audit_seals::wait_for_turn(tx)?;
    let next = seal::next(tx, keys)?;
    refuse_unsealed(tx, before, next.after_id)?;
    let seal = SealRow { retired_before: Some(before.begin()), ..next }.signed(keys);
    audit_seals::insert(tx, &seal)?;
    let head = Head::of(&seal).map(|head| head.to_string());
    Ok(Declared { before, seal: seal.number, head, last_id: seal.last_id })
}

/// The month before this one is kept as well, so that a transaction which began in it has ended by now.
fn refuse_recent(before: Month, this: Month) -> Result<()> {
    if before < this {
        return Ok(());
    }
    Err(Error::NotReady(format!(
        "{before} is not over: everything before {} may be retired, but nothing later",
        this.earlier(1)
    )))
}

fn refuse_faults(before: Month, verified: &Verified) -> Result<()> {
    let begin = micros_since_2000(before.begin());
    let mut faults = verified.faults.iter().filter(|fault| fault.may_be_before(begin));
    let Some(first) = faults.next() else { return Ok(()) };
    Err(Error::NotReady(format!(
        "something is wrong with the log of before {before}, and retiring would hide it (faults: {}; the first: {}). \
         Nothing was dropped. `db-manage audit verify` lists them, docs/audit.md says what to do",
        1 + faults.count(),
        first.reason
    )))
}

fn refuse_unsealed(conn: &mut Conn<'_>, before: Month, last_id: i64) -> Result<()> {
    let rows = count_unsealed(conn, before.begin(), last_id)?;
    if rows == 0 {
        return Ok(());
    }
    Err(Error::NotReady(format!(
        "{rows} rows of before {before} are not sealed yet, so nothing vouches for them. Nothing was dropped. \
         `db-manage audit verify` seals them, once every transaction is over that was writing when it began"
    )))
}

fn count_unsealed(conn: &mut Conn<'_>, before: DateTime<Utc>, last_id: i64) -> Result<i64> {
    let counted =
        statement("SELECT count(*) AS rows FROM platform.audit_log WHERE created_at < ? AND id > ?")
            .bind::<Timestamptz, _>(before)
            .bind::<BigInt, _>(last_id)
            .get_result::<Counted>(conn.pg)?;
    Ok(counted.rows)
}

#[derive(QueryableByName)]
struct Counted {
    #[diesel(sql_type = BigInt)]
    rows: i64,
}
