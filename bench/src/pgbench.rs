//! The reference for the database alone: `pgbench` with the same statements, prepared, and nothing around them.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, bail};
use embedded::Binaries;

/// The program, and the database it is let loose on.
#[derive(Debug)]
pub(crate) struct PgBench {
    program: PathBuf,
    url: String,
    directory: PathBuf,
}

impl PgBench {
    /// Looks for it beside the server's programs. Some packages of PostgreSQL leave it out.
    pub(crate) fn find(url: String, directory: PathBuf) -> anyhow::Result<Option<Self>> {
        let program = Binaries::find()?.program("pgbench");
        Ok(program.is_file().then_some(Self { program, url, directory }))
    }

    /// Runs a script with so many clients; answers how often it ran in a second.
    ///
    /// # Errors
    /// When a statement fails, with what pgbench says.
    pub(crate) fn run(
        &self,
        name: &str,
        script: &str,
        clients: usize,
        time: Duration,
    ) -> anyhow::Result<f64> {
        let file = self.directory.join(format!("{name}.sql"));
        fs::write(&file, script).with_context(|| format!("could not write {}", file.display()))?;
        let threads = std::thread::available_parallelism().map_or(1, usize::from).min(clients);
        let output = Command::new(&self.program)
            .args(["--no-vacuum", "--protocol=prepared"])
            .arg(format!("--client={clients}"))
            .arg(format!("--jobs={threads}"))
            .arg(format!("--time={}", time.as_secs().max(1)))
            .arg("--file")
            .arg(&file)
            .arg(&self.url)
            .output()
            .with_context(|| format!("could not run {}", self.program.display()))?;
        let printed = String::from_utf8_lossy(&output.stdout);
        let told = String::from_utf8_lossy(&output.stderr);
        // It goes on when single clients have failed.
        if !output.status.success() || told.contains("aborted") {
            bail!("pgbench failed:\n{told}");
        }
        per_second(&printed).with_context(|| format!("pgbench has told no rate:\n{printed}"))
    }
}

/// The number in `tps = 12345.678 (without initial connection time)`.
fn per_second(printed: &str) -> Option<f64> {
    let line = printed.lines().find_map(|line| line.strip_prefix("tps = "))?;
    line.split(' ').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_read_as_pgbench_prints_it() {
        let printed = "latency average = 0.1 ms\ntps = 98765.432 (without initial connection time)\n";
        assert_eq!(per_second(printed), Some(98_765.432));
        assert_eq!(per_second("pgbench: error"), None);
    }
}
