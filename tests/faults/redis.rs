//! T13: the Redis of two processes is slow, killed or emptied.

use std::time::{Duration, Instant};

use repository::domain::rate_limit::Quota;
use repository::platform::api_keys;
use repository::testing::TestDatabase;
use repository::{Actor, Error};
use strongroom_tests::{FaultProxy, Mode, Redis, Upstream};

use crate::figures::{Figures, scale};
use crate::load::{Ledger, for_a_while, while_clients};
use crate::oracle::Oracle;
use crate::service::Service;

/// How much slower ninety-nine of a hundred requests may be: no more than `REDIS_TIMEOUT`, which has its default here.
const SLOWER: Duration = Duration::from_millis(50);

/// How soon `/readyz` says how Redis is.
const NOTICED: Duration = Duration::from_secs(5);

/// Requests that one caller may make, and of which two processes must not let through more than twice as many.
const QUOTA: u32 = 40;

/// What happens to Redis.
struct Fault {
    name: &'static str,
    /// What `/readyz` then says of it.
    state: &'static str,
    /// Done over and over, for as long as it lasts.
    do_it: fn(&Redis, &FaultProxy),
    mend_it: fn(&mut Redis, &FaultProxy),
}

#[test]
fn a_slow_redis_slows_nobody() {
    survives(&Fault {
        name: "slow",
        state: "degraded",
        do_it: |_, proxy| proxy.set(Mode::Latency(Duration::from_millis(500))),
        mend_it: |_, proxy| proxy.set(Mode::Ok),
    });
}

#[test]
fn a_redis_that_is_killed_stops_nobody() {
    survives(&Fault {
        name: "killed",
        state: "degraded",
        do_it: |redis, _| redis.kill(),
        mend_it: |redis, _| redis.restart(),
    });
}

#[test]
fn a_redis_that_is_emptied_lets_nobody_run_wild() {
    survives(&Fault { name: "flushed", state: "ok", do_it: |redis, _| redis.flush(), mend_it: |_, _| () });
}

fn survives(fault: &Fault) {
    let (figures, name) = (Figures::of("T13"), fault.name);
    let mut redis = Redis::start();
    let proxy = FaultProxy::before(Upstream::Unix(redis.socket()));
    let database = TestDatabase::new();
    let services = two_processes(&database, &proxy);
    // Both are counted in Redis, but one may do so much that it is never refused.
    let busy = key_with_limit(&database, Quota::new(10_000, 1).unwrap());
    let busy = services.each_ref().map(|service| service.as_holder_of(&busy));
    let limited = key_with_limit(&database, Quota::new(QUOTA, 600).unwrap());
    let limited = services.each_ref().map(|service| service.as_holder_of(&limited));
    let (ledger, of_limited) = (Ledger::new("redis"), Ledger::new("limited"));
    let ask = |requests: usize| {
        for service in limited.iter().cycle().take(2 * requests) {
            of_limited.note(&service.get_user());
        }
    };
    let (start, broken, mended) = while_clients(
        8,
        || {
            // The first requests open connections.
            for_a_while(Duration::from_secs(1));
            let start = Instant::now();
            for_a_while(scale(Duration::from_secs(2), Duration::from_secs(20)));
            ask(5);
            let broken = Instant::now();
            while broken.elapsed() < scale(Duration::from_secs(2), Duration::from_secs(20)) {
                (fault.do_it)(&redis, &proxy);
                ask(5);
                for_a_while(Duration::from_millis(100));
            }
            wait_until_redis_is(fault.state, &services);
            let mended = Instant::now();
            (fault.mend_it)(&mut redis, &proxy);
            wait_until_redis_is("ok", &services);
            figures.within(&format!("{name}: all is well again within"), mended.elapsed(), NOTICED);
            ask(20);
            (start, broken, mended)
        },
        |client| {
            let service = &busy[client % 2];
            let description = ledger.next_description();
            ledger.note_bill(&description, &service.make_bill(&description, None));
            ledger.note(&service.get_user());
        },
    );
    let (before, during) = (ledger.p99_between(start, broken), ledger.p99_between(broken, mended));
    figures.note(&format!("{name}: p99 before, ms"), before.as_millis());
    figures.note(&format!("{name}: p99 meanwhile, ms"), during.as_millis());
    figures.within(&format!("{name}: p99 slower by"), during.saturating_sub(before), SLOWER);
    let failed = ledger.since(start).iter().filter(|seen| !seen.outcome.is_success()).count();
    figures.note(&format!("{name}: requests"), ledger.since(start).len());
    figures.exactly(&format!("{name}: requests that failed"), failed, 0);
    keeps_the_limit(&figures, name, &of_limited);
    Oracle::of(&database.url("postgres")).acknowledges(&figures, &ledger);
}

fn keeps_the_limit(figures: &Figures, name: &str, of_limited: &Ledger) {
    let seen = of_limited.all();
    let strange = seen.iter().filter(|seen| !seen.outcome.is_success() && seen.outcome.status != 429);
    figures.exactly(&format!("{name}: limited caller, neither 200 nor 429"), strange.count(), 0);
    let admitted = seen.iter().filter(|seen| seen.outcome.is_success()).count();
    let quota = QUOTA as usize;
    let is_right = (quota..=2 * quota).contains(&admitted);
    let bound = format!("{quota} to {}", 2 * quota);
    figures.check(&format!("{name}: of {} requests let through", seen.len()), admitted, &bound, is_right);
}

/// Two that share Redis by way of the proxy, and have found it.
fn two_processes(database: &TestDatabase, proxy: &FaultProxy) -> [Service; 2] {
    let redis = format!("redis://{}", proxy.address());
    let settings = [("REDIS_URL", redis.as_str())];
    let url = database.url("strongroom_app");
    let one = Service::start(&url, &url, &settings);
    let services = [one.beside(&url, &settings), one];
    wait_until_redis_is("ok", &services);
    services
}

/// Waits until `/readyz` of all says this of Redis, and that they serve all the same.
fn wait_until_redis_is(state: &str, services: &[Service]) {
    let end = Instant::now() + Duration::from_secs(30);
    for service in services {
        loop {
            let ready = service.get("/readyz");
            assert!(ready.is_success(), "{ready:?}");
            if ready.body["checks"]["redis"] == state {
                break;
            }
            assert!(Instant::now() < end, "Redis is not {state}: {ready:?}");
            for_a_while(Duration::from_millis(20));
        }
    }
}

/// The text of a key that may make so many requests.
fn key_with_limit(database: &TestDatabase, quota: Quota) -> String {
    let scopes = ["split:admin".to_owned()];
    let made = database.database().write::<_, Error>("test.key", &Actor::system(), |tx| {
        let (key, token) = api_keys::insert(tx, "limited", &scopes)?;
        api_keys::limit(tx, key.id, Some(quota))?;
        Ok(token)
    });
    made.unwrap().text().to_string()
}
