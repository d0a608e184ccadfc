//! What is done once a day. Doing it again changes nothing.

use domain::Id;
use domain::market::Buyer;
use repository::market::{daily_reports, maintenance};
use repository::ops::cleanup;
use repository::{Actor, Database, Retention, Tx};

use crate::{Error, Result};

/// How many days back reports are made up for.
const REPORTED_DAYS: u16 = 30;

/// What is old.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How long sessions are kept (`BOT_SESSION_RETENTION_DAYS`).
    pub retention: Retention,
    /// Days after which a completed conversation is archived (`ARCHIVE_AFTER_DAYS`).
    pub archive_after_days: u32,
}

/// What one step did, or would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Step {
    /// Which one.
    pub step: &'static str,
    /// How many rows it removed, changed or made.
    pub rows: usize,
}

/// Removes old sessions of the bot, archives what was completed long ago, computes the trust scores that differ, and stores
/// the daily reports that are missing. Each batch is a transaction of its own; a dry run is one that is rolled back.
pub fn run(database: &Database, actor: &Actor, settings: &Settings, dry_run: bool) -> Result<Vec<Step>> {
    let plan = cleanup::Plan {
        system: Some(repository::market::SYSTEM.name),
        rule: Some("market-bot-sessions"),
        retention: settings.retention.clone(),
        dry_run,
        ..cleanup::Plan::default()
    };
    let sessions = cleanup::run(database, actor, &plan, |_| {})?;
    let mut steps =
        vec![Step { step: "old sessions", rows: sessions.iter().map(|cleaned| cleaned.rows).sum() }];
    let days = settings.archive_after_days;
    if dry_run {
        steps.extend(database.dry_run::<_, Error>("market.dry_run_maintenance", actor, |tx| {
            Ok([
                archived(all(|()| archive(tx, days))?),
                scored(all(|after| score(tx, after))?),
                reported(daily_reports::store_missing(tx, REPORTED_DAYS)?),
            ])
        })?);
    } else {
        let of_archive = all(|()| database.write("market.archive", actor, |tx| archive(tx, days)))?;
        let of_scores = all(|after| database.write("market.score_buyers", actor, |tx| score(tx, after)))?;
        let reports = database.write::<_, Error>("market.store_reports", actor, |tx| {
            Ok(daily_reports::store_missing(tx, REPORTED_DAYS)?)
        })?;
        steps.extend([archived(of_archive), scored(of_scores), reported(reports)]);
    }
    Ok(steps)
}

fn archived(rows: usize) -> Step {
    Step { step: "archived conversations", rows }
}

fn scored(rows: usize) -> Step {
    Step { step: "trust scores", rows }
}

fn reported(rows: usize) -> Step {
    Step { step: "daily reports", rows }
}

/// A batch of a step: how many rows it changed, and where the next one begins; none when it was the last.
type Batch<At> = (usize, Option<At>);

/// Runs batches until there are no more; answers how many rows they changed.
fn all<At: Copy + Default>(mut batch: impl FnMut(At) -> Result<Batch<At>>) -> Result<usize> {
    let (mut rows, mut at) = (0, Some(At::default()));
    while let Some(from) = at {
        let (changed, next) = batch(from)?;
        (rows, at) = (rows + changed, next);
    }
    Ok(rows)
}

fn archive(tx: &mut Tx<'_>, days: u32) -> Result<Batch<()>> {
    let rows = maintenance::archive_completed(tx, days)?;
    Ok((rows, (rows > 0).then_some(())))
}

fn score(tx: &mut Tx<'_>, after: Option<Id<Buyer>>) -> Result<Batch<Option<Id<Buyer>>>> {
    let scored = maintenance::score_buyers(tx, after)?;
    Ok((scored.changed, scored.last.map(Some)))
}
