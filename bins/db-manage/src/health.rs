//! `db-manage health`

use std::time::Duration;

use repository::ops::health::{self, Status};

use runtime::redis;

use crate::Exit;
use crate::context::Context;
use crate::output::Answer;

pub(crate) const EXAMPLES: &str = "\
Examples:
  db-manage health                     exit code 0 when healthy, else 3
  db-manage health --wait 60           wait up to a minute for the database
  db-manage health --format json

The status is `healthy`, `missing_tables` (it says which) or `unhealthy` (it says why). It is that of the login \
DATABASE_URL, as the service would find it. The key is looked at where ENCRYPTION_KEY is set. \
`redis` is `ok`, `unused`, or why it does not answer; without it each process counts rate limits for itself.";

pub(crate) fn run(context: &Context) -> anyhow::Result<Exit> {
    let place = context.place()?;
    let mut options = place.pool_options();
    options.timeout = context.wait_if_asked_to().unwrap_or(Duration::from_secs(5));
    let wait = context.wait_if_asked_to().unwrap_or(Duration::ZERO);
    let health = health::check(options, place.keys_if_given()?, wait);
    let redis = match &place.settings.redis {
        None => "unused".to_owned(),
        Some(settings) => {
            let reason = redis::health_check(settings).reason;
            reason.map_or_else(|| "ok".to_owned(), |why| format!("degraded: {why}"))
        }
    };
    context.answer(&Answer::object(&health)?.with("redis", redis))?;
    Ok(if health.status == Status::Healthy { Exit::DONE } else { Exit::PENDING })
}
