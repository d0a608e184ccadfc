//! How many rows there are, of which kinds, and how much room they take.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Text};

use super::Session;
use crate::{Result, Table, system};

/// From so many rows on, PostgreSQL's own estimate is told instead of a count, which would read the whole table.
const COUNT_UP_TO: i64 = 1_000_000;

/// One table of the list of tables.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct TableStats {
    /// Schema and name.
    pub table: String,
    /// Rows, deleted ones that are not purged yet among them.
    pub rows: i64,
    /// Whether `rows` is an estimate, because there are more than a million.
    pub estimated: bool,
    /// Bytes of the rows, with what is stored out of line.
    pub table_bytes: i64,
    /// Bytes of the indexes.
    pub index_bytes: i64,
    /// Rows that are not deleted, by each [`Breakdown`](crate::Breakdown) of the table and each of its values. Empty where
    /// `rows` is an estimate, and in health checks.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub by: BTreeMap<&'static str, BTreeMap<String, i64>>,
}

/// Rows, breakdowns and sizes of every table that is there; partitions count for the table they belong to.
///
/// # Errors
/// What the database says, for instance that the login may not look.
pub fn tables(session: &mut Session) -> Result<Vec<TableStats>> {
    let mut stats = look(session.conn())?;
    for of_table in stats.iter_mut().filter(|of_table| !of_table.estimated) {
        let known = system::tables().find(|table| table.qualified_name() == of_table.table);
        of_table.by = known.map_or_else(|| Ok(BTreeMap::new()), |table| break_down(session.conn(), table))?;
    }
    Ok(stats)
}

fn break_down(
    conn: &mut PgConnection,
    table: &Table,
) -> Result<BTreeMap<&'static str, BTreeMap<String, i64>>> {
    let (name, living) =
        (table.qualified_name(), if table.soft_delete { "t.deleted_at IS NULL" } else { "true" });
    let mut by = BTreeMap::new();
    for breakdown in table.breakdowns {
        let counts = diesel::sql_query(format!(
            "SELECT {} AS value, count(*) AS number FROM {name} t WHERE {living} GROUP BY 1",
            breakdown.value
        ))
        .load::<Count>(conn)?;
        let counts: BTreeMap<_, _> = counts.into_iter().map(|count| (count.value, count.number)).collect();
        if !counts.is_empty() {
            by.insert(breakdown.name, counts);
        }
    }
    Ok(by)
}

/// Bytes of the whole database, with what is not ours.
///
/// # Errors
/// What the database says.
pub fn database_bytes(session: &mut Session) -> Result<i64> {
    let size = diesel::sql_query("SELECT pg_database_size(current_database()) AS number")
        .get_result::<Number>(session.conn())?;
    Ok(size.number)
}

pub(super) fn look(conn: &mut PgConnection) -> Result<Vec<TableStats>> {
    let names: Vec<String> = system::tables().map(|table| table.qualified_name()).collect();
    let sizes = diesel::sql_query(
        "SELECT t.name,
                sum(greatest(part.reltuples, 0))::bigint AS estimate,
                sum(pg_table_size(part.oid))::bigint AS table_bytes,
                sum(pg_indexes_size(part.oid))::bigint AS index_bytes
           FROM unnest($1) WITH ORDINALITY AS t (name, position)
           JOIN pg_namespace n ON n.nspname = split_part(t.name, '.', 1)
           JOIN pg_class root ON root.relnamespace = n.oid AND root.relname = split_part(t.name, '.', 2)
           JOIN pg_class part ON part.oid = root.oid OR part.oid IN (SELECT relid FROM pg_partition_tree(root.oid))
          GROUP BY t.name, t.position ORDER BY t.position",
    )
    .bind::<Array<Text>, _>(names)
    .load::<Size>(conn)?;
    sizes.into_iter().map(|size| count(conn, size)).collect()
}

fn count(conn: &mut PgConnection, size: Size) -> Result<TableStats> {
    let Size { name: table, estimate, table_bytes, index_bytes } = size;
    let estimated = estimate > COUNT_UP_TO;
    let rows = if estimated {
        estimate
    } else {
        // The name comes from the list of tables.
        diesel::sql_query(format!("SELECT count(*) AS number FROM {table}"))
            .get_result::<Number>(conn)?
            .number
    };
    Ok(TableStats { table, rows, estimated, table_bytes, index_bytes, by: BTreeMap::new() })
}

#[derive(QueryableByName)]
struct Size {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = BigInt)]
    estimate: i64,
    #[diesel(sql_type = BigInt)]
    table_bytes: i64,
    #[diesel(sql_type = BigInt)]
    index_bytes: i64,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = Text)]
    value: String,
    #[diesel(sql_type = BigInt)]
    number: i64,
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}
