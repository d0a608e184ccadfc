//! `db-manage cleanup`

use clap::Args;
use clap::builder::PossibleValuesParser;
use repository::ops::cleanup::{self, Plan};
use repository::ops::query;
use repository::system;

use crate::context::{Context, say};
use crate::output::Answer;
use crate::{Exit, actor, audit};

const EXAMPLES: &str = "\
Examples:
  db-manage cleanup --dry-run          say what would go, and keep it
  db-manage cleanup
  db-manage cleanup --system split
  db-manage cleanup --rule payment-requests --days 90";

const ALSO: &str = "\
It also makes the audit log's partitions for the months ahead, and adds the audit log's checkpoints. Run it once a day.";

/// The examples, and every rule.
pub(crate) fn after_help() -> String {
    let rules: String = system::rules()
        .map(|(_, rule)| format!("\n  {:<20} {}: {}", rule.name, rule.about, rule.keep))
        .collect();
    format!("{EXAMPLES}\n\nRules:{rules}\n\n{ALSO}")
}

#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// Only the rules of this system
    #[arg(long, value_parser = PossibleValuesParser::new(query::systems()))]
    system: Option<String>,
    /// Only this rule
    #[arg(long, value_parser = PossibleValuesParser::new(system::rules().map(|(_, rule)| rule.name)))]
    rule: Option<String>,
    /// Keep so many days, in place of the rule's own
    #[arg(long, requires = "rule", value_parser = clap::value_parser!(u32).range(0..=36_500))]
    days: Option<u32>,
    /// Say what would go, and keep it
    #[arg(long)]
    dry_run: bool,
}

pub(crate) fn run(context: &Context, arguments: &Arguments) -> anyhow::Result<Exit> {
    let Arguments { system, rule, days, dry_run } = arguments;
    let place = context.place()?;
    let database = context.database(&place)?;
    let plan = Plan {
        system: system.as_deref(),
        rule: rule.as_deref(),
        days: *days,
        retention: place.settings.retention.clone(),
        dry_run: *dry_run,
    };
    let mut told = 0;
    let report = cleanup::run(&database, &actor::operator(), &plan, |cleaned| {
        // A line for each batch, but none for the many rules that find nothing.
        if cleaned.rows > told {
            say(format_args!("{}: {} rows", cleaned.rule, cleaned.rows));
        }
        told = cleaned.rows;
    })?;
    if !dry_run && system.is_none() && rule.is_none() {
        audit::seal(&database)?;
    }
    context.answer(&Answer::list(&report)?)?;
    if *dry_run {
        context.note(format_args!("\nNothing was deleted: this was a dry run."));
    }
    Ok(Exit::DONE)
}
