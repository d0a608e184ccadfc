//! Checking: every seal, and every row against its seal.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable};

use super::Head;
use super::digest::{Entry, Keys, LogRow, NO_SEAL, load_rows};
use crate::database::statement::{BindNext, statement};
use crate::platform::audit_seals::{self, SealRow};
use crate::{Actor, Conn, Database, Result};

/// Seals that are read at a time: half a megabyte at most.
const PAGE: i64 = 16;

/// Rows that nobody sealed are listed up to this many for each seal.
const MOST_ADDED: i64 = 1_000;

/// Microseconds from 1970 to 2000, where PostgreSQL's times begin.
const TO_2000: i64 = 946_684_800_000_000;

/// A time as PostgreSQL keeps it.
pub(super) fn micros_since_2000(time: DateTime<Utc>) -> i64 {
    time.timestamp_micros() - TO_2000
}

/// What is wrong, in a word that programs can act on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A row is not as it was when it was sealed.
    Changed,
    /// A row was put among those that are sealed.
    Added,
    /// A row that was sealed is gone.
    Missing,
    /// A seal is gone.
    MissingSeal,
    /// A seal was not made by this service, or was changed or moved.
    ForgedSeal,
    /// A seal does not go on from the one before it.
    BrokenChain,
    /// Ids are not taken in order any more.
    Sequence,
}

/// One thing that is wrong with the log.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Fault {
    /// What.
    pub kind: Kind,
    /// The seal, where one is concerned.
    pub seal: Option<i64>,
    /// Id of the audit row, where one is concerned.
    pub row: Option<i64>,
    /// The same for people.
    pub reason: String,
    /// The earliest time of the row, in microseconds since 2000; none where more than one row may be concerned.
    #[serde(skip)]
    micros: Option<i64>,
}

impl Fault {
    /// Whether it may be one of rows of before this time, in microseconds since 2000.
    pub(super) fn may_be_before(&self, micros: i64) -> bool {
        self.micros.is_none_or(|earliest| earliest < micros)
    }
}

/// What [`verify`] found.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Verified {
    /// Seals that are authentic and follow one another.
    pub seals: u64,
    /// Rows that are as they were when they were sealed.
    pub rows: u64,
    /// Rows that were dropped on purpose: a seal says so.
    pub retired: u64,
    /// Rows that are not sealed yet, of which nothing can be said.
    pub unsealed: u64,
    /// The newest seal, as `number:digest`; the next verification can be told to look for it.
    pub head: Option<String>,
    /// Where something is wrong.
    pub faults: Vec<Fault>,
}

/// Checks every seal, and every row that is sealed. Where a head that was noted down is given, the chain must still have
/// it: only that shows that somebody has taken the newest seals away together with their rows. Tells `progress` after
/// each few seals how many of how many are done.
///
/// # Errors
/// What the database says. That something is wrong with the log is no error but a [`Fault`].
pub fn verify(
    database: &Database,
    actor: &Actor,
    noted: Option<&Head>,
    mut progress: impl FnMut(u64, u64),
) -> Result<Verified> {
    let total = database.read("platform.count_audit_seals", actor, audit_seals::greatest_number)?;
    let total = total.unwrap_or(0).unsigned_abs();
    let mut check = Check::begin(database, actor, noted)?;
    loop {
        let number = check.number;
        let page = database
            .read("platform.read_audit_seals", actor, |conn| audit_seals::following(conn, number, PAGE))?;
        let Some(last) = page.last() else { break };
        progress(last.number.unsigned_abs(), total.max(last.number.unsigned_abs()));
        for seal in page {
            check.seal(database, actor, &seal)?;
        }
    }
    check.end(database, actor)
}

/// How far the check has come.
struct Check<'a> {
    keys: Keys,
    noted: Option<&'a Head>,
    /// Number of each seal that says that rows were dropped, and the time of before which they may be gone.
    retirements: Vec<(i64, i64)>,
    number: i64,
    last_id: i64,
    digest: Vec<u8>,
    head: Option<Head>,
    /// Whether the last seal was a forged one, so that the next cannot follow it.
    forged: bool,
    verified: Verified,
}

impl<'a> Check<'a> {
    fn begin(database: &Database, actor: &Actor, noted: Option<&'a Head>) -> Result<Self> {
        let keys = Keys::of(database.cipher());
        let retiring = database.read("platform.read_audit_retirements", actor, audit_seals::retiring)?;
        let authentic = retiring.iter().filter(|seal| seal.is_authentic(&keys));
        let retirements = authentic
            .filter_map(|seal| Some((seal.number, micros_since_2000(seal.retired_before?))))
            .collect();
        Ok(Self {
            keys,
            noted,
            retirements,
            number: 0,
            last_id: i64::MIN,
            digest: NO_SEAL.to_vec(),
            head: None,
            forged: false,
            verified: Verified::default(),
        })
    }

    fn fault(&mut self, kind: Kind, seal: i64, reason: String) {
        self.verified.faults.push(Fault { kind, seal: Some(seal), row: None, reason, micros: None });
    }

    fn fault_of_row(&mut self, kind: Kind, seal: i64, (row, micros): (i64, i64), reason: String) {
        let fault = Fault { kind, seal: Some(seal), row: Some(row), reason, micros: Some(micros) };
        self.verified.faults.push(fault);
    }

    fn seal(&mut self, database: &Database, actor: &Actor, seal: &SealRow) -> Result<()> {
        let number = seal.number;
        let missing = self.number + 1..number;
        if !missing.is_empty() {
            let reason = format!(
                "seals {} to {} are gone: nothing vouches for the rows after {} up to {}",
                missing.start,
                missing.end - 1,
                self.last_id.max(0),
                seal.after_id
            );
            self.fault(Kind::MissingSeal, missing.start, reason);
        }
        let follows = missing.is_empty() && seal.previous == self.digest && seal.after_id == self.last_id;
        // One fault of the chain brings the next along, so only the first is told.
        let excused = !missing.is_empty() || self.forged;
        (self.number, self.last_id) = (number, seal.last_id);
        self.digest.clone_from(&seal.digest);
        self.head = Head::of(seal);
        self.forged = !seal.is_authentic(&self.keys);
        if self.forged {
            let reason = format!(
                "it was changed, moved, or not made by this service; nothing vouches for its {} rows",
                seal.row_count
            );
            self.fault(Kind::ForgedSeal, number, reason);
            return Ok(());
        }
        if let Some(noted) = self.noted.filter(|noted| noted.number == number)
            && self.head.as_ref() != Some(noted)
        {
            let reason =
                "it is not the one that was noted down: the log was rolled back and written anew".to_owned();
            self.fault(Kind::BrokenChain, number, reason);
        }
        if follows {
            self.verified.seals += 1;
        } else if !excused {
            let reason = "it does not go on from the seal before it".to_owned();
            self.fault(Kind::BrokenChain, number, reason);
        }
        let most = i64::from(seal.row_count) + MOST_ADDED;
        let rows = database.read("platform.verify_audit_rows", actor, |conn| {
            load_rows(conn, seal.after_id, seal.last_id, most)
        })?;
        let cut = rows.last().filter(|_| i64::try_from(rows.len()).is_ok_and(|count| count == most));
        self.rows(seal, &rows, cut.map_or(i64::MAX, |row| row.id));
        if let (Some(_), Some(last)) = (cut, self.verified.faults.last_mut()) {
            // Behind it there may be faults of any time, which nobody has looked for.
            last.micros = None;
        }
        Ok(())
    }

    /// Goes through what the seal knows and what is there, side by side, in order of ids. Where there were too many rows
    /// to be read, nothing is said of what comes after the last that was.
    fn rows(&mut self, seal: &SealRow, rows: &[LogRow], read_up_to: i64) {
        let number = seal.number;
        let mut rows = rows.iter().peekable();
        for entry in seal.read_entries().filter(|entry| entry.id <= read_up_to) {
            while let Some(added) = rows.next_if(|row| row.id < entry.id) {
                self.added(number, added);
            }
            match rows.next_if(|row| row.id == entry.id) {
                Some(row) if entry.is_of(row, &self.keys) => self.verified.rows += 1,
                Some(row) => {
                    let reason = "the row is not as it was when it was sealed".to_owned();
                    // It may have been moved to another month.
                    let earliest = entry.micros.min(row.micros());
                    self.fault_of_row(Kind::Changed, number, (row.id, earliest), reason);
                }
                None => self.gone(number, &entry),
            }
        }
        for added in rows {
            self.added(number, added);
        }
    }

    fn added(&mut self, seal: i64, row: &LogRow) {
        let reason = "the row was added after its place was sealed".to_owned();
        self.fault_of_row(Kind::Added, seal, (row.id, row.micros()), reason);
    }

    fn gone(&mut self, seal: i64, entry: &Entry) {
        // A seal speaks for the rows that were sealed before it, not for any that come later with an older time.
        if self.retirements.iter().any(|(by, before)| seal < *by && entry.micros < *before) {
            self.verified.retired += 1;
            return;
        }
        let time = DateTime::from_timestamp_micros(entry.micros.saturating_add(TO_2000));
        let time = time.map_or_else(String::new, |time| format!(" of {}", time.format("%Y-%m-%dT%H:%M:%SZ")));
        self.fault_of_row(Kind::Missing, seal, (entry.id, entry.micros), format!("the row{time} is gone"));
    }

    fn end(mut self, database: &Database, actor: &Actor) -> Result<Verified> {
        if let Some(noted) = self.noted.filter(|noted| noted.number > self.number) {
            let reason =
                format!("seals {} to {} are gone, with whatever they covered", self.number + 1, noted.number);
            self.fault(Kind::MissingSeal, noted.number, reason);
        }
        let last_id = self.last_id;
        let rest = database.read("platform.count_unsealed_rows", actor, |conn| Rest::after(conn, last_id))?;
        self.verified.unsealed = rest.rows.unsigned_abs();
        let ahead = rest.greatest.is_some_and(|greatest| greatest > rest.last_taken);
        if ahead || last_id > rest.last_taken {
            let reason = format!(
                "ids of rows go up to {}, but the sequence has only given out {}: rows were added by hand, or the \
                 sequence was set back",
                rest.greatest.unwrap_or(last_id),
                rest.last_taken
            );
            let fault = Fault { kind: Kind::Sequence, seal: None, row: rest.greatest, reason, micros: None };
            self.verified.faults.push(fault);
        }
        self.verified.head = self.head.map(|head| head.to_string());
        Ok(self.verified)
    }
}

/// The rows after the newest seal.
struct Rest {
    rows: i64,
    greatest: Option<i64>,
    last_taken: i64,
}

impl Rest {
    fn after(conn: &mut Conn<'_>, last_id: i64) -> Result<Self> {
        let counted = statement(
            "SELECT count(*) AS rows, (SELECT max(id) FROM platform.audit_log) AS greatest
               FROM platform.audit_log WHERE id > ?",
        )
        .bind::<BigInt, _>(last_id)
        .get_result::<Counted>(conn.pg)?;
        // Asked last, so that no row which came in meanwhile seems to be ahead.
        let last_taken = audit_seals::last_taken_id(conn)?;
        Ok(Self { rows: counted.rows, greatest: counted.greatest, last_taken })
    }
}

#[derive(QueryableByName)]
struct Counted {
    #[diesel(sql_type = BigInt)]
    rows: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    greatest: Option<i64>,
}
