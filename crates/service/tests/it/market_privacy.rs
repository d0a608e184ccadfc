//! What is kept of a person, and how it goes.

use std::sync::Barrier;
use std::thread;

use domain::json::{self, JsonObject};
use domain::market::{BuyerChanges, BuyerLookup, ConversationChanges, NewMessage, Processed, phone_number};
use domain::{Email, Limit, Note, PageRequest, Place, PrivateJson, UserName};
use repository::market::kept::Kept;
use repository::platform::idempotency_keys::{self, Answer, Claim, Request};
use repository::testing::TestDatabase;
use repository::{Tx, testing};
use strongroom_service::market::{buyers, conversations, messages, products};
use strongroom_service::system::{self, Person};

use crate::fixtures::conflict;
use crate::market_world::{
    attempt, commit, conversation, named, new_conversation, new_message, product, told, wallapop, wrote,
};

fn private(text: &str) -> PrivateJson {
    let object: JsonObject = json::from_trusted(text).unwrap();
    PrivateJson::parse_small(&object).unwrap()
}

/// Juan, who bought one thing and asks for another, with everything that can name him.
struct Juan {
    buyer: domain::market::Buyer,
    bought: domain::market::Conversation,
    asks: domain::market::Conversation,
    message: domain::market::Message,
    claim: uuid::Uuid,
}

fn juan(tx: &mut Tx<'_>) -> Juan {
    let given = BuyerChanges { profile_data: Some(Some(private(r#"{"about":"Sants"}"#))), ..told() };
    let buyer = buyers::create_or_update(tx, &wallapop("buyer123"), &given).unwrap().0;
    let (sold, item) = (product(tx, "sold"), product(tx, "item"));
    let bought = conversation(tx, "chat455", &sold, &buyer);
    conversations::complete(tx, bought.id, None).unwrap();
    let asks = conversation(tx, "chat456", &item, &buyer);
    let meeting = ConversationChanges {
        meeting_location: Some(Some(Place::parse("Plaça de Sants").unwrap())),
        ..ConversationChanges::default()
    };
    conversations::update(tx, asks.id, None, meeting).unwrap();
    let new = NewMessage {
        wallapop_message_id: Some(wallapop("m1")),
        entities: Some(private(r#"{"person":"Juan"}"#)),
        ..new_message(Some(buyer.id), "Soy Juan, 612345678")
    };
    let message = messages::create(tx, asks.id, &new).unwrap().0;
    messages::create(tx, asks.id, &new_message(None, "Hola, Juan.")).unwrap();
    messages::failed(tx, message.id, None, &Note::parse("cannot parse: Juan").unwrap(), 0).unwrap();
    let claim = messages::claim(tx, 10, 60, 3).unwrap().claim_id;
    Juan { buyer: buyers::get(tx, buyer.id).unwrap(), bought, asks, message, claim }
}

#[test]
fn an_anonymous_buyer_keeps_the_figures_and_nothing_that_identifies() {
    testing::check(|tx| {
        let Juan { buyer, bought, asks, message, claim } = juan(tx);
        let changed = buyers::anonymise(tx, buyer.id).unwrap();
        let after = changed.value;
        assert_eq!(after, buyers::get(tx, buyer.id).unwrap());
        assert_eq!(after.username.expose(), format!("anonymous_{}", buyer.id));
        assert_eq!(after.wallapop_user_id.as_str(), format!("anonymous_{}", buyer.id.uuid().simple()));
        assert_eq!((after.display_name, after.phone, after.email), (None, None, None));
        assert_eq!(after.profile_data.as_ref().map(PrivateJson::expose), Some("{}"));
        assert_eq!(after.completed_purchases, buyer.completed_purchases);
        assert_eq!((after.row_version, after.anonymised_at), (buyer.row_version + 1, Some(tx.now)));
        let states: Vec<_> = changed.stale.state_keys().collect();
        assert!(states.contains(&"chat456".to_owned()) && states.contains(&bought.id.to_string()));

        let chat = conversations::get(tx, asks.id).unwrap();
        assert_eq!((chat.status.as_str(), chat.meeting_location), ("cancelled", None));
        assert_eq!(chat.closed_reason.map(|reason| reason.as_str()), Some("anonymised"));
        assert_eq!(chat.wallapop_chat_id.as_str(), format!("anonymous_{}", asks.id.uuid().simple()));
        assert_eq!(chat.message_count, 2);
        assert_eq!(conversations::get(tx, bought.id).unwrap().status.as_str(), "completed");
        assert!(conversations::get_by_chat_id(tx, &wallapop("chat456")).is_err());

        let removed = messages::get(tx, message.id).unwrap();
        assert_eq!(removed.content.expose(), "[removed]");
        assert_eq!(
            (removed.wallapop_message_id, removed.entities, removed.processing_error),
            (None, None, None)
        );
        assert!(removed.is_processed && removed.created_at == message.created_at);
        let page = messages::list_for_conversation(tx, asks.id, PageRequest::default()).unwrap();
        assert!(page.items.iter().all(|message| message.content.expose() == "[removed]"));

        // A worker that still had the message brings nothing back.
        let late = Processed { entities: Some(private(r#"{"person":"Juan"}"#)), ..Processed::default() };
        assert_eq!(messages::processed(tx, message.id, Some(claim), &late).unwrap().entities, None);
        let failed = messages::failed(tx, message.id, Some(claim), &Note::parse("Juan").unwrap(), 0);
        assert_eq!(conflict(failed), "claim_lost");
    });
}

#[test]
fn an_anonymous_buyer_is_found_by_nothing_and_takes_nothing_more() {
    testing::check(|tx| {
        let Juan { buyer, asks, .. } = juan(tx);
        let once = buyers::anonymise(tx, buyer.id).unwrap().value;
        assert_eq!(buyers::anonymise(tx, buyer.id).unwrap().value, once);
        for lookup in [
            BuyerLookup::Username(UserName::parse("juan_comprador").unwrap()),
            BuyerLookup::Phone(phone_number("612345678").unwrap()),
            BuyerLookup::Email(Email::parse("juan@correo.example").unwrap()),
            BuyerLookup::WallapopUserId(wallapop("buyer123")),
        ] {
            assert!(buyers::lookup(tx, &lookup).unwrap().is_empty(), "{lookup:?}");
        }
        assert_eq!(conflict(buyers::update(tx, buyer.id, None, &told())), "buyer_anonymised");
        let by_its_new_id = buyers::create_or_update(tx, &once.wallapop_user_id, &told());
        assert_eq!(conflict(by_its_new_id.map(|made| made.0)), "buyer_anonymised");
        let written = messages::create(tx, asks.id, &new_message(Some(buyer.id), "Soy Juan"));
        assert_eq!(conflict(written.map(|made| made.0)), "buyer_anonymised");
        assert_eq!(conflict(conversations::reopen(tx, asks.id)), "buyer_anonymised");
        let item = product(tx, "another");
        let begun = conversations::create(tx, &new_conversation("c", &item, &once)).map(|made| made.0);
        assert_eq!(conflict(begun), "buyer_anonymised");

        let (new, is_new) = buyers::create_or_update(tx, &wallapop("buyer123"), &told()).unwrap();
        assert!(is_new && new.id != buyer.id);
    });
}

#[test]
fn everything_that_is_kept_of_a_buyer_is_shown() {
    testing::check(|tx| {
        let Juan { buyer, bought, asks, .. } = juan(tx);
        products::delete(tx, asks.product_id, None).unwrap();
        let mut page = PageRequest { limit: Limit::new(2).unwrap(), after: None };
        let mut shown = Vec::new();
        loop {
            let found = buyers::data(tx, buyer.id, page).unwrap();
            shown.extend(found.items);
            page.after = found.next;
            if page.after.is_none() {
                break;
            }
        }
        assert_eq!(shown.len(), 5);
        assert!(shown.contains(&Kept::Buyer(Box::new(buyer))));
        let of_kind = |test: fn(&Kept) -> bool| shown.iter().filter(|kept| test(kept)).count();
        assert_eq!(of_kind(|kept| matches!(kept, Kept::Conversation(_))), 2);
        assert_eq!(of_kind(|kept| matches!(kept, Kept::Message(_))), 2);
        let _ = bought;
    });
}

#[test]
fn an_erasure_removes_the_buyer_and_what_was_said() {
    let test = TestDatabase::new();
    let database = test.database();
    let buyer = commit(&database, |tx| juan(tx).buyer);
    commit(&database, |tx| {
        let other = crate::market_world::buyer(tx, "other");
        let item = product(tx, "third");
        let chat = conversation(tx, "c-other", &item, &other);
        wrote(tx, &chat, "¡Hola!");
    });
    commit(&database, |tx| buyers::delete(tx, buyer.id, None).unwrap());
    let erased = commit(&database, |tx| buyers::erase(tx, buyer.id, None).unwrap());
    let counts =
        ["buyers", "conversations", "messages", "idempotency_keys"].map(|table| erased.value.count(table));
    assert_eq!(counts, [1, 2, 2, 0]);
    assert_eq!(erased.stale.state_keys().count(), 4);
    assert!(attempt(&database, |tx| buyers::erase(tx, buyer.id, None)).is_err());
    let opened = test.open_everything();
    assert!(opened.iter().any(|(_, text)| text == "¡Hola!"), "others keep what is theirs");
    assert!(!opened.iter().any(|(_, text)| text.to_lowercase().contains("juan")), "{opened:?}");
}

/// Keeps an answer for an idempotency key, with this body.
fn keep_answer(tx: &mut Tx<'_>, key: &str, body: &str) {
    let Claim::Free(slot) = claim_key(tx, key) else { panic!("the key {key} is used") };
    let answer = Answer { status: 201, location: None, etag: None, body: body.to_owned() };
    idempotency_keys::store(tx, &slot, &answer).unwrap();
}

fn claim_key(tx: &mut Tx<'_>, key: &str) -> Claim {
    let request = Request { key, method: "POST", path: "/v1/market/messages/claim", query: "", body: b"" };
    idempotency_keys::claim(tx, &request).unwrap()
}

#[test]
fn answers_that_were_kept_are_forgotten() {
    testing::check(|tx| {
        let Juan { buyer, asks, message, .. } = juan(tx);
        let about = [
            ("buyer", buyer.id.to_string()),
            ("conversation", asks.id.to_string()),
            ("message", message.id.to_string()),
            ("nobody", asks.product_id.to_string()),
        ];
        let keep = |tx: &mut Tx<'_>, round: &str| {
            about.iter().for_each(|(key, id)| {
                keep_answer(tx, &format!("{round} {key}"), &format!("{{\"id\":\"{id}\"}}"))
            });
        };
        let kept = |tx: &mut Tx<'_>, round: &str| -> Vec<&str> {
            let is_kept = |(key, _): &&(&str, String)| {
                matches!(claim_key(tx, &format!("{round} {key}")), Claim::Answered(_))
            };
            about.iter().filter(is_kept).map(|(key, _)| *key).collect()
        };
        keep(tx, "first");
        buyers::anonymise(tx, buyer.id).unwrap();
        assert_eq!(kept(tx, "first"), ["nobody"]);
        keep(tx, "second");
        let erased = buyers::erase(tx, buyer.id, None).unwrap().value;
        assert_eq!((erased.count("idempotency_keys"), kept(tx, "second")), (3, vec!["nobody"]));
    });
}

#[test]
fn an_erased_product_takes_its_conversations_along() {
    testing::check(|tx| {
        let Juan { buyer, asks, .. } = juan(tx);
        let erased = products::erase(tx, asks.product_id, None).unwrap().value;
        let counts = ["products", "conversations", "messages"].map(|table| erased.count(table));
        assert_eq!(counts, [1, 1, 2]);
        assert!(conversations::get(tx, asks.id).is_err());
        assert_eq!(buyers::get(tx, buyer.id).unwrap().total_conversations, buyer.total_conversations);
    });
}

#[test]
fn a_person_is_erased_by_id_number_or_address() {
    testing::check(|tx| {
        let erase = |tx: &mut Tx<'_>, person: &Person| {
            (system::find("market").unwrap().erase)(tx, person).unwrap().count("buyers")
        };
        let phone = phone_number("612345678").unwrap();
        let email = Email::parse("juan@correo.example").unwrap();
        for (n, person) in [Person::Phone(phone), Person::Email(email)].iter().enumerate() {
            let first = buyers::create_or_update(tx, &wallapop(&format!("{n}a")), &told()).unwrap().0;
            buyers::create_or_update(tx, &wallapop(&format!("{n}b")), &told()).unwrap();
            buyers::delete(tx, first.id, None).unwrap();
            assert_eq!(erase(tx, person), 2, "deleted ones too");
            assert_eq!(erase(tx, person), 0);
        }
        let one = buyers::create_or_update(tx, &wallapop("c"), &named("juan")).unwrap().0;
        assert_eq!(erase(tx, &Person::Id(one.id.uuid())), 1);
    });
}

/// Messages that come while a buyer is anonymised are overwritten or refused.
#[test]
fn nothing_opens_to_the_person_whatever_came_at_once() {
    const WRITERS: usize = 4;
    let test = TestDatabase::new();
    let database = test.database();
    for round in 0..10 {
        let (buyer, chat) = commit(&database, |tx| {
            let given = BuyerChanges { username: told().username, ..BuyerChanges::default() };
            let buyer = buyers::create_or_update(tx, &wallapop(&format!("b{round}")), &given).unwrap().0;
            let item = product(tx, &format!("p{round}"));
            let chat = conversation(tx, &format!("c{round}"), &item, &buyer);
            (buyer, chat)
        });
        let start = Barrier::new(WRITERS + 1);
        thread::scope(|scope| {
            for _ in 0..WRITERS {
                scope.spawn(|| {
                    start.wait();
                    for _ in 0..5 {
                        let new = new_message(Some(buyer.id), "Soy Juan");
                        let _ = attempt(&database, |tx| messages::create(tx, chat.id, &new));
                    }
                });
            }
            start.wait();
            commit(&database, |tx| buyers::anonymise(tx, buyer.id).unwrap());
        });
    }
    let opened = test.open_everything();
    assert!(!opened.iter().any(|(_, text)| text.to_lowercase().contains("juan")), "{opened:?}");
}
