//! Several messages, claims and erasures at the same moment.

use std::collections::BTreeSet;
use std::sync::Barrier;
use std::thread;

use domain::whatsapp::{InboundOutcome, Lease};
use domain::{Limit, PageRequest};
use repository::testing::TestDatabase;
use repository::{Actor, Database};
use strongroom_service::whatsapp::inbound_messages::{self, Received};
use strongroom_service::whatsapp::users::Lookup;
use strongroom_service::whatsapp::{Rules, userchats, users, waiting};
use strongroom_service::{Error, Result};

use crate::whatsapp_fixtures::{ASHA, phone, says};

fn deliver(database: &Database, sid: &str, from: &str, text: &str) -> Result<Received> {
    let message = says(sid, from, text);
    database.write("test", &Actor::system(), |tx| inbound_messages::receive(tx, &Rules::default(), &message))
}

fn at_once<T: Send>(callers: usize, call: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let start = Barrier::new(callers);
    thread::scope(|scope| {
        let callers: Vec<_> = (0..callers)
            .map(|n| {
                let (start, call) = (&start, &call);
                scope.spawn(move || {
                    start.wait();
                    call(n)
                })
            })
            .collect();
        callers.into_iter().map(|caller| caller.join().unwrap()).collect()
    })
}

fn read<T>(database: &Database, work: impl FnMut(&mut repository::Conn<'_>) -> Result<T>) -> T {
    database.read("test", &Actor::system(), work).unwrap()
}

#[test]
fn one_message_delivered_ten_times_is_kept_once_and_a_hundred_others_in_order() {
    let test = TestDatabase::new();
    let database = test.database();
    let received: Vec<Received> =
        at_once(5, |_| [0, 1].map(|_| deliver(&database, "SM1", ASHA, "What is Apache Spark?").unwrap()))
            .concat();
    assert_eq!(received.iter().filter(|received| !received.is_repeated).count(), 1);
    assert!(received.iter().all(|received| received.outcome == Some(InboundOutcome::Kept)));
    at_once(10, |n| {
        for m in 0..10 {
            deliver(&database, &format!("SMx{n}y{m}"), ASHA, "more").unwrap();
        }
    });
    let user = read(&database, |conn| users::lookup(conn, &Lookup::Phone(phone(ASHA))));
    let chats =
        read(&database, |conn| userchats::list(conn, user.user_id, None, PageRequest::default())).items;
    assert_eq!((chats.len(), chats[0].message_count), (1, 101));
    let all = PageRequest { limit: Limit::new(100).unwrap(), after: None };
    let messages = read(&database, |conn| Ok(userchats::messages(conn, chats[0].chat_id, all)?)).items;
    assert!(messages.windows(2).all(|pair| pair[0].timestamp < pair[1].timestamp));
    assert_eq!(read(&database, |conn| Ok(users::list(conn, None, PageRequest::default())?)).items.len(), 1);
}

#[test]
fn twenty_new_people_at_once_are_twenty() {
    let test = TestDatabase::new();
    let database = test.database();
    at_once(20, |n| {
        deliver(&database, &format!("SM{n}"), &format!("whatsapp:+120255501{n:02}"), "hi").unwrap()
    });
    assert_eq!(read(&database, |conn| Ok(users::list(conn, None, PageRequest::default())?)).items.len(), 20);
}

#[test]
fn no_two_agents_claim_one_chat() {
    let test = TestDatabase::new();
    let database = test.database();
    for n in 0..20 {
        deliver(&database, &format!("SM{n}"), &format!("whatsapp:+120255501{n:02}"), "hi").unwrap();
    }
    let claimed = at_once(8, |_| {
        let three = Limit::new(3).unwrap();
        database.write("test", &Actor::system(), |tx| waiting::claim(tx, three, Lease::default())).unwrap()
    });
    let chats: Vec<_> =
        claimed.iter().flat_map(|claim| claim.chats.iter().map(|waiting| waiting.chat.chat_id)).collect();
    assert_eq!(chats.iter().collect::<BTreeSet<_>>().len(), chats.len(), "each is claimed once");
    assert!(chats.len() >= 18, "{}", chats.len());
}

#[test]
fn two_users_become_one_while_both_go_on_writing() {
    let test = TestDatabase::new();
    let database = test.database();
    deliver(&database, "SMa", "whatsapp:US.77", "by id").unwrap();
    deliver(&database, "SMb", "whatsapp:+12025550123", "by number").unwrap();
    let kept = at_once(6, |n| {
        let form = match n % 3 {
            0 => format!("MessageSid=SM{n}&From=whatsapp:%2B12025550123&Body=x&ExternalUserId=US.77"),
            1 => format!("MessageSid=SM{n}&From=whatsapp:US.77&Body=x"),
            _ => format!("MessageSid=SM{n}&From=whatsapp:%2B12025550123&Body=x"),
        };
        let form = domain::whatsapp::Form::parse(form.as_bytes()).unwrap();
        let message = domain::whatsapp::InboundMessage::read(&form, None).unwrap();
        let receive =
            |tx: &mut repository::Tx<'_>| inbound_messages::receive(tx, &Rules::default(), &message);
        database.write::<_, Error>("test", &Actor::system(), receive).unwrap().outcome
    });
    assert!(kept.iter().all(|outcome| *outcome == Some(InboundOutcome::Kept)), "{kept:?}");
    let all = read(&database, |conn| Ok(users::list_totals(conn, PageRequest::default())?)).items;
    assert_eq!(all.iter().map(|user| user.totals.total_messages).collect::<Vec<_>>(), [8]);
}

#[test]
fn whoever_is_erased_while_writing_is_gone_or_new() {
    let test = TestDatabase::new();
    let database = test.database();
    for round in 0..20 {
        let user = deliver(&database, &format!("SMa{round}"), ASHA, "Zebulon").unwrap().customer_id.unwrap();
        at_once(2, |n| match n {
            0 => drop(deliver(&database, &format!("SMb{round}"), ASHA, "Quill").unwrap()),
            _ => drop(database.write("test", &Actor::system(), |tx| users::erase(tx, user, None)).unwrap()),
        });
        let opened = test.open_everything();
        assert!(!opened.iter().any(|(_, text)| text == "Zebulon"), "round {round}");
        test.sabotage("DELETE FROM whatsapp.users");
    }
}
