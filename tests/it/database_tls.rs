//! The way to the database: whom the service believes to be it.

use std::fs;

use embedded::{TestOptions, TestServer};
use repository::testing::TestDatabase;
use strongroom_tests::{Authority, Outcome, db_manage_by, start_on};

/// A server on 127.0.0.1 whose certificate is for `localhost`, and the files of two authorities, of which one signed it.
struct World {
    server: TestServer,
    folder: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        let (right, other) = (Authority::new("right"), Authority::new("other"));
        let of_server = right.sign("localhost");
        let options = TestOptions {
            tcp: true,
            files: vec![
                // Whoever comes without TLS is turned away.
                ("pg_hba.conf", "hostssl all all 127.0.0.1/32 trust\n".to_owned()),
                ("server.crt", of_server.certificate),
                ("server.key", of_server.key),
            ],
            settings: vec![("ssl", "on".to_owned())],
        };
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("right.pem"), right.certificate()).unwrap();
        fs::write(folder.path().join("other.pem"), other.certificate()).unwrap();
        Self { server: TestServer::for_this_process_with(&options).unwrap(), folder }
    }

    fn address(&self, host: &str, mode: &str) -> String {
        let port = self.server.port();
        format!("host={host} hostaddr=127.0.0.1 port={port} user=postgres dbname=postgres sslmode={mode}")
    }

    /// Logs in under a host's name, in the belief in an authority.
    fn log_in(&self, host: &str, mode: &str, authority: Option<&str>) -> Outcome {
        let file = self.folder.path().join(format!("{}.pem", authority.unwrap_or_default()));
        let address = self.address(host, mode);
        let mut settings = vec![("DATABASE_URL", address.as_str())];
        if authority.is_some() {
            settings.push(("DATABASE_SSL_ROOT_CERT", file.to_str().unwrap()));
        }
        db_manage_by(&settings, &["test"])
    }
}

#[test]
fn only_a_server_that_proves_its_name_is_believed() {
    let world = World::new();
    let right = world.log_in("localhost", "verify-full", Some("right"));
    assert_eq!(right.code, 0, "{right:?}");
    let wrong_name = world.log_in("db.example", "verify-full", Some("right"));
    assert!(wrong_name.code == 1 && wrong_name.stdout.contains("does not match host name"), "{wrong_name:?}");
    let unknown = world.log_in("localhost", "verify-full", Some("other"));
    assert!(unknown.code == 1 && unknown.stdout.contains("certificate verify failed"), "{unknown:?}");
    let unknown_to_the_system = world.log_in("localhost", "verify-full", None);
    assert_eq!(unknown_to_the_system.code, 1, "{unknown_to_the_system:?}");
    // What the default is for: this mode takes anybody's word.
    let anybody = world.log_in("db.example", "require", None);
    assert_eq!(anybody.code, 0, "{anybody:?}");
    let in_clear = world.log_in("localhost", "disable", None);
    assert!(in_clear.code == 1 && in_clear.stdout.contains("no encryption"), "{in_clear:?}");

    let file = world.folder.path().join("right.pem");
    let service = start_on(
        &TestDatabase::empty(),
        &[
            ("DATABASE_URL", world.address("db.example", "verify-full").as_str()),
            ("DATABASE_SSL_ROOT_CERT", file.to_str().unwrap()),
        ],
    );
    assert!(service.code == 1 && service.stderr.contains("does not match host name"), "{service:?}");
}

#[test]
fn a_server_that_speaks_no_tls_gets_no_login() {
    let server =
        TestServer::for_this_process_with(&TestOptions { tcp: true, ..TestOptions::default() }).unwrap();
    let at = |mode| format!("postgres://postgres@localhost:{}/postgres?sslmode={mode}", server.port());
    for mode in ["require", "verify-ca", "verify-full"] {
        let refused =
            db_manage_by(&[("DATABASE_URL", &at(mode)), ("DATABASE_SSL_ROOT_CERT", "/dev/null")], &["test"]);
        assert_eq!(refused.code, 1, "{mode}: {refused:?}");
        assert!(!refused.stdout.contains("OK"), "{mode}: {refused:?}");
    }
    let in_clear = db_manage_by(&[("DATABASE_URL", &at("prefer"))], &["test"]);
    assert_eq!(in_clear.code, 0, "on this machine: {in_clear:?}");
}

#[test]
fn another_machine_without_verify_full_stops_with_the_reason() {
    let database = TestDatabase::empty();
    for mode in ["disable", "require", "verify-ca"] {
        let url = format!("postgres://app:s3cret@db.example/strongroom?sslmode={mode}");
        for outcome in [
            start_on(&database, &[("DATABASE_URL", &url)]),
            db_manage_by(&[("DATABASE_URL", &url)], &["test"]),
        ] {
            assert_eq!(outcome.code, 1, "{outcome:?}");
            assert!(outcome.stderr.contains("DATABASE_URL leads to another machine"), "{outcome:?}");
            assert!(outcome.stderr.contains("DATABASE_ALLOW_INSECURE=true"), "{outcome:?}");
            assert!(!outcome.stderr.contains("s3cret"), "{outcome:?}");
        }
    }
}
