//! Starting, health, and stopping.

use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::json;
use strongroom_tests::Server;

use crate::world::World;

#[test]
fn health_tells_a_process_that_lives_from_one_that_can_serve() {
    let server = Server::start();
    assert_eq!(server.send("GET", "/livez", &[("authorization", "")], None).status, 200);
    let ready = server.send("GET", "/readyz", &[("authorization", "")], None).expect(200);
    assert_eq!(ready["status"], "ready", "{ready}");

    server.database().close();
    // An answer is good for a second, so the old one may come a few times more.
    let end = Instant::now() + Duration::from_secs(30);
    while server.send("GET", "/readyz", &[("authorization", "")], None).status != 503 {
        assert!(Instant::now() < end, "it goes on calling itself ready");
        std::thread::yield_now();
    }
    assert_eq!(server.send("GET", "/livez", &[("authorization", "")], None).status, 200);
    let refused = server.get("/v1/split/users/00000000-0000-7000-8000-000000000000");
    let problem = refused.expect(503);
    assert_eq!((&problem["retryable"], refused.header("retry-after").is_empty()), (&json!(true), false));
}

#[test]
fn metrics_count_requests_and_queries_by_name() {
    let world = World::with_contacts(1);
    let metrics = world.server.get("/metrics").text;
    for name in [
        "database_queries_total{type=\"write\",operation=\"split.create_user\"} 1",
        "database_query_duration_seconds",
        "database_connections_active",
    ] {
        assert!(metrics.contains(name), "{name} is missing:\n{metrics}");
    }
    assert!(!metrics.contains(&world.user), "a route's pattern is counted, never its path");
}

#[test]
fn a_process_that_is_told_to_stop_ends_in_order() {
    let mut server = Server::start();
    let told = Command::new("kill").args(["-TERM", &server.process_id().to_string()]).status().unwrap();
    assert!(told.success());
    assert_eq!(server.wait(), Some(0), "{}", server.log());
}

#[test]
fn a_database_that_is_not_ready_stops_the_start_with_what_to_do() {
    let empty = repository::testing::TestDatabase::empty();
    let refused = strongroom_tests::start_on(&empty, &[]);
    assert!(
        refused.stderr.contains("split.users") && refused.stderr.contains("db-manage init"),
        "{refused:?}"
    );

    let ready = repository::testing::TestDatabase::new();
    for (key, said) in [
        ("", "ENCRYPTION_KEY"),
        ("short", "32"),
        ("your-32-character-encryption-key", "placeholder"),
        ("9f8c2d81c04e57a3f8126d9be475c03a19d87e62b45f0c93ae21578bd36f40c8", "is not a key of this database"),
    ] {
        let refused = strongroom_tests::start_on(&ready, &[("ENCRYPTION_KEY", key)]);
        assert!(refused.code == 1 && refused.stderr.contains(said), "{key}: {refused:?}");
        assert!(key.is_empty() || !refused.stderr.contains(key), "{refused:?}");
    }
    let owner = strongroom_tests::start_on(&ready, &[("DATABASE_URL", &ready.url("postgres"))]);
    assert!(owner.code == 1 && owner.stderr.contains("strongroom_app"), "{owner:?}");
    let nowhere =
        [("DATABASE_URL", "postgres://strongroom_app@127.0.0.1:1/nothing"), ("DATABASE_POOL_TIMEOUT", "1")];
    let absent = strongroom_tests::start_on(&ready, &nowhere);
    assert!(absent.code == 1 && absent.stderr.contains("not available"), "{absent:?}");
}
