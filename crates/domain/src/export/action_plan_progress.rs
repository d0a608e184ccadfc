//! The plan of seven days by which an exporter becomes ready, and what of it is done.

use std::collections::HashSet;

use chrono::{DateTime, Utc};

use super::Report;
use crate::invalid::{FieldError, Violation, here};
use crate::whole::Whole;
use crate::{Id, Invalid, Percentage, Text};

/// A day of the plan.
pub type DayNumber = Whole<1, 7>;

closed_set! {
    /// What a task is about.
    TaskCategory, "task category" {
        /// Certificates.
        Certification = "certification",
        /// Documents.
        Documentation = "documentation",
        /// Transport.
        Logistics = "logistics",
        /// Money.
        Finance = "finance",
    }
}

/// What the agent calls a task: 1 to 100 ASCII letters, digits, dots, colons, hyphens and underscores.
///
/// ```
/// use strongroom_domain::export::TaskId;
///
/// assert_eq!(TaskId::parse("day1:iec-code")?.as_str(), "day1:iec-code");
/// assert!(TaskId::parse("day 1").is_err());
/// # Ok::<(), strongroom_domain::export::action_plan_progress::TaskIdError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TaskId(String);

/// A text that is no id of a task. It does not repeat the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the task id must be 1 to 100 letters, digits, dots, colons, hyphens and underscores")]
pub struct TaskIdError;

impl FieldError for TaskIdError {
    fn violations(&self) -> Vec<Violation> {
        here("invalid_task_id", self)
    }
}

impl TaskId {
    /// Checks an id.
    pub fn parse(input: &str) -> Result<Self, TaskIdError> {
        let is_sign = |byte: u8| byte.is_ascii_alphanumeric() || b"._:-".contains(&byte);
        let fits = (1..=100).contains(&input.len()) && input.bytes().all(is_sign);
        if fits { Ok(Self(input.to_owned())) } else { Err(TaskIdError) }
    }

    /// Takes what came out of the store as it is.
    pub fn from_trusted(id: String) -> Self {
        Self(id)
    }

    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A task of a plan that is set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTask {
    /// What the agent calls it; unique within the plan.
    pub task_id: TaskId,
    /// Its day.
    pub day_number: DayNumber,
    /// What is to be done.
    pub task_title: Text<255>,
    /// How to do it.
    pub task_description: Option<Text<2_000>>,
    /// What it is about.
    pub task_category: Option<TaskCategory>,
}

/// A whole plan: 7 to 200 different tasks, and at least one for each day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPlan(Vec<NewTask>);

impl NewPlan {
    /// Checks the tasks together.
    ///
    /// # Errors
    /// `too_few`, `too_many` and `day_missing` at the list; `duplicate` at the id of a task that stands further up.
    pub fn new(tasks: Vec<NewTask>) -> Result<Self, Invalid> {
        let mut invalid = Invalid::collect();
        match tasks.len() {
            ..7 => invalid.add("", "too_few", "there must be at least 7 tasks, one for each day"),
            7..=200 => {}
            _ => invalid.add("", "too_many", "there must be at most 200 tasks"),
        }
        let missing: Vec<String> = (DayNumber::MIN.get()..=DayNumber::MAX.get())
            .filter(|day| tasks.iter().all(|task| task.day_number.get() != *day))
            .map(|day| day.to_string())
            .collect();
        if !missing.is_empty() {
            let detail = format!("every day from 1 to 7 must have a task: missing {}", missing.join(", "));
            invalid.add("", "day_missing", detail);
        }
        let mut seen = HashSet::new();
        for (n, task) in tasks.iter().enumerate() {
            if !seen.insert(&task.task_id) {
                invalid.add(format!("/{n}/task_id"), "duplicate", "another task has this id");
            }
        }
        invalid.finish().map(|()| Self(tasks))
    }

    /// The tasks, in the order given.
    pub fn tasks(&self) -> &[NewTask] {
        &self.0
    }
}

/// A task of a report's plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// Its id.
    pub id: Id<Task>,
    /// What the agent calls it.
    pub task_id: TaskId,
    /// Its day.
    pub day_number: DayNumber,
    /// What is to be done.
    pub task_title: Text<255>,
    /// How to do it.
    pub task_description: Option<Text<2_000>>,
    /// What it is about.
    pub task_category: Option<TaskCategory>,
    /// Whether it is done.
    pub completed: bool,
    /// Since when.
    pub completed_at: Option<DateTime<Utc>>,
    /// When the row was made.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

/// How many tasks there are, and how many are done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// All of them.
    pub total: u32,
    /// Those that are done.
    pub completed: u32,
}

impl Progress {
    /// How much is done.
    ///
    /// ```
    /// use strongroom_domain::export::Progress;
    ///
    /// assert_eq!(Progress { total: 16, completed: 1 }.percentage().to_string(), "6.3");
    /// ```
    pub fn percentage(self) -> Percentage<1> {
        Percentage::of(self.completed, self.total)
    }

    fn of<'a>(tasks: impl IntoIterator<Item = &'a Task>) -> Self {
        tasks.into_iter().fold(Self::default(), |progress, task| Self {
            total: progress.total.saturating_add(1),
            completed: progress.completed.saturating_add(task.completed.into()),
        })
    }
}

/// A report's plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionPlan {
    /// The report.
    pub report_id: Id<Report>,
    /// The days, from the first to the seventh.
    pub days: Vec<PlanDay>,
    /// How far the whole plan has come.
    pub progress: Progress,
}

/// One day of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanDay {
    /// Which.
    pub day_number: i32,
    /// Its tasks, in the order in which they were first stored.
    pub tasks: Vec<Task>,
    /// How far the day has come.
    pub progress: Progress,
}

impl ActionPlan {
    /// Sorts the tasks of a report by days. Within a day they keep their order.
    pub fn of(report_id: Id<Report>, tasks: Vec<Task>) -> Self {
        let progress = Progress::of(&tasks);
        let day = |day_number| {
            let tasks: Vec<Task> =
                tasks.iter().filter(|task| task.day_number.get() == day_number).cloned().collect();
            PlanDay { day_number, progress: Progress::of(&tasks), tasks }
        };
        Self { report_id, days: (DayNumber::MIN.get()..=DayNumber::MAX.get()).map(day).collect(), progress }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new_task(id: &str, day: i64) -> NewTask {
        NewTask {
            task_id: TaskId::parse(id).unwrap(),
            day_number: DayNumber::new(day).unwrap(),
            task_title: Text::parse("Apply").unwrap(),
            task_description: None,
            task_category: None,
        }
    }

    fn plan(days: impl IntoIterator<Item = i64>) -> Result<NewPlan, Invalid> {
        NewPlan::new(days.into_iter().enumerate().map(|(n, day)| new_task(&format!("t{n}"), day)).collect())
    }

    fn wrong(outcome: Result<NewPlan, Invalid>) -> Vec<(String, &'static str)> {
        outcome.unwrap_err().violations().iter().map(|it| (it.pointer.clone(), it.code)).collect()
    }

    #[test]
    fn a_plan_has_a_task_for_each_day_and_no_task_twice() {
        assert_eq!(plan(1..=7).unwrap().tasks().len(), 7);
        assert!(plan((0..200).map(|n| n % 7 + 1)).is_ok());
        assert_eq!(wrong(plan((0..201).map(|n| n % 7 + 1))), [(String::new(), "too_many")]);
        assert_eq!(wrong(plan([1, 2, 3, 4, 6, 7, 7])), [(String::new(), "day_missing")]);
        assert_eq!(wrong(plan([])), [(String::new(), "too_few"), (String::new(), "day_missing")]);
        let mut tasks: Vec<_> = (1..=7).map(|day| new_task(&format!("t{day}"), day)).collect();
        tasks.push(new_task("t3", 5));
        assert_eq!(wrong(NewPlan::new(tasks)), [("/7/task_id".to_owned(), "duplicate")]);
    }

    #[test]
    fn ids_of_tasks_are_plain() {
        for id in ["a", "A.b_c:d-9", &"x".repeat(100)] {
            assert_eq!(TaskId::parse(id).unwrap().as_str(), id);
        }
        for id in ["", " a", "a/b", "é", "a\n", &"x".repeat(101)] {
            assert_eq!(TaskId::parse(id), Err(TaskIdError), "{id:?}");
        }
    }

    #[test]
    fn progress_is_counted_for_the_plan_and_for_each_day() {
        let task = |day: i64, completed| Task {
            id: Id::generate(),
            task_id: TaskId::parse("t").unwrap(),
            day_number: DayNumber::new(day).unwrap(),
            task_title: Text::parse("Apply").unwrap(),
            task_description: None,
            task_category: None,
            completed,
            completed_at: None,
            created_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
        };
        let days =
            [(1, true), (2, true), (1, false), (3, true), (4, false), (5, false), (6, false), (7, false)];
        let plan = ActionPlan::of(Id::generate(), days.map(|(day, completed)| task(day, completed)).into());
        assert_eq!((plan.progress.total, plan.progress.percentage().to_string()), (8, "37.5".to_owned()));
        let of_days: Vec<String> =
            plan.days.iter().map(|day| day.progress.percentage().to_string()).collect();
        assert_eq!(of_days, ["50.0", "100.0", "100.0", "0.0", "0.0", "0.0", "0.0"]);
        let empty = ActionPlan::of(Id::generate(), Vec::new());
        assert_eq!((empty.days.len(), empty.progress.percentage().to_string()), (7, "0.0".to_owned()));
    }
}
