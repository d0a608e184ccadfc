//! `market`: products, a buyer, and a conversation with a message that waits.

use serde_json::{Value, json};
use strongroom_tests::Server;

use super::{Person, TestedSystem, unique};
use crate::contract::client::Client;
use crate::contract::document::Operation;
use crate::contract::requests::Request;
use crate::contract::rows::Rows;
use crate::world::id;

pub(super) struct Market;

impl TestedSystem for Market {
    fn name(&self) -> &'static str {
        "market"
    }

    /// A product that nobody asks about, and one that the buyer asks about.
    fn make_rows(&self, server: &Server, person: &dyn Fn() -> Person) -> Rows {
        let name = || unique().to_string();
        let send = |method: &str, path: &str, body: &Value| {
            let answer = server.send(method, &format!("/v1/market{path}"), &[], Some(&body.to_string()));
            assert!(answer.status < 300, "{path}: {}", answer.text);
            answer.expect(answer.status)
        };
        let Person { name: username, phone_number, email } = person();
        let product = |wallapop_id: &str| {
            send(
                "POST",
                "/products",
                &json!({"wallapop_id": wallapop_id, "title": "Bicycle", "price": "420.00"}),
            )
        };
        let (listing, chat) = (name(), name());
        let products = [product(&listing), product(&name())].map(|product| id(&product));
        let buyer =
            json!({"wallapop_user_id": name(), "username": username, "phone": phone_number, "email": email});
        let buyer = id(&send("PUT", "/buyers/by-wallapop-id", &buyer));
        let asks = json!({"wallapop_chat_id": chat, "product_id": products[1], "buyer_id": buyer});
        let conversation = id(&send("POST", "/conversations", &asks));
        let message =
            json!({"content": "¿Sigue disponible?", "message_type": "user_message", "buyer_id": buyer});
        let message = id(&send("POST", &format!("/conversations/{conversation}/messages"), &message));
        let kept = json!({"value": {"step": "offer"}});
        let [session, cached, state] = ["sessions", "cache", "conversation-states"].map(|kind| {
            let key = name();
            send("PUT", &format!("/{kind}/{key}"), &kept);
            key
        });
        let bot = name();
        server.send("PUT", &format!("/v1/market/bot-sessions/{bot}"), &[], None).expect(201);
        Rows::default()
            .with("products", products.to_vec())
            .with("buyers", vec![buyer])
            .with("conversations", vec![conversation])
            .with("messages", vec![message])
            .with("claims", vec![name()])
            .with("sessions", vec![session])
            .with("conversation-states", vec![state])
            .with("key", vec![cached])
            .with("session_id", vec![bot])
            .with("wallapop_id", vec![listing])
            .with("wallapop_chat_id", vec![chat])
    }

    fn sealed_fields(&self) -> &'static [&'static str] {
        &["error"]
    }

    fn kind_of_field(&self, field: &str) -> Option<&'static str> {
        match field {
            "product_id" => Some("products"),
            "buyer_id" => Some("buyers"),
            "claim_id" => Some("claims"),
            _ => None,
        }
    }

    fn prepare(&self, client: &Client<'_>, operation: Operation<'_>, example: &Request) {
        let (row, action) = example.path.rsplit_once('/').unwrap_or_default();
        match action {
            "unblock" => drop(client.server.post(&format!("{row}/block"), &Value::Null).expect(200)),
            "reopen" => drop(client.server.post(&format!("{row}/cancel"), &Value::Null).expect(200)),
            "rate-limit" if operation.method == "delete" => {
                let limit = json!({"seconds": 60}).to_string();
                let limited = client.server.send("PUT", &example.path, &[], Some(&limit));
                assert_eq!(limited.status, 200, "{}", limited.text);
            }
            "requeue" => {
                let message = row.rsplit('/').next().unwrap_or_default();
                let sql = format!("UPDATE market.messages SET attempts = 1 WHERE id = '{message}'");
                client.server.database().sabotage(&sql);
            }
            "release" => {
                let claim = example.json().map(|body| id_of(&body, "claim_id")).unwrap_or_default();
                let message = row.rsplit('/').next().unwrap_or_default();
                client.server.database().sabotage(&format!(
                    "UPDATE market.messages SET claim_id = '{claim}', claimed_until = now() + interval '1 hour', attempts = 1
                      WHERE id = '{message}'"
                ));
            }
            _ => {}
        }
    }

    fn free_objects(&self) -> &'static [&'static str] {
        &["/profile_data", "/entities"]
    }

    fn free_values(&self) -> &'static [&'static str] {
        &["/value"]
    }

    fn sealed_objects(&self) -> &'static [&'static str] {
        &["value", "profile_data", "entities"]
    }
}

fn id_of(body: &Value, field: &str) -> String {
    body[field].as_str().unwrap_or_default().to_owned()
}
