//! `db-manage reset`

use clap::Args;
use repository::ops::migrations::{Goal, Migrator};
use repository::ops::stats::{self, TableStats};
use repository::ops::{Session, reset};

use crate::context::{Context, say};
use crate::output::Answer;
use crate::target::Place;
use crate::{Exit, confirm, migrate};

pub(crate) const EXAMPLES: &str = "\
Examples:
  db-manage reset                      say what would be lost, and change nothing (exit code 2)
  db-manage reset --confirm            do it, for a database on this machine
  db-manage reset --confirm strongroom do it, for a database on another machine, by its name

All schemas of Strongroom are dropped in one transaction, then made again by the migrations, and the encryption key is \
registered. Roles, and what else is in the database, stay.";

#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// Really destroy all data; a database on another machine has to be named
    #[arg(long, value_name = "NAME", num_args = 0..=1, default_missing_value = "")]
    confirm: Option<String>,
}

pub(crate) fn run(context: &Context, arguments: &Arguments) -> anyhow::Result<Exit> {
    let place = context.place()?;
    // Before anything is dropped: without a key the new tables could not be used.
    let keys = place.keys()?;
    if !is_confirmed(context, &place, "--confirm", arguments.confirm.as_deref(), |_| true)? {
        return Ok(Exit::USAGE);
    }
    let mut migrator = Migrator::connect(place.admin_url(), context.wait())?;
    say(format_args!("dropped the schemas {}", reset::drop_everything(&mut migrator)?.join(", ")));
    let steps = migrator.perform(Goal::Up, migrate::announce)?;
    migrator.register_key(keys)?;
    migrate::tell(context, &steps)?;
    Ok(Exit::DONE)
}

/// Whether destroying was confirmed. If not, says what would be lost and what to add to the command.
pub(crate) fn is_confirmed(
    context: &Context,
    place: &Place,
    option: &str,
    given: Option<&str>,
    concerned: impl Fn(&TableStats) -> bool,
) -> anyhow::Result<bool> {
    let mut session = Session::connect(place.admin_url(), context.wait())?;
    let (database, confirmed) = confirm::ask(&mut session, place, option, given)?;
    let Err(missing) = confirmed else { return Ok(true) };
    let mut tables = stats::tables(&mut session)?;
    tables.retain(concerned);
    say(format_args!("These tables of the database {database} and their rows would be lost:"));
    context.answer(&Answer::list(&tables)?)?;
    say(format_args!("{missing}"));
    Ok(false)
}
