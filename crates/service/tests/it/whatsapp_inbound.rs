//! Messages that are delivered: whose they are, and what becomes of them.

use domain::PageRequest;
use domain::whatsapp::{InboundOutcome, NewUser, Sender, UserChanges};
use repository::testing;
use repository::whatsapp::users as stored;
use strongroom_service::whatsapp::users::{self, Lookup};
use strongroom_service::whatsapp::{Rules, inbound_messages, userchats, waiting};

use crate::whatsapp_fixtures::{
    ASHA, THREE, answer, asha, count_statements, history, inbound, phone, receive, says, texts,
};

fn new_user(number: &str) -> NewUser {
    NewUser { sender: Sender::of_phone(phone(number)), email: None, full_name: None, full_name_is_set: false }
}

#[test]
fn a_message_makes_user_and_chat_and_its_repetition_changes_nothing() {
    testing::check(|tx| {
        let message = says("SM1", ASHA, "What is Apache Spark?");
        let first = inbound_messages::receive(tx, &THREE, &message).unwrap();
        assert_eq!((first.outcome, first.is_repeated), (Some(InboundOutcome::Kept), false));
        for _ in 0..3 {
            let again = inbound_messages::receive(tx, &THREE, &message).unwrap();
            assert_eq!((again.outcome, again.is_repeated, again.message), (first.outcome, true, None));
            assert_eq!((again.customer_id, again.chat_id), (first.customer_id, first.chat_id));
        }
        assert_eq!(texts(tx, first.chat_id.unwrap()), ["What is Apache Spark?"]);
        let totals = users::totals(tx, first.customer_id.unwrap()).unwrap();
        assert_eq!((totals.total_chats, totals.total_messages), (1, 1));
    });
}

#[test]
fn a_message_costs_no_more_statements_than_it_may() {
    testing::check(|tx| {
        let mut cost = |sid: &str, text: &str, name: &str| {
            let message = inbound(sid, ASHA, &format!("Body={text}&ProfileName={name}"));
            count_statements(tx, |tx| inbound_messages::receive(tx, &THREE, &message).unwrap()).1
        };
        assert_eq!(cost("SM1", "m1", "Asha"), 6, "a new person");
        assert_eq!(cost("SM2", "m2", "Asha"), 4, "a message");
        assert_eq!(cost("SM2", "m2", "Asha"), 2, "a repetition");
        assert_eq!(cost("SM3", "m3", "A."), 5, "a new name");
        assert_eq!(cost("SM4", "m4", "A."), 5, "a roll-over");
        assert_eq!(cost("SM5", "clear", "A."), 4, "a command");
        assert_eq!(cost("SM6", "m5", "A."), 5, "a new chat");
    });
}

#[test]
fn history_holds_the_newest_messages_across_a_roll_over_and_nothing_from_before_a_clear() {
    testing::check(|tx| {
        let rules = Rules::default();
        for n in 1..=201 {
            inbound_messages::receive(tx, &rules, &says(&format!("SM{n}"), ASHA, &format!("m{n}"))).unwrap();
        }
        let user = asha(tx).user_id;
        let newest = |tx: &mut _| {
            let history = userchats::history(tx, &rules, user, None).unwrap();
            history.iter().map(|(_, text)| text.expose().to_owned()).collect::<Vec<_>>()
        };
        let expected: Vec<String> = (192..=201).map(|n| format!("m{n}")).collect();
        assert_eq!(newest(tx), expected);
        inbound_messages::receive(tx, &rules, &says("SM202", ASHA, "clear")).unwrap();
        inbound_messages::receive(tx, &rules, &says("SM203", ASHA, "again")).unwrap();
        assert_eq!(newest(tx), ["again"]);
    });
}

#[test]
fn a_full_chat_is_continued_and_takes_answers_under_its_old_name() {
    testing::check(|tx| {
        let first = receive(tx, "SM1", "m1").chat_id.unwrap();
        answer(tx, first, "a1").unwrap();
        receive(tx, "SM2", "m2");
        let second = receive(tx, "SM3", "m3").chat_id.unwrap();
        let chats = [first, second].map(|id| userchats::get(tx, id).unwrap());
        assert_eq!(chats.map(|chat| (chat.is_active, chat.message_count)), [(false, 3), (true, 1)]);
        assert_eq!(chats[1].continues_chat_id, Some(first));
        let user = asha(tx).user_id;
        assert_eq!(history(tx, user), ["a1", "m2", "m3"]);
        let answered = answer(tx, first, "a2").unwrap();
        assert_eq!((answered.chat.chat_id, answered.chat.message_count), (second, 2));
    });
}

#[test]
fn a_command_closes_the_chat_and_is_not_kept() {
    testing::check(|tx| {
        let nothing_there = receive(tx, "SM0", "reset");
        assert_eq!((nothing_there.outcome, nothing_there.chat_id), (Some(InboundOutcome::Command), None));
        let before = receive(tx, "SM1", "hi").chat_id.unwrap();
        let cleared = receive(tx, "SM2", " Start OVER ");
        assert_eq!((cleared.outcome, cleared.message), (Some(InboundOutcome::Command), None));
        let chat = userchats::get(tx, before).unwrap();
        assert_eq!((chat.is_active, texts(tx, before)), (false, vec!["hi".to_owned()]));
        let after = receive(tx, "SM3", "again").chat_id.unwrap();
        assert!(receive(tx, "SM2", " Start OVER ").is_repeated);
        let chat = userchats::get(tx, after).unwrap();
        assert_eq!((chat.is_active, chat.continues_chat_id), (true, None), "the repetition closed nothing");
        let user = asha(tx).user_id;
        assert_eq!(history(tx, user), ["again"]);
    });
}

#[test]
fn a_reaction_leaves_nothing_and_a_picture_waits_like_a_text() {
    testing::check(|tx| {
        let (reaction, cost) = count_statements(tx, |tx| {
            inbound_messages::receive(tx, &THREE, &inbound("SM1", ASHA, "Body=&NumMedia=0")).unwrap()
        });
        assert_eq!((reaction.outcome, reaction.customer_id, cost), (None, None, 0));
        assert!(users::find(tx, &Lookup::Phone(phone(ASHA))).unwrap().is_none());
        let picture = inbound("SM2", ASHA, "Body=&NumMedia=1&MediaContentType0=image/jpeg&ProfileName=Asha");
        inbound_messages::receive(tx, &THREE, &picture).unwrap();
        let place = inbound("SM3", ASHA, "Body=&NumMedia=0&Latitude=19.07&Longitude=72.87");
        inbound_messages::receive(tx, &THREE, &place).unwrap();
        let waiting = waiting::list(tx, PageRequest::default()).unwrap().items;
        let unanswered: Vec<_> =
            waiting[0].unanswered.iter().map(|message| message.content.expose()).collect();
        assert_eq!(unanswered, ["[image/jpeg]", "[location]"]);
        assert_eq!(asha(tx).full_name.unwrap().expose(), "Asha", "no name wipes none");
    });
}

#[test]
fn what_an_inactive_person_writes_is_ignored() {
    testing::check(|tx| {
        receive(tx, "SM1", "hi");
        let user = asha(tx);
        let off = UserChanges { is_active: Some(false), ..UserChanges::default() };
        users::update(tx, user.user_id, None, off).unwrap();
        let ignored =
            inbound_messages::receive(tx, &THREE, &inbound("SM2", ASHA, "Body=more&ProfileName=New"))
                .unwrap();
        assert_eq!((ignored.outcome, ignored.chat_id), (Some(InboundOutcome::Ignored), None));
        assert_eq!(receive(tx, "SM2", "more").outcome, Some(InboundOutcome::Ignored));
        assert_eq!(users::totals(tx, user.user_id).unwrap().total_messages, 1);
        assert_eq!(asha(tx).full_name, None);
    });
}

#[test]
fn a_deleted_persons_number_makes_a_new_user() {
    testing::check(|tx| {
        let before = receive(tx, "SM1", "hi").customer_id.unwrap();
        users::delete(tx, before, None).unwrap();
        let after = receive(tx, "SM2", "hi").customer_id.unwrap();
        assert_ne!(before, after);
        assert!(matches!(users::restore(tx, before), Err(repository::Error::RestoreConflict { .. })));
    });
}

#[test]
fn the_number_that_whatsapp_delivers_is_kept_for_sending() {
    testing::check(|tx| {
        let (dialled, _) = users::find_or_create(tx, phone("+5521991234567"), None, None).unwrap();
        let received =
            inbound_messages::receive(tx, &THREE, &says("SM1", "whatsapp:+552191234567", "oi")).unwrap();
        assert_eq!(received.customer_id, Some(dialled.user_id));
        let now = users::get(tx, dialled.user_id).unwrap();
        assert_eq!(now.phone_number.unwrap().expose(), "+552191234567");
        let landline =
            inbound_messages::receive(tx, &THREE, &says("SM2", "whatsapp:+552131234567", "oi")).unwrap();
        assert_ne!(landline.customer_id, Some(dialled.user_id));
    });
}

#[test]
fn two_users_of_two_spellings_are_never_made_one() {
    testing::check(|tx| {
        for number in ["+551191234567", "+5511991234567"] {
            users::create(tx, new_user(number)).unwrap();
        }
        let received =
            inbound_messages::receive(tx, &THREE, &says("SM1", "whatsapp:+5511991234567", "oi")).unwrap();
        let people = users::list(tx, None, PageRequest::default()).unwrap().items;
        assert_eq!(people.len(), 2);
        let exact = people.iter().find(|user| user.phone_number == Some(phone("+5511991234567"))).unwrap();
        assert_eq!(received.customer_id, Some(exact.user_id));
    });
}

#[test]
fn somebody_without_a_number_is_known_by_the_id_and_the_number_is_filled_in_later() {
    testing::check(|tx| {
        let hidden = "MessageSid=SM1&From=whatsapp:US.1234567890123456789&Body=hello&ExternalUserId=US.1234567890123456789";
        let form = domain::whatsapp::Form::parse(hidden.as_bytes()).unwrap();
        let message = domain::whatsapp::InboundMessage::read(&form, None).unwrap();
        let first = inbound_messages::receive(tx, &THREE, &message).unwrap();
        let user = users::get(tx, first.customer_id.unwrap()).unwrap();
        assert_eq!((user.phone_number, user.whatsapp_id.unwrap().expose()), (None, "US.1234567890123456789"));
        let shown =
            inbound("SM2", "whatsapp:+12025550123", "Body=again&ExternalUserId=US.1234567890123456789");
        let second = inbound_messages::receive(tx, &THREE, &shown).unwrap();
        assert_eq!((second.customer_id, second.chat_id), (first.customer_id, first.chat_id));
        let user = users::get(tx, first.customer_id.unwrap()).unwrap();
        assert_eq!(user.phone_number.unwrap().expose(), "+12025550123");
    });
}

#[test]
fn a_number_and_an_id_of_two_users_make_them_one_and_lose_no_message() {
    testing::check(|tx| {
        let by_id = inbound_messages::receive(tx, &THREE, &says("SM1", "whatsapp:US.77", "by id")).unwrap();
        let by_number =
            inbound_messages::receive(tx, &THREE, &says("SM2", "whatsapp:+12025550123", "by number"))
                .unwrap();
        assert_ne!(by_id.customer_id, by_number.customer_id);
        let both = inbound("SM3", "whatsapp:+12025550123", "Body=both&ExternalUserId=US.77");
        let received = inbound_messages::receive(tx, &THREE, &both).unwrap();
        assert_eq!(
            (received.customer_id, received.chat_id),
            (by_id.customer_id, by_id.chat_id),
            "the older one"
        );
        assert_eq!(history(tx, by_id.customer_id.unwrap()), ["by number", "by id", "both"]);
        assert!(receive_again(tx, "SM2").is_repeated, "what was noted moved along");
        assert!(stored::find_by_phone(tx, &phone("+12025550123")).unwrap().unwrap().whatsapp_id.is_some());
    });
}

fn receive_again(
    tx: &mut repository::Tx<'_>,
    sid: &str,
) -> strongroom_service::whatsapp::inbound_messages::Received {
    inbound_messages::receive(tx, &THREE, &says(sid, "whatsapp:+12025550123", "by number")).unwrap()
}

#[test]
fn somebody_who_is_not_active_stays_so_under_another_name() {
    testing::check(|tx| {
        let blocked = receive(tx, "SM1", "hi").customer_id.unwrap();
        let off = UserChanges { is_active: Some(false), ..UserChanges::default() };
        users::update(tx, blocked, None, off).unwrap();
        inbound_messages::receive(tx, &THREE, &says("SM2", "whatsapp:US.77", "hi")).unwrap();
        let both = inbound("SM3", ASHA, "Body=both&ExternalUserId=US.77");
        let received = inbound_messages::receive(tx, &THREE, &both).unwrap();
        assert_eq!(received.outcome, Some(InboundOutcome::Ignored));
    });
}
