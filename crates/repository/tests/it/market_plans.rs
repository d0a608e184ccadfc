//! What the selling bot's statements read of large tables, as the database itself counts it.

use strongroom_repository::domain::market::{
    BuyerChanges, BuyerLookup, ConversationFilter, ConversationStatus, MessageFilter, MessageType,
    NewConversation, NewMessage, NewProduct, ProductFilter, ProductStatus, products::price,
};
use strongroom_repository::domain::{Day, Id, PageRequest, UserName};
use strongroom_repository::market::{
    SYSTEM, buyers, conversations, daily_reports, messages, products, queue,
};
use strongroom_repository::testing::{TestDatabase, rows_read};
use strongroom_repository::{Actor, Database, Error, Table, Tx};
use uuid::Uuid;

use crate::fixtures::text;

/// One in a hundred. A page has 50 rows, each of which may lead to a row of two other tables, and the workers of a parallel
/// plan read ahead.
const FEW: i64 = 1_000;

/// So many products, buyers and conversations with one finished message each, of the last two hundred days. Nothing sealed in
/// them opens.
fn fill(test: &TestDatabase, rows: u32) {
    test.sabotage(&format!(
        "SET session_replication_role = replica;
         CREATE FUNCTION pg_temp.key(kind INTEGER, n INTEGER) RETURNS uuid LANGUAGE sql AS
             $$ SELECT format('%s-0000-0000-0000-%s', lpad(kind::text, 8, '0'), lpad(n::text, 12, '0'))::uuid $$;
         CREATE FUNCTION pg_temp.at(n INTEGER) RETURNS timestamptz LANGUAGE sql STABLE AS
             $$ SELECT now() - n * INTERVAL '3 minutes' $$;
         INSERT INTO market.products (id, wallapop_id, title, price, status, sold_at, category, created_at)
         SELECT pg_temp.key(1, n), 'p' || n, 'Thing', n % 1000, CASE n % 2 WHEN 0 THEN 'sold' ELSE 'available' END,
                CASE n % 2 WHEN 0 THEN now() END, 'c' || n % 20, pg_temp.at(n)
           FROM generate_series(1, {rows}) n;
         INSERT INTO market.buyers (id, wallapop_user_id, username, username_bidx, created_at)
         SELECT pg_temp.key(2, n), 'b' || n, '\\x01'::bytea || sha256(''), sha256(n::text::bytea), pg_temp.at(n)
           FROM generate_series(1, {rows}) n;
         INSERT INTO market.conversations (id, wallapop_chat_id, product_id, buyer_id, status, completed_at, archived_at,
                                           message_count, created_at, updated_at)
         SELECT pg_temp.key(3, n), 'c' || n, pg_temp.key(1, n), pg_temp.key(2, n),
                CASE n % 4 WHEN 1 THEN 'active' WHEN 2 THEN 'cancelled' ELSE 'completed' END,
                CASE WHEN n % 4 IN (0, 3) THEN pg_temp.at(n) END, CASE WHEN n % 4 IN (0, 3) AND n > 15000 THEN now() END,
                1, pg_temp.at(n), pg_temp.at(n)
           FROM generate_series(1, {rows}) n;
         INSERT INTO market.messages (id, conversation_id, buyer_id, content, message_type, is_processed, processed_at, created_at)
         SELECT pg_temp.key(4, n), pg_temp.key(3, n), CASE n % 2 WHEN 0 THEN pg_temp.key(2, n) END,
                '\\x01'::bytea || sha256(''), CASE n % 2 WHEN 0 THEN 'user_message' ELSE 'bot_message' END,
                n % 2 = 0, CASE n % 2 WHEN 0 THEN now() END, pg_temp.at(n)
           FROM generate_series(1, {rows}) n;
         RESET session_replication_role;
         ANALYZE market.products, market.buyers, market.conversations, market.messages"
    ));
}

/// Two conversations with four messages that wait, newer than all others.
fn waiting(tx: &mut Tx<'_>) -> Result<(), Error> {
    for n in 0..2 {
        let new = NewProduct::new(text(&format!("new-{n}")), text("New"), price("10").unwrap());
        let product = products::insert(tx, new)?;
        let username = Some(UserName::parse("juan").unwrap());
        let given = BuyerChanges { username, ..BuyerChanges::default() };
        let buyer = buyers::insert(tx, &text(&format!("new-{n}")), &given)?;
        let chat = text(&format!("new-{n}"));
        let new = NewConversation { wallapop_chat_id: chat, product_id: product.id, buyer_id: buyer.id };
        let conversation = conversations::insert(tx, &new)?;
        for content in ["¡Hola!", "¿Sigue?"] {
            let message_type = MessageType::UserMessage;
            let new = NewMessage {
                wallapop_message_id: None,
                buyer_id: Some(buyer.id),
                content: message_type.read(content).unwrap(),
                message_type,
                intent: None,
                entities: None,
                sentiment: None,
            };
            messages::insert(tx, conversation.id, &new, false)?;
        }
    }
    Ok(())
}

fn large(rows: u32) -> (TestDatabase, Database) {
    let test = TestDatabase::new();
    fill(&test, rows);
    let database = test.database();
    database.write::<_, Error>("test", &Actor::system(), waiting).unwrap();
    (test, database)
}

/// What work reads of each table of the system, in a transaction of its own.
fn reads<T>(
    database: &Database,
    mut work: impl FnMut(&mut Tx<'_>) -> Result<T, Error>,
) -> (T, Vec<(&'static Table, i64, i64)>) {
    database
        .dry_run::<_, Error>("test", &Actor::system(), |tx| {
            let outcome = work(tx)?;
            let read = SYSTEM.tables.iter().map(|table| {
                let read = rows_read(tx, table);
                (*table, read.scanned, read.by_index)
            });
            Ok((outcome, read.collect()))
        })
        .unwrap()
}

/// Runs work that reads no large table as a whole, and so many rows of each at most.
fn reads_few<T>(
    what: &str,
    database: &Database,
    most: i64,
    work: impl FnMut(&mut Tx<'_>) -> Result<T, Error>,
) -> T {
    let (outcome, read) = reads(database, work);
    for (table, scanned, by_index) in read {
        let name = table.qualified_name();
        assert!(scanned == 0 && by_index <= most, "{what} reads {scanned} + {by_index} rows of {name}");
    }
    outcome
}

#[test]
fn no_list_look_up_or_claim_reads_a_large_table() {
    let (_test, database) = large(100_000);
    let page = PageRequest::default();
    let status = Some(ProductStatus::Available);
    let category = Some(text("c7"));
    let (min_price, max_price) = (Some(price("500").unwrap()), Some(price("500.50").unwrap()));
    for filter in [
        ProductFilter::default(),
        ProductFilter { status, ..ProductFilter::default() },
        ProductFilter { status: Some(ProductStatus::Reserved), ..ProductFilter::default() },
        ProductFilter { category: category.clone(), ..ProductFilter::default() },
        ProductFilter { category: Some(text("none")), ..ProductFilter::default() },
        ProductFilter { status, category, ..ProductFilter::default() },
        ProductFilter { min_price, max_price, ..ProductFilter::default() },
    ] {
        reads_few(&format!("{filter:?}"), &database, FEW, |tx| products::list(tx, &filter, page));
    }
    let product = Some(Id::from_uuid("00000001-0000-0000-0000-000000000060".parse::<Uuid>().unwrap()));
    let buyer = Some(Id::from_uuid("00000002-0000-0000-0000-000000000060".parse::<Uuid>().unwrap()));
    let all = ConversationFilter::default;
    for filter in [
        all(),
        ConversationFilter { archived: true, ..all() },
        ConversationFilter { status: Some(ConversationStatus::Active), ..all() },
        ConversationFilter { status: Some(ConversationStatus::Blocked), ..all() },
        ConversationFilter { status: Some(ConversationStatus::Completed), archived: true, ..all() },
        ConversationFilter { product_id: product, ..all() },
        ConversationFilter { buyer_id: buyer, ..all() },
        ConversationFilter { product_id: product, buyer_id: buyer, archived: true, ..all() },
    ] {
        reads_few(&format!("{filter:?}"), &database, FEW, |tx| conversations::list(tx, &filter, page));
    }
    let newest = PageRequest { limit: strongroom_repository::domain::Limit::new(2).unwrap(), after: None };
    for (message_type, failed) in [
        (None, false),
        (Some(MessageType::UserMessage), false),
        (Some(MessageType::SystemMessage), false),
        (None, true),
    ] {
        let filter = MessageFilter { message_type, failed };
        reads_few(&format!("{filter:?}"), &database, FEW, |tx| messages::list(tx, filter, 3, newest));
    }
    for is_blocked in [None, Some(false), Some(true)] {
        reads_few(&format!("{is_blocked:?}"), &database, FEW, |tx| buyers::list(tx, is_blocked, newest));
    }
    let lookup = BuyerLookup::Username(UserName::parse("Juan").unwrap());
    let found = reads_few("a look-up", &database, FEW, |tx| buyers::find(tx, &lookup));
    assert_eq!(found.len(), 2);
    let claimed = reads_few("a claim", &database, FEW, |tx| queue::claim(tx, Uuid::max(), 10, 60, 3));
    assert_eq!(claimed.len(), 2);
    // A day has 480 rows of each.
    let yesterday = |tx: &mut Tx<'_>| Day::from_trusted(tx.now.date_naive().pred_opt().unwrap());
    let figures = reads_few("the figures of a day", &database, 2_000, |tx| {
        let day = yesterday(tx);
        daily_reports::figures(tx, Some(day))
    });
    assert_eq!((figures.conversations_created, figures.active_buyers), (480, 480));
}

#[test]
fn claiming_costs_the_same_however_many_messages_are_finished() {
    let of_messages = |rows| {
        let (_test, database) = large(rows);
        let (claimed, read) = reads(&database, |tx| queue::claim(tx, Uuid::max(), 10, 60, 3));
        assert_eq!(claimed.len(), 2);
        read.into_iter()
            .find(|(table, ..)| table.name == "messages")
            .map(|(_, scanned, by_index)| (scanned, by_index))
    };
    assert_eq!(of_messages(20_000), of_messages(60_000));
}
