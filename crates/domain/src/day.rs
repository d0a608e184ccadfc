//! Days of the calendar, and the limits of a list that goes by days.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, Days, FixedOffset, NaiveDate, NaiveTime, Utc};
use serde::{Serialize, Serializer};

use crate::invalid::{FieldError, Violation, here};

/// A day of the calendar, from 1970 to 2200: of a bill, a receipt, a meal. It belongs to no time zone.
///
/// It is read from a date, and from a time, of which it is the day on the clock of the place that its offset tells. So the
/// midnight with which many programs write a day is never taken for the day before.
///
/// ```
/// use strongroom_domain::day::{Day, DayError};
///
/// assert_eq!(Day::parse("2026-11-20")?.to_string(), "2026-11-20");
/// assert_eq!(Day::parse("2026-11-20T00:00:00+05:30")?.to_string(), "2026-11-20");
/// assert_eq!(Day::parse("2026-02-30"), Err(DayError::Malformed));
/// # Ok::<(), DayError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(NaiveDate);

const FIRST_YEAR: i32 = 1970;
const LAST_YEAR: i32 = 2200;

/// Why a day was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DayError {
    /// No date that exists, and no time of RFC 3339.
    #[error("the date must be a day that exists, like 2026-11-20")]
    Malformed,
    /// Before 1970 or after 2200.
    #[error("the date must be from 1970-01-01 to 2200-12-31")]
    OutOfRange,
}

impl DayError {
    /// Stable, machine readable.
    pub fn code(self) -> &'static str {
        match self {
            Self::Malformed => "invalid_date",
            Self::OutOfRange => "out_of_range",
        }
    }
}

impl FieldError for DayError {
    fn violations(&self) -> Vec<Violation> {
        here(self.code(), self)
    }
}

impl Day {
    /// Reads `2026-11-20`, or a time of RFC 3339.
    pub fn parse(input: &str) -> Result<Self, DayError> {
        read(input).map(|(day, _)| day)
    }

    /// A day that was checked before, as those of the store were.
    pub fn from_trusted(date: NaiveDate) -> Self {
        Self(date)
    }

    /// The day as a date.
    pub fn date(self) -> NaiveDate {
        self.0
    }

    /// Its first moment in UTC.
    pub fn midnight(self) -> DateTime<Utc> {
        self.0.and_time(NaiveTime::MIN).and_utc()
    }

    /// So many days later; none where that is after 2200.
    pub fn after(self, days: u16) -> Option<Self> {
        let later = self.0.checked_add_days(Days::new(days.into()));
        later.filter(|later| later.year() <= LAST_YEAR).map(Self)
    }

    /// Whether it has not begun at `now`, not even in the zone that is first to see it, 14 hours ahead of UTC.
    pub fn is_future(self, now: DateTime<Utc>) -> bool {
        FixedOffset::east_opt(14 * 3_600).is_some_and(|first| self.0 > now.with_timezone(&first).date_naive())
    }
}

/// The day, and the time where one was given.
fn read(input: &str) -> Result<(Day, Option<DateTime<FixedOffset>>), DayError> {
    let time = DateTime::parse_from_rfc3339(input).ok();
    let date = time.map(|time| time.date_naive()).or_else(|| date(input)).ok_or(DayError::Malformed)?;
    if (FIRST_YEAR..=LAST_YEAR).contains(&date.year()) {
        Ok((Day(date), time))
    } else {
        Err(DayError::OutOfRange)
    }
}

/// Four digits, two and two. chrono alone would take `2026-1-2` and `+2026-01-02` as well.
fn date(input: &str) -> Option<NaiveDate> {
    let written = |date: &NaiveDate| date.format("%Y-%m-%d").to_string() == input;
    NaiveDate::parse_from_str(input, "%Y-%m-%d").ok().filter(written)
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Day {
    type Err = DayError;

    fn from_str(input: &str) -> Result<Self, DayError> {
        Self::parse(input)
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Where a list by days begins or ends: a day for the rows that have one, and the moment at which it begins for those that
/// have a time. A plain date begins at midnight UTC; a time says by its offset whose day is meant.
///
/// ```
/// use strongroom_domain::day::DayLimit;
///
/// let limit = DayLimit::from("2026-11-20T00:00:00+05:30")?;
/// assert_eq!((limit.day.to_string(), limit.at.to_rfc3339()), ("2026-11-20".into(), "2026-11-19T18:30:00+00:00".into()));
/// # Ok::<(), strongroom_domain::day::DayError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayLimit {
    /// For rows that have a day.
    pub day: Day,
    /// For rows that have a time.
    pub at: DateTime<Utc>,
}

impl DayLimit {
    /// Reads the first day of a list. A time within a day means the whole day.
    pub fn from(input: &str) -> Result<Self, DayError> {
        let (day, time) = read(input)?;
        Ok(Self { day, at: time.map_or_else(|| day.midnight(), |time| time.to_utc()) })
    }

    /// Reads the day before which a list ends. A time within a day means that this day is still listed.
    pub fn until(input: &str) -> Result<Self, DayError> {
        let (day, time) = read(input)?;
        let Some(time) = time else { return Ok(Self { day, at: day.midnight() }) };
        let next = day.0.checked_add_days(Days::new(1)).filter(|_| time.time() != NaiveTime::MIN);
        Ok(Self { day: next.map_or(day, Day), at: time.to_utc() })
    }
}

/// The days of a report or a plan, the first and the last included.
///
/// ```
/// use strongroom_domain::day::{Day, DayRange, RangeError};
///
/// let (first, last) = (Day::parse("2026-11-01")?, Day::parse("2026-11-30")?);
/// assert_eq!(DayRange::new(first, last)?.days(), 30);
/// assert_eq!(DayRange::new(last, first), Err(RangeError::Reversed));
/// assert_eq!(DayRange::new(first, last)?.at_most(7), Err(RangeError::TooLong { max: 7 }));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayRange {
    first: Day,
    last: Day,
}

/// Why a range of days was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RangeError {
    /// It ends before it begins.
    #[error("the range must not end before it begins")]
    Reversed,
    /// More days than are looked at at once.
    #[error("the range must have at most {max} days")]
    TooLong {
        /// How many there may be.
        max: i64,
    },
}

impl RangeError {
    /// Stable, machine readable.
    pub fn code(self) -> &'static str {
        match self {
            Self::Reversed => "range_reversed",
            Self::TooLong { .. } => "range_too_long",
        }
    }
}

impl FieldError for RangeError {
    fn violations(&self) -> Vec<Violation> {
        here(self.code(), self)
    }
}

impl DayRange {
    /// From `first` to `last`, which may be the same.
    pub fn new(first: Day, last: Day) -> Result<Self, RangeError> {
        if first <= last { Ok(Self { first, last }) } else { Err(RangeError::Reversed) }
    }

    /// The same range, unless it has more than `max` days.
    pub fn at_most(self, max: i64) -> Result<Self, RangeError> {
        if self.days() <= max { Ok(self) } else { Err(RangeError::TooLong { max }) }
    }

    /// The first day.
    pub fn first(self) -> Day {
        self.first
    }

    /// The last day.
    pub fn last(self) -> Day {
        self.last
    }

    /// How many days it has, at least 1.
    pub fn days(self) -> i64 {
        self.last.0.signed_duration_since(self.first.0).num_days() + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_time_is_taken_for_the_day_on_its_own_clock() {
        for input in [
            "2026-11-20",
            "2026-11-20T00:00:00+05:30",
            "2026-11-20T23:59:59.999999-08:00",
            "2026-11-20T19:30:00Z",
            "2026-11-20T00:00:00+14:00",
            "2026-11-20t12:00:00z",
        ] {
            assert_eq!(Day::parse(input).unwrap().to_string(), "2026-11-20", "{input}");
        }
    }

    #[test]
    fn what_is_no_day_is_refused() {
        for input in [
            "",
            "2026",
            "2026-11",
            "2026-1-2",
            "20-11-2026",
            "2026/11/20",
            "2026-11-20T19:30:00",
            "2026-02-29",
            "2026-13-01",
            "+2026-11-20",
            " 2026-11-20",
            "2026-11-20 ",
            "२०२६-११-२०",
            "20261120",
            "2026-11-20T24:00:00Z",
            "yesterday",
            "1795000000",
        ] {
            assert_eq!(Day::parse(input), Err(DayError::Malformed), "{input}");
        }
        for input in ["1969-12-31", "2201-01-01", "0026-11-20", "9999-12-31T00:00:00Z"] {
            assert_eq!(Day::parse(input), Err(DayError::OutOfRange), "{input}");
        }
        assert!(["1970-01-01", "2200-12-31", "2028-02-29"].iter().all(|input| Day::parse(input).is_ok()));
    }

    #[test]
    fn a_list_begins_with_a_day_and_ends_before_one() {
        let from = |input| DayLimit::from(input).unwrap();
        let until = |input| DayLimit::until(input).unwrap();
        let day = |text| Day::parse(text).unwrap();
        assert_eq!(from("2026-11-20"), until("2026-11-20"));
        assert_eq!(from("2026-11-20").at, day("2026-11-20").midnight());
        assert_eq!(from("2026-11-20T10:00:00Z").day, day("2026-11-20"));
        assert_eq!(until("2026-11-20T10:00:00Z").day, day("2026-11-21"));
        assert_eq!(until("2026-11-20T00:00:00+05:30").day, day("2026-11-20"));
        assert_eq!(until("2026-11-20T00:00:00+05:30").at, from("2026-11-19T18:30:00Z").at);
        assert_eq!(DayLimit::until("soon"), Err(DayError::Malformed));
    }

    #[test]
    fn a_day_is_in_the_future_until_it_begins_anywhere() {
        let now = |text| DateTime::parse_from_rfc3339(text).unwrap().to_utc();
        let day = Day::parse("2026-11-21").unwrap();
        assert!(day.is_future(now("2026-11-20T09:59:59Z")));
        assert!(!day.is_future(now("2026-11-20T10:00:00Z")));
    }

    #[test]
    fn days_are_counted_to_the_end_of_the_calendar() {
        let after = |text, days| Day::parse(text).unwrap().after(days).map(|day| day.to_string());
        assert_eq!(after("2028-02-25", 7).as_deref(), Some("2028-03-03"));
        assert_eq!(after("2200-12-30", 1).as_deref(), Some("2200-12-31"));
        assert_eq!(after("2200-12-31", 1), None);
    }

    #[test]
    fn a_range_has_both_its_ends() {
        let day = |text| Day::parse(text).unwrap();
        let range = |first, last| DayRange::new(day(first), day(last));
        assert_eq!(range("2028-02-28", "2028-03-01").map(DayRange::days), Ok(3));
        let one = range("2026-11-20", "2026-11-20").unwrap();
        assert_eq!((one.days(), one.first(), one.at_most(1)), (1, one.last(), Ok(one)));
        assert_eq!(range("2026-11-21", "2026-11-20").unwrap_err().code(), "range_reversed");
        let quarter = range("2026-01-01", "2026-04-03").unwrap();
        assert_eq!(quarter.at_most(92).unwrap_err().to_string(), "the range must have at most 92 days");
        assert_eq!(quarter.at_most(93), Ok(quarter));
    }

    proptest! {
        #[test]
        fn every_day_survives_text_and_the_database(days in 0..84_000_u64, hour in 0..24_u32, offset in -14..=14_i32) {
            let date = NaiveDate::default().checked_add_days(Days::new(days)).unwrap();
            let day = Day::from_trusted(date);
            prop_assert_eq!(Day::parse(&day.to_string()), Ok(day));
            prop_assert_eq!(Day::from_trusted(day.midnight().date_naive()), day);
            let sign = if offset < 0 { '-' } else { '+' };
            let time = format!("{day}T{hour:02}:00:00{sign}{:02}:00", offset.abs());
            prop_assert_eq!(Day::parse(&time), Ok(day));
        }

        #[test]
        fn no_text_panics(input in any::<String>()) {
            let _ = (Day::parse(&input), DayLimit::until(&input));
        }
    }
}
