//! From a listing to a sale, and to a person who is forgotten.

use serde_json::json;
use strongroom_tests::db_manage;

use crate::seller::{Bot, code};
use crate::world::{id, named, pointers, text};

#[test]
fn a_listing_a_buyer_a_chat_and_a_message_that_comes_twice() {
    let bot = Bot::start();
    let new =
        json!({"wallapop_id": "12345", "title": "iPhone 13 Pro", "price": 650.0, "status": "AVAILABLE"});
    let product = bot.post("/products", &new).expect(201);
    assert_eq!((&product["price"], &product["currency"]), (&json!("650.00"), &json!("EUR")));
    assert!(
        product["status"] == "available" && product["listed_at"].is_string() && product["sold_at"].is_null()
    );
    let taken = bot.post("/products", &new);
    assert_eq!(code(&taken, 409), "conflict");
    assert_eq!(taken.expect(409)["existing_id"], product["id"]);

    let person = json!({"wallapop_user_id": "buyer123", "username": "juan_comprador"});
    let buyer = bot.put("/buyers/by-wallapop-id", &person).expect(201);
    assert_eq!(buyer["trust_score"], 0.5);
    assert_eq!(bot.put("/buyers/by-wallapop-id", &person).expect(200)["id"], buyer["id"]);

    let (product, buyer) = (id(&product), id(&buyer));
    let chat = bot.post("/conversations", &Bot::new_conversation("chat456", &product, &buyer)).expect(201);
    let conversations = || bot.get(&format!("/buyers/{buyer}"))["total_conversations"].clone();
    assert_eq!(conversations(), 1);
    let again = bot.post("/conversations", &Bot::new_conversation("chat457", &product, &buyer)).expect(200);
    assert_eq!((&again["wallapop_chat_id"], conversations()), (&json!("chat456"), json!(1)));

    let chat = format!("/conversations/{}", id(&chat));
    let mut message = Bot::new_message(&buyer, "¡Hola! Me interesa tu iPhone");
    message["wallapop_message_id"] = json!("m1");
    let first = bot.post(&format!("{chat}/messages"), &message).expect(201);
    assert_eq!(bot.post(&format!("{chat}/messages"), &message).expect(200), first);
    let shown = bot.get(&chat);
    assert_eq!((&shown["message_count"], &shown["last_message_at"]), (&json!(1), &first["created_at"]));
    let by_bot = json!({"content": "Sí.", "message_type": "bot_message", "buyer_id": buyer});
    let refused = bot.post(&format!("{chat}/messages"), &by_bot);
    assert_eq!(pointers(&refused), named(&[("/buyer_id", "not_allowed")]));
}

/// What an operator exports is about the same person, and what is left of a person who was anonymised names nobody.
#[test]
fn an_export_masks_a_person_and_anonymising_forgets_the_person() {
    let bot = Bot::start();
    let product = bot.product("12345");
    let person = json!({
        "wallapop_user_id": "buyer123", "username": "juan_comprador", "phone": "612 34 56 78",
        "email": "juan@correo.example", "display_name": "Juan García", "profile_data": {"city": "Sants"},
    });
    let buyer = id(&bot.put("/buyers/by-wallapop-id", &person).expect(201));
    let path = format!("/buyers/{buyer}");
    let chat = bot.conversation("chat456", &product, &buyer);
    let mut message = Bot::new_message(&buyer, "¡Hola! Me interesa tu iPhone");
    message["wallapop_message_id"] = json!("m1");
    message["entities"] = json!({"product": "iPhone"});
    let message = id(&bot.post(&format!("/conversations/{chat}/messages"), &message).expect(201));
    bot.patch(&format!("/conversations/{chat}"), &json!({"meeting_location": "Estació de Sants"}))
        .expect(200);

    let exported = db_manage(bot.server.database(), &["export", "--system", "market", "-o", "/dev/stdout"]);
    let export = exported.json();
    assert_eq!(export["buyers"][0]["username"], "j***r");
    assert_eq!(export["messages"][0]["id"], message);
    for personal in ["juan_comprador", "34612345678", "correo", "García", "Sants", "Me interesa"] {
        assert!(!exported.stdout.contains(personal), "{personal} is in {}", exported.stdout);
    }

    let data = bot.get(&format!("{path}/data"));
    let tables: Vec<String> =
        data["data"].as_array().unwrap().iter().map(|row| text(row, "/table")).collect();
    assert_eq!(tables, ["buyers", "conversations", "messages"]);
    assert_eq!(data["data"][2]["row"]["content"], "¡Hola! Me interesa tu iPhone");

    // Another sale, which goes on counting.
    let other = bot.product("bicycle");
    let sale = bot.conversation("chat9", &other, &buyer);
    bot.post(&format!("/conversations/{sale}/complete"), &json!({"negotiated_price": "600"})).expect(200);

    let digits = buyer.replace('-', "");
    let anonymous = bot.act(&format!("{path}/anonymise")).expect(200);
    assert_eq!(anonymous["username"], format!("anonymous_{buyer}"));
    assert_eq!(anonymous["wallapop_user_id"], format!("anonymous_{digits}"));
    assert_eq!((&anonymous["completed_purchases"], &anonymous["profile_data"]), (&json!(1), &json!({})));
    for field in ["phone", "email", "display_name"] {
        assert!(anonymous[field].is_null(), "{field}");
    }
    assert_eq!(bot.act(&format!("{path}/anonymise")).expect(200), anonymous, "once is enough");
    let kept = bot.get(&format!("/messages/{message}"));
    assert_eq!(kept["content"], "[removed]");
    assert!(kept["entities"].is_null() && kept["wallapop_message_id"].is_null());
    let kept = bot.get(&format!("/conversations/{chat}"));
    assert_eq!((&kept["status"], &kept["closed_reason"]), (&json!("cancelled"), &json!("anonymised")));
    assert_eq!(kept["wallapop_chat_id"], format!("anonymous_{}", chat.replace('-', "")));
    assert!(kept["meeting_location"].is_null());

    for lookup in [
        json!({"username": "juan_comprador"}),
        json!({"phone": "+34612345678"}),
        json!({"email": "juan@correo.example"}),
        json!({"wallapop_user_id": "buyer123"}),
    ] {
        assert_eq!(bot.post("/buyers/lookup", &lookup).expect(200), json!({"data": []}), "{lookup}");
    }
    let changed = bot.patch(&path, &json!({"phone": "612 34 56 78"}));
    assert_eq!(code(&changed, 409), "buyer_anonymised");
    let again = bot.put("/buyers/by-wallapop-id", &person).expect(201);
    assert_ne!(id(&again), buyer, "the same person is somebody new");
}

#[test]
fn what_is_erased_is_gone_and_what_is_deleted_comes_back() {
    let bot = Bot::start();
    let (product, buyer, chat) = bot.talk("a");
    bot.wrote(&chat, &buyer, "¡Hola!");
    for (kind, row) in [("products", &product), ("buyers", &buyer)] {
        let path = format!("/{kind}/{row}");
        bot.send("DELETE", &path, &json!(null)).expect(204);
        let hidden = bot.server.get(&format!("/v1/market/conversations/{chat}"));
        assert_eq!(code(&hidden, 404), "not_found", "{kind}");
        assert!(bot.claim().1.is_empty(), "nothing of a hidden conversation is handed out");
        bot.act(&format!("{path}/restore")).expect(200);
        bot.get(&format!("/conversations/{chat}"));
    }
    let erased = bot.send("DELETE", &format!("/buyers/{buyer}?erase=true"), &json!(null)).expect(200);
    assert_eq!(erased, json!({"buyers": 1, "conversations": 1, "messages": 1, "idempotency_keys": 0}));
    assert_eq!(bot.server.get(&format!("/v1/market/conversations/{chat}")).status, 404);
    let erased = bot.send("DELETE", &format!("/products/{product}?erase=true"), &json!(null)).expect(200);
    assert_eq!(erased, json!({"products": 1, "conversations": 0, "messages": 0, "idempotency_keys": 0}));
}

#[test]
fn a_deleted_id_of_the_marketplace_is_free_and_keeps_its_last_owner_from_coming_back() {
    let bot = Bot::start();
    let (old, person) = (bot.product("12345"), bot.buyer("b1"));
    bot.send("DELETE", &format!("/products/{old}"), &json!(null)).expect(204);
    bot.send("DELETE", &format!("/buyers/{person}"), &json!(null)).expect(204);
    let (new, somebody) = (bot.product("12345"), bot.buyer("b1"));
    for (path, by) in [(format!("/products/{old}"), new), (format!("/buyers/{person}"), somebody)] {
        let refused = bot.act(&format!("{path}/restore"));
        assert_eq!(code(&refused, 409), "restore_conflict");
        assert_eq!(refused.expect(409)["existing_id"], by);
    }
}

#[test]
fn a_feed_makes_changes_and_finds() {
    let bot = Bot::start();
    let rows = json!([
        {"wallapop_id": "1", "title": "Desk", "price": 120},
        {"wallapop_id": "2", "title": "Bicycle", "price": "420.00", "status": "SOLD"},
        {"wallapop_id": "1", "title": "Desk again"},
        {"wallapop_id": "3", "title": "No price"},
        {"wallapop_id": "4", "title": "Odd", "price": "1.005"},
    ]);
    let statuses = |rows: &serde_json::Value| {
        let stored = bot.post("/products/batch", rows).expect(200);
        let results = stored["results"].as_array().unwrap().iter();
        let of_row = |row: &serde_json::Value| {
            (text(row, "/status"), row["errors"][0]["code"].as_str().unwrap_or_default().to_owned())
        };
        results.map(of_row).collect::<Vec<_>>()
    };
    let expected = |rows: &[(&str, &str)]| -> Vec<(String, String)> {
        rows.iter().map(|(status, code)| ((*status).to_owned(), (*code).to_owned())).collect()
    };
    let first = [
        ("created", ""),
        ("created", ""),
        ("invalid", "duplicate_in_batch"),
        ("invalid", "missing"),
        ("invalid", "too_many_decimals"),
    ];
    assert_eq!(statuses(&rows), expected(&first));
    let second = json!([
        {"wallapop_id": "1", "price": "120.00"},
        {"wallapop_id": "2", "title": "Mountain bike"},
    ]);
    assert_eq!(statuses(&second), expected(&[("found", ""), ("invalid", "product_sold")]));
    let third = json!([{"wallapop_id": "1", "description": null, "price": 99}, {"wallapop_id": "2", "views_count": 7}]);
    assert_eq!(statuses(&third), expected(&[("updated", ""), ("updated", "")]));
    assert_eq!(bot.get("/products/by-wallapop-id/1")["price"], "99.00");
    assert_eq!(bot.get("/products?status=Sold&min_price=1")["data"][0]["views_count"], 7);
}

#[test]
fn a_sold_product_changes_in_its_counters_alone() {
    let bot = Bot::start();
    let (product, _, chat) = bot.talk("a");
    let path = format!("/products/{product}");
    let sold = bot.patch(&path, &json!({"status": "sold"})).expect(200);
    assert!(sold["sold_at"].is_string());
    let ended = bot.get(&format!("/conversations/{chat}"));
    assert_eq!((&ended["status"], &ended["closed_reason"]), (&json!("cancelled"), &json!("sold_to_other")));
    assert_eq!(code(&bot.patch(&path, &json!({"title": "Phone"})), 409), "product_sold");
    assert_eq!(code(&bot.patch(&path, &json!({"status": "available"})), 409), "product_sold");
    let counted = bot.post(&format!("{path}/counters"), &json!({"views": 12, "favorites": 3})).expect(200);
    assert_eq!((&counted["views_count"], &counted["favorites_count"]), (&json!(12), &json!(3)));
    let below = bot.post(&format!("{path}/counters"), &json!({"favorites": -4}));
    assert_eq!(pointers(&below), named(&[("/favorites", "out_of_range")]));
    let full = bot.patch(&path, &json!({"views_count": 2_147_483_647_i64})).expect(200);
    let above = bot.post(&format!("{path}/counters"), &json!({"views": 1}));
    assert_eq!(pointers(&above), named(&[("/views", "out_of_range")]));
    assert_eq!(bot.get(&path), full);
}

/// The marketplace keeps one chat for a buyer and a thing, whatever became of it.
#[test]
fn a_buyer_writes_again_in_the_same_chat() {
    let bot = Bot::start();
    let (product, buyer) = (bot.product("P"), bot.buyer("B"));
    let chat = bot.conversation("c-77", &product, &buyer);
    let path = format!("/conversations/{chat}");
    bot.act(&format!("{path}/cancel")).expect(200);
    let again = bot.post("/conversations", &Bot::new_conversation("c-77", &product, &buyer)).expect(200);
    assert_eq!((&again["id"], &again["status"]), (&json!(chat), &json!("cancelled")));
    let waiting = bot.wrote(&chat, &buyer, "¿Sigue disponible?");
    let shown = bot.get(&path);
    assert_eq!((&shown["message_count"], &shown["status"]), (&json!(1), &json!("cancelled")));
    assert_eq!(bot.claim().1, [waiting]);
    let cancelled = || bot.get(&format!("/buyers/{buyer}"))["cancelled_conversations"].clone();
    assert_eq!(cancelled(), 1);
    assert_eq!(bot.act(&format!("{path}/reopen")).expect(200)["status"], "active");
    assert_eq!(cancelled(), 0);
    bot.patch(&format!("/products/{product}"), &json!({"status": "sold"})).expect(200);
    assert_eq!(code(&bot.act(&format!("{path}/reopen")), 409), "product_not_available");
    bot.wrote(&chat, &buyer, "¡Qué lástima!");

    let (other, stranger) = (bot.product("Q"), bot.buyer("C"));
    let taken = bot.post("/conversations", &Bot::new_conversation("c-77", &other, &stranger));
    assert_eq!(code(&taken, 409), "conflict");
    assert_eq!(taken.expect(409)["existing_id"], chat);
}

#[test]
fn nobody_answers_who_is_blocked() {
    let bot = Bot::start();
    let (product, buyer, chat) = bot.talk("a");
    let blocked = |id: &str| {
        bot.post("/buyers/is-blocked", &json!({"wallapop_user_id": id})).expect(200)["is_blocked"].clone()
    };
    assert_eq!((blocked("b-a"), blocked("nobody")), (json!(false), json!(false)));
    let ended = bot.act(&format!("/conversations/{chat}/block")).expect(200);
    assert_eq!((&ended["status"], blocked("b-a")), (&json!("blocked"), json!(true)));
    let message = bot.wrote(&chat, &buyer, "¿Hola?");
    assert_eq!(bot.get(&format!("/messages/{message}"))["is_processed"], true);
    let other = bot.product("other");
    let refused = bot.post("/conversations", &Bot::new_conversation("c2", &other, &buyer));
    assert_eq!(code(&refused, 409), "buyer_blocked");
    bot.act(&format!("/buyers/{buyer}/unblock")).expect(200);
    assert_eq!(bot.get(&format!("/conversations/{chat}"))["status"], "blocked", "none is reopened");
    bot.patch(&format!("/products/{product}"), &json!({"status": "reserved"})).expect(200);
    let refused = bot.post("/conversations", &Bot::new_conversation("c3", &product, &buyer));
    assert_eq!(code(&refused, 409), "product_not_available");
    assert_eq!(bot.get("/buyers?is_blocked=true")["data"], json!([]));
}

#[test]
fn archived_conversations_are_left_out_until_somebody_writes() {
    let bot = Bot::start();
    let (_, buyer, chat) = bot.talk("a");
    bot.act(&format!("/conversations/{chat}/complete")).expect(200);
    bot.server
        .database()
        .sabotage("UPDATE market.conversations SET completed_at = now() - interval '31 days'");
    let ran = db_manage(bot.server.database(), &["maintenance", "--system", "market"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let listed = |query: &str| bot.get(&format!("/conversations{query}"))["data"].as_array().map(Vec::len);
    assert_eq!(
        (listed(""), listed("?archived=true"), listed("?status=COMPLETED")),
        (Some(0), Some(1), Some(0))
    );
    bot.wrote(&chat, &buyer, "¿Tienes más?");
    assert_eq!(
        (listed(""), bot.act(&format!("/conversations/{chat}/read")).expect(200)),
        (Some(1), json!({"marked": 1}))
    );
    assert_eq!(bot.act(&format!("/conversations/{chat}/read")).expect(200), json!({"marked": 0}));
}
