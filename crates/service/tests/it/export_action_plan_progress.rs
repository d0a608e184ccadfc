//! The plan of seven days: set as a whole, worked off task by task.

use domain::Id;
use domain::export::{ActionPlan, NewPlan, Report, Task};
use repository::{Tx, testing};
use strongroom_service::export::{action_plan_progress, reports};

use crate::export_fixtures::{new_plan, not_found, report, task_id};

/// One task for each day, `t1` to `t7`.
fn week() -> NewPlan {
    new_plan(
        &[1, 2, 3, 4, 5, 6, 7]
            .map(|day| (["t1", "t2", "t3", "t4", "t5", "t6", "t7"][day - 1], day as i64, "Apply")),
    )
}

fn ids(plan: &ActionPlan) -> Vec<Vec<&str>> {
    plan.days.iter().map(|day| day.tasks.iter().map(|task| task.task_id.as_str()).collect()).collect()
}

fn task(plan: &ActionPlan, id: &str) -> Task {
    let mut tasks = plan.days.iter().flat_map(|day| &day.tasks);
    tasks.find(|task| task.task_id == task_id(id)).unwrap().clone()
}

fn set(tx: &mut Tx<'_>, report: Id<Report>, id: &str, completed: bool) -> Task {
    action_plan_progress::set_completed(tx, report, &task_id(id), completed).unwrap()
}

#[test]
fn a_new_plan_keeps_what_is_done_of_the_old_one() {
    testing::check(|tx| {
        let report = report(tx);
        let before = action_plan_progress::put(tx, report, &week()).unwrap();
        assert_eq!((before.progress.total, before.progress.completed), (7, 0));
        set(tx, report, "t3", true);
        testing::execute(
            tx,
            "UPDATE export.action_plan_progress SET completed_at = '2026-11-20T10:00:00Z' WHERE completed",
        );
        let done = task(&action_plan_progress::get(tx, report).unwrap(), "t3");
        let next = new_plan(&[
            ("t8", 5, "Insure"),
            ("t1", 1, "Apply"),
            ("t2", 2, "Apply"),
            ("t3", 3, "Apply for the IEC"),
            ("t4", 4, "Apply"),
            ("t6", 6, "Apply"),
            ("t7", 7, "Apply"),
        ]);
        let after = action_plan_progress::put(tx, report, &next).unwrap();
        let kept = task(&after, "t3");
        assert_eq!((kept.id, kept.completed, kept.completed_at), (done.id, true, done.completed_at));
        assert_eq!(kept.task_title.as_str(), "Apply for the IEC");
        assert_eq!(ids(&after), [["t1"], ["t2"], ["t3"], ["t4"], ["t8"], ["t6"], ["t7"]]);
        assert!(!task(&after, "t8").completed);
        assert_eq!((after.progress.total, after.progress.percentage().to_string()), (7, "14.3".to_owned()));
        assert_eq!(action_plan_progress::get(tx, report).unwrap(), after);
    });
}

#[test]
fn tasks_of_a_day_stay_in_the_order_in_which_they_were_first_stored() {
    testing::check(|tx| {
        let report = report(tx);
        let rest =
            [("t2", 2, "x"), ("t3", 3, "x"), ("t4", 4, "x"), ("t5", 5, "x"), ("t6", 6, "x"), ("t7", 7, "x")];
        let plan = |first: &[(&'static str, i64, &'static str)]| new_plan(&[first, &rest].concat());
        action_plan_progress::put(tx, report, &plan(&[("b", 1, "x"), ("a", 1, "x")])).unwrap();
        let after = plan(&[("c", 1, "x"), ("a", 1, "x"), ("b", 1, "x")]);
        let after = action_plan_progress::put(tx, report, &after).unwrap();
        assert_eq!(ids(&after)[0], ["b", "a", "c"]);
        assert_eq!(action_plan_progress::get(tx, report).unwrap(), after);
    });
}

#[test]
fn progress_is_told_for_the_plan_and_each_day() {
    testing::check(|tx| {
        let report = report(tx);
        let plan = new_plan(&[
            ("t1", 1, "x"),
            ("t1b", 1, "x"),
            ("t2", 2, "x"),
            ("t3", 3, "x"),
            ("t4", 4, "x"),
            ("t5", 5, "x"),
            ("t6", 6, "x"),
            ("t7", 7, "x"),
        ]);
        action_plan_progress::put(tx, report, &plan).unwrap();
        for done in ["t1", "t2", "t3"] {
            set(tx, report, done, true);
        }
        let plan = action_plan_progress::get(tx, report).unwrap();
        assert_eq!(plan.progress.percentage().to_string(), "37.5");
        let days: Vec<_> = plan.days.iter().map(|day| day.progress.percentage().to_string()).collect();
        assert_eq!(days, ["50.0", "100.0", "100.0", "0.0", "0.0", "0.0", "0.0"]);
    });
}

#[test]
fn a_task_is_set_and_not_flipped() {
    testing::check(|tx| {
        let report = report(tx);
        action_plan_progress::put(tx, report, &week()).unwrap();
        let done = set(tx, report, "t1", true);
        assert_eq!((done.completed, done.completed_at), (true, Some(tx.now)));
        testing::execute(
            tx,
            "UPDATE export.action_plan_progress SET completed_at = '2026-11-20T10:00:00Z' WHERE completed",
        );
        let again = set(tx, report, "t1", true);
        assert_eq!(
            again.completed_at.unwrap().to_rfc3339(),
            "2026-11-20T10:00:00+00:00",
            "the first time stays"
        );
        let open = set(tx, report, "t1", false);
        assert_eq!((open.completed, open.completed_at), (false, None));
        assert_eq!(set(tx, report, "t1", true).completed_at, Some(tx.now));
    });
}

#[test]
fn a_report_without_a_plan_has_an_empty_one_and_a_deleted_report_has_none() {
    testing::check(|tx| {
        let report = report(tx);
        let plan = action_plan_progress::get(tx, report).unwrap();
        assert_eq!((plan.days.len(), plan.progress.percentage().to_string()), (7, "0.0".to_owned()));
        assert_eq!(not_found(action_plan_progress::set_completed(tx, report, &task_id("t1"), true)), "task");
        action_plan_progress::put(tx, report, &week()).unwrap();
        reports::delete(tx, report, None).unwrap();
        for report in [report, Id::generate()] {
            assert_eq!(not_found(action_plan_progress::get(tx, report)), "report");
            assert_eq!(not_found(action_plan_progress::put(tx, report, &week())), "report");
            assert_eq!(
                not_found(action_plan_progress::set_completed(tx, report, &task_id("t1"), true)),
                "task"
            );
        }
    });
}
