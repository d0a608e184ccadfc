//! Attempts to log in, counted by the name that was given, whether anybody has it or not.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel::sql_types::{self, Nullable};
use domain::Id;

use crate::database::statement::{BindNext, statement};
use crate::{Audit, Keep, Result, Rule, Table, Tx};

/// What the shared machinery knows of this table. It is not audited: it counts, and the counts are gone a day later.
pub const TABLE: Table = Table {
    clear: &[
        ("name_digest", "that a name was tried again: a keyed digest"),
        ("system", "which system was logged in to"),
    ],
    audit: Audit::Nothing("a failed log-in changes nothing"),
    retention: &[Rule {
        name: "login-failures",
        about: "failed attempts to log in",
        condition: "t.updated_at < $1",
        // Longer than any lock-out lasts.
        keep: Keep::Days(1),
    }],
    ..Table::new("platform", "login_failures", "failed log-in")
};

/// When a name is locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lockout {
    /// After so many attempts that failed.
    pub attempts: i32,
    /// Within such a time.
    pub within: TimeDelta,
    /// For so long.
    pub locked_for: TimeDelta,
}

/// Names the ids of this table.
struct Failure;

#[derive(QueryableByName)]
struct Locked {
    #[diesel(sql_type = Nullable<sql_types::Timestamptz>)]
    locked_until: Option<DateTime<Utc>>,
}

/// Counts an attempt before it is looked at, so that many at once are no more than the same number one by one. Answers
/// until when the name is locked, if this attempt is not to be looked at.
///
/// The attempt that completes the number is looked at, and locks the name for the next one.
pub fn count(
    tx: &mut Tx<'_>,
    system: &str,
    name_digest: &[u8],
    lockout: Lockout,
) -> Result<Option<DateTime<Utc>>> {
    // A row that is locked is left as it is: nothing is returned then, and the second statement tells why.
    let counted = statement(
        "INSERT INTO platform.login_failures AS f (id, system, name_digest, failed_attempts, first_failed_at, locked_until)
         VALUES (?, ?, ?, 1, now(), CASE WHEN ? <= 1 THEN now() + ? END)
         ON CONFLICT (system, name_digest) DO UPDATE SET
             failed_attempts = CASE WHEN f.locked_until IS NOT NULL OR f.first_failed_at <= now() - ? THEN 1 ELSE f.failed_attempts + 1 END,
             first_failed_at = CASE WHEN f.locked_until IS NOT NULL OR f.first_failed_at <= now() - ? THEN now() ELSE f.first_failed_at END,
             locked_until = CASE WHEN f.locked_until IS NULL AND f.first_failed_at > now() - ?
                                  AND f.failed_attempts + 1 >= ? THEN now() + ? END
         WHERE f.locked_until IS NULL OR f.locked_until <= now()",
    )
    .bind::<sql_types::Uuid, _>(Id::<Failure>::generate().uuid())
    .bind::<sql_types::Text, _>(system)
    .bind::<sql_types::Binary, _>(name_digest)
    .bind::<sql_types::Integer, _>(lockout.attempts)
    .bind::<sql_types::Interval, _>(lockout.locked_for)
    .bind::<sql_types::Interval, _>(lockout.within)
    .bind::<sql_types::Interval, _>(lockout.within)
    .bind::<sql_types::Interval, _>(lockout.within)
    .bind::<sql_types::Integer, _>(lockout.attempts)
    .bind::<sql_types::Interval, _>(lockout.locked_for)
    .execute(tx.pg)?;
    if counted > 0 {
        return Ok(None);
    }
    let row: Option<Locked> =
        statement("SELECT locked_until FROM platform.login_failures WHERE system = ? AND name_digest = ?")
            .bind::<sql_types::Text, _>(system)
            .bind::<sql_types::Binary, _>(name_digest)
            .get_result(tx.pg)
            .optional()?;
    Ok(row.and_then(|row| row.locked_until))
}

/// Forgets the attempts with a name, because one of them succeeded.
pub fn forget(tx: &mut Tx<'_>, system: &str, name_digest: &[u8]) -> Result<()> {
    statement("DELETE FROM platform.login_failures WHERE system = ? AND name_digest = ?")
        .bind::<sql_types::Text, _>(system)
        .bind::<sql_types::Binary, _>(name_digest)
        .execute(tx.pg)?;
    Ok(())
}
