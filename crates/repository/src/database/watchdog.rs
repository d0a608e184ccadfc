//! Cuts connections whose call has outlived its deadline.
//!
//! libpq waits for an answer for as long as the network lets it. `statement_timeout` is kept by the server and TCP's
//! own time-outs by its kernel, so a server that hangs, or a proxy or firewall that has forgotten a connection, would
//! keep a thread and its place in the pool for ever. Shutting the socket down ends the wait: libpq takes it for a
//! connection that was lost.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

/// The longest that the thread which watches sleeps while there are calls to watch. Nobody wakes it for a new call, so
/// a connection may be cut so much later.
const TICK: Duration = Duration::from_millis(100);

/// The shortest of the TCP time-outs by which connections are told apart.
const FIRST_MARK: u32 = 8000;

/// How many there are; many more than connections.
const MARKS: u32 = 4000;

/// Watches the calls of one pool.
pub(crate) struct Watchdog(Arc<Shared>);

#[derive(Default)]
struct Shared {
    calls: Mutex<Calls>,
    began: Condvar,
}

#[derive(Default)]
struct Calls {
    running: HashMap<u64, (Instant, Arc<Socket>)>,
    next: u64,
}

/// A call that is watched until this is dropped.
pub(crate) struct WatchGuard {
    shared: Arc<Shared>,
    call: u64,
}

impl Watchdog {
    /// Begins to watch; ends with the value.
    pub(crate) fn start() -> Self {
        let shared = Arc::new(Shared::default());
        let watched = Arc::downgrade(&shared);
        let started = thread::Builder::new().name("deadlines".to_owned()).spawn(move || watch(&watched));
        if let Err(error) = started {
            tracing::warn!(%error, "calls of the database cannot be cut when they hang");
        }
        Self(shared)
    }

    /// Cuts the connection unless the call is over by `deadline`.
    pub(crate) fn until(&self, deadline: Instant, line: &Arc<Socket>) -> WatchGuard {
        let mut calls = self.0.lock();
        let call = calls.next;
        calls.next += 1;
        if calls.running.is_empty() {
            self.0.began.notify_one();
        }
        calls.running.insert(call, (deadline, Arc::clone(line)));
        drop(calls);
        WatchGuard { shared: Arc::clone(&self.0), call }
    }
}

impl WatchGuard {
    /// Whether the call took too long, and its connection is no more.
    pub(crate) fn was_cut(&self) -> bool {
        !self.shared.lock().running.contains_key(&self.call)
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.0.began.notify_one();
    }
}

impl Drop for WatchGuard {
    fn drop(&mut self) {
        self.shared.lock().running.remove(&self.call);
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Calls> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn watch(shared: &Weak<Shared>) {
    // While nobody else holds it, there is no pool any more.
    while let Some(shared) = shared.upgrade() {
        let calls = shared.lock();
        let wait = if calls.running.is_empty() { TICK * 10 } else { TICK };
        let (mut calls, _) = shared.began.wait_timeout(calls, wait).unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        calls.running.retain(|_, (deadline, line)| {
            let is_over = *deadline <= now;
            if is_over {
                line.cut();
            }
            !is_over
        });
    }
}

/// The wire of one connection, by a handle of our own.
pub(crate) struct Socket(#[cfg(target_os = "linux")] filedescriptor::FileDescriptor);

/// A TCP time-out in milliseconds that no other connection of this process has, for libpq's `tcp_user_timeout`. libpq's
/// socket is found by it, because diesel does not tell which one it is.
pub(crate) fn mark() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    FIRST_MARK + NEXT.fetch_add(1, Ordering::Relaxed) % MARKS
}

#[cfg(target_os = "linux")]
impl Socket {
    /// Finds the connection that was opened with this mark; none where it is no TCP connection.
    pub(crate) fn find(mark: u32) -> Option<Self> {
        let timeout = Some(Duration::from_millis(mark.into()));
        std::fs::read_dir("/proc/self/fd").ok()?.find_map(|entry| {
            let path = entry.ok()?.path();
            let is_socket = std::fs::read_link(&path).ok()?.to_str()?.starts_with("socket:");
            let number: std::os::fd::RawFd = path.file_name()?.to_str()?.parse().ok()?;
            let handle =
                if is_socket { filedescriptor::FileDescriptor::dup(&number).ok()? } else { return None };
            let found = socket2::SockRef::from(&handle).tcp_user_timeout().ok()?;
            (found == timeout).then_some(Self(handle))
        })
    }

    fn cut(&self) {
        tracing::warn!("a call of the database was not over by its deadline: its connection is cut");
        let _ = socket2::SockRef::from(&self.0).shutdown(std::net::Shutdown::Both);
    }
}

#[cfg(not(target_os = "linux"))]
impl Socket {
    /// Other systems have no such time-out.
    pub(crate) fn find(_: u32) -> Option<Self> {
        None
    }

    fn cut(&self) {}
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use std::io::Read as _;
    use std::net::{TcpListener, TcpStream};

    use super::*;

    /// A connection with a mark, and the other end, which says nothing.
    fn connection() -> (TcpStream, TcpStream, u32) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let mark = mark();
        let timeout = Some(Duration::from_millis(mark.into()));
        socket2::SockRef::from(&client).set_tcp_user_timeout(timeout).unwrap();
        (client, listener.accept().unwrap().0, mark)
    }

    #[test]
    fn a_call_that_hangs_is_cut() {
        let (mut client, _server, mark) = connection();
        let watch = Watchdog::start();
        let line = Arc::new(Socket::find(mark).unwrap());
        let watched = watch.until(Instant::now(), &line);
        assert_eq!(client.read(&mut [0]).unwrap(), 0);
        assert!(watched.was_cut());
    }

    #[test]
    fn a_call_that_is_over_is_not_cut() {
        let (watch, (mut hanging, _server, hangs), (mut other, mut server, mark)) =
            (Watchdog::start(), connection(), connection());
        let line = Arc::new(Socket::find(mark).unwrap());
        let watched = watch.until(Instant::now() + Duration::from_secs(3600), &line);
        assert!(!watched.was_cut());
        drop(watched);
        // Time enough for the call to be over before its deadline, however busy the machine is.
        let deadline = Instant::now() + Duration::from_secs(1);
        drop(watch.until(deadline, &line));
        // By the time a later one is cut, this one would have been.
        let _later = watch.until(deadline, &Arc::new(Socket::find(hangs).unwrap()));
        assert_eq!(hanging.read(&mut [0]).unwrap(), 0);
        std::io::Write::write_all(&mut server, b"x").unwrap();
        assert_eq!(other.read(&mut [0]).unwrap(), 1);
    }

    #[test]
    fn what_has_no_mark_is_not_found() {
        assert!(Socket::find(mark()).is_none());
    }
}
