//! How many statements a request costs: counted in the log, which names the request that each belongs to.

use repository::domain::whatsapp::Form;
use serde_json::{Value, json};
use strongroom_tests::Server;

use crate::household::{self, Household};
use crate::world::{World, id, text};
use crate::{export_chat, export_documents, exporter, kitchen, twilio};

/// The statements that a request ran, without the look-up of the key or the session.
fn all_statements(
    world: &World,
    bearer: &str,
    method: &str,
    path: &str,
    body: Option<&Value>,
) -> Vec<String> {
    let authorization = ("authorization", &*format!("Bearer {bearer}"));
    statements_with(world, &[authorization], method, path, body.map(Value::to_string).as_deref())
}

/// The same by these headers, with the caller's among them.
fn statements_with(
    world: &World,
    headers: &[(&str, &str)],
    method: &str,
    path: &str,
    body: Option<&str>,
) -> Vec<String> {
    // The caller is looked up at most once a second, so the first of these requests pays for it.
    world.server.send("GET", &format!("/v1/split/users/{}", world.user), headers, None);
    let request = format!("count-{}", repository::testing::unique());
    let headers = [headers, &[("x-request-id", &*request)]].concat();
    let answer = world.server.send(method, path, &headers, body);
    assert!(answer.status < 300, "{}", answer.text);
    let log = world.server.log();
    let of_request = log.lines().filter(|line| line.contains(&request) && line.contains("strongroom::sql"));
    let own = ["api_keys", "platform.sessions", "\"SELECT 1\""];
    of_request.filter(|line| !own.iter().any(|text| line.contains(text))).map(str::to_owned).collect()
}

/// Those of them that are not the transaction's own.
fn statements(world: &World, method: &str, path: &str, body: Option<&Value>) -> Vec<String> {
    without_own(all_statements(world, world.server.key(), method, path, body))
}

fn without_own(mut statements: Vec<String>) -> Vec<String> {
    statements.retain(|line| !["BEGIN", "COMMIT", "set_config($1"].iter().any(|text| line.contains(text)));
    statements
}

fn assert_at_most(most: usize, found: &[String]) {
    assert!((1..=most).contains(&found.len()), "{} statements: {found:#?}", found.len());
}

#[test]
fn a_bill_with_its_shares_is_read_in_one_and_made_in_one() {
    let world = World::with_contacts(10);
    let bill = json!({"user_id": world.user, "total_amount": "100.00", "split": world.equally()});
    assert_at_most(1, &statements(&world, "POST", "/v1/split/bills", Some(&bill)));
    let made = world.bill("100.00");
    assert_at_most(1, &statements(&world, "GET", &format!("/v1/split/bills/{}", id(&made)), None));
}

#[test]
fn a_key_costs_two_more_and_a_replay_one_in_all() {
    let world = World::with_contacts(10);
    let bill = json!({"user_id": world.user, "total_amount": "100.00", "split": world.equally()});
    let bearer = format!("Bearer {}", world.server.key());
    let headers = [("authorization", bearer.as_str()), ("idempotency-key", "k")];
    let bill = bill.to_string();
    let send = || without_own(statements_with(&world, &headers, "POST", "/v1/split/bills", Some(&bill)));
    assert_at_most(3, &send());
    assert_at_most(1, &send());
}

#[test]
fn a_list_is_one_statement_however_long() {
    let world = World::with_contacts(10);
    for _ in 0..3 {
        world.bill("100.00");
    }
    for list in ["contacts", "bills"] {
        assert_at_most(
            1,
            &statements(&world, "GET", &format!("/v1/split/users/{}/{list}", world.user), None),
        );
    }
}

#[test]
fn a_contact_is_made_in_one() {
    let world = World::with_contacts(0);
    let contact = json!({"name": "Ravi", "phone_number": "+919876543211"});
    let path = format!("/v1/split/users/{}/contacts", world.user);
    assert_at_most(1, &statements(&world, "POST", &path, Some(&contact)));
}

#[test]
fn what_hangs_on_a_report_is_read_in_one_and_a_document_is_made_in_three() {
    let world = World::with_contacts(0);
    let (_, report) = exporter::with_report(&world.server);
    let document = export_documents::new_document("commercial_invoice", &export_documents::invoice());
    let made = id(&world.server.post(&format!("{report}/documents"), &document).expect(201));
    let made = format!("/v1/export/documents/{made}");
    let session = world.server.post(&format!("{report}/chat-sessions"), &json!({})).expect(201);
    let session = format!("/v1/export/chat-sessions/{}", id(&session));
    let (path, exchange) = (|rest: &str| format!("{report}{rest}"), export_chat::exchange(1));
    let finance = json!({"working_capital_data": {"total": "80000.00"}});
    let logistics = json!({"route_analysis": []});
    for (most, method, path, body) in [
        (3, "POST", path("/documents"), Some(&document)),
        (1, "POST", path("/documents/preview"), Some(&document)),
        (1, "GET", path("/documents?document_type=commercial_invoice&is_valid=true"), None),
        (1, "GET", path("/documents"), None),
        (1, "GET", made.clone(), None),
        (3, "PATCH", made.clone(), Some(&json!({}))),
        (1, "DELETE", made, None),
        (1, "POST", path("/chat-sessions"), Some(&json!({}))),
        (1, "GET", path("/chat-sessions"), None),
        (1, "GET", session.clone(), None),
        (1, "POST", format!("{session}/messages"), Some(&exchange)),
        (1, "GET", format!("{session}/messages"), None),
        (2, "DELETE", format!("{session}/messages"), None),
        (1, "DELETE", session, None),
        (1, "PUT", path("/finance-analysis"), Some(&finance)),
        (1, "PUT", path("/finance-analysis"), Some(&finance)),
        (1, "GET", path("/finance-analysis"), None),
        (1, "PUT", path("/logistics-analysis"), Some(&logistics)),
        (1, "GET", path("/logistics-analysis"), None),
    ] {
        assert_at_most(most, &statements(&world, method, &path, body));
    }
}

#[test]
fn a_report_is_made_in_one_and_completed_in_two() {
    let world = World::with_contacts(0);
    let (user, report) = exporter::with_report(&world.server);
    let of_user = |rest: &str| format!("/v1/export/users/{user}{rest}");
    let of_report = |rest: &str| format!("{report}{rest}");
    let reports = || "/v1/export/reports".to_owned();
    let new = json!({"user_id": user, "product_name": "Lamps", "destination_country": "USA"});
    let (data, no_reason) = (json!({"report_data": {"risk_score": 41}}), json!({}));
    let (boxes, code) = (json!({"bom": "boxes"}), json!({"hs_code": "853952"}));
    let filter =
        "?status=completed&hs_code=85&destination=Germany&min_risk=1&max_risk=99&from=2026-01-01T00:00:00Z";
    for (most, method, path, body) in [
        (1, "POST", reports(), Some(&new)),
        (1, "GET", report.clone(), None),
        (2, "PATCH", report.clone(), Some(&boxes)),
        (1, "POST", of_report("/fail"), Some(&no_reason)),
        (1, "POST", of_report("/retry"), None),
        (2, "POST", of_report("/complete"), Some(&data)),
        (2, "PUT", of_report("/hs-code"), Some(&code)),
        (1, "GET", reports(), None),
        (1, "GET", reports() + filter, None),
        (1, "GET", of_user("/reports"), None),
        (1, "GET", of_user("/reports") + filter, None),
        (1, "GET", of_user("/metrics"), None),
        (1, "GET", of_user("/dashboard"), None),
        (1, "GET", of_user("/data"), None),
        (1, "POST", of_user("/exports"), Some(&no_reason)),
    ] {
        assert_at_most(most, &statements(&world, method, &path, body));
    }
}

#[test]
fn certificates_are_changed_in_two_a_plan_is_set_in_two_and_a_task_in_one() {
    let world = World::with_contacts(0);
    let (_, report) = exporter::with_report(&world.server);
    let of_report = |rest: &str| format!("{report}{rest}");
    let certificate =
        json!({"certification_id": "ce", "certification_name": "CE", "certification_type": "CE"});
    let made = world.server.post(&of_report("/certifications"), &certificate).expect(201);
    let made = format!("/v1/export/certifications/{}", id(&made));
    let other = json!({"certification_id": "fda", "certification_name": "FDA", "certification_type": "FDA"});
    let completed = json!({"status": "completed", "add_documents": ["Lab report", "PAN"]});
    let (plan, done) = (exporter::plan(&exporter::DAYS), json!({"completed": true}));
    for (most, method, path, body) in [
        (2, "POST", of_report("/certifications"), Some(&other)),
        (3, "POST", of_report("/certifications"), Some(&other)),
        (1, "GET", of_report("/certifications"), None),
        (1, "GET", of_report("/certifications/summary"), None),
        (1, "GET", made.clone(), None),
        (2, "PATCH", made.clone(), Some(&completed)),
        (1, "DELETE", made, None),
        (2, "PUT", of_report("/action-plan"), Some(&plan)),
        (2, "PUT", of_report("/action-plan"), Some(&plan)),
        (1, "PATCH", of_report("/action-plan/t1"), Some(&done)),
        (1, "GET", of_report("/action-plan"), None),
    ] {
        assert_at_most(most, &statements(&world, method, &path, body));
    }
}

#[test]
fn a_pantry_is_filled_in_four_and_looked_at_in_one() {
    let world = World::with_contacts(0);
    let home = Household::new(&world.server, "kowalscy");
    let items: Vec<Value> = (0..200).map(|n| json!({"product_name": format!("Kawa {n}")})).collect();
    let receipt = home.receipt(&world.server, ["Lidl", "2026-11-20", "5"], &json!(items));
    let other = home.new_receipt(["Lidl", "2026-11-21", "5"], &json!(items));
    let line = format!("/v1/pantry/receipt-items/{}", text(&receipt, "/items/0/id"));
    let receipt = format!("/v1/pantry/receipts/{}", id(&receipt));
    let of_receipt = |rest: &str| format!("{receipt}{rest}");
    let milk = id(&home.stock(&world.server, "Milk", ["2", "l", "2026-11-25"]).expect(201));
    let milk = format!("/v1/pantry/pantry-items/{milk}");
    let [new, half, all] =
        [json!({"product_name": "Milk", "quantity": 1}), json!({"quantity": "0.5"}), json!({})];
    let spending = |by: &str| home.path(&format!("/spending?start_date=2026-11-01&end_date=2026-11-30{by}"));
    for (most, method, path, body) in [
        (2, "POST", "/v1/pantry/receipts".to_owned(), Some(&other)),
        (1, "GET", receipt.clone(), None),
        (1, "GET", home.path("/receipts?start_date=2026-11-01&end_date=2026-11-30&store=lidl"), None),
        (1, "GET", line.clone(), None),
        (4, "POST", of_receipt("/to-pantry"), Some(&all)),
        (1, "POST", of_receipt("/to-pantry"), Some(&all)),
        (1, "GET", spending(""), None),
        (1, "GET", spending("&by=store"), None),
        (1, "GET", spending("&by=month"), None),
        (1, "GET", spending("&by=category"), None),
        (2, "POST", home.path("/pantry-items"), Some(&new)),
        (1, "GET", milk.clone(), None),
        (2, "POST", format!("{milk}/consume"), Some(&half)),
        (1, "GET", home.path("/pantry-items"), None),
        (1, "GET", home.path("/pantry-items/expiring?days=30&on=2026-11-20"), None),
        (1, "GET", home.path("/pantry-items/expired?on=2026-12-20"), None),
        (1, "GET", home.path("/pantry-items/available?on=2026-11-20"), None),
        (1, "GET", home.path("/pantry-items/statistics"), None),
        (3, "PATCH", milk, Some(&half)),
        (1, "DELETE", receipt, None),
    ] {
        assert_at_most(most, &statements(&world, method, &path, body));
    }
}

#[test]
fn a_meal_is_planned_in_two_and_its_shopping_list_is_one() {
    let world = World::with_contacts(0);
    let home = Household::new(&world.server, "kowalscy");
    home.stock(&world.server, "milk", ["2", "l", ""]).expect(201);
    let soup = kitchen::recipe(&world.server, "Soup", Some(4), &["milk 500 ml", "rice 200 g"]);
    let milk = kitchen::shared(&world.server, "milk");
    let plan = json!({"user_id": home.id, "plan_date": "2026-11-21", "recipe_id": soup, "items": [{"product_id": milk}]});
    let made = json!({"user_id": home.id, "plan_date": "2026-11-22", "recipe_id": soup});
    let made = format!(
        "/v1/pantry/meal-plans/{}",
        id(&world.server.post("/v1/pantry/meal-plans", &made).expect(201))
    );
    let new = json!({"title": "Stew", "ingredients": [{"product_id": milk, "quantity": 1}]});
    let week = "start_date=2026-11-20&end_date=2026-11-26";
    for (most, method, path, body) in [
        (2, "POST", "/v1/pantry/recipes".to_owned(), Some(&new)),
        (1, "GET", format!("/v1/pantry/recipes/{soup}"), None),
        (1, "GET", "/v1/pantry/recipes?words=so&max_difficulty=5&tags=a".to_owned(), None),
        (1, "GET", home.path("/recipe-suggestions"), None),
        (2, "POST", "/v1/pantry/meal-plans".to_owned(), Some(&plan)),
        (1, "GET", made.clone(), None),
        (1, "GET", home.path(&format!("/meal-plans?{week}")), None),
        (1, "GET", home.path(&format!("/shopping-list?{week}")), None),
        (1, "DELETE", made, None),
    ] {
        assert_at_most(most, &statements(&world, method, &path, body));
    }
}

#[test]
fn a_message_on_whatsapp_takes_four_statements_and_whatever_is_looked_up_one() {
    let world =
        World::on(Server::start_with(&[("MAX_CHAT_MESSAGES", "3"), ("MAX_CONVERSATION_HISTORY", "3")]), 0);
    let count = |most, method, path: &str, body: Value| {
        let path = format!("/v1/whatsapp{path}");
        assert_at_most(most, &statements(&world, method, &path, (!body.is_null()).then_some(&body)));
    };
    let message = |sid: &str| json!({"message_sid": sid, "phone_number": twilio::ASHA, "full_name": "Asha", "content": "hi"});
    count(6, "POST", "/messages", message("SM1"));
    count(4, "POST", "/messages", message("SM2"));
    count(2, "POST", "/messages", message("SM2"));
    let mut renamed = message("SM3");
    renamed["full_name"] = json!("Asha R");
    count(5, "POST", "/messages", renamed);
    count(6, "POST", "/messages", message("SM4"));
    let (user, chat) = twilio::chat_of(&world.server, twilio::ASHA);
    let form = twilio::form_of(&[("MessageSid", "SM5"), ("From", twilio::ASHA), ("Body", "hi")]);
    let url = format!("{}{}", world.server.address(), twilio::WEBHOOK);
    let signature = twilio::sign(&Form::parse(form.as_bytes()).unwrap().signed_text(&url));
    let headers =
        [("authorization", ""), ("content-type", twilio::FORM), (twilio::SIGNATURE, signature.as_str())];
    assert_at_most(4, &without_own(statements_with(&world, &headers, "POST", twilio::WEBHOOK, Some(&form))));

    let (of_user, of_chat) =
        (|rest: &str| format!("/users/{user}{rest}"), |rest: &str| format!("/chats/{chat}{rest}"));
    for (most, method, path, body) in [
        (1, "POST", "/waiting/claim".to_owned(), json!({"limit": 1})),
        (1, "GET", "/waiting".to_owned(), Value::Null),
        (1, "GET", of_chat(""), Value::Null),
        (1, "GET", of_chat("/messages"), Value::Null),
        (1, "GET", of_user(""), Value::Null),
        (1, "GET", of_user("/chats?is_active=true"), Value::Null),
        (1, "GET", of_user("/history"), Value::Null),
        (1, "GET", of_user("/statistics"), Value::Null),
        (1, "GET", of_user("/data"), Value::Null),
        (1, "GET", "/users?is_active=true".to_owned(), Value::Null),
        (1, "GET", "/statistics".to_owned(), Value::Null),
        (1, "GET", "/stats".to_owned(), Value::Null),
        (1, "GET", "/deliveries?status=read".to_owned(), Value::Null),
        (1, "GET", "/inbound/SM1".to_owned(), Value::Null),
        (1, "POST", "/users/lookup".to_owned(), json!({"phone_number": twilio::ASHA})),
        (1, "POST", "/chats/lookup".to_owned(), json!({"phone_number": twilio::ASHA})),
        (1, "POST", "/chats/deactivate".to_owned(), json!({})),
    ] {
        count(most, method, &path, body);
    }
    twilio::says(&world.server, "SM6", "whatsapp:+12025550102", "hi");
    let (_, other) = twilio::chat_of(&world.server, "+12025550102");
    count(2, "POST", &format!("/chats/{other}/answers"), json!({"content": "a"}));
    count(2, "POST", &format!("/chats/{other}/answers"), json!({"content": "a"}));
    count(4, "POST", &format!("/chats/{other}/answers"), json!({"content": "a"}));
    let file = "[19/10/2025, 11:37:20] Asha: hi\n[19/10/2025, 11:37:20] Bot: hi";
    let import = json!({"format": "txt", "text": file, "assistant": "Bot", "timezone": "Asia/Kolkata"});
    count(3, "POST", &of_user("/imports"), import);
    count(6, "DELETE", &of_user("?erase=true"), Value::Null);
}

/// Asserts that these statements were run, told by a part of each.
fn assert_ran(found: &[String], expected: &[&str]) {
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (statement, text) in found.iter().zip(expected) {
        assert!(statement.contains(text), "{text}: {found:#?}");
    }
}

/// End users pay for row security with a transaction around every read. Programs do not.
#[test]
fn row_security_costs_end_users_a_transaction_around_a_read_and_programs_nothing() {
    let world = World::with_contacts(1);
    let bill = format!("/v1/split/bills/{}", id(&world.bill("100.00")));
    let contacts = format!("/v1/split/users/{}/contacts", world.user);
    let tokens =
        world.server.post(&format!("/v1/split/users/{}/tokens", world.user), &json!({"scope": "write"}));
    let token = crate::world::text(&tokens.expect(200), "/access_token");
    let contact = |number| json!({"name": "Ravi", "phone_number": number});

    let read = all_statements(&world, world.server.key(), "GET", &bill, None);
    assert_ran(&read, &["FROM split.bills"]);
    let read = all_statements(&world, &token, "GET", &bill, None);
    assert_ran(&read, &["BEGIN READ ONLY", "set_config", "FROM split.bills", "COMMIT"]);
    for (bearer, number) in [(world.server.key(), "+919876543211"), (&token, "+919876543212")] {
        let written = all_statements(&world, bearer, "POST", &contacts, Some(&contact(number)));
        assert_ran(&written, &["BEGIN", "set_config", "INSERT INTO split.contacts", "COMMIT"]);
    }
}

/// Whose words a message indexes has to be known before it is stored, so a program's message costs a look at its conversation.
#[test]
fn a_household_says_something_in_one_and_what_was_said_is_read_in_one() {
    let world = World::with_contacts(0);
    let household = Household::new(&world.server, "asha");
    let of_user = |rest: &str| household.path(rest);
    let pantry = |rest: &str| format!("/v1/pantry{rest}");
    let conversation = household::new_conversation(&household.id, "default");
    let conversation = id(&world.server.post(&pantry("/conversations"), &conversation).expect(201));
    let of_conversation = |rest: &str| pantry(&format!("/conversations/{conversation}{rest}"));
    let said = household::said("Kup mleko");
    let message = world.server.post(&of_conversation("/messages"), &said).expect(201);
    let message = pantry(&format!("/messages/{}", id(&message)));
    let food = world.server.post(&pantry("/categories"), &json!({"name": "Food"})).expect(201);
    let milk = json!({"name": "Milk", "user_id": household.id, "category_id": food["id"]});
    let milk_path = id(&world.server.post(&pantry("/products"), &milk).expect(201));
    let session = json!({"user_id": household.id, "session_id": "default"});
    let with_messages = json!({"user_id": household.id, "session_id": "default", "messages": true});
    let other = json!({"user_id": household.id, "session_id": "other"});
    let many: Value = (0..100).map(|_| said.clone()).collect();
    let (words, names) = (json!({"words": "mleko"}), json!({"names": ["milk"], "user_id": household.id}));
    let (zone, bread) = (json!({"preferences": {"diet": "any"}}), json!({"name": "Bread"}));
    let by_name = json!({"username": "asha"});
    for (most, method, path, body) in [
        (1, "POST", pantry("/users/lookup"), Some(&by_name)),
        (1, "GET", of_user(""), None),
        (2, "PATCH", of_user(""), Some(&zone)),
        (1, "GET", of_user("/data"), None),
        (1, "POST", pantry("/conversations"), Some(&other)),
        (2, "PUT", pantry("/conversations/by-session"), Some(&session)),
        (1, "POST", pantry("/conversations/lookup"), Some(&session)),
        (2, "POST", pantry("/conversations/lookup"), Some(&with_messages)),
        (1, "GET", of_user("/conversations"), None),
        (1, "GET", of_conversation(""), None),
        (2, "GET", of_conversation("?messages=true"), None),
        (1, "GET", of_conversation("/messages"), None),
        (2, "POST", of_conversation("/messages"), Some(&said)),
        (2, "POST", of_conversation("/messages/batch"), Some(&many)),
        (1, "POST", of_user("/messages/lookup"), Some(&words)),
        (1, "GET", message.clone(), None),
        (2, "PATCH", message, Some(&json!({"content": "Kup chleb"}))),
        (1, "GET", pantry("/categories"), None),
        (1, "GET", pantry("/categories?tree=true"), None),
        (1, "POST", pantry("/products"), Some(&bread)),
        (1, "GET", pantry(&format!("/products?user_id={}&name=m", household.id)), None),
        (1, "GET", pantry(&format!("/products?user_id={}&category={}", household.id, id(&food))), None),
        (1, "POST", pantry("/products/lookup"), Some(&names)),
        (1, "GET", pantry(&format!("/products/{milk_path}")), None),
    ] {
        assert_at_most(most, &statements(&world, method, &path, body));
    }
    let own = all_statements(&world, &household.token, "POST", &of_conversation("/messages"), Some(&said));
    assert_at_most(1, &without_own(own));
}

#[test]
fn the_selling_bot_costs_what_its_specification_says() {
    let world = World::with_contacts(0);
    let made =
        |path: &str, body: Value| id(&world.server.post(&format!("/v1/market{path}"), &body).expect(201));
    let product =
        |name: &str| made("/products", json!({"wallapop_id": name, "title": "Bicycle", "price": 420}));
    let person = |name: &str| json!({"wallapop_user_id": name, "username": "juan"});
    let buyer = |name: &str| {
        let body = person(name).to_string();
        id(&world.server.send("PUT", "/v1/market/buyers/by-wallapop-id", &[], Some(&body)).expect(201))
    };
    let asks = |chat: &str, product: &str, buyer: &str| json!({"wallapop_chat_id": chat, "product_id": product, "buyer_id": buyer});
    let (bicycle, juan, lucia) = (product("1"), buyer("juan"), buyer("lucia"));
    let chat = made("/conversations", asks("c1", &bicycle, &juan));
    made("/conversations", asks("c2", &bicycle, &lucia));
    let message = json!({"content": "¡Hola!", "message_type": "user_message", "buyer_id": juan});
    let first = made(&format!("/conversations/{chat}/messages"), message.clone());
    world.server.send("PUT", "/v1/market/bot-sessions/bot", &[], None).expect(201);
    let feed = Value::Array(
        (0..1000).map(|n| json!({"wallapop_id": format!("f{n}"), "title": "Desk", "price": n})).collect(),
    );
    let (of_product, of_chat) = (format!("/products/{bicycle}"), format!("/conversations/{chat}"));
    let (lamp, somebody) = (product("2"), person("somebody"));
    let (of_buyer, looked_for) = (format!("/buyers/{juan}"), json!({"username": "juan"}));
    let one = json!({"limit": 1});
    for (most, method, path, body) in [
        (
            1,
            "POST",
            "/products".to_owned(),
            Some(&json!({"wallapop_id": "3", "title": "Desk", "price": "120"})),
        ),
        (1, "POST", "/products/batch".to_owned(), Some(&feed)),
        (1, "POST", format!("{of_product}/counters"), Some(&json!({"views": 1}))),
        (1, "GET", "/products?status=available&category=x&min_price=1&max_price=9".to_owned(), None),
        (1, "GET", "/products/by-wallapop-id/1".to_owned(), None),
        (2, "PUT", "/buyers/by-wallapop-id".to_owned(), Some(&somebody)),
        (2, "PUT", "/buyers/by-wallapop-id".to_owned(), Some(&somebody)),
        (1, "POST", "/buyers/lookup".to_owned(), Some(&looked_for)),
        (1, "POST", "/buyers/is-blocked".to_owned(), Some(&json!({"wallapop_user_id": "juan"}))),
        (1, "GET", "/buyers?is_blocked=false".to_owned(), None),
        (4, "POST", "/conversations".to_owned(), Some(&asks("c3", &lamp, &juan))),
        (4, "POST", "/conversations".to_owned(), Some(&asks("c3", &lamp, &juan))),
        (1, "GET", format!("/conversations?product_id={bicycle}"), None),
        (1, "GET", "/conversations/by-wallapop-id/c1".to_owned(), None),
        (2, "POST", format!("{of_chat}/messages"), Some(&message)),
        (1, "GET", format!("{of_chat}/messages"), None),
        (1, "GET", "/messages?failed=true".to_owned(), None),
        (1, "POST", "/messages/claim".to_owned(), Some(&one)),
        (1, "POST", "/bot-sessions/bot/activity".to_owned(), Some(&Value::Null)),
        (1, "GET", "/statistics/daily?date=2026-03-02".to_owned(), None),
        (1, "GET", "/reports/daily".to_owned(), None),
        (1, "GET", "/stats".to_owned(), None),
        (6, "POST", format!("{of_chat}/complete"), Some(&Value::Null)),
        (3, "POST", format!("/buyers/{lucia}/block"), Some(&Value::Null)),
        (5, "POST", format!("{of_buyer}/anonymise"), Some(&Value::Null)),
    ] {
        assert_at_most(most, &statements(&world, method, &format!("/v1/market{path}"), body));
    }
    // The claim holds it.
    let claimed = world.server.get(&format!("/v1/market/messages/{first}")).expect(200);
    assert_eq!(claimed["is_processed"], true, "anonymising ends what waits");
}
