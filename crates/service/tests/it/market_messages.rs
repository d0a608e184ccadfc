//! What is written in conversations.

use domain::market::{MessageFilter, MessageType, NewMessage};
use domain::{Limit, PageRequest};
use repository::{Error as RepositoryError, Tx, testing};
use strongroom_service::Error;
use strongroom_service::market::{buyers, conversations, messages, products};

use crate::fixtures::violation;
use crate::market_world::{MAX_ATTEMPTS, buyer, new_message, talk, wallapop, wrote};

#[test]
fn a_message_is_stored_once_and_counted_once() {
    testing::check(|tx| {
        let (_, person, chat) = talk(tx, "1");
        let new = NewMessage {
            wallapop_message_id: Some(wallapop("m1")),
            ..new_message(Some(person.id), "¡Hola! Me interesa tu iPhone")
        };
        let (stored, is_new) = messages::create(tx, chat.id, &new).unwrap();
        let (again, second) = messages::create(tx, chat.id, &new).unwrap();
        assert!(is_new && !second && again == stored);
        assert_eq!(stored.content.expose(), "¡Hola! Me interesa tu iPhone");
        let after = conversations::get(tx, chat.id).unwrap();
        assert_eq!((after.message_count, after.last_message_at), (1, Some(stored.created_at)));

        let (_, _, other) = talk(tx, "2");
        let elsewhere = NewMessage { buyer_id: Some(other.buyer_id), ..new };
        let taken = messages::create(tx, other.id, &elsewhere).map(|made| made.0);
        let Err(Error::Repository(RepositoryError::Conflict { existing, .. })) = taken else {
            panic!("a conflict, not {taken:?}");
        };
        assert_eq!(existing, Some(stored.id.uuid()));
    });
}

#[test]
fn only_a_buyers_message_is_by_a_buyer_and_that_the_conversations() {
    testing::check(|tx| {
        let (_, person, chat) = talk(tx, "1");
        let stranger = buyer(tx, "stranger");
        let mut refused = |new: NewMessage| violation(messages::create(tx, chat.id, &new).map(|made| made.0));
        let by = |message_type, buyer_id| NewMessage { message_type, buyer_id, ..new_message(None, "x") };
        let at = |code| ("/buyer_id".to_owned(), code);
        assert_eq!(refused(by(MessageType::UserMessage, Some(stranger.id))), at("wrong_buyer"));
        assert_eq!(refused(by(MessageType::UserMessage, None)), at("missing"));
        for message_type in [MessageType::BotMessage, MessageType::SystemMessage] {
            assert_eq!(refused(by(message_type, Some(person.id))), at("not_allowed"));
        }
    });
}

#[test]
fn times_rise_within_a_conversation_and_lists_are_newest_first() {
    testing::check(|tx| {
        let (_, _, chat) = talk(tx, "1");
        let stored: Vec<_> = (0..5).map(|n| wrote(tx, &chat, &n.to_string())).collect();
        assert!(stored.windows(2).all(|pair| pair[0].created_at < pair[1].created_at));
        // A clock that was set back does not put a message before the last one.
        testing::execute(tx, "UPDATE market.conversations SET last_message_at = '2100-01-01'");
        let late = wrote(tx, &chat, "late");
        assert_eq!(late.created_at.to_rfc3339(), "2100-01-01T00:00:00.000001+00:00");

        let mut page = PageRequest { limit: Limit::new(2).unwrap(), after: None };
        let mut listed = Vec::new();
        loop {
            let found = messages::list_for_conversation(tx, chat.id, page).unwrap();
            listed.extend(found.items.into_iter().map(|message| message.id));
            page.after = found.next;
            if page.after.is_none() {
                break;
            }
        }
        let newest_first: Vec<_> = stored.iter().chain([&late]).rev().map(|message| message.id).collect();
        assert_eq!(listed, newest_first);
    });
}

#[test]
fn a_message_is_kept_in_every_status_and_unarchives() {
    testing::check(|tx| {
        let (_, _, chat) = talk(tx, "1");
        conversations::complete(tx, chat.id, None).unwrap();
        testing::execute(tx, "UPDATE market.conversations SET archived_at = now()");
        wrote(tx, &chat, "¿Me mandas el cargador?");
        let after = conversations::get(tx, chat.id).unwrap();
        assert_eq!((after.message_count, after.archived_at), (1, None));
        assert_eq!(after.status.as_str(), "completed");
    });
}

#[test]
fn nobody_answers_a_blocked_buyer() {
    testing::check(|tx| {
        let (_, person, chat) = talk(tx, "1");
        buyers::block(tx, person.id).unwrap();
        let stored = wrote(tx, &chat, "¿Por qué no contestas?");
        assert!(stored.is_processed && stored.processed_at == Some(stored.created_at));
        let ours = messages::create(tx, chat.id, &new_message(None, "Adiós.")).unwrap().0;
        assert!(!ours.is_processed);
    });
}

#[test]
fn lists_of_all_messages_are_filtered() {
    testing::check(|tx| {
        let (item, _, chat) = talk(tx, "1");
        let theirs = wrote(tx, &chat, "¡Hola!");
        let ours = messages::create(tx, chat.id, &new_message(None, "Dime.")).unwrap().0;
        let system =
            NewMessage { message_type: MessageType::SystemMessage, ..new_message(None, "Reservado") };
        let system = messages::create(tx, chat.id, &system).unwrap().0;
        let list = |tx: &mut Tx<'_>, message_type, failed| -> Vec<_> {
            let filter = MessageFilter { message_type, failed };
            let page = messages::list(tx, filter, MAX_ATTEMPTS, PageRequest::default()).unwrap();
            page.items.into_iter().map(|message| message.id).collect()
        };
        assert_eq!(list(tx, None, false), [system.id, ours.id, theirs.id]);
        assert_eq!(list(tx, Some(MessageType::UserMessage), false), [theirs.id]);
        assert_eq!(list(tx, Some(MessageType::BotMessage), false), [ours.id]);
        assert_eq!(list(tx, Some(MessageType::SystemMessage), false), [system.id]);
        assert_eq!(list(tx, None, true), []);
        testing::execute(tx, "UPDATE market.messages SET attempts = 3 WHERE message_type = 'user_message'");
        assert_eq!(list(tx, None, true), [theirs.id]);
        products::delete(tx, item.id, None).unwrap();
        assert_eq!(list(tx, None, false), []);
        assert!(messages::get(tx, ours.id).is_err());
        assert!(messages::list_for_conversation(tx, chat.id, PageRequest::default()).is_err());
    });
}
