//! Retention: what is due goes, what a living row needs stays, and a dry run says the same without doing it.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot set up its database fails by panicking"
)]

use strongroom_repository::domain::Id;
use strongroom_repository::domain::split::{Contact, NewParticipant, User};
use strongroom_repository::ops::cleanup::{self, Cleaned, Plan};
use strongroom_repository::ops::query;
use strongroom_repository::split::{bill_participants, bills, contacts, users};
use strongroom_repository::testing::TestDatabase;
use strongroom_repository::{Actor, Database, Error, Tx};

use crate::fixtures::{amount, contact, new_bill, user};

fn write<T>(database: &Database, mut work: impl FnMut(&mut Tx<'_>) -> T) -> T {
    database.write::<T, Error>("test.write", &Actor::system(), |tx| Ok(work(tx))).unwrap()
}

/// A bill of a user that one contact shares.
fn shared_bill(
    tx: &mut Tx<'_>,
    user: &User,
    with: &Contact,
) -> Id<strongroom_repository::domain::split::Bill> {
    let bill = bills::insert(tx, new_bill(user.id, "100.00")).unwrap();
    let share = NewParticipant { contact_id: with.id, amount_owed: amount("100.00") };
    bill_participants::insert_all(tx, &bill, &[share]).unwrap();
    bill.id
}

fn clean(database: &Database, plan: &Plan<'_>) -> Vec<(&'static str, usize)> {
    let counted = |cleaned: Cleaned| (cleaned.rule, cleaned.rows);
    cleanup::run(database, &Actor::system(), plan, |_| {}).unwrap().into_iter().map(counted).collect()
}

/// Cleans up after one system, after a dry run that must have said the same.
fn clean_twice(database: &Database) -> Vec<(&'static str, usize)> {
    let plan = Plan { system: Some("split"), ..Plan::default() };
    let dry = clean(database, &Plan { dry_run: true, ..plan.clone() });
    assert_eq!(clean(database, &Plan { dry_run: true, ..plan.clone() }), dry, "a dry run deletes nothing");
    let real = clean(database, &plan);
    assert_eq!(real, dry);
    real
}

fn rows(test: &TestDatabase, table: &str) -> i64 {
    let sql = format!("SELECT count(*) AS n FROM {table}");
    let rows =
        query::read(test.url("strongroom_reader"), std::time::Duration::ZERO, "split", &sql).unwrap().rows;
    rows[0]["n"].as_i64().unwrap()
}

const NOTHING: [(&str, usize); 6] = [
    ("conversation-states", 0),
    ("payment-requests", 0),
    ("replaced-shares", 0),
    ("deleted-bills", 0),
    ("deleted-contacts", 0),
    ("deleted-users", 0),
];

#[test]
fn a_deleted_user_goes_with_everything_when_the_time_has_come() {
    let test = TestDatabase::new();
    let database = test.database();
    write(&database, |tx| {
        let gone = user(tx, "+919876543210");
        let friend = contact(tx, gone.id, "Ravi", "+919876543211");
        shared_bill(tx, &gone, &friend);
        shared_bill(tx, &gone, &friend);
        users::soft_delete(tx, gone.id, None).unwrap();
        user(tx, "+919876543212");
    });
    assert_eq!(clean_twice(&database), NOTHING, "it was deleted just now");
    test.sabotage(
        "UPDATE split.users SET deleted_at = now() - interval '31 days' WHERE deleted_at IS NOT NULL;
                   UPDATE split.contacts SET deleted_at = now() - interval '31 days';
                   UPDATE split.bills SET deleted_at = now() - interval '31 days'",
    );
    let expected = [
        ("conversation-states", 0),
        ("payment-requests", 0),
        ("replaced-shares", 0),
        ("deleted-bills", 2),
        ("deleted-contacts", 1),
        ("deleted-users", 1),
    ];
    assert_eq!(clean_twice(&database), expected);
    assert_eq!((rows(&test, "users"), rows(&test, "bill_participants")), (1, 0));
    assert_eq!(clean_twice(&database), NOTHING);
}

#[test]
fn a_contact_that_a_bill_shows_stays() {
    let test = TestDatabase::new();
    let database = test.database();
    let (living, waiting) = write(&database, |tx| {
        let owner = user(tx, "+919876543210");
        let in_living_bill = contact(tx, owner.id, "Ravi", "+919876543211");
        let in_deleted_bill = contact(tx, owner.id, "Meera", "+919876543212");
        let in_no_bill = contact(tx, owner.id, "Zoya", "+919876543213");
        let living = shared_bill(tx, &owner, &in_living_bill);
        let waiting = shared_bill(tx, &owner, &in_deleted_bill);
        bills::soft_delete(tx, waiting, None).unwrap();
        for contact in [in_living_bill, in_deleted_bill, in_no_bill] {
            contacts::soft_delete(tx, contact.id, None).unwrap();
        }
        (living, waiting)
    });
    test.sabotage("UPDATE split.contacts SET deleted_at = now() - interval '31 days'");
    let purged = clean_twice(&database);
    assert_eq!(purged.iter().find(|(rule, _)| *rule == "deleted-contacts"), Some(&("deleted-contacts", 1)));
    write(&database, |tx| {
        assert_eq!(bills::get_whole(tx, living).unwrap().participants.len(), 1);
        assert_eq!(
            bills::restore(tx, waiting).unwrap().participants.len(),
            1,
            "what can be restored is whole"
        );
    });
}

#[test]
fn a_deleted_user_stays_while_something_of_theirs_lives() {
    let test = TestDatabase::new();
    let database = test.database();
    write(&database, |tx| {
        let owner = user(tx, "+919876543210");
        contact(tx, owner.id, "Ravi", "+919876543211");
        users::soft_delete(tx, owner.id, None).unwrap();
    });
    // As if the contact had come in at the very moment of the deletion.
    test.sabotage(
        "UPDATE split.users SET deleted_at = now() - interval '31 days';
                   UPDATE split.contacts SET deleted_at = NULL, deletion_id = NULL",
    );
    assert_eq!(clean_twice(&database), NOTHING);
    assert_eq!(rows(&test, "contacts"), 1);
}

#[test]
fn what_others_work_on_is_left_for_the_next_time_and_the_rest_goes() {
    use diesel::connection::SimpleConnection as _;
    use diesel::{Connection as _, PgConnection};

    let test = TestDatabase::new();
    let database = test.database_with(|options| options.lock_timeout = std::time::Duration::from_millis(100));
    write(&database, |tx| {
        let gone = user(tx, "+919876543210");
        let friend = contact(tx, gone.id, "Ravi", "+919876543211");
        let bill = shared_bill(tx, &gone, &friend);
        bills::soft_delete(tx, bill, None).unwrap();
        let free = user(tx, "+919876543212");
        users::soft_delete(tx, free.id, None).unwrap();
    });
    test.sabotage(
        "UPDATE split.bills SET deleted_at = now() - interval '31 days';
                   UPDATE split.users SET deleted_at = now() - interval '31 days' WHERE deleted_at IS NOT NULL",
    );
    let mut other = PgConnection::establish(&test.url("postgres")).unwrap();
    // The bill itself is free, its share is not.
    other.batch_execute("BEGIN; SELECT FROM split.bill_participants FOR UPDATE").unwrap();
    let plan = Plan { system: Some("split"), ..Plan::default() };
    let [.., bills, _, users] = clean(&database, &plan)[..] else { panic!("six rules") };
    assert_eq!((bills, users), (("deleted-bills", 0), ("deleted-users", 1)));
    other.batch_execute("ROLLBACK").unwrap();
    assert_eq!(clean(&database, &plan)[3], ("deleted-bills", 1));
}

#[test]
fn requests_and_conversations_go_by_their_own_times() {
    let test = TestDatabase::new();
    let database = test.database();
    write(&database, |tx| {
        let owner = user(tx, "+919876543210");
        let friend = contact(tx, owner.id, "Ravi", "+919876543211");
        shared_bill(tx, &owner, &friend);
    });
    // Bytes that only look like an envelope will do: cleaning up opens nothing.
    test.sabotage(
        "ALTER TABLE split.payment_requests DISABLE TRIGGER touch;
         WITH shares AS (
             INSERT INTO split.bill_participants (bill_id, user_id, contact_id, amount_owed, replaced_at)
             SELECT p.bill_id, p.user_id, p.contact_id, 1, now() - interval '31 days'
               FROM split.bill_participants p, generate_series(1, 6) RETURNING id)
         INSERT INTO split.payment_requests
                (bill_participant_id, upi_link, status, closed_reason, confirmed_at, closed_at, updated_at)
         SELECT p.id, decode('01' || repeat('00', 40), 'hex'), r.status, r.reason,
                CASE WHEN r.status = 'confirmed' THEN now() - r.age END,
                CASE WHEN r.reason IS NOT NULL THEN now() - r.age END, now() - r.age
           FROM (SELECT id, row_number() OVER () AS n FROM shares) p
           JOIN (VALUES (1, 'confirmed', 'paid', interval '31 days'), (2, 'sent', 'undone', interval '29 days'),
                        (3, 'failed', NULL, interval '31 days'), (4, 'failed', NULL, interval '29 days'),
                        (5, 'sent', NULL, interval '400 days'), (6, 'pending', 'superseded', interval '400 days'))
                    AS r (n, status, reason, age) USING (n);
         INSERT INTO split.conversation_states (user_id, session_id, expires_at)
         SELECT u.id, s.session, s.expires FROM split.users u,
                (VALUES ('past', now() - interval '1 second'), ('ahead', now() + interval '1 hour'), ('never', NULL))
                    AS s (session, expires)",
    );
    let expected = [
        ("conversation-states", 1),
        ("payment-requests", 3),
        ("replaced-shares", 3),
        ("deleted-bills", 0),
        ("deleted-contacts", 0),
        ("deleted-users", 0),
    ];
    assert_eq!(clean_twice(&database), expected);
    let of_one_rule = Plan { rule: Some("payment-requests"), days: Some(10), ..Plan::default() };
    assert_eq!(clean(&database, &of_one_rule), [("payment-requests", 2)]);
    assert_eq!(rows(&test, "payment_requests"), 1, "what is under way stays, however old");
    assert_eq!(rows(&test, "conversation_states"), 2);
}

#[test]
fn sessions_go_when_they_are_over_and_failed_attempts_after_a_day() {
    let test = TestDatabase::new();
    test.sabotage(
        "INSERT INTO platform.sessions (system, user_id, scope, refresh_hash, expires_at, revoked_at)
         SELECT 'split', gen_random_uuid(), 'read', decode(repeat('00', 32), 'hex'), s.expires, s.revoked FROM
                (VALUES (now() + interval '1 day', NULL), (now() - interval '1 second', NULL),
                        (now() + interval '1 day', now() - interval '1 second')) AS s (expires, revoked);
         INSERT INTO platform.login_failures (system, name_digest, failed_attempts, first_failed_at, updated_at)
         SELECT 'split', decode(repeat(f.digit, 32), 'hex'), 1, now(), now() - f.age FROM
                (VALUES ('0', interval '23 hours'), ('1', interval '25 hours')) AS f (digit, age)",
    );
    let database = test.database();
    for rule in ["sessions", "login-failures"] {
        clean(&database, &Plan { rule: Some(rule), ..Plan::default() });
    }
    assert_eq!((rows(&test, "platform.sessions"), rows(&test, "platform.login_failures")), (1, 1));
}

#[test]
fn more_rows_than_a_batch_all_go_and_the_log_says_who() {
    let test = TestDatabase::new();
    let database = test.database();
    write(&database, |tx| user(tx, "+919876543210"));
    test.sabotage(
        "INSERT INTO split.conversation_states (user_id, session_id, expires_at)
         SELECT u.id, 's' || n, now() - interval '1 day' FROM split.users u, generate_series(1, 2500) AS n",
    );
    let plan = Plan { rule: Some("conversation-states"), ..Plan::default() };
    let mut told = Vec::new();
    let report =
        cleanup::run(&database, &Actor::operator("asha"), &plan, |cleaned| told.push(cleaned.rows)).unwrap();
    assert_eq!((report[0].rows, told), (2500, vec![1000, 2000, 2500, 2500]));
    assert_eq!(rows(&test, "platform.audit_log WHERE actor = 'operator:asha' AND action = 'delete'"), 2500);
}
