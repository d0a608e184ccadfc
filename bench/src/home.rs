//! Where the data of a run lies, and how it goes away again.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use anyhow::{Context as _, bail};

/// How long a server may take to stop.
const STOPPING: Duration = Duration::from_secs(30);

/// A directory in the target directory, made empty, and removed with the value.
#[derive(Debug)]
pub(crate) struct Home(PathBuf);

impl Home {
    /// Makes it, after removing what a run that was killed has left.
    pub(crate) fn new() -> anyhow::Result<Self> {
        let home = Self(target_directory()?.join("benchmark"));
        if home.0.exists() && !home.remove() {
            bail!("{} is in use by another run", home.0.display());
        }
        fs::create_dir_all(&home.0).with_context(|| format!("could not make {}", home.0.display()))?;
        Ok(home)
    }

    /// The directory.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// What the service gets as `DATA_DIR`.
    pub(crate) fn data(&self) -> PathBuf {
        self.0.join("data")
    }

    /// Waits until the embedded PostgreSQL, which its supervisor stops after its last user, is gone. Answers whether it
    /// is.
    pub(crate) fn wait_until_stopped(&self) -> bool {
        let deadline = Instant::now() + STOPPING;
        let running = self.data().join("postgres/data/postmaster.pid");
        while running.exists() {
            if Instant::now() > deadline {
                return false;
            }
            thread::sleep(Duration::from_millis(20));
        }
        true
    }

    fn remove(&self) -> bool {
        if !self.wait_until_stopped() {
            return false;
        }
        // As root, the cluster may lie elsewhere, with a link to it here.
        if let Ok(elsewhere) = fs::read_link(self.data().join("postgres")) {
            // What cannot be removed is an empty cluster outside the target directory, which the next run takes over.
            let _ = fs::remove_dir_all(elsewhere);
        }
        fs::remove_dir_all(&self.0).is_ok()
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        // What is left is removed by the next run.
        self.remove();
    }
}

/// A program of this workspace, built as this one was.
pub(crate) fn program(name: &str) -> anyhow::Result<PathBuf> {
    let path = env::current_exe()?.with_file_name(name);
    if !path.exists() {
        bail!("{} is missing: run `make bench`, which builds it", path.display());
    }
    Ok(path)
}

/// The directory above the profile that this program was built in.
fn target_directory() -> anyhow::Result<PathBuf> {
    let program = env::current_exe()?;
    program.ancestors().nth(2).map(Path::to_path_buf).context("this program lies in no target directory")
}
