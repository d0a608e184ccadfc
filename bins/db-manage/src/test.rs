//! `db-manage test`

use std::time::Duration;

use repository::ops::Session;
use runtime::redis;
use serde::Serialize;

use crate::Exit;
use crate::context::Context;
use crate::output::Answer;

pub(crate) const EXAMPLES: &str = "\
Examples:
  db-manage test                       OK or FAILED; exit code 0 or 1
  db-manage test --wait 60 && echo up

It only logs in: to PostgreSQL, and to Redis where REDIS_URL or REDIS_HOST names one. Whether the database is as it \
should be, `db-manage health` says.";

#[derive(Serialize)]
struct Tested {
    service: &'static str,
    result: &'static str,
    detail: String,
}

const OK: &str = "OK";

impl Tested {
    fn of(service: &'static str, outcome: Result<String, String>) -> Self {
        match outcome {
            Ok(detail) => Self { service, result: OK, detail },
            Err(detail) => Self { service, result: "FAILED", detail },
        }
    }
}

pub(crate) fn run(context: &Context) -> anyhow::Result<Exit> {
    let place = context.place()?;
    let wait = context.wait_if_asked_to().unwrap_or(Duration::ZERO);
    let reached = Session::connect(place.url(), wait).and_then(|mut session| session.facts());
    let facts = reached.map_err(|error| error.to_string());
    let detail = facts
        .map(|facts| format!("{}, logged in to {} as {}", facts.server_version, facts.database, facts.login));
    let mut tested = vec![Tested::of("PostgreSQL", detail)];
    if let Some(redis) = &place.settings.redis {
        let redis::Health { version, latency_ms, reason, .. } = redis::health_check(redis);
        let detail = version.map(|version| format!("{version}, answered within {latency_ms} ms"));
        tested.push(Tested::of("Redis", detail.ok_or_else(|| reason.unwrap_or_default())));
    }
    context.answer(&Answer::list(&tested)?)?;
    let passed = tested.iter().all(|tested| tested.result == OK);
    Ok(if passed { Exit::DONE } else { Exit::FAILED })
}
