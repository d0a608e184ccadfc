//! `db-manage api-key`

use std::str::FromStr;

use anyhow::Context as _;
use clap::Subcommand;
use clap::builder::PossibleValuesParser;
use repository::domain::rate_limit::{Quota, QuotaError};
use repository::domain::{Id, Text, TextError};
use repository::platform::api_keys::{self, ApiKey};
use repository::{Database, Error, Failure, Tx, system};
use serde::Serialize;

use crate::context::Context;
use crate::output::Answer;
use crate::{Exit, actor};

pub(crate) const EXAMPLES: &str = "\
Examples:
  db-manage api-key create --name bill-agent --scope split:write
  db-manage api-key create --name agent --scope split:read --scope split:write --format json
  db-manage api-key create --name trial --scope split:read --rate-limit 100/60s
  db-manage api-key list
  db-manage api-key limit 01928c5e-7e3a-7c55-8d0e-6f1c2b3a4d5e 600/60s
  db-manage api-key limit 01928c5e-7e3a-7c55-8d0e-6f1c2b3a4d5e none
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
        #[arg(long = "scope", value_name = "SCOPE", required = true, value_parser = PossibleValuesParser::new(system::scopes()))]
        scopes: Vec<String>,
        /// How many requests it may make within how long, such as 100/60s; any number when absent
        #[arg(long, value_name = "RATE")]
        rate_limit: Option<Quota>,
    },
    /// Give a key another rate limit, or none
    Limit {
        /// The key's id, as `list` shows it
        id: Id<ApiKey>,
        /// Such as 100/60s, for 100 requests within any 60 seconds, or `none`
        #[arg(value_name = "RATE")]
        limit: Limit,
    },
    /// List the keys, newest first
    List,
    /// Refuse a key from now on
    Revoke {
        /// The key's id, as `list` shows it
        id: Id<ApiKey>,
    },
}

/// A rate limit, or that there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limit(Option<Quota>);

impl FromStr for Limit {
    type Err = QuotaError;

    fn from_str(text: &str) -> Result<Self, QuotaError> {
        if text == "none" { Ok(Self(None)) } else { text.parse().map(|quota| Self(Some(quota))) }
    }
}

fn name(given: &str) -> Result<String, TextError> {
    Text::<200>::parse(given).map(Text::into_string)
}

#[derive(Serialize)]
struct Created<'a> {
    id: Id<ApiKey>,
    name: &'a str,
    scopes: &'a [String],
    rate_limit: Option<Quota>,
    key: &'a str,
}

pub(crate) fn run(context: &Context, command: Command) -> anyhow::Result<Exit> {
    let place = context.place()?;
    let database = context.database(&place)?;
    let actor = actor::operator();
    match command {
        Command::Create { name, scopes, rate_limit } => {
            create(context, &database, &name, &scopes, rate_limit)?;
        }
        Command::List => {
            context.answer(&Answer::list(&database.read(
                "platform.list_api_keys",
                &actor,
                api_keys::list,
            )?)?)?;
        }
        Command::Limit { id, limit: Limit(limit) } => {
            let limited =
                database.write("platform.limit_api_key", &actor, |tx| api_keys::limit(tx, id, limit))?;
            context.answer(&Answer::object(&limited)?)?;
        }
        Command::Revoke { id } => {
            let revoked = database.write("platform.revoke_api_key", &actor, |tx| api_keys::revoke(tx, id))?;
            context.answer(&Answer::object(&revoked)?)?;
        }
    }
    Ok(Exit::DONE)
}

/// The key is handed over before it is stored for good: one that could not be is not made. One that was and is not
/// stored is of no use to anyone.
fn create(
    context: &Context,
    database: &Database,
    name: &str,
    scopes: &[String],
    rate_limit: Option<Quota>,
) -> anyhow::Result<()> {
    let make = |tx: &mut Tx<'_>| {
        let (key, token) = api_keys::insert(tx, name, scopes)?;
        if rate_limit.is_some() {
            api_keys::limit(tx, key.id, rate_limit)?;
        }
        let text = token.text();
        let created = Created { id: key.id, name: &key.name, scopes: &key.scopes, rate_limit, key: &text };
        Answer::object(&created).and_then(|answer| context.hand_over(&answer)).map_err(NotMade::HandOver)
    };
    database.write("platform.create_api_key", &actor::operator(), make).context("the key was not made")?;
    context.note(format_args!("\nKeep the key: it is not shown again."));
    Ok(())
}

/// Why there is no new key.
#[derive(Debug, thiserror::Error)]
enum NotMade {
    #[error(transparent)]
    Repository(#[from] Error),
    #[error("it could not be handed over")]
    HandOver(#[source] anyhow::Error),
}

impl Failure for NotMade {
    fn repository(&self) -> Option<&Error> {
        if let Self::Repository(error) = self { Some(error) } else { None }
    }
}
