//! Conversations about a report.

use std::collections::BTreeSet;
use std::sync::Barrier;
use std::thread;

use chrono::TimeDelta;
use domain::export::{ChatContext, ChatMessage, ChatRole, ChatSession, Exchange, NewChatSession};
use domain::{Id, Limit, MessageText, PageRequest, Position};
use repository::ops::cleanup::{self, Plan};
use repository::testing::{self, TestDatabase};
use repository::{Actor, Database, Tx};
use serde_json::json;
use strongroom_service::Error;
use strongroom_service::export::{chat_messages, chat_sessions};

use crate::export_fixtures::{chat_session, data, not_found, report};

fn exchange(n: usize) -> Exchange {
    let text = |what: &str| MessageText::parse(&format!("{what} {n}")).unwrap();
    Exchange { question: text("question"), answer: text("answer"), sources: None }
}

fn say(tx: &mut Tx<'_>, session: Id<ChatSession>, n: usize) {
    chat_messages::add(tx, session, exchange(n)).unwrap();
}

fn words(messages: &[ChatMessage]) -> Vec<&str> {
    messages.iter().map(|message| message.content.expose()).collect()
}

fn new_session(database: &Database) -> Id<ChatSession> {
    let begin = |tx: &mut Tx<'_>| {
        let report = report(tx);
        Ok(chat_session(tx, report)?.id)
    };
    database.write::<_, Error>("test", &Actor::system(), begin).unwrap()
}

#[test]
fn a_page_of_history_is_the_newest_oldest_first() {
    testing::check(|tx| {
        let report = report(tx);
        let session = chat_session(tx, report).unwrap().id;
        for n in 1..=3 {
            say(tx, session, n);
        }
        let mut request = PageRequest { limit: Limit::new(3).unwrap(), after: None };
        let page = chat_messages::list(tx, session, request).unwrap();
        assert_eq!(words(&page.items), ["answer 2", "question 3", "answer 3"]);
        request.after = page.next;
        let before = chat_messages::list(tx, session, request).unwrap();
        assert_eq!(words(&before.items), ["question 1", "answer 1", "question 2"]);
        assert_eq!(before.next, None);
        chat_messages::clear(tx, session).unwrap();
        assert_eq!(chat_messages::list(tx, session, PageRequest::default()).unwrap().items, []);
        chat_sessions::get(tx, session).unwrap();
    });
}

#[test]
fn a_context_gains_what_it_lacks_of_the_report() {
    testing::check(|tx| {
        let report = report(tx);
        let begin = |tx: &mut Tx<'_>, context: &serde_json::Value| {
            let context = ChatContext::of(data(&context.to_string())).unwrap();
            let new = NewChatSession { report_id: report, context };
            chat_sessions::create(tx, new, TimeDelta::hours(1)).unwrap().context_data
        };
        let of_report = json!({"product_name": "Turmeric powder", "destination_country": "Germany", "business_type": "Merchant"});
        assert_eq!(
            begin(tx, &json!({})),
            data(&of_report.to_string()),
            "a report without an HS code has none to give"
        );
        testing::execute(tx, "UPDATE export.reports SET hs_code = '09103030'");
        let given = json!({"product_name": "Haldi", "business_type": null, "price": 0.10});
        let both = json!({
            "product_name": "Haldi", "business_type": null, "price": 0.10, "destination_country": "Germany",
            "hs_code": "09103030",
        });
        assert_eq!(begin(tx, &given), data(&both.to_string()));
    });
}

#[test]
fn nothing_is_said_in_a_conversation_that_is_over() {
    testing::check(|tx| {
        let report = report(tx);
        let session = chat_session(tx, report).unwrap().id;
        say(tx, session, 1);
        testing::execute(tx, "UPDATE export.chat_sessions SET expires_at = now()");
        assert_eq!(not_found(chat_messages::add(tx, session, exchange(2))), "chat session");
        assert_eq!(not_found(chat_messages::list(tx, session, PageRequest::default())), "chat session");
        assert_eq!(not_found(chat_messages::clear(tx, session)), "chat session");
        assert_eq!(not_found(chat_sessions::get(tx, session)), "chat session");
        assert_eq!(not_found(chat_sessions::delete(tx, session)), "chat session");
        assert_eq!(chat_sessions::list(tx, report, PageRequest::default()).unwrap().items, []);
        let nowhere = chat_sessions::list(tx, Id::generate(), PageRequest::default());
        assert!(
            matches!(nowhere, Err(Error::Repository(repository::Error::NotFound("report")))),
            "{nowhere:?}"
        );
    });
}

/// The whole of a conversation, read in small pages.
fn history(database: &Database, session: Id<ChatSession>) -> Vec<ChatMessage> {
    let mut pages: Vec<Vec<ChatMessage>> = Vec::new();
    let mut after: Option<Position> = None;
    loop {
        let request = PageRequest { limit: Limit::new(7).unwrap(), after };
        let page = database
            .read("test", &Actor::system(), |conn| chat_messages::list(conn, session, request))
            .unwrap();
        pages.insert(0, page.items);
        after = page.next;
        if after.is_none() {
            return pages.concat();
        }
    }
}

#[test]
fn exchanges_at_once_stay_together_and_in_order() {
    const CALLERS: usize = 8;
    const EACH: usize = 10;
    let test = TestDatabase::new();
    let database = test.database();
    let session = new_session(&database);
    let start = Barrier::new(CALLERS);
    let said: Vec<Vec<[ChatMessage; 2]>> = thread::scope(|scope| {
        let callers: Vec<_> = (0..CALLERS)
            .map(|caller| {
                let (database, start) = (&database, &start);
                scope.spawn(move || {
                    start.wait();
                    let add = |n| {
                        let say =
                            |tx: &mut Tx<'_>| chat_messages::add(tx, session, exchange(caller * EACH + n));
                        database.write("test.say", &Actor::system(), say).unwrap()
                    };
                    (0..EACH).map(add).collect()
                })
            })
            .collect();
        callers.into_iter().map(|caller| caller.join().unwrap()).collect()
    });

    let history = history(&database, session);
    assert_eq!(history.len(), 2 * CALLERS * EACH);
    for pair in history.chunks(2) {
        assert_eq!([pair[0].role, pair[1].role], [ChatRole::User, ChatRole::Assistant]);
        let number = |message: &ChatMessage| message.content.expose().rsplit_once(' ').unwrap().1.to_owned();
        assert_eq!(number(&pair[0]), number(&pair[1]));
        assert_eq!(pair[0].created_at, pair[1].created_at);
    }
    let times: BTreeSet<_> = history.iter().map(|message| message.created_at).collect();
    assert_eq!(times.len(), CALLERS * EACH, "no two exchanges have the same time");
    // Of one caller, who waited for each answer, the exchanges are in the order of the calls.
    for exchanges in said {
        assert!(exchanges.is_sorted_by_key(|[question, _]| question.created_at));
    }
    let session = database.read("test", &Actor::system(), |conn| chat_sessions::get(conn, session)).unwrap();
    assert_eq!(session.last_activity, history.last().unwrap().created_at);
}

#[test]
fn an_exchange_is_late_once_the_conversation_is_over_though_its_transaction_began_before() {
    testing::check(|tx| {
        let report = report(tx);
        let session = chat_session(tx, report).unwrap().id;
        testing::execute(tx, "UPDATE export.chat_sessions SET expires_at = clock_timestamp()");
        chat_sessions::get(tx, session).unwrap();
        assert_eq!(not_found(chat_messages::add(tx, session, exchange(1))), "chat session");
    });
}

#[test]
fn a_conversation_that_ends_meanwhile_takes_every_exchange_or_refuses_it() {
    const CALLERS: usize = 4;
    let test = TestDatabase::new();
    let database = test.database();
    let session = new_session(&database);
    let start = Barrier::new(CALLERS + 1);
    let clean_up = || {
        let plan = Plan { rule: Some("chat-sessions"), ..Plan::default() };
        cleanup::run(&database, &Actor::system(), &plan, |_| {}).unwrap()[0].rows
    };
    let cleaned = thread::scope(|scope| {
        for caller in 0..CALLERS {
            let (database, start) = (&database, &start);
            scope.spawn(move || {
                start.wait();
                let mut say = || {
                    let say = |tx: &mut Tx<'_>| chat_messages::add(tx, session, exchange(caller));
                    database.write("test.say", &Actor::system(), say)
                };
                let refused = std::iter::repeat_with(&mut say).take(100_000).find(Result::is_err);
                assert_eq!(not_found(refused.unwrap()), "chat session");
                assert_eq!(not_found(say()), "chat session", "and every later one");
            });
        }
        start.wait();
        test.sabotage("UPDATE export.chat_sessions SET expires_at = clock_timestamp()");
        clean_up()
    });
    assert_eq!(cleaned + clean_up(), 1);
    assert!(test.open_everything().iter().all(|(place, _)| place != "export.chat_messages.content"));
}

#[test]
fn clearing_takes_whole_exchanges() {
    let test = TestDatabase::new();
    let database = test.database();
    let session = new_session(&database);
    for round in 0..10 {
        let start = Barrier::new(2);
        thread::scope(|scope| {
            scope.spawn(|| {
                start.wait();
                database.write("test.say", &Actor::system(), |tx| {
                    chat_messages::add(tx, session, exchange(round))
                })
            });
            start.wait();
            database.write("test.clear", &Actor::system(), |tx| chat_messages::clear(tx, session)).unwrap();
        });
        assert!([0, 2].contains(&history(&database, session).len()));
    }
}
