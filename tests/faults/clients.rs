//! A23: clients that never end their bodies, that send more than there is memory for, or that hold connections.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use repository::testing::TestDatabase;
use rustls::version::TLS13;
use strongroom_tests::{Api, Authority, TlsClient, allow_many_files};

use crate::figures::{Figures, scale};
use crate::load::{Ledger, for_a_while, while_clients};
use crate::service::Service;

/// Connections with a body that never ends.
const ENDLESS: usize = 1100;

/// The longest a body may take, and the longest that its client may take to read the answer and leave.
const BODY: Duration = Duration::from_secs(15 + 3 + 1);

/// The longest that a connection may rest.
const REST: Duration = Duration::from_secs(30);

/// After so long a test no longer believes that a connection will be closed.
const GIVE_UP: Duration = Duration::from_secs(75);

/// The longest body of a batch, and as many rows as one may have.
const LONGEST: usize = 16 << 20;
const ROWS: usize = 10_000;

fn connect(address: &str) -> TcpStream {
    let socket = TcpStream::connect(address.strip_prefix("http://").unwrap()).unwrap();
    socket.set_read_timeout(Some(GIVE_UP)).unwrap();
    socket
}

/// A request that needs no key, whose body is waited for.
fn endless(address: &str) -> TcpStream {
    let mut socket = connect(address);
    let head = "POST /v1/tokens/refresh HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
                Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n";
    socket.write_all(head.as_bytes()).unwrap();
    socket
}

#[test]
fn a_thousand_bodies_that_never_end_slow_nobody() {
    allow_many_files();
    let figures = Figures::of("A23");
    let database = TestDatabase::new();
    let url = database.url("strongroom_app");
    let service = Service::start(&url, &url, &[]);
    let ledger = Ledger::new("endless");
    let length = scale(Duration::from_secs(3), Duration::from_secs(12));
    let (start, begun, end, held) = while_clients(
        4,
        || {
            for_a_while(Duration::from_secs(1));
            let start = Instant::now();
            for_a_while(length);
            let held: Vec<_> = (0..ENDLESS).map(|_| (endless(service.address()), Instant::now())).collect();
            let begun = Instant::now();
            for_a_while(length);
            (start, begun, Instant::now(), held)
        },
        |_| ledger.note(&service.get_user()),
    );
    let (before, meanwhile) = (ledger.p99_between(start, begun), ledger.p99_between(begun, end));
    figures.note("endless bodies: p99 of others before, ms", before.as_millis());
    figures.within("endless bodies: p99 of others meanwhile", meanwhile, 2 * before);
    let failed = ledger.since(start).iter().filter(|seen| !seen.outcome.is_success()).count();
    figures.exactly("endless bodies: requests of others that failed", failed, 0);
    let closed = held.into_iter().map(|(mut socket, begun)| {
        let answer = io::copy(&mut socket, &mut io::sink());
        answer.map_or(GIVE_UP, |_| begun.elapsed())
    });
    figures.within("endless bodies: each closed within", closed.max().unwrap_or_default(), BODY);
}

#[test]
fn bodies_take_no_more_memory_than_there_is_for_them() {
    let figures = Figures::of("A23");
    let database = TestDatabase::new();
    let url = database.url("strongroom_app");
    let service = Service::start(&url, &url, &[]);
    let path = format!("/v1/split/users/{}/contacts/batch", service.user());
    let row = serde_json::Value::String("x".repeat(LONGEST / ROWS - 4));
    let batch = serde_json::Value::Array(vec![row; ROWS]);
    let before = service.peak_memory();
    let (left, refused, strange) = (AtomicUsize::new(40), AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..20 {
            scope.spawn(|| {
                while left
                    .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1))
                    .is_ok()
                {
                    let outcome = service.post(&path, None, &batch);
                    match (outcome.status, outcome.retry_after) {
                        // With a result for each row, none of which is valid.
                        (200, _) => {}
                        (503, true) => drop(refused.fetch_add(1, Ordering::SeqCst)),
                        _ => drop(strange.fetch_add(1, Ordering::SeqCst)),
                    }
                }
            });
        }
    });
    figures.note("40 bodies of 16 MiB, 20 at a time: refused", refused.into_inner());
    figures.exactly("the same: neither read nor refused", strange.into_inner(), 0);
    figures.at_most("the same: memory taken, MiB", (service.peak_memory() - before) / 1024, 64 + 64);
}

#[test]
fn a_connection_on_which_nothing_is_done_is_closed() {
    let figures = Figures::of("A23");
    let database = TestDatabase::new();
    let api = Api::start(&database.url("strongroom_app"), &[]);
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new("rests");
    let [certificate, key] = ["cert.pem", "key.pem"].map(|name| folder.path().join(name));
    let signed = authority.sign("localhost");
    fs::write(&certificate, signed.certificate).unwrap();
    fs::write(&key, signed.key).unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    let files = [("TLS_CERT_FILE", certificate.to_str().unwrap()), ("TLS_KEY_FILE", key.to_str().unwrap())];
    let tls = Api::start(&database.url("strongroom_app"), &files);
    thread::scope(|scope| {
        let second_head = scope.spawn(|| second_head_never_ends(api.address()));
        let unread = scope.spawn(|| answers_are_not_read(api.address()));
        let pings = scope.spawn(|| only_pings(tls.address(), &authority));
        let slack = Duration::from_secs(2);
        figures.within("rest: a later head that stops", second_head.join().unwrap(), REST + slack);
        figures.within("rest: answers that nobody reads", unread.join().unwrap(), REST + slack);
        figures.within("rest: nothing but pings over HTTP/2", pings.join().unwrap(), REST + slack);
    });
}

fn second_head_never_ends(address: &str) -> Duration {
    let mut socket = connect(address);
    socket.write_all(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    assert!(socket.read(&mut [0; 4096]).unwrap() > 0);
    socket.write_all(b"GET /li").unwrap();
    let start = Instant::now();
    io::copy(&mut socket, &mut io::sink()).map_or(GIVE_UP, |_| start.elapsed())
}

/// Asks until nothing more goes in, because no answer is taken out, and goes on trying.
fn answers_are_not_read(address: &str) -> Duration {
    let mut socket = connect(address);
    socket.set_write_timeout(Some(Duration::from_millis(500))).unwrap();
    let (mut last, asking) = (Instant::now(), Instant::now());
    loop {
        match socket.write(b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n") {
            Ok(_) => last = Instant::now(),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock && asking.elapsed() < GIVE_UP => {}
            Err(_) => return last.elapsed(),
        }
    }
}

fn only_pings(address: &str, authority: &Authority) -> Duration {
    let mut client = TlsClient::connect(address, authority, &[&TLS13], &["h2"]).unwrap();
    // The preface and empty settings; then GET /livez, whose body never ends.
    let mut head = vec![0x82, 0x87, 0x41, 1, b'x', 0x44, 6];
    head.extend(b"/livez");
    let length = u8::try_from(head.len()).unwrap();
    let mut begin = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0".to_vec();
    begin.extend([0, 0, length, 1, 4, 0, 0, 0, 1]);
    begin.extend(head);
    client.stream().write_all(&begin).unwrap();
    let (start, mut is_answered) = (Instant::now(), false);
    while let Ok((kind, flags, payload)) = frame(&mut client) {
        is_answered |= kind == 1;
        if start.elapsed() > GIVE_UP {
            return GIVE_UP;
        }
        if kind == 6 && flags & 1 == 0 {
            let pong = [&[0, 0, 8, 6, 1, 0, 0, 0, 0], payload.as_slice()].concat();
            client.stream().write_all(&pong).unwrap();
        }
    }
    assert!(is_answered, "the request was not answered");
    start.elapsed()
}

/// The kind, the flags and the payload of the next frame.
fn frame(client: &mut TlsClient) -> io::Result<(u8, u8, Vec<u8>)> {
    let mut head = [0; 9];
    client.stream().read_exact(&mut head)?;
    let mut payload = vec![0; usize::from(head[0]) << 16 | usize::from(head[1]) << 8 | usize::from(head[2])];
    client.stream().read_exact(&mut payload)?;
    Ok((head[3], head[4], payload))
}
