//! The launcher against the machine's real PostgreSQL, with real processes that come, go and are killed.
//!
//! This program has its own `main`, because it is also the supervisor of the servers that it starts, and the processes
//! that use them: it runs itself again in those roles.

mod client;
mod durable;
mod recovery;
mod throwaway;
mod user;

use std::{
    error::Error,
    fs::{File, Permissions},
    os::unix::fs::PermissionsExt,
    path::Path,
    process::ExitCode,
    thread,
    time::{Duration, Instant},
};

use libtest_mimic::{Arguments, Trial};
use tempfile::TempDir;

/// What a test returns; any error fails it.
type Outcome<T = ()> = Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    strongroom_embedded::supervise_if_asked();
    if let Some(exit) = user::play_role() {
        return exit;
    }
    let tests = [durable::TESTS, recovery::TESTS, throwaway::TESTS].concat();
    let trials = tests
        .into_iter()
        .map(|(name, test)| Trial::test(name, move || test().map_err(|error| error.to_string().into())));
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit_code()
}

/// The tests of a file, with their names.
type Tests = &'static [(&'static str, fn() -> Outcome)];

/// A directory for a test's data, which the server's account may enter where that is not ours.
struct Place(TempDir);

impl Place {
    fn new() -> Outcome<Self> {
        Ok(Self(tempfile::Builder::new().permissions(Permissions::from_mode(0o755)).tempdir()?))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for Place {
    /// Waits for the supervisor, so that the directory is not deleted under a server before that is stopped.
    fn drop(&mut self) {
        if let Ok(post) = File::open(self.path().join("postgres/supervisor.lock")) {
            // Whoever failed has said so already.
            let _ = until("the supervisor has gone", || post.try_lock().is_ok());
        }
    }
}

/// Waits for something that another process does.
fn until(what: &str, mut happened: impl FnMut() -> bool) -> Outcome {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !happened() {
        if Instant::now() > deadline {
            return Err(format!("waited in vain until {what}").into());
        }
        thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}

/// Fails with a message unless something holds.
fn ensure(what: &str, holds: bool) -> Outcome {
    if holds { Ok(()) } else { Err(format!("it does not hold that {what}").into()) }
}
