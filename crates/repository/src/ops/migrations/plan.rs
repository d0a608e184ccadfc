//! What migrating would do, worked out without a database, so that a dry run and the real one cannot differ.

use super::MigrationStatus;
use crate::{Error, Result};

/// What somebody wants of the migrations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal<'a> {
    /// Every pending one run.
    Up,
    /// The newest that ran reverted.
    Down,
    /// The newest that ran reverted and run again.
    Redo,
    /// This one, by version or name, made the newest that ran, whichever way.
    To(&'a str),
    /// This pending one run, by version or name, whatever else is pending.
    Run(&'a str),
    /// All of one system reverted.
    Without(&'a str),
}

/// Which way a migration goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// It is run.
    Up,
    /// It is reverted.
    Down,
}

/// One migration to be run or reverted.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Step {
    /// Which way.
    pub direction: Direction,
    /// Digits that order migrations.
    pub version: String,
    /// What it makes.
    pub name: String,
}

/// The steps to the goal, in order; none when it is reached.
///
/// # Errors
/// [`Error::NotReady`] when there is no such migration or system, when one that ran is not known to this version and so
/// cannot be reverted, or when the text of one was changed after it ran.
pub fn plan(status: &[MigrationStatus], goal: Goal<'_>) -> Result<Vec<Step>> {
    refuse_changed_texts(status)?;
    let pending = status.iter().filter(|migration| migration.applied_at.is_none());
    let mut newest_first: Vec<&MigrationStatus> =
        status.iter().filter(|migration| migration.applied_at.is_some()).collect();
    newest_first.sort_unstable_by(|one, other| other.version.cmp(&one.version));
    let newest_first = newest_first.into_iter();
    match goal {
        Goal::Up => Ok(pending.map(up).collect()),
        Goal::Down => newest_first.take(1).map(down).collect(),
        Goal::Redo => {
            let reverted: Vec<Step> = newest_first.take(1).map(down).collect::<Result<_>>()?;
            let again = reverted.iter().map(|step| Step { direction: Direction::Up, ..step.clone() });
            Ok(reverted.iter().cloned().chain(again).collect())
        }
        Goal::To(wanted) => {
            let target = &find(status, wanted)?.version;
            let back: Vec<Step> = newest_first
                .take_while(|migration| migration.version > *target)
                .map(down)
                .collect::<Result<_>>()?;
            let forth = pending.filter(|migration| migration.version <= *target).map(up);
            Ok(back.into_iter().chain(forth).collect())
        }
        Goal::Run(wanted) => {
            let wanted = find(status, wanted)?;
            Ok(pending.filter(|migration| migration.version == wanted.version).map(up).collect())
        }
        Goal::Without(system) => without(status, newest_first, system),
    }
}

/// A migration that ran is history: changing its text would make two databases of one version differ.
fn refuse_changed_texts(status: &[MigrationStatus]) -> Result<()> {
    match status.iter().find(|migration| migration.changed) {
        None => Ok(()),
        Some(migration) => Err(Error::NotReady(format!(
            "migration {} ({}) was changed after it ran here: put its text back and write a new migration instead, \
             or drop everything and begin anew with `db-manage reset`",
            migration.version, migration.name
        ))),
    }
}

fn without<'a>(
    status: &[MigrationStatus],
    newest_first: impl Iterator<Item = &'a MigrationStatus>,
    system: &str,
) -> Result<Vec<Step>> {
    let is_of = |migration: &MigrationStatus| migration.name.split('_').next() == Some(system);
    if system == "platform" {
        return Err(Error::NotReady("every system stands on platform: drop all of them instead".to_owned()));
    }
    if !status.iter().any(is_of) {
        return Err(Error::NotReady(format!("there is no system {system}")));
    }
    newest_first.filter(|migration| is_of(migration)).map(down).collect()
}

fn find<'a>(status: &'a [MigrationStatus], wanted: &str) -> Result<&'a MigrationStatus> {
    let is_called = |migration: &&MigrationStatus| {
        let digits = wanted.replace('-', "");
        migration.version == digits
            || migration.name == wanted
            || format!("{}_{}", migration.version, migration.name) == digits
    };
    status.iter().find(is_called).ok_or_else(|| {
        Error::NotReady(format!("there is no migration {wanted}: `db-manage migrate status` lists them"))
    })
}

fn up(migration: &MigrationStatus) -> Step {
    Step { direction: Direction::Up, version: migration.version.clone(), name: migration.name.clone() }
}

fn down(migration: &MigrationStatus) -> Result<Step> {
    if !migration.known {
        return Err(Error::NotReady(format!(
            "migration {} ran here, but this version of Strongroom does not have it: revert it with the version that does",
            migration.version
        )));
    }
    Ok(Step { direction: Direction::Down, version: migration.version.clone(), name: migration.name.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Migrations 1, 2, …; those of the first list have run.
    fn status(applied: &[(&str, &str)], pending: &[(&str, &str)]) -> Vec<MigrationStatus> {
        let row = |ran: bool| {
            move |(version, name): &(&str, &str)| MigrationStatus {
                version: (*version).to_owned(),
                name: (*name).to_owned(),
                applied_at: ran.then_some(chrono::DateTime::UNIX_EPOCH),
                changed: false,
                known: true,
            }
        };
        applied.iter().map(row(true)).chain(pending.iter().map(row(false))).collect()
    }

    fn told(steps: Result<Vec<Step>>) -> Vec<String> {
        steps.unwrap().iter().map(|step| format!("{:?} {}", step.direction, step.name)).collect()
    }

    #[test]
    fn each_goal_has_its_steps() {
        let three = status(&[("1", "platform"), ("2", "split_users")], &[("3", "split_bills")]);
        assert_eq!(told(plan(&three, Goal::Up)), ["Up split_bills"]);
        assert_eq!(told(plan(&three, Goal::Down)), ["Down split_users"]);
        assert_eq!(told(plan(&three, Goal::Redo)), ["Down split_users", "Up split_users"]);
        assert_eq!(told(plan(&three, Goal::To("platform"))), ["Down split_users"]);
        assert_eq!(told(plan(&three, Goal::To("3"))), ["Up split_bills"]);
        assert_eq!(told(plan(&three, Goal::Run("split_bills"))), ["Up split_bills"]);
        assert_eq!(told(plan(&three, Goal::Run("split_users"))), [""; 0], "it has run already");
        assert_eq!(told(plan(&three, Goal::Without("split"))), ["Down split_users"]);
    }

    #[test]
    fn to_runs_what_was_left_out_below_and_reverts_what_is_above() {
        let gap = status(&[("1", "a"), ("3", "c"), ("4", "d")], &[("2", "b")]);
        assert_eq!(told(plan(&gap, Goal::To("c"))), ["Down d", "Up b"]);
    }

    #[test]
    fn a_migration_is_found_by_version_name_and_folder() {
        let one = status(&[], &[("20261120000100", "platform")]);
        for name in ["20261120000100", "2026-11-20-000100", "platform", "2026-11-20-000100_platform"] {
            assert_eq!(told(plan(&one, Goal::Run(name))), ["Up platform"], "{name}");
        }
    }

    #[test]
    fn what_does_not_exist_is_refused() {
        let one = status(&[("1", "platform")], &[]);
        for goal in
            [Goal::To("nothing"), Goal::Run("nothing"), Goal::Without("nothing"), Goal::Without("platform")]
        {
            assert!(matches!(plan(&one, goal), Err(Error::NotReady(_))), "{goal:?}");
        }
    }

    #[test]
    fn nothing_is_done_on_top_of_a_migration_whose_text_was_changed() {
        let mut two = status(&[("1", "platform")], &[("2", "split_users")]);
        two[0].changed = true;
        for goal in [Goal::Up, Goal::Down, Goal::Run("split_users")] {
            assert!(matches!(plan(&two, goal), Err(Error::NotReady(_))), "{goal:?}");
        }
    }

    #[test]
    fn a_migration_of_a_newer_version_is_not_reverted() {
        let mut two = status(&[("1", "platform"), ("2", "unknown to this version")], &[]);
        two[1].known = false;
        assert!(matches!(plan(&two, Goal::Down), Err(Error::NotReady(_))));
        assert_eq!(told(plan(&two, Goal::Up)), [""; 0]);
    }
}
