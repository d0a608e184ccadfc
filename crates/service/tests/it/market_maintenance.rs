//! What is done once a day, and the figures of days.

use domain::market::Figures;
use domain::{Confidence, Day, PageRequest};
use repository::market::{daily_reports, maintenance as batches};
use repository::testing::TestDatabase;
use repository::{Actor, Database, Retention, testing};
use strongroom_service::market::maintenance::{self, Settings};
use strongroom_service::market::{bot_sessions, buyers, conversations, products, statistics};

use crate::market_world::{buyer, commit, conversation, database_at, madrid, product, talk, wrote};

fn run(database: &Database, dry_run: bool) -> Vec<usize> {
    let settings = Settings { retention: Retention::default(), archive_after_days: 30 };
    let steps = maintenance::run(database, &Actor::system(), &settings, dry_run).unwrap();
    steps.into_iter().map(|step| step.rows).collect()
}

fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

#[test]
fn each_step_is_done_once_and_a_dry_run_does_nothing() {
    let (test, database) = database_at("2026-03-31T12:00:00Z");
    let (chat, person) = commit(&database, |tx| {
        let (_, person, chat) = talk(tx, "1");
        conversations::complete(tx, chat.id, None).unwrap();
        // Nothing happened in either for a week, and one has not expired yet.
        for name in ["old", "lasting"] {
            let session = domain::Text::parse(name).unwrap();
            bot_sessions::get_or_start(tx, &session, madrid()).unwrap();
        }
        (chat.id, person.id)
    });
    test.sabotage(
        "UPDATE market.conversations SET completed_at = '2026-03-01T11:59:59Z';
         UPDATE market.bot_sessions SET created_at = '2026-03-24T11:59:59Z',
                expires_at = CASE session_id WHEN 'old' THEN '2026-03-31T12:00:00Z' ELSE '2026-03-31T12:00:01Z' END::timestamptz",
    );
    let expected = [1, 1, 1, 30];
    assert_eq!(run(&database, true), expected);
    assert_eq!(run(&database, false), expected);
    assert_eq!(run(&database, false), [0, 0, 0, 0]);
    commit(&database, |tx| {
        assert!(conversations::get(tx, chat).unwrap().archived_at.is_some());
        assert_eq!(buyers::get(tx, person).unwrap().trust_score, Confidence::new(0.6667).unwrap());
        let sessions = bot_sessions::list(tx, madrid(), PageRequest::default()).unwrap().items;
        assert_eq!(
            sessions.iter().map(|session| session.session_id.as_str()).collect::<Vec<_>>(),
            ["lasting"]
        );
        let reports =
            statistics::reports(tx, Some(day("2026-03-30")), None, PageRequest::default()).unwrap().items;
        assert_eq!(reports.iter().map(|report| report.report_date).collect::<Vec<_>>(), [day("2026-03-30")]);
        let earlier =
            statistics::reports(tx, None, Some(day("2026-03-30")), PageRequest::default()).unwrap().items;
        assert_eq!((earlier.len(), earlier[28].report_date), (29, day("2026-03-01")));
    });
}

#[test]
fn a_trust_score_follows_from_what_became_of_the_conversations() {
    testing::check(|tx| {
        let cases = [
            (0, 0, false, false, 0.5),
            (0, 0, true, false, 0.6),
            (1, 0, false, false, 0.6667),
            (1, 0, true, false, 0.7667),
            (9, 0, true, false, 1.0),
            (0, 3, false, false, 0.2),
            (0, 3, true, false, 0.3),
            (9, 0, true, true, 0.0),
        ];
        let mut scores = Vec::new();
        for (n, (completed, cancelled, verified, blocked, score)) in cases.into_iter().enumerate() {
            let id = buyer(tx, &n.to_string()).id;
            testing::execute(
                tx,
                &format!(
                    "UPDATE market.buyers SET completed_purchases = {completed}, cancelled_conversations = {cancelled},
                            is_verified = {verified}, is_blocked = {blocked} WHERE id = '{id}'"
                ),
            );
            scores.push((id, score));
        }
        let scored = batches::score_buyers(tx, None).unwrap();
        assert_eq!((scored.changed, scored.last), (7, scores.last().map(|(id, _)| *id)));
        for (id, score) in scores {
            assert_eq!(buyers::get(tx, id).unwrap().trust_score.get(), score);
        }
        assert_eq!(batches::score_buyers(tx, scored.last).unwrap().last, None);
    });
}

#[test]
fn the_figures_of_a_day_are_those_between_two_midnights_of_utc() {
    testing::check(|tx| {
        let (first, second) = (buyer(tx, "b1"), buyer(tx, "b2"));
        for (n, (person, at)) in [
            (&first, "2026-03-01T23:59:59.999999Z"),
            (&first, "2026-03-02T00:00:00Z"),
            (&second, "2026-03-02T10:00:00Z"),
            (&first, "2026-03-02T11:00:00Z"),
        ]
        .into_iter()
        .enumerate()
        {
            let item = product(tx, &format!("p{n}"));
            let chat = conversation(tx, &format!("c{n}"), &item, person);
            testing::execute(
                tx,
                &format!("UPDATE market.conversations SET created_at = '{at}' WHERE id = '{}'", chat.id),
            );
            if n == 3 {
                (0..5).for_each(|n| drop(wrote(tx, &chat, &n.to_string())));
                conversations::complete(tx, chat.id, None).unwrap();
                products::delete(tx, item.id, None).unwrap();
            }
        }
        testing::execute(
            tx,
            "UPDATE market.messages SET created_at = '2026-03-02T23:59:59.999999Z';
             UPDATE market.conversations SET completed_at = '2026-03-02T12:00:00Z' WHERE status = 'completed'",
        );
        let of = |conversations_created, messages_sent, active_buyers, completed_sales| Figures {
            conversations_created,
            messages_sent,
            active_buyers,
            completed_sales,
        };
        assert_eq!(statistics::daily(tx, Some(day("2026-03-02"))).unwrap(), of(3, 5, 2, 1));
        assert_eq!(statistics::daily(tx, Some(day("2026-03-01"))).unwrap(), of(1, 0, 1, 0));
        assert_eq!(statistics::daily(tx, Some(day("2026-03-03"))).unwrap(), Figures::default());
        buyers::erase(tx, first.id, None).unwrap();
        assert_eq!(statistics::daily(tx, Some(day("2026-03-02"))).unwrap(), of(1, 0, 1, 0));
    });
}

#[test]
fn a_stored_report_stays_as_it_was() {
    let (test, database) = database_at("2026-03-03T12:00:00Z");
    let person = commit(&database, |tx| talk(tx, "1").1);
    test.sabotage("UPDATE market.conversations SET created_at = '2026-03-02T12:00:00Z'");
    commit(&database, |tx| assert_eq!(daily_reports::store_missing(tx, 30).unwrap(), 30));
    commit(&database, |tx| buyers::erase(tx, person.id, None).unwrap());
    commit(&database, |tx| {
        assert_eq!(daily_reports::store_missing(tx, 30).unwrap(), 0);
        let stored = statistics::reports(tx, Some(day("2026-03-02")), None, PageRequest::default())
            .unwrap()
            .items
            .remove(0);
        assert_eq!(stored.figures.conversations_created, 1);
        assert_eq!(statistics::daily(tx, Some(day("2026-03-02"))).unwrap(), Figures::default());
    });
}

#[test]
fn today_stands_beside_yesterday() {
    let test = TestDatabase::new();
    let database = test.database();
    let item = commit(&database, |tx| {
        let (item, _, chat) = talk(tx, "1");
        wrote(tx, &chat, "¡Hola!");
        item
    });
    let all = commit(&database, |tx| statistics::all(tx).unwrap());
    let Figures { conversations_created, messages_sent, active_buyers, completed_sales } = all.today;
    assert_eq!((conversations_created, messages_sent, active_buyers, completed_sales), (1, 1, 1, 0));
    assert_eq!(all.yesterday, Figures::default());
    let totals = all.totals;
    assert_eq!((totals.products, totals.buyers, totals.conversations, totals.messages), (1, 1, 1, 1));
    commit(&database, |tx| products::delete(tx, item.id, None).unwrap());
    let totals = commit(&database, |tx| statistics::all(tx).unwrap()).totals;
    assert_eq!((totals.products, totals.buyers, totals.conversations, totals.messages), (0, 1, 0, 0));
}
