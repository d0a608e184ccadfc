//! Conversations, from the first message to the sale.

use domain::market::products::price;
use domain::market::{
    ConversationChanges, ConversationFilter, ConversationStatus, MessageType, ProductChanges, ProductStatus,
};
use domain::{Currency, PageRequest, Place, Sentiment};
use repository::{Error as RepositoryError, Tx, testing};
use strongroom_service::Error;
use strongroom_service::market::{buyers, conversations, messages, products};

use crate::fixtures::{conflict, violation};
use crate::market_world::{
    buyer, conversation, new_conversation, new_message, new_product, product, talk, wallapop, wrote,
};

#[test]
fn a_pair_has_one_active_conversation() {
    testing::check(|tx| {
        let (item, person) = (product(tx, "12345"), buyer(tx, "buyer123"));
        let (chat, is_new) = conversations::create(tx, &new_conversation("chat456", &item, &person)).unwrap();
        assert!(is_new && chat.status == ConversationStatus::Active);
        assert_eq!(buyers::get(tx, person.id).unwrap().total_conversations.get(), 1);
        let (again, is_new) =
            conversations::create(tx, &new_conversation("chat457", &item, &person)).unwrap();
        assert_eq!((again, is_new), (chat.clone(), false));
        assert_eq!(buyers::get(tx, person.id).unwrap().total_conversations.get(), 1);

        let other = buyer(tx, "other");
        let taken = conversations::create(tx, &new_conversation("chat456", &item, &other)).map(|made| made.0);
        let Err(Error::Repository(RepositoryError::Conflict { existing, .. })) = taken else {
            panic!("a conflict, not {taken:?}");
        };
        assert_eq!(existing, Some(chat.id.uuid()));
        assert_eq!(conversations::get_by_chat_id(tx, &wallapop("chat456")).unwrap(), chat);
    });
}

#[test]
fn a_conversation_begins_only_where_something_can_come_of_it() {
    testing::check(|tx| {
        let (item, person) = (product(tx, "1"), buyer(tx, "1"));
        let begin = |tx: &mut Tx<'_>, chat: &str| {
            conversations::create(tx, &new_conversation(chat, &item, &person)).map(|made| made.0)
        };
        buyers::block(tx, person.id).unwrap();
        assert_eq!(conflict(begin(tx, "a")), "buyer_blocked");
        buyers::unblock(tx, person.id).unwrap();
        let reserved = ProductChanges { status: Some(ProductStatus::Reserved), ..ProductChanges::default() };
        products::update(tx, item.id, None, reserved).unwrap();
        assert_eq!(conflict(begin(tx, "a")), "product_not_available");
        products::delete(tx, item.id, None).unwrap();
        assert_eq!(violation(begin(tx, "a")), ("/product_id".to_owned(), "unknown_product"));
        products::restore(tx, item.id).unwrap();
        buyers::delete(tx, person.id, None).unwrap();
        assert_eq!(violation(begin(tx, "a")), ("/buyer_id".to_owned(), "unknown_buyer"));
    });
}

#[test]
fn a_sale_completes_one_and_cancels_the_others() {
    testing::check(|tx| {
        let (item, winner, chat) = talk(tx, "1");
        let rival = buyer(tx, "rival");
        let lost = conversation(tx, "c-2", &item, &rival);
        let changed = conversations::complete(tx, chat.id, Some(price("600").unwrap())).unwrap();
        let completed = changed.value;
        assert_eq!((completed.status, completed.completed_at), (ConversationStatus::Completed, Some(tx.now)));
        assert_eq!(completed.negotiated_price.map(|price| price.to_string()).as_deref(), Some("600.00"));
        assert_eq!(changed.stale.state_keys().count(), 4);
        let sold = products::get(tx, item.id).unwrap();
        assert_eq!((sold.status, sold.sold_at), (ProductStatus::Sold, Some(tx.now)));
        let lost = conversations::get(tx, lost.id).unwrap();
        assert_eq!(lost.closed_reason.map(|reason| reason.as_str()), Some("sold_to_other"));
        let counts = |tx: &mut Tx<'_>, id| {
            let buyer = buyers::get(tx, id).unwrap();
            (buyer.completed_purchases.get(), buyer.cancelled_conversations.get())
        };
        assert_eq!((counts(tx, winner.id), counts(tx, rival.id)), ((1, 0), (0, 0)));

        let again = conversations::complete(tx, chat.id, None).unwrap().value;
        assert_eq!(again, completed);
        let refused = conversations::complete(tx, lost.id, None).map(|changed| changed.value);
        assert_eq!(conflict(refused), "conversation_not_active");
        for outcome in [conversations::cancel(tx, chat.id), conversations::block(tx, chat.id)] {
            assert_eq!(conflict(outcome.map(|changed| changed.value)), "conversation_not_active");
        }
        assert_eq!(counts(tx, winner.id), (1, 0));
    });
}

#[test]
fn only_an_active_conversation_changes() {
    testing::check(|tx| {
        let (_, _, chat) = talk(tx, "1");
        let changes = ConversationChanges {
            negotiated_price: Some(Some(price("600").unwrap())),
            meeting_location: Some(Some(Place::parse("Sants").unwrap())),
            sentiment_score: Some(Some(Sentiment::new(-0.5).unwrap())),
            ..ConversationChanges::default()
        };
        let changed = conversations::update(tx, chat.id, Some(1), changes.clone()).unwrap();
        assert_eq!(changed.meeting_location, Some(Place::parse("Sants").unwrap()));
        assert_eq!((changed.row_version, conversations::get(tx, chat.id).unwrap()), (2, changed.clone()));
        let cleared = ConversationChanges { meeting_location: Some(None), ..ConversationChanges::default() };
        let cleared = conversations::update(tx, chat.id, None, cleared).unwrap();
        assert_eq!((cleared.meeting_location, cleared.negotiated_price), (None, changed.negotiated_price));
        let stale = conversations::update(tx, chat.id, Some(1), changes.clone());
        assert!(
            matches!(stale, Err(Error::Repository(RepositoryError::StaleVersion { current: 3 }))),
            "{stale:?}"
        );
        conversations::cancel(tx, chat.id).unwrap();
        assert_eq!(conflict(conversations::update(tx, chat.id, None, changes)), "conversation_not_active");
    });
}

#[test]
fn a_price_is_agreed_on_in_the_products_currency() {
    testing::check(|tx| {
        let yen =
            domain::market::NewProduct { currency: Currency::parse("JPY").unwrap(), ..new_product("1") };
        let (item, person) = (products::create(tx, yen).unwrap(), buyer(tx, "1"));
        let chat = conversation(tx, "c", &item, &person);
        let odd = Some(price("10.50").unwrap());
        let refused = conversations::complete(tx, chat.id, odd).map(|changed| changed.value);
        assert_eq!(violation(refused), ("/negotiated_price".to_owned(), "too_many_decimals"));
        let changes = ConversationChanges { negotiated_price: Some(odd), ..ConversationChanges::default() };
        assert_eq!(violation(conversations::update(tx, chat.id, None, changes)).1, "too_many_decimals");
    });
}

/// A marketplace keeps one chat id for a buyer and a thing for ever.
#[test]
fn a_cancelled_chat_goes_on_under_its_id() {
    testing::check(|tx| {
        let (item, person) = (product(tx, "p"), buyer(tx, "b"));
        let new = new_conversation("c-77", &item, &person);
        let chat = conversations::create(tx, &new).unwrap().0;
        conversations::cancel(tx, chat.id).unwrap();
        assert_eq!(buyers::get(tx, person.id).unwrap().cancelled_conversations.get(), 1);

        let (found, is_new) = conversations::create(tx, &new).unwrap();
        assert_eq!((found.id, found.status, is_new), (chat.id, ConversationStatus::Cancelled, false));
        let message = wrote(tx, &chat, "¿Sigue disponible?");
        let after = conversations::get(tx, chat.id).unwrap();
        assert_eq!((after.status, after.message_count), (ConversationStatus::Cancelled, 1));
        assert_eq!(messages::claim(tx, 10, 60, 3).unwrap().messages[0].id, message.id);

        let open = conversations::reopen(tx, chat.id).unwrap();
        assert_eq!(open.status, ConversationStatus::Active);
        assert_eq!(buyers::get(tx, person.id).unwrap().cancelled_conversations.get(), 0);
        assert_eq!(conversations::reopen(tx, chat.id).unwrap(), open);
        assert_eq!(buyers::get(tx, person.id).unwrap().cancelled_conversations.get(), 0);

        conversations::cancel(tx, chat.id).unwrap();
        let sold = ProductChanges { status: Some(ProductStatus::Sold), ..ProductChanges::default() };
        products::update(tx, item.id, None, sold).unwrap();
        assert_eq!(conflict(conversations::reopen(tx, chat.id)), "product_not_available");
        wrote(tx, &chat, "¡Qué lástima!");
        assert_eq!(conversations::create(tx, &new).unwrap().0.id, chat.id);
    });
}

#[test]
fn reopening_needs_product_buyer_and_pair_to_allow_it() {
    testing::check(|tx| {
        let (item, person, chat) = talk(tx, "1");
        conversations::cancel(tx, chat.id).unwrap();
        let other = conversation(tx, "c-2", &item, &person);
        let taken = conversations::reopen(tx, chat.id);
        assert!(
            matches!(&taken, Err(Error::Repository(RepositoryError::Conflict { existing: Some(existing), .. }))
                     if *existing == other.id.uuid()),
            "{taken:?}"
        );
        buyers::block(tx, person.id).unwrap();
        assert_eq!(conflict(conversations::reopen(tx, chat.id)), "buyer_blocked");
        assert_eq!(conflict(conversations::reopen(tx, other.id)), "conversation_not_active");
        buyers::unblock(tx, person.id).unwrap();
        let reserved = ProductChanges { status: Some(ProductStatus::Reserved), ..ProductChanges::default() };
        products::update(tx, item.id, None, reserved).unwrap();
        assert_eq!(conversations::reopen(tx, chat.id).unwrap().status, ConversationStatus::Active);
    });
}

#[test]
fn a_cancellation_that_counted_against_nobody_takes_nothing_back() {
    testing::check(|tx| {
        let (_, person, chat) = talk(tx, "1");
        testing::execute(
            tx,
            "UPDATE market.conversations SET status = 'cancelled', closed_reason = 'sold_to_other'",
        );
        let open = conversations::reopen(tx, chat.id).unwrap();
        assert_eq!((open.status, open.closed_reason), (ConversationStatus::Active, None));
        assert_eq!(buyers::get(tx, person.id).unwrap().cancelled_conversations.get(), 0);
    });
}

#[test]
fn blocking_a_conversation_blocks_the_buyer() {
    testing::check(|tx| {
        let (_, person, chat) = talk(tx, "1");
        let elsewhere = product(tx, "elsewhere");
        let second = conversation(tx, "c-2", &elsewhere, &person);
        let blocked = conversations::block(tx, chat.id).unwrap().value;
        assert_eq!(blocked.status, ConversationStatus::Blocked);
        assert_eq!(conversations::get(tx, second.id).unwrap().status, ConversationStatus::Blocked);
        assert!(buyers::get(tx, person.id).unwrap().is_blocked);
        assert_eq!(conversations::block(tx, chat.id).unwrap().value, blocked);
    });
}

#[test]
fn lists_leave_out_what_is_archived_or_hidden() {
    testing::check(|tx| {
        let (item, person, chat) = talk(tx, "1");
        let (_, _, other) = talk(tx, "2");
        let list = |tx: &mut Tx<'_>, filter: ConversationFilter| -> Vec<_> {
            let page = conversations::list(tx, &filter, PageRequest::default()).unwrap();
            page.items.into_iter().map(|chat| chat.id).collect()
        };
        let all = ConversationFilter::default;
        assert_eq!(list(tx, all()), [other.id, chat.id]);
        assert_eq!(list(tx, ConversationFilter { product_id: Some(item.id), ..all() }), [chat.id]);
        assert_eq!(list(tx, ConversationFilter { buyer_id: Some(person.id), ..all() }), [chat.id]);
        conversations::complete(tx, chat.id, None).unwrap();
        let completed = || ConversationFilter { status: Some(ConversationStatus::Completed), ..all() };
        assert_eq!(list(tx, completed()), [chat.id]);
        testing::execute(
            tx,
            "UPDATE market.conversations SET archived_at = now() WHERE status = 'completed'",
        );
        assert_eq!(list(tx, completed()), []);
        assert_eq!(list(tx, ConversationFilter { archived: true, ..completed() }), [chat.id]);
        products::delete(tx, item.id, None).unwrap();
        assert_eq!(list(tx, ConversationFilter { archived: true, ..all() }), [other.id]);
    });
}

#[test]
fn reading_marks_what_the_buyer_wrote() {
    testing::check(|tx| {
        let (_, _, chat) = talk(tx, "1");
        wrote(tx, &chat, "¡Hola!");
        wrote(tx, &chat, "¿Hola?");
        let answer = messages::create(tx, chat.id, &new_message(None, "Dime.")).unwrap().0;
        assert_eq!(answer.message_type, MessageType::BotMessage);
        assert_eq!(conversations::mark_read(tx, chat.id).unwrap(), 2);
        assert_eq!(conversations::mark_read(tx, chat.id).unwrap(), 0);
        assert!(!messages::get(tx, answer.id).unwrap().is_read);
    });
}
