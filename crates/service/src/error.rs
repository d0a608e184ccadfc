//! Why a use case was refused.

use chrono::TimeDelta;
use domain::Invalid;
use repository::Failure;

/// The result of every use case.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What stood in the way.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The input breaks rules; each is named with the field that breaks it.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// The input is right, but things are not in a state in which it can be done.
    #[error("{detail}")]
    Conflict {
        /// In which way.
        kind: &'static Conflict,
        /// For people: what is the case, and what to do.
        detail: String,
    },
    /// Who asks has not shown who it is. The text says no more than that: not which part is wrong.
    #[error("{0}")]
    Unauthenticated(&'static str),
    /// Who asks may see it, and not change it. The text says who may.
    #[error("{0}")]
    NotAllowed(&'static str),
    /// There were too many attempts that failed, and no other is looked at for a while.
    #[error("too many attempts failed")]
    TooManyAttempts {
        /// How long to wait.
        retry_after: TimeDelta,
    },
    /// The database's answer: absent, taken, changed meanwhile, not available.
    #[error(transparent)]
    Repository(#[from] repository::Error),
}

impl Error {
    pub(crate) fn conflict(kind: &'static Conflict, detail: impl Into<String>) -> Self {
        Self::Conflict { kind, detail: detail.into() }
    }

    pub(crate) fn invalid(pointer: impl Into<String>, code: &'static str, detail: impl Into<String>) -> Self {
        Self::Invalid(Invalid::one(pointer, code, detail))
    }
}

impl Failure for Error {
    fn repository(&self) -> Option<&repository::Error> {
        match self {
            Self::Repository(error) => Some(error),
            Self::Invalid(_)
            | Self::Conflict { .. }
            | Self::Unauthenticated(_)
            | Self::NotAllowed(_)
            | Self::TooManyAttempts { .. } => None,
        }
    }
}

/// A way in which things can stand against what is asked. Each system declares its own with `conflicts!`.
#[derive(Debug, PartialEq, Eq)]
pub struct Conflict {
    /// Stable, machine readable.
    pub code: &'static str,
    /// The same in words, for every occurrence.
    pub title: &'static str,
}

/// Declares the conflicts of a system, and the list of all of them, so that none is missing from it.
macro_rules! conflicts {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $title:literal;)+) => {
        $(
            $(#[$doc])*
            pub static $name: $crate::Conflict = $crate::Conflict { code: $code, title: $title };
        )+
        /// All of the above.
        pub static ALL: &[&$crate::Conflict] = &[$(&$name),+];
    };
}

pub(crate) use conflicts;
