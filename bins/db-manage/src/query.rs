//! `db-manage query`

use std::time::Duration;

use anyhow::{Context as _, anyhow};
use clap::Args;
use clap::builder::PossibleValuesParser;
use repository::Error;
use repository::ops::query::{self, Purpose};
use serde::Serialize;

use crate::context::{Context, say};
use crate::output::Answer;
use crate::target::Place;
use crate::{Exit, actor};

pub(crate) const EXAMPLES: &str = "\
Examples:
  db-manage query 'SELECT count(*) FROM users'
  db-manage query 'SELECT status, count(*) FROM bills GROUP BY status' --format csv
  db-manage query --system platform 'SELECT * FROM audit_log ORDER BY created_at DESC LIMIT 20'
  db-manage query --write \"UPDATE bills SET status = 'cancelled' WHERE id = '…'\"
  db-manage query --write --ddl 'CREATE INDEX bills_total ON bills (total_amount)'

The statement is a SELECT, VALUES, TABLE or WITH. It is run by the login strongroom_reader (DATABASE_READER_URL), which \
has no right to change anything and does not see keys and their hashes, in a transaction that is rolled back; it may take \
5 seconds and answers at most 1,000 rows. Personal data stays sealed.

With --write it is also an INSERT, UPDATE, DELETE or MERGE, run by the login strongroom_writer (DATABASE_WRITER_URL), which \
changes rows and nothing else. With --ddl as well, any one statement is run as the owner of the tables, by a login of \
DATABASE_ADMIN_URL that may act as strongroom_owner and do nothing more, such as strongroom_migrator; a change of the schema \
that is to stay belongs in a migration.

The audit log names you, and holds a digest of the statement, before it is run.";

#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// One SQL statement
    sql: String,
    /// Where names without a schema are looked for
    #[arg(long, default_value = "split", value_parser = PossibleValuesParser::new(query::systems()))]
    system: String,
    /// Let it change rows, and keep what it changes
    #[arg(long)]
    write: bool,
    /// Let it change anything, tables and rights among it
    #[arg(long, requires = "write")]
    ddl: bool,
}

#[derive(Serialize)]
struct Written {
    rows: usize,
}

pub(crate) fn run(context: &Context, arguments: &Arguments) -> anyhow::Result<Exit> {
    let Arguments { sql, system, write, ddl } = arguments;
    let place = context.place()?;
    // A database of an earlier version lacks the logins that were added since.
    place.prepare_if_embedded()?;
    let actor = actor::operator();
    let purpose = match (write, ddl) {
        (false, _) => Purpose::Read,
        (true, false) => Purpose::Write,
        (true, true) => Purpose::Define,
    };
    query::record(place.url(), context.wait(), purpose, system, sql, &actor)?;
    let changed = match purpose {
        Purpose::Read => return read(context, &place, system, sql),
        Purpose::Write => query::write(place.writer_url(), context.wait(), system, sql, &actor)
            .map_err(|error| logged_in(&place, "writer", error)),
        Purpose::Define => query::define(place.definer_url(), context.wait(), system, sql, &actor),
    };
    let rows = changed.map_err(|error| in_time(error, query::WRITE_TIMEOUT))?;
    context.answer(&Answer::object(&Written { rows })?)?;
    Ok(Exit::DONE)
}

fn read(context: &Context, place: &Place, system: &str, sql: &str) -> anyhow::Result<Exit> {
    let found = query::read(place.reader_url(), context.wait(), system, sql)
        .map_err(|error| in_time(logged_in(place, "reader", error), query::READ_TIMEOUT));
    let found = match query::reads(sql) {
        true => found,
        false => found.context("only SELECT, VALUES, TABLE and WITH are run without --write"),
    }?;
    context.answer(&Answer::List(found.rows))?;
    if found.more {
        say(format_args!("There are more rows; these are the first {}.", query::MAX_ROWS));
    }
    Ok(Exit::DONE)
}

/// Says what to set where a login failed that nobody has given.
fn logged_in(place: &Place, who: &str, error: Error) -> Error {
    let database = &place.settings.database;
    let given = if who == "reader" { &database.reader_url } else { &database.writer_url };
    match error {
        Error::Unavailable(reason) if !place.is_embedded() && given.is_none() => Error::NotReady(format!(
            "strongroom_{who} could not log in ({reason}): run `db-manage init` if there is no such login yet, and set \
             DATABASE_{}_URL to the database's URL for it",
            who.to_uppercase()
        )),
        error => error,
    }
}

fn in_time(error: Error, limit: Duration) -> anyhow::Error {
    match error {
        Error::Timeout(_) | Error::Locked => {
            anyhow!("the statement took longer than {} seconds and was stopped", limit.as_secs())
        }
        error => error.into(),
    }
}
