//! Conversations about a report, and what is said there.

use strongroom_repository::domain::export::{ChatRole, ChatSession, Exchange, Source, Sources};
use strongroom_repository::domain::{Id, Limit, MessageText, PageRequest};
use strongroom_repository::export::{chat_messages, chat_sessions, reports};
use strongroom_repository::ops::cleanup::{self, Plan};
use strongroom_repository::testing::{self, TestDatabase};
use strongroom_repository::{Actor, Error, Tx};

use crate::export_fixtures::{exchange, new_chat_session, owned};

fn expire(tx: &mut Tx<'_>, session: Id<ChatSession>) {
    testing::execute(
        tx,
        &format!("UPDATE export.chat_sessions SET expires_at = now() WHERE id = '{session}'"),
    );
}

fn hours(hours: i64) -> chrono::TimeDelta {
    chrono::TimeDelta::hours(hours)
}

#[test]
fn an_exchange_comes_back_as_it_went_in() {
    testing::check(|tx| {
        let report = owned(tx, "a@x.example").unwrap().report;
        let session = chat_sessions::insert(tx, new_chat_session(report), hours(24)).unwrap();
        assert_eq!(session.expires_at, Some(tx.now + hours(24)));
        assert_eq!(chat_sessions::get(tx, session.id).unwrap(), session);
        let source = Source::parse("Spices Board", "Circular 7", Some("https://x.example/7")).unwrap();
        let exchange = Exchange {
            question: MessageText::parse("Which certificates?").unwrap(),
            answer: MessageText::parse("Two of them").unwrap(),
            sources: Some(Sources::of(vec![source]).unwrap()),
        };
        let said = chat_messages::insert(tx, session.id, exchange).unwrap();
        let history = chat_messages::list_for_session(tx, session.id, PageRequest::default()).unwrap();
        assert_eq!(history.items, said);
        assert_eq!(said.each_ref().map(|message| message.role), [ChatRole::User, ChatRole::Assistant]);
        let active = chat_sessions::get(tx, session.id).unwrap();
        assert_eq!(active.last_activity, said[0].created_at, "the conversation moves with what is said");
        assert_eq!(active.expires_at, session.expires_at, "and ends when it was to end");
    });
}

#[test]
fn a_conversation_that_expired_or_lost_its_report_is_absent() {
    testing::check(|tx| {
        let expired = owned(tx, "a@x.example").unwrap();
        expire(tx, expired.session);
        let deleted = owned(tx, "b@x.example").unwrap();
        reports::soft_delete(tx, deleted.report, None).unwrap();
        for owned in [expired, deleted] {
            let absent = |error: Option<Error>| matches!(error, Some(Error::NotFound("chat session")));
            assert!(absent(chat_sessions::get(tx, owned.session).err()));
            assert!(absent(chat_messages::insert(tx, owned.session, exchange("?")).err()));
            assert!(absent(chat_messages::clear(tx, owned.session).err()));
            assert!(absent(chat_sessions::delete(tx, owned.session).err()));
            let history = chat_messages::list_for_session(tx, owned.session, PageRequest::default()).unwrap();
            assert_eq!(history.items, []);
            let listed = chat_sessions::list_for_report(tx, owned.report, PageRequest::default()).unwrap();
            assert_eq!(listed.items, []);
        }
        let begun = chat_sessions::insert(tx, new_chat_session(Id::generate()), hours(1));
        assert!(matches!(begun, Err(Error::NotFound("report"))), "{begun:?}");
    });
}

#[test]
fn a_conversation_without_an_end_stays() {
    testing::check(|tx| {
        let session = owned(tx, "a@x.example").unwrap().session;
        testing::execute(tx, "UPDATE export.chat_sessions SET expires_at = NULL");
        assert_eq!(chat_sessions::get(tx, session).unwrap().expires_at, None);
        chat_messages::insert(tx, session, exchange("?")).unwrap();
        chat_sessions::delete(tx, session).unwrap();
    });
}

#[test]
fn conversations_are_listed_newest_first() {
    testing::check(|tx| {
        let owned = owned(tx, "a@x.example").unwrap();
        let second = chat_sessions::insert(tx, new_chat_session(owned.report), hours(1)).unwrap().id;
        let third = chat_sessions::insert(tx, new_chat_session(owned.report), hours(1)).unwrap().id;
        let mut page = PageRequest { limit: Limit::new(2).unwrap(), after: None };
        let mut ids = |page| {
            let found = chat_sessions::list_for_report(tx, owned.report, page).unwrap();
            (found.items.into_iter().map(|session| session.id).collect::<Vec<_>>(), found.next)
        };
        let (first, next) = ids(page);
        page.after = next;
        assert_eq!((first, ids(page)), (vec![third, second], (vec![owned.session], None)));
    });
}

#[test]
fn expired_conversations_are_cleaned_up_with_what_was_said() {
    let test = TestDatabase::new();
    let database = test.database();
    let write = |address: &str| {
        database.write::<_, Error>("test", &Actor::system(), |tx| owned(tx, address)).unwrap().session
    };
    let (expired, living) = (write("a@x.example"), write("b@x.example"));
    test.sabotage(&format!(
        "UPDATE export.chat_sessions SET expires_at = now() - interval '1 second' WHERE id = '{expired}'"
    ));
    let plan = Plan { rule: Some("chat-sessions"), ..Plan::default() };
    let cleaned = cleanup::run(&database, &Actor::system(), &plan, |_| {}).unwrap();
    assert_eq!((cleaned[0].rule, cleaned[0].rows), ("chat-sessions", 1));
    let messages =
        test.open_everything().into_iter().filter(|(place, _)| place == "export.chat_messages.content");
    assert_eq!(messages.count(), 1, "the message of {living} stays");
}
