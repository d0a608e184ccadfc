//! What can go wrong, worded for the person who typed the command.

use std::{io, path::Path, path::PathBuf, time::Duration};

/// The result of everything in this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why there is no server.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No usable PostgreSQL is installed.
    #[error(
        "PostgreSQL 15 or newer was not found. Remedies: `apt-get install postgresql`, `brew install postgresql@17`, or \
         `make postgres` in the checkout; or set PGBIN to the directory that holds initdb and postgres.{}",
        listed(.rejected)
    )]
    NotInstalled {
        /// Directories that were looked at and why each would not do.
        rejected: Vec<String>,
    },

    /// PostgreSQL does not run as root, and no account was found that it could run under.
    #[error(
        "PostgreSQL does not run as root, and neither an account `postgres` nor `nobody` exists to run it under"
    )]
    NoAccount,

    /// The cluster was made by another major version than any that is installed.
    #[error(
        "the database in {} was made by PostgreSQL {cluster}, which is not installed (found: {found}). Install version \
         {cluster}, set PGBIN to it, or remove the directory to start with an empty database",
        .data.display()
    )]
    OtherVersion {
        /// The cluster's directory.
        data: PathBuf,
        /// The major version that made it.
        cluster: u32,
        /// The versions that were found.
        found: String,
    },

    /// A directory that must be private is somebody else's, or is no directory.
    #[error("{} is not a directory of this account's own; remove it or choose another place", .0.display())]
    NotPrivate(PathBuf),

    /// `data` exists but holds no cluster.
    #[error("{} is not a PostgreSQL data directory: it has no readable PG_VERSION", .0.display())]
    NotACluster(PathBuf),

    /// `initdb` failed.
    #[error("initdb could not make a database in {}:\n{output}", .data.display())]
    Initdb {
        /// The cluster's directory.
        data: PathBuf,
        /// What initdb printed.
        output: String,
    },

    /// The server ended while it was starting.
    #[error("PostgreSQL did not start. The end of its log, {}:\n{tail}", .log.display())]
    Start {
        /// The server's log.
        log: PathBuf,
        /// Its last lines.
        tail: String,
    },

    /// The server, or another program's start of it, took too long.
    #[error("waited {} s for {what}. The end of the server's log, {}:\n{tail}", .waited.as_secs(), .log.display())]
    TimedOut {
        /// What was waited for.
        what: &'static str,
        /// For how long.
        waited: Duration,
        /// The server's log.
        log: PathBuf,
        /// Its last lines.
        tail: String,
    },

    /// The program did not answer when it was run once more as the supervisor.
    #[error(
        "{} did not answer as the supervisor of PostgreSQL; a program that starts the embedded server must call \
         `supervise_if_asked` first thing in `main`",
        .0.display()
    )]
    Supervisor(PathBuf),

    /// The operating system refused something.
    #[error("could not {doing} {}: {source}", .path.display())]
    Io {
        /// What was attempted.
        doing: &'static str,
        /// On what.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
}

impl Error {
    /// For `map_err`: an operating system error with what was attempted on which path.
    pub(crate) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { doing, path, source }
    }
}

/// The rejected directories as indented lines, or nothing.
fn listed(rejected: &[String]) -> String {
    rejected.iter().map(|reason| format!("\n  not usable: {reason}")).collect()
}
