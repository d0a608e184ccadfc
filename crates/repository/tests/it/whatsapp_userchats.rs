//! Chats and the messages in them.

use diesel::prelude::*;
use diesel::sql_types::Text;
use strongroom_repository::domain::whatsapp::userchats::timestamp_text;
use strongroom_repository::domain::whatsapp::{Chat, ChatId, Location, MessageSid, NewMessage, Role};
use strongroom_repository::domain::{Id, Limit, MessageText, PageRequest};
use strongroom_repository::testing::{TestDatabase, execute};
use strongroom_repository::whatsapp::imports::{find, insert};
use strongroom_repository::whatsapp::{history, statistics, userchats};
use strongroom_repository::{Actor, Error, Tx, testing};

use crate::whatsapp_fixtures::{MOST, count_statements, message, phone, talk, user};

fn texts(tx: &mut Tx<'_>, chat: ChatId) -> Vec<String> {
    let page = userchats::messages(tx, chat, PageRequest::default()).unwrap();
    page.items.iter().map(|message| message.content.expose().to_owned()).collect()
}

fn chats(tx: &mut Tx<'_>, user: &strongroom_repository::domain::whatsapp::User) -> Vec<Chat> {
    userchats::list_for_user(tx, user.user_id, None, PageRequest::default()).unwrap().items
}

#[derive(QueryableByName)]
struct Value {
    #[diesel(sql_type = Text)]
    value: String,
}

fn value(test: &TestDatabase, sql: &str) -> String {
    let mut conn = PgConnection::establish(&test.url("postgres")).unwrap();
    diesel::sql_query(sql).get_result::<Value>(&mut conn).unwrap().value
}

#[test]
fn a_message_is_kept_in_one_statement_and_a_new_chat_or_roll_over_in_two() {
    testing::check(|tx| {
        let asha = user(tx, "+12025550101");
        let keep = |tx: &mut Tx<'_>, text| {
            let (kept, cost) = count_statements(tx, |tx| {
                userchats::keep(tx, asha.user_id, 2, &message(Role::User, text)).unwrap()
            });
            (kept.chat, cost)
        };
        let (first, cost) = keep(tx, "one");
        assert_eq!((first.message_count, first.is_active, cost), (1, true, 2));
        let (same, cost) = keep(tx, "two");
        assert_eq!((same.chat_id, same.message_count, cost), (first.chat_id, 2, 1));
        let (next, cost) = keep(tx, "three");
        assert_eq!((next.continues_chat_id, next.message_count, cost), (Some(first.chat_id), 1, 2));
        assert!(!userchats::get(tx, first.chat_id).unwrap().is_active);
        assert_eq!(texts(tx, first.chat_id), ["one", "two"]);
    });
}

#[test]
fn a_message_brings_media_and_place_and_opens_for_its_customer_alone() {
    let test = TestDatabase::new();
    let database = test.database();
    let chat = database
        .write::<_, Error>("test", &Actor::system(), |tx| {
            let asha = user(tx, "+12025550101");
            let new = NewMessage {
                role: Role::User,
                content: MessageText::from_trusted("Canary here".to_owned()),
                media: vec!["image/jpeg".to_owned()],
                location: Location::parse("19.0760", "72.8777"),
                message_sid: MessageSid::parse("SM1").ok(),
            };
            let kept = userchats::keep(tx, asha.user_id, MOST, &new)?;
            let read = userchats::messages(tx, kept.chat.chat_id, PageRequest::default())?.items.remove(0);
            assert_eq!(read, kept.message);
            assert_eq!(read.location.as_ref().unwrap().latitude, "19.0760");
            user(tx, "+12025550102");
            Ok(kept.chat.chat_id)
        })
        .unwrap();
    let stored = value(&test, "SELECT messages::text AS value FROM whatsapp.userchats");
    assert!(!stored.contains("Canary") && !stored.contains("19.07"), "{stored}");
    let shown = value(
        &test,
        "SELECT regexp_replace(jsonb_array_elements(messages)::text, '\"[A-Za-z0-9+/=]{40,}\"', '…', 'g') AS value FROM whatsapp.userchats",
    );
    assert!(
        shown.starts_with(
            r#"{"role": "user", "media": ["image/jpeg"], "content": …, "location": …, "timestamp": ""#
        ),
        "{shown}"
    );
    test.sabotage("UPDATE whatsapp.userchats SET customer_id = (SELECT user_id FROM whatsapp.users ORDER BY created_at DESC, user_id DESC LIMIT 1)");
    let moved = database
        .read("test", &Actor::system(), |conn| userchats::messages(conn, chat, PageRequest::default()));
    assert!(matches!(moved, Err(Error::Corrupt { column: "messages", .. })), "{moved:?}");
}

#[test]
fn times_have_six_decimals_and_rise_strictly_whatever_the_clock_says() {
    testing::check(|tx| {
        let asha = user(tx, "+12025550101");
        let first = talk(tx, asha.user_id, 2, &["a"]);
        // As if the clock had been an hour ahead.
        execute(
            tx,
            "UPDATE whatsapp.userchats SET messages = jsonb_set(messages, '{0,timestamp}', to_jsonb(
                to_char(clock_timestamp() AT TIME ZONE 'UTC' + interval '1 hour', 'YYYY-MM-DD\"T\"HH24:MI:SS.000000+00:00')))",
        );
        let second = talk(tx, asha.user_id, 2, &["b"]);
        let third = talk(tx, asha.user_id, 2, &["c"]);
        let read = userchats::messages(tx, first.chat.chat_id, PageRequest::default()).unwrap().items;
        assert_eq!(second.message.timestamp - read[0].timestamp, chrono::TimeDelta::microseconds(1));
        assert_eq!(third.message.timestamp - second.message.timestamp, chrono::TimeDelta::microseconds(1));
        assert!(
            timestamp_text(read[0].timestamp).ends_with(":00.000000+00:00")
                || read[0].timestamp_text().len() == 32
        );
        assert_ne!(third.chat.chat_id, first.chat.chat_id, "also across a roll-over");
    });
}

#[test]
fn history_crosses_a_roll_over_and_never_a_clear() {
    testing::check(|tx| {
        let asha = user(tx, "+12025550101");
        let get = |tx: &mut Tx<'_>, most| {
            let (history, cost) = count_statements(tx, |tx| history::get(tx, asha.user_id, most).unwrap());
            assert_eq!(cost, 1);
            history.iter().map(|(role, text)| format!("{role} {}", text.expose())).collect::<Vec<_>>()
        };
        assert_eq!(get(tx, 3), [""; 0], "there is no chat");
        talk(tx, asha.user_id, 3, &["m1", "a1", "m2"]);
        assert_eq!(get(tx, 2), ["assistant a1", "user m2"]);
        let rolled = talk(tx, asha.user_id, 3, &["m3"]);
        assert_eq!(get(tx, 3), ["assistant a1", "user m2", "user m3"]);
        assert_eq!(get(tx, 9), ["user m1", "assistant a1", "user m2", "user m3"]);
        assert_eq!(userchats::close_active(tx, asha.user_id).unwrap(), Some(rolled.chat.chat_id));
        assert_eq!(userchats::close_active(tx, asha.user_id).unwrap(), None);
        assert_eq!(get(tx, 3), [""; 0]);
        let fresh = talk(tx, asha.user_id, 3, &["m4"]);
        assert_eq!((get(tx, 3), fresh.chat.continues_chat_id), (vec!["user m4".to_owned()], None));
        assert!(matches!(history::get(tx, Id::generate(), 3), Err(Error::NotFound("user"))));
    });
}

#[test]
fn messages_are_paged_by_their_number() {
    testing::check(|tx| {
        let asha = user(tx, "+12025550101");
        let chat = talk(tx, asha.user_id, MOST, &["0", "1", "2", "3", "4"]).chat.chat_id;
        let mut page = PageRequest { limit: Limit::new(2).unwrap(), after: None };
        let mut read = Vec::new();
        loop {
            let (found, cost) = count_statements(tx, |tx| userchats::messages(tx, chat, page).unwrap());
            assert_eq!(cost, 1);
            read.extend(found.items.into_iter().map(|message| message.content.expose().to_owned()));
            page.after = match found.next {
                Some(next) => Some(next),
                None => break,
            };
        }
        assert_eq!(read, ["0", "1", "2", "3", "4"]);
        let beyond = PageRequest { after: Some(9), ..page };
        assert_eq!(userchats::messages(tx, chat, beyond).unwrap().items, []);
        assert!(matches!(userchats::messages(tx, ChatId::generate(), page), Err(Error::NotFound("chat"))));
    });
}

#[test]
fn chats_are_listed_newest_first_by_user_and_by_number() {
    testing::check(|tx| {
        let asha = user(tx, "+551191234567");
        let other = user(tx, "+12025550102");
        talk(tx, other.user_id, 1, &["x"]);
        talk(tx, asha.user_id, 1, &["a", "b", "c"]);
        let all: Vec<ChatId> = chats(tx, &asha).iter().map(|chat| chat.chat_id).collect();
        assert_eq!(all.len(), 3);
        let one = |after| PageRequest { limit: Limit::new(1).unwrap(), after };
        let (mut by_user, mut by_phone, mut next) = (vec![], vec![], (None, None));
        for _ in 0..3 {
            let page = userchats::list_for_user(tx, asha.user_id, None, one(next.0)).unwrap();
            let (found, cost) = count_statements(tx, |tx| {
                userchats::list_for_phone(tx, &phone("+5511991234567"), one(next.1)).unwrap()
            });
            assert_eq!(cost, 1);
            next = (page.next, found.next);
            by_user.extend(page.items.iter().map(|chat| chat.chat_id));
            by_phone.extend(found.items.iter().map(|chat| chat.chat_id));
        }
        assert_eq!((&by_user, &by_phone, next), (&all, &all, (None, None)));
        let active = userchats::list_for_user(tx, asha.user_id, Some(true), PageRequest::default()).unwrap();
        assert_eq!(active.items.iter().map(|chat| chat.message_count).collect::<Vec<_>>(), [1]);
        assert!(
            userchats::list_for_phone(tx, &phone("+12025550109"), PageRequest::default())
                .unwrap()
                .items
                .is_empty()
        );
    });
}

#[test]
fn an_id_that_is_in_use_makes_the_handle_try_another() {
    let test = TestDatabase::new();
    let database = test.database();
    let write = |number: &'static str| {
        database.write::<_, Error>("test", &Actor::system(), |tx| {
            let user = user(tx, number);
            userchats::keep(tx, user.user_id, MOST, &message(Role::User, "hi"))
        })
    };
    let first = write("+12025550101").unwrap().chat.chat_id;
    // The first id that is tried is one that is there.
    test.sabotage(&format!(
        "CREATE SEQUENCE public.tries; GRANT USAGE ON SEQUENCE public.tries TO PUBLIC; GRANT USAGE ON SCHEMA public TO PUBLIC;
         CREATE FUNCTION public.collide() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
             IF nextval('public.tries') = 1 THEN NEW.chat_id := '{first}'; END IF; RETURN NEW; END $$;
         CREATE TRIGGER collide BEFORE INSERT ON whatsapp.userchats FOR EACH ROW EXECUTE FUNCTION public.collide()"
    ));
    assert_ne!(write("+12025550102").unwrap().chat.chat_id, first);
    assert_eq!(value(&test, "SELECT last_value::text AS value FROM public.tries"), "2");
}

#[test]
fn old_chats_are_closed_as_the_requirements_statement_does() {
    testing::check(|tx| {
        let asha = user(tx, "+12025550101");
        talk(tx, asha.user_id, MOST, &["hi"]);
        let (none, cost) = count_statements(tx, |tx| userchats::deactivate(tx, 30).unwrap());
        assert_eq!((none, cost), (0, 1));
        execute(tx, "UPDATE whatsapp.userchats SET created_at = now() - interval '30 days 1 second'");
        assert_eq!(userchats::deactivate(tx, 30).unwrap(), 1);
        assert!(!chats(tx, &asha)[0].is_active);
        assert_eq!(userchats::deactivate(tx, 0).unwrap(), 0);
    });
}

#[test]
fn totals_are_those_of_the_requirements_statement_with_zero_for_nothing() {
    testing::check(|tx| {
        let (asha, bela) = (user(tx, "+12025550101"), user(tx, "+12025550102"));
        talk(tx, asha.user_id, 2, &["a", "b", "c"]);
        let (page, cost) = count_statements(tx, |tx| statistics::list(tx, PageRequest::default()).unwrap());
        let totals = |n: usize| {
            (page.items[n].user_id, page.items[n].totals.total_chats, page.items[n].totals.total_messages)
        };
        assert_eq!((totals(0), totals(1), cost), ((bela.user_id, 0, 0), (asha.user_id, 2, 3), 1));
        assert_eq!(statistics::for_user(tx, asha.user_id).unwrap(), page.items[1].totals);
        let first = statistics::list(tx, PageRequest { limit: Limit::new(1).unwrap(), after: None }).unwrap();
        let second =
            statistics::list(tx, PageRequest { limit: Limit::default(), after: first.next }).unwrap();
        assert_eq!(second.items[0].user_id, asha.user_id);
        assert!(matches!(statistics::for_user(tx, Id::generate()), Err(Error::NotFound("user"))));
    });
}

#[test]
fn a_thousand_chats_are_imported_by_one_statement() {
    testing::check(|tx| {
        let asha = user(tx, "+12025550101");
        let at = |second: i64| chrono::DateTime::from_timestamp(1_700_000_000 + second, 0).unwrap();
        let imported = |second| strongroom_repository::domain::whatsapp::imports::ImportedMessage {
            role: Role::User,
            content: MessageText::from_trusted(format!("m{second}")),
            timestamp: at(second),
        };
        let all: Vec<_> = (0..2_001).map(imported).collect();
        let (chats, cost) = count_statements(tx, |tx| insert(tx, asha.user_id, "file", 2, &all).unwrap());
        assert_eq!((chats, cost), (1_001, 2));
        let newest =
            userchats::list_for_user(tx, asha.user_id, None, PageRequest::default()).unwrap().items[0];
        assert_eq!((newest.is_active, newest.created_at, newest.updated_at), (false, at(2_000), at(2_000)));
        let before = userchats::get(tx, newest.continues_chat_id.unwrap()).unwrap();
        assert_eq!((before.created_at, before.updated_at), (at(1_998), at(1_999)));
        let (found, cost) = count_statements(tx, |tx| find(tx, asha.user_id, "file").unwrap());
        assert_eq!((found.is_known, cost), (true, 1));
        let other = find(tx, asha.user_id, "another").unwrap();
        assert!(!other.is_known && other.messages.without(all).is_empty());
    });
}
