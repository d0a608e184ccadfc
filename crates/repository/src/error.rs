//! What can go wrong in the database, in terms a caller can act on.

mod messages;

use diesel::result::{DatabaseErrorKind, Error as DieselError};
use uuid::Uuid;

pub(crate) use self::messages::is_unstorable;

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
    /// A deleted row cannot come back: its unique value is now in use.
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
    /// Something that was sent is more, or of another kind, than the database can hold or compute.
    #[error("the database cannot hold what was sent")]
    Unstorable,
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

/// What an error type must offer so that the handle can decide about retries.
///
/// Errors of use cases wrap [`Error`]; the handle must see through them.
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
                | Self::Unstorable
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
            DatabaseErrorKind::UniqueViolation | DatabaseErrorKind::ExclusionViolation => {
                Self::Conflict { constraint: constraint(), existing: None }
            }
            DatabaseErrorKind::CheckViolation | DatabaseErrorKind::NotNullViolation => {
                Self::Refused { constraint: constraint() }
            }
            // The row at the other end of the key came or went since this transaction looked: it looks again.
            DatabaseErrorKind::SerializationFailure
            | DatabaseErrorKind::ForeignKeyViolation
            | DatabaseErrorKind::RestrictViolation => Self::Contention,
            DatabaseErrorKind::ClosedConnection
            | DatabaseErrorKind::UnableToSendCommand
            | DatabaseErrorKind::ReadOnlyTransaction => Self::Unavailable("the connection was closed".into()),
            _ => messages::classify(information.message()).unwrap_or(Self::Database(error)),
        }
    }
}
