//! What the database holds of personal data, and what happens to values that were tampered with.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use strongroom_repository::codec::{EncryptionKey, KeyRing};
use strongroom_repository::domain::split::{NewUser, User};
use strongroom_repository::split::users;
use strongroom_repository::testing::{TestDatabase, key_ring};
use strongroom_repository::{Actor, Database, Error, PoolOptions};

use crate::fixtures::{contact, name, phone};

fn with_asha(test: &TestDatabase) -> (Database, User) {
    let database = test.database();
    let new = NewUser { phone_number: phone("+919876543210"), name: Some(name("Asha Canary")), upi_id: None };
    let user = database.write::<_, Error>("test", &Actor::system(), |tx| {
        let user = users::insert(tx, new.clone())?;
        contact(tx, user.id, "Ravi Canary", "+919876543211");
        Ok(user)
    });
    (database, user.unwrap())
}

#[derive(QueryableByName)]
struct Answer {
    #[diesel(sql_type = diesel::sql_types::Text)]
    answer: String,
}

fn ask(test: &TestDatabase, sql: &str) -> String {
    let mut conn = PgConnection::establish(&test.url("postgres")).unwrap();
    diesel::sql_query(format!("SELECT ({sql})::text AS answer"))
        .get_result::<Answer>(&mut conn)
        .unwrap()
        .answer
}

#[test]
fn no_name_and_no_number_stands_in_any_row_nor_in_the_audit_log() {
    let test = TestDatabase::new();
    let _database = with_asha(&test);
    let everything = ask(
        &test,
        "SELECT string_agg(row::text, '') FROM (
             SELECT u::text || encode(u.phone_number, 'escape') || encode(u.name, 'escape') FROM split.users u
             UNION ALL SELECT c::text || encode(c.phone_number, 'escape') || encode(c.name, 'escape') FROM split.contacts c
             UNION ALL SELECT a::text FROM platform.audit_log a) AS rows (row)",
    );
    for secret in ["Canary", "98765432", "Asha", "Ravi"] {
        assert!(!everything.contains(secret), "{secret} stands in clear");
    }
    assert!(everything.contains("split.contacts"), "the audit log was read");
}

#[test]
fn a_value_moved_to_another_row_does_not_open() {
    let test = TestDatabase::new();
    let (database, asha) = with_asha(&test);
    let bela = NewUser { phone_number: phone("+919876543219"), name: Some(name("Bela")), upi_id: None };
    database.write("test", &Actor::system(), |tx| users::insert(tx, bela.clone())).unwrap();
    test.sabotage("UPDATE split.users SET name = (SELECT name FROM split.users ORDER BY id DESC LIMIT 1)");
    let read = database.read("test", &Actor::system(), |conn| users::get(conn, asha.id));
    match read {
        Err(Error::Corrupt { table, column, row, reason }) => {
            assert_eq!((table.as_str(), column, row), ("split.users", "name", asha.id.uuid()));
            assert!(!reason.contains("Bela") && !reason.contains("Asha"), "{reason}");
        }
        other => panic!("a corrupt value, not {other:?}"),
    }
}

#[test]
fn plain_text_does_not_fit_into_a_sealed_column() {
    let test = TestDatabase::new();
    let mut conn = PgConnection::establish(&test.url("strongroom_app")).unwrap();
    let insert = "INSERT INTO split.users (phone_number, phone_number_bidx) VALUES ('+919876543210 and much more text', sha256(''))";
    let refused = conn.batch_execute(insert).unwrap_err().to_string();
    assert!(refused.contains("sealed_is_an_envelope"), "{refused}");
}

#[test]
fn a_wrong_key_stops_the_start_before_anything_is_read() {
    let test = TestDatabase::new();
    let connect = |ring: &KeyRing| Database::connect(PoolOptions::new(test.url("strongroom_app")), ring);
    let wrong = KeyRing::new(EncryptionKey::generate().unwrap(), Vec::new()).unwrap();
    let error = connect(&wrong).err().unwrap().to_string();
    assert!(error.contains("ENCRYPTION_KEY") && error.contains("db-manage init"), "{error}");
    assert!(connect(&key_ring()).is_ok());

    test.sabotage("UPDATE platform.encryption_keys SET canary = index_key");
    let error = connect(&key_ring()).err().unwrap().to_string();
    assert!(error.contains("canary"), "{error}");
}

#[test]
fn a_new_key_joins_an_old_one_that_is_held_and_both_open() {
    let test = TestDatabase::new();
    let (_, asha) = with_asha(&test);
    let new_key = EncryptionKey::generate().unwrap();
    let ring_key = EncryptionKey::parse(&new_key.to_base64()).unwrap();
    let old_key = EncryptionKey::parse(strongroom_repository::testing::KEY).unwrap();
    let ring = KeyRing::new(new_key, vec![old_key]).unwrap();
    let url = test.url("postgres");
    let wait = std::time::Duration::from_secs(30);
    let mut migrator = strongroom_repository::ops::migrations::Migrator::connect(&url, wait).unwrap();
    assert!(migrator.register_key(&ring).unwrap());
    assert!(!migrator.register_key(&ring).unwrap(), "a second time there is nothing to do");

    let database = Database::connect(PoolOptions::new(test.url("strongroom_app")), &ring).unwrap();
    let read = database.read("test", &Actor::system(), |conn| {
        assert!(users::find_by_phone(conn, &phone("+919876543210"))?.is_some(), "the index is the same");
        users::get(conn, asha.id)
    });
    assert_eq!(read.unwrap(), asha);

    let only_the_new = KeyRing::new(ring_key, Vec::new()).unwrap();
    let refused = Database::connect(PoolOptions::new(test.url("strongroom_app")), &only_the_new);
    let refused = refused.err().unwrap().to_string();
    assert!(refused.contains("ENCRYPTION_KEYS_OLD"), "{refused}");
}

#[test]
fn a_login_that_owns_tables_is_refused() {
    let test = TestDatabase::new();
    for login in ["postgres", "strongroom_owner"] {
        let refused =
            Database::connect(PoolOptions::new(test.url(login)), &key_ring()).err().unwrap().to_string();
        assert!(refused.contains(login) && refused.contains("strongroom_app"), "{refused}");
    }
}
