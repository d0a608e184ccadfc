//! The last passwords of a user, so that none of them is set again.

use diesel::prelude::*;
use domain::Id;
use uuid::Uuid;

use super::credentials::Credential;
use crate::schema::platform::password_history;
use crate::{Conn, Result, Table, Tx};

/// What the shared machinery knows of this table.
pub const TABLE: Table = Table {
    clear: &[("password_hash", "an Argon2id hash, which guesses can be tested against")],
    ..Table::new("platform", "password_history", "former password")
};

/// How many passwords are kept, the one that is good now included.
pub const KEPT: i64 = 5;

/// Names the ids of this table.
struct Remembered;

/// The hashes of the last passwords, the newest first.
pub fn list(conn: &mut Conn<'_>, credential: Id<Credential>) -> Result<Vec<String>> {
    Ok(password_history::table
        .filter(password_history::credential_id.eq(credential.uuid()))
        .order((password_history::created_at.desc(), password_history::id.desc()))
        .limit(KEPT)
        .select(password_history::password_hash)
        .load(conn.pg)?)
}

/// Begins the history of a user who was just made, with the first password.
pub fn begin(tx: &mut Tx<'_>, credential: Id<Credential>, hash: &str) -> Result<()> {
    diesel::insert_into(password_history::table)
        .values((
            password_history::id.eq(Id::<Remembered>::generate().uuid()),
            password_history::credential_id.eq(credential.uuid()),
            password_history::password_hash.eq(hash),
        ))
        .execute(tx.pg)?;
    Ok(())
}

/// Adds the password that was just set, and forgets those that are too old to be kept.
pub fn remember(tx: &mut Tx<'_>, credential: Id<Credential>, hash: &str) -> Result<()> {
    begin(tx, credential, hash)?;
    let outlived: Vec<Uuid> = password_history::table
        .filter(password_history::credential_id.eq(credential.uuid()))
        .order((password_history::created_at.desc(), password_history::id.desc()))
        .offset(KEPT)
        .select(password_history::id)
        .load(tx.pg)?;
    diesel::delete(password_history::table.filter(password_history::id.eq_any(outlived))).execute(tx.pg)?;
    Ok(())
}
