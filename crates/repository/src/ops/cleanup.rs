//! Retention: what is deleted for good, and when.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Timestamptz};

use crate::platform::audit_log;
use crate::{Actor, Database, Error, Result, Tx};

/// Rows that one statement deletes at most, so that none of them runs for long.
const BATCH: i64 = 1_000;

/// Rows of one table that may go after a time.
#[derive(Debug)]
pub struct Rule {
    /// Name on the command line.
    pub name: &'static str,
    /// The system, which is the schema.
    pub system: &'static str,
    /// What goes, for people.
    pub about: &'static str,
    /// The table's name.
    table: &'static str,
    /// Which of its rows `t` may go. `$1` is the time before which they may.
    condition: &'static str,
    days: fn(&Retention) -> u32,
}

/// How long things are kept where the command does not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// What was deleted and can be restored (`SOFT_DELETE_RETENTION_DAYS`).
    pub soft_delete_days: u32,
    /// Payment requests that came to an end (`PAYMENT_REQUEST_RETENTION_DAYS`).
    pub payment_request_days: u32,
}

impl Default for Retention {
    fn default() -> Self {
        Self { soft_delete_days: 30, payment_request_days: 30 }
    }
}

/// Every rule, in the order they are applied: what is owned goes before its owner.
pub static RULES: &[Rule] = &[
    Rule {
        name: "conversation-states",
        system: "split",
        about: "conversation states that have expired",
        table: "conversation_states",
        condition: "t.expires_at < $1",
        days: |_| 0,
    },
    Rule {
        name: "payment-requests",
        system: "split",
        about: "payment requests that failed or were confirmed",
        table: "payment_requests",
        condition: "(t.status = 'confirmed' AND t.confirmed_at < $1) OR (t.status = 'failed' AND t.updated_at < $1)",
        days: |retention| retention.payment_request_days,
    },
    Rule {
        name: "deleted-bills",
        system: "split",
        about: "deleted bills, with their shares and payment requests",
        table: "bills",
        condition: "t.deleted_at < $1",
        days: |retention| retention.soft_delete_days,
    },
    Rule {
        name: "deleted-contacts",
        system: "split",
        about: "deleted contacts that stand in no bill",
        table: "contacts",
        // Also one in a bill that is deleted but not purged is kept: the bill may be restored.
        condition: "t.deleted_at < $1 AND NOT EXISTS (SELECT FROM split.bill_participants p WHERE p.contact_id = t.id)",
        days: |retention| retention.soft_delete_days,
    },
    Rule {
        name: "deleted-users",
        system: "split",
        about: "deleted users of whom no bill and no contact is left, with their conversation states",
        table: "users",
        condition: "t.deleted_at < $1
                    AND NOT EXISTS (SELECT FROM split.bills b WHERE b.user_id = t.id)
                    AND NOT EXISTS (SELECT FROM split.contacts c WHERE c.user_id = t.id)",
        days: |retention| retention.soft_delete_days,
    },
    Rule {
        name: "sessions",
        system: "platform",
        about: "sessions of end users that have expired or were revoked",
        table: "sessions",
        condition: "t.expires_at < $1 OR t.revoked_at < $1",
        days: |_| 0,
    },
    Rule {
        name: "login-failures",
        system: "platform",
        about: "failed attempts to log in",
        table: "login_failures",
        // Longer than any lock lasts.
        condition: "t.updated_at < $1",
        days: |_| 1,
    },
    Rule {
        name: "idempotency-keys",
        system: "platform",
        about: "answers to idempotency keys, which are kept for a day",
        table: "idempotency_keys",
        condition: "t.created_at < $1",
        days: |_| 1,
    },
];

/// What to clean up.
#[derive(Clone, Copy, Debug, Default)]
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
    plan: Plan<'_>,
    progress: impl FnMut(&Cleaned),
) -> Result<Vec<Cleaned>> {
    let rules = chosen(plan)?;
    let partitions = plan.rule.is_none() && plan.system.is_none_or(|system| system == "platform");
    if plan.dry_run {
        rehearse(database, actor, plan, &rules)
    } else {
        apply(database, actor, plan, &rules, partitions, progress)
    }
}

fn chosen(plan: Plan<'_>) -> Result<Vec<&'static Rule>> {
    let known = |system: &str| crate::TABLES.iter().any(|table| table.schema == system);
    if let Some(system) = plan.system.filter(|system| !known(system)) {
        return Err(Error::NotReady(format!("there is no system {system}")));
    }
    let is_wanted = |rule: &&Rule| {
        plan.system.is_none_or(|system| system == rule.system)
            && plan.rule.is_none_or(|name| name == rule.name)
    };
    let chosen: Vec<&Rule> = RULES.iter().filter(is_wanted).collect();
    match plan.rule.filter(|_| chosen.is_empty()) {
        Some(rule) => Err(Error::NotReady(format!("there is no rule {rule} here"))),
        None => Ok(chosen),
    }
}

fn apply(
    database: &Database,
    actor: &Actor,
    plan: Plan<'_>,
    rules: &[&'static Rule],
    partitions: bool,
    mut progress: impl FnMut(&Cleaned),
) -> Result<Vec<Cleaned>> {
    // One time for all batches, or rows that expire meanwhile would keep it busy.
    let now = database.write("platform.begin_cleanup", actor, |tx| {
        if partitions {
            audit_log::ensure_partitions(tx)?;
        }
        Ok::<_, Error>(tx.now)
    })?;
    let mut report = Vec::new();
    for rule in rules {
        let mut cleaned = rule.begin(plan, now);
        loop {
            let rows = rule.delete_what_is_free(database, actor, cleaned.before)?;
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

fn rehearse(
    database: &Database,
    actor: &Actor,
    plan: Plan<'_>,
    rules: &[&'static Rule],
) -> Result<Vec<Cleaned>> {
    database.rehearse("platform.rehearse_cleanup", actor, |tx| {
        let mut report = Vec::new();
        for rule in rules {
            let mut cleaned = rule.begin(plan, tx.now);
            loop {
                match rule.delete_batch(tx, cleaned.before)? {
                    0 => break,
                    rows => cleaned.rows += rows,
                }
            }
            report.push(cleaned);
        }
        Ok(report)
    })
}

impl Rule {
    fn begin(&self, plan: Plan<'_>, now: DateTime<Utc>) -> Cleaned {
        // PostgreSQL's time does not reach back as far as a number of days may.
        let days = plan.days.unwrap_or_else(|| (self.days)(&plan.retention)).min(365_000);
        let before = now - TimeDelta::days(days.into());
        Cleaned { rule: self.name, system: self.system, about: self.about, before, rows: 0 }
    }

    /// Deletes a batch in a transaction of its own; answers how many rows that were. Where somebody works on what goes with
    /// one of them, it is none: waiting on, the batch itself would be in everybody's way.
    fn delete_what_is_free(
        &self,
        database: &Database,
        actor: &Actor,
        before: DateTime<Utc>,
    ) -> Result<usize> {
        match database.write("platform.clean_up", actor, |tx| self.delete_batch(tx, before)) {
            Err(Error::Locked) => {
                tracing::warn!(
                    rule = self.name,
                    "others work on what would go: it is left for the next time"
                );
                Ok(0)
            }
            outcome => outcome,
        }
    }

    /// Rows that others are working on are left for the next time. The rows are chosen before any is deleted: inside the
    /// DELETE the choice, with its LIMIT, might be made more than once.
    fn delete_batch(&self, tx: &mut Tx<'_>, before: DateTime<Utc>) -> Result<usize> {
        let Self { system, table, condition, .. } = self;
        let deleted = diesel::sql_query(format!(
            "WITH chosen AS MATERIALIZED (
                 SELECT t.id FROM {system}.{table} t WHERE {condition} LIMIT $2 FOR UPDATE SKIP LOCKED)
             DELETE FROM {system}.{table} t USING chosen WHERE t.id = chosen.id"
        ))
        .bind::<Timestamptz, _>(before)
        .bind::<BigInt, _>(BATCH)
        .execute(tx.conn)?;
        Ok(deleted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TABLES;

    #[test]
    fn every_table_with_soft_delete_has_a_rule_that_purges_it() {
        for table in TABLES.iter().filter(|table| table.soft_delete) {
            let purged = |rule: &Rule| {
                rule.system == table.schema
                    && rule.table == table.name
                    && rule.condition.starts_with("t.deleted_at < $1")
            };
            assert!(RULES.iter().any(purged), "{}", table.qualified_name());
        }
    }

    #[test]
    fn a_rule_or_system_that_does_not_exist_is_refused() {
        let plan = |system, rule| Plan { system, rule, ..Plan::default() };
        assert_eq!(chosen(plan(None, None)).unwrap().len(), RULES.len());
        let of_platform = chosen(plan(Some("platform"), None)).unwrap();
        assert!(of_platform.iter().all(|rule| rule.system == "platform") && !of_platform.is_empty());
        assert_eq!(chosen(plan(Some("split"), Some("deleted-users"))).unwrap().len(), 1);
        for wrong in [
            plan(Some("nothing"), None),
            plan(None, Some("nothing")),
            plan(Some("platform"), Some("deleted-users")),
        ] {
            assert!(matches!(chosen(wrong), Err(Error::NotReady(_))));
        }
    }
}
