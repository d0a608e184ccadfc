//! Answers that were given, so that a request that is sent again is answered again and not done again.
//!
//! [`claim`] and [`store`] belong into the transaction of the change: answer and change are stored together or not at
//! all, also when nobody hears of the commit. That no key is used twice is for the unique constraint to see to; the
//! lock is only there to tell at once, and not after a wait, that a request is still running.

use std::collections::BTreeSet;

use codec::{Column, ColumnCipher};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Binary, Bool, Nullable, SmallInt, Text};
use domain::pii::{JsonKind, Pii};
use domain::{Id, PrivateJson, json};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::database::sealed::{Sealed, seal, sql_types};
use crate::database::statement::{BindNext, statement};
use crate::{Access, Audit, Conn, Error, Keep, Result, Rule, SealedColumn, Table, Tx, Verb};

/// What the shared machinery knows of this table.
pub const TABLE: Table = Table {
    access: Access::Actor("caller"),
    end_users_may: &[Verb::Select, Verb::Insert, Verb::Update],
    sealed: &[SealedColumn::new("answer")],
    clear: &[
        ("caller", "who repeated a request"),
        ("key_digest", "nothing: a keyed digest"),
        ("request_digest", "that two requests are alike: a keyed digest"),
    ],
    audit: Audit::Nothing("the changes that the requests made are audited; this is a cache of the answers"),
    retention: &[Rule {
        name: "idempotency-keys",
        about: "answers to idempotency keys",
        condition: "t.created_at < $1",
        keep: Keep::Days(1),
    }],
    ..Table::new("platform", "idempotency_keys", "idempotency key")
};

const ANSWER: Column = TABLE.column("answer");

/// A request that carries a key: what must be the same for it to be the same request.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// The key, as the caller chose it.
    pub key: &'a str,
    /// The HTTP method.
    pub method: &'a str,
    /// The path as it was sent.
    pub path: &'a str,
    /// The query as it was sent.
    pub query: &'a str,
    /// The body as it was sent.
    pub body: &'a [u8],
}

/// An answer as it is kept: what a client acts on.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The status, 200 to 299.
    #[serde(skip)]
    pub status: u16,
    /// The header `Location`.
    pub location: Option<String>,
    /// The header `ETag`.
    pub etag: Option<String>,
    /// The body, byte for byte.
    pub body: String,
}

/// What became of asking for a key.
pub enum Claim<S = Slot> {
    /// It is the caller's: do the work, then [`store`] the answer.
    Free(S),
    /// The request was done before, and this was the answer.
    Answered(Answer),
    /// The request is being done now.
    Running,
    /// The key was used for another request.
    OtherRequest,
}

/// The place of an answer that is not there yet.
pub struct Slot {
    key: [u8; 32],
    request: [u8; 32],
    /// What the path names.
    about: BTreeSet<Uuid>,
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = Bool)]
    is_mine: bool,
    #[diesel(sql_type = Nullable<diesel::sql_types::Uuid>)]
    id: Option<Uuid>,
    #[diesel(sql_type = Nullable<Binary>)]
    request_digest: Option<Vec<u8>>,
    #[diesel(sql_type = Nullable<SmallInt>)]
    status: Option<i16>,
    #[diesel(sql_type = Nullable<sql_types::Sealed>)]
    answer: Option<Sealed<JsonKind>>,
}

#[derive(QueryableByName)]
struct Kept {
    #[diesel(sql_type = diesel::sql_types::Uuid)]
    id: Uuid,
    #[diesel(sql_type = SmallInt)]
    status: i16,
    #[diesel(sql_type = sql_types::Sealed)]
    answer: Sealed<JsonKind>,
}

/// Asks for the caller's key, for the rest of the transaction: one statement, which waits for nobody.
///
/// A key is free again a day after its request was done, by the database's clock.
///
/// # Errors
/// [`Error::Corrupt`] when the answer does not open; else what the database says.
pub fn claim(tx: &mut Tx<'_>, request: &Request<'_>) -> Result<Claim> {
    let caller = tx.actor.to_string();
    let slot = Slot::of(tx, &caller, request)?;
    let found = statement(
        "SELECT pg_try_advisory_xact_lock(?) AS is_mine, k.id, k.request_digest, k.status, k.answer
           FROM (VALUES (1)) AS one
           LEFT JOIN platform.idempotency_keys k
             ON k.caller = ? AND k.key_digest = ? AND k.created_at > now() - INTERVAL '24 hours'",
    )
    .bind::<BigInt, _>(lock_of(&slot.key))
    .bind::<Text, _>(caller)
    .bind::<Binary, _>(slot.key)
    .get_result::<Found>(tx.pg)?;
    match found {
        Found { request_digest: Some(digest), .. } if digest != slot.request => Ok(Claim::OtherRequest),
        Found { id: Some(id), status: Some(status), answer: Some(answer), .. } => {
            Answer::open(tx, id, status, answer).map(Claim::Answered)
        }
        Found { is_mine: true, .. } => Ok(Claim::Free(slot)),
        Found { is_mine: false, .. } => Ok(Claim::Running),
    }
}

/// Keeps the answer in its slot.
///
/// # Errors
/// [`Error::Contention`] when somebody else has taken the slot since it was claimed: run again, the handle finds the
/// answer then.
pub fn store(tx: &mut Tx<'_>, slot: &Slot, answer: &Answer) -> Result<()> {
    let id = Id::<Answer>::generate().uuid();
    let about: Vec<Uuid> = slot.about.union(&answer.about()).copied().collect();
    // A row that is too old is replaced, with a new id: its answer was sealed for the old one.
    let stored = statement(
        "INSERT INTO platform.idempotency_keys (id, caller, key_digest, request_digest, status, answer, about)
         VALUES (?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT ON CONSTRAINT idempotency_keys_key_unique DO UPDATE
            SET id = excluded.id, request_digest = excluded.request_digest, status = excluded.status,
                answer = excluded.answer, about = excluded.about, created_at = excluded.created_at
          WHERE idempotency_keys.created_at <= now() - INTERVAL '24 hours'",
    )
    .bind::<diesel::sql_types::Uuid, _>(id)
    .bind::<Text, _>(tx.actor.to_string())
    .bind::<Binary, _>(slot.key)
    .bind::<Binary, _>(slot.request)
    .bind::<SmallInt, _>(i16::try_from(answer.status).unwrap_or(i16::MAX))
    .bind::<sql_types::Sealed, _>(answer.seal(tx, id)?)
    .bind::<Array<diesel::sql_types::Uuid>, _>(about)
    .execute(tx.pg)?;
    if stored == 1 { Ok(()) } else { Err(Error::Contention) }
}

/// Forgets every answer that names one of these rows; answers how many there were.
pub(crate) fn forget_about(tx: &mut Tx<'_>, rows: &[Uuid]) -> Result<usize> {
    Ok(statement("DELETE FROM platform.idempotency_keys WHERE about && ?")
        .bind::<Array<diesel::sql_types::Uuid>, _>(rows)
        .execute(tx.pg)?)
}

/// Forgets the answers that name this row and whose body `tells` of what is to be forgotten; answers how many there were.
pub(crate) fn forget_those(tx: &mut Tx<'_>, row: Uuid, tells: impl Fn(&str) -> bool) -> Result<usize> {
    let kept = statement("SELECT id, status, answer FROM platform.idempotency_keys WHERE about @> ?")
        .bind::<Array<diesel::sql_types::Uuid>, _>(vec![row])
        .load::<Kept>(tx.pg)?;
    let mut forgotten = Vec::new();
    for Kept { id, status, answer } in kept {
        if tells(&Answer::open(tx, id, status, answer)?.body) {
            forgotten.push(id);
        }
    }
    Ok(statement("DELETE FROM platform.idempotency_keys WHERE id = ANY (?)")
        .bind::<Array<diesel::sql_types::Uuid>, _>(forgotten)
        .execute(tx.pg)?)
}

impl Slot {
    fn of(conn: &Conn<'_>, caller: &str, request: &Request<'_>) -> Result<Self> {
        let cipher = cipher(conn)?;
        let Request { key, method, path, query, body } = request;
        Ok(Self {
            key: cipher.digest(&[b"key", caller.as_bytes(), key.as_bytes()]),
            request: cipher.digest(&[b"request", method.as_bytes(), path.as_bytes(), query.as_bytes(), body]),
            about: ids_in(path).collect(),
        })
    }
}

impl Answer {
    fn seal(&self, conn: &Conn<'_>, row: Uuid) -> Result<Sealed<JsonKind>> {
        let content = serde_json::to_string(self).map_err(|error| Error::Invalid(error.to_string()))?;
        seal(conn, &ANSWER, row, &PrivateJson::from_trusted(content))
    }

    fn open(conn: &Conn<'_>, row: Uuid, status: i16, sealed: Sealed<JsonKind>) -> Result<Self> {
        let content: Pii<JsonKind> = sealed.open(conn, &ANSWER, row)?;
        // What serde says might repeat the content.
        let answer: Self = json::from_trusted(content.expose())
            .map_err(|_| Error::Invalid("an answer that was kept has another form".to_owned()))?;
        Ok(Self { status: u16::try_from(status).unwrap_or_default(), ..answer })
    }

    /// Every row that the answer names. Whatever it tells of a person stands beside an id of that person's.
    fn about(&self) -> BTreeSet<Uuid> {
        ids_in(self.location.as_deref().unwrap_or_default()).chain(ids_in(&self.body)).collect()
    }
}

fn cipher<'a>(conn: &Conn<'a>) -> Result<&'a ColumnCipher> {
    conn.cipher().column(&ANSWER).map_err(|error| Error::NotReady(format!("{ANSWER} has no key: {error}")))
}

/// The number of a key's lock. Should two keys have the same, one of them waits for its client's next attempt.
fn lock_of(digest: &[u8; 32]) -> i64 {
    digest.iter().take(8).fold(0, |number, byte| number << 8 | i64::from(*byte))
}

/// The UUIDs that stand in a text, written with hyphens.
fn ids_in(text: &str) -> impl Iterator<Item = Uuid> {
    const LENGTH: usize = 36;
    let is_sign = |byte: u8| byte.is_ascii_hexdigit() || byte == b'-';
    let words = text.split(move |sign: char| !sign.is_ascii() || !is_sign(sign as u8));
    words.filter(|word| word.len() == LENGTH).filter_map(|word| word.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_found_wherever_they_stand() {
        let (a, b) = (Uuid::from_u128(1), Uuid::from_u128(u128::MAX));
        let body = format!(r#"{{"id":"{a}","é{b}é":["{a}x","{a}"],"note":"a-b {a}-1"}}"#);
        assert_eq!(ids_in(&body).collect::<Vec<_>>(), [a, b, a, a]);
        assert_eq!(ids_in(&format!("/v1/split/bills/{b}/split")).collect::<Vec<_>>(), [b]);
        assert_eq!(ids_in("").count(), 0);
    }

    #[test]
    fn locks_differ_in_all_of_their_bits() {
        assert_eq!(lock_of(&[0xff; 32]), -1);
        assert_eq!(lock_of(&[0; 32]), 0);
        assert_ne!(lock_of(&[1; 32]), lock_of(&[2; 32]));
    }
}
