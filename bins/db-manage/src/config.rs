//! `db-manage config`

use clap::Subcommand;
use serde::Serialize;

use crate::Exit;
use crate::context::Context;
use crate::output::Answer;

pub(crate) const EXAMPLES: &str = "\
Examples:
  db-manage config show                every setting, its value, and where it was set; secrets are not shown";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List every setting as it holds now
    Show,
}

#[derive(Serialize)]
struct Setting<'a> {
    name: &'a str,
    value: Option<&'a str>,
    set_in: String,
}

pub(crate) fn show(context: &Context) -> anyhow::Result<Exit> {
    let settings = context.settings()?;
    let shown = settings.entries().iter().map(|entry| Setting {
        name: entry.name,
        value: entry.value.as_deref(),
        set_in: entry.origin.to_string(),
    });
    context.answer(&Answer::list(&shown.collect::<Vec<_>>())?)?;
    Ok(Exit::DONE)
}
