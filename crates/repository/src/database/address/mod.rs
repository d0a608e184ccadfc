//! Where a database is, and how to log in there.

mod conninfo;
mod password_command;

use std::fmt;

use diesel::{Connection as _, PgConnection};

pub use conninfo::{Conninfo, ConninfoError};
pub(crate) use password_command::WHAT as PASSWORD_COMMAND;

use crate::{Error, Result};

/// Bounds every wait of libpq that it can bound: for a connection, and for a peer that is gone.
const DEADLINES: [(&str, &str); 5] = [
    ("connect_timeout", "5"),
    ("keepalives_idle", "5"),
    ("keepalives_interval", "1"),
    ("keepalives_count", "3"),
    ("tcp_user_timeout", "8000"),
];

/// Where a database is, and how to log in there: a connection string, what is to be changed of it, and where the password
/// comes from. It may hold a password, so it is not printed.
///
/// Texts become one by themselves:
///
/// ```
/// use strongroom_repository::{Address, PoolOptions};
///
/// let options = PoolOptions::new("postgres://strongroom_app@localhost/strongroom");
/// let address = Address::from("host=db.example dbname=strongroom").with("sslmode", "verify-full");
/// # let _ = (options, address);
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    text: String,
    changes: Vec<(&'static str, String)>,
    password_command: Option<String>,
}

impl Address {
    /// The same with another value of a parameter of libpq.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.changes.push((name, value.into()));
        self
    }

    /// The same with a command whose output is the password (`DATABASE_PASSWORD_COMMAND`). Where the
    /// address itself has no password, it is run by `sh -c` for every new connection, has ten seconds, and finds `PGHOST`, `PGPORT`, `PGUSER` and `PGDATABASE` in its environment.
    #[must_use]
    pub fn with_password_command(mut self, command: impl Into<String>) -> Self {
        self.password_command = Some(command.into());
        self
    }

    /// The text it was made of, for the one place that needs it.
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// What it says, with the changes.
    ///
    /// # Errors
    /// When the text is no connection string.
    pub fn conninfo(&self) -> Result<Conninfo, ConninfoError> {
        let mut conninfo = Conninfo::parse(&self.text)?;
        self.changes.iter().for_each(|(name, value)| conninfo.set(name, value));
        Ok(conninfo)
    }

    /// Opens one connection. The error says what libpq says, which names host and role but no password.
    pub(crate) fn establish(&self) -> Result<PgConnection> {
        let mut conninfo = self
            .conninfo()
            .map_err(|rule| Error::NotReady(format!("where the database is must be given as {rule}")))?;
        DEADLINES.iter().for_each(|(name, value)| conninfo.set_default(name, value));
        if let Some(command) = &self.password_command
            && conninfo.get("password").is_none()
        {
            let password = password_command::run(command, &conninfo)?;
            conninfo.set("password", &password);
        }
        PgConnection::establish(&conninfo.to_text())
            .map_err(|error| Error::Unavailable(error.to_string().trim().to_owned()))
    }
}

impl From<String> for Address {
    fn from(text: String) -> Self {
        Self { text, changes: Vec::new(), password_command: None }
    }
}

impl From<&str> for Address {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}

impl From<&String> for Address {
    fn from(text: &String) -> Self {
        Self::from(text.clone())
    }
}

impl From<&Self> for Address {
    fn from(address: &Self) -> Self {
        address.clone()
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[address]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_win_and_nothing_is_printed() {
        let address =
            Address::from("postgres://app:s3cret@h/db").with("dbname", "other").with("password", "");
        let conninfo = address.conninfo().unwrap();
        assert_eq!((conninfo.get("dbname"), conninfo.get("password")), (Some("other"), None));
        assert_eq!(format!("{address:?}"), "[address]");
    }
}
