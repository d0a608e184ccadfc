//! Migrations: one at a time, never two processes at once, and never a text that changed after it ran.

mod lock;
mod plan;
mod source;

use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel::connection::SimpleConnection;
use diesel::migration::MigrationSource;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Text, Timestamptz};
use diesel_migrations::MigrationHarness;

pub use self::plan::{Direction, Goal, Step, plan};
use self::source::{Embedded, MIGRATIONS};
use super::Session;
use super::session::establish_within;
use crate::platform::encryption_keys;
use crate::{Address, Error, Result};

/// One migration, and whether it has run.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct MigrationStatus {
    /// Digits that order migrations: `20261120000100`.
    pub version: String,
    /// What it makes: `platform`.
    pub name: String,
    /// When it ran; none when it is pending.
    pub applied_at: Option<DateTime<Utc>>,
    /// Whether its text is another than the one that ran.
    pub changed: bool,
    /// Whether this version of Strongroom has it.
    pub known: bool,
}

/// A connection that may change the schema, acting as `strongroom_owner` and holding the migration lock.
///
/// Dropping it closes the connection and so gives the lock back, also when the process dies.
pub struct Migrator {
    conn: PgConnection,
}

impl Migrator {
    /// Logs in at `address` as a role that may act as `strongroom_owner`. Waits at most `wait` for the server, and as long
    /// again for other migrations.
    ///
    /// # Errors
    /// [`Error::NotReady`] when another process migrates for longer than `wait`, which it names, or when the roles are
    /// missing.
    pub fn connect(address: impl Into<Address>, wait: Duration) -> Result<Self> {
        let mut conn = establish_within(&address.into(), wait)?;
        super::roles::refuse_missing(&mut conn)?;
        super::roles::become_owner(&mut conn)?;
        lock::take(&mut conn, wait)?;
        // A migration may wait this long for a table that is in use; it is short, so that it never blocks the service.
        conn.batch_execute("SET lock_timeout = '10s'; SET statement_timeout = 0; SET timezone = 'UTC'")?;
        Ok(Self { conn })
    }

    /// Every migration of this version, oldest first, and any other that ran.
    ///
    /// # Errors
    /// What the database says.
    #[doc(alias = "history")]
    pub fn status(&mut self) -> Result<Vec<MigrationStatus>> {
        look(&mut self.conn)
    }

    /// Runs all pending migrations, oldest first, each in a transaction; tells `progress` each name before it runs.
    ///
    /// # Errors
    /// As for [`perform`](Self::perform).
    #[doc(alias = "upgrade")]
    pub fn up(&mut self, mut progress: impl FnMut(&str)) -> Result<Vec<String>> {
        let steps = self.perform(Goal::Up, |step| progress(&step.name))?;
        Ok(steps.into_iter().map(|step| step.name).collect())
    }

    /// Runs and reverts what the goal asks for, each migration in a transaction, and answers what it did. Tells
    /// `progress` each step before it is taken.
    ///
    /// # Errors
    /// As for [`plan()`]; [`Error::NotReady`] when a migration fails, which is then as if it had never begun, or when
    /// another tool has run migrations here.
    #[doc(alias = "downgrade")]
    pub fn perform(&mut self, goal: Goal<'_>, mut progress: impl FnMut(&Step)) -> Result<Vec<Step>> {
        let steps = plan(&self.status()?, goal)?;
        self.refuse_other_tools()?;
        for step in &steps {
            progress(step);
            self.take(step)?;
        }
        Ok(steps)
    }

    /// Registers the active encryption key; see [`platform::encryption_keys`](encryption_keys).
    ///
    /// Answers whether the key was new to this database.
    ///
    /// # Errors
    /// [`Error::NotReady`] when other keys are registered and `ring` holds none of them, or when values are sealed and no key
    /// is registered.
    pub fn register_key(&mut self, ring: &codec::KeyRing) -> Result<bool> {
        self.conn.transaction(|conn| {
            super::keys::refuse_lost_register(conn)?;
            encryption_keys::register(conn, ring)
        })
    }

    pub(super) fn conn(&mut self) -> &mut PgConnection {
        &mut self.conn
    }

    fn take(&mut self, step: &Step) -> Result<()> {
        let all = MigrationSource::<Pg>::migrations(&Embedded).map_err(|error| unreadable(&*error))?;
        let mut migrations = all.iter();
        let Some(migration) =
            migrations.find(|migration| migration.name().version().to_string() == step.version)
        else {
            return Err(Error::NotReady(format!(
                "this version of Strongroom has no migration {}",
                step.version
            )));
        };
        let taken = match step.direction {
            Direction::Up => self.conn.run_migration(&**migration),
            Direction::Down => self.conn.revert_migration(&**migration),
        };
        taken.map(drop).map_err(|error| {
            Error::NotReady(format!(
                "migration {} failed and was rolled back, so the database is as it was before it: {error}",
                step.name
            ))
        })
    }

    /// Diesel's own list of what ran is kept for diesel's tools; ours also knows the texts. A tool that writes only the
    /// first would make them differ.
    fn refuse_other_tools(&mut self) -> Result<()> {
        // This is also what makes diesel's list in a new database.
        let mut theirs: Vec<String> = self
            .conn
            .applied_migrations()
            .map_err(|error| unreadable(&*error))?
            .iter()
            .map(ToString::to_string)
            .collect();
        let ran = self.status()?.into_iter().filter(|migration| migration.applied_at.is_some());
        let mut ours: Vec<String> = ran.map(|migration| migration.version).collect();
        theirs.sort_unstable();
        ours.sort_unstable();
        if ours == theirs {
            return Ok(());
        }
        Err(Error::NotReady(
            "public.__diesel_schema_migrations and platform.migration_ledger do not list the same migrations, so another \
             tool than db-manage has changed this database: restore a backup, or drop and make it again"
                .to_owned(),
        ))
    }
}

/// Every migration of this version, oldest first, and any other that ran. Changes nothing, and needs no right but to
/// read the ledger.
///
/// # Errors
/// What the database says.
pub fn status(session: &mut Session) -> Result<Vec<MigrationStatus>> {
    look(session.conn())
}

/// What [`status`] is where nothing ran yet, for a database that does not exist.
pub fn none_applied() -> Vec<MigrationStatus> {
    let pending =
        |version, name| MigrationStatus { version, name, applied_at: None, changed: false, known: true };
    MIGRATIONS.iter().map(|migration| pending(migration.version(), migration.name().to_owned())).collect()
}

pub(super) fn look(conn: &mut PgConnection) -> Result<Vec<MigrationStatus>> {
    let mut all = none_applied();
    if !ledger_exists(conn)? {
        return Ok(all);
    }
    let versions: Vec<String> = all.iter().map(|migration| migration.version.clone()).collect();
    let texts: Vec<&str> = MIGRATIONS.iter().map(|migration| migration.up).collect();
    let applied = diesel::sql_query(
        "SELECT l.version, l.created_at, coalesce(l.digest <> sha256(convert_to(here.text, 'UTF8')), false) AS changed
           FROM platform.migration_ledger l LEFT JOIN unnest($1, $2) AS here (version, text) USING (version)
          ORDER BY l.version",
    )
    .bind::<Array<Text>, _>(versions)
    .bind::<Array<Text>, _>(texts)
    .load::<Applied>(conn)?;
    for Applied { version, created_at, changed } in applied {
        match all.iter_mut().find(|known| known.version == version) {
            Some(known) => (known.applied_at, known.changed) = (Some(created_at), changed),
            None => all.push(MigrationStatus {
                version,
                name: "unknown to this version".to_owned(),
                applied_at: Some(created_at),
                changed: false,
                known: false,
            }),
        }
    }
    Ok(all)
}

#[derive(QueryableByName)]
struct Applied {
    #[diesel(sql_type = Text)]
    version: String,
    #[diesel(sql_type = Timestamptz)]
    created_at: DateTime<Utc>,
    #[diesel(sql_type = Bool)]
    changed: bool,
}

#[derive(QueryableByName)]
struct Exists {
    #[diesel(sql_type = Bool)]
    yes: bool,
}

/// Looks into the catalogue, which everybody may, and so also works for a login that has no rights here.
pub(super) fn ledger_exists(conn: &mut PgConnection) -> Result<bool> {
    let exists = diesel::sql_query(
        "SELECT EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                         WHERE n.nspname = 'platform' AND c.relname = 'migration_ledger') AS yes",
    )
    .get_result::<Exists>(conn)?;
    Ok(exists.yes)
}

fn unreadable(error: &(dyn std::error::Error + Send + Sync)) -> Error {
    Error::NotReady(format!("the list of migrations could not be read: {error}"))
}
