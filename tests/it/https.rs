//! The service over HTTPS.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use repository::testing::TestDatabase;
use rustls::version::{TLS12, TLS13};
use strongroom_tests::{Authority, Certificate, Server, TlsClient, start_on};

fn write(folder: &Path, certificate: &Certificate) {
    fs::write(folder.join("cert.pem"), &certificate.certificate).unwrap();
    fs::write(folder.join("key.pem"), &certificate.key).unwrap();
    fs::set_permissions(folder.join("key.pem"), Permissions::from_mode(0o600)).unwrap();
}

/// The two settings, for files in this folder.
fn settings(folder: &Path) -> [(&'static str, String); 2] {
    [("TLS_CERT_FILE", "cert.pem"), ("TLS_KEY_FILE", "key.pem")]
        .map(|(name, file)| (name, folder.join(file).to_str().unwrap().to_owned()))
}

fn is_believed(server: &Server, authority: &Authority) -> bool {
    TlsClient::connect(server.address(), authority, &[&TLS13], &[]).is_ok()
}

#[test]
fn clients_are_served_by_tls_and_by_both_versions_of_http() {
    let folder = tempfile::tempdir().unwrap();
    let (authority, stranger) = (Authority::new("right"), Authority::new("other"));
    write(folder.path(), &authority.sign("localhost"));
    let settings = settings(folder.path());
    let server = Server::start_with(&settings.each_ref().map(|(name, file)| (*name, file.as_str())));

    for version in [&TLS12, &TLS13] {
        let mut client = TlsClient::connect(server.address(), &authority, &[version], &["http/1.1"]).unwrap();
        let answer: [u8; 15] = client.exchange(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n");
        assert_eq!(&answer, b"HTTP/1.1 200 OK");
    }
    let mut client =
        TlsClient::connect(server.address(), &authority, &[&TLS13], &["h2", "http/1.1"]).unwrap();
    assert_eq!(client.protocol(), Some("h2"));
    // The preface and an empty frame of settings; the server's first frame is of settings (4), too.
    let frame: [u8; 9] = client.exchange(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0");
    assert_eq!(frame[3], 4, "{frame:?}");

    assert!(!is_believed(&server, &stranger));
}

#[test]
fn a_new_certificate_is_taken_up_without_a_restart_and_a_broken_one_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (Authority::new("first"), Authority::new("second"));
    write(folder.path(), &first.sign("localhost"));
    let settings = settings(folder.path());
    let server = Server::start_with(&settings.each_ref().map(|(name, file)| (*name, file.as_str())));
    assert!(is_believed(&server, &first));
    let reload = |logged: &str| {
        let id = server.process_id().to_string();
        assert!(Command::new("kill").args(["-HUP", &id]).status().unwrap().success());
        let give_up = Instant::now() + Duration::from_secs(30);
        while !server.log().contains(logged) {
            assert!(Instant::now() < give_up, "{logged} is not logged: {}", server.log());
            std::thread::yield_now();
        }
    };

    fs::write(folder.path().join("cert.pem"), "no certificate").unwrap();
    reload("was not renewed");
    assert!(is_believed(&server, &first));
    write(folder.path(), &second.sign("localhost"));
    reload("was read again");
    assert!(is_believed(&server, &second) && !is_believed(&server, &first));
}

#[test]
fn what_is_no_pair_stops_at_the_start_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new("right");
    let (one, other) = (authority.sign("localhost"), authority.sign("localhost"));
    let settings = settings(folder.path());
    let both = settings.each_ref().map(|(name, file)| (*name, file.as_str()));
    let refused = |settings: &[(&str, &str)], says: &str| {
        let outcome = start_on(&TestDatabase::empty(), settings);
        assert!(outcome.code == 1 && outcome.stderr.contains(says), "{says}: {outcome:?}");
    };
    refused(&both[..1], "TLS_CERT_FILE is set and TLS_KEY_FILE is not");
    refused(&both[1..], "TLS_KEY_FILE is set and TLS_CERT_FILE is not");
    refused(&both, "TLS_CERT_FILE, ");
    write(folder.path(), &Certificate { certificate: one.certificate.clone(), key: other.key });
    refused(&both, "TLS_KEY_FILE is not the key of the certificate");
    write(folder.path(), &Certificate { certificate: one.key.clone(), key: one.key.clone() });
    refused(&both, "holds no certificate");
    write(folder.path(), &one);
    fs::set_permissions(folder.path().join("key.pem"), Permissions::from_mode(0o644)).unwrap();
    refused(&both, "can be read by everybody");
}
