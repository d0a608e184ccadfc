//! How many connections are open at a time.

use std::num::NonZeroUsize;
use std::thread::available_parallelism;

/// Files that the process needs beside clients' connections: those to databases, logs, and what libraries open.
const OTHER_FILES: u64 = 256;

/// Each connection is held by two handles: actix-web's, and that of its [`Connection`](super::Connection).
const FILES_OF_ONE: u64 = 2;

/// The connections that may be open, shared out evenly to the workers. More clients wait until one is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ConnectionLimit {
    pub(crate) workers: usize,
    pub(crate) of_each_worker: usize,
}

impl ConnectionLimit {
    /// As many as are wanted, or as the process may open files for.
    pub(crate) fn of_process(wanted: u32) -> Self {
        let workers = available_parallelism().map_or(1, NonZeroUsize::get);
        let files = runtime::allow_many_files();
        let limit = Self::new(wanted, files, workers);
        if limit.total() < wanted as usize {
            tracing::warn!(
                connections = limit.total(),
                open_files = files,
                "fewer connections are open at a time than MAX_CONNECTIONS says: raise the limit of open files"
            );
        }
        limit
    }

    fn new(wanted: u32, files: u64, workers: usize) -> Self {
        let possible = files.saturating_sub(OTHER_FILES) / FILES_OF_ONE;
        let total = usize::try_from(possible).unwrap_or(usize::MAX).min(wanted as usize);
        Self { workers, of_each_worker: (total / workers).max(1) }
    }

    fn total(self) -> usize {
        self.workers * self.of_each_worker
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workers_share_what_is_wanted_and_possible() {
        let limit = |wanted, files| ConnectionLimit::new(wanted, files, 4).total();
        assert_eq!(limit(4096, 1 << 20), 4096);
        assert_eq!(limit(4096, 1024), 384);
        // A process that may open next to nothing serves one connection at a time.
        assert_eq!(limit(4096, 64), 4);
        assert_eq!(limit(1, 1 << 20), 4);
    }
}
