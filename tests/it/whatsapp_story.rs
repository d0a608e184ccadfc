//! Conversations as people have them: messages, repetitions, commands, full chats, and one person under two names.

use std::thread;

use serde_json::{Value, json};
use strongroom_tests::Server;

use crate::twilio::{ASHA, NOTHING, answer, chat_of, deliver, history, messages, report, says, told};
use crate::user_tokens::count;
use crate::world::{each, text};

const CLEARED: &str = r#"<?xml version="1.0" encoding="UTF-8"?><Response><Message>Your conversation was cleared. What would you like to talk about?</Message></Response>"#;

#[test]
fn a_message_that_comes_ten_times_is_one_and_a_hundred_others_lose_none() {
    let server = Server::start();
    thread::scope(|scope| {
        for _ in 0..5 {
            scope.spawn(|| {
                for _ in 0..2 {
                    assert_eq!(says(&server, "SM1", ASHA, "What is Apache Spark?"), NOTHING);
                }
            });
        }
    });
    let (asha, chat) = chat_of(&server, ASHA);
    assert_eq!((count(&server, "whatsapp.users"), count(&server, "whatsapp.userchats")), (1, 1));
    let kept = messages(&server, &chat);
    let [only] = kept.as_array().unwrap().as_slice() else { panic!("{kept}") };
    let (at, fields) = (text(only, "/timestamp"), only.as_object().unwrap());
    assert_eq!((&only["role"], &only["content"]), (&json!("user"), &json!("What is Apache Spark?")));
    assert_eq!(fields.keys().collect::<Vec<_>>(), ["role", "content", "timestamp"]);
    assert!(at.len() == 32 && at.ends_with("+00:00") && at.as_bytes()[19] == b'.', "{at}");

    thread::scope(|scope| {
        for worker in 0..10 {
            let server = &server;
            scope.spawn(move || {
                for n in 0..10 {
                    says(server, &format!("SMx{worker}x{n}"), ASHA, &format!("{worker} {n}"));
                }
            });
        }
    });
    assert_eq!((count(&server, "whatsapp.users"), count(&server, "whatsapp.userchats")), (1, 1));
    assert_eq!(count(&server, "whatsapp.inbound_messages"), 101);
    let first = server.get(&format!("/v1/whatsapp/chats/{chat}/messages?limit=100")).expect(200);
    let cursor = text(&first, "/next_cursor");
    let rest = server.get(&format!("/v1/whatsapp/chats/{chat}/messages?cursor={cursor}")).expect(200);
    assert_eq!(rest["next_cursor"], Value::Null);
    let all = [first["data"].as_array().unwrap().as_slice(), rest["data"].as_array().unwrap()].concat();
    assert_eq!(all.len(), 101);
    let all = Value::Array(all);
    let times = each(&all, "timestamp");
    assert!(times.windows(2).all(|pair| pair[0] < pair[1]), "{times:?}");
    // Of one sender, each message came after the one before was answered.
    for worker in 0..10 {
        let of_worker: Vec<_> = each(&all, "content")
            .into_iter()
            .filter(|text| text.starts_with(&format!("{worker} ")))
            .collect();
        assert!(of_worker.is_sorted(), "{of_worker:?}");
    }
    assert_eq!(
        server.get(&format!("/v1/whatsapp/users/{asha}/statistics")).expect(200)["total_messages"],
        101
    );
}

#[test]
fn start_over_closes_the_chat_and_is_answered_alike_however_often_it_comes() {
    let server = Server::start();
    assert_eq!(says(&server, "SM1", ASHA, " Start OVER "), CLEARED, "also where there was no chat");
    says(&server, "SM2", ASHA, "one");
    let (asha, first) = chat_of(&server, ASHA);
    for _ in 0..2 {
        assert_eq!(says(&server, "SM3", ASHA, "reset"), CLEARED);
    }
    let closed = server.get(&format!("/v1/whatsapp/chats/{first}")).expect(200);
    assert_eq!((&closed["is_active"], &closed["message_count"]), (&json!(false), &json!(1)));
    assert_eq!(told(&messages(&server, &first)), ["user one"]);
    assert_eq!(history(&server, &asha), [""; 0]);
    says(&server, "SM4", ASHA, "two");
    assert_eq!(says(&server, "SM3", ASHA, "reset"), CLEARED, "the repetition closes nothing");
    let (_, second) = chat_of(&server, ASHA);
    let open = server.get(&format!("/v1/whatsapp/chats/{second}")).expect(200);
    assert_eq!((&open["is_active"], &open["continues_chat_id"]), (&json!(true), &Value::Null));
    assert_eq!(history(&server, &asha), ["user two"]);
}

#[test]
fn a_full_chat_is_continued_and_history_and_answers_go_on() {
    let server = Server::start_with(&[("MAX_CHAT_MESSAGES", "3"), ("MAX_CONVERSATION_HISTORY", "3")]);
    says(&server, "SM1", ASHA, "m1");
    let (asha, first) = chat_of(&server, ASHA);
    answer(&server, &first, &json!({"content": "a1"})).expect(201);
    says(&server, "SM2", ASHA, "m2");
    says(&server, "SM3", ASHA, "m3");
    let (_, second) = chat_of(&server, ASHA);
    let chat = |id: &str| server.get(&format!("/v1/whatsapp/chats/{id}")).expect(200);
    let (one, two) = (chat(&first), chat(&second));
    assert_eq!((&one["is_active"], &one["message_count"]), (&json!(false), &json!(3)));
    assert_eq!((&two["is_active"], &two["message_count"]), (&json!(true), &json!(1)));
    assert_eq!(two["continues_chat_id"], first.as_str());
    assert_eq!(history(&server, &asha), ["assistant a1", "user m2", "user m3"]);
    let waiting = server.get("/v1/whatsapp/waiting").expect(200);
    assert_eq!(told(&waiting["data"][0]["unanswered"]), ["user m2", "user m3"]);
    let answered = answer(&server, &first, &json!({"content": "a2"}));
    assert_eq!(answered.header("location"), format!("/v1/whatsapp/chats/{second}"));
    let answered = answered.expect(201);
    assert_eq!((&answered["chat_id"], &answered["message_count"]), (&json!(second), &json!(2)));
}

#[test]
fn history_holds_the_newest_across_a_roll_over_and_nothing_from_before_a_clear() {
    let server = Server::start();
    for n in 1..=201 {
        says(&server, &format!("SM{n}"), ASHA, &n.to_string());
    }
    let (asha, _) = chat_of(&server, ASHA);
    let newest: Vec<_> = (192..=201).map(|n| format!("user {n}")).collect();
    assert_eq!(history(&server, &asha), newest);
    let more = server.get(&format!("/v1/whatsapp/users/{asha}/history?limit=100")).expect(200);
    assert_eq!(more["data"].as_array().unwrap().len(), 100);
    let cleared = server.post(&format!("/v1/whatsapp/users/{asha}/clear"), &json!({})).expect(200);
    assert_eq!(cleared, json!({"closed": 1}));
    let again = server.post(&format!("/v1/whatsapp/users/{asha}/clear"), &json!({})).expect(200);
    assert_eq!(again, json!({"closed": 0}));
    says(&server, "SMx", ASHA, "new");
    assert_eq!(history(&server, &asha), ["user new"]);
}

#[test]
fn a_person_without_a_number_is_known_by_the_id_and_both_are_linked_later() {
    let settings = [("TWILIO_ACCOUNT_SID", "AC1"), ("TWILIO_WHATSAPP_NUMBER", "+14155238886")];
    let server = Server::start_with(&settings);
    let hidden = "whatsapp:US.1234567890123456789";
    let send = |sid, from, id: &str, body| {
        let fields = [
            ("MessageSid", sid),
            ("From", from),
            ("ExternalUserId", id),
            ("Body", body),
            ("ProfileName", "Sam"),
            ("AccountSid", "AC1"),
        ];
        assert_eq!(deliver(&server, &fields).status, 200);
    };
    send("SM1", hidden, "US.1234567890123456789", "hello");
    let users = server.get("/v1/whatsapp/users").expect(200);
    let sam = &users["data"][0];
    assert_eq!((&sam["phone_number"], &sam["full_name"]), (&Value::Null, &json!("Sam")));
    assert_eq!(sam["whatsapp_id"], "US.1234567890123456789");
    let sam = text(sam, "/user_id");
    let chats = server.get(&format!("/v1/whatsapp/users/{sam}/chats?is_active=true")).expect(200);
    let chat = text(&chats, "/data/0/chat_id");
    let answered = answer(&server, &chat, &json!({"content": "hi"})).expect(201);
    assert_eq!(answered["outbound"][0]["form"]["To"], hidden);

    send("SM2", "whatsapp:+12025550123", "US.1234567890123456789", "it is me");
    let user = server.get(&format!("/v1/whatsapp/users/{sam}")).expect(200);
    assert_eq!(user["phone_number"], "+12025550123");
    assert_eq!(told(&messages(&server, &chat)), ["user hello", "assistant hi", "user it is me"]);

    // Two who turn out to be one: the older one stays, and has all messages.
    send("SM3", "whatsapp:+12025550188", "", "by number");
    send("SM4", "whatsapp:US.77", "", "by id");
    let (older, _) = chat_of(&server, "+12025550188");
    send("SM5", "whatsapp:+12025550188", "US.77", "by both");
    assert_eq!(count(&server, "whatsapp.users"), 2);
    let (kept, _) = chat_of(&server, "+12025550188");
    assert_eq!(kept, older);
    assert_eq!(server.get(&format!("/v1/whatsapp/users/{kept}/statistics")).expect(200)["total_messages"], 3);
}

#[test]
fn one_person_has_two_spellings_of_a_number() {
    let server = Server::start();
    for (n, (stored, delivered)) in [
        ("+5511991234567", "+551191234567"),
        ("+5491123456789", "+541123456789"),
        ("+5215512345678", "+525512345678"),
    ]
    .into_iter()
    .enumerate()
    {
        let made = server.post("/v1/whatsapp/users", &json!({"phone_number": stored})).expect(201);
        says(&server, &format!("SM{n}"), &format!("whatsapp:{delivered}"), "oi");
        for spelling in [stored, delivered] {
            let found =
                server.post("/v1/whatsapp/users/lookup", &json!({"phone_number": spelling})).expect(200);
            assert_eq!((&found["user_id"], &found["phone_number"]), (&made["user_id"], &json!(delivered)));
            let ensured = server.send(
                "PUT",
                "/v1/whatsapp/users/by-phone",
                &[],
                Some(&json!({"phone_number": spelling}).to_string()),
            );
            assert_eq!(ensured.expect(200)["user_id"], made["user_id"]);
        }
    }
    says(&server, "SM9", "whatsapp:+551131234567", "oi");
    assert_eq!(count(&server, "whatsapp.users"), 4, "a landline never gains a digit");
}

#[test]
fn what_an_inactive_person_writes_is_ignored_and_the_repeat_is_too() {
    let server = Server::start();
    says(&server, "SM1", ASHA, "hi");
    let (asha, chat) = chat_of(&server, ASHA);
    let path = format!("/v1/whatsapp/users/{asha}");
    let switch = |is_active: bool| {
        server.send("PATCH", &path, &[], Some(&json!({"is_active": is_active}).to_string())).expect(200);
    };
    switch(false);
    for _ in 0..2 {
        assert_eq!(says(&server, "SM2", ASHA, "still there?"), NOTHING);
    }
    assert_eq!(server.get("/v1/whatsapp/inbound/SM2").expect(200)["outcome"], "ignored");
    assert_eq!(told(&messages(&server, &chat)), ["user hi"]);
    assert_eq!(server.get("/v1/whatsapp/waiting").expect(200)["data"], json!([]));
    assert_eq!(answer(&server, &chat, &json!({"content": "x"})).expect(409)["code"], "user_inactive");
    let ignored = json!({"message_sid": "SM3", "phone_number": ASHA, "content": "by a program"});
    let ignored = server.post("/v1/whatsapp/messages", &ignored).expect(200);
    assert_eq!((&ignored["outcome"], &ignored["chat_id"]), (&json!("ignored"), &Value::Null));
    switch(true);
    assert_eq!(told(&server.get("/v1/whatsapp/waiting").expect(200)["data"][0]["unanswered"]), ["user hi"]);
}

#[test]
fn the_name_of_the_profile_is_taken_over_unless_one_was_set() {
    let server = Server::start();
    let name = |sid, name| {
        let fields = [("MessageSid", sid), ("From", ASHA), ("Body", "x"), ("ProfileName", name)];
        assert_eq!(deliver(&server, &fields).status, 200);
        let (asha, _) = chat_of(&server, ASHA);
        server.get(&format!("/v1/whatsapp/users/{asha}")).expect(200)["full_name"].clone()
    };
    assert_eq!(name("SM1", "Asha"), "Asha");
    assert_eq!(name("SM2", "Asha R"), "Asha R");
    for (sid, nothing) in [("SM3", ""), ("SM4", "  "), ("SM5", "\u{200b}")] {
        assert_eq!(name(sid, nothing), "Asha R");
    }
    let (asha, _) = chat_of(&server, ASHA);
    let path = format!("/v1/whatsapp/users/{asha}");
    server.send("PATCH", &path, &[], Some(r#"{"full_name": "Ms Rao"}"#)).expect(200);
    assert_eq!(name("SM6", "Asha"), "Ms Rao");
    server.send("PATCH", &path, &[], Some(r#"{"full_name": null}"#)).expect(200);
    assert_eq!(name("SM7", "Asha"), "Asha");
}

#[test]
fn a_reaction_leaves_nothing() {
    let server = Server::start();
    for fields in [&[("Body", "")][..], &[("Body", ""), ("NumMedia", "0")], &[]] {
        let own = [("MessageSid", "SM1"), ("From", ASHA)];
        assert_eq!(deliver(&server, &[&own, fields].concat()).text, NOTHING);
    }
    assert_eq!((count(&server, "whatsapp.users"), count(&server, "whatsapp.inbound_messages")), (0, 0));
}

#[test]
fn reports_of_a_delivery_never_lead_back() {
    let server = Server::start();
    says(&server, "SM1", ASHA, "hi");
    for (sid, statuses, settled) in [
        ("SMa", &["read", "sent", "delivered"][..], "read"),
        ("SMb", &["failed", "delivered", "delivered"], "delivered"),
        ("SMc", &["queued", "unheard_of", "sending"], "sending"),
    ] {
        statuses.iter().for_each(|status| report(&server, sid, ASHA, status));
        let delivery = server.get(&format!("/v1/whatsapp/deliveries/{sid}")).expect(200);
        assert_eq!(delivery["status"], settled, "{sid}");
    }
    report(&server, "SMd", "+12025550199", "sent");
    server.get("/v1/whatsapp/deliveries/SMd").expect(404);
    let read = server.get("/v1/whatsapp/deliveries?status=read").expect(200);
    assert_eq!(each(&read["data"], "message_sid"), ["SMa"]);
    let all = server.get("/v1/whatsapp/deliveries?limit=2").expect(200);
    assert_eq!(each(&all["data"], "message_sid"), ["SMc", "SMb"]);
    let cursor = text(&all, "/next_cursor");
    let rest = server.get(&format!("/v1/whatsapp/deliveries?limit=2&cursor={cursor}")).expect(200);
    assert_eq!((each(&rest["data"], "message_sid"), &rest["next_cursor"]), (vec!["SMa"], &Value::Null));
}

#[test]
fn a_program_brings_a_message_as_twilio_does() {
    let server = Server::start();
    let message =
        json!({"message_sid": "SM1", "phone_number": "+12025550101", "full_name": "Asha", "content": "hi"});
    let added = server.post("/v1/whatsapp/messages", &message);
    assert_eq!(added.header("location"), "/v1/whatsapp/inbound/SM1");
    let added = added.expect(201);
    assert_eq!((&added["outcome"], &added["message"]["content"]), (&json!("kept"), &json!("hi")));
    let again = server.post("/v1/whatsapp/messages", &message).expect(200);
    assert_eq!((&again["outcome"], &again["message"]), (&json!("kept"), &Value::Null));
    assert_eq!(again["chat_id"], added["chat_id"]);
    assert_eq!(says(&server, "SM1", ASHA, "hi"), NOTHING, "Twilio may bring it too");
    let command = json!({"message_sid": "SM2", "phone_number": "+12025550101", "content": "Clear"});
    let cleared = server.post("/v1/whatsapp/messages", &command).expect(201);
    assert_eq!((&cleared["outcome"], &cleared["chat_id"]), (&json!("command"), &Value::Null));
    let inbound = server.get("/v1/whatsapp/inbound/SM1").expect(200);
    assert_eq!((&inbound["chat_id"], &inbound["idempotency_token"]), (&added["chat_id"], &Value::Null));
    assert_eq!(count(&server, "whatsapp.inbound_messages"), 2);
}
