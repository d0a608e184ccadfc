//! The second step: what a seal says is dropped, is dropped.

use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text, Timestamptz};

use super::{Declared, Plan};
use crate::database::statement::{BindNext, statement};
use crate::ops::migrations::Migrator;
use crate::platform::audit_log::{self, OldPart};
use crate::{Actor, Error, Result, database};

/// The longest that a partition may wait for its lock. Everybody who writes waits behind it, so it is short.
const LOCK: &str = "500ms";

/// How long it stands back before it tries again.
const PAUSE: Duration = Duration::from_secs(1);

/// Drops the partitions that lie wholly before the month, and deletes the rows of before it that others hold. Each
/// partition has a transaction of its own, which records in the audit log that it is gone. Tells `progress` each before it
/// goes. Tries again for as long as `patience` where somebody uses a partition. Answers what went.
///
/// # Errors
/// [`Error::NotReady`] when a partition is in use for longer than `patience`, or has rows that are not sealed; else what
/// the database says. What went until then is gone, and the next call goes on from there.
pub fn drop_declared(
    migrator: &mut Migrator,
    actor: &Actor,
    declared: &Declared,
    patience: Duration,
    mut progress: impl FnMut(&OldPart),
) -> Result<Plan> {
    let mut gone = Vec::new();
    for part in audit_log::parts_before(migrator.conn(), declared.before.begin())? {
        progress(&part);
        let rows = patiently(&part, patience, || remove(migrator.conn(), actor, declared, &part))?;
        gone.push(OldPart { rows, ..part });
    }
    Ok(Plan::of(declared.before, gone))
}

fn patiently<T>(part: &OldPart, patience: Duration, mut attempt: impl FnMut() -> Result<T>) -> Result<T> {
    let give_up = Instant::now() + patience;
    loop {
        match attempt() {
            Err(Error::Locked | Error::Contention) if Instant::now() < give_up => {
                std::thread::sleep(PAUSE);
            }
            Err(Error::Locked | Error::Contention) => return Err(in_use(part)),
            outcome => return outcome,
        }
    }
}

fn in_use(part: &OldPart) -> Error {
    Error::NotReady(format!(
        "{} could not be dropped, because somebody is using the audit log for long, as a backup does. What went before \
         it is gone, and the rest is as it was. Run the same command again when that is over, or let it wait longer \
         with --wait",
        part.partition
    ))
}

/// Answers how many rows went.
fn remove(conn: &mut PgConnection, actor: &Actor, declared: &Declared, part: &OldPart) -> Result<i64> {
    conn.transaction(|conn| {
        database::set_up(conn, actor)?;
        conn.batch_execute(&format!("SET LOCAL lock_timeout = '{LOCK}'"))?;
        let rows = if part.whole {
            drop_partition(conn, declared, &part.partition)?
        } else {
            delete_rows(conn, declared, &part.partition)?
        };
        record(conn, declared, &part.partition, rows)?;
        Ok(rows)
    })
}

/// Nobody writes to a month that is over, so the lock for counting is in nobody's way. The one for dropping is on the whole
/// log, and is held for no longer than dropping takes.
fn drop_partition(conn: &mut PgConnection, declared: &Declared, partition: &str) -> Result<i64> {
    conn.batch_execute(&format!("LOCK TABLE {partition} IN SHARE MODE"))?;
    let counted = diesel::sql_query(format!(
        "SELECT count(*) AS rows, count(*) FILTER (WHERE id > $1) AS unsealed FROM {partition}"
    ))
    .bind::<BigInt, _>(declared.last_id)
    .get_result::<Counted>(conn)?;
    if counted.unsealed > 0 {
        return Err(Error::NotReady(format!(
            "rows came into {partition} that are not sealed yet, so it was not dropped: run the same command again"
        )));
    }
    conn.batch_execute(&format!("DROP TABLE {partition}"))?;
    Ok(counted.rows)
}

/// Rows that are not sealed stay for the next time.
fn delete_rows(conn: &mut PgConnection, declared: &Declared, partition: &str) -> Result<i64> {
    let deleted = diesel::sql_query(format!("DELETE FROM {partition} WHERE created_at < $1 AND id <= $2"))
        .bind::<Timestamptz, _>(declared.before.begin())
        .bind::<BigInt, _>(declared.last_id)
        .execute(conn)?;
    Ok(i64::try_from(deleted).unwrap_or(i64::MAX))
}

/// Last, because whoever writes to the log holds up the sealing of it until the end of the transaction.
fn record(conn: &mut PgConnection, declared: &Declared, partition: &str, rows: i64) -> Result<()> {
    statement(
        "INSERT INTO platform.audit_log (actor, action, table_name, row_id, old_values)
         VALUES (platform.current_actor(), 'retire', 'platform.audit_log', ?,
                 jsonb_build_object('rows', ?, 'retired_before', ?, 'seal', ?))",
    )
    .bind::<Text, _>(partition)
    .bind::<BigInt, _>(rows)
    .bind::<Timestamptz, _>(declared.before.begin())
    .bind::<BigInt, _>(declared.seal)
    .execute(conn)?;
    Ok(())
}

#[derive(QueryableByName)]
struct Counted {
    #[diesel(sql_type = BigInt)]
    rows: i64,
    #[diesel(sql_type = BigInt)]
    unsealed: i64,
}
