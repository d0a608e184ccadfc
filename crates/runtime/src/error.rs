//! Why a process does not start.

use std::error::Error as StdError;
use std::io;
use std::path::PathBuf;

use repository::codec::{KeyError, KeyRingError, RandomError};

use crate::settings::SettingsError;

/// The result of this crate's functions.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a process does not start, worded for whoever started it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A setting.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The embedded PostgreSQL.
    #[error(transparent)]
    Embedded(#[from] embedded::Error),
    /// The database.
    #[error(transparent)]
    Database(#[from] repository::Error),
    /// There is no key, and for this database none may be made up.
    #[error(
        "ENCRYPTION_KEY is not set, and for a database of your own it has no default: make one with `db-manage keys \
         generate` and keep it safe, for without it nothing that was stored can be read"
    )]
    NoKey,
    /// A key that will not do.
    #[error("{name}: {source}")]
    Key {
        /// The setting or file it stands in.
        name: String,
        /// What is wrong with it.
        source: KeyError,
    },
    /// Keys that do not go together.
    #[error("ENCRYPTION_KEY and ENCRYPTION_KEYS_OLD: {0}")]
    Keys(#[from] KeyRingError),
    /// No random numbers.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// A file in the data directory.
    #[error("could not {doing} {}: {source}", .path.display())]
    File {
        /// What was attempted.
        doing: &'static str,
        /// On which file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A file, link, pipe or directory of another account.
    #[error(
        "{} belongs to another account, or others may write to it, so nothing is read from it or written to it: name another, or \
         remove it",
        .0.display()
    )]
    NotOurs(PathBuf),
    /// A link where a file was to be written.
    #[error("{} is a link to a file, or leads nowhere: name the file itself", .0.display())]
    Link(PathBuf),
    /// A file of secrets that others may read.
    #[error("{} can be read by others: make it private with `chmod 600`, or make a new key if they may have", .0.display())]
    NotPrivate(PathBuf),
}

impl repository::Failure for Error {
    fn repository(&self) -> Option<&repository::Error> {
        if let Self::Database(error) = self { Some(error) } else { None }
    }
}

/// An error with what caused it, in one line, for whoever typed the command. What a message says already is not said
/// again: many of ours include their cause.
///
/// ```
/// use std::io::{Error, ErrorKind};
///
/// let error = strongroom_runtime::in_full(&Error::new(ErrorKind::Other, "the disk is full"));
/// assert_eq!(error, "the disk is full");
/// ```
pub fn in_full(error: &(dyn StdError + 'static)) -> String {
    let causes = std::iter::successors(error.source(), |error| (*error).source()).map(ToString::to_string);
    causes.fold(
        error.to_string(),
        |text, cause| if text.contains(&cause) { text } else { format!("{text}: {cause}") },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{says}")]
    struct Outer {
        says: &'static str,
        source: io::Error,
    }

    #[test]
    fn a_cause_is_told_once() {
        let outer = |says| Outer { says, source: io::Error::other("disk full") };
        assert_eq!(in_full(&outer("could not write")), "could not write: disk full");
        assert_eq!(in_full(&outer("could not write (disk full)")), "could not write (disk full)");
    }
}
