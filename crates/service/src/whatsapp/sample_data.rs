//! Three people: one whose conversation rolled over and waits, one who started over, and one who is not active.

use domain::whatsapp::{InboundMessage, MessageSid, NewUser, Sender, User, UserChanges, phone_number};
use domain::{MessageText, PersonName};
use repository::Tx;

use super::answers::{self, NewAnswer};
use super::users::{self, Lookup};
use super::{Rules, inbound_messages};
use crate::Result;
use crate::system::parse;

/// So small that the first conversation rolls over.
const RULES: Rules = Rules { max_chat_messages: 4, max_history: 4 };

struct SamplePerson {
    name: &'static str,
    phone: &'static str,
    /// What the person writes and the bot answers, by turns.
    talk: &'static [&'static str],
    is_active: bool,
}

const PEOPLE: [SamplePerson; 3] = [
    SamplePerson {
        name: "Maya Brooks",
        phone: "+12025550101",
        talk: &[
            "What is Apache Spark?",
            "Spark is an engine for analysing data on many machines at once.",
            "Is it hard to learn?",
            "Start with its DataFrame API: it is close to SQL.",
            "And how do I run it on my laptop?",
        ],
        is_active: true,
    },
    SamplePerson {
        name: "Theo Lindqvist",
        phone: "+12025550102",
        talk: &["Translate 'good morning' to Swedish", "God morgon", "start over"],
        is_active: true,
    },
    SamplePerson {
        name: "Ines Duarte",
        phone: "+12025550103",
        talk: &["hello", "Hello! How can I help?"],
        is_active: false,
    },
];

/// Loads the sample data, unless it is there; returns whether it did.
pub(super) fn load(tx: &mut Tx<'_>) -> Result<bool> {
    let mut loaded = false;
    for (person, sample) in (1..).zip(&PEOPLE) {
        let new = parse(|fields| {
            let phone = fields.take("/phone_number", phone_number(sample.phone));
            let full_name = fields.take("/full_name", PersonName::parse(sample.name));
            Some(NewUser {
                sender: Sender::of_phone(phone?),
                email: None,
                full_name,
                full_name_is_set: false,
            })
        })?;
        let phone = new.sender.phone_number().cloned();
        if let Some(phone) = phone
            && users::find(tx, &Lookup::Phone(phone))?.is_some()
        {
            continue;
        }
        let user = users::create(tx, new)?;
        talk(tx, &user, person, sample)?;
        if !sample.is_active {
            let changes = UserChanges { is_active: Some(false), ..UserChanges::default() };
            users::update(tx, user.user_id, None, changes)?;
        }
        loaded = true;
    }
    Ok(loaded)
}

fn talk(tx: &mut Tx<'_>, user: &User, person: usize, sample: &SamplePerson) -> Result<()> {
    let mut chat = None;
    for (turn, text) in sample.talk.iter().enumerate() {
        let (content, sid) = parse(|fields| {
            let content = fields.take("/content", MessageText::parse(text))?;
            let sid = fields.take("/message_sid", MessageSid::parse(&format!("SM{person:016}{turn:016}")))?;
            Some((content, sid))
        })?;
        if let (true, Some(chat)) = (turn % 2 == 1, chat) {
            let answer = NewAnswer { content, claim_id: None, if_message_count: None };
            answers::answer(tx, &RULES, None, chat, &answer)?;
            continue;
        }
        let Some(phone) = user.phone_number.clone() else { continue };
        let message = InboundMessage::of_program(sid, phone, None, content);
        chat = inbound_messages::receive(tx, &RULES, &message)?.chat_id;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use domain::PageRequest;
    use domain::whatsapp::ChatId;
    use repository::testing;

    use super::*;
    use crate::whatsapp::{userchats, waiting};

    #[test]
    fn it_loads_once_and_shows_every_state() {
        testing::check(|tx| {
            assert!(load(tx).unwrap());
            assert!(!load(tx).unwrap());
            let mut chats = Vec::new();
            for person in &PEOPLE {
                let phone = phone_number(person.phone).unwrap();
                let page = userchats::list_for_phone(tx, &phone, PageRequest::default()).unwrap();
                chats.push(page.items);
            }
            let continued: Vec<Option<ChatId>> = chats[0].iter().map(|chat| chat.continues_chat_id).collect();
            assert_eq!(continued, [Some(chats[0][1].chat_id), None], "the first conversation rolled over");
            assert!(chats[1].iter().all(|chat| !chat.is_active), "the second was cleared");
            let waiting = waiting::list(tx, PageRequest::default()).unwrap().items;
            assert_eq!(waiting.len(), 1);
            assert_eq!(waiting[0].unanswered[0].content.expose(), PEOPLE[0].talk[4]);
            let third = users::lookup(tx, &Lookup::Phone(phone_number(PEOPLE[2].phone).unwrap())).unwrap();
            assert!(!third.is_active);
        });
    }
}
