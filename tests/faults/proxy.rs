//! The proxy itself does what the tests rely on.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use diesel::connection::{AnsiTransactionManager, SimpleConnection as _, TransactionManager as _};
use diesel::prelude::*;
use repository::testing::TestDatabase;
use strongroom_tests::{FaultProxy, Mode, Upstream};

use crate::oracle::Oracle;

/// Answers whatever it gets.
fn echo() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for client in listener.incoming() {
            let (mut from, mut to) = (client.as_ref().unwrap().try_clone().unwrap(), client.unwrap());
            thread::spawn(move || std::io::copy(&mut from, &mut to));
        }
    });
    address
}

/// What comes back for `word`; an error when nothing comes for half a second.
fn say(stream: &mut TcpStream, word: &[u8]) -> std::io::Result<Vec<u8>> {
    stream.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
    stream.write_all(word)?;
    let mut answer = vec![0; word.len()];
    stream.read_exact(&mut answer)?;
    Ok(answer)
}

fn failed_with(outcome: std::io::Result<Vec<u8>>) -> ErrorKind {
    outcome.unwrap_err().kind()
}

#[test]
fn what_passes_is_passed_on_and_counted() {
    let proxy = FaultProxy::before(Upstream::Tcp(echo()));
    let mut first = TcpStream::connect(proxy.address()).unwrap();
    assert_eq!(say(&mut first, b"hello").unwrap(), b"hello");
    let mut second = TcpStream::connect(proxy.address()).unwrap();
    assert_eq!(say(&mut second, b"again").unwrap(), b"again");
    assert_eq!((proxy.opened(), proxy.open(), proxy.mode()), (2, 2, Mode::Ok));
    drop(first);
    while proxy.open() > 1 {
        thread::yield_now();
    }
    assert_eq!(proxy.opened(), 2);
}

#[test]
fn latency_delays_each_answer() {
    let proxy = FaultProxy::before(Upstream::Tcp(echo()));
    let mut stream = TcpStream::connect(proxy.address()).unwrap();
    let delay = Duration::from_millis(100);
    proxy.set(Mode::Latency(delay));
    let start = Instant::now();
    say(&mut stream, b"one").unwrap();
    say(&mut stream, b"two").unwrap();
    assert!(start.elapsed() >= delay * 2);
}

#[test]
fn a_hole_swallows_for_ever_what_was_used_in_it() {
    let proxy = FaultProxy::before(Upstream::Tcp(echo()));
    let connect = || TcpStream::connect(proxy.address()).unwrap();
    let (mut used, mut resting) = (connect(), connect());
    say(&mut used, b"before").unwrap();
    say(&mut resting, b"before").unwrap();
    proxy.set(Mode::Hole);
    let is_silent = |kind| matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut);
    assert!(is_silent(failed_with(say(&mut used, b"lost"))));
    let mut made_in_it = connect();
    assert!(is_silent(failed_with(say(&mut made_in_it, b"lost"))));
    proxy.set(Mode::Ok);
    assert!(is_silent(failed_with(say(&mut used, b"after"))));
    assert!(is_silent(failed_with(say(&mut made_in_it, b"after"))));
    assert_eq!(say(&mut resting, b"after").unwrap(), b"after");
    assert_eq!(say(&mut connect(), b"after").unwrap(), b"after");
}

#[test]
fn a_reset_is_one_for_old_and_new_connections() {
    let proxy = FaultProxy::before(Upstream::Tcp(echo()));
    let mut stream = TcpStream::connect(proxy.address()).unwrap();
    say(&mut stream, b"before").unwrap();
    proxy.set(Mode::Reset);
    let mut byte = [0];
    assert_eq!(stream.read(&mut byte).unwrap_err().kind(), ErrorKind::ConnectionReset);
    let refused = TcpStream::connect(proxy.address()).and_then(|mut stream| stream.read(&mut byte));
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::ConnectionReset);
}

#[test]
fn a_cut_comes_in_the_middle_of_an_answer() {
    let proxy = FaultProxy::before(Upstream::Tcp(echo()));
    let mut stream = TcpStream::connect(proxy.address()).unwrap();
    proxy.set(Mode::Cut(7));
    assert_eq!(say(&mut stream, b"hello").unwrap(), b"hello");
    stream.write_all(b"hello").unwrap();
    let mut rest = Vec::new();
    // The reset may overtake the last bytes.
    let cut = stream.read_to_end(&mut rest);
    assert!(cut.is_err() && b"he".starts_with(&rest), "{cut:?} {rest:?}");
}

#[test]
fn the_answer_to_one_commit_is_lost_after_it_was_made() {
    let database = TestDatabase::new();
    let oracle = Oracle::of(&database.url("postgres"));
    oracle.run("CREATE TABLE public.made (n int)");
    let (proxy, through) = FaultProxy::before_postgres(&database.url("postgres"));
    for n in 0..5 {
        let mut conn = PgConnection::establish(&through).unwrap();
        AnsiTransactionManager::begin_transaction(&mut conn).unwrap();
        conn.batch_execute(&format!("INSERT INTO public.made VALUES ({n})")).unwrap();
        proxy.set(Mode::Commit);
        assert!(AnsiTransactionManager::commit_transaction(&mut conn).is_err());
        assert_eq!(proxy.mode(), Mode::Ok);
        assert_eq!(proxy.commits_lost(), n + 1);
        assert_eq!(oracle.count("SELECT count(*) FROM public.made"), n + 1);
    }
}
