//! The server's log.

use std::{
    fs::{self, File, OpenOptions},
    io::{Read, Seek, SeekFrom},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use crate::{Error, Result};

/// In bytes; a longer log is set aside at the next start.
const LONGEST: u64 = 4 << 20;

/// In bytes; how much of its end an error quotes.
const LONGEST_TAIL: u64 = 2_000;

/// Opens the log to write at its end.
pub(crate) fn append(log: &Path) -> Result<File> {
    OpenOptions::new().create(true).append(true).mode(0o600).open(log).map_err(Error::io("open", log))
}

/// Sets a long log aside, in place of the one that was set aside before.
pub(crate) fn set_aside_if_long(log: &Path) -> Result<()> {
    if length(log) <= LONGEST {
        return Ok(());
    }
    fs::rename(log, log.with_extension("log.1")).map_err(Error::io("set aside", log))
}

/// In bytes; 0 while there is none.
pub(crate) fn length(log: &Path) -> u64 {
    fs::metadata(log).map_or(0, |found| found.len())
}

/// The last lines of what was written after the log had the given length.
pub(crate) fn tail(log: &Path, since: u64) -> String {
    let start = since.max(length(log).saturating_sub(LONGEST_TAIL));
    let mut text = Vec::new();
    let read = File::open(log).and_then(|mut file| {
        file.seek(SeekFrom::Start(start))?;
        file.read_to_end(&mut text)
    });
    match read {
        Ok(0) => "(nothing was written to it)".to_owned(),
        Ok(_) => String::from_utf8_lossy(&text).trim_end().to_owned(),
        Err(error) => format!("(it cannot be read: {error})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_begins_where_it_is_asked_to() {
        let directory = tempfile::tempdir().unwrap();
        let log = directory.path().join("server.log");
        assert!(tail(&log, 0).starts_with("(it cannot be read"));
        fs::write(&log, "an earlier start\n").unwrap();
        let before = length(&log);
        assert_eq!(tail(&log, before), "(nothing was written to it)");
        fs::write(&log, "an earlier start\nthis one\n").unwrap();
        assert_eq!(tail(&log, before), "this one");
    }

    #[test]
    fn a_long_log_is_set_aside() {
        let directory = tempfile::tempdir().unwrap();
        let log = directory.path().join("server.log");
        append(&log).unwrap().set_len(LONGEST).unwrap();
        set_aside_if_long(&log).unwrap();
        assert_eq!(length(&log), LONGEST);
        append(&log).unwrap().set_len(LONGEST + 1).unwrap();
        set_aside_if_long(&log).unwrap();
        assert_eq!(length(&log), 0);
        assert_eq!(length(&directory.path().join("server.log.1")), LONGEST + 1);
    }
}
