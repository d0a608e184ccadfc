//! Retention: what is deleted for good, and when.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Timestamptz};

use crate::platform::audit_log;
use crate::retention::{Keep, Retention, Rule};
use crate::{Actor, Database, Error, Result, Table, Tx, system};

/// Rows that one statement deletes at most, so that none of them runs for long.
const BATCH: i64 = 1_000;

/// What to clean up.
#[derive(Clone, Debug, Default)]
pub struct Plan<'a> {
    /// Only this system's rules.
    pub system: Option<&'a str>,
    /// Only this rule.
    pub rule: Option<&'a str>,
    /// In place of the rule's own days.
    pub days: Option<u32>,
    /// How long things are kept.
    pub retention: Retention,
    /// Delete nothing, but say what would be.
    pub dry_run: bool,
}

/// What one rule did, or would do.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Cleaned {
    /// The rule.
    pub rule: &'static str,
    /// Its system.
    pub system: &'static str,
    /// What goes.
    pub about: &'static str,
    /// Its time: rows of before are gone.
    pub before: DateTime<Utc>,
    /// Rows of the rule's own table.
    pub rows: usize,
}

/// Applies the rules. Answers a line per rule.
///
/// Rows are deleted in batches of a thousand, each in a transaction of its own, so that the service is never in the way
/// for long. A dry run deletes them too, but in one transaction that is rolled back: its counts are exact, because rules
/// depend on one another. Partitions of the audit log for the months ahead are made as well, unless one rule or another
/// system was asked for.
///
/// # Errors
/// [`Error::NotReady`] when there is no such rule or system; else what the database says. What was deleted until then
/// stays deleted.
pub fn run(
    database: &Database,
    actor: &Actor,
    plan: &Plan<'_>,
    progress: impl FnMut(&Cleaned),
) -> Result<Vec<Cleaned>> {
    let chosen = choose(plan)?;
    if plan.dry_run {
        dry_run(database, actor, plan, &chosen)
    } else {
        apply(database, actor, plan, &chosen, progress)
    }
}

/// A rule and the table whose rows it deletes.
type Chosen = (&'static Table, &'static Rule);

fn choose(plan: &Plan<'_>) -> Result<Vec<Chosen>> {
    if let Some(name) = plan.system.filter(|name| system::find(name).is_none()) {
        return Err(Error::NotReady(format!("there is no system {name}")));
    }
    let is_wanted = |(table, rule): &Chosen| {
        plan.system.is_none_or(|system| system == table.schema)
            && plan.rule.map_or(rule.keep != Keep::UntilAsked, |name| name == rule.name)
    };
    let chosen: Vec<Chosen> = system::rules().filter(is_wanted).collect();
    let needs_days = chosen.iter().any(|(_, rule)| rule.keep == Keep::UntilAsked) && plan.days.is_none();
    match plan.rule {
        Some(rule) if chosen.is_empty() => Err(Error::NotReady(format!("there is no rule {rule} here"))),
        Some(rule) if needs_days => Err(Error::NotReady(format!("the rule {rule} needs --days"))),
        _ => Ok(chosen),
    }
}

fn apply(
    database: &Database,
    actor: &Actor,
    plan: &Plan<'_>,
    chosen: &[Chosen],
    mut progress: impl FnMut(&Cleaned),
) -> Result<Vec<Cleaned>> {
    let partitions = plan.rule.is_none() && plan.system.is_none_or(|system| system == "platform");
    // One time for all batches, or rows that expire meanwhile would keep it busy.
    let now = database.write("platform.begin_cleanup", actor, |tx| {
        if partitions {
            audit_log::ensure_partitions(tx)?;
        }
        Ok::<_, Error>(tx.now)
    })?;
    let mut report = Vec::new();
    for rule in chosen {
        let mut cleaned = begin(rule, plan, now);
        loop {
            let rows = delete_unlocked(database, actor, rule, cleaned.before)?;
            cleaned.rows += rows;
            progress(&cleaned);
            if rows == 0 {
                break;
            }
        }
        report.push(cleaned);
    }
    Ok(report)
}

fn dry_run(database: &Database, actor: &Actor, plan: &Plan<'_>, chosen: &[Chosen]) -> Result<Vec<Cleaned>> {
    database.dry_run("platform.dry_run_cleanup", actor, |tx| {
        let mut report = Vec::new();
        for rule in chosen {
            let mut cleaned = begin(rule, plan, tx.now);
            loop {
                match delete_batch(tx, rule, cleaned.before)? {
                    0 => break,
                    rows => cleaned.rows += rows,
                }
            }
            report.push(cleaned);
        }
        Ok(report)
    })
}

fn begin((table, rule): &Chosen, plan: &Plan<'_>, now: DateTime<Utc>) -> Cleaned {
    // PostgreSQL's time does not reach back as far as a number of days may.
    let days = plan.days.unwrap_or_else(|| plan.retention.days(rule.keep)).min(365_000);
    let before = now - TimeDelta::days(days.into());
    Cleaned { rule: rule.name, system: table.schema, about: rule.about, before, rows: 0 }
}

/// Deletes a batch in a transaction of its own, and returns how many rows it deleted: 0 if a row that would go along is
/// locked, so as not to block others.
fn delete_unlocked(
    database: &Database,
    actor: &Actor,
    chosen: &Chosen,
    before: DateTime<Utc>,
) -> Result<usize> {
    match database.write("platform.clean_up", actor, |tx| delete_batch(tx, chosen, before)) {
        Err(Error::Locked) => {
            tracing::warn!(rule = chosen.1.name, "rows are in use: they are left for the next run");
            Ok(0)
        }
        outcome => outcome,
    }
}

/// Rows that are locked are left for the next run. The rows are chosen before any is deleted: inside the DELETE the
/// choice, with its LIMIT, might be made more than once.
fn delete_batch(tx: &mut Tx<'_>, (table, rule): &Chosen, before: DateTime<Utc>) -> Result<usize> {
    let (name, key, condition) = (table.qualified_name(), table.key, rule.condition);
    let deleted = diesel::sql_query(format!(
        "WITH chosen AS MATERIALIZED (
             SELECT t.{key} FROM {name} t WHERE {condition} LIMIT $2 FOR UPDATE SKIP LOCKED)
         DELETE FROM {name} t USING chosen WHERE t.{key} = chosen.{key}"
    ))
    .bind::<Timestamptz, _>(before)
    .bind::<BigInt, _>(BATCH)
    .execute(tx.pg)?;
    Ok(deleted)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_table_with_soft_delete_has_a_rule_that_purges_it() {
        for table in system::tables().filter(|table| table.soft_delete) {
            let purges = |rule: &Rule| rule.condition.starts_with("t.deleted_at < $1");
            let name = table.qualified_name();
            assert!(table.retention.iter().any(purges), "{name} needs a rule in `retention` of TABLE");
        }
    }

    #[test]
    fn no_two_rules_have_the_same_name() {
        let names: BTreeSet<&str> = system::rules().map(|(_, rule)| rule.name).collect();
        assert_eq!(names.len(), system::rules().count());
    }

    #[test]
    fn a_rule_or_system_that_does_not_exist_is_refused() {
        let plan = |system, rule| Plan { system, rule, ..Plan::default() };
        let asked_for = |(_, rule): &Chosen| rule.keep == Keep::UntilAsked;
        let usual = choose(&plan(None, None)).unwrap();
        assert_eq!(usual.len(), system::rules().filter(|chosen| !asked_for(chosen)).count());
        let of_platform = choose(&plan(Some("platform"), None)).unwrap();
        assert!(of_platform.iter().all(|(table, _)| table.schema == "platform") && !of_platform.is_empty());
        assert_eq!(choose(&plan(Some("split"), Some("deleted-users"))).unwrap().len(), 1);
        for wrong in [
            plan(Some("nothing"), None),
            plan(None, Some("nothing")),
            plan(Some("platform"), Some("deleted-users")),
            plan(None, Some("whatsapp-inactive-chats")),
        ] {
            assert!(matches!(choose(&wrong), Err(Error::NotReady(_))));
        }
        let with_days = Plan { days: Some(90), ..plan(None, Some("whatsapp-inactive-chats")) };
        assert_eq!(choose(&with_days).unwrap().len(), 1);
    }
}
