//! A bot that sells, as its program sees the API.

use serde_json::{Value, json};
use strongroom_tests::{Answer, Server};

use crate::world::id;

/// A server, and a client of its `market`.
pub(crate) struct Bot {
    pub(crate) server: Server,
}

impl Bot {
    pub(crate) fn start() -> Self {
        Self { server: Server::start() }
    }

    /// A request below `/v1/market`.
    pub(crate) fn send(&self, method: &str, path: &str, body: &Value) -> Answer {
        let body = (method != "GET" && method != "DELETE").then(|| body.to_string());
        self.server.send(method, &format!("/v1/market{path}"), &[], body.as_deref())
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Answer {
        self.send("POST", path, body)
    }

    pub(crate) fn put(&self, path: &str, body: &Value) -> Answer {
        self.send("PUT", path, body)
    }

    pub(crate) fn patch(&self, path: &str, body: &Value) -> Answer {
        self.send("PATCH", path, body)
    }

    /// Does something to a row that takes no more words: `act("/conversations/…/cancel")`.
    pub(crate) fn act(&self, path: &str) -> Answer {
        self.post(path, &Value::Null)
    }

    pub(crate) fn get(&self, path: &str) -> Value {
        self.server.get(&format!("/v1/market{path}")).expect(200)
    }

    /// The id of a new product with this id of the marketplace's.
    pub(crate) fn product(&self, wallapop_id: &str) -> String {
        let new = json!({"wallapop_id": wallapop_id, "title": "iPhone 13 Pro", "price": 650.0, "status": "AVAILABLE"});
        id(&self.post("/products", &new).expect(201))
    }

    /// The id of a new buyer with this id of the marketplace's.
    pub(crate) fn buyer(&self, wallapop_user_id: &str) -> String {
        let new =
            json!({"wallapop_user_id": wallapop_user_id, "username": format!("user_{wallapop_user_id}")});
        id(&self.put("/buyers/by-wallapop-id", &new).expect(201))
    }

    /// What asks for a conversation.
    pub(crate) fn new_conversation(chat: &str, product: &str, buyer: &str) -> Value {
        json!({"wallapop_chat_id": chat, "product_id": product, "buyer_id": buyer})
    }

    /// The id of a new conversation.
    pub(crate) fn conversation(&self, chat: &str, product: &str, buyer: &str) -> String {
        id(&self.post("/conversations", &Self::new_conversation(chat, product, buyer)).expect(201))
    }

    /// Ids of a product, a buyer and their conversation, whose marketplace ids end in `name`.
    pub(crate) fn talk(&self, name: &str) -> (String, String, String) {
        let (product, buyer) = (self.product(&format!("p-{name}")), self.buyer(&format!("b-{name}")));
        let conversation = self.conversation(&format!("c-{name}"), &product, &buyer);
        (product, buyer, conversation)
    }

    /// What asks for a message of a buyer.
    pub(crate) fn new_message(buyer: &str, content: &str) -> Value {
        json!({"content": content, "message_type": "USER_MESSAGE", "buyer_id": buyer})
    }

    /// The id of a new message of a buyer.
    pub(crate) fn wrote(&self, conversation: &str, buyer: &str, content: &str) -> String {
        let path = format!("/conversations/{conversation}/messages");
        id(&self.post(&path, &Self::new_message(buyer, content)).expect(201))
    }

    /// A claim of at most ten messages for a minute: its id, and the ids of the messages.
    pub(crate) fn claim(&self) -> (String, Vec<String>) {
        let claim = self.post("/messages/claim", &json!({"limit": 10})).expect(200);
        let messages = claim["data"].as_array().unwrap().iter().map(id).collect();
        (crate::world::text(&claim, "/claim_id"), messages)
    }
}

/// A time, of which as many digits are written as it needs, with all six.
pub(crate) fn to_micros(time: &str) -> String {
    let time = time.trim_end_matches('Z');
    let (seconds, fraction) = time.split_once('.').unwrap_or((time, ""));
    format!("{seconds}.{fraction:0<6}")
}

/// The code of an error with this status.
pub(crate) fn code(answer: &Answer, status: u16) -> String {
    crate::world::text(&answer.expect(status), "/code")
}
