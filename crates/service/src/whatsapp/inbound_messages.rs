//! Messages that Twilio, or a program in its place, delivers.

use domain::Id;
use domain::whatsapp::{
    ChatId, InboundContent, InboundMessage, InboundOutcome, Message, NewUser, Sender, User, other_spelling,
};
use repository::whatsapp::inbound_messages::{self, Delivered};
use repository::whatsapp::{merge, userchats, users};
use repository::{Error as RepositoryError, Tx};

use super::Rules;
use crate::Result;

pub use repository::whatsapp::inbound_messages::get;

/// How often a new person is looked for again who was made meanwhile.
const LOOKS: usize = 3;

/// What became of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// What became of it; none where it said nothing, and nothing was noted.
    pub outcome: Option<InboundOutcome>,
    /// Whether it was delivered before.
    pub is_repeated: bool,
    /// Who wrote it.
    pub customer_id: Option<Id<User>>,
    /// Where it was kept.
    pub chat_id: Option<ChatId>,
    /// The message as it was kept; none of one that was delivered before.
    pub message: Option<Message>,
}

impl Received {
    pub(super) const NOTHING: Self =
        Self { outcome: None, is_repeated: false, customer_id: None, chat_id: None, message: None };
}

/// Takes a message: finds or makes its user, and keeps the message in the active chat or does what it commands. One that
/// was delivered before changes nothing.
///
/// All of it is one transaction, which locks the user first: messages of one person queue, and so do repetitions of one
/// message.
pub fn receive(tx: &mut Tx<'_>, rules: &Rules, message: &InboundMessage) -> Result<Received> {
    if message.content == InboundContent::Nothing {
        return Ok(Received::NOTHING);
    }
    for _ in 0..LOOKS {
        let found = users::lock(tx, &message.sender)?;
        if let Some(before) = inbound_messages::find(tx, &message.message_sid)? {
            return Ok(repeated(before));
        }
        if let Some(user) = identify(tx, found, message)? {
            return keep(tx, rules, user, message);
        }
    }
    Err(RepositoryError::Contention.into())
}

fn repeated(before: Delivered) -> Received {
    let Delivered { customer_id, chat_id, outcome, .. } = before;
    Received {
        outcome: Some(outcome),
        is_repeated: true,
        customer_id: Some(customer_id),
        chat_id,
        message: None,
    }
}

/// The user who wrote a message, with what WhatsApp says of the person now. `None` where somebody else made the user at the
/// same moment: look again.
fn identify(tx: &mut Tx<'_>, found: Vec<User>, message: &InboundMessage) -> Result<Option<User>> {
    let InboundMessage { sender, profile_name, .. } = message;
    let mut people = matching(found, sender).into_iter();
    let Some(oldest) = people.next() else { return create(tx, message) };
    let mut user = oldest;
    for other in people {
        user = merge::merge(tx, user, &other)?;
    }
    if !user.is_active {
        return Ok(Some(user));
    }
    Ok(Some(users::refresh(tx, user, sender, profile_name.as_ref())?))
}

/// Those of the users found, the oldest first, who are the sender: one by the number, in its other spelling if none has this
/// one, and one by the id.
pub(super) fn matching(found: Vec<User>, sender: &Sender) -> Vec<User> {
    let has_phone =
        |user: &User| sender.phone_number().is_some_and(|phone| user.phone_number.as_ref() == Some(phone));
    let other = sender.phone_number().and_then(other_spelling);
    let has_other =
        |user: &User| other.as_ref().is_some_and(|other| user.phone_number.as_ref() == Some(other));
    let has_id = |user: &User| sender.whatsapp_id().is_some_and(|id| user.whatsapp_id.as_ref() == Some(id));
    let is_known = found.iter().any(has_phone);
    let is_sender = |user: &User| has_id(user) || has_phone(user) || (!is_known && has_other(user));
    found.into_iter().filter(is_sender).collect()
}

fn create(tx: &mut Tx<'_>, message: &InboundMessage) -> Result<Option<User>> {
    let new = NewUser {
        sender: message.sender.clone(),
        email: None,
        full_name: message.profile_name.clone(),
        full_name_is_set: false,
    };
    match users::insert(tx, new) {
        Ok(user) => Ok(Some(user)),
        Err(RepositoryError::Conflict { .. } | RepositoryError::Contention) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn keep(tx: &mut Tx<'_>, rules: &Rules, user: User, message: &InboundMessage) -> Result<Received> {
    let id = user.user_id;
    let (outcome, kept) = match &message.content {
        _ if !user.is_active => (InboundOutcome::Ignored, None),
        InboundContent::Clear => {
            userchats::close_active(tx, id)?;
            (InboundOutcome::Command, None)
        }
        InboundContent::Message(new) => {
            (InboundOutcome::Kept, Some(userchats::keep(tx, id, rules.max_chat_messages, new)?))
        }
        InboundContent::Nothing => return Ok(Received::NOTHING),
    };
    let chat_id = kept.as_ref().map(|kept| kept.chat.chat_id);
    inbound_messages::insert(tx, message, id, outcome, chat_id)?;
    Ok(Received {
        outcome: Some(outcome),
        is_repeated: false,
        customer_id: Some(id),
        chat_id,
        message: kept.map(|kept| kept.message),
    })
}
