//! Which keys sealed this database, and the index key, wrapped by each of them.

use codec::{Cipher, Column, IndexKey, KeyRing};
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::prelude::*;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Binary;
use domain::Id;
use uuid::Uuid;

use crate::database::cached;
use crate::database::sealed::sql_types;
use crate::schema::platform::encryption_keys;
use crate::{Error, Result, SealedColumn, Table, system};

/// What the shared machinery knows of this table.
pub const TABLE: Table = Table {
    sealed: &[SealedColumn::new("canary"), SealedColumn::new("index_key")],
    ..Table::new("platform", "encryption_keys", "encryption key")
};

#[derive(HasQuery, Insertable)]
#[diesel(table_name = encryption_keys, check_for_backend(diesel::pg::Pg))]
struct KeyRow {
    id: Uuid,
    key_id: i64,
    canary: Envelope,
    index_key: Envelope,
}

/// What the database knows of one registered key.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct RegisteredKey {
    /// The id that envelopes carry, as eight hexadecimal digits.
    pub key_id: String,
    /// Whether this process holds the key.
    pub held: bool,
    /// Whether new values are sealed with it.
    pub active: bool,
}

/// Prepares the cipher of this database, once `ring` has proved to be its keys.
///
/// # Errors
/// [`Error::NotReady`] when no key is registered yet, when the active key is not one of those that are, when one of those
/// is not held, or when a canary does not open; the text names key ids and what to do, never a key.
pub(crate) fn open(conn: &mut PgConnection, ring: &KeyRing) -> Result<Cipher> {
    let rows = registered(conn)?;
    let active = i64::from(ring.active_key_id().get());
    if rows.is_empty() {
        return Err(Error::NotReady(
            "no encryption key is registered in this database: run `db-manage init`".into(),
        ));
    }
    if !rows.iter().any(|row| row.key_id == active) {
        return Err(wrong_key(ring, &rows));
    }
    let missing: Vec<String> =
        rows.iter().filter(|row| !holds(ring, row.key_id)).map(|row| format!("{:08x}", row.key_id)).collect();
    if !missing.is_empty() {
        return Err(Error::NotReady(format!(
            "values of this database may be sealed with keys that are not given (id {}): name them in ENCRYPTION_KEYS_OLD",
            missing.join(", ")
        )));
    }
    let mut index_key = None;
    for row in rows {
        ring.check_canary(row.id, row.canary.0).map_err(|error| does_not_open(row.key_id, &error))?;
        index_key = Some(
            ring.unwrap_index_key(row.id, row.index_key.0)
                .map_err(|error| does_not_open(row.key_id, &error))?,
        );
    }
    let index_key =
        index_key.ok_or_else(|| Error::NotReady("no registered encryption key is held".into()))?;
    let columns = system::tables().flat_map(|table| table.sealed_columns());
    let columns: Vec<Column> = columns.chain([cached::COLUMN]).collect();
    Ok(Cipher::new(ring, &index_key, &columns))
}

/// Registers the active key of `ring`: the first of a new database, or a new one beside an old one that `ring` holds
/// too. Answers whether it was new.
///
/// Runs as the owner, inside the caller's transaction.
///
/// # Errors
/// [`Error::NotReady`] when other keys are registered and `ring` holds none of them.
pub(crate) fn register(conn: &mut PgConnection, ring: &KeyRing) -> Result<bool> {
    let rows = registered(conn)?;
    let active = i64::from(ring.active_key_id().get());
    if rows.iter().any(|row| row.key_id == active) {
        open(conn, ring)?;
        return Ok(false);
    }
    let sealing =
        |error: codec::SealError| Error::NotReady(format!("the key could not be registered: {error}"));
    let index_key = match rows.iter().position(|row| holds(ring, row.key_id)) {
        Some(at) => {
            let mut rows = rows;
            let known = rows.swap_remove(at);
            ring.check_canary(known.id, known.canary.0)
                .map_err(|error| does_not_open(known.key_id, &error))?;
            ring.unwrap_index_key(known.id, known.index_key.0)
                .map_err(|error| does_not_open(known.key_id, &error))?
        }
        None if rows.is_empty() => IndexKey::generate()
            .map_err(|error| Error::NotReady(format!("no index key could be made: {error}")))?,
        None => return Err(wrong_key(ring, &rows)),
    };
    let id = Id::<RegisteredKey>::generate().uuid();
    let row = KeyRow {
        id,
        key_id: active,
        canary: Envelope(ring.seal_canary(id).map_err(sealing)?),
        index_key: Envelope(ring.wrap_index_key(&index_key, id).map_err(sealing)?),
    };
    diesel::insert_into(encryption_keys::table).values(row).execute(conn)?;
    Ok(true)
}

/// The registered keys, and which of them `ring` holds.
pub(crate) fn list(conn: &mut PgConnection, ring: &KeyRing) -> Result<Vec<RegisteredKey>> {
    let rows = registered(conn)?;
    Ok(rows
        .iter()
        .map(|row| RegisteredKey {
            key_id: format!("{:08x}", row.key_id),
            held: holds(ring, row.key_id),
            active: row.key_id == i64::from(ring.active_key_id().get()),
        })
        .collect())
}

/// Whether no key is registered.
pub(crate) fn is_empty(conn: &mut PgConnection) -> Result<bool> {
    Ok(registered(conn)?.is_empty())
}

fn registered(conn: &mut PgConnection) -> Result<Vec<KeyRow>> {
    Ok(KeyRow::query().order(encryption_keys::created_at).load(conn)?)
}

fn holds(ring: &KeyRing, key_id: i64) -> bool {
    ring.key_ids().any(|id| i64::from(id.get()) == key_id)
}

fn wrong_key(ring: &KeyRing, rows: &[KeyRow]) -> Error {
    let registered: Vec<String> = rows.iter().map(|row| format!("{:08x}", row.key_id)).collect();
    Error::NotReady(format!(
        "ENCRYPTION_KEY (id {}) is not a key of this database, which was sealed with {}: set the right ENCRYPTION_KEY, \
         or name the old key in ENCRYPTION_KEYS_OLD and run `db-manage init` to register the new one",
        ring.active_key_id(),
        registered.join(", "),
    ))
}

fn does_not_open(key_id: i64, error: &codec::OpenError) -> Error {
    Error::NotReady(format!(
        "the encryption key with id {key_id:08x} does not open its own canary ({error}): the key is wrong, or the \
         table platform.encryption_keys was changed"
    ))
}

/// An envelope that only the key ring opens.
#[derive(AsExpression, FromSqlRow, Debug)]
#[diesel(sql_type = sql_types::Sealed)]
struct Envelope(Vec<u8>);

impl FromSql<sql_types::Sealed, Pg> for Envelope {
    fn from_sql(bytes: PgValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(bytes.as_bytes().to_vec()))
    }
}

impl ToSql<sql_types::Sealed, Pg> for Envelope {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        <[u8] as ToSql<Binary, Pg>>::to_sql(&self.0, out)
    }
}
