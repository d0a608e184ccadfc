//! Imported conversations: closed chats that bring the times of their messages.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{self, Array, Binary, Bool, Jsonb, Nullable, Text, Timestamptz};
use domain::Id;
use domain::whatsapp::imports::{ImportedMessage, Occurrences};
use domain::whatsapp::{ChatId, User};

use super::messages::{self, MESSAGES, StoredMessage};
use crate::database::column_types::StoredJson;
use crate::database::statement::{BindNext, statement};
use crate::{Conn, Error, Result, Tx};

/// Chats that one statement stores at most.
const CHATS: usize = 1_000;

/// What is there of earlier imports for a user.
pub struct Imported {
    /// Whether the file was imported before.
    pub is_known: bool,
    /// The messages of all of them.
    pub messages: Occurrences,
}

#[derive(QueryableByName)]
struct ImportedRow {
    #[diesel(sql_type = Bool)]
    is_file: bool,
    #[diesel(sql_type = Jsonb)]
    messages: StoredJson<Vec<StoredMessage>>,
}

/// A keyed digest of a file and of the place of a chat among those that were made of it.
fn digest(conn: &Conn<'_>, file: &str, place: u64) -> Result<[u8; 32]> {
    let cipher = conn.cipher.column(&MESSAGES).map_err(|error| Error::NotReady(error.to_string()))?;
    Ok(cipher.digest(&[b"import", file.as_bytes(), &place.to_be_bytes()]))
}

/// What earlier imports brought for a user, whose row must be locked. One statement.
pub fn find(tx: &mut Tx<'_>, user: Id<User>, file: &str) -> Result<Imported> {
    let rows = statement(
        "SELECT import_digest = ? AS is_file, messages FROM whatsapp.userchats
          WHERE customer_id = ? AND import_digest IS NOT NULL",
    )
    .bind::<Binary, _>(digest(tx, file, 0)?)
    .bind::<sql_types::Uuid, _>(user.uuid())
    .load::<ImportedRow>(tx.pg)?;
    let mut found =
        Imported { is_known: rows.iter().any(|row| row.is_file), messages: Occurrences::default() };
    if found.is_known {
        return Ok(found);
    }
    for row in rows {
        for message in messages::open_all(tx, user.uuid(), row.messages.0)? {
            let domain::whatsapp::Message { role, content, timestamp, .. } = message;
            found.messages.add(&ImportedMessage { role, content, timestamp });
        }
    }
    Ok(found)
}

/// Stores messages in closed chats of at most so many, which continue one another; answers how many chats. A statement for
/// each thousand of them.
///
/// # Errors
/// [`Error::Contention`] when a new chat's id is in use: run again, the handle takes another.
pub fn insert(
    tx: &mut Tx<'_>,
    user: Id<User>,
    file: &str,
    most: u32,
    messages: &[ImportedMessage],
) -> Result<usize> {
    let most = usize::try_from(most).unwrap_or(usize::MAX).max(1);
    let chats: Vec<&[ImportedMessage]> = messages.chunks(most).collect();
    let (mut stored, mut continues) = (0, None);
    for (batch, chats) in chats.chunks(CHATS).enumerate() {
        stored += insert_batch(tx, user, file, batch * CHATS, chats, &mut continues)?;
    }
    Ok(stored)
}

fn insert_batch(
    tx: &mut Tx<'_>,
    user: Id<User>,
    file: &str,
    first: usize,
    chats: &[&[ImportedMessage]],
    continues: &mut Option<ChatId>,
) -> Result<usize> {
    let (mut ids, mut before, mut contents, mut digests) = (vec![], vec![], vec![], vec![]);
    let (mut began, mut ended): (Vec<DateTime<Utc>>, Vec<DateTime<Utc>>) = (vec![], vec![]);
    for (place, messages) in (first..).zip(chats) {
        let id = ChatId::generate();
        ids.push(id.to_string());
        before.push(continues.replace(id).map(|id| id.to_string()));
        let sealed = messages.iter().map(|message| messages::seal_imported(tx, user.uuid(), message));
        contents.push(StoredJson(sealed.collect::<Result<Vec<_>>>()?));
        digests.push(digest(tx, file, place as u64)?);
        began.extend(messages.first().map(|message| message.timestamp));
        ended.extend(messages.last().map(|message| message.timestamp));
    }
    let stored = statement(
        "INSERT INTO whatsapp.userchats
                (chat_id, customer_id, is_active, messages, continues_chat_id, import_digest, created_at, updated_at)
         SELECT r.chat_id, ?, false, r.messages, r.continues_chat_id, r.import_digest, r.created_at, r.updated_at
           FROM unnest(?, ?, ?, ?, ?, ?)
                AS r (chat_id, messages, continues_chat_id, import_digest, created_at, updated_at)",
    )
    .bind::<sql_types::Uuid, _>(user.uuid())
    .bind::<Array<Text>, _>(ids)
    .bind::<Array<Jsonb>, _>(contents)
    .bind::<Array<Nullable<Text>>, _>(before)
    .bind::<Array<Binary>, _>(digests)
    .bind::<Array<Timestamptz>, _>(began)
    .bind::<Array<Timestamptz>, _>(ended)
    .execute(tx.pg);
    match stored.map_err(Error::from) {
        Err(error) if error.is_conflict_on("userchats_pkey") => Err(Error::Contention),
        stored => stored,
    }
}
