//! Brings the counts of users in line with the rows that are stored.

use diesel::prelude::*;
use diesel::sql_types::{self, Array, BigInt, Bool, Integer, Text};
use uuid::Uuid;

use crate::database::statement::{BindNext, statement};
use crate::{Actor, Database, Result, Tx};

/// Users of one transaction: their counts are locked until it ends.
const BATCH: i64 = 500;

/// A count that is not what the stored rows come to. Deleted rows count until they are purged.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Drift {
    /// The user.
    pub user_id: Uuid,
    /// The column of `user_metrics`.
    pub metric: String,
    /// What it held.
    pub stored: i32,
    /// What the rows come to.
    pub counted: i64,
    /// What was done.
    pub outcome: Outcome,
}

/// What was done about a count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was too low, and was raised.
    Raised,
    /// It was too high, and was lowered, because that was asked for.
    Lowered,
    /// It is higher than the rows: they may have been purged, so it stays.
    Kept,
}

#[derive(QueryableByName)]
struct UserRow {
    #[diesel(sql_type = sql_types::Uuid)]
    user_id: Uuid,
}

#[derive(QueryableByName)]
struct DriftRow {
    #[diesel(sql_type = sql_types::Uuid)]
    user_id: Uuid,
    #[diesel(sql_type = Text)]
    metric: String,
    #[diesel(sql_type = Integer)]
    stored: i32,
    #[diesel(sql_type = BigInt)]
    counted: i64,
}

/// Raises what is too low and, with `lower`, lowers what is too high, for all users, a batch in a transaction. A dry run does
/// the same and takes it back.
///
/// # Errors
/// What the database says. What was brought in line until then stays so.
pub fn run(database: &Database, actor: &Actor, lower: bool, dry_run: bool) -> Result<Vec<Drift>> {
    const NAME: &str = "export.recompute_metrics";
    let (mut after, mut drifts) = (Uuid::nil(), Vec::new());
    loop {
        let work = |tx: &mut Tx<'_>| batch(tx, after, lower);
        let (done, found) =
            if dry_run { database.dry_run(NAME, actor, work) } else { database.write(NAME, actor, work) }?;
        let Some(last) = done.last() else { return Ok(drifts) };
        after = *last;
        drifts.extend(found);
    }
}

/// The next users, and what was not right with them.
fn batch(tx: &mut Tx<'_>, after: Uuid, lower: bool) -> Result<(Vec<Uuid>, Vec<Drift>)> {
    // Whatever causes an event changes the counts last. So with these locked, an event is either in the rows and in the counts,
    // or in neither yet.
    let users: Vec<Uuid> = statement(
        "SELECT user_id FROM export.user_metrics WHERE user_id > ? ORDER BY user_id LIMIT ? FOR NO KEY UPDATE",
    )
    .bind::<sql_types::Uuid, _>(after)
    .bind::<BigInt, _>(BATCH)
    .load::<UserRow>(tx.pg)?
    .into_iter()
    .map(|row| row.user_id)
    .collect();
    let drifts = statement(
        "WITH counted AS MATERIALIZED (
             SELECT m.id, m.user_id, m.reports_generated, m.certifications_completed, m.documents_generated,
                    (SELECT count(*) FROM export.reports r WHERE r.user_id = m.user_id AND r.status = 'completed') AS reports,
                    (SELECT count(*) FROM export.certification_progress c
                      WHERE c.user_id = m.user_id AND c.status = 'completed') AS certificates,
                    (SELECT count(*) FROM export.generated_documents d WHERE d.user_id = m.user_id) AS documents
               FROM export.user_metrics m WHERE m.user_id = ANY (?)),
         drift AS (
             SELECT counted.user_id, d.metric, d.stored, d.counted
               FROM counted, LATERAL (VALUES ('reports_generated', counted.reports_generated, counted.reports),
                                             ('certifications_completed', counted.certifications_completed,
                                              counted.certificates),
                                             ('documents_generated', counted.documents_generated, counted.documents)) AS d (metric, stored, counted)
              WHERE d.stored <> d.counted),
         changed AS (
             UPDATE export.user_metrics m
                SET reports_generated = CASE WHEN ask.lower THEN c.reports ELSE greatest(m.reports_generated, c.reports) END,
                    certifications_completed =
                        CASE WHEN ask.lower THEN c.certificates ELSE greatest(m.certifications_completed, c.certificates) END,
                    documents_generated = CASE WHEN ask.lower THEN c.documents ELSE greatest(m.documents_generated, c.documents) END
               FROM counted c, (VALUES (?)) AS ask (lower)
              WHERE m.id = c.id AND EXISTS (SELECT FROM drift d WHERE d.user_id = m.user_id AND (ask.lower OR d.stored < d.counted)))
         SELECT user_id, metric, stored, counted FROM drift ORDER BY user_id, metric",
    )
    .bind::<Array<sql_types::Uuid>, _>(&users)
    .bind::<Bool, _>(lower)
    .load::<DriftRow>(tx.pg)?;
    Ok((users, drifts.into_iter().map(|drift| judged(drift, lower)).collect()))
}

fn judged(row: DriftRow, lower: bool) -> Drift {
    let DriftRow { user_id, metric, stored, counted } = row;
    let outcome = match i64::from(stored) < counted {
        true => Outcome::Raised,
        false if lower => Outcome::Lowered,
        false => Outcome::Kept,
    };
    Drift { user_id, metric, stored, counted, outcome }
}
