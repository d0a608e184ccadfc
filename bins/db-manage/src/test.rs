//! `db-manage test`

use std::time::Duration;

use repository::ops::Session;
use serde::Serialize;

use crate::Exit;
use crate::context::Context;
use crate::output::Answer;

pub(crate) const EXAMPLES: &str = "\
Examples:
  db-manage test                       OK or FAILED; exit code 0 or 1
  db-manage test --wait 60 && echo up

It only logs in. Whether the database is as it should be, `db-manage health` says.";

#[derive(Serialize)]
struct Tested {
    service: &'static str,
    result: &'static str,
    detail: String,
}

pub(crate) fn run(context: &Context) -> anyhow::Result<Exit> {
    let place = context.place()?;
    let wait = context.wait_if_asked_to().unwrap_or(Duration::ZERO);
    let reached = Session::connect(place.url(), wait).and_then(|mut session| session.facts());
    let (exit, result, detail) = match reached {
        Ok(facts) => {
            let detail =
                format!("{}, logged in to {} as {}", facts.server_version, facts.database, facts.login);
            (Exit::DONE, "OK", detail)
        }
        Err(error) => (Exit::FAILED, "FAILED", error.to_string()),
    };
    context.answer(&Answer::list(&[Tested { service: "PostgreSQL", result, detail }])?)?;
    Ok(exit)
}
