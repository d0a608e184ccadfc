//! The plan of seven days over HTTP: set as a whole, worked off task by task, and what is refused.

use std::thread;

use serde_json::{Value, json};
use strongroom_tests::{Answer, Server};

use crate::exporter::{self, DAYS, Exporter, plan, send, with_report};
use crate::world::{each, named, pointers};

/// A report's plan: its path, and what a server does with it.
struct Desk {
    server: Server,
    plan: String,
}

impl Desk {
    fn new() -> Self {
        let server = Server::start();
        let (_, report) = with_report(&server);
        Self { server, plan: format!("{report}/action-plan") }
    }

    fn put(&self, plan: &Value) -> Answer {
        send(&self.server, "PUT", &self.plan, plan)
    }

    fn get(&self) -> Value {
        self.server.get(&self.plan).expect(200)
    }

    fn set(&self, task: &str, completed: bool) -> Answer {
        send(&self.server, "PATCH", &format!("{}/{task}", self.plan), &json!({"completed": completed}))
    }
}

/// A plan of seven days with as many more tasks on the first day.
fn plan_with(more: usize) -> Value {
    let mut plan = plan(&DAYS);
    let tasks = plan["tasks"].as_array_mut().unwrap();
    tasks.extend(
        (0..more).map(|n| json!({"task_id": format!("more{n}"), "day_number": 1, "task_title": "More"})),
    );
    plan
}

/// The tasks of all days, in their order.
fn tasks(plan: &Value) -> Vec<&Value> {
    let days = plan["days"].as_array().unwrap().iter();
    days.flat_map(|day| day["tasks"].as_array().unwrap()).collect()
}

fn ids(plan: &Value) -> Vec<&str> {
    tasks(plan).into_iter().map(|task| task["task_id"].as_str().unwrap()).collect()
}

#[test]
fn progress_is_told_of_the_plan_and_of_each_day_rounded_half_up() {
    let desk = Desk::new();
    let percentages = |plan: &Value| {
        let days = each(&plan["days"], "progress_percentage").join(" ");
        (plan["progress_percentage"].as_str().unwrap().to_owned(), days)
    };
    let none = desk.get();
    assert_eq!(percentages(&none), ("0.0".to_owned(), "0.0 0.0 0.0 0.0 0.0 0.0 0.0".to_owned()));
    assert_eq!((&none["total"], tasks(&none).len()), (&json!(0), 0));

    let set = desk.put(&plan_with(1)).expect(200);
    assert_eq!(desk.get(), set);
    for task in ["more0", "t2", "t3"] {
        assert_eq!(desk.set(task, true).expect(200)["task_id"], task);
    }
    let plan = desk.get();
    assert_eq!((&plan["total"], &plan["completed"]), (&json!(8), &json!(3)));
    assert_eq!(percentages(&plan), ("37.5".to_owned(), "50.0 100.0 100.0 0.0 0.0 0.0 0.0".to_owned()));
    let days: Vec<i64> =
        plan["days"].as_array().unwrap().iter().map(|day| day["day_number"].as_i64().unwrap()).collect();
    assert_eq!(days, [1, 2, 3, 4, 5, 6, 7]);

    for task in ["t2", "t3"] {
        desk.set(task, false).expect(200);
    }
    let sixteen = desk.put(&plan_with(9)).expect(200);
    assert_eq!((&sixteen["total"], &sixteen["progress_percentage"]), (&json!(16), &json!("6.3")));
}

#[test]
fn a_new_plan_keeps_what_is_done_and_drops_what_is_missing() {
    let desk = Desk::new();
    let set = desk.put(&plan_with(2)).expect(200);
    assert_eq!(ids(&set), ["t1", "more0", "more1", "t2", "t3", "t4", "t5", "t6", "t7"]);
    let done = desk.set("t3", true).expect(200);
    desk.set("more0", true).expect(200);

    let mut next = plan(&["t3", "t2", "new", "t4", "t5", "t6", "t7"]);
    next["tasks"][0] = json!({
        "task_id": "t3", "day_number": 1, "task_title": "Do it first", "task_description": "At once.",
        "task_category": "Finance",
    });
    let set = desk.put(&next).expect(200);
    assert_eq!(ids(&set), ["t3", "t2", "new", "t4", "t5", "t6", "t7"]);
    let kept = tasks(&set)[0];
    for field in ["id", "completed", "completed_at", "created_at"] {
        assert_eq!(kept[field], done[field], "{field}");
    }
    assert_eq!(
        (&kept["task_title"], &kept["task_description"], &kept["task_category"]),
        (&json!("Do it first"), &json!("At once."), &json!("finance"))
    );
    assert_eq!((&set["total"], &set["completed"]), (&json!(7), &json!(1)));
    assert_eq!(desk.get(), set);
    desk.set("more0", true).expect(404);
    // A task that went and comes back is a new one.
    desk.put(&plan_with(1)).expect(200);
    assert_eq!(desk.set("more0", false).expect(200)["completed_at"], Value::Null);
}

#[test]
fn a_task_is_set_and_not_flipped() {
    let desk = Desk::new();
    desk.put(&plan(&DAYS)).expect(200);
    let done = desk.set("t1", true).expect(200);
    assert!(done["completed"] == true && done["completed_at"].is_string(), "{done}");
    assert_eq!(desk.set("t1", true).expect(200), done, "also updated_at");
    let undone = desk.set("t1", false).expect(200);
    assert_eq!((&undone["completed"], &undone["completed_at"]), (&json!(false), &Value::Null));
    assert!(undone["updated_at"].as_str() > done["updated_at"].as_str(), "{undone}");
    assert_eq!(desk.set("t1", false).expect(200), undone);
    let stored = desk.get();
    assert_eq!(desk.put(&plan(&DAYS)).expect(200), stored, "so is a plan that is the same");
    desk.set("t8", true).expect(404);
}

#[test]
fn of_two_plans_at_once_one_stands_whole() {
    let desk = Desk::new();
    let (one, other) = (["a1", "b", "c", "d", "e", "f", "a7"], ["z1", "f", "e", "d", "c", "b", "z7"]);
    for _ in 0..5 {
        thread::scope(|scope| {
            for tasks in [&one, &other] {
                let desk = &desk;
                scope.spawn(move || desk.put(&plan(tasks)).expect(200));
            }
        });
        let stored = desk.get();
        assert!(ids(&stored) == one || ids(&stored) == other, "{:?}", ids(&stored));
    }
}

#[test]
fn a_plan_of_anothers_report_or_of_a_deleted_one_is_absent() {
    let server = Server::start();
    let (asha, bina) =
        (Exporter::register(&server, "asha@example.com"), Exporter::register(&server, "bina@example.com"));
    let report = exporter::report(&server, &asha.id);
    let path = format!("/v1/export/reports/{report}/action-plan");
    let requests = [
        ("PUT", path.clone(), plan(&DAYS)),
        ("PATCH", format!("{path}/t1"), json!({"completed": true})),
        ("GET", path, Value::Null),
    ];
    for (method, path, body) in &requests {
        asha.send(&server, method, path, body).expect(200);
        bina.send(&server, method, path, body).expect(404);
    }
    exporter::delete_report(&server, &report);
    for (method, path, body) in &requests {
        asha.send(&server, method, path, body).expect(404);
    }
}

#[test]
fn what_is_wrong_with_a_plan_is_said_at_the_field_and_nothing_is_stored() {
    let desk = Desk::new();
    let set = desk.put(&plan(&DAYS)).expect(200);
    for (field, value, code) in [
        ("task_id", json!(""), "invalid_task_id"),
        ("task_id", json!("day 1"), "invalid_task_id"),
        ("task_id", json!("दिन"), "invalid_task_id"),
        ("task_id", json!("a/b"), "invalid_task_id"),
        ("task_id", json!("x".repeat(101)), "invalid_task_id"),
        ("task_id", json!(7), "wrong_type"),
        ("day_number", json!(0), "out_of_range"),
        ("day_number", json!(8), "out_of_range"),
        ("day_number", json!(1.5), "wrong_type"),
        ("day_number", json!("1"), "wrong_type"),
        ("task_title", json!(" "), "empty"),
        ("task_title", json!("न".repeat(256)), "too_long"),
        ("task_title", json!("a\u{0}b"), "control_character"),
        ("task_title", json!(["x"]), "wrong_type"),
        ("task_description", json!(""), "empty"),
        ("task_description", json!("न".repeat(2_001)), "too_long"),
        ("task_description", json!("a\u{0}b"), "control_character"),
        ("task_description", json!(7), "wrong_type"),
        ("task_category", json!("leisure"), "unknown_value"),
        ("task_category", json!(7), "wrong_type"),
        ("completed", json!(true), "unknown_field"),
    ] {
        let mut plan = plan_with(1);
        plan["tasks"][7][field] = value.clone();
        let answer = desk.put(&plan);
        let expected = named(&[(&format!("/tasks/7/{field}"), code)]);
        assert_eq!(pointers(&answer), expected, "{value:.60}: {:.300}", answer.text);
    }
    for field in ["task_id", "day_number", "task_title"] {
        let mut plan = plan_with(1);
        plan["tasks"][7].as_object_mut().unwrap().remove(field);
        assert_eq!(pointers(&desk.put(&plan)), named(&[(&format!("/tasks/7/{field}"), "missing")]));
    }
    let with = |n: usize, field: &str, value: Value| {
        let mut plan = plan_with(1);
        plan["tasks"][n][field] = value;
        plan
    };
    for (body, pointer, code) in [
        (with(4, "day_number", json!(4)), "/tasks", "day_missing"),
        (with(7, "task_id", json!("t2")), "/tasks/7/task_id", "duplicate"),
        (plan_with(194), "/tasks", "too_many"),
        (json!({"tasks": {}}), "/tasks", "wrong_type"),
        (json!({"tasks": null}), "/tasks", "wrong_type"),
        (json!({"tasks": [["t1", 1, "Do t1"]]}), "/tasks/0", "wrong_type"),
        (json!({}), "/tasks", "missing"),
        (json!({"tasks": plan(&DAYS)["tasks"], "days": 7}), "/days", "unknown_field"),
        (json!([]), "", "wrong_type"),
    ] {
        let answer = desk.put(&body);
        assert_eq!(pointers(&answer), named(&[(pointer, code)]), "{:.300}", answer.text);
    }
    let few = desk.put(&json!({"tasks": []}));
    assert_eq!(pointers(&few), named(&[("/tasks", "too_few"), ("/tasks", "day_missing")]));
    for (body, pointer, code) in [
        (json!({}), "/completed", "missing"),
        (json!({"completed": null}), "/completed", "wrong_type"),
        (json!({"completed": "true"}), "/completed", "wrong_type"),
        (json!({"completed": 1}), "/completed", "wrong_type"),
        (json!({"completed": true, "completed_at": null}), "/completed_at", "unknown_field"),
    ] {
        let answer = send(&desk.server, "PATCH", &format!("{}/t1", desk.plan), &body);
        assert_eq!(pointers(&answer), named(&[(pointer, code)]), "{:.300}", answer.text);
    }
    for no_id in ["day%201", "%E0%A4%A6", &"x".repeat(101)] {
        assert_eq!(pointers(&desk.set(no_id, true)), named(&[("/task_id", "invalid_task_id")]), "{no_id}");
    }
    assert_eq!(desk.get(), set);
    desk.put(&plan_with(193)).expect(200);
}
