//! `db-manage maintenance recompute-metrics`

use clap::Args;
use repository::export::recompute_metrics::{self, Outcome};

use crate::context::Context;
use crate::output::Answer;
use crate::{Exit, actor};

pub(crate) const EXAMPLES: &str = "\
Examples:
  db-manage maintenance recompute-metrics --dry-run   list what is not in line, and change nothing
  db-manage maintenance recompute-metrics             raise what is too low
  db-manage maintenance recompute-metrics --lower     lower what is too high as well

It counts completed reports, completed certificates and documents, deleted ones among them until they are purged. A count \
that is too high may be right, because what was purged stays counted: such a count is listed, and lowered with --lower only.";

#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// Lower counts that are higher than what is stored
    #[arg(long)]
    lower: bool,
    /// Say what would change, and change nothing
    #[arg(long)]
    dry_run: bool,
}

pub(crate) fn run(context: &Context, arguments: &Arguments) -> anyhow::Result<Exit> {
    let Arguments { lower, dry_run } = *arguments;
    let place = context.place()?;
    let database = context.database(&place)?;
    let drifts = recompute_metrics::run(&database, &actor::operator(), lower, dry_run)?;
    context.answer(&Answer::list(&drifts)?)?;
    if dry_run {
        context.note(format_args!("\nNothing was changed: this was a dry run."));
    } else if drifts.iter().any(|drift| drift.outcome == Outcome::Kept) {
        context.note(format_args!("\nWhat is too high was kept. To lower it, add --lower."));
    }
    Ok(Exit::DONE)
}
