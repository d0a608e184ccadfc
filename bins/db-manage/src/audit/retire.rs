//! `db-manage audit retire`

use clap::Args;
use repository::Database;
use repository::ops::Session;
use repository::ops::audit::retire::{self, Month, Plan};
use repository::ops::migrations::Migrator;

use super::seal;
use crate::context::{Context, say};
use crate::output::Answer;
use crate::progress::Progress;
use crate::target::Place;
use crate::{Exit, actor, confirm};

pub(crate) const EXAMPLES: &str = "\
Examples:
  db-manage audit list --until 2026-01-01T00:00:00Z --limit 10000 --format csv -o 2025.csv
                                                     keep what will go
  db-manage audit retire --before 2026-01            say what would go, and change nothing (exit code 2)
  db-manage audit retire --before 2026-01 --dry-run  check as well that nothing is in the way
  db-manage audit retire --before 2026-01 --confirm  do it, for a database on this machine
  db-manage audit retire --keep-months 24 --confirm strongroom
                                                     do it, for a database on another machine, by its name

First a seal says that these rows go on purpose, then each month is dropped, and the log records it. `audit verify` counts \
the rows as retired from then on. Nothing goes while `audit verify` finds something wrong with it, or that is not sealed. \
It can be stopped anywhere: the same command goes on from there.";

#[derive(Args, Debug)]
pub(crate) struct Arguments {
    #[command(flatten)]
    what: What,
    /// Really drop it; in a database on another machine, which has to be named
    #[arg(long, value_name = "NAME", num_args = 0..=1, default_missing_value = "")]
    confirm: Option<String>,
    /// Say what would go, and whether anything is in the way
    #[arg(long, conflicts_with = "confirm")]
    dry_run: bool,
}

#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
struct What {
    /// Everything before this month (UTC), as 2026-01
    #[arg(long, value_name = "MONTH", value_parser = month)]
    before: Option<Month>,
    /// Everything but this month and so many before it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1200))]
    keep_months: Option<u32>,
}

fn month(given: &str) -> Result<Month, String> {
    given.parse().map_err(|error: repository::Error| error.to_string())
}

impl What {
    /// The month before which everything goes; clap sees to it that there is one.
    fn month(&self, this: Month) -> Month {
        self.before.unwrap_or_else(|| this.earlier(self.keep_months.unwrap_or(1)))
    }
}

pub(crate) fn run(context: &Context, arguments: &Arguments) -> anyhow::Result<Exit> {
    let place = context.place()?;
    let database = context.database(&place)?;
    let this = retire::this_month(&database, &actor::operator())?;
    let before = arguments.what.month(this);
    if before >= this {
        say(format_args!(
            "Nothing was changed. {before} is not over, so --before takes {} at the latest",
            this.earlier(1)
        ));
        return Ok(Exit::USAGE);
    }
    let plan = retire::plan(&database, &actor::operator(), before)?;
    if plan.rows == 0 {
        tell(context, &plan)?;
        context.note(format_args!("There is nothing to retire: the log has no rows of before {before}."));
        return Ok(Exit::DONE);
    }
    if arguments.dry_run {
        return dry_run(context, &database, &plan);
    }
    if !is_confirmed(context, &place, arguments.confirm.as_deref(), &plan)? {
        return Ok(Exit::USAGE);
    }
    perform(context, &place, &database, before)
}

fn tell(context: &Context, plan: &Plan) -> anyhow::Result<()> {
    context.answer(&Answer::object(plan)?)
}

fn dry_run(context: &Context, database: &Database, plan: &Plan) -> anyhow::Result<Exit> {
    let mut progress = Progress::new("seals");
    retire::check(database, &actor::operator(), plan.before, |done, of| progress.set(done, of))?;
    drop(progress);
    tell(context, plan)?;
    context.note(format_args!("\nNothing was dropped: this was a dry run."));
    Ok(Exit::DONE)
}

/// Whether dropping was confirmed. If not, says what would go and what to add to the command.
fn is_confirmed(context: &Context, place: &Place, given: Option<&str>, plan: &Plan) -> anyhow::Result<bool> {
    let mut session = Session::connect(place.admin_url(), context.wait())?;
    let (database, confirmed) = confirm::ask(&mut session, place, "--confirm", given)?;
    let Err(missing) = confirmed else { return Ok(true) };
    say(format_args!("These rows of the audit log of the database {database} would be dropped:"));
    tell(context, plan)?;
    say(format_args!("{missing}"));
    Ok(false)
}

fn perform(context: &Context, place: &Place, database: &Database, before: Month) -> anyhow::Result<Exit> {
    let operator = actor::operator();
    // First of all, so that no seal is made where the login may not drop anything.
    let mut migrator = Migrator::connect(place.admin_url(), context.wait())?;
    seal(database)?;
    let mut progress = Progress::new("seals");
    let declared = retire::declare(database, &operator, before, |done, of| progress.set(done, of))?;
    drop(progress);
    say(format_args!("seal {} says that everything before {before} is retired", declared.seal));
    let gone = retire::drop_declared(&mut migrator, &operator, &declared, context.wait(), |part| {
        say(format_args!("dropping {} rows of {}", part.rows, part.partition));
    })?;
    context.answer(&Answer::object(&gone)?.with("head", declared.head))?;
    Ok(Exit::DONE)
}
