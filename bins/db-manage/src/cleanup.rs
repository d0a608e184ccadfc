//! `db-manage cleanup`

use clap::Args;
use clap::builder::PossibleValuesParser;
use repository::ops::cleanup::{self, Plan};
use repository::ops::query;
use repository::{market, system};

use crate::context::{Context, say};
use crate::output::Answer;
use crate::{Exit, actor, audit};

const EXAMPLES: &str = "\
Examples:
  db-manage cleanup --dry-run          say what would go, and keep it
  db-manage cleanup
  db-manage cleanup --system split
  db-manage cleanup --rule payment-requests --days 90
  db-manage cleanup --days 7           sessions of the selling bot: rule market-bot-sessions";

/// The rule that `--days` changes where none is named.
const BOT_SESSIONS: &str = "market-bot-sessions";

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
    /// Keep so many days, in place of the rule's own. Without a rule or a system, sessions of the selling bot
    #[arg(long, value_parser = clap::value_parser!(u32).range(0..=36_500))]
    days: Option<u32>,
    /// Say what would go, and keep it
    #[arg(long)]
    dry_run: bool,
}

pub(crate) fn run(context: &Context, arguments: &Arguments) -> anyhow::Result<Exit> {
    let Arguments { system, rule, days, dry_run } = arguments;
    if days.is_some()
        && rule.is_none()
        && system.as_deref().is_some_and(|system| system != market::SYSTEM.name)
    {
        say(format_args!(
            "db-manage: --days needs --rule: the rules of a system keep their rows for different times"
        ));
        return Ok(Exit::USAGE);
    }
    let rule = rule.as_deref().or_else(|| days.and(Some(BOT_SESSIONS)));
    let place = context.place()?;
    let database = context.database(&place)?;
    let plan = Plan {
        system: system.as_deref(),
        rule,
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
