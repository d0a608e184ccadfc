//! `db-manage with-database`

use std::ffi::OsString;
use std::os::unix::process::ExitStatusExt as _;
use std::process::Command;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use embedded::TestServer;
use repository::codec::{EncryptionKey, KeyRing};
use repository::ops::migrations::Migrator;
use repository::ops::roles;

use crate::Exit;

pub(crate) const EXAMPLES: &str = "\
Examples:
  db-manage with-database -- sh -c 'psql \"$DATABASE_URL\" -c \"\\d split.*\"'
  db-manage with-database -- sh -c 'DATABASE_URL=$DATABASE_ADMIN_URL diesel print-schema'

The command finds DATABASE_URL, DATABASE_ADMIN_URL, DATABASE_READER_URL, DATABASE_WRITER_URL and ENCRYPTION_KEY in its environment. The exit \
code is the command's. The database is one that no other command knows, without durability, and is gone afterwards, also \
when this is killed.";

const NAME: &str = "strongroom";

#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// The command and its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<Exit> {
    let (program, rest) = arguments.command.split_first().context("there is no command to run")?;
    let server = TestServer::for_this_process()?;
    let url = |user| server.url(NAME, user);
    let key = EncryptionKey::generate()?;
    let key_text = key.to_base64();
    roles::prepare(url("postgres"))?;
    let mut migrator = Migrator::connect(url("postgres"), Duration::from_secs(60))?;
    migrator.up(|_| {})?;
    migrator.register_key(&KeyRing::new(key, Vec::new())?)?;
    drop(migrator);

    let status = Command::new(program)
        .args(rest)
        .env("DATABASE_URL", url("strongroom_app"))
        .env("DATABASE_ADMIN_URL", url("postgres"))
        .env("DATABASE_READER_URL", url("strongroom_reader"))
        .env("DATABASE_WRITER_URL", url("strongroom_writer"))
        .env("ENCRYPTION_KEY", key_text.as_str())
        .status()
        .with_context(|| format!("could not run {}", program.to_string_lossy()))?;
    // As shells tell it: 128 and the number of the signal that ended the command.
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(1);
    Ok(Exit(u8::try_from(code).unwrap_or(1)))
}
