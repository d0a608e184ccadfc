//! Twilio, as the bot sees it: it calls webhooks, and signs what it sends.

use repository::codec::TwilioToken;
use repository::domain::whatsapp::Form;
use serde_json::{Map, Value};
use strongroom_tests::{Answer, Server, TWILIO_TOKEN};
use url::form_urlencoded;

pub(crate) const SIGNATURE: &str = "X-Twilio-Signature";
pub(crate) const WEBHOOK: &str = "/v1/whatsapp/webhook/twilio";
pub(crate) const STATUS: &str = "/v1/whatsapp/webhook/twilio/status";
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

/// What a webhook answers that has nothing to say.
pub(crate) const NOTHING: &str = r#"<?xml version="1.0" encoding="UTF-8"?><Response></Response>"#;

pub(crate) const ASHA: &str = "whatsapp:+12025550101";

/// The signature of a URL and what follows it.
pub(crate) fn sign(message: &str) -> String {
    TwilioToken::new(TWILIO_TOKEN).sign(message.as_bytes())
}

/// A form as it is sent.
pub(crate) fn form(fields: &Map<String, Value>) -> String {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let pairs = fields.iter().map(|(name, value)| (name, text(value)));
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// The same of names and values.
pub(crate) fn form_of(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

/// A form with a signature that was made elsewhere, or none.
pub(crate) fn post(server: &Server, path: &str, body: &str, signature: &str) -> Answer {
    let headers = [("authorization", ""), ("content-type", FORM), (SIGNATURE, signature)];
    server.send("POST", path, &headers, Some(body))
}

/// A form that is signed for the server's own address.
pub(crate) fn post_signed(server: &Server, path: &str, body: &str) -> Answer {
    let url = format!("{}{path}", server.address());
    let signature = sign(&Form::parse(body.as_bytes()).unwrap().signed_text(&url));
    post(server, path, body, &signature)
}

/// A message with these parameters.
pub(crate) fn deliver(server: &Server, fields: &[(&str, &str)]) -> Answer {
    post_signed(server, WEBHOOK, &form_of(fields))
}

/// A text message, which is taken.
pub(crate) fn says(server: &Server, sid: &str, from: &str, body: &str) -> String {
    let answer = deliver(server, &[("MessageSid", sid), ("From", from), ("Body", body), ("NumMedia", "0")]);
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/xml"), "{}", answer.text);
    answer.text
}

/// A status callback, which is taken.
pub(crate) fn report(server: &Server, sid: &str, to: &str, status: &str) {
    let to = format!("whatsapp:{}", to.trim_start_matches("whatsapp:"));
    let body = form_of(&[("MessageSid", sid), ("MessageStatus", status), ("To", &to)]);
    assert_eq!(post_signed(server, STATUS, &body).status, 204);
}

/// Somebody with a chat: the ids of both.
pub(crate) fn chat_of(server: &Server, phone: &str) -> (String, String) {
    let chats =
        server.post("/v1/whatsapp/chats/lookup", &serde_json::json!({"phone_number": phone})).expect(200);
    let newest = &chats["data"][0];
    let id = |name: &str| newest[name].as_str().unwrap_or_else(|| panic!("no chat: {chats}")).to_owned();
    (id("customer_id"), id("chat_id"))
}

/// The texts of a user's history, each after who wrote it.
pub(crate) fn history(server: &Server, user: &str) -> Vec<String> {
    let history = server.get(&format!("/v1/whatsapp/users/{user}/history")).expect(200);
    told(&history["data"])
}

/// The texts of messages, each after who wrote it.
pub(crate) fn told(messages: &Value) -> Vec<String> {
    let said = |message: &Value| {
        format!("{} {}", message["role"].as_str().unwrap(), message["content"].as_str().unwrap())
    };
    messages.as_array().unwrap_or_else(|| panic!("no messages: {messages}")).iter().map(said).collect()
}

/// The messages of a chat.
pub(crate) fn messages(server: &Server, chat: &str) -> Value {
    server.get(&format!("/v1/whatsapp/chats/{chat}/messages?limit=100")).expect(200)["data"].clone()
}

/// An answer of the bot.
pub(crate) fn answer(server: &Server, chat: &str, body: &Value) -> Answer {
    server.post(&format!("/v1/whatsapp/chats/{chat}/answers"), body)
}
