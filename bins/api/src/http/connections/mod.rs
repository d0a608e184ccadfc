//! Connections of clients: how many are open at a time, and when the service closes one.
//!
//! actix-web closes a connection whose first request does not arrive, and one that is unused after an answer. It keeps
//! one open whose next request stops within its head, whose answer nobody reads, or whose client speaks HTTP/2 and
//! answers pings. A [`Connection`] closes these.

mod exchange;
mod limit;

use std::any::Any;
use std::cell::{Cell, OnceCell};
use std::io;
use std::net::{Shutdown, TcpStream};
use std::os::fd::AsFd as _;
use std::rc::{Rc, Weak};
use std::time::{Duration, Instant};

use actix_tls::accept::rustls_0_23::TlsStream;
use actix_web::dev::Extensions;
use actix_web::rt::net::TcpStream as Plain;
use actix_web::rt::{self, task::JoinHandle};
use tokio::time::sleep_until;

pub(crate) use self::exchange::Exchange;
pub(crate) use self::limit::ConnectionLimit;

/// The longest that a connection stays open while no request of it is being worked on. Its client must read an answer,
/// and send the head of its next request, within this time.
const LONGEST_REST: Duration = Duration::from_secs(30);

/// Requests of one connection that may be worked on, or be waiting for their client to read the answer, at a time. Over
/// HTTP/1.1 there is one.
const MOST_REQUESTS: u32 = 100;

/// A connection, as long as it or a request of it lives.
pub(crate) struct Connection {
    /// A second handle on the socket, because actix-web keeps the first.
    socket: TcpStream,
    /// Requests that are being worked on.
    working: Cell<u32>,
    /// Those, and requests whose answer has not been taken.
    unfinished: Cell<u32>,
    resting_since: Cell<Instant>,
    watch: OnceCell<JoinHandle<()>>,
}

/// For [`HttpServer::on_connect`](actix_web::HttpServer::on_connect): watches the connection and makes it known to its
/// requests.
pub(crate) fn watch(stream: &dyn Any, data: &mut Extensions) {
    match second_handle(stream) {
        Ok(socket) => {
            data.insert(Connection::watched(socket));
        }
        Err(error) => tracing::warn!(%error, "a connection is served without a limit on its time"),
    }
}

fn second_handle(stream: &dyn Any) -> io::Result<TcpStream> {
    let encrypted = || stream.downcast_ref::<TlsStream<Plain>>().map(|stream| stream.get_ref().0);
    let stream = stream.downcast_ref::<Plain>().or_else(encrypted);
    let stream = stream.ok_or_else(|| io::Error::other("it is of an unknown kind"))?;
    stream.as_fd().try_clone_to_owned().map(TcpStream::from)
}

impl Connection {
    fn watched(socket: TcpStream) -> Rc<Self> {
        let connection = Rc::new(Self {
            socket,
            working: Cell::default(),
            unfinished: Cell::default(),
            resting_since: Cell::new(Instant::now()),
            watch: OnceCell::new(),
        });
        let watch = rt::spawn(close_after_rest(Rc::downgrade(&connection)));
        // It is set once, here.
        let _ = connection.watch.set(watch);
        connection
    }

    fn begin_request(&self) {
        self.working.update(|working| working + 1);
        self.unfinished.update(|unfinished| unfinished + 1);
    }

    fn end_work(&self) {
        self.working.update(|working| working - 1);
        self.resting_since.set(Instant::now());
    }

    fn end_request(&self) {
        self.unfinished.update(|unfinished| unfinished - 1);
    }

    fn is_overloaded(&self) -> bool {
        self.unfinished.get() > MOST_REQUESTS
    }

    /// When the connection is to be closed, unless a request is worked on until then.
    fn end_of_rest(&self) -> Instant {
        let start = if self.working.get() > 0 { Instant::now() } else { self.resting_since.get() };
        start + LONGEST_REST
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if let Some(watch) = self.watch.get() {
            watch.abort();
        }
    }
}

async fn close_after_rest(connection: Weak<Connection>) {
    loop {
        let Some(end) = connection.upgrade().map(|connection| connection.end_of_rest()) else { return };
        sleep_until(end.into()).await;
        let Some(connection) = connection.upgrade() else { return };
        if connection.end_of_rest() <= Instant::now() {
            // It may be closed already.
            let _ = connection.socket.shutdown(Shutdown::Both);
            return;
        }
    }
}
