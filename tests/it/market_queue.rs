//! Messages that wait for the bot, and the workers who take them.

use std::collections::HashSet;
use std::sync::Mutex;
use std::thread;

use repository::testing::TestDatabase;
use serde_json::{Value, json};
use strongroom_tests::Server;

use crate::seller::{Bot, code, to_micros};
use crate::world::{each, named, pointers};

/// A bot whose database has a clock that stands at 10:00, and so many seconds.
fn bot_at(seconds: u32) -> Bot {
    let database = TestDatabase::new();
    database.set_clock(&time(seconds));
    Bot { server: Server::start_on(database, &[]) }
}

fn time(seconds: u32) -> String {
    format!("2026-03-02T10:{:02}:{:02}Z", seconds / 60, seconds % 60)
}

impl Bot {
    fn at(&self, seconds: u32) {
        self.server.database().set_clock(&time(seconds));
    }

    fn end(&self, message: &str, how: &str, claim: &str, mut body: Value) -> strongroom_tests::Answer {
        body["claim_id"] = json!(claim);
        self.post(&format!("/messages/{message}/{how}"), &body)
    }
}

#[test]
fn messages_go_by_age_one_of_a_conversation_and_come_again_when_a_worker_dies() {
    let bot = bot_at(0);
    let ((_, juan, a), (_, lucia, b)) = (bot.talk("a"), bot.talk("b"));
    let a1 = bot.wrote(&a, &juan, "A1");
    bot.at(1);
    let a2 = bot.wrote(&a, &juan, "A2");
    bot.at(2);
    let b1 = bot.wrote(&b, &lucia, "B1");
    bot.at(3);
    let b2 = bot.wrote(&b, &lucia, "B2");

    let (first, messages) = bot.claim();
    assert_eq!(messages, [a1.clone(), b1.clone()]);
    assert!(bot.claim().1.is_empty());
    let found = json!({"intent": "greeting", "entities": {"product": "iPhone"}, "sentiment": 0.6});
    let done = bot.end(&a1, "processed", &first, found.clone()).expect(200);
    assert_eq!(
        (&done["is_processed"], &done["intent"], &done["entities"]),
        (&json!(true), &found["intent"], &found["entities"])
    );
    assert_eq!(bot.end(&a1, "processed", &first, json!({})).expect(200), done, "once is enough");
    let (second, messages) = bot.claim();
    assert_eq!(messages, [&*a2]);
    bot.end(&a2, "processed", &second, json!({})).expect(200);

    bot.at(64);
    let (third, messages) = bot.claim();
    assert_eq!(
        (messages, bot.get(&format!("/messages/{b1}"))["attempts"].clone()),
        (vec![b1.clone()], json!(2))
    );
    assert_eq!(code(&bot.end(&b1, "processed", &first, json!({})), 409), "claim_lost");
    let error = json!({"error": "no answer"});
    let failed = bot.end(&b1, "failed", &third, error.clone()).expect(200);
    assert_eq!((&failed["processing_error"], &failed["is_processed"]), (&json!("no answer"), &json!(false)));
    assert!(bot.claim().1.is_empty(), "it is held back, and what comes after it waits");
    bot.at(94);
    let (fourth, messages) = bot.claim();
    assert_eq!(messages, [&*b1]);
    bot.end(&b1, "failed", &fourth, error).expect(200);
    assert_eq!(each(&bot.get("/messages?failed=true")["data"], "id"), [&*b1]);
    let (fifth, messages) = bot.claim();
    assert_eq!(messages, [&*b2]);

    bot.end(&b2, "release", &fifth, json!({})).expect(200);
    assert_eq!(bot.get(&format!("/messages/{b2}"))["attempts"], 0);
    let fresh = bot.act(&format!("/messages/{b1}/requeue")).expect(200);
    assert_eq!(
        (&fresh["attempts"], bot.get("/messages?failed=true")["data"].clone()),
        (&json!(0), json!([]))
    );
    assert_eq!(bot.claim().1, [b1]);
}

#[test]
fn without_a_claim_a_message_is_ended_where_none_is_live() {
    let bot = Bot::start();
    let (_, buyer, chat) = bot.talk("a");
    let message = format!("/messages/{}", bot.wrote(&chat, &buyer, "¡Hola!"));
    let (claim, _) = bot.claim();
    assert_eq!(code(&bot.act(&format!("{message}/processed")), 409), "claimed");
    assert_eq!(code(&bot.post(&format!("{message}/failed"), &json!({"error": "x"})), 409), "claimed");
    assert_eq!(code(&bot.act(&format!("{message}/requeue")), 409), "claimed");
    bot.post(&format!("{message}/release"), &json!({"claim_id": claim})).expect(200);
    assert_eq!(
        code(&bot.post(&format!("{message}/release"), &json!({"claim_id": claim})), 409),
        "claim_lost"
    );
    bot.act(&format!("{message}/processed")).expect(200);
    let own = json!({"content": "Dime.", "message_type": "bot_message"});
    let own = bot.post(&format!("/conversations/{chat}/messages"), &own).expect(201)["id"].clone();
    let refused = bot.act(&format!("/messages/{}/processed", own.as_str().unwrap()));
    assert_eq!(pointers(&refused), named(&[("", "not_a_user_message")]));
}

#[test]
fn eight_workers_take_each_of_many_messages_once_and_in_order() {
    let bot = Bot::start();
    let chats: Vec<_> = (0..10).map(|n| bot.talk(&n.to_string())).collect();
    let mut stored = HashSet::new();
    for n in 0..20 {
        stored.extend(chats.iter().map(|(_, buyer, chat)| bot.wrote(chat, buyer, &format!("{n}"))));
    }
    let done = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                while done.lock().unwrap().len() < stored.len() {
                    let (claim, messages) = bot.claim();
                    for message in messages {
                        let shown = bot.end(&message, "processed", &claim, json!({})).expect(200);
                        let told = |field: &str| crate::world::text(&shown, field);
                        let place =
                            (told("/conversation_id"), to_micros(&told("/processed_at")), told("/content"));
                        done.lock().unwrap().push((message, place));
                    }
                }
            });
        }
    });
    let done = done.into_inner().unwrap();
    let messages: HashSet<&String> = done.iter().map(|(message, _)| message).collect();
    assert_eq!((done.len(), messages.len()), (stored.len(), stored.len()), "none twice, and none left out");
    for (_, _, chat) in chats {
        let of_chat = done.iter().filter(|(_, (of, ..))| *of == chat);
        let mut ended: Vec<(&str, u32)> =
            of_chat.map(|(_, (_, at, content))| (&**at, content.parse().unwrap())).collect();
        ended.sort_unstable();
        assert!(ended.is_sorted_by_key(|(_, content)| *content), "{ended:?}");
    }
}
