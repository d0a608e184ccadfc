//! Redis, as both binaries reach it.

use std::time::{Duration, Instant};

use redis::{Client, InfoDict};

use crate::settings::{RedisSettings, Secret};

/// The longest that an operator waits to hear whether it answers.
const PATIENCE: Duration = Duration::from_secs(2);

/// What a URL must be.
const RULE: &str =
    "redis://host, redis://:password@host:6379/0 or unix:///path; not rediss, for which no TLS is built in";

/// A client, which has not connected yet.
///
/// # Errors
/// The rule that the URL breaks. Never the URL, which may hold a password.
pub fn client(url: &Secret) -> Result<Client, &'static str> {
    Client::open(url.expose()).map_err(|_| RULE)
}

/// How Redis is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// Whether it answers.
    pub status: Status,
    /// What it calls its version; none while it is down.
    pub version: Option<String>,
    /// How long it took to connect and to answer, in milliseconds.
    pub latency_ms: u128,
    /// Why it does not answer, in words for an operator.
    pub reason: Option<String>,
}

/// Whether Redis answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It does.
    Up,
    /// It does not.
    Down,
}

/// Asks Redis how it is, within two seconds.
pub fn health_check(settings: &RedisSettings) -> Health {
    let asked = Instant::now();
    let answer = version(settings);
    let latency_ms = asked.elapsed().as_millis();
    match answer {
        Ok(version) => Health { status: Status::Up, version: Some(version), latency_ms, reason: None },
        Err(reason) => Health { status: Status::Down, version: None, latency_ms, reason: Some(reason) },
    }
}

/// Asks Redis for its version, within two seconds.
///
/// # Errors
/// Why it does not answer, in words for an operator.
pub fn version(settings: &RedisSettings) -> Result<String, String> {
    let client = client(&settings.url)?;
    let ask = || {
        let mut connection = client.get_connection_with_timeout(PATIENCE)?;
        connection.set_read_timeout(Some(PATIENCE))?;
        connection.set_write_timeout(Some(PATIENCE))?;
        redis::cmd("INFO").arg("server").query::<InfoDict>(&mut connection)
    };
    let info = ask().map_err(|error: redis::RedisError| error.to_string())?;
    Ok(info.get("redis_version").unwrap_or_else(|| "unknown".to_owned()))
}
