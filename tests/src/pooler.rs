//! A PgBouncer of a test's own, in transaction mode.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use repository::Address;
use repository::testing::TestDatabase;

/// The longest a test waits for it to start.
const START: Duration = Duration::from_secs(30);

/// The number that names its socket.
const PORT: &str = "6432";

/// Stopped with the value.
#[derive(Debug)]
pub struct PgBouncer {
    process: Child,
    folder: tempfile::TempDir,
    database: String,
}

impl PgBouncer {
    /// Starts one before a database, to which it opens at most `connections` for each role.
    pub fn start(database: &TestDatabase, connections: u32) -> Self {
        let server = Address::from(database.url("strongroom_app")).conninfo().expect("an address");
        let part = |name| server.get(name).expect("an address with all parts").to_owned();
        let sockets = part("host");

        let folder = tempfile::tempdir().expect("a folder");
        let place = folder.path().display();
        // Started by root, it becomes who the server runs as, who alone may use the server's socket.
        fs::set_permissions(folder.path(), Permissions::from_mode(0o777)).expect("an open folder");
        let user = account_to_become(folder.path(), Path::new(&sockets))
            .map_or_else(String::new, |user| format!("user = {user}\n"));
        let settings = format!(
            "[databases]\n* = host={sockets} port={port}\n[pgbouncer]\n{user}listen_addr =\nlisten_port = {PORT}\n\
             unix_socket_dir = {place}\nauth_type = trust\nauth_file = {place}/users\npool_mode = transaction\n\
             default_pool_size = {connections}\nmax_client_conn = 500\n",
            port = part("port"),
        );
        fs::write(folder.path().join("settings.ini"), settings).expect("settings");
        fs::write(folder.path().join("users"), "\"strongroom_app\" \"\"\n").expect("a list of users");
        let log = File::create(folder.path().join("log")).expect("a log");
        let mut process = Command::new(program())
            .arg(folder.path().join("settings.ini"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("PgBouncer to start");
        wait_for(&mut process, folder.path());
        Self { process, folder, database: part("dbname") }
    }

    /// The URL for the service.
    pub fn url(&self) -> String {
        let folder = self.folder.path().display();
        format!("host={folder} port={PORT} user=strongroom_app dbname={}", self.database)
    }
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Where PgBouncer is: `make test` has seen to it that there is one.
fn program() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let found = Command::new(root.join("scripts/pgbouncer")).output().expect("scripts/pgbouncer to run");
    assert!(found.status.success(), "{}", String::from_utf8_lossy(&found.stderr));
    PathBuf::from(String::from_utf8_lossy(&found.stdout).trim())
}

/// The owner of a directory, where this process, to which `own` belongs, is root and may become anybody.
fn account_to_become(own: &Path, directory: &Path) -> Option<String> {
    let owner = |path: &Path| fs::metadata(path).expect("a directory").uid();
    if owner(own) != 0 {
        return None;
    }
    let uid = owner(directory).to_string();
    let accounts = fs::read_to_string("/etc/passwd").expect("a list of accounts");
    let mut accounts = accounts.lines().map(|line| line.split(':').collect::<Vec<_>>());
    accounts
        .find(|account| account.get(2) == Some(&uid.as_str()))
        .and_then(|account| account.first().map(|name| (*name).to_owned()))
}

fn wait_for(process: &mut Child, folder: &Path) {
    let give_up = Instant::now() + START;
    while UnixStream::connect(folder.join(format!(".s.PGSQL.{PORT}"))).is_err() {
        let ended = process.try_wait().expect("a child").is_some() || Instant::now() > give_up;
        assert!(
            !ended,
            "PgBouncer did not start: {}",
            fs::read_to_string(folder.join("log")).unwrap_or_default()
        );
        thread::park_timeout(Duration::from_millis(10));
    }
}
