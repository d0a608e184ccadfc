//! What `make demo` plays: a story of each system, over HTTP.
//!
//! A story is a client like any other: it knows an address and an API key.

#![allow(clippy::print_stdout, reason = "a program that tells a story")]

mod export;
mod market;
mod pantry;
mod split;
mod toolkit;
mod whatsapp;

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use clap::builder::PossibleValuesParser;

use toolkit::{Database, Server};

/// Plays the story of a system over HTTP, and says what happens.
#[derive(Debug, Parser)]
#[command(args_override_self = true)]
struct Arguments {
    /// The system, or all of them
    #[arg(long, default_value = "split", value_parser = PossibleValuesParser::new(names()))]
    system: String,
    /// Where the server is
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    url: String,
    /// The file that holds the API key
    #[arg(long, default_value = ".strongroom/api-key", value_name = "FILE")]
    key_file: PathBuf,
    /// The file that holds the token by which Twilio signs
    #[arg(long, default_value = ".strongroom/twilio-token", value_name = "FILE")]
    twilio_token_file: PathBuf,
    /// `db-manage`, with the settings of the server's database: to let a day pass, and to show what the database holds
    #[arg(long, value_name = "PROGRAM")]
    db_manage: Option<PathBuf>,
}

/// The story of a system.
struct Story {
    system: &'static str,
    play: fn(&Server, Option<&Database>) -> anyhow::Result<()>,
}

const STORIES: &[Story] = &[
    Story { system: "split", play: split::play },
    Story { system: "export", play: export::play },
    Story { system: "pantry", play: pantry::play },
    Story { system: "whatsapp", play: whatsapp::play },
    Story { system: "market", play: market::play },
];

/// Plays all stories.
const ALL: &str = "all";

fn names() -> impl Iterator<Item = &'static str> {
    STORIES.iter().map(|story| story.system).chain([ALL])
}

fn main() -> ExitCode {
    match play(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

fn play(arguments: Arguments) -> anyhow::Result<()> {
    let server = Server::find(&arguments.url, &arguments.key_file, arguments.twilio_token_file)?;
    let database = arguments.db_manage.map(Database::new);
    let is_wanted = |story: &&Story| [story.system, ALL].contains(&arguments.system.as_str());
    for story in STORIES.iter().filter(is_wanted) {
        (story.play)(&server, database.as_ref())?;
    }
    Ok(())
}
