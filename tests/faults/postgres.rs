//! A durable PostgreSQL of one test, which can be killed: the embedded one, as `db-manage serve-database` serves it.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use repository::testing::KEY;
use serde_json::Value;

use crate::load::for_a_while;

/// Stopped with the value.
pub(crate) struct Postgres {
    folder: PathBuf,
    served: Vec<Child>,
    urls: Value,
}

impl Postgres {
    /// Starts one whose data lies in this folder, which other accounts may enter.
    pub(crate) fn start(folder: &Path) -> Self {
        fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
        let mut this = Self { folder: folder.to_owned(), served: Vec::new(), urls: Value::Null };
        this.start_again();
        this
    }

    /// Starts it where it does not run, and waits until it accepts connections.
    pub(crate) fn start_again(&mut self) {
        let mut served = Command::new(strongroom_tests::binary("db-manage"))
            .args(["serve-database", "--format", "ndjson"])
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("DATA_DIR", self.folder.join("data"))
            .env("ENCRYPTION_KEY", KEY)
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(served.stdout.take().unwrap()).read_line(&mut line).unwrap();
        self.served.push(served);
        self.urls =
            serde_json::from_str(&line).unwrap_or_else(|error| panic!("PostgreSQL did not start: {error}"));
    }

    /// Stops it, and waits until it has.
    pub(crate) fn stop(&mut self) {
        // The server stops with the last that serves it. These need not end in order.
        for mut served in self.served.drain(..) {
            let _ = served.kill();
            let _ = served.wait();
        }
        let lock_file = self.data().join("postmaster.pid");
        let end = Instant::now() + Duration::from_secs(20);
        while lock_file.exists() && Instant::now() < end {
            for_a_while(Duration::from_millis(50));
        }
    }

    /// Where the server keeps the cluster.
    pub(crate) fn data(&self) -> PathBuf {
        self.folder.join("data/postgres/data")
    }

    /// Kills every process of the server at once.
    pub(crate) fn kill(&self) {
        let file = fs::read_to_string(self.data().join("postmaster.pid")).unwrap();
        let postmaster = file.lines().next().unwrap().to_owned();
        let listed = Command::new("ps").args(["-A", "-o", "pid=,ppid="]).output().unwrap();
        let listed = String::from_utf8(listed.stdout).unwrap();
        let children = listed.lines().filter_map(|line| {
            let (pid, parent) = line.trim().split_once(' ')?;
            (parent.trim() == postmaster).then(|| pid.to_owned())
        });
        let all: Vec<String> = [postmaster.clone()].into_iter().chain(children).collect();
        // One that has just ended by itself makes the command fail.
        Command::new("kill").arg("-KILL").args(all).stderr(Stdio::null()).status().unwrap();
    }

    /// The service's URL.
    pub(crate) fn url(&self) -> &str {
        self.text("database_url")
    }

    /// The superuser's URL.
    pub(crate) fn admin_url(&self) -> &str {
        self.text("database_admin_url")
    }

    fn text(&self, name: &str) -> &str {
        self.urls[name].as_str().unwrap()
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.stop();
    }
}
