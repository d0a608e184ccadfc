//! What many do at once to the same rows.

use std::collections::BTreeMap;
use std::thread;

use serde_json::{Value, json};

use crate::seller::{Bot, code, to_micros};
use crate::world::{each, text};

/// Sends so many requests at once; the answers, in any order.
fn at_once<T: Send>(count: usize, send: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let send = &send;
    thread::scope(|scope| {
        let sent: Vec<_> = (0..count).map(|n| scope.spawn(move || send(n))).collect();
        sent.into_iter().map(|sent| sent.join().unwrap()).collect()
    })
}

fn counted<T: Ord>(values: impl IntoIterator<Item = T>) -> BTreeMap<T, usize> {
    let mut counts = BTreeMap::new();
    for value in values {
        *counts.entry(value).or_default() += 1;
    }
    counts
}

#[test]
fn of_two_sales_of_one_product_one_is_made() {
    let bot = Bot::start();
    let product = bot.product("12345");
    let buyers = ["b1", "b2", "b3"].map(|name| bot.buyer(name));
    let chats = [0, 1, 2].map(|n: usize| bot.conversation(&format!("c{n}"), &product, &buyers[n]));
    let answers = at_once(50, |n| {
        let chat = n % 2;
        (chat, bot.act(&format!("/conversations/{}/complete", chats[chat])))
    });
    let shown = chats.clone().map(|chat| bot.get(&format!("/conversations/{chat}")));
    let winner = usize::from(shown[1]["status"] == "completed");
    let (won, lost) = (&shown[winner], &shown[1 - winner]);
    assert!(won["status"] == "completed" && won["completed_at"].is_string(), "{won}");
    for ended in [lost, &shown[2]] {
        assert_eq!(
            (&ended["status"], &ended["closed_reason"]),
            (&json!("cancelled"), &json!("sold_to_other"))
        );
    }
    for (chat, answer) in answers {
        match chat == winner {
            true => drop(answer.expect(200)),
            false => assert_eq!(code(&answer, 409), "conversation_not_active"),
        }
    }
    let people = buyers.map(|buyer| bot.get(&format!("/buyers/{buyer}")));
    let sum = |field: &str| people.iter().map(|buyer| buyer[field].as_u64().unwrap()).sum::<u64>();
    assert_eq!((sum("completed_purchases"), sum("cancelled_conversations")), (1, 0));
    assert_eq!(bot.get(&format!("/products/{product}"))["status"], "sold");
}

#[test]
fn a_cancellation_counts_once_and_is_taken_back_once() {
    let bot = Bot::start();
    let (_, buyer, chat) = bot.talk("a");
    let cancelled = || bot.get(&format!("/buyers/{buyer}"))["cancelled_conversations"].clone();
    for (action, count) in [("cancel", 1), ("reopen", 0)] {
        let answers = at_once(50, |_| bot.act(&format!("/conversations/{chat}/{action}")).status);
        assert_eq!((counted(answers), cancelled()), (BTreeMap::from([(200, 50)]), json!(count)), "{action}");
    }
    assert_eq!(bot.get(&format!("/conversations/{chat}"))["status"], "active");
}

#[test]
fn a_pair_has_one_active_conversation_and_every_message_its_place() {
    let bot = Bot::start();
    let (product, buyer) = (bot.product("p"), bot.buyer("b"));
    let new = |n: usize| Bot::new_conversation(&format!("chat-{n}"), &product, &buyer);
    let made = at_once(50, |n| bot.post("/conversations", &new(n)));
    assert_eq!(counted(made.iter().map(|answer| answer.status)), BTreeMap::from([(200, 49), (201, 1)]));
    let ids = counted(made.iter().map(|answer| text(&answer.expect(answer.status), "/id")));
    assert_eq!(ids.len(), 1, "{ids:?}");
    assert_eq!(bot.get(&format!("/buyers/{buyer}"))["total_conversations"], 1);

    let chat = ids.keys().next().unwrap();
    at_once(50, |n| bot.wrote(chat, &buyer, &format!("mensaje {n}")));
    let shown = bot.get(&format!("/conversations/{chat}"));
    let messages = bot.get(&format!("/conversations/{chat}/messages?limit=100"))["data"].clone();
    let times: Vec<&str> = each(&messages, "created_at");
    assert_eq!((&shown["message_count"], times.len()), (&json!(50), 50));
    assert_eq!(shown["last_message_at"], times[0]);
    let moments: Vec<_> = times.iter().map(|time| to_micros(time)).collect();
    assert!(
        moments.windows(2).all(|pair| pair[0] > pair[1]),
        "newest first, and never two at once: {times:?}"
    );
}

#[test]
fn a_message_that_is_sent_fifty_times_is_stored_once() {
    let bot = Bot::start();
    let (_, buyer, chat) = bot.talk("a");
    let mut message = Bot::new_message(&buyer, "¡Hola!");
    message["wallapop_message_id"] = json!("m1");
    let answers = at_once(50, |_| bot.post(&format!("/conversations/{chat}/messages"), &message));
    assert_eq!(counted(answers.iter().map(|answer| answer.status)), BTreeMap::from([(200, 49), (201, 1)]));
    let bodies = counted(answers.iter().map(|answer| answer.text.clone()));
    assert_eq!(bodies.len(), 1, "{bodies:?}");
    assert_eq!(bot.get(&format!("/conversations/{chat}"))["message_count"], 1);
}

#[test]
fn buyers_who_are_blocked_while_they_buy_leave_nothing_half_done() {
    let bot = Bot::start();
    let (product, buyer, chat) = bot.talk("a");
    let actions = ["complete", "cancel", "block", "reopen", "read"];
    let answers = at_once(50, |n| bot.act(&format!("/conversations/{chat}/{}", actions[n % 5])).status);
    assert!(answers.iter().all(|status| matches!(status, 200 | 409)), "{answers:?}");
    let (ended, person) = (bot.get(&format!("/conversations/{chat}")), bot.get(&format!("/buyers/{buyer}")));
    let sold = bot.get(&format!("/products/{product}"))["status"] == "sold";
    let is = |status: &str| ended["status"] == status;
    assert_eq!((is("completed"), ended["completed_at"].is_string()), (sold, sold), "{ended} {person}");
    assert_eq!(person["completed_purchases"], Value::from(u8::from(sold)));
    assert_eq!(person["cancelled_conversations"], Value::from(u8::from(is("cancelled"))), "{ended} {person}");
    assert_eq!(person["is_blocked"], is("blocked"), "{ended} {person}");
}
