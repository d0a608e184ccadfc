//! Roots: the tables with versions and soft delete. What all of them do the same way is written once here, over the
//! names that their [`Table`] states.

use std::iter;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Timestamptz, Uuid as SqlUuid};
use domain::Id;
use uuid::Uuid;

use crate::database::statement::{BindNext, statement};
use crate::{Conn, Error, Result, Table, Tx, system};

/// A deletion that can be undone, and what it took along.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deletion {
    /// Names the deletion on every row it took.
    pub id: Uuid,
    /// Rows it took, the root included.
    pub rows: usize,
}

/// The statements of one root. They are made once per process, so that each connection prepares them once.
pub(crate) struct Root {
    noun: &'static str,
    version: String,
    lock: String,
    delete: String,
    delete_owned: Vec<String>,
    lock_owner: Option<String>,
    deletion: String,
    restore: String,
    restore_owned: Vec<String>,
}

#[derive(QueryableByName)]
struct DeletionRow {
    #[diesel(sql_type = Nullable<SqlUuid>)]
    deletion_id: Option<Uuid>,
}

#[derive(QueryableByName)]
struct Version {
    #[diesel(sql_type = BigInt)]
    row_version: i64,
}

fn delete(table: &str, column: &str) -> String {
    format!("UPDATE {table} SET deleted_at = ?, deletion_id = ? WHERE {column} = ? AND deleted_at IS NULL")
}

// No index serves the deletion alone.
fn restore(table: &str, column: &str) -> String {
    format!("UPDATE {table} SET deleted_at = NULL, deletion_id = NULL WHERE {column} = ? AND deletion_id = ?")
}

impl Root {
    pub(crate) fn of(table: &'static Table) -> Self {
        let (name, key) = (table.qualified_name(), table.key);
        let owned: Vec<_> =
            system::owned_by(table).map(|(owned, column)| (owned.qualified_name(), column)).collect();
        let living = format!("SELECT row_version FROM {name} WHERE {key} = ? AND deleted_at IS NULL");
        Self {
            noun: table.noun,
            version: living.clone(),
            lock: format!("{living} FOR SHARE"),
            delete: format!("{} AND row_version = coalesce(?, row_version)", delete(&name, key)),
            delete_owned: owned.iter().map(|(name, owner)| delete(name, owner)).collect(),
            lock_owner: system::owner_of(table).map(|(owner, column)| {
                let (users, user_key) = (owner.qualified_name(), owner.key);
                format!(
                    "SELECT FROM {users} u JOIN {name} t ON t.{column} = u.{user_key}
                      WHERE t.{key} = ? AND u.deleted_at IS NULL FOR SHARE OF u"
                )
            }),
            deletion: format!("SELECT deletion_id FROM {name} WHERE {key} = ? FOR NO KEY UPDATE"),
            restore: restore(&name, key),
            restore_owned: owned.iter().map(|(name, owner)| restore(name, owner)).collect(),
        }
    }

    /// Tells why a change of a living row found nothing: the row is absent, or its version is not the one the caller
    /// named.
    pub(crate) fn stale_or_missing(&'static self, conn: &mut Conn<'_>, id: Uuid) -> Error {
        match self.current_version(conn, id) {
            Ok(Some(current)) => Error::StaleVersion { current },
            Ok(None) => Error::NotFound(self.noun),
            Err(error) => error,
        }
    }

    /// Keeps a living row from being changed, deleted or erased until the end of the transaction.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none, or it is deleted.
    pub(crate) fn lock_shared(&'static self, tx: &mut Tx<'_>, id: Uuid) -> Result<()> {
        let row = statement(&self.lock).bind::<SqlUuid, _>(id).get_result::<Version>(tx.pg).optional()?;
        row.map(|_| ()).ok_or(Error::NotFound(self.noun))
    }

    /// Refuses what is asked about a row that is absent or deleted.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub(crate) fn must_exist(&'static self, conn: &mut Conn<'_>, id: Uuid) -> Result<()> {
        self.current_version(conn, id)?.map(|_| ()).ok_or(Error::NotFound(self.noun))
    }

    fn current_version(&'static self, conn: &mut Conn<'_>, id: Uuid) -> Result<Option<i64>> {
        let row =
            statement(&self.version).bind::<SqlUuid, _>(id).get_result::<Version>(conn.pg).optional()?;
        Ok(row.map(|row| row.row_version))
    }

    /// Deletes a living row and the living rows that it owns, under one deletion. With `version`, only if the row still
    /// has it.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::StaleVersion`].
    pub(crate) fn soft_delete(
        &'static self,
        tx: &mut Tx<'_>,
        id: Uuid,
        version: Option<i64>,
    ) -> Result<Deletion> {
        let deletion = Id::<Deletion>::generate().uuid();
        // The root goes first: its row lock holds up whatever would give it more rows meanwhile.
        let mut rows = statement(&self.delete)
            .bind::<Timestamptz, _>(tx.now)
            .bind::<SqlUuid, _>(deletion)
            .bind::<SqlUuid, _>(id)
            .bind::<Nullable<BigInt>, _>(version)
            .execute(tx.pg)?;
        if rows == 0 {
            return Err(self.stale_or_missing(tx, id));
        }
        for text in &self.delete_owned {
            rows += statement(text)
                .bind::<Timestamptz, _>(tx.now)
                .bind::<SqlUuid, _>(deletion)
                .bind::<SqlUuid, _>(id)
                .execute(tx.pg)?;
        }
        Ok(Deletion { id: deletion, rows })
    }

    /// Brings back a row that a living user owns, with what went along. A row that is not deleted stays as it is.
    ///
    /// # Errors
    /// [`Error::NotFound`], also when its user is deleted.
    pub(crate) fn restore_of_owner(&'static self, tx: &mut Tx<'_>, id: Uuid) -> Result<()> {
        // A restored user brings back rows of its own: so the user stays as it is until this is done.
        if let Some(text) = &self.lock_owner
            && statement(text).bind::<SqlUuid, _>(id).execute(tx.pg)? == 0
        {
            return Err(Error::NotFound(self.noun));
        }
        let row = statement(&self.deletion).bind::<SqlUuid, _>(id).get_result::<DeletionRow>(tx.pg);
        let DeletionRow { deletion_id } = row.optional()?.ok_or(Error::NotFound(self.noun))?;
        deletion_id.map_or(Ok(()), |deletion| self.restore(tx, id, deletion))
    }

    /// Brings back the row that this deletion took, and the rows that went along with it.
    pub(crate) fn restore(&'static self, tx: &mut Tx<'_>, id: Uuid, deletion: Uuid) -> Result<()> {
        for text in iter::once(&self.restore).chain(&self.restore_owned) {
            statement(text).bind::<SqlUuid, _>(id).bind::<SqlUuid, _>(deletion).execute(tx.pg)?;
        }
        Ok(())
    }
}

/// Refuses to bring back a row whose unique value is now in use.
pub(crate) fn ensure_not_taken(constraint: &str, existing: Option<Uuid>) -> Result<()> {
    match existing {
        Some(existing) => Err(Error::RestoreConflict { constraint: constraint.to_owned(), existing }),
        None => Ok(()),
    }
}

/// Refuses a change that was decided on another version than the one that is there.
pub(crate) fn check_version(expected: Option<i64>, current: i64) -> Result<()> {
    match expected {
        Some(expected) if expected != current => Err(Error::StaleVersion { current }),
        _ => Ok(()),
    }
}
