//! `db-manage migrate`

use chrono::SecondsFormat;
use clap::{Args, Subcommand};
use repository::ops::migrations::{self, Direction, Goal, MigrationStatus, Migrator, Step};
use repository::ops::{Session, roles};
use serde::Serialize;

use crate::Exit;
use crate::context::{Context, say};
use crate::output::Answer;
use crate::target::Place;

mod new;

pub(crate) const EXAMPLES: &str = "\
Examples:
  db-manage migrate status             exit code 3 when migrations are pending
  db-manage migrate up --dry-run       say what would run, and run nothing
  db-manage migrate up                 run all that are pending
  db-manage migrate down               revert the newest
  db-manage migrate to split_contacts  make this one the newest, whichever way
  db-manage migrate run split_users    run this one (in short: `migrate split_users`)
  db-manage migrate initial            run all, as on a new database
  db-manage migrate new add_tags       write the files of a new migration

A migration is called by its version, by its name, or by both as its folder is. Each runs in a transaction. Only one \
process migrates at a time; another waits for --wait seconds and then says who holds the lock. A migration that was \
changed after it ran stops everything.";

#[derive(Args, Debug)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_precedence_over_arg = true,
    arg_required_else_help = true
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// Run this migration: the same as `migrate run NAME`; `initial` runs all
    name: Option<String>,
    /// Say what would be done, and do nothing
    #[arg(long, global = true)]
    dry_run: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List all migrations and whether they ran
    Status,
    /// List the migrations that ran, newest first
    History,
    /// Run all pending migrations
    Up,
    /// Revert the newest migration that ran
    Down,
    /// Revert the newest migration that ran, and run it again
    Redo,
    /// Run or revert migrations until this one is the newest
    To {
        /// Version or name
        #[arg(value_name = "VERSION")]
        target: String,
    },
    /// Write the files of a new migration in ./migrations
    New {
        /// What it does, such as add_tags
        #[arg(value_parser = new::name)]
        name: String,
    },
    /// Run one pending migration, whatever else is pending
    Run {
        /// Version or name
        name: String,
    },
}

pub(crate) fn run(context: &Context, arguments: Arguments) -> anyhow::Result<Exit> {
    let Arguments { command, name, dry_run } = arguments;
    let command = match (command, name) {
        (Some(command), _) => command,
        (None, Some(name)) if name == "initial" => Command::Up,
        (None, Some(name)) => Command::Run { name },
        (None, None) => Command::Status,
    };
    match &command {
        Command::Status => status(context),
        Command::History => history(context),
        Command::Up => reach(context, Goal::Up, dry_run),
        Command::Down => reach(context, Goal::Down, dry_run),
        Command::Redo => reach(context, Goal::Redo, dry_run),
        Command::To { target } => reach(context, Goal::To(target), dry_run),
        Command::Run { name } => reach(context, Goal::Run(name), dry_run),
        Command::New { name } => new::run(context, name, dry_run),
    }
}

#[derive(Serialize)]
struct Shown<'a> {
    version: &'a str,
    name: &'a str,
    state: &'static str,
    applied_at: Option<String>,
}

impl<'a> Shown<'a> {
    fn new(migration: &'a MigrationStatus) -> Self {
        let state = match migration.applied_at {
            None => "pending",
            Some(_) if migration.changed => "changed after it ran",
            Some(_) if !migration.known => "not of this version",
            Some(_) => "applied",
        };
        let applied_at = migration.applied_at.map(|time| time.to_rfc3339_opts(SecondsFormat::Secs, true));
        Self { version: &migration.version, name: &migration.name, state, applied_at }
    }
}

fn status(context: &Context) -> anyhow::Result<Exit> {
    let status = look(context, &context.place()?)?;
    let shown: Vec<Shown<'_>> = status.iter().map(Shown::new).collect();
    context.answer(&Answer::list(&shown)?)?;
    Ok(if shown.iter().all(|migration| migration.state == "applied") { Exit::DONE } else { Exit::PENDING })
}

fn history(context: &Context) -> anyhow::Result<Exit> {
    let mut ran = look(context, &context.place()?)?;
    ran.retain(|migration| migration.applied_at.is_some());
    ran.sort_by(|one, other| (other.applied_at, &other.version).cmp(&(one.applied_at, &one.version)));
    context.answer(&Answer::list(&ran.iter().map(Shown::new).collect::<Vec<_>>())?)?;
    Ok(Exit::DONE)
}

/// Takes the steps to the goal, or says which they would be.
pub(crate) fn reach(context: &Context, goal: Goal<'_>, dry_run: bool) -> anyhow::Result<Exit> {
    let place = context.place()?;
    if dry_run {
        context.answer(&Answer::list(&migrations::plan(&look(context, &place)?, goal)?)?)?;
        context.note(format_args!("\nNothing was done: this was a dry run."));
    } else {
        place.prepare_if_embedded()?;
        tell(context, &Migrator::connect(place.admin_url(), context.wait())?.perform(goal, announce)?)?;
    }
    Ok(Exit::DONE)
}

/// Answers the steps that were taken. People have been told each already.
pub(crate) fn tell(context: &Context, steps: &[Step]) -> anyhow::Result<()> {
    if !context.is_for_people() {
        return context.answer(&Answer::list(steps)?);
    }
    if steps.is_empty() {
        say(format_args!("There is nothing to do."));
    }
    Ok(())
}

/// The migrations, also where there is no database yet.
fn look(context: &Context, place: &Place) -> anyhow::Result<Vec<MigrationStatus>> {
    match Session::connect(place.admin_url(), context.wait()) {
        Ok(mut session) => Ok(migrations::status(&mut session)?),
        Err(error) if roles::is_missing_database(&error) => Ok(migrations::none_applied()),
        Err(error) => Err(error.into()),
    }
}

/// Says what is being done.
pub(crate) fn announce(step: &Step) {
    let doing = match step.direction {
        Direction::Up => "running",
        Direction::Down => "reverting",
    };
    say(format_args!("{doing} {} {}", step.version, step.name));
}
