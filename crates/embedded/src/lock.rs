//! Lock files. A lock ends with the process that holds it, however it ends, and children do not inherit it.

use std::{
    fs::{File, OpenOptions, TryLockError},
    os::unix::fs::OpenOptionsExt,
    path::Path,
    time::Duration,
};

use crate::{Error, Result, process::wait_until};

/// Held by whoever starts or stops the server.
pub(crate) const START: &str = "start.lock";
/// Held, shared, by every process that uses the durable server.
pub(crate) const USERS: &str = "users.lock";
/// Held by the supervisor on duty.
pub(crate) const SUPERVISOR: &str = "supervisor.lock";

/// Opens a lock file, without locking it.
pub(crate) fn open(path: &Path) -> Result<File> {
    OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(path)
        .map_err(Error::io("open the lock file", path))
}

/// Takes the lock for this process alone if nobody has it.
pub(crate) fn try_exclusive(file: &File, path: &Path) -> Result<bool> {
    taken(file.try_lock(), path)
}

/// Waits a bounded time for the lock, for this process alone.
pub(crate) fn exclusive_within(file: &File, path: &Path, limit: Duration) -> Result<bool> {
    within(limit, || taken(file.try_lock(), path))
}

/// Waits a bounded time for the lock, shared with others.
pub(crate) fn shared_within(file: &File, path: &Path, limit: Duration) -> Result<bool> {
    within(limit, || taken(file.try_lock_shared(), path))
}

/// Waits for the lock for as long as it takes, for this process alone.
pub(crate) fn exclusive(file: &File, path: &Path) -> Result<()> {
    file.lock().map_err(Error::io("lock", path))
}

/// Gives the lock back and keeps the file open.
pub(crate) fn release(file: &File, path: &Path) -> Result<()> {
    file.unlock().map_err(Error::io("unlock", path))
}

fn taken(outcome: std::result::Result<(), TryLockError>, path: &Path) -> Result<bool> {
    match outcome {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(Error::io("lock", path)(error)),
    }
}

fn within(limit: Duration, mut attempt: impl FnMut() -> Result<bool>) -> Result<bool> {
    let mut outcome = Ok(false);
    wait_until(limit, || {
        outcome = attempt();
        !matches!(outcome, Ok(false))
    });
    outcome
}
