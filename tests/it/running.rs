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
