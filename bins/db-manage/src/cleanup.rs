//! `db-manage cleanup`

use clap::Args;
use clap::builder::PossibleValuesParser;
use repository::ops::cleanup::{self, Plan, RULES, Retention};
use repository::ops::query;

use crate::context::{Context, say};
use crate::output::Answer;
use crate::{Exit, actor, audit};

pub(crate) const EXAMPLES: &str = "\
Examples:
  db-manage cleanup --dry-run          say what would go, and keep it
  db-manage cleanup
  db-manage cleanup --system split
  db-manage cleanup --rule payment-requests --days 90

Rules:
  conversation-states  expired conversation states
  payment-requests     payment requests failed or confirmed longer ago than PAYMENT_REQUEST_RETENTION_DAYS (30)
  deleted-bills        bills deleted longer ago than SOFT_DELETE_RETENTION_DAYS (30), with their shares
  deleted-contacts     the same for contacts; one that still stands in a bill is kept
  deleted-users        the same for users; one who still has a bill or a contact is kept
  sessions             sessions of end users that have expired or were revoked
  login-failures       attempts to log in that failed more than a day ago
  idempotency-keys     answers to idempotency keys, a day old

It also makes the audit log's partitions for the months ahead, and seals its rows. Run it once a day.";

#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// Only the rules of this system
    #[arg(long, value_parser = PossibleValuesParser::new(query::systems()))]
    system: Option<String>,
    /// Only this rule
    #[arg(long, value_parser = PossibleValuesParser::new(RULES.iter().map(|rule| rule.name)))]
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
        retention: Retention {
            soft_delete_days: place.settings.soft_delete_retention_days,
            payment_request_days: place.settings.split.payment_request_retention_days,
        },
        dry_run: *dry_run,
    };
    let mut told = 0;
    let report = cleanup::run(&database, &actor::operator(), plan, |cleaned| {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_help_names_every_rule() {
        assert!(RULES.iter().all(|rule| EXAMPLES.contains(&format!("\n  {} ", rule.name))));
    }
}
