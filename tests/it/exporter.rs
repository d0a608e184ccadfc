//! An exporter who has logged in, as clients see it.

use serde_json::{Value, json};
use strongroom_tests::{Answer, Server};

use crate::world::{id, text};

pub(crate) const PASSWORD: &str = "Turmeric to Hamburg 7";

/// What an exporter is made of, without a password.
pub(crate) fn new_user(email: &str) -> Value {
    json!({
        "email": email, "business_type": "Merchant", "company_size": "Small",
        "company_name": "Suvarna Spices Pvt. Ltd.", "monthly_volume": 250,
    })
}

/// A POST by nobody who is known.
pub(crate) fn post(server: &Server, path: &str, body: &Value) -> Answer {
    server.send("POST", path, &[("authorization", "")], Some(&body.to_string()))
}

pub(crate) fn register(server: &Server, email: &str) -> Answer {
    register_as(server, new_user(email))
}

pub(crate) fn register_as(server: &Server, new_user: Value) -> Answer {
    let mut body = new_user;
    body["password"] = json!(PASSWORD);
    post(server, "/v1/export/register", &body)
}

pub(crate) fn log_in(server: &Server, email: &str, password: &str) -> Answer {
    post(server, "/v1/export/log-in", &json!({"email": email, "password": password}))
}

/// A report that is being processed: its id.
pub(crate) fn report(server: &Server, user: &str) -> String {
    let new = json!({"user_id": user, "product_name": "Turmeric powder", "destination_country": "Germany"});
    id(&server.post("/v1/export/reports", &new).expect(201))
}

/// Tasks, one for each day.
pub(crate) const DAYS: [&str; 7] = ["t1", "t2", "t3", "t4", "t5", "t6", "t7"];

/// A plan with a task for each of seven days.
pub(crate) fn plan(tasks: &[&str; 7]) -> Value {
    let task = |(task, day): (&&str, i32)| json!({"task_id": task, "day_number": day, "task_title": format!("Do {task}")});
    json!({"tasks": tasks.iter().zip(1..).map(task).collect::<Vec<_>>()})
}

/// A request of a program with a body.
pub(crate) fn send(server: &Server, method: &str, path: &str, body: &Value) -> Answer {
    server.send(method, path, &[], Some(&body.to_string()))
}

/// Completes a report with what an agent wrote.
pub(crate) fn complete(server: &Server, report: &str, report_data: &Value) -> Answer {
    server.post(&format!("{report}/complete"), &json!({"report_data": report_data}))
}

/// Replaces the HS code of a report.
pub(crate) fn set_hs_code(server: &Server, report: &str, code: &str) -> Answer {
    send(server, "PUT", &format!("{report}/hs-code"), &json!({"hs_code": code}))
}

/// One more report of an exporter that is being processed: its path.
pub(crate) fn another(server: &Server, user: &str) -> String {
    format!("/v1/export/reports/{}", report(server, user))
}

/// What an exporter has done so far.
pub(crate) fn metrics(server: &Server, user: &str) -> Value {
    server.get(&format!("/v1/export/users/{user}/metrics")).expect(200)
}

/// Deletes a report until it is restored.
pub(crate) fn delete_report(server: &Server, report: &str) {
    assert_eq!(server.send("DELETE", &format!("/v1/export/reports/{report}"), &[], None).status, 204);
}

/// An exporter that a program made, and the path of a report of it.
pub(crate) fn with_report(server: &Server) -> (String, String) {
    let user = id(&server.post("/v1/export/users", &new_user("a.sen@example.com")).expect(201));
    let report = report(server, &user);
    (user, format!("/v1/export/reports/{report}"))
}

/// Its id, and the tokens of a session.
pub(crate) struct Exporter {
    pub(crate) id: String,
    pub(crate) access: String,
    pub(crate) refresh: String,
}

impl Exporter {
    pub(crate) fn register(server: &Server, email: &str) -> Self {
        let body = register(server, email).expect(201);
        Self {
            id: text(&body, "/user/id"),
            access: text(&body, "/tokens/access_token"),
            refresh: text(&body, "/tokens/refresh_token"),
        }
    }

    /// A request with the access token.
    pub(crate) fn send(&self, server: &Server, method: &str, path: &str, body: &Value) -> Answer {
        let bearer = format!("Bearer {}", self.access);
        let body = (!body.is_null()).then(|| body.to_string());
        server.send(method, path, &[("authorization", &bearer)], body.as_deref())
    }

    /// The next tokens of the session, or why there are none.
    pub(crate) fn refresh(&self, server: &Server) -> Answer {
        post(server, "/v1/tokens/refresh", &json!({"refresh_token": self.refresh}))
    }
}
