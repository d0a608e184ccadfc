//! `whatsapp.inbound_messages`: messages that were delivered, by Twilio or by a program in its place.

use chrono::{DateTime, Utc};
use repository::domain::whatsapp::{ChatId, InboundMessage, InboundOutcome, MessageSid, User, phone_number};
use repository::domain::{Id, Invalid, MessageText, PersonName};
use repository::whatsapp::inbound_messages::Delivered;
use serde::{Deserialize, Serialize};
use service::whatsapp::Store;
use service::whatsapp::inbound_messages::{self, Received};
use utoipa::ToSchema;

use super::store::{self, InDatabase};
use super::userchats::MessageBody;
use super::{WhatsAppRead, WhatsAppWrite, schema};
use crate::http::{
    ApiResult, Caller, Change, Json, KeysOnly, Located, MadeOrShown, PathName, PathNamed, Routes, Shown,
    add_routes,
};

pub(super) fn routes(routes: &mut Routes) {
    add_routes!(routes, "whatsapp answers": add_message);
    add_routes!(routes, "whatsapp deliveries": get_inbound_message);
}

impl PathName for MessageSid {
    const NAME: &'static str = "message_sid";
    const ABOUT: &'static str = "What Twilio calls the message: 1 to 64 letters and digits";
    const NOUN: &'static str = "message";

    fn parse(text: &str) -> Option<Self> {
        Self::parse(text).ok()
    }
}

/// A message that was delivered.
#[derive(Serialize, ToSchema)]
pub(super) struct InboundBody {
    #[schema(example = "SM00000000000000000000000000000001")]
    message_sid: String,
    #[schema(value_type = Uuid)]
    customer_id: Id<User>,
    /// Where it was kept; null when it was not.
    #[schema(value_type = Option<String>, example = "3e1f3ecf80a140f6")]
    chat_id: Option<ChatId>,
    #[schema(value_type = schema::InboundOutcome)]
    outcome: InboundOutcome,
    /// `I-Twilio-Idempotency-Token` of the first delivery.
    idempotency_token: Option<String>,
    created_at: DateTime<Utc>,
}

impl From<Delivered> for InboundBody {
    fn from(delivered: Delivered) -> Self {
        let Delivered { message_sid, customer_id, chat_id, outcome, idempotency_token, created_at } =
            delivered;
        let message_sid = message_sid.as_str().to_owned();
        Self { message_sid, customer_id, chat_id, outcome, idempotency_token, created_at }
    }
}

/// A message that a program brings in Twilio's place.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "message_sid": "SM00000000000000000000000000000003", "phone_number": "+12025550101", "full_name": "Asha",
    "content": "What is Apache Spark?",
}))]
struct AddMessage {
    /// Names the message: one that was delivered before changes nothing. 1 to 64 letters and digits.
    message_sid: String,
    /// `+…` or `whatsapp:+…`. Who has it is made where nobody does.
    phone_number: String,
    /// As the name of a WhatsApp profile: it does not replace one that was set here.
    full_name: Option<String>,
    #[schema(max_length = 20_000)]
    content: String,
}

impl AddMessage {
    fn read(self) -> Result<InboundMessage, Invalid> {
        let mut fields = Invalid::collect();
        let sid = fields.take("/message_sid", MessageSid::parse(&self.message_sid));
        let phone = fields.take("/phone_number", phone_number(&self.phone_number));
        let name = fields.take_optional("/full_name", self.full_name.as_deref().map(PersonName::parse));
        let content = fields.take("/content", MessageText::parse(&self.content));
        fields.build(|| Some(InboundMessage::of_program(sid?, phone?, name?, content?)))
    }
}

/// What became of a message.
#[derive(Serialize, ToSchema)]
struct ReceivedBody {
    #[serde(skip)]
    message_sid: String,
    #[schema(value_type = Option<schema::InboundOutcome>)]
    outcome: Option<InboundOutcome>,
    #[schema(value_type = Option<Uuid>)]
    customer_id: Option<Id<User>>,
    /// Where it was kept; null when it was not.
    #[schema(value_type = Option<String>, example = "3e1f3ecf80a140f6")]
    chat_id: Option<ChatId>,
    /// As it was kept; null when it was not, and for one that was delivered before.
    message: Option<MessageBody>,
}

impl Located for ReceivedBody {
    fn location(&self) -> String {
        format!("/v1/whatsapp/inbound/{}", self.message_sid)
    }
}

/// Takes a message as a webhook does, from a program.
///
/// A message that was delivered before, and one of a person who is not active, is answered with 200.
#[utoipa::path(post, path = "/v1/whatsapp/messages")]
async fn add_message(
    change: Change<KeysOnly<WhatsAppWrite>>,
    Json(body): Json<AddMessage>,
) -> ApiResult<MadeOrShown<ReceivedBody>> {
    let message = body.read()?;
    let rules = change.state().bot.rules;
    let message_sid = message.message_sid.as_str().to_owned();
    let receive = move |store: &mut dyn Store| store.receive(&rules, &message);
    store::write_as(change, "whatsapp.add_message", receive, move |received| {
        let Received { outcome, is_repeated, customer_id, chat_id, message } = received;
        let message = message.map(MessageBody::from);
        let body = ReceivedBody { message_sid: message_sid.clone(), outcome, customer_id, chat_id, message };
        if is_repeated || outcome == Some(InboundOutcome::Ignored) {
            MadeOrShown::Shown(body)
        } else {
            MadeOrShown::Made(body)
        }
    })
    .await
}

/// Shows what became of a message that was delivered.
#[utoipa::path(get, path = "/v1/whatsapp/inbound/{message_sid}")]
async fn get_inbound_message(
    caller: Caller<KeysOnly<WhatsAppRead>>,
    _: InDatabase,
    PathNamed(sid): PathNamed<MessageSid>,
) -> ApiResult<Shown<InboundBody>> {
    caller.read("whatsapp.get_inbound_message", move |conn| inbound_messages::get(conn, &sid)).await
}
