//! `db-manage stats`

use clap::Args;
use repository::ops::stats;
use service::market::statistics;

use crate::context::Context;
use crate::output::Answer;
use crate::{Exit, actor};

pub(crate) const EXAMPLES: &str = "\
Examples:
  db-manage stats
  db-manage stats --format csv -o stats.csv
  db-manage stats --system market      what happened today and yesterday, and how much there is

Rows are counted; of more than a million rows the server's estimate is told. Rows that were deleted and not purged yet \
count, but not in `by`, which tells of some tables how many rows are of which kind. Sizes are bytes in every format but the \
table.";

#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// The figures of this system, in place of its tables'
    #[arg(long, value_parser = [repository::market::SYSTEM.name])]
    system: Option<String>,
}

pub(crate) fn run(context: &Context, arguments: &Arguments) -> anyhow::Result<Exit> {
    let place = context.place()?;
    if arguments.system.is_some() {
        let database = context.database(&place)?;
        let statistics = database.read("market.statistics", &actor::operator(), statistics::all)?;
        context.answer(&Answer::object(&statistics)?)?;
        return Ok(Exit::DONE);
    }
    let mut session = context.session(&place)?;
    context.answer(&Answer::list(&stats::tables(&mut session)?)?)?;
    let all = stats::database_bytes(&mut session)?;
    context.note(format_args!("\nThe whole database takes {} KiB.", all / 1024));
    Ok(Exit::DONE)
}
