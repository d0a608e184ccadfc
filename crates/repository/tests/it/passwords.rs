//! A password that changes while the service runs.

use std::fs;
use std::path::Path;
use std::time::Duration;

use diesel::connection::SimpleConnection as _;
use diesel::sql_types::Text;
use diesel::{Connection as _, PgConnection, QueryableByName, RunQueryDsl as _, sql_query};
use embedded::{TestOptions, TestServer};
use strongroom_repository::ops::{migrations::Migrator, roles};
use strongroom_repository::testing::key_ring;
use strongroom_repository::{Actor, Address, Database, Error, PoolOptions, platform::audit_log};

/// A prepared database that wants passwords over TCP, and none from its superuser over the socket.
struct World {
    server: TestServer,
    superuser: PgConnection,
    folder: tempfile::TempDir,
}

#[derive(QueryableByName)]
struct Version {
    #[diesel(sql_type = Text)]
    password: String,
}

impl World {
    fn new() -> Self {
        let rules = "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n";
        let files = vec![("pg_hba.conf", rules.to_owned())];
        let options = TestOptions { tcp: true, files, ..TestOptions::default() };
        let server = TestServer::for_this_process_with(&options).unwrap();
        let url = server.url("strongroom", "postgres");
        roles::prepare(&url).unwrap();
        let mut migrator = Migrator::connect(&url, Duration::from_secs(60)).unwrap();
        migrator.up(|_| {}).unwrap();
        migrator.register_key(&key_ring()).unwrap();
        let superuser = PgConnection::establish(&url).unwrap();
        Self { server, superuser, folder: tempfile::tempdir().unwrap() }
    }

    fn file(&self) -> std::path::PathBuf {
        self.folder.path().join("password")
    }

    /// What the server wants from now on.
    fn change(&mut self, password: &str) {
        self.superuser.batch_execute(&format!("ALTER ROLE strongroom_app PASSWORD '{password}'")).unwrap();
        let kept = sql_query(
            "SELECT left(rolpassword, 13) AS password FROM pg_authid WHERE rolname = 'strongroom_app'",
        )
        .get_result::<Version>(&mut self.superuser);
        assert_eq!(kept.unwrap().password, "SCRAM-SHA-256");
    }

    /// Ends every connection of the service, so that the next call needs a new one.
    fn cut(&mut self) {
        let cut =
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE usename = 'strongroom_app'";
        self.superuser.batch_execute(cut).unwrap();
    }

    fn options(&self, command: &str) -> PoolOptions {
        let address = Address::from("host=127.0.0.1 user=strongroom_app dbname=strongroom")
            .with("port", self.server.port())
            .with_password_command(command);
        PoolOptions { timeout: Duration::from_secs(5), ..PoolOptions::new(address) }
    }
}

fn write(file: &Path, password: &str) {
    fs::write(file, format!("{password}\n")).unwrap();
}

fn works(database: &Database) -> Result<i64, Error> {
    database.write("test.passwords", &Actor::system(), audit_log::ensure_partitions).map(|made| made.into())
}

#[test]
fn every_connection_asks_anew() {
    let mut world = World::new();
    let file = world.file();
    world.change("first");
    write(&file, "first");
    let options = world.options(&format!("cat '{}'; echo \"$PGUSER\" >> '{0}.users'", file.display()));
    let database = Database::connect(options, &key_ring()).unwrap();
    works(&database).unwrap();

    world.change("second");
    works(&database).expect("a connection that is open stays open");
    write(&file, "second");
    world.cut();
    works(&database).expect("a new connection with the new password");

    let users = fs::read_to_string(file.with_extension("users")).unwrap();
    assert!(users.lines().count() >= 2 && users.lines().all(|user| user == "strongroom_app"), "{users}");
}

#[test]
fn what_is_wrong_with_it_is_told_without_waiting_and_without_the_password() {
    let mut world = World::new();
    world.change("right");
    for (command, says) in [
        ("echo s3cret", "password authentication failed"),
        ("echo s3cret; exit 7", "the password command failed (exit status: 7)"),
        ("true", "the password command printed no password"),
    ] {
        let error = Database::connect(world.options(command), &key_ring()).err().unwrap().to_string();
        assert!(error.contains(says) && !error.contains("s3cret"), "{error}");
    }
    // One that stands in the address is not asked for.
    let mut options = world.options("exit 7");
    options.address = options.address.with("password", "right");
    works(&Database::connect(options, &key_ring()).unwrap()).unwrap();
}
