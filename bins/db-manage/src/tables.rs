//! `db-manage tables`

use clap::Args;
use clap::builder::PossibleValuesParser;
use repository::ops::query;
use repository::{Audit, Table, system};
use serde::Serialize;

use crate::Exit;
use crate::context::Context;
use crate::output::Answer;

pub(crate) const EXAMPLES: &str = "\
Examples:
  db-manage tables
  db-manage tables --system split --format json

This is what the program knows of its tables; it asks no database. `owner` is SQL for the user to whom row `t` belongs, \
`clear` lists the texts that stand in the database unsealed.";

#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// Only the tables of this system
    #[arg(long, value_parser = PossibleValuesParser::new(query::systems()))]
    system: Option<String>,
}

#[derive(Serialize)]
struct Row {
    table: String,
    key: &'static str,
    owner: Option<String>,
    end_users_may: String,
    sealed: String,
    clear: String,
    audited: bool,
    deleted_rows: &'static str,
}

pub(crate) fn run(context: &Context, arguments: &Arguments) -> anyhow::Result<Exit> {
    let wanted = |table: &&Table| arguments.system.as_deref().is_none_or(|system| system == table.schema);
    let rows: Vec<Row> = system::tables().filter(wanted).map(row).collect();
    context.answer(&Answer::list(&rows)?)?;
    Ok(Exit::DONE)
}

fn row(table: &Table) -> Row {
    let verbs: Vec<&str> = table.end_users_may.iter().map(|verb| verb.sql()).collect();
    let sealed: Vec<&str> = table.sealed.iter().map(|column| column.name).collect();
    let clear: Vec<&str> = table.clear.iter().map(|(column, _)| *column).collect();
    Row {
        table: table.qualified_name(),
        key: table.key,
        owner: table.owner_of("t"),
        end_users_may: verbs.join(", "),
        sealed: sealed.join(", "),
        clear: clear.join(", "),
        audited: matches!(table.audit, Audit::Changes { .. }),
        deleted_rows: if table.soft_delete { "can be restored" } else { "are gone" },
    }
}
