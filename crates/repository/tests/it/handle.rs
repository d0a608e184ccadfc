//! Transactions: all or nothing, retried where that is safe, and never longer than their deadline.

use std::sync::Barrier;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use strongroom_repository::domain::Id;
use strongroom_repository::domain::split::{NewUser, User, UserChanges};
use strongroom_repository::split::users;
use strongroom_repository::testing::TestDatabase;
use strongroom_repository::{Actor, Database, Error, Result, Tx};

use crate::fixtures::{name, phone, user};

fn insert(database: &Database, number: &str) -> Result<User> {
    let new = NewUser { phone_number: phone(number), name: None, upi_id: None };
    database.write("test.insert", &Actor::system(), |tx| users::insert(tx, new.clone()))
}

#[test]
fn an_error_stores_nothing() {
    let test = TestDatabase::new();
    let database = test.database();
    let outcome = database.write::<(), Error>("test", &Actor::system(), |tx| {
        users::insert(tx, NewUser { phone_number: phone("+919876543210"), name: None, upi_id: None })?;
        Err(Error::NotFound("anything"))
    });
    assert!(matches!(outcome, Err(Error::NotFound("anything"))));
    let found =
        database.read("test", &Actor::system(), |conn| users::find_by_phone(conn, &phone("+919876543210")));
    assert_eq!(found.unwrap(), None);
}

#[test]
fn a_rehearsal_returns_what_would_be_and_stores_nothing() {
    let test = TestDatabase::new();
    let database = test.database();
    let new = NewUser { phone_number: phone("+919876543210"), name: None, upi_id: None };
    let dry_run = || {
        database.dry_run("test", &Actor::system(), |tx| {
            let user = users::insert(tx, new.clone())?;
            users::get(tx, user.id)
        })
    };
    let (first, second) = (dry_run().unwrap(), dry_run().unwrap());
    assert_ne!(first.id, second.id);
    let found =
        database.read("test", &Actor::system(), |conn| users::find_by_phone(conn, &first.phone_number));
    assert_eq!(found.unwrap(), None);
    insert(&database, "+919876543210").unwrap();
    assert!(matches!(dry_run(), Err(Error::Conflict { .. })));
}

#[test]
fn a_rehearsal_checks_what_a_commit_would() {
    let test = TestDatabase::new();
    // The users of one transaction are all made at its time.
    test.sabotage(
        "ALTER TABLE split.users ADD CONSTRAINT late UNIQUE (created_at) DEFERRABLE INITIALLY DEFERRED",
    );
    let database = test.database();
    let two = |tx: &mut Tx<'_>| Ok((user(tx, "+919876543210").id, user(tx, "+919876543211").id));
    for outcome in
        [database.dry_run("test", &Actor::system(), two), database.write("test", &Actor::system(), two)]
    {
        assert!(
            matches!(&outcome, Err(Error::Conflict { constraint, .. }) if constraint == "late"),
            "{outcome:?}"
        );
    }
}

#[test]
fn a_panic_stores_nothing_and_the_pool_goes_on() {
    let test = TestDatabase::new();
    let database = test.database_with(|options| (options.size, options.max_overflow) = (1, 0));
    let panicking = database.clone();
    let panicked = thread::spawn(move || {
        panicking.write::<(), Error>("test", &Actor::system(), |tx| {
            users::insert(tx, NewUser { phone_number: phone("+919876543210"), name: None, upi_id: None })?;
            panic!("on purpose");
        })
    });
    assert!(panicked.join().is_err());
    assert!(
        insert(&database, "+919876543210").is_ok(),
        "the number is free and the only connection is replaced"
    );
}

/// Two transactions that lock the same two rows in opposite order; PostgreSQL ends one of them, and the handle runs it
/// again.
#[test]
fn a_deadlock_is_run_again_until_both_are_done() {
    let test = TestDatabase::new();
    let database = test.database();
    let (a, b) =
        (insert(&database, "+919876543210").unwrap().id, insert(&database, "+919876543211").unwrap().id);
    let both_hold_one = Barrier::new(2);
    let attempts = AtomicU32::new(0);
    let change_both = |first: Id<User>, second: Id<User>| {
        let mut met = false;
        database.write::<_, Error>("test.deadlock", &Actor::system(), |tx| {
            attempts.fetch_add(1, Ordering::Relaxed);
            let rename = |to| UserChanges { name: Some(Some(name(to))), ..UserChanges::default() };
            users::update(tx, first, None, rename("first"))?;
            if !std::mem::replace(&mut met, true) {
                both_hold_one.wait();
            }
            users::update(tx, second, None, rename("second"))
        })
    };
    thread::scope(|scope| {
        let other = scope.spawn(|| change_both(b, a));
        assert!(change_both(a, b).is_ok());
        assert!(other.join().unwrap().is_ok());
    });
    assert!(attempts.load(Ordering::Relaxed) >= 3, "one of the two ran again");
}

#[test]
fn connections_that_were_cut_while_idle_fail_nobody() {
    let test = TestDatabase::new();
    let database = test.database_with(|options| options.size = 4);
    let user = insert(&database, "+919876543210").unwrap();
    for round in 0..20 {
        test.sabotage("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'strongroom_app' AND datname = current_database()");
        let read = database.read("test", &Actor::system(), |conn| users::get(conn, user.id));
        assert!(read.is_ok(), "round {round}: {read:?}");
        test.sabotage("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'strongroom_app' AND datname = current_database()");
        let written = insert(&database, &format!("+9198765433{round:02}"));
        assert!(written.is_ok(), "round {round}: {written:?}");
    }
}

#[test]
fn a_caller_waits_for_a_connection_until_its_deadline_and_no_longer() {
    let test = TestDatabase::new();
    let database = test.database_with(|options| (options.size, options.max_overflow) = (1, 0));
    database
        .read::<_, Error>("test.holder", &Actor::system(), |_| {
            let limit = Duration::from_millis(100);
            let impatient = Actor::system().with_deadline(Instant::now() + limit);
            let start = Instant::now();
            let refused = database.read::<(), Error>("test.waiter", &impatient, |_| Ok(()));
            assert!(matches!(refused, Err(Error::Timeout("connection"))), "{refused:?}");
            assert!(start.elapsed() >= limit, "it gave up before its time");
            Ok(())
        })
        .unwrap();
    assert_eq!(database.pool_figures().checked_out, 0);
}

#[test]
fn overflow_opens_after_a_wait_and_closes_when_nobody_waits() {
    let test = TestDatabase::new();
    let database = test.database_with(|options| (options.size, options.max_overflow) = (1, 1));
    database
        .read::<_, Error>("test.first", &Actor::system(), |_| {
            database.read::<_, Error>("test.second", &Actor::system(), |_| {
                let figures = database.pool_figures();
                assert_eq!((figures.checked_out, figures.overflow), (2, 1));
                Ok(())
            })
        })
        .unwrap();
    let figures = database.pool_figures();
    assert_eq!((figures.checked_in, figures.checked_out, figures.overflow), (1, 0, 0));
}

#[test]
fn a_queue_that_is_full_refuses_at_once() {
    let test = TestDatabase::new();
    let database =
        test.database_with(|options| (options.size, options.max_overflow, options.queue) = (1, 0, 0));
    database
        .read::<_, Error>("test.holder", &Actor::system(), |_| {
            let refused = database.read::<(), Error>("test.waiter", &Actor::system(), |_| Ok(()));
            assert!(matches!(refused, Err(Error::Unavailable(_))), "{refused:?}");
            Ok(())
        })
        .unwrap();
}

#[test]
fn a_statement_that_takes_too_long_is_a_time_out() {
    let test = TestDatabase::new();
    let hasty = test.database_with(|options| options.statement_timeout = Duration::from_millis(100));
    let user = insert(&hasty, "+919876543210").unwrap();
    let rename = UserChanges { name: Some(Some(name("Asha"))), ..UserChanges::default() };
    test.database()
        .write::<_, Error>("test.holder", &Actor::system(), |tx| {
            users::update(tx, user.id, None, rename.clone())?;
            let blocked = hasty.write("test.blocked", &Actor::system(), |tx| {
                users::update(tx, user.id, None, rename.clone())
            });
            assert!(matches!(blocked, Err(Error::Timeout("statement"))), "{blocked:?}");
            Ok(())
        })
        .unwrap();
}

/// A session keeps its limits; behind a pooler each transaction brings them.
#[test]
fn a_row_that_another_holds_is_not_waited_for_too_long_and_the_connection_goes_on() {
    let test = TestDatabase::new();
    let user = insert(&test.database(), "+919876543210").unwrap();
    let rename = UserChanges { name: Some(Some(name("Asha"))), ..UserChanges::default() };
    for behind_pooler in [false, true] {
        let database = test.database_with(|options| {
            options.lock_timeout = Duration::from_millis(100);
            options.transaction_pooler = behind_pooler;
            (options.size, options.max_overflow) = (2, 0);
        });
        let update = |tx: &mut Tx<'_>| users::update(tx, user.id, None, rename.clone());
        database
            .write::<_, Error>("test.holder", &Actor::system(), |tx| {
                update(tx)?;
                for _ in 0..3 {
                    let refused = database.write("test.blocked", &Actor::system(), update);
                    assert!(matches!(refused, Err(Error::Locked)), "{refused:?}");
                    assert_eq!(database.pool_figures().checked_out, 1);
                }
                Ok(())
            })
            .unwrap();
        assert!(database.write("test.afterwards", &Actor::system(), update).is_ok());
        assert_eq!(database.pool_figures().checked_in, 2, "the connections are the same");
    }
}

/// Whoever stops in the middle of a transaction holds its locks no longer than a statement may run.
#[test]
fn a_transaction_that_says_nothing_is_ended_and_what_it_held_is_free() {
    let test = TestDatabase::new();
    let database = test.database_with(|options| options.statement_timeout = Duration::from_millis(200));
    let user = insert(&database, "+919876543210").unwrap();
    let patient = test.database_with(|options| options.lock_timeout = Duration::from_secs(20));
    let rename = UserChanges { name: Some(Some(name("Asha"))), ..UserChanges::default() };
    let silent = database.write::<_, Error>("test.silent", &Actor::system(), |tx| {
        users::update(tx, user.id, None, rename.clone())?;
        // Nothing is said in this transaction while another waits for its row.
        let other = patient
            .write("test.other", &Actor::system(), |tx| users::update(tx, user.id, None, rename.clone()));
        assert!(other.is_ok(), "{other:?}");
        users::get(tx, user.id)
    });
    assert!(matches!(silent, Err(Error::Unavailable(_))), "{silent:?}");
    assert_eq!(database.pool_figures().checked_out, 0);
    assert!(insert(&database, "+919876543211").is_ok(), "the connection is replaced");
}

#[test]
fn no_database_is_an_error_that_says_so() {
    let mut options = strongroom_repository::PoolOptions::new("postgres://nobody@localhost:1/nothing");
    options.timeout = Duration::from_millis(300);
    let error = Database::connect(options, &strongroom_repository::testing::key_ring()).err().unwrap();
    assert!(matches!(error, Error::Unavailable(_)), "{error:?}");
}

#[test]
fn a_refusal_is_told_at_once_and_not_waited_out() {
    let test = TestDatabase::new();
    let url = test.url("strongroom_app").replace("test_", "absent_");
    let options = strongroom_repository::PoolOptions::new(url);
    let error =
        Database::connect(options, &strongroom_repository::testing::key_ring()).err().unwrap().to_string();
    assert!(error.contains("does not exist") && !error.contains("timed out"), "{error}");
}

#[test]
fn the_audit_log_names_actor_and_request() {
    use diesel::prelude::*;

    #[derive(QueryableByName, Debug, PartialEq)]
    struct Entry {
        #[diesel(sql_type = diesel::sql_types::Text)]
        actor: String,
        #[diesel(sql_type = diesel::sql_types::Nullable<diesel::sql_types::Text>)]
        request_id: Option<String>,
        #[diesel(sql_type = diesel::sql_types::Text)]
        action: String,
    }

    let test = TestDatabase::new();
    let database = test.database();
    let user = insert(&database, "+919876543210").unwrap();
    let actor = Actor::operator("asha").with_request_id("req-7");
    let clear = UserChanges { name: Some(Some(name("Asha"))), ..UserChanges::default() };
    database.write("test", &actor, |tx| users::update(tx, user.id, None, clear.clone())).unwrap();

    let mut conn = PgConnection::establish(&test.url("postgres")).unwrap();
    let entries: Vec<Entry> = diesel::sql_query(
        "SELECT actor, request_id, action FROM platform.audit_log WHERE table_name = 'split.users' ORDER BY id",
    )
    .load(&mut conn)
    .unwrap();
    let entry = |actor: &str, request_id: Option<&str>, action: &str| Entry {
        actor: actor.to_owned(),
        request_id: request_id.map(str::to_owned),
        action: action.to_owned(),
    };
    assert_eq!(entries, [entry("system", None, "insert"), entry("operator:asha", Some("req-7"), "update")]);
}
