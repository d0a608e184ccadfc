//! Starting a server on a cluster, and stopping it.

use std::{
    fs,
    os::unix::process::CommandExt,
    process::Child,
    thread,
    time::{Duration, Instant},
};

use nix::sys::signal::Signal;

use crate::{
    Binaries, Error, Result, account::Account, cluster::Cluster, log, pid_file::PidFile, process, settings,
};

/// How long each way of stopping may take before a harder one is tried.
const STOP_LIMIT: Duration = Duration::from_secs(15);

/// How long to wait before a start is tried again that failed for a passing reason.
const RETRY: Duration = Duration::from_millis(200);

impl Cluster {
    /// Waits for a server that is alive already, and tells whether there is one. One that is stopping is waited for
    /// until it is gone.
    pub(crate) fn attach(&self, limit: Duration) -> Result<bool> {
        let mut alive = None;
        let settled = process::wait_until(limit, || {
            alive = PidFile::read_alive(&self.data());
            // One that was killed a moment ago may still be there, but does not answer.
            alive.as_ref().is_none_or(|server| server.ready && server.answers())
        });
        if settled {
            Ok(alive.is_some())
        } else {
            Err(self.timed_out("the running server to become ready", limit))
        }
    }

    /// Starts a server, where none is alive, and waits until it accepts connections.
    pub(crate) fn start(
        &self,
        account: Account,
        binaries: &Binaries,
        settings: &[(&str, &str)],
        limit: Duration,
    ) -> Result<()> {
        let deadline = Instant::now() + limit;
        let sockets = self.socket_directory();
        if sockets != self.home() {
            account.make_private(&sockets)?;
        }
        log::set_aside_if_long(&self.log())?;
        loop {
            let before = log::length(&self.log());
            let child = self.spawn(account, binaries, settings)?;
            match self.wait_until_ready(child, deadline) {
                Outcome::Ready => return Ok(()),
                Outcome::TooSlow => return Err(self.timed_out("the server to become ready", limit)),
                Outcome::Ended => {
                    let tail = log::tail(&self.log(), before);
                    if !is_passing(&tail) || Instant::now() >= deadline {
                        return Err(Error::Start { log: self.log(), tail });
                    }
                    thread::sleep(RETRY);
                }
            }
        }
    }

    /// Stops the server, if there is one: politely, then at once, then by force.
    pub(crate) fn stop(&self) {
        for signal in [Signal::SIGINT, Signal::SIGQUIT, Signal::SIGKILL] {
            let Some(server) = PidFile::read_alive(&self.data()) else { break };
            process::send(server.pid, signal);
            let gone = || PidFile::read_alive(&self.data()).is_none_or(|now| now.pid != server.pid);
            if process::wait_until(STOP_LIMIT, gone) {
                break;
            }
        }
        let sockets = self.socket_directory();
        if sockets != self.home() {
            // Empty by now; where it is not, a server that would not stop still uses it.
            let _ = fs::remove_dir(sockets);
        }
    }

    fn spawn(&self, account: Account, binaries: &Binaries, settings: &[(&str, &str)]) -> Result<Child> {
        let program = binaries.program("postgres");
        let mut postgres = account.command(&program);
        postgres.arg("-D").arg(self.data());
        for setting in settings::arguments(&self.socket_directory(), settings) {
            postgres.arg("-c").arg(setting);
        }
        postgres.stdout(log::append(&self.log())?).stderr(log::append(&self.log())?);
        if let Some(pid) = PidFile::stale_pid(&self.data()) {
            // Lock files with this id are left over. Without this word PostgreSQL takes any living process for a server;
            // with it, it still makes sure that no child of the crashed one uses the cluster.
            postgres.env("PG_GRANDPARENT_PID", pid.to_string());
        }
        // A process group of its own keeps Ctrl-C in the terminal from it.
        postgres.process_group(0).spawn().map_err(Error::io("run", &program))
    }

    /// Waits until the server says that it is ready. It goes on without being waited for, but is collected when it ends:
    /// as a zombie its process id would count as taken, and no other program could start the cluster again.
    fn wait_until_ready(&self, mut child: Child, deadline: Instant) -> Outcome {
        let pid = child.id();
        let mut outcome = Outcome::TooSlow;
        process::wait_until(deadline.saturating_duration_since(Instant::now()), || {
            if !matches!(child.try_wait(), Ok(None)) {
                outcome = Outcome::Ended;
            } else if PidFile::read(&self.data())
                .is_some_and(|file| file.ready && u32::try_from(file.pid) == Ok(pid))
            {
                outcome = Outcome::Ready;
            }
            outcome != Outcome::TooSlow
        });
        if let (Outcome::TooSlow, Ok(pid)) = (outcome, i32::try_from(pid)) {
            process::send(pid, Signal::SIGQUIT);
        }
        thread::spawn(move || child.wait());
        outcome
    }
}

/// How a start went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Ready,
    Ended,
    TooSlow,
}

/// Whether a failed start is worth another try: after `kill -9` of a server, its children take a moment to notice.
fn is_passing(log: &str) -> bool {
    log.contains("pre-existing shared memory block")
        || log.contains("lock file \"postmaster.pid\" already exists")
}
