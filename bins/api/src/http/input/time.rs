//! Times in queries and bodies.

use chrono::{DateTime, Utc};
use repository::domain::Invalid;

/// A time of RFC 3339, in any zone.
pub(crate) fn time(text: &str) -> Result<DateTime<Utc>, Invalid> {
    DateTime::parse_from_rfc3339(text).map(|time| time.to_utc()).map_err(|_| {
        Invalid::one("", "invalid_time", "the time must be one of RFC 3339, like 2026-11-20T19:30:00Z")
    })
}
