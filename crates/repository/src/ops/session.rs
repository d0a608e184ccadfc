//! One connection that needs neither keys nor tables, for what must also work on a database that is not ready.

use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};

use crate::pool::{establish, with_network_deadlines};
use crate::{Error, Result};

/// A connection outside the pool, for operators. It looks; what changes anything is
/// [`Migrator`](super::migrations::Migrator) or the [`Database`](crate::Database).
pub struct Session {
    conn: PgConnection,
}

impl Session {
    /// Logs in at `url`. Waits at most `wait` for a server that cannot be reached yet, or is starting.
    ///
    /// # Errors
    /// [`Error::Unavailable`] with what libpq says.
    pub fn connect(url: &str, wait: Duration) -> Result<Self> {
        let mut conn = establish_within(url, wait)?;
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
pub(super) fn establish_within(url: &str, wait: Duration) -> Result<PgConnection> {
    let url = with_network_deadlines(url);
    let give_up = Instant::now() + wait;
    let mut pause = Duration::from_secs(1);
    loop {
        let left = give_up.saturating_duration_since(Instant::now());
        match establish(&url) {
            Err(Error::Unavailable(message)) if may_pass(&message) && !left.is_zero() => {
                tracing::info!(reason = message, "waiting for the database");
                std::thread::sleep(pause.min(left));
                pause = (pause * 2).min(Duration::from_secs(4));
            }
            outcome => return outcome,
        }
    }
}

/// The same URL with another value of one parameter. libpq takes the last one it finds, also over what stands before the
/// question mark, so that no URL has to be taken apart. The value must need no encoding.
pub(super) fn with_parameter(url: &str, name: &str, value: &str) -> String {
    let is_uri = url.starts_with("postgres://") || url.starts_with("postgresql://");
    let separator = match (is_uri, url.contains('?')) {
        (false, _) => ' ',
        (true, false) => '?',
        (true, true) => '&',
    };
    let value = if value.is_empty() && !is_uri { "''" } else { value };
    format!("{url}{separator}{name}={value}")
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
    use super::{may_pass, with_parameter};

    #[test]
    fn only_what_may_pass_is_waited_for() {
        assert!(may_pass("connection to server at \"127.0.0.1\", port 1 failed: Connection refused"));
        assert!(may_pass("FATAL:  the database system is starting up"));
        assert!(!may_pass("FATAL:  password authentication failed for user \"strongroom_app\""));
        assert!(!may_pass("FATAL:  database \"strongroom\" does not exist"));
    }

    #[test]
    fn a_parameter_is_added_in_either_syntax() {
        assert_eq!(
            with_parameter("postgres://app@host/name", "dbname", "postgres"),
            "postgres://app@host/name?dbname=postgres"
        );
        assert_eq!(
            with_parameter("postgres://app@/name?host=%2Ftmp", "user", "x"),
            "postgres://app@/name?host=%2Ftmp&user=x"
        );
        assert_eq!(with_parameter("host=/tmp user=app", "password", ""), "host=/tmp user=app password=''");
    }
}
