//! `db-manage man`

use anyhow::Context as _;
use clap::{Args, CommandFactory as _};
use clap_mangen::Man;

use crate::Exit;
use crate::cli::Cli;
use crate::context::Context;

pub(crate) const EXAMPLES: &str = "\
Examples:
  db-manage man > db-manage.1
  db-manage man migrate | man -l -";

#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// Which command; without one, the page of db-manage itself
    command: Option<String>,
}

pub(crate) fn run(context: &Context, arguments: &Arguments) -> anyhow::Result<Exit> {
    let mut command = Cli::command();
    command.build();
    if let Some(name) = &arguments.command {
        let found = command.find_subcommand(name).cloned();
        command = found.with_context(|| format!("there is no command {name}"))?;
    }
    let mut page = Vec::new();
    Man::new(command).render(&mut page)?;
    context.answer_text(&String::from_utf8(page)?)?;
    Ok(Exit::DONE)
}
