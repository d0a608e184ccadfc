//! `db-manage audit`

mod retire;

use std::time::Duration;

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};
use repository::Database;
use repository::ops::audit::{self, Head, Sealed, Sealer};
use repository::platform::audit_log::{self, ACTIONS, AuditFilter};

use crate::context::{Context, say};
use crate::output::Answer;
use crate::progress::Progress;
use crate::{Exit, actor};

pub(crate) const EXAMPLES: &str = "\
Examples:
  db-manage audit list                                   the newest 50 changes
  db-manage audit list --table split.bills --row 01a1fab2-…
  db-manage audit list --actor operator:asha --action query --since 2026-11-01T00:00:00Z
  db-manage audit list --request-id 01a1fac3-… --format ndjson
  db-manage audit verify                                 exit code 3 when somebody tampered with the log
  db-manage audit verify --head 17:5c0a… -o report.json --format json
  db-manage audit retire --keep-months 24                say which old months would be dropped (exit code 2)

The log holds no text and no personal data: names of columns, and values of ids, numbers, times and closed sets. `verify` \
seals what is not sealed yet, then checks every seal and every row. The head that it shows stands for the whole log up \
to now; keep it elsewhere, and the next verification can be told to look for it.";

/// The longest that transactions which are writing are waited for.
const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List changes, newest first
    List(ListArguments),
    /// Check that no row of the log was changed, added or taken away since it was sealed
    Verify(VerifyArguments),
    /// Drop old months of the log for good
    #[command(after_help = retire::EXAMPLES)]
    Retire(retire::Arguments),
}

#[derive(Args, Debug)]
pub(crate) struct ListArguments {
    /// Of this table, with its schema
    #[arg(long)]
    table: Option<String>,
    /// Of the row with this primary key
    #[arg(long, value_name = "ID", requires = "table")]
    row: Option<String>,
    /// By this actor: api_key:ID, user:SYSTEM:ID, operator:NAME, system or login:ROLE
    #[arg(long)]
    actor: Option<String>,
    /// By this HTTP request
    #[arg(long, value_name = "ID")]
    request_id: Option<String>,
    /// Of this kind
    #[arg(long, value_parser = PossibleValuesParser::new(ACTIONS))]
    action: Option<String>,
    /// Not before this time, as 2026-11-20T19:30:00Z
    #[arg(long, value_name = "TIME", value_parser = time)]
    since: Option<DateTime<Utc>>,
    /// Before this time
    #[arg(long, value_name = "TIME", value_parser = time)]
    until: Option<DateTime<Utc>>,
    /// At most so many
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    limit: u32,
}

#[derive(Args, Debug)]
pub(crate) struct VerifyArguments {
    /// The head that an earlier verification showed, which the log must still have
    #[arg(long, value_name = "NUMBER:DIGEST", value_parser = head)]
    head: Option<Head>,
}

fn time(given: &str) -> Result<DateTime<Utc>, &'static str> {
    let time = DateTime::parse_from_rfc3339(given).map(|time| time.to_utc());
    time.map_err(|_| "it must be a time of RFC 3339, like 2026-11-20T19:30:00Z")
}

fn head(given: &str) -> Result<Head, String> {
    given.parse().map_err(|error: repository::Error| error.to_string())
}

pub(crate) fn run(context: &Context, command: Command) -> anyhow::Result<Exit> {
    match command {
        Command::List(arguments) => list(context, arguments),
        Command::Verify(arguments) => verify(context, &arguments),
        Command::Retire(arguments) => retire::run(context, &arguments),
    }
}

fn list(context: &Context, arguments: ListArguments) -> anyhow::Result<Exit> {
    let ListArguments { table, row, actor, request_id, action, since, until, limit } = arguments;
    let filter =
        AuditFilter { systems: None, table, row_id: row, actor, request_id, action, from: since, to: until };
    let place = context.place()?;
    let database = context.database(&place)?;
    let rows = database.read("platform.list_audit_log", &actor::operator(), |conn| {
        audit_log::list(conn, &filter, None, limit.into())
    })?;
    context.answer(&Answer::list(&rows)?)?;
    Ok(Exit::DONE)
}

fn verify(context: &Context, arguments: &VerifyArguments) -> anyhow::Result<Exit> {
    let place = context.place()?;
    let database = context.database(&place)?;
    // What cannot be sealed now is no reason not to check the rest: a forged seal is found below.
    if let Err(error) = seal(&database) {
        say(format_args!("{error:#}"));
    }
    let mut progress = Progress::new("seals");
    let verified = audit::verify(&database, &actor::operator(), arguments.head.as_ref(), |done, of| {
        progress.set(done, of);
    })?;
    drop(progress);
    context.answer(&Answer::object(&verified)?)?;
    if verified.faults.is_empty() {
        return Ok(Exit::DONE);
    }
    context.note(format_args!("\nThe log is not as it was written. docs/audit.md says what to do."));
    Ok(Exit::PENDING)
}

/// Seals what is there, for commands that look after the log.
pub(crate) fn seal(database: &Database) -> anyhow::Result<Sealed> {
    Sealer::new().run(database, &actor::operator(), PATIENCE).context("the audit log was not sealed")
}
