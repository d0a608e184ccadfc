//! One connection that needs neither keys nor tables, for what must also work on a database that is not ready.

use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};

use crate::{Address, Error, Result};

/// A connection outside the pool, for operators. It looks; what changes anything is
/// [`Migrator`](super::migrations::Migrator) or the [`Database`](crate::Database).
pub struct Session {
    conn: PgConnection,
}

impl Session {
    /// Logs in at `address`. Waits at most `wait` for a server that cannot be reached yet, or is starting.
    ///
    /// # Errors
    /// [`Error::Unavailable`] with what libpq says.
    pub fn connect(address: impl Into<Address>, wait: Duration) -> Result<Self> {
        let mut conn = establish_within(&address.into(), wait)?;
        conn.batch_execute(
            "SET application_name = 'db-manage'; SET statement_timeout = '30s'; SET timezone = 'UTC'",
        )?;
        Ok(Self { conn })
    }

    /// The server's version, the database's name, and who is logged in.
    ///
    /// # Errors
    /// What the database says.
    pub fn facts(&mut self) -> Result<Facts> {
        Ok(diesel::sql_query(
            "SELECT current_setting('server_version') AS server_version, current_database()::text AS database,
                    session_user::text AS login,
                    coalesce(inet_server_addr() << '127.0.0.0/8' OR inet_server_addr() = '::1'
                             OR inet_server_addr() = inet_client_addr(), true) AS same_machine",
        )
        .get_result(&mut self.conn)?)
    }

    pub(crate) fn conn(&mut self) -> &mut PgConnection {
        &mut self.conn
    }
}

/// What is on the other end of a [`Session`].
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName, serde::Serialize)]
pub struct Facts {
    /// Version of PostgreSQL.
    #[diesel(sql_type = Text)]
    pub server_version: String,
    /// Name of the database.
    #[diesel(sql_type = Text)]
    pub database: String,
    /// Role that logged in.
    #[diesel(sql_type = Text)]
    pub login: String,
    /// Whether the connection stays on the server's machine, as far as the server can see.
    #[diesel(sql_type = Bool)]
    pub same_machine: bool,
}

/// Opens a connection, trying again after 1, 2, 4, 4, … seconds where waiting may help, and `wait` allows it.
pub(super) fn establish_within(address: &Address, wait: Duration) -> Result<PgConnection> {
    let give_up = Instant::now() + wait;
    let mut pause = Duration::from_secs(1);
    loop {
        let left = give_up.saturating_duration_since(Instant::now());
        match address.establish() {
            Err(Error::Unavailable(message)) if may_pass(&message) && !left.is_zero() => {
                tracing::info!(reason = message, "waiting for the database");
                std::thread::sleep(pause.min(left));
                pause = (pause * 2).min(Duration::from_secs(4));
            }
            outcome => return outcome,
        }
    }
}

/// Whether waiting may help: a server that is not there yet, other than a wrong password or an unknown database.
fn may_pass(message: &str) -> bool {
    const PASSING: [&str; 9] = [
        "Connection refused",
        "No such file or directory",
        "the database system is",
        "timeout expired",
        "could not translate host name",
        "Network is unreachable",
        "No route to host",
        "server closed the connection unexpectedly",
        "connection slots are reserved",
    ];
    PASSING.iter().any(|text| message.contains(text))
}

#[cfg(test)]
mod tests {
    use super::may_pass;

    #[test]
    fn only_what_may_pass_is_waited_for() {
        assert!(may_pass("connection to server at \"127.0.0.1\", port 1 failed: Connection refused"));
        assert!(may_pass("FATAL:  the database system is starting up"));
        assert!(!may_pass("FATAL:  password authentication failed for user \"strongroom_app\""));
        assert!(!may_pass("FATAL:  database \"strongroom\" does not exist"));
    }
}
