//! The sliding window of whatever the bot counts: with Redis and without.

use std::thread;

use serde_json::{Value, json};
use strongroom_tests::{Random, Redis, Server};

use crate::redis::wait_until_redis_is;
use crate::seller::Bot;
use crate::world::{named, pointers};

fn hit(bot: &Bot, identifier: &str, limit: u32, window_seconds: u32, query: &str) -> Value {
    let body = json!({"identifier": identifier, "limit": limit, "window_seconds": window_seconds});
    bot.post(&format!("/rate-limits/check{query}"), &body).expect(200)
}

fn both(test: impl Fn(&Bot)) {
    test(&Bot::start());
    let redis = Redis::start();
    let bot = Bot { server: Server::start_with(&[("REDIS_URL", &redis.url()), ("REDIS_TIMEOUT", "10")]) };
    wait_until_redis_is(&bot.server, "ok");
    test(&bot);
}

#[test]
fn the_eleventh_of_ten_is_refused_and_a_look_counts_nothing() {
    both(|bot| {
        let fresh = hit(bot, "user456", 10, 60, "?dry_run=true");
        assert_eq!(
            fresh,
            json!({"limited": false, "limit": 10, "window_seconds": 60, "count": 0, "remaining": 10, "reset_seconds": 0})
        );
        for n in 1..=10 {
            let admitted = hit(bot, "user456", 10, 60, "");
            assert_eq!(
                (&admitted["limited"], &admitted["count"], &admitted["remaining"]),
                (&json!(false), &json!(n), &json!(10 - n))
            );
            assert!((1..=60).contains(&admitted["reset_seconds"].as_u64().unwrap()), "{admitted}");
        }
        for query in ["", "?dry_run=true"] {
            let refused = hit(bot, "user456", 10, 60, query);
            assert_eq!(
                (&refused["limited"], &refused["count"], &refused["remaining"]),
                (&json!(true), &json!(10), &json!(0))
            );
        }
        assert_eq!(hit(bot, "user457", 10, 60, "")["count"], 1, "somebody else");
        assert_eq!(hit(bot, "user456", 10, 61, "")["count"], 1, "another window is another count");
        assert_eq!(hit(bot, "user456", 11, 60, "")["limited"], false, "another limit holds at once");
        assert_eq!(hit(bot, "user456", 3, 60, "")["limited"], true);
    });
}

#[test]
fn of_fifty_hits_at_once_as_many_pass_as_may() {
    both(|bot| {
        let limited = thread::scope(|scope| {
            let hits: Vec<_> =
                (0..50).map(|_| scope.spawn(|| hit(bot, "flood", 20, 600, "")["limited"] == true)).collect();
            hits.into_iter().map(|hit| hit.join().unwrap()).filter(|limited| *limited).count()
        });
        assert_eq!(limited, 30);
    });
}

/// The script of the shared windows, run by a Redis at times of the test's own.
struct Window {
    redis: Redis,
    script: String,
}

impl Window {
    fn start() -> Self {
        let script = include_str!("../../bins/api/src/http/limits/take.lua");
        let clock = "redis.call('TIME')";
        assert_eq!(script.matches(clock).count(), 1);
        Self { redis: Redis::start(), script: script.replace(clock, "{ ARGV[4], ARGV[5] }") }
    }

    /// Whether a hit at this time passes, how many have, and in how many microseconds another one will.
    fn hit(&self, name: &str, limit: u64, window: u64, micros: u64) -> (bool, u64, u64) {
        let start = 1_790_000_000 + micros / 1_000_000;
        let arguments =
            [limit, window * 1_000_000, 1, start, micros % 1_000_000].map(|number| number.to_string());
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let answer = self.redis.eval(&self.script, &[name], &arguments);
        let [admitted, used, wait] = answer.as_slice() else { panic!("{answer:?}") };
        (*admitted == 1, *used, *wait)
    }
}

#[test]
fn in_redis_hits_at_0_10_and_20_of_three_within_60_seconds_leave_one_by_one() {
    let window = Window::start();
    for (millis, admitted, used, seconds) in [
        (0, true, 1, 60),
        (10_000, true, 2, 50),
        (20_000, true, 3, 40),
        (30_000, false, 3, 30),
        (59_999, false, 3, 1),
        (60_000, true, 3, 10),
        (65_000, false, 3, 5),
        (70_000, true, 3, 10),
    ] {
        let (passed, count, wait) = window.hit("user456", 3, 60, millis * 1000);
        assert_eq!((passed, count, wait.div_ceil(1_000_000)), (admitted, used, seconds), "at {millis} ms");
    }
}

/// A window that forgets nothing and does nothing clever.
#[test]
fn in_redis_no_stretch_of_a_window_admits_more_than_the_limit_whatever_the_history() {
    let (window, mut random) = (Window::start(), Random::new(14, "window"));
    for history in 0..20 {
        let (limit, name) = (1 + random.below(7), format!("history-{history}"));
        let (mut now, mut admitted): (u64, Vec<u64>) = (0, Vec::new());
        for _ in 0..150 {
            // Whole tenths of a second, so that hits often lie exactly a window apart.
            now += u64::try_from(random.below(12)).unwrap() * 100_000;
            let counts = admitted.iter().filter(|hit| now - **hit < 3_000_000).count();
            let (passed, used, _) = window.hit(&name, limit.try_into().unwrap(), 3, now);
            assert_eq!(passed, counts < limit, "{limit} within 3 s, after {admitted:?} at {now}");
            assert_eq!(used, u64::try_from(counts).unwrap() + u64::from(passed));
            if passed {
                admitted.push(now);
            }
        }
        let too_many = admitted.windows(limit + 1).find(|hits| hits[limit] - hits[0] < 3_000_000);
        assert_eq!(too_many, None, "{limit} within 3 s");
    }
}

#[test]
fn wrong_input_is_named() {
    let bot = Bot::start();
    let right = json!({"identifier": "user456", "limit": 10, "window_seconds": 60});
    for (field, value, what) in [
        ("identifier", json!(""), "empty"),
        ("identifier", json!("x".repeat(201)), "too_long"),
        ("identifier", json!("a\u{0}"), "control_character"),
        ("identifier", json!(7), "wrong_type"),
        ("limit", json!(0), "out_of_range"),
        ("limit", json!(10_001), "out_of_range"),
        ("limit", json!("10"), "wrong_type"),
        ("limit", json!(1.5), "wrong_type"),
        ("window_seconds", json!(0), "out_of_range"),
        ("window_seconds", json!(86_401), "out_of_range"),
        ("window_seconds", Value::Null, "wrong_type"),
        ("window", json!(60), "unknown_field"),
    ] {
        let mut body = right.clone();
        body[field] = value;
        assert_eq!(pointers(&bot.post("/rate-limits/check", &body)), named(&[(&format!("/{field}"), what)]));
    }
    let nothing = bot.post("/rate-limits/check", &json!({}));
    assert!(pointers(&nothing).contains(&("/identifier".to_owned(), "missing".to_owned())));
}
