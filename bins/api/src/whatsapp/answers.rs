//! What the bot answers.

use chrono::{DateTime, Utc};
use repository::domain::whatsapp::{ChatId, Outbound, User};
use repository::domain::{Id, Invalid, MessageText};
use serde::{Deserialize, Serialize};
use service::whatsapp::answers::{self, Answered, NewAnswer};
use service::whatsapp::waiting::Claimed;
use utoipa::ToSchema;

use super::userchats::MessageBody;
use super::{WhatsAppRead, WhatsAppWrite, store};
use crate::http::error::responses::NeedsChat;
use crate::http::{
    ApiResult, Caller, Change, Json, KeysOnly, Located, Made, PathNamed, Routes, Shown, add_routes, answer,
};

pub(super) fn routes(routes: &mut Routes) {
    add_routes!(routes, "whatsapp answers": add_answer, preview_answer);
}

/// An answer to be kept.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "content": "Apache Spark is an engine for analysing data.", "claim_id": "00000000-0000-7000-8000-000000000001",
}))]
struct AddAnswer {
    #[schema(max_length = 20_000)]
    content: String,
    /// The claim by which the agent holds the chat. It may be left out where no agent does.
    #[schema(value_type = Option<Uuid>)]
    claim_id: Option<Id<Claimed>>,
    /// How many messages the agent has seen: if the chat has others by now, nothing is kept.
    #[schema(minimum = 0)]
    if_message_count: Option<i32>,
}

impl AddAnswer {
    fn read(self) -> Result<NewAnswer, Invalid> {
        let Self { content, claim_id, if_message_count } = self;
        let mut fields = Invalid::collect();
        let content = fields.take("/content", MessageText::parse(&content));
        let claim_id = claim_id.map(Id::uuid);
        fields.build(|| Some(NewAnswer { content: content?, claim_id, if_message_count }))
    }
}

/// An answer to be looked at.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"content": "Apache Spark is an engine for analysing data."}))]
struct PreviewAnswer {
    #[schema(max_length = 20_000)]
    content: String,
}

/// The parts in which an answer is sent, each of at most 1,600 UTF-16 units.
#[derive(Serialize, ToSchema)]
struct PartsBody {
    parts: Vec<String>,
}

/// An answer that was kept.
#[derive(Serialize, ToSchema)]
struct AnswerBody {
    /// The chat that has it: the one that was named, or the one that continues it.
    #[schema(value_type = String, example = "3e1f3ecf80a140f6")]
    chat_id: ChatId,
    #[schema(value_type = Uuid)]
    customer_id: Id<User>,
    message: MessageBody,
    /// How many messages the chat has now.
    message_count: i32,
    /// The parts in which it is sent, each of at most 1,600 UTF-16 units.
    parts: Vec<String>,
    /// A request for each part, which the agent sends with the account's credentials; absent unless Twilio's account is
    /// known here.
    #[serde(skip_serializing_if = "Option::is_none")]
    outbound: Option<Vec<OutboundBody>>,
    /// Until when WhatsApp lets free text go out: 24 hours after the person's last message.
    free_form_until: Option<DateTime<Utc>>,
    /// Whether only a template goes out, because that is past.
    template_required: bool,
}

impl Located for AnswerBody {
    fn location(&self) -> String {
        format!("/v1/whatsapp/chats/{}", self.chat_id)
    }
}

impl From<Answered> for AnswerBody {
    fn from(answered: Answered) -> Self {
        let Answered { chat, message, parts, outbound, free_form_until, template_required } = answered;
        Self {
            chat_id: chat.chat_id,
            customer_id: chat.customer_id,
            message: message.into(),
            message_count: chat.message_count,
            parts: exposed(&parts),
            outbound: outbound.map(|requests| requests.into_iter().map(OutboundBody::from).collect()),
            free_form_until,
            template_required,
        }
    }
}

/// A request that sends one part: a POST of a form, without credentials.
#[derive(Serialize, ToSchema)]
struct OutboundBody {
    #[schema(
        example = "https://api.twilio.com/2010-04-01/Accounts/AC00000000000000000000000000000000/Messages.json"
    )]
    url: String,
    form: OutboundFormBody,
}

/// The form of such a request.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "PascalCase")]
struct OutboundFormBody {
    #[schema(example = "whatsapp:+12025550101")]
    to: String,
    #[schema(example = "whatsapp:+14155238886")]
    from: String,
    body: String,
    /// Absent unless `PUBLIC_BASE_URL` is set.
    #[serde(skip_serializing_if = "Option::is_none")]
    status_callback: Option<String>,
}

impl From<Outbound> for OutboundBody {
    fn from(request: Outbound) -> Self {
        let Outbound { url, to, from, body, status_callback } = request;
        let (to, body) = (to.expose().to_owned(), body.expose().to_owned());
        Self { url, form: OutboundFormBody { to, from, body, status_callback } }
    }
}

fn exposed(parts: &[MessageText]) -> Vec<String> {
    parts.iter().map(|part| part.expose().to_owned()).collect()
}

/// Keeps an answer in a chat that is active, or in the active one that continues it.
///
/// The chat waits no longer, and its claim is over. Sending is for the agent: `outbound` has the requests.
#[utoipa::path(post, path = "/v1/whatsapp/chats/{chat_id}/answers", responses(NeedsChat))]
async fn add_answer(
    change: Change<KeysOnly<WhatsAppWrite>>,
    PathNamed(chat): PathNamed<ChatId>,
    Json(body): Json<AddAnswer>,
) -> ApiResult<Made<AnswerBody>> {
    let new = body.read()?;
    let (rules, outbound) = (change.state().bot.rules, change.state().bot.outbound.clone());
    store::write(change, "whatsapp.add_answer", move |store| {
        store.answer(&rules, outbound.as_ref(), chat, &new)
    })
    .await
}

/// Shows the parts in which an answer would be sent. Nothing is stored.
#[utoipa::path(post, path = "/v1/whatsapp/answers/preview")]
async fn preview_answer(
    _: Caller<KeysOnly<WhatsAppRead>>,
    Json(body): Json<PreviewAnswer>,
) -> ApiResult<Shown<PartsBody>> {
    let mut fields = Invalid::collect();
    let content = fields.take("/content", MessageText::parse(&body.content));
    let content = fields.build(|| content)?;
    answer(Shown(PartsBody { parts: exposed(&answers::preview(&content)) }))
}
