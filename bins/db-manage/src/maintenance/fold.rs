//! `db-manage maintenance fold`

use clap::Args;
use repository::pantry::fold;

use crate::context::Context;
use crate::output::Answer;
use crate::{Exit, actor};

pub(crate) const EXAMPLES: &str = "\
Examples:
  db-manage maintenance fold --dry-run   count what would change, and change nothing
  db-manage maintenance fold             fold anew what is not as this version folds it

Names are compared and searched by their folded form, which stands in a column of its own. It needs to be made anew after \
changes by hand, or when a new version of Strongroom says so. `kept` counts rows whose new form another row has: such a pair \
is one thing under two names, and stays until one of them is removed.";

#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// Say what would change, and change nothing
    #[arg(long)]
    dry_run: bool,
}

pub(crate) fn run(context: &Context, arguments: &Arguments) -> anyhow::Result<Exit> {
    let place = context.place()?;
    let database = context.database(&place)?;
    let folded = fold::run(&database, &actor::operator(), arguments.dry_run)?;
    context.answer(&Answer::list(&folded)?)?;
    if arguments.dry_run {
        context.note(format_args!("\nNothing was changed: this was a dry run."));
    }
    Ok(Exit::DONE)
}
