//! What PostgreSQL means by an error of which diesel keeps no SQLSTATE, by the text of its message.
//!
//! `db-manage init` sets `lc_messages = C` for the service's role, so that it is this text whatever the server's language.
//! The list is in the order of SQLSTATE's classes. Texts that may stand behind a name or a value are looked for
//! anywhere, the others at the beginning.

use super::Error;

/// What a message means for the caller.
#[derive(Clone, Copy)]
enum Meaning {
    /// What the statement was given is the cause.
    Unstorable,
    /// A row that an end user may not have is as absent as any other.
    Absent,
    Contention,
    Locked,
    /// The server's limit, or an operator with `pg_cancel_backend`.
    Cancelled,
    /// The server lacks something, named here, that it will have again.
    Lacking(&'static str),
    ConnectionLost,
}

/// Texts that a message begins with.
const BEGINNINGS: &[(Meaning, &[&str])] = &[
    // 22: data
    (
        Meaning::Unstorable,
        &[
            "invalid byte sequence for encoding",
            "unsupported Unicode escape sequence",
            "value too long for type",
            "numeric field overflow",
            "integer out of range",
            "bigint out of range",
            "smallint out of range",
            "value out of range",
            "value overflows numeric format",
            "timestamp out of range",
            "date out of range",
            "interval out of range",
            "invalid input syntax for type",
            "invalid regular expression",
            "LIKE pattern must not end with escape character",
        ],
    ),
    // 40: transaction rolled back
    (Meaning::Contention, &["deadlock detected", "could not serialize access"]),
    // 42: access
    (Meaning::Absent, &["new row violates row-level security policy"]),
    // 53: insufficient resources
    (
        Meaning::Lacking("the database has too little memory now"),
        &["out of memory", "out of shared memory", "out of dynamic shared memory"],
    ),
    (
        Meaning::Lacking("the database has too many connections"),
        &[
            "sorry, too many clients already",
            "remaining connection slots are reserved",
            "too many connections for",
        ],
    ),
    (
        Meaning::Lacking("the database is at a limit of its resources"),
        &["temporary file size exceeds", "out of file descriptors"],
    ),
    (Meaning::Lacking("the database's disk is full"), &["could not extend file"]),
    // 54: limits of PostgreSQL that no repetition changes
    (
        Meaning::Unstorable,
        &[
            "stack depth limit exceeded",
            "index row size",
            "index row requires",
            "row is too big",
            "array size exceeds the maximum allowed",
            "number of array dimensions",
            "total size of jsonb",
            "number of jsonb",
            "string too long to represent as jsonb",
        ],
    ),
    // 55: not in the prerequisite state
    (Meaning::Locked, &["canceling statement due to lock timeout", "could not obtain lock"]),
    // 57: operator intervention
    (Meaning::Cancelled, &["canceling statement due to"]),
    (Meaning::ConnectionLost, &["terminating connection", "the database system is "]),
];

/// Texts that stand anywhere in a message.
const PARTS: &[(Meaning, &[&str])] = &[
    (Meaning::Unstorable, &["is out of range for type"]),
    (Meaning::Lacking("the database's disk is full"), &["No space left on device"]),
    // 55: another session uses a database or a table as a whole.
    (Meaning::Locked, &["is being accessed by other users", "is being used by active queries"]),
    // 58: the system
    (Meaning::Lacking("the database's disk failed"), &["Input/output error"]),
    // 08: what libpq says of the connection
    (
        Meaning::ConnectionLost,
        &[
            "server closed the connection",
            "no connection to the server",
            "could not receive data from server",
            "could not send data to server",
            "connection to server",
            "SSL connection has been closed",
            "SSL SYSCALL error",
            "the database system is ",
            "Connection refused",
        ],
    ),
];

/// The error that a message stands for; none where it is a fault of the program or of the database.
pub(super) fn classify(message: &str) -> Option<Error> {
    let begins = |text: &&str| message.starts_with(text);
    let has = |text: &&str| message.contains(text);
    let by_beginning = BEGINNINGS.iter().find(|(_, texts)| texts.iter().any(begins));
    let found = by_beginning.or_else(|| PARTS.iter().find(|(_, texts)| texts.iter().any(has)));
    found.map(|(meaning, _)| meaning.error())
}

/// Whether it is about what the statement was given.
pub(crate) fn is_unstorable(message: &str) -> bool {
    matches!(classify(message), Some(Error::Unstorable))
}

impl Meaning {
    fn error(self) -> Error {
        match self {
            Self::Unstorable => Error::Unstorable,
            Self::Absent => Error::NotFound("row"),
            Self::Contention => Error::Contention,
            Self::Locked => Error::Locked,
            Self::Cancelled => Error::Timeout("statement"),
            Self::Lacking(what) => Error::Unavailable(what.into()),
            Self::ConnectionLost => Error::Unavailable("the connection was lost".into()),
        }
    }
}
