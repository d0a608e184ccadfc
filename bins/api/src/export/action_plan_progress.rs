//! `export.action_plan_progress`: the tasks of the seven days in which an exporter becomes ready.

use chrono::{DateTime, Utc};
use repository::domain::export::action_plan_progress::TaskIdError;
use repository::domain::export::{
    ActionPlan, DayNumber, NewPlan, NewTask, PlanDay, Progress, Report, Task, TaskId,
};
use repository::domain::{Id, Invalid, Text};
use serde::{Deserialize, Serialize};
use service::export::action_plan_progress;
use utoipa::ToSchema;

use super::{ExportRead, ExportWrite, schema};
use crate::http::input::objects;
use crate::http::{ApiResult, Caller, Change, Json, PathId, PathKey, PathText, Routes, Shown, add_routes};

pub(super) fn routes(routes: &mut Routes) {
    add_routes!(routes, "export action plans": set_action_plan, get_action_plan, set_task);
}

/// A report's plan.
#[derive(Serialize, ToSchema)]
struct ActionPlanBody {
    #[schema(value_type = Uuid)]
    report_id: Id<Report>,
    /// The days from 1 to 7.
    days: Vec<PlanDayBody>,
    #[serde(flatten)]
    #[schema(inline)]
    progress: ProgressBody,
}

/// A day of a plan.
#[derive(Serialize, ToSchema)]
struct PlanDayBody {
    #[schema(minimum = 1, maximum = 7)]
    day_number: i32,
    /// In the order they were first stored.
    tasks: Vec<TaskBody>,
    #[serde(flatten)]
    #[schema(inline)]
    progress: ProgressBody,
}

/// How much is done.
#[derive(Serialize, ToSchema)]
pub(super) struct ProgressBody {
    total: u32,
    completed: u32,
    /// Of the total, one decimal.
    #[schema(example = "37.5")]
    progress_percentage: String,
}

/// A task of a plan.
#[derive(Serialize, ToSchema)]
struct TaskBody {
    #[schema(value_type = Uuid)]
    id: Id<Task>,
    /// What the agent calls it.
    #[schema(example = "iec")]
    task_id: String,
    #[schema(minimum = 1, maximum = 7)]
    day_number: i32,
    #[schema(value_type = String, example = "Apply for an IEC")]
    task_title: Text<255>,
    #[schema(value_type = Option<String>)]
    task_description: Option<Text<2_000>>,
    #[schema(value_type = Option<schema::TaskCategory>)]
    task_category: Option<&'static str>,
    completed: bool,
    completed_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<ActionPlan> for ActionPlanBody {
    fn from(plan: ActionPlan) -> Self {
        let ActionPlan { report_id, days, progress } = plan;
        Self { report_id, days: days.into_iter().map(PlanDayBody::from).collect(), progress: progress.into() }
    }
}

impl From<PlanDay> for PlanDayBody {
    fn from(day: PlanDay) -> Self {
        let PlanDay { day_number, tasks, progress } = day;
        Self { day_number, tasks: tasks.into_iter().map(TaskBody::from).collect(), progress: progress.into() }
    }
}

impl From<Progress> for ProgressBody {
    fn from(progress: Progress) -> Self {
        let progress_percentage = progress.percentage().to_string();
        let Progress { total, completed } = progress;
        Self { total, completed, progress_percentage }
    }
}

impl From<Task> for TaskBody {
    fn from(task: Task) -> Self {
        let Task {
            id,
            task_id,
            day_number,
            task_title,
            task_description,
            task_category,
            completed,
            completed_at,
            created_at,
            updated_at,
        } = task;
        Self {
            id,
            task_id: task_id.as_str().to_owned(),
            day_number: day_number.get(),
            task_title,
            task_description,
            task_category: task_category.map(|category| category.as_str()),
            completed,
            completed_at,
            created_at,
            updated_at,
        }
    }
}

/// A whole plan: 7 to 200 tasks, and one at least for each day.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"tasks": [
    {"task_id": "iec", "day_number": 1, "task_title": "Apply for an IEC", "task_category": "documentation"},
    {"task_id": "lab", "day_number": 2, "task_title": "Send samples to a lab"},
    {"task_id": "reach", "day_number": 3, "task_title": "Register under REACH", "task_category": "certification"},
    {"task_id": "freight", "day_number": 4, "task_title": "Ask for freight quotes", "task_category": "logistics"},
    {"task_id": "invoice", "day_number": 5, "task_title": "Draft the invoice"},
    {"task_id": "insure", "day_number": 6, "task_title": "Insure the goods", "task_category": "finance"},
    {"task_id": "book", "day_number": 7, "task_title": "Book a container"},
]}))]
struct SetActionPlan {
    #[serde(deserialize_with = "objects")]
    #[schema(min_items = 7, max_items = 200)]
    tasks: Vec<PlannedTask>,
}

/// A task of a new plan. One that was there keeps what is done of it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PlannedTask {
    /// Letters, digits, dots, colons, hyphens and underscores. No two tasks of a plan have the same.
    #[schema(max_length = 100, pattern = "^[A-Za-z0-9._:-]+$")]
    task_id: String,
    #[schema(minimum = 1, maximum = 7)]
    day_number: i64,
    #[schema(max_length = 255)]
    task_title: String,
    task_description: Option<String>,
    #[schema(value_type = Option<schema::TaskCategory>)]
    task_category: Option<String>,
}

impl SetActionPlan {
    fn read(self) -> Result<NewPlan, Invalid> {
        let mut fields = Invalid::collect();
        let read = self.tasks.into_iter().enumerate();
        let tasks: Vec<NewTask> =
            read.filter_map(|(n, task)| fields.take(&format!("/tasks/{n}"), task.read())).collect();
        if fields.is_empty() {
            let plan = fields.take("/tasks", NewPlan::new(tasks));
            return fields.build(|| plan);
        }
        fields.build(|| None)
    }
}

impl PlannedTask {
    fn read(self) -> Result<NewTask, Invalid> {
        let mut fields = Invalid::collect();
        let task_id = fields.take("/task_id", TaskId::parse(&self.task_id));
        let day_number = fields.take("/day_number", DayNumber::new(self.day_number));
        let task_title = fields.take("/task_title", Text::parse(&self.task_title));
        let description = self.task_description.as_deref().map(Text::parse);
        let task_description = fields.take_optional("/task_description", description);
        let category = self.task_category.as_deref().map(str::parse);
        let task_category = fields.take_optional("/task_category", category);
        fields.build(|| {
            Some(NewTask {
                task_id: task_id?,
                day_number: day_number?,
                task_title: task_title?,
                task_description: task_description?,
                task_category: task_category?,
            })
        })
    }
}

/// Whether a task is done.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"completed": true}))]
struct SetTask {
    /// True again keeps the first `completed_at`; false clears it.
    completed: bool,
}

impl PathKey for TaskId {
    type Error = TaskIdError;
    const NAME: &'static str = "task_id";
    const ABOUT: &'static str = "The task, as the agent calls it";

    fn parse(text: &str) -> Result<Self, TaskIdError> {
        Self::parse(text)
    }
}

/// Sets the whole plan of a report.
///
/// A task that was there keeps `completed` and `completed_at`; one that is missing goes.
#[utoipa::path(put, path = "/v1/export/reports/{id}/action-plan")]
async fn set_action_plan(
    change: Change<ExportWrite>,
    PathId(report): PathId<Report>,
    Json(body): Json<SetActionPlan>,
) -> ApiResult<Shown<ActionPlanBody>> {
    let plan = body.read()?;
    change.write("export.set_action_plan", move |tx| action_plan_progress::put(tx, report, &plan)).await
}

/// Shows the plan of a report, day by day.
#[utoipa::path(get, path = "/v1/export/reports/{id}/action-plan")]
async fn get_action_plan(
    caller: Caller<ExportRead>,
    PathId(report): PathId<Report>,
) -> ApiResult<Shown<ActionPlanBody>> {
    caller.read("export.get_action_plan", move |conn| action_plan_progress::get(conn, report)).await
}

/// Says whether a task is done.
#[utoipa::path(patch, path = "/v1/export/reports/{id}/action-plan/{task_id}")]
async fn set_task(
    change: Change<ExportWrite>,
    PathId(report): PathId<Report>,
    PathText(task): PathText<TaskId>,
    Json(body): Json<SetTask>,
) -> ApiResult<Shown<TaskBody>> {
    let completed = body.completed;
    change
        .write("export.set_task", move |tx| action_plan_progress::set_completed(tx, report, &task, completed))
        .await
}
