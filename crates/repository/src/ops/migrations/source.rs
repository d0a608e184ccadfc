//! The texts of the migrations, as they were when this program was built.

use diesel::migration::{
    Migration, MigrationMetadata, MigrationName, MigrationSource, MigrationVersion, Result as MigrationResult,
};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::ledger_exists;
use crate::schema::platform::migration_ledger;

/// One folder of `migrations/`.
#[derive(Debug)]
pub(super) struct SqlMigration {
    pub(super) folder: &'static str,
    pub(super) up: &'static str,
    pub(super) down: &'static str,
}

pub(super) static MIGRATIONS: &[SqlMigration] = include!(concat!(env!("OUT_DIR"), "/migrations.rs"));

impl SqlMigration {
    /// The folder's date and number, without the hyphens: what diesel calls the version.
    pub(super) fn version(&self) -> String {
        self.folder.split('_').next().unwrap_or(self.folder).replace('-', "")
    }

    /// The rest of the folder's name.
    pub(super) fn name(&self) -> &'static str {
        self.folder.split_once('_').map_or(self.folder, |(_, name)| name)
    }
}

/// All of them, as diesel wants to be given migrations.
pub(super) struct Embedded;

impl MigrationSource<Pg> for Embedded {
    fn migrations(&self) -> MigrationResult<Vec<Box<dyn Migration<Pg>>>> {
        Ok(MIGRATIONS.iter().map(|migration| Box::new(migration) as Box<dyn Migration<Pg>>).collect())
    }
}

impl Migration<Pg> for &'static SqlMigration {
    fn run(&self, conn: &mut dyn diesel::connection::BoxableConnection<Pg>) -> MigrationResult<()> {
        conn.batch_execute(self.up)?;
        let Some(conn) = conn.downcast_mut::<PgConnection>() else {
            return Err("not a PostgreSQL connection".into());
        };
        diesel::sql_query("INSERT INTO platform.migration_ledger (version, digest) VALUES ($1, sha256(convert_to($2, 'UTF8')))")
            .bind::<Text, _>(self.version())
            .bind::<Text, _>(self.up)
            .execute(conn)?;
        Ok(())
    }

    fn revert(&self, conn: &mut dyn diesel::connection::BoxableConnection<Pg>) -> MigrationResult<()> {
        conn.batch_execute(self.down)?;
        let Some(conn) = conn.downcast_mut::<PgConnection>() else {
            return Err("not a PostgreSQL connection".into());
        };
        // The first migration made the ledger, and its reversal has just dropped it.
        if ledger_exists(conn)? {
            diesel::delete(migration_ledger::table.find(self.version())).execute(conn)?;
        }
        Ok(())
    }

    fn metadata(&self) -> &dyn MigrationMetadata {
        &InTransaction
    }

    fn name(&self) -> &dyn MigrationName {
        *self
    }
}

impl std::fmt::Display for SqlMigration {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.folder)
    }
}

impl MigrationName for SqlMigration {
    fn version(&self) -> MigrationVersion<'_> {
        MigrationVersion::from(SqlMigration::version(self))
    }
}

struct InTransaction;

impl MigrationMetadata for InTransaction {}
