//! `db-manage maintenance`

mod fold;
mod market;
mod recompute_metrics;

use clap::{Args, Subcommand};

use crate::Exit;
use crate::context::Context;

pub(crate) const EXAMPLES: &str = "\
Examples:
  db-manage maintenance fold                          fold names anew, after changes by hand
  db-manage maintenance --system market --dry-run     say what the selling bot needs today
  db-manage maintenance --system market
  db-manage maintenance recompute-metrics --dry-run   say which counts of exporters are not what is stored
  db-manage maintenance recompute-metrics             raise those that are too low

Of `market` it deletes old sessions of the bot, archives what was completed ARCHIVE_AFTER_DAYS ago, computes the trust scores \
that differ, and stores the daily reports that are missing of the last 30 days. Run it once a day; running it again changes \
nothing.";

#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// Do what this system needs once a day
    #[arg(long, required = true, value_parser = [repository::market::SYSTEM.name])]
    system: Option<String>,
    /// Say what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Fold anew what is compared regardless of case
    #[command(after_help = fold::EXAMPLES)]
    Fold(fold::Arguments),
    /// Bring the counts of exporters in line with what is stored
    #[command(after_help = recompute_metrics::EXAMPLES)]
    RecomputeMetrics(recompute_metrics::Arguments),
}

pub(crate) fn run(context: &Context, arguments: Arguments) -> anyhow::Result<Exit> {
    match arguments.command {
        Some(Command::Fold(of_command)) => fold::run(context, &of_command),
        Some(Command::RecomputeMetrics(of_command)) => recompute_metrics::run(context, &of_command),
        // `market` is the only system that the option takes.
        None => market::run(context, arguments.dry_run),
    }
}
