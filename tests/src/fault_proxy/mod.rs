//! A relay in front of PostgreSQL or Redis that misbehaves when it is told to.

mod relay;

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::Duration;

use socket2::Socket;

use relay::Relay;

/// What becomes of what passes through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// It is passed on.
    Ok,
    /// Every answer comes later by so much.
    Latency(Duration),
    /// Nothing arrives and nobody is told: what is sent is lost, and so are, for ever, the connections that it was sent
    /// on or that are made meanwhile. That is what a firewall does that forgot them.
    Hole,
    /// Connections are reset, those that are there and those that come.
    Reset,
    /// A connection is reset after it has carried so many more bytes of answers.
    Cut(usize),
    /// The answer to the next COMMIT is lost, and its connection reset after the server has committed. Then all is well
    /// again.
    Commit,
}

/// The server that is behind it.
#[derive(Clone, Debug)]
pub enum Upstream {
    /// A Unix socket.
    Unix(PathBuf),
    /// A TCP port.
    Tcp(SocketAddr),
}

/// A TCP port in front of a server; closed with the value.
#[derive(Debug)]
pub struct FaultProxy {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    upstream: Upstream,
    /// The mode, and how often it was set.
    mode: Mutex<(Mode, u64)>,
    relays: Mutex<Vec<Weak<Relay>>>,
    opened: AtomicUsize,
    commits_lost: AtomicUsize,
    closed: AtomicBool,
}

impl FaultProxy {
    /// Listens on a free port that only this machine reaches.
    pub fn before(upstream: Upstream) -> Self {
        Self::at(Ipv4Addr::LOCALHOST.into(), upstream)
    }

    /// Listens on a free port of an address.
    pub fn at(address: IpAddr, upstream: Upstream) -> Self {
        let listener = TcpListener::bind((address, 0)).expect("a free port");
        let address = listener.local_addr().expect("a port that is bound");
        let shared = Arc::new(Shared {
            upstream,
            mode: Mutex::new((Mode::Ok, 0)),
            relays: Mutex::default(),
            opened: AtomicUsize::new(0),
            commits_lost: AtomicUsize::new(0),
            closed: AtomicBool::new(false),
        });
        let accepting = Arc::clone(&shared);
        thread::spawn(move || accepting.accept(&listener));
        Self { address, shared }
    }

    /// In front of the PostgreSQL that a URL names by its socket, as the URLs of the tests' servers do. Answers the same
    /// URL by way of the proxy, too.
    pub fn before_postgres(url: &str) -> (Self, String) {
        Self::before_postgres_at(Ipv4Addr::LOCALHOST.into(), url)
    }

    /// The same on a port of another address.
    pub fn before_postgres_at(address: IpAddr, url: &str) -> (Self, String) {
        let mut parsed = url::Url::parse(url).expect("a URL");
        let directory = parsed.host_str().expect("a socket's directory").to_owned();
        let directory =
            percent_encoding::percent_decode_str(&directory).decode_utf8().expect("a path of text");
        let socket = format!("{directory}/.s.PGSQL.{}", parsed.port().unwrap_or(5432));
        let proxy = Self::at(address, Upstream::Unix(socket.into()));
        parsed.set_host(Some(&address.to_string())).expect("a URL with a host");
        parsed.set_port(Some(proxy.address.port())).expect("a URL with a port");
        // Inside TLS a COMMIT could not be seen.
        parsed.query_pairs_mut().append_pair("sslmode", "disable");
        (proxy, parsed.to_string())
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Misbehaves so from now on.
    pub fn set(&self, mode: Mode) {
        {
            let mut current = self.shared.lock_mode();
            *current = (mode, current.1 + 1);
        }
        if mode == Mode::Reset {
            self.shared.relays().iter().for_each(|relay| relay.reset());
        }
    }

    /// How it misbehaves.
    pub fn mode(&self) -> Mode {
        self.shared.mode().0
    }

    /// Connections that were made so far.
    pub fn opened(&self) -> usize {
        self.shared.opened.load(Ordering::SeqCst)
    }

    /// Connections that are open now.
    pub fn open(&self) -> usize {
        self.shared.relays().len()
    }

    /// Commits whose answer was lost.
    pub fn commits_lost(&self) -> usize {
        self.shared.commits_lost.load(Ordering::SeqCst)
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.shared.closed.store(true, Ordering::SeqCst);
        self.shared.relays().iter().for_each(|relay| relay.reset());
        // Wakes the thread that accepts, which then ends.
        let _ = TcpStream::connect(self.address);
    }
}

impl Shared {
    fn accept(self: &Arc<Self>, listener: &TcpListener) {
        for client in listener.incoming() {
            if self.closed.load(Ordering::SeqCst) {
                return;
            }
            if let Ok(client) = client {
                let _ = client.set_nodelay(true);
                self.opened.fetch_add(1, Ordering::SeqCst);
                let client = Socket::from(OwnedFd::from(client));
                if let Some(relay) = Relay::start(self, client) {
                    let mut relays = self.relays.lock().unwrap_or_else(PoisonError::into_inner);
                    relays.retain(|relay| relay.strong_count() > 0);
                    relays.push(Arc::downgrade(&relay));
                }
            }
        }
    }

    /// A connection to the server.
    fn connect(&self) -> io::Result<Socket> {
        Ok(match &self.upstream {
            Upstream::Unix(path) => Socket::from(OwnedFd::from(UnixStream::connect(path)?)),
            Upstream::Tcp(address) => {
                let stream = TcpStream::connect(address)?;
                stream.set_nodelay(true)?;
                Socket::from(OwnedFd::from(stream))
            }
        })
    }

    fn mode(&self) -> (Mode, u64) {
        *self.lock_mode()
    }

    /// Whether this COMMIT is the one whose answer is to be lost.
    fn takes_commit(&self) -> bool {
        let mut mode = self.lock_mode();
        let takes = mode.0 == Mode::Commit;
        if takes {
            *mode = (Mode::Ok, mode.1 + 1);
        }
        takes
    }

    fn lock_mode(&self) -> MutexGuard<'_, (Mode, u64)> {
        self.mode.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn relays(&self) -> Vec<Arc<Relay>> {
        let relays = self.relays.lock().unwrap_or_else(PoisonError::into_inner);
        relays.iter().filter_map(Weak::upgrade).collect()
    }
}
