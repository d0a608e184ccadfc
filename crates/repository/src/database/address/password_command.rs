//! A command that knows the password of the moment, for servers whose passwords do not last (IAM tokens of RDS).

use std::os::unix::process::CommandExt as _;
use std::process::{Command, Output, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use super::Conninfo;
use crate::{Error, Result};

/// The longest that the command may take.
const LIMIT: Duration = Duration::from_secs(10);

/// How every message of this module begins.
pub(crate) const WHAT: &str = "the password command";

/// Runs the command by `sh -c` and takes what it prints, without the space around it, for the password.
///
/// It finds in its environment for whom: `PGHOST`, `PGPORT`, `PGUSER` and `PGDATABASE`. What it prints is neither kept nor
/// shown, and neither are its complaints, which may repeat a secret.
pub(super) fn run(command: &str, login: &Conninfo) -> Result<String> {
    let mut shell = Command::new("/bin/sh");
    shell.arg("-c").arg(command).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    // It needs none of these, and could leave them where others see them.
    shell.env_remove("ENCRYPTION_KEY").env_remove("ENCRYPTION_KEYS_OLD");
    for (variable, name) in
        [("PGHOST", "host"), ("PGPORT", "port"), ("PGUSER", "user"), ("PGDATABASE", "dbname")]
    {
        if let Some(value) = login.get(name) {
            shell.env(variable, value);
        }
    }
    password(finish(shell, LIMIT)?)
}

/// Runs it to its end, or until its time is over: then it is killed with all that it has started.
fn finish(mut shell: Command, limit: Duration) -> Result<Output> {
    let failed = |error: std::io::Error| Error::Unavailable(format!("{WHAT} could not be run: {error}"));
    let child = shell.process_group(0).spawn().map_err(failed)?;
    let group = i32::try_from(child.id()).map(Pid::from_raw);
    let (done, result) = mpsc::channel();
    thread::spawn(move || done.send(child.wait_with_output()));
    if let Ok(output) = result.recv_timeout(limit) {
        return output.map_err(failed);
    }
    if let Ok(group) = group {
        // It may have ended just now.
        let _ = killpg(group, Signal::SIGKILL);
    }
    Err(Error::Unavailable(format!("{WHAT} took longer than {} s", limit.as_secs())))
}

fn password(output: Output) -> Result<String> {
    if !output.status.success() {
        return Err(Error::Unavailable(format!(
            "{WHAT} failed ({}): run it by hand to see why, because what it prints is not shown",
            output.status
        )));
    }
    let printed = String::from_utf8(output.stdout).unwrap_or_default();
    match printed.trim() {
        "" => Err(Error::Unavailable(format!("{WHAT} printed no password"))),
        password => Ok(password.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_told_for_whom_and_its_output_is_trimmed() {
        let login = Conninfo::parse("host=db user=app port=5433 dbname=books").unwrap();
        let printed =
            run("printf ' %s-%s-%s-%s \\n\\n' $PGUSER $PGHOST $PGPORT $PGDATABASE", &login).unwrap();
        assert_eq!(printed, "app-db-5433-books");
    }

    #[test]
    fn a_failure_shows_nothing_of_what_was_printed() {
        for (command, says) in [
            ("echo s3cret; echo s3cret >&2; exit 3", "failed (exit status: 3)"),
            ("exec /nowhere/s3cret", "failed (exit status: 127)"),
            ("printf ' \\n'", "printed no password"),
        ] {
            let error = run(command, &Conninfo::default()).unwrap_err().to_string();
            assert!(error.contains(says) && !error.contains("s3cret"), "{error}");
        }
    }

    #[test]
    fn one_that_hangs_is_killed_with_all_that_it_started() {
        let folder = std::env::temp_dir().join(format!("strongroom-{}", crate::testing::unique()));
        let mut shell = Command::new("/bin/sh");
        // The pipe stays open for as long as any of them lives.
        shell
            .args(["-c", "sh -c 'echo $$ > \"$0\"; exec sleep 600' \"$0\" & wait"])
            .arg(&folder)
            .stdout(Stdio::piped());
        let error = finish(shell, Duration::from_secs(1)).unwrap_err().to_string();
        assert!(error.contains("took longer"), "{error}");
        let inner: i32 = std::fs::read_to_string(&folder).unwrap().trim().parse().unwrap();
        let inner = Pid::from_raw(inner);
        // Killed, it is gone as soon as whoever inherited it has taken notice.
        let gone = || nix::sys::signal::kill(inner, None).is_err() || is_zombie(inner);
        assert!((0..1000).any(|_| gone() || {
            thread::yield_now();
            thread::park_timeout(Duration::from_millis(5));
            false
        }));
        std::fs::remove_file(folder).unwrap();
    }

    fn is_zombie(process: Pid) -> bool {
        std::fs::read_to_string(format!("/proc/{process}/stat")).is_ok_and(|stat| stat.contains(") Z "))
    }
}
