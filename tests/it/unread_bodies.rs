//! Bodies that never end: each is answered, and the connection is closed with the answer.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use repository::testing::TestDatabase;
use strongroom_tests::{Api, Server, allow_many_files};

use crate::guard_routes::operations;

/// The longest that a connection may stay open: the time a body may take (15 s), and some for a busy machine.
const LIMIT: Duration = Duration::from_secs(60);

/// More connections than the files that a process may have open by default on most systems.
const MANY: usize = 1100;

/// A request whose body begins and never ends.
struct Endless<'a> {
    address: &'a str,
    method: &'a str,
    path: &'a str,
    key: &'a str,
}

impl Endless<'_> {
    fn begin(&self) -> TcpStream {
        let Self { address, method, path, key } = self;
        let mut socket = TcpStream::connect(address.strip_prefix("http://").unwrap()).unwrap();
        socket.set_read_timeout(Some(LIMIT)).unwrap();
        socket.set_write_timeout(Some(LIMIT)).unwrap();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n\
             Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{{\r\n"
        );
        socket.write_all(head.as_bytes()).unwrap();
        socket
    }

    /// What comes until the server closes the connection, or why it did not close it.
    fn answer(&self) -> Result<String, String> {
        let (mut socket, mut answer) = (self.begin(), Vec::new());
        let closed = socket.read_to_end(&mut answer);
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let request = format!("{} {}", self.method, self.path);
        match closed {
            Ok(_) if answer.starts_with("HTTP/1.1 ") => Ok(answer),
            Ok(_) => Err(format!("{request}: closed without an answer")),
            Err(error) => {
                Err(format!("{request}: {error} after {}", answer.lines().next().unwrap_or("nothing")))
            }
        }
    }
}

/// Every route as a request, and those that no route takes.
fn requests(server: &Server) -> Vec<(String, String)> {
    let mut requests = operations(&server.get("/openapi.json").expect(200));
    assert!(requests.len() > 25, "{requests:?}");
    for (method, path) in [
        ("GET", "/nowhere"),
        ("POST", "/livez"),
        ("TRACE", "/v1/split/users"),
        ("GET", "/docs"),
        ("GET", "/docs/"),
    ] {
        requests.push((method.to_owned(), path.to_owned()));
    }
    let id = "00000000-0000-7000-8000-000000000000";
    requests.into_iter().map(|(method, path)| (method, path.replace("{id}", id))).collect()
}

#[test]
fn a_body_that_never_ends_is_answered_and_the_connection_closed_on_every_route() {
    // Wrong keys are to be told so, however many come.
    let server = Server::start_with(&[("AUTH_FAILURE_LIMIT", "10000")]);
    let requests = requests(&server);
    let failures: Vec<String> = thread::scope(|scope| {
        let mut waiting = Vec::new();
        for key in [server.key(), "sr_none"] {
            for (method, path) in &requests {
                let request = Endless { address: server.address(), method, path, key };
                waiting.push(scope.spawn(move || request.answer().err()));
            }
        }
        waiting.into_iter().filter_map(|waiting| waiting.join().unwrap()).collect()
    });
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn a_chunk_size_that_never_ends_is_not_read_for_ever() {
    let server = Server::start();
    let give_up = Instant::now() + LIMIT;
    thread::scope(|scope| {
        for (method, path) in [("GET", "/livez"), ("POST", "/v1/split/users"), ("DELETE", "/nowhere")] {
            let server = &server;
            scope.spawn(move || {
                let request = Endless { address: server.address(), method, path, key: server.key() };
                let mut socket = request.begin();
                while socket.write_all(b"0").is_ok() {
                    assert!(Instant::now() < give_up, "{method} {path}: the server goes on reading");
                }
            });
        }
    });
}

#[test]
fn others_are_served_while_more_than_a_thousand_bodies_do_not_end() {
    allow_many_files();
    let database = TestDatabase::new();
    // Whatever the machine that runs the test allows, the service starts with what most systems allow.
    let as_usual = ["sh", "-c", "ulimit -S -n 1024; exec \"$0\" \"$@\""];
    let api = Api::start_by(&as_usual, &database.url("strongroom_app"), &[]);
    let request = Endless { address: api.address(), method: "GET", path: "/livez", key: "" };
    let _held: Vec<TcpStream> = (0..MANY).map(|_| request.begin()).collect();

    let mut socket = TcpStream::connect(api.address().strip_prefix("http://").unwrap()).unwrap();
    socket.set_read_timeout(Some(LIMIT)).unwrap();
    socket.write_all(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    let mut answer = [0; 15];
    match socket.read_exact(&mut answer) {
        Err(error) if error.kind() == ErrorKind::WouldBlock => panic!("nobody is served any more"),
        read => read.unwrap(),
    }
    assert_eq!(&answer, b"HTTP/1.1 200 OK");
}
