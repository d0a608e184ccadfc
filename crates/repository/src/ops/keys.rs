//! Looking after the encryption keys: which are registered, and whether everything still opens.

use codec::{Cipher, KeyRing};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use uuid::Uuid;

use super::Session;
use super::sealed_values::{self, SealedValue};
use crate::database::sealed::{ERASED, erased_form};
use crate::platform::encryption_keys::{self, RegisteredKey};
use crate::{Actor, Database, Error, Result, SealedColumn, Table};

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
    let parts: Vec<String> = sealed_values::columns()
        .map(|(table, column)| {
            let values = sealed_values::of(table, column, &table.qualified_name());
            format!("SELECT substring(value FROM 2 FOR 4) AS id FROM ({values}) AS v WHERE value IS NOT NULL")
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
    pub row: String,
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
    for (table, column) in sealed_values::columns() {
        let mut after = None;
        loop {
            let batch = database.read("platform.verify_sealed_values", actor, |conn| {
                sealed_values::load(conn.pg, table, column, after.as_deref())
            })?;
            let Some(last) = batch.last() else { break };
            after = Some(last.key.clone());
            for row in batch {
                let SealedValue { key, id, value, bidx } = row;
                let Some(value) = value else { continue };
                match inspect(database.cipher(), table, column, id, value, bidx)? {
                    Ok(indexes) => {
                        verified.opened += 1;
                        verified.indexes += indexes;
                    }
                    Err(reason) => {
                        let table = table.qualified_name();
                        verified.faults.push(Fault { table, column: column.name, row: key, reason });
                    }
                }
            }
            progress(verified.opened + verified.faults.len() as u64, total);
        }
    }
    Ok(verified)
}

/// Opens one value and computes its index; answers how many indexes it compared, or what is wrong.
fn inspect(
    cipher: &Cipher,
    table: &Table,
    column: &SealedColumn,
    id: Uuid,
    value: Vec<u8>,
    bidx: Option<Vec<u8>>,
) -> Result<Result<u64, String>> {
    let place = table.column(column.name);
    let cipher = cipher.column(&place).map_err(|error| Error::NotReady(error.to_string()))?;
    let text = match cipher.open(id, value) {
        Ok(bytes) => String::from_utf8(bytes),
        Err(error) => return Ok(Err(error.to_string())),
    };
    let Ok(text) = text else { return Ok(Err("the content is not text".to_owned())) };
    let (Some(stored), Some(index_form)) = (bidx, column.index_form) else { return Ok(Ok(0)) };
    let is_index_of = |form: &str| cipher.blind_index(form).as_bytes().as_slice() == stored;
    // What stands in place of an erased value is indexed by its row.
    let is_erased = text == ERASED && is_index_of(&erased_form(id));
    if is_erased || is_index_of(&index_form(text)) {
        Ok(Ok(1))
    } else {
        Ok(Err("the blind index is not that of the value".to_owned()))
    }
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = Text)]
    key_id: String,
    #[diesel(sql_type = BigInt)]
    number: i64,
}
