//! What holds of conversations wherever they are kept: in the database, and in the memory of the process.

use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use domain::whatsapp::{InboundOutcome, Lease, Role};
use domain::{Email, Id, Limit, PageRequest, PersonName};
use repository::platform::idempotency_keys::{Answer, Claim, Request};
use repository::testing::{self, TestDatabase};
use strongroom_service::whatsapp::answers::NewAnswer;
use strongroom_service::whatsapp::users::Lookup;
use strongroom_service::whatsapp::{Memory, MemoryLimits, Rules, Store};
use strongroom_service::{Error, Result};

use crate::fixtures::conflict;
use crate::whatsapp_fixtures::{ASHA, answer_of, inbound, phone, says};

const RULES: Rules = Rules { max_chat_messages: 200, max_history: 3 };

static SECONDS: AtomicI64 = AtomicI64::new(0);

/// A clock that only a test moves. Tests that move it share it, so they only go forward.
fn clock() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + SECONDS.fetch_add(1, Ordering::Relaxed), 0).unwrap()
}

fn memory(limits: MemoryLimits) -> (Memory, TestDatabase) {
    let test = TestDatabase::new();
    (Memory::new(test.database(), limits, clock), test)
}

/// Runs a test in both stores.
fn in_both(check: fn(&mut dyn Store)) {
    testing::check(|tx| check(tx));
    let (memory, _test) = memory(MemoryLimits::default());
    memory
        .write(|store| {
            check(store);
            Ok(())
        })
        .unwrap();
}

fn history(store: &mut dyn Store, user: Id<domain::whatsapp::User>) -> Vec<String> {
    let history = store.reading().history(&RULES, user, None).unwrap();
    history.into_iter().map(|(role, text)| format!("{role} {}", text.expose())).collect()
}

#[test]
fn a_conversation_goes_back_and_forth() {
    in_both(|store| {
        let first = store.receive(&RULES, &inbound("SM1", ASHA, "Body=one&ProfileName=Asha")).unwrap();
        let (user, chat) = (first.customer_id.unwrap(), first.chat_id.unwrap());
        assert!(store.receive(&RULES, &says("SM1", ASHA, "one")).unwrap().is_repeated);
        store.receive(&RULES, &says("SM2", ASHA, "two")).unwrap();
        let waiting = store.reading().waiting(PageRequest::default()).unwrap().items;
        assert_eq!(
            waiting[0].unanswered.iter().map(|m| m.content.expose()).collect::<Vec<_>>(),
            ["one", "two"]
        );
        let answered = store.answer(&RULES, None, chat, &answer_of("three")).unwrap();
        assert_eq!((answered.chat.message_count, answered.message.role), (3, Role::Assistant));
        store.receive(&RULES, &says("SM3", ASHA, "four")).unwrap();
        assert_eq!(history(store, user), ["user two", "assistant three", "user four"]);
        let reading = store.reading();
        assert_eq!(reading.history(&RULES, user, Some(1)).unwrap().len(), 1);
        let totals = reading.totals(user).unwrap();
        assert_eq!((totals.total_chats, totals.total_messages), (1, 4));
        assert_eq!(reading.list_totals(PageRequest::default()).unwrap().items[0].totals, totals);
        let activity = reading.activity().unwrap();
        assert_eq!((activity.active_sessions, activity.waiting), (1, 1));
        let found = reading.lookup(&Lookup::Phone(phone(ASHA))).unwrap();
        assert_eq!((found.user_id, found.full_name.as_ref().unwrap().expose()), (user, "Asha"));
        assert_eq!(reading.user(user).unwrap(), found);
        assert_eq!(reading.users(None, PageRequest::default()).unwrap().items, [found]);
        let times: Vec<_> = reading
            .messages(chat, PageRequest::default())
            .unwrap()
            .items
            .iter()
            .map(|m| m.timestamp)
            .collect();
        assert!(times.windows(2).all(|pair| pair[0] < pair[1]));
    });
}

#[test]
fn a_clear_ends_what_the_model_is_told_and_keeps_the_messages() {
    in_both(|store| {
        let first = store.receive(&RULES, &says("SM1", ASHA, "one")).unwrap();
        let (user, chat) = (first.customer_id.unwrap(), first.chat_id.unwrap());
        let cleared = store.receive(&RULES, &says("SM2", ASHA, "Start over")).unwrap();
        assert_eq!(cleared.outcome, Some(InboundOutcome::Command));
        assert_eq!(history(store, user), [""; 0]);
        assert_eq!(conflict(store.answer(&RULES, None, chat, &answer_of("late"))), "chat_closed");
        let second = store.receive(&RULES, &says("SM3", ASHA, "two")).unwrap().chat_id.unwrap();
        let reading = store.reading();
        let chats = reading.chats(user, None, PageRequest::default()).unwrap().items;
        assert_eq!(chats.iter().map(|c| (c.chat_id, c.is_active)).collect::<Vec<_>>().len(), 2);
        assert!(chats.iter().any(|c| c.chat_id == second && c.is_active && c.continues_chat_id.is_none()));
        assert_eq!(reading.chats(user, Some(false), PageRequest::default()).unwrap().items[0].chat_id, chat);
        assert_eq!(reading.chats_of_phone(&phone(ASHA), PageRequest::default()).unwrap().items, chats);
        assert_eq!(reading.messages(chat, PageRequest::default()).unwrap().items[0].content.expose(), "one");
        assert!(store.clear(user).unwrap() && !store.clear(user).unwrap());
        assert!(!store.close(second).unwrap().is_active);
    });
}

#[test]
fn one_agent_answers_at_a_time() {
    in_both(|store| {
        let chat = store.receive(&RULES, &says("SM1", ASHA, "one")).unwrap().chat_id.unwrap();
        let claimed = store.claim(Limit::default(), Lease::default()).unwrap();
        assert_eq!(claimed.chats[0].chat.chat_id, chat);
        assert!(store.claim(Limit::default(), Lease::default()).unwrap().chats.is_empty());
        assert_eq!(conflict(store.answer(&RULES, None, chat, &answer_of("a"))), "claimed");
        store.release(chat, claimed.claim_id).unwrap();
        assert_eq!(conflict(store.release(chat, claimed.claim_id)), "claim_lost");
        let claimed = store.claim(Limit::default(), Lease::default()).unwrap();
        let moved_on =
            NewAnswer { claim_id: Some(claimed.claim_id), if_message_count: Some(2), ..answer_of("a") };
        assert_eq!(conflict(store.answer(&RULES, None, chat, &moved_on)), "chat_moved_on");
        store.answer(&RULES, None, chat, &NewAnswer { if_message_count: Some(1), ..moved_on }).unwrap();
        assert!(store.claim(Limit::default(), Lease::default()).unwrap().chats.is_empty());
    });
}

#[test]
fn a_person_is_found_by_every_name_whatsapp_has() {
    in_both(|store| {
        let name = PersonName::parse("Bruna").unwrap();
        let email = Email::parse("b@x.example").unwrap();
        let dialled = phone("+5511991234567");
        let (user, is_new) =
            store.find_or_create(dialled.clone(), Some(name.clone()), Some(email.clone())).unwrap();
        assert!(is_new && !store.find_or_create(phone("+551191234567"), None, None).unwrap().1);
        let taken = store.find_or_create(phone("+12025550109"), None, Some(email.clone()));
        assert!(matches!(taken, Err(Error::Repository(repository::Error::Conflict { .. }))), "{taken:?}");
        let registered = inbound("SM1", "whatsapp:+551191234567", "Body=oi&ProfileName=B.");
        assert_eq!(store.receive(&RULES, &registered).unwrap().customer_id, Some(user.user_id));
        let hidden = store.receive(&RULES, &says("SM2", "whatsapp:BR.77", "oi")).unwrap().customer_id;
        assert_ne!(hidden, Some(user.user_id));
        let both = inbound("SM3", "whatsapp:+551191234567", "Body=oi&ExternalUserId=BR.77");
        assert_eq!(store.receive(&RULES, &both).unwrap().customer_id, Some(user.user_id), "the older one");
        let now = store.reading().lookup(&Lookup::Email(email)).unwrap();
        assert_eq!((now.full_name, now.phone_number.unwrap().expose()), (Some(name), "+551191234567"));
        assert_eq!(store.reading().totals(user.user_id).unwrap().total_messages, 3);
        assert!(store.reading().user(hidden.unwrap()).is_err());
    });
}

#[test]
fn absent_things_are_not_found() {
    in_both(|store| {
        let nobody = Id::generate();
        let nothing = domain::whatsapp::ChatId::generate();
        let reading = store.reading();
        let absent = [
            reading.user(nobody).map(drop),
            reading.lookup(&Lookup::Phone(phone(ASHA))).map(drop),
            reading.chats(nobody, None, PageRequest::default()).map(drop),
            reading.chat(nothing).map(drop),
            reading.messages(nothing, PageRequest::default()).map(drop),
            reading.history(&RULES, nobody, None).map(drop),
            reading.totals(nobody).map(drop),
            store.answer(&RULES, None, nothing, &answer_of("a")).map(drop),
            store.close(nothing).map(drop),
            store.clear(nobody).map(drop),
        ];
        for outcome in absent {
            assert!(matches!(outcome, Err(Error::Repository(repository::Error::NotFound(_)))), "{outcome:?}");
        }
        assert_eq!(store.deactivate(30).unwrap(), 0);
        assert!(store.receive(&RULES, &inbound("SM1", ASHA, "Body=")).unwrap().outcome.is_none());
    });
}

#[test]
fn lists_in_memory_have_pages() {
    let (memory, _test) = memory(MemoryLimits::default());
    for n in 0..5 {
        let message = says(&format!("SM{n}"), &format!("whatsapp:+1202555010{n}"), "hi");
        memory.write(|store| store.receive(&RULES, &message)).unwrap();
    }
    let (mut waiting, mut users) = (vec![], vec![]);
    let two = Limit::new(2).unwrap();
    let (mut after_waiting, mut after_user) = (None, None);
    for _ in 0..3 {
        let page =
            memory.read(|store| store.waiting(PageRequest { limit: two, after: after_waiting })).unwrap();
        waiting.extend(page.items.iter().map(|item| item.chat.customer_id));
        after_waiting = page.next;
        let page =
            memory.read(|store| store.users(None, PageRequest { limit: two, after: after_user })).unwrap();
        users.extend(page.items.iter().map(|user| user.user_id));
        after_user = page.next;
    }
    users.reverse();
    assert_eq!((waiting.len(), after_waiting, after_user), (5, None, None));
    assert_eq!(waiting, users, "those who waited longest first, the newest users first");
}

#[test]
fn memory_keeps_as_much_as_a_model_is_given_and_counts_all() {
    let (memory, _test) = memory(MemoryLimits::default());
    let mut last = None;
    for n in 0..5 {
        let message = says(&format!("SM{n}"), ASHA, &format!("m{n}"));
        last = memory.write(|store| store.receive(&RULES, &message)).unwrap().chat_id;
    }
    let chat = memory.read(|store| store.chat(last.unwrap())).unwrap();
    assert_eq!(chat.message_count, 5);
    let kept = memory.read(|store| store.messages(chat.chat_id, PageRequest::default())).unwrap().items;
    assert_eq!(kept.iter().map(|m| m.content.expose()).collect::<Vec<_>>(), ["m2", "m3", "m4"]);
}

#[test]
fn what_fails_or_is_a_dry_run_leaves_memory_as_it_was() {
    let (memory, _test) = memory(MemoryLimits::default());
    let message = says("SM1", ASHA, "one");
    let dry = memory.dry_run(|store| store.receive(&RULES, &message)).unwrap();
    assert!(memory.read(|store| store.user(dry.customer_id.unwrap())).is_err());
    let failed: Result<()> = memory.write(|store| {
        store.receive(&RULES, &message)?;
        Err(repository::Error::NotFound("chat").into())
    });
    assert!(failed.is_err());
    let first = memory.write(|store| store.receive(&RULES, &message)).unwrap();
    assert!(!first.is_repeated, "neither of the two was noted");
    let before = memory.read(|store| store.chat(first.chat_id.unwrap())).unwrap();
    memory.dry_run(|store| store.close(before.chat_id)).unwrap();
    assert_eq!(memory.read(|store| store.chat(before.chat_id)).unwrap(), before);
}

#[test]
fn the_silent_are_forgotten_with_their_messages_and_the_longest_silent_first() {
    static NOW: AtomicI64 = AtomicI64::new(0);
    fn clock() -> DateTime<Utc> {
        DateTime::from_timestamp(1_900_000_000 + NOW.load(Ordering::Relaxed), 0).unwrap()
    }
    let test = TestDatabase::new();
    let limits = MemoryLimits { persons: 2, timeout: TimeDelta::minutes(30) };
    let memory = Memory::new(test.database(), limits, clock);
    let deliver =
        |sid: &str, from: &str| memory.write(|store| store.receive(&RULES, &says(sid, from, "hi"))).unwrap();
    let is_there = |from: &str| memory.read(|store| store.lookup(&Lookup::Phone(phone(from)))).is_ok();
    let wait = |seconds| NOW.fetch_add(seconds, Ordering::Relaxed);
    let people = ["whatsapp:+12025550101", "whatsapp:+12025550102", "whatsapp:+12025550103"];
    deliver("SM1", people[0]);
    wait(1);
    deliver("SM2", people[1]);
    wait(1);
    deliver("SM3", people[0]);
    wait(1);
    deliver("SM4", people[2]);
    assert_eq!(people.map(is_there), [true, false, true], "the second has been silent longest");
    wait(30 * 60);
    assert!(deliver("SM4", people[2]).is_repeated, "up to the end of the time");
    wait(1);
    assert_eq!(people.map(is_there), [false, false, false]);
    assert!(!deliver("SM4", people[2]).is_repeated, "its sid is forgotten too");
}

#[test]
fn an_answer_to_a_key_is_kept_for_its_caller_and_request_until_the_time_is_over() {
    fn request(body: &[u8]) -> Request<'_> {
        Request { key: "k", method: "PUT", path: "/x", query: "", body }
    }
    let answer =
        Answer { status: 201, location: None, etag: None, body: r#"{"full_name":"Asha"}"#.to_owned() };
    let claim = |memory: &Memory, caller: &str, body: &[u8]| {
        memory.run(false, |session| session.claim_key(caller, &request(body))).unwrap()
    };
    let keep = |memory: &Memory| {
        memory
            .run(false, |session| match session.claim_key("a", &request(b"1"))? {
                Claim::Free(slot) => session.keep_answer(&slot, &answer),
                _ => panic!("the key is free"),
            })
            .unwrap();
    };
    let (kept, _test) = memory(MemoryLimits { timeout: TimeDelta::days(7), ..MemoryLimits::default() });
    keep(&kept);
    assert!(matches!(claim(&kept, "a", b"1"), Claim::Answered(found) if found == answer));
    assert!(matches!(claim(&kept, "a", b"2"), Claim::OtherRequest));
    assert!(matches!(claim(&kept, "b", b"1"), Claim::Free(_)));
    let (forgotten, _test) = memory(MemoryLimits { timeout: TimeDelta::zero(), ..MemoryLimits::default() });
    keep(&forgotten);
    assert!(matches!(claim(&forgotten, "a", b"1"), Claim::Free(_)));
}
