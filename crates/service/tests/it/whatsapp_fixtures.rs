//! What tests of the WhatsApp bot need and do not care about.

use domain::whatsapp::{ChatId, Form, InboundMessage, User, phone_number};
use domain::{Id, MessageText, PageRequest, PhoneNumber};
use repository::{Tx, testing};
use strongroom_service::Result;
use strongroom_service::whatsapp::answers::{self, Answered, NewAnswer};
use strongroom_service::whatsapp::inbound_messages::{self, Received};
use strongroom_service::whatsapp::users::{self, Lookup};
use strongroom_service::whatsapp::{Rules, userchats};

/// Chats and histories of three messages.
pub(crate) const THREE: Rules = Rules { max_chat_messages: 3, max_history: 3 };

pub(crate) const ASHA: &str = "whatsapp:+12025550101";

pub(crate) fn phone(text: &str) -> PhoneNumber {
    phone_number(text).unwrap()
}

/// The message of a form, with `From` and `MessageSid` before the rest.
pub(crate) fn inbound(sid: &str, from: &str, rest: &str) -> InboundMessage {
    let from = from.replace('+', "%2B");
    let form = Form::parse(format!("MessageSid={sid}&From={from}&{rest}").as_bytes()).unwrap();
    InboundMessage::read(&form, None).unwrap()
}

pub(crate) fn says(sid: &str, from: &str, text: &str) -> InboundMessage {
    inbound(sid, from, &format!("Body={}", text.replace(' ', "+")))
}

pub(crate) fn receive(tx: &mut Tx<'_>, sid: &str, text: &str) -> Received {
    inbound_messages::receive(tx, &THREE, &says(sid, ASHA, text)).unwrap()
}

pub(crate) fn answer_of(text: &str) -> NewAnswer {
    let content = MessageText::parse(text).unwrap();
    NewAnswer { content, claim_id: None, if_message_count: None }
}

pub(crate) fn answer(tx: &mut Tx<'_>, chat: ChatId, text: &str) -> Result<Answered> {
    answers::answer(tx, &THREE, None, chat, &answer_of(text))
}

pub(crate) fn asha(tx: &mut Tx<'_>) -> User {
    users::lookup(tx, &Lookup::Phone(phone(ASHA))).unwrap()
}

pub(crate) fn history(tx: &mut Tx<'_>, user: Id<User>) -> Vec<String> {
    let history = userchats::history(tx, &THREE, user, None).unwrap();
    history.into_iter().map(|(_, text)| text.expose().to_owned()).collect()
}

pub(crate) fn texts(tx: &mut Tx<'_>, chat: ChatId) -> Vec<String> {
    let page = userchats::messages(tx, chat, PageRequest::default()).unwrap();
    page.items.iter().map(|message| message.content.expose().to_owned()).collect()
}

/// Counts the statements that `work` runs.
pub(crate) fn count_statements<T>(tx: &mut Tx<'_>, work: impl FnOnce(&mut Tx<'_>) -> T) -> (T, usize) {
    let mut outcome = None;
    let ran = testing::statements(|| outcome = Some(work(tx)));
    (outcome.unwrap(), ran.len())
}
