//! What waits for the bot, and the workers who take it.

use std::collections::HashSet;
use std::sync::Barrier;
use std::thread;

use domain::market::{Message, MessageFilter, Processed};
use domain::{Id, Note, PageRequest, Text};
use repository::testing::TestDatabase;
use repository::{Database, Tx, testing};
use strongroom_service::market::messages::{self, Claim};
use strongroom_service::market::{buyers, products};

use crate::fixtures::conflict;
use crate::market_world::{
    MAX_ATTEMPTS, attempt, commit, conversation, database_at, new_message, product, talk, wrote,
};

fn claim(tx: &mut Tx<'_>) -> Claim {
    messages::claim(tx, 10, 60, MAX_ATTEMPTS).unwrap()
}

fn ids(claim: &Claim) -> Vec<Id<Message>> {
    claim.messages.iter().map(|message| message.id).collect()
}

fn finish(tx: &mut Tx<'_>, message: &Message, claim: &Claim) -> Message {
    messages::processed(tx, message.id, Some(claim.claim_id), &Processed::default()).unwrap()
}

fn error() -> Note {
    Note::parse("no answer").unwrap()
}

fn parked(tx: &mut Tx<'_>) -> Vec<Id<Message>> {
    let filter = MessageFilter { failed: true, message_type: None };
    let page = messages::list(tx, filter, MAX_ATTEMPTS, PageRequest::default()).unwrap();
    page.items.into_iter().map(|message| message.id).collect()
}

/// The clock is set to 10:00 and so many seconds.
fn at(test: &TestDatabase, seconds: u32) {
    test.set_clock(&format!("2026-03-02T10:{:02}:{:02}Z", seconds / 60, seconds % 60));
}

#[test]
fn claims_go_by_age_and_lapse_and_a_message_that_fails_too_often_is_parked() {
    let (test, database) = database_at("2026-03-02T10:00:00Z");
    let (a, b) = commit(&database, |tx| (talk(tx, "a").2, talk(tx, "b").2));
    let a1 = commit(&database, |tx| wrote(tx, &a, "A1"));
    at(&test, 1);
    let a2 = commit(&database, |tx| wrote(tx, &a, "A2"));
    at(&test, 2);
    let b1 = commit(&database, |tx| wrote(tx, &b, "B1"));
    at(&test, 3);
    let b2 = commit(&database, |tx| wrote(tx, &b, "B2"));

    let first = commit(&database, claim);
    assert_eq!(ids(&first), [a1.id, b1.id]);
    assert!(commit(&database, claim).messages.is_empty());
    let done = commit(&database, |tx| finish(tx, &a1, &first));
    assert!(done.is_processed && done.processed_at.is_some());
    let second = commit(&database, claim);
    assert_eq!(ids(&second), [a2.id]);
    commit(&database, |tx| finish(tx, &a2, &second));

    at(&test, 64);
    let third = commit(&database, claim);
    assert_eq!((ids(&third), third.messages[0].attempts), (vec![b1.id], 2));
    let lost =
        attempt(&database, |tx| messages::processed(tx, b1.id, Some(first.claim_id), &Processed::default()));
    assert_eq!(conflict(lost), "claim_lost");
    let failed =
        attempt(&database, |tx| messages::failed(tx, b1.id, Some(third.claim_id), &error(), 30)).unwrap();
    assert_eq!((failed.attempts, failed.processing_error), (2, Some(error())));
    assert!(commit(&database, claim).messages.is_empty(), "it is held back, and so is what comes after it");

    at(&test, 94);
    let fourth = commit(&database, claim);
    assert_eq!((ids(&fourth), fourth.messages[0].attempts), (vec![b1.id], 3));
    assert!(commit(&database, parked).is_empty(), "a worker has it");
    attempt(&database, |tx| messages::failed(tx, b1.id, Some(fourth.claim_id), &error(), 30)).unwrap();
    assert_eq!(commit(&database, parked), [b1.id]);
    assert_eq!(ids(&commit(&database, claim)), [b2.id], "a parked one is in nobody's way");

    let fresh = attempt(&database, |tx| messages::requeue(tx, b1.id)).unwrap();
    assert_eq!((fresh.attempts, fresh.claimed_until), (0, None));
    assert!(commit(&database, parked).is_empty());
    assert!(commit(&database, claim).messages.is_empty(), "a later one of its conversation is out");
    at(&test, 154);
    assert_eq!(ids(&commit(&database, claim)), [b1.id]);
}

#[test]
fn a_claim_that_lapses_for_the_last_time_parks_the_message() {
    let (test, database) = database_at("2026-03-02T10:00:00Z");
    let chat = commit(&database, |tx| talk(tx, "a").2);
    let message = commit(&database, |tx| wrote(tx, &chat, "A1"));
    for round in 0..MAX_ATTEMPTS {
        assert_eq!(ids(&commit(&database, claim)), [message.id], "round {round}");
        at(&test, 60 * (round + 1));
    }
    assert!(commit(&database, claim).messages.is_empty());
    assert_eq!(commit(&database, parked), [message.id]);
}

#[test]
fn a_released_message_comes_again_with_its_attempt_given_back() {
    testing::check(|tx| {
        let chat = talk(tx, "a").2;
        let message = wrote(tx, &chat, "A1");
        let first = claim(tx);
        let released = messages::release(tx, message.id, first.claim_id).unwrap();
        assert_eq!((released.attempts, released.claimed_until), (0, None));
        assert_eq!(conflict(messages::release(tx, message.id, first.claim_id)), "claim_lost");
        assert_eq!(claim(tx).messages[0].attempts, 1);
    });
}

#[test]
fn without_a_claim_a_message_is_ended_only_where_none_is_live() {
    testing::check(|tx| {
        let chat = talk(tx, "a").2;
        let message = wrote(tx, &chat, "A1");
        let found = Processed { intent: Some(Text::parse("price").unwrap()), ..Processed::default() };
        let live = claim(tx);
        assert_eq!(conflict(messages::processed(tx, message.id, None, &found)), "claimed");
        assert_eq!(conflict(messages::failed(tx, message.id, None, &error(), 30)), "claimed");
        assert_eq!(conflict(messages::requeue(tx, message.id)), "claimed");
        messages::release(tx, message.id, live.claim_id).unwrap();
        let failed = messages::failed(tx, message.id, None, &error(), 0).unwrap();
        assert_eq!(failed.attempts, 1, "a failure of whoever asked nobody counts as well");
        let done = messages::processed(tx, message.id, None, &found).unwrap();
        assert_eq!((done.intent.clone(), done.processing_error.clone()), (found.intent, None));
        let again = messages::processed(tx, message.id, Some(live.claim_id), &Processed::default()).unwrap();
        assert_eq!(again, done);
        assert_eq!(conflict(messages::failed(tx, message.id, None, &error(), 30)), "claim_lost");
        assert_eq!(messages::requeue(tx, message.id).unwrap(), done);
    });
}

#[test]
fn what_the_bot_wrote_is_not_processed() {
    testing::check(|tx| {
        let chat = talk(tx, "a").2;
        let ours = messages::create(tx, chat.id, &new_message(None, "Dime.")).unwrap().0;
        assert!(claim(tx).messages.is_empty());
        let refused = messages::processed(tx, ours.id, None, &Processed::default());
        assert_eq!(crate::fixtures::violation(refused).1, "not_a_user_message");
    });
}

#[test]
fn nothing_of_a_hidden_conversation_or_a_blocked_buyer_is_handed_out() {
    testing::check(|tx| {
        let (item, person, chat) = talk(tx, "a");
        let message = wrote(tx, &chat, "A1");
        products::delete(tx, item.id, None).unwrap();
        assert!(claim(tx).messages.is_empty());
        assert!(messages::processed(tx, message.id, None, &Processed::default()).is_err());
        products::restore(tx, item.id).unwrap();
        buyers::block(tx, person.id).unwrap();
        assert!(claim(tx).messages.is_empty());
        buyers::unblock(tx, person.id).unwrap();
        assert_eq!(ids(&claim(tx)), [message.id]);
    });
}

fn work(database: &Database, start: &Barrier) -> Vec<Id<Message>> {
    start.wait();
    let mut done = Vec::new();
    loop {
        let claimed = commit(database, claim);
        if claimed.messages.is_empty() {
            // Others may have the last ones. Those are theirs to end.
            return done;
        }
        for message in &claimed.messages {
            commit(database, |tx| finish(tx, message, &claimed));
            done.push(message.id);
        }
    }
}

#[test]
fn eight_workers_take_each_of_a_thousand_messages_once() {
    const WORKERS: usize = 8;
    let test = TestDatabase::new();
    let database = test.database();
    let mut stored = HashSet::new();
    for n in 0..100 {
        let written: Vec<_> = commit(&database, |tx| {
            let (item, person) =
                (product(tx, &format!("p{n}")), crate::market_world::buyer(tx, &format!("b{n}")));
            let chat = conversation(tx, &format!("c{n}"), &item, &person);
            (0..10).map(|m| wrote(tx, &chat, &m.to_string()).id).collect()
        });
        stored.extend(written);
    }
    let start = Barrier::new(WORKERS);
    let mut done: Vec<_> = thread::scope(|scope| {
        let workers: Vec<_> = (0..WORKERS).map(|_| scope.spawn(|| work(&database, &start))).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    // A worker stops when it finds nothing, though another may be about to free more: one more looks after them.
    done.extend(work(&database, &Barrier::new(1)));
    assert_eq!(done.len(), stored.len(), "none twice");
    assert_eq!(done.into_iter().collect::<HashSet<_>>(), stored, "and none left out");
}

#[test]
fn a_message_that_comes_back_while_a_later_one_is_handed_out_waits_for_it() {
    let (test, database) = database_at("2026-03-02T10:00:00Z");
    let (chat, first) = commit(&database, |tx| {
        let chat = talk(tx, "a").2;
        let first = wrote(tx, &chat, "A1");
        (chat, first)
    });
    for _ in 0..MAX_ATTEMPTS {
        attempt(&database, |tx| messages::failed(tx, first.id, None, &error(), 0)).unwrap();
    }
    let second = commit(&database, |tx| wrote(tx, &chat, "A2"));
    at(&test, 1);
    thread::scope(|scope| {
        let (handed_out, others) = commit(&database, |tx| {
            let handed_out = ids(&claim(tx));
            let others = scope.spawn(|| {
                attempt(&database, |tx| messages::requeue(tx, first.id)).unwrap();
                commit(&database, claim).messages.len()
            });
            // Until the other one waits for this transaction, or did not have to.
            testing::execute(tx, WAITED_FOR);
            (handed_out, others)
        });
        assert_eq!(
            (handed_out, others.join().unwrap()),
            (vec![second.id], 0),
            "one of a conversation at a time"
        );
    });
}

/// Returns once somebody waits for a lock, or the message that was parked is out.
const WAITED_FOR: &str = "DO $$ BEGIN
    WHILE NOT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND locktype IN ('transactionid', 'tuple'))
      AND (SELECT count(*) FROM market.messages WHERE claim_id IS NOT NULL) < 2 LOOP
    END LOOP;
END $$";
