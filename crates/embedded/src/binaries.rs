//! Where the PostgreSQL programs of this machine are.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{Error, Result, account::Account, process::variable};

/// The oldest major version that the migrations work on.
const OLDEST: u32 = 15;

/// The programs without which a directory is of no use.
const NEEDED: [&str; 3] = ["initdb", "postgres", "pg_ctl"];

/// Parents of version directories, and what lies between such a directory and its programs.
const INSTALLATIONS: &[(&str, &str, &str)] = &[
    ("/usr/lib/postgresql", "", "bin"),
    ("/usr", "pgsql-", "bin"),
    ("/opt/homebrew/opt", "postgresql@", "bin"),
    ("/usr/local/opt", "postgresql@", "bin"),
    ("/Applications/Postgres.app/Contents/Versions", "", "bin"),
];

/// A directory with the programs of one PostgreSQL version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binaries {
    directory: PathBuf,
    major: u32,
}

impl Binaries {
    /// Finds PostgreSQL 15 or newer: in `PGBIN` if that is set, else on the `PATH`, where `pg_config` points, in the
    /// places where packages put it (the newest first), and where `make postgres` puts it.
    ///
    /// # Errors
    /// [`Error::NotInstalled`] with the remedies, and with the reason for each directory that would not do.
    pub fn find() -> Result<Self> {
        Self::find_for(Account::for_server()?, None)
    }

    /// The same, for programs that the account may run and that can open a cluster of the version.
    pub(crate) fn find_for(account: Account, cluster: Option<(&Path, u32)>) -> Result<Self> {
        let (mut rejected, mut others) = (Vec::new(), Vec::new());
        for directory in candidates() {
            match Self::inspect(account, &directory) {
                Ok(found) if cluster.is_none_or(|(_, major)| major == found.major) => return Ok(found),
                Ok(found) => others.push(format!("{} in {}", found.major, directory.display())),
                Err(reason) => rejected.push(format!("{} ({reason})", directory.display())),
            }
        }
        match cluster {
            Some((data, major)) if !others.is_empty() => Err(Error::OtherVersion {
                data: data.to_path_buf(),
                cluster: major,
                found: others.join(", "),
            }),
            _ => Err(Error::NotInstalled { rejected }),
        }
    }

    /// The directory that holds the programs.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The major version, such as 18.
    #[must_use]
    pub fn major(&self) -> u32 {
        self.major
    }

    /// The path of one of the programs.
    #[must_use]
    pub fn program(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    /// Asks the programs in a directory for their version, under the account that will run them.
    fn inspect(account: Account, directory: &Path) -> Result<Self, String> {
        if let Some(missing) = NEEDED.iter().find(|name| !directory.join(name).is_file()) {
            return Err(format!("has no {missing}"));
        }
        let output = account
            .command(&directory.join("postgres"))
            .arg("--version")
            .output()
            .map_err(|error| format!("its postgres cannot be run: {error}"))?;
        let printed = String::from_utf8_lossy(&output.stdout);
        match major_in(&printed) {
            Some(major) if major >= OLDEST => Ok(Self { directory: directory.to_path_buf(), major }),
            Some(major) => Err(format!("is version {major}")),
            None => Err(format!("its postgres fails: {}", String::from_utf8_lossy(&output.stderr).trim())),
        }
    }
}

/// The major version in `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`.
fn major_in(printed: &str) -> Option<u32> {
    let (_, version) = printed.split_once("(PostgreSQL) ")?;
    version.split(|character: char| !character.is_ascii_digit()).next()?.parse().ok()
}

/// Directories to look at, best first; found only as far as they are asked for.
fn candidates() -> Box<dyn Iterator<Item = PathBuf>> {
    if let Some(named) = variable("PGBIN").filter(|value| !value.is_empty()) {
        return Box::new(std::iter::once(PathBuf::from(named)));
    }
    Box::new(on_path().chain(by_pg_config()).chain(installed()).chain(by_make()))
}

/// Directories on the `PATH` with a `postgres`. Links are followed: often that is the only program linked there.
fn on_path() -> impl Iterator<Item = PathBuf> {
    let path = variable("PATH").unwrap_or_default();
    let directories: Vec<PathBuf> = env::split_paths(&path).filter(|entry| entry.is_absolute()).collect();
    directories.into_iter().filter_map(|directory| {
        let program = fs::canonicalize(directory.join("postgres")).ok()?;
        let behind_the_link = program.parent()?.to_path_buf();
        let complete = NEEDED.iter().all(|name| behind_the_link.join(name).is_file());
        Some(if complete { behind_the_link } else { directory })
    })
}

/// The directory that `pg_config` names. It may come with libpq alone, without any server.
fn by_pg_config() -> impl Iterator<Item = PathBuf> {
    std::iter::once_with(|| {
        let output = Command::new("pg_config").arg("--bindir").output().ok()?;
        let directory = PathBuf::from(String::from_utf8(output.stdout).ok()?.trim());
        directory.join("postgres").is_file().then_some(directory)
    })
    .flatten()
}

/// Where packages put their versions, the newest first within each place.
fn installed() -> impl Iterator<Item = PathBuf> {
    INSTALLATIONS.iter().flat_map(|(parent, prefix, suffix)| {
        let mut versions: Vec<(u32, PathBuf)> = fs::read_dir(parent)
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| {
                let version = entry.file_name().to_str()?.strip_prefix(prefix)?.parse().ok()?;
                Some((version, entry.path().join(suffix)))
            })
            .filter(|(_, directory)| directory.join("postgres").is_file())
            .collect();
        versions.sort_by(|one, other| other.cmp(one));
        versions.into_iter().map(|(_, directory)| directory)
    })
}

/// Where `make postgres` puts it: in the target directory that this program lies in, which cargo marks with a file.
fn by_make() -> impl Iterator<Item = PathBuf> {
    let program = env::current_exe().unwrap_or_default();
    let target =
        program.ancestors().find(|above| above.join("CACHEDIR.TAG").is_file()).map(Path::to_path_buf);
    target
        .map(|target| target.join("postgres/bin"))
        .filter(|directory| directory.join("postgres").is_file())
        .into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_vendors_print_them() {
        assert_eq!(major_in("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"), Some(15));
        assert_eq!(major_in("postgres (PostgreSQL) 18beta1\n"), Some(18));
        assert_eq!(major_in("postgres (PostgreSQL) 18.4\n"), Some(18));
        assert_eq!(major_in("no such thing"), None);
    }

    #[test]
    fn a_directory_without_initdb_is_refused_with_the_reason() {
        let directory = tempfile::tempdir().unwrap();
        let refused = Binaries::inspect(Account::for_server().unwrap(), directory.path());
        assert_eq!(refused, Err("has no initdb".to_owned()));
    }
}
