//! A throwaway server for tests.

use std::{
    env, fs,
    io::ErrorKind,
    net::TcpListener,
    os::unix::process::{CommandExt, parent_id},
    path::{Path, PathBuf},
    process::{self, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use crate::{
    Binaries, Error, Result, account::Account, cluster::Cluster, lock, process::command, process::identity,
    settings, url,
};

/// How the names of the directories begin.
const PREFIX: &str = "strongroom-test-";

/// A file system in memory, on Linux.
const MEMORY: &str = "/dev/shm";

/// In bytes. A cluster takes 40 MB, a database 10 MB, and the write-ahead log may take 1 GB.
const PLENTY: u64 = 2 << 30;

/// For the first process, and for those that wait for it.
const LIMIT: Duration = Duration::from_secs(120);

/// Stops the server and deletes everything when the run is over, even if the run was killed. A shell script, because
/// test programs have a `main` that is not ours, and because it outlives whichever of them was the first.
const WATCHER: &str = r#"
while kill -0 "$1"; do sleep 1; done
if read -r server <"$2/data/postmaster.pid"; then
    kill -QUIT "$server"
    tries=0
    while kill -0 "$server" && [ "$tries" -lt 100 ]; do sleep 0.1; tries=$((tries + 1)); done
fi
rm -rf "$2"
"#;

/// How a server of a test's own differs from the others.
#[derive(Debug, Clone, Default)]
pub struct TestOptions {
    /// Whether it listens on a free TCP port of 127.0.0.1, too.
    pub tcp: bool,
    /// Files that are written into the cluster's directory before the start: `pg_hba.conf`, `server.crt`, `server.key`.
    pub files: Vec<(&'static str, String)>,
    /// Settings by name, which win over the others: `("ssl", "on")`.
    pub settings: Vec<(&'static str, String)>,
}

/// A server without durability, in memory or a temporary directory, deleted with its databases after use.
///
/// ```no_run
/// use strongroom_embedded::{Error, TestServer};
///
/// # fn main() -> Result<(), Error> {
/// let server = TestServer::for_this_run()?;
/// server.once("template-1", |server| {
///     let url = server.url("postgres", "postgres");
///     // Connect to `url`, create the database `template`, migrate it. The other tests wait.
///     Ok::<(), Error>(())
/// })?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct TestServer {
    cluster: Cluster,
    /// That of TCP, or the usual one, which only names the socket.
    port: String,
    /// Whether it goes with this value, instead of with the run.
    owned: bool,
}

impl TestServer {
    /// The server that all tests of one run of `cargo test` or nextest share: that of the parent process. Whoever comes
    /// first starts it. It is deleted within seconds after the parent process ended, however that ended.
    ///
    /// # Errors
    /// When PostgreSQL is not installed or the server does not start.
    pub fn for_this_run() -> Result<Self> {
        Self::of_process(parent_id(), false, &TestOptions::default())
    }

    /// A server for this process only. It is deleted when the value is dropped, or when the process ended without that.
    ///
    /// # Errors
    /// When PostgreSQL is not installed or the server does not start.
    pub fn for_this_process() -> Result<Self> {
        Self::for_this_process_with(&TestOptions::default())
    }

    /// The same, with options.
    ///
    /// # Errors
    /// When PostgreSQL is not installed or the server does not start.
    pub fn for_this_process_with(options: &TestOptions) -> Result<Self> {
        Self::of_process(process::id(), true, options)
    }

    /// The port of 127.0.0.1, where the options asked for one.
    #[must_use]
    pub fn port(&self) -> &str {
        &self.port
    }

    /// The connection URL of a database for a user; neither needs to exist yet.
    #[must_use]
    pub fn url(&self, database: &str, user: &str) -> String {
        url::for_socket(&self.cluster.socket_directory(), &self.port, database, user)
    }

    /// The directory that is deleted in the end. Tests may keep files in it.
    #[must_use]
    pub fn directory(&self) -> &Path {
        self.cluster.home()
    }

    /// Does something once per server: the first caller does it while the others wait; where it failed, the next one
    /// tries again.
    ///
    /// Run from a shell or an editor, tests find the server of an earlier run. The name must therefore change with what
    /// it stands for: a template database is named after the migrations in it.
    ///
    /// # Errors
    /// The closure's error, or [`Error::Io`] when the directory cannot be written to.
    pub fn once<E: From<Error>>(
        &self,
        name: &str,
        act: impl FnOnce(&Self) -> Result<(), E>,
    ) -> Result<(), E> {
        let lock_path = self.directory().join(format!("once-{name}.lock"));
        let done = self.directory().join(format!("once-{name}.done"));
        let guard = lock::open(&lock_path)?;
        lock::exclusive(&guard, &lock_path)?;
        if !done.exists() {
            act(self)?;
            fs::write(&done, "").map_err(Error::io("write", &done))?;
        }
        Ok(())
    }

    fn of_process(pid: u32, owned: bool, options: &TestOptions) -> Result<Self> {
        let account = Account::for_server()?;
        let name = name(pid, owned)?;
        let place = place(account, &name);
        let directory = place.join(&name);
        account.make_private(&directory)?;
        let cluster = Cluster::in_home(&directory)?;

        let start_path = directory.join(lock::START);
        let start = lock::open(&start_path)?;
        if !lock::exclusive_within(&start, &start_path, LIMIT)? {
            return Err(cluster.timed_out("another test to start the server", LIMIT));
        }
        if !cluster.attach(LIMIT)? {
            remove_left_overs(&place, account);
            watch(pid, &directory)?;
            let binaries = Binaries::find_for(account, None)?;
            if cluster.major()?.is_none() {
                cluster.create(account, &binaries, false)?;
            }
            for (name, text) in &options.files {
                account.write_private(&cluster.data().join(name), text)?;
            }
            return Self::start(cluster, account, &binaries, owned, options);
        }
        Ok(Self { cluster, port: url::PORT.to_owned(), owned })
    }

    fn start(
        cluster: Cluster,
        account: Account,
        binaries: &Binaries,
        owned: bool,
        options: &TestOptions,
    ) -> Result<Self> {
        let mut attempts = 0;
        loop {
            let port = if options.tcp { free_port()? } else { url::PORT.to_owned() };
            let mut all = settings::THROWAWAY.to_vec();
            all.push(("port", &port));
            if options.tcp {
                all.push(("listen_addresses", "127.0.0.1"));
            }
            all.extend(options.settings.iter().map(|(name, value)| (*name, value.as_str())));
            attempts += 1;
            match cluster.start(account, binaries, &all, LIMIT) {
                // Somebody else may have taken the port meanwhile.
                Err(Error::Start { .. }) if options.tcp && attempts < 3 => {}
                started => return started.map(|()| Self { cluster, port, owned }),
            }
        }
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        if self.owned {
            self.cluster.stop();
            // The watcher removes what cannot be removed now.
            let _ = fs::remove_dir_all(self.directory());
        }
    }
}

fn free_port() -> Result<String> {
    let address = "127.0.0.1:0";
    let bound = TcpListener::bind(address).and_then(|listener| listener.local_addr());
    bound.map(|bound| bound.port().to_string()).map_err(Error::io("listen on", Path::new(address)))
}

fn watch(pid: u32, directory: &Path) -> Result<()> {
    let shell = Path::new("/bin/sh");
    let mut watcher = command(shell);
    watcher.args(["-c", WATCHER, "sh", &pid.to_string()]).arg(directory);
    watcher.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
    watcher.spawn().map(drop).map_err(Error::io("run", shell))
}

/// A name that the processes of a run have in common, or that no other value has.
fn name(pid: u32, owned: bool) -> Result<String> {
    static OWNED: AtomicU32 = AtomicU32::new(0);
    let run = i32::try_from(pid).ok().and_then(identity);
    let run = run.ok_or_else(|| {
        Error::io("look at the process", Path::new(&pid.to_string()))(ErrorKind::NotFound.into())
    })?;
    if owned {
        Ok(format!("{PREFIX}{run}-{}", OWNED.fetch_add(1, Ordering::Relaxed)))
    } else {
        Ok(format!("{PREFIX}{run}"))
    }
}

/// Memory where there is plenty, because a database is cloned there in 10 ms instead of over 100; else the temporary
/// directory, or `/tmp` where the server's account may not enter that.
fn place(account: Account, name: &str) -> PathBuf {
    let (memory, usual) = (PathBuf::from(MEMORY), env::temp_dir());
    if memory.join(name).exists() || (free(&memory) >= PLENTY && account.can_enter(&memory)) {
        return memory;
    }
    if account.can_enter(&usual) { usual } else { PathBuf::from("/tmp") }
}

/// The free bytes of a file system, 0 where that cannot be told.
#[cfg(target_os = "linux")]
fn free(place: &Path) -> u64 {
    nix::sys::statvfs::statvfs(place)
        .map_or(0, |found| found.blocks_available().saturating_mul(found.fragment_size()))
}

/// Other systems have no file system in memory that an ordinary user may use.
#[cfg(not(target_os = "linux"))]
fn free(_: &Path) -> u64 {
    0
}

/// Deletes what runs left behind whose watcher was killed as well, for instance by a power cut.
fn remove_left_overs(place: &Path, account: Account) {
    let is_over = |path: &Path| {
        let run = path.file_name().and_then(|name| name.to_str()?.strip_prefix(PREFIX));
        let process = run.and_then(|run| run.split('-').next()?.parse().ok());
        run.zip(process)
            .is_some_and(|(run, process)| !identity(process).is_some_and(|now| run.starts_with(&now)))
    };
    for directory in fs::read_dir(place).into_iter().flatten().flatten().map(|entry| entry.path()) {
        // Nothing of a stranger's is believed: its files could name any process as the server to stop.
        if is_over(&directory)
            && account.owns(&directory)
            && let Ok(cluster) = Cluster::in_home(&directory)
        {
            cluster.stop();
            // Another run may be doing the same.
            let _ = fs::remove_dir_all(&directory);
        }
    }
}
