//! Every sealed value of the database, wherever it stands: in a column of its own, or in the elements of a JSON array.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Nullable, Text};
use uuid::Uuid;

use crate::{Result, SealedColumn, Table, system};

/// Rows that are read at a time.
const BATCH: i64 = 1_000;

/// The same of rows with arrays, which may be long.
const BATCH_OF_ARRAYS: i64 = 50;

/// The key register seals for the key ring itself: [`Database::connect`](crate::Database::connect) opens what it holds.
const REGISTER: &str = "encryption_keys";

/// One sealed value.
#[derive(QueryableByName)]
pub(crate) struct SealedValue {
    /// The primary key of its row.
    #[diesel(sql_type = Text)]
    pub(crate) key: String,
    /// The id to which it is bound.
    #[diesel(sql_type = diesel::sql_types::Uuid)]
    pub(crate) id: Uuid,
    /// The envelope; none for a row that holds no value.
    #[diesel(sql_type = Nullable<Binary>)]
    pub(crate) value: Option<Vec<u8>>,
    /// Its blind index, where the column has one.
    #[diesel(sql_type = Nullable<Binary>)]
    pub(crate) bidx: Option<Vec<u8>>,
}

/// The sealed columns of every table, but for those that seal for the key ring itself.
pub(crate) fn columns() -> impl Iterator<Item = (&'static Table, &'static SealedColumn)> {
    system::tables()
        .filter(|table| table.name != REGISTER)
        .flat_map(|table| table.sealed.iter().map(move |column| (table, column)))
}

/// SQL for the values of a column in `rows`, which are of its table, in the form of a [`SealedValue`].
pub(crate) fn of(table: &Table, column: &SealedColumn, rows: &str) -> String {
    // Names come from the list of tables.
    let (key, name) = (table.key, column.name);
    let Some(elements) = &column.elements else {
        let bidx = if column.is_indexed() { format!("t.{name}_bidx") } else { "NULL::bytea".to_owned() };
        return format!(
            "SELECT t.{key}::text AS key, t.{key} AS id, t.{name} AS value, {bidx} AS bidx FROM {rows} AS t"
        );
    };
    format!(
        "SELECT t.{key}::text AS key, t.{id} AS id, decode(e.field, 'base64') AS value, NULL::bytea AS bidx
           FROM {rows} AS t
           LEFT JOIN LATERAL (SELECT element ->> f AS field
                                FROM jsonb_array_elements(t.{name}) AS element, unnest('{{{fields}}}'::text[]) AS f
                               WHERE jsonb_exists(element, f)) AS e ON true",
        id = elements.bound_to,
        fields = elements.fields.join(",")
    )
}

/// The values of the rows that come after the one with this key, some rows at a time. Nothing when there is no such row.
pub(crate) fn load(
    conn: &mut PgConnection,
    table: &Table,
    column: &SealedColumn,
    after: Option<&str>,
) -> Result<Vec<SealedValue>> {
    let (name, key, table_name) = (column.name, table.key, table.qualified_name());
    // The row that is made of the key alone gives the key its type, whichever that is.
    let comes_after = format!(
        "$1 IS NULL OR {key} > (jsonb_populate_record(NULL::{table_name}, jsonb_build_object('{key}', $1))).{key}"
    );
    let rows = format!(
        "(SELECT * FROM {table_name} WHERE {name} IS NOT NULL AND ({comes_after}) ORDER BY {key} LIMIT $2)"
    );
    let values = diesel::sql_query(format!("{} ORDER BY t.{key}", of(table, column, &rows)))
        .bind::<Nullable<Text>, _>(after)
        .bind::<BigInt, _>(if column.elements.is_some() { BATCH_OF_ARRAYS } else { BATCH })
        .load(conn)?;
    Ok(values)
}
