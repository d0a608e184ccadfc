//! `db-manage api-key`

use anyhow::Context as _;
use clap::Subcommand;
use clap::builder::PossibleValuesParser;
use repository::domain::Id;
use repository::platform::api_keys::{self, ApiKey};
use serde::Serialize;

use crate::context::Context;
use crate::output::Answer;
use crate::{Exit, actor};

pub(crate) const EXAMPLES: &str = "\
Examples:
  db-manage api-key create --name bill-agent --scope split:write
  db-manage api-key create --name agent --scope split:read --scope split:write --format json
  db-manage api-key list
  db-manage api-key revoke 01928c5e-7e3a-7c55-8d0e-6f1c2b3a4d5e

A key is shown once, when it is made. The database keeps only its hash.";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a key and print it
    Create {
        /// What you call the program that gets the key
        #[arg(long, value_parser = name)]
        name: String,
        /// What it may do; give it more than once for more
        #[arg(long = "scope", value_name = "SCOPE", required = true, value_parser = PossibleValuesParser::new(SCOPES))]
        scopes: Vec<String>,
    },
    /// List the keys, newest first
    List,
    /// Refuse a key from now on
    Revoke {
        /// The key's id, as `list` shows it
        id: Id<ApiKey>,
    },
}

/// What a key may be allowed to do: three for each system, and one for what they share.
const SCOPES: [&str; 4] = ["split:read", "split:write", "split:admin", "platform:admin"];

fn name(given: &str) -> Result<String, &'static str> {
    match given.trim() {
        "" => Err("it must not be blank"),
        name if name.chars().count() > 200 => Err("it must not be longer than 200 characters"),
        name => Ok(name.to_owned()),
    }
}

#[derive(Serialize)]
struct Created<'a> {
    id: Id<ApiKey>,
    name: &'a str,
    scopes: &'a [String],
    key: &'a str,
}

pub(crate) fn run(context: &Context, command: Command) -> anyhow::Result<Exit> {
    let place = context.place()?;
    let database = context.database(&place)?;
    let actor = actor::operator();
    match command {
        Command::Create { name, scopes } => {
            let insert = |tx: &mut repository::Tx<'_>| api_keys::insert(tx, &name, &scopes);
            let (ApiKey { id, name, scopes, .. }, token) =
                database.write("platform.create_api_key", &actor, insert).context("the key was not made")?;
            let key = token.text();
            context.answer(&Answer::object(&Created { id, name: &name, scopes: &scopes, key: &key })?)?;
            context.note(format_args!("\nKeep the key: it is not shown again."));
        }
        Command::List => {
            context.answer(&Answer::list(&database.read(
                "platform.list_api_keys",
                &actor,
                api_keys::list,
            )?)?)?;
        }
        Command::Revoke { id } => {
            let revoked = database.write("platform.revoke_api_key", &actor, |tx| api_keys::revoke(tx, id))?;
            context.answer(&Answer::object(&revoked)?)?;
        }
    }
    Ok(Exit::DONE)
}

#[cfg(test)]
mod tests {
    use repository::ops::query;

    use super::SCOPES;

    #[test]
    fn every_system_has_its_scopes() {
        let systems = query::systems().into_iter().filter(|system| *system != "platform");
        let of_systems =
            systems.flat_map(|system| ["read", "write", "admin"].map(|verb| format!("{system}:{verb}")));
        assert!(of_systems.chain(["platform:admin".to_owned()]).eq(SCOPES));
    }
}
