//! The machine that figures were taken on.

use std::fs;

use diesel::prelude::*;
use diesel::sql_types::Text;

/// One line about it: a figure without its machine says nothing.
pub(crate) fn describe(superuser: &mut PgConnection) -> anyhow::Result<String> {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let postgres = diesel::select(diesel::dsl::sql::<Text>("current_setting('server_version')"));
    let postgres: String = postgres.get_result(superuser)?;
    let mut line = format!("{cores} cores");
    let processor = field("/proc/cpuinfo", "model name").unwrap_or_else(|| std::env::consts::ARCH.to_owned());
    line.push_str(&format!(" of {processor}"));
    if let Some(memory) = memory() {
        line.push_str(&format!(", {memory} GB"));
    }
    line.push_str(&format!(", {}; PostgreSQL {postgres} on the same machine", std::env::consts::OS));
    Ok(line)
}

/// How busy the machine was in the last minute, where it tells: more than 0.2 spoils the figures.
pub(crate) fn load() -> Option<String> {
    fs::read_to_string("/proc/loadavg").ok()?.split(' ').next().map(str::to_owned)
}

fn memory() -> Option<u64> {
    let kilobytes: u64 = field("/proc/meminfo", "MemTotal")?.split(' ').next()?.parse().ok()?;
    Some((kilobytes + (1 << 19)) >> 20)
}

/// The first `name: value` of a file.
fn field(file: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    line.split_once(':').map(|(_, value)| value.trim().to_owned())
}
