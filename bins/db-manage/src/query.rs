//! `db-manage query`

use anyhow::{Context as _, anyhow};
use clap::Args;
use clap::builder::PossibleValuesParser;
use repository::Error;
use repository::ops::query;
use serde::Serialize;

use crate::context::{Context, say};
use crate::output::Answer;
use crate::{Exit, actor};

pub(crate) const EXAMPLES: &str = "\
Examples:
  db-manage query 'SELECT count(*) FROM users'
  db-manage query 'SELECT status, count(*) FROM bills GROUP BY status' --format csv
  db-manage query --system platform 'SELECT * FROM audit_log ORDER BY created_at DESC LIMIT 20'
  db-manage query --write \"UPDATE bills SET status = 'cancelled' WHERE id = '…'\"

The statement is a SELECT, VALUES, TABLE or WITH. It is run by the login strongroom_reader (DATABASE_READER_URL), which \
has no right to change anything and does not see keys and their hashes, in a transaction that is rolled back; it may take \
5 seconds and answers at most 1,000 rows. Personal data stays sealed. With --write any one statement is run as the \
owner of the tables, by DATABASE_ADMIN_URL. The audit log names you either way.";

#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// One SQL statement
    sql: String,
    /// Where names without a schema are looked for
    #[arg(long, default_value = "split", value_parser = PossibleValuesParser::new(query::systems()))]
    system: String,
    /// Run it as the owner, and keep what it changes
    #[arg(long)]
    write: bool,
}

#[derive(Serialize)]
struct Written {
    rows: usize,
}

pub(crate) fn run(context: &Context, arguments: &Arguments) -> anyhow::Result<Exit> {
    let Arguments { sql, system, write } = arguments;
    let place = context.place()?;
    let actor = actor::operator();
    if *write {
        let rows = query::write(place.admin_url(), context.wait(), system, sql, &actor)
            .map_err(|error| in_time(error, 30))?;
        context.answer(&Answer::object(&Written { rows })?)?;
        return Ok(Exit::DONE);
    }
    query::record(place.url(), context.wait(), system, sql, &actor)?;
    let found = query::read(place.reader_url(), context.wait(), system, sql).map_err(|error| match error {
        Error::Unavailable(reason) if place.reader_is_guessed() => anyhow!(
            "strongroom_reader could not log in ({reason}): set DATABASE_READER_URL to the database's URL for that login"
        ),
        error => in_time(error, 5),
    });
    let found = if only_reads(sql) {
        found
    } else {
        found.context("only SELECT, VALUES, TABLE and WITH are run without --write")
    }?;
    context.answer(&Answer::List(found.rows))?;
    if found.more {
        say(format_args!("There are more rows; these are the first {}.", query::MAX_ROWS));
    }
    Ok(Exit::DONE)
}

/// For a better message only: what can be done is up to the reader's rights.
fn only_reads(sql: &str) -> bool {
    let first: String = sql.trim_start().chars().take_while(char::is_ascii_alphabetic).collect();
    ["", "select", "values", "table", "with"].iter().any(|word| first.eq_ignore_ascii_case(word))
}

fn in_time(error: Error, seconds: u64) -> anyhow::Error {
    match error {
        Error::Timeout(_) | Error::Locked => {
            anyhow!("the statement took longer than {seconds} seconds and was stopped")
        }
        error => error.into(),
    }
}
