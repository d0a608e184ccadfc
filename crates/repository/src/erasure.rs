//! Erasing a person for good.
//!
//! The rows of an end user are found by the [`Access`](crate::Access) that each table states, so a system only writes what
//! is special about it: what others need to keep, and loses the person's name.

use std::iter;

use codec::Column;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Binary, Text, Uuid as SqlUuid};
use domain::pii::{Pii, PiiKind};
use serde::{Serialize, Serializer};
use uuid::Uuid;

use crate::database::sealed::blind_index;
use crate::platform::idempotency_keys;
use crate::{Conn, Error, Result, Table, Tx, system};

const ANSWERS: &str = "idempotency_keys";

/// How many rows an erasure removed or overwrote, by table. It serialises to an object such as `{"users": 1, "bills": 5}`.
///
/// ```
/// use strongroom_repository::erasure::Erased;
///
/// let mut erased = Erased::default();
/// erased.add("bills", 2);
/// erased.add("bills", 3);
/// assert_eq!((erased.count("bills"), erased.count("users")), (5, 0));
/// assert_eq!(serde_json::to_string(&erased).unwrap(), r#"{"bills":5}"#);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Erased(Vec<(&'static str, usize)>);

impl Erased {
    /// Counts rows of a table.
    pub fn add(&mut self, table: &'static str, rows: usize) {
        match self.0.iter_mut().find(|(name, _)| *name == table) {
            Some((_, count)) => *count += rows,
            None => self.0.push((table, rows)),
        }
    }

    /// Counts what another erasure removed.
    pub fn add_all(&mut self, other: &Self) {
        other.0.iter().for_each(|(table, rows)| self.add(table, *rows));
    }

    /// Rows of a table that were counted; 0 for a table that is not named.
    pub fn count(&self, table: &str) -> usize {
        self.0.iter().find(|(name, _)| *name == table).map_or(0, |(_, rows)| *rows)
    }
}

impl Serialize for Erased {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().copied())
    }
}

#[derive(QueryableByName)]
struct KeyRow {
    #[diesel(sql_type = Text)]
    key: String,
}

#[derive(QueryableByName)]
struct IdRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

/// Removes an end user, deleted or not, every row that belongs to the user, and the answers kept for idempotency keys that
/// name one of those rows.
///
/// `users` is the table of the system's end users. It takes a statement for each table of the system, and two for each root.
///
/// # Errors
/// [`Error::NotFound`] when there is no such user.
pub(crate) fn erase_user(tx: &mut Tx<'_>, users: &'static Table, id: Uuid) -> Result<Erased> {
    // The lock holds up whatever would give the user more rows.
    let (name, key) = (users.qualified_name(), users.key);
    sql_query(format!("SELECT {key} AS id FROM {name} WHERE {key} = $1 FOR UPDATE"))
        .bind::<SqlUuid, _>(id)
        .get_result::<IdRow>(tx.pg)
        .optional()?
        .ok_or(Error::NotFound(users.noun))?;
    // So does that of a root for whatever belongs to the root. Taken before anything goes, they keep those who hold one and
    // want another row of the user from waiting for this, while this waits for them.
    for (root, owner) in system::owned_by(users) {
        let (name, key) = (root.qualified_name(), root.key);
        sql_query(format!("SELECT FROM {name} WHERE {owner} = $1 ORDER BY {key} FOR UPDATE"))
            .bind::<SqlUuid, _>(id)
            .execute(tx.pg)?;
    }
    let tables: Vec<_> = system::find(users.schema).into_iter().flat_map(|system| system.tables).collect();
    let mut removed = Vec::new();
    let mut counts = Vec::new();
    for table in tables.into_iter().rev() {
        let Some(is_owned) = table.owner_is("t") else { continue };
        let (name, key) = (table.qualified_name(), table.key);
        let rows = sql_query(format!("DELETE FROM {name} t WHERE {is_owned} RETURNING t.{key}::text AS key"))
            .bind::<SqlUuid, _>(id)
            .load::<KeyRow>(tx.pg)?;
        counts.push((table.name, rows.len()));
        // An answer is found by the ids that it names; what has another key stands beside one.
        removed.extend(rows.iter().filter_map(|row| Uuid::parse_str(&row.key).ok()));
    }
    let answers = idempotency_keys::forget_about(tx, &removed)?;
    Ok(Erased(counts.into_iter().rev().chain(iter::once((ANSWERS, answers))).collect()))
}

/// Removes every end user whose indexed column has this value, deleted ones included, as [`erase_user`] does.
pub(crate) fn erase_users_with<K: PiiKind>(
    tx: &mut Tx<'_>,
    users: &'static Table,
    column: &Column,
    value: &Pii<K>,
) -> Result<Erased> {
    let mut erased = Erased::default();
    for id in find_users(tx, users, column, value)? {
        erased.add_all(&erase_user(tx, users, id)?);
    }
    Ok(erased)
}

/// The end users whose indexed column has this value, deleted ones included.
pub(crate) fn find_users<K: PiiKind>(
    conn: &mut Conn<'_>,
    users: &Table,
    column: &Column,
    value: &Pii<K>,
) -> Result<Vec<Uuid>> {
    let (table, key, column_name) = (users.qualified_name(), users.key, column.name());
    let found =
        sql_query(format!("SELECT {key} AS id FROM {table} WHERE {column_name}_bidx = $1 ORDER BY {key}"))
            .bind::<Binary, _>(blind_index(conn, column, value)?)
            .load::<IdRow>(conn.pg)?;
    Ok(found.into_iter().map(|row| row.id).collect())
}
