//! What can go wrong at the door, in terms a caller can act on.

use diesel::result::{DatabaseErrorKind, Error as DieselError};
use uuid::Uuid;

/// The result of every function of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why the database did not do as asked. No variant carries a value of a row.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such row, or it is deleted.
    #[error("{0} not found")]
    NotFound(&'static str),
    /// A unique constraint, named, already holds such a row.
    #[error("{constraint} is taken")]
    Conflict {
        /// Name of the constraint, as in the migrations.
        constraint: String,
        /// The row that is there, where the caller may know it.
        existing: Option<Uuid>,
    },
    /// A deleted row cannot come back: its place was taken meanwhile.
    #[error("{constraint} was taken meanwhile")]
    RestoreConflict {
        /// Name of the constraint, as in the migrations.
        constraint: String,
        /// The row that took the place.
        existing: Uuid,
    },
    /// The row changed since the version the caller named.
    #[error("the row changed meanwhile: its version is now {current}")]
    StaleVersion {
        /// The version that is there.
        current: i64,
    },
    /// A constraint that input checks should have kept; named, so that the fault can be found.
    #[error("the database refused the row: {constraint}")]
    Refused {
        /// Name of the constraint, as in the migrations.
        constraint: String,
    },
    /// The database cannot be reached, or went away; the same call may succeed later.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// The call waited too long: for a connection, or for a statement.
    #[error("the database did not answer in time: {0}")]
    Timeout(&'static str),
    /// Another transaction held for too long what this one needs; nothing was done, and the same call may succeed later.
    #[error("another transaction holds what this one needs")]
    Locked,
    /// Another transaction came between, and the retries are used up; the same call may succeed later.
    #[error("another change came between; the retries are used up")]
    Contention,
    /// A value that does not open: a wrong key, or bytes that were changed or moved.
    #[error("{table}.{column} of row {row} does not open: {reason}")]
    Corrupt {
        /// Schema and table.
        table: String,
        /// Column.
        column: &'static str,
        /// Primary key of the row.
        row: Uuid,
        /// What the codec says, which names nothing of the content.
        reason: String,
    },
    /// A stored value that the types of this version cannot hold.
    #[error("a stored value is not valid: {0}")]
    Invalid(String),
    /// The database's schema, keys or roles are not as this version needs them; the text says what to do.
    #[error("{0}")]
    NotReady(String),
    /// Anything else the database says. Logged once, never sent to a client.
    #[error("database error")]
    Database(#[source] DieselError),
}

/// What an error type must offer so that the door can decide about retries.
///
/// Errors of use cases wrap [`Error`]; the door must see through them.
pub trait Failure: From<Error> {
    /// The repository's error inside, if that is what it is.
    fn repository(&self) -> Option<&Error>;
}

impl Failure for Error {
    fn repository(&self) -> Option<&Error> {
        Some(self)
    }
}

impl Error {
    /// Whether the same call may succeed if it is made again.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Timeout(_) | Self::Locked | Self::Contention)
    }

    /// Whether the connection it came from can no longer be used.
    pub(crate) fn lost_connection(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }

    /// Whether another transaction came between, so that running this one again may succeed.
    pub(crate) fn is_contention(&self) -> bool {
        matches!(self, Self::Contention)
    }

    /// Whether something is wrong with the system rather than with the request.
    pub(crate) fn is_fault(&self) -> bool {
        !matches!(
            self,
            Self::NotFound(_)
                | Self::Conflict { .. }
                | Self::RestoreConflict { .. }
                | Self::StaleVersion { .. }
        )
    }

    /// Whether a unique constraint of this name was violated.
    pub fn is_conflict_on(&self, name: &str) -> bool {
        matches!(self, Self::Conflict { constraint, .. } if constraint == name)
    }
}

impl From<DieselError> for Error {
    fn from(error: DieselError) -> Self {
        let DieselError::DatabaseError(kind, information) = &error else {
            return match error {
                DieselError::NotFound => Self::NotFound("row"),
                DieselError::DeserializationError(source) => Self::Invalid(source.to_string()),
                DieselError::BrokenTransactionManager => Self::Unavailable("the transaction was lost".into()),
                other => Self::Database(other),
            };
        };
        let constraint = || information.constraint_name().unwrap_or("unnamed constraint").to_owned();
        match kind {
            DatabaseErrorKind::UniqueViolation => Self::Conflict { constraint: constraint(), existing: None },
            DatabaseErrorKind::CheckViolation
            | DatabaseErrorKind::NotNullViolation
            | DatabaseErrorKind::ForeignKeyViolation => Self::Refused { constraint: constraint() },
            DatabaseErrorKind::SerializationFailure => Self::Contention,
            DatabaseErrorKind::ClosedConnection
            | DatabaseErrorKind::UnableToSendCommand
            | DatabaseErrorKind::ReadOnlyTransaction => Self::Unavailable("the connection was closed".into()),
            _ => classify_message(information.message()).unwrap_or(Self::Database(error)),
        }
    }
}

/// Diesel keeps no SQLSTATE of these conditions, so the text of the message has to tell. `db-manage init` sets
/// `lc_messages = C` for the service's role, so that it is this text whatever the server's language.
fn classify_message(message: &str) -> Option<Error> {
    let has = |text: &str| message.contains(text);
    if has("violates row-level security policy") {
        // A row that an end user may not have is as absent as any other.
        Some(Error::NotFound("row"))
    } else if has("deadlock detected") || has("could not serialize access") {
        Some(Error::Contention)
    } else if has("canceling statement due to lock timeout") || has("could not obtain lock") {
        Some(Error::Locked)
    } else if has("canceling statement due to") {
        // The server's limit, or an operator with pg_cancel_backend.
        Some(Error::Timeout("statement"))
    } else if has("terminating connection")
        || has("server closed the connection")
        || has("no connection to the server")
        || has("could not receive data from server")
        || has("could not send data to server")
        || has("connection to server")
        || has("SSL connection has been closed")
        || has("SSL SYSCALL error")
        || has("the database system is ")
        || has("Connection refused")
    {
        Some(Error::Unavailable("the connection was lost".into()))
    } else if has("No space left on device") || has("could not extend file") {
        Some(Error::Unavailable("the database's disk is full".into()))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_waited_for_too_long_is_a_passing_fault() {
        for message in
            ["canceling statement due to lock timeout", "could not obtain lock on row in relation \"bills\""]
        {
            assert!(matches!(classify_message(message), Some(Error::Locked)), "{message}");
        }
        for message in
            ["canceling statement due to statement timeout", "canceling statement due to user request"]
        {
            assert!(matches!(classify_message(message), Some(Error::Timeout("statement"))), "{message}");
        }
        for message in [
            "terminating connection due to idle-in-transaction timeout",
            "terminating connection due to idle-session timeout",
            "terminating connection due to transaction timeout",
            "terminating connection due to administrator command",
        ] {
            let error = classify_message(message);
            assert!(error.is_some_and(|error| error.is_retryable() && error.lost_connection()), "{message}");
        }
        assert!(Error::Locked.is_retryable() && !Error::Locked.lost_connection());
    }

    #[test]
    fn a_full_disk_is_a_passing_fault() {
        for message in [
            "could not extend file \"base/16384/2619\": No space left on device",
            "could not extend file \"base/16384/2619\": wrote only 4096 of 8192 bytes at block 7",
            "could not write to file \"pg_wal/xlogtemp.41\": No space left on device",
        ] {
            let error = classify_message(message);
            assert!(error.as_ref().is_some_and(Error::is_retryable), "{message}: {error:?}");
        }
        assert!(classify_message("division by zero").is_none());
    }
}
