//! `db-manage maintenance`

mod recompute_metrics;

use clap::Subcommand;

use crate::Exit;
use crate::context::Context;

pub(crate) const EXAMPLES: &str = "\
Examples:
  db-manage maintenance recompute-metrics --dry-run   say which counts of exporters are not what is stored
  db-manage maintenance recompute-metrics             raise those that are too low";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Bring the counts of exporters in line with what is stored
    #[command(after_help = recompute_metrics::EXAMPLES)]
    RecomputeMetrics(recompute_metrics::Arguments),
}

pub(crate) fn run(context: &Context, command: Command) -> anyhow::Result<Exit> {
    match command {
        Command::RecomputeMetrics(arguments) => recompute_metrics::run(context, &arguments),
    }
}
