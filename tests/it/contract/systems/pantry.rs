//! `pantry`: a household with conversations, and what it named itself.

use serde_json::{Value, json};
use strongroom_tests::Server;

use super::{Person, TestedSystem};
use crate::contract::rows::Rows;
use crate::household;
use crate::world::{id, text};

pub(super) struct Pantry;

impl TestedSystem for Pantry {
    fn name(&self) -> &'static str {
        "pantry"
    }

    fn make_rows(&self, server: &Server, person: &dyn Fn() -> Person) -> Rows {
        let post = |path: &str, body: &Value| server.post(&format!("/v1/pantry{path}"), body).expect(201);
        let Person { name, email, .. } = person();
        let stranger = person();
        let username = format!("{name} {}", super::unique().simple());
        let user = post("/users", &json!({"username": username, "email": email}));
        let session = server.post(&format!("/v1/pantry/users/{}/tokens", id(&user)), &json!({})).expect(200);
        let conversation = post("/conversations", &household::new_conversation(&id(&user), "default"));
        let of_conversation = format!("/conversations/{}", id(&conversation));
        let message =
            post(&format!("{of_conversation}/messages"), &household::said("What can I cook tonight?"));

        Rows::of_user(text(&session, "/access_token"))
            .with("users", vec![id(&user)])
            .with("conversations", vec![id(&conversation)])
            .with("messages", vec![id(&message)])
            .with_field("users", "username", &user["username"], json!(stranger.email))
            .with_field("users", "email", &user["email"], json!(stranger.email))
            .with_field("conversations", "session_id", &conversation["session_id"], json!("nobody's"))
    }

    fn kind_of_field(&self, field: &str) -> Option<&'static str> {
        match field {
            "user_id" => Some("users"),
            "conversation_id" => Some("conversations"),
            _ => None,
        }
    }

    fn free_objects(&self) -> &'static [&'static str] {
        &["/preferences", "/metadata"]
    }

    fn refused_to_owners(&self) -> &'static [(&'static str, u16)] {
        // The token ends with its deleted user.
        &[("POST /v1/pantry/users/{id}/restore", 401)]
    }
}
