//! What is signed: audit rows and seals as bytes that have one reading only.

use codec::{Cipher, Signer};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Binary, Nullable, Text};

use crate::database::statement::{BindNext, statement};
use crate::platform::audit_seals::SealRow;
use crate::{Conn, Result};

/// First byte of what is signed. A column more in the audit log, or another order, would be a second form.
const FORM: u8 = 1;

/// Bytes of one row in `entries`.
const ENTRY: usize = 8 + 8 + Signer::TAG;

/// What the first seal has before it.
pub(super) const NO_SEAL: [u8; Signer::TAG] = [0; Signer::TAG];

/// The keys of rows and of seals.
pub(super) struct Keys {
    rows: Signer,
    seals: Signer,
}

impl Keys {
    pub(super) fn of(cipher: &Cipher) -> Self {
        Self { rows: cipher.lasting_signer("audit row"), seals: cipher.lasting_signer("audit seal") }
    }
}

/// An audit row as it is signed. Times come as PostgreSQL keeps them, in microseconds since 2000, so that none is out of
/// Rust's range; JSON comes as PostgreSQL writes it, which is the same text for the same value.
#[derive(QueryableByName)]
pub(super) struct LogRow {
    #[diesel(sql_type = BigInt)]
    pub(super) id: i64,
    #[diesel(sql_type = Binary)]
    at: Vec<u8>,
    #[diesel(sql_type = Text)]
    actor: String,
    #[diesel(sql_type = Nullable<Text>)]
    request_id: Option<String>,
    #[diesel(sql_type = Text)]
    action: String,
    #[diesel(sql_type = Text)]
    table_name: String,
    #[diesel(sql_type = Text)]
    row_id: String,
    #[diesel(sql_type = Nullable<Array<Nullable<Text>>>)]
    changed_columns: Option<Vec<Option<String>>>,
    #[diesel(sql_type = Nullable<Text>)]
    old_values: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    new_values: Option<String>,
}

/// The rows with ids above `after`, up to `last`, in order; at most `limit`.
pub(super) fn load_rows(conn: &mut Conn<'_>, after: i64, last: i64, limit: i64) -> Result<Vec<LogRow>> {
    let rows = statement(
        "SELECT id, timestamptz_send(created_at) AS at, actor, request_id, action, table_name, row_id, changed_columns,
                old_values::text AS old_values, new_values::text AS new_values
           FROM platform.audit_log WHERE id > ? AND id <= ? ORDER BY id, created_at LIMIT ?",
    );
    Ok(rows.bind::<BigInt, _>(after).bind::<BigInt, _>(last).bind::<BigInt, _>(limit).load(conn.pg)?)
}

impl LogRow {
    /// Microseconds since 2000.
    pub(super) fn micros(&self) -> i64 {
        self.at.as_slice().try_into().map_or(0, i64::from_be_bytes)
    }

    fn message(&self) -> Vec<u8> {
        let Self {
            id,
            at,
            actor,
            request_id,
            action,
            table_name,
            row_id,
            changed_columns,
            old_values,
            new_values,
        } = self;
        let mut message = Message::new();
        message.number(*id);
        message.bytes(at);
        message.text(Some(actor));
        message.text(request_id.as_deref());
        message.text(Some(action));
        message.text(Some(table_name));
        message.text(Some(row_id));
        // One more than the number of columns, so that none at all differs from an empty list.
        message.number(changed_columns.as_ref().map_or(0, |columns| length(columns.len()) + 1));
        for column in changed_columns.iter().flatten() {
            message.text(column.as_deref());
        }
        message.text(old_values.as_deref());
        message.text(new_values.as_deref());
        message.0
    }
}

/// What a seal knows of one of its rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) id: i64,
    /// Microseconds since 2000.
    pub(super) micros: i64,
    tag: [u8; Signer::TAG],
}

impl Entry {
    pub(super) fn of(row: &LogRow, keys: &Keys) -> Self {
        Self { id: row.id, micros: row.micros(), tag: keys.rows.sign(&row.message()) }
    }

    /// Whether the row is as it was.
    pub(super) fn is_of(&self, row: &LogRow, keys: &Keys) -> bool {
        row.micros() == self.micros && keys.rows.verify(&row.message(), &self.tag).is_ok()
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.id.to_be_bytes());
        out.extend_from_slice(&self.micros.to_be_bytes());
        out.extend_from_slice(&self.tag);
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let (id, rest) = bytes.split_first_chunk()?;
        let (micros, tag) = rest.split_first_chunk()?;
        let (id, micros) = (i64::from_be_bytes(*id), i64::from_be_bytes(*micros));
        Some(Self { id, micros, tag: tag.try_into().ok()? })
    }
}

impl SealRow {
    /// What it knows of its rows, in order of their ids.
    pub(super) fn read_entries(&self) -> impl Iterator<Item = Entry> {
        self.entries.chunks(ENTRY).filter_map(Entry::read)
    }

    /// Signs it.
    pub(super) fn signed(mut self, keys: &Keys) -> Self {
        self.digest = keys.seals.sign(&self.message()).to_vec();
        self
    }

    /// Whether it was made here and is as it was.
    pub(super) fn is_authentic(&self, keys: &Keys) -> bool {
        keys.seals.verify(&self.message(), &self.digest).is_ok()
    }

    fn message(&self) -> Vec<u8> {
        let Self {
            number,
            after_id,
            last_id,
            row_count,
            entries,
            retired_before,
            previous,
            digest: _,
            created_at,
        } = self;
        let mut message = Message::new();
        for part in [*number, *after_id, *last_id, i64::from(*row_count), created_at.timestamp_micros()] {
            message.number(part);
        }
        message.bytes(
            &retired_before.map_or_else(Vec::new, |time| time.timestamp_micros().to_be_bytes().to_vec()),
        );
        message.bytes(previous);
        message.bytes(entries);
        message.0
    }
}

/// Parts one after the other, each with its length where that is not fixed.
struct Message(Vec<u8>);

impl Message {
    fn new() -> Self {
        Self(vec![FORM])
    }

    fn number(&mut self, number: i64) {
        self.0.extend_from_slice(&number.to_be_bytes());
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.number(length(bytes.len()));
        self.0.extend_from_slice(bytes);
    }

    fn text(&mut self, text: Option<&str>) {
        match text {
            Some(text) => self.bytes(text.as_bytes()),
            None => self.number(-1),
        }
    }
}

fn length(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use codec::{EncryptionKey, IndexKey, KeyRing};

    use super::*;

    fn row() -> LogRow {
        LogRow {
            id: 7,
            at: 5_i64.to_be_bytes().to_vec(),
            actor: "system".to_owned(),
            request_id: None,
            action: "update".to_owned(),
            table_name: "split.bills".to_owned(),
            row_id: "1".to_owned(),
            changed_columns: Some(vec![Some("status".to_owned())]),
            old_values: Some("{}".to_owned()),
            new_values: None,
        }
    }

    fn keys() -> Keys {
        let ring = KeyRing::new(EncryptionKey::generate().unwrap(), Vec::new()).unwrap();
        Keys::of(&Cipher::new(&ring, &IndexKey::generate().unwrap(), &[]))
    }

    /// Each changes one field; the last two move a text from one field to the next.
    #[test]
    fn every_field_counts_and_no_two_rows_read_the_same() {
        let changes: [fn(&mut LogRow); 13] = [
            |row| row.id += 1,
            |row| row.at = 6_i64.to_be_bytes().to_vec(),
            |row| row.actor.push('x'),
            |row| row.request_id = Some(String::new()),
            |row| row.action = "insert".to_owned(),
            |row| row.table_name.push('x'),
            |row| row.row_id.push('x'),
            |row| row.changed_columns = None,
            |row| row.changed_columns = Some(Vec::new()),
            |row| row.changed_columns = Some(vec![None]),
            |row| row.old_values = None,
            |row| (row.old_values, row.new_values) = (None, Some("{}".to_owned())),
            |row| (row.table_name, row.row_id) = ("split.bill".to_owned(), "s1".to_owned()),
        ];
        let keys = keys();
        let entry = Entry::of(&row(), &keys);
        assert!(entry.is_of(&row(), &keys));
        for (number, change) in changes.iter().enumerate() {
            let mut changed = row();
            change(&mut changed);
            assert!(!entry.is_of(&changed, &keys), "change {number}");
        }
        assert!(!entry.is_of(&row(), &super::tests::keys()), "another key");
    }

    #[test]
    fn entries_come_back_as_they_were_written() {
        let keys = keys();
        let entry = Entry::of(&row(), &keys);
        let mut bytes = Vec::new();
        entry.write(&mut bytes);
        assert_eq!((bytes.len(), Entry::read(&bytes)), (ENTRY, Some(entry)));
        assert_eq!(Entry::read(&bytes[1..]), None);
    }
}
