//! `db-manage export`

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use clap::Args;
use clap::builder::PossibleValuesParser;
use repository::ops::{export, query};
use repository::{Tx, market, platform, system};
use serde_json::{Map, Value};
use service::market::export as excerpt;

use crate::context::{Context, say};
use crate::{Exit, actor};

pub(crate) const EXAMPLES: &str = "\
Examples:
  db-manage export --system market                     into market_export_YYYYMMDD_HHMMSS.json
  db-manage export --system market -o report.json
  db-manage export --system market -o /dev/stdout
  db-manage export --full                              say what it would write, and write nothing (exit code 2)
  db-manage export --full --confirm --system split -o everything.json

It writes JSON. Of `market` that is products, buyers, conversations, and the newest thousand messages without their texts: user \
names are masked, and no number or address is in it. Without --system it is every system that has such an excerpt, under its \
name. --full writes every row of every table with sealed values opened, which the audit log records. The file is readable by \
you alone.";

#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// The system to export; all of them, each under its name, where none is named
    #[arg(long, value_parser = PossibleValuesParser::new(systems()))]
    system: Option<String>,
    /// Everything, with sealed values opened
    #[arg(long)]
    full: bool,
    /// Really write names, numbers, addresses and messages in clear
    #[arg(long, requires = "full")]
    confirm: bool,
}

/// The systems of which an excerpt may leave the database without a question.
const WITH_EXCERPT: [&str; 1] = [market::SYSTEM.name];

/// Every system but `platform`, whose rows mean nothing elsewhere.
fn systems() -> Vec<&'static str> {
    query::systems().into_iter().filter(|system| *system != platform::SYSTEM.name).collect()
}

pub(crate) fn run(context: &Context, arguments: &Arguments) -> anyhow::Result<Exit> {
    let Arguments { system, full, confirm } = arguments;
    let named = |name: &str| system.as_deref().is_none_or(|system| system == name);
    if *full && !confirm {
        let all = systems().into_iter().filter(|name| named(name)).collect::<Vec<_>>().join(", ");
        say(format_args!(
            "This would write every row of {all}, with names, numbers, addresses and messages in clear. Nothing was written. \
             To do it, add --confirm"
        ));
        return Ok(Exit::USAGE);
    }
    let place = context.place()?;
    let operator = actor::operator();
    let all = if *full { systems() } else { WITH_EXCERPT.to_vec() };
    let exported: Vec<_> = all.into_iter().filter(|name| named(name)).collect();
    if exported.is_empty() {
        say(format_args!("db-manage: this system has no excerpt: --full --confirm exports everything"));
        return Ok(Exit::USAGE);
    }
    if *full {
        for name in &exported {
            let what = "db-manage export --full";
            query::record(place.url(), context.wait(), query::Purpose::Read, name, what, &operator)?;
        }
    }
    let database = context.database(&place)?;
    // One transaction, so that all of it is of one time, by the database's clock; it changes nothing.
    let (exported_at, mut parts) = database.dry_run("platform.export", &operator, |tx| {
        let part = |tx: &mut Tx<'_>, name: &&str| Ok(((*name).to_owned(), part(tx, name, *full)?));
        let parts = exported.iter().map(|name| part(tx, name)).collect::<service::Result<Map<_, _>>>()?;
        Ok::<_, service::Error>((tx.now, parts))
    })?;
    let exported = system.as_ref().and_then(|system| parts.remove(system)).unwrap_or(Value::Object(parts));
    let name = system.as_deref().unwrap_or("strongroom");
    let file = context.file().unwrap_or_else(|| file_name(name, exported_at));
    crate::output::write_text(&(serde_json::to_string_pretty(&exported)? + "\n"), Some(&file))?;
    say(format_args!("exported to {}", file.display()));
    Ok(Exit::DONE)
}

/// Everything of a system, or what of it may leave the database without a question.
fn part(tx: &mut Tx<'_>, name: &str, full: bool) -> service::Result<Value> {
    match system::find(name) {
        Some(system) if full => Ok(Value::Object(export::everything(tx, system)?)),
        _ => Ok(excerpt::all(tx)?.into_json()),
    }
}

fn file_name(system: &str, at: DateTime<Utc>) -> PathBuf {
    format!("{system}_export_{}.json", at.format("%Y%m%d_%H%M%S")).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_named_by_system_and_time() {
        let at = "2026-03-02T09:05:07.9Z".parse().unwrap();
        assert_eq!(file_name("market", at), PathBuf::from("market_export_20260302_090507.json"));
    }
}
