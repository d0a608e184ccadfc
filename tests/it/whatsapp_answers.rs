//! The agent's side: what waits, who claims it, and what is answered.

use std::thread;

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use serde_json::{Value, json};
use strongroom_tests::Server;

use crate::twilio::{ASHA, answer, chat_of, messages, says, told};
use crate::world::{each, text};

fn code(answer: &strongroom_tests::Answer, status: u16) -> String {
    text(&answer.expect(status), "/code")
}

/// Changes rows behind the service's back.
fn sql(server: &Server, statement: &str) {
    let mut conn = PgConnection::establish(&server.database().url("postgres")).unwrap();
    conn.batch_execute(statement).unwrap();
}

fn claim(server: &Server, body: &Value) -> Value {
    server.post("/v1/whatsapp/waiting/claim", body).expect(200)
}

fn chats(claim: &Value) -> Vec<String> {
    claim["data"].as_array().unwrap().iter().map(|waiting| text(waiting, "/chat/chat_id")).collect()
}

#[test]
fn a_claimed_chat_is_for_one_agent_until_it_is_answered_given_back_or_the_lease_is_over() {
    let server = Server::start();
    let phones = ["whatsapp:+12025550101", "whatsapp:+12025550102", "whatsapp:+12025550103"];
    for (n, phone) in phones.iter().enumerate() {
        says(&server, &format!("SM{n}"), phone, "hi");
    }
    let [one, two, three] = phones.map(|phone| chat_of(&server, phone).1);
    let first = claim(&server, &json!({"limit": 2}));
    assert_eq!(chats(&first), [one.as_str(), &two], "those that have waited longest");
    let second = claim(&server, &json!({"limit": 2, "lease_seconds": 600}));
    assert_eq!(chats(&second), [three.as_str()]);
    assert_eq!(chats(&claim(&server, &json!({}))), [""; 0]);
    let waiting = server.get("/v1/whatsapp/waiting").expect(200);
    assert_eq!(chats(&waiting), [one.as_str(), &two, &three], "the list shows all that waits");

    let (first, second) = (text(&first, "/claim_id"), text(&second, "/claim_id"));
    let say =
        |chat: &str, claim: Option<&str>| answer(&server, chat, &json!({"content": "a", "claim_id": claim}));
    assert_eq!(code(&say(&one, None), 409), "claimed");
    assert_eq!(code(&say(&one, Some(&second)), 409), "claim_lost");
    say(&one, Some(&first)).expect(201);
    assert_eq!(code(&say(&one, Some(&first)), 409), "claim_lost", "an answer ends the claim");
    say(&one, None).expect(201);

    let release = |chat: &str, claim: &str| {
        server.post(&format!("/v1/whatsapp/chats/{chat}/release"), &json!({"claim_id": claim}))
    };
    assert_eq!(code(&release(&two, &second), 409), "claim_lost");
    assert_eq!(release(&two, &first).status, 204);
    assert_eq!(code(&release(&two, &first), 409), "claim_lost");
    assert_eq!(chats(&claim(&server, &json!({}))), [two.as_str()]);

    sql(
        &server,
        "UPDATE whatsapp.userchats SET claimed_until = now() - interval '1 second' WHERE claim_id IS NOT NULL",
    );
    assert_eq!(code(&say(&three, Some(&second)), 409), "claim_lost", "a lease that is over is lost");
    assert_eq!(chats(&claim(&server, &json!({}))), [two.as_str(), &three]);
}

#[test]
fn agents_that_claim_at_once_never_get_the_same_chat() {
    let server = Server::start();
    for n in 0..20 {
        says(&server, &format!("SM{n}"), &format!("whatsapp:+1202555{n:04}"), "hi");
    }
    let claimed: Vec<String> = thread::scope(|scope| {
        let ask = || (0..5).flat_map(|_| chats(&claim(&server, &json!({"limit": 2})))).collect::<Vec<_>>();
        let agents: Vec<_> = (0..4).map(|_| scope.spawn(ask)).collect();
        agents.into_iter().flat_map(|agent| agent.join().unwrap()).collect()
    });
    let mut different = claimed.clone();
    different.sort_unstable();
    different.dedup();
    assert_eq!((claimed.len(), different.len()), (20, 20));
}

#[test]
fn an_answer_to_a_chat_that_has_moved_on_or_is_closed_is_refused() {
    let server = Server::start();
    says(&server, "SM1", ASHA, "one");
    let (_, chat) = chat_of(&server, ASHA);
    says(&server, "SM2", ASHA, "two");
    let say = |count: i64| answer(&server, &chat, &json!({"content": "a", "if_message_count": count}));
    assert_eq!(code(&say(1), 409), "chat_moved_on");
    let answered = say(2).expect(201);
    assert_eq!((&answered["message_count"], &answered["message"]["content"]), (&json!(3), &json!("a")));
    assert_eq!(told(&messages(&server, &chat)), ["user one", "user two", "assistant a"]);
    let closed = server.post(&format!("/v1/whatsapp/chats/{chat}/close"), &json!({})).expect(200);
    assert_eq!(closed["is_active"], false);
    let again = server.post(&format!("/v1/whatsapp/chats/{chat}/close"), &json!({})).expect(200);
    assert_eq!(again, closed, "a closed one stays as it is");
    assert_eq!(code(&say(3), 409), "chat_closed");
    answer(&server, "0000000000000000", &json!({"content": "a"})).expect(404);
    answer(&server, "none", &json!({"content": "a"})).expect(404);
}

#[test]
fn the_requests_that_send_an_answer_are_handed_out_with_it() {
    let settings = [
        ("TWILIO_ACCOUNT_SID", "AC1"),
        ("TWILIO_WHATSAPP_NUMBER", "+14155238886"),
        ("PUBLIC_BASE_URL", "https://bot.example.org/bots/"),
    ];
    let server = Server::start_with(&settings);
    let add = json!({"message_sid": "SM1", "phone_number": ASHA, "content": "hi"});
    let chat = text(&server.post("/v1/whatsapp/messages", &add).expect(201), "/chat_id");
    let content = format!("{} {}", "a".repeat(1_000), "b".repeat(1_000));
    let answered = answer(&server, &chat, &json!({"content": content})).expect(201);
    assert_eq!(answered["parts"], json!(["a".repeat(1_000), "b".repeat(1_000)]));
    assert_eq!(
        answered["outbound"][1],
        json!({
            "url": "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages.json",
            "form": {
                "To": ASHA, "From": "whatsapp:+14155238886", "Body": "b".repeat(1_000),
                "StatusCallback": "https://bot.example.org/bots/v1/whatsapp/webhook/twilio/status",
            },
        })
    );
    assert_eq!(answered["template_required"], false);
    let one = messages(&server, &chat);
    assert_eq!(one.as_array().unwrap().len(), 2, "it is kept as one message");
    sql(&server, "UPDATE whatsapp.userchats SET last_inbound_at = now() - interval '24 hours'");
    let late = answer(&server, &chat, &json!({"content": "late"})).expect(201);
    assert_eq!(late["template_required"], true);

    let without = server.beside(&[]);
    let answered = answer(&without, &chat, &json!({"content": "x"})).expect(201);
    assert_eq!(answered.get("outbound"), None, "whose account it is, is not known");
}

#[test]
fn an_answer_is_divided_where_people_would_divide_it() {
    let server = Server::start();
    let lengths = |content: &str| {
        let preview = server.post("/v1/whatsapp/answers/preview", &json!({"content": content})).expect(200);
        let parts = preview["parts"].as_array().unwrap();
        parts.iter().map(|part| part.as_str().unwrap().encode_utf16().count()).collect::<Vec<_>>()
    };
    let (a, b) = (|n: usize| "a".repeat(n), |n: usize| "b".repeat(n));
    assert_eq!(lengths(&a(1_600)), [1_600]);
    assert_eq!(lengths(&a(1_601)), [1_600, 1]);
    assert_eq!(lengths(&format!("{} {}", a(1_000), b(1_000))), [1_000, 1_000]);
    assert_eq!(lengths(&format!("{} b", a(1_600))), [1_600, 1]);
    assert_eq!(lengths(&"😀".repeat(801)), [1_600, 2]);
}

#[test]
fn chats_that_began_long_ago_are_closed_and_counted_as_the_statement_of_an_operator_would() {
    let server = Server::start();
    for (n, days) in [0, 29, 31, 40].into_iter().enumerate() {
        let phone = format!("whatsapp:+1202555010{n}");
        says(&server, &format!("SM{n}"), &phone, "hi");
        let chat = chat_of(&server, &phone).1;
        sql(
            &server,
            &format!(
                "UPDATE whatsapp.userchats SET created_at = now() - interval '{days} days' WHERE chat_id = '{chat}'"
            ),
        );
    }
    let deactivate =
        |body: Value| server.post("/v1/whatsapp/chats/deactivate", &body).expect(200)["deactivated"].clone();
    let dry = server.post("/v1/whatsapp/chats/deactivate?dry_run=true", &json!({})).expect(200);
    assert_eq!(dry["deactivated"], 2);
    assert_eq!(deactivate(json!({})), 2);
    assert_eq!(deactivate(json!({})), 0);
    assert_eq!(deactivate(json!({"days": 29})), 1);
    let stats = server.get("/v1/whatsapp/stats").expect(200);
    assert_eq!(
        stats,
        json!({"active_sessions": 1, "waiting": 1, "max_history": 10, "session_timeout_minutes": 30, "storage": "database"})
    );
}

#[test]
fn chats_and_users_are_listed_newest_first_page_by_page() {
    let server = Server::start();
    for n in 0..3 {
        says(&server, &format!("SM{n}"), ASHA, "hi");
        says(&server, &format!("SMc{n}"), ASHA, "clear");
        says(&server, &format!("SMu{n}"), &format!("whatsapp:+1202555020{n}"), "hi");
    }
    let (asha, newest) = chat_of(&server, ASHA);
    let first = server.get(&format!("/v1/whatsapp/users/{asha}/chats?limit=2")).expect(200);
    assert_eq!(each(&first["data"], "chat_id")[0], newest);
    let rest = format!("/v1/whatsapp/users/{asha}/chats?limit=2&cursor={}", text(&first, "/next_cursor"));
    let rest = server.get(&rest).expect(200);
    assert_eq!((rest["data"].as_array().unwrap().len(), &rest["next_cursor"]), (1, &Value::Null));
    let active = server.get(&format!("/v1/whatsapp/users/{asha}/chats?is_active=true")).expect(200);
    assert_eq!(active["data"], json!([]));
    let lookup = server.post("/v1/whatsapp/chats/lookup?limit=2", &json!({"phone_number": ASHA})).expect(200);
    assert_eq!(lookup["data"], first["data"]);
    let cursor = text(&lookup, "/next_cursor");
    let lookup = server
        .post(&format!("/v1/whatsapp/chats/lookup?cursor={cursor}"), &json!({"phone_number": ASHA}))
        .expect(200);
    assert_eq!(lookup["data"], rest["data"]);

    let users = server.get("/v1/whatsapp/users?is_active=true&limit=3").expect(200);
    assert_eq!(each(&users["data"], "phone_number"), ["+12025550202", "+12025550201", "+12025550200"]);
    let cursor = text(&users, "/next_cursor");
    let last = server.get(&format!("/v1/whatsapp/users?is_active=true&cursor={cursor}")).expect(200);
    assert_eq!(each(&last["data"], "phone_number"), ["+12025550101"]);
    assert_eq!(
        server.get(&format!("/v1/whatsapp/users?cursor={cursor}")).expect(400)["code"],
        "invalid_cursor"
    );
    assert_eq!(server.get("/v1/whatsapp/users?is_active=false").expect(200)["data"], json!([]));

    let totals = server.get("/v1/whatsapp/statistics").expect(200);
    let of_asha =
        totals["data"].as_array().unwrap().iter().find(|row| row["user_id"] == asha.as_str()).unwrap();
    assert_eq!(*of_asha, json!({"user_id": asha, "total_chats": 3, "total_messages": 3}));
}
