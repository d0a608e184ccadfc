//! The operator's command of Strongroom.
//!
//! It looks after a database: makes it, migrates it, cleans it, and tells how it is. Every command is a file of its own
//! that calls `repository`, as the API does. It must never print a sealed value or a key, but for one that it has just
//! made, and never destroy anything without being told twice.

mod actor;
mod api_key;
mod audit;
mod cleanup;
mod cli;
mod completions;
mod config;
mod confirm;
mod context;
mod create_tables;
mod drop;
mod erase_user;
mod export;
mod given;
mod health;
mod init;
mod keys;
mod maintenance;
mod man;
mod migrate;
mod output;
mod progress;
mod query;
mod reset;
mod serve_database;
mod stats;
mod tables;
mod target;
mod test;
mod whatsapp;
mod with_database;

use std::process::ExitCode;

use clap::Parser as _;

use crate::context::say;

/// How a command ended. The numbers are a promise to scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Exit(u8);

impl Exit {
    /// It is done.
    const DONE: Self = Self(0);
    /// It failed.
    const FAILED: Self = Self(1);
    /// It was called in a wrong way, or not confirmed, and nothing was done. clap uses the same number.
    const USAGE: Self = Self(2);
    /// The database is not healthy, migrations are pending, or the audit log was tampered with.
    const PENDING: Self = Self(3);
}

fn main() -> ExitCode {
    runtime::protect_memory();
    runtime::supervise_if_asked();
    let exit = cli::Cli::parse().run().unwrap_or_else(|error| {
        say(format_args!("db-manage: {error:#}"));
        Exit::FAILED
    });
    ExitCode::from(exit.0)
}
