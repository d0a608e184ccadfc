//! Sealed columns as Rust values.

use std::marker::PhantomData;

use codec::{Column, OpenError};
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::Binary;
use domain::pii::{Pii, PiiKind};
use uuid::Uuid;

use crate::database::seal_counters;
use crate::{Conn, Error, Result};

/// The SQL types that generated schemas use for domains of the `platform` schema.
pub(crate) mod sql_types {
    /// `platform.sealed`: a type of its own, so that plain bytes or text in such a column do not compile.
    ///
    /// On the wire it is `bytea`, which PostgreSQL casts to the domain and checks.
    #[derive(Clone, Copy, Debug, Default, diesel::query_builder::QueryId, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(oid = 17, array_oid = 1001))]
    pub struct Sealed;
}

/// An envelope whose content is a `Pii<K>`: what a row holds of it.
#[derive(AsExpression, FromSqlRow)]
#[diesel(sql_type = sql_types::Sealed)]
pub(crate) struct Sealed<K: PiiKind + 'static> {
    envelope: Vec<u8>,
    kind: PhantomData<fn() -> K>,
}

/// HMAC of a normalised value: what equality and uniqueness of a sealed column are decided by.
#[derive(AsExpression, Clone, Copy)]
#[diesel(sql_type = Binary)]
pub(crate) struct Bidx(codec::BlindIndex);

impl<K: PiiKind> Sealed<K> {
    /// Opens what stood in `column` of `row`, in the buffer it came in.
    pub(crate) fn open(self, conn: &Conn<'_>, column: &Column, row: Uuid) -> Result<Pii<K>> {
        open_text(conn, column, row, self.envelope).map(Pii::from_trusted)
    }
}

/// Opens an envelope of any kind, in the buffer it came in.
pub(crate) fn open_text(conn: &Conn<'_>, column: &Column, row: Uuid, envelope: Vec<u8>) -> Result<String> {
    let cipher = conn.cipher.column(column).map_err(|error| corrupt(column, row, error.to_string()))?;
    opened(conn, column, row, cipher.open(row, envelope))
}

/// Opens a field of an element of the JSON array `column`, which is bound to `row`.
pub(crate) fn open_element<K: PiiKind>(
    conn: &Conn<'_>,
    column: &Column,
    row: Uuid,
    text: &str,
) -> Result<Pii<K>> {
    let cipher = conn.cipher.column(column).map_err(|error| corrupt(column, row, error.to_string()))?;
    opened(conn, column, row, cipher.open_text(row, text)).map(Pii::from_trusted)
}

fn opened(conn: &Conn<'_>, column: &Column, row: Uuid, plain: Result<Vec<u8>, OpenError>) -> Result<String> {
    let plain = plain.map_err(|error| corrupt(column, row, error.to_string()))?;
    conn.counters.count_opened();
    String::from_utf8(plain).map_err(|_| corrupt(column, row, "the content is not text".to_owned()))
}

fn corrupt(column: &Column, row: Uuid, reason: String) -> Error {
    seal_counters::count_unopened(column);
    let table = format!("{}.{}", column.schema(), column.table());
    Error::Corrupt { table, column: column.name(), row, reason }
}

impl Bidx {
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

/// Seals values for one column.
pub(crate) fn seal<K: PiiKind>(
    conn: &Conn<'_>,
    column: &Column,
    row: Uuid,
    value: &Pii<K>,
) -> Result<Sealed<K>> {
    let cipher = conn.cipher.column(column).map_err(|error| not_sealed(column, &error))?;
    let envelope = cipher.seal(row, value.expose().as_bytes()).map_err(|error| not_sealed(column, &error))?;
    conn.counters.count_sealed();
    Ok(Sealed { envelope, kind: PhantomData })
}

/// Seals a field of an element of the JSON array `column`, bound to `row`.
pub(crate) fn seal_element<K: PiiKind>(
    conn: &Conn<'_>,
    column: &Column,
    row: Uuid,
    value: &Pii<K>,
) -> Result<String> {
    let cipher = conn.cipher.column(column).map_err(|error| not_sealed(column, &error))?;
    let text = cipher.seal_text(row, value.expose()).map_err(|error| not_sealed(column, &error))?;
    conn.counters.count_sealed();
    Ok(text)
}

fn not_sealed(column: &Column, reason: &dyn std::fmt::Display) -> Error {
    Error::NotReady(format!("a value of {column} could not be sealed: {reason}"))
}

/// What `value` is found by in `column`.
pub(crate) fn blind_index<K: PiiKind>(conn: &Conn<'_>, column: &Column, value: &Pii<K>) -> Result<Bidx> {
    index(conn, column, &value.index_form())
}

fn index(conn: &Conn<'_>, column: &Column, form: &str) -> Result<Bidx> {
    match conn.cipher.column(column) {
        Ok(key) => Ok(Bidx(key.blind_index(form))),
        Err(error) => Err(Error::NotReady(format!("{column} has no index key: {error}"))),
    }
}

/// What a word is found by that a text of `owner` holds, in the array of word indexes beside `column`.
pub(crate) fn word_index(conn: &Conn<'_>, column: &Column, owner: Uuid, word: &str) -> Result<i64> {
    match conn.cipher.column(column) {
        Ok(key) => Ok(key.word_index(owner, word).get()),
        Err(error) => Err(Error::NotReady(format!("{column} has no index key: {error}"))),
    }
}

/// What stands, sealed, in place of a value whose person was erased.
pub(crate) const ERASED: &str = "erased";

/// Seals what stands in place of an erased value.
pub(crate) fn seal_erased<K: PiiKind>(conn: &Conn<'_>, column: &Column, row: Uuid) -> Result<Sealed<K>> {
    seal(conn, column, row, &Pii::from_trusted(ERASED.to_owned()))
}

/// What an erased value is indexed by. The row's id makes it unlike every other, and no look-up finds it.
pub(crate) fn index_erased(conn: &Conn<'_>, column: &Column, row: Uuid) -> Result<Bidx> {
    index(conn, column, &erased_form(row))
}

/// The text that [`index_erased`] is computed over.
pub(crate) fn erased_form(row: Uuid) -> String {
    format!("{ERASED} {row}")
}

impl<K: PiiKind> FromSql<sql_types::Sealed, Pg> for Sealed<K> {
    fn from_sql(bytes: PgValue<'_>) -> deserialize::Result<Self> {
        Ok(Self { envelope: bytes.as_bytes().to_vec(), kind: PhantomData })
    }
}

impl<K: PiiKind> ToSql<sql_types::Sealed, Pg> for Sealed<K> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        <[u8] as ToSql<Binary, Pg>>::to_sql(&self.envelope, out)
    }
}

impl<K: PiiKind> std::fmt::Debug for Sealed<K> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "[sealed {}]", K::NAME)
    }
}

impl ToSql<Binary, Pg> for Bidx {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        <[u8] as ToSql<Binary, Pg>>::to_sql(self.0.as_bytes(), out)?;
        Ok(IsNull::No)
    }
}

impl std::fmt::Debug for Bidx {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[blind index]")
    }
}
