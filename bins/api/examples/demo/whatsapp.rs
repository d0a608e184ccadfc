//! A bot on WhatsApp: a person writes, an agent answers, and old conversations are brought along.

use anyhow::{Context as _, ensure};
use repository::codec::TwilioToken;
use serde_json::{Value, json};

use crate::toolkit::{Database, Server, chapter, list, say, table, text};

const QUERIES: &[&str] = &[
    "SELECT left(encode(phone_number, 'hex'), 30) AS phone_number, left(encode(full_name, 'hex'), 30) AS full_name, is_active
    FROM users ORDER BY created_at DESC LIMIT 2",
    "SELECT chat_id, message_count, messages -> 0 ->> 'role' AS role, left(messages -> 0 ->> 'content', 30) AS content
    FROM userchats ORDER BY created_at DESC LIMIT 3",
];

const PHONE: &str = "+12025550177";
const PASSWORD: &str = "Comets over Amman 7";
const WEBHOOK: &str = "/v1/whatsapp/webhook/twilio";

const IOS: &str =
    "[19/10/2025, 11:37:20] Noor: What is Spark?\n[19/10/2025, 11:37:22] Bot: An engine.\nIt is fast.\n";
const ANDROID: &str =
    "10/19/25, 12:05 AM - Messages and calls are end-to-end encrypted.\n10/19/25, 12:05 AM - Noor: hi\n";

/// Twilio calls with its signature, the agent with its API key, the person with a token of her own.
pub(crate) fn play(agent: &Server, database: Option<&Database>) -> anyhow::Result<()> {
    let twilio = agent.twilio_token()?;
    begin_anew(agent)?;
    write(agent, &twilio)?;
    let (user, chat) = look(agent)?;
    answer(agent, &user, &chat)?;
    report(agent, &twilio)?;
    start_over(agent, &twilio)?;
    import(agent, &user)?;
    log_in(agent, &user)?;
    database.map_or(Ok(()), |database| database.show("whatsapp", QUERIES))?;
    chapter("Noor wants to be forgotten.");
    let erased = agent.call("DELETE", &format!("/v1/whatsapp/users/{user}?erase=true"), None)?;
    say(&format!("That many rows went: {erased}"));
    Ok(())
}

fn begin_anew(agent: &Server) -> anyhow::Result<()> {
    let known = agent.send("POST", "/v1/whatsapp/users/lookup", Some(&json!({"phone_number": PHONE})))?;
    if known.status == 200 {
        chapter("An earlier run did not come to its end: Noor's rows are erased first.");
        let path = format!("/v1/whatsapp/users/{}?erase=true", text(&known.body, "/user_id")?);
        agent.call("DELETE", &path, None)?;
    }
    Ok(())
}

fn says(agent: &Server, token: &TwilioToken, sid: &str, body: &str) -> anyhow::Result<(u16, String)> {
    let form = format!(
        "MessageSid={sid}&From=whatsapp:%2B12025550177&To=whatsapp:%2B14155238886&NumMedia=0&ProfileName=Noor&Body={}",
        body.replace(' ', "+")
    );
    agent.call_as_twilio(WEBHOOK, &form, token)
}

fn write(agent: &Server, twilio: &TwilioToken) -> anyhow::Result<()> {
    chapter("Somebody who is not Twilio sends a message. The signature is wrong, and nothing is looked at.");
    let (status, _) = says(agent, &TwilioToken::new("guessed"), "SMdemo1", "Send me money")?;
    ensure!(status == 403, "a forged message was answered with {status}");

    chapter("Noor writes to the bot. Twilio signs her message, and it comes twice.");
    for _ in 0..2 {
        let (status, answer) = says(agent, twilio, "SMdemo1", "What is Apache Spark?")?;
        ensure!(status == 200, "her message was refused: {answer}");
    }
    Ok(())
}

/// Claims what waits, and keeps Noor's chat alone.
fn look(agent: &Server) -> anyhow::Result<(String, String)> {
    chapter("An agent asks for what waits, and holds it for a minute. The repetition was kept once.");
    let claimed = agent.call("POST", "/v1/whatsapp/waiting/claim", Some(&json!({"limit": 100})))?;
    let claim = json!({"claim_id": text(&claimed, "/claim_id")?});
    let user = agent.send("POST", "/v1/whatsapp/users/lookup", Some(&json!({"phone_number": PHONE})))?.body;
    let user = text(&user, "/user_id")?.to_owned();
    let (own, others): (Vec<&Value>, Vec<&Value>) = list(&claimed, "/data")?
        .iter()
        .partition(|waiting| waiting.pointer("/chat/customer_id").and_then(Value::as_str) == Some(&user));
    for other in others {
        let path = format!("/v1/whatsapp/chats/{}/release", text(other, "/chat/chat_id")?);
        agent.send("POST", &path, Some(&claim))?;
    }
    let own = own.first().context("another agent holds Noor's chat: try again in a minute")?;
    table(own, "/unanswered", &["/role", "/content"])?;
    let chat = text(own, "/chat/chat_id")?.to_owned();
    agent.send("POST", &format!("/v1/whatsapp/chats/{chat}/release"), Some(&claim))?;
    Ok((user, chat))
}

fn answer(agent: &Server, user: &str, chat: &str) -> anyhow::Result<()> {
    chapter(
        "It hands the history to a language model, and keeps the answer: some 2,000 characters, which WhatsApp takes in two parts.",
    );
    let history = agent.call("GET", &format!("/v1/whatsapp/users/{user}/history"), None)?;
    table(&history, "/data", &["/role", "/content"])?;
    let content = format!("{} {}", "Spark ".repeat(200).trim(), "engine ".repeat(115).trim());
    let path = format!("/v1/whatsapp/chats/{chat}/answers");
    let answered = agent.call("POST", &path, Some(&json!({"content": content})))?;
    let lengths = list(&answered, "/parts")?.iter().filter_map(Value::as_str).map(str::len);
    println!("    parts of {:?} characters", lengths.collect::<Vec<_>>());
    Ok(())
}

fn report(agent: &Server, twilio: &TwilioToken) -> anyhow::Result<()> {
    chapter("Twilio reports what becomes of them, the last report first. A message never goes back.");
    for status in ["read", "sent"] {
        let form = format!("MessageSid=SMdemo2&MessageStatus={status}&To=whatsapp:%2B12025550177");
        agent.call_as_twilio("/v1/whatsapp/webhook/twilio/status", &form, twilio)?;
    }
    let delivery = agent.call("GET", "/v1/whatsapp/deliveries/SMdemo2", None)?;
    println!("    {}", text(&delivery, "/status")?);
    Ok(())
}

fn start_over(agent: &Server, twilio: &TwilioToken) -> anyhow::Result<()> {
    chapter("Noor has another subject.");
    let (_, answer) = says(agent, twilio, "SMdemo3", "start over")?;
    let said = answer.split("<Message>").nth(1).and_then(|rest| rest.split("</Message>").next());
    println!("    {}", said.context("the command was not understood")?);
    Ok(())
}

fn import(agent: &Server, user: &str) -> anyhow::Result<()> {
    chapter("Her older conversations come from two phones, an iPhone and one with Android.");
    let path = format!("/v1/whatsapp/users/{user}/imports");
    for (file, timezone) in [(IOS, "Asia/Amman"), (ANDROID, "America/New_York")] {
        let body = json!({"format": "txt", "text": file, "assistant": "Bot", "timezone": timezone});
        let brought = agent.call("POST", &path, Some(&body))?;
        println!(
            "    {} messages, dates {}",
            brought.pointer("/messages").cloned().unwrap_or_default(),
            text(&brought, "/date_order")?
        );
    }
    Ok(())
}

fn log_in(agent: &Server, user: &str) -> anyhow::Result<()> {
    chapter("An administrator gives her a password, and she looks at her chats on the web.");
    let path = format!("/v1/whatsapp/users/{user}/password");
    agent.call("PUT", &path, Some(&json!({"new_password": PASSWORD})))?;
    let name = json!({"phone_number": format!("whatsapp:{PHONE}"), "password": PASSWORD});
    let tokens = agent.with_token("").call("POST", "/v1/whatsapp/log-in", Some(&name))?;
    let noor = agent.with_token(text(&tokens, "/access_token")?);
    let chats = noor.call("GET", &format!("/v1/whatsapp/users/{user}/chats"), None)?;
    table(&chats, "/data", &["/chat_id", "/message_count", "/is_active", "/created_at"])
}
