//! `export`: an exporter who has logged in, with reports and what hangs on them.

use serde_json::{Value, json};
use strongroom_tests::Server;

use super::{Person, TestedSystem};
use crate::contract::client::Client;
use crate::contract::document::Operation;
use crate::contract::requests::Request;
use crate::contract::rows::Rows;
use crate::world::{id, text};
use crate::{export_chat, export_documents, exporter};

pub(super) struct Export;

impl TestedSystem for Export {
    fn name(&self) -> &'static str {
        "export"
    }

    /// Two reports that are being processed, the first with a row of everything that hangs on a report.
    fn make_rows(&self, server: &Server, person: &dyn Fn() -> Person) -> Rows {
        let Person { name, email, .. } = person();
        let mut new = exporter::new_user(&email);
        new["company_name"] = json!(name);
        let registered = exporter::register_as(server, new).expect(201);
        let user = text(&registered, "/user/id");
        let reports = [(); 2].map(|()| exporter::report(server, &user));
        let of_report = format!("/v1/export/reports/{}", reports[0]);
        let certification = json!({"certification_id": "fssai", "certification_name": "FSSAI", "certification_type": "other"});
        let certification = server.post(&format!("{of_report}/certifications"), &certification).expect(201);
        let plan = exporter::plan(&exporter::DAYS);
        server.send("PUT", &format!("{of_report}/action-plan"), &[], Some(&plan.to_string())).expect(200);
        let document = export_documents::new_document("commercial_invoice", &export_documents::invoice());
        let document = server.post(&format!("{of_report}/documents"), &document).expect(201);
        let session = server.post(&format!("{of_report}/chat-sessions"), &json!({})).expect(201);
        let messages = format!("/v1/export/chat-sessions/{}/messages", id(&session));
        server.post(&messages, &export_chat::exchange(1)).expect(201);
        for (name, part) in
            [("finance-analysis", "working_capital_data"), ("logistics-analysis", "route_analysis")]
        {
            let body = json!({part: []}).to_string();
            server.send("PUT", &format!("{of_report}/{name}"), &[], Some(&body)).expect(201);
        }
        Rows::of_user(text(&registered, "/tokens/access_token"))
            .with("users", vec![user])
            .with("reports", reports.to_vec())
            .with("certifications", vec![id(&certification)])
            .with("task_id", vec![exporter::DAYS[0].to_owned()])
            .with("documents", vec![id(&document)])
            .with("chat-sessions", vec![id(&session)])
            .with_field("users", "email", &registered["user"]["email"], json!(person().email))
            .with_field("log-in", "email", &registered["user"]["email"], json!(person().email))
            .with_field(
                "users",
                "current_password",
                &Value::from(exporter::PASSWORD),
                json!("Nobody's word 1"),
            )
    }

    fn kind_of_field(&self, field: &str) -> Option<&'static str> {
        (field == "user_id").then_some("users")
    }

    fn prepare(&self, client: &Client<'_>, _: Operation<'_>, example: &Request) {
        let (report, action) = example.path.rsplit_once('/').unwrap_or_default();
        match action {
            "hs-code" => drop(
                client.server.post(&format!("{report}/complete"), &json!({"report_data": {}})).expect(200),
            ),
            "retry" => drop(client.server.post(&format!("{report}/fail"), &Value::Null).expect(200)),
            _ => {}
        }
    }

    fn free_objects(&self) -> &'static [&'static str] {
        &["/report_data", "/document_data", "/context_data"]
    }

    fn free_values(&self) -> &'static [&'static str] {
        &[
            "/working_capital_data",
            "/pre_shipment_credit_data",
            "/rodtep_benefit_data",
            "/gst_refund_data",
            "/cash_flow_timeline",
            "/financing_options",
            "/lcl_fcl_comparison",
            "/rms_probability_data",
            "/route_analysis",
            "/freight_estimate",
            "/insurance_recommendation",
        ]
    }

    fn sealed_fields(&self) -> &'static [&'static str] {
        &["reason", "question", "answer"]
    }

    fn refused_to_owners(&self) -> &'static [(&'static str, u16)] {
        // The token ends with its deleted user.
        &[("POST /v1/export/users/{id}/restore", 401)]
    }
}
