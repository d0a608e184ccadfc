//! What the tables with versions and soft delete have in common.

use uuid::Uuid;

use crate::{Error, Result};

/// Judges why an update of a living row found nothing: it is absent, or its version is not the one the caller named.
///
/// `current` is the version of the row as it is now, if there is a living one.
pub(crate) fn stale_or_missing(what: &'static str, current: Option<i64>) -> Error {
    match current {
        Some(current) => Error::StaleVersion { current },
        None => Error::NotFound(what),
    }
}

/// A deletion that can be undone, and what it took along.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deletion {
    /// Names the deletion on every row it took.
    pub id: Uuid,
    /// Rows it took, the root included.
    pub rows: usize,
}

/// Refuses to bring back a row whose place was taken meanwhile.
pub(crate) fn ensure_not_taken(constraint: &str, existing: Option<Uuid>) -> Result<()> {
    match existing {
        Some(existing) => Err(Error::RestoreConflict { constraint: constraint.to_owned(), existing }),
        None => Ok(()),
    }
}

/// Refuses a change that was decided on another version than the one that is there.
pub(crate) fn check_version(expected: Option<i64>, current: i64) -> Result<()> {
    match expected {
        Some(expected) if expected != current => Err(Error::StaleVersion { current }),
        _ => Ok(()),
    }
}
