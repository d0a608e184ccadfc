//! How many statements each use case of the selling bot takes.

use domain::market::{
    Activity, AddedCounts, BuyerLookup, ConversationFilter, Count, MessageFilter, Processed, ProductFilter,
    SessionId,
};
use domain::{Day, Note, PageRequest};
use repository::Tx;
use repository::testing::{self, TestDatabase};
use strongroom_service::market::{bot_sessions, buyers, conversations, messages, products, statistics};

use crate::market_world::{
    MAX_ATTEMPTS, commit, madrid, named, new_conversation, new_message, new_product, talk, wallapop, wrote,
};

/// Runs a use case that must not take more than so many statements, and takes at least one.
macro_rules! at_most {
    ($most:literal, $work:expr) => {{
        let mut outcome = None;
        let statements = testing::statements(|| outcome = Some($work));
        assert!((1..=$most).contains(&statements.len()), "{statements:#?}");
        outcome.unwrap().unwrap()
    }};
}

/// Runs a test on a connection whose statements are heard.
fn check(test: impl FnMut(&mut Tx<'_>)) {
    let database = TestDatabase::new();
    commit(&database.database(), test);
}

#[test]
fn what_is_made_and_changed() {
    check(|tx| {
        let item = at_most!(1, products::create(tx, new_product("1")));
        let person = at_most!(2, buyers::create_or_update(tx, &wallapop("1"), &named("juan"))).0;
        at_most!(2, buyers::create_or_update(tx, &wallapop("1"), &named("juan")));
        let new = new_conversation("c", &item, &person);
        let chat = at_most!(4, conversations::create(tx, &new)).0;
        at_most!(4, conversations::create(tx, &new));
        let message = domain::market::NewMessage {
            wallapop_message_id: Some(wallapop("m")),
            ..new_message(Some(person.id), "¡Hola!")
        };
        at_most!(2, messages::create(tx, chat.id, &message));
        at_most!(2, messages::create(tx, chat.id, &message));
        at_most!(1, products::add_counts(tx, item.id, AddedCounts::new(1, 1).unwrap()));
        let session = SessionId::parse("s").unwrap();
        at_most!(1, bot_sessions::get_or_start(tx, &session, madrid()));
        let activity = Activity { messages_sent: Count::new(1).unwrap(), active_conversations: None };
        at_most!(1, bot_sessions::record_activity(tx, &session, activity, madrid()));
        at_most!(1, bot_sessions::get(tx, &session, madrid()));
        at_most!(6, conversations::complete(tx, chat.id, None));
    });
}

#[test]
fn what_ends() {
    check(|tx| {
        let (_, person, chat) = talk(tx, "1");
        at_most!(3, conversations::cancel(tx, chat.id));
        at_most!(4, conversations::reopen(tx, chat.id));
        at_most!(3, buyers::block(tx, person.id));
        let (_, _, chat) = talk(tx, "2");
        at_most!(3, conversations::block(tx, chat.id));
        let (_, person, chat) = talk(tx, "3");
        wrote(tx, &chat, "¡Hola!");
        at_most!(5, buyers::anonymise(tx, person.id));
    });
}

#[test]
fn what_waits_for_the_bot() {
    check(|tx| {
        let (a, b) = (talk(tx, "a").2, talk(tx, "b").2);
        let (first, second) = (wrote(tx, &a, "1"), wrote(tx, &b, "2"));
        let claim = at_most!(1, messages::claim(tx, 10, 60, MAX_ATTEMPTS)).claim_id;
        at_most!(1, messages::processed(tx, first.id, Some(claim), &Processed::default()));
        at_most!(1, messages::failed(tx, second.id, Some(claim), &Note::parse("no").unwrap(), 30));
        at_most!(2, messages::requeue(tx, second.id));
    });
}

#[test]
fn what_is_looked_for() {
    check(|tx| {
        let (item, person, chat) = talk(tx, "1");
        let message = wrote(tx, &chat, "¡Hola!");
        let page = PageRequest::default();
        at_most!(1, products::get(tx, item.id));
        at_most!(1, products::get_by_wallapop_id(tx, &item.wallapop_id));
        at_most!(1, products::list(tx, &ProductFilter::default(), page));
        at_most!(1, buyers::get(tx, person.id));
        at_most!(1, buyers::list(tx, None, page));
        at_most!(1, buyers::lookup(tx, &BuyerLookup::Username(person.username.clone())));
        at_most!(1, buyers::is_blocked(tx, &person.wallapop_user_id));
        at_most!(1, conversations::get(tx, chat.id));
        at_most!(1, conversations::get_by_chat_id(tx, &chat.wallapop_chat_id));
        at_most!(1, conversations::list(tx, &ConversationFilter::default(), page));
        at_most!(1, messages::get(tx, message.id));
        at_most!(1, messages::list_for_conversation(tx, chat.id, page));
        at_most!(1, messages::list(tx, MessageFilter::default(), MAX_ATTEMPTS, page));
        at_most!(1, bot_sessions::list(tx, madrid(), page));
        let today = Day::from_trusted(tx.now.date_naive());
        at_most!(1, statistics::daily(tx, Some(today)));
        at_most!(1, statistics::reports(tx, None, None, PageRequest::default()));
        at_most!(1, statistics::all(tx));
    });
}
