//! Health, statistics and keys: what operators are told of a database.

#![expect(clippy::unwrap_used, reason = "a test that cannot set up its database fails by panicking")]

use std::time::Duration;

use strongroom_repository::codec::{EncryptionKey, KeyRing};
use strongroom_repository::ops::health::{self, Health, Keys, Status};
use strongroom_repository::ops::migrations::{Goal, Migrator};
use strongroom_repository::ops::{Session, keys, stats};
use strongroom_repository::testing::{self, TestDatabase};
use strongroom_repository::{Actor, Error, PoolOptions};

use crate::fixtures::{contact, user};

const NOW: Duration = Duration::ZERO;

fn check(url: &str, keys: Option<&KeyRing>) -> Health {
    health::check(PoolOptions::new(url), keys, NOW)
}

fn other_keys() -> KeyRing {
    KeyRing::new(EncryptionKey::generate().unwrap(), Vec::new()).unwrap()
}

/// A database with a user and two contacts.
fn with_people() -> TestDatabase {
    let test = TestDatabase::new();
    let people = |tx: &mut strongroom_repository::Tx<'_>| {
        let owner = user(tx, "+919876543210");
        contact(tx, owner.id, "Ravi", "+919876543211");
        contact(tx, owner.id, "Meera", "+919876543212");
        Ok::<_, Error>(())
    };
    test.database().write("test.people", &Actor::system(), people).unwrap();
    test
}

#[test]
fn a_good_database_is_healthy_with_and_without_keys() {
    let test = with_people();
    let with_keys = check(&test.url("strongroom_app"), Some(&testing::key_ring()));
    assert_eq!((with_keys.status, with_keys.keys, with_keys.reason), (Status::Healthy, Keys::Right, None));
    assert!(with_keys.response_time_ms.is_some() && with_keys.pool.is_some());
    let contacts = with_keys.tables.iter().find(|table| table.table == "split.contacts").unwrap();
    assert_eq!((contacts.rows, contacts.estimated), (2, false));
    let without = check(&test.url("strongroom_app"), None);
    assert_eq!((without.status, without.keys), (Status::Healthy, Keys::NotTried));
}

#[test]
fn missing_tables_and_migrations_are_named() {
    let test = TestDatabase::new();
    Migrator::connect(test.url("postgres"), NOW)
        .unwrap()
        .perform(Goal::To("split_payment_requests"), |_| {})
        .unwrap();
    let found = check(&test.url("strongroom_app"), Some(&testing::key_ring()));
    assert_eq!(found.status, Status::MissingTables);
    assert!(found.missing_tables.iter().any(|table| table == "split.conversation_states"), "{found:?}");
    assert_eq!(found.pending_migrations[0], "20261120001500_split_conversation_states");
    let empty = TestDatabase::empty();
    assert_eq!(check(&empty.url("strongroom_app"), None).status, Status::MissingTables);
}

#[test]
fn why_a_database_is_unhealthy_is_said() {
    let test = TestDatabase::new();
    let said = |health: Health, text: &str| {
        let reason = health.reason.unwrap();
        assert!(health.status == Status::Unhealthy && reason.contains(text), "{reason}");
    };
    let wrong_key = check(&test.url("strongroom_app"), Some(&other_keys()));
    assert_eq!(wrong_key.keys, Keys::Wrong);
    said(wrong_key, "is not a key of this database");
    said(check(&test.url("postgres"), None), "the service refuses it");
    said(check(&test.url("nobody"), None), "role \"nobody\" does not exist");
    said(check("postgres://127.0.0.1:1/nothing", None), "Connection refused");
}

#[test]
fn statistics_count_rows_and_sizes_of_every_table() {
    let test = with_people();
    let mut session = Session::connect(test.url("strongroom_app"), NOW).unwrap();
    let tables = stats::tables(&mut session).unwrap();
    assert_eq!(tables.len(), strongroom_repository::system::tables().count());
    let of = |name: &str| tables.iter().find(|table| table.table == name).unwrap().clone();
    assert_eq!(of("split.users").rows, 1);
    assert!(of("split.users").table_bytes > 0 && of("split.users").index_bytes > 0);
    assert!(of("platform.audit_log").table_bytes > 0, "partitions count for their table");
    assert!(tables.iter().all(|table| table.by.is_empty()), "there are no exporters");
    let all: i64 = tables.iter().map(|table| table.table_bytes + table.index_bytes).sum();
    assert!(stats::database_bytes(&mut session).unwrap() > all);
}

#[test]
fn every_sealed_value_is_opened_and_every_index_computed_anew() {
    let test = with_people();
    let mut told = Vec::new();
    let verified =
        keys::verify(&test.database(), &Actor::system(), |done, of| told.push((done, of))).unwrap();
    assert_eq!((verified.opened, verified.indexes, verified.faults.len()), (5, 5, 0));
    assert_eq!(told.last(), Some(&(5, 5)));
}

#[test]
fn what_does_not_open_is_named_without_its_content() {
    let test = with_people();
    // The two names change places; one phone number loses its last byte; one index is another's.
    test.sabotage(
        "UPDATE split.contacts c SET name = (SELECT o.name FROM split.contacts o WHERE o.id <> c.id);
         UPDATE split.users SET phone_number = substring(phone_number FOR octet_length(phone_number) - 1);
         UPDATE split.contacts SET phone_number_bidx = sha256('x') WHERE id = (SELECT min(id::text)::uuid FROM split.contacts)",
    );
    let verified = keys::verify(&test.database(), &Actor::system(), |_, _| {}).unwrap();
    assert_eq!(verified.opened, 1);
    let mut places: Vec<String> =
        verified.faults.iter().map(|fault| format!("{}.{}", fault.table, fault.column)).collect();
    places.sort();
    assert_eq!(
        places,
        [
            "split.contacts.name",
            "split.contacts.name",
            "split.contacts.phone_number",
            "split.users.phone_number"
        ]
    );
    assert!(verified.faults.iter().all(|fault| !fault.reason.contains("Ravi")));
}

#[test]
fn the_status_of_keys_counts_what_each_has_sealed() {
    let test = with_people();
    let mut session = Session::connect(test.url("strongroom_app"), NOW).unwrap();
    let status = keys::status(&mut session, &testing::key_ring()).unwrap();
    assert_eq!(status.len(), 1);
    assert!((status[0].key.held, status[0].key.active, status[0].values) == (true, true, 5));
    let strange = keys::status(&mut session, &other_keys()).unwrap();
    assert!(!strange[0].key.held && !strange[0].key.active);
}
