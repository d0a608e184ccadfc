//! Dropping everything that is ours.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;

use super::migrations::Migrator;
use crate::{Result, SYSTEMS};

/// Drops every schema of ours with all that is in it, and the list of what ran, in one transaction. The roles stay, and
/// so does whatever else is in the database. Answers which schemas those are.
///
/// # Errors
/// What the database says; nothing is dropped then.
pub fn drop_everything(migrator: &mut Migrator) -> Result<Vec<&'static str>> {
    let schemas: Vec<&'static str> = SYSTEMS.iter().map(|system| system.name).collect();
    migrator.conn().transaction(|conn| {
        for schema in schemas.iter().rev() {
            conn.batch_execute(&format!("DROP SCHEMA IF EXISTS {schema} CASCADE"))?;
        }
        conn.batch_execute("DROP TABLE IF EXISTS public.__diesel_schema_migrations")
    })?;
    Ok(schemas)
}
