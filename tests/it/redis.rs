//! Limits that several processes share through Redis, and what happens when it breaks.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;
use strongroom_tests::{Redis, Server, db_manage_with};

use crate::rate_limits::{ask, key_with_limit};
use crate::world::{World, id, text};

/// Waits until `/readyz` says this of Redis, and that the process serves all the same.
pub(crate) fn wait_until_redis_is(server: &Server, state: &str) {
    let end = Instant::now() + Duration::from_secs(30);
    loop {
        let ready = server.send("GET", "/readyz", &[("authorization", "")], None).expect(200);
        assert_eq!(ready["status"], "ready", "{ready}");
        if ready["checks"]["redis"] == state {
            return;
        }
        assert!(Instant::now() < end, "Redis is not {state}: {ready}");
        thread::yield_now();
    }
}

#[test]
fn processes_share_one_limit_and_redis_learns_nobodys_name() {
    let redis = Redis::start();
    let url = redis.url();
    // A machine that is busy with other tests shall not look like a Redis that is away.
    let settings = [("REDIS_URL", url.as_str()), ("REDIS_TIMEOUT", "10"), ("AUTH_FAILURE_LIMIT", "5")];
    let one = Server::start_with(&settings);
    let other = one.beside(&settings);
    wait_until_redis_is(&one, "ok");
    let (key, bearer) = key_with_limit(&one, "7/600s");
    let statuses = |server: &Server| (0..5).map(|_| ask(server, &bearer).status).collect::<Vec<u16>>();
    assert_eq!((statuses(&one), statuses(&other)), (vec![404; 5], vec![404, 404, 429, 429, 429]));
    let standing = ask(&one, &bearer);
    assert!(standing.status == 429 && standing.header("ratelimit").starts_with("\"default\";r=0;t="));

    // Wrong keys are counted together too.
    let wrong = format!("Bearer sr_{}", "A".repeat(43));
    let mut guesses: Vec<u16> = (0..4).map(|_| ask(&one, &wrong).status).collect();
    guesses.extend((0..4).map(|_| ask(&other, &wrong).status));
    assert_eq!(guesses, [401, 401, 401, 401, 401, 429, 429, 429]);

    let dump = redis.dump();
    assert_eq!(dump.matches("strongroom:limit:").count(), 2, "{dump}");
    for clear in [key.as_str(), "127.0.0.1", "api_key", "limited", "sr_"] {
        assert!(!dump.contains(clear), "{clear} stands in {dump}");
    }
    assert!(one.log().contains("Redis answers"));
    assert!(other.get("/metrics").text.contains("redis_connected 1"));
}

/// Two processes under load, whose Redis breaks in the middle: every request is answered, and together they admit at
/// most twice the limit.
fn survives(break_it: impl FnOnce(&Redis), state_then: &str, mend_it: impl FnOnce(&mut Redis)) {
    let mut redis = Redis::start();
    let url = redis.url();
    let settings = [("REDIS_URL", url.as_str())];
    let one = Server::start_with(&settings);
    let servers = [&one, &one.beside(&settings)];
    let (_, bearer) = key_with_limit(&one, "40/600s");
    let answered = AtomicUsize::new(0);
    let load = |server: &Server| {
        let statuses = (0..60).map(|_| {
            let status = ask(server, &bearer).status;
            answered.fetch_add(1, Ordering::Relaxed);
            status
        });
        statuses.collect::<Vec<u16>>()
    };
    let statuses: Vec<u16> = thread::scope(|scope| {
        let load = &load;
        let both_twice = servers.into_iter().chain(servers);
        let clients: Vec<_> = both_twice.map(|server| scope.spawn(move || load(server))).collect();
        while answered.load(Ordering::Relaxed) < 20 {
            thread::yield_now();
        }
        break_it(&redis);
        clients.into_iter().flat_map(|client| client.join().unwrap()).collect()
    });
    let admitted = statuses.iter().filter(|status| **status == 404).count();
    assert!(statuses.iter().all(|status| matches!(status, 404 | 429)), "{statuses:?}");
    assert!((40..=80).contains(&admitted), "{admitted} were admitted");

    servers.iter().for_each(|server| wait_until_redis_is(server, state_then));
    mend_it(&mut redis);
    servers.iter().for_each(|server| wait_until_redis_is(server, "ok"));
    let (_, fresh) = key_with_limit(&one, "2/600s");
    let shared: Vec<u16> = servers.iter().chain(&servers).map(|server| ask(server, &fresh).status).collect();
    assert!(shared[..2] == [404, 404] && shared.len() == 4, "{shared:?}");
}

#[test]
fn a_redis_that_is_killed_costs_nobody_a_request() {
    survives(Redis::kill, "degraded", Redis::restart);
}

#[test]
fn a_redis_that_hangs_costs_nobody_a_request() {
    survives(Redis::stop, "degraded", |redis| redis.resume());
}

#[test]
fn a_redis_that_is_flushed_costs_nobody_a_request() {
    survives(Redis::flush, "ok", |_| {});
}

#[test]
fn a_process_starts_without_its_redis_and_finds_it_later() {
    let mut redis = Redis::start();
    redis.kill();
    let server = Server::start_with(&[("REDIS_URL", &redis.url())]);
    wait_until_redis_is(&server, "degraded");
    let (_, bearer) = key_with_limit(&server, "1/600s");
    assert_eq!((ask(&server, &bearer).status, ask(&server, &bearer).status), (404, 429));
    assert!(server.get("/metrics").text.contains("redis_fallbacks_total{reason=\"away\"} 1"));
    redis.restart();
    wait_until_redis_is(&server, "ok");
}

#[test]
fn without_a_redis_there_is_nothing_to_say_of_it() {
    let server = Server::start();
    wait_until_redis_is(&server, "unused");
}

#[test]
fn the_command_tells_how_redis_is() {
    let redis = Redis::start();
    let url = redis.url();
    let server = Server::start();
    let run = |arguments: &[&str]| db_manage_with(server.database(), &[("REDIS_URL", &url)], arguments);
    let tested = run(&["test", "--format", "json"]);
    assert_eq!(tested.code, 0, "{tested:?}");
    let tested = tested.json();
    assert_eq!((&tested[1]["service"], &tested[1]["result"]), (&"Redis".into(), &"OK".into()), "{tested}");
    assert_eq!(run(&["health", "--format", "json"]).json()["redis"], "ok");

    redis.kill();
    let failed = run(&["test", "--format", "json"]);
    assert_eq!((failed.code, &failed.json()[1]["result"]), (1, &"FAILED".into()), "{failed:?}");
    let health = run(&["health", "--format", "json"]);
    let says = health.json();
    assert!(health.code == 0 && says["redis"].as_str().unwrap().starts_with("degraded: "), "{says}");
}

/// The counter of values of a kind that were found somewhere.
fn found(server: &Server, kind: &str, place: &str) -> u64 {
    let metrics = server.get("/metrics").text;
    let name = format!("cache_requests_total{{kind=\"{kind}\",result=\"{place}\"}} ");
    metrics.lines().find_map(|line| line.strip_prefix(&name)).map_or(0, |count| count.parse().unwrap())
}

#[test]
fn a_picture_is_made_once_for_all_processes_and_kept_sealed() {
    let redis = Redis::start();
    let url = redis.url();
    // A machine that is busy with other tests shall not look like a Redis that is away.
    let settings = [("REDIS_URL", url.as_str()), ("REDIS_TIMEOUT", "10")];
    let world = World::on(Server::start_with(&settings), 2);
    let one = &world.server;
    let other = &one.beside(&settings);
    wait_until_redis_is(one, "ok");
    wait_until_redis_is(other, "ok");
    let bill = world.bill("100.00");
    let asked = one.post(&format!("/v1/split/bills/{}/payment-requests", id(&bill)), &json!({})).expect(201);
    let [path, another] = ["/data/0/id", "/data/1/id"]
        .map(|place| format!("/v1/split/payment-requests/{}/qr.svg", text(&asked, place)));
    let drawn = one.get(&path).text;
    assert!(drawn.starts_with("<svg"), "{drawn}");
    assert_eq!(one.get(&path).text, drawn);
    let end = Instant::now() + Duration::from_secs(30);
    while !redis.dump().contains("strongroom:cache:") {
        assert!(Instant::now() < end, "nothing comes to Redis");
        thread::yield_now();
    }
    assert_eq!(other.get(&path).text, drawn);
    let counts = |server: &Server| ["miss", "memory", "redis"].map(|place| found(server, "qr.svg", place));
    assert_eq!((counts(one), counts(other)), ([1, 1, 0], [0, 0, 1]));

    let kept = redis.dump();
    assert!(!kept.contains("<svg") && !kept.contains("<path"), "{kept}");
    // Who may see the picture is asked every time, and without Redis each process draws by itself.
    assert_eq!(other.send("GET", &path, &[("authorization", "Bearer wrong")], None).status, 401);
    redis.kill();
    assert_eq!((one.get(&another).status, one.get(&path).text), (200, drawn));
}
