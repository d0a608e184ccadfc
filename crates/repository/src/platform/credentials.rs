//! Passwords of end users, as hashes.

use diesel::prelude::*;
use domain::Id;
use uuid::Uuid;

use crate::schema::platform::credentials;
use crate::{Conn, Result, Table, Tx};

/// What the shared machinery knows of this table.
pub const TABLE: Table = Table {
    clear: &[("password_hash", "an Argon2id hash, which guesses can be tested against")],
    enums: &["system"],
    ..Table::new("platform", "credentials", "password")
};

/// What a user logs in with.
#[derive(Clone)]
pub struct Credential {
    /// Primary key.
    pub id: Id<Credential>,
    /// Argon2id with its parameters and salt.
    pub password_hash: String,
}

impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credential").field("id", &self.id).finish_non_exhaustive()
    }
}

/// The credential of a user of a system.
pub fn find(conn: &mut Conn<'_>, system: &str, user: Uuid) -> Result<Option<Credential>> {
    let found: Option<(Uuid, String)> = credentials::table
        .filter(credentials::system.eq(system))
        .filter(credentials::user_id.eq(user))
        .select((credentials::id, credentials::password_hash))
        .first(conn.pg)
        .optional()?;
    Ok(found.map(|(id, password_hash)| Credential { id: Id::from_uuid(id), password_hash }))
}

/// Stores the first password of a user; nothing, when there is one meanwhile.
pub fn insert(tx: &mut Tx<'_>, system: &str, user: Uuid, hash: &str) -> Result<Option<Id<Credential>>> {
    let id = diesel::insert_into(credentials::table)
        .values((
            credentials::id.eq(Id::<Credential>::generate().uuid()),
            credentials::system.eq(system),
            credentials::user_id.eq(user),
            credentials::password_hash.eq(hash),
            credentials::changed_at.eq(tx.now),
        ))
        .on_conflict((credentials::system, credentials::user_id))
        .do_nothing()
        .returning(credentials::id)
        .get_result::<Uuid>(tx.pg)
        .optional()?;
    Ok(id.map(Id::from_uuid))
}

/// Whether it is still the password with `hash` that is good. It stays so until the end of the transaction: a change
/// waits.
pub fn lock(tx: &mut Tx<'_>, id: Id<Credential>, hash: &str) -> Result<bool> {
    let unchanged = credentials::table.find(id.uuid()).filter(credentials::password_hash.eq(hash));
    let found: Option<Uuid> = unchanged.select(credentials::id).for_share().first(tx.pg).optional()?;
    Ok(found.is_some())
}

/// Stores another password, if it is still the one with `old` that is good; answers whether it was.
pub fn change(tx: &mut Tx<'_>, id: Id<Credential>, old: &str, new: &str) -> Result<bool> {
    let unchanged = credentials::table.find(id.uuid()).filter(credentials::password_hash.eq(old));
    let changes = (credentials::password_hash.eq(new), credentials::changed_at.eq(tx.now));
    Ok(diesel::update(unchanged).set(changes).execute(tx.pg)? > 0)
}

/// Stores the same password, hashed anew, if it is still the one with `old` that is good.
pub fn rehash(tx: &mut Tx<'_>, id: Id<Credential>, old: &str, new: &str) -> Result<bool> {
    let unchanged = credentials::table.find(id.uuid()).filter(credentials::password_hash.eq(old));
    Ok(diesel::update(unchanged).set(credentials::password_hash.eq(new)).execute(tx.pg)? > 0)
}
