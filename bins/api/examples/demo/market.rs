//! A bot that sells an iPhone: from the marketplace's feed to the sale, and to a buyer who wants to be forgotten.

use anyhow::ensure;
use serde_json::{Value, json};

use crate::toolkit::{Database, Server, chapter, id, list, say, table, text};

const QUERIES: &[&str] = &[
    "SELECT wallapop_user_id, left(encode(username, 'hex'), 30) AS username, left(encode(phone, 'hex'), 30) AS phone
    FROM buyers WHERE wallapop_user_id LIKE 'demo-%' ORDER BY created_at LIMIT 2",
    "SELECT message_type, is_processed, left(encode(content, 'hex'), 30) AS content, length(content) AS bytes
    FROM messages ORDER BY created_at DESC, id DESC LIMIT 2",
];

const LISTINGS: [&str; 2] = ["demo-iphone", "demo-bicycle"];
const PEOPLE: [&str; 3] = ["demo-juan", "demo-lucia", "demo-gangas"];

pub(crate) fn play(bot: &Server, database: Option<&Database>) -> anyhow::Result<()> {
    forget_earlier_runs(bot)?;
    let iphone = feed(bot)?;
    let juan = meet(bot, PEOPLE[0], "juan_comprador", Some("612 34 56 78"))?;
    let chat = talk(bot, &iphone, &juan)?;
    write_twice(bot, &chat, &juan)?;
    hand_out(bot)?;
    let lucia = meet(bot, PEOPLE[1], "lucia.bcn", None)?;
    let rival = begin(bot, "demo-chat-2", &iphone, &lucia)?;
    sell(bot, &chat, &rival)?;
    let gangas = meet(bot, PEOPLE[2], "gangas24h", None)?;
    limit(bot)?;
    block(bot, &gangas)?;
    look_back(bot, database)?;
    forget(bot, &juan)?;
    clean_up(bot, &[&juan, &lucia, &gangas])
}

fn forget_earlier_runs(bot: &Server) -> anyhow::Result<()> {
    for wallapop_user_id in PEOPLE {
        let found = bot.send(
            "POST",
            "/v1/market/buyers/lookup",
            Some(&json!({"wallapop_user_id": wallapop_user_id})),
        )?;
        for buyer in list(&found.body, "/data")? {
            bot.send("DELETE", &format!("/v1/market/buyers/{}?erase=true", id(buyer)?), None)?;
        }
    }
    for wallapop_id in LISTINGS {
        let found = bot.send("GET", &format!("/v1/market/products/by-wallapop-id/{wallapop_id}"), None)?;
        if found.status == 200 {
            bot.send("DELETE", &format!("/v1/market/products/{}?erase=true", id(&found.body)?), None)?;
        }
    }
    Ok(())
}

fn feed(bot: &Server) -> anyhow::Result<String> {
    chapter(
        "The marketplace lists two things. The bot feeds them in one batch, and again when a price has changed.",
    );
    let mut rows = json!([
        {"wallapop_id": LISTINGS[0], "title": "iPhone 13 Pro", "price": 650.0, "status": "AVAILABLE", "condition": "like_new"},
        {"wallapop_id": LISTINGS[1], "title": "Orbea mountain bike", "price": "420.00"},
    ]);
    for price in ["650.00", "640.00"] {
        if let Some(field) = rows.pointer_mut("/0/price") {
            *field = json!(price);
        }
        let stored = bot.call("POST", "/v1/market/products/batch", Some(&rows))?;
        table(&stored, "/results", &["/index", "/status"])?;
    }
    let iphone = bot.call("GET", &format!("/v1/market/products/by-wallapop-id/{}", LISTINGS[0]), None)?;
    println!(
        "    {}, {} {}",
        text(&iphone, "/title")?,
        text(&iphone, "/price")?,
        text(&iphone, "/currency")?
    );
    id(&iphone)
}

fn meet(bot: &Server, wallapop_user_id: &str, username: &str, phone: Option<&str>) -> anyhow::Result<String> {
    let person = json!({"wallapop_user_id": wallapop_user_id, "username": username, "phone": phone});
    if phone.is_some() {
        chapter(
            "Juan asks about it. What the marketplace tells of him is sealed, and found by keyed hashes.",
        );
    }
    let buyer = bot.call("PUT", "/v1/market/buyers/by-wallapop-id", Some(&person))?;
    println!("    {}, trust score {}", text(&buyer, "/username")?, shown(&buyer, "/trust_score"));
    id(&buyer)
}

fn begin(bot: &Server, chat: &str, product: &str, buyer: &str) -> anyhow::Result<String> {
    let new = json!({"wallapop_chat_id": chat, "product_id": product, "buyer_id": buyer});
    id(&bot.call("POST", "/v1/market/conversations", Some(&new))?)
}

fn talk(bot: &Server, product: &str, buyer: &str) -> anyhow::Result<String> {
    chapter("Their conversation begins. Asked for again under another chat id, it is the same one.");
    let chat = begin(bot, "demo-chat-1", product, buyer)?;
    let again = begin(bot, "demo-chat-1b", product, buyer)?;
    ensure!(chat == again, "the pair has two conversations");
    Ok(chat)
}

fn write_twice(bot: &Server, chat: &str, buyer: &str) -> anyhow::Result<()> {
    chapter("He writes. The marketplace delivers the message twice, and it is kept once.");
    let message = json!({
        "content": "¡Hola! Me interesa tu iPhone", "message_type": "user_message", "buyer_id": buyer,
        "wallapop_message_id": "demo-m1",
    });
    for _ in 0..2 {
        bot.call("POST", &format!("/v1/market/conversations/{chat}/messages"), Some(&message))?;
    }
    let chat = bot.call("GET", &format!("/v1/market/conversations/{chat}"), None)?;
    println!("    messages: {}", shown(&chat, "/message_count"));
    Ok(())
}

fn hand_out(bot: &Server) -> anyhow::Result<()> {
    chapter(
        "Two workers ask for what waits. No message is handed out twice, and none of a conversation of which one is out.",
    );
    let claim =
        || bot.call("POST", "/v1/market/messages/claim", Some(&json!({"limit": 100, "lease_seconds": 60})));
    let (first, second) = (claim()?, claim()?);
    println!("    the second worker gets {}", list(&second, "/data")?.len());
    let claim_id = text(&first, "/claim_id")?;
    let found = json!({"claim_id": claim_id, "intent": "greeting", "entities": {"product": "iPhone"}, "sentiment": 0.6});
    for message in list(&first, "/data")? {
        // Others belong to the sample data, and go back.
        let is_ours = message.pointer("/wallapop_message_id") == Some(&json!("demo-m1"));
        let (end, body) =
            if is_ours { ("processed", found.clone()) } else { ("release", json!({"claim_id": claim_id})) };
        bot.send("POST", &format!("/v1/market/messages/{}/{end}", id(message)?), Some(&body))?;
    }
    say(
        "What the bot found in it is sealed like the text. A worker that dies loses its claim after a minute.",
    );
    Ok(())
}

fn sell(bot: &Server, chat: &str, rival: &str) -> anyhow::Result<()> {
    chapter(
        "Juan gets it for 600, at Sants station. Lucía asked too: her conversation is cancelled, which counts against nobody.",
    );
    let offer = json!({"negotiated_price": "600.00", "meeting_location": "Estació de Sants", "intent_detected": "price_negotiation"});
    bot.call("PATCH", &format!("/v1/market/conversations/{chat}"), Some(&offer))?;
    let sold = bot.call("POST", &format!("/v1/market/conversations/{chat}/complete"), Some(&json!({})))?;
    println!("    {} at {}", text(&sold, "/status")?, text(&sold, "/negotiated_price")?);
    let rival = bot.call("GET", &format!("/v1/market/conversations/{rival}"), None)?;
    println!("    {}: {}", text(&rival, "/status")?, text(&rival, "/closed_reason")?);
    Ok(())
}

fn limit(bot: &Server) -> anyhow::Result<()> {
    chapter("The bot may send three messages within a minute. The fourth is refused.");
    let hit = json!({"identifier": format!("demo-{}", std::process::id()), "limit": 3, "window_seconds": 60});
    let mut refused = Vec::new();
    for _ in 0..4 {
        let standing = bot.call("POST", "/v1/market/rate-limits/check", Some(&hit))?;
        refused.push(shown(&standing, "/limited"));
    }
    println!("    limited: {}", refused.join(", "));
    Ok(())
}

fn block(bot: &Server, buyer: &str) -> anyhow::Result<()> {
    chapter("Gangas wants to pay outside the marketplace, and is blocked.");
    bot.call("POST", &format!("/v1/market/buyers/{buyer}/block"), None)?;
    let asked = json!({"wallapop_user_id": PEOPLE[2]});
    let blocked = bot.call("POST", "/v1/market/buyers/is-blocked", Some(&asked))?;
    println!("    blocked: {}", shown(&blocked, "/is_blocked"));
    Ok(())
}

fn look_back(bot: &Server, database: Option<&Database>) -> anyhow::Result<()> {
    chapter("What happened today.");
    let stats = bot.call("GET", "/v1/market/stats", None)?;
    println!("    sales: {}", shown(&stats, "/today/completed_sales"));
    let Some(database) = database else { return Ok(()) };
    chapter(
        "Once a day an operator lets old sessions go, archives, scores the buyers and stores the reports.",
    );
    database.tell(&["maintenance", "--system", "market"])?;
    chapter("What leaves the database names nobody.");
    database.tell(&["export", "--system", "market", "--output", "/dev/null"])?;
    database.show("market", QUERIES)
}

fn forget(bot: &Server, buyer: &str) -> anyhow::Result<()> {
    chapter("Juan wants to be forgotten. Prices and counts stay, and nothing that finds him.");
    let anonymous = bot.call("POST", &format!("/v1/market/buyers/{buyer}/anonymise"), None)?;
    let is_anonymous = text(&anonymous, "/username")?.starts_with("anonymous_");
    println!("    anonymous: {is_anonymous}, purchases: {}", shown(&anonymous, "/completed_purchases"));
    let found = bot.call("POST", "/v1/market/buyers/lookup", Some(&json!({"phone": "+34612345678"})))?;
    println!("    found by his number: {}", list(&found, "/data")?.len());
    Ok(())
}

fn clean_up(bot: &Server, people: &[&String]) -> anyhow::Result<()> {
    chapter("The story leaves nothing behind.");
    for buyer in people {
        bot.call("DELETE", &format!("/v1/market/buyers/{buyer}?erase=true"), None)?;
    }
    forget_earlier_runs(bot)
}

fn shown(answer: &Value, pointer: &str) -> String {
    answer.pointer(pointer).map(ToString::to_string).unwrap_or_default()
}
