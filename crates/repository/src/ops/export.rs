//! Everything that a system keeps, opened: for whoever takes the data elsewhere.

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use diesel::sql_types;
use domain::JsonObject;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::database::column_types::StoredJson;
use crate::own_data::open_row;
use crate::{Result, System, Table, Tx};

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = sql_types::Text)]
    key: String,
    #[diesel(sql_type = sql_types::Json)]
    content: StoredJson<JsonObject>,
}

/// Every row of every table of a system, by the tables' names, deleted ones included. Sealed values are opened; blind indexes are
/// left out.
///
/// # Errors
/// [`Error::Corrupt`](crate::Error::Corrupt) when a value does not open.
pub fn everything(tx: &mut Tx<'_>, system: &System) -> Result<Map<String, Value>> {
    let mut tables = Map::new();
    for table in system.tables {
        tables.insert(table.name.to_owned(), Value::Array(rows(tx, table)?));
    }
    Ok(tables)
}

/// The rows of a table by their keys, read by a cursor: of one moment, and not all at once.
fn rows(tx: &mut Tx<'_>, table: &Table) -> Result<Vec<Value>> {
    tx.pg.batch_execute(&format!(
        "SET LOCAL TimeZone = 'UTC';
         DECLARE exported NO SCROLL CURSOR FOR
            SELECT t.{key}::text AS key, row_to_json(t) AS content FROM {name} t ORDER BY t.{key}",
        key = table.key,
        name = table.qualified_name()
    ))?;
    let mut opened = Vec::new();
    loop {
        let batch: Vec<Row> = diesel::sql_query("FETCH 1000 FROM exported").load(tx.pg)?;
        if batch.is_empty() {
            break;
        }
        for Row { key, content } in batch {
            // A key that is no UUID binds no sealed value.
            let id = key.parse::<Uuid>().unwrap_or_default();
            opened.push(Value::Object(open_row(tx, table, id, content.0)?.into_fields()));
        }
    }
    tx.pg.batch_execute("CLOSE exported")?;
    Ok(opened)
}
