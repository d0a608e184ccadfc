//! `db-manage completions`

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use crate::Exit;
use crate::cli::Cli;
use crate::context::Context;

pub(crate) const EXAMPLES: &str = "\
Examples:
  source <(db-manage completions bash)
  db-manage completions zsh > ~/.zfunc/_db-manage
  db-manage completions fish > ~/.config/fish/completions/db-manage.fish";

#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// Which shell
    shell: Shell,
}

pub(crate) fn run(context: &Context, arguments: &Arguments) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), "db-manage", &mut script);
    context.answer_text(&String::from_utf8(script)?)?;
    Ok(Exit::DONE)
}
