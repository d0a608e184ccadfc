//! The supervisor: stops the durable server when its last user is gone.
//!
//! It is the calling program, run once more with a hidden word, in a process group of its own. Three lock files in the
//! cluster's home keep it and those who come and go from racing:
//!
//! - `users.lock` is held, shared, by every process that uses the server;
//! - `supervisor.lock` is held by the supervisor on duty;
//! - `start.lock` is held by whoever is starting or stopping the server.
//!
//! A lock ends with its holder, so it does not matter whether a user returned from `main` or was killed. A supervisor
//! that was killed is replaced by the next program that joins; until then the server lives on.

use std::{
    env,
    ffi::OsStr,
    io::{self, BufRead, BufReader, Write},
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use crate::{Error, Result, cluster::Cluster, lock, log, process};

/// The first argument that makes a program the supervisor.
const WORD: &str = "__supervise-postgres";

/// What the supervisor prints when it is on duty.
const ON_DUTY: &str = "on duty";

/// How long it may take until then.
const ANSWER_LIMIT: Duration = Duration::from_secs(20);

/// Becomes the supervisor, and never returns, if that is what this process was started for. Otherwise does nothing.
///
/// To be called first thing in `main` by every program that calls [`Server::join_or_start`](crate::Server::join_or_start).
pub fn supervise_if_asked() {
    let mut arguments = env::args_os().skip(1);
    if arguments.next().as_deref() != Some(OsStr::new(WORD)) {
        return;
    }
    let home = arguments.next().unwrap_or_default();
    let outcome = supervise(Path::new(&home));
    if let Err(error) = &outcome {
        // Standard error is the server's log. If even that cannot be written, there is nobody left to tell.
        let _ = writeln!(io::stderr(), "supervisor: {error}");
    }
    std::process::exit(i32::from(outcome.is_err()));
}

/// Sees to it that a supervisor is on duty. The caller holds `start.lock`.
pub(crate) fn ensure(cluster: &Cluster) -> Result<()> {
    let path = cluster.home().join(lock::SUPERVISOR);
    let post = lock::open(&path)?;
    if !lock::try_exclusive(&post, &path)? {
        return Ok(());
    }
    lock::release(&post, &path)?;

    let program = env::current_exe().map_err(Error::io("find the program of", Path::new("this process")))?;
    let child = process::command(&program)
        .arg(WORD)
        .arg(cluster.home())
        // Nothing of the caller's stays open in it: not its terminal, not the pipe it may be writing to.
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(log::append(&cluster.log())?)
        .process_group(0)
        .spawn()
        .map_err(Error::io("run", &program))?;
    if answers(child) { Ok(()) } else { Err(Error::Supervisor(program)) }
}

/// Waits for the supervisor's word that it is on duty. One that does not give it is killed.
fn answers(mut child: Child) -> bool {
    let Some(stdout) = child.stdout.take() else { return false };
    let pid = child.id();
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut line = String::new();
        let read = BufReader::new(stdout).read_line(&mut line);
        // Nobody listens any more when the time was over.
        let _ = sender.send(read.is_ok() && line.trim() == ON_DUTY);
        // Collects the supervisor if it ends before this process does.
        child.wait()
    });
    let answered = receiver.recv_timeout(ANSWER_LIMIT).unwrap_or(false);
    if let (false, Ok(pid)) = (answered, i32::try_from(pid)) {
        process::send(pid, nix::sys::signal::Signal::SIGKILL);
    }
    answered
}

/// Waits until nobody uses the server, and stops it.
fn supervise(home: &Path) -> Result<()> {
    let cluster = Cluster::in_home(home)?;
    let [post_path, users_path, start_path] =
        [lock::SUPERVISOR, lock::USERS, lock::START].map(|name| cluster.home().join(name));
    let (post, users, start) = (lock::open(&post_path)?, lock::open(&users_path)?, lock::open(&start_path)?);
    if !lock::try_exclusive(&post, &post_path)? {
        return Ok(());
    }
    // For people who look for it.
    let name_it = post.set_len(0).and_then(|()| writeln!(&post, "{}", std::process::id()));
    name_it.map_err(Error::io("write", &post_path))?;
    writeln!(io::stdout(), "{ON_DUTY}").map_err(Error::io("write to", Path::new("standard output")))?;
    loop {
        lock::exclusive(&users, &users_path)?;
        // Who joins holds `start.lock` while waiting for `users.lock`, so the two are taken in that order only.
        lock::release(&users, &users_path)?;
        lock::exclusive(&start, &start_path)?;
        if lock::try_exclusive(&users, &users_path)? {
            break;
        }
        // Somebody came in between.
        lock::release(&start, &start_path)?;
    }
    cluster.stop();
    // The post is given up before `start.lock`: whoever comes next must not take this supervisor for one on duty.
    lock::release(&post, &post_path)?;
    lock::release(&users, &users_path)?;
    lock::release(&start, &start_path)
}
