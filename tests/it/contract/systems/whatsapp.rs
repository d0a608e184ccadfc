//! `whatsapp`: a person with a conversation that an agent holds, and with a message that was sent.

use std::sync::Mutex;

use repository::testing::unique;
use serde_json::{Value, json};
use strongroom_tests::Server;

use super::{Person, TestedSystem, person as somebody};
use crate::contract::client::Client;
use crate::contract::document::Operation;
use crate::contract::requests::Request;
use crate::contract::rows::Rows;
use crate::twilio;
use crate::world::text;

/// As the examples have it.
const PASSWORD: &str = "Sparks by the lake 7";

/// Claims are made of all that waits: so one message is sent and claimed at a time.
static CLAIMS: Mutex<()> = Mutex::new(());

pub(super) struct WhatsApp;

impl TestedSystem for WhatsApp {
    fn name(&self) -> &'static str {
        "whatsapp"
    }

    fn make_rows(&self, server: &Server, person: &dyn Fn() -> Person) -> Rows {
        let person = person();
        let Person { name, phone_number, email } = &person;
        let new = json!({"phone_number": phone_number, "full_name": name, "email": email});
        let user = text(&server.post("/v1/whatsapp/users", &new).expect(201), "/user_id");
        let of_user = |rest: &str| format!("/v1/whatsapp/users/{user}{rest}");
        let password = json!({"new_password": PASSWORD}).to_string();
        assert_eq!(server.send("PUT", &of_user("/password"), &[], Some(&password)).status, 204);
        let session = server.post(&of_user("/tokens"), &json!({})).expect(200);
        deliver(server, &person);
        let (sid, chat, claim) = claimed(server, &person, &of_user(""));
        twilio::report(server, &sid, phone_number, "sent");
        Rows::of_user(text(&session, "/access_token"))
            .with("users", vec![user])
            .with("chat_id", vec![chat])
            .with("message_sid", vec![sid])
            .with("claims", vec![claim])
            .with_field("users", "phone_number", &json!(phone_number), json!(somebody().phone_number))
            .with_field("chats", "phone_number", &json!(phone_number), json!(somebody().phone_number))
            .with_field("log-in", "phone_number", &json!(phone_number), json!(somebody().phone_number))
            .with_field("users", "current_password", &json!(PASSWORD), json!("Nobody's word 1"))
    }

    fn kind_of_field(&self, field: &str) -> Option<&'static str> {
        (field == "claim_id").then_some("claims")
    }

    fn prepare(&self, client: &Client<'_>, operation: Operation<'_>, _: &Request) {
        if operation.path.ends_with("/claim") {
            let Person { name, phone_number, .. } = somebody();
            add_message(client.server, &phone_number, &name);
        }
    }

    fn sealed_fields(&self) -> &'static [&'static str] {
        &["content"]
    }

    fn refused_to_owners(&self) -> &'static [(&'static str, u16)] {
        // The token ends with its deleted user.
        &[("POST /v1/whatsapp/users/{id}/restore", 401)]
    }
}

/// A message that comes by webhook, which alone brings the id that WhatsApp gave the person.
fn deliver(server: &Server, person: &Person) {
    let sid = format!("SM{}", unique().simple());
    let id = format!("IN.{}", person.phone_number.trim_start_matches('+'));
    let from = format!("whatsapp:{}", person.phone_number);
    let fields = [("MessageSid", &*sid), ("From", &*from), ("ExternalUserId", &*id), ("NumMedia", "0")];
    let taken = twilio::deliver(server, &[fields.as_slice(), &[("Body", "hello")]].concat());
    assert_eq!(taken.status, 200, "{}", taken.text);
}

/// A message of somebody, in a chat that is claimed: its sid, the chat and the claim.
fn claimed(server: &Server, person: &Person, of_user: &str) -> (String, String, String) {
    let _one_at_a_time = CLAIMS.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    loop {
        let (sid, chat) = add_message(server, &person.phone_number, &person.name);
        let ask = json!({"limit": 100, "lease_seconds": 600});
        let claim = server.post("/v1/whatsapp/waiting/claim", &ask).expect(200);
        let claimed = claim["data"].as_array().unwrap();
        if claimed.iter().any(|waiting| waiting["chat"]["chat_id"] == chat.as_str()) {
            return (sid, chat, text(&claim, "/claim_id"));
        }
        // Another thread tries the operation itself, and was faster, or more wait than one claim takes.
        server.post(&format!("{of_user}/clear"), &Value::Null).expect(200);
    }
}

fn add_message(server: &Server, phone_number: &str, name: &str) -> (String, String) {
    let sid = format!("SM{}", unique().simple());
    let message =
        json!({"message_sid": sid, "phone_number": phone_number, "full_name": name, "content": "hello"});
    let added: Value = server.post("/v1/whatsapp/messages", &message).expect(201);
    (sid, text(&added, "/chat_id"))
}
