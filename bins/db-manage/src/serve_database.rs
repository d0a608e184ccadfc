//! `db-manage serve-database`

use anyhow::{Context as _, ensure};
use nix::sys::signal::{SigSet, Signal};
use runtime::Target;
use serde::Serialize;

use crate::Exit;
use crate::context::{Context, say};
use crate::output::Answer;

pub(crate) const EXAMPLES: &str = "\
Examples:
  db-manage serve-database             prints what psql and other tools need
  db-manage serve-database --format ndjson -o urls.json

It starts the embedded PostgreSQL of DATA_DIR, or joins it where it runs, migrates it, prints its URLs, and keeps it running \
until Ctrl-C. The URLs work for this account, on this machine.";

#[derive(Serialize)]
struct Served {
    database_url: String,
    database_admin_url: String,
    database_reader_url: Option<String>,
    database_writer_url: Option<String>,
    encryption_key: String,
    data: Option<String>,
    log: Option<String>,
}

pub(crate) fn run(context: &Context) -> anyhow::Result<Exit> {
    let settings = context.settings()?;
    ensure!(
        settings.database.url.is_none(),
        "DATABASE_URL is set, so there is no embedded PostgreSQL to serve: unset it"
    );
    // Before any thread is started, so that all of them leave the two signals to `wait`.
    let mut signals = SigSet::empty();
    signals.add(Signal::SIGINT);
    signals.add(Signal::SIGTERM);
    signals.thread_block().context("Ctrl-C could not be watched for")?;

    let target = Target::find(&settings)?;
    target.prepare_if_needed(context.wait(), |migration| say(format_args!("running {migration}")))?;
    let key_file = settings.data_dir.join(runtime::KEY_FILE);
    let key = match &settings.encryption_key {
        Some(_) => "ENCRYPTION_KEY, as it is set".to_owned(),
        None => format!("kept in {}", key_file.display()),
    };
    let url = |url: &repository::Address| url.expose().to_owned();
    context.answer(&Answer::object(&Served {
        database_url: url(&target.url),
        database_admin_url: url(&target.admin_url),
        database_reader_url: target.reader_url.as_ref().map(url),
        database_writer_url: target.writer_url.as_ref().map(url),
        encryption_key: key,
        data: target.embedded.as_ref().map(|server| server.data().display().to_string()),
        log: target.embedded.as_ref().map(|server| server.log().display().to_string()),
    })?)?;
    context.note(format_args!("\nCtrl-C ends this; the server stops when its last user is gone."));
    signals.wait().context("Ctrl-C could not be waited for")?;
    Ok(Exit::DONE)
}
