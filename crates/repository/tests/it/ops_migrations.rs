//! Migrations: one process at a time, each text once, and back again without a trace.

#![expect(clippy::unwrap_used, reason = "a test that cannot set up its database fails by panicking")]

use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use diesel::prelude::*;
use strongroom_repository::Error;
use strongroom_repository::ops::migrations::{self, Goal, Migrator};
use strongroom_repository::ops::{Session, reset, roles};
use strongroom_repository::testing::{self, TestDatabase};

const MINUTE: Duration = Duration::from_secs(60);

fn migrator(test: &TestDatabase) -> Migrator {
    Migrator::connect(test.url("postgres"), MINUTE).unwrap()
}

fn pending(test: &TestDatabase) -> usize {
    let status = migrations::status(&mut Session::connect(test.url("postgres"), MINUTE).unwrap()).unwrap();
    status.iter().filter(|migration| migration.applied_at.is_none()).count()
}

/// Everything that migrations make, as the catalogue describes it: tables, columns, constraints, indexes, triggers,
/// policies, functions, domains, rights and comments.
fn dump(test: &TestDatabase) -> String {
    const OURS: &str =
        "(SELECT oid, nspname, nspacl FROM pg_namespace WHERE nspowner = 'strongroom_owner'::regrole)";
    let sql = "
        SELECT concat_ws(' | ', 'schema', nspname, nspacl) AS line FROM OURS n
        UNION ALL SELECT concat_ws(' | ', 'relation', c.oid::regclass, c.relkind, c.relrowsecurity, c.relacl, obj_description(c.oid, 'pg_class'))
          FROM pg_class c JOIN OURS n ON n.oid = c.relnamespace
        UNION ALL SELECT concat_ws(' | ', 'column', c.oid::regclass, a.attname, rank() OVER (PARTITION BY c.oid ORDER BY a.attnum), format_type(a.atttypid, a.atttypmod),
                                   a.attnotnull, pg_get_expr(d.adbin, d.adrelid), a.attacl, col_description(c.oid, a.attnum))
          FROM pg_class c JOIN OURS n ON n.oid = c.relnamespace
          JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
          LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
        UNION ALL SELECT concat_ws(' | ', 'constraint', conrelid::regclass, contypid::regtype, conname, pg_get_constraintdef(k.oid))
          FROM pg_constraint k JOIN OURS n ON n.oid = k.connamespace
        UNION ALL SELECT concat_ws(' | ', 'index', pg_get_indexdef(i.indexrelid))
          FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN OURS n ON n.oid = c.relnamespace
        UNION ALL SELECT concat_ws(' | ', 'trigger', pg_get_triggerdef(t.oid))
          FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN OURS n ON n.oid = c.relnamespace WHERE NOT t.tgisinternal
        UNION ALL SELECT concat_ws(' | ', 'policy', polname, polrelid::regclass, polcmd, polroles::regrole[],
                                   pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid))
          FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN OURS n ON n.oid = c.relnamespace
        UNION ALL SELECT concat_ws(' | ', 'function', pg_get_functiondef(p.oid), p.proacl, obj_description(p.oid, 'pg_proc'))
          FROM pg_proc p JOIN OURS n ON n.oid = p.pronamespace
        UNION ALL SELECT concat_ws(' | ', 'domain', t.oid::regtype, format_type(t.typbasetype, t.typtypmod), obj_description(t.oid, 'pg_type'))
          FROM pg_type t JOIN OURS n ON n.oid = t.typnamespace WHERE t.typtype = 'd'";
    let mut conn = PgConnection::establish(&test.url("postgres")).unwrap();
    let lines: Vec<Line> = diesel::sql_query(sql.replace("OURS", OURS)).load(&mut conn).unwrap();
    let mut lines: Vec<String> = lines.into_iter().map(|row| row.line).collect();
    lines.sort();
    lines.join("\n")
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = diesel::sql_types::Text)]
    line: String,
}

#[test]
fn eight_at_once_all_succeed_and_each_migration_runs_once() {
    let test = TestDatabase::empty();
    let all = migrations::none_applied().len();
    let ready = Barrier::new(8);
    let done: usize = thread::scope(|scope| {
        let migrate = || {
            ready.wait();
            migrator(&test).up(|_| {}).unwrap().len()
        };
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(migrate)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!(done, all, "what one has done, no other does");
    assert_eq!(pending(&test), 0);
}

#[test]
fn who_holds_the_lock_is_named() {
    let test = TestDatabase::new();
    let holder = migrator(&test);
    let Err(Error::NotReady(message)) = Migrator::connect(test.url("postgres"), Duration::from_millis(50))
    else {
        panic!("two migrate at once");
    };
    assert!(
        message.contains("another process is migrating this database (strongroom db-manage, server process"),
        "{message}"
    );
    drop(holder);
    migrator(&test);
}

#[test]
fn a_changed_text_is_refused_before_anything_runs() {
    let test = TestDatabase::new();
    migrator(&test).perform(Goal::Down, |_| {}).unwrap();
    test.sabotage(
        "UPDATE platform.migration_ledger SET digest = sha256('x') WHERE version = '20261120000100'",
    );
    let Err(Error::NotReady(message)) = migrator(&test).up(|_| {}) else {
        panic!("a changed text is accepted");
    };
    assert!(
        message.contains("migration 20261120000100 (platform) was changed after it ran here"),
        "{message}"
    );
    assert_eq!(pending(&test), 1);

    // Beginning anew is the way out.
    let mut migrator = migrator(&test);
    reset::drop_everything(&mut migrator).unwrap();
    assert!(!migrator.up(|_| {}).unwrap().is_empty());
    assert_eq!(pending(&test), 0);
}

#[test]
fn up_down_and_up_leave_the_same_schema() {
    let test = TestDatabase::empty();
    let empty = dump(&test);
    migrator(&test).up(|_| {}).unwrap();
    let full = dump(&test);
    let mut way_down = migrator(&test);
    while !way_down.perform(Goal::Down, |_| {}).unwrap().is_empty() {}
    drop(way_down);
    let reverted = dump(&test);
    // Diesel's own list stays; it is empty.
    assert!(
        full.contains("schema | split") && full.contains("function | "),
        "the dump sees what there is: {full}"
    );
    assert!(!reverted.contains("schema | ") && !reverted.contains("function | "), "{reverted}");
    migrator(&test).up(|_| {}).unwrap();
    assert_eq!(dump(&test), full);

    reset::drop_everything(&mut migrator(&test)).unwrap();
    assert_eq!(dump(&test), empty, "dropping leaves nothing at all");
    migrator(&test).up(|_| {}).unwrap();
    assert_eq!(dump(&test), full);
}

#[test]
fn redo_and_to_and_without_end_where_they_should() {
    let test = TestDatabase::new();
    let full = dump(&test);
    assert_eq!(migrator(&test).perform(Goal::Redo, |_| {}).unwrap().len(), 2);
    assert_eq!(dump(&test), full);
    migrator(&test).perform(Goal::To("platform_api_keys"), |_| {}).unwrap();
    assert!(!dump(&test).contains("CREATE SCHEMA split"));
    migrator(&test).perform(Goal::Up, |_| {}).unwrap();
    assert_eq!(dump(&test), full);
    migrator(&test).perform(Goal::Without("split"), |_| {}).unwrap();
    let without = dump(&test);
    assert!(
        !without.contains("split.") && !without.contains("_split_"),
        "no trace of a system that was dropped: {without}"
    );
    migrator(&test).register_key(&testing::key_ring()).unwrap();
}

#[test]
fn looking_makes_nothing() {
    let test = TestDatabase::empty();
    let before = dump(&test);
    assert_eq!(pending(&test), migrations::none_applied().len());
    drop(migrator(&test));
    assert_eq!(dump(&test), before);
}

#[test]
fn what_another_tool_did_is_not_built_upon() {
    let test = TestDatabase::new();
    test.sabotage("INSERT INTO public.__diesel_schema_migrations (version) VALUES ('29990101000000')");
    assert!(matches!(migrator(&test).up(|_| {}), Err(Error::NotReady(_))));
}

#[test]
fn eight_who_prepare_one_database_at_once_all_succeed() {
    let test = TestDatabase::empty();
    // Another database of the same server, which is not there yet.
    let url = test.url("postgres").replace("/test_", "/test_other_");
    let ready = Barrier::new(8);
    let made: usize = thread::scope(|scope| {
        let prepare = || {
            ready.wait();
            roles::prepare(&url).unwrap().len()
        };
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(prepare)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert_eq!(made, 1, "one of them makes the database");
    let name = url.split("/test_other_").nth(1).and_then(|rest| rest.split('?').next()).unwrap();
    test.sabotage(&format!("DROP DATABASE test_other_{name}"));
}

/// Shares of an active, a confirmed and a cancelled bill, each asked for twice while that left two requests open.
const ASKED_TWICE: &str = "
    SET session_replication_role = replica;
    INSERT INTO split.bills (id, user_id, total_amount, status)
    SELECT gen_random_uuid(), gen_random_uuid(), 10, status FROM (VALUES ('active'), ('completed'), ('cancelled')) AS b (status);
    INSERT INTO split.bill_participants (id, bill_id, user_id, contact_id, amount_owed, payment_status, paid_at)
    SELECT id, id, user_id, gen_random_uuid(), 10, CASE status WHEN 'completed' THEN 'confirmed' ELSE 'sent' END,
           CASE status WHEN 'completed' THEN now() END FROM split.bills;
    INSERT INTO split.payment_requests (bill_participant_id, upi_link, status, confirmed_at, created_at)
    SELECT p.id, decode('01' || repeat('00', 40), 'hex'),
           CASE WHEN n = 2 AND p.paid_at IS NOT NULL THEN 'confirmed' ELSE 'sent' END,
           CASE WHEN n = 2 THEN p.paid_at END, now() + make_interval(days => n)
      FROM split.bill_participants p, generate_series(1, 2) AS n;";

#[test]
fn requests_of_before_they_could_be_closed_are_closed_for_their_reasons() {
    let test = TestDatabase::new();
    migrator(&test).perform(Goal::To("split_erased_contacts"), |_| {}).unwrap();
    test.sabotage(ASKED_TWICE);
    migrator(&test).perform(Goal::Up, |_| {}).unwrap();
    let mut conn = PgConnection::establish(&test.url("postgres")).unwrap();
    let lines: Vec<Line> = diesel::sql_query(
        "SELECT b.status || ': ' || string_agg(coalesce(r.closed_reason, 'open'), ', ' ORDER BY r.created_at) AS line
           FROM split.payment_requests r JOIN split.bills b ON b.id = r.bill_participant_id GROUP BY b.id ORDER BY 1",
    )
    .load(&mut conn)
    .unwrap();
    let lines: Vec<String> = lines.into_iter().map(|row| row.line).collect();
    let expected =
        ["active: superseded, open", "cancelled: cancelled, cancelled", "completed: superseded, paid"];
    assert_eq!(lines, expected);
}
