//! `export`: an exporter who has logged in.

use serde_json::{Value, json};
use strongroom_tests::Server;

use super::{Person, TestedSystem};
use crate::contract::rows::Rows;
use crate::exporter;
use crate::world::text;

pub(super) struct Export;

impl TestedSystem for Export {
    fn name(&self) -> &'static str {
        "export"
    }

    fn make_rows(&self, server: &Server, person: &dyn Fn() -> Person) -> Rows {
        let Person { name, email, .. } = person();
        let mut new = exporter::new_user(&email);
        new["company_name"] = json!(name);
        let registered = exporter::register_as(server, new).expect(201);
        Rows::of_user(text(&registered, "/tokens/access_token"))
            .with("users", vec![text(&registered, "/user/id")])
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

    fn free_objects(&self) -> &'static [&'static str] {
        &[]
    }

    fn sealed_objects(&self) -> &'static [&'static str] {
        &[]
    }

    fn refused_to_owners(&self) -> &'static [(&'static str, u16)] {
        &[("POST /v1/export/users/{id}/restore", 401)]
    }
}
