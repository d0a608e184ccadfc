//! What of a household goes when the time has come.

use strongroom_repository::domain::pantry::{Details, NewConversation};
use strongroom_repository::ops::cleanup::{self, Plan};
use strongroom_repository::pantry::{conversations, users};
use strongroom_repository::testing::TestDatabase;
use strongroom_repository::{Actor, Database, Error, Tx};

use crate::pantry_world::{household, user};

fn write<T>(database: &Database, mut work: impl FnMut(&mut Tx<'_>) -> T) -> T {
    database.write::<T, Error>("test.write", &Actor::system(), |tx| Ok(work(tx))).unwrap()
}

/// How many rows each rule of the system deleted, of those that deleted any.
fn clean(database: &Database) -> Vec<(&'static str, usize)> {
    let plan = Plan { system: Some("pantry"), ..Plan::default() };
    let cleaned = cleanup::run(database, &Actor::system(), &plan, |_| {}).unwrap();
    cleaned.into_iter().map(|cleaned| (cleaned.rule, cleaned.rows)).filter(|(_, rows)| *rows > 0).collect()
}

#[test]
fn a_deleted_household_goes_after_its_conversations_and_receipts_with_everything_else() {
    let test = TestDatabase::new();
    let database = test.database();
    let gone = write(&database, |tx| household(tx, "kowalscy").unwrap());
    let kept = write(&database, |tx| household(tx, "tanaka").unwrap());
    write(&database, |tx| users::soft_delete(tx, gone, None).unwrap());
    assert_eq!(clean(&database), []);
    test.sabotage(
        "UPDATE pantry.users SET deleted_at = deleted_at - interval '31 days' WHERE deleted_at IS NOT NULL",
    );
    assert_eq!(clean(&database), [], "its conversation is not due");
    test.sabotage("UPDATE pantry.conversations SET deleted_at = deleted_at - interval '31 days' WHERE deleted_at IS NOT NULL");
    assert_eq!(clean(&database), [("deleted-conversations", 1)], "its receipt is not due");
    test.sabotage("UPDATE pantry.receipts SET deleted_at = deleted_at - interval '31 days' WHERE deleted_at IS NOT NULL");
    assert_eq!(clean(&database), [("deleted-receipts", 1), ("deleted-households", 1)]);
    write(&database, |tx| {
        assert!(users::restore(tx, gone).is_err());
        assert!(users::get(tx, kept).is_ok());
    });
    assert_eq!(clean(&database), []);
}

#[test]
fn a_deleted_conversation_goes_alone() {
    let test = TestDatabase::new();
    let database = test.database();
    let user = write(&database, |tx| user(tx, "kowalscy"));
    let [gone, kept] = ["gone", "kept"].map(|session| {
        let session_id = Some(session.parse().unwrap());
        let new = NewConversation { user_id: user, session_id, title: None, metadata: Details::default() };
        write(&database, |tx| conversations::insert(tx, new.clone()).unwrap().id)
    });
    write(&database, |tx| conversations::soft_delete(tx, gone, None).unwrap());
    test.sabotage("UPDATE pantry.conversations SET deleted_at = deleted_at - interval '31 days' WHERE deleted_at IS NOT NULL");
    assert_eq!(clean(&database), [("deleted-conversations", 1)]);
    write(&database, |tx| {
        assert!(conversations::restore(tx, gone).is_err());
        assert!(conversations::get(tx, kept).is_ok());
    });
}
