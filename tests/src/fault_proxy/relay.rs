//! One connection through the proxy: two threads, one for each direction.

use std::io::{Read as _, Write as _};
use std::net::Shutdown;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use socket2::Socket;

use super::{Mode, Shared};

/// A simple query, as diesel ends a transaction: its type, its length and its text.
const COMMIT: &[u8] = b"Q\0\0\0\x0bCOMMIT\0";

/// The tag with which the server says that it has committed.
const COMMITTED: &[u8] = b"COMMIT\0";

#[derive(Debug)]
pub(super) struct Relay {
    client: Socket,
    /// None where the connection was made in a hole.
    server: Option<Socket>,
    /// It fell into a hole, and nothing passes any more.
    lost: AtomicBool,
    /// The next answer is that to a COMMIT, and is to be lost.
    swallow: AtomicBool,
    /// It ends with a reset, which a shutdown would hide.
    is_reset: AtomicBool,
}

impl Relay {
    /// None where the mode, or a server that does not answer, let no connection come about.
    pub(super) fn start(shared: &Arc<Shared>, client: Socket) -> Option<Arc<Self>> {
        let (mode, _) = shared.mode();
        let server = if mode == Mode::Hole { None } else { shared.connect().ok() };
        let lost = AtomicBool::new(mode == Mode::Hole);
        let (swallow, is_reset) = (AtomicBool::default(), AtomicBool::default());
        let relay = Arc::new(Self { client, server, lost, swallow, is_reset });
        if mode == Mode::Reset || (relay.server.is_none() && mode != Mode::Hole) {
            relay.reset();
            return None;
        }
        let directions = [Self::forward, Self::answer];
        for direction in directions.into_iter().take(if relay.server.is_some() { 2 } else { 1 }) {
            let (relay, shared) = (Arc::clone(&relay), Arc::clone(shared));
            thread::spawn(move || {
                direction(&relay, &shared);
                relay.close();
            });
        }
        Some(relay)
    }

    /// Carries what the client says, until one of the two is gone.
    fn forward(&self, shared: &Shared) {
        let mut buffer = [0; 16 * 1024];
        while let Some(bytes) = receive(&self.client, &mut buffer) {
            if self.is_lost(shared) {
                continue;
            }
            let is_commit = bytes.windows(COMMIT.len()).any(|window| window == COMMIT);
            if is_commit && shared.takes_commit() {
                self.swallow.store(true, Ordering::SeqCst);
            }
            let Some(mut server) = self.server.as_ref() else { return };
            if server.write_all(bytes).is_err() {
                return;
            }
        }
    }

    /// Carries what the server answers.
    fn answer(&self, shared: &Shared) {
        let mut buffer = [0; 16 * 1024];
        let (mut carried, mut since) = (0, 0);
        let Some(server) = self.server.as_ref() else { return };
        while let Some(bytes) = receive(server, &mut buffer) {
            if self.is_lost(shared) {
                continue;
            }
            if self.swallow.load(Ordering::SeqCst) {
                if bytes.windows(COMMITTED.len()).any(|window| window == COMMITTED) {
                    shared.commits_lost.fetch_add(1, Ordering::SeqCst);
                }
                return self.reset();
            }
            let (mode, setting) = shared.mode();
            if setting != since {
                (carried, since) = (0, setting);
            }
            let passed = match mode {
                Mode::Cut(most) => bytes.len().min(most.saturating_sub(carried)),
                _ => bytes.len(),
            };
            if let Mode::Latency(longer) = mode {
                thread::sleep(longer);
            }
            carried += passed;
            if (&self.client).write_all(bytes.get(..passed).unwrap_or(bytes)).is_err() {
                return;
            }
            if passed < bytes.len() {
                return self.reset();
            }
        }
    }

    fn is_lost(&self, shared: &Shared) -> bool {
        if shared.mode().0 == Mode::Hole {
            self.lost.store(true, Ordering::SeqCst);
        }
        self.lost.load(Ordering::SeqCst)
    }

    /// Ends both sides in order. Wakes the other thread, too.
    fn close(&self) {
        if self.is_reset.load(Ordering::SeqCst) {
            return;
        }
        let _ = self.client.shutdown(Shutdown::Both);
        self.let_go_of_server();
    }

    /// The client's side ends with a reset, as soon as both threads have let go of it.
    pub(super) fn reset(&self) {
        self.is_reset.store(true, Ordering::SeqCst);
        let _ = self.client.set_linger(Some(Duration::ZERO));
        let _ = self.client.shutdown(Shutdown::Read);
        self.let_go_of_server();
    }

    fn let_go_of_server(&self) {
        if let Some(server) = &self.server {
            let _ = server.shutdown(Shutdown::Both);
        }
    }
}

/// What has arrived; none at the end.
fn receive<'a>(mut from: &Socket, buffer: &'a mut [u8]) -> Option<&'a [u8]> {
    match from.read(buffer) {
        Ok(length) if length > 0 => buffer.get(..length),
        _ => None,
    }
}
