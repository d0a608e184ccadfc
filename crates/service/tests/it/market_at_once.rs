//! What happens when several do something to one conversation, product or buyer at the same moment.

use std::sync::Barrier;
use std::thread;

use domain::Id;
use domain::market::{Buyer, ConversationStatus, ProductChanges, ProductStatus};
use repository::Database;
use repository::testing::TestDatabase;
use strongroom_service::market::{buyers, conversations, messages, products};
use strongroom_service::{Error, Result};

use crate::fixtures::conflict;
use crate::market_world::{
    attempt, buyer, commit, conversation, new_conversation, new_message, product, talk,
};

/// Runs work in so many threads that begin together; answers what each returned.
fn at_once<T: Send>(callers: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let start = Barrier::new(callers);
    thread::scope(|scope| {
        let (start, work) = (&start, &work);
        let threads: Vec<_> = (0..callers)
            .map(|n| {
                scope.spawn(move || {
                    start.wait();
                    work(n)
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

fn counts(database: &Database, id: Id<Buyer>) -> (i32, i32, i32) {
    let buyer = commit(database, |tx| buyers::get(tx, id).unwrap());
    let Buyer { total_conversations, completed_purchases, cancelled_conversations, .. } = buyer;
    (total_conversations.get(), completed_purchases.get(), cancelled_conversations.get())
}

#[test]
fn two_sales_of_one_product_make_one() {
    let test = TestDatabase::new();
    let database = test.database();
    let (item, people, chats) = commit(&database, |tx| {
        let item = product(tx, "p");
        let people: Vec<_> = (1..=3).map(|n| buyer(tx, &format!("b{n}"))).collect();
        let chats: Vec<_> = people
            .iter()
            .enumerate()
            .map(|(n, person)| conversation(tx, &format!("c{n}"), &item, person))
            .collect();
        (item, people, chats)
    });
    let outcomes = at_once(50, |n| {
        attempt(&database, |tx| conversations::complete(tx, chats[n % 2].id, None))
            .map(|changed| changed.value)
    });
    let after: Vec<_> =
        chats.iter().map(|chat| commit(&database, |tx| conversations::get(tx, chat.id).unwrap())).collect();
    let winner = usize::from(after[1].status == ConversationStatus::Completed);
    let loser = &after[1 - winner];
    assert_eq!(after[winner].status, ConversationStatus::Completed);
    for lost in [loser, &after[2]] {
        assert_eq!(lost.status, ConversationStatus::Cancelled);
        assert_eq!(lost.closed_reason.map(|reason| reason.as_str()), Some("sold_to_other"));
    }
    for (n, outcome) in outcomes.into_iter().enumerate() {
        match outcome {
            Ok(completed) => assert_eq!((n % 2, completed), (winner, after[winner].clone())),
            refused => assert_eq!((n % 2, conflict(refused)), (1 - winner, "conversation_not_active")),
        }
    }
    let sums = people.iter().map(|person| counts(&database, person.id));
    let (completed, cancelled) = sums.fold((0, 0), |sum, counts| (sum.0 + counts.1, sum.1 + counts.2));
    assert_eq!((completed, cancelled), (1, 0));
    assert_eq!(commit(&database, |tx| products::get(tx, item.id).unwrap()).status, ProductStatus::Sold);
}

#[test]
fn fifty_cancellations_count_once() {
    let test = TestDatabase::new();
    let database = test.database();
    let (_, person, chat) = commit(&database, |tx| talk(tx, "1"));
    for outcome in at_once(50, |_| attempt(&database, |tx| conversations::cancel(tx, chat.id))) {
        assert_eq!(outcome.unwrap().value.status, ConversationStatus::Cancelled);
    }
    assert_eq!(counts(&database, person.id), (1, 0, 1));
    let open = commit(&database, |tx| conversations::reopen(tx, chat.id).unwrap());
    assert_eq!((open.status, counts(&database, person.id)), (ConversationStatus::Active, (1, 0, 0)));
}

#[test]
fn fifty_beginnings_of_one_conversation_make_one() {
    let test = TestDatabase::new();
    let database = test.database();
    let (item, person) = commit(&database, |tx| (product(tx, "p"), buyer(tx, "b")));
    let made = at_once(50, |n| {
        // Half of them name the same chat, the others one of their own.
        let new =
            new_conversation(&if n % 2 == 0 { "c".to_owned() } else { format!("c{n}") }, &item, &person);
        attempt(&database, |tx| conversations::create(tx, &new)).unwrap()
    });
    assert_eq!(made.iter().filter(|(_, is_new)| *is_new).count(), 1);
    assert!(made.iter().all(|(chat, _)| chat.id == made[0].0.id));
    assert_eq!(counts(&database, person.id), (1, 0, 0));
}

#[test]
fn fifty_messages_are_all_counted_and_their_times_rise() {
    let test = TestDatabase::new();
    let database = test.database();
    let (_, person, chat) = commit(&database, |tx| talk(tx, "1"));
    let stored = at_once(50, |n| {
        let new = new_message(Some(person.id), &n.to_string());
        attempt(&database, |tx| messages::create(tx, chat.id, &new)).unwrap().0
    });
    let mut times: Vec<_> = stored.iter().map(|message| message.created_at).collect();
    times.sort_unstable();
    times.dedup();
    let after = commit(&database, |tx| conversations::get(tx, chat.id).unwrap());
    assert_eq!((after.message_count, times.len()), (50, 50));
    assert_eq!(after.last_message_at.as_ref(), times.last());
}

#[test]
fn one_message_that_comes_fifty_times_is_stored_once() {
    let test = TestDatabase::new();
    let database = test.database();
    let (_, person, chat) = commit(&database, |tx| talk(tx, "1"));
    let new = domain::market::NewMessage {
        wallapop_message_id: Some(crate::market_world::wallapop("m1")),
        ..new_message(Some(person.id), "¡Hola!")
    };
    let stored = at_once(50, |_| attempt(&database, |tx| messages::create(tx, chat.id, &new)).unwrap());
    assert_eq!(stored.iter().filter(|(_, is_new)| *is_new).count(), 1);
    let after = commit(&database, |tx| conversations::get(tx, chat.id).unwrap());
    assert_eq!(after.message_count, 1);
}

/// Whatever comes first, no active conversation is left of a sold product, a blocked or an anonymised buyer.
#[test]
fn of_a_beginning_and_an_end_neither_leaves_a_conversation_behind() {
    type End = fn(&Database, &domain::market::Product, &Buyer) -> Result<()>;
    let ends: [End; 3] = [
        |database, item, _| {
            let sold = ProductChanges { status: Some(ProductStatus::Sold), ..ProductChanges::default() };
            attempt(database, |tx| products::update(tx, item.id, None, sold.clone())).map(|_| ())
        },
        |database, _, person| attempt(database, |tx| buyers::block(tx, person.id)).map(|_| ()),
        |database, _, person| attempt(database, |tx| buyers::anonymise(tx, person.id)).map(|_| ()),
    ];
    let test = TestDatabase::new();
    let database = test.database();
    for round in 0..30 {
        let (item, person) =
            commit(&database, |tx| (product(tx, &format!("p{round}")), buyer(tx, &format!("b{round}"))));
        let new = new_conversation(&format!("c{round}"), &item, &person);
        let outcomes: Vec<Result<()>> = at_once(2, |n| match n {
            0 => attempt(&database, |tx| conversations::create(tx, &new)).map(|_| ()),
            _ => ends[round % ends.len()](&database, &item, &person),
        });
        assert!(outcomes[1].is_ok(), "{outcomes:?}");
        assert!(matches!(outcomes[0], Ok(()) | Err(Error::Conflict { .. })), "{outcomes:?}");
        let filter = domain::market::ConversationFilter {
            status: Some(ConversationStatus::Active),
            ..Default::default()
        };
        let active =
            commit(&database, |tx| conversations::list(tx, &filter, domain::PageRequest::default()).unwrap());
        assert!(active.items.is_empty(), "round {round}: {outcomes:?}");
    }
}

/// Sales, cancellations, blocks and messages in all directions: nothing fails but for a reason, and the counters are right.
#[test]
fn at_random_nothing_deadlocks_and_every_end_counts_once() {
    let test = TestDatabase::new();
    let database = test.database();
    let (items, people, chats) = commit(&database, |tx| {
        let items: Vec<_> = (0..4).map(|n| product(tx, &format!("p{n}"))).collect();
        let people: Vec<_> = (0..4).map(|n| buyer(tx, &format!("b{n}"))).collect();
        let mut chats = Vec::new();
        for (i, item) in items.iter().enumerate() {
            for (p, person) in people.iter().enumerate() {
                chats.push(conversation(tx, &format!("c{i}{p}"), item, person));
            }
        }
        (items, people, chats)
    });
    let outcomes: Vec<Vec<Result<()>>> = at_once(8, |thread| {
        (0..40)
            .map(|n| {
                let chat = &chats[(thread * 7 + n * 5) % chats.len()];
                match (thread + n) % 8 {
                    0 => attempt(&database, |tx| conversations::cancel(tx, chat.id)).map(|_| ()),
                    1 => attempt(&database, |tx| conversations::reopen(tx, chat.id)).map(|_| ()),
                    2 if n > 30 => {
                        attempt(&database, |tx| conversations::complete(tx, chat.id, None)).map(|_| ())
                    }
                    3 if n > 35 => attempt(&database, |tx| buyers::block(tx, chat.buyer_id)).map(|_| ()),
                    4 => attempt(&database, |tx| Ok(conversations::mark_read(tx, chat.id)?)).map(|_| ()),
                    _ => {
                        let new = new_message(Some(chat.buyer_id), "¿Sigue?");
                        attempt(&database, |tx| messages::create(tx, chat.id, &new)).map(|_| ())
                    }
                }
            })
            .collect()
    });
    for outcome in outcomes.into_iter().flatten() {
        assert!(matches!(outcome, Ok(()) | Err(Error::Conflict { .. })), "{outcome:?}");
    }
    let mut left = std::collections::HashMap::new();
    for chat in &chats {
        let chat = commit(&database, |tx| conversations::get(tx, chat.id).unwrap());
        let counts: &mut (i32, i32, i32) = left.entry(chat.buyer_id).or_default();
        counts.0 += 1;
        counts.1 += i32::from(chat.status == ConversationStatus::Completed);
        counts.2 += i32::from(chat.status == ConversationStatus::Cancelled && chat.closed_reason.is_none());
    }
    for person in &people {
        assert_eq!(counts(&database, person.id), left[&person.id]);
    }
    for item in &items {
        let of_item = chats.iter().filter(|chat| chat.product_id == item.id);
        let sold = of_item
            .filter(|chat| {
                let chat = commit(&database, |tx| conversations::get(tx, chat.id).unwrap());
                chat.status == ConversationStatus::Completed
            })
            .count();
        let status = commit(&database, |tx| products::get(tx, item.id).unwrap()).status;
        assert_eq!(sold, usize::from(status == ProductStatus::Sold));
    }
}
