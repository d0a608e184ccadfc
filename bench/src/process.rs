//! Servers that run beside this program: started, watched, and stopped by their own process ids.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// The longest a server may take to listen. The first start makes a cluster.
const START: Duration = Duration::from_secs(120);

/// The longest it may take to stop before it is killed.
const STOP: Duration = Duration::from_secs(15);

/// A running server, stopped with the value.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    /// Starts it, gives it `input` where its standard input is a pipe, which stays open, and waits until it prints
    /// `listening on http://…` to standard output.
    pub(crate) fn start(command: &mut Command, input: &str) -> anyhow::Result<Self> {
        let mut child = command.stdout(Stdio::piped()).spawn().context("a server could not be started")?;
        if let Some(stdin) = &mut child.stdin {
            stdin.write_all(input.as_bytes())?;
        }
        let output = child.stdout.take().context("a server has no output")?;
        let (found, address) = mpsc::channel();
        // The thread reads on to the end, so that the server never blocks on a full pipe.
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if let Some(address) = line.split("listening on http://").nth(1) {
                    // Nobody listens any more when the time was over.
                    let _ = found.send(address.trim().to_owned());
                }
            }
        });
        // From here on, dropping the value stops the process.
        let mut server = Self { child, address: ([127, 0, 0, 1], 0).into() };
        let address = address.recv_timeout(START).context("a server did not start; see its log")?;
        server.address = address.parse().with_context(|| format!("{address} is no address"))?;
        Ok(server)
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The megabytes it occupies, where the system tells.
    pub(crate) fn memory(&self) -> Option<f64> {
        resident(&fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Ok(id) = i32::try_from(self.child.id()) {
            // It may be gone already.
            let _ = kill(Pid::from_raw(id), Signal::SIGTERM);
        }
        let deadline = Instant::now() + STOP;
        while matches!(self.child.try_wait(), Ok(None)) {
            if Instant::now() > deadline {
                let _ = self.child.kill();
                let _ = self.child.wait();
                return;
            }
            thread::sleep(Duration::from_millis(5));
        }
    }
}

/// What Linux says of a process's resident memory, in megabytes.
fn resident(status: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_read_as_linux_writes_it() {
        let status = "Name:\tstrongroom-api\nVmHWM:\t   20480 kB\nVmRSS:\t   10240 kB\nThreads:\t5\n";
        assert_eq!(resident(status), Some(10.0));
        assert_eq!(resident("Name:\tkthreadd\n"), None);
    }
}
