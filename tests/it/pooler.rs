//! The service behind a real PgBouncer in transaction mode, whose three connections all of its own share.

use diesel::connection::SimpleConnection as _;
use diesel::sql_types::{BigInt, Text};
use diesel::{Connection as _, PgConnection, QueryableByName, RunQueryDsl as _, sql_query};
use repository::testing::TestDatabase;
use serde_json::json;
use strongroom_tests::{Answer, PgBouncer, Server, db_manage_by, start_on};

use crate::split_story;
use crate::world::{World, id};

/// Callers at a time: many more than there are connections.
const CALLERS: usize = 200;

/// A server behind a pooler, which must outlive it.
fn behind_pooler() -> (World, PgBouncer) {
    let database = TestDatabase::new();
    let pooler = PgBouncer::start(&database, 3);
    let settings = [("DATABASE_URL", pooler.url()), ("DATABASE_POOLER", "transaction".to_owned())];
    let settings: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
    (World::on(Server::start_on(database, &settings), 3), pooler)
}

#[test]
fn the_story_is_the_same() {
    let (world, _pooler) = behind_pooler();
    split_story::play(&world);
}

#[test]
fn two_hundred_at_once_are_all_served_right() {
    let (world, _pooler) = behind_pooler();
    let bills = format!("/v1/split/users/{}/bills", world.user);
    std::thread::scope(|scope| {
        for n in 0..CALLERS {
            let (world, bills) = (&world, &bills);
            scope.spawn(move || {
                // Each reads back what it has written, of which no two are alike.
                let total = format!("{}.{:02}", 30 + n, n % 100);
                let bill = json!({"user_id": world.user, "total_amount": total, "split": world.equally()});
                let made = insist(|| world.server.post("/v1/split/bills", &bill)).expect(201);
                let path = format!("/v1/split/bills/{}", id(&made));
                let read = insist(|| world.server.get(&path)).expect(200);
                assert_eq!((&read["total_amount"], &read["id"]), (&json!(total), &made["id"]));
                insist(|| world.server.get(bills)).expect(200);
            });
        }
    });
    let log = world.server.log();
    for sign in ["prepared statement", "ERROR", "does not exist", "unsupported"] {
        assert!(!log.contains(sign), "{sign} in {log}");
    }
}

/// Asks again for as long as the answer is that there was no time, as clients are told to: this machine may be busy.
fn insist(ask: impl Fn() -> Answer) -> Answer {
    let mut answers = std::iter::repeat_with(ask).take(50);
    answers.find(|answer| answer.status != 503).unwrap()
}

#[test]
fn nothing_stays_behind_in_the_connections_of_the_pooler() {
    let (world, pooler) = behind_pooler();
    for _ in 0..10 {
        world.bill("100.00");
    }
    // Other clients get the same connections. In a transaction each has one to itself, so these are all three.
    let mut others: Vec<PgConnection> =
        (0..3).map(|_| PgConnection::establish(&pooler.url()).unwrap()).collect();
    others.iter_mut().for_each(|other| other.batch_execute("BEGIN").unwrap());
    for other in &mut others {
        let left = sql_query(
            "SELECT (SELECT count(*) FROM pg_prepared_statements) AS statements,
                    current_setting('statement_timeout') AS statement_timeout,
                    current_setting('lock_timeout') AS lock_timeout,
                    coalesce(current_setting('strongroom.actor', true), '') AS actor,
                    (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()) AS locks",
        );
        let left: Left = left.get_result(other).unwrap();
        assert!(
            (
                left.statements,
                left.statement_timeout.as_str(),
                left.lock_timeout.as_str(),
                left.actor.as_str(),
                left.locks
            ) == (0, "30s", "0", "", 0),
            "{left:?}"
        );
    }
}

/// What is found in a connection of the pooler.
#[derive(Debug, QueryableByName)]
struct Left {
    #[diesel(sql_type = BigInt)]
    statements: i64,
    #[diesel(sql_type = Text)]
    statement_timeout: String,
    #[diesel(sql_type = Text)]
    lock_timeout: String,
    #[diesel(sql_type = Text)]
    actor: String,
    #[diesel(sql_type = BigInt)]
    locks: i64,
}

#[test]
fn a_login_without_a_limit_is_refused_and_commands_go_around() {
    let database = TestDatabase::new();
    let pooler = PgBouncer::start(&database, 3);
    let name = database.url("postgres").rsplit('/').next().unwrap().to_owned();
    database.sabotage(&format!("ALTER ROLE strongroom_app IN DATABASE {name} SET statement_timeout = 0"));
    let url = pooler.url();
    let settings = [("DATABASE_URL", url.as_str()), ("DATABASE_POOLER", "transaction")];
    let refused = start_on(&database, &settings);
    assert!(refused.code == 1 && refused.stderr.contains("SET statement_timeout"), "{refused:?}");

    let no_way_around = db_manage_by(&settings, &["test"]);
    assert!(
        no_way_around.code == 1 && no_way_around.stderr.contains("DATABASE_DIRECT_URL"),
        "{no_way_around:?}"
    );
    let direct = database.url("strongroom_app");
    let around =
        db_manage_by(&[&settings[..], &[("DATABASE_DIRECT_URL", direct.as_str())]].concat(), &["test"]);
    assert_eq!(around.code, 0, "{around:?}");
}
