//! Who changed what, when. Written by triggers alone; this module reads it, and looks after its partitions.

use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Integer, Text, Timestamptz};
use domain::Json;
use serde::Serialize;

use crate::database::column_types::StoredJson;
use crate::database::statement::{BindNext, statement};
use crate::schema::platform::audit_log;
use crate::{Audit, Conn, Result, Table, Tx};

/// What the shared machinery knows of this table.
pub const TABLE: Table = Table {
    clear: &[
        ("action", "what was done"),
        ("actor", "who did it: ids, and the names of operators' accounts"),
        ("changed_columns", "which columns changed"),
        ("new_values", "numbers, times, ids and closed sets after the change"),
        ("old_values", "the same before the change"),
        ("request_id", "the id of the request"),
        ("row_id", "which row"),
        ("table_name", "of which table"),
    ],
    audit: Audit::Nothing("it is the audit log"),
    ..Table::new("platform", "audit_log", "audit row")
};

/// Records that an operator is about to read what is sealed, by a command of this text.
pub fn record_reading(tx: &mut Tx<'_>, system: &str, command: &str) -> Result<()> {
    statement("SELECT platform.record_statement('query', ?, ?)")
        .bind::<Text, _>(system)
        .bind::<Text, _>(command)
        .execute(tx.pg)?;
    Ok(())
}

/// Months for which partitions are kept ready.
const MONTHS_AHEAD: i32 = 3;

/// What can stand in `action`.
pub const ACTIONS: [&str; 8] = ["insert", "update", "delete", "truncate", "query", "write", "ddl", "retire"];

diesel::define_sql_function! {
    /// Makes the missing partitions of this month and of so many more; answers how many there were.
    #[sql_name = "platform.ensure_audit_partitions"]
    fn ensure_audit_partitions(months_ahead: Integer) -> Integer;
}

diesel::define_sql_function! {
    /// One part of a text, counted from 1.
    #[sql_name = "split_part"]
    fn system_of(name: Text, separator: Text, part: Integer) -> Text;
}

/// One change of one row, one statement of an operator, or one part of the log itself that was dropped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, HasQuery)]
#[diesel(table_name = audit_log, check_for_backend(Pg))]
pub struct AuditRow {
    /// Order of writing.
    pub id: i64,
    /// Start of the transaction.
    pub created_at: DateTime<Utc>,
    /// Who: `api_key:<id>`, `user:<system>:<id>`, `operator:<name>`, `system`, or `login:<role>` for SQL by hand.
    pub actor: String,
    /// The HTTP request, where there was one.
    pub request_id: Option<String>,
    /// One of [`ACTIONS`].
    pub action: String,
    /// Schema and table; the schema alone for a statement of an operator.
    pub table_name: String,
    /// Primary key of the row; `*` for a truncate; a digest of the text for a statement of an operator; the partition for a
    /// part of the log.
    pub row_id: String,
    /// Columns that an update changed.
    pub changed_columns: Option<Vec<Option<String>>>,
    /// Enums, numbers, booleans, times and ids before; never text, and nothing that is sealed.
    pub old_values: Option<StoredJson<Json>>,
    /// The same after.
    pub new_values: Option<StoredJson<Json>>,
}

/// Which rows to list; all where nothing is given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AuditFilter {
    /// Of these systems only.
    pub systems: Option<Vec<String>>,
    /// Of this table, with its schema; or of a schema alone, for queries.
    pub table: Option<String>,
    /// Of this row.
    pub row_id: Option<String>,
    /// By this actor.
    pub actor: Option<String>,
    /// By this request.
    pub request_id: Option<String>,
    /// One of [`ACTIONS`].
    pub action: Option<String>,
    /// Not before this time.
    pub from: Option<DateTime<Utc>>,
    /// Before this time.
    pub to: Option<DateTime<Utc>>,
}

/// The rows that fit, newest first: at most `limit`, and only those that were written before the row `before`.
pub fn list(
    conn: &mut Conn<'_>,
    filter: &AuditFilter,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<AuditRow>> {
    let AuditFilter { systems, table, row_id, actor, request_id, action, from, to } = filter;
    let mut rows = AuditRow::query().into_boxed();
    if let Some(systems) = systems {
        // Of a name with its schema, or of a schema alone.
        rows = rows.filter(system_of(audit_log::table_name, ".", 1).eq_any(systems));
    }
    if let Some(table) = table {
        rows = rows.filter(audit_log::table_name.eq(table));
    }
    if let Some(row_id) = row_id {
        rows = rows.filter(audit_log::row_id.eq(row_id));
    }
    if let Some(actor) = actor {
        rows = rows.filter(audit_log::actor.eq(actor));
    }
    if let Some(request_id) = request_id {
        rows = rows.filter(audit_log::request_id.eq(request_id));
    }
    if let Some(action) = action {
        rows = rows.filter(audit_log::action.eq(action));
    }
    if let Some(from) = from {
        rows = rows.filter(audit_log::created_at.ge(from));
    }
    if let Some(to) = to {
        rows = rows.filter(audit_log::created_at.lt(to));
    }
    if let Some(before) = before {
        rows = rows.filter(audit_log::id.lt(before));
    }
    Ok(rows.order((audit_log::id.desc(), audit_log::created_at.desc())).limit(limit).load(conn.pg)?)
}

/// Makes the partitions of this month and the next three, where they are missing; answers how many were made.
///
/// Rows that had to wait in the default partition move to their month.
pub fn ensure_partitions(tx: &mut Tx<'_>) -> Result<i32> {
    Ok(diesel::select(ensure_audit_partitions(MONTHS_AHEAD)).get_result(tx.pg)?)
}

/// What one partition holds of before a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, QueryableByName)]
pub struct OldPart {
    /// Schema and name.
    #[diesel(sql_type = Text)]
    pub partition: String,
    /// Whether it holds nothing else, and so can be dropped.
    #[diesel(sql_type = Bool)]
    pub whole: bool,
    /// Rows of before the time.
    #[diesel(sql_type = BigInt)]
    pub rows: i64,
    /// Bytes of the partition with its indexes; where it is not whole, of those rows alone.
    #[diesel(sql_type = BigInt)]
    pub size_bytes: i64,
}

/// The partitions that lie wholly before a time, and others that hold rows of before it.
pub(crate) fn parts_before(conn: &mut PgConnection, before: DateTime<Utc>) -> Result<Vec<OldPart>> {
    let parts = statement(
        "WITH old AS (
             SELECT tableoid AS oid, count(*) AS rows, sum(pg_column_size(a)) AS bytes
               FROM platform.audit_log a WHERE created_at < ? GROUP BY tableoid),
         parts AS (
             SELECT p.oid, format('%I.%I', n.nspname, p.relname) AS partition,
                    coalesce(substring(pg_get_expr(p.relpartbound, p.oid) FROM ' TO \\(''(.+)''\\)$')::timestamptz <= ?, false) AS whole
               FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhrelid JOIN pg_namespace n ON n.oid = p.relnamespace
              WHERE i.inhparent = 'platform.audit_log'::regclass)
         SELECT partition, whole, coalesce(rows, 0) AS rows,
                CASE WHEN whole THEN pg_total_relation_size(oid) ELSE bytes END AS size_bytes
           FROM parts LEFT JOIN old USING (oid) WHERE whole OR rows > 0 ORDER BY partition",
    );
    Ok(parts.bind::<Timestamptz, _>(before).bind::<Timestamptz, _>(before).load(conn)?)
}
