//! A household, as clients see it.

use serde_json::{Value, json};
use strongroom_tests::{Answer, Server};

use crate::world::{id, text};

/// What a household is made of.
pub(crate) fn new_user(username: &str) -> Value {
    json!({"username": username, "email": format!("{username}@example.com"), "preferences": {"timezone": "Europe/Warsaw"}})
}

/// What a conversation is made of.
pub(crate) fn new_conversation(user: &str, session_id: &str) -> Value {
    json!({"user_id": user, "session_id": session_id})
}

/// What a message of a household is made of.
pub(crate) fn said(content: &str) -> Value {
    json!({"role": "user", "content": content})
}

/// A request of a program.
pub(crate) fn send(server: &Server, method: &str, path: &str, body: &Value) -> Answer {
    let body = (!body.is_null()).then(|| body.to_string());
    server.send(method, path, &[], body.as_deref())
}

/// Its id, and an access token of it.
#[derive(Clone)]
pub(crate) struct Household {
    pub(crate) id: String,
    pub(crate) token: String,
}

impl Household {
    pub(crate) fn new(server: &Server, username: &str) -> Self {
        let id = id(&server.post("/v1/pantry/users", &new_user(username)).expect(201));
        let session = server.post(&format!("/v1/pantry/users/{id}/tokens"), &Value::Null).expect(200);
        Self { id, token: text(&session, "/access_token") }
    }

    /// A path of the household's own.
    pub(crate) fn path(&self, rest: &str) -> String {
        format!("/v1/pantry/users/{}{rest}", self.id)
    }

    /// A request with the access token.
    pub(crate) fn send(&self, server: &Server, method: &str, path: &str, body: &Value) -> Answer {
        let bearer = format!("Bearer {}", self.token);
        let body = (!body.is_null()).then(|| body.to_string());
        server.send(method, path, &[("authorization", &bearer)], body.as_deref())
    }
}
