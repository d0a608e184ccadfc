//! Everything that is kept of one user: the rows of all tables of a system, page by page, with sealed values opened. The
//! statement is made from the table list, so that no table is left out.

use diesel::prelude::*;
use diesel::sql_types::{self, BigInt, Bool, Integer, Json as SqlJson};
use domain::{Json, JsonObject, Page, PageRequest, json};
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::database::column_types::StoredJson;
use crate::database::sealed::open_text;
use crate::database::statement::{BindNext, statement};
use crate::{Conn, Error, Result, System, Table};

/// Bytes of a page, unless its only row has more.
const MOST_BYTES: i64 = 8 << 20;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct OwnRow {
    /// Its table, without the schema.
    pub table: &'static str,
    /// Its columns, but for indexes of sealed values and the names of deletions. Decimals are strings, times are in UTC.
    pub row: JsonObject,
}

/// Where a page ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnPosition {
    /// The number of the table among those of the user, counted from 0.
    pub table: i32,
    /// The last row.
    pub id: Uuid,
}

/// The statement of one system, made once per process.
pub(crate) struct OwnTables {
    tables: Vec<&'static Table>,
    text: String,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Integer)]
    position: i32,
    #[diesel(sql_type = sql_types::Uuid)]
    id: Uuid,
    #[diesel(sql_type = SqlJson)]
    content: StoredJson<JsonObject>,
    #[diesel(sql_type = Bool)]
    more: bool,
}

impl OwnTables {
    pub(crate) fn of(system: &'static System) -> Self {
        let owned = |table: &&'static Table| Some((*table, table.owner_is("t")?));
        let owned: Vec<_> = system.tables.iter().filter_map(owned).collect();
        let (mut keys, mut rows) = (Vec::new(), String::new());
        for (n, (table, is_owned)) in owned.iter().enumerate() {
            let (name, key) = (table.qualified_name(), table.key);
            let is_owned = is_owned.replace("$1", "(SELECT user_id FROM me)");
            // With a limit of its own, this would be read in the order of all users' keys.
            keys.push(format!(
                "SELECT {n} AS position, t.{key} AS id FROM {name} t
                  WHERE {n} >= (SELECT position FROM me) AND {is_owned} AND ({n}, t.{key}) > (SELECT position, id FROM me)"
            ));
            rows += &format!(" WHEN {n} THEN (SELECT row_to_json(t) FROM {name} t WHERE t.{key} = keys.id)");
        }
        let users = system.end_users.map_or_else(
            || "true".to_owned(),
            |users| {
                let (name, key) = (users.qualified_name(), users.key);
                let living = if users.soft_delete { "u.deleted_at IS NULL" } else { "true" };
                format!("EXISTS (SELECT FROM {name} u WHERE u.{key} = (SELECT user_id FROM me) AND {living})")
            },
        );
        // Keys come first, so that of a row that is not on the page nothing but the key is read. The time zone is set
        // before a time is written, and for this statement or its transaction.
        let text = format!(
            "WITH me AS MATERIALIZED (
                 SELECT ?::uuid AS user_id, ?::integer AS position, ?::uuid AS id, ?::bigint AS most, set_config('TimeZone', 'UTC', true)),
             keys AS MATERIALIZED (
                 SELECT position, id FROM ({keys}) key WHERE {users} ORDER BY position, id
                  LIMIT (SELECT most + 1 FROM me)),
             rows AS MATERIALIZED (SELECT position, id, CASE position{rows} END AS content FROM keys),
             sized AS (
                 SELECT position, id, content, row_number() OVER page AS n, sum(octet_length(content::text)) OVER page AS bytes
                   FROM rows WINDOW page AS (ORDER BY position, id))
             SELECT position, id, content, n < (SELECT count(*) FROM keys) AS more
               FROM sized WHERE n = 1 OR n <= (SELECT most FROM me) AND bytes <= ? ORDER BY position, id",
            keys = keys.join(" UNION ALL "),
        );
        Self { tables: owned.into_iter().map(|(table, _)| table).collect(), text }
    }

    /// One page of a living user's rows, in one statement. Deleted rows are among them.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such user.
    pub(crate) fn page(
        &'static self,
        conn: &mut Conn<'_>,
        user: Uuid,
        page: PageRequest<OwnPosition>,
    ) -> Result<Page<OwnRow, OwnPosition>> {
        let start = page.after.unwrap_or(OwnPosition { table: -1, id: Uuid::nil() });
        let rows = statement(&self.text)
            .bind::<sql_types::Uuid, _>(user)
            .bind::<Integer, _>(start.table)
            .bind::<sql_types::Uuid, _>(start.id)
            .bind::<BigInt, _>(page.limit.rows())
            .bind::<BigInt, _>(MOST_BYTES)
            .load::<Row>(conn.pg)?;
        if rows.is_empty() && page.after.is_none() {
            return Err(Error::NotFound("user"));
        }
        let position = |row: &Row| OwnPosition { table: row.position, id: row.id };
        let next = rows.last().filter(|row| row.more).map(position);
        let items = rows.into_iter().map(|row| self.open(conn, row)).collect::<Result<_>>()?;
        Ok(Page { items, next })
    }

    fn open(&self, conn: &Conn<'_>, row: Row) -> Result<OwnRow> {
        let Row { position, id, content, more: _ } = row;
        let table = usize::try_from(position).ok().and_then(|n| self.tables.get(n).copied());
        let table = table.ok_or_else(|| Error::Invalid("a row of no table".to_owned()))?;
        Ok(OwnRow { table: table.name, row: open_row(conn, table, id, content.0)? })
    }
}

/// A row as `row_to_json` writes it, with sealed values opened: without blind indexes and names of deletions, and with decimals as
/// strings.
pub(crate) fn open_row(conn: &Conn<'_>, table: &Table, id: Uuid, content: JsonObject) -> Result<JsonObject> {
    let mut fields = content.into_fields();
    let is_index = |name: &str| table.sealed.iter().any(|column| column.words == Some(name));
    fields.retain(|name, _| name != "deletion_id" && !name.ends_with("_bidx") && !is_index(name));
    open_sealed(conn, table, id, &mut fields)?;
    for (_, value) in fields.iter_mut().filter(|(name, _)| !table.floats.contains(&name.as_str())) {
        // PostgreSQL writes a NUMERIC with all its decimals, and decimals travel as strings.
        let decimal = value.as_number().map(ToString::to_string).filter(|number| number.contains('.'));
        if let Some(decimal) = decimal {
            *value = decimal.into();
        }
    }
    Ok(fields.into())
}

fn open_sealed(conn: &Conn<'_>, table: &Table, id: Uuid, fields: &mut Map<String, Value>) -> Result<()> {
    for sealed in table.sealed {
        let Some(Value::String(hex)) = fields.get(sealed.name) else { continue };
        let column = table.column(sealed.name);
        let envelope = hex::decode(hex.trim_start_matches("\\x"))
            .map_err(|_| Error::Invalid(format!("{column} is no envelope")))?;
        let text = open_text(conn, &column, id, envelope)?;
        let value = if sealed.is_json {
            let value: Json = json::from_trusted(&text)
                .map_err(|_| Error::Invalid(format!("{column} of {id} is no JSON")))?;
            value.into_value()
        } else {
            text.into()
        };
        fields.insert(sealed.name.to_owned(), value);
    }
    Ok(())
}
