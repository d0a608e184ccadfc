//! Running `db-manage` as an operator would.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use repository::testing::{KEY, TestDatabase};
use serde_json::Value;

/// How a command ended.
#[derive(Debug)]
pub struct Outcome {
    /// 0 done, 1 failed, 2 wrong usage or not confirmed, 3 unhealthy or pending.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Outcome {
    fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).expect("text"),
            stderr: String::from_utf8(output.stderr).expect("text"),
        }
    }

    /// Standard output as one JSON document.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("no JSON ({error}): {self:?}"))
    }
}

/// Runs `db-manage` with these arguments on a test's database.
pub fn db_manage(database: &TestDatabase, arguments: &[&str]) -> Outcome {
    db_manage_with(database, &[], arguments)
}

/// The same with more settings.
pub fn db_manage_with(database: &TestDatabase, settings: &[(&str, &str)], arguments: &[&str]) -> Outcome {
    run_with("db-manage", database, settings, arguments)
}

/// Runs the story of `make demo` against a server on this database.
pub fn demo(database: &TestDatabase, arguments: &[&str]) -> Outcome {
    run_with("examples/demo", database, &[], arguments)
}

fn run_with(
    program: &str,
    database: &TestDatabase,
    settings: &[(&str, &str)],
    arguments: &[&str],
) -> Outcome {
    let output = Command::new(super::binary(program))
        .args(arguments)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("DATABASE_URL", database.url("strongroom_app"))
        .env("DATABASE_ADMIN_URL", database.url("postgres"))
        .env("DATABASE_READER_URL", database.url("strongroom_reader"))
        .env("DATABASE_WRITER_URL", database.url("strongroom_writer"))
        .env("ENCRYPTION_KEY", KEY)
        .envs(settings.iter().copied())
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| panic!("{program} did not start: {error}"));
    Outcome::of(output)
}

/// Runs `db-manage` with these arguments and settings, and no others.
pub fn db_manage_by(settings: &[(&str, &str)], arguments: &[&str]) -> Outcome {
    db_manage_in(tempfile::tempdir().expect("a folder").path(), settings, arguments)
}

/// The same in a directory, where it finds files of settings.
pub fn db_manage_in(directory: &Path, settings: &[(&str, &str)], arguments: &[&str]) -> Outcome {
    let output = Command::new(super::binary("db-manage"))
        .args(arguments)
        .env_clear()
        .current_dir(directory)
        .env("PATH", "/usr/bin:/bin")
        .envs(settings.iter().copied())
        .stdin(Stdio::null())
        .output()
        .expect("db-manage to start");
    Outcome::of(output)
}

/// Starts `strongroom-api` on a database as it is, with these settings instead of the right ones, and waits for it to
/// give up.
pub fn start_on(database: &TestDatabase, settings: &[(&str, &str)]) -> Outcome {
    let folder = tempfile::tempdir().expect("a folder");
    let output = Command::new(super::binary("strongroom-api"))
        .env_clear()
        .current_dir(folder.path())
        .env("DATABASE_URL", database.url("strongroom_app"))
        .env("ENCRYPTION_KEY", KEY)
        .env("PORT", "0")
        .envs(settings.iter().copied())
        .stdin(Stdio::null())
        .output()
        .expect("strongroom-api to start");
    Outcome::of(output)
}
