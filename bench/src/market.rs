//! The selling bot under load: a message that is stored, one that is handed out, a conversation that begins, and a hit of a rate
//! limit; the first three beside pgbench with the same statements.

use anyhow::Context as _;
use repository::domain::market::products::price;
use repository::domain::market::{
    Buyer, BuyerChanges, Conversation, MessageType, NewConversation, NewMessage, NewProduct, Product,
};
use repository::domain::{Id, Text, UserName};
use repository::{Actor, Database, Tx};
use service::market::{buyers, conversations, messages, products};

use crate::http;
use crate::load::{self, Plan};
use crate::options::Scale;
use crate::pgbench::PgBench;
use crate::report::{Report, Row, rate};
use crate::running::Running;
use crate::statements::{array, envelope, transaction};

/// Connections that send requests at a time, and pgbench's clients.
const CONNECTIONS: usize = 16;

/// Products, and as many buyers.
const SIDE: usize = 200;

/// Of each so many talk with all of the others, and a message waits in each conversation.
const TALKING: usize = 64;

const CONTENT: &str = "¡Hola! Me interesa tu iPhone";

/// What people call a kind of request, the request by its number, and the script for pgbench where there is one.
type Measured<'a> = (&'a str, &'a dyn Fn(usize) -> Vec<u8>, Option<String>);

/// Who sells what to whom.
struct Market {
    products: Vec<Id<Product>>,
    buyers: Vec<Id<Buyer>>,
    conversations: Vec<(Id<Conversation>, Id<Buyer>)>,
}

/// Measures every kind of request.
pub(crate) fn measure(running: &mut Running, report: &mut Report, scale: Scale) -> anyhow::Result<()> {
    running.empty()?;
    let market = settle(&running.database).context("the market of the benchmark could not be made")?;
    let pgbench = PgBench::find(running.url(), running.home().path().to_owned())?;
    let plan = Plan { connections: CONNECTIONS, warm_up: scale.warm_up, time: scale.time };
    let token = running.token.clone();
    let post = |path: &str, body: String| http::request("POST", &format!("/v1/market{path}"), &token, &body);
    let of_chats = market.conversations.iter().map(|(chat, buyer)| {
        let body = format!(r#"{{"content":"{CONTENT}","message_type":"user_message","buyer_id":"{buyer}"}}"#);
        post(&format!("/conversations/{chat}/messages"), body)
    });
    let messages: Vec<Vec<u8>> = of_chats.collect();
    let claim = post("/messages/claim", r#"{"limit":1,"lease_seconds":1}"#.to_owned());
    let hit = |n: usize| {
        post(
            "/rate-limits/check",
            format!(r#"{{"identifier":"user{}","limit":100,"window_seconds":1}}"#, n % 64),
        )
    };
    let begin = |n: usize| {
        let (product, buyer) = market.strangers(n);
        post(
            "/conversations",
            format!(r#"{{"wallapop_chat_id":"n{n}","product_id":"{product}","buyer_id":"{buyer}"}}"#),
        )
    };
    let message = |n: usize| messages.get(n % messages.len()).cloned().unwrap_or_default();
    let requests: [Measured<'_>; 4] = [
        ("POST message", &message, Some(market.message_script())),
        ("POST claim of one message", &|_| claim.clone(), Some(CLAIM.to_owned())),
        ("POST conversation", &begin, Some(market.conversation_script())),
        ("POST hit of a rate limit", &hit, None),
    ];
    for (name, request, script) in requests {
        running.vacuum()?;
        let mut sent = 0;
        let figures = load::run(running.api.address(), plan, &mut |buffer| {
            buffer.extend_from_slice(&request(sent));
            sent += 1;
        })?;
        report.add(Row::of(format!("{name}, {CONNECTIONS} connections"), figures));
        let Some((pgbench, script)) = pgbench.as_ref().zip(script) else { continue };
        running.vacuum()?;
        let file = name.replace(' ', "_");
        let per_second = pgbench.run(&file, &transaction(&script), CONNECTIONS, scale.time)?;
        let ratio = figures.per_second / per_second;
        report.add(Row::new("pgbench, the same statements", rate(per_second)).beside().ratio(ratio));
    }
    Ok(())
}

fn settle(database: &Database) -> anyhow::Result<Market> {
    let mut market = Market { products: Vec::new(), buyers: Vec::new(), conversations: Vec::new() };
    for n in 0..SIDE {
        let (product, buyer) = database.write("bench.settle", &Actor::system(), |tx| {
            Ok::<_, service::Error>((sell(tx, n)?, meet(tx, n)?))
        })?;
        market.products.push(product);
        market.buyers.push(buyer);
    }
    for product in market.products.iter().take(TALKING) {
        let talk = |tx: &mut Tx<'_>| {
            let talking = market.buyers.iter().take(TALKING);
            talking
                .map(|buyer| Ok((talk(tx, *product, *buyer)?, *buyer)))
                .collect::<service::Result<Vec<_>>>()
        };
        let talks = database.write("bench.settle", &Actor::system(), talk)?;
        market.conversations.extend(talks);
    }
    Ok(market)
}

fn sell(tx: &mut Tx<'_>, n: usize) -> service::Result<Id<Product>> {
    let price = price("650.00").map_err(|_| repository::Error::Unstorable)?;
    let title = Text::from_trusted("iPhone 13 Pro".to_owned());
    Ok(products::create(tx, NewProduct::new(Text::from_trusted(format!("p{n}")), title, price))?.id)
}

fn meet(tx: &mut Tx<'_>, n: usize) -> service::Result<Id<Buyer>> {
    let username = Some(UserName::from_trusted(format!("buyer_{n}")));
    let given = BuyerChanges { username, ..BuyerChanges::default() };
    Ok(buyers::create_or_update(tx, &Text::from_trusted(format!("b{n}")), &given)?.0.id)
}

fn talk(tx: &mut Tx<'_>, product_id: Id<Product>, buyer_id: Id<Buyer>) -> service::Result<Id<Conversation>> {
    let chat = Id::<Conversation>::generate();
    let wallapop_chat_id = Text::from_trusted(chat.to_string());
    let new = NewConversation { wallapop_chat_id, product_id, buyer_id };
    let (conversation, _) = conversations::create(tx, &new)?;
    let message_type = MessageType::UserMessage;
    let message = NewMessage {
        wallapop_message_id: None,
        buyer_id: Some(buyer_id),
        content: message_type.read(CONTENT).map_err(|_| repository::Error::Unstorable)?,
        message_type,
        intent: None,
        entities: None,
        sentiment: None,
    };
    messages::create(tx, conversation.id, &message)?;
    Ok(conversation.id)
}

impl Market {
    /// A product and a buyer that have not talked with each other: another pair for every number.
    fn strangers(&self, n: usize) -> (Id<Product>, Id<Buyer>) {
        let product = TALKING + n / SIDE % (SIDE - TALKING);
        let first = || (Id::generate(), Id::generate());
        let pair = self.products.get(product).zip(self.buyers.get(n % SIDE));
        pair.map_or_else(first, |(product, buyer)| (*product, *buyer))
    }

    fn message_script(&self) -> String {
        let chats = array(self.conversations.iter().map(|(chat, _)| chat));
        let buyers = array(self.conversations.iter().map(|(_, buyer)| buyer));
        let (chat, buyer) = (format!("({chats})[:n]"), format!("({buyers})[:n]"));
        format!(
            "\\set n random(1, {count})\n\
             WITH b AS MATERIALIZED (SELECT b.id, b.is_blocked, b.anonymised_at IS NOT NULL AS is_anonymised \
             FROM market.buyers b JOIN market.conversations c ON c.buyer_id = b.id \
             WHERE c.id = {chat} AND b.deleted_at IS NULL FOR SHARE OF b) \
             SELECT c.buyer_id, b.is_blocked, b.is_anonymised FROM market.conversations c JOIN b ON b.id = c.buyer_id \
             JOIN market.products p ON p.id = c.product_id WHERE c.id = {chat} AND p.deleted_at IS NULL \
             FOR NO KEY UPDATE OF c;\n\
             WITH moment AS (SELECT greatest(clock_timestamp(), last_message_at + INTERVAL '1 microsecond') AS at \
             FROM market.conversations WHERE id = {chat}), \
             made AS (INSERT INTO market.messages (id, conversation_id, buyer_id, content, message_type, created_at) \
             SELECT gen_random_uuid(), {chat}, {buyer}, {content}, 'user_message', at FROM moment \
             ON CONFLICT (wallapop_message_id) DO NOTHING RETURNING *), \
             counted AS (UPDATE market.conversations c SET message_count = message_count + 1, \
             last_message_at = made.created_at, archived_at = NULL FROM made WHERE c.id = made.conversation_id) \
             SELECT * FROM made;\n",
            count = self.conversations.len(),
            content = envelope(CONTENT)
        )
    }

    fn conversation_script(&self) -> String {
        let (products, buyers) = (array(self.products.iter()), array(self.buyers.iter()));
        let (product, buyer) = (format!("({products})[:p]"), format!("({buyers})[:b]"));
        format!(
            "\\set p random({first}, {SIDE})\n\\set b random(1, {SIDE})\n\\set r random(1, 9000000000000000000)\n\
             WITH p AS MATERIALIZED (SELECT status FROM market.products WHERE id = {product} AND deleted_at IS NULL FOR SHARE), \
             b AS MATERIALIZED (SELECT b.is_blocked FROM market.buyers b CROSS JOIN (SELECT count(*) FROM p) AS locked_first \
             WHERE b.id = {buyer} AND b.deleted_at IS NULL FOR NO KEY UPDATE OF b) \
             SELECT (SELECT status FROM p), (SELECT is_blocked FROM b);\n\
             SELECT * FROM market.conversations WHERE wallapop_chat_id = encode(sha256(int8send(:r)), 'base64') \
             OR (product_id = {product} AND buyer_id = {buyer} AND status = 'active');\n\
             WITH made AS (INSERT INTO market.conversations (id, wallapop_chat_id, product_id, buyer_id) \
             VALUES (gen_random_uuid(), encode(sha256(int8send(:r)), 'base64'), {product}, {buyer}) \
             ON CONFLICT DO NOTHING RETURNING *), \
             counted AS (UPDATE market.buyers b SET total_conversations = total_conversations + 1 \
             FROM made WHERE b.id = made.buyer_id) SELECT * FROM made;\n",
            first = TALKING + 1
        )
    }
}

/// The statement of a claim. It seals nothing, and what it opens is the service's work.
const CLAIM: &str = "WITH setting (max_attempts) AS (VALUES (3)), chosen AS MATERIALIZED (\
     SELECT m.id, m.conversation_id, m.created_at FROM market.messages m \
     JOIN market.conversations c ON c.id = m.conversation_id \
     JOIN market.products p ON p.id = c.product_id AND p.deleted_at IS NULL \
     JOIN market.buyers b ON b.id = c.buyer_id AND b.deleted_at IS NULL AND NOT b.is_blocked, setting \
     WHERE m.message_type = 'user_message' AND NOT m.is_processed AND m.attempts < max_attempts \
     AND (m.claimed_until IS NULL OR m.claimed_until <= now()) AND NOT EXISTS (SELECT FROM market.messages o \
     WHERE o.conversation_id = m.conversation_id AND o.message_type = 'user_message' AND NOT o.is_processed AND o.id <> m.id \
     AND (o.claim_id IS NOT NULL AND o.claimed_until > now() \
     OR (o.created_at, o.id) < (m.created_at, m.id) AND o.attempts < max_attempts)) \
     ORDER BY m.created_at, m.id LIMIT 1 FOR NO KEY UPDATE OF m SKIP LOCKED) \
     UPDATE market.messages m SET claim_id = gen_random_uuid(), claimed_until = now() + INTERVAL '1 second', \
     attempts = m.attempts + 1 FROM chosen, setting WHERE m.id = chosen.id \
     AND NOT market.older_waits(chosen.conversation_id, chosen.created_at, chosen.id, max_attempts) RETURNING m.*;\n";
