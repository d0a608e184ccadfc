//! Whether the database is as this version needs it.

use std::time::{Duration, Instant};

use codec::KeyRing;
use diesel::prelude::*;
use diesel::sql_types::{Array, Text};

use super::stats::{self, TableStats};
use super::{Session, migrations};
use crate::pantry::conversations;
use crate::{Conn, Database, Error, PoolFigures, PoolOptions, Result, system};

/// What [`check`] found.
#[derive(Debug, serde::Serialize)]
pub struct Health {
    /// In one word.
    pub status: Status,
    /// Why not healthy, and what to do.
    pub reason: Option<String>,
    /// Time of one round trip, in milliseconds.
    pub response_time_ms: Option<f64>,
    /// Version of PostgreSQL.
    pub server_version: Option<String>,
    /// Whether the encryption key is the database's.
    pub keys: Keys,
    /// Tables that should be there.
    pub missing_tables: Vec<String>,
    /// Migrations that have not run.
    pub pending_migrations: Vec<String>,
    /// The pool of this process.
    pub pool: Option<PoolFigures>,
    /// Conversations of households that are not deleted.
    pub conversation_count: Option<i64>,
    /// Rows and sizes of the tables that are there.
    pub tables: Vec<TableStats>,
}

/// The state of a database in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The service can use it.
    Healthy,
    /// Tables or migrations are missing.
    MissingTables,
    /// It cannot be reached, or not be used as it is.
    Unhealthy,
}

/// What is known of the encryption key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Keys {
    /// It opens the canary of this database.
    Right,
    /// It does not, or none is registered here.
    Wrong,
    /// There was no key, or no database, to try.
    NotTried,
}

/// What a database lacks of this version's schema.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Missing {
    /// Tables, by schema and name.
    pub tables: Vec<String>,
    /// Migrations, by version and name.
    pub migrations: Vec<String>,
}

impl Missing {
    /// Whether nothing is missing.
    pub fn is_empty(&self) -> bool {
        self.tables.is_empty() && self.migrations.is_empty()
    }
}

/// What is missing of the schema: for the service's readiness.
///
/// # Errors
/// What the database says.
pub fn missing(conn: &mut Conn<'_>) -> Result<Missing> {
    look_for_missing(conn.pg)
}

/// Refuses a schema that is not that of this version: a service must say so at its start, and not at its first request.
pub(crate) fn refuse_missing(conn: &mut PgConnection) -> Result<()> {
    let Missing { tables, migrations } = look_for_missing(conn)?;
    let missing: Vec<String> = tables.into_iter().chain(migrations).collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(Error::NotReady(format!(
        "the database lacks what this version needs ({}): run `db-manage init`",
        missing.join(", ")
    )))
}

/// Looks at the database as the service would: the server, the schema, the login, the keys. It needs no keys; without
/// them it does not say whether they are right. Waits at most `wait` for a server that is not there yet.
pub fn check(options: PoolOptions, keys: Option<&KeyRing>, wait: Duration) -> Health {
    let mut health = Health {
        status: Status::Healthy,
        reason: None,
        response_time_ms: None,
        server_version: None,
        keys: Keys::NotTried,
        missing_tables: Vec::new(),
        pending_migrations: Vec::new(),
        pool: None,
        conversation_count: None,
        tables: Vec::new(),
    };
    if let Err(error) = examine(&mut health, options, keys, wait) {
        health.status = Status::Unhealthy;
        let hint = if super::roles::is_unprepared(&error) { ": run `db-manage init`" } else { "" };
        health.reason = Some(in_full(&error) + hint);
    }
    health
}

fn examine(health: &mut Health, options: PoolOptions, keys: Option<&KeyRing>, wait: Duration) -> Result<()> {
    let mut session = Session::connect(&options.address, wait)?;
    health.server_version = Some(session.facts()?.server_version);
    let start = Instant::now();
    diesel::sql_query("SELECT 1").execute(session.conn())?;
    // To the microsecond.
    health.response_time_ms = Some((start.elapsed().as_secs_f64() * 1_000_000.0).round() / 1000.0);

    let missing = look_for_missing(session.conn())?;
    health.tables = stats::look(session.conn())?;
    if !missing.is_empty() {
        health.status = Status::MissingTables;
        health.reason = Some("tables or migrations are missing: run `db-manage init`".to_owned());
        health.missing_tables = missing.tables;
        health.pending_migrations = missing.migrations;
        return Ok(());
    }
    health.conversation_count = Some(conversations::count(session.conn())?);
    super::service_login::refuse_unfit(session.conn())?;
    let Some(keys) = keys else { return Ok(()) };
    health.keys = Keys::Wrong;
    let database = Database::connect(options, keys)?;
    health.keys = Keys::Right;
    health.pool = Some(database.pool_figures());
    Ok(())
}

fn look_for_missing(conn: &mut PgConnection) -> Result<Missing> {
    let names: Vec<String> = system::tables().map(|table| table.qualified_name()).collect();
    let tables = diesel::sql_query(
        "SELECT t.name FROM unnest($1) WITH ORDINALITY AS t (name, position)
          WHERE NOT EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                             WHERE n.nspname = split_part(t.name, '.', 1) AND c.relname = split_part(t.name, '.', 2))
          ORDER BY t.position",
    )
    .bind::<Array<Text>, _>(names)
    .load::<Name>(conn)?;
    let pending = migrations::look(conn)?.into_iter().filter(|migration| migration.applied_at.is_none());
    Ok(Missing {
        tables: tables.into_iter().map(|row| row.name).collect(),
        migrations: pending.map(|migration| format!("{}_{}", migration.version, migration.name)).collect(),
    })
}

/// The error with its cause: here a person reads it, not a client.
fn in_full(error: &Error) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}
