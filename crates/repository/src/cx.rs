//! What a repository function may use, and nothing else.

use std::ops::{Deref, DerefMut};

use chrono::{DateTime, Utc};
use codec::Cipher;
use diesel::PgConnection;

use crate::Actor;
use crate::tally::Tally;

/// A connection for reading, and the cipher that opens what it brings.
///
/// Given out by [`Database::read`](crate::Database::read). Functions that only read take `&mut Cx`; a [`Tx`] serves
/// them too.
pub struct Cx<'a> {
    pub(crate) conn: &'a mut PgConnection,
    pub(crate) cipher: &'a Cipher,
    pub(crate) tally: Tally,
}

impl<'a> Cx<'a> {
    pub(crate) fn new(conn: &'a mut PgConnection, cipher: &'a Cipher) -> Self {
        Self { conn, cipher, tally: Tally::default() }
    }

    /// The keys of this database, for what is not a column: cursors that must not be forged.
    pub fn cipher(&self) -> &'a Cipher {
        self.cipher
    }
}

/// An open transaction: a [`Cx`] that may also change things.
///
/// Given out by [`Database::write`](crate::Database::write). A function that changes anything takes `&mut Tx`, so that
/// a change outside a transaction, and so outside the audit log, does not compile.
pub struct Tx<'a> {
    cx: Cx<'a>,
    /// On whose behalf.
    pub actor: &'a Actor,
    /// The transaction's time by the database's clock. Whatever is stamped or compared in Rust uses this.
    pub now: DateTime<Utc>,
}

impl<'a> Tx<'a> {
    pub(crate) fn new(cx: Cx<'a>, actor: &'a Actor, now: DateTime<Utc>) -> Self {
        Self { cx, actor, now }
    }
}

impl<'a> Deref for Tx<'a> {
    type Target = Cx<'a>;

    fn deref(&self) -> &Cx<'a> {
        &self.cx
    }
}

impl<'a> DerefMut for Tx<'a> {
    fn deref_mut(&mut self) -> &mut Cx<'a> {
        &mut self.cx
    }
}
