//! `db-manage drop`

use clap::Args;
use clap::builder::PossibleValuesParser;
use repository::ops::migrations::{Goal, Migrator};
use repository::ops::{query, reset};
use serde::Serialize;

use crate::context::{Context, say};
use crate::output::Answer;
use crate::reset::is_confirmed;
use crate::{Exit, migrate};

pub(crate) const EXAMPLES: &str = "\
Examples:
  db-manage drop                       say what would be lost, and change nothing (exit code 2)
  db-manage drop --force               drop everything, in a database on this machine
  db-manage drop --force strongroom    drop everything, in a database on another machine, by its name
  db-manage drop --force --system split  drop one system: its migrations are reverted

Roles, and what else is in the database, stay. `db-manage migrate up` makes the tables again.";

#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// Really destroy the data; a database on another machine has to be named
    #[arg(long, value_name = "NAME", num_args = 0..=1, default_missing_value = "")]
    force: Option<String>,
    /// Only the tables of this system
    #[arg(long, value_parser = PossibleValuesParser::new(droppable()))]
    system: Option<String>,
}

#[derive(Serialize)]
struct Dropped {
    schemas: Vec<&'static str>,
}

/// Every system but `platform`, on which they stand.
fn droppable() -> Vec<&'static str> {
    query::systems().into_iter().filter(|system| *system != "platform").collect()
}

pub(crate) fn run(context: &Context, arguments: &Arguments) -> anyhow::Result<Exit> {
    let place = context.place()?;
    let system = arguments.system.as_deref();
    let concerned = |table: &str| system.is_none_or(|system| table.split('.').next() == Some(system));
    if !is_confirmed(context, &place, "--force", arguments.force.as_deref(), |table| concerned(&table.table))?
    {
        return Ok(Exit::USAGE);
    }
    let mut migrator = Migrator::connect(place.admin_url(), context.wait())?;
    match system {
        Some(system) => {
            let steps = migrator.perform(Goal::Without(system), migrate::announce)?;
            migrate::tell(context, &steps)?;
        }
        None => {
            let dropped = Dropped { schemas: reset::drop_everything(&mut migrator)? };
            say(format_args!("dropped the schemas {}", dropped.schemas.join(", ")));
            if !context.is_for_people() {
                context.answer(&Answer::object(&dropped)?)?;
            }
        }
    }
    Ok(Exit::DONE)
}
