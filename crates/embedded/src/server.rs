//! The durable server that the programs of one data directory share.

use std::{
    fs::{self, DirBuilder, File},
    io::ErrorKind,
    os::unix::fs::{DirBuilderExt, PermissionsExt, symlink},
    path::{Path, PathBuf},
    time::Duration,
};

use crate::{Binaries, Error, Result, account::Account, cluster::Cluster, lock, settings, supervisor, url};

/// Where clusters of root lie that may not lie in the data directory. Not in a temporary directory, whose contents age.
const ELSEWHERE: &str = "/var/lib/strongroom";

/// How [`Server::join_or_start`] goes about it.
#[derive(Debug, Clone)]
pub struct Options {
    /// How long to wait for a server to become ready, and for another program that is starting or stopping it.
    pub limit: Duration,
}

impl Default for Options {
    /// A minute, which also suffices for the recovery of a server that was killed.
    fn default() -> Self {
        Self { limit: Duration::from_secs(60) }
    }
}

/// A user's share in the server of a data directory. The server runs for as long as any process holds one.
#[derive(Debug)]
pub struct Server {
    cluster: Cluster,
    moved: bool,
    started: bool,
    /// Locked, shared with the other users; the supervisor waits until nobody holds it.
    _users: File,
}

impl Server {
    /// Joins the server of the data directory, or starts it, making the directory and the cluster where there are none.
    ///
    /// The server listens on a Unix socket that only this account (and, where that is root, the account that the server
    /// runs under) may reach, and trusts who comes through it. It survives Ctrl-C and `kill -9` of its users, and is
    /// stopped when the last one is gone.
    ///
    /// Where root's server, which runs as `postgres` or `nobody`, may not enter the data directory, the cluster lies in
    /// `/var/lib/strongroom` with a link to it in the data directory; see [`Server::is_elsewhere`].
    ///
    /// # Errors
    /// When PostgreSQL is not installed, the cluster belongs to another version of it or to somebody else, or the server
    /// does not start within [`Options::limit`]; the error then quotes the end of its log.
    pub fn join_or_start(data_directory: &Path, options: &Options) -> Result<Self> {
        let account = Account::for_server()?;
        let data_directory = prepare(data_directory)?;
        let home = prepare_home(&data_directory, account)?;
        let cluster = Cluster::in_home(&home)?;

        // One program at a time starts or stops the server. The order of the locks is the supervisor's, too.
        let start_path = cluster.home().join(lock::START);
        let start = lock::open(&start_path)?;
        if !lock::exclusive_within(&start, &start_path, options.limit)? {
            return Err(cluster.timed_out("another program to start or stop the server", options.limit));
        }
        let users_path = cluster.home().join(lock::USERS);
        let users = lock::open(&users_path)?;
        if !lock::shared_within(&users, &users_path, options.limit)? {
            return Err(cluster.timed_out("the supervisor to let go of the server", options.limit));
        }
        // Before the server, so that there is never a server that nobody would stop.
        supervisor::ensure(&cluster)?;
        let started = !cluster.attach(options.limit)?;
        if started {
            start_anew(&cluster, account, options.limit)?;
        }
        let moved = home != data_directory.join("postgres");
        tracing::info!(data = %cluster.data().display(), started, "PostgreSQL is ready");
        Ok(Self { cluster, moved, started, _users: users })
    }

    /// The connection URL of a database for a user; neither needs to exist yet.
    #[must_use]
    pub fn url(&self, database: &str, user: &str) -> String {
        url::for_socket(&self.cluster.socket_directory(), url::PORT, database, user)
    }

    /// Where PostgreSQL keeps the cluster.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.cluster.data()
    }

    /// The server's log.
    #[must_use]
    pub fn log(&self) -> PathBuf {
        self.cluster.log()
    }

    /// Whether this call started the server, instead of joining one that was running.
    #[must_use]
    pub fn was_started(&self) -> bool {
        self.started
    }

    /// Whether the cluster lies outside the data directory, because root's server may not enter that. Worth telling the
    /// user, with [`Server::data`].
    #[must_use]
    pub fn is_elsewhere(&self) -> bool {
        self.moved
    }
}

fn start_anew(cluster: &Cluster, account: Account, limit: Duration) -> Result<()> {
    let data = cluster.data();
    let major = cluster.major()?;
    let binaries = Binaries::find_for(account, major.map(|major| (data.as_path(), major)))?;
    if major.is_none() {
        cluster.create(account, &binaries, true)?;
    }
    cluster.start(account, &binaries, settings::DURABLE, limit)
}

/// The cluster's home: `postgres` in the data directory, or what that links to. Made where it is missing.
fn prepare_home(data_directory: &Path, account: Account) -> Result<PathBuf> {
    let home = data_directory.join("postgres");
    if account.is_another() && !home.is_symlink() {
        let_pass(data_directory)?;
        if !home.exists() && !account.can_enter(data_directory) {
            link_elsewhere(data_directory, &home)?;
        }
    }
    let home = fs::read_link(&home).unwrap_or(home);
    account.make_private(&home)?;
    Ok(home)
}

/// Makes the data directory where it is missing, and gives its full path, which holds in every process.
fn prepare(data_directory: &Path) -> Result<PathBuf> {
    if let Some(parent) = data_directory.parent() {
        fs::create_dir_all(parent).map_err(Error::io("create the directory", parent))?;
    }
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(data_directory)
        .and_then(|()| fs::canonicalize(data_directory))
        .map_err(Error::io("create the data directory", data_directory))
}

/// Lets other accounts pass through the data directory, but not look into it: the cluster's home lies in it and belongs
/// to the account that the server runs under.
fn let_pass(data_directory: &Path) -> Result<()> {
    let mode =
        fs::metadata(data_directory).map_err(Error::io("look at", data_directory))?.permissions().mode();
    if mode & 0o011 == 0o011 {
        return Ok(());
    }
    fs::set_permissions(data_directory, fs::Permissions::from_mode(mode | 0o011))
        .map_err(Error::io("change the mode of", data_directory))
}

fn link_elsewhere(data_directory: &Path, home: &Path) -> Result<()> {
    let elsewhere = Path::new(ELSEWHERE);
    DirBuilder::new()
        .recursive(true)
        .mode(0o755)
        .create(elsewhere)
        .map_err(Error::io("create", elsewhere))?;
    match symlink(elsewhere.join(url::short_name(data_directory)), home) {
        // Another program was faster; its link is the same.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        outcome => outcome.map_err(Error::io("make the link", home)),
    }
}
