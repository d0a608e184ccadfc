//! Names, numbers and addresses of people appear nowhere in clear: not in files of the database, its WAL, a dump, a
//! log, a metric, an error or an audit row.

use std::time::{Duration, Instant};
use std::{fs, thread};

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;
use repository::testing;
use strongroom_tests::{Redis, Server};

use crate::canaries;
use crate::metrics_page::{Documented, Printed};

/// Metrics that tell of what a healthy service does not see, or not within its first minute.
const NOT_YET: [&str; 7] = [
    "audit_rows_sealed_total",
    "codec_open_failures_total",
    "database_errors_total",
    "database_in_doubt_commits_total",
    "database_retries_total",
    "housekeeping_failures_total",
    "redis_fallbacks_total",
];

fn assert_clean(what: &str, content: &[u8]) {
    assert!(!content.is_empty(), "{what} is empty");
    assert_eq!(canaries::found_in(content), None, "in {what}");
}

/// Makes a database tell its log all it can, as one that is not ours may: statements, their values, and details of
/// errors. Connections that are open are cut, so that all have it so.
const TALKATIVE: &str = "
    DO $$
    DECLARE setting TEXT;
    BEGIN
        FOREACH setting IN ARRAY ARRAY['log_statement = ''all''', 'log_parameter_max_length = -1',
            'log_parameter_max_length_on_error = -1', 'log_error_verbosity = ''verbose''',
            'log_min_messages = ''notice''', 'log_min_error_statement = ''error''']
        LOOP
            EXECUTE format('ALTER DATABASE %I SET %s', current_database(), setting);
        END LOOP;
    END $$;
    SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()";

/// A server with such a database that has been driven through every route.
fn driven(settings: &[(&str, &str)]) -> Server {
    // Wrong requests to log in are more guesses than an address has.
    let own = [("DEBUG", "true"), ("DATABASE_ECHO", "true"), ("AUTH_FAILURE_LIMIT", "10000")];
    let all = [own.as_slice(), settings].concat();
    let server = Server::start_with(&all);
    server.database().sabotage(TALKATIVE);
    canaries::drive(&server);
    server
}

#[test]
fn logs_metrics_dump_and_files_hold_nothing_personal() {
    let redis = Redis::start();
    let url = redis.url();
    let settings = [
        ("LOG_FORMAT", "json"),
        ("DATABASE_SLOW_STATEMENT", "0.000001"),
        ("REDIS_URL", &url),
        ("REDIS_TIMEOUT", "5"),
        ("AUTH_FAILURE_LIMIT", "10000"),
    ];
    let server = driven(&settings);
    // Whoever guesses is counted by the address.
    assert_eq!(server.send("GET", "/metrics", &[("authorization", "Bearer wrong")], None).status, 401);
    assert!(!redis.dump().contains("127.0.0.1"));
    assert_clean("Redis", redis.dump().as_bytes());
    let log = server.log();
    assert!(log.contains("INSERT INTO") && log.contains("a slow statement"), "statements are logged");
    assert_clean("the log", log.as_bytes());
    assert_clean("the audit log", server.get("/v1/audit?limit=100").text.as_bytes());

    let metrics = metrics_with(&server, "housekeeping_last_success_timestamp_seconds{");
    assert_clean("the metrics", metrics.as_bytes());
    let (documented, printed) = (Documented::metrics(), Printed::of(&metrics));
    assert_eq!(documented.complaints(&printed), [""; 0]);
    let missing = documented.missing_in(&printed).into_iter().filter(|name| !NOT_YET.contains(name));
    assert_eq!(missing.collect::<Vec<_>>(), [""; 0], "documented and never printed");

    let mut conn = PgConnection::establish(&server.database().url("postgres")).unwrap();
    dump_is_clean(&mut conn);
    files_are_clean(&mut conn);
}

/// The metrics, once they show the first run of housekeeping, which begins with the process and ends when it ends.
fn metrics_with(server: &Server, line: &str) -> String {
    let end = Instant::now() + Duration::from_secs(120);
    loop {
        let metrics = server.get("/metrics").text;
        if metrics.contains(line) {
            return metrics;
        }
        assert!(Instant::now() < end, "{line} does not come: {metrics}");
        thread::yield_now();
    }
}

#[test]
fn logs_for_people_hold_nothing_personal() {
    let server = driven(&[("LOG_FORMAT", "human"), ("LOG_LEVEL", "trace")]);
    let log = server.log();
    assert!(log.contains("INSERT INTO"), "statements are logged");
    assert_clean("the log", log.as_bytes());
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = diesel::sql_types::Text)]
    text: String,
}

fn dump_is_clean(conn: &mut PgConnection) {
    let mut dump = String::new();
    for table in repository::system::tables() {
        // Bytes are written out as text, so that a name would show as one.
        let sql = format!(
            "SELECT encode(convert_to(t::text, 'UTF8'), 'escape') AS text FROM {} t",
            table.qualified_name()
        );
        let rows: Vec<Row> = diesel::sql_query(sql).load(conn).unwrap();
        dump.extend(rows.into_iter().map(|row| row.text));
    }
    assert!(dump.contains("Dinner"), "the dump shows what is in clear");
    assert_clean("the dump", dump.as_bytes());
}

fn files_are_clean(conn: &mut PgConnection) {
    conn.batch_execute("CHECKPOINT").unwrap();
    let oid =
        diesel::sql_query("SELECT oid::text AS text FROM pg_database WHERE datname = current_database()");
    let oid = oid.get_result::<Row>(conn).unwrap().text;
    let data = testing::data_directory();
    let files = [data.join("base").join(oid), data.join("pg_wal")].into_iter().flat_map(|folder| {
        let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        entries.map(|entry| entry.unwrap().path()).collect::<Vec<_>>()
    });
    let mut found_clear_text = false;
    for path in files {
        // WAL is recycled, so a file may be gone by the time it is read.
        let Ok(content) = fs::read(&path) else { continue };
        found_clear_text |= contains(&content, "Dinner");
        assert_eq!(canaries::found_in(&content), None, "in {}", path.display());
    }
    assert!(found_clear_text, "what is in clear is found, so that this means something");
    let log = fs::read(testing::server_log()).unwrap();
    let logs_values = contains(&log, "parameters: ") && contains(&log, "Dinner");
    let end = &log[log.len().saturating_sub(1000)..];
    assert!(logs_values, "the server logs no values: {}", String::from_utf8_lossy(end));
    assert_clean("the log of PostgreSQL", &log);
}

fn contains(content: &[u8], text: &str) -> bool {
    content.windows(text.len()).any(|window| window == text.as_bytes())
}
