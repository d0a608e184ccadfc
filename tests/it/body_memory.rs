//! The memory that bodies of requests take is bounded for all of them together.

use std::io::Write as _;
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::json;
use strongroom_tests::Server;

use crate::world::World;

/// The longest body of a batch.
const LONGEST: usize = 16 << 20;

/// A batch of one row that is not valid, so that nothing is stored, as long as a batch may be.
fn long_batch() -> String {
    let row = json!([{"name": ""}]).to_string();
    format!("{row}{}", " ".repeat(LONGEST - row.len()))
}

/// A request that has sent all of its body but the last byte.
fn unfinished(world: &World, path: &str) -> TcpStream {
    let mut socket = TcpStream::connect(world.server.address().strip_prefix("http://").unwrap()).unwrap();
    socket.set_write_timeout(Some(Duration::from_secs(30))).unwrap();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
         Content-Length: {LONGEST}\r\n\r\n",
        world.server.key()
    );
    socket.write_all(head.as_bytes()).unwrap();
    socket.write_all(&long_batch().as_bytes()[..LONGEST - 1]).unwrap();
    socket
}

#[test]
fn bodies_beyond_the_memory_for_them_are_refused_and_small_ones_are_not() {
    let world = World::on(Server::start_with(&[("REQUEST_BODY_MEMORY", "32")]), 0);
    let path = format!("/v1/split/users/{}/contacts/batch", world.user);
    let send = || world.server.send("POST", &path, &[], Some(&long_batch()));
    send().expect(200);

    let held = unfinished(&world, &path);
    let refused = send();
    assert_eq!(refused.expect(503)["code"], "overloaded");
    assert_eq!(refused.header("retry-after"), "1");
    let contact = json!({"name": "Bina", "phone_number": "+919876500001"});
    world.server.post(&format!("/v1/split/users/{}/contacts", world.user), &contact).expect(201);

    // The memory is free again as soon as the request is over.
    drop(held);
    let give_up = Instant::now() + Duration::from_secs(30);
    while send().status == 503 {
        assert!(Instant::now() < give_up, "the memory of a request that is over is not given back");
        std::thread::yield_now();
    }
    send().expect(200);
}

#[test]
fn a_client_without_a_key_sends_no_long_body() {
    let server = Server::start();
    let body = |length: usize| format!("{{}}{}", " ".repeat(length - 2));
    for (method, path) in [
        ("GET", "/livez"),
        ("GET", "/openapi.json"),
        ("POST", "/v1/tokens/refresh"),
        ("POST", "/v1/tokens/revoke"),
        ("POST", "/v1/export/register"),
        ("POST", "/v1/export/log-in"),
    ] {
        let send = |length| server.send(method, path, &[("authorization", "")], Some(&body(length)));
        assert_eq!(send(8 * 1024 + 1).status, 413, "{method} {path}");
        assert_ne!(send(8 * 1024).status, 413, "{method} {path}");
    }
}
