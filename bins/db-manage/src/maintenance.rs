//! `db-manage maintenance`

mod fold;
mod recompute_metrics;

use clap::Subcommand;

use crate::Exit;
use crate::context::Context;

pub(crate) const EXAMPLES: &str = "\
Examples:
  db-manage maintenance fold                          fold names anew, after changes by hand
  db-manage maintenance recompute-metrics --dry-run   say which counts of exporters are not what is stored
  db-manage maintenance recompute-metrics             raise those that are too low";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Fold anew what is compared regardless of case
    #[command(after_help = fold::EXAMPLES)]
    Fold(fold::Arguments),
    /// Bring the counts of exporters in line with what is stored
    #[command(after_help = recompute_metrics::EXAMPLES)]
    RecomputeMetrics(recompute_metrics::Arguments),
}

pub(crate) fn run(context: &Context, command: Command) -> anyhow::Result<Exit> {
    match command {
        Command::Fold(arguments) => fold::run(context, &arguments),
        Command::RecomputeMetrics(arguments) => recompute_metrics::run(context, &arguments),
    }
}
