//! Tasks of the seven-day plans of reports, and which of them are done.

use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{self, Array, Bool, Integer, Nullable};
use domain::export::{ActionPlan, DayNumber, NewPlan, NewTask, Report, Task, TaskCategory, TaskId};
use domain::{Id, Text};
use uuid::Uuid;

use super::reports;
use crate::database::column_types::{TextColumn, WholeColumn};
use crate::database::statement::{BindNext, statement};
use crate::schema::export::{action_plan_progress, reports as reports_table};
use crate::{Access, Conn, Error, Result, Table, Tx, Verb};

/// What the shared machinery knows of this table.
pub const TABLE: Table = Table {
    access: Access::Owner("user_id"),
    end_users_may: &Verb::ALL,
    clear: &[
        ("task_id", "what the agent calls a task"),
        ("task_title", "what is to be done"),
        ("task_description", "how to do it"),
    ],
    enums: &["task_category"],
    ..Table::new("export", "action_plan_progress", "task")
};

#[derive(Queryable, QueryableByName, Selectable)]
#[diesel(table_name = action_plan_progress, check_for_backend(Pg))]
struct TaskRow {
    id: Uuid,
    task_id: String,
    task_title: String,
    day_number: WholeColumn<1, 7>,
    task_description: Option<String>,
    task_category: Option<TextColumn<TaskCategory>>,
    completed: bool,
    completed_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<TaskRow> for Task {
    fn from(row: TaskRow) -> Self {
        let TaskRow {
            id,
            task_id,
            task_title,
            day_number,
            task_description,
            task_category,
            completed,
            completed_at,
            created_at,
            updated_at,
        } = row;
        Self {
            id: Id::from_uuid(id),
            task_id: TaskId::from_trusted(task_id),
            day_number: day_number.0,
            task_title: Text::from_trusted(task_title),
            task_description: task_description.map(Text::from_trusted),
            task_category: task_category.map(|category| category.0),
            completed,
            completed_at,
            created_at,
            updated_at,
        }
    }
}

/// Sets the whole plan of a report. Of a task that was there only what is given changes, one that is missing goes.
///
/// # Errors
/// [`Error::NotFound`] when there is no such report, or it is deleted.
pub fn put(tx: &mut Tx<'_>, report: Id<Report>, plan: &NewPlan) -> Result<ActionPlan> {
    let user = reports::lock_owner(tx, report)?;
    let new = NewTasks::of(plan);
    let mut rows: Vec<TaskRow> = statement(
        "WITH gone AS (DELETE FROM export.action_plan_progress WHERE report_id = ? AND task_id <> ALL (?))
         INSERT INTO export.action_plan_progress
                (id, report_id, user_id, task_id, task_title, day_number, task_description, task_category)
         SELECT t.id, ?, ?, t.task_id, t.task_title, t.day_number, t.task_description, t.task_category
           FROM unnest(?, ?, ?, ?, ?, ?) AS t (id, task_id, task_title, day_number, task_description, task_category)
         ON CONFLICT (report_id, task_id) DO UPDATE
            SET task_title = excluded.task_title, day_number = excluded.day_number,
                task_description = excluded.task_description, task_category = excluded.task_category
         RETURNING id, task_id, task_title, day_number, task_description, task_category, completed, completed_at,
                   created_at, updated_at",
    )
    .bind::<sql_types::Uuid, _>(report.uuid())
    .bind::<Array<sql_types::Text>, _>(&new.task_ids)
    .bind::<sql_types::Uuid, _>(report.uuid())
    .bind::<sql_types::Uuid, _>(user.uuid())
    .bind::<Array<sql_types::Uuid>, _>(&new.ids)
    .bind::<Array<sql_types::Text>, _>(&new.task_ids)
    .bind::<Array<sql_types::Text>, _>(&new.titles)
    .bind::<Array<Integer>, _>(&new.days)
    .bind::<Array<Nullable<sql_types::Text>>, _>(&new.descriptions)
    .bind::<Array<Nullable<sql_types::Text>>, _>(&new.categories)
    .load(tx.pg)?;
    rows.sort_by_key(|row| (row.created_at, row.id));
    Ok(ActionPlan::of(report, rows.into_iter().map(Task::from).collect()))
}

/// Tasks as the arrays that a statement takes.
struct NewTasks<'a> {
    ids: Vec<Uuid>,
    task_ids: Vec<&'a str>,
    titles: Vec<&'a str>,
    days: Vec<i32>,
    descriptions: Vec<Option<&'a str>>,
    categories: Vec<Option<&'static str>>,
}

impl<'a> NewTasks<'a> {
    fn of(plan: &'a NewPlan) -> Self {
        let tasks = plan.tasks().iter();
        let description = |task: &'a NewTask| task.task_description.as_ref().map(Text::as_str);
        Self {
            ids: tasks.clone().map(|_| Id::<Task>::generate().uuid()).collect(),
            task_ids: tasks.clone().map(|task| task.task_id.as_str()).collect(),
            titles: tasks.clone().map(|task| task.task_title.as_str()).collect(),
            days: tasks.clone().map(|task| DayNumber::get(task.day_number)).collect(),
            descriptions: tasks.clone().map(description).collect(),
            categories: tasks.map(|task| task.task_category.map(TaskCategory::as_str)).collect(),
        }
    }
}

/// The plan of a report, which may have no tasks yet.
///
/// # Errors
/// [`Error::NotFound`] when there is no such report, or it is deleted.
pub fn get(conn: &mut Conn<'_>, report: Id<Report>) -> Result<ActionPlan> {
    let of_report = action_plan_progress::report_id
        .eq(reports_table::id)
        .and(action_plan_progress::user_id.eq(reports_table::user_id));
    let rows: Vec<Option<TaskRow>> = reports_table::table
        .left_join(action_plan_progress::table.on(of_report))
        .filter(reports_table::id.eq(report.uuid()))
        .filter(reports_table::deleted_at.is_null())
        .order((action_plan_progress::created_at, action_plan_progress::id))
        .select(Option::<TaskRow>::as_select())
        .load(conn.pg)?;
    if rows.is_empty() {
        return Err(Error::NotFound("report"));
    }
    Ok(ActionPlan::of(report, rows.into_iter().flatten().map(Task::from).collect()))
}

/// Says whether a task is done. One that is done keeps the time at which that was first said.
///
/// # Errors
/// [`Error::NotFound`] when there is no such task, or its report is deleted.
pub fn set_completed(tx: &mut Tx<'_>, report: Id<Report>, task: &TaskId, completed: bool) -> Result<Task> {
    let row = statement(
        "WITH report AS (SELECT id FROM export.reports WHERE id = ? AND deleted_at IS NULL FOR SHARE)
         UPDATE export.action_plan_progress t
            SET completed = new.completed, completed_at = CASE WHEN new.completed THEN coalesce(t.completed_at, now()) END
           FROM report, (VALUES (?)) AS new (completed)
          WHERE t.report_id = report.id AND t.task_id = ?
         RETURNING t.id, t.task_id, t.task_title, t.day_number, t.task_description, t.task_category, t.completed,
                   t.completed_at, t.created_at, t.updated_at",
    )
    .bind::<sql_types::Uuid, _>(report.uuid())
    .bind::<Bool, _>(completed)
    .bind::<sql_types::Text, _>(task.as_str())
    .get_result::<TaskRow>(tx.pg)
    .optional()?;
    row.map(Task::from).ok_or(Error::NotFound("task"))
}
