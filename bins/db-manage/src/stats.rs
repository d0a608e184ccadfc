//! `db-manage stats`

use repository::ops::stats;

use crate::Exit;
use crate::context::Context;
use crate::output::Answer;

pub(crate) const EXAMPLES: &str = "\
Examples:
  db-manage stats
  db-manage stats --format csv -o stats.csv

Rows are counted; of more than a million rows the server's estimate is told. Rows that were deleted and not purged yet \
count, but not in `by`, which tells of some tables how many rows are of which kind. Sizes are bytes in every format but the \
table.";

pub(crate) fn run(context: &Context) -> anyhow::Result<Exit> {
    let place = context.place()?;
    let mut session = context.session(&place)?;
    context.answer(&Answer::list(&stats::tables(&mut session)?)?)?;
    let all = stats::database_bytes(&mut session)?;
    context.note(format_args!("\nThe whole database takes {} KiB.", all / 1024));
    Ok(Exit::DONE)
}
