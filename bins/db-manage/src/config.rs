//! `db-manage config`

use std::time::Duration;

use clap::Subcommand;
use repository::ops::health::{self, Status};
use runtime::Settings;
use serde::Serialize;

use crate::Exit;
use crate::context::Context;
use crate::output::Answer;
use crate::target::Place;

pub(crate) const EXAMPLES: &str = "\
Examples:
  db-manage config show                every setting, its value, and where it was set; secrets are not shown
  db-manage config check               everything that is wrong with them, without going to the database
  db-manage config check --connect     and whether the database is there, and healthy

`check` ends with 0 when all is well, with 2 when a setting is wrong, and with 3 when only the database is not healthy.";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List every setting as it holds now
    Show,
    /// Report every problem of the settings at once
    Check {
        /// Go to the database as well
        #[arg(long)]
        connect: bool,
    },
}

#[derive(Serialize)]
struct Setting<'a> {
    name: &'a str,
    value: Option<&'a str>,
    set_in: String,
}

/// Something to know of the settings: a `problem`, which stops the service, or a `warning`, which does not.
#[derive(Serialize)]
struct Finding {
    kind: &'static str,
    text: String,
}

impl Finding {
    fn problem(text: impl ToString) -> Self {
        Self { kind: "problem", text: text.to_string() }
    }
}

pub(crate) fn run(context: &Context, command: &Command) -> anyhow::Result<Exit> {
    match command {
        Command::Show => show(context),
        Command::Check { connect } => check(context, *connect),
    }
}

fn show(context: &Context) -> anyhow::Result<Exit> {
    let settings = context.settings()?;
    let shown = settings.entries().iter().map(|entry| Setting {
        name: entry.name,
        value: entry.value.as_deref(),
        set_in: entry.origin.to_string(),
    });
    context.answer(&Answer::list(&shown.collect::<Vec<_>>())?)?;
    Ok(Exit::DONE)
}

fn check(context: &Context, connect: bool) -> anyhow::Result<Exit> {
    let mut findings = Vec::new();
    let mut exit = Exit::DONE;
    match context.load() {
        Err(error) => findings.extend(error.each().iter().map(Finding::problem)),
        Ok(settings) => {
            findings.extend(runtime::check_keys(&settings).err().map(Finding::problem));
            let warnings = settings.notices.iter().cloned();
            findings.extend(warnings.map(|text| Finding { kind: "warning", text }));
            if connect && findings.iter().all(|finding| finding.kind != "problem") {
                let unhealthy = look_at_database(context, settings);
                exit = if unhealthy.is_some() { Exit::PENDING } else { exit };
                findings.extend(unhealthy);
            }
        }
    }
    if exit == Exit::DONE && findings.iter().any(|finding| finding.kind == "problem") {
        exit = Exit::USAGE;
    }
    if findings.is_empty() && context.is_for_people() {
        context.answer_text("The settings are in order.\n")?;
    } else {
        context.answer(&Answer::list(&findings)?)?;
    }
    Ok(exit)
}

/// What is wrong with the database, if anything is.
fn look_at_database(context: &Context, settings: Settings) -> Option<Finding> {
    let place = match Place::find(settings) {
        Ok(place) => place,
        Err(error) => return Some(Finding::problem(format!("{error:#}"))),
    };
    let mut options = place.pool_options();
    options.timeout = context.wait_if_asked_to().unwrap_or(Duration::from_secs(5));
    let wait = context.wait_if_asked_to().unwrap_or(Duration::ZERO);
    match place.keys_if_given() {
        Err(error) => Some(Finding::problem(format!("{error:#}"))),
        Ok(keys) => {
            let health = health::check(options, keys, wait);
            (health.status != Status::Healthy).then(|| Finding::problem(health.reason.unwrap_or_default()))
        }
    }
}
