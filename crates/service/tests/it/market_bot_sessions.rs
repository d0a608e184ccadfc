//! Sessions of the bot, and the day they count.

use std::sync::Barrier;
use std::thread;

use chrono::TimeDelta;
use domain::PageRequest;
use domain::market::{Activity, BotSession, Count, SessionId};
use repository::market::bot_sessions::LimitEnd;
use repository::testing::TestDatabase;
use repository::{Database, testing};
use strongroom_service::market::bot_sessions;

use crate::market_world::{commit, database_at, madrid};

fn name() -> SessionId {
    SessionId::parse("bot-1").unwrap()
}

fn sent(messages: i64) -> Activity {
    Activity { messages_sent: Count::new(messages).unwrap(), active_conversations: None }
}

fn act(database: &Database, messages: i64) -> i32 {
    let session =
        commit(database, |tx| bot_sessions::record_activity(tx, &name(), sent(messages), madrid()).unwrap());
    session.messages_sent_today.get()
}

fn read(database: &Database) -> BotSession {
    commit(database, |tx| bot_sessions::get(tx, &name(), madrid()).unwrap())
}

/// What activities at these times bring the count to.
fn count_at(test: &TestDatabase, database: &Database, times: &[(&str, i64)]) -> Vec<i32> {
    let one = |(time, messages): &(&str, i64)| {
        test.set_clock(time);
        act(database, *messages)
    };
    times.iter().map(one).collect()
}

#[test]
fn a_day_begins_at_midnight_where_the_bot_is() {
    let (test, database) = database_at("2026-03-28T12:00:00Z");
    commit(&database, |tx| bot_sessions::get_or_start(tx, &name(), madrid()).unwrap());
    act(&database, 5);
    let times = [
        ("2026-03-28T22:59:59Z", 1),
        ("2026-03-28T23:00:00Z", 1),
        // Summer time began in between: this midnight is an hour earlier.
        ("2026-03-29T21:59:59Z", 1),
    ];
    assert_eq!(count_at(&test, &database, &times), [6, 1, 2]);
    assert_eq!(read(&database).counted_on.unwrap().date().to_string(), "2026-03-29");
    test.set_clock("2026-03-29T22:00:00Z");
    assert_eq!(read(&database).messages_sent_today.get(), 0);
}

#[test]
fn the_day_on_which_summer_time_ends_has_25_hours() {
    let (test, database) = database_at("2026-10-24T12:00:00Z");
    commit(&database, |tx| bot_sessions::get_or_start(tx, &name(), madrid()).unwrap());
    let times = [
        ("2026-10-24T21:59:59Z", 3),
        ("2026-10-24T22:00:01Z", 1),
        ("2026-10-24T22:00:02Z", 1),
        ("2026-10-25T22:59:59Z", 1),
        ("2026-10-25T23:00:01Z", 1),
    ];
    assert_eq!(count_at(&test, &database, &times), [3, 1, 2, 3, 1]);
    test.set_clock("2026-11-02T12:00:00Z");
    let unused = read(&database);
    assert_eq!(unused.messages_sent_today.get(), 0, "nothing was written");
    assert!(
        commit(&database, |tx| bot_sessions::list(tx, madrid(), PageRequest::default()).unwrap())
            .items
            .iter()
            .all(|session| session.messages_sent_today.get() == 0)
    );
}

#[test]
fn the_first_activities_of_a_day_are_all_counted() {
    const CALLERS: usize = 8;
    let (test, database) = database_at("2026-03-01T12:00:00Z");
    commit(&database, |tx| bot_sessions::get_or_start(tx, &name(), madrid()).unwrap());
    act(&database, 40);
    test.set_clock("2026-03-02T12:00:00Z");
    let start = Barrier::new(CALLERS);
    thread::scope(|scope| {
        for _ in 0..CALLERS {
            scope.spawn(|| {
                start.wait();
                act(&database, 1)
            });
        }
    });
    assert_eq!(read(&database).messages_sent_today.get(), CALLERS as i32);
}

#[test]
fn a_session_lasts_a_day_from_its_last_activity_and_starts_again() {
    let (test, database) = database_at("2026-03-01T12:00:00Z");
    let start = || commit(&database, |tx| bot_sessions::get_or_start(tx, &name(), madrid()).unwrap());
    let (first, is_new) = start();
    assert!(is_new && first.expires_at.unwrap().to_rfc3339() == "2026-03-02T12:00:00+00:00");
    test.set_clock("2026-03-02T11:59:59Z");
    assert!(!start().1);
    let activity = Activity { active_conversations: Some(Count::new(7).unwrap()), ..sent(3) };
    let active =
        commit(&database, |tx| bot_sessions::record_activity(tx, &name(), activity, madrid()).unwrap());
    assert_eq!(active.expires_at.unwrap().to_rfc3339(), "2026-03-03T11:59:59+00:00");
    assert_eq!((active.active_conversations_count.get(), act(&database, 0)), (7, 3));
    assert_eq!(read(&database).active_conversations_count.get(), 7, "as many as before");
    test.set_clock("2026-03-03T11:59:59Z");
    let (again, is_new) = start();
    assert!(is_new && again.id == first.id);
    let counted = (again.active_conversations_count.get(), again.messages_sent_today.get());
    assert_eq!((counted, again.last_activity_at), ((0, 0), None));
}

#[test]
fn a_limit_holds_until_its_end() {
    testing::check(|tx| {
        bot_sessions::get_or_start(tx, &name(), madrid()).unwrap();
        let minute = LimitEnd::After(TimeDelta::seconds(60));
        let limited = bot_sessions::limit(tx, &name(), minute, madrid()).unwrap();
        assert!(limited.is_rate_limited);
        assert_eq!(limited.rate_limit_expires_at, Some(tx.now + TimeDelta::seconds(60)));
        let past = bot_sessions::limit(tx, &name(), LimitEnd::At(tx.now), madrid()).unwrap();
        assert!(!past.is_rate_limited && past.rate_limit_expires_at == Some(tx.now));
        bot_sessions::limit(tx, &name(), minute, madrid()).unwrap();
        let lifted = bot_sessions::lift_limit(tx, &name(), madrid()).unwrap();
        assert!(!lifted.is_rate_limited && lifted.rate_limit_expires_at.is_none());
        assert_eq!(bot_sessions::list(tx, madrid(), PageRequest::default()).unwrap().items.len(), 1);
        bot_sessions::delete(tx, &name()).unwrap();
        for outcome in [
            bot_sessions::get(tx, &name(), madrid()).map(|_| ()),
            bot_sessions::delete(tx, &name()),
            bot_sessions::record_activity(tx, &name(), sent(1), madrid()).map(|_| ()),
            bot_sessions::limit(tx, &name(), minute, madrid()).map(|_| ()),
        ] {
            assert!(outcome.is_err());
        }
    });
}
