//! How many requests within how long.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Serialize, Serializer};

/// So many requests within so many seconds, written `100/60s`.
///
/// ```
/// use strongroom_domain::rate_limit::Quota;
///
/// let quota: Quota = "100/60s".parse()?;
/// assert_eq!((quota.requests(), quota.seconds()), (100, 60));
/// # Ok::<(), strongroom_domain::rate_limit::QuotaError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Quota {
    requests: u32,
    seconds: u32,
}

/// Why something is no quota.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a rate limit is written as 100/60s: 1 to 10000 requests within 1 to 86400 seconds")]
pub struct QuotaError;

impl Quota {
    /// Every request of a window is remembered, so there must be a bound.
    pub const MOST_REQUESTS: u32 = 10_000;

    /// A day.
    pub const MOST_SECONDS: u32 = 86_400;

    /// So many requests within so many seconds.
    ///
    /// # Errors
    /// [`QuotaError`] when one of them is zero or above its bound.
    pub fn new(requests: u32, seconds: u32) -> Result<Self, QuotaError> {
        let fits =
            (1..=Self::MOST_REQUESTS).contains(&requests) && (1..=Self::MOST_SECONDS).contains(&seconds);
        if fits { Ok(Self { requests, seconds }) } else { Err(QuotaError) }
    }

    /// How many requests.
    pub fn requests(self) -> u32 {
        self.requests
    }

    /// Within how many seconds.
    pub fn seconds(self) -> u32 {
        self.seconds
    }

    /// The same as a duration.
    pub fn window(self) -> Duration {
        Duration::from_secs(self.seconds.into())
    }
}

impl FromStr for Quota {
    type Err = QuotaError;

    fn from_str(text: &str) -> Result<Self, QuotaError> {
        let (requests, window) = text.split_once('/').ok_or(QuotaError)?;
        let seconds = window.strip_suffix('s').unwrap_or(window);
        // Not by `parse` alone, which takes a plus sign.
        let number = |digits: &str| {
            digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok()).flatten()
        };
        let (Some(requests), Some(seconds)) = (number(requests), number(seconds)) else {
            return Err(QuotaError);
        };
        Self::new(requests, seconds)
    }
}

impl fmt::Display for Quota {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}s", self.requests, self.seconds)
    }
}

impl Serialize for Quota {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quota_is_read_as_it_is_written() {
        let quota: Quota = "100/60s".parse().unwrap();
        assert_eq!((quota, quota.to_string().as_str()), (Quota::new(100, 60).unwrap(), "100/60s"));
        assert_eq!("100/60".parse(), Ok(quota));
        assert_eq!("10000/86400s".parse::<Quota>().unwrap().window(), Duration::from_secs(86_400));
    }

    #[test]
    fn what_is_no_quota_is_refused_with_the_rule() {
        for text in ["", "100", "/", "100/", "/60s", "0/60s", "100/0s", "10001/60s", "1/86401s", "-1/60s"] {
            assert_eq!(text.parse::<Quota>(), Err(QuotaError), "{text}");
        }
        for text in ["+1/60s", "1 /60s", "1/60ss", "1/1m", "99999999999/60s", "1.5/60s"] {
            assert_eq!(text.parse::<Quota>(), Err(QuotaError), "{text}");
        }
        assert!(QuotaError.to_string().contains("100/60s"));
    }
}
