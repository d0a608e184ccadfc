//! Looking after the encryption keys: which are registered, and whether everything still opens.

use codec::{Cipher, KeyRing};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Nullable, Text};
use uuid::Uuid;

use super::Session;
use crate::database::sealed::{ERASED, erased_form};
use crate::platform::encryption_keys::{self, RegisteredKey};
use crate::{Actor, Conn, Database, Error, Result, SealedColumn, Table, system};

/// Rows that are read at a time.
const BATCH: i64 = 1_000;

/// The key register seals for the key ring itself: [`Database::connect`] opens what it holds.
const REGISTER: &str = "encryption_keys";

/// One key of the register, and how much it has sealed.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct KeyStatus {
    /// The key, and whether this process holds it.
    #[serde(flatten)]
    pub key: RegisteredKey,
    /// Values in the database that it sealed.
    pub values: i64,
}

/// The registered keys, and any other that sealed a value here.
///
/// # Errors
/// What the database says.
pub fn status(session: &mut Session, ring: &KeyRing) -> Result<Vec<KeyStatus>> {
    let registered = encryption_keys::list(session.conn(), ring)?;
    let mut all: Vec<KeyStatus> = registered.into_iter().map(|key| KeyStatus { key, values: 0 }).collect();
    for (key_id, values) in values_by_key(session.conn())? {
        match all.iter_mut().find(|known| known.key.key_id == key_id) {
            Some(known) => known.values = values,
            None => all.push(KeyStatus { key: RegisteredKey { key_id, held: false, active: false }, values }),
        }
    }
    Ok(all)
}

/// Refuses a database whose values are sealed and whose register of keys is empty. A new register would have a new index
/// key: no look-up would find what is stored, and everything unique could be stored again.
pub(crate) fn refuse_lost_register(conn: &mut PgConnection) -> Result<()> {
    if !encryption_keys::is_empty(conn)? {
        return Ok(());
    }
    let keys: Vec<String> = values_by_key(conn)?.into_iter().map(|(key_id, _)| key_id).collect();
    if keys.is_empty() {
        return Ok(());
    }
    Err(Error::NotReady(format!(
        "platform.encryption_keys is empty, and values of this database are sealed with the keys {}: the table held the \
         index key, without which nothing can be looked up, so no key is registered. Restore that table from the backup \
         of this database (pg_restore --data-only --schema=platform --table=encryption_keys); if this is the wrong \
         database, let DATABASE_URL and DATABASE_ADMIN_URL lead to the right one",
        keys.join(", ")
    )))
}

fn values_by_key(conn: &mut PgConnection) -> Result<Vec<(String, i64)>> {
    // Names come from the list of tables; bytes 2 to 5 of an envelope are the key's id.
    let parts: Vec<String> = sealed_columns()
        .map(|(table, SealedColumn { name, .. })| {
            format!(
                "SELECT substring({name} FROM 2 FOR 4) AS id FROM {} WHERE {name} IS NOT NULL",
                table.qualified_name()
            )
        })
        .collect();
    let counts = diesel::sql_query(format!(
        "SELECT encode(id, 'hex') AS key_id, count(*) AS number FROM ({}) AS sealed GROUP BY id ORDER BY id",
        parts.join(" UNION ALL ")
    ))
    .load::<Count>(conn)?;
    Ok(counts.into_iter().map(|row| (row.key_id, row.number)).collect())
}

/// What [`verify`] found.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Verified {
    /// Values that were opened.
    pub opened: u64,
    /// Blind indexes that were computed anew and compared.
    pub indexes: u64,
    /// Where something is wrong. Never what stands there.
    pub faults: Vec<Fault>,
}

/// One value that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Fault {
    /// Schema and table.
    pub table: String,
    /// Column.
    pub column: &'static str,
    /// Primary key.
    pub row: Uuid,
    /// What is wrong with it.
    pub reason: String,
}

/// Opens every sealed value of every table and computes every blind index anew. Tells `progress` after each batch how
/// many values of how many are done, about: rows may come and go meanwhile.
///
/// # Errors
/// What the database says. A value that does not open is no error but a [`Fault`].
pub fn verify(database: &Database, actor: &Actor, mut progress: impl FnMut(u64, u64)) -> Result<Verified> {
    let of_all = database.read("platform.count_sealed_values", actor, |conn| values_by_key(conn.pg))?;
    let total = of_all.iter().map(|(_, values)| values.unsigned_abs()).sum();
    let mut verified = Verified::default();
    for (table, column) in sealed_columns() {
        let mut after = Uuid::nil();
        loop {
            let batch = database
                .read("platform.verify_sealed_values", actor, |conn| load(conn, table, column, after))?;
            let Some(last) = batch.last() else { break };
            after = last.id;
            for row in batch {
                let id = row.id;
                match inspect(database.cipher(), table, column, row)? {
                    Ok(indexes) => {
                        verified.opened += 1;
                        verified.indexes += indexes;
                    }
                    Err(reason) => {
                        verified.faults.push(Fault {
                            table: table.qualified_name(),
                            column: column.name,
                            row: id,
                            reason,
                        });
                    }
                }
            }
            progress(verified.opened + verified.faults.len() as u64, total);
        }
    }
    Ok(verified)
}

/// The sealed columns of every table, but for those that seal for the key ring itself.
pub(crate) fn sealed_columns() -> impl Iterator<Item = (&'static Table, &'static SealedColumn)> {
    system::tables()
        .filter(|table| table.name != REGISTER)
        .flat_map(|table| table.sealed.iter().map(move |column| (table, column)))
}

fn load(conn: &mut Conn<'_>, table: &Table, column: &SealedColumn, after: Uuid) -> Result<Vec<SealedRow>> {
    let (name, key) = (column.name, table.key);
    let bidx = if column.is_indexed() { format!("{name}_bidx") } else { "NULL::bytea".to_owned() };
    // Names come from the list of tables.
    let rows = diesel::sql_query(format!(
        "SELECT {key} AS id, {name} AS value, {bidx} AS bidx FROM {}
          WHERE {key} > $1 AND {name} IS NOT NULL ORDER BY {key} LIMIT $2",
        table.qualified_name()
    ))
    .bind::<diesel::sql_types::Uuid, _>(after)
    .bind::<BigInt, _>(BATCH)
    .load(conn.pg)?;
    Ok(rows)
}

/// Opens one value and computes its index; answers how many indexes it compared, or what is wrong.
fn inspect(
    cipher: &Cipher,
    table: &Table,
    column: &SealedColumn,
    row: SealedRow,
) -> Result<Result<u64, String>> {
    let place = table.column(column.name);
    let cipher = cipher.column(&place).map_err(|error| Error::NotReady(error.to_string()))?;
    let text = match cipher.open(row.id, row.value) {
        Ok(bytes) => String::from_utf8(bytes),
        Err(error) => return Ok(Err(error.to_string())),
    };
    let Ok(text) = text else { return Ok(Err("the content is not text".to_owned())) };
    let (Some(stored), Some(index_form)) = (row.bidx, column.index_form) else { return Ok(Ok(0)) };
    let is_index_of = |form: &str| cipher.blind_index(form).as_bytes().as_slice() == stored;
    // What stands in place of an erased value is indexed by its row.
    let is_erased = text == ERASED && is_index_of(&erased_form(row.id));
    if is_erased || is_index_of(&index_form(text)) {
        Ok(Ok(1))
    } else {
        Ok(Err("the blind index is not that of the value".to_owned()))
    }
}

#[derive(QueryableByName)]
struct SealedRow {
    #[diesel(sql_type = diesel::sql_types::Uuid)]
    id: Uuid,
    #[diesel(sql_type = Binary)]
    value: Vec<u8>,
    #[diesel(sql_type = Nullable<Binary>)]
    bidx: Option<Vec<u8>>,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = Text)]
    key_id: String,
    #[diesel(sql_type = BigInt)]
    number: i64,
}
