//! Why the settings will not do. No message repeats a value, because it may be a secret in the wrong place.

use std::io;
use std::path::PathBuf;

use super::Origin;

/// A setting that stops the process.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// A value that breaks the setting's rule.
    #[error("{name} must be {rule}; it is set {origin}")]
    Malformed {
        /// The setting.
        name: &'static str,
        /// What it must be.
        rule: String,
        /// Where it was set.
        origin: Origin,
    },
    /// A way to the database that others could listen on, or answer.
    #[error(
        "{name} leads to another machine by an sslmode that does not make sure who answers: use sslmode=verify-full, which \
         is what holds there when none is named, or set DATABASE_ALLOW_INSECURE=true if nobody can come in between; it is \
         set {origin}"
    )]
    Insecure {
        /// The setting.
        name: &'static str,
        /// Where it was set.
        origin: Origin,
    },
    /// Nothing to check a server's certificate against.
    #[error(
        "the database's certificate cannot be checked, because this system has no list of authorities: install the package \
         ca-certificates, or let DATABASE_SSL_ROOT_CERT name a file with the authority that signed the certificate"
    )]
    NoAuthorities,
    /// A key of the YAML file that is no setting.
    #[error("{} has the unknown key {key}{}: the settings are listed by `db-manage config show` and in docs/configuration.md", .file.display(), .meant.map(|meant| format!(" (did you mean {meant}?)")).unwrap_or_default())]
    UnknownKey {
        /// The file.
        file: PathBuf,
        /// The key, with its parents.
        key: String,
        /// The setting that it nearly is.
        meant: Option<&'static str>,
    },
    /// One of two settings that are nothing without each other.
    #[error("{name} is set and {missing} is not: set both, or neither")]
    Alone {
        /// The one that is set.
        name: &'static str,
        /// The one that is not.
        missing: &'static str,
    },
    /// More than one problem.
    #[error("{} settings are wrong:{}", .0.len(), .0.iter().map(|error| format!("\n  {error}")).collect::<String>())]
    Several(Vec<SettingsError>),
    /// A secret given as a value and as a file in one source.
    #[error("{name} and {name}_FILE are both set {origin}: set one of them")]
    Twice {
        /// The setting.
        name: &'static str,
        /// Where they were set.
        origin: Origin,
    },
    /// The file that holds a secret cannot be read.
    #[error("the file that {name}_FILE names, {}, could not be read: {source}", .path.display())]
    SecretFile {
        /// The setting.
        name: &'static str,
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A configuration file on which root must not act.
    #[error(
        "{} is not read by root, because {reason}, and it can name commands to run: make it root's with `chown root` and \
         `chmod go-w`, or call this in another directory",
        .file.display()
    )]
    Untrusted {
        /// The file, or the directory it lies in.
        file: PathBuf,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A configuration file that cannot be read, or is not what its name says.
    #[error("{} could not be read: {reason}", .file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

impl SettingsError {
    /// Nothing where there are no problems, else all of them as one.
    pub(super) fn all(problems: impl IntoIterator<Item = Self>) -> Result<(), Self> {
        let problems: Vec<Self> = problems.into_iter().collect();
        if problems.is_empty() { Ok(()) } else { Err(Self::together(problems)) }
    }

    /// Problems as one. What several settings have in common is said once.
    pub(super) fn together(problems: Vec<Self>) -> Self {
        let mut distinct: Vec<Self> = Vec::new();
        for problem in problems.into_iter().flat_map(Self::each) {
            if !distinct.iter().any(|known| known.to_string() == problem.to_string()) {
                distinct.push(problem);
            }
        }
        match <[Self; 1]>::try_from(distinct) {
            Ok([only]) => only,
            Err(several) => Self::Several(several),
        }
    }

    /// Each problem by itself.
    pub fn each(self) -> Vec<Self> {
        match self {
            Self::Several(problems) => problems,
            problem => vec![problem],
        }
    }
}
