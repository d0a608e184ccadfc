//! Browsers: pages of the origins that the setting names may use the API, and no others.

use std::process::Command;

use strongroom_tests::{Answer, Server};

use crate::guard_routes::operations;

const PAGE: &str = "https://app.example";

const ORIGINS: (&str, &str) = ("CORS_ALLOWED_ORIGINS", "https://app.example, http://localhost:3000");

const ALLOWED: &str = "access-control-allow-origin";

fn preflight(server: &Server, path: &str, origin: &str, method: &str) -> Answer {
    let headers = [
        ("authorization", ""),
        ("origin", origin),
        ("access-control-request-method", method),
        (
            "access-control-request-headers",
            "authorization,content-type,idempotency-key,if-match,if-none-match",
        ),
    ];
    server.send("OPTIONS", path, &headers, None)
}

fn names(answer: &Answer, header: &str) -> Vec<String> {
    let mut names: Vec<_> = answer.header(header).split(", ").map(str::to_ascii_lowercase).collect();
    names.sort_unstable();
    names
}

#[test]
fn a_listed_page_may_use_every_route_and_read_what_it_needs() {
    let server = Server::start_with(&[ORIGINS]);
    let operations = operations(&server.get("/openapi.json").expect(200));
    for (method, path) in operations {
        let path = path.replace("{id}", "00000000-0000-7000-8000-000000000000");
        let asked = preflight(&server, &path, PAGE, &method);
        assert_eq!((asked.status, asked.header(ALLOWED)), (200, PAGE), "{method} {path}: {}", asked.text);
        assert!(
            names(&asked, "access-control-allow-methods").contains(&method.to_lowercase()),
            "{method} {path}"
        );
        // Whatever the answer is, the page may read it.
        let body = (method != "GET" && method != "DELETE").then_some("{");
        for key in ["", "Bearer sr_none", &format!("Bearer {}", server.key())] {
            let answer = server.send(&method, &path, &[("origin", PAGE), ("authorization", key)], body);
            assert_eq!(answer.header(ALLOWED), PAGE, "{method} {path}: {}", answer.status);
            assert!(names(&answer, "vary").contains(&"origin".to_owned()), "{method} {path}");
            assert!(!answer.headers.contains_key("access-control-allow-credentials"), "{method} {path}");
            let exposed = names(&answer, "access-control-expose-headers");
            let expected = [
                "dry-run",
                "etag",
                "idempotent-replayed",
                "location",
                "ratelimit",
                "ratelimit-policy",
                "retry-after",
                "x-request-id",
            ];
            assert_eq!(exposed, expected, "{method} {path}");
        }
    }
    for (method, path) in [("GET", "/nowhere"), ("TRACE", "/v1/split/users")] {
        let answer = server.send(method, path, &[("origin", PAGE)], None);
        assert_eq!(answer.header(ALLOWED), PAGE, "{method} {path}: {}", answer.status);
    }
}

#[test]
fn no_other_page_is_allowed_and_none_is_reflected() {
    let server = Server::start_with(&[ORIGINS]);
    for origin in [
        "null",
        "*",
        "http://app.example",
        "https://app.example:8443",
        "https://app.example.evil.example",
        "https://evil.example",
        "https://APP.example",
        "http://localhost",
    ] {
        let asked = preflight(&server, "/v1/split/users", origin, "POST");
        let answer = server.send("GET", "/livez", &[("origin", origin)], None);
        assert_eq!((asked.status, answer.status), (400, 200), "{origin}");
        for answer in [asked, answer] {
            assert!(!answer.headers.contains_key(ALLOWED), "{origin}");
            assert!(!answer.text.contains(origin) || origin == "*", "{origin}: {}", answer.text);
        }
    }
}

#[test]
fn without_the_setting_no_page_is_allowed() {
    let server = Server::start();
    let asked = preflight(&server, "/v1/split/users", PAGE, "POST");
    assert_eq!(asked.expect(405)["code"], "method_not_allowed");
    let answer = server.send("GET", "/livez", &[("origin", PAGE)], None);
    for answer in [asked, answer] {
        let is_cors = |name: &str| name.starts_with("access-control-");
        assert!(!answer.headers.keys().any(|name| is_cors(name.as_str())), "{:?}", answer.headers);
    }
}

/// A preflight has no key of its user. It must be no wrong key either, or the address of its user would be blocked.
#[test]
fn a_preflight_costs_neither_a_look_up_nor_an_attempt() {
    for (origins, status) in [(ORIGINS, 200), (("CORS_ALLOWED_ORIGINS", ""), 405)] {
        let server = Server::start_with(&[("AUTH_FAILURE_LIMIT", "1"), ("LOG_LEVEL", "debug"), origins]);
        let look_ups = || server.log().matches("platform.find_api_key").count();
        let unknown = ("authorization", "Bearer sr_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
        for _ in 0..5 {
            let headers = [unknown, ("origin", PAGE), ("access-control-request-method", "GET")];
            assert_eq!(server.send("OPTIONS", "/v1/split/users", &headers, None).status, status);
        }
        assert_eq!(look_ups(), 0, "{}", server.log());
        assert_eq!(server.log().matches("method=\"OPTIONS\"").count(), 5, "each has its log line");
        assert_eq!(server.send("GET", "/v1/split/users/any", &[unknown], None).status, 401);
        assert!(look_ups() > 0, "a look-up is logged: {}", server.log());
    }
}

#[test]
fn what_is_no_origin_stops_the_start() {
    for wrong in ["*", "null", "https://app.example/"] {
        let outcome = Command::new(strongroom_tests::binary("strongroom-api"))
            .env_clear()
            .env("CORS_ALLOWED_ORIGINS", wrong)
            .current_dir(tempfile::tempdir().unwrap().path())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&outcome.stderr).into_owned();
        assert!(!outcome.status.success() && said.contains("CORS_ALLOWED_ORIGINS"), "{wrong}: {said}");
    }
}
