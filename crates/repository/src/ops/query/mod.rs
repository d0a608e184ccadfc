//! One statement of an operator, run so that it can do no more than it should, whatever it says.
//!
//! Statements are not made safe by looking at their text: the login of the reader has nothing but SELECT on what may be
//! seen, that of the writer changes rows and nothing else, and each is refused when it could do more. On top of that the
//! reader's transaction is read-only and always rolled back, its statement stands inside a SELECT of ours, and every
//! statement goes to the server by a protocol that takes one statement only.

mod text;

use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel::sql_types::{Json, Text};
use domain::JsonObject;
use serde_json::{Map, Value};

use self::text::bare;
pub use self::text::{concerns_rows, reads};
use super::roles::{self, become_owner, refuse_more_than};
use super::session::establish_within;
use crate::database::column_types::StoredJson;
use crate::error::is_unstorable;
use crate::{Actor, Address, Error, Result, SYSTEMS, database};

/// Rows that are answered at most.
pub const MAX_ROWS: usize = 1_000;

/// The longest that reading may take.
pub const READ_TIMEOUT: Duration = Duration::from_secs(5);

/// The longest that writing may take.
pub const WRITE_TIMEOUT: Duration = Duration::from_secs(30);

/// What reading answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rows {
    /// One JSON object per row, its fields in the order of the columns.
    pub rows: Vec<Map<String, Value>>,
    /// Whether there were more than [`MAX_ROWS`].
    pub more: bool,
}

/// The systems, which are the schemas that names without one are looked for in.
pub fn systems() -> Vec<&'static str> {
    SYSTEMS.iter().map(|system| system.name).collect()
}

/// What a statement is run for: each has a login of its own, and an action in the audit log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// [`read`].
    Read,
    /// [`write()`].
    Write,
    /// [`define`].
    Define,
}

impl Purpose {
    fn action(self) -> &'static str {
        match self {
            Self::Read => "query",
            Self::Write => "write",
            Self::Define => "ddl",
        }
    }
}

/// Records in the audit log that `actor` is about to run this statement: its digest, never its text. Logs in at `address`
/// as the service does, because operators' logins may write nothing to the log. It is committed before the statement runs,
/// so that it stays when that fails.
///
/// # Errors
/// What the database says. A statement that cannot be recorded is not to be run.
pub fn record(
    address: impl Into<Address>,
    wait: Duration,
    purpose: Purpose,
    system: &str,
    sql: &str,
    actor: &Actor,
) -> Result<()> {
    let mut conn = establish_within(&address.into(), wait)?;
    conn.transaction(|conn| {
        database::set_up(conn, actor)?;
        diesel::sql_query("SELECT platform.record_statement($1, $2, $3)")
            .bind::<Text, _>(purpose.action())
            .bind::<Text, _>(system)
            .bind::<Text, _>(sql)
            .execute(conn)?;
        Ok(())
    })
}

/// Runs one SELECT (or VALUES, TABLE, WITH) as the reader who logs in at `address`, and rolls back.
///
/// # Errors
/// [`Error::NotReady`] when the login may do more than read; [`Error::Timeout`] after [`READ_TIMEOUT`];
/// [`Error::Database`] with what PostgreSQL says of the statement.
pub fn read(address: impl Into<Address>, wait: Duration, system: &str, sql: &str) -> Result<Rows> {
    let mut conn = establish_within(&address.into(), wait)?;
    refuse_more_than(&mut conn, &["strongroom_reader"], "read", "DATABASE_READER_URL")?;
    set_up(&mut conn, system, READ_TIMEOUT)?;
    // The line ends keep a comment at the end of the statement from hiding what follows it.
    let statement =
        format!("SELECT row_to_json(q) AS row FROM (\n{}\n) AS q LIMIT {}", bare(sql), MAX_ROWS + 1);
    let mut answer = Ok(Vec::new());
    let rolled_back = conn.build_transaction().read_only().run(|conn| {
        answer = diesel::sql_query(statement).load::<Row>(conn);
        Err::<(), _>(DieselError::RollbackTransaction)
    });
    let mut rows: Vec<_> =
        answer.map_err(of_statement)?.into_iter().map(|row| row.row.0.into_fields()).collect();
    match rolled_back {
        Err(DieselError::RollbackTransaction) => {}
        outcome => outcome?,
    }
    let more = rows.len() > MAX_ROWS;
    rows.truncate(MAX_ROWS);
    Ok(Rows { rows, more })
}

/// Runs one statement that changes rows, as the writer who logs in at `address`, in a transaction that is committed; answers
/// how many rows it touched. The audit log names `actor`.
///
/// # Errors
/// [`Error::NotReady`] when the login may do more than read and change rows, and when the statement needs more than that;
/// [`Error::Timeout`] after [`WRITE_TIMEOUT`]; else what PostgreSQL says of the statement. Nothing is changed then.
pub fn write(
    address: impl Into<Address>,
    wait: Duration,
    system: &str,
    sql: &str,
    actor: &Actor,
) -> Result<usize> {
    if !concerns_rows(sql) {
        return Err(needs_ddl(
            "the statement begins with none of SELECT, INSERT, UPDATE, DELETE, MERGE and WITH",
        ));
    }
    let mut conn = establish_within(&address.into(), wait)?;
    refuse_more_than(
        &mut conn,
        &["strongroom_writer", "strongroom_reader"],
        "read and change rows",
        "DATABASE_WRITER_URL",
    )?;
    commit(&mut conn, system, sql, actor).map_err(|error| match lacking_right(&error) {
        Some(message) => needs_ddl(&message),
        None => error,
    })
}

/// Runs any one statement as the owner, through the login at `address`, in a transaction that is committed; answers how many
/// rows it touched. The audit log names `actor`.
///
/// # Errors
/// [`Error::NotReady`] when the login may not act as the owner, or may do more than that; [`Error::Timeout`] after
/// [`WRITE_TIMEOUT`]; else what PostgreSQL says of the statement. Nothing is changed then.
pub fn define(
    address: impl Into<Address>,
    wait: Duration,
    system: &str,
    sql: &str,
    actor: &Actor,
) -> Result<usize> {
    let mut conn = establish_within(&address.into(), wait)?;
    // PostgreSQL makes whoever owns the database a member of pg_database_owner.
    refuse_more_than(
        &mut conn,
        &["strongroom_migrator", "strongroom_owner", "pg_database_owner"],
        "act as strongroom_owner",
        "DATABASE_ADMIN_URL",
    )?;
    become_owner(&mut conn)?;
    commit(&mut conn, system, sql, actor)
}

fn commit(conn: &mut PgConnection, system: &str, sql: &str, actor: &Actor) -> Result<usize> {
    set_up(conn, system, WRITE_TIMEOUT)?;
    conn.transaction(|conn| {
        database::set_up(conn, actor)?;
        diesel::sql_query(bare(sql)).execute(conn).map_err(of_statement)
    })
}

fn needs_ddl(reason: &str) -> Error {
    Error::NotReady(format!("{reason}: to change anything but rows, add --ddl to --write"))
}

/// What PostgreSQL says of a right that is lacking, which names a table or another object, and no value.
fn lacking_right(error: &Error) -> Option<String> {
    let Error::Database(DieselError::DatabaseError(_, information)) = error else { return None };
    let message = information.message();
    let lacking = ["permission denied", "must be "].iter().any(|text| message.starts_with(text));
    lacking.then(|| message.to_owned())
}

/// What elsewhere stands for something that a request brought, or that passes, is here what the operator's statement ran
/// into: PostgreSQL's own words tell it best.
fn of_statement(error: DieselError) -> Error {
    use DatabaseErrorKind::{ForeignKeyViolation, ReadOnlyTransaction, RestrictViolation};
    match &error {
        DieselError::DatabaseError(ReadOnlyTransaction | ForeignKeyViolation | RestrictViolation, _) => {
            Error::Database(error)
        }
        DieselError::DatabaseError(_, said) if is_unstorable(said.message()) => Error::Database(error),
        _ => error.into(),
    }
}

fn set_up(conn: &mut PgConnection, system: &str, timeout: Duration) -> Result<()> {
    let Some(system) = systems().into_iter().find(|known| *known == system) else {
        return Err(Error::NotReady(format!(
            "there is no system {system}: there are {}",
            systems().join(", ")
        )));
    };
    conn.batch_execute(roles::QUIET_LOG)?;
    Ok(conn.batch_execute(&format!(
        "SET application_name = 'db-manage query'; SET timezone = 'UTC'; SET search_path = {system}, public;
         SET statement_timeout = {timeout}; SET lock_timeout = {timeout}; SET idle_in_transaction_session_timeout = '30s'",
        timeout = timeout.as_millis(),
    ))?)
}

/// The address of an operator's login where none was given: the same database, logged in to as `role`. The password is left
/// out, because it is another's; libpq finds one in `~/.pgpass`, or needs none.
pub fn address_for(role: &str, address: impl Into<Address>) -> Address {
    address.into().with("user", role).with("password", "")
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Json)]
    row: StoredJson<JsonObject>,
}
