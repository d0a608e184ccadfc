//! A real, private database for tests: of this crate, and, with the feature `testing`, of those above it.
//!
//! One PostgreSQL server serves all tests of a run. Most tests use [`check`], whose transaction is rolled back; those
//! that commit, or need two connections, take a [`TestDatabase`] of their own. There is nothing to clean up.

#![expect(clippy::expect_used, reason = "a test that cannot have its database should stop with the reason")]

pub(crate) mod statements;

use std::cell::RefCell;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Duration;

use codec::{Cipher, EncryptionKey, KeyRing};
use diesel::connection::{SimpleConnection, TransactionManager};
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl as _};
use embedded::TestServer;
use uuid::Uuid;

use crate::database::statement_log::StatementLog;
use crate::ops::sealed_values::{self, SealedValue};
use crate::ops::{migrations::Migrator, roles};
use crate::platform::encryption_keys;
use crate::{Actor, Address, Conn, Database, PoolOptions, Tx, database};

pub use statements::{count_statements, statements};

/// The key of every test database: 64 hexadecimal digits, as `ENCRYPTION_KEY` takes them.
pub const KEY: &str = "6b9f2d81c04e57a3f8126d9be475c03a19d87e62b45f0c93ae21578bd36f40c8";

const SHARED: &str = "strongroom_shared";
const TEMPLATE: &str = "strongroom_template";

/// Runs a test in a transaction of its own on a migrated database, as the service's role, and rolls it back.
///
/// ```
/// use strongroom_repository::domain::{PhoneNumber, split::NewUser};
/// use strongroom_repository::{split::users, testing};
///
/// testing::check(|tx| {
///     let phone_number = PhoneNumber::parse("+919876543210").unwrap();
///     let user = users::insert(tx, NewUser { phone_number, name: None, upi_id: None }).unwrap();
///     assert_eq!(users::get(tx, user.id).unwrap(), user);
/// });
/// ```
pub fn check(test: impl FnOnce(&mut Tx<'_>)) {
    thread_local! {
        static CONNECTION: RefCell<Option<(PgConnection, Cipher)>> = const { RefCell::new(None) };
    }
    CONNECTION.with_borrow_mut(|slot| {
        // A test that failed leaves its transaction behind, so its connection is not used again.
        let (mut conn, cipher) = slot.take().unwrap_or_else(|| {
            let mut conn = establish(&server().url(SHARED, "strongroom_app"));
            conn.set_instrumentation(StatementLog::new(false, Duration::MAX));
            let cipher =
                encryption_keys::open(&mut conn, &key_ring()).expect("the test key opens the database");
            (conn, cipher)
        });
        conn.begin_test_transaction().expect("a transaction");
        let actor = Actor::operator("test").with_request_id("test-request");
        let now = database::set_up(&mut conn, &actor).expect("a transaction that is set up");
        test(&mut Tx::new(Conn::new(&mut conn, &cipher), &actor, now));
        diesel::connection::AnsiTransactionManager::rollback_transaction(&mut conn).expect("a rollback");
        *slot = Some((conn, cipher));
    });
}

/// How many rows of a table the transaction has read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, QueryableByName)]
pub struct RowsRead {
    /// By reading the table from its beginning.
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    pub scanned: i64,
    /// By way of an index.
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    pub by_index: i64,
}

/// How many rows of a table the transaction has read so far, as the database counts them.
pub fn rows_read(tx: &mut Tx<'_>, table: &crate::Table) -> RowsRead {
    diesel::sql_query(
        "SELECT seq_tup_read AS scanned, coalesce(idx_tup_fetch, 0) AS by_index
           FROM pg_stat_xact_user_tables WHERE relid = $1::regclass",
    )
    .bind::<diesel::sql_types::Text, _>(table.qualified_name())
    .get_result(tx.pg)
    .expect("the database's own count")
}

/// Runs SQL in the transaction of a test, as the service's role: for what only time would bring about.
pub fn execute(tx: &mut Tx<'_>, sql: &str) {
    tx.pg.batch_execute(sql).expect("the given SQL");
}

/// The tables that `work` reads from the first row to the last. It runs seven times, because a statement that is prepared
/// gets a plan for all values only after the fifth.
pub fn scanned_tables<'a>(tx: &mut Tx<'a>, mut work: impl FnMut(&mut Tx<'a>)) -> Vec<String> {
    let before = sequential_scans(tx);
    for _ in 0..7 {
        work(tx);
    }
    let after = sequential_scans(tx);
    after.into_iter().filter(|table| !before.contains(table)).map(|table| table.name).collect()
}

#[derive(PartialEq, Eq, QueryableByName)]
struct ScannedTable {
    #[diesel(sql_type = diesel::sql_types::Text)]
    name: String,
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    scans: i64,
}

/// How often this transaction has scanned each table.
fn sequential_scans(tx: &mut Tx<'_>) -> Vec<ScannedTable> {
    let scans = "SELECT schemaname || '.' || relname AS name, seq_scan AS scans
                   FROM pg_stat_xact_user_tables WHERE seq_scan > 0 ORDER BY name";
    diesel::sql_query(scans).load(tx.pg).expect("the statistics of the transaction")
}

/// A migrated database of one test, dropped with the value.
#[derive(Debug)]
pub struct TestDatabase {
    name: String,
}

impl TestDatabase {
    /// Clones the migrated template, which holds the key [`KEY`] and no rows.
    #[expect(clippy::new_without_default, reason = "making one starts a server and copies a database")]
    pub fn new() -> Self {
        let name = format!("test_{}", domain::Id::<Self>::generate().uuid().simple());
        administer(&format!(
            "CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY FILE_COPY OWNER strongroom_owner"
        ));
        let this = Self { name };
        // Privileges of a database are not copied with it.
        roles::prepare(this.url("postgres")).expect("the roles' grants");
        this
    }

    /// A database with roles and nothing else, as `db-manage init` first finds it.
    pub fn empty() -> Self {
        let name = format!("test_{}", domain::Id::<Self>::generate().uuid().simple());
        let this = Self { name };
        server();
        roles::prepare(this.url("postgres")).expect("an empty database");
        this
    }

    /// The URL for one of the roles: `postgres`, or any of ours but `strongroom_user`.
    pub fn url(&self, role: &str) -> String {
        server().url(&self.name, role)
    }

    /// A pool on this database, as the service has it.
    pub fn database(&self) -> Database {
        self.database_with(|_| {})
    }

    /// As [`database`](Self::database), with other options.
    pub fn database_with(&self, change: impl FnOnce(&mut PoolOptions)) -> Database {
        let mut options = PoolOptions::new(self.url("strongroom_app"));
        change(&mut options);
        Database::connect(options, &key_ring()).expect("the test database")
    }

    /// Runs SQL as the superuser: for tests that damage what the service could not.
    pub fn sabotage(&self, sql: &str) {
        establish(&self.url("postgres")).batch_execute(sql).expect("the given SQL");
    }

    /// Sets the clock that statements read by `now()`, `clock_timestamp()` and the time of their transaction. It stands still
    /// until it is set again. Defaults and triggers of tables go by the true time. To be called before
    /// [`database`](Self::database) for the first time.
    pub fn set_clock(&self, at: &str) {
        self.sabotage(&format!(
            "CREATE SCHEMA IF NOT EXISTS clock;
             CREATE TABLE IF NOT EXISTS clock.moment (at TIMESTAMPTZ NOT NULL);
             GRANT USAGE ON SCHEMA clock TO PUBLIC;
             GRANT SELECT ON clock.moment TO PUBLIC;
             CREATE OR REPLACE FUNCTION clock.now() RETURNS TIMESTAMPTZ LANGUAGE sql STABLE AS 'SELECT at FROM clock.moment';
             CREATE OR REPLACE FUNCTION clock.clock_timestamp() RETURNS TIMESTAMPTZ LANGUAGE sql AS 'SELECT at FROM clock.moment';
             CREATE OR REPLACE FUNCTION clock.transaction_timestamp() RETURNS TIMESTAMPTZ LANGUAGE sql STABLE AS 'SELECT at FROM clock.moment';
             DELETE FROM clock.moment;
             INSERT INTO clock.moment VALUES ('{at}');
             ALTER DATABASE {} SET search_path = clock, pg_catalog",
            self.name
        ));
    }

    /// Every sealed value of every table, opened, each after the place where it stands: for a test that looks for
    /// what must not be there.
    pub fn open_everything(&self) -> Vec<(String, String)> {
        let mut conn = establish(&self.url("postgres"));
        let cipher = encryption_keys::open(&mut conn, &key_ring()).expect("the test key opens the database");
        let mut opened = Vec::new();
        for (table, column) in sealed_values::columns() {
            let place = table.column(column.name);
            let cipher = cipher.column(&place).expect("a known column");
            let values = diesel::sql_query(sealed_values::of(table, column, &table.qualified_name()));
            for SealedValue { id, value, .. } in values.load(&mut conn).expect("the sealed values") {
                let Some(value) = value else { continue };
                let text = cipher.open(id, value).expect("a value that opens");
                opened.push((place.to_string(), String::from_utf8(text).expect("a text")));
            }
        }
        opened
    }

    /// Makes the database unreachable: connections are cut and none is let in.
    pub fn close(&self) {
        administer(&format!("ALTER DATABASE {} ALLOW_CONNECTIONS false", self.name));
        administer(&format!(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '{}'",
            self.name
        ));
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        administer(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
    }
}

/// The ring that holds [`KEY`].
pub fn key_ring() -> KeyRing {
    KeyRing::new(EncryptionKey::parse(KEY).expect("a key"), Vec::new()).expect("a ring of one key")
}

fn server() -> &'static TestServer {
    static SERVER: OnceLock<TestServer> = OnceLock::new();
    SERVER.get_or_init(|| {
        let server = TestServer::for_this_run().expect("a PostgreSQL server for the tests");
        server
            .once::<embedded::Error>("databases", |server| {
                let url = server.url(SHARED, "postgres");
                roles::prepare(&url).expect("roles and database");
                // The service's logins own nothing here either; the owner's is for tests that look at it.
                establish(&url).batch_execute("ALTER ROLE strongroom_owner LOGIN").expect("a login");
                // All tests of a run share the reader.
                establish(&url)
                    .batch_execute("ALTER ROLE strongroom_reader CONNECTION LIMIT -1")
                    .expect("room for all tests");
                let mut migrator =
                    Migrator::connect(&url, Duration::from_secs(60)).expect("the migration lock");
                migrator.up(|_| {}).expect("all migrations");
                migrator.register_key(&key_ring()).expect("the test key");
                drop(migrator);
                let mut maintenance = establish(&server.url("postgres", "postgres"));
                for sql in [
                    format!("CREATE DATABASE {TEMPLATE} TEMPLATE {SHARED} STRATEGY FILE_COPY"),
                    format!("ALTER DATABASE {TEMPLATE} WITH ALLOW_CONNECTIONS false IS_TEMPLATE true"),
                ] {
                    maintenance.batch_execute(&sql).expect("the template");
                }
                Ok(())
            })
            .expect("the databases of the tests");
        server
    })
}

fn establish(url: &str) -> PgConnection {
    Address::from(url).establish().expect("a connection")
}

fn administer(sql: &str) {
    let mut conn = establish(&server().url("postgres", "postgres"));
    conn.batch_execute(sql).expect("a database to be made or dropped");
}

/// A value that differs from call to call, for names and numbers that must not collide.
pub fn unique() -> Uuid {
    domain::Id::<TestDatabase>::generate().uuid()
}

/// The data directory of the server that serves these tests: for a test that looks for clear text in its files.
pub fn data_directory() -> PathBuf {
    server().directory().join("data")
}

/// The log of that server.
pub fn server_log() -> PathBuf {
    server().directory().join("server.log")
}
