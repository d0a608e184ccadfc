//! Sockets and the connection URLs that lead to them.

use std::{os::unix::ffi::OsStrExt, path::Path, path::PathBuf};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};

/// Everything but what RFC 3986 calls unreserved.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The number that names the socket. No TCP port is opened; it is given because libpq would otherwise ask `PGPORT`. Only
/// a test's server that listens on TCP has another, which is free there.
pub(crate) const PORT: &str = "5432";

/// The socket that a server makes in the directory.
pub(crate) fn socket(directory: &Path, port: &str) -> PathBuf {
    directory.join(format!(".s.PGSQL.{port}"))
}

/// A short name for a path: FNV-1a of its bytes, which must come out the same whatever compiled this program.
pub(crate) fn short_name(path: &Path) -> String {
    let hash = path.as_os_str().as_bytes().iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    format!("{hash:016x}")
}

/// The URL of a database behind a Unix socket: the directory stands where a host would, which libpq reads and every
/// URL parser accepts.
pub(crate) fn for_socket(directory: &Path, port: &str, database: &str, user: &str) -> String {
    let encoded = |bytes| percent_encode(bytes, RESERVED);
    format!(
        "postgres://{user}@{host}:{port}/{database}",
        user = encoded(user.as_bytes()),
        database = encoded(database.as_bytes()),
        host = encoded(directory.as_os_str().as_bytes()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_name_never_changes() {
        assert_eq!(short_name(Path::new("")), "cbf29ce484222325");
        assert_eq!(short_name(Path::new("foobar")), "85944171f73967e8");
    }

    #[test]
    fn paths_and_names_are_encoded() {
        assert_eq!(
            for_socket(Path::new("/srv/my data/100%"), PORT, "strongroom", "strongroom_app"),
            "postgres://strongroom_app@%2Fsrv%2Fmy%20data%2F100%25:5432/strongroom"
        );
        assert_eq!(for_socket(Path::new("/s"), "7", "a/b?c", "d@e"), "postgres://d%40e@%2Fs:7/a%2Fb%3Fc");
    }
}
