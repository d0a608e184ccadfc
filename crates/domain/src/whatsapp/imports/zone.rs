//! Time zones, by which the times of an export are read.

use std::str::FromStr;

use chrono::{DateTime, LocalResult, NaiveDateTime, TimeDelta, TimeZone as _, Utc};
use chrono_tz::Tz;

use crate::invalid::{FieldError, Violation, here};

/// A time zone of the IANA list, such as `Asia/Kolkata`.
///
/// ```
/// use strongroom_domain::whatsapp::imports::Zone;
///
/// assert!("Asia/Kolkata".parse::<Zone>().is_ok());
/// assert!("Kolkata".parse::<Zone>().is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Zone(Tz);

/// A name that no time zone has. It does not repeat the name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the time zone must be one of the IANA list, such as Asia/Kolkata")]
pub struct ZoneError;

impl FromStr for Zone {
    type Err = ZoneError;

    fn from_str(name: &str) -> Result<Self, ZoneError> {
        name.parse().map(Self).map_err(|_| ZoneError)
    }
}

impl FieldError for ZoneError {
    fn violations(&self) -> Vec<Violation> {
        here("unknown_timezone", self)
    }
}

impl Zone {
    /// The moment of a local time. Where clocks were put back and it came twice, it is the first, unless that lies before
    /// `last`. Where they were put forward and it never came, it moves on by the gap.
    pub(super) fn moment(self, local: NaiveDateTime, last: Option<DateTime<Utc>>) -> DateTime<Utc> {
        match self.0.from_local_datetime(&local) {
            LocalResult::Single(at) => at.to_utc(),
            LocalResult::Ambiguous(first, second) => {
                let first = first.to_utc();
                if last.is_some_and(|last| first < last) { second.to_utc() } else { first }
            }
            LocalResult::None => self.after_gap(local),
        }
    }

    /// As many minutes after the last local time before the gap as the given one is. No gap was longer than a day.
    fn after_gap(self, local: NaiveDateTime) -> DateTime<Utc> {
        let before = (1..=1_500).map(TimeDelta::minutes).find_map(|minutes| {
            let earlier = self.0.from_local_datetime(&(local - minutes)).latest()?;
            Some(earlier.to_utc() + minutes)
        });
        before.unwrap_or_else(|| local.and_utc())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(zone: &str, local: &str, last: Option<&str>) -> String {
        let parse = |text: &str| NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap();
        let zone: Zone = zone.parse().unwrap();
        let last = last.map(|text| parse(text).and_utc());
        zone.moment(parse(local), last).format("%Y-%m-%d %H:%M").to_string()
    }

    #[test]
    fn a_local_time_is_one_moment() {
        assert_eq!(moment("Asia/Kolkata", "2025-10-19 11:37", None), "2025-10-19 06:07");
        assert_eq!(moment("America/New_York", "2025-07-01 12:00", None), "2025-07-01 16:00");
    }

    #[test]
    fn an_hour_that_comes_twice_is_the_first_unless_that_is_too_early() {
        let (zone, local) = ("America/New_York", "2025-11-02 01:30");
        assert_eq!(moment(zone, local, None), "2025-11-02 05:30");
        assert_eq!(moment(zone, local, Some("2025-11-02 05:30")), "2025-11-02 05:30");
        assert_eq!(moment(zone, local, Some("2025-11-02 05:31")), "2025-11-02 06:30");
    }

    #[test]
    fn an_hour_that_never_comes_moves_on_by_the_gap() {
        assert_eq!(moment("America/New_York", "2025-03-09 02:30", None), "2025-03-09 07:30");
        assert_eq!(moment("Australia/Lord_Howe", "2025-10-05 02:10", None), "2025-10-04 15:40");
        // Samoa left out a whole day.
        assert_eq!(moment("Pacific/Apia", "2011-12-30 12:00", None), "2011-12-30 22:00");
    }
}
