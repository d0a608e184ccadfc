//! What a repository function may use, and nothing else.

use std::ops::{Deref, DerefMut};

use chrono::{DateTime, Utc};
use codec::Cipher;
use diesel::PgConnection;

use crate::Actor;
use crate::database::seal_counters::SealCounters;

/// A connection for reading, and the cipher that opens what it brings.
///
/// Given out by [`Database::read`](crate::Database::read). Functions that only read take `&mut Conn`; a [`Tx`] serves
/// them too.
pub struct Conn<'a> {
    pub(crate) pg: &'a mut PgConnection,
    pub(crate) cipher: &'a Cipher,
    pub(crate) counters: SealCounters,
}

impl<'a> Conn<'a> {
    pub(crate) fn new(pg: &'a mut PgConnection, cipher: &'a Cipher) -> Self {
        Self { pg, cipher, counters: SealCounters::default() }
    }

    /// The keys of this database, for what is not a column: cursors that must not be forged.
    pub fn cipher(&self) -> &'a Cipher {
        self.cipher
    }
}

/// An open transaction: a [`Conn`] that may also change things.
///
/// Given out by [`Database::write`](crate::Database::write). A function that changes anything takes `&mut Tx`, so that
/// a change outside a transaction, and so outside the audit log, does not compile.
pub struct Tx<'a> {
    conn: Conn<'a>,
    /// On whose behalf.
    pub actor: &'a Actor,
    /// The transaction's time by the database's clock. Whatever is stamped or compared in Rust uses this.
    pub now: DateTime<Utc>,
}

impl<'a> Tx<'a> {
    pub(crate) fn new(conn: Conn<'a>, actor: &'a Actor, now: DateTime<Utc>) -> Self {
        Self { conn, actor, now }
    }
}

impl<'a> Deref for Tx<'a> {
    type Target = Conn<'a>;

    fn deref(&self) -> &Conn<'a> {
        &self.conn
    }
}

impl<'a> DerefMut for Tx<'a> {
    fn deref_mut(&mut self) -> &mut Conn<'a> {
        &mut self.conn
    }
}
