//! `db-manage init`

use anyhow::{Context as _, ensure};
use clap::Args;
use repository::codec::Column;
use repository::ops::health::{self, Status};
use repository::ops::migrations::Migrator;
use repository::ops::{Session, roles};
use repository::{Database, system};
use serde::Serialize;

use crate::context::{Context, say};
use crate::output::Answer;
use crate::target::Place;
use crate::{Exit, actor};

pub(crate) const EXAMPLES: &str = "\
Examples:
  db-manage init                       the embedded PostgreSQL
  db-manage init --sample-data         with something to try things on
  ENCRYPTION_KEY=$(db-manage keys generate) DATABASE_ADMIN_URL=postgres://postgres@db/strongroom \\
    DATABASE_URL=postgres://strongroom_app@db/strongroom db-manage init

It can be called again at any time: what is there stays. Where the login may not make roles or the database, it prints the \
SQL that somebody who may has to run.";

#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// Load a few users of every system with their rows, to try things on, unless they are there
    #[arg(long)]
    sample_data: bool,
}

#[derive(Serialize)]
struct Step {
    step: &'static str,
    result: String,
}

pub(crate) fn run(context: &Context, arguments: &Arguments) -> anyhow::Result<Exit> {
    let place = context.place()?;
    let keys = place.keys()?;
    // Only to wait for the server; what is wrong with the database, the next step says.
    let _ = Session::connect(place.admin_url(), context.wait());
    let mut steps = Vec::new();
    let mut done = |step, result: String| {
        say(format_args!("{step}: {result}"));
        steps.push(Step { step, result });
    };

    let made = roles::prepare(place.admin_url())?;
    done(
        "database and roles",
        if made.is_empty() { "there already".to_owned() } else { format!("made {}", made.join("; ")) },
    );
    let mut migrator = Migrator::connect(place.admin_url(), context.wait())?;
    let ran = migrator.up(|name| say(format_args!("running {name}")))?;
    done("migrations", if ran.is_empty() { "none pending".to_owned() } else { format!("ran {}", ran.len()) });
    let key_is_new = migrator.register_key(keys)?;
    drop(migrator);
    let key_id = keys.active_key_id();
    done(
        "encryption key",
        format!("{key_id}, {}", if key_is_new { "registered now" } else { "registered before" }),
    );

    let next = match Database::connect(place.pool_options(), keys) {
        Ok(database) => {
            self_test(&database)?;
            done("self-test of the key", "a value was sealed and opened in every sealed column".to_owned());
            let health = health::check(place.pool_options(), Some(keys), context.wait());
            ensure!(health.status == Status::Healthy, "{}", health.reason.unwrap_or_default());
            done("validation", "healthy".to_owned());
            if arguments.sample_data {
                done("sample data", load_sample_data(&database)?);
            }
            None
        }
        Err(error) => Some(what_next(&place, &error)),
    };
    if !context.is_for_people() {
        context.answer(&Answer::list(&steps)?)?;
    }
    if let Some(next) = next {
        say(format_args!("\n{next}"));
        ensure!(
            !arguments.sample_data,
            "the sample data was not loaded, because the service could not log in"
        );
    }
    Ok(Exit::DONE)
}

/// Nothing is stored: it only proves that the keys are complete before anybody relies on them.
fn self_test(database: &Database) -> anyhow::Result<()> {
    const TEXT: &[u8] = b"self-test";
    let row = repository::domain::Id::<Step>::generate().uuid();
    let columns = system::tables().flat_map(|table| table.sealed_columns());
    for column in columns.collect::<Vec<Column>>() {
        let cipher = database.cipher().column(&column)?;
        let opened = cipher.open(row, cipher.seal(row, TEXT)?)?;
        ensure!(opened == TEXT, "a value of {column} came back changed");
    }
    Ok(())
}

fn load_sample_data(database: &Database) -> anyhow::Result<String> {
    let loaded = database
        .write("platform.load_sample_data", &actor::operator(), service::system::load_sample_data)
        .context("the sample data was not loaded")?;
    Ok(if loaded { "loaded" } else { "there already" }.to_owned())
}

/// The database is ready, but not for the login that the service has been given.
fn what_next(place: &Place, error: &repository::Error) -> String {
    let why = if place.url() == place.admin_url() {
        "The service needs another login than this one, which may do too much.".to_owned()
    } else {
        format!("But the service could not log in by DATABASE_URL: {error}.")
    };
    format!(
        "The database is ready. {why}\n\
         Next: give these logins passwords, in psql:\n\n    \\password strongroom_app\n    \\password strongroom_reader\n    \\password strongroom_writer\n    \\password strongroom_migrator\n\n\
         then set\n\n    DATABASE_URL          the same URL for strongroom_app, which serves\n    \
         DATABASE_READER_URL   the same URL for strongroom_reader, for `db-manage query`\n    \
         DATABASE_WRITER_URL   the same URL for strongroom_writer, for `db-manage query --write`\n    \
         DATABASE_ADMIN_URL    the same URL for strongroom_migrator, for `db-manage migrate`\n\n\
         and call `db-manage health`."
    )
}
