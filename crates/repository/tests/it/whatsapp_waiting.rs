//! Chats that wait, and agents' claims to them.

use strongroom_repository::domain::whatsapp::{Lease, Role};
use strongroom_repository::domain::{Id, Limit, PageRequest};
use strongroom_repository::testing::execute;
use strongroom_repository::whatsapp::{answers, statistics, userchats, waiting};
use strongroom_repository::{Tx, testing};

use crate::whatsapp_fixtures::{MOST, count_statements, message, talk, user};

#[test]
fn a_claim_takes_what_waited_longest_once_and_lapses() {
    testing::check(|tx| {
        let mut waiting_chats = Vec::new();
        for number in ["+12025550101", "+12025550102", "+12025550103"] {
            let user = user(tx, number);
            waiting_chats.push(
                talk(tx, user.user_id, MOST, &["hi", "hello", "and", "yes", "one", "more"][..5]).chat.chat_id,
            );
        }
        let claim = |tx: &mut Tx<'_>, limit| {
            let id = Id::<()>::generate().uuid();
            let limit = Limit::new(limit).unwrap();
            let (chats, cost) =
                count_statements(tx, |tx| waiting::claim(tx, id, limit, Lease::default()).unwrap());
            assert_eq!(cost, 1);
            (id, chats.iter().map(|waiting| waiting.chat.chat_id).collect::<Vec<_>>())
        };
        let listed = waiting::list(tx, PageRequest { limit: Limit::new(2).unwrap(), after: None }).unwrap();
        assert_eq!(listed.items.iter().map(|w| w.chat.chat_id).collect::<Vec<_>>(), waiting_chats[..2]);
        assert_eq!(
            listed.items[0].unanswered.iter().map(|m| m.content.expose()).collect::<Vec<_>>(),
            ["one"]
        );
        let rest = waiting::list(tx, PageRequest { limit: Limit::default(), after: listed.next }).unwrap();
        assert_eq!(rest.items.iter().map(|w| w.chat.chat_id).collect::<Vec<_>>(), waiting_chats[2..]);
        let (first, claimed) = claim(tx, 2);
        assert_eq!(claimed, waiting_chats[..2]);
        assert_eq!(claim(tx, 9).1, waiting_chats[2..]);
        assert_eq!(claim(tx, 9).1, []);
        assert!(waiting::release(tx, waiting_chats[0], first).unwrap());
        assert!(!waiting::release(tx, waiting_chats[0], first).unwrap());
        assert_eq!(claim(tx, 9).1, waiting_chats[..1]);
        execute(tx, "UPDATE whatsapp.userchats SET claimed_until = now()");
        assert!(!waiting::release(tx, waiting_chats[1], first).unwrap(), "it has lapsed");
        assert_eq!(claim(tx, 9).1, waiting_chats);
    });
}

#[test]
fn what_was_unanswered_before_a_roll_over_still_is_and_the_claim_moves_along() {
    testing::check(|tx| {
        let asha = user(tx, "+12025550101");
        talk(tx, asha.user_id, 3, &["m1", "a1"]);
        let full = talk(tx, asha.user_id, 3, &["m2"]).chat;
        let claim = Id::<()>::generate().uuid();
        waiting::claim(tx, claim, Limit::default(), Lease::default()).unwrap();
        let next = talk(tx, asha.user_id, 3, &["m3"]).chat;
        assert_eq!(
            (next.waiting_since, userchats::get(tx, full.chat_id).unwrap().waiting_since),
            (full.waiting_since, None)
        );
        let listed = waiting::list(tx, PageRequest::default()).unwrap().items;
        assert_eq!(listed[0].unanswered.iter().map(|m| m.content.expose()).collect::<Vec<_>>(), ["m2", "m3"]);
        // Both names of the conversation lead to the chat that takes an answer.
        for id in [full.chat_id, next.chat_id] {
            let (target, cost) = count_statements(tx, |tx| answers::lock(tx, id).unwrap().unwrap());
            assert_eq!((target.chat.chat_id, target.live_claim, cost), (next.chat_id, Some(claim), 1));
        }
        let answered = userchats::keep(tx, asha.user_id, 3, &message(Role::Assistant, "a2")).unwrap().chat;
        assert_eq!((answered.waiting_since, answered.claimed_until), (None, None));
        assert_eq!(answered.last_inbound_at, next.last_inbound_at);
        userchats::close(tx, next.chat_id).unwrap();
        assert!(answers::lock(tx, full.chat_id).unwrap().is_none());
        assert!(
            userchats::is_continued(tx, full.chat_id).unwrap()
                && !userchats::is_continued(tx, next.chat_id).unwrap()
        );
    });
}

#[test]
fn nobody_waits_who_is_not_active_or_deleted() {
    testing::check(|tx| {
        for number in ["+12025550101", "+12025550102", "+12025550103"] {
            let user = user(tx, number);
            talk(tx, user.user_id, MOST, &["hi"]);
        }
        execute(
            tx,
            "UPDATE whatsapp.users SET is_active = false WHERE user_id = (SELECT min(user_id::text)::uuid FROM whatsapp.users)",
        );
        execute(
            tx,
            "UPDATE whatsapp.users SET deleted_at = now(), deletion_id = user_id
              WHERE user_id = (SELECT max(user_id::text)::uuid FROM whatsapp.users)",
        );
        assert_eq!(waiting::list(tx, PageRequest::default()).unwrap().items.len(), 1);
        let claim = Id::<()>::generate().uuid();
        assert_eq!(waiting::claim(tx, claim, Limit::default(), Lease::default()).unwrap().len(), 1);
        let activity = statistics::activity(tx).unwrap();
        assert_eq!((activity.active_sessions, activity.waiting), (2, 1));
    });
}
