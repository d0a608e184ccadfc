//! The command line: its commands and what they have in common.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::context::Context;
use crate::output::Format;
use crate::{
    Exit, api_key, audit, cleanup, completions, config, create_tables, drop, erase_user, export, health,
    init, keys, maintenance, man, migrate,
};
use crate::{query, reset, serve_database, stats, tables, test, whatsapp, with_database};

/// Looks after a Strongroom database.
///
/// Without DATABASE_URL it is the embedded PostgreSQL in DATA_DIR, the one that `make run` uses. Settings come from
/// config/config.yaml, .env, the environment and the options here, later ones winning; `db-manage config show` lists them.
#[derive(Debug, Parser)]
#[command(name = "db-manage", version, propagate_version = true, max_term_width = 110, after_help = EXIT_CODES)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    common: Common,
}

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  failed
  2  wrong usage, or not confirmed
  3  not healthy, migrations pending, or the audit log tampered with";

/// Options of every command.
#[derive(Args, Debug)]
#[command(next_help_heading = "Options of every command")]
pub(crate) struct Common {
    /// How the answer is written
    #[arg(long, global = true, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
    /// Write the answer to this file, readable by you alone, in one step
    #[arg(short, long, global = true, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Wait so long for the database, and for others who migrate it [default: 30; `health` and `test` do not wait]
    #[arg(long, global = true, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..=3600))]
    pub(crate) wait: Option<u32>,
    /// The database, for every login: DATABASE_ADMIN_URL, DATABASE_READER_URL and DATABASE_WRITER_URL are left alone. Other
    /// users of this machine can see it, so keep passwords in the environment or in ~/.pgpass
    #[arg(long, global = true, value_name = "URL", hide_env_values = true)]
    pub(crate) database_url: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Say whether the database is healthy, and if not, why
    #[command(after_help = health::EXAMPLES)]
    Health,
    /// Make everything that is missing: database, roles, tables, the registration of the key
    #[command(visible_alias = "setup", after_help = init::EXAMPLES)]
    Init(init::Arguments),
    /// Run all migrations
    #[command(after_help = create_tables::EXAMPLES)]
    CreateTables,
    /// Look at migrations, run them and revert them
    #[command(after_help = migrate::EXAMPLES)]
    Migrate(migrate::Arguments),
    /// Drop everything and make it again, empty
    #[command(after_help = reset::EXAMPLES)]
    Reset(reset::Arguments),
    /// Drop everything, or one system
    #[command(after_help = drop::EXAMPLES)]
    Drop(drop::Arguments),
    /// Run one SQL statement, which can only read unless you say otherwise
    #[command(after_help = query::EXAMPLES)]
    Query(query::Arguments),
    /// Delete for good what has been kept long enough
    #[command(after_help = cleanup::after_help())]
    Cleanup(cleanup::Arguments),
    /// Do what a system needs once a day, or mend what is derived from other rows
    #[command(after_help = maintenance::EXAMPLES)]
    Maintenance(maintenance::Arguments),
    /// Erase a person for good
    #[command(after_help = erase_user::EXAMPLES)]
    EraseUser(erase_user::Arguments),
    /// Write a system's rows into a file, without what is personal
    #[command(after_help = export::EXAMPLES)]
    Export(export::Arguments),
    /// Count rows and measure tables
    #[command(after_help = stats::EXAMPLES)]
    Stats(stats::Arguments),
    /// List the tables, and what is sealed, restored and audited of each
    #[command(after_help = tables::EXAMPLES)]
    Tables(tables::Arguments),
    /// Say whether PostgreSQL answers
    #[command(after_help = test::EXAMPLES)]
    Test,
    /// Make encryption keys and look after them
    #[command(subcommand, after_help = keys::EXAMPLES)]
    Keys(keys::Command),
    /// Make, list and revoke the keys of programs that call the API
    #[command(subcommand, after_help = api_key::EXAMPLES)]
    ApiKey(api_key::Command),
    /// See who changed what, and whether anybody changed the log of it
    #[command(subcommand, after_help = audit::EXAMPLES)]
    Audit(audit::Command),
    /// Look at the settings, and check them
    #[command(subcommand, after_help = config::EXAMPLES)]
    Config(config::Command),
    /// Run the embedded PostgreSQL until Ctrl-C
    #[command(after_help = serve_database::EXAMPLES)]
    ServeDatabase,
    /// Run a command with a new, migrated database that is gone afterwards
    #[command(after_help = with_database::EXAMPLES)]
    WithDatabase(with_database::Arguments),
    /// Look at conversations of the WhatsApp bot, close old ones and import others
    #[command(subcommand, after_help = whatsapp::EXAMPLES)]
    Whatsapp(whatsapp::Command),
    /// Print completions for a shell
    #[command(after_help = completions::EXAMPLES)]
    Completions(completions::Arguments),
    /// Print the manual page of a command
    #[command(after_help = man::EXAMPLES)]
    Man(man::Arguments),
}

impl Cli {
    pub(crate) fn run(self) -> anyhow::Result<Exit> {
        let Self { command, common } = self;
        let context = Context::new(common);
        match command {
            Command::Health => health::run(&context),
            Command::Init(arguments) => init::run(&context, &arguments),
            Command::CreateTables => create_tables::run(&context),
            Command::Migrate(arguments) => migrate::run(&context, arguments),
            Command::Reset(arguments) => reset::run(&context, &arguments),
            Command::Drop(arguments) => drop::run(&context, &arguments),
            Command::Query(arguments) => query::run(&context, &arguments),
            Command::Cleanup(arguments) => cleanup::run(&context, &arguments),
            Command::Maintenance(arguments) => maintenance::run(&context, arguments),
            Command::EraseUser(arguments) => erase_user::run(&context, &arguments),
            Command::Export(arguments) => export::run(&context, &arguments),
            Command::Stats(arguments) => stats::run(&context, &arguments),
            Command::Tables(arguments) => tables::run(&context, &arguments),
            Command::Test => test::run(&context),
            Command::Keys(command) => keys::run(&context, command),
            Command::ApiKey(command) => api_key::run(&context, command),
            Command::Audit(command) => audit::run(&context, command),
            Command::Config(command) => config::run(&context, &command),
            Command::ServeDatabase => serve_database::run(&context),
            Command::WithDatabase(arguments) => with_database::run(&arguments),
            Command::Whatsapp(command) => whatsapp::run(&context, command),
            Command::Completions(arguments) => completions::run(&context, &arguments),
            Command::Man(arguments) => man::run(&context, &arguments),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        let mut command = Cli::command();
        command.build();
        command.debug_assert();
    }

    #[test]
    fn every_command_has_examples() {
        for command in Cli::command().get_subcommands() {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(help.contains("db-manage "), "{}", command.get_name());
        }
    }
}
