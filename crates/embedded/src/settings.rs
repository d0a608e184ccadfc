//! The server's settings. They are given on its command line, so that the configuration file stays the user's own.

use std::path::Path;

use crate::url::PORT;

/// What every server of ours has in common.
///
/// The log must not show what is stored: the text of a failed statement, its parameters, and DETAIL lines (a unique
/// violation's prints the key) are left out, and so are the messages of failed statements, which may quote a value. The
/// client that sent the statement gets them all the same.
const COMMON: &[(&str, &str)] = &[
    ("listen_addresses", ""),
    ("port", PORT),
    ("unix_socket_permissions", "0700"),
    ("timezone", "UTC"),
    ("log_timezone", "UTC"),
    ("logging_collector", "off"),
    ("log_destination", "stderr"),
    ("log_min_messages", "log"),
    ("log_min_error_statement", "panic"),
    ("log_error_verbosity", "terse"),
    ("log_parameter_max_length", "0"),
    ("log_parameter_max_length_on_error", "0"),
];

/// The durable server keeps PostgreSQL's own defaults: `fsync` on, 128 MB of shared memory, a hundred connections.
pub(crate) const DURABLE: &[(&str, &str)] = &[];

/// A server whose data is thrown away need not survive a crash.
pub(crate) const THROWAWAY: &[(&str, &str)] = &[
    ("fsync", "off"),
    ("synchronous_commit", "off"),
    ("full_page_writes", "off"),
    ("wal_level", "minimal"),
    ("max_wal_senders", "0"),
    ("max_wal_size", "1GB"),
    ("autovacuum", "off"),
    ("jit", "off"),
    ("max_connections", "300"),
];

/// The settings as `name=value`, later ones winning.
pub(crate) fn arguments(sockets: &Path, own: &[(&str, &str)]) -> Vec<String> {
    // A list in PostgreSQL's syntax: quoted, because a path may hold a comma.
    let sockets = format!("\"{}\"", sockets.to_string_lossy().replace('"', "\"\""));
    COMMON
        .iter()
        .chain(own)
        .chain(&[("unix_socket_directories", sockets.as_str())])
        .map(|(name, value)| format!("{name}={value}"))
        .collect()
}
