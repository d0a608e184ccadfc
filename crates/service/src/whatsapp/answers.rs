//! Answers of the bot.

use chrono::{DateTime, Utc};
use domain::MessageText;
use domain::whatsapp::{
    Chat, ChatId, FREE_FORM, Message, NewMessage, Outbound, OutboundSettings, Role, parts,
};
use repository::Tx;
use repository::whatsapp::answers::{self, Answerable};
use repository::whatsapp::userchats;
use uuid::Uuid;

use super::{Rules, conflicts};
use crate::{Error, Result};

/// How often a chat is looked for again that was full meanwhile.
const LOOKS: usize = 3;

/// An answer to be kept.
#[derive(Clone, Debug)]
pub struct NewAnswer {
    /// The text.
    pub content: MessageText,
    /// The claim by which the agent holds the chat.
    pub claim_id: Option<Uuid>,
    /// How many messages the agent has seen.
    pub if_message_count: Option<i32>,
}

/// An answer that was kept.
#[derive(Clone, Debug)]
pub struct Answered {
    /// The chat that has it: the one that was named, or the one that continues it.
    pub chat: Chat,
    /// The answer with its time.
    pub message: Message,
    /// The parts in which it is sent.
    pub parts: Vec<MessageText>,
    /// A request for each part, where Twilio's account is known.
    pub outbound: Option<Vec<Outbound>>,
    /// Until when WhatsApp lets free text go out.
    pub free_form_until: Option<DateTime<Utc>>,
    /// Whether only a template goes out.
    pub template_required: bool,
}

/// Keeps an answer in a chat that is active, or in the active one that continues it. It ends the waiting and the claim.
///
/// # Errors
/// Not found, where there is no such chat; the conflicts [`CHAT_CLOSED`](conflicts::CHAT_CLOSED),
/// [`USER_INACTIVE`](conflicts::USER_INACTIVE), [`CLAIM_LOST`](conflicts::CLAIM_LOST), [`CLAIMED`](conflicts::CLAIMED) and
/// [`CHAT_MOVED_ON`](conflicts::CHAT_MOVED_ON).
pub fn answer(
    tx: &mut Tx<'_>,
    rules: &Rules,
    settings: Option<&OutboundSettings>,
    chat: ChatId,
    new: &NewAnswer,
) -> Result<Answered> {
    let target = lock(tx, chat)?;
    check(&target, new)?;
    let message = NewMessage::text(Role::Assistant, new.content.clone());
    let user = target.chat.customer_id;
    let kept = userchats::keep(tx, user, rules.max_chat_messages, &message)?;
    Ok(answered(&target, settings, kept.chat, kept.message, new, tx.now))
}

/// What an agent hears of an answer that was kept.
pub(super) fn answered(
    target: &Answerable,
    settings: Option<&OutboundSettings>,
    chat: Chat,
    message: Message,
    new: &NewAnswer,
    now: DateTime<Utc>,
) -> Answered {
    let parts = parts(&new.content);
    let requests = |settings: &OutboundSettings| {
        settings.requests(target.phone_number.as_ref(), target.whatsapp_id.as_ref(), &parts)
    };
    let outbound = settings.map(requests);
    let free_form_until = chat.last_inbound_at.map(|at| at + FREE_FORM);
    let template_required = free_form_until.is_none_or(|until| until <= now);
    Answered { chat, message, parts, outbound, free_form_until, template_required }
}

fn lock(tx: &mut Tx<'_>, chat: ChatId) -> Result<Answerable> {
    for _ in 0..LOOKS {
        if let Some(target) = answers::lock(tx, chat)? {
            return Ok(target);
        }
        // Either nothing takes an answer, or the chat was full a moment ago and the next look finds the one that continues.
        if !userchats::is_continued(tx, chat)? {
            userchats::get(tx, chat)?;
            return Err(closed());
        }
    }
    Err(closed())
}

pub(super) fn closed() -> Error {
    Error::conflict(
        &conflicts::CHAT_CLOSED,
        "the chat was closed: the next message of the person begins another",
    )
}

pub(super) fn check(target: &Answerable, new: &NewAnswer) -> Result<()> {
    let refuse = |conflict, detail: &str| Err(Error::conflict(conflict, detail));
    if !target.user_is_active {
        return refuse(&conflicts::USER_INACTIVE, "the user is not active: nothing is sent");
    }
    match (new.claim_id, target.live_claim) {
        (Some(claim), live) if live != Some(claim) => {
            return refuse(&conflicts::CLAIM_LOST, "the claim is not alive: claim the chat again");
        }
        (None, Some(_)) => return refuse(&conflicts::CLAIMED, "another agent is answering this chat"),
        _ => {}
    }
    match new.if_message_count {
        Some(seen) if seen != target.chat.message_count => {
            refuse(&conflicts::CHAT_MOVED_ON, "the chat has other messages by now: read them first")
        }
        _ => Ok(()),
    }
}

/// The parts in which an answer would be sent.
pub fn preview(content: &MessageText) -> Vec<MessageText> {
    parts(content)
}
