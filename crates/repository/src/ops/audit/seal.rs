//! Sealing: in batches, and without anybody waiting for it.

use std::time::{Duration, Instant};

use diesel::prelude::*;
use diesel::sql_types::{Array, Text};

use super::Head;
use super::digest::{Entry, Keys, NO_SEAL, load_rows};
use crate::database::statement::{BindNext, statement};
use crate::platform::audit_seals::{self, SealRow};
use crate::{Actor, Conn, Database, Error, Result, Tx};

/// Rows that one seal covers at most: what is held in memory at a time.
const BATCH: i64 = 1_000;

/// How often it looks whether writers are done.
const LOOK: Duration = Duration::from_millis(20);

/// What was sealed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sealed {
    /// Seals that were made.
    pub seals: u64,
    /// Rows that they cover.
    pub rows: u64,
    /// Whether rows are left because somebody is still writing: the same sealer goes on from there.
    pub waiting: bool,
    /// The last seal that was made, as `number:digest`.
    pub head: Option<String>,
}

/// Seals the audit log, one call after the other.
///
/// Keep it between calls: where a long transaction is in the way, the next call waits for the same transactions only, not
/// for those that have begun since, so that a busy database is sealed too.
#[derive(Debug, Default)]
pub struct Sealer {
    mark: Option<Mark>,
}

/// A place in the log, and who may still write before it.
#[derive(Debug)]
struct Mark {
    /// The last id that was taken.
    id: i64,
    /// The transactions that were writing then. Others take greater ids.
    writers: Vec<String>,
}

impl Sealer {
    /// A sealer that waits for nobody yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Seals every row that was there when it began, in batches of a thousand, each in a transaction of its own. Waits at
    /// most `patience` for transactions that are writing to the log. Where another process is sealing, it leaves that to
    /// it.
    ///
    /// # Errors
    /// [`Error::NotReady`] when the newest seal is not authentic; else what the database says.
    pub fn run(&mut self, database: &Database, actor: &Actor, patience: Duration) -> Result<Sealed> {
        let mut sealed = Sealed::default();
        let Some(id) = self.settled(database, actor, patience)? else {
            return Ok(Sealed { waiting: true, ..sealed });
        };
        let keys = Keys::of(database.cipher());
        while let Some(seal) =
            database.write("platform.seal_audit_log", actor, |tx| seal_batch(tx, &keys, id))?
        {
            sealed.seals += 1;
            sealed.rows += u64::from(seal.row_count.unsigned_abs());
            sealed.head = Head::of(&seal).map(|head| head.to_string());
        }
        metrics::counter!("audit_rows_sealed_total").increment(sealed.rows);
        Ok(sealed)
    }

    /// An id before which no row can appear any more, and up to which it is worth sealing.
    fn settled(&mut self, database: &Database, actor: &Actor, patience: Duration) -> Result<Option<i64>> {
        let give_up = Instant::now() + patience;
        let mut mark = match self.mark.take() {
            Some(mark) => mark,
            None => database.read("platform.mark_audit_log", actor, Mark::set)?,
        };
        loop {
            mark.writers = database
                .read("platform.find_audit_writers", actor, |conn| still_there(conn, &mark.writers))?;
            if mark.writers.is_empty() {
                return Ok(Some(mark.id));
            }
            if Instant::now() >= give_up {
                self.mark = Some(mark);
                return Ok(None);
            }
            std::thread::sleep(LOOK);
        }
    }
}

impl Mark {
    /// A transaction takes its ids after it has locked the table, and keeps the lock to its end. So whoever has an id of
    /// up to this one is among those who hold the lock now, or is over.
    fn set(conn: &mut Conn<'_>) -> Result<Self> {
        let id = audit_seals::last_taken_id(conn)?;
        let writers = statement(WRITERS).load::<Writer>(conn.pg)?;
        Ok(Self { id, writers: writers.into_iter().map(|writer| writer.transaction).collect() })
    }
}

/// Who holds the lock that a statement which writes to the log takes.
const WRITERS: &str = "SELECT DISTINCT virtualtransaction AS transaction FROM pg_locks
      WHERE locktype = 'relation' AND relation = 'platform.audit_log'::regclass AND mode = 'RowExclusiveLock' AND granted
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";

fn still_there(conn: &mut Conn<'_>, writers: &[String]) -> Result<Vec<String>> {
    if writers.is_empty() {
        return Ok(Vec::new());
    }
    let writers = statement(
        "SELECT DISTINCT virtualtransaction AS transaction FROM pg_locks
          WHERE locktype = 'relation' AND relation = 'platform.audit_log'::regclass AND mode = 'RowExclusiveLock'
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
            AND virtualtransaction = ANY (?)",
    )
    .bind::<Array<Text>, _>(writers)
    .load::<Writer>(conn.pg)?;
    Ok(writers.into_iter().map(|writer| writer.transaction).collect())
}

/// Seals the next rows up to `id`; answers the seal, or nothing when there is nothing left to do here.
fn seal_batch(tx: &mut Tx<'_>, keys: &Keys, id: i64) -> Result<Option<SealRow>> {
    if !audit_seals::take_turn(tx)? {
        return Ok(None);
    }
    let seal = next(tx, keys)?;
    let rows = load_rows(tx, seal.after_id, id, BATCH)?;
    let Some(last) = rows.last() else { return Ok(None) };
    let mut entries = Vec::new();
    rows.iter().for_each(|row| Entry::of(row, keys).write(&mut entries));
    let row_count = i32::try_from(rows.len()).unwrap_or(i32::MAX);
    let seal = SealRow { last_id: last.id, row_count, entries, ..seal }.signed(keys);
    audit_seals::insert(tx, &seal)?;
    Ok(Some(seal))
}

/// The next link of the chain, which covers nothing yet.
pub(super) fn next(tx: &mut Tx<'_>, keys: &Keys) -> Result<SealRow> {
    let newest = audit_seals::newest(tx)?;
    // A chain that goes on from a forged seal would take more and more rows out of sight.
    if newest.as_ref().is_some_and(|seal| !seal.is_authentic(keys)) {
        return Err(Error::NotReady(
            "the newest seal of the audit log was changed, or not made by this service: run `db-manage audit verify`".to_owned(),
        ));
    }
    let (number, last_id, previous) =
        newest.map_or((0, i64::MIN, NO_SEAL.to_vec()), |seal| (seal.number, seal.last_id, seal.digest));
    Ok(SealRow {
        number: number + 1,
        after_id: last_id,
        last_id,
        row_count: 0,
        entries: Vec::new(),
        retired_before: None,
        previous,
        digest: Vec::new(),
        created_at: tx.now,
    })
}

#[derive(QueryableByName)]
struct Writer {
    #[diesel(sql_type = Text)]
    transaction: String,
}
