//! Rate limits of API keys, and of whoever guesses them.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use strongroom_tests::{Answer, Server, db_manage};

use crate::exporter::Exporter;
use crate::world::{World, id, text};

/// A route that needs a key and nothing else.
pub(crate) const ROUTE: &str = "/v1/split/users/00000000-0000-7000-8000-000000000000";

/// A key with this limit: its id, and the header that carries it.
pub(crate) fn key_with_limit(server: &Server, limit: &str) -> (String, String) {
    let create = ["api-key", "create", "--name", "limited", "--scope", "split:read", "--rate-limit", limit];
    let made = db_manage(server.database(), &[create.as_slice(), &["--format", "json"]].concat()).json();
    assert_eq!(made["rate_limit"], limit, "{made}");
    (id(&made), format!("Bearer {}", text(&made, "/key")))
}

/// Asks for a user who is not there, so that 404 is the answer to who may ask.
pub(crate) fn ask(server: &Server, bearer: &str) -> Answer {
    server.send("GET", ROUTE, &[("authorization", bearer)], None)
}

fn guess(server: &Server, forwarded: &str) -> u16 {
    let wrong = format!("Bearer sr_{}", "A".repeat(43));
    let headers = [("authorization", wrong.as_str()), ("x-forwarded-for", forwarded)];
    server.send("GET", ROUTE, &headers, None).status
}

#[test]
fn a_key_with_a_limit_is_told_how_it_stands_and_refused_beyond() {
    let server = Server::start();
    let (_, bearer) = key_with_limit(&server, "3/600s");
    for remaining in [2, 1, 0] {
        let answer = ask(&server, &bearer);
        assert_eq!(answer.status, 404, "{}", answer.text);
        assert_eq!(answer.header("ratelimit-policy"), "\"default\";q=3;w=600");
        let standing = answer.header("ratelimit");
        let more_in = standing.strip_prefix(&format!("\"default\";r={remaining};t=")).unwrap();
        assert!((1..=600).contains(&more_in.parse::<u32>().unwrap()), "{standing}");
        assert_eq!(answer.header("retry-after"), "");
    }
    let refused = ask(&server, &bearer);
    let problem = refused.expect(429);
    assert_eq!((&problem["code"], &problem["retryable"]), (&json!("rate_limited"), &json!(true)));
    assert_eq!(refused.header("content-type"), "application/problem+json");
    let wait: u32 = refused.header("retry-after").parse().unwrap();
    assert!((1..=600).contains(&wait), "{wait}");
    assert_eq!(refused.header("ratelimit"), format!("\"default\";r=0;t={wait}"));
    // The limit comes before scope and body.
    let change = server.send("PATCH", ROUTE, &[("authorization", &bearer)], Some("nonsense"));
    assert_eq!(change.status, 429, "{}", change.text);
    let metrics = server.get("/metrics").text;
    assert!(
        metrics.contains("rate_limit_decisions_total{kind=\"api_key\",outcome=\"refused\"} 2"),
        "{metrics}"
    );
}

#[test]
fn a_key_without_a_limit_has_none() {
    let server = Server::start();
    for _ in 0..150 {
        let answer = server.get(ROUTE);
        assert_eq!((answer.status, answer.header("ratelimit")), (404, ""), "{}", answer.text);
    }
    assert!(!server.get("/metrics").text.contains("rate_limit_decisions_total{"));
}

#[test]
fn end_users_have_a_limit_whichever_token_they_use() {
    let server = Server::start_with(&[("RATE_LIMIT_REQUESTS", "3"), ("RATE_LIMIT_WINDOW", "600")]);
    let world = World::on(server, 0);
    let (server, user) = (&world.server, &world.user);
    let open = |user: &str| {
        let opened = server.post(&format!("/v1/split/users/{user}/tokens"), &json!({"scope": "read"}));
        format!("Bearer {}", text(&opened.expect(200), "/access_token"))
    };
    let (first, second) = (open(user), open(user));
    let path = format!("/v1/split/users/{user}");
    let look = |bearer: &str| server.send("GET", &path, &[("authorization", bearer)], None);
    let answer = look(&first);
    assert_eq!((answer.status, answer.header("ratelimit-policy")), (200, "\"default\";q=3;w=600"));
    let statuses = [&second, &first, &second, &first].map(|bearer| look(bearer).status);
    assert_eq!(statuses, [200, 200, 429, 429]);

    let other = json!({"phone_number": "+919876543211", "name": "Ravi"});
    let other = id(&server.post("/v1/split/users", &other).expect(201));
    assert_eq!(look(&open(&other)).status, 404, "another user has a limit of its own");
    // A token that does not hold is no guess: its holder renews it, however often.
    let statuses: Vec<u16> = (0..40).map(|_| look("Bearer a.b.c").status).collect();
    assert_eq!(statuses, [401; 40]);
}

#[test]
fn a_limit_is_shown_and_changed() {
    let server = Server::start();
    let (key, bearer) = key_with_limit(&server, "1/600s");
    let limit_in_list = || {
        let list = db_manage(server.database(), &["api-key", "list", "--format", "json"]).json();
        let keys = list.as_array().unwrap();
        keys.iter().find(|listed| listed["id"] == *key).unwrap()["rate_limit"].clone()
    };
    assert_eq!(limit_in_list(), "1/600s");
    assert_eq!((ask(&server, &bearer).status, ask(&server, &bearer).status), (404, 429));

    let wrong = db_manage(server.database(), &["api-key", "limit", &key, "1000000/1s"]);
    assert!(wrong.code == 2 && wrong.stderr.contains("100/60s"), "{wrong:?}");
    let lifted = db_manage(server.database(), &["api-key", "limit", &key, "none", "--format", "json"]);
    assert_eq!((lifted.code, &lifted.json()["rate_limit"]), (0, &Value::Null));
    assert_eq!(limit_in_list(), Value::Null);
    // Every process asks the database at least once a second.
    let end = Instant::now() + Duration::from_secs(30);
    while ask(&server, &bearer).status != 404 {
        assert!(Instant::now() < end, "the limit still holds");
        std::thread::yield_now();
    }
    let changes = "SELECT old_values, changed_columns FROM platform.audit_log WHERE table_name = 'platform.api_keys' \
                   AND action = 'update' AND old_values ? 'rate_limit_requests'";
    let rows = db_manage(server.database(), &["query", changes, "--format", "json"]).json();
    assert_eq!(rows[0]["changed_columns"], json!(["rate_limit_requests", "rate_limit_seconds"]), "{rows}");
}

#[test]
fn guesses_from_one_address_are_stopped_whatever_it_calls_itself() {
    let server = Server::start_with(&[("AUTH_FAILURE_LIMIT", "5")]);
    assert_eq!(server.get(ROUTE).status, 404);
    let mut statuses: Vec<u16> =
        (0..1000).map(|n| guess(&server, &format!("198.51.{}.{}", n / 250, n % 250))).collect();
    let refused = statuses.split_off(5);
    assert_eq!(statuses, [401; 5]);
    assert_eq!(refused, [429; 995]);

    let answer = server.send("GET", ROUTE, &[("authorization", "Basic dXNlcjpwYXNz")], None);
    assert_eq!(answer.expect(429)["code"], "rate_limited");
    assert!(!answer.header("retry-after").is_empty() && answer.header("ratelimit").is_empty());
    // Who sends no key guesses none, and a key that was good goes on: it may share the address with who guesses.
    assert_eq!(server.send("GET", ROUTE, &[("authorization", "")], None).status, 401);
    assert_eq!(server.get(ROUTE).status, 404);
    // One that this process never saw has to wait, right or wrong: nobody learns which.
    let (_, unseen) = key_with_limit(&server, "100/60s");
    assert_eq!(ask(&server, &unseen).status, 429);
}

#[test]
fn a_trusted_proxy_says_whose_guesses_they_are() {
    let settings = [("AUTH_FAILURE_LIMIT", "5"), ("TRUSTED_PROXIES", "127.0.0.0/8, 10.0.0.0/8")];
    let server = Server::start_with(&settings);
    // The guesser writes what it likes; the proxies append whom they got it from.
    let spoofed = (0..40).map(|n| guess(&server, &format!("192.0.2.{n}, 10.0.0.{n}, 203.0.113.9, 10.1.1.1")));
    let mut statuses: Vec<u16> = spoofed.collect();
    let refused = statuses.split_off(5);
    assert_eq!((statuses, refused), (vec![401; 5], vec![429; 35]));
    assert_eq!(guess(&server, "203.0.113.10"), 401, "somebody else is heard");
}

#[test]
fn the_document_tells_of_limits() {
    let server = Server::start();
    let document = server.get("/openapi.json").expect(200);
    let responses = &document["paths"]["/v1/split/users"]["post"]["responses"]["429"];
    for header in ["Retry-After", "RateLimit", "RateLimit-Policy"] {
        assert!(responses["headers"][header]["schema"].is_object(), "{header}: {responses}");
    }
    assert!(document["paths"]["/livez"]["get"]["responses"]["429"].is_null());
}

#[test]
fn a_system_may_have_a_limit_of_its_own() {
    let server = Server::start_with(&[("RATE_LIMIT_REQUESTS", "3"), ("EXPORT_RATE_LIMIT_PER_HOUR", "500")]);
    let exporter = Exporter::register(&server, "a@x.example");
    let of_export = exporter.send(&server, "GET", &format!("/v1/export/users/{}", exporter.id), &Value::Null);
    assert_eq!((of_export.status, of_export.header("ratelimit-policy")), (200, "\"default\";q=500;w=3600"));
    let world = World::on(server, 0);
    let path = format!("/v1/split/users/{}", world.user);
    let opened = world.server.post(&format!("{path}/tokens"), &json!({})).expect(200);
    let bearer = format!("Bearer {}", text(&opened, "/access_token"));
    let of_split = world.server.send("GET", &path, &[("authorization", &bearer)], None);
    assert_eq!(of_split.header("ratelimit-policy"), "\"default\";q=3;w=60");
}
