//! What migrations give a table by one call, tried on the tables of a scratch system: each form of row security, a parent
//! and users with another key than `id`, and what every table has.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;
use strongroom_repository::testing::TestDatabase;
use strongroom_repository::{Access, Table, Verb};
use uuid::Uuid;

use crate::row_security_world::{Outcome, Who, World, try_end_users};

const USERS: Table = Table {
    key: "user_id",
    access: Access::Owner("user_id"),
    end_users_may: &[Verb::Select, Verb::Update],
    ..Table::root("scratch", "users", "user")
};
const NOTES: Table = Table {
    access: Access::Parent("user_id", &USERS),
    end_users_may: &Verb::ALL,
    ..Table::new("scratch", "notes", "note")
};
const RIDDLES: Table = Table {
    access: Access::Catalogue,
    end_users_may: &[Verb::Select],
    ..Table::new("scratch", "riddles", "riddle")
};
const GOODS: Table = Table {
    access: Access::Shared("user_id"),
    end_users_may: &Verb::ALL,
    ..Table::new("scratch", "goods", "product")
};
const PARCELS: Table = Table::new("scratch", "parcels", "parcel");

const ASHA: Uuid = Uuid::from_u128(1);
const BINA: Uuid = Uuid::from_u128(2);

/// As a migration of a system makes its tables.
const MIGRATION: &str = "
    SET ROLE strongroom_owner;
    CREATE SCHEMA scratch;
    GRANT USAGE ON SCHEMA scratch TO strongroom_app, strongroom_reader, strongroom_user;

    CREATE TABLE scratch.users (
        user_id         UUID CONSTRAINT users_pkey PRIMARY KEY,
        name_bidx       platform.blind_index,
        is_active       BOOLEAN NOT NULL DEFAULT true
    );
    SELECT platform.make_table('scratch.users', versioned => true, soft_delete => true);
    SELECT platform.has_end_users('scratch.users', 'user_id');
    SELECT platform.secure_table('scratch.users', 'user_id', may => 'SELECT, UPDATE');

    CREATE TABLE scratch.notes (id UUID PRIMARY KEY, user_id UUID NOT NULL, tone TEXT, seen INTEGER);
    SELECT platform.make_table('scratch.notes', enums => '{tone}', ignored => '{seen}');
    SELECT platform.secure_table('scratch.notes', 'user_id', 'scratch.users', may => 'SELECT, INSERT, UPDATE, DELETE');

    CREATE TABLE scratch.riddles (id UUID PRIMARY KEY);
    COMMENT ON COLUMN scratch.riddles.id IS 'A number that everybody knows';
    SELECT platform.make_table('scratch.riddles', audited => false);
    SELECT platform.secure_catalogue('scratch.riddles');

    CREATE TABLE scratch.goods (id UUID PRIMARY KEY, user_id UUID);
    SELECT platform.make_table('scratch.goods');
    SELECT platform.secure_shared('scratch.goods', 'user_id', 'SELECT, INSERT, UPDATE, DELETE');

    CREATE TABLE scratch.parcels (id UUID PRIMARY KEY);
    SELECT platform.make_table('scratch.parcels');
    SELECT platform.secure_programs('scratch.parcels');
    RESET ROLE";

fn scratch() -> TestDatabase {
    let test = TestDatabase::new();
    test.sabotage(MIGRATION);
    test.sabotage(&format!(
        "INSERT INTO scratch.users (user_id) VALUES ('{ASHA}'), ('{BINA}');
         INSERT INTO scratch.notes (id, user_id) SELECT user_id, user_id FROM scratch.users;
         INSERT INTO scratch.goods (id, user_id) SELECT user_id, user_id FROM scratch.users;
         INSERT INTO scratch.goods (id) VALUES (gen_random_uuid());
         INSERT INTO scratch.riddles (id) VALUES (gen_random_uuid());
         INSERT INTO scratch.parcels (id) VALUES (gen_random_uuid())"
    ));
    test
}

#[derive(QueryableByName)]
struct Value {
    #[diesel(sql_type = Text)]
    value: String,
}

fn values(test: &TestDatabase, sql: &str) -> Vec<String> {
    let mut conn = PgConnection::establish(&test.url("postgres")).unwrap();
    let rows: Vec<Value> = diesel::sql_query(sql).load(&mut conn).unwrap();
    rows.into_iter().map(|row| row.value).collect()
}

#[test]
fn each_form_of_row_security_lets_end_users_do_what_it_says() {
    let mut world = World::new(scratch(), [ASHA, BINA]);
    try_end_users(&mut world, "scratch", [&USERS, &NOTES, &RIDDLES, &GOODS, &PARCELS]);
}

#[test]
fn the_catalogue_is_not_a_users_to_change() {
    let mut world = World::new(scratch(), [ASHA, BINA]);
    let as_asha = Who::end_user(format!("scratch:{ASHA}"));
    let take = format!("UPDATE scratch.goods SET user_id = '{ASHA}' WHERE user_id IS NULL");
    assert_eq!(world.attempt(&as_asha, "", &take), Outcome::Rows(0));
    let give = "UPDATE scratch.goods SET user_id = NULL";
    assert_eq!(world.attempt(&as_asha, "", give), Outcome::Refused);
}

#[test]
fn a_table_has_times_versions_and_comments_without_saying_so() {
    let test = scratch();
    let comments = values(
        &test,
        "SELECT a.attname || ': ' || coalesce(col_description(a.attrelid, a.attnum), 'none') AS value FROM pg_attribute a
          WHERE a.attrelid = 'scratch.users'::regclass AND a.attnum > 0 ORDER BY a.attnum",
    );
    assert_eq!(
        comments,
        [
            "user_id: none",
            "name_bidx: Blind index of name",
            "is_active: none",
            "row_version: Raised by every change: the ETag",
            "created_at: When the row was made",
            "updated_at: When the row last changed",
            "deleted_at: When the row was deleted; it can be restored until it is purged",
            "deletion_id: Names the deletion that took this row along: restoring brings back just those",
        ]
    );
    let kept = "SELECT col_description('scratch.riddles'::regclass, 1) AS value";
    assert_eq!(values(&test, kept), ["A number that everybody knows"]);
    test.sabotage(
        "UPDATE scratch.users SET is_active = is_active; UPDATE scratch.users SET is_active = is_active",
    );
    assert_eq!(values(&test, "SELECT DISTINCT row_version::text AS value FROM scratch.users"), ["3"]);
    let mut conn = PgConnection::establish(&test.url("postgres")).unwrap();
    let half_deleted = conn.batch_execute("UPDATE scratch.users SET deleted_at = now()").unwrap_err();
    assert!(half_deleted.to_string().contains("users_deletion_complete"), "{half_deleted}");
}

#[test]
fn the_audit_log_shows_closed_sets_and_leaves_out_what_is_ignored() {
    let test = scratch();
    test.sabotage(
        "UPDATE scratch.notes SET seen = 1;
         UPDATE scratch.notes SET seen = 2, tone = 'kind';
         DELETE FROM scratch.riddles",
    );
    let changes = values(
        &test,
        "SELECT DISTINCT table_name || ' ' || action || ' ' || (new_values ->> 'tone') AS value FROM platform.audit_log
          WHERE table_name LIKE 'scratch.%' AND action <> 'insert'",
    );
    assert_eq!(changes, ["scratch.notes update kind"]);
    let audited = "SELECT DISTINCT table_name AS value FROM platform.audit_log WHERE table_name LIKE 'scratch.%' ORDER BY 1";
    let expected = ["scratch.goods", "scratch.notes", "scratch.parcels", "scratch.users"];
    assert_eq!(values(&test, audited), expected);
}

#[test]
fn sessions_end_with_a_user_who_is_deleted_switched_off_or_gone_whatever_the_key_is_called() {
    let ended = "SELECT (revoked_at IS NOT NULL)::text AS value FROM platform.sessions";
    for (change, expected) in [
        ("UPDATE scratch.users SET is_active = true", vec!["false"]),
        ("UPDATE scratch.users SET is_active = false", vec!["true"]),
        ("UPDATE scratch.users SET deleted_at = now(), deletion_id = gen_random_uuid()", vec!["true"]),
        ("DELETE FROM scratch.users", vec![]),
    ] {
        let test = scratch();
        test.sabotage(&format!(
            "INSERT INTO platform.sessions (system, user_id, scope, refresh_hash, expires_at)
             VALUES ('scratch', '{ASHA}', 'read', sha256(''), now() + interval '1 day')"
        ));
        test.sabotage(change);
        assert_eq!(values(&test, ended), expected, "{change}");
    }
}
