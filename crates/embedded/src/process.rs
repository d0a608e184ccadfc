//! Processes: how ours are started, and what the operating system knows of one.

use std::{env, ffi::OsString, fs, path::Path, process::Command, thread, time::Duration, time::Instant};

use nix::{errno::Errno, sys::signal, unistd::Pid};

/// How often a condition is looked at again.
const POLL: Duration = Duration::from_millis(5);

/// What programs need to find other programs and their libraries.
const PASSED_ON: [&str; 4] = ["PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH"];

/// A command in an almost empty environment, away from the caller's directory. A server must not inherit the encryption
/// key: a superuser of the database could read it out of `/proc/self/environ`.
pub(crate) fn command(program: &Path) -> Command {
    let mut command = Command::new(program);
    let environment = PASSED_ON.into_iter().filter_map(|name| Some((name, variable(name)?)));
    command.env_clear().envs(environment).env("LC_ALL", "C").current_dir("/");
    command
}

/// A variable of the environment.
#[expect(
    clippy::disallowed_methods,
    reason = "where programs lie is a fact of the machine and no setting of Strongroom's; tests, which read no settings, \
              ask for it too"
)]
pub(crate) fn variable(name: &str) -> Option<OsString> {
    env::var_os(name)
}

/// Whether a process has this id. One that may not be signalled exists as well.
pub(crate) fn is_alive(pid: i32) -> bool {
    signal::kill(Pid::from_raw(pid), None) != Err(Errno::ESRCH)
}

/// Sends a signal. A process that is gone already needs none.
pub(crate) fn send(pid: i32, signal: signal::Signal) {
    if let Err(error) = signal::kill(Pid::from_raw(pid), signal)
        && error != Errno::ESRCH
    {
        tracing::warn!(pid, %signal, %error, "could not signal PostgreSQL");
    }
}

/// The process's command line; `None` where it cannot be read.
pub(crate) fn command_line(pid: i32) -> Option<String> {
    if let Ok(line) = fs::read(format!("/proc/{pid}/cmdline")) {
        return Some(String::from_utf8_lossy(&line).into_owned());
    }
    ps("args=", pid)
}

/// A name for a process that no other process ever has, although ids are used again: the id and when it began.
pub(crate) fn identity(pid: i32) -> Option<String> {
    let began = match fs::read_to_string(format!("/proc/{pid}/stat")) {
        // The program's name stands in parentheses and may hold anything; the start time is the 20th field behind it.
        Ok(stat) => stat.rsplit_once(')')?.1.split_whitespace().nth(19)?.to_owned(),
        Err(_) => ps("lstart=", pid)?.chars().filter(char::is_ascii_alphanumeric).collect(),
    };
    Some(format!("{pid}-{began}"))
}

/// One column of `ps`, for systems without `/proc`.
fn ps(column: &str, pid: i32) -> Option<String> {
    let output = Command::new("ps").args(["-ww", "-o", column, "-p", &pid.to_string()]).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Looks at a condition until it holds or the time is over, and tells whether it held.
pub(crate) fn wait_until(limit: Duration, mut condition: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + limit;
    loop {
        if condition() {
            return true;
        }
        if Instant::now() >= deadline {
            return false;
        }
        thread::sleep(POLL);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_told_from_others() {
        let me = i32::try_from(std::process::id()).unwrap();
        let parent = i32::try_from(std::os::unix::process::parent_id()).unwrap();
        assert_eq!(identity(me), identity(me));
        assert_ne!(identity(me), identity(parent));
        assert!(command_line(me).unwrap().contains("strongroom_embedded"));
    }

    #[test]
    fn a_reaped_child_is_not_alive() {
        let mut child = Command::new("true").spawn().unwrap();
        let pid = i32::try_from(child.id()).unwrap();
        assert!(is_alive(pid), "a child that was not waited for keeps its id");
        child.wait().unwrap();
        assert!(!is_alive(pid));
    }
}
