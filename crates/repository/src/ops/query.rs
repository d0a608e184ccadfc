//! One statement of an operator, run so that it can do no more than it should, whatever it says.
//!
//! Reading is not made safe by looking at the text: the login of the reader has nothing but SELECT on what may be seen,
//! and is refused when it could do more. On top of that the transaction is read-only and always rolled back, the
//! statement stands inside a SELECT of ours, and it goes to the server by a protocol that takes one statement only.

use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel::sql_types::{Bool, Json, Text};
use domain::JsonObject;
use serde_json::{Map, Value};

use super::roles::become_owner;
use super::session::establish_within;
use crate::stored::StoredJson;
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

/// Records in the audit log that `actor` is about to read with this statement: its digest, never its text. Logs in at
/// `address` as the service does, because the reader may write nothing at all.
///
/// # Errors
/// What the database says. Whoever cannot be recorded does not read.
pub fn record(
    address: impl Into<Address>,
    wait: Duration,
    system: &str,
    sql: &str,
    actor: &Actor,
) -> Result<()> {
    let mut conn = establish_within(&address.into(), wait)?;
    conn.transaction(|conn| {
        database::set_up(conn, actor)?;
        diesel::sql_query("SELECT platform.record_query($1, $2)")
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
    refuse_more_than_reading(&mut conn)?;
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

/// Runs one statement as the owner, through the login at `address`, in a transaction that is committed; answers how many rows
/// it touched. The audit log names `actor`.
///
/// # Errors
/// [`Error::NotReady`] when the login may not act as the owner; [`Error::Timeout`] after [`WRITE_TIMEOUT`]; else what
/// PostgreSQL says of the statement. Nothing is changed then.
pub fn write(
    address: impl Into<Address>,
    wait: Duration,
    system: &str,
    sql: &str,
    actor: &Actor,
) -> Result<usize> {
    let mut conn = establish_within(&address.into(), wait)?;
    become_owner(&mut conn)?;
    set_up(&mut conn, system, WRITE_TIMEOUT)?;
    conn.transaction(|conn| {
        database::set_up(conn, actor)?;
        Ok(diesel::sql_query(bare(sql)).execute(conn)?)
    })
}

/// Elsewhere a read-only transaction means that the server became a replica; here it is what the statement ran into.
fn of_statement(error: DieselError) -> Error {
    match error {
        DieselError::DatabaseError(DatabaseErrorKind::ReadOnlyTransaction, _) => Error::Database(error),
        other => other.into(),
    }
}

fn set_up(conn: &mut PgConnection, system: &str, timeout: Duration) -> Result<()> {
    let Some(system) = systems().into_iter().find(|known| *known == system) else {
        return Err(Error::NotReady(format!(
            "there is no system {system}: there are {}",
            systems().join(", ")
        )));
    };
    Ok(conn.batch_execute(&format!(
        "SET application_name = 'db-manage query'; SET timezone = 'UTC'; SET search_path = {system}, public;
         SET statement_timeout = {timeout}; SET lock_timeout = {timeout}; SET idle_in_transaction_session_timeout = '30s'",
        timeout = timeout.as_millis(),
    ))?)
}

/// The statement without the semicolons that people end it with.
fn bare(sql: &str) -> &str {
    sql.trim_end_matches(|letter: char| letter == ';' || letter.is_whitespace())
}

/// A login that is a superuser, owns anything here or belongs to other roles could leave the reader's role behind.
fn refuse_more_than_reading(conn: &mut PgConnection) -> Result<()> {
    let login = diesel::sql_query(
        "SELECT session_user::text AS name,
                rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication
                OR EXISTS (SELECT FROM pg_roles other
                            WHERE other.rolname NOT IN (session_user, 'strongroom_reader')
                              AND pg_has_role(session_user, other.oid, 'MEMBER')) AS powerful
           FROM pg_roles WHERE rolname = session_user",
    )
    .get_result::<Login>(conn)?;
    if login.powerful {
        return Err(Error::NotReady(format!(
            "the login {} may do more than read, so no query is run with it: let DATABASE_READER_URL log in as \
             strongroom_reader",
            login.name
        )));
    }
    Ok(())
}

/// The address of the reader where none was given: the same database, logged in to as `strongroom_reader`. The password is
/// left out, because it is another's; libpq finds one in `~/.pgpass`, or needs none.
pub fn reader_address(address: impl Into<Address>) -> Address {
    address.into().with("user", "strongroom_reader").with("password", "")
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Json)]
    row: StoredJson<JsonObject>,
}

#[derive(QueryableByName)]
struct Login {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Bool)]
    powerful: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn semicolons_at_the_end_are_not_part_of_a_statement() {
        assert_eq!(bare("SELECT 1 ; \n;"), "SELECT 1");
        assert_eq!(bare("SELECT ';'"), "SELECT ';'");
    }
}
