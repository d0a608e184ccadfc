//! Rows of the WhatsApp bot that tests need and do not care about.

use strongroom_repository::domain::whatsapp::{
    DeliveryReport, DeliveryStatus, InboundContent, InboundMessage, InboundOutcome, MessageSid, NewMessage,
    NewUser, Role, Sender, User, phone_number,
};
use strongroom_repository::domain::{Id, MessageText, PhoneNumber};
use strongroom_repository::whatsapp::{inbound_messages, message_deliveries, userchats, users};
use strongroom_repository::{Result, Tx, testing};

/// Messages of a chat at most, where a test does not care.
pub(crate) const MOST: u32 = 200;

pub(crate) fn phone(text: &str) -> PhoneNumber {
    phone_number(text).unwrap()
}

pub(crate) fn sender(address: &str) -> Sender {
    Sender::parse(address, None).unwrap()
}

pub(crate) fn new_user(address: &str) -> NewUser {
    NewUser { sender: sender(address), email: None, full_name: None, full_name_is_set: false }
}

pub(crate) fn user(tx: &mut Tx<'_>, address: &str) -> User {
    users::insert(tx, new_user(address)).unwrap()
}

pub(crate) fn message(role: Role, text: &str) -> NewMessage {
    NewMessage::text(role, MessageText::from_trusted(text.to_owned()))
}

/// Keeps a message of each side by turns, the user's first.
pub(crate) fn talk(tx: &mut Tx<'_>, user: Id<User>, most: u32, texts: &[&str]) -> userchats::Kept {
    let mut kept = None;
    for (turn, text) in texts.iter().enumerate() {
        let role = if turn % 2 == 0 { Role::User } else { Role::Assistant };
        kept = Some(userchats::keep(tx, user, most, &message(role, text)).unwrap());
    }
    kept.unwrap()
}

pub(crate) fn inbound(sid: &str, address: &str, text: &str) -> InboundMessage {
    InboundMessage {
        message_sid: MessageSid::parse(sid).unwrap(),
        sender: sender(address),
        profile_name: None,
        content: InboundContent::Message(message(Role::User, text)),
        idempotency_token: Some("4f6c0b".to_owned()),
    }
}

pub(crate) fn report(sid: &str, to: &str, status: DeliveryStatus) -> DeliveryReport {
    DeliveryReport { message_sid: MessageSid::parse(sid).unwrap(), to: sender(to), status, error_code: None }
}

/// One row in every table of `whatsapp`: a person with a chat of one message, and a message that was sent.
pub(crate) fn owned(tx: &mut Tx<'_>, number: &str) -> Result<User> {
    let user = users::insert(tx, new_user(number))?;
    let kept = userchats::keep(tx, user.user_id, MOST, &message(Role::User, "hello"))?;
    let sid = format!("SM{}", number.trim_start_matches('+'));
    let inbound = inbound(&sid, number, "hello");
    inbound_messages::insert(tx, &inbound, user.user_id, InboundOutcome::Kept, Some(kept.chat.chat_id))?;
    message_deliveries::record(tx, &report(&format!("{sid}1"), number, DeliveryStatus::Sent))?;
    Ok(user)
}

/// Counts the statements that `work` runs.
pub(crate) fn count_statements<T>(tx: &mut Tx<'_>, work: impl FnOnce(&mut Tx<'_>) -> T) -> (T, usize) {
    let mut outcome = None;
    let ran = testing::statements(|| outcome = Some(work(tx)));
    (outcome.unwrap(), ran.len())
}
