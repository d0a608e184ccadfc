//! The lock that keeps two processes from migrating one database.

use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use crate::{Error, Result};

/// Any number will do, as long as it is always this one.
const LOCK: i64 = 0x5354_524f_4e47;

#[derive(QueryableByName)]
struct Holder {
    #[diesel(sql_type = Text)]
    holder: String,
}

/// Takes the lock for as long as the connection lives, or says after `wait` who has it.
pub(super) fn take(conn: &mut PgConnection, wait: Duration) -> Result<()> {
    let wait_in_ms = wait.as_millis().max(1);
    conn.batch_execute(&format!("SET statement_timeout = 0; SET lock_timeout = {wait_in_ms}"))?;
    let locked = diesel::sql_query("SELECT pg_advisory_lock($1)").bind::<BigInt, _>(LOCK).execute(conn);
    match locked.map_err(Error::from) {
        Ok(_) => Ok(()),
        Err(Error::Locked) => Err(Error::NotReady(format!(
            "another process is migrating this database ({}); waited {} s for it. Try again, or wait longer with --wait",
            holder(conn)?,
            wait.as_secs()
        ))),
        Err(error) => Err(error),
    }
}

fn holder(conn: &mut PgConnection) -> Result<String> {
    let holder = diesel::sql_query(
        "SELECT format('%s, server process %s%s', coalesce(nullif(a.application_name, ''), 'unnamed'), a.pid,
                       ', since ' || to_char(a.backend_start AT TIME ZONE 'UTC', 'HH24:MI:SS') || ' UTC') AS holder
           FROM pg_locks l JOIN pg_stat_activity a USING (pid)
          WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
            AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
            AND (l.classid::bigint << 32 | l.objid::bigint) = $1",
    )
    .bind::<BigInt, _>(LOCK)
    .get_result::<Holder>(conn)
    .optional()?;
    Ok(holder.map_or_else(|| "it has just finished".to_owned(), |row| row.holder))
}
