//! No list, filter, search or figure of a household reads a large table as a whole, whoever asks.

use strongroom_repository::domain::pantry::{DaysAhead, ProductFilter, Shelf, User};
use strongroom_repository::domain::text::SearchWords;
use strongroom_repository::domain::{Folded, Id, PageRequest};
use strongroom_repository::pantry::{conversations, messages, pantry_items, products, shelves};
use strongroom_repository::testing::{TestDatabase, scanned_tables};
use strongroom_repository::{Actor, Error, Tx};
use uuid::Uuid;

use crate::pantry_world::{new_item, product_name};

/// A hundred households with a hundred products and rows and two conversations of a hundred messages each, and as large a
/// catalogue.
const MANY: &str = "
    SET session_replication_role = replica;
    CREATE FUNCTION pg_temp.key(kind INTEGER, n INTEGER) RETURNS uuid LANGUAGE sql AS
        $$ SELECT format('%s-0000-0000-0000-%s', lpad(kind::text, 8, '0'), lpad(n::text, 12, '0'))::uuid $$;
    CREATE FUNCTION pg_temp.sealed() RETURNS bytea LANGUAGE sql AS $$ SELECT '\\x01'::bytea || sha256('') $$;
    INSERT INTO pantry.users (id, username, username_bidx, email, email_bidx)
    SELECT pg_temp.key(0, n), pg_temp.sealed(), sha256(n::text::bytea), pg_temp.sealed(), sha256(n::text::bytea)
      FROM generate_series(0, 99) n;
    INSERT INTO pantry.categories (id, name) SELECT pg_temp.key(1, n), n::text FROM generate_series(0, 99) n;
    INSERT INTO pantry.products (id, user_id, name, name_key, category_id)
    SELECT pg_temp.key(2, n), CASE WHEN n < 10000 THEN pg_temp.key(0, n / 100) END, 'Product ' || n, 'product ' || n,
           pg_temp.key(1, n % 100)
      FROM generate_series(0, 19999) n;
    INSERT INTO pantry.pantry_items (id, user_id, product_id, quantity, expiry_date)
    SELECT pg_temp.key(3, n), pg_temp.key(0, n / 100), pg_temp.key(2, n), 1, '2026-11-01'::date + n % 60
      FROM generate_series(0, 9999) n;
    INSERT INTO pantry.conversations (id, user_id, session_id)
    SELECT pg_temp.key(4, n), pg_temp.key(0, n / 2), n::text FROM generate_series(0, 199) n;
    INSERT INTO pantry.messages (id, conversation_id, role, content, words)
    SELECT pg_temp.key(5, n), pg_temp.key(4, n / 100), 'user', pg_temp.sealed(), ARRAY[n, n % 1000]
      FROM generate_series(0, 19999) n;
    RESET session_replication_role;
    ANALYZE";

const LARGE: [&str; 3] = ["pantry.messages", "pantry.pantry_items", "pantry.products"];

fn key<T>(kind: u128, n: u128) -> Id<T> {
    // The digits stand as they are written: as decimals.
    Id::from_uuid(Uuid::parse_str(&format!("{kind:08}-0000-0000-0000-{n:012}")).unwrap())
}

fn pages<P>() -> PageRequest<P> {
    PageRequest::default()
}

type Question = fn(&mut Tx<'_>, Id<User>);

const QUESTIONS: &[(&str, Question)] = &[
    ("conversations", |tx, user| drop(conversations::list_for_user(tx, user, pages()).unwrap())),
    // What the index would find is not opened: there is nothing of these words.
    ("search", |tx, user| {
        let words = SearchWords::parse("mleko").unwrap();
        drop(messages::search(tx, user, None, &words, pages()).unwrap());
    }),
    ("search in one", |tx, user| {
        let words = SearchWords::parse("mleko").unwrap();
        drop(messages::search(tx, user, Some(key(4, 14)), &words, pages()).unwrap());
    }),
    ("everything", |tx, user| drop(shelves::list(tx, user, Shelf::All, None, pages()).unwrap())),
    ("available", |tx, user| drop(shelves::list(tx, user, Shelf::Available, None, pages()).unwrap())),
    ("expiring", |tx, user| {
        let shelf = Shelf::Expiring(DaysAhead::new(7).unwrap());
        drop(shelves::list(tx, user, shelf, None, pages()).unwrap());
    }),
    ("figures", |tx, user| {
        shelves::statistics(tx, user, None, DaysAhead::new(7).unwrap()).unwrap();
    }),
    ("products", |tx, user| {
        let filter = ProductFilter { user_id: Some(user), ..ProductFilter::default() };
        drop(products::list(tx, &filter, &pages()).unwrap());
    }),
    ("products by prefix", |tx, user| {
        let prefix = Some(Folded::of("Product 70"));
        let filter = ProductFilter { user_id: Some(user), category_id: None, prefix };
        drop(products::list(tx, &filter, &pages()).unwrap());
    }),
    ("products of a category", |tx, user| {
        let category_id = Some(key(1, 7));
        let filter = ProductFilter { user_id: Some(user), category_id, prefix: None };
        drop(products::list(tx, &filter, &pages()).unwrap());
    }),
    ("products of names", |tx, user| {
        drop(products::find_by_names(tx, Some(user), &["Product 701", "x"].map(product_name)).unwrap());
    }),
    ("usable products", |tx, user| drop(products::usable(tx, Some(user), &[key(2, 701)]).unwrap())),
    ("named products", |tx, user| {
        drop(products::find_or_insert(tx, user, &["Product 701", "new"].map(product_name)).unwrap());
    }),
    ("adding", |tx, user| {
        drop(pantry_items::add(tx, user, &[new_item(user, key(2, 701), ["1", "", ""])]).unwrap());
    }),
];

#[test]
fn no_question_reads_a_large_table_as_a_whole() {
    let test = TestDatabase::new();
    test.sabotage(MANY);
    let database = test.database();
    let user: Id<User> = key(0, 7);
    for actor in [Actor::system(), Actor::end_user("pantry", user.uuid())] {
        for (name, question) in QUESTIONS {
            let scanned = database
                .write::<_, Error>("test", &actor, |tx| Ok(scanned_tables(tx, |tx| question(tx, user))))
                .unwrap();
            let large: Vec<_> = scanned.into_iter().filter(|table| LARGE.contains(&&**table)).collect();
            assert!(large.is_empty(), "{actor}: {name} reads {large:?}");
        }
    }
}

/// The test above is alive: it names a table that is read as a whole.
#[test]
fn a_question_without_an_index_is_noticed() {
    let test = TestDatabase::new();
    test.sabotage(MANY);
    test.sabotage("DROP INDEX pantry.idx_messages_conversation_id, pantry.messages_words");
    let scanned = test.database().write::<_, Error>("test", &Actor::system(), |tx| {
        Ok(scanned_tables(tx, |tx| drop(messages::newest(tx, key(4, 7), 10).unwrap_or_default())))
    });
    assert!(scanned.unwrap().contains(&"pantry.messages".to_owned()));
}
