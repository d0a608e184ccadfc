//! One cluster on disk: where its parts lie, and how it is made.
//!
//! Everything lies in the cluster's home, a private directory of the account that the server runs under: `data` (the
//! cluster itself), `server.log`, the socket and the lock files.

use std::{
    fs::{self, File},
    io::{self, ErrorKind},
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use crate::{Binaries, Error, Result, account::Account, log, url};

/// A Unix socket's path may have 108 bytes on Linux and 104 elsewhere, the final zero included.
const LONGEST_SOCKET_PATH: usize = 100;

/// How the name of a cluster begins that is still being made.
const UNFINISHED: &str = "unfinished-";

/// The longest that a killed caller's initdb, which loses its files, may go on writing.
const LONGEST_WRITING: Duration = Duration::from_secs(10);

/// A cluster and where its parts lie.
#[derive(Debug, Clone)]
pub(crate) struct Cluster {
    home: PathBuf,
}

impl Cluster {
    /// The cluster of a home directory, which exists.
    pub(crate) fn in_home(home: &Path) -> Result<Self> {
        // The server has this path on its command line, where it is looked for: it must not change with a link.
        Ok(Self { home: fs::canonicalize(home).map_err(Error::io("find", home))? })
    }

    pub(crate) fn home(&self) -> &Path {
        &self.home
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.home.join("data")
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.home.join("server.log")
    }

    /// The home itself, unless the socket's path would be too long there.
    pub(crate) fn socket_directory(&self) -> PathBuf {
        if url::socket(&self.home, url::PORT).as_os_str().len() <= LONGEST_SOCKET_PATH {
            return self.home.clone();
        }
        Path::new("/tmp").join(format!("strongroom-{}", url::short_name(&self.home)))
    }

    /// The major version that made the cluster; `None` while there is none.
    pub(crate) fn major(&self) -> Result<Option<u32>> {
        let data = self.data();
        if !data.exists() {
            return Ok(None);
        }
        let version =
            fs::read_to_string(data.join("PG_VERSION")).ok().and_then(|text| text.trim().parse().ok());
        version.map(Some).ok_or(Error::NotACluster(data))
    }

    /// Makes the cluster. It gets its name only when it is complete, so that one whose making was interrupted is not
    /// taken for it; leftovers of such attempts are removed.
    pub(crate) fn create(&self, account: Account, binaries: &Binaries, durable: bool) -> Result<()> {
        self.remove_unfinished()?;
        // A killed caller's initdb may still be running, so no two attempts share a directory.
        let unfinished = self.home.join(format!("{UNFINISHED}{}", std::process::id()));
        let mut initdb = account.command(&binaries.program("initdb"));
        initdb.arg("--pgdata").arg(&unfinished);
        initdb.args([
            "--username=postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
            "--no-instructions",
        ]);
        if !durable {
            initdb.arg("--no-sync");
        }
        let output = initdb.output().map_err(Error::io("run", &binaries.program("initdb")))?;
        if !output.status.success() {
            let printed = [output.stdout, output.stderr].concat();
            let output = String::from_utf8_lossy(&printed).trim().to_owned();
            return Err(Error::Initdb { data: self.data(), output });
        }
        fs::rename(&unfinished, self.data()).map_err(Error::io("rename", &unfinished))?;
        File::open(&self.home).and_then(|home| home.sync_all()).map_err(Error::io("write", &self.home))
    }

    fn remove_unfinished(&self) -> Result<()> {
        let entries = fs::read_dir(&self.home).map_err(Error::io("read", &self.home))?;
        for entry in
            entries.flatten().filter(|entry| entry.file_name().to_string_lossy().starts_with(UNFINISHED))
        {
            remove_while_written(&entry.path()).map_err(Error::io("remove", &entry.path()))?;
        }
        Ok(())
    }

    /// An error that quotes the log.
    pub(crate) fn timed_out(&self, what: &'static str, waited: Duration) -> Error {
        Error::TimedOut { what, waited, log: self.log(), tail: log::tail(&self.log(), 0) }
    }
}

/// Removes a directory in which a killed caller's initdb may still be making files.
fn remove_while_written(directory: &Path) -> io::Result<()> {
    let end = Instant::now() + LONGEST_WRITING;
    loop {
        match fs::remove_dir_all(directory) {
            Err(error) if error.kind() == ErrorKind::NotFound && !directory.exists() => return Ok(()),
            Err(error)
                if matches!(error.kind(), ErrorKind::DirectoryNotEmpty | ErrorKind::NotFound)
                    && Instant::now() < end =>
            {
                thread::sleep(Duration::from_millis(10));
            }
            outcome => return outcome,
        }
    }
}
