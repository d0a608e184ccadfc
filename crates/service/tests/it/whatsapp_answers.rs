//! Answers, claims, and what an agent is told.

use chrono::TimeDelta;
use domain::whatsapp::{ChatId, Lease, OutboundSettings, UserChanges};
use domain::{Id, Limit, PageRequest};
use repository::Error as RepositoryError;
use repository::testing::{self, execute};
use strongroom_service::Error;
use strongroom_service::whatsapp::answers::{self, NewAnswer};
use strongroom_service::whatsapp::{inbound_messages, userchats, users, waiting};

use crate::fixtures::conflict;
use crate::whatsapp_fixtures::{THREE, answer, answer_of, asha, count_statements, receive, says};

#[test]
fn an_answer_ends_the_waiting_and_says_how_it_is_sent() {
    testing::check(|tx| {
        let chat = receive(tx, "SM1", "hi").chat_id.unwrap();
        let settings = OutboundSettings {
            account_sid: "AC1".to_owned(),
            from: "whatsapp:+14155238886".to_owned(),
            status_callback: Some("https://bot.example.org/v1/whatsapp/webhook/twilio/status".to_owned()),
        };
        let text = format!("{} {}", "a".repeat(1_500), "b".repeat(500));
        let answered = answers::answer(tx, &THREE, Some(&settings), chat, &answer_of(&text)).unwrap();
        assert_eq!((answered.chat.message_count, answered.chat.waiting_since), (2, None));
        assert_eq!(answered.parts.iter().map(|part| part.expose().len()).collect::<Vec<_>>(), [1_500, 500]);
        let outbound = answered.outbound.unwrap();
        assert_eq!((outbound.len(), outbound[0].to.expose()), (2, "whatsapp:+12025550101"));
        assert_eq!(outbound[0].status_callback, settings.status_callback);
        assert_eq!(
            answered.free_form_until,
            answered.chat.last_inbound_at.map(|at| at + TimeDelta::hours(24))
        );
        assert!(!answered.template_required);
        assert!(waiting::list(tx, PageRequest::default()).unwrap().items.is_empty());
        assert_eq!(
            userchats::messages(tx, chat, PageRequest::default()).unwrap().items.len(),
            2,
            "stored as one"
        );
        execute(tx, "UPDATE whatsapp.userchats SET last_inbound_at = now() - interval '24 hours'");
        assert!(answer(tx, chat, "late").unwrap().template_required);
        execute(tx, "UPDATE whatsapp.userchats SET last_inbound_at = NULL");
        let answered = answer(tx, chat, "never asked").unwrap();
        assert!(
            answered.template_required && answered.free_form_until.is_none() && answered.outbound.is_none()
        );
    });
}

#[test]
fn an_answer_costs_two_statements_and_rolling_over_three() {
    testing::check(|tx| {
        let chat = receive(tx, "SM1", "hi").chat_id.unwrap();
        let cost = |tx: &mut _| count_statements(tx, |tx| answer(tx, chat, "a").unwrap()).1;
        assert_eq!([cost(tx), cost(tx), cost(tx)], [2, 2, 3]);
    });
}

#[test]
fn an_answer_needs_an_active_chat_of_an_active_user() {
    testing::check(|tx| {
        let chat = receive(tx, "SM1", "hi").chat_id.unwrap();
        let absent = answer(tx, ChatId::generate(), "a");
        assert!(matches!(absent, Err(Error::Repository(RepositoryError::NotFound("chat")))), "{absent:?}");
        userchats::close(tx, chat).unwrap();
        assert_eq!(conflict(answer(tx, chat, "a")), "chat_closed");
        receive(tx, "SM2", "hi");
        assert_eq!(conflict(answer(tx, chat, "a")), "chat_closed", "a chat that was closed is not continued");
        let user = asha(tx);
        let off = UserChanges { is_active: Some(false), ..UserChanges::default() };
        let active =
            userchats::list(tx, user.user_id, Some(true), PageRequest::default()).unwrap().items[0].chat_id;
        users::update(tx, user.user_id, None, off).unwrap();
        assert_eq!(conflict(answer(tx, active, "a")), "user_inactive");
        users::delete(tx, user.user_id, None).unwrap();
        assert!(matches!(answer(tx, active, "a"), Err(Error::Repository(RepositoryError::NotFound("chat")))));
    });
}

#[test]
fn a_claim_keeps_others_from_answering_until_it_lapses() {
    testing::check(|tx| {
        let chat = receive(tx, "SM1", "hi").chat_id.unwrap();
        let claimed = waiting::claim(tx, Limit::default(), Lease::default()).unwrap();
        assert_eq!(claimed.chats.len(), 1);
        let by = |claim_id| NewAnswer { claim_id, ..answer_of("a") };
        assert_eq!(conflict(answer(tx, chat, "a")), "claimed");
        let stranger = by(Some(Id::<()>::generate().uuid()));
        assert_eq!(conflict(answers::answer(tx, &THREE, None, chat, &stranger)), "claim_lost");
        assert_eq!(conflict(waiting::release(tx, chat, stranger.claim_id.unwrap())), "claim_lost");
        answers::answer(tx, &THREE, None, chat, &by(Some(claimed.claim_id))).unwrap();
        let again = answers::answer(tx, &THREE, None, chat, &by(Some(claimed.claim_id)));
        assert_eq!(conflict(again), "claim_lost", "the answer ended it");
        receive(tx, "SM2", "more");
        let claimed = waiting::claim(tx, Limit::default(), Lease::default()).unwrap();
        execute(tx, "UPDATE whatsapp.userchats SET claimed_until = now()");
        assert_eq!(conflict(waiting::release(tx, chat, claimed.claim_id)), "claim_lost");
        let lapsed = answers::answer(tx, &THREE, None, chat, &by(Some(claimed.claim_id)));
        assert_eq!(conflict(lapsed), "claim_lost");
        answer(tx, chat, "nobody holds it").unwrap();
        let absent = waiting::release(tx, ChatId::generate(), claimed.claim_id);
        assert!(matches!(absent, Err(Error::Repository(RepositoryError::NotFound("chat")))));
    });
}

#[test]
fn an_answer_for_fewer_messages_is_refused() {
    testing::check(|tx| {
        let chat = receive(tx, "SM1", "hi").chat_id.unwrap();
        let seen = |count| NewAnswer { if_message_count: Some(count), ..answer_of("a") };
        receive(tx, "SM2", "and");
        assert_eq!(conflict(answers::answer(tx, &THREE, None, chat, &seen(1))), "chat_moved_on");
        answers::answer(tx, &THREE, None, chat, &seen(2)).unwrap();
    });
}

#[test]
fn somebody_without_a_number_is_answered_by_id() {
    testing::check(|tx| {
        let received = inbound_messages::receive(tx, &THREE, &says("SM1", "whatsapp:US.77", "hi")).unwrap();
        let settings = OutboundSettings {
            account_sid: "AC1".to_owned(),
            from: "whatsapp:+14155238886".to_owned(),
            status_callback: None,
        };
        let answered =
            answers::answer(tx, &THREE, Some(&settings), received.chat_id.unwrap(), &answer_of("hello"))
                .unwrap();
        assert_eq!(answered.outbound.unwrap()[0].to.expose(), "whatsapp:US.77");
    });
}
