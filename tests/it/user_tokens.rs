//! Tokens of end users over HTTP: what they are good for, how they end, and what is not taken for one.

use std::thread;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use diesel::prelude::*;
use repository::testing;
use serde_json::{Value, json};
use strongroom_tests::{Answer, Server};

use crate::world::{World, text};

struct Tokens {
    access: String,
    refresh: String,
}

impl Tokens {
    fn of(body: &Value) -> Self {
        Self { access: text(body, "/access_token"), refresh: text(body, "/refresh_token") }
    }

    fn open(server: &Server, user: &str, scope: &str) -> Self {
        Self::of(
            &server.post(&format!("/v1/split/users/{user}/tokens"), &json!({"scope": scope})).expect(200),
        )
    }
}

fn with(server: &Server, token: &str, method: &str, path: &str, body: Option<&Value>) -> Answer {
    let bearer = format!("Bearer {token}");
    server.send(method, path, &[("authorization", &bearer)], body.map(Value::to_string).as_deref())
}

fn refresh(server: &Server, token: &str) -> Answer {
    let body = json!({"refresh_token": token}).to_string();
    server.send("POST", "/v1/tokens/refresh", &[("authorization", "")], Some(&body))
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    rows: i64,
}

pub(crate) fn count(server: &Server, what: &str) -> i64 {
    let mut conn = PgConnection::establish(&server.database().url("postgres")).unwrap();
    let counted = diesel::sql_query(format!("SELECT count(*) AS rows FROM {what}"));
    counted.get_result::<Count>(&mut conn).unwrap().rows
}

/// Lets every renewal have happened so much longer ago.
fn age_renewals(server: &Server, seconds: u32) {
    let mut conn = PgConnection::establish(&server.database().url("postgres")).unwrap();
    let age = format!(
        "UPDATE platform.sessions SET renewals = ARRAY(
             SELECT at - make_interval(secs => {seconds}) FROM unnest(renewals) WITH ORDINALITY AS r (at, nth) ORDER BY nth)"
    );
    assert!(diesel::sql_query(age).execute(&mut conn).unwrap() > 0);
}

/// Asks until the token is refused, and answers after how long.
fn dead_after(server: &Server, token: &str, path: &str) -> Duration {
    let start = Instant::now();
    while with(server, token, "GET", path, None).status != 401 {
        assert!(start.elapsed() < Duration::from_secs(30), "the token goes on being good");
        std::thread::yield_now();
    }
    start.elapsed()
}

#[test]
fn a_token_sees_and_changes_its_own_user_as_far_as_its_scope_goes() {
    let world = World::with_contacts(1);
    let (server, own) = (&world.server, format!("/v1/split/users/{}", world.user));
    let (read, write) =
        (Tokens::open(server, &world.user, "read"), Tokens::open(server, &world.user, "write"));
    let change = json!({"name": "Asha R."});
    with(server, &read.access, "GET", &own, None).expect(200);
    let refused = with(server, &read.access, "PATCH", &own, Some(&change)).expect(403);
    assert_eq!(refused["code"], "insufficient_scope");
    assert_eq!(with(server, &write.access, "PATCH", &own, Some(&change)).expect(200)["name"], "Asha R.");
    for path in [format!("{own}?erase=true"), format!("{own}/tokens")] {
        assert_eq!(
            with(server, &write.access, "DELETE", &path, None).expect(403)["code"],
            "insufficient_scope"
        );
    }
    assert_eq!(with(server, &write.access, "GET", "/metrics", None).status, 403);
    let actor = format!("platform.audit_log WHERE actor = 'user:split:{}'", world.user);
    assert_eq!(count(server, &actor), 1);
}

#[test]
fn a_user_does_not_try_out_phone_numbers() {
    let world = World::with_contacts(0);
    let server = &world.server;
    server.post("/v1/split/users", &json!({"phone_number": "+919876543299"})).expect(201);
    let tokens = Tokens::open(server, &world.user, "write");
    let own = format!("/v1/split/users/{}", world.user);
    for phone in ["+919876543299", "+919876543298"] {
        let body = json!({"phone_number": phone});
        for (method, path) in
            [("PATCH", own.as_str()), ("POST", "/v1/split/users"), ("PUT", "/v1/split/users/by-phone")]
        {
            let refused = with(server, &tokens.access, method, path, Some(&body));
            assert_eq!(
                refused.expect(403)["detail"],
                "this takes an API key with the scope split:write",
                "{method}"
            );
        }
        let found = with(server, &tokens.access, "POST", "/v1/split/users/lookup", Some(&body));
        assert_eq!(found.expect(404)["detail"], "user not found");
    }
}

#[test]
fn a_refresh_token_that_comes_again_soon_brings_the_same_one_and_later_ends_the_session() {
    let world = World::with_contacts(0);
    let (server, own) = (&world.server, format!("/v1/split/users/{}", world.user));
    let first = Tokens::open(server, &world.user, "read");
    let body = refresh(server, &first.refresh).expect(200);
    assert_eq!(
        (&body["token_type"], &body["expires_in"], &body["scope"]),
        (&json!("Bearer"), &json!(900), &json!("read"))
    );
    let second = Tokens::of(&body);
    with(server, &second.access, "GET", &own, None).expect(200);

    // The answer was lost.
    let again = Tokens::of(&refresh(server, &first.refresh).expect(200));
    assert_eq!(again.refresh, second.refresh);
    with(server, &again.access, "GET", &own, None).expect(200);
    // Two tabs asked, and one of them has gone on.
    let third = Tokens::of(&refresh(server, &second.refresh).expect(200));
    assert_eq!(Tokens::of(&refresh(server, &first.refresh).expect(200)).refresh, third.refresh);

    age_renewals(server, 29);
    assert_eq!(Tokens::of(&refresh(server, &first.refresh).expect(200)).refresh, third.refresh);
    age_renewals(server, 2);
    let reused = refresh(server, &first.refresh);
    assert_eq!(reused.header("www-authenticate"), "Bearer realm=\"strongroom\"");
    assert_eq!(reused.expect(401)["code"], "unauthenticated");
    refresh(server, &third.refresh).expect(401);
    assert!(dead_after(server, &third.access, &own) < Duration::from_secs(30));
}

#[test]
fn refreshes_at_once_bring_one_and_the_same_refresh_token() {
    let world = World::with_contacts(0);
    let (server, own) = (&world.server, format!("/v1/split/users/{}", world.user));
    let first = Tokens::open(server, &world.user, "write");
    let pairs: Vec<Tokens> = thread::scope(|scope| {
        let asks: Vec<_> =
            (0..5).map(|_| scope.spawn(|| refresh(server, &first.refresh).expect(200))).collect();
        asks.into_iter().map(|ask| Tokens::of(&ask.join().unwrap())).collect()
    });
    for pair in &pairs {
        assert_eq!(pair.refresh, pairs[0].refresh);
        with(server, &pair.access, "GET", &own, None).expect(200);
    }
    refresh(server, &pairs[4].refresh).expect(200);
    assert_eq!(count(server, "platform.sessions"), 1);
}

#[test]
fn a_refresh_token_that_was_just_used_is_refused_once_its_session_is_over() {
    let world = World::with_contacts(0);
    let server = &world.server;
    let first = Tokens::open(server, &world.user, "write");
    let second = Tokens::of(&refresh(server, &first.refresh).expect(200));
    let body = json!({"refresh_token": second.refresh}).to_string();
    let revoked = server.send("POST", "/v1/tokens/revoke", &[("authorization", "")], Some(&body));
    assert_eq!(revoked.status, 204);
    refresh(server, &first.refresh).expect(401);
    refresh(server, &second.refresh).expect(401);
}

#[test]
fn what_ends_a_session_ends_its_access_tokens() {
    // It asks until the answer is no, which a rate limit would be too.
    let world = World::on(Server::start_with(&[("RATE_LIMIT_REQUESTS", "10000")]), 0);
    let (server, own) = (&world.server, format!("/v1/split/users/{}", world.user));
    let [given_up, revoked, deleted] = [(); 3].map(|()| Tokens::open(server, &world.user, "write"));
    let body = json!({"refresh_token": given_up.refresh}).to_string();
    for _ in 0..2 {
        let answer = server.send("POST", "/v1/tokens/revoke", &[("authorization", "")], Some(&body));
        assert_eq!(answer.status, 204, "a second time changes nothing");
    }
    dead_after(server, &given_up.access, &own);
    with(server, &revoked.access, "GET", &own, None).expect(200);
    assert_eq!(server.send("DELETE", &format!("{own}/tokens"), &[], None).status, 204);
    dead_after(server, &revoked.access, &own);
    dead_after(server, &deleted.access, &own);

    let last = Tokens::open(server, &world.user, "write");
    assert_eq!(with(server, &last.access, "DELETE", &own, None).status, 204, "a user may go");
    dead_after(server, &last.access, &own);
    refresh(server, &last.refresh).expect(401);
    server.post(&format!("{own}/tokens"), &json!({})).expect(404);
    server.send("DELETE", &format!("{own}?erase=true"), &[], None).expect(200);
    assert_eq!(count(server, "platform.sessions"), 0);
}

/// Attacks of the kind that libraries have fallen for, with the right key where that makes it harder.
#[test]
fn what_is_not_signed_as_it_should_be_is_refused() {
    let world = World::with_contacts(0);
    let (server, own) = (&world.server, format!("/v1/split/users/{}", world.user));
    let tokens = Tokens::open(server, &world.user, "write");
    let parts: Vec<&str> = tokens.access.split('.').collect();
    let decode =
        |part: &str| -> Value { serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap() };
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let (header, claims) = (decode(parts[0]), decode(parts[1]));
    let with_header = |name: &str, value: Value| {
        let mut header = header.clone();
        header[name] = value;
        encode(&header)
    };
    // The keys of tests are known, so that attacks with the right key can be tried too.
    let database = server.database().database();
    let sign = |claims: &Value| database.cipher().jws("access token").sign(claims.to_string().as_bytes());
    let with_claim = |name: &str, value: Option<Value>| {
        let mut claims = claims.clone();
        match value {
            Some(value) => claims[name] = value,
            None => drop(claims.as_object_mut().unwrap().remove(name)),
        }
        sign(&claims)
    };
    assert_eq!(with(server, &sign(&claims), "GET", &own, None).status, 200, "the key is the server's");

    let mut tampered = claims.clone();
    tampered["scope"] = json!("admin");
    let expired = claims["iat"].as_i64().unwrap() - 1;
    for (attack, token) in [
        ("alg none", format!("{}.{}.", with_header("alg", json!("none")), parts[1])),
        (
            "alg none with the signature",
            format!("{}.{}.{}", with_header("alg", json!("none")), parts[1], parts[2]),
        ),
        ("alg swapped", format!("{}.{}.{}", with_header("alg", json!("RS256")), parts[1], parts[2])),
        (
            "kid is a path",
            format!("{}.{}.{}", with_header("kid", json!("../../../dev/null")), parts[1], parts[2]),
        ),
        ("kid is SQL", format!("{}.{}.{}", with_header("kid", json!("x' OR '1'='1")), parts[1], parts[2])),
        ("claims changed", format!("{}.{}.{}", parts[0], encode(&tampered), parts[2])),
        ("no signature", format!("{}.{}", parts[0], parts[1])),
        ("another purpose", database.cipher().jws("invitation").sign(claims.to_string().as_bytes())),
        ("no exp", with_claim("exp", None)),
        ("expired", with_claim("exp", Some(json!(expired)))),
        ("wrong aud", with_claim("aud", Some(json!("export")))),
        ("no aud", with_claim("aud", None)),
        ("wrong iss", with_claim("iss", Some(json!("elsewhere")))),
        ("another user", with_claim("sub", Some(json!(testing::unique())))),
        ("another session", with_claim("sid", Some(json!(testing::unique())))),
        ("more scope", with_claim("scope", Some(json!("admin")))),
        ("a refresh token", tokens.refresh.clone()),
        ("dots", "..".to_owned()),
        ("very long", format!("{}.{}", tokens.access, "A".repeat(4_000))),
    ] {
        let refused = with(server, &token, "GET", &own, None);
        assert_eq!(refused.status, 401, "{attack}: {}", refused.text);
        assert!(refused.header("www-authenticate").contains("invalid_token"), "{attack}");
    }
    with(server, &tokens.access, "GET", &own, None).expect(200);
}

#[test]
fn no_token_is_logged_or_stored() {
    let world = World::on(Server::start_with(&[("DEBUG", "true"), ("DATABASE_ECHO", "true")]), 0);
    let (server, own) = (&world.server, format!("/v1/split/users/{}", world.user));
    let first = Tokens::open(server, &world.user, "write");
    let second = Tokens::of(&refresh(server, &first.refresh).expect(200));
    with(server, &second.access, "GET", &own, None).expect(200);
    refresh(server, &first.refresh).expect(200);
    let (log, metrics) = (server.log(), server.get("/metrics").text);
    assert!(log.contains("platform.renew_tokens") || log.contains("refresh_hash"), "what is done is logged");
    for token in [&first.access, &first.refresh, &second.access, &second.refresh] {
        // Also without the part that all tokens of a kind have in common.
        let secret = &token[token.len() - 40..];
        assert!(!log.contains(secret) && !metrics.contains(secret));
        for table in repository::system::tables() {
            let holding = format!("{} t WHERE strpos(t::text, '{secret}') > 0", table.qualified_name());
            assert_eq!(count(server, &holding), 0, "{}", table.qualified_name());
        }
    }
}

#[test]
fn lifetimes_are_settings() {
    let settings = [("ACCESS_TOKEN_EXPIRE_MINUTES", "60"), ("REFRESH_TOKEN_EXPIRE_DAYS", "2")];
    let world = World::on(Server::start_with(&settings), 0);
    let path = format!("/v1/split/users/{}/tokens", world.user);
    let body = world.server.post(&path, &json!({})).expect(200);
    assert_eq!((&body["expires_in"], &body["refresh_expires_in"]), (&json!(3600), &json!(172_800)));
    assert_eq!(body["scope"], "write");
}

#[test]
fn what_is_no_refresh_token_is_refused_and_said_in_one_way() {
    let world = World::with_contacts(0);
    let server = &world.server;
    let tokens = Tokens::open(server, &world.user, "read");
    // The last character has two bits of the tag, so every fourth token ends in A.
    let last = if tokens.refresh.ends_with('A') { 'Q' } else { 'A' };
    for wrong in ["", "srr_", tokens.access.as_str(), &format!("{}{last}", &tokens.refresh[..89])] {
        let body = json!({"refresh_token": wrong}).to_string();
        for path in ["/v1/tokens/refresh", "/v1/tokens/revoke"] {
            let refused = server.send("POST", path, &[("authorization", "")], Some(&body)).expect(401);
            assert_eq!(refused["detail"], "the refresh token is not known");
        }
    }
    refresh(server, &tokens.refresh).expect(200);
    let wrong = server.post(&format!("/v1/split/users/{}/tokens", world.user), &json!({"scope": "admin"}));
    assert_eq!(wrong.expect(422)["errors"][0]["pointer"], "/scope");
}
